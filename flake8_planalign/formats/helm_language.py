"""The language of Helm's templates: pipelines of names, literals, and functions that need nothing but their arguments.

Source: `text/template` of Go, the functions of github.com/Masterminds/sprig, and Helm's own; compared with what
`helm template` 4.1.4 yields. What is not known is None, and so is what cannot be computed without it.
"""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Final

from flake8_planalign.formats.located import Items, Origin, Place, Table, Text, Value
from flake8_planalign.patterns import lazy
from flake8_planalign.source import Source

__all__ = [
    "ABSENT",
    "MADE",
    "ROOT",
    "UNCERTAIN",
    "evaluated",
    "field_of",
    "holds",
    "is_boolean",
    "kind",
    "number_of",
    "printed",
]

_TOKEN: Final = lazy(r'\s*("(?:[^"\\]|\\.)*"|`[^`]*`|\(|\)(?:\.\w+)*|\||[^\s()|]+)')
_TOKEN_LIMIT: Final = 200
_DEPTH_LIMIT: Final = 50
#: The longest text that a function makes, in characters.
_LENGTH_LIMIT: Final = 10_000
_NOWHERE: Final = Place(Origin.of(Source.of_text("nowhere", "")), 0, 0)
#: What values.yaml does not have.
ABSENT: Final = Text("", _NOWHERE, plain=True)
#: What `$` stands for: `.Values`, `.Chart` and the rest.
ROOT: Final = Table(_NOWHERE)
ROOT.put("", _NOWHERE, ABSENT)
#: The tag of whole numbers, which are printed as such; those of values.yaml are floating-point numbers in templates.
_WHOLE: Final = "!int"
#: The tag of a text that a template made, and the sign in it of what is not known.
MADE: Final = "!made"
UNCERTAIN: Final = "\ue000"
#: The tag of a table of which some fields are not known.
_PARTIAL: Final = "!partial"
#: Source: `resolve.go` of sigs.k8s.io/yaml/goyaml.v2.
_TRUE: Final = frozenset({"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "y", "Y"})
_FALSE: Final = frozenset({"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", "n", "N"})
_INTEGER: Final = lazy(r"[-+]?(?:0b[01_]+|0o?[0-7_]+|0x[0-9a-fA-F_]+|[1-9][0-9_]*|0)")
_FLOAT: Final = lazy(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_VERB: Final = lazy(r"%(.)", re.DOTALL)

LookUp = Callable[[str], Value | None]
#: Returns what `include` of a named template (its name) or `tpl` (its text) makes of a value; None if not known.
Template = Callable[[str, str, Value], Text | None]


def evaluated(
    written: str,
    look_up: LookUp,
    template: Template | None = None,
    *,
    as_condition: bool = False,
    partial: bool = False,
) -> Value | None:
    """Return what a pipeline yields; None if that is not known. A condition only has to be known as true or false.

    With `partial` a text that a template makes, and nothing but its indentation changes, may be known in part.
    """
    return _Expression(written, look_up, template, as_condition=as_condition, partial=partial).run()


def field_of(value: Value | None, keys: list[str]) -> Value | None:
    """Return the field at a path of keys, ABSENT where values.yaml has none, None where that is not known."""
    for key in keys:
        if isinstance(value, Text) and value.null:
            return ABSENT
        if not isinstance(value, Table) or value is ROOT:
            return None
        if key not in value.items:
            return None if value.tag == _PARTIAL else ABSENT
        value = value.items[key]
    return value


def holds(value: Value) -> bool:
    """Tell whether a value counts as true in a condition."""
    if not isinstance(value, Text):
        return bool(value.items)
    if not value.plain:
        return value.value != ""
    number = number_of(value)
    return number != 0 if number is not None else not value.null and value.value not in _FALSE


def is_boolean(written: str) -> bool:
    """Tell whether a word without quotes is a truth value for Helm."""
    return written in _TRUE or written in _FALSE


def printed(value: Text) -> str:
    """Return a value as an action prints it."""
    if not value.plain or value.tag == _WHOLE:
        return value.value
    if value.null:
        return ""
    if is_boolean(value.value):
        return "true" if value.value in _TRUE else "false"
    number = number_of(value)
    return value.value if number is None else _as_go(number)


def number_of(value: Text) -> float | None:
    """Return the number that a text without quotes is, None if it is none."""
    written = value.value.replace("_", "")
    if not value.plain or written[-1:] not in "0123456789.abcdefABCDEF":
        return None
    if _INTEGER.fullmatch(value.value) and len(written) < 20:
        digits = written.lstrip("+-")
        base = 8 if digits[:1] == "0" and digits[1:].isdigit() else 0
        try:
            return float(int(digits, base) * (-1 if written[0] == "-" else 1))
        except ValueError:
            return None
    return float(written) if _FLOAT.fullmatch(written) and len(written) < 30 else None


def _as_go(number: float) -> str:
    """Return a number as the verb %v of Go writes it: with an exponent from a million on."""
    digits, _, shift = repr(abs(number)).partition("e")
    whole, _, rest = digits.partition(".")
    exponent = len(whole) - 1 + int(shift or 0)
    significant = (whole + rest).rstrip("0")
    if whole == "0":
        significant = significant.lstrip("0")
        exponent = -1 - (len(rest) - len(rest.lstrip("0"))) + int(shift or 0)
    if not significant:
        return "0"
    sign = "-" if number < 0 else ""
    if -5 < exponent < 6:
        return sign + repr(abs(number)).removesuffix(".0")
    tail = f".{significant[1:]}" if len(significant) > 1 else ""
    return f"{sign}{significant[0]}{tail}e{exponent:+03d}"


class _Expression:
    """One pipeline, token by token."""

    def __init__(
        self, written: str, look_up: LookUp, template: Template | None, *, as_condition: bool, partial: bool
    ) -> None:
        found = _TOKEN.finditer(written)
        self.tokens = [token[1] for token, _ in zip(found, range(_TOKEN_LIMIT + 1), strict=False)]
        self.look_up, self.template, self.as_condition, self.partial = look_up, template, as_condition, partial
        self.at = 0

    def run(self) -> Value | None:
        if len(self.tokens) > _TOKEN_LIMIT:
            return None
        value = self._pipeline(0)
        return value if self.at >= len(self.tokens) else None

    def _pipeline(self, depth: int) -> Value | None:
        value = self._call(depth, None, piped=False)
        while self._peek() == "|":
            self.at += 1
            value = self._call(depth, value, piped=True)
        return value

    def _peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def _call(self, depth: int, given: Value | None, *, piped: bool) -> Value | None:
        words: list[str | Value | None] = []
        while self.at < len(self.tokens) and self._peek()[0] not in "|)":
            token = self._peek()
            self.at += 1
            if token == "(":  # noqa: S105 - a token of the template language
                value = self._pipeline(depth + 1) if depth < _DEPTH_LIMIT else None
                closing = self._peek()
                if closing.startswith(")"):
                    self.at += 1
                words.append(field_of(value, closing.split(".")[1:]) if "." in closing else value)
            else:
                words.append(token)
        if not words:
            return None
        head, *rest = words
        arguments = [self._value(word) if isinstance(word, str) else word for word in rest]
        if piped:
            arguments.append(given)
        if not isinstance(head, str):
            return head if not arguments else None
        if head[0] in '."`$' or head.lstrip("-")[:1].isdigit() or head in ("true", "false", "nil"):
            return self._value(head) if not arguments else None
        if head in ("include", "template", "tpl") and len(arguments) == 2 and self.template is not None:
            return self._templated(head, *arguments, inner=depth > 0)
        return _applied(head, arguments, as_condition=self.as_condition)

    def _templated(self, head: str, name: Value | None, given: Value | None, *, inner: bool) -> Value | None:
        """Return what a template makes of a value."""
        if head == "tpl" and isinstance(name, Items | Table):
            return name
        if not isinstance(name, Text) or name.unknown or given is None or self.template is None:
            return None
        if head == "tpl" and "{{" not in name.value:
            return name
        made = self.template("tpl" if head == "tpl" else "include", name.value, given)
        if made is None:
            return _included(name, given) if head == "include" else None
        return made if not made.unknown or (self.partial and not inner and self._is_last()) else None

    def _is_last(self) -> bool:
        """Tell whether nothing but an indentation follows."""
        rest = self.tokens[self.at :]
        return not rest or (len(rest) == 3 and rest[0] == "|" and rest[1] in ("indent", "nindent"))

    def _value(self, token: str) -> Value | None:
        if token[0] in '"`':
            return _string(_unescaped(token))
        if token in ("true", "false"):
            return Text(token, _NOWHERE, plain=True)
        if token == "nil":  # noqa: S105
            return ABSENT
        if token.lstrip("-").isdigit():
            return _whole(int(token)) if len(token) < 20 else None
        if token[0] in ".$":
            return self.look_up(token)
        # A function without arguments.
        return _applied(token, [], as_condition=False)


def _unescaped(token: str) -> str:
    if token[0] == "`" or "\\" not in token:
        return token[1:-1]
    try:
        return str(json.loads(token))
    except ValueError:
        return token[1:-1]


def _string(value: str) -> Text:
    return Text(value, _NOWHERE)


def _whole(value: int) -> Text:
    return Text(str(value), _NOWHERE, plain=True, tag=_WHOLE)


def _boolean(truth: bool) -> Text:  # noqa: FBT001
    return Text("true" if truth else "false", _NOWHERE, plain=True)


def _applied(name: str, arguments: list[Value | None], *, as_condition: bool) -> Value | None:
    """Return what a function yields; None if that is not known."""
    if name in ("and", "or") and arguments:
        return _joined(arguments, wanted=name == "or", as_condition=as_condition)
    if name == "dict":
        return _dict(arguments)
    if name == "ternary" and len(arguments) == 3 and arguments[2] is not None:
        return arguments[0] if holds(arguments[2]) else arguments[1]
    if name == "default" and len(arguments) == 2:
        fallback, value = arguments
        return value if value is None or holds(value) else fallback
    if name == "coalesce":
        return next((value for value in arguments if value is None or holds(value)), ABSENT)
    if name == "tpl" and len(arguments) == 2:
        return _template(arguments[0])
    if name == "include" and len(arguments) == 2:
        return _included(arguments[0], arguments[1])
    known = [value for value in arguments if value is not None]
    if len(known) < len(arguments):
        return None
    if name == "list":
        return Items(_NOWHERE, list(known))
    if not known or any(_has_root(value) for value in known if name not in _PICKS):
        return None
    if name in ("toYaml", "toJson", "nindent", "indent"):
        return known[-1]
    if name == "required":
        return known[-1] if len(known) == 2 and holds(known[-1]) else None
    if name in _ON_VALUES:
        return _ON_VALUES[name](known)
    return _on_texts(name, known)


def _joined(arguments: list[Value | None], *, wanted: bool, as_condition: bool) -> Value | None:
    """Return the argument that decides `and` or `or`; in a condition one that decides whatever precedes it does."""
    unknown = False
    for value in arguments:
        if value is None:
            unknown = True
        elif holds(value) == wanted and (as_condition or not unknown):
            return value
    return None if unknown else arguments[-1]


def _dict(arguments: list[Value | None]) -> Value | None:
    made = Table(_NOWHERE)
    for key, value in zip(arguments[::2], arguments[1::2], strict=False):
        if not isinstance(key, Text):
            return None
        if value is None:
            made.tag = _PARTIAL
        else:
            made.put(printed(key), _NOWHERE, value)
    return made


#: What takes a part of a value, which may hold all that a chart knows.
_PICKS: Final = frozenset({"index", "first", "last", "get", "dig", "not", "empty", "hasKey"})


def _has_root(value: Value) -> bool:
    if isinstance(value, Text):
        return False
    return value is ROOT or any(
        item is ROOT for item in (value.items.values() if isinstance(value, Table) else value.items)
    )


def _template(value: Value | None) -> Value | None:
    """Return what `tpl` makes of a value that holds no actions."""
    return None if isinstance(value, Text) and "{{" in value.value else value


def _included(name: Value | None, given: Value | None) -> Value | None:
    """Return what two templates of Bitnami's library, which many charts use, make of their arguments."""
    if not isinstance(name, Text) or not isinstance(given, Table):
        return None
    if name.value.endswith(".tplvalues.render"):
        return _template(field_of(given, ["value"]))
    if name.value.endswith(".images.image"):
        image, shared = field_of(given, ["imageRoot"]), field_of(given, ["global", "imageRegistry"])
        parts = [shared, *(field_of(image, [key]) for key in ("registry", "repository", "tag", "digest"))]
        texts = [printed(part) for part in parts if isinstance(part, Text) and "{{" not in part.value]
        if len(texts) == 5 and texts[2]:
            registry = f"{texts[0] or texts[1]}/" if texts[0] or texts[1] else ""
            end = f"@{texts[4]}" if texts[4] else f":{texts[3]}"
            return _string(registry + texts[2] + end) if texts[3] or texts[4] else None
    return None


def _same(known: list[Value]) -> Value | None:
    """Return whether the first of some scalars equals one of the others."""
    scalars = [value for value in known if isinstance(value, Text)]
    if len(scalars) < len(known) or len(known) < 2:
        return None
    first, named = scalars[0], kind(scalars[0])
    if any(kind(other) != named for other in scalars[1:]):
        return None
    if named == "float64":
        return _boolean(number_of(first) in [number_of(other) for other in scalars[1:]])
    return _boolean(printed(first) in [printed(other) for other in scalars[1:]])


def kind(value: Value) -> str:
    """Return what Go calls a value's kind, `invalid` for nothing."""
    if isinstance(value, Table):
        return "map"
    if isinstance(value, Items):
        return "slice"
    if not value.plain:
        return "string"
    if value.null:
        return "invalid"
    if value.value in _TRUE or value.value in _FALSE:
        return "bool"
    return "string" if number_of(value) is None else "float64"


def _not(value: Value | None) -> Value | None:
    return None if value is None else _boolean(not holds(value))


def _compared(known: list[Value], how: Callable[[float, float], bool]) -> Value | None:
    numbers = [number_of(value) if isinstance(value, Text) else None for value in known]
    if len(numbers) != 2 or numbers[0] is None or numbers[1] is None:
        return None
    return _boolean(how(numbers[0], numbers[1]))


def _member(known: list[Value]) -> Value | None:
    """Return whether a list has a scalar."""
    if len(known) != 2 or not isinstance(known[1], Items):
        return None
    same = [_same([known[0], item]) for item in known[1].items]
    return _boolean(any(item is not None and holds(item) for item in same))


def _has_key(known: list[Value]) -> Value | None:
    if len(known) != 2 or not isinstance(known[0], Table) or known[0].tag == _PARTIAL or not isinstance(known[1], Text):
        return None
    return _boolean(known[1].value in known[0].items)


def _indexed(known: list[Value]) -> Value | None:
    value: Value | None = known[0]
    for key in known[1:]:
        if not isinstance(key, Text):
            return None
        if isinstance(value, Items):
            at = int(key.value) if key.value.isdigit() and len(key.value) < 6 else -1
            value = value.items[at] if 0 <= at < len(value.items) else None
        else:
            value = field_of(value, [key.value])
    return value


def _dug(known: list[Value]) -> Value | None:
    if len(known) < 3 or not isinstance(known[-1], Table):
        return None
    found = _indexed([known[-1], *known[:-2]])
    return known[-2] if found is ABSENT else found


def _counted(known: list[Value]) -> Value | None:
    value = known[-1]
    return _whole(len(printed(value) if isinstance(value, Text) else value.items))


def _end(known: list[Value], at: int) -> Value | None:
    value = known[-1]
    return value.items[at] if isinstance(value, Items) and value.items else None


_ON_VALUES: Final[Mapping[str, Callable[[list[Value]], Value | None]]] = {
    "not": lambda known: _not(known[-1]),
    "empty": lambda known: _not(known[-1]),
    "eq": _same,
    "ne": lambda known: _not(_same(known)) if len(known) == 2 else None,
    "lt": lambda known: _compared(known, lambda one, other: one < other),
    "le": lambda known: _compared(known, lambda one, other: one <= other),
    "gt": lambda known: _compared(known, lambda one, other: one > other),
    "ge": lambda known: _compared(known, lambda one, other: one >= other),
    "has": _member,
    "hasKey": _has_key,
    "index": _indexed,
    "get": _indexed,
    "dig": _dug,
    "len": _counted,
    "first": lambda known: _end(known, 0),
    "last": lambda known: _end(known, -1),
    "kindIs": lambda known: _boolean(_text(known[0]) == kind(known[-1])) if len(known) == 2 else None,
}


def _text(value: Value) -> str | None:
    """Return what a function takes a scalar for; of nothing they make `<nil>`, or an error."""
    usable = isinstance(value, Text) and not value.null and len(value.value) < _LENGTH_LIMIT
    return printed(value) if usable and isinstance(value, Text) else None


def _on_texts(name: str, known: list[Value]) -> Value | None:
    if name in ("quote", "squote") and isinstance(known[0], Text) and known[0].null:
        return _string("")
    texts = [_text(value) for value in known]
    given = [text for text in texts if text is not None]
    if len(given) < len(known):
        return _list_joined(known) if name == "join" else None
    if name in _TESTS and len(given) == 2:
        return _boolean(_TESTS[name](given[1], given[0]))
    if name in _CHANGES and len(given) == 1:
        return _string(_CHANGES[name](given[0]))
    if name in _CUTS and len(given) == 2:
        return _string(_CUTS[name](given[1], given[0]))
    if name == "replace" and len(given) == 3:
        made = given[2].replace(given[0], given[1])
        return _string(made) if len(made) < _LENGTH_LIMIT else None
    if name == "trunc" and len(given) == 2 and given[0].lstrip("-").isdigit():
        size = int(given[0])
        return _string(given[1][:size] if size >= 0 else given[1][size:])
    if name == "printf":
        return _formatted(known)
    return _calculated(name, known)


def _list_joined(known: list[Value]) -> Value | None:
    if len(known) != 2 or not isinstance(known[0], Text) or not isinstance(known[1], Items):
        return None
    parts = [_text(item) for item in known[1].items[:_TOKEN_LIMIT]]
    made = printed(known[0]).join(part for part in parts if part is not None)
    return _string(made) if None not in parts and len(known[1].items) < _TOKEN_LIMIT else None


_TESTS: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "contains": lambda text, part: part in text,
    "hasPrefix": lambda text, part: text.startswith(part),
    "hasSuffix": lambda text, part: text.endswith(part),
}
_CHANGES: Final[Mapping[str, Callable[[str], str]]] = {
    "quote": str,
    "squote": str,
    "toString": str,
    "trim": str.strip,
    "lower": str.lower,
    "upper": str.upper,
    "nospace": lambda text: "".join(text.split()),
    "b64enc": lambda text: base64.b64encode(text.encode()).decode(),
}
_CUTS: Final[Mapping[str, Callable[[str, str], str]]] = {
    "trimSuffix": str.removesuffix,
    "trimPrefix": str.removeprefix,
    "trimAll": str.strip,
}


def _formatted(known: list[Value]) -> Value | None:
    """Return what `printf` makes of texts and whole numbers."""
    pattern, *rest = known
    values = [value for value in rest if isinstance(value, Text)]
    written = _text(pattern) or ""
    verbs: list[str] = [verb for verb in _VERB.findall(written) if verb != "%"]
    if len(verbs) != len(values):
        return None
    for verb, value in zip(verbs, values, strict=True):
        wanted = {"s": "string", "d": _WHOLE}.get(verb)
        if verb not in "sdv" or (wanted and wanted not in (kind(value), value.tag)):
            return None
    texts = iter([printed(value) for value in values])
    made = _VERB.sub(lambda found: "%" if found[1] == "%" else next(texts), written)
    return _string(made) if len(made) < _LENGTH_LIMIT else None


_SUMS: Final[Mapping[str, Callable[[list[int]], int]]] = {"add": sum, "mul": math.prod, "max": max, "min": min}


def _calculated(name: str, known: list[Value]) -> Value | None:
    """Return what functions make of whole numbers, for which they take any number."""
    numbers = [number_of(value) if isinstance(value, Text) else None for value in known]
    if name in ("int", "int64") and len(known) == 1:
        text = _text(known[0]) or ""
        number = numbers[0] if numbers[0] is not None else float(text) if text.isdigit() and len(text) < 20 else 0.0
        return _whole(int(number))
    whole = [int(number) for number in numbers if number is not None and abs(number) < 2**63]
    if len(whole) < len(known):
        return None
    if name in _SUMS and len(whole) < _DEPTH_LIMIT:
        made = _SUMS[name](whole)
        return _whole(made) if abs(made) < 2**63 else None
    if len(whole) != 2:
        return _whole(whole[0] + 1) if name == "add1" and len(whole) == 1 else None
    one, other = whole
    if name == "sub":
        return _whole(one - other)
    if name in ("div", "mod") and other:
        quotient = abs(one) // abs(other) * (1 if (one < 0) == (other < 0) else -1)
        return _whole(quotient if name == "div" else one - quotient * other)
    return None
