"""k6 scripts: whether they swap the model under load, and whether k6 fails when requests do."""

from __future__ import annotations

import re
from typing import Final

from flake8_planalign.patterns import lazy
from flake8_planalign.scenario import words

__all__ = ["how_it_passes", "place_of_load", "swaps_under_load"]

_HTTP: Final = lazy(r"""['"]k6/(?:http|net/grpc|ws|experimental/\w+)['"]""")
#: Comments and, so that no comment begins in them, strings: a single pass, each alternative by its first character.
_TOKENS: Final = lazy(r"""//[^\n]*|/\*.*?\*/|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`[^`]*`""", re.DOTALL)
_DEFAULT: Final = lazy(r"\bexport\s+default\b(?:\s+async)?(?:\s+function\b)?")
_OPTIONS: Final = lazy(r"\bexport\s+(?:const|let|var)\s+options\b[^=]*=\s*(\{)?")
#: A key of an object whose value is a list, as a threshold is written.
_LISTS: Final = lazy(r"""(['"]?)(\w[\w.{}:/ -]*?)\1\s*:\s*\[""")
#: Metrics of time and amount: a threshold on them says nothing about failures.
_TIMING: Final = lazy(
    r"^(?:http_req_(?!failed)\w+|iteration\w*|vus\w*|data_\w+|group_duration|http_reqs|grpc_\w+|ws_\w+)"
)
_ABORTS: Final = lazy(r"\btest\.abort\s*\(")


def swaps_under_load(text: str) -> bool:
    """Tell whether a text is a k6 script that swaps the model while it loads the service."""
    return _HTTP.search(text) is not None and words.SWAP.search(_code(text)) is not None


def place_of_load(text: str) -> tuple[int, int]:
    """Return where the function that each virtual user runs is exported, as character indexes."""
    found = _DEFAULT.search(_code(text))
    return found.span() if found else (0, 0)


def how_it_passes(text: str) -> str:
    """Return why k6 ends with 0 whatever failed, empty if it does not or if the options are not written there."""
    code = _code(text)
    options = _OPTIONS.search(code)
    if _ABORTS.search(code) or (options is not None and options[1] is None) or re.search(r"\boptions\b\s*}", code):
        return ""
    literal = _braces(code, options.start(1)) if options is not None else ""
    if "..." in literal:
        return ""
    start = literal.find("thresholds")
    if start < 0:
        return "it has no thresholds, and failed checks alone do not make k6 fail"
    after = literal.find("{", start)
    rest = literal[start + len("thresholds") : after]
    if after < 0 or rest.strip(" \t\r\n:'\"") != "":
        return ""
    metrics = [found[2].strip() for found in _LISTS.finditer(_braces(literal, after))]
    if all(map(_TIMING.match, metrics)):
        return "its thresholds are about times only, and failed checks alone do not make k6 fail"
    return ""


def _code(text: str) -> str:
    """Return a script with its comments blanked, every character at its place."""
    return _TOKENS.sub(lambda found: " " * len(found[0]) if found[0][0] == "/" else found[0], text)


def _braces(code: str, start: int) -> str:
    """Return the text from an opening brace to the one that closes it, or to the end."""
    depth = 0
    for found in re.compile(r"[{}]").finditer(code, start):
        depth += 1 if found[0] == "{" else -1
        if not depth:
            return code[start : found.end()]
    return code[start:]
