"""An Alembic revision as the steps that its `upgrade` takes, run in the mind over constants, loops and helpers."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from flake8_planalign.formats.sql import read_definitions, read_name
from flake8_planalign.formats.sql.lexer import HOLE
from flake8_planalign.formats.sql.syntax import (
    Action,
    AddColumn,
    AddConstraint,
    AlterTable,
    AlterType,
    ChangeNull,
    ColumnDefinition,
    Constraint,
    CreateTable,
    DropColumn,
    DropConstraint,
    DropIndex,
    DropTable,
    RenameColumn,
    RenameTable,
    Statement,
    TableName,
)
from flake8_planalign.logical import columns
from flake8_planalign.logical.code import Module, Names, keyword
from flake8_planalign.logical.facts import OpaqueStep, Revision, Step
from flake8_planalign.logical.literals import Text
from flake8_planalign.logical.naming import as_sqlalchemy_keeps
from flake8_planalign.patterns import lazy

__all__ = ["is_revision", "read_revision", "unread"]

_CALL_LIMIT = 6
_CONDITION_LIMIT = 6
_STEP_LIMIT = 20_000
#: Operations of Alembic that change neither columns nor indexes.
_HARMLESS = frozenset({
    "create_table_comment", "drop_table_comment", "bulk_insert", "get_bind", "get_context", "f", "invoke",
    "create_check_constraint", "inline_literal", "batch_alter_table", "implementation_for",
    # of alembic-postgresql-enum and alembic_utils
    "sync_enum_values", "create_entity", "replace_entity", "drop_entity",
})  # fmt: skip


def is_revision(text: str) -> bool:
    """Tell whether a Python file can be an Alembic revision."""
    return "down_revision" in text and "revision" in text and "upgrade" in text


def read_revision(module: Module) -> Revision | None:
    """Return the revision that a module is, None if it is none."""
    if "revision" not in module.assigned or "down_revision" not in module.assigned:
        return None
    upgrade = module.functions.get("upgrade")
    name = module.known_string(module.assigned["revision"])
    if name is None or upgrade is None:
        return None
    follows: list[str] = []
    for key in ("down_revision", "depends_on"):
        follows += module.strings(module.assigned.get(key))
    run = _Run(module)
    run.body(upgrade.body, {}, certain=True, calls=0)
    return Revision("alembic", name, tuple(dict.fromkeys(follows)), tuple(run.steps))


class _Run:
    """The walk over what `upgrade` executes."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.steps: list[Step] = []
        self.batches: dict[str, TableName] = {}
        self.inner: dict[str, ast.FunctionDef] = {}
        #: Whether the condition that was looked at last asks what is in the database.
        self.asked = False

    def body(self, statements: Sequence[ast.stmt], names: dict[str, ast.expr], *, certain: bool, calls: int) -> bool:
        """Walk statements; tell whether they end in a `return` on every path that is taken."""
        for statement in statements:
            if len(self.steps) > _STEP_LIMIT:
                return True
            if self._statement(statement, names, certain=certain, calls=calls):
                return True
        return False

    def _statement(self, statement: ast.stmt, names: dict[str, ast.expr], *, certain: bool, calls: int) -> bool:
        match statement:
            case ast.Return() | ast.Raise():
                if isinstance(statement, ast.Return) and statement.value is not None:
                    self._expression(statement.value, names, certain=certain, calls=calls)
                return True
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ):
                self._expression(value, names, certain=certain, calls=calls)
                names[name] = self._frozen(value, names)
            case ast.If():
                return self._if(statement, names, certain=certain, calls=calls)
            case ast.For():
                self._for(statement, names, certain=certain, calls=calls)
            case ast.While():
                self.body(statement.body, names, certain=False, calls=calls)
            case ast.With():
                return self._with(statement, names, certain=certain, calls=calls)
            case ast.Try():
                self.body(statement.body, names, certain=certain, calls=calls)
                for handler in statement.handlers:
                    self.body(handler.body, dict(names), certain=False, calls=calls)
                self.body((*statement.orelse, *statement.finalbody), names, certain=certain, calls=calls)
            case ast.Expr(value=value):
                self._expression(value, names, certain=certain, calls=calls)
            case ast.FunctionDef(name=name):
                self.inner[name] = statement
            case ast.ClassDef() | ast.Import() | ast.ImportFrom():
                pass
            case _:
                for child in ast.iter_child_nodes(statement):
                    if isinstance(child, ast.expr):
                        self._expression(child, names, certain=certain, calls=calls)
        return False

    def _frozen(self, value: ast.expr, names: Names) -> ast.expr:
        """Return a value whose own names are resolved now, since they may be assigned again."""
        return self.module.value(value, names) if isinstance(value, ast.Name) else value

    def _if(self, statement: ast.If, names: dict[str, ast.expr], *, certain: bool, calls: int) -> bool:
        self.asked = False
        outcome = self._truth(statement.test, names)
        if outcome is False and self.asked and not statement.orelse and not _leaves(statement.body):
            # What an earlier revision made is there: `if column_exists("a", "b"): op.drop_column("a", "b")`.
            outcome = None
        if outcome is True:
            return self.body(statement.body, names, certain=certain, calls=calls)
        if outcome is False:
            return self.body(statement.orelse, names, certain=certain, calls=calls)
        then_ends = self.body(statement.body, names, certain=False, calls=calls)
        else_ends = self.body(statement.orelse, names, certain=False, calls=calls)
        return then_ends and else_ends

    def _truth(self, test: ast.expr, names: Names, depth: int = 0) -> bool | None:
        """Return what a condition is in an upgrade of an empty PostgreSQL database; None if that is not known."""
        if depth > _CONDITION_LIMIT:
            # A condition that is made of itself: `known = known or ask()`.
            return None
        match test:
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                inner = self._truth(operand, names, depth + 1)
                return None if inner is None else not inner
            case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq() as op], comparators=[right]):
                for side, other in ((left, right), (right, left)):
                    if self._is_dialect(side, names) and (dialect := self.module.known_string(other, names)):
                        return (dialect in ("postgresql", "postgres")) is isinstance(op, ast.Eq)
            case ast.Compare(left=left, ops=[ast.In() | ast.NotIn() as op], comparators=[right]):
                if self._is_dialect(left, names):
                    return ("postgresql" in self.module.strings(right, names)) is isinstance(op, ast.In)
                # A guard for databases that already have it: `if "tags" not in columns`.
                if self.module.known_string(left, names) and self._asks_database(right, names):
                    self.asked = True
                    return isinstance(op, ast.NotIn)
            case ast.BoolOp(op=op, values=values):
                found = [self._truth(value, names, depth + 1) for value in values]
                deciding = isinstance(op, ast.Or)
                if deciding in found:
                    return deciding
                return None if None in found else not deciding
            case ast.Name() | ast.Attribute() if "offline" in ast.dump(test):
                return None
            case ast.Constant(value=value):
                return bool(value)
            case ast.Name():
                known = self.module.value(test, names)
                return None if isinstance(known, ast.Name) else self._truth(known, names, depth + 1)
            case ast.Call(func=func):
                called = func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
                if any(
                    word in called.lower()
                    for word in (
                        "has_table",
                        "table_exists",
                        "has_column",
                        "column_exists",
                        "index_exists",
                        "has_index",
                        "constraint_exists",
                    )
                ):
                    self.asked = True
                    return False
        return None

    def _is_dialect(self, node: ast.expr, names: Names) -> bool:
        value = self.module.value(node, names)
        return isinstance(value, ast.Attribute) and (
            (value.attr == "name" and "dialect" in ast.dump(value.value))
            or (value.attr == "name" and "bind" in ast.dump(value.value))
            or value.attr == "dialect_name"
        )

    def _asks_database(self, node: ast.expr, names: Names) -> bool:
        words = ast.dump(self.module.value(node, names))
        return "get_columns" in words or "get_indexes" in words or "get_table_names" in words or "inspector" in words

    def _for(self, statement: ast.For, names: dict[str, ast.expr], *, certain: bool, calls: int) -> None:
        items = self.module.items(statement.iter, names)
        if items is None or len(items) > 200:
            self.body(statement.body, names, certain=False, calls=calls)
            return
        for item in items:
            self._bind(statement.target, item, names)
            self.body(statement.body, names, certain=certain, calls=calls)

    def _bind(self, target: ast.expr, item: ast.expr, names: dict[str, ast.expr]) -> None:
        if isinstance(target, ast.Name):
            names[target.id] = item
        elif isinstance(target, ast.Tuple | ast.List):
            parts = self.module.items(item, names) or []
            for inner, part in zip(target.elts, parts, strict=False):
                self._bind(inner, part, names)

    def _with(self, statement: ast.With, names: dict[str, ast.expr], *, certain: bool, calls: int) -> bool:
        for item in statement.items:
            context = item.context_expr
            if not isinstance(context, ast.Call):
                continue
            if isinstance(context.func, ast.Attribute) and context.func.attr == "batch_alter_table":
                table = self._table(_argument(context, 0, "table_name"), names, keyword(context, "schema"))
                if isinstance(item.optional_vars, ast.Name) and table is not None:
                    self.batches[item.optional_vars.id] = table
                elif table is None and any(
                    isinstance(inner.func, ast.Attribute) and inner.func.attr in _HARMFUL
                    for part in statement.body
                    for inner in self.module.calls(part)
                ):
                    self.steps.append(Step(OpaqueStep(None)))
            else:
                self._expression(context, names, certain=certain, calls=calls)
        return self.body(statement.body, names, certain=certain, calls=calls)

    def _expression(self, node: ast.expr, names: dict[str, ast.expr], *, certain: bool, calls: int) -> None:
        if isinstance(node, ast.Await | ast.Starred):
            node = node.value
        if not isinstance(node, ast.Call):
            if isinstance(node, ast.ListComp | ast.IfExp | ast.BoolOp):
                for call in self.module.calls(node):
                    self._call(call, names, certain=False, calls=calls)
            return
        self._call(node, names, certain=certain, calls=calls)

    def _call(self, call: ast.Call, names: dict[str, ast.expr], *, certain: bool, calls: int) -> None:
        function = call.func
        if isinstance(function, ast.Attribute):
            for argument in call.args:
                if isinstance(argument, ast.Call) and isinstance(function.value, ast.Name):
                    self._nested_operation(argument, names, certain=certain, calls=calls)
            dotted = self.module.dotted(function.value, names)
            batch = self.batches.get(function.value.id) if isinstance(function.value, ast.Name) else None
            if batch is not None:
                self._add(self._operation(function.attr, call, names, batch), certain=certain)
            elif dotted in ("alembic.op", "op"):
                self._add(self._operation(function.attr, call, names, None), certain=certain)
            elif function.attr in ("execute", "exec_driver_sql"):
                self._add(self._execute(call, names), certain=certain)
            elif function.attr in ("create", "drop") and call.args:
                self._metadata(function, names, certain=certain)
            elif isinstance(function.value, ast.Call):
                self._call(function.value, names, certain=certain, calls=calls)
            return
        if not isinstance(function, ast.Name):
            return
        helper = self.inner.get(function.id) or self.module.functions.get(function.id)
        if helper is not None and calls < _CALL_LIMIT:
            self.body(helper.body, self._bound(helper, call, names), certain=certain, calls=calls + 1)
        elif helper is not None or function.id in self.module.imports:
            self._add(self._foreign(call, names), certain=certain)

    def _nested_operation(self, call: ast.Call, names: dict[str, ast.expr], *, certain: bool, calls: int) -> None:
        if isinstance(call.func, ast.Attribute) and self.module.dotted(call.func.value) == "alembic.op":
            self._call(call, names, certain=certain, calls=calls)

    def _bound(self, helper: ast.FunctionDef, call: ast.Call, names: Names) -> dict[str, ast.expr]:
        parameters = [*helper.args.posonlyargs, *helper.args.args]
        defaults = dict(zip([item.arg for item in parameters][::-1], helper.args.defaults[::-1], strict=False))
        defaults |= {
            item.arg: value
            for item, value in zip(helper.args.kwonlyargs, helper.args.kw_defaults, strict=True)
            if value
        }
        bound = {item.arg: self._frozen(value, names) for item, value in zip(parameters, call.args, strict=False)}
        bound |= {item.arg: self._frozen(item.value, names) for item in call.keywords if item.arg}
        if helper.args.kwarg is not None and all(item.arg for item in call.keywords):
            known = {item.arg for item in (*parameters, *helper.args.kwonlyargs)}
            rest = [item for item in call.keywords if item.arg not in known]
            keys: list[ast.expr | None] = [ast.copy_location(ast.Constant(item.arg), item.value) for item in rest]
            bound[helper.args.kwarg.arg] = ast.copy_location(ast.Dict(keys, [item.value for item in rest]), call)
        return defaults | bound

    def _foreign(self, call: ast.Call, names: Names) -> Iterator[Statement | OpaqueStep]:
        """Yield that the tables are opaque whose names a helper from elsewhere is given."""
        for argument in (*call.args, *(item.value for item in call.keywords)):
            text = self.module.known_string(argument, names)
            if text and text.replace("_", "a").replace(".", "a").isalnum() and len(text) < 64:
                yield OpaqueStep(read_name(text, 0, 0))

    def _add(self, found: Iterator[Statement | OpaqueStep], *, certain: bool) -> None:
        self.steps += (Step(statement, certain) for statement in found)

    def _table(self, node: ast.expr | None, names: Names, schema: ast.expr | None = None) -> TableName | None:
        if node is None:
            return None
        start, end = self.module.span(node)
        text = self.module.known_string(node, names)
        node = self.module.value(node, names)
        if text is None and isinstance(node, ast.Attribute) and node.attr == "__tablename__":
            text = f"<{self.module.dotted(node.value, names).rpartition('.')[2]}>"
        if text is None:
            return None
        return TableName(self.module.known_string(schema, names) or "", text, start, end)

    def _execute(self, call: ast.Call, names: Names) -> Iterator[Statement | OpaqueStep]:
        if not call.args:
            return
        text = self.module.string(call.args[0], names)
        if text is None:
            yield from self._construct(call.args[0], names)
            return
        yield from _definitions(text)

    def _construct(self, node: ast.expr, names: Names) -> Iterator[Statement | OpaqueStep]:
        """Yield what an SQLAlchemy construct changes: data alone if it is an `update()` or the like."""
        value = self.module.value(node, names)
        words = {getattr(item, "attr", getattr(item, "id", "")) for item in ast.walk(value)}
        if words & {"update", "insert", "delete", "select", "values", "where", "CreateSequence", "DropSequence"}:
            return
        if words & _FOREIGN or self._is_from_elsewhere(value):
            yield OpaqueStep(None)
        else:
            yield from unread(self.module)

    def _is_from_elsewhere(self, value: ast.expr) -> bool:
        """Tell whether a text comes from a file or from another module, in which it may say anything."""
        module = self.module
        for node in ast.walk(value):
            if isinstance(node, ast.Name) and node.id in module.imports:
                if module.imports[node.id].partition(".")[0] not in _LIBRARIES:
                    return True
            elif isinstance(node, ast.Call):
                called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                inner = module.functions.get(called)
                if called in _READERS or (
                    inner is not None and any(f"{word}(" in ast.unparse(inner) for word in _READERS)
                ):
                    return True
        return False

    def _metadata(self, function: ast.Attribute, names: Names, *, certain: bool) -> None:
        """Note what `Table(...).create(bind)` makes; a type or a sequence is no table."""
        value = self.module.value(function.value, names)
        if isinstance(value, ast.Call) and self.module.dotted(value.func, names).endswith("Table"):
            table = self._table(value.args[0] if value.args else None, names)
            found: Statement | OpaqueStep = OpaqueStep(table)
            if table is not None:
                found = (
                    DropTable((table,)) if function.attr == "drop" else self._create_table(table, value.args[2:], names)
                )
            self._add(iter((found,)), certain=certain)

    def _operation(
        self, name: str, call: ast.Call, names: Names, batch: TableName | None
    ) -> Iterator[Statement | OpaqueStep]:
        if name in _HARMLESS:
            return
        if name == "execute":
            yield from self._execute(call, names)
            return
        first = 0 if batch is not None else 1
        table = batch
        if batch is None:
            table_node = _argument(
                call, 1 if name in _NAMED_FIRST else 0, "table_name", "source_table", "old_table_name"
            )
            table = self._table(table_node, names, keyword(call, "schema"))
        match name:
            case "drop_index":
                yield from self._drop_index(call, names)
                return
            case "create_exclude_constraint" if table is not None:
                words = ("using", "gist", *(str(i.value) for i in ast.walk(call) if isinstance(i, ast.Constant)))
                start, end = self.module.span(call)
                yield AlterTable(table, (AddConstraint(Constraint("exclude", "", (), start, end, words=words)),))
                return
        if table is None:
            if name in ("drop_table", "rename_table") or name not in _OF_TABLES:
                yield OpaqueStep(None)
                return
            start, end = self.module.span(call)
            table = TableName("", HOLE, start, end)
        match name:
            case "create_table":
                yield self._create_table(table, call.args[1:], names)
                yield from self._indexes_of_columns(table, call.args[1:], names)
            case "drop_table":
                yield DropTable((table,))
            case "rename_table":
                new_name = self.module.known_string(_argument(call, 1, "new_table_name"), names)
                yield AlterTable(table, (RenameTable(new_name),)) if new_name else OpaqueStep(table)
            case "create_index":
                yield from self._create_index(table, call, names, batch)
            case _:
                actions = tuple(self._actions(name, call, names, first))
                yield AlterTable(table, actions) if actions else OpaqueStep(table)
                if name == "add_column":
                    yield from self._indexes_of_columns(table, call.args[first:], names)

    def _actions(self, name: str, call: ast.Call, names: Names, first: int) -> Iterator[Action]:
        match name:
            case "add_column":
                made = self._column(_argument(call, first, "column"), names)
                if made is not None:
                    yield AddColumn(made)
            case "drop_column":
                column = self.module.known_string(_argument(call, first, "column_name"), names)
                if column:
                    yield DropColumn(column)
            case "alter_column":
                yield from self._alter_column(call, names, first)
            case "create_unique_constraint" | "create_primary_key":
                kind = "unique" if "unique" in name else "primary key"
                start, end = self.module.span(call)
                columns_node = _argument(call, first + 1, "columns")
                constraint_name = self.module.known_string(_argument(call, 0, "constraint_name"), names) or ""
                listed = tuple(self.module.strings(columns_node, names))
                yield AddConstraint(
                    Constraint("unique" if kind == "unique" else "primary key", constraint_name, listed, start, end)
                )
            case "create_foreign_key":
                start, end = self.module.span(call)
                local = tuple(self.module.strings(_argument(call, first + 2, "local_cols"), names))
                referred = self.module.known_string(_argument(call, first + 1, "referent_table"), names) or "?"
                name_given = self.module.known_string(_argument(call, 0, "constraint_name"), names) or ""
                target = read_name(referred, start, end)
                yield AddConstraint(Constraint("foreign key", name_given, local, start, end, target))
            case "drop_constraint":
                constraint = self.module.known_string(_argument(call, 0, "constraint_name"), names)
                yield DropConstraint(constraint or "")

    def _alter_column(self, call: ast.Call, names: Names, first: int) -> Iterator[Action]:
        column = self.module.known_string(_argument(call, first, "column_name"), names)
        if not column:
            return
        done = False
        type_node = keyword(call, "type_")
        if type_node is not None:
            yield AlterType(column, columns.type_of(self.module, type_node, names))
            done = True
        nullable = keyword(call, "nullable")
        if isinstance(nullable, ast.Constant):
            yield ChangeNull(column, not_null=nullable.value is False)
            done = True
        new_name = self.module.known_string(keyword(call, "new_column_name"), names)
        if new_name:
            yield RenameColumn(column, new_name)
            done = True
        if not done:
            yield ChangeNull(column, not_null=False)

    def _column(self, node: ast.expr | None, names: Names) -> ColumnDefinition | None:
        value = self.module.value(node, names) if node is not None else None
        if isinstance(value, ast.Call) and columns.is_column(self.module, value, names):
            return columns.column(self.module, value, names)
        return None

    def _create_table(self, table: TableName, items: Sequence[ast.expr], names: Names) -> CreateTable:
        made: list[ColumnDefinition] = []
        constraints: list[Constraint] = []
        for item in items:
            column = self._column(item, names)
            if column is not None:
                made.append(column)
            elif (found := columns.constraint(self.module, item, names)) is not None:
                constraints.append(found)
        # A table without any is one that columns are put on later, as those of another table are when it is copied.
        known = bool(items) and all(self._is_understood(item, names) for item in items)
        return CreateTable(table, tuple(made), tuple(constraints), as_query=not known)

    def _is_understood(self, item: ast.expr, names: Names) -> bool:
        """Tell whether an item of a table is what it looks like; a function of the project may make anything."""
        value = self.module.value(item, names)
        if not isinstance(value, ast.Call) or isinstance(item, ast.Starred):
            return False
        known = columns.is_column(self.module, value, names) or self.module.dotted(value.func, names).endswith(".Index")
        return known or columns.constraint(self.module, value, names) is not None

    def _indexes_of_columns(self, table: TableName, items: Sequence[ast.expr], names: Names) -> Iterator[Statement]:
        """Yield the indexes of columns that are declared with `index=True`, and those given as `sa.Index`."""
        for item in items:
            value = self.module.value(item, names)
            if not isinstance(value, ast.Call):
                continue
            column = self._column(value, names)
            if column is not None and self.module.constant(keyword(value, "index"), names) is True:
                start, end = self.module.span(value)
                name = TableName(table.schema, f"ix_{table.name}_{column.name}", start, end)
                yield columns.index(self.module, value, names, table, [value.args[0]], name)
            elif column is None and self.module.dotted(value.func, names).endswith(".Index") and value.args:
                index_name = self._table(value.args[0], names)
                yield columns.index(self.module, value, names, table, value.args[1:], index_name)

    def _create_index(
        self, table: TableName, call: ast.Call, names: Names, batch: TableName | None
    ) -> Iterator[Statement | OpaqueStep]:
        name_node = _argument(call, 0, "index_name")
        name = as_sqlalchemy_keeps(self._table(name_node, names))
        elements = _argument(call, 1 if batch is not None else 2, "columns")
        items = self.module.items(elements, names) if elements is not None else None
        if items is None:
            yield OpaqueStep(table)
            return
        if name is not None:
            name = replace(name, schema=table.schema)
        yield columns.index(self.module, call, names, table, items, name)

    def _drop_index(self, call: ast.Call, names: Names) -> Iterator[Statement | OpaqueStep]:
        name = as_sqlalchemy_keeps(self._table(_argument(call, 0, "index_name"), names, keyword(call, "schema")))
        if name is not None:
            yield DropIndex((name,))
        else:
            table = self._table(_argument(call, 1, "table_name"), names)
            pattern = self.module.string(call.args[0], names) if call.args and table is None else None
            yield OpaqueStep(table, pattern.value if pattern is not None else "")


#: Operations whose first argument is the name of a constraint or an index, and whose second one is the table.
_NAMED_FIRST = frozenset({
    "create_index", "drop_index", "create_unique_constraint", "create_primary_key", "drop_constraint",
    "create_check_constraint", "create_exclude_constraint", "create_foreign_key",
})  # fmt: skip


#: What SQLAlchemy makes of definitions, ways to read a file, and libraries from which no statement comes.
_FOREIGN = frozenset({"CreateIndex", "CreateTable", "DropIndex", "DropTable"})
_READERS = frozenset({"open", "read_text", "read_bytes", "read", "get_data", "loadtxt"})
_LIBRARIES = frozenset(
    {"sqlalchemy", "alembic", "sqlmodel", "textwrap", "inspect", "datetime", "uuid", "json", "re", "os"}
)
_HARMFUL = frozenset({"drop_column", "alter_column", "create_index", "drop_index"})
#: Operations on a table, which may be one that is not known.
_OF_TABLES = frozenset({
    "add_column", "drop_constraint", "create_unique_constraint", "create_primary_key", "create_foreign_key",
    "alter_column", "drop_column", "create_index", "create_table",
})  # fmt: skip
_DEFINES = lazy(r"\b(?:alter\s+table|(?:create|drop)\s+(?:unique\s+)?(?:index|table)|alter\s+index)\b", re.IGNORECASE)


def _leaves(statements: Sequence[ast.stmt]) -> bool:
    """Tell whether statements only leave, perhaps with a word about it."""
    return isinstance(statements[-1], ast.Return | ast.Raise | ast.Continue | ast.Break | ast.Pass)


def unread(module: Module) -> Iterator[OpaqueStep]:
    """Yield which tables SQL may change that a module runs without saying what: those that its strings define.

    A module none of whose strings defines anything changes data alone.
    """
    yield from module.once("unread", lambda: tuple(_unread(module)))


def _unread(module: Module) -> Iterator[OpaqueStep]:
    runs = [item for item in module.tree.body if not (isinstance(item, ast.FunctionDef) and item.name == "downgrade")]
    for node in itertools.chain.from_iterable(map(ast.walk, runs)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _DEFINES.search(node.value):
            for statement in read_definitions(node.value):
                table = getattr(statement, "table", None)
                if isinstance(table, TableName):
                    yield OpaqueStep(table)
                elif isinstance(statement, DropTable):
                    yield from (OpaqueStep(name) for name in statement.tables)
                elif isinstance(statement, DropIndex):
                    yield from (OpaqueStep(None, name.name) for name in statement.indexes)


def _argument(call: ast.Call, place: int, *names: str) -> ast.expr | None:
    if place < len(call.args):
        return call.args[place]
    return next((item.value for item in call.keywords if item.arg in names), None)


def _definitions(text: Text) -> Iterator[Statement]:
    return read_definitions(text.value, text.places)
