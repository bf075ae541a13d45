"""The pipelines of Mage: which block files each one runs, and which other pipelines it triggers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Final

import msgspec

from flake8_planalign.project import Project

__all__ = ["DECORATORS", "Pipeline", "files_of", "pipelines"]

#: The type of a block, which is also its decorator, and the folder that holds its file (mage_ai, models/constants.py).
_FOLDERS: Final = {
    "callback": "callbacks", "chart": "charts", "conditional": "conditionals", "custom": "custom",
    "data_exporter": "data_exporters", "data_loader": "data_loaders", "extension": "extensions",
    "scratchpad": "scratchpads", "sensor": "sensors", "transformer": "transformers",
}  # fmt: skip
#: Those whose function Mage runs in a pipeline.
DECORATORS: Final = frozenset({"callback", "condition", *_FOLDERS} - {"conditional", "chart", "scratchpad"})
#: In bytes.
_SIZE_LIMIT: Final = 2**20


class Block(msgspec.Struct, frozen=True):
    """A block as metadata.yaml has it; `type` and `file` are empty where it does not say them."""

    uuid: str
    type: str
    file: str


class Pipeline(msgspec.Struct, frozen=True):
    """A pipeline: its name, its metadata.yaml and its blocks, those for callbacks and conditions included."""

    name: str
    path: str
    blocks: tuple[Block, ...]


def pipelines(project: Project) -> tuple[Pipeline, ...]:
    """Return the pipelines of all Mage projects in a tree, by their path."""
    return project.remembered("mage pipelines", lambda: tuple(_pipelines(project)))


def _pipelines(project: Project) -> Iterator[Pipeline]:
    for path in project.files("metadata.yaml"):
        folder = os.path.dirname(path)
        if os.path.basename(os.path.dirname(folder)) == "pipelines":
            text = project.read_companion(path, _SIZE_LIMIT)
            if text:
                yield Pipeline(os.path.basename(folder), path, tuple(_blocks(text)))


def _blocks(text: str) -> Iterator[Block]:
    from flake8_planalign.formats.yaml import Mapping, Scalar, Sequence, compose

    documents = compose(text).documents
    top = documents[0] if documents else None
    for kind in ("blocks", "callbacks", "conditionals", "widgets"):
        listed = _value(top, kind)
        for item in listed.items if isinstance(listed, Sequence) else ():
            configuration = _value(item, "configuration")
            source = _value(configuration, "file_source")
            texts = [
                value.value if isinstance(value, Scalar) else ""
                for value in (
                    _value(item, "replicated_block"),
                    _value(item, "uuid"),
                    _value(item, "type"),
                    _value(source if isinstance(source, Mapping) else configuration, "path"),
                    _value(configuration, "file_path"),
                )
            ]
            replicated, uuid, kind_of_block, inner, outer = ("" if text in ("null", "~") else text for text in texts)
            if replicated or uuid:
                yield Block(replicated or uuid, kind_of_block, inner or outer)


def _value(node: object, key: str) -> object:
    from flake8_planalign.formats.yaml import Mapping, Scalar

    pairs = node.pairs if isinstance(node, Mapping) else ()
    return next((value for name, value in pairs if isinstance(name, Scalar) and name.value == key), None)


def files_of(pipeline: Pipeline, project: Project) -> tuple[str, ...]:
    """Return the Python files of a pipeline's blocks that exist."""
    top = os.path.dirname(os.path.dirname(os.path.dirname(pipeline.path)))
    found: dict[str, None] = {}
    for block in pipeline.blocks:
        folders = [_FOLDERS[block.type]] if block.type in _FOLDERS else list(_FOLDERS.values())
        written = [os.path.join(top, block.file), os.path.join(os.path.dirname(top), block.file)] if block.file else []
        named = [os.path.join(top, folder, *f"{block.uuid}.py".split("/")) for folder in folders]
        for path in map(os.path.normpath, (*written, *named)):
            if path.endswith(".py") and project.owns(path):
                found[path] = None
    return tuple(found)
