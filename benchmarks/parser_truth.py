"""What we read in real SQL, against PostgreSQL's own parser (libpg_query, through postgast, which is BSD-2-Clause).

    pip install postgast
    python benchmarks/parser_truth.py PATH...

A path is a SQL file, one that `replay_truth.py --statements` wrote, or the directory of an unpacked package, of which
all SQL files are taken and the SQL in the strings of its migrations. What libpg_query itself does not take is left out.
Prints recall and precision of tokens, columns with types, indexes, and operators on documents with places.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import postgast

from flake8_planalign.formats.sql import read_statements
from flake8_planalign.formats.sql.expressions import Cursor, Tokens, read_type
from flake8_planalign.formats.sql.lexer import Kind, tokenize
from flake8_planalign.formats.sql.syntax import (
    AddColumn,
    AlterTable,
    AlterType,
    CreateIndex,
    CreateTable,
    Identifier,
    Routine,
    Statement,
)

OPERATORS = frozenset({"->", "->>", "#>", "#>>", "@>", "<@", "?", "?|", "?&", "@?", "@@", "#-"})
FIRST_WORDS = ("create ", "alter ", "drop ", "update ", "insert ", "select ", "delete ", "with ", "do ", "comment ")
_INTERNAL = {"bpchar": "character", "varchar": "character varying"}


def texts(path: Path) -> Iterator[str]:
    """Yield the SQL of a file or of a package."""
    if path.is_file():
        yield path.read_text(encoding="utf-8", errors="replace")
        return
    for file in sorted(path.rglob("*.sql")):
        yield file.read_text(encoding="utf-8", errors="replace")
    for file in sorted(path.rglob("*.py")):
        if not {"versions", "migrations", "revisions"} & set(file.parts):
            continue
        with contextlib.suppress(SyntaxError, UnicodeDecodeError):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    value = node.value.strip()
                    if value.lower().startswith(FIRST_WORDS):
                        yield value


def statements(text: str) -> Iterator[str]:
    """Yield the statements of a text that PostgreSQL takes."""
    try:
        parts = postgast.split(text)
    except postgast.PgQueryError:
        return
    for part in parts:
        with contextlib.suppress(postgast.PgQueryError):
            postgast.parse(part)
            yield part


class Score:
    """Counts of what both say, and of what one says alone."""

    def __init__(self) -> None:
        self.same: Counter[str] = Counter()
        self.missed: Counter[str] = Counter()
        self.added: Counter[str] = Counter()
        self.examples: list[str] = []

    def add(self, what: str, theirs: Counter[Any], ours: Counter[Any], text: str) -> None:
        """Count what both find in a statement."""
        self.same[what] += (theirs & ours).total()
        self.missed[what] += (theirs - ours).total()
        self.added[what] += (ours - theirs).total()
        if theirs != ours and len(self.examples) < 20:
            there, here = list(theirs - ours)[:3], list(ours - theirs)[:3]
            self.examples.append(f"{what}: {there} there, {here} here in {text[:200]!r}")

    def report(self) -> None:
        """Print recall and precision."""
        for what in self.same:
            both, missed, added = self.same[what], self.missed[what], self.added[what]
            recall, precision = both / max(both + missed, 1), both / max(both + added, 1)
            print(f"{what}: {both + missed} there, recall {recall:.4f}, precision {precision:.4f}")
        print(*self.examples, sep="\n")


def judge(text: str, score: Score) -> None:
    """Compare what both read in a statement."""
    data = text.encode()
    scanned = [(token.start, token.end) for token in postgast.scan(text).tokens]
    theirs = [data[start:end].decode() for start, end in scanned]
    theirs = [word for word in theirs if not word.startswith(("--", "/*")) and word != ";"]
    ours = [text[token.start : token.end] for token in tokenize(text) if token.value != ";"]
    score.add("tokens", Counter(enumerate(theirs)), Counter(enumerate(ours)), text)
    columns: Counter[Any] = Counter()
    indexes: Counter[Any] = Counter()
    operators: Counter[Any] = Counter()
    for _, node in postgast.walk(postgast.parse(text)):
        match type(node).__name__:
            case "ColumnDef" if node.colname and node.HasField("type_name"):
                columns[node.colname, _type(node.type_name)] += 1
            case "AlterTableCmd" if node.subtype == postgast.pg_query_pb2.AT_AlterColumnType:
                columns[node.name, _type(getattr(node, "def").column_def.type_name)] += 1
            case "IndexStmt":
                indexes[_index(node)] += 1
            case "A_Expr" if node.name and node.name[-1].string.sval in OPERATORS:
                operators[node.name[-1].string.sval, len(data[: node.location].decode())] += 1
    our_columns: Counter[Any] = Counter()
    our_indexes: Counter[Any] = Counter()
    for made in _flat(read_statements(text)):
        match made:
            case CreateTable(columns=found):
                our_columns.update((column.name[:63], _plain(column.type.name)) for column in found)
            case AlterTable(actions=actions):
                for action in actions:
                    if isinstance(action, AddColumn):
                        our_columns[action.column.name[:63], _plain(action.column.type.name)] += 1
                    elif isinstance(action, AlterType):
                        our_columns[action.name, _plain(action.type.name)] += 1
            case CreateIndex(name=name, table=table, method=method, elements=elements, unique=unique, where=where):
                parts = tuple(
                    (e.expression.parts[-1] if isinstance(e.expression, Identifier) else "()", e.operator_class)
                    for e in elements
                )
                our_indexes[name.name[:63] if name else "", table.name, method, unique, parts, where is not None] += 1
    kinds = {type(node).__name__ for _, node in postgast.walk(postgast.parse(text))}
    if kinds.isdisjoint({"CreateFunctionStmt", "DoStmt"}):
        score.add("columns", columns, our_columns, text)
        score.add("indexes", indexes, our_indexes, text)
        signs = (token for token in tokenize(text) if token.kind == Kind.OPERATOR and token.value in OPERATORS)
        score.add("operators", operators, Counter((token.value, token.start) for token in signs), text)


def _flat(found: Iterator[Statement]) -> Iterator[Statement]:
    for statement in found:
        if not isinstance(statement, Routine):
            yield statement


def _type(name: Any) -> str:
    written = name.names[-1].string.sval
    internal = len(name.names) > 1 and name.names[0].string.sval == "pg_catalog"
    made = _INTERNAL.get(written, written) if internal else written
    return _plain(made + "[]" * len(name.array_bounds))


def _plain(name: str) -> str:
    """Return a type's name in one spelling for both."""
    base = name.removesuffix("[]")
    tokens = Tokens(tokenize(f'"{base}"' if base != base.lower() else base))
    return read_type(Cursor(tokens)).name + "[]" * name.count("[]")


def _index(node: Any) -> tuple[Any, ...]:
    parts = tuple(
        (item.index_elem.name or "()", item.index_elem.opclass[-1].string.sval if item.index_elem.opclass else "")
        for item in node.index_params
    )
    return (
        node.idxname[:63], node.relation.relname, node.access_method or "btree", node.unique, parts,
        node.HasField("where_clause"),
    )  # fmt: skip


def main() -> None:
    """Compare the statements of the paths of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="+", type=Path)
    score, count, words = Score(), 0, 0
    for path in parser.parse_args().paths:
        before = count
        for text in texts(path):
            for statement in statements(text):
                judge(statement, score)
                count += 1
                words += len(statement)
        print(f"{os.path.basename(path)}: {count - before} statements")
    print(f"{count} statements, {words} characters")
    score.report()


if __name__ == "__main__":
    main()
