"""A Python module as the readers of the Logical view ask it: names, constants, strings, and places as characters."""

from __future__ import annotations

import ast
import bisect
import functools
import itertools
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar

from flake8_planalign.logical.literals import Text, joined, read_literal, with_holes
from flake8_planalign.source import any_within, split_lines

__all__ = ["MANAGERS", "Module", "Names", "keyword"]

Names = Mapping[str, ast.expr]
Found = TypeVar("Found")
#: The managers of Django's models.
MANAGERS: Final = frozenset({"objects", "_default_manager", "_base_manager"})
_SAME_ITEMS: Final = frozenset({"list", "tuple", "set", "sorted", "reversed", "frozenset"})
#: Words of SQL that change nothing in what a definition leaves behind.
_OPTIONS: Final = frozenset({"", "CONCURRENTLY", "IF NOT EXISTS", "IF EXISTS", "CASCADE"})
#: Statements that hold no others.
_SIMPLE: Final = frozenset({
    ast.Expr, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Return, ast.Raise, ast.Import, ast.ImportFrom, ast.Pass,
    ast.Assert, ast.Continue, ast.Break, ast.Delete, ast.Global, ast.Nonlocal,
})  # fmt: skip
_EMPTY: Final[Names] = {}
_DEPTH: Final = 12
_TEXT_CALLS = frozenset({
    "sqlalchemy.text", "sqlalchemy.sql.text", "sqlalchemy.sql.expression.text", "textwrap.dedent", "inspect.cleandoc",
    "sqlalchemy.DDL", "sqlalchemy.schema.DDL", "sqlalchemy.sql.quoted_name", "sqlalchemy.literal_column",
    "sqlalchemy.sql.literal_column", "sqlalchemy.sql.elements.quoted_name", "alembic.op.f", "psycopg.sql.SQL",
    "psycopg2.sql.SQL", "sqlalchemy.quoted_name", "sqlalchemy.sql.elements.conv", "sqlalchemy.schema.conv",
})  # fmt: skip


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    """Return the keyword argument of that name."""
    return next((item.value for item in call.keywords if item.arg == name), None)


class Module:
    """One module; its tree is only read. `Names` are local variables that hold the value of an expression."""

    def __init__(self, text: str, tree: ast.Module, path: str = "") -> None:
        self.text = text
        self.tree = tree
        self.path = path
        self._bytes_are_characters = text.isascii()
        self._known: dict[str, Any] = {}

    def once(self, name: str, find: Callable[[], Found]) -> Found:
        """Return what `find` finds in the module, which is asked for once under each name."""
        if name not in self._known:
            self._known[name] = find()
        found: Found = self._known[name]
        return found

    @functools.cached_property
    def _lines(self) -> list[str]:
        return split_lines(self.text)

    @functools.cached_property
    def line_starts(self) -> list[int]:
        """Return the character index at which each line begins, and that of the end."""
        return list(itertools.accumulate(map(len, self._lines), initial=0))

    def lines(self, first: int, last: int) -> str:
        """Return the text of some lines, 1-based, the last included."""
        return self.text[self.line_starts[first - 1] : self.line_starts[last]]

    def index(self, line: int, offset: int) -> int:
        """Return the character index of a 1-based line and a column in UTF-8 bytes."""
        if not 0 < line < len(self.line_starts):
            return len(self.text)
        if not self._bytes_are_characters:
            text = self._lines[line - 1]
            offset = len(text.encode("utf-8", "surrogatepass")[:offset].decode("utf-8", "replace"))
        return self.line_starts[line - 1] + offset

    def span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        """Return the character indexes between which a node stands."""
        return (
            self.index(node.lineno, node.col_offset),
            self.index(node.end_lineno or node.lineno, node.end_col_offset or node.col_offset),
        )

    def name_span(self, node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> tuple[int, int]:
        """Return where the name of a class or a function stands."""
        start = self.text.find(node.name, self.index(node.lineno, node.col_offset) + 3)
        return start, start + len(node.name)

    def called_span(self, call: ast.Call) -> tuple[int, int]:
        """Return where the name of the function that a call calls stands: `execute` of `op.execute(...)`."""
        start, end = self.span(call.func)
        return (end - len(call.func.attr), end) if isinstance(call.func, ast.Attribute) else (start, end)

    @functools.cached_property
    def statements(self) -> list[ast.stmt]:
        """Return all statements, the outer before the inner; expressions hold none but in lambdas."""
        found: list[ast.stmt] = []
        pending: list[ast.stmt] = list(reversed(self.tree.body))
        while pending:
            node = pending.pop()
            found.append(node)
            if type(node) in _SIMPLE:
                continue
            inner: list[ast.stmt] = []
            for name in ("body", "orelse", "finalbody"):
                inner += getattr(node, name, ())
            for name in ("handlers", "cases"):
                for part in getattr(node, name, ()):
                    inner += part.body
            pending += reversed(inner)
        return found

    def expressions_on(self, lines: Sequence[int]) -> Iterator[ast.expr]:
        """Yield the outermost expressions of the statements that hold one of the lines, which ascend."""
        pending: list[ast.AST] = [self.tree]
        while pending:
            node = pending.pop()
            if isinstance(node, ast.expr):
                yield node
                continue
            if isinstance(node, ast.stmt):
                first = min((item.lineno for item in getattr(node, "decorator_list", ())), default=node.lineno)
                if not any_within(lines, first, node.end_lineno or first):
                    continue
            pending += reversed(list(ast.iter_child_nodes(node)))

    @functools.cached_property
    def _function_lines(self) -> list[tuple[int, int, ast.FunctionDef | ast.AsyncFunctionDef]]:
        found = [node for node in self.statements if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
        return [(node.lineno, node.end_lineno or node.lineno, node) for node in found]

    def function_around(self, node: ast.expr) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
        """Return the innermost function that an expression stands in."""
        # The functions stand in the order of their lines; those before are looked at from the last one on.
        last = bisect.bisect_right(self._function_lines, node.lineno, key=operator.itemgetter(0))
        for first in range(last - 1, max(last - 100, 0) - 1, -1):
            if self._function_lines[first][1] >= node.lineno:
                return self._function_lines[first][2]
        return None

    @functools.cached_property
    def imports(self) -> dict[str, str]:
        """Return the dotted name that each imported name stands for, wherever in the module it is imported."""
        found: dict[str, str] = {}
        for node in self.statements:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    if alias.asname:
                        found[alias.asname] = alias.name
                    else:
                        found[alias.name.partition(".")[0]] = alias.name.partition(".")[0]
            elif isinstance(node, ast.ImportFrom):
                package = "." * node.level + (node.module or "")
                for alias in node.names:
                    found[alias.asname or alias.name] = f"{package}.{alias.name}" if package else alias.name
        return found

    @functools.cached_property
    def assigned(self) -> Names:
        """Return what module-level names are assigned; the last value wins."""
        found: dict[str, ast.expr] = {}
        for node in self.tree.body:
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    if isinstance(target, ast.Name):
                        found[target.id] = node.value
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
                found[node.target.id] = node.value
        return found

    @functools.cached_property
    def functions(self) -> dict[str, ast.FunctionDef]:
        """Return the module's functions."""
        return {node.name: node for node in self.tree.body if isinstance(node, ast.FunctionDef)}

    @functools.cached_property
    def classes(self) -> dict[str, ast.ClassDef]:
        """Return the classes, wherever they stand."""
        return {node.name: node for node in self.statements if isinstance(node, ast.ClassDef)}

    def value(self, node: ast.expr, names: Names = _EMPTY) -> ast.expr:
        """Return the expression that a name stands for, by its local or module-level value."""
        for _ in range(_DEPTH):
            if not isinstance(node, ast.Name):
                return node
            found = names.get(node.id)
            if found is None and node.id not in self.imports:
                found = self.assigned.get(node.id)
            if found is None or found is node:
                return node
            node = found
        return node

    def dotted(self, node: ast.expr, names: Names = _EMPTY) -> str:
        """Return the dotted name of an expression, its first part by what it was imported as; empty if it has none."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return ""
        if node.id in names or (node.id in self.assigned and node.id not in self.imports):
            aliased = self.value(node, names)
            if isinstance(aliased, ast.Attribute | ast.Name) and aliased is not node:
                first = self.dotted(aliased)
                return ".".join((first, *reversed(parts))) if first else ""
        return ".".join((self.imports.get(node.id, node.id), *reversed(parts)))

    def constant(self, node: ast.expr | None, names: Names = _EMPTY) -> object:
        """Return the constant that an expression is, None if it is none (or is None)."""
        if node is None:
            return None
        node = self.value(node, names)
        if isinstance(node, ast.Constant):
            return node.value
        text = self.string(node, names)
        return text.value if text is not None else None

    def known_string(self, node: ast.expr | None, names: Names = _EMPTY) -> str | None:
        """Return the string that an expression is, None if it is none or if a part of it is not known."""
        from flake8_planalign.formats.sql.lexer import is_dynamic

        text = self.string(node, names) if node is not None else None
        return None if text is None or is_dynamic(text.value) else text.value

    def string(self, node: ast.expr, names: Names = _EMPTY, depth: int = 0) -> Text | None:
        """Return the string that an expression gives, with holes for what is not known; None if it gives none."""
        if depth > _DEPTH:
            return None
        node = self.value(node, names)
        match node:
            case ast.Constant(value=str()) | ast.JoinedStr():
                start, end = self.span(node)
                return read_literal(self.text[start:end], start, node, lambda part: self._part(part, names, depth + 1))
            case ast.BinOp(op=ast.Add()):
                parts = [self.string(side, names, depth + 1) for side in (node.left, node.right)]
                found = [part for part in parts if part is not None]
                return joined(found) if len(found) == 2 else None
            case ast.BinOp(op=ast.Mod(), left=left):
                template = self.string(left, names, depth + 1)
                return with_holes(template) if template is not None else None
            case ast.Call(func=ast.Attribute(value=ast.Constant(value=str()) as text, attr="format")):
                return self.string(text, names, depth + 1)
            case ast.Call(
                func=ast.Attribute(value=inner, attr="strip" | "lstrip" | "rstrip" | "bindparams" | "columns")
            ):
                return self.string(inner, names, depth + 1)
            case ast.Call(args=[first, *_]) if self._is_text_call(node, names):
                return self.string(first, names, depth + 1)
        return None

    def _is_text_call(self, call: ast.Call, names: Names) -> bool:
        name = self.dotted(call.func, names)
        return name in _TEXT_CALLS or name.endswith("op.f") or name == "text"

    def _part(self, node: ast.expr, names: Names, depth: int) -> str | None:
        found = self.string(node, names, depth)
        if found is not None:
            from flake8_planalign.formats.sql.lexer import is_dynamic

            return None if is_dynamic(found.value) else found.value
        node = self.value(node, names)
        match node:
            case ast.Constant(value=int() as number):
                return str(number)
            case ast.IfExp(body=ast.Constant(value=str() as one), orelse=ast.Constant(value=str() as other)) if {
                one.strip().upper(),
                other.strip().upper(),
            } <= _OPTIONS:
                return max(one, other, key=len)
        return None

    def items(self, node: ast.expr, names: Names = _EMPTY, depth: int = 0) -> Sequence[ast.expr] | None:
        """Return the items of a list, a tuple or a set, None for anything else."""
        if depth > _DEPTH:
            # A list that is made longer is the list that it was: `names = names + ["other"]`.
            return None
        node = self.value(node, names)
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            return [item for item in node.elts if not isinstance(item, ast.Starred)]
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and not node.args:
            return self._items_of(node.func, names)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) == 1:
            inner = self.items(node.args[0], names, depth + 1) if node.func.id in _SAME_ITEMS else None
            return inner if inner is None or node.func.id != "reversed" else list(reversed(inner))
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            left, right = (self.items(side, names, depth + 1) for side in (node.left, node.right))
            return None if left is None or right is None else [*left, *right]
        return None

    def _items_of(self, function: ast.Attribute, names: Names) -> Sequence[ast.expr] | None:
        """Return what the method of a dictionary written down gives: its items, keys or values."""
        made = self.value(function.value, names)
        if not isinstance(made, ast.Dict):
            return None
        keys = [key for key in made.keys if key is not None]
        if len(keys) != len(made.values) or function.attr not in ("items", "keys", "values"):
            return None
        if function.attr != "items":
            return keys if function.attr == "keys" else made.values
        return [
            ast.copy_location(ast.Tuple([key, value], ast.Load()), key)
            for key, value in zip(keys, made.values, strict=True)
        ]

    def strings(self, node: ast.expr | None, names: Names = _EMPTY) -> list[str]:
        """Return the strings of a list, or the one that an expression is."""
        if node is None:
            return []
        items = self.items(node, names)
        found = [self.known_string(item, names) for item in ([node] if items is None else items)]
        return [item for item in found if item is not None]

    def document(self, node: ast.Dict, names: Names = _EMPTY, depth: int = 0) -> dict[str, object] | None:
        """Return a dictionary with its keys, and `?` for what is none itself; None where a key is not known."""
        keys = [self.constant(key, names) if key is not None else None for key in node.keys]
        if not all(isinstance(key, str) for key in keys):
            return None
        found: dict[str, object] = {}
        for key, value in zip(keys, node.values, strict=True):
            inner = self.value(value, names)
            within = self.document(inner, names, depth + 1) if isinstance(inner, ast.Dict) and depth < _DEPTH else None
            found[str(key)] = "?" if within is None else within
        return found

    def calls(self, node: ast.AST) -> Iterator[ast.Call]:
        """Yield the calls within a node."""
        return (inner for inner in ast.walk(node) if isinstance(inner, ast.Call))
