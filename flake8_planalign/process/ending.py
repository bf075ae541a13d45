"""Where a function ends its process or opens a server: for what it does before that nobody waits any more, or yet."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final

from flake8_planalign.parsing import of_tree
from flake8_planalign.patterns import lazy
from flake8_planalign.process.statements import Function, own_nodes
from flake8_planalign.project import Project
from flake8_planalign.python.steps import Edge
from flake8_planalign.python.values import Frame

__all__ = ["ends_process", "opens_server"]

#: What ends the process, or puts another program in its place; and texts without which nothing in a file does.
_ENDS: Final = lazy(r"os\.(?:_exit|abort|exec[lv]p?e?)\(|os\.kill\(os\.getpid\(\)")
_ENDERS: Final = ("os._exit(", "os.abort(", "os.exec", "os.kill(os.getpid(")
#: What opens the door of a server, behind which requests come.
_OPENERS: Final = ("TCPSite(", "UnixSite(", "create_server(", "start_server(", "start_unix_server(")
_OPENS: Final = lazy(rf"(?:[\w.]+\.)?(?:{'|'.join(map(re.escape, _OPENERS))})")


def ends_process(project: Project, holder: Frame, last: Edge) -> bool:
    """Tell whether a function ends its process behind a call: `time.sleep(1)`, `os._exit(0)`."""
    return _precedes(project, holder, last, _ENDS, _ENDERS)


def opens_server(project: Project, frame: Frame, edge: Edge) -> bool:
    """Tell whether a coroutine opens a server behind a call: `web.TCPSite(runner, port=80)`."""
    return _precedes(project, frame, edge, _OPENS, _OPENERS)


def _precedes(project: Project, holder: Frame, last: Edge, pattern: re.Pattern[str], texts: tuple[str, ...]) -> bool:
    """Tell whether a function calls what has such a name behind a call."""
    text = project.read(holder.module.path) or ""
    if not any(each in text for each in texts):
        return False
    line = last.place[0]
    around = [(function, calls) for function, calls in _called(text) if line in function]
    _, calls = max(around, key=lambda each: each[0].start, default=(range(0), []))
    return any(begins > line and pattern.match(call) is not None for begins, call in calls)


@of_tree
def _called(tree: ast.Module) -> list[tuple[range, list[tuple[int, str]]]]:
    """Return the lines of each function of a file, and what it calls that may end or open, with the line of each."""
    return [
        (range(node.lineno, (node.end_lineno or node.lineno) + 1), list(_endings(node)))
        for node in ast.walk(tree)
        if isinstance(node, Function)
    ]


def _endings(function: Function) -> Iterator[tuple[int, str]]:
    for node in own_nodes(*function.body):
        if isinstance(node, ast.Call):
            call = f"{ast.unparse(node.func)}("
            if call == "os.kill(":
                call = ast.unparse(node)
            if _ENDS.match(call) is not None or _OPENS.match(call) is not None:
                yield node.lineno, call
