"""Totals of paginated answers that are computed from the page alone."""

from __future__ import annotations

import ast
import functools
import itertools
import re
from collections.abc import Callable, Iterator

from flake8_planalign.logical.code import Module
from flake8_planalign.logical.model import PageTotal
from flake8_planalign.logical.words import pages
from flake8_planalign.patterns import lazy
from flake8_planalign.rule import Position
from flake8_planalign.source import any_within

__all__ = ["totals"]

_TOTALS = frozenset({"total", "total_count", "total_pages", "total_items", "total_results"})
#: What says that a name is one of all rows: `count` beside it is that of the page.
_OF_ALL = lazy(r"^(?:total|overall|grand)|^all_|total$|_all$|_total_", re.IGNORECASE)
_COUNTS = frozenset({"count", "pages"})
_WINDOW = frozenset({"skip", "offset", "limit", "page_size", "per_page", "page"})
_WORDS_OF_WINDOWS = ("limit", "offset", "skip", "page", "take", "start")
#: What calls something a total, and what counts.
_SOUGHT = (("total", "count", "pages"), ("len(", ".count("))
#: What makes a number of rows, or a few: functions, and methods besides.
_SUMMARIES = frozenset({"Counter", "all", "any", "len", "max", "mean", "median", "min", "sum"})
_METHODS = frozenset({"Counter", "count", "mean", "median"})
_COLLECTING = frozenset({"add", "append", "extend", "insert", "setdefault", "update"})
_Function = ast.FunctionDef | ast.AsyncFunctionDef
_At = Callable[[int, int], Position]


def totals(module: Module, at: _At) -> Iterator[PageTotal]:
    """Yield the totals of a module that count the rows of one page."""
    for node in module.statements:
        if isinstance(node, _Function) and pages(text := module.lines(*_extent(node))):
            named, counted = (_lines_with(words, text, node.lineno) for words in _SOUGHT)
            yield from _Reader(module, node, at, named, counted).read()


def _lines_with(words: tuple[str, ...], text: str, first: int) -> list[int]:
    """Return the lines, of which the first has a number, in which one of the words stands, in ascending order."""
    found: set[int] = set()
    for word in words:
        line, seen = first, 0
        while (place := text.find(word, seen)) >= 0:
            line += text.count("\n", seen, place)
            found.add(line)
            seen = place + 1
    return sorted(found)


def _extent(node: ast.stmt | ast.expr) -> tuple[int, int]:
    return node.lineno, node.end_lineno or node.lineno


class _Reader:
    """The walk over one function in the order of its lines; `paged` holds what a page is bound to.

    `named` and `counting` are the lines of the module on which something is called a total, or counted.
    """

    def __init__(self, module: Module, function: _Function, at: _At, named: list[int], counting: list[int]) -> None:
        self.module = module
        self.function = function
        self.at = at
        self.named = named
        self.counting = counting
        self.paged: set[str] = set()
        #: The condition under which alone a name is bound to a page.
        self.only_if: dict[str, str] = {}
        self.counted: dict[str, ast.expr] = {}
        #: What holds the rows of the page that was asked for last, the names that reach no answer with them, and the
        #: names in the statement that was looked at last.
        self.holders: dict[frozenset[str], set[str]] = {}
        self.unanswered: set[str] = set()
        self.named_in: tuple[ast.stmt | None, set[str]] = (None, set())

    def read(self) -> Iterator[PageTotal]:
        yield from self._body(self.function.body, guarded=False)

    def _body(self, body: list[ast.stmt], *, guarded: bool) -> Iterator[PageTotal]:
        for statement in body:
            if isinstance(statement, _Function | ast.ClassDef):
                continue
            if isinstance(statement, ast.If):
                short = _measures(statement.test) or _is_whole(statement.test)
                branches = (statement.body, guarded or short), (statement.orelse, guarded)
                yield from self._branches(*branches, test=statement.test)
                continue
            yield from self._statement(statement, guarded=guarded)
            if not hasattr(statement, "body"):
                continue
            for name in ("body", "orelse"):
                yield from self._body(getattr(statement, name, []), guarded=guarded)
            yield from self._branches(
                *((part.body, guarded) for part in getattr(statement, "handlers", ())), ([], guarded)
            )
            yield from self._body(getattr(statement, "finalbody", []), guarded=guarded)

    def _branches(self, *branches: tuple[list[ast.stmt], bool], test: ast.expr | None = None) -> Iterator[PageTotal]:
        """Walk branches of which one is taken; behind them is what may be on any of their ends.

        `test` chooses between the first two: what is a page only where it holds is none in the other branch.
        """
        paged, counted = self.paged, self.counted
        ends: list[tuple[set[str], dict[str, ast.expr]]] = []
        negated = isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)
        other = int(not negated)
        condition = (
            "" if test is None else ast.dump(test.operand if isinstance(test, ast.UnaryOp) and negated else test)
        )
        for place, (body, guarded) in enumerate(branches):
            self.paged, self.counted = set(paged), dict(counted)
            if condition and place == other:
                self.paged -= {name for name, known in self.only_if.items() if known == condition}
            yield from self._body(body, guarded=guarded)
            ends.append((self.paged, self.counted))
        self.paged = set().union(*(end for end, _ in ends))
        self.counted = {name: value for _, end in ends for name, value in end.items()}
        if condition and len(ends) > 1:
            self.only_if |= dict.fromkeys(ends[1 - other][0] - paged - ends[other][0], condition)

    def _statement(self, statement: ast.stmt, *, guarded: bool) -> Iterator[PageTotal]:
        if not guarded and any_within(self.named, *_extent(statement)) and not _is_thrown_away(statement):
            yield from self._answers(statement)
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target, value = statement.targets[0], statement.value
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            target, value = statement.target, statement.value
        else:
            return
        if not isinstance(target, ast.Name):
            return
        counted = self._count(value) if any_within(self.counting, *_extent(value)) else None
        if counted is not None and not guarded:
            self.counted[target.id] = counted
            if target.id in _TOTALS and self._is_answered(target.id, counted):
                self.counted.pop(target.id)
                yield self._total(target.id, counted)
        else:
            self.counted.pop(target.id, None)
        if counted is None and self._is_page(value):
            made_of = self.paged & _names(value)
            conditions = {self.only_if.get(name, "") for name in made_of}
            self.only_if[target.id] = conditions.pop() if len(conditions) == 1 and not _is_bound(value) else ""
            self.paged.add(target.id)
        else:
            self.paged.discard(target.id)

    def _is_answered(self, name: str, counted: ast.expr) -> bool:
        """Tell whether a local name reaches an answer that has the rows which were counted.

        It does so as a keyword, a value of a dictionary, or a part of what is returned, or of what becomes such.
        """
        holding = self._holding(counted)
        seen: set[str] = set()
        pending = [name]
        while pending:
            if (part := pending.pop()) in seen or part in self.unanswered:
                continue
            seen.add(part)
            for statement in self._parts_of.get(part, ()):
                if self._has(statement, holding):
                    return True
                pending.append(_stored(statement))
        self.unanswered |= seen
        return False

    @functools.cached_property
    def _cut(self) -> set[str]:
        """Return the local names of what pages are cut from, and which stays: `rows[offset : offset + limit]`."""
        cut: set[str] = set()
        shortened: set[str] = set()
        for node in ast.walk(self.function):
            match node:
                case ast.Subscript(
                    value=ast.Name(id=name), slice=ast.Slice(lower=ast.expr() as lower, upper=ast.expr())
                ):
                    cut |= {name} if _is_window(lower) else set()
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Subscript(value=ast.Name(id=of))) if of == name:
                    shortened.add(name)
        return cut - shortened

    @functools.cached_property
    def _parts_of(self) -> dict[str, list[ast.stmt]]:
        """Return the statements of the function that hand over each local name."""
        found: dict[str, list[ast.stmt]] = {}
        for statement in ast.walk(self.function):
            if isinstance(statement, ast.stmt) and not _is_thrown_away(statement):
                for value in self._handed_over(statement):
                    if isinstance(value, ast.Name):
                        found.setdefault(value.id, []).append(statement)
        return found

    def _handed_over(self, statement: ast.stmt) -> Iterator[ast.expr]:
        """Yield what a statement, not those within it, puts into dictionaries and objects, and what it returns."""
        for node in (inner for expression in _expressions(statement) for inner in ast.walk(expression)):
            if isinstance(node, ast.Dict):
                yield from node.values
            elif isinstance(node, ast.Call) and _makes_answer(self.module.dotted(node.func)):
                yield from (item.value for item in node.keywords)
                yield from node.args
        if isinstance(statement, ast.Return) and statement.value is not None:
            answer = statement.value.value if isinstance(statement.value, ast.Await) else statement.value
            if isinstance(answer, ast.Call):
                yield from (item.value for item in answer.keywords)
                yield from answer.args
            elif isinstance(answer, ast.Tuple):
                yield from answer.elts

    def _holding(self, counted: ast.expr) -> set[str]:
        """Return the names in the function that hold the rows which were counted, or something made of each."""
        begins = frozenset(self.paged | _names(counted, summed=True))
        if begins not in self.holders:
            pending = list(begins)
            holding: set[str] = set()
            while pending:
                name = pending.pop()
                if name not in holding:
                    holding.add(name)
                    pending += self._made_of.get(name, ())
            self.holders = {begins: holding}
            self.unanswered = set()
        return self.holders[begins]

    @functools.cached_property
    def _made_of(self) -> dict[str, set[str]]:
        """Return what is made of each name, in the whole function."""
        found: dict[str, set[str]] = {}
        for made, sources in itertools.chain.from_iterable(map(_links, ast.walk(self.function))):
            for name in sources:
                found.setdefault(name, set()).add(made)
        return found

    def _answers(self, statement: ast.stmt) -> Iterator[PageTotal]:
        for node in (inner for expression in _expressions(statement) for inner in ast.walk(expression)):
            pairs: list[tuple[str, ast.expr]] = []
            if isinstance(node, ast.Call) and _makes_answer(self.module.dotted(node.func)):
                pairs = [(item.arg, item.value) for item in node.keywords if item.arg]
            elif isinstance(node, ast.Dict):
                keys = zip(node.keys, node.values, strict=True)
                pairs = [
                    (key.value, value)
                    for key, value in keys
                    if isinstance(key, ast.Constant) and isinstance(key.value, str)
                ]
            names = {name for name, _ in pairs}
            of_all = any(_OF_ALL.search(name) for name in names)
            for name, value in pairs:
                if name not in _TOTALS and (name not in _COUNTS or of_all or not names & _WINDOW):
                    continue
                counted = self._count(value)
                if counted is None and isinstance(value, ast.Name):
                    counted = self.counted.get(value.id)
                if counted is not None and self._has_rows(statement, counted):
                    yield self._total(name, counted)

    def _has_rows(self, answer: ast.stmt, counted: ast.expr) -> bool:
        """Tell whether an answer, or one that it becomes a part of, has the rows that were counted."""
        stored = _stored(answer)
        return self._has(answer, self._holding(counted)) or (bool(stored) and self._is_answered(stored, counted))

    def _has(self, answer: ast.stmt, holding: set[str]) -> bool:
        if self.named_in[0] is not answer:
            self.named_in = answer, set().union(*map(_names, _expressions(answer)))
        return _stored(answer) in holding or not holding.isdisjoint(self.named_in[1])

    def _total(self, name: str, counted: ast.expr) -> PageTotal:
        start, end = self.module.span(counted)
        return PageTotal(self.at(start, end), name, ast.unparse(counted))

    def _count(self, value: ast.expr) -> ast.expr | None:
        """Return the part of an expression that counts the rows of a page: `len(page)`, `page.count()`."""
        for node in ast.walk(value):
            match node:
                case ast.Call(func=ast.Name(id="len"), args=[ast.Name(id=name)]) if name in self.paged - self._cut:
                    return node
                case ast.Call(func=ast.Attribute(attr="count", value=inner), args=[]) if self._is_page(inner):
                    return node
        return None

    def _is_page(self, value: ast.expr) -> bool:
        """Tell whether an expression gives one page of rows, or the query for it."""
        if _is_summary(value):
            return False
        for node in ast.walk(value):
            match node:
                case ast.Call(func=ast.Name(id="len")) | ast.Call(func=ast.Attribute(attr="count")):
                    return False
                case ast.Call(func=ast.Attribute(attr="limit" | "offset"), args=[bound, *_]) if _is_window(bound):
                    return True
                case ast.Name(id=name) if name in self.paged:
                    return True
                case ast.Subscript(slice=ast.Slice(upper=ast.expr()) as window):
                    words = {item.id for item in ast.walk(window) if isinstance(item, ast.Name)}
                    if words & _WINDOW:
                        return True
                case ast.Constant(value=str() as text) if " limit " in text.lower() and " offset " in text.lower():
                    return True
        return False


def _is_bound(value: ast.expr) -> bool:
    """Tell whether an expression limits rows itself."""
    return any(isinstance(node, ast.Attribute) and node.attr in ("limit", "offset") for node in ast.walk(value))


def _stored(statement: ast.stmt) -> str:
    """Return the name that a statement stores its value under, if it is one."""
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return name
    return ""


def _expressions(statement: ast.stmt) -> list[ast.expr]:
    return [child for child in ast.iter_child_nodes(statement) if isinstance(child, ast.expr)]


def _is_summary(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Name(id=name)):
            return name in _SUMMARIES
        case ast.Call(func=ast.Attribute(attr=name)):
            return name in _METHODS
    return False


def _names(expression: ast.expr, *, summed: bool = False) -> set[str]:
    """Return the names of values in an expression; if `summed`, those too that are only counted or summed up."""
    found: set[str] = set()
    pending: list[ast.AST] = [expression]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if summed or not _is_summary(node):
                pending += (*node.args, *node.keywords)
        elif summed or not _is_summary(node):
            pending += ast.iter_child_nodes(node)
    return found


def _links(node: ast.AST) -> Iterator[tuple[str, set[str]]]:
    """Yield the names that a node gives a value, each with the names that the value is made of."""
    match node:
        case ast.Assign(value=ast.ListComp(generators=[ast.comprehension(ifs=[_, *_]), *_])):
            # Some of the rows are no page: those that failed, say.
            return
        case ast.Assign(targets=targets, value=value):
            pass
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            targets = [target]
        case ast.For(target=target, iter=value) | ast.AsyncFor(target=target, iter=value):
            targets = [target]
        case ast.Call(func=ast.Attribute(value=ast.Name() as collection, attr=name), args=[*_, value]) if (
            name in _COLLECTING
        ):
            targets = [collection]
        case _:
            return
    sources = _names(value)
    for target in targets:
        for part in ast.walk(target):
            if isinstance(part, ast.Name):
                yield part.id, sources


def _measures(test: ast.expr) -> bool:
    """Tell whether a condition asks how long something is."""
    calls = (node.func for node in ast.walk(test) if isinstance(node, ast.Call))
    return any(isinstance(function, ast.Name) and function.id == "len" for function in calls)


def _is_whole(test: ast.expr) -> bool:
    """Tell whether a condition holds where there is no window, or only one page: `not limit`, `pages == 1`."""
    match test:
        case (
            ast.UnaryOp(op=ast.Not(), operand=bound)
            | ast.Compare(left=bound, ops=[ast.Is()], comparators=[ast.Constant(value=None)])
        ):
            return _is_window(bound)
        case ast.Compare(left=ast.Name(id=name), ops=[ast.Eq() | ast.LtE()], comparators=[ast.Constant(value=1)]):
            return "pages" in name
    return False


def _makes_answer(called: str) -> bool:
    """Tell whether a call makes an object of a class, a dictionary or a response; a log line is no answer."""
    name = called.rpartition(".")[2]
    return name[:1].isupper() or name in ("dict", "jsonify") or "response" in name or "render" in name


def _is_window(bound: ast.expr) -> bool:
    """Tell whether a bound is one that who asks has chosen; a constant, or a cap of another name, makes no page."""
    names = (getattr(node, "id", getattr(node, "attr", "")) for node in ast.walk(bound))
    chosen = (name.lower() for name in names if not name.isupper())
    return any(name == "size" or any(word in name for word in _WORDS_OF_WINDOWS) for name in chosen)


def _is_thrown_away(statement: ast.stmt) -> bool:
    """Tell whether a statement is a call whose result nobody keeps: a report of progress, not an answer."""
    value = statement.value if isinstance(statement, ast.Expr) else None
    value = value.value if isinstance(value, ast.Await) else value
    if not isinstance(value, ast.Call):
        return False
    name = value.func.attr if isinstance(value.func, ast.Attribute) else getattr(value.func, "id", "")
    return not name.startswith(("send", "emit", "publish"))
