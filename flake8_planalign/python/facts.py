"""What one Python module says: definitions, calls, reads and stores, lowered from its tree to plain data.

Facts are JSON values (strings, numbers, lists, dicts), so that the cache can never run code. The lowering does the
part of the analysis that needs the tree: it tells which assignment a local name means at each place (reaching
definitions), so that what reads the facts later evaluates expressions on demand and in any order.

**Expressions** are one of

* `None`: nothing is known of the value;
* a string: a dotted chain that starts at a name. A root of digits (`"3|7.client.get"`) is the local definitions 3 or 7
  of the function, each `^` before it is one function further out, a root `@3` is class 3 (for names of a class body),
  any other root is a name of the module;
* a list with a tag: `["c", call]` `["a", E, "attr.attr"]` `["s", E, index]` `["w", E]` (awaited) `["u", E...]` (either)
  `["t", E...]` (tuple, list or set display) `["d", {key: E}]` `["k", constant]` `["f", function]` `["g", E]`
  (list or set comprehension) `["G", function, E]` (generator expression over E) `["/", E]` (divided)
  `["if", guard, E, guard, E]` (either, by conditions on parameters).

**Definitions** are expressions, or `["p", i]` (parameter), `["i", E, is_async]` (element of an iteration),
`["e", with]` (`with ... as`), `["n", E, position]` (unpacked), `["m", "dotted.name"]` (import),
`["F", function]`, `["C", class]`, `["=", annotation, E]` (annotated), `["?", E, types, positive]` (`isinstance`),
`["?c", E, positive]` (`iscoroutinefunction`), `["v", function, definition]` (a global that a function assigns),
`["b", name, [binding, ...]]` (a name of the module but for these of its bindings), `["put", D, [[[key, ...], E], ...]]`
(what D was, with these values put in at these keys, one after the other; a key that is not a constant is None).

A subscript's index may also be `["sl", low, high]`: a slice, null for a bound left out, for both where one is unknown.
"""

from __future__ import annotations

import ast
from typing import Any, Final

from flake8_planalign.patterns import lazy

__all__ = [
    "ABSTRACT",
    "ASKS_LOOP",
    "ASYNC",
    "AWAITED",
    "CLASSMETHOD",
    "COLLECTED",
    "DONE",
    "ENTERED",
    "FACTS_VERSION",
    "GENERATOR",
    "HEAVY",
    "KEPT",
    "LAMBDA",
    "PLAIN",
    "PROPERTY",
    "RAISED",
    "SMALL",
    "STATICMETHOD",
    "Expression",
    "extract",
]

#: Raised whenever facts of the same source may differ; part of the cache key.
FACTS_VERSION: Final = 21

Expression = Any  # a JSON value as described above; the recursion cannot be typed usefully

# flags of a function
# (HEAVY: arithmetic in a loop within a loop; ASKS_LOOP: asks whether an event loop is running;
# PLAIN: returns nothing that could be called, as its annotation or its `return`s say)
ASYNC, GENERATOR, LAMBDA, PROPERTY, STATICMETHOD, CLASSMETHOD, ABSTRACT, HEAVY, ASKS_LOOP, PLAIN = (
    1,
    2,
    4,
    8,
    16,
    32,
    64,
    128,
    256,
    512,
)
# flags of a call
# (COLLECTED: its value goes to `asyncio.gather` or the like; ENTERED: it is what an `async with` enters;
# SMALL: the function works on data of one fixed length, or it writes what is written out in the source;
# RAISED: it is a name that is raised, which calls a class)
AWAITED, KEPT, DONE, COLLECTED, ENTERED, SMALL, RAISED = 1, 2, 4, 16, 32, 128, 256

_WAIVER = lazy(r"#\s*planalign:\s*nonblocking\b")


def extract(tree: ast.Module, text: str) -> dict[str, Any]:
    """Return the facts of a module: `names`, `stars`, `functions`, `bodies`, `classes`, `waived`.

    `functions[0]` stands for the module's own body. Lines are 1-based, columns 0-based UTF-8 bytes as in `ast`.
    """
    # what the cache knows needs no lowering, so it is imported only here
    from flake8_planalign.python.lowering import Lowering

    lowering = Lowering()
    lowering.run(tree)
    waived: list[int] = []
    if "planalign" in text:
        waived = [number for number, line in enumerate(text.splitlines(), 1) if _WAIVER.search(line)]
    return {
        "names": lowering.names,
        "stars": lowering.stars,
        "functions": lowering.functions,
        "bodies": lowering.bodies,
        "classes": lowering.classes,
        "waived": waived,
    }
