"""The Development view: models as artifacts, one H2O version everywhere, layers that hold."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Final

from flake8_planalign.kinds import FileKind
from flake8_planalign.patterns import lazy, pieces
from flake8_planalign.project import Project
from flake8_planalign.source import Source

__all__ = ["KINDS", "has_pipeline", "matters", "read"]

ARTIFACTS: Final = frozenset({FileKind.ARCHIVE, FileKind.MODEL_INI, FileKind.JAVA, FileKind.BINARY_MODEL})
TEXTS: Final = frozenset(
    {
        FileKind.REQUIREMENTS, FileKind.MANIFEST, FileKind.PLAN, FileKind.DOCKERFILE, FileKind.SHELL, FileKind.COMPOSE,
        FileKind.KUBERNETES, FileKind.HELM_VALUES, FileKind.HELM_TEMPLATE, FileKind.YAML,
    }
)  # fmt: skip
KINDS: Final = ARTIFACTS | TEXTS | {FileKind.PYTHON}
_MENTIONS: Final = lazy(r"h2o|daimojo", re.IGNORECASE)
#: What a file does with a model that another module has made, of which it need not even know the library.
_TAKES_MODELS: Final = pieces(
    r"\.train\s*\(", r"\.fit\s*\(", r"\.download_model\s*\(", r"\.save_model\s*\(", r"\.log_model\s*\(",
    r"\bpickle\b", r"\bjoblib\b", r"\bdill\b", r"\bcloudpickle\b",
)  # fmt: skip


def matters(source: Source) -> bool:
    """Tell whether a file can have anything to do with models, their versions or the layers."""
    match source.kind:
        case FileKind.ARCHIVE:
            return source.data.startswith(b"PK")
        case FileKind.BINARY_MODEL:
            return source.data.startswith(b"\x1c\xed")
        case FileKind.JAVA:
            return "GenModel" in source.text
        case FileKind.MODEL_INI:
            return "[info]" in source.text
        case FileKind.PYTHON:
            return True
        case FileKind.REQUIREMENTS if "-r" in source.text:
            return True
    return _MENTIONS.search(source.text) is not None or _names_artifact(source) or source.kind is FileKind.DOCKERFILE


def _is_setup(source: Source) -> bool:
    return os.path.basename(source.path) == "setup.py" and _MENTIONS.search(source.text) is not None


def _knows_models(source: Source, project: Project) -> bool:
    """Tell whether a Python file may export or train a model of H2O, its own or one that other modules give it."""
    text = source.text
    if any(word in text for word in ("h2o", "download_mojo", "save_mojo", "download_pojo")):
        return True
    if not _TAKES_MODELS.search(text):
        return False
    from flake8_planalign.development import pins

    if not pins.mentioned(project):
        return False
    from flake8_planalign.development import neighbours

    return neighbours.mention(source, project, "h2o")


def _names_artifact(source: Source) -> bool:
    return ".java" in source.text or "_model_python_" in source.text


def read(source: Source, project: Project) -> Iterator[object]:
    """Yield the artifacts, versions and imports of a file."""
    if source.kind in ARTIFACTS:
        from flake8_planalign.development import artifacts

        yield from artifacts.read(source, project)
        return
    if source.kind is not FileKind.PYTHON or _is_setup(source):
        from flake8_planalign.development import pins

        stated = pins.stated_in(source, project)
        yield from pins.judged(source, stated, project)
        if "daimojo" in source.text or source.kind is FileKind.DOCKERFILE:
            from flake8_planalign.development import runtimes

            yield from runtimes.daimojo(source, stated, project)
    if source.kind is FileKind.PYTHON:
        yield from _code(source, project)
    if _names_artifact(source):
        from flake8_planalign.development import exports

        yield from exports.named_artifacts(source, project)


def has_pipeline(project: Project) -> bool:
    """Tell whether a project has a pipeline layer at all, without which no import can cross."""
    root = str(project.root)
    return project.remembered(
        "a pipeline layer",
        lambda: any("*" in path or os.path.exists(os.path.join(root, path)) for path in project.config.layers.pipeline),
    )


def _code(source: Source, project: Project) -> Iterator[object]:
    if has_pipeline(project):
        from flake8_planalign.development import layers

        yield from layers.imports(source, project)
    if {"PAL334", "PAL33"} & project.run.selected:
        from flake8_planalign.development import layers

        yield from layers.duplicates(source, project)
    if _knows_models(source, project):
        from flake8_planalign.development import exports

        yield from exports.exports(source, project)
