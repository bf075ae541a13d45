"""Modules that start an H2O cluster or a scoring JVM of a stated size, as part of what is built from them."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from flake8_planalign.formats import compose
from flake8_planalign.formats.located import Origin, Place, Text, table, text
from flake8_planalign.formats.quantities import java_bytes
from flake8_planalign.formats.words import Word, java_words
from flake8_planalign.kinds import FileKind
from flake8_planalign.physical.compose_reader import stack_of
from flake8_planalign.physical.jvm import Flag, Jvm, Setting, flags
from flake8_planalign.physical.model import Container, Stack

if TYPE_CHECKING:
    from flake8_planalign.project import Project
    from flake8_planalign.source import Source

__all__ = ["stacks"]

_COMMAND_RANK: Final = 3
#: Where the options stand among the arguments.
_OPTIONS_AT: Final = {"mojo_predict_pandas": 4, "mojo_predict_csv": 5}
_DEFAULT_OPTIONS: Final = "-Xmx4g -XX:ReservedCodeCacheSize=256m"


def stacks(source: Source, project: Project) -> Iterator[Stack]:
    """Yield the containers that run a module's JVMs, where one Compose project builds them.

    These are the cluster of `h2o.init(max_mem_size=...)` and what `mojo_predict_*` starts for each call.
    """
    jvms = [*_clusters(source), *_scorers(source)]
    if not jvms:
        return
    for stack in _builders(source, project):
        made = tuple(
            Container(
                name=container.name,
                kind=container.kind,
                owner=container.owner,
                known=container.known,
                limit=container.limit,
                limit_key=container.limit_key,
                jvms=(jvm,),
            )
            for container in stack.containers
            for jvm in jvms
        )
        yield replace(stack, containers=made)


def _calls(source: Source) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(source.tree) if source.tree is not None else ():
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            yield node.func.id if isinstance(node.func, ast.Name) else node.func.attr, node


def _clusters(source: Source) -> Iterator[Jvm]:
    """Yield the first cluster that a module starts with a size; a later call joins it."""
    for name, node in _calls(source):
        if name != "init" or ast.unparse(node.func) != "h2o.init":
            continue
        for keyword in node.keywords:
            value = keyword.value
            if keyword.arg == "max_mem_size" and isinstance(value, ast.Constant) and isinstance(value.value, str):
                size = java_bytes(value.value)
                word = Word(f"max_mem_size={ast.unparse(value)}", Text(value.value, _place(source, value)))
                refused = None if size else "it is no size"
                yield Jvm("h2o", (Flag(Setting.MAX, word, size, refused, "`h2o.init`", _COMMAND_RANK),))
                return


def _scorers(source: Source) -> Iterator[Jvm]:
    """Yield the JVM of each `mojo_predict_*`: with its `java_options`, else with h2o's own.

    Source: `default_java_options` in h2o-py/h2o/utils/shared_utils.py.
    """
    for name, node in _calls(source):
        at = _OPTIONS_AT.get(name)
        if at is None or any(keyword.arg is None for keyword in node.keywords):
            continue
        given = next((keyword.value for keyword in node.keywords if keyword.arg == "java_options"), None)
        if given is None and len(node.args) > at:
            given = node.args[at]
        if given is None or (isinstance(given, ast.Constant) and given.value is None):
            if any(isinstance(item, ast.Starred) for item in node.args):
                continue
            words = [Word(word, Text(word, _place(source, node.func))) for word in _DEFAULT_OPTIONS.split()]
            yield Jvm("java", tuple(flags(words, f"the default of `{name}`", _COMMAND_RANK)))
        elif isinstance(given, ast.Constant) and isinstance(given.value, str):
            words = java_words(Text(given.value, _place(source, given)))
            yield Jvm("java", tuple(flags(words, "`java_options`", _COMMAND_RANK)))


def _place(source: Source, node: ast.AST) -> Place:
    position = source.position(node)
    start = source.index(position.line, position.column)
    return Place(Origin.of(source), start, source.index(position.end_line, position.end_column))


def _builders(source: Source, project: Project) -> Iterator[Stack]:
    """Yield the services that are built from a directory that holds a module, if only one project does so."""
    found: list[Stack] = []
    for pattern in ("*.yml", "*.yaml"):
        for path in project.files(pattern):
            other = project.companion(path)
            if other is None or other.kind is not FileKind.COMPOSE or "build" not in other.text:
                continue
            files = compose.files_with(other, project)
            if files[0].absolute != path:
                continue
            model = compose.remembered(files, project)
            names = {service.name for service in model.services if _holds(service, source.absolute)}
            if names:
                stack = stack_of(files, project, source.absolute)
                kept = tuple(container for container in stack.containers if container.name in names)
                found.append(replace(stack, containers=kept))
    if len(found) == 1 and len(found[0].containers) == 1:
        yield found[0]


def _holds(service: compose.Service, path: str) -> bool:
    build = service.table.items.get("build")
    if build is None:
        return False
    context = text(build) or text(table(build).items.get("context"))
    if context is not None and (context.unknown or "://" in context.value):
        return False
    folder = os.path.normpath(os.path.join(build.place.origin.folder, context.value if context else "."))
    return path.startswith(folder + os.sep)
