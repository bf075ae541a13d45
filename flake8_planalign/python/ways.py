"""Whether a way through the call graph can be taken: each step under what the steps before it hand over.

The call graph tells functions apart by few of their arguments, so that it stays small. A way that it finds is looked
at again here, step by step, with all that is known: constants, arguments that are left out, and what `*args` and
`**kwargs` hand on. Where a test on the way comes out so that the next step is not taken, another way is sought.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from flake8_planalign.python import contexts, members, newborn
from flake8_planalign.python.arguments import Arguments
from flake8_planalign.python.callgraph import CallGraph, Path, passes
from flake8_planalign.python.chains import Chain, Chains
from flake8_planalign.python.steps import CALL, Edge, Place
from flake8_planalign.python.values import Context, Frame, Value, Values, ordered
from flake8_planalign.registry import Api

__all__ = ["Ways"]

#: So many texts that a function is given say what its parameter is.
_FEW: Final = 3
#: A search that has looked at so many functions, or steps of one way, is given up; the way then stands.
_MAX_FRAMES: Final = 200


def _unknown(_name: str) -> frozenset[str]:
    return frozenset()


class Ways:
    """The ways through one call graph."""

    def __init__(self, graph: CallGraph, texts_given: Callable[[str], frozenset[str]] = _unknown) -> None:
        self.graph = graph
        #: Gives the texts that a function of a name is given anywhere in the project.
        self._texts_given = texts_given
        self.evaluator = graph.evaluator
        self._informed: dict[tuple[int, Context], Frame] = {}
        self._guards: dict[int, dict[Place, list[int]]] = {}
        #: Whether a text stands in a function or at the head of its module, by the module's path and the function.
        self._speaking: dict[tuple[str, int, str], bool] = {}
        self._handed: dict[int, dict[tuple[Place, int], Context]] = {}
        #: Functions, in what they are known to be given, from which an API cannot be reached.
        self._dead: set[tuple[int, Context, str]] = set()
        #: Whether the best chain from a function to an API can be taken, by the function, the API and what it is given.
        self._passable: dict[tuple[int, str, Context], bool] = {}
        self.chains = Chains(
            graph,
            lambda frame, step: any(self.guards_at(frame, step.place)),
            lambda frame, step: bool(self._beginnings(frame, step)),
        )
        #: What is known of the attributes of new objects, by the informed frame and the place in it.
        self.newborn: dict[tuple[int, Place], dict[str, Values]] = {}

    def way(self, frame: Frame, edge: Edge, path: Path) -> Chain | None:
        """Return the steps behind `edge` of a way that can be taken to an API, None if there is none."""
        target = edge.target
        assert isinstance(target, Frame)
        best = self.chains.along(target, path)
        caller = self.informed(frame, ())
        if not self.runs(caller, edge):
            return None
        is_passable = self._can_be_taken(caller, edge, best, path.api)
        if is_passable and not self._is_unheard_of(frame, best):
            return best
        api = path.api
        seen: set[tuple[int, Context]] = set()
        steps: list[Edge] = []
        pending = [self._onwards(target, self.told(caller, edge), api, seen)]
        while pending:
            if len(seen) > _MAX_FRAMES:
                return None if is_passable else best
            step = next(pending[-1], None)
            if step is None:
                pending.pop()
                if steps:
                    steps.pop()
                continue
            following, given = step
            steps.append(following)
            if isinstance(following.target, Api):
                found = self.chains.joined(target, steps)
                if found is not None and not self._is_unheard_of(frame, found):
                    return found
                is_passable = True
                steps.pop()
                continue
            pending.append(self._onwards(following.target, given, api, seen))
        if not is_passable:  # else only who comes this way does not know of it
            self._dead.update((*key, api.name) for key in seen)
        return None

    def _is_unheard_of(self, caller: Frame, chain: Chain) -> bool:
        """Tell whether a way leads through a test of how a name begins that nobody before has heard of.

        A function that is given names (`secret("REDIS_URL")`), none of which begins so, takes that branch
        (`name.startswith("oidc/")`) for those alone who speak of such names: the text stands in the functions on the
        way, or beside the functions of their modules.
        """
        speakers, behind, walked = {caller}, 0, chain
        link: Chain | None = chain
        while link is not None and behind < _MAX_FRAMES:
            while walked is not link and walked.rest is not None and behind < _MAX_FRAMES:
                speakers.add(walked.frame)
                walked, behind = walked.rest, behind + 1
            beginnings = self._beginnings(link.frame, link.step) if walked is link else []
            if beginnings and all(self._are_unknown(text, link.frame, speakers) for text in beginnings):
                return True
            link = link.named
        return False

    def _beginnings(self, frame: Frame, step: Edge) -> list[str]:
        """Return the texts that an argument has to begin with for a step to be taken, none if it may be another way."""
        found: list[str] = []
        for guard in self.guards_at(frame, step.place):
            texts = [
                constant
                for _, operator, constant, positive, *_ in (frame.body["g"][guard] if guard else ())
                if operator == "^" and positive
            ]
            if not texts:
                return []
            found += texts
        return found

    def _are_unknown(self, beginning: str, frame: Frame, before: set[Frame]) -> bool:
        given = self._texts_given(frame.record["n"])
        if len(given) < _FEW or any(text.startswith(beginning) for text in given):
            return False
        others = [other for other in before if other.module.path != frame.module.path]
        return bool(others) and not any(self._speaks(other, beginning) for other in others)

    def _speaks(self, frame: Frame, word: str) -> bool:
        """Tell whether a text stands in a function, or above all functions of its module."""
        key = frame.module.path, frame.function, word
        if key not in self._speaking:
            functions = frame.module.functions
            begins = functions[frame.record.get("o") or frame.function]["l"]
            following = (each["l"] for each in functions if each["l"] > begins and not each.get("o"))
            lines = (self.evaluator.project.read(frame.module.path) or "").splitlines()
            own = lines[begins - 1 : min(following, default=len(lines) + 1) - 1]
            head = lines[: functions[1]["l"] - 1] if len(functions) > 1 else lines
            self._speaking[key] = any(word in line for line in (*head, *own))
        return self._speaking[key]

    def _can_be_taken(self, caller: Frame, edge: Edge, chain: Chain, api: Api) -> bool:
        """Tell whether no test on a way is known to come out so that the way is left."""
        passed: list[tuple[int, str, Context]] = []
        answer: bool | None = None
        link: Chain | None = chain
        while answer is None and link is not None and link.conditional:
            given = self.told(caller, edge)
            key = link.frame.id, api.name, given
            if link is not chain:  # which may begin otherwise than the best one
                answer = self._passable.get(key)
                passed.append(key)
            if answer is None:
                caller = self.informed(link.frame, given)
                if not self.runs(caller, link.step):
                    answer = False
                edge, link = link.step, link.rest
        if answer is None:
            answer = True
        self._passable.update(dict.fromkeys(passed, answer))
        return answer

    def _onwards(
        self, real: Frame, given: Context, api: Api, seen: set[tuple[int, Context]]
    ) -> Iterator[tuple[Edge, Context]]:
        """Yield the steps of a function that lead to an API, the shortest way first, each with what it hands over."""
        key = real.id, given
        if key in seen or (*key, api.name) in self._dead:
            return
        seen.add(key)
        frame = self.informed(real, given)
        for edge in self._leading(real, api):
            if self.runs(frame, edge):
                yield edge, self.told(frame, edge)

    def _leading(self, frame: Frame, api: Api) -> list[Edge]:
        """Return the steps of a function that lead to an API, the shortest way first."""
        found: list[tuple[int, Edge]] = []
        for edge in self.graph.steps(frame):
            target = edge.target
            if not passes(edge, api):
                continue
            if isinstance(target, Api):
                if target.name == api.name:
                    found.append((edge.length, edge))
                continue
            path = self.graph.reach(target).get(api.name)
            if path is not None:
                found.append((edge.length + path.length, edge))
        return [edge for _, edge in sorted(found, key=lambda item: item[0])]

    # -- what a function is given -------------------------------------------------------------------------------

    def informed(self, real: Frame, given: Context) -> Frame:
        """Return a function with what is known of its arguments beside what the call graph knows."""
        frame = self._informed.get((real.id, given))
        if frame is None:
            frame = Frame(real.id, real.module, real.function, real.context, real.outer, real.depth, real.ask)
            frame.arguments = {**frame.arguments, **dict(given)}
            frame.informs = real
            self._informed[real.id, given] = frame
        return frame

    def runs(self, frame: Frame, edge: Edge) -> bool:
        """Tell whether a step may be taken by a function that is given this."""
        guards = self.guards_at(frame, edge.place)
        return not guards or any(
            frame.runs(guard)
            and not newborn.is_excluded(self, frame, guard, edge.place)
            and not newborn.is_known_otherwise(frame, guard)
            for guard in guards
        )

    def guards_at(self, frame: Frame, place: Place) -> list[int]:
        """Return the guards of what a function does at a place, 0 for none."""
        known = self._guards.get(frame.id)
        if known is None:
            known = self._guards[frame.id] = {}
            body = frame.body
            for call in body.get("c", ()):
                known.setdefault((call[3], call[4], call[5], call[6]), []).append(call[8])
            for read in body.get("l", ()):
                known.setdefault((read[1], read[2], read[3], read[4]), []).append(read[5])
            for used in (*body.get("i", ()), *body.get("w", ())):
                known.setdefault((used[2], used[3], used[4], used[5]), []).append(used[-2])
        return known.get(place, [])

    def told(self, frame: Frame, edge: Edge) -> Context:
        """Return what a function hands over by a step, empty where that is not known."""
        target = edge.target
        if edge.role != CALL or not isinstance(target, Frame):
            return ()
        known = self._handed.setdefault(id(frame), {})
        key = edge.place, target.id
        if key not in known:
            known[key] = self._hand_over(frame, edge.place, target)
        return known[key]

    def _hand_over(self, frame: Frame, place: Place, target: Frame) -> Context:
        told: set[Context] = set()
        for call in frame.body.get("c", ()):
            if (call[3], call[4], call[5], call[6]) != place:
                continue
            arguments = self.evaluator.arguments(call, frame)
            for callee in ordered(self.evaluator.value(call[0], frame)):
                for function, given in self._functions(callee, arguments):
                    if function[1] == target.module.path and function[2] == target.function:
                        known = contexts.told(self.evaluator, function, given)
                        known += self._attributes(frame, place, function, given, {position for position, _ in known})
                        known += newborn.handed_on(self, frame, call, callee)
                        told.add(known + newborn.found(frame, call))
        return told.pop() if len(told) == 1 else ()

    def _attributes(
        self, frame: Frame, place: Place, function: Value, given: Arguments, known: set[int]
    ) -> tuple[tuple[int, Values], ...]:
        """Return which parameters are given attributes of a new object that are constants."""
        shift = 0 if function[3] is None else 1
        found: list[tuple[int, Values]] = []
        for position, (name, kind, *_) in enumerate(self._parameters(function)):
            if position >= shift and position not in known and kind in {"p", "k"}:
                written = given.expression(position - shift if kind == "p" else None, name)
                constant = newborn.given_attribute(self, frame, place, written)
                if constant is not None:
                    found.append((position, constant))
        return tuple(found)

    def _parameters(self, function: Value) -> list[list[Any]]:
        module = self.evaluator.modules.module(function[1])
        return module.functions[function[2]]["p"] if module is not None else []

    def _functions(self, callee: Value, arguments: Arguments) -> Iterator[tuple[Value, Arguments]]:
        """Yield the functions that calling a value runs, each with its arguments."""
        match callee:
            case ("F", *_):
                yield callee, arguments
            case ("kept", inner):
                yield from self._functions(inner, arguments)
            case ("pa", inner, first, more):
                yield from self._functions(inner, arguments.behind_partial(first, more))
            case ("C", path, index):
                own: Value = ("I", path, index, ())
                for name in ("__init__", "__post_init__"):
                    for method in (
                        members.methods(self.evaluator, members.lineage(self.evaluator, path, index), name, own) or ()
                    ):
                        yield from self._functions(method, arguments)
            case ("I", *_):
                for method in members.load(self.evaluator, callee, "__call__"):
                    yield from self._functions(method, arguments)

    def forget(self) -> None:
        """Drop what is remembered of functions and their arguments."""
        self._informed.clear()
        self._guards.clear()
        self._speaking.clear()
        self._handed.clear()
        self._dead.clear()
        self._passable.clear()
        self.chains.forget()
        self.newborn.clear()
