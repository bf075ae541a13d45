"""Hold the registry against the libraries it speaks of: every name that it lists has to exist.

    PYTHONPATH=. path/to/venv/bin/python tools/verify_registry.py [ROOT ...]

Run it in an environment that has the libraries installed; a library that is absent is skipped and counted. Names
are proved by inspection only: nothing is instantiated, called or connected, but for the argument-less factories of
`threading` that hide the class behind them. What only exists on an instance (an attribute set in `__init__`, a client
whose methods are made at run time) is looked for in annotations and in the source, and else listed as unverifiable
with the reason. Exits 1 if a name is wrong.
"""

from __future__ import annotations

import argparse
import ast
import builtins
import functools
import importlib
import importlib.util
import inspect
import re
import sys
import textwrap
import warnings
from collections import Counter
from collections.abc import Iterator
from multiprocessing.context import BaseContext
from typing import Any, NamedTuple

from flake8_planalign.registry import Entry, bundled, libraries

VERIFIED, UNVERIFIABLE, WRONG, ABSENT = "verified", "unverifiable", "wrong", "not installed"
#: Classes whose methods are made at run time, where nothing in the class itself says so.
MADE_AT_RUN_TIME = {
    "boto3.resources.base.ServiceResource": "boto3 builds them from service descriptions",
    "googleapiclient.discovery.Resource": "made from the description of a service",
}
#: What only a newer Python has, beside the oldest one that knows it.
NEWER = {"pathlib.Path.walk": (3, 12), "pathlib.Path.with_segments": (3, 12)}
#: What only a newer release of a library has than the one that the other names of its file are from.
NEWER_RELEASE = {"langchain.agents.create_agent": "1.0"}
#: Words of a type expression that name no library object.
TYPE_WORDS = frozenset({"arg", "awaitable", "call", "iter", "self", "variant", *dir(builtins)})


class Verdict(NamedTuple):
    """What inspection says of one name, with the reason where it is not simply there."""

    outcome: str
    subject: str
    reason: str = ""


class NameAbsentError(LookupError):
    """The name does not exist, or its existence cannot be inspected; `outcome` tells which."""

    def __init__(self, outcome: str, reason: str) -> None:
        super().__init__(reason)
        self.outcome = outcome
        self.reason = reason


@functools.cache
def resolve(dotted: str) -> Any:
    """Return the object behind a dotted name, the class behind a variant such as `queue.Queue#bounded`."""
    parts = re.sub(r"#\w+", "", dotted).split(".")
    module, rest = _longest_module(parts)
    found = module
    for part in rest:
        if not inspect.ismodule(found):
            found = member(found, part)
        elif hasattr(found, part):
            found = getattr(found, part)
        elif getattr(found, "__file__", None) is None and hasattr(found, "__path__"):
            raise NameAbsentError(ABSENT, f"no module `{found.__name__}.{part}`")  # one distribution of many fills it
        elif dotted in NEWER_RELEASE:
            raise NameAbsentError(UNVERIFIABLE, f"it came with {NEWER_RELEASE[dotted]}")
        else:
            raise NameAbsentError(WRONG, f"`{found.__name__}` has no `{part}`")
    return found


def _longest_module(parts: list[str]) -> tuple[Any, list[str]]:
    module: Any = None
    for length in range(1, len(parts) + 1):
        name = ".".join(parts[:length])
        parent = module
        try:
            module = importlib.import_module(name)
        except ModuleNotFoundError as error:
            if length > 1 and error.name == name:
                return parent, parts[length - 1 :]
            raise NameAbsentError(ABSENT, f"no module `{error.name}`") from None
        except Exception as error:  # noqa: BLE001 - a library's import may fail in any way
            raise NameAbsentError(UNVERIFIABLE, f"importing `{name}` fails: {error!r}") from None
        # a package may import a function of the name of the module that it comes from
        hidden = parent is not None and getattr(parent, parts[length - 1], module) is not module
        if parent is not None and (not hasattr(parent, "__path__") or (hidden and length == len(parts))):
            return parent, parts[length - 1 :]
    return module, []


def member(owner: Any, name: str) -> Any:
    """Return a member of a class, or a marker where it is only known to exist on instances; raises NameAbsentError."""
    if not inspect.isclass(owner):
        owner = _class_behind(owner)
    try:
        found = inspect.getattr_static(owner, name)
    except AttributeError:
        if _only_on_instances(owner, name):
            return object()
        made = MADE_AT_RUN_TIME.get(f"{owner.__module__}.{owner.__qualname__}")
        if made:
            raise NameAbsentError(UNVERIFIABLE, made) from None
        if any("__getattr__" in vars(base) for base in owner.__mro__):
            raise NameAbsentError(UNVERIFIABLE, f"`{owner.__name__}` makes its attributes at run time") from None
        if not type(owner).__module__.startswith(("abc", "builtins", "typing")):
            raise NameAbsentError(UNVERIFIABLE, f"the metaclass of `{owner.__name__}` makes attributes") from None
        if sys.version_info < NEWER.get(f"{owner.__module__}.{owner.__qualname__}.{name}", (0,)):
            raise NameAbsentError(UNVERIFIABLE, "this Python is too old for it") from None
        raise NameAbsentError(WRONG, f"`{owner.__name__}` has no `{name}`") from None
    if name in {"__init__", "__call__", "__enter__", "__exit__", "__iter__"} and found is vars(object).get(name):
        raise NameAbsentError(WRONG, f"`{owner.__name__}` defines no `{name}`")
    try:
        return getattr(owner, name)
    except Exception:  # noqa: BLE001 - a descriptor may refuse its class in any way
        return found


def _class_behind(factory: Any) -> type:
    if getattr(factory, "__module__", "") in {"_thread", "threading"} and callable(factory):
        return type(factory())
    if hasattr(factory, "__class__") and not callable(factory):
        return type(factory)
    raise NameAbsentError(UNVERIFIABLE, f"`{getattr(factory, '__name__', factory)}` is no class")


def _only_on_instances(owner: type, name: str) -> bool:
    return any(name in _annotated(base) or name in _assigned_to_self(base) for base in owner.__mro__)


def _annotated(owner: type) -> dict[str, Any]:
    annotations = vars(owner).get("__annotations__")
    return annotations if isinstance(annotations, dict) else {}


@functools.cache
def _assigned_to_self(owner: type) -> frozenset[str]:
    trees = []
    # The source of the class cannot be found where a library rewrites `__module__`, that of the method can.
    subjects: tuple[Any, ...] = (owner, vars(owner).get("__init__"))
    for subject in subjects:
        try:
            trees.append(ast.parse(textwrap.dedent(inspect.getsource(subject))))
        except (OSError, TypeError, SyntaxError):
            continue
    return frozenset(
        node.attr
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
    )


def check(entry: Entry) -> Iterator[Verdict]:
    """Yield a verdict on every name that an entry mentions."""
    yield attempt(f"{entry.name}", lambda: resolve(entry.name))
    for text in (*entry.bases, *filter(None, [entry.twin])):
        yield attempt(f"{entry.name} -> {text}", functools.partial(resolve, text))
    for alias in entry.aliases:
        yield attempt(f"{entry.name} = {alias}", functools.partial(_same, entry.name, alias))
    for method in sorted(entry.methods - {"*"}):
        yield attempt(f"{entry.name}.{method}", functools.partial(_member_of, entry.name, method))
    for name in sorted({*entry.results, *entry.attributes}):
        yield attempt(f"{entry.name}.{name} (type)", functools.partial(_member_of, entry.name, name))
    types = (entry.returns, entry.yields, entry.enters, *entry.results.values(), *entry.attributes.values())
    for name in sorted({name for text in types if text for name in dotted_names(text)}):
        yield attempt(f"{entry.name}: type {name}", functools.partial(resolve, name))
    yield from check_arguments(entry)
    yield from check_remedy(entry)


def check_arguments(entry: Entry) -> Iterator[Verdict]:
    """Yield a verdict on the parameters that `callable` and the conditions speak of."""
    conditions = (*entry.unless, *entry.only, *entry.built_with)
    for value in (condition.value for condition in conditions):
        if isinstance(value, str) and "." in value:
            yield attempt(f"{entry.name}: {value}", functools.partial(resolve, value))
    slots = [(slot.keyword, slot.position) for slot in (entry.callable, *conditions) if slot]
    for keyword, position in slots:
        yield attempt(
            f"{entry.name}({keyword or position})", functools.partial(_parameter, entry.name, keyword, position)
        )


def check_remedy(entry: Entry) -> Iterator[Verdict]:
    """Yield a verdict on every dotted name that the remedy tells people to use."""
    names = [name for name in re.findall(r"`([\w.]+(?:\.a?\{method\})?)`", entry.use or "") if "." in name]
    for name in names:
        methods = sorted(m for m in entry.methods if m != "*") if name.endswith("{method}") else [""]
        for method in methods:
            wanted = name.replace("{method}", method)
            yield attempt(f"{entry.name}: use {wanted}", functools.partial(resolve, wanted))


def _same(name: str, alias: str) -> None:
    """Raise NameAbsentError if an alias is another object, which the factory of a multiprocessing context is not."""
    meant, found = resolve(name), resolve(alias)
    if inspect.ismethod(found) and isinstance(found.__self__, BaseContext):
        found = meant if found.__name__ == meant.__name__ else found
    if meant != found:
        raise NameAbsentError(WRONG, "the alias is another object")


def _member_of(name: str, attribute: str) -> Any:
    return member(resolve(name), attribute)


def _parameter(name: str, keyword: str | None, position: int | None) -> None:
    found = resolve(name)
    try:
        parameters = [p for p in inspect.signature(found).parameters.values() if p.name not in {"self", "cls"}]
    except (TypeError, ValueError):
        raise NameAbsentError(UNVERIFIABLE, "no signature to inspect") from None
    variadic = {p.kind for p in parameters} & {inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL}
    positional = [p for p in parameters if p.kind in {p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD}]
    names = [p.name for p in parameters]
    if keyword is not None and keyword not in names:
        raise NameAbsentError(UNVERIFIABLE if variadic else WRONG, f"no parameter `{keyword}` among {names}")
    if position is not None and position >= len(positional) and inspect.Parameter.VAR_POSITIONAL not in variadic:
        raise NameAbsentError(WRONG, f"no positional parameter {position} among {names}")
    if keyword is not None and position is not None and names.index(keyword) != position:
        raise NameAbsentError(WRONG, f"`{keyword}` is parameter {names.index(keyword)}, not {position}")


def dotted_names(expression: str) -> Iterator[str]:
    """Yield the outermost dotted names of a type expression, without the words of its grammar."""
    pending: list[ast.AST] = [ast.parse(expression, mode="eval")]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Attribute):
            yield ast.unparse(node)
        elif isinstance(node, ast.Name):
            if node.id not in TYPE_WORDS:
                yield node.id
        else:
            pending.extend(ast.iter_child_nodes(node))


def attempt(subject: str, look: Any) -> Verdict:
    """Return the verdict on one look-up."""
    try:
        look()
    except NameAbsentError as error:
        return Verdict(error.outcome, subject, error.reason)
    return Verdict(VERIFIED, subject)


def main() -> int:
    """Print figures per library and in total; 1 if the registry names what is not there."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("roots", nargs="*", metavar="ROOT", help="import roots to check; all by default")
    parser.add_argument("-v", "--verbose", action="store_true", help="list what could not be verified, too")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    total: Counter[str] = Counter()
    for root in options.roots or sorted(libraries()):
        verdicts = [verdict for entry in bundled(root).values() for verdict in check(entry)]
        figures = Counter(verdict.outcome for verdict in verdicts)
        total += figures
        print(f"{root:24}" + "  ".join(f"{name} {figures[name]}" for name in (VERIFIED, UNVERIFIABLE, ABSENT, WRONG)))
        for verdict in verdicts:
            if verdict.outcome == WRONG or (options.verbose and verdict.outcome in {UNVERIFIABLE, ABSENT}):
                print(f"    {verdict.outcome}: {verdict.subject}: {verdict.reason}")
    print(f"{'total':24}" + "  ".join(f"{name} {total[name]}" for name in (VERIFIED, UNVERIFIABLE, ABSENT, WRONG)))
    return 1 if total[WRONG] else 0


if __name__ == "__main__":
    sys.exit(main())
