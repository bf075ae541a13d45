"""A hook for Alembic: a generated revision is judged by the rules of the Logical view before it is written.

In `env.py`:

    from flake8_planalign.alembic import process_revision_directives

    context.configure(..., process_revision_directives=process_revision_directives)

Alembic itself is imported by whoever calls the hook, never by this module.
"""

from __future__ import annotations

import ast
import os
import sys
import textwrap
from collections.abc import Iterable
from typing import Any

__all__ = ["RevisionRejectedError", "judge_revision", "process_revision_directives"]


class RevisionRejectedError(Exception):
    """A generated revision that breaks the plan; the text holds one finding per line."""


def process_revision_directives(context: Any, revision: Any, directives: list[Any]) -> None:
    """Print what the rules say about each revision that Alembic is about to write.

    Raises RevisionRejectedError, so that nothing is written, if a finding is certain and critical or high.
    """
    del revision
    blocking: list[str] = []
    for directive in directives:
        text = _rendered(context, directive)
        if text is not None:
            place = _place(context, directive)
            for line, blocks in judge_revision(text, place):
                sys.stderr.write(f"{line}\n")
                blocking += [line] if blocks else []
    if blocking:
        raise RevisionRejectedError("\n".join(blocking))


def judge_revision(text: str, path: str) -> Iterable[tuple[str, bool]]:
    """Return a line for each finding of the Logical view in a revision's text, and whether it blocks.

    `path` is where the revision would stand; the project's other migrations are read from disk.
    """
    from flake8_planalign import engine
    from flake8_planalign.config import Run
    from flake8_planalign.kinds import FileKind
    from flake8_planalign.project import Project
    from flake8_planalign.rule import Confidence, Severity
    from flake8_planalign.source import Source

    source = Source.of_text(path, text, FileKind.PYTHON, ast.parse(text))
    known = Project.of(path, Run(cache="off", arguments=(os.path.dirname(path),)))
    project = Project(known.root, known.run)
    project.overlay(source)
    found = []
    for finding in engine.check(source, project, frozenset({"logical"})):
        if finding.code.startswith("PAL2"):
            heavy = finding.severity in (Severity.CRITICAL, Severity.HIGH)
            place = f"{path}:{finding.position.line}:{finding.position.column + 1}"
            found.append(
                (f"{place}: {finding.code} {finding.message}", heavy and finding.confidence is Confidence.CERTAIN)
            )
    return found


def _rendered(context: Any, directive: Any) -> str | None:
    """Return the module that Alembic would write for a directive, None for one that upgrades nothing."""
    from importlib import import_module

    if directive.upgrade_ops is None or directive.upgrade_ops.is_empty():
        return None
    render = import_module("alembic.autogenerate.render")
    made = import_module("alembic.autogenerate.api").AutogenContext(context, autogenerate=False)
    made.imports = set()
    made.opts = {
        "sqlalchemy_module_prefix": "sa.", "alembic_module_prefix": "op.", "user_module_prefix": None,
        "render_item": None, **context.opts,
    }  # fmt: skip
    # Alembic's own `render_python_code` refuses a context like this one, whose metadata it has compared already.
    body = textwrap.indent(textwrap.dedent(render._render_cmd_body(directive.upgrade_ops, made)), "    ")  # noqa: SLF001
    needed = "\n".join(sorted(made.imports))
    head = directive.head if directive.head not in ("head", "heads") else None
    follows = None if head in (None, "base") else head
    if follows is None and context.script is not None:
        heads = context.script.get_heads()
        follows = heads[0] if len(heads) == 1 else tuple(heads) or None
    return (
        f"import sqlalchemy as sa\nfrom alembic import op\n{needed}\n\n"
        f"revision = {directive.rev_id!r}\ndown_revision = {follows!r}\n\n\ndef upgrade() -> None:\n{body}\n"
    )


def _place(context: Any, directive: Any) -> str:
    """Return the path under which Alembic will write a revision, as far as that is known before."""
    folder = directive.version_path or (context.script.versions if context.script is not None else os.getcwd())
    return os.path.join(folder, f"{directive.rev_id}_generated.py")
