"""The shared deny-list: what each library's names do to the event loop, one TOML file per library.

A file is named after the first component of the import name (`redis.toml`, `google.toml`, `builtins.toml`) and is
loaded only where the code under check imports that library. Its `[library]` table tells where the facts come from;
every other top-level table is an entry, keyed by the dotted name of a function, a class or a method. The same
schema serves a project's own `[tool.planalign.deny]`. `SCHEMA.md` beside this file describes the keys.
"""

from __future__ import annotations

import functools
import os
import weakref
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import msgspec

from flake8_planalign.cache import Cache
from flake8_planalign.patterns import lazy

__all__ = [
    "KINDS",
    "RUNS",
    "TIERS",
    "Api",
    "Entry",
    "Registry",
    "SchemaError",
    "Slot",
    "Unless",
    "bundled",
    "keep_in",
    "libraries",
    "library_docs",
    "parse_entry",
]

#: What a blocking API does, and the tier that it belongs to unless its entry says otherwise.
KINDS: Mapping[str, str] = {
    "cpu": "cpu",
    "database": "network",
    "file": "disk",
    "inference": "cpu",
    "network": "network",
    "process": "process",
    "redis": "network",
    "sleep": "wait",
    "wait": "wait",
}
TIERS = ("wait", "network", "process", "disk", "cpu", "metadata")
#: Where a callable argument runs: at once in the caller, on the event loop later, in a thread, in another process.
RUNS = ("now", "loop", "thread", "process")


class SchemaError(ValueError):
    """An entry that does not follow the schema; `problems` lists every fault."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class Slot(msgspec.Struct, frozen=True):
    """A parameter that takes a callable, and where that callable runs."""

    position: int | None
    keyword: str | None
    runs: str


class Unless(msgspec.Struct, frozen=True):
    """An argument that makes the call not block: `block=False`, `timeout=0`.

    A value with a dot in it is a name that the argument has to mention: `os.WNOHANG`. Of `only` and `built_with`, which
    ask for an argument that is given, `value` is one that does not count, or with `exact` the only one that does.
    """

    keyword: str
    position: int | None
    value: bool | int | str | None
    exact: bool = False


class Entry(msgspec.Struct, frozen=True):
    """What the registry knows of one dotted name; `methods` and `results` speak of a class."""

    name: str
    kind: str | None = None
    tier: str | None = None
    use: str | None = None
    twin: str | None = None
    gil: str | None = None
    docs: str | None = None
    probable: bool = False
    returns: str | None = None
    yields: str | None = None
    enters: str | None = None
    aliases: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()
    methods: frozenset[str] = frozenset()
    results: Mapping[str, str] = msgspec.field(default_factory=dict)
    attributes: Mapping[str, str] = msgspec.field(default_factory=dict)
    callable: Slot | None = None
    unless: tuple[Unless, ...] = ()
    only: tuple[Unless, ...] = ()
    in_memory: str | None = None
    built_with: tuple[Unless, ...] = ()


class Api(msgspec.Struct, frozen=True):
    """A blocking API as a call meets it: `redis.Redis.get` with the kind, tier and remedy that hold there."""

    name: str
    kind: str
    tier: str
    use: str | None
    gil: str | None
    docs: str | None
    probable: bool
    unless: tuple[Unless, ...] = ()
    only: tuple[Unless, ...] = ()
    in_memory: str | None = None

    def without_file(self) -> Api | None:
        """Return what the call is where no file is read or written, None if it is nothing that blocks then.

        How much there is to do is not known of it.
        """
        if self.in_memory is None:
            return None
        return msgspec.structs.replace(self, kind=self.in_memory, tier=KINDS[self.in_memory], probable=True, only=())


_VARIANT = lazy(r"#\w+")
_STRINGS = ("kind", "tier", "use", "twin", "gil", "docs", "returns", "yields", "enters", "in_memory")
_LISTS = ("aliases", "bases", "methods")
_TABLES = ("results", "attributes")
_CONDITIONS = ("unless", "only", "built_with")
_WORDS: Mapping[str, tuple[str, ...]] = {
    "kind": tuple(KINDS), "tier": TIERS, "gil": ("holds", "releases"), "in_memory": tuple(KINDS),
}  # fmt: skip


def parse_entry(name: str, table: Mapping[str, Any]) -> Entry:
    """Return the entry that a TOML table describes; raises SchemaError with every problem found."""
    problems: list[str] = []
    values = {key: _value(key, value, problems) for key, value in table.items()}
    if problems:
        raise SchemaError([f"{name}: {problem}" for problem in problems])
    return Entry(name, **values)


def _value(key: str, value: Any, problems: list[str]) -> Any:
    """Return the value of a key as an `Entry` holds it, noting what is wrong with it."""
    if key in _STRINGS:
        if not isinstance(value, str):
            problems.append(f"`{key}` takes a string")
        elif key in _WORDS and value not in _WORDS[key]:
            problems.append(f"`{key}` is one of {', '.join(_WORDS[key])}, not {value!r}")
    elif key in _LISTS:
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return frozenset(value) if key == "methods" else tuple(value)
        problems.append(f"`{key}` takes a list of strings")
    elif key in _TABLES:
        if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
            problems.append(f"`{key}` takes a table of strings")
    elif key == "probable":
        if not isinstance(value, bool):
            problems.append(f"`{key}` takes true or false")
    elif key == "callable":
        return _slot(value, problems)
    elif key in _CONDITIONS:
        items = value if isinstance(value, list) else [value]
        return tuple(_condition(key, item, problems) for item in items)
    else:
        problems.append(f"unknown key `{key}`")
    return value


def _slot(value: object, problems: list[str]) -> Slot | None:
    match value:
        case {"runs": str(runs), **rest} if runs in RUNS and rest and set(rest) <= {"position", "keyword"}:
            match rest.get("position"), rest.get("keyword"):
                case (int() | None) as position, (str() | None) as keyword:
                    return Slot(position, keyword, runs)
    problems.append(f"`callable` takes {{ position = N, keyword = 'name', runs = {' | '.join(RUNS)} }}")
    return None


def _condition(key: str, value: object, problems: list[str]) -> Unless | None:
    """Return a condition on an argument; for `unless` its value is needed, else it is what does not count as given."""
    match value:
        case {"keyword": str(keyword), **rest} if set(rest) <= {"exact", "position", "value"} and (
            "value" in rest or (key != "unless" and "exact" not in rest)
        ):
            match rest.get("position"), rest.get("value"), rest.get("exact", False):
                case (int() | None) as position, (int() | str() | None) as argument, bool(exact):
                    return Unless(keyword, position, argument, exact)
    problems.append(f"`{key}` takes a list of {{ keyword = 'name', position = N, value = V }}")
    return None


_HERE: Final = os.path.dirname(__file__)
_NAMESPACE: Final = "registry"
_kept: weakref.ref[Cache] | None = None


def keep_in(cache: Cache) -> None:
    """Let a cache, for as long as it lives, keep what the bundled files say: as TOML they take ten times as long."""
    global _kept  # noqa: PLW0603 - the bundled files are the same for every project
    _kept = weakref.ref(cache)


@functools.cache
def libraries() -> frozenset[str]:
    """Return the import roots that the bundled registry knows: `redis`, `time`, `builtins`."""
    return frozenset(name.removesuffix(".toml") for name in os.listdir(_HERE) if name.endswith(".toml"))


@functools.cache
def bundled(root: str) -> Mapping[str, Entry]:
    """Return the entries of one library by dotted name, aliases not expanded; empty for an unknown library.

    Raises SchemaError if the bundled file is wrong, which a test rules out.
    """
    if root not in libraries():
        return {}
    return {name: parse_entry(name, table) for name, table in _tables(root).items() if name != "library"}


@functools.cache
def _tables(root: str) -> dict[str, Any]:
    cache = _kept() if _kept is not None else None
    known = cache.get(_NAMESPACE, root) if cache is not None else None
    if isinstance(known, dict):
        return known
    import tomllib

    with open(os.path.join(_HERE, f"{root}.toml"), "rb") as stream:
        tables = tomllib.load(stream)
    if cache is not None:
        cache.put(_NAMESPACE, root, tables)
    return tables


def library_docs(root: str) -> str | None:
    """Return the address of a bundled library's documentation, which holds for entries that give none."""
    docs: str | None = _tables(root).get("library", {}).get("docs") if root in libraries() else None
    return docs


class Registry:
    """The deny-list as one project sees it: the bundled files plus the project's own names."""

    def __init__(self, deny: Mapping[str, Entry] | None = None) -> None:
        self._deny: dict[str, dict[str, Entry]] = {}
        for name, entry in (deny or {}).items():
            self._deny.setdefault(name.partition(".")[0], {})[name] = entry
        self._roots: dict[str, dict[str, Entry]] = {}
        self._known: dict[str, Entry | None] = {}
        self._methods: dict[tuple[str, str], Api | None] = {}
        self._by_class: dict[str, dict[str, list[Entry]]] = {}

    def _entries(self, root: str) -> dict[str, Entry]:
        entries = self._roots.get(root)
        if entries is None:
            entries = {}
            for source in (bundled(root), self._deny.get(root, {})):
                for name, entry in source.items():
                    entries[name] = entry
                    for alias in entry.aliases:
                        entries.setdefault(alias, entry)
            self._roots[root] = entries
        return entries

    def entry(self, name: str) -> Entry | None:
        """Return what is known of a dotted name, its aliases resolved (`entry.name` is the canonical one)."""
        if name not in self._known:
            self._known[name] = self._entries(name.partition(".")[0]).get(name)
        return self._known[name]

    def has(self, root: str) -> bool:
        """Tell whether anything is known below an import root."""
        return bool(self._entries(root))

    def lineage(self, name: str) -> Iterator[Entry]:
        """Yield the entry of a class and of its registered bases, nearest first."""
        seen: set[str] = set()
        pending = [name]
        while pending:
            current = pending.pop(0)
            entry = self.entry(current)
            if entry is None or entry.name in seen:
                continue
            seen.add(entry.name)
            yield entry
            pending.extend(entry.bases)

    def function(self, name: str) -> Api | None:
        """Return the blocking API that calling this dotted function means, if it blocks."""
        entry = self.entry(name)
        if entry is None or entry.kind is None or entry.methods:
            return None
        return self._api(entry.name, entry, entry)

    def method(self, class_name: str, method: str) -> Api | None:
        """Return the blocking API behind a method of a class; its registered bases are searched as well."""
        key = (class_name, method)
        if key not in self._methods:
            self._methods[key] = self._find_method(class_name, method)
        return self._methods[key]

    def _find_method(self, class_name: str, method: str) -> Api | None:
        for entry in self.lineage(class_name):
            name = f"{entry.name}.{method}"
            own = self.entry(name)
            if own is not None:
                return self._api(name, own, entry) if own.kind else None
            if entry.kind and (method in entry.methods or ("*" in entry.methods and not method.startswith("_"))):
                return self._api(name, entry, entry)
            if method in entry.results and method not in entry.methods:
                return None
        return None

    def _api(self, name: str, entry: Entry, owner: Entry) -> Api:
        assert entry.kind is not None
        use = entry.use or owner.use
        return Api(
            _VARIANT.sub("", name),
            entry.kind,
            entry.tier or (owner.tier if entry.kind == owner.kind else None) or KINDS[entry.kind],
            use.replace("{method}", name.rpartition(".")[2]) if use else None,
            entry.gil or owner.gil,
            entry.docs or owner.docs or library_docs(name.partition(".")[0]),
            entry.probable or owner.probable,
            entry.unless,
            entry.only,
            entry.in_memory,
        )

    def variant(self, name: str, given: Callable[[Unless], bool]) -> str:
        """Return the name of the variant of a class that its constructor's arguments make it, else the name itself."""
        for variant in self._variants(name.partition(".")[0]).get(name, ()):
            if all(given(condition) for condition in variant.built_with):
                return variant.name
        return name

    def _variants(self, root: str) -> dict[str, list[Entry]]:
        variants = self._by_class.get(root)
        if variants is None:
            variants = self._by_class[root] = {}
            for name, entry in self._entries(root).items():
                if "#" in name and entry.built_with:
                    variants.setdefault(name.partition("#")[0], []).append(entry)
        return variants
