"""What is known of a text that code puts together: its literal parts and the expressions that fill the gaps."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from flake8_planalign.patterns import lazy
from flake8_planalign.process.analysis import Code
from flake8_planalign.process.statements import Function, assignments, own_nodes

__all__ = ["Gap", "Template", "Templates"]

_PERCENT: Final = lazy(r"%(?:\(\w+\))?[-+ #0]*(?:\d+|\*)?(?:\.\d+)?[diouxXeEfFgGcrsa]")
_BRACES: Final = lazy(r"\{(\w*)(?:[!:.\[][^{}]*)?\}")
_MAX_DEPTH: Final = 8
_MAX_PARTS: Final = 40
_MAX_NAMES: Final = 20
#: Methods that keep what a text says.
_SAME: Final = frozenset({"casefold", "decode", "encode", "format_map", "lower", "rstrip", "strip", "upper"})


class Gap(msgspec.Struct, frozen=True, eq=False):
    """A part of a text that only runs of the program know: the expression as it is written, and its node.

    `within` is the call of the function that builds the text, as it is written, where the expression is one of that
    function's own: what it gives in one call is not what it gives in another.
    """

    text: str
    node: ast.expr
    parameter: str | None = None
    within: str = ""

    def __eq__(self, other: object) -> bool:
        """Tell whether another gap is written the same."""
        return isinstance(other, Gap) and self._written == other._written

    def __hash__(self) -> int:
        """Return the hash of what is written."""
        return hash(self._written)

    @property
    def _written(self) -> tuple[str, str | None, str]:
        return self.text, self.parameter, self.within


class Template(msgspec.Struct, frozen=True):
    """A text as literal parts and gaps, in their order; two templates that are equal give the same text."""

    parts: tuple[str | Gap, ...]

    @property
    def literal(self) -> str:
        """Return the literal parts, `{}` in the place of each gap."""
        return "".join(part if isinstance(part, str) else "{}" for part in self.parts)

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """Return the gaps."""
        return tuple(part for part in self.parts if isinstance(part, Gap))

    @property
    def words(self) -> str:
        """Return everything that is written, names of the gaps included."""
        return " ".join(part if isinstance(part, str) else part.text for part in self.parts)

    def __str__(self) -> str:
        """Return the text as a finding shows it."""
        shown = "".join(part if isinstance(part, str) else f"{{{part.text}}}" for part in self.parts)
        return shown if len(shown) <= 60 else shown[:57] + "..."


class Templates:
    """The templates of the expressions of one function; names mean what is assigned to them once."""

    def __init__(
        self, code: Code, function: Function | None, given: Mapping[str, Template] | None = None, within: str = ""
    ) -> None:
        self.code = code
        self.function = function
        self.given = given or {}
        self.within = within
        self._assigned: dict[str, ast.expr | None] | None = None

    def of(self, node: ast.expr, depth: int = 0) -> Template:
        """Return the template of an expression."""
        parts: list[str | Gap] = []
        for part in self._parts(node, depth):
            if isinstance(part, str) and parts and isinstance(parts[-1], str):
                parts[-1] += part
            elif part != "" and len(parts) < _MAX_PARTS:
                parts.append(part)
        return Template(tuple(parts))

    def _parts(self, node: ast.expr, depth: int) -> Iterator[str | Gap]:
        if depth > _MAX_DEPTH:
            yield self._gap(node)
            return
        match node:
            case ast.Constant(value=str(text)):
                yield text
            case ast.Constant(value=bytes(data)):
                yield data.decode("utf-8", "replace")
            case ast.Constant(value=value):
                yield str(value)
            case ast.JoinedStr(values=values):
                for piece in values:
                    match piece:
                        case ast.FormattedValue(value=inner, conversion=-1 | 115, format_spec=None):
                            yield from self._parts(inner, depth + 1)
                        case ast.FormattedValue():
                            yield self._gap(piece)
                        case _:
                            yield from self._parts(piece, depth + 1)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                yield from self._parts(left, depth + 1)
                yield from self._parts(right, depth + 1)
            case ast.BinOp(left=left, op=ast.Mod(), right=right):
                fillings = right.elts if isinstance(right, ast.Tuple) else [right]
                yield from self._filled(node, left, _PERCENT, fillings, {}, depth)
            case ast.Call(func=ast.Attribute(value=left, attr="format"), args=values, keywords=keywords):
                named = {keyword.arg: keyword.value for keyword in keywords if keyword.arg}
                yield from self._filled(node, left, _BRACES, values, named, depth)
            case ast.Call(func=ast.Attribute(value=joint, attr="join"), args=[ast.List() | ast.Tuple() as items]):
                between = self.of(joint, depth + 1).parts
                for number, item in enumerate(items.elts):
                    if number:
                        yield from between
                    yield from self._parts(item, depth + 1)
            case ast.Call(func=ast.Attribute(value=inner, attr=method), args=[]) if method in _SAME:
                yield from self._parts(inner, depth + 1)
            case ast.Call(func=ast.Name(id="str"), args=[inner]):
                yield from self._parts(inner, depth + 1)
            case ast.Await(value=inner):
                yield from self._parts(inner, depth + 1)
            case ast.Call():
                built = self._built(node, depth)
                if built is not None:
                    yield from built.parts
                else:
                    yield self._gap(node)
            case ast.Name(id=name):
                yield from self._name(node, name, depth)
            case ast.Attribute():
                yield from self._attribute(node, depth)
            case _:
                yield self._gap(node)

    def _gap(self, node: ast.expr) -> Gap:
        name = node.id if isinstance(node, ast.Name) else None
        text = ast.unparse(node)
        is_parameter = name is not None and self.function is not None and name in _parameters(self.function)
        return Gap(text if len(text) <= 80 else text[:77] + "...", node, name if is_parameter else None, self.within)

    def _filled(
        self,
        node: ast.expr,
        left: ast.expr,
        pattern: re.Pattern[str],
        values: list[ast.expr],
        named: Mapping[str, ast.expr],
        depth: int,
    ) -> Iterator[str | Gap]:
        """Yield the parts of a text whose gaps are filled by values in order or by name."""
        frame = self.of(left, depth + 1)
        if len(frame.parts) != 1 or not isinstance(frame.parts[0], str):
            yield self._gap(node)
            return
        text, position, count = frame.parts[0], 0, 0
        for match in pattern.finditer(text):
            yield text[position : match.start()]
            position = match.end()
            name = match[1] if pattern is _BRACES else ""
            if name in named:
                yield from self._parts(named[name], depth + 1)
                continue
            index = int(name) if name.isdecimal() and len(name) < 9 else count
            count += 1
            if index < len(values) and not name.isidentifier():
                yield from self._parts(values[index], depth + 1)
            else:
                yield self._gap(node)
        yield text[position:]

    def _name(self, node: ast.Name, name: str, depth: int) -> Iterator[str | Gap]:
        if name in self.given:
            yield from self.given[name].parts
            return
        if self.function is not None:
            if name in self.assigned:
                value = self.assigned[name]
                if value is None:
                    yield self._gap(node)
                else:
                    yield from self._parts(value, depth + 1)
                return
            if name in _parameters(self.function):
                yield self._gap(node)
                return
        text = self._constant(node)
        if text is None:
            yield self._gap(node)
        else:
            yield text

    def _attribute(self, node: ast.Attribute, depth: int) -> Iterator[str | Gap]:
        text = self._constant(node)
        if text is None and isinstance(node.value, ast.Name) and node.value.id in {"self", "cls"}:
            value = self._class_constant(node.attr)
            if value is not None and depth < _MAX_DEPTH:
                yield from Templates(self.code, None).of(value, depth + 1).parts
                return
        yield self._gap(node) if text is None else text

    def _constant(self, node: ast.expr) -> str | None:
        """Return the text that a name of a module of the project is bound to."""
        values = self.code.named(node, self.function)
        if len(values) == 1:
            (value,) = values
            if value[0] == "s":
                return str(value[1])
        return None

    def _class_constant(self, name: str) -> ast.expr | None:
        """Return what the class of the function assigns to a name in its body."""
        owner = next((inside.owner for node, inside in self.code.statements if node is self.function), None)
        for statement in owner.body if owner is not None else ():
            match statement:
                case ast.Assign(targets=[ast.Name(id=target)], value=value) if target == name:
                    return value
                case ast.AnnAssign(target=ast.Name(id=target), value=ast.expr() as value) if target == name:
                    return value
        return None

    @property
    def assigned(self) -> dict[str, ast.expr | None]:
        """The names that the function assigns, each with its value if there is just one."""
        if self._assigned is None:
            self._assigned = assignments(self.function) if self.function is not None else {}
        return self._assigned

    def expanded(self, node: ast.expr) -> Iterator[ast.expr]:
        """Yield an expression, and what is assigned to the names in it that are assigned once."""
        pending, seen = [node], set[str]()
        while pending:
            here = pending.pop()
            yield here
            for part in own_nodes(here):
                if isinstance(part, ast.Name) and part.id not in seen and len(seen) < _MAX_NAMES:
                    seen.add(part.id)
                    value = self.assigned.get(part.id)
                    if value is not None:
                        pending.append(value)

    def _built(self, call: ast.Call, depth: int) -> Template | None:
        """Return the template of what a function of the project builds, if it has one `return`."""
        for value in self.code.callees(call):
            if value[0] != "F" or depth >= _MAX_DEPTH - 1:
                return None
            code = self.code.analysis.code(value[1])
            node = code.node(value[2]) if code is not None else None
            if code is None or node is None or node is self.function:
                return None
            returns = [part.value for part in own_nodes(*node.body) if isinstance(part, ast.Return) and part.value]
            if len(returns) != 1 or not isinstance(returns[0], ast.JoinedStr | ast.BinOp | ast.Call | ast.Name):
                return None
            given = {
                name: self.of(argument, depth + 1)
                for name, argument in arguments_of(call, node, bound=value[3] is not None).items()
            }
            built = Templates(code, node, given, ast.unparse(call)).of(returns[0], depth + 2)
            return built if any(isinstance(part, str) for part in built.parts) or len(built.parts) > 1 else None
        return None


def arguments_of(call: ast.Call, node: Function, *, bound: bool) -> dict[str, ast.expr]:
    """Return what each parameter of a function is given in a call, its default if it is left out."""
    positional = [*node.args.posonlyargs, *node.args.args][1 if bound else 0 :]
    given: dict[str, ast.expr] = {}
    defaults = node.args.defaults
    for parameter, default in zip(positional[len(positional) - len(defaults) :], defaults, strict=False):
        given[parameter.arg] = default
    for parameter, keyword_default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True):
        if keyword_default is not None:
            given[parameter.arg] = keyword_default
    for parameter, argument in zip(positional, call.args, strict=False):
        if isinstance(argument, ast.Starred):
            break
        given[parameter.arg] = argument
    names = {parameter.arg for parameter in (*positional, *node.args.kwonlyargs)}
    given |= {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg in names and keyword.arg}
    return given


def _parameters(function: Function) -> frozenset[str]:
    arguments = function.args
    named = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    extra = (part for part in (arguments.vararg, arguments.kwarg) if part is not None)
    return frozenset(argument.arg for argument in (*named, *extra))
