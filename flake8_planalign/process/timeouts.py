"""Reads calls that leave the process and may wait for ever: no timeout is given, or it is switched off."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final

import msgspec

from flake8_planalign.patterns import lazy
from flake8_planalign.process.analysis import Analysis, CallRecord, dotted_names, place_of_call
from flake8_planalign.process.requests import may_mean
from flake8_planalign.python.arguments import Arguments
from flake8_planalign.python.modules import last_name
from flake8_planalign.python.steps import Place
from flake8_planalign.rule import Position
from flake8_planalign.source import Source

__all__ = ["EndlessCall", "endless_calls"]

_VERBS: Final = ("delete", "get", "head", "options", "patch", "post", "put", "request")
#: Calls that wait for ever unless this argument is given: its name and its position.
_NEEDS: Final = {
    **{
        f"{owner}.{verb}": ("timeout", None)
        for owner in ("requests", "requests.api", "requests.Session")
        for verb in _VERBS
    },
    "ftplib.FTP": ("timeout", 4),
    "http.client.HTTPConnection": ("timeout", 2),
    "http.client.HTTPSConnection": ("timeout", None),
    "imaplib.IMAP4": ("timeout", 2),
    "imaplib.IMAP4_SSL": ("timeout", None),
    "poplib.POP3": ("timeout", 2),
    "poplib.POP3_SSL": ("timeout", None),
    "psycopg2.connect": ("connect_timeout", None),
    "requests.Session.send": ("timeout", None),
    "smtplib.SMTP": ("timeout", 3),
    "smtplib.SMTP_SSL": ("timeout", None),
    "socket.socket.connect": ("settimeout", None),
    "socket.create_connection": ("timeout", 1),
    "urllib.request.urlopen": ("timeout", 2),
    "telnetlib.Telnet": ("timeout", 2),
    "urllib.request.urlretrieve": ("timeout", None),
    "websocket.create_connection": ("timeout", 1),
}  # fmt: skip
#: Calls with a timeout by default that these arguments switch off by being None.
_SWITCHED_OFF: Final = {
    **{
        f"httpx.{name}": ("timeout",)
        for name in (*_VERBS, "stream", "Client", "AsyncClient",
                     *(f"{client}.{verb}" for client in ("Client", "AsyncClient") for verb in (*_VERBS, "stream")))
    },
    # `ClientSession(timeout=None)` means the default; with a single request None means none
    **{f"aiohttp.ClientSession.{verb}": ("timeout",) for verb in _VERBS},
    "aiohttp.ClientTimeout": ("total",),
    "asyncpg.connect": ("timeout",),
    "asyncpg.create_pool": ("timeout",),
    "botocore.config.Config": ("connect_timeout", "read_timeout"),
    "httpx.Timeout": ("timeout",),
}  # fmt: skip
_NAMES: Final = frozenset(name.rpartition(".")[2] for name in (*_NEEDS, *_SWITCHED_OFF))
#: Without a host these only make an object, which connects later.
_CONNECT_WITH_HOST: Final = frozenset({"ftplib.FTP", "smtplib.SMTP", "smtplib.SMTP_SSL"})
#: What else gives a socket a timeout, or makes its `connect` one that waits for nobody far away.
_OWN_TIMEOUT: Final = lazy(r"settimeout|setblocking|SOCK_DGRAM|AF_UNIX|SOCK_RAW")
#: What gives a connection a socket that is open already.
_OWN_SOCKET: Final = lazy(r"\.sock\s*=\s*(?!None)")
_DEADLINE: Final = lazy(r"\b(?:wait_for|fail_after|move_on_after)\(|\basyncio\.timeout(?:_at)?\(")
_BY_DEFAULT: Final = lazy(r"\bsetdefaulttimeout\(")
_OWN_SESSION: Final = lazy(r"^\s*class \w+\([^)\n]*\b(?:HTTPAdapter|Session)\b", re.MULTILINE)
_PARTIAL: Final = lazy(r"\.request\s*=\s*(?:functools\.)?partial\(")


class EndlessCall(msgspec.Struct, frozen=True):
    """A call of `api` that leaves the process with no timeout in force; `argument` would give it one.

    `is_partial` tells that it has one for a part of the wait alone, as for the connection.
    """

    position: Position
    api: str
    argument: str
    is_switched_off: bool
    is_partial: bool = False


def endless_calls(source: Source, analysis: Analysis) -> Iterator[EndlessCall]:
    """Yield the calls of a file that may wait for ever."""
    code = analysis.code_of(source)
    if code is None:
        return
    chosen: set[tuple[Place, str]] | None = None
    for function in range(len(code.module.functions)):
        for call in code.module.body(function).get("c", ()):
            if not may_mean(call[0], _NAMES) or _is_lookup(call):
                continue
            frame = code.frame(function)
            for name in sorted(dotted_names(analysis.evaluator.value(call[0], frame))):
                arguments = analysis.evaluator.arguments(call, frame)
                partial = _lacking_in_part(code.text, name, arguments)
                argument = partial or _lacking(analysis, code.text, name, arguments)
                if argument is None:
                    continue
                chosen = _chosen(source) if chosen is None else chosen
                if (tuple(call[3:7]), argument) not in chosen:
                    position = source.region(*call[3:7])
                    yield EndlessCall(position, name, argument, name in _SWITCHED_OFF, partial is not None)
                    break


def _chosen(source: Source) -> set[tuple[Place, str]]:
    """Return the arguments of calls, by place, that have one of several values: `timeout=None if fast else 60`."""
    return {
        (place_of_call(node), keyword.arg)
        for node in ast.walk(source.tree or ast.Module([], []))
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg is not None and isinstance(keyword.value, ast.IfExp | ast.BoolOp)
    }


def _is_lookup(call: CallRecord) -> bool:
    """Tell whether a call looks up a word in a dict, as most `get`s do."""
    if last_name(call[0]) != "get":
        return False
    match call[1]:
        case [["k", str(word)], *_]:
            return "/" not in word
    return not call[1] and not call[2]


def _lacking(analysis: Analysis, text: str, name: str, arguments: Arguments) -> str | None:
    """Return the argument that would give a call a timeout; None if one is in force or nobody can tell."""
    if arguments.starred() or "**" in arguments.names:
        return None
    if name in _SWITCHED_OFF:
        if name.startswith("httpx.") and "ASGITransport" in text:
            return None  # it asks an application in the same process
        if name.endswith("Client") and _DEADLINE.search(text):
            return None  # each of its requests may have a deadline of its own
        for argument in _SWITCHED_OFF[name]:
            position = 0 if name == "httpx.Timeout" else None
            if arguments.constant(position, argument) == (True, None):
                if name == "aiohttp.ClientTimeout" and _HANDS_ON.search(text):
                    return None  # what hands a stream on lasts for as long as the stream
                others = set(arguments.names) - {argument}
                return None if name.endswith("Timeout") and others else argument
        return None
    if name not in _NEEDS:
        return None
    argument, position = _NEEDS[name]
    known, value = arguments.constant(position, argument)
    if not (known and value is None) and not arguments.is_left_out(position, argument):
        return None
    if name in _CONNECT_WITH_HOST and arguments.is_left_out(0, "host"):
        return None
    if name == "psycopg2.connect" and not _is_plain_dsn(arguments):
        return None
    if _has_default(analysis, name):
        return None
    if name == "socket.socket.connect" and _OWN_TIMEOUT.search(text):
        return None
    if name == "http.client.HTTPConnection" and _OWN_SOCKET.search(text):
        return None
    return argument


def _lacking_in_part(text: str, name: str, arguments: Arguments) -> str | None:
    """Return the argument that would end the wait for an answer, where a call only limits another part of the wait.

    What reads a stream waits for its next part for as long as that takes.
    """
    if arguments.starred() or "**" in arguments.names:
        return None
    if name.startswith("requests.") and name in _NEEDS:
        match arguments.expression(None, "timeout"):
            case ["t", connect, ["k", None]] if connect != ["k", None]:
                return "timeout"
        return None
    if name not in _PARTS or _STREAMS.search(text):
        return None
    whole, part = _PARTS[name]
    others = set(arguments.names) - {whole, part}
    is_open = arguments.is_left_out(0, whole) if name.startswith("aiohttp.") else False
    is_open |= arguments.constant(0, whole) == (True, None)
    if arguments.is_left_out(None, part):
        return whole if is_open and others else None
    return part if arguments.constant(None, part) == (True, None) and (is_open or name == "httpx.Timeout") else None


#: What hands a stream on to who has asked for it.
_HANDS_ON: Final = lazy(r"\bStream(?:ing)?Response\(|\bws_connect\(")
#: Timeouts of several parts: the whole, and the part that limits the wait for an answer.
_PARTS: Final = {"aiohttp.ClientTimeout": ("total", "sock_read"), "httpx.Timeout": ("timeout", "read")}
_STREAMS: Final = lazy(r"stream|\bsse\b|event-?source|web_?socket|ws_connect|long_?poll|iter_", re.IGNORECASE)


def _is_plain_dsn(arguments: Arguments) -> bool:
    """Tell whether all that is said of a connection is written out, so that a timeout in it would be seen."""
    if arguments.is_left_out(0, "dsn"):
        return bool(set(arguments.names))
    known, text = arguments.constant(0, "dsn")
    return known and isinstance(text, str) and "connect_timeout" not in text


def _has_default(analysis: Analysis, name: str) -> bool:
    """Tell whether the project gives all such calls a timeout: the default of sockets, a session of its own."""
    if not name.startswith(("requests.", "psycopg2.")) and analysis.tables.any_file(
        "sets a default for sockets", lambda text: "setdefaulttimeout" in text and _BY_DEFAULT.search(text)
    ):
        return True
    if not name.startswith("requests.Session."):
        return False
    return analysis.tables.any_file("has sessions of its own", _makes_sessions)


def _makes_sessions(text: str) -> bool:
    if "timeout" not in text:
        return False
    own = ("HTTPAdapter" in text or "Session" in text) and _OWN_SESSION.search(text) is not None
    return own or ("partial(" in text and _PARTIAL.search(text) is not None)
