"""YAML as nearly everybody writes it, read line by line, in little more than half of the time.

What libyaml makes of a line is some twenty objects of Python; one regular expression says the same of the lines that
most files have. A text in which anything else stands (tags, keys of several lines, tabs, errors) is not read here, and
nothing is said of it: libyaml reads it, and tells what is wrong. What is read here is what libyaml gives, to the
character; `tests/test_yaml_lines.py` holds it to that.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any, Final

from flake8_planalign.formats.yaml_nodes import DEPTH_LIMIT, Mapping, Node, Scalar, Sequence
from flake8_planalign.patterns import lazy

__all__ = ["read"]

#: In characters; a simple key of more than 1,024 is none (YAML 1.2.2, section 7.4.2).
_KEY_LIMIT: Final = 1_000
#: Levels of brackets.
_FLOW_LIMIT: Final = 50
_QUOTES: Final = "\"'"
_MARKS: Final = ("---", "...")
_BLOCK_LIMIT: Final = 100

_ASCII: Final = bytes([ord("\n"), *range(ord(" "), 0x7F)])
#: What no text may have, and what breaks lines or is left out, beyond the signs that Python takes for printable.
_ODD: Final = frozenset("\u2028\u2029\ufeff\ufffe\uffff")
_DOUBLE: Final = r'"[^"\\\n]*+(?:\\[^\n][^"\\\n]*+)*+"'
_SINGLE: Final = r"'[^'\n]*+(?:''[^'\n]*+)*+'"
#: A plain scalar of one line; after blanks a colon or a number sign ends it.
_PLAIN: Final = (
    r"(?:[^ \n\-?:,\[\]{}#&*!|>'\"%@`]|[-?:](?=[^ \n]))"
    r"[^ \n:#]*+(?:(?:[ ][ ]*+(?::(?=[^ \n])|(?=[^ \n#:]))|:(?=[^ \n])|\#)[^ \n:#]*+)*+"
)
#: The end of a line, with a comment behind blanks or alone.
_TAIL: Final = r"(?:\n|[ ]*+(?:(?<![^ \n])\#[^\n]*+)?+(?:\n|\Z))"
#: Indentation, dashes, a scalar, the colon behind it, the scalar behind that; what else may follow is a sign.
_ENTRY: Final = lazy(
    r"([ ]*+)((?:-(?=[ \n]|\Z)[ ]*+)*+)"
    rf"(?:({_PLAIN}|{_DOUBLE}|{_SINGLE})(?:([ ]*+:(?=[ \n]|\Z)[ ]*+)({_PLAIN}|{_DOUBLE}|{_SINGLE})?+)?+)?+"
    rf"(?:{_TAIL}|([\[{{|>&*\"']))"
)
#: A further line of a plain scalar, in which signs at its beginning mean nothing.
_FURTHER: Final = lazy(
    r"[ ]*+(\n(?:[ ]*+\n)*+)([ ]*+)"
    rf"((?:[^ \n:#]|:(?=[^ \n]))[^ \n:#]*+(?:(?:[ ]++(?=[^ \n#:])|[ ]*+:(?=[^ \n])|\#)[^ \n:#]*+)*+)(?={_TAIL})"
)
_LONG: Final = lazy(r"\"[^\"\\]*+(?:\\.[^\"\\]*+)*+\"|'[^']*+(?:''[^']*+)*+'", re.DOTALL)
_END: Final = lazy(_TAIL)
_NAME: Final = lazy(r"([A-Za-z0-9_-]+)(?:[ ]++|(?=\n|\Z))")
_HEADER: Final = lazy(r"([+-]?)[ ]*+(?:(?<=[ ])\#[^\n]*+)?+\n([ ]*+\n)*+([ ]*+)(?=[^ \n])")
#: In brackets: a bracket or comma, a colon, a scalar in quotes, a plain one.
_FLOW: Final = lazy(
    r"(?:[ \n]|(?<=[ \n])\#[^\n]*+)*+"
    rf"(?:([\[\]{{}},])|(:)(?=[ \n])|({_DOUBLE}|{_SINGLE})"
    r"|((?:[^ \n\-?:,\[\]{}#&*!|>'\"%@`]|-(?=[\w./-]))"
    r"[^ \n:#,\[\]{}?]*+(?:(?:[ ]++(?=[^ \n#:,\[\]{}?])|:(?=[^ \n,\[\]{}?])|\#)[^ \n:#,\[\]{}?]*+)*+))"
)
_ESCAPE: Final = lazy(r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|(.))")
_ESCAPES: Final = {
    **dict(zip("0abtnvfre", "\0\a\b\t\n\v\f\r\x1b", strict=True)),
    **dict(zip(' "/\\N_LP', ' "/\\\x85\xa0\u2028\u2029', strict=True)),
}


class _OtherError(Exception):
    """What stands here is for libyaml."""


def read(text: str) -> list[Node] | None:
    """Return the documents of a text, or None if libyaml must read it."""
    if not _is_readable(text):
        return None
    try:
        reader = _Lines(text)
        reader.run()
    except _OtherError:
        return None
    return reader.documents


def _is_readable(text: str) -> bool:
    """Tell whether no sign is a break, white space but the blank, or no part of any text."""
    if text.isascii():
        return not text.encode().translate(None, _ASCII)
    signs = text.replace("\n", "")
    return signs.isprintable() or all(map(_is_plain, set(signs)))


def _is_plain(sign: str) -> bool:
    """Tell whether a sign is neither a break nor white space, but for the blank, and may be part of a text."""
    return sign.isprintable() or (sign >= "\xa0" and sign not in _ODD and not "\ud800" <= sign <= "\udfff")


class _Lines:
    """The state of one reading."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.documents: list[Node] = []
        self.anchors: dict[str, Node] = {}
        #: The anchor of the entry that waits, and where it stands.
        self.anchor: tuple[str, int] | None = None

    def run(self) -> None:  # noqa: PLR0915 - one loop over all lines, in which a call costs
        """Read all documents."""
        text, size = self.text, len(self.text)
        entry, scalar_node = _ENTRY.match, Scalar
        # The collections around the innermost one, which is `owner`, stands at `column` and is a mapping if it `maps`.
        # What is added to it goes with the `key` that waits, if there is one; `waits` is where an empty entry would
        # stand, or -1 if the last one is complete.
        stack: list[tuple[Sequence | Mapping | None, int, bool, Callable[[Any], None]]] = []
        owner: Sequence | Mapping | None = None
        column = -1
        maps = False
        add: Callable[[Any], None] = self.documents.append
        key: Node | None = None
        waits = at = 0
        begun = False
        while at < size:
            found = entry(text, at)
            if found is None:
                if waits >= 0:
                    raise _OtherError
                at = self._continued(owner, column)
                continue
            indent, dashes, scalar, colon, value, sign = found.groups()
            if scalar is None and sign is None and not dashes:
                at = found.end()
                continue
            here = len(indent)
            if here > column and waits < 0 and (here or scalar != "---"):
                at = self._continued(owner, column)
                continue
            start = found.end(1)
            at = found.end()
            if here < column:
                if waits >= 0:
                    add(self._empty(key, waits))
                    waits = -1
                while here < column:
                    # Only what is around the document has a column less than any.
                    owner.end = start  # type: ignore[union-attr]
                    owner, column, maps, add = stack.pop()
                if here > column:
                    raise _OtherError
            if dashes:
                for offset, dash in enumerate(dashes):
                    if dash == " ":
                        continue
                    if here + offset > column or maps:
                        if waits < 0:
                            raise _OtherError
                        listed = Sequence(start + offset, None)
                        if self.anchor is not None:
                            self._anchor(listed)
                        add(listed if key is None else (key, listed))
                        stack.append((owner, column, maps, add))
                        if len(stack) > DEPTH_LIMIT:
                            raise _OtherError
                        owner, column, maps, add = listed, here + offset, False, listed.items.append
                    elif waits >= 0:
                        add(self._empty(key, waits))
                    key = None
                    waits = start + offset + 1
                here += len(dashes)
                start += len(dashes)
            if colon is not None:
                if not here and scalar[:3] in _MARKS:
                    raise _OtherError
                if here > column:
                    opened = Mapping(start, None)
                    if self.anchor is not None:
                        self._anchor(opened)
                    add(opened if key is None else (key, opened))
                    stack.append((owner, column, maps, add))
                    if len(stack) > DEPTH_LIMIT:
                        raise _OtherError
                    owner, column, maps, add = opened, here, True, opened.pairs.append
                else:
                    if waits >= 0:
                        add(self._empty(key, waits))
                    if not maps:
                        # A list may stand at the column of the key that it belongs to.
                        owner.end = start  # type: ignore[union-attr]
                        owner, column, maps, add = stack.pop()
                        if column != here or not maps:
                            raise _OtherError
                end = start + len(scalar)
                if end - start > _KEY_LIMIT:
                    raise _OtherError
                if scalar[0] in _QUOTES:
                    key = scalar_node(self._unquoted(scalar), start, end, scalar[0], None)
                else:
                    key = scalar_node(scalar, start, end, "", None)
                if value is None:
                    waits = end + colon.index(":") + 1
                elif sign is None:
                    start = end + len(colon)
                    if value[0] in _QUOTES:
                        add((key, scalar_node(self._unquoted(value), start, start + len(value), value[0], None)))
                    else:
                        add((key, scalar_node(value, start, start + len(value), "", None)))
                    waits = -1
                    continue
                else:
                    raise _OtherError
            elif scalar is not None:
                if sign is not None:
                    raise _OtherError
                if not here and scalar[:3] in _MARKS:
                    if scalar != "---":
                        raise _OtherError
                    if begun or owner is not None:
                        if waits >= 0:
                            add(self._empty(key, start if owner is None else waits))
                        while owner is not None:
                            owner.end = start
                            owner, column, maps, add = stack.pop()
                    begun, waits, key = True, 0, None
                    self.anchors = {}
                    continue
                if here <= column or self.anchor is not None:
                    raise _OtherError
                node: Node = self._scalar(scalar, start)
                add(node if key is None else (key, node))
                waits = -1
            if sign is not None:
                if here <= column and colon is None:
                    raise _OtherError
                made, at = self._signed(sign, at - 1, owner, column)
                if made is not None:
                    add(made if key is None else (key, made))
                    waits = -1
        if waits >= 0 and (begun or owner is not None):
            add(self._empty(key, size if owner is None else waits))
        while owner is not None:
            owner.end = size
            owner = stack.pop()[0]

    def _scalar(self, written: str, start: int) -> Scalar:
        if written[0] in _QUOTES:
            return Scalar(self._unquoted(written), start, start + len(written), written[0], None)
        return Scalar(written, start, start + len(written), "", None)

    def _empty(self, key: Node | None, at: int) -> Scalar | tuple[Node, Scalar]:
        """Return the entry of what waits for one."""
        if self.anchor is not None:
            raise _OtherError
        node = Scalar("", at, at, "", None)
        return node if key is None else (key, node)

    def _anchor(self, node: Sequence | Mapping) -> None:
        """Name what begins behind its anchor."""
        assert self.anchor is not None
        name, node.start = self.anchor
        self.anchors[name] = node
        self.anchor = None

    def _continued(self, owner: Sequence | Mapping | None, column: int) -> int:
        """Read further lines of the plain scalar that was read last; return where the next line begins."""
        text = self.text
        items: list[Any] = self.documents
        if owner is not None:
            items = owner.pairs if type(owner) is Mapping else owner.items  # type: ignore[union-attr]
        last = items[-1]
        if type(owner) is Mapping:
            last = last[1]
        if type(last) is not Scalar or last.style or last.start == last.end:
            raise _OtherError
        pieces = [last.value]
        end = last.end
        while True:
            found = _FURTHER.match(text, end)
            if found is None or len(found[2]) <= column or (not found[2] and found[3][:3] in _MARKS):
                break
            empty = found[1].count("\n") - 1
            pieces += ("\n" * empty if empty else " ", found[3])
            end = found.end()
        if len(pieces) == 1:
            raise _OtherError
        made = Scalar("".join(pieces), last.start, end, "", None)
        items[-1] = (items[-1][0], made) if type(owner) is Mapping else made
        ended = _END.match(text, end)
        assert ended is not None
        return ended.end()

    def _signed(self, sign: str, at: int, owner: Sequence | Mapping | None, column: int) -> tuple[Node | None, int]:
        """Read the entry that begins with a sign, to the end of its line; return it and where that is.

        None if it was only an anchor, and the entry comes on the next line.
        """
        text = self.text
        if sign == "&":
            return self._anchored(at, column)
        if sign == "*":
            alias = _NAME.match(text, at + 1)
            ended = alias and _END.match(text, alias.end())
            if (
                alias is None
                or ended is None
                or owner is None
                or alias[1] not in self.anchors
                or self.anchor is not None
            ):
                raise _OtherError
            owner.note_alias(len(owner.pairs if type(owner) is Mapping else owner.items), at)  # type: ignore[union-attr]
            return self.anchors[alias[1]], ended.end()
        if self.anchor is not None:
            raise _OtherError
        if sign in "|>":
            return self._block(sign, at, column)
        node: Node
        if sign in _QUOTES:
            long = _LONG.match(text, at)
            if long is None:
                raise _OtherError
            node, end = Scalar(self._unfolded(long[0]), at, long.end(), sign, None), long.end()
        else:
            node, end = self._flow(at, 0)
            if any(line[:3] in _MARKS for line in text[at:end].split("\n")[1:]):
                raise _OtherError
        ended = _END.match(text, end)
        if ended is None:
            raise _OtherError
        return node, ended.end()

    def _anchored(self, at: int, column: int) -> tuple[Node | None, int]:
        named = _NAME.match(self.text, at + 1)
        if named is None or self.anchor is not None or column < 0:
            raise _OtherError
        found = _ENTRY.match(self.text, named.end())
        if found is None:
            raise _OtherError
        _, dashes, scalar, colon, _, sign = found.groups()
        if dashes or colon is not None or (scalar is not None and sign is not None):
            raise _OtherError
        node: Node
        if sign is not None:
            if sign not in "|>":
                raise _OtherError
            node, end = self._block(sign, found.end() - 1, column)
        elif scalar is not None:
            node, end = self._scalar(scalar, found.start(3)), found.end()
        else:
            self.anchor = (named[1], at)
            return None, found.end()
        self.anchors[named[1]] = node
        return node, end

    def _block(self, sign: str, at: int, column: int) -> tuple[Scalar, int]:
        """Return the block scalar whose sign is at an index, and where it ends."""
        text = self.text
        header = _HEADER.match(text, at + 1)
        if header is None:
            raise _OtherError
        indent = len(header[3])
        if not max(column, 0) < indent <= _BLOCK_LIMIT:
            raise _OtherError
        begin = text.index("\n", at) + 1
        body = _body(indent).match(text, begin)
        assert body is not None
        end = body.end()
        lines = text[begin:end].split("\n")
        if any(line[:indent].strip(" ") for line in lines[:1]):
            raise _OtherError
        last = lines.pop()
        if last:
            # No line break ends the text.
            raise _OtherError
        for line in lines:
            if line.strip(" "):
                break
            if len(line) > indent:
                raise _OtherError
        if sign == "|":
            value = "\n".join([line[indent:] for line in lines]) + "\n"
        else:
            value = _folded([line[indent:] for line in lines])
        if header[1] != "+":
            value = value.rstrip("\n")
            if header[1] != "-":
                value += "\n"
        return Scalar(value, at, end, sign, None), end

    def _flow(self, at: int, depth: int) -> tuple[Sequence | Mapping, int]:
        """Return the collection in brackets that begins at an index, and where it ends."""
        if depth > _FLOW_LIMIT:
            raise _OtherError
        text = self.text
        items: list[Node] = []
        pairs: list[tuple[Node, Node]] = []
        mapping = text[at] == "{"
        node: Node | None = None
        key: Node | None = None
        end = at + 1
        while True:
            found = _FLOW.match(text, end)
            if found is None:
                raise _OtherError
            bracket, colon, quoted, plain = found.groups()
            end = found.end()
            if bracket is None and colon is None:
                if node is not None:
                    raise _OtherError
                written = plain or quoted
                start = end - len(written)
                value = written if plain else self._unquoted(written)
                node = Scalar(value, start, end, "" if plain else written[0], None)
            elif colon is not None:
                if not mapping or key is not None or type(node) is not Scalar or "\n" in text[node.start : end]:
                    raise _OtherError
                if end - node.start > _KEY_LIMIT:
                    raise _OtherError
                key, node = node, None
            elif bracket in "[{":
                if node is not None:
                    raise _OtherError
                node, end = self._flow(end - 1, depth + 1)
            else:
                if node is not None and mapping:
                    if key is None:
                        raise _OtherError
                    pairs.append((key, node))
                elif node is not None:
                    items.append(node)
                elif key is not None or bracket == ",":
                    raise _OtherError
                node = key = None
                if bracket != ",":
                    break
        if (bracket == "}") is not mapping:
            raise _OtherError
        made: Sequence | Mapping = (
            Mapping(at, None, end, None, pairs) if mapping else Sequence(at, None, end, None, items)
        )
        return made, end

    def _unfolded(self, written: str) -> str:
        """Return what a scalar in quotes of several lines means (YAML 1.2.2, section 7.3.1)."""
        first, *lines = written.split("\n")
        made = [first.rstrip(" ")]
        empty = 0
        for number, line in enumerate(lines, 1):
            if line[:3] in _MARKS:
                raise _OtherError
            inner = line.strip(" ") if number < len(lines) else line.lstrip(" ")
            if not inner and number < len(lines):
                empty += 1
                continue
            if made[-1].endswith("\\") and written[0] == '"':
                raise _OtherError
            made += ("\n" * empty if empty else " ", inner)
            empty = 0
        return self._unquoted("".join(made))

    def _unquoted(self, written: str) -> str:
        """Return what a scalar in quotes means."""
        inner = written[1:-1]
        if written[0] == "'":
            return inner.replace("''", "'")
        return _ESCAPE.sub(_escaped, inner) if "\\" in inner else inner


def _escaped(found: re.Match[str]) -> str:
    number = found[1] or found[2]
    if number:
        sign = chr(int(number, 16))
        if "\ud800" <= sign <= "\udfff":
            raise _OtherError
        return sign
    if found[3] not in _ESCAPES:
        raise _OtherError
    return _ESCAPES[found[3]]


@functools.cache
def _body(indent: int) -> re.Pattern[str]:
    """Return what matches the lines of a block scalar: those that are indented so far, and empty ones."""
    return re.compile(rf"(?:[ ]{{{indent}}}[^\n]*+(?:\n|\Z)|[ ]*+\n)*+")


def _folded(lines: list[str]) -> str:
    """Return a folded text (YAML 1.2.2, section 8.1.3): single breaks are blanks but beside lines that are indented."""
    made: list[str] = []
    empty = 0
    indented: bool | None = None
    for line in lines:
        if not line:
            empty += 1
            continue
        blank = line[0] == " "
        if indented is None:
            made.append("\n" * empty)
        elif indented or blank:
            made.append("\n" * (empty + 1))
        else:
            made.append("\n" * empty if empty else " ")
        made.append(line)
        indented, empty = blank, 0
    return "".join(made) + "\n" * (empty + 1)
