"""Work that a process does once: whether it is done by the time that a way comes to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from flake8_planalign.kinds import is_test
from flake8_planalign.parsing import parsed
from flake8_planalign.process.mentions import Mentions, lines_naming
from flake8_planalign.python.callgraph import CallGraph
from flake8_planalign.python.chains import Chain
from flake8_planalign.python.facts import ASYNC, CLASSMETHOD, KEPT, STATICMETHOD
from flake8_planalign.python.modules import Module, is_import, last_name
from flake8_planalign.python.steps import Place
from flake8_planalign.python.syntax import lines_before
from flake8_planalign.python.values import Frame
from flake8_planalign.python.ways import Ways
from flake8_planalign.registry import Api

__all__ = ["Repeats"]

#: Decorators that keep results by argument.
_MEMOS: Final = frozenset({"cache", "lru_cache"})
#: What makes an object, or enters it, before any other method is called.
_MAKERS: Final = ("__init__", "__aenter__", "__enter__")
#: Who calls a function is followed through so many callers.
_MOST: Final = 20

Once = tuple[str, Place]
#: Behind all that a function runs.
_END: Final[Place] = (1 << 30, 0, 1 << 30, 0)
#: All lines.
_ANYWHERE: Final = range(1 << 30)


class Repeats:
    """What has been done before, by a function itself, by what makes its object, and by all that call it.

    The conditions of two ways to the same work are taken to come out alike: they ask for the same settings.
    """

    def __init__(self, ways: Ways, mentions: Mentions) -> None:
        self._ways = ways
        self._graph: CallGraph = ways.graph
        self._mentions = mentions
        #: The first line of a function, by its file and number, that names another one.
        self._naming: dict[tuple[str, int, str], int | None] = {}
        #: The lines of the statements that run whenever a line of a file does.
        self._before: dict[tuple[str, int], set[int]] = {}

    def repeats(self, frame: Frame, place: Place, api: str, chain: Chain | None) -> bool:
        """Tell whether a way leads through work that a process does once, and that is done when it comes to a place."""
        once = _done_once(chain)
        return once is not None and self._is_done(frame, place, api, once, set())

    def _is_done(self, frame: Frame, place: Place, api: str, once: Once, seen: set[tuple[str, int]]) -> bool:
        if self._is_done_before(frame, place, api, once):
            return True
        key = frame.module.path, frame.function
        if key in seen or len(seen) > _MOST:
            return False
        seen.add(key)
        if self._is_made_by(frame, api, once):
            return True
        called = False
        for other, caller in self._callers(frame):
            line = self._first_naming(other, caller, frame)
            called = True
            if line is None:
                return False
            if not self._is_done(self._graph.entry(other, caller), (line, 0, line, 0), api, once, seen):
                return False
        return called

    def _is_done_before(self, frame: Frame, place: Place, api: str, once: Once) -> bool:
        """Tell whether a function has done the work itself; where its statements stand matters only if it may have."""
        if not any(self._does(before, api, once) for before in self._graph.run_before(frame, place, _ANYWHERE)):
            return False
        lines = self._lines_before(frame.module, place[0])
        return any(self._does(before, api, once) for before in self._graph.run_before(frame, place, lines))

    def _lines_before(self, module: Module, line: int) -> set[int]:
        """Return the lines of the statements that run whenever a line runs."""
        key = module.path, line
        if key not in self._before:
            tree = parsed(self._graph.evaluator.project.read(module.path) or "")
            self._before[key] = lines_before(tree, line) if tree is not None else set()
        return self._before[key]

    def _does(self, before: Frame, api: str, once: Once) -> bool:
        path = self._graph.reach(before).get(api)
        chain = self._ways.chains.along(before, path) if path is not None else None
        return chain is not None and _done_once(chain) == once and not _hangs_on_argument(chain)

    def _is_made_by(self, frame: Frame, api: str, once: Once) -> bool:
        """Tell whether the constructor of a method's object has done the work, or what enters the object by `with`."""
        owner, module = frame.record.get("c"), frame.module
        if owner is None or not frame.record["p"] or frame.record["f"] & (CLASSMETHOD | STATICMETHOD):
            return False
        for name in _MAKERS:
            for binding in module.classes[owner]["m"].get(name, ()):
                maker = self._graph.entry(module, binding[1]) if binding[0] == "F" else frame
                before = self._graph.run_before(maker, _END, set())
                if any(self._does(each, api, once) for each in before) and not self._leads_to(maker, frame):
                    return True
        return False

    def _leads_to(self, maker: Frame, frame: Frame) -> bool:
        """Tell whether a constructor runs a method, itself or behind others of its module."""
        seen, pending = {maker.id}, [maker]
        for each in pending:
            if each.module is frame.module and each.function == frame.function:
                return True
            for target in self._graph.run_by(each):
                if target.id not in seen and target.module is frame.module:
                    seen.add(target.id)
                    pending.append(target)
        return False

    def _first_naming(self, module: Module, function: int, named: Frame) -> int | None:
        """Return the first line of an async function that names another one, None where that is not known."""
        if not module.functions[function]["f"] & ASYNC:
            return None
        name = named.record["n"]
        key = module.path, function, name
        if key not in self._naming:
            within = [each for each in module.naming(name) if _is_within(module, each, function)]
            lines = [line for each in within for line in lines_naming(module.body(each), {name})]
            lines += lines_naming(module.body(function), _locals_for(module, function, named))
            self._naming[key] = min(lines, default=None)
        return self._naming[key]

    def _callers(self, frame: Frame) -> Iterator[tuple[Module, int]]:
        """Yield the functions that name a function, the one that it is written in among them, but for tests."""
        if frame.record.get("o"):
            yield frame.module, frame.record["o"]
        project = self._graph.evaluator.project
        for other, caller in self._mentions.of(frame.module, frame.function):
            if not is_test(project.relative(other.path)):
                yield other, caller


def _is_within(module: Module, inner: int, function: int) -> bool:
    """Tell whether a function is another one, or written within it."""
    while inner and inner != function:
        inner = module.functions[inner].get("o", 0)
    return inner == function


def _locals_for(module: Module, function: int, named: Frame) -> set[str]:
    """Return the numbers of the local names of a function that it imports another one by, or that it is written as."""
    inner = ["F", named.function] if module is named.module else None
    return {
        str(number)
        for number, definition in enumerate(module.body(function).get("d", ()))
        if definition == inner or (is_import(definition) and last_name(definition[1]) == named.record["n"])
    }


def _done_once(chain: Chain | None) -> Once | None:
    """Return the step of a way that a process takes once: the path of its file, and where in it."""
    for frame, step in chain if chain is not None and chain.flags & KEPT else ():
        if step.flags & KEPT and _is_of_process(frame, step.target):
            return frame.module.path, step.place
    return None


def _hangs_on_argument(chain: Chain) -> bool:
    """Tell whether a way is taken only where an argument is given of which nothing is known: `if saved: connect()`.

    Where a coroutine asks for it, what it does is told of the coroutine itself.
    """
    for frame, step in chain:
        if frame.record["f"] & ASYNC:
            continue
        known = {position for position, _ in frame.context}
        for call in frame.body.get("c", ()):
            if call[8] and (call[3], call[4], call[5], call[6]) == step.place:
                for position, operator, _, positive in frame.body["g"][call[8]]:
                    if position >= 0 and operator == "t" and positive and position not in known:
                        return True
    return False


def _is_of_process(frame: Frame, kept: Frame | Api) -> bool:
    """Tell whether a function keeps one thing for the whole process, in its module or in a singleton.

    What is kept by an argument is not one thing.
    """
    owner = frame.record.get("c")
    if owner is not None and "__new__" not in frame.module.classes[owner]["m"]:
        return False
    by_decorator = isinstance(kept, Frame) and any(last_name(part) in _MEMOS for part in kept.record.get("d", ()))
    return not _needs_arguments(kept if by_decorator and isinstance(kept, Frame) else frame)


def _needs_arguments(frame: Frame) -> bool:
    """Tell whether what a function does may go by an argument: one without default, or any number of them."""
    given = frame.record["p"][0 if frame.record.get("c") is None else 1 :]
    return any(kind in {"*", "**"} or len(rest) < 2 for _, kind, *rest in given)
