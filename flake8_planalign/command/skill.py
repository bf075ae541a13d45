"""`planalign skill`: the reviewer as a skill for coding assistants, from the story table and the rules."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence

from flake8_planalign import catalogue
from flake8_planalign.stories import EPICS, STORIES

__all__ = ["main", "text"]

_TRIGGERS = (
    "a change to asynchronous service code, to a database or Redis call, or to a route",
    "a new migration, model, query on JSON or feature table",
    "a change to a training pipeline, an exported model, a version of H2O or an import between layers",
    "a change to Compose files, Kubernetes manifests or Dockerfiles",
    "the question whether a change may be merged, or whether it keeps to the architecture plan",
)
_DESCRIPTION = (
    "description: Reviews a change against its project's 4+1 architecture plan with `planalign review`, and says what"
    " blocks it, what has to change and what shows that the rest holds. Use it before a merge."
)


def main(arguments: Sequence[str]) -> int:
    """Print the skill."""
    argparse.ArgumentParser("planalign skill", description="Print SKILL.md for coding assistants.").parse_args(
        arguments
    )
    sys.stdout.write(text())
    return 0


def text() -> str:
    """Return the whole of SKILL.md."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    powers = ", ".join(epic.superpower for epic in EPICS)
    yield from (
        "---",
        "name: code-reviewer",
        _DESCRIPTION,
        "---",
        "",
        "# Code reviewer",
        "",
        "Mandate: hold a change to the five views of the plan. Findings are facts with a place; a criterion counts as",
        "met only with evidence; what could not be judged is said and not approved.",
        "",
        f"Superpowers: {powers}.",
        "",
        "## When to use it",
        "",
        *(f"- {trigger}" for trigger in _TRIGGERS),
        "",
        "## How to run it",
        "",
        "```sh",
        "planalign review --base origin/main --format markdown   # what is new, fit for a pull request",
        "planalign review                                        # the whole project",
        "planalign explain PAL131                                # why a rule is there, and what to do",
        "```",
        "",
        "Exit code 0: not blocked. 1: blocked. 2: the review could not be done; read stderr.",
        "",
        "1. Run the review. Read the verdict, then the fixes in their order.",
        "2. Mend what blocks at its cause: `planalign explain CODE` has examples of both sides. A `# noqa` is for what",
        "   is meant, with a reason beside it.",
        "3. Run it again. Report the verdict, the rows that failed or cannot be told, and the sign-off line.",
        "",
        "| severity | asks for |",
        "|---|---|",
        "| critical, high | block; if probable, request changes, but for PAL111, PAL112, PAL115, PAL121 and PAL122 |",
        "| medium | request changes |",
        "| low | suggestion |",
        "",
        "## Epics and stories",
    )
    for epic in EPICS:
        yield from (
            "",
            f"### {epic.code} {catalogue.VIEW_TITLES[epic.view]}",
            "",
            epic.mandate,
            "",
            f"Superpower {epic.superpower}; size {epic.size}; risk {epic.risk}; depends on {epic.depends_on}.",
            "",
        )
        for story in STORIES.values():
            if story.view == epic.view:
                codes = [rule.code for rule in catalogue.rules() if rule.story == story.code]
                decided = f" Decided by {', '.join(codes)}." if codes else ""
                yield f"- **{story.code} {story.title}**: {story.criterion}{decided}"
