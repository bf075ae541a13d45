"""Reads Mage blocks that train several models in a loop where the pipeline could fan out."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from flake8_planalign.patterns import lazy
from flake8_planalign.process.analysis import Analysis
from flake8_planalign.process.statements import own_nodes
from flake8_planalign.process.wording import shorten
from flake8_planalign.rule import Position
from flake8_planalign.source import Source

__all__ = ["LoopTraining", "loop_trainings"]

_BLOCK: Final = frozenset({"custom", "data_exporter", "data_loader", "sensor", "transformer"})
_TRAINS: Final = frozenset({"fit", "train"})
_NOT_MODELS: Final = lazy(r"scaler|encoder|vectorizer|imputer|tokenizer|pca|preprocess", re.IGNORECASE)
_SIZE_LIMIT: Final = 1 << 20


class LoopTraining(msgspec.Struct, frozen=True):
    """A call that trains a model in a loop of a Mage block, and the pipeline that runs the block."""

    position: Position
    call: str
    pipeline: str


def loop_trainings(source: Source, analysis: Analysis) -> Iterator[LoopTraining]:
    """Yield the calls of a block file that train one model after the other."""
    code = analysis.code_of(source)
    if code is None:
        return
    pipelines: list[str] | None = None
    for statement, inside in code.statements:
        if inside.function is None or inside.loop is None or not _is_block(inside.function):
            continue
        for node in own_nodes(*code.parts(statement)):
            match node:
                case ast.Call(func=ast.Attribute(value=receiver, attr=name)) if name in _TRAINS:
                    if _NOT_MODELS.search(ast.unparse(receiver)):
                        continue
                    pipelines = list(_pipelines(source, analysis)) if pipelines is None else pipelines
                    if pipelines:
                        yield LoopTraining(source.position(node), shorten(node), pipelines[0])


def _is_block(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(
        isinstance(decorator, ast.Name) and decorator.id in _BLOCK
        for decorator in (d.func if isinstance(d, ast.Call) else d for d in function.decorator_list)
    )


def _pipelines(source: Source, analysis: Analysis) -> Iterator[str]:
    """Yield the pipelines that run the block of a file with nothing dynamic before it."""
    own = os.path.basename(source.absolute).removesuffix(".py")
    for path in (*analysis.project.files("metadata.yaml"), *analysis.project.files("metadata.yml")):
        if f"{os.sep}pipelines{os.sep}" not in path:
            continue
        blocks = _blocks(path)
        if own in blocks and not any(_is_dynamic(blocks.get(name)) for name in _before(blocks, own)):
            yield os.path.basename(os.path.dirname(path))


def _blocks(path: str) -> dict[str, dict[str, Any]]:
    import yaml

    try:
        with open(path, encoding="utf-8") as stream:
            text = stream.read(_SIZE_LIMIT)
        data = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - the safe loader
    except (OSError, ValueError, RecursionError, yaml.YAMLError):
        return {}
    blocks = data.get("blocks") if isinstance(data, dict) else None
    return {
        str(block.get("uuid")): block
        for block in (blocks if isinstance(blocks, list) else ())
        if isinstance(block, dict)
    }


def _before(blocks: dict[str, dict[str, Any]], name: str) -> set[str]:
    """Return all blocks upstream of a block."""
    found: set[str] = set()
    pending = [name]
    while pending:
        upstream = blocks.get(pending.pop(), {}).get("upstream_blocks")
        for other in upstream if isinstance(upstream, list) else ():
            if str(other) not in found:
                found.add(str(other))
                pending.append(str(other))
    return found


def _is_dynamic(block: dict[str, Any] | None) -> bool:
    configuration = block.get("configuration") if block else None
    return isinstance(configuration, dict) and bool(configuration.get("dynamic"))
