"""What was said of a file before, as JSON: reused for as long as nothing that it may depend on has changed.

A verdict is kept under a hash of the file, of the options that decide what is reported, and of everything else in the
project (`Project.world`). It is not kept where a look went to something that no hash covers.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

import msgspec

from flake8_planalign.cache import digest_of
from flake8_planalign.kinds import FileKind
from flake8_planalign.rule import Confidence, Finding, Position, Related, Severity

if TYPE_CHECKING:
    from flake8_planalign.project import Project
    from flake8_planalign.source import Source

__all__ = ["key", "read", "recall", "remember", "written"]

_NAMESPACE: Final = "verdict"
#: The states of the project of which there are verdicts.
_WORLDS: Final = "worlds"
#: What a test report says depends on the time and on git; of archives only the beginning is at hand.
_FLEETING: Final = frozenset({FileKind.ARCHIVE, FileKind.BINARY_MODEL, FileKind.EVIDENCE, FileKind.MODEL_INI})


def key(source: Source, project: Project, left_out: str = "") -> str | None:
    """Return the cache key of what all views but some say of a file, None where that may not be kept."""
    world = project.world if source.kind not in _FLEETING else None
    if world is None:
        return None
    return digest_of(world, source.absolute, source.path, source.kind.value, left_out, source.text)


def recall(project: Project, digest: str) -> list[Finding] | None:
    """Return what was remembered under a key; None for a miss, or for what is not of our making.

    Nothing is looked for where nothing was said of the project as it stands now.
    """
    world = project.world or ""
    if not project.remembered("has verdicts", lambda: project.cache.get(_WORLDS, world) is not None):
        return None
    stored = project.cache.get(_NAMESPACE, digest)
    if not isinstance(stored, list):
        return None
    try:
        return [read(*item) for item in stored]
    except (TypeError, ValueError):
        return None


def remember(project: Project, digest: str, findings: Iterable[Finding]) -> None:
    """Keep what is said of a file, unless the project was left for it by a way that `Project.world` does not know."""
    if project.strayed:
        return
    world = project.world or ""
    project.remembered("verdicts are kept", lambda: project.cache.put(_WORLDS, world, 1))
    project.cache.put(_NAMESPACE, digest, [written(finding) for finding in findings])


def written(finding: Finding) -> list[Any]:
    """Return a finding as JSON has it."""
    related = [[item.path, msgspec.structs.astuple(item.position), item.text] for item in finding.related]
    place = msgspec.structs.astuple(finding.position)
    return [finding.code, finding.message, place, finding.severity, finding.confidence, related]


def read(
    code: str, message: str, place: list[int], severity: str, confidence: str, related: list[list[Any]]
) -> Finding:
    """Return the finding that `written` wrote; raises ValueError or TypeError for what it did not."""
    return Finding(
        str(code),
        str(message),
        Position(*map(int, place)),
        Severity(severity),
        Confidence(confidence),
        tuple(Related(str(path), Position(*map(int, there)), str(text)) for path, there, text in related),
    )
