"""The bundled deny-list says what it can say: shape, order, names and twins, with no library installed."""

from __future__ import annotations

import ast
import itertools
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from importlib import resources
from typing import Any

import pytest

from flake8_planalign import registry
from flake8_planalign.registry import Entry, Registry, SchemaError, bundled, libraries, parse_entry

ROOTS = sorted(libraries())
IDENTIFIER_LISTS = ("aliases", "bases", "methods")


def tables(root: str) -> dict[str, dict[str, Any]]:
    text = resources.files(registry).joinpath(f"{root}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def entries(root: str) -> dict[str, dict[str, Any]]:
    return {name: table for name, table in tables(root).items() if name != "library"}


def type_expressions(entry: Entry) -> Iterator[str]:
    yield from (text for text in (entry.returns, entry.yields, entry.enters) if text)
    yield from entry.results.values()
    yield from entry.attributes.values()


def is_dotted(name: str) -> bool:
    """A variant of a class carries its name behind a hash: `queue.Queue#bounded`."""
    return all(part.isidentifier() for part in re.sub(r"#\w+", "", name).split("."))


def denied_twin(deny: Registry, twin: str) -> bool:
    """A twin is denied if calling it, or calling any method of it, is on the deny-list."""
    owner, _, method = twin.rpartition(".")
    blocks = deny.function(twin) or (owner and deny.method(owner, method))
    return bool(blocks) or any(entry.kind and entry.methods for entry in deny.lineage(twin))


def problems(name: str, table: Mapping[str, Any]) -> list[str]:
    try:
        parse_entry(name, table)
    except SchemaError as error:
        return error.problems
    return []


@pytest.mark.parametrize("root", ROOTS)
class TestBundledFile:
    def test_library_table_is_complete(self, root: str) -> None:
        library = tables(root)["library"]
        assert set(library) == {"distribution", "docs", "verified"}
        assert all(isinstance(value, str) and value for value in library.values())
        assert library["docs"].startswith("https://")
        assert library["verified"] == "unverified" or library["verified"][0].isdigit()

    def test_every_entry_follows_the_schema(self, root: str) -> None:
        assert [problem for name, table in entries(root).items() for problem in problems(name, table)] == []

    def test_entries_are_sorted_by_name(self, root: str) -> None:
        names = list(entries(root))
        assert names == sorted(names)
        assert next(iter(tables(root))) == "library"

    def test_lists_are_sorted_and_free_of_duplicates(self, root: str) -> None:
        unsorted = [
            f"{name}: {key}"
            for name, table in entries(root).items()
            for key in IDENTIFIER_LISTS
            if key in table and table[key] != sorted(set(table[key]))
        ]
        assert unsorted == []

    def test_names_and_aliases_start_with_the_import_root(self, root: str) -> None:
        names = [*entries(root), *(alias for entry in bundled(root).values() for alias in entry.aliases)]
        assert [name for name in names if not (is_dotted(name) and name.startswith(f"{root}."))] == []

    def test_a_name_among_conditions_belongs_to_the_library_or_to_python(self, root: str) -> None:
        values = [condition.value for entry in bundled(root).values() for condition in (*entry.unless, *entry.only)]
        names = [value for value in values if isinstance(value, str) and "." in value]
        roots = {root, *sys.stdlib_module_names}
        assert [name for name in names if not (is_dotted(name) and name.partition(".")[0] in roots)] == []

    def test_an_alias_means_one_entry(self, root: str) -> None:
        aliases = list(itertools.chain.from_iterable(entry.aliases for entry in bundled(root).values()))
        assert len(aliases) == len(set(aliases))
        assert set(aliases).isdisjoint(entries(root))

    def test_types_are_annotations(self, root: str) -> None:
        for entry in bundled(root).values():
            for text in (*type_expressions(entry), *entry.bases, *entry.aliases):
                ast.parse(text, mode="eval")

    def test_no_twin_is_denied(self, root: str) -> None:
        deny = Registry()
        assert [e.name for e in bundled(root).values() if e.twin and denied_twin(deny, e.twin)] == []

    def test_no_base_is_its_own_ancestor(self, root: str) -> None:
        assert [entry.name for entry in bundled(root).values() if entry.name in entry.bases] == []

    def test_every_entry_says_something(self, root: str) -> None:
        silent = {name for name, table in entries(root).items() if not set(table) - {"aliases", "docs", "use"}}
        needed = {base for other in ROOTS for entry in bundled(other).values() for base in entry.bases}
        spoken = " ".join(
            text for other in ROOTS for entry in bundled(other).values() for text in type_expressions(entry)
        )
        assert [name for name in silent if name not in needed and name not in spoken] == []

    def test_blocking_methods_have_a_kind(self, root: str) -> None:
        kindless = [entry.name for entry in bundled(root).values() if entry.methods and not entry.kind]
        assert kindless == []

    def test_every_blocking_entry_has_a_remedy(self, root: str) -> None:
        known = bundled(root)
        bare = [
            entry.name
            for entry in known.values()
            if entry.kind and not entry.use and not getattr(known.get(entry.name.rpartition(".")[0]), "use", None)
        ]
        assert bare == []


def test_the_registry_reaches_the_breadth_it_promises() -> None:
    callables = sum(max(1, len(entry.methods)) for root in ROOTS for entry in bundled(root).values() if entry.kind)
    assert len(ROOTS) >= 45
    assert callables >= 700


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ({"kind": "slow"}, "a.b: `kind` is one of"),
        ({"kind": 3}, "a.b: `kind` takes a string"),
        ({"tier": "gpu"}, "a.b: `tier` is one of"),
        ({"gil": "maybe"}, "a.b: `gil` is one of"),
        ({"methods": "get"}, "a.b: `methods` takes a list of strings"),
        ({"results": ["get"]}, "a.b: `results` takes a table of strings"),
        ({"probable": "yes"}, "a.b: `probable` takes true or false"),
        ({"callable": {"runs": "somewhere", "position": 0}}, "a.b: `callable` takes"),
        ({"callable": {"runs": "thread"}}, "a.b: `callable` takes"),
        ({"callable": {"runs": "thread", "position": "first"}}, "a.b: `callable` takes"),
        ({"unless": [{"value": False}]}, "a.b: `unless` takes a list"),
        ({"unless": [{"keyword": "block"}]}, "a.b: `unless` takes a list"),
        ({"only": [{"position": 0}]}, "a.b: `only` takes a list"),
        ({"only": [{"keyword": "path", "position": "first"}]}, "a.b: `only` takes a list"),
        ({"built_with": {"keyword": "maxsize", "value": [0]}}, "a.b: `built_with` takes a list"),
        ({"colour": "red"}, "a.b: unknown key `colour`"),
    ],
)
def test_a_wrong_entry_names_its_fault(table: Mapping[str, Any], problem: str) -> None:
    assert [text for text in problems("a.b", table) if text.startswith(problem)]


def test_all_faults_of_an_entry_are_reported_at_once() -> None:
    assert len(problems("a.b", {"kind": "slow", "colour": "red", "methods": "get"})) == 3
