"""The lowering of statements: a function for each kind, which tells whether the path ends there."""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING, Any, Final

from flake8_planalign.python.branches import (
    asks_length,
    completed_names,
    conditions_of,
    done_names,
    doubts_of,
    failed_names,
    fills_memo,
    matched,
    narrow,
    returns_memo,
    setting_of,
)
from flake8_planalign.python.expressions import read_attribute
from flake8_planalign.python.facts import AWAITED, ENTERED, HEAVY, RAISED, Expression
from flake8_planalign.python.fills import fill_from
from flake8_planalign.python.reaching import join, stored_names
from flake8_planalign.python.syntax import ARITHMETIC, MAX_STRING, asks_loop, is_plain, is_type_checking, last_name

if TYPE_CHECKING:
    from flake8_planalign.python.lowering import Lowering

__all__ = ["STATEMENTS"]

#: What gives one answer of a server after the other, so that a loop over it waits more than it computes.
_PAGES: Final = frozenset({"as_completed", "iter_content", "iter_lines", "paginate"})


def _expr(lowering: Lowering, node: ast.Expr) -> bool:
    lowered = lowering.expr(node.value)
    fill_from(lowering, node.value, lowered)
    return False


def _assert(lowering: Lowering, node: ast.Assert) -> bool:
    lowering.expr(node.test)
    return False


def _assign(lowering: Lowering, node: ast.Assign) -> bool:
    value = _assigned(lowering, node.value)
    lowering.statement_end = node.end_lineno or 0
    for target in node.targets:
        if isinstance(target, ast.Tuple | ast.List) and isinstance(node.value, ast.Call | ast.Name):
            lowering.iterated(node.value, value)
        lowering.target(target, value)
    return False


def _annassign(lowering: Lowering, node: ast.AnnAssign) -> bool:
    annotation = lowering.annotation(node.annotation)
    value = _assigned(lowering, node.value) if node.value is not None else None
    if annotation is None and node.value is None:
        return False
    lowering.statement_end = node.end_lineno or 0
    lowering.target(node.target, ["=", annotation, value] if annotation is not None else value)
    return False


def _augassign(lowering: Lowering, node: ast.AugAssign) -> bool:
    if lowering.scope.loops > 1 and type(node.op) in ARITHMETIC:
        lowering.scope.flags |= HEAVY
    lowering.expr(node.value)
    if isinstance(node.target, ast.Attribute):
        read_attribute(lowering, node.target)
    return False


def _delete(lowering: Lowering, node: ast.Delete) -> bool:
    for target in node.targets:
        lowering.expr(target)
    return False


def _type_alias(lowering: Lowering, node: Any) -> bool:
    lowering.bind(node.name.id, lowering.annotation(node.value))
    return False


def _return(lowering: Lowering, node: ast.Return) -> bool:
    if node.value is not None:
        lowering.scope.open_ended = lowering.scope.open_ended or not is_plain(node.value)
        lowering.scope.returns.append(lowering.expr(node.value))
        lowering.scope.return_guards.append(lowering.scope.guard())
    return True


def _raise(lowering: Lowering, node: ast.Raise) -> bool:
    for part in (node.exc, node.cause):
        if part is None:
            continue
        done = len(lowering.scope.done)
        if part is node.exc:
            lowering.scope.done.extend(failed_names(lowering, part))
        lowered = lowering.expr(part)
        del lowering.scope.done[done:]
        if part is node.exc and type(lowered) is str and (not lowered[0].isdigit() or "." in lowered):
            # a class that is raised is called; an exception that is raised again is not
            place = [part.lineno, part.col_offset, part.end_lineno, part.end_col_offset]
            scope = lowering.scope
            scope.calls.append([lowered, [], {}, *place, RAISED, scope.guard(), scope.doubt()])
    return True


def _if(lowering: Lowering, node: ast.If) -> bool:
    if is_type_checking(node.test):
        lowering.block(node.body)
        return lowering.block(node.orelse) if node.orelse else False
    lowering.expr(node.test)
    scope = lowering.scope
    before = scope.env
    kept = fills_memo(lowering, node)
    done = done_names(lowering, node.test)
    scope.env = dict(before)
    narrow(lowering, node.test, positive=True)
    scope.kept += kept
    outside, conditions = len(scope.done), len(scope.conditions)
    then = conditions_of(lowering, node.test, positive=True)
    scope.done.extend(done)
    scope.conditions.extend(then)
    setting = setting_of(lowering, node.test)
    ended = _branch(lowering, node.body, doubts_of(node.test, then), setting)
    del scope.done[outside:]
    del scope.conditions[conditions:]
    scope.kept -= kept
    if ended and isinstance(node.test, ast.UnaryOp) and isinstance(node.test.op, ast.Not):
        scope.done.extend(done_names(lowering, node.test.operand))
    after = scope.env
    scope.env = dict(before)
    narrow(lowering, node.test, positive=False)
    if not node.orelse and not ended and not isinstance(node.body[-1], ast.Break | ast.Continue):
        scope.env = join(after, before)
        return False
    otherwise = conditions_of(lowering, node.test, positive=False)
    if not node.orelse:
        if ended:
            _where_it_was_false(lowering, node, otherwise)
            return False
        scope.conditions.extend(otherwise)
        scope.doubts.extend(doubts_of(node.test, otherwise))
        scope.env = join(after, before)
        return False
    scope.conditions.extend(otherwise)
    setting = [setting[0], not setting[1]] if setting is not None else None
    else_ended = _branch(lowering, node.orelse, doubts_of(node.test, otherwise), setting)
    if not ended:
        del scope.conditions[conditions:]
    _leave(lowering, node, ended=ended, else_ended=else_ended)
    if ended and else_ended:
        return True
    if else_ended:
        scope.env = after
        scope.conditions.extend(then)
    elif not ended:
        scope.env = join(after, scope.env)
    return False


def _where_it_was_false(lowering: Lowering, node: ast.If, otherwise: list[list[Any]]) -> None:
    """Let what follows an `if` that leaves the function run only where the test came out false."""
    scope = lowering.scope
    kept_memo = returns_memo(lowering, node)
    if kept_memo is not None:
        scope.kept += 1
        if kept_memo and scope.class_index >= 0:
            scope.conditions.append([-1, "unset", kept_memo, True])
    scope.conditions.extend(otherwise)
    if not isinstance(node.body[-1], ast.Raise):
        scope.doubts.extend(doubts_of(node.test, otherwise))
        scope.leaves += 1
    elif asks_length(node.test):
        scope.small = True


def _branch(
    lowering: Lowering, statements: list[ast.stmt], doubts: list[list[Any] | None], setting: list[Any] | None
) -> bool:
    """Lower a branch that is taken only if a test comes out so; returns True if the path ends there."""
    before, settings = len(lowering.scope.doubts), len(lowering.settings)
    lowering.scope.doubts.extend(doubts)
    if setting is not None:
        lowering.settings.append(setting)
    ended = lowering.block(statements)
    del lowering.scope.doubts[before:]
    del lowering.settings[settings:]
    return ended


def _leave(lowering: Lowering, node: ast.If, *, ended: bool, else_ended: bool) -> None:
    """Let what follows an `if` with an `else` be in doubt where one of them leaves the function and the other not."""
    left_by = node.body if ended else node.orelse
    if ended is not else_ended and not isinstance(left_by[-1], ast.Raise):
        lowering.scope.leave()


def _for(lowering: Lowering, node: ast.For | ast.AsyncFor) -> bool:
    is_async = type(node) is ast.AsyncFor
    iterated = lowering.expr(node.iter)
    lowering.iterated(node.iter, iterated, is_async=is_async)
    scope = lowering.scope
    before = dict(scope.env)
    entries = _loop_entry(lowering, node.body)
    lowering.target(node.target, ["i", iterated, is_async])
    computes = not isinstance(node.iter, ast.Call) or last_name(node.iter) not in _PAGES
    outside = len(scope.done)
    scope.done.extend(completed_names(lowering, node))
    scope.loops += computes
    ended = lowering.block(node.body)
    scope.loops -= computes
    del scope.done[outside:]
    _loop_exit(lowering, entries, before)
    lowering.block(node.orelse)
    if ended:
        scope.leave()
    return False


def _while(lowering: Lowering, node: ast.While) -> bool:
    before = dict(lowering.scope.env)
    entries = _loop_entry(lowering, node.body)
    lowering.expr(node.test)
    narrow(lowering, node.test, positive=True)
    outside = len(lowering.scope.done)
    lowering.scope.done.extend(done_names(lowering, node.test))
    lowering.scope.loops += 1
    ended = lowering.block(node.body, doubt=not isinstance(node.test, ast.Constant))
    lowering.scope.loops -= 1
    del lowering.scope.done[outside:]
    _loop_exit(lowering, entries, before)
    lowering.block(node.orelse)
    if isinstance(node.test, ast.UnaryOp) and isinstance(node.test.op, ast.Not) and not _has_break(node):
        lowering.scope.done.extend(done_names(lowering, node.test.operand))
    if ended:
        lowering.scope.leave()
    return ended and isinstance(node.test, ast.Constant) and bool(node.test.value)


def _has_break(node: ast.While) -> bool:
    """Tell whether a loop may be left before its test comes out false, or one within it."""
    return any(isinstance(part, ast.Break) for statement in node.body for part in ast.walk(statement))


def _with(lowering: Lowering, node: ast.With | ast.AsyncWith) -> bool:
    is_async = type(node) is ast.AsyncWith
    scope = lowering.scope
    entered = []
    for item in node.items:
        manager = lowering.expr(item.context_expr)
        if is_async:
            lowering.awaited(manager, ENTERED)
        context = item.context_expr
        place = [context.lineno, context.col_offset, context.end_lineno, context.end_col_offset]
        scope.withs.append([manager, is_async, *place, False, 0, scope.guard(), scope.doubt()])
        entered.append(scope.withs[-1])
        if item.optional_vars is not None:
            lowering.target(item.optional_vars, ["e", len(scope.withs) - 1])
    first = len(scope.calls)
    ended = lowering.sequence(node.body)
    if not is_async:
        # whether the body awaits, and its last line
        awaits = any(call[7] & AWAITED for call in scope.calls[first:])
        for record in entered:
            record[6:8] = [awaits, node.end_lineno]
    return ended


def _try(lowering: Lowering, node: ast.Try | ast.TryStar) -> bool:
    scope = lowering.scope
    before = dict(scope.env)
    body_ended = lowering.block(node.body)
    raised = join(scope.env, before)
    if not body_ended:
        body_ended = lowering.block(node.orelse)
    ends: list[dict[str, str]] = [] if body_ended else [scope.env]
    dead = lowering.scope.index != 0 and asks_loop(node.body)
    for handler in node.handlers:
        scope.env = dict(raised)
        conditions = len(scope.conditions)
        if dead and (handler.type is None or last_name(handler.type) in {"Exception", "RuntimeError"}):
            scope.conditions.append([-1, "never", None, True])
        if handler.type is not None:
            lowering.expr(handler.type)
        if handler.name:
            lowering.bind(handler.name, None)
        if not lowering.block(handler.body, doubt=True):
            ends.append(scope.env)
        del scope.conditions[conditions:]
    if ends:
        joined = ends[0]
        for end in ends[1:]:
            joined = join(joined, end)
        scope.env = joined
    else:
        scope.env = raised
    final_ended = lowering.block(node.finalbody)
    if body_ended and ends:
        # what follows runs only where the `try` was left by an error that one of the handlers took
        scope.leave()
    return final_ended or not ends


def _match(lowering: Lowering, node: ast.Match) -> bool:
    lowering.expr(node.subject)
    scope = lowering.scope
    before = scope.env
    after = dict(before)
    left = False
    for case in node.cases:
        scope.env = dict(before)
        for pattern in ast.walk(case.pattern):
            name = getattr(pattern, "name", None) or getattr(pattern, "rest", None)
            if isinstance(name, str):
                lowering.bind(name, None)
        if case.guard is not None:
            lowering.expr(case.guard)
        outside = len(scope.conditions)
        test = matched(node.subject, case.pattern)
        scope.conditions.extend(conditions_of(lowering, test, positive=True) if test is not None else ())
        if lowering.block(case.body, doubt=True):
            left = True
        else:
            after = join(after, scope.env)
        del scope.conditions[outside:]
    if left:
        scope.leave()
    scope.env = after
    return False


def _import(lowering: Lowering, node: ast.Import) -> bool:
    for alias in node.names:
        local = alias.asname or alias.name.partition(".")[0]
        if lowering.scope.index == 0:
            lowering.modules.add(local)
        lowering.bind(local, ["m", alias.name if alias.asname else local])
        if not alias.asname and "." in alias.name:
            lowering.bind(local, ["m", alias.name.partition(".")[0]])
    return False


def _import_from(lowering: Lowering, node: ast.ImportFrom) -> bool:
    module = "." * node.level + (node.module or "")
    for alias in node.names:
        if alias.name == "*":
            if lowering.scope.index == 0 and lowering.class_names is None:
                lowering.stars.append(module)
            continue
        joint = "" if module.endswith(".") else "."
        lowering.bind(alias.asname or alias.name, ["m", f"{module}{joint}{alias.name}"])
    return False


def _global(lowering: Lowering, node: ast.Global) -> bool:
    lowering.scope.globals.update(node.names)
    return False


def _def(lowering: Lowering, node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    index = lowering.function(node, node.name)
    if not any(last_name(decorator) == "overload" for decorator in node.decorator_list):
        lowering.bind(node.name, ["F", index])  # what is written for type checkers alone never runs
    return False


def _class(lowering: Lowering, node: ast.ClassDef) -> bool:
    index = len(lowering.classes)
    names: dict[str, list[Any]] = {}
    record: dict[str, Any] = {
        "n": node.name,
        "q": lowering.qualname + node.name,
        "l": node.lineno,
        "b": [],
        "m": names,
        "s": {},
    }
    lowering.classes.append(record)
    record["b"] = [base for base in map(lowering.annotation, node.bases) if base is not None]
    decorators = [lowered for lowered in map(lowering.expr, node.decorator_list) if lowered is not None]
    for keyword in node.keywords:
        lowered = lowering.expr(keyword.value)
        if keyword.arg == "metaclass" and lowered is not None:
            record["t"] = lowered
    if decorators:
        record["d"] = decorators
    if lowering.scope.index:
        record["o"] = lowering.scope.index
    saved = lowering.class_names, lowering.class_index, lowering.qualname
    lowering.class_names, lowering.class_index, lowering.qualname = names, index, record["q"] + "."
    lowering.sequence(node.body)
    lowering.class_names, lowering.class_index, lowering.qualname = saved
    lowering.bind(node.name, ["C", index])
    return False


def _assigned(lowering: Lowering, node: ast.expr) -> Expression:
    """Lower an assigned value; a small constant is kept, since it may name a module or a URL, or decide a test."""
    if type(node) is ast.Constant:
        value = node.value
        if type(value) is str and len(value) <= MAX_STRING:
            return ["k", value.encode("utf-8", "replace").decode()]
        if type(value) is bool or (type(value) is int and abs(value) < 1 << 53):
            return ["k", value]
    return lowering.expr(node)


def _loop_entry(lowering: Lowering, body: list[ast.stmt]) -> dict[str, list[Any]]:
    """Give every name that the loop assigns a definition that joins its values before and within the loop."""
    scope = lowering.scope
    scope.forget_attributes()
    entries: dict[str, list[Any]] = {}
    if scope.index == 0 or lowering.class_names is not None:
        return entries
    for name in sorted(stored_names(body, set())):
        reference = scope.env.get(name)
        if reference is not None and name not in scope.globals:
            entry: list[Any] = ["u", reference]
            scope.defs.append(entry)
            scope.env[name] = str(len(scope.defs) - 1)
            entries[name] = entry
    return entries


def _loop_exit(lowering: Lowering, entries: dict[str, list[Any]], before: dict[str, str]) -> None:
    scope = lowering.scope
    for name, entry in entries.items():
        reference = scope.env.get(name)
        if reference is not None and reference not in entry:
            entry.append(reference)
    scope.env = join(scope.env, before)


STATEMENTS: Final[dict[type, Any]] = {
    ast.AnnAssign: _annassign,
    ast.Assert: _assert,
    ast.Assign: _assign,
    ast.AsyncFor: _for,
    ast.AsyncFunctionDef: _def,
    ast.AsyncWith: _with,
    ast.AugAssign: _augassign,
    ast.ClassDef: _class,
    ast.Delete: _delete,
    ast.Expr: _expr,
    ast.For: _for,
    ast.FunctionDef: _def,
    ast.Global: _global,
    ast.If: _if,
    ast.Import: _import,
    ast.ImportFrom: _import_from,
    ast.Match: _match,
    ast.Raise: _raise,
    ast.Return: _return,
    ast.Try: _try,
    ast.TryStar: _try,
    ast.While: _while,
    ast.With: _with,
}

if sys.version_info >= (3, 12):
    STATEMENTS[ast.TypeAlias] = _type_alias
