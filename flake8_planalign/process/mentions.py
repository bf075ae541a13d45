"""Who names an async function of a project: all that may call it, start it or hand it on."""

from __future__ import annotations

import collections
import functools
import os
import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, Final

from flake8_planalign.cache import digest_of
from flake8_planalign.patterns import lazy, words_of
from flake8_planalign.process.gates import ASYNC_FUNCTION
from flake8_planalign.process.importing import Importing
from flake8_planalign.process.tables import Tables
from flake8_planalign.python.evaluate import Evaluator
from flake8_planalign.python.facts import AWAITED, COLLECTED, ENTERED
from flake8_planalign.python.members import library_bases, lineage
from flake8_planalign.python.modules import Module, last_name
from flake8_planalign.python.values import Value, Values

__all__ = ["ENTERING", "Mentions", "lines_naming"]

#: What `async with` calls of an object.
ENTERING: Final = frozenset({"__aenter__", "__aexit__"})

_NAME: Final = lazy(r"[A-Za-z_]\w*")
#: What stands before a text in the tables of a function, which names nothing.
_CONSTANTS: Final = frozenset({'["k",', '"=",'})
_BEFORE_TEXT: Final = ('["m",', '["k",', '"=",')
#: What stands around a name that is a link of a chain, or a text.
_BEFORE_NAME: Final = frozenset({'"', ".", "^"})
_AFTER_NAME: Final = frozenset({'"', "\\", "."})
#: What finds a method by a text.
_FINDERS: Final = ('"getattr"', 'attrgetter"', 'methodcaller"')
#: How facts tell that the value of a call is awaited, entered, or gathered with others.
_TAKEN: Final = AWAITED | COLLECTED | ENTERED
#: A name that async functions of more files have is one that many share.
_SHARED: Final = 4
#: So many places are remembered, which every method of the same name asks about.
_MOST_ASKED: Final = 20_000
_PROTOCOLS: Final = frozenset({"typing.Protocol", "typing_extensions.Protocol"})


class Mentions:
    """The functions of a project that name its async functions."""

    def __init__(self, evaluator: Evaluator, tables: Tables) -> None:
        self._evaluator = evaluator
        self._project = evaluator.project
        self._tables = tables
        self._importing = Importing(self._project, tables)
        #: Whether files may import a module, by its path and whether what they import was read.
        self._importers: dict[tuple[str, bool], dict[str, bool]] = {}
        #: The functions of a file in whose tables a name stands, with the module that was read.
        self._callers: dict[tuple[str, str], tuple[Module | None, tuple[int, ...]]] = {}
        #: What may be asked for a method of a name in a function: objects, or whether it may be anything.
        self._asked: dict[tuple[str, int, str], tuple[Module, tuple[Values, ...] | bool]] = {}
        #: The functions that name a function, as far as they have been found, and what finds the others.
        self._found: dict[tuple[str, int], tuple[list[tuple[Module, int]], Iterator[tuple[Module, int]]]] = {}
        #: The methods whose name others, but for tests, use for methods of other classes.
        self.shared: set[tuple[str, int]] = set()
        #: What the names of a module hold beside functions and classes, by its path, with the module that was read.
        self._listed: dict[str, tuple[Module | None, frozenset[str]]] = {}
        #: The packages that hand the names of a module on, by its path.
        self._handing: dict[str, list[str]] = {}

    def of(self, module: Module, function: int) -> Iterator[tuple[Module, int]]:
        """Yield the functions that name a function, each with its module; 0 is the body of the module."""
        key = (module.path, function)
        if key not in self._found:
            self._found[key] = [], self._naming(module, function)
        found, others = self._found[key]
        number = 0
        while True:
            if number == len(found):
                following = next(others, None)
                if following is None:
                    return
                found.append(following)
            yield found[number]
            number += 1

    def _naming(self, module: Module, function: int) -> Iterator[tuple[Module, int]]:
        name = module.functions[function]["n"]
        is_plain = module.functions[function].get("c") is None
        if name in ENTERING and not is_plain:
            yield from self._making(module.classes[module.functions[function]["c"]]["n"])
            return
        shared = is_plain and self._definitions[name] > _SHARED
        for path in self._files_naming(name):
            if is_plain and not self._may_import(module, path, shared=shared):
                continue
            other = self._evaluator.modules.module(path)
            for caller in self._naming_in(other, name) if other is not None else ():
                assert other is not None
                if other is module and caller == function:
                    continue
                if is_plain and not self._may_mean(module, other, caller, name):
                    continue
                if not is_plain and not self._may_be_method(module, function, other, caller):
                    if not self._tables.is_test(path):
                        self.shared.add((module.path, function))
                    continue
                if other.functions[caller]["n"] == "__getattr__" and other.functions[caller].get("c") is None:
                    continue  # a module that hands on names of another one
                yield other, caller

    def _making(self, name: str) -> Iterator[tuple[Module, int]]:
        """Yield the functions that name a class, whose objects they may enter, and the modules that derive from it."""
        for path in self._tables.mentioning(name):
            other = self._evaluator.modules.module(path)
            if other is not None and any(last_name(base) == name for each in other.classes for base in each["b"]):
                yield other, 0
            for caller in self._naming_in(other, name) if other is not None else ():
                assert other is not None
                yield other, caller

    def _naming_in(self, module: Module, name: str) -> Sequence[int]:
        """Return the functions of a file in whose tables a name stands; each function of that name asks for them."""
        key = (module.path, name)
        known, callers = self._callers.get(key, (None, ()))
        if known is not module:
            callers = tuple(caller for caller in module.naming(name) if _is_mentioned(module.raw(caller), name))
            self._callers[key] = module, callers
        return callers

    def knows(self, module: Module, function: int, other: Module, caller: int) -> bool:
        """Tell whether what may name a function is known to mean it: by imports, the type of an object, or a rare name.

        A name is rare if async functions of one file alone have it, or if it has several words.
        """
        record = module.functions[function]
        if (
            record.get("c") is None
            or record["n"] in ENTERING
            or self._definitions[record["n"]] <= 1
            or "_" in record["n"].strip("_")
        ):
            return True
        asked = self._asked_in(other, caller, record["n"])
        own = ("C", module.path, record["c"])
        return not isinstance(asked, bool) and any(
            value[0] in {"C", "I"} and self._is_related(value, own, record["n"]) for values in asked for value in values
        )

    def lists(self, module: Module, function: int) -> bool:
        """Tell whether a name of the module holds a plain function, in a table of handlers for instance."""
        known, listed = self._listed.get(module.path, (None, frozenset[str]()))
        if known is not module:
            bindings = (binding for bindings in module.names.values() for binding in bindings if type(binding) is list)
            values = [binding for binding in bindings if binding[0] not in {"F", "C", "m"}]
            listed = frozenset(part for part in _parts(values) if type(part) is str)
            self._listed[module.path] = module, listed
        return module.functions[function]["n"] in listed

    def defining(self, name: str) -> list[str]:
        """Return the files on disk that define an async function of a name."""
        return [path for path, names in self._defined.items() if name in names]

    def _may_mean(self, module: Module, other: Module, caller: int, name: str) -> bool:
        """Tell whether a function names a plain function of a module, and not an attribute of some object only."""
        prefixes = list(_prefixes(other.raw(caller), name))
        if any(before or not prefix.endswith(".") for before, prefix in prefixes):
            return other is module or not _defines(other, name) or any(before for before, _ in prefixes)
        evaluator = self._evaluator
        owners = {prefix.removesuffix(".") for _, prefix in prefixes}
        values = [value for owner in owners for value in evaluator.value(owner, evaluator.entry(other, caller))]
        modules = [evaluator.modules.module(value[1]) for value in values if value[0] == "M"]
        return any(named is module or (named is not None and _hands_on(named, name)) for named in modules)

    def _may_be_method(self, module: Module, function: int, other: Module, caller: int) -> bool:
        """Tell whether a function names a method of a class, and not only what other objects have by its name."""
        record = module.functions[function]
        asked = self._asked_in(other, caller, record["n"])
        if isinstance(asked, bool):
            return asked
        own = ("C", module.path, record["c"])
        return any(self._may_have(values, own, record["n"]) for values in asked)

    def _asked_in(self, module: Module, function: int, name: str) -> tuple[Values, ...] | bool:
        """Return the objects whose attribute of a name a function takes, or whether it may be that of any."""
        key = (module.path, function, name)
        known, asked = self._asked.get(key, (None, False))
        if known is not module:
            body = module.body(function)
            owners = list(_owners(body, name))
            if owners:
                frame = self._evaluator.entry(module, function)
                asked = tuple(self._evaluator.value(owner, frame) for owner in owners)
            else:
                dropped = any(last_name(call[0]) == name for call in body.get("c", ()))
                finds = any(finder in module.raw(function) for finder in _FINDERS)
                asked = (function == 0 and not dropped) or finds
            if len(self._asked) >= _MOST_ASKED:
                self._asked.clear()
            self._asked[key] = module, asked
        return asked

    def _may_have(self, values: Values, own: Value, name: str) -> bool:
        """Tell whether one of these values may be an object whose `name` is the method of a class."""
        return not values or any(self._is_related(value, own, name) for value in values)

    def _is_related(self, value: Value, own: Value, name: str) -> bool:
        evaluator = self._evaluator
        if value[0] in {"M", "n"} or (value[0] == "x" and value[1].partition(".")[0] in sys.stdlib_module_names):
            return False
        if value[0] == "xi":
            package = value[1].partition(".")[0]
            return any(base.partition(".")[0] == package for base in library_bases(evaluator, own[1], own[2]))
        if value[0] not in {"C", "I"}:
            return True
        theirs = lineage(evaluator, value[1], value[2])
        if own in theirs or ("C", *value[1:3]) in lineage(evaluator, own[1], own[2]):
            return True
        if any(base[0] == "x" and base[1] in _PROTOCOLS for base in theirs):
            return self._methods(theirs) <= self._methods(lineage(evaluator, own[1], own[2]))
        return not any(self._has_method(base, name) for base in theirs)

    def _methods(self, bases: Iterable[Value]) -> set[str]:
        """Return the names of the methods that classes of the project have."""
        modules = [(self._evaluator.modules.module(base[1]), base[2]) for base in bases if base[0] == "C"]
        return {
            name
            for module, index in modules
            if module is not None
            for name, bindings in module.classes[index]["m"].items()
            if any(type(binding) is list and binding[0] == "F" for binding in bindings)
        }

    def _has_method(self, base: Value, name: str) -> bool:
        module = self._evaluator.modules.module(base[1]) if base[0] == "C" else None
        return module is not None and name in module.classes[base[2]]["m"]

    def _may_import(self, module: Module, path: str, *, shared: bool) -> bool:
        """Tell by its text whether a file can mean a plain function of a module by its name: it has to be imported.

        Only for a name that many files share it is worth it to read what the file imports.
        """
        if path == module.path or os.path.basename(path) == "__init__.py":
            return True
        known = self._importers.setdefault((module.path, shared), {})
        if path not in known:
            may = not shared or self._importing.may(path, module.path)
            text = self._tables.text(path) if may else ""
            known[path] = may and (module.home in text or any(name in text for name in self._packages(module)))
        return known[path]

    def _packages(self, module: Module) -> list[str]:
        """Return the last names of the packages that hand a module's names on, and how one below them imports these."""
        if module.path not in self._handing:
            found = self._handing[module.path] = list[str]()
            folder, name = os.path.dirname(module.path), module.home
            package = os.path.join(folder, "__init__.py")
            while self._project.owns(package) and name in self._tables.text(package):
                name = os.path.basename(folder)
                found += [name, "from . import"]
                folder = os.path.dirname(folder)
                package = os.path.join(folder, "__init__.py")
        return self._handing[module.path]

    def _files_naming(self, name: str) -> list[str]:
        """Return the files in which the name of an async function of the project occurs."""
        if name in self._unsaved:
            texts = ((path, self._project.read(path) or "") for path in self._project.files())
            return [path for path, text in texts if name in text and name in _NAME.findall(text)]
        return self._mentioning.get(name, [])

    @functools.cached_property
    def _defined(self) -> dict[str, list[str]]:
        """The names of the async functions of each file."""
        return self._tables.told("async names", lambda _path, text: _async_names(text) or None, tests=True)

    @functools.cached_property
    def _definitions(self) -> collections.Counter[str]:
        """In how many files async functions of a name are defined."""
        return collections.Counter(name for names in self._defined.values() for name in names)

    @functools.cached_property
    def _mentioning(self) -> dict[str, list[str]]:
        """The files in which the name of each async function that stands on disk occurs."""
        wanted = frozenset(name for names in self._defined.values() for name in names)
        foreign = [name for name in wanted if not name.isascii()]

        def mentioned(_path: str, text: str) -> list[str] | None:
            found = wanted & words_of(text).each
            return sorted(found.union(name for name in foreign if name in text)) or None

        table = self._tables.told("async mentions", mentioned, tests=True, given=digest_of(*sorted(wanted)))
        files: dict[str, list[str]] = {}
        for path, names in table.items():
            for name in names:
                files.setdefault(name, []).append(path)
        return files

    @functools.cached_property
    def _unsaved(self) -> frozenset[str]:
        """The names of async functions of a buffer that it has not on disk, so that no table knows who names them."""
        found: set[str] = set()
        for source in self._project.overlays:
            on_disk = _async_names(self._project.on_disk(source.absolute) or "")
            found.update(set(_async_names(source.text)).difference(on_disk))
        return frozenset(found)


def _async_names(text: str) -> list[str]:
    return sorted(set(ASYNC_FUNCTION.findall(text))) if "async" in text else []


def _hands_on(module: Module, name: str) -> bool:
    """Tell whether a name of a module is imported by it, or what it means there cannot be told."""
    return all(type(binding) is list and binding[0] == "m" for binding in module.names.get(name, ()))


def _defines(module: Module, name: str) -> bool:
    """Tell whether a name of a module is a function or class of its own, and nothing else."""
    bindings = module.names.get(name, ())
    return bool(bindings) and all(type(binding) is list and binding[0] in {"F", "C"} for binding in bindings)


def _owners(body: dict[str, Any], name: str) -> Iterator[Any]:
    """Yield the expressions of a function whose attribute is taken by a name: `self.store` of `self.store.start()`.

    A call whose value nobody awaits, keeps or hands on calls no coroutine.
    """
    calls = body.get("c", ())
    pending: list[Any] = [part for key, part in body.items() if key != "c"]
    for call in calls:
        pending += call[1:]
    used = {part[1] for part in _parts(pending) if type(part) is list and part[0] == "c"}
    for number, call in enumerate(calls):
        if call[7] & _TAKEN or number in used:
            pending.append(call[0])
        if type(call[0]) is list and call[0][0] == "a":
            pending.append(call[0][1])
    for part in _parts(pending):
        if type(part) is str:
            owner = _before(part, name) if name in part else None
            if owner:
                yield owner
        elif part[0] == "a" and name in part[2]:
            owner = _before(f".{part[2]}", name)
            if owner is not None:
                yield ["a", part[1], owner[1:]] if owner else part[1]


def _parts(pending: list[Any]) -> Iterator[Any]:
    """Yield what tables of the facts refer to: dotted chains, attributes of other expressions, numbers of calls."""
    pending = list(pending)
    while pending:
        part = pending.pop()
        kind = type(part)
        if kind is str:
            yield part
        elif kind is list:
            match part:
                case ["a", inner, str()]:
                    pending.append(inner)
                    yield part
                case ["c", int()]:
                    yield part
                case ["k" | "m", *_]:
                    pass
                case _:
                    pending.extend(part)
        elif kind is dict:
            pending.extend(part.values())


def lines_naming(body: dict[str, Any], names: Collection[str]) -> Iterator[int]:
    """Yield the lines of the calls and reads of a function that have one of these names as a link of a chain."""
    for call in body.get("c", ()):
        if any(map(names.__contains__, _links(call[:3]))):
            yield call[3]
    for read in body.get("l", ()):
        if any(map(names.__contains__, _links(read[:1]))):
            yield read[1]


def _links(pending: list[Any]) -> Iterator[str]:
    """Yield the links of the dotted chains, and of the attributes of other expressions, that tables refer to."""
    for part in _parts(pending):
        chain = part if type(part) is str else part[2] if part[0] == "a" else ""
        yield from chain.lstrip("^").split(".")


def _before(chain: str, name: str) -> str | None:
    """Return what stands before an attribute in a dotted chain, None where it has no such attribute."""
    attribute, place = f".{name}", -1
    while (place := chain.find(attribute, place + 1)) >= 0:
        end = place + len(attribute)
        if end == len(chain) or chain[end] == ".":
            return chain[:place]
    return None


def _is_mentioned(raw: str, name: str) -> bool:
    """Tell whether the text of a function's facts has a name as a link of a chain or as a text of its own."""
    place = -1
    while (place := raw.find(name, place + 1)) >= 0:
        if place and raw[place - 1] in _BEFORE_NAME and raw[place + len(name) : place + len(name) + 1] in _AFTER_NAME:
            return True
    return False


def _prefixes(raw: str, name: str) -> Iterator[tuple[str, str]]:
    """Yield what stands before the texts of a function's facts that name something, and before its name in them.

    The keys of tables and constants name nothing.
    """
    end = len(raw)
    while (place := raw.rfind(name, 0, end)) >= 0:
        after = place + len(name)
        if raw[place - 1 : place] in _BEFORE_NAME and raw[after : after + 1] in {".", '"'}:
            start = raw.rfind('"', 0, place)
            before = next((words for words in _BEFORE_TEXT if raw.endswith(words, 0, start)), "")
            if before not in _CONSTANTS and not raw.startswith('":', after):
                yield before, raw[start + 1 : place]
            end = start
        else:
            end = after - 1
