"""How Compose puts files on top of each other: merging by path, `!reset` and `!override`, and what must be unique.

Source: the package `override` of github.com/compose-spec/compose-go.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from flake8_planalign.formats.located import Items, Place, Table, Text, Value

__all__ = ["MergeError", "Path", "by_key", "merge", "pruned", "unique"]

Path: TypeAlias = tuple[str, ...]
_KEYED: Final = frozenset(
    {
        ("services", "*", "environment"),
        ("services", "*", "labels"),
        ("services", "*", "annotations"),
        ("services", "*", "sysctls"),
        ("services", "*", "build", "args"),
        ("services", "*", "build", "labels"),
        ("services", "*", "build", "additional_contexts"),
        ("services", "*", "deploy", "labels"),
        ("networks", "*", "labels"),
        ("volumes", "*", "labels"),
    }
)
_REPLACED: Final = frozenset(
    {
        ("services", "*", "command"),
        ("services", "*", "entrypoint"),
        ("services", "*", "healthcheck", "test"),
    }
)
_APPENDED: Final = frozenset(
    ("services", "*", key) for key in ("dns", "dns_opt", "dns_search", "env_file", "label_file", "tmpfs", "extra_hosts")
)
_NAMED: Final = frozenset({("services", "*", key) for key in ("networks", "depends_on", "models")})
_BUILD: Final = ("services", "*", "build")
_LOGGING: Final = ("services", "*", "logging")
_ULIMITS: Final = ("services", "*", "ulimits", "*")


class MergeError(ValueError):
    """Two values that cannot be put on top of each other: at the second, why."""

    def __init__(self, place: Place, reason: str) -> None:
        super().__init__(reason)
        self.place, self.reason = place, reason


def pattern(path: Path) -> Path:
    """Return a path with what a file names itself replaced by a star."""
    if len(path) > 1 and path[0] in ("services", "networks", "volumes"):
        path = (path[0], "*", *path[2:])
    if len(path) == 4 and path[2] == "ulimits":
        path = (*path[:3], "*")
    return path


def merge(base: Value, over: Value, path: Path) -> Value:
    """Return what a value means on top of another one; neither is changed. Raises MergeError."""
    where = pattern(path)
    if over.tag == "!override" or where in _REPLACED:
        return over
    nothing = isinstance(over, Text) and over.null
    if where in _KEYED:
        return base if nothing else _laid_over(by_key(base), by_key(over))
    if where in _APPENDED:
        return Items(_place(base), [*_listed(base), *_listed(over)])
    if nothing:
        return base
    if where in _NAMED:
        return _merge_tables(_named(base), _named(over), path)
    if where == _BUILD:
        return _merge_tables(_build(base), _build(over), path)
    if isinstance(base, Text) and base.null:
        return over
    if isinstance(base, Table):
        if not isinstance(over, Table):
            raise MergeError(_place(over), "it cannot override a mapping")
        if where == _ULIMITS or (where == _LOGGING and _other_driver(base, over)):
            return over
        return _merge_tables(base, over, path)
    if isinstance(base, Items):
        if not isinstance(over, Items):
            raise MergeError(_place(over), "it cannot override a list")
        return Items(base.place, [*base.items, *over.items])
    return over


def _place(value: Value) -> Place:
    return value.place


def _merge_tables(base: Table, over: Table, path: Path) -> Table:
    made = base.copy()
    for key, value in over.items.items():
        if value.tag == "!reset":
            made.items.pop(key, None)
        elif key in made.items:
            merged = merge(made.items[key], value, (*path, key))
            made.items[key] = merged
            if merged is value:
                made.keys[key] = over.keys[key]
        else:
            made.put(key, over.keys[key], value)
    return made


def _laid_over(base: Table, over: Table) -> Table:
    """Return variables on top of others; one without a value takes the value away."""
    made = base.copy()
    for key, value in over.items.items():
        made.items.pop(key, None)
        if value.tag != "!reset":
            made.put(key, over.keys[key], value)
    return made


def by_key(value: Value | None) -> Table:
    """Return a list of `KEY=value` as the table that it means; a key without a value is null."""
    if isinstance(value, Table):
        return value
    if not isinstance(value, Items):
        return Table(value.place) if value else _nowhere()
    made = Table(value.place)
    for item in value.items:
        if isinstance(item, Text) and not item.null:
            key, sign, _ = item.value.partition("=")
            at = item.at(0, len(key))
            rest = item.part(len(key) + 1, len(item.value)) if sign else Text("", item.place, plain=True)
            made.items.pop(key, None)
            made.put(key, at, rest)
    return made


def _nowhere() -> Table:
    from flake8_planalign.formats.located import EMPTY

    return EMPTY


def _listed(value: Value) -> list[Value]:
    if isinstance(value, Items):
        return value.items
    return [] if isinstance(value, Text) and value.null else [value]


def _named(value: Value) -> Table:
    if isinstance(value, Table):
        return value
    made = Table(value.place)
    for item in _listed(value):
        if isinstance(item, Text):
            made.put(item.value, item.place, Text("", item.place, plain=True))
    return made


def _build(value: Value) -> Table:
    if isinstance(value, Table):
        return value
    made = Table(value.place)
    if isinstance(value, Text) and not value.null:
        made.put("context", value.place, value)
    return made


def _other_driver(base: Table, over: Table) -> bool:
    drivers = [table.items.get("driver") for table in (base, over)]
    names = [driver.value for driver in drivers if isinstance(driver, Text)]
    return len(names) == 2 and names[0] != names[1]


def pruned(value: Table) -> Table:
    """Return a table without what its `!reset` tags take away; unchanged parts are shared."""
    made: Table | None = None
    for key, item in value.items.items():
        kept: Value | None = item
        if item.tag == "!reset":
            kept = None
        elif isinstance(item, Table):
            kept = pruned(item)
        if kept is not item:
            made = made or value.copy()
            if kept is None:
                del made.items[key]
            else:
                made.items[key] = kept
    return made or value


def unique(items: list[Value], key: Callable[[Value], str | None]) -> list[Value]:
    """Return a list in which the last item with a key stands in the place of the first; None is never a key."""
    places: dict[str, int] = {}
    kept: list[Value] = []
    for item in items:
        name = key(item)
        if name is not None and name in places:
            kept[places[name]] = item
            continue
        if name is not None:
            places[name] = len(kept)
        kept.append(item)
    return kept
