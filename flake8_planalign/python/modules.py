"""The modules of a project: which file an import means, and the facts of that file, read on demand."""

from __future__ import annotations

import ast
import os
import sys
import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from flake8_planalign.cache import GROUPS, RECORDS, decoded, digest, encoded_records
from flake8_planalign.collector import collector_off
from flake8_planalign.parsing import parsed
from flake8_planalign.patterns import lazy
from flake8_planalign.python.facts import FACTS_VERSION, extract
from flake8_planalign.source import Source

if TYPE_CHECKING:
    from flake8_planalign.project import Project

__all__ = ["Module", "Modules", "called_name", "forget", "is_import", "last_name"]

_NAMESPACE: Final = f"facts{FACTS_VERSION}"
#: So many characters of functions' facts are kept as they are; a project of 150,000 lines has as many.
_UNPACKED: Final = 4 * 2**20
#: A module of so many functions has an index of the words in their facts.
_MANY: Final = 1000
_WORD: Final = lazy(r"\w+")


class _Records(Sequence[Any]):
    """JSON values in a text, with `RECORDS` between them: decoded when they are asked for, and forgotten by `forget`.

    What is decoded is a heap of small objects, and each of them costs at every full pass of the garbage collector,
    whoever causes it; one long text costs nothing.
    """

    __slots__ = ("_decoded", "_lines", "_text")

    def __init__(self, text: str, *, packed: bool = False) -> None:
        self._text = zlib.compress(text.encode("utf-8", "surrogatepass"), 1) if packed else text
        self._lines: list[str] | None = None
        self._decoded: dict[int, Any] = {}

    @property
    def texts(self) -> list[str]:
        """Return the values as JSON."""
        if self._lines is None:
            text = self._text
            if isinstance(text, bytes):
                text = zlib.decompress(text).decode("utf-8", "surrogatepass")
            self._lines = text.split(RECORDS) if text else []
            _note(self, len(text))
        return self._lines

    def __len__(self) -> int:
        return len(self.texts)

    def __getitem__(self, index: Any) -> Any:
        record = self._decoded.get(index)
        if record is None:
            record = self._decoded[index] = decoded(self.texts[index])
        return record

    def __iter__(self) -> Iterator[Any]:
        return (self[index] for index in range(len(self.texts)))

    def seed(self, values: Iterable[Any]) -> None:
        """Take values that need not be decoded, since the text was made of them just now."""
        self._decoded = dict(enumerate(values))
        _note(self, len(self._text))

    def forget(self) -> None:
        self._decoded = {}
        self._lines = None


#: In characters of the text of what is decoded, of which more is dropped between two files.
_DECODED: Final = 2 * 2**20
#: The records of which something is decoded now, and how much text they stand in.
_in_use: list[_Records] = []
_size = 0


def _note(records: _Records, size: int) -> None:
    global _size  # noqa: PLW0603 - of all records of the process
    _in_use.append(records)
    _size += size


def forget(*, everything: bool = True) -> None:
    """Drop all that is decoded, or only if it is much; it is decoded again when it is asked for."""
    global _size  # noqa: PLW0603 - of all records of the process
    if everything or _size > _DECODED:
        for records in _in_use:
            records.forget()
        _in_use.clear()
        _size = 0


class _Names:
    """The top-level names of a module and their bindings."""

    __slots__ = ("_bindings", "_names")

    def __init__(self, names: str, bindings: str) -> None:
        self._names = _Records(names)
        self._bindings = _Records(bindings)

    def _places(self) -> dict[str, int]:
        return self._names[0]  # type: ignore[no-any-return]

    def __contains__(self, name: str) -> bool:
        return name in self._places()

    def get(self, name: str, default: Any = None) -> Any:
        place = self._places().get(name)
        return default if place is None else self._bindings[place]

    def values(self) -> Iterator[Any]:
        return iter(self._bindings)


class Facts(Struct, frozen=True):
    """What `extract` says of a module, as texts of records that are decoded when they are asked for."""

    names: str
    bindings: str
    functions: str
    bodies: str
    classes: str
    stars: list[str]
    waived: list[int]


class Module:
    """The facts of one file."""

    __slots__ = ("_bodies", "_words", "classes", "functions", "is_package", "name", "names", "path", "stars", "waived")

    def __init__(
        self, name: str, path: str, facts: Facts, fresh: dict[str, Any] | None = None, *, packed: bool = False
    ) -> None:
        self.name = name
        self.path = path
        self.is_package = os.path.basename(path) == "__init__.py"
        self.names = _Names(facts.names, facts.bindings)
        self.stars = facts.stars
        self.functions = _Records(facts.functions, packed=packed)
        self.classes = _Records(facts.classes)
        self.waived = frozenset(facts.waived)
        self._bodies = _Records(facts.bodies, packed=packed)
        self._words: dict[str, list[int]] | None = None
        for key, records in (("functions", self.functions), ("classes", self.classes), ("bodies", self._bodies)):
            if fresh is not None:
                records.seed(fresh[key])

    @property
    def home(self) -> str:
        """Return the last part of the name by which others import the module."""
        return self.name.rpartition(".")[2]

    def body(self, function: int) -> dict[str, Any]:
        """Return the tables of a function: `d` definitions, `c` calls, `l` reads, `i` iterations, `w` withs, ..."""
        return self._bodies[function]  # type: ignore[no-any-return]

    def raw(self, function: int) -> str:
        """Return the tables of a function as JSON text, to look for a name in."""
        return self._bodies.texts[function]

    def naming(self, name: str) -> list[int]:
        """Return the functions in whose tables a name may stand: the text of it does."""
        texts = self._bodies.texts
        if len(texts) < _MANY:
            return [function for function, raw in enumerate(texts) if name in raw]
        if self._words is None:
            self._words = {}
            for function, raw in enumerate(texts):
                for word in set(_WORD.findall(raw)):
                    self._words.setdefault(word, []).append(function)
        return self._words.get(name, [])

    def called(self, function: int) -> set[str]:
        """Return the last names of what a function calls: `get` for `self.client.get()`."""
        return set(map(called_name, self.body(function).get("c", ())))

    def absolute(self, dotted: str) -> str:
        """Return the absolute name of a possibly relative import (`..db.session`) made in this module."""
        level = len(dotted) - len(dotted.lstrip("."))
        if not level:
            return dotted
        parts = self.name.split(".")
        keep = len(parts) - level + (1 if self.is_package else 0)
        base = ".".join(parts[: max(keep, 0)])
        rest = dotted[level:]
        return f"{base}.{rest}" if base and rest else base or rest


def last_name(expression: Any) -> str:
    """Return the last name of a dotted expression of the facts: `get` for `self.client.get`."""
    if type(expression) is list and expression and expression[0] == "a":
        expression = expression[2]
    return expression.rpartition(".")[2] if type(expression) is str else ""


def is_import(definition: Any) -> bool:
    """Tell whether a name is what an import gives it."""
    return type(definition) is list and bool(definition) and definition[0] == "m"


def called_name(call: list[Any]) -> str:
    """Return the last name of what a call calls: `get` for `self.client.get()`, nothing for the built-in `map`."""
    return last_name(call[0]) if call[0] != "map" else ""


class Modules:
    """What the import names of one project mean, seen from the import roots of the file under check."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._by_path: dict[str, Module | None] = {}
        self.searched: dict[tuple[str, ...], dict[str, str | None]] = {}
        self._listings: dict[str, frozenset[str]] = {}
        self._packages: dict[str, tuple[str, str]] = {}
        #: Whether a module was read that is none of the project's files, so that its state does not cover it.
        self.foreign = False
        self._taken = 0

    # -- names to files -----------------------------------------------------------------------------------------

    def find(self, dotted: str, roots: tuple[str, ...]) -> str | None:
        """Return the file of a module, the directory of a namespace package, None for what is not the project's."""
        found = self.searched.setdefault(roots, {})
        if dotted not in found:
            found[dotted] = self._find(dotted, roots)
        return found[dotted]

    def _find(self, dotted: str, roots: tuple[str, ...]) -> str | None:
        if not dotted or dotted.partition(".")[0] in sys.stdlib_module_names:
            return None
        parts = dotted.split(".")
        namespace: str | None = None
        for root in roots:
            folder = os.path.join(root, *parts[:-1])
            names = self._listing(folder)
            name = parts[-1]
            if name in names:
                package = os.path.join(folder, name)
                inside = self._listing(package)
                if "__init__.py" in inside:
                    return os.path.join(package, "__init__.py")
                if namespace is None and f"{name}.py" not in names and self._holds_python(package, inside):
                    namespace = package
            if f"{name}.py" in names:
                return os.path.join(folder, f"{name}.py")
        return namespace

    def _holds_python(self, folder: str, names: frozenset[str]) -> bool:
        """Tell whether a directory or one directly below it holds modules; a folder of data is no namespace package."""
        if any(name.endswith(".py") for name in names):
            return True
        return any(
            inner.endswith(".py") for name in names if "." not in name for inner in self._listing(f"{folder}/{name}")
        )

    def _listing(self, folder: str) -> frozenset[str]:
        listing = self._listings.get(folder)
        if listing is None:
            try:
                listing = frozenset(os.listdir(folder))
            except (OSError, ValueError):
                listing = frozenset()
            self._listings[folder] = listing
        return listing

    def roots(self, module: Module) -> tuple[str, ...]:
        """Return the import roots that hold for a module."""
        return self.project.import_roots(module.path)

    def name_of(self, path: str) -> str:
        """Return the dotted name of a file below the outermost import root that holds it, for its relative imports."""
        folder, _, file = path.rpartition(os.sep)
        stem = file.removesuffix(".py")
        package, home = self._packages.get(folder) or self._package(folder, path)
        if stem == "__init__":
            return package or home
        return f"{package}.{stem}" if package else stem

    def _package(self, folder: str, path: str) -> tuple[str, str]:
        """Return the dotted name of a directory that holds a file, and the last name of its import root."""
        inside = [root for root in self.project.import_roots(path) if path.startswith(root.rstrip(os.sep) + os.sep)]
        root = min(inside, key=len, default=folder)
        inner = os.path.relpath(folder or os.curdir, root or os.curdir)
        found = "" if inner == os.curdir else inner.replace(os.sep, "."), os.path.basename(root)
        self._packages[folder] = found
        return found

    # -- files to facts -----------------------------------------------------------------------------------------

    def module(self, path: str) -> Module | None:
        """Return the module in a file; None if the file cannot be read or parsed."""
        if path not in self._by_path:
            self._by_path[path] = self._load(path)
        return self._by_path[path]

    def module_of(self, source: Source) -> Module:
        """Return the module of the file under check, from its text and tree as flake8 gave them."""
        path = source.absolute
        module = self._by_path.get(path)
        if module is None:
            module = self._by_path[path] = self._made(path, *self._facts(source.text, source.tree))
        return module

    def _load(self, path: str) -> Module | None:
        digest_on_disk = self.project.digest_of(path)
        known = self._known(digest_on_disk) if digest_on_disk else None
        if known is not None:
            return self._made(path, known, None)
        text = self.project.read(path)
        if text is None:
            return None
        # under a buffer nothing is remembered, so it need not be known
        self.foreign = self.foreign or not (self.project.overlays or self.project.owns(path))
        facts, fresh = self._facts(text, None)
        return self._made(path, facts, fresh) if facts is not None else None

    def _made(self, path: str, facts: Facts, fresh: dict[str, Any] | None) -> Module:
        """Return the module of these facts; those of a large project are packed once they take much memory."""
        self._taken += len(facts.bodies)
        if self.are_many:
            self.project.economise()
        return Module(self.name_of(path), path, facts, fresh, packed=self.are_many)

    @property
    def are_many(self) -> bool:
        """Tell whether so much was read that memory counts for more than time."""
        return self._taken > _UNPACKED

    def _facts(self, text: str, tree: ast.Module | None) -> tuple[Any, Any]:
        """Return the facts of a text as the cache keeps them, and as they were extracted if that was just now."""
        key = digest(text)
        known = self._known(key)
        if known is not None:
            return known, None
        with collector_off():
            if tree is None:
                tree = parsed(text)
                if tree is None:
                    return None, None
            fresh = extract(tree, text)
            names = fresh["names"]
            facts = Facts(
                encoded_records([{name: place for place, name in enumerate(names)}]),
                encoded_records(names.values()),
                encoded_records(fresh["functions"]),
                encoded_records(fresh["bodies"]),
                encoded_records(fresh["classes"]),
                fresh["stars"],
                fresh["waived"],
            )
            stated = encoded_records([[facts.stars, facts.waived]])
        groups = facts.names, facts.bindings, facts.functions, facts.bodies, facts.classes, stated
        self.project.cache.put_text(_NAMESPACE, key, GROUPS.join(groups))
        return facts, fresh

    def _known(self, key: str) -> Facts | None:
        """Return the facts that the cache keeps of a text with this hash."""
        kept = self.project.cache.text(_NAMESPACE, key)
        if kept is None:
            return None
        try:
            names, bindings, functions, bodies, classes, stated = kept.split(GROUPS)
            stars, waived = decoded(stated)
        except (TypeError, ValueError):
            return None
        return Facts(names, bindings, functions, bodies, classes, stars, waived)
