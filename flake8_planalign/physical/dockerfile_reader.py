"""Dockerfiles read for what the containers made from their images start with."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from flake8_planalign.formats import dockerfile
from flake8_planalign.formats.dockerfile import Instruction
from flake8_planalign.formats.located import Place, Text
from flake8_planalign.formats.words import Word, java_words
from flake8_planalign.kinds import FileKind
from flake8_planalign.patterns import lazy
from flake8_planalign.physical.runtime import Line
from flake8_planalign.source import Source

if TYPE_CHECKING:
    from flake8_planalign.project import Project

__all__ = ["Built", "built", "inlined", "line_of", "sized"]

_LETTER = lazy(r"[^\n]")
#: Characters of a Compose file whose Dockerfiles are read; a larger one is made by a machine.
_INLINE_LIMIT = 2**18
#: Without one of these a Dockerfile says nothing of a heap.
_WORDS = ("-Xm", "-XX:", "java", "JAVA_OPTS")
_SCRIPT = lazy(r"^[ \t]*(?:ENTRYPOINT|CMD)\b.*\.sh\b", re.MULTILINE | re.IGNORECASE)


class Built(msgspec.Struct, frozen=True, eq=False):
    """An image that is built in the tree, and the file that says how."""

    image: dockerfile.Image
    path: str
    #: The script that it starts with, as if it stood at the instruction that names it.
    script: Text | None = None


def sized(source: Source) -> bool:
    """Tell whether a Dockerfile can say anything about a JVM."""
    return any(word in source.text for word in _WORDS) or _SCRIPT.search(source.text) is not None


def built(
    folder: str, name: str, stage: str | None, arguments: Mapping[str, Text], project: Project, reference: Place
) -> Built | None:
    """Return the image of a Dockerfile in a build context; None if it cannot be read.

    What a file says that flake8 does not visit stands at the reference to it.
    """
    source = project.companion(os.path.normpath(os.path.join(folder, name)))
    if source is None:
        return None
    image = dockerfile.image_of(dockerfile.parse(source), stage, arguments)
    if image is None:
        return None
    if source.kind is not FileKind.DOCKERFILE:
        environment = {
            key: Text(value.value, reference, unknown=value.unknown) for key, value in image.environment.items()
        }
        image = replace(image, environment=environment, entrypoint=None, command=None)
        return Built(image, source.absolute)
    return Built(image, source.absolute, _script(image, dockerfile.parse(source).stage(stage), folder, project))


def inlined(
    inline: Text, folder: str, stage: str | None, arguments: Mapping[str, Text], project: Project
) -> Built | None:
    """Return the image of a Dockerfile that stands in a Compose file; None if it is no literal block.

    All around it is blanked, so that what the reader finds stands where it does in the Compose file.
    """
    whole = inline.place.origin.source
    if len(whole.text) > _INLINE_LIMIT:
        return None
    shown = whole.text[inline.place.start : inline.place.end]
    header, _, body = shown.partition("\n")
    if not header.startswith("|"):
        return None
    before = _LETTER.sub(" ", whole.text[: inline.place.start] + header)
    # Compose writes a dollar sign twice.
    held = Source.of_text(whole.absolute, f"{before}\n{body.replace('$$', ' $')}")
    file = dockerfile.parse(held)
    image = dockerfile.image_of(file, stage, arguments)
    return None if image is None else Built(image, whole.absolute, _script(image, file.stage(stage), folder, project))


def _script(image: dockerfile.Image, stage: dockerfile.Stage | None, folder: str, project: Project) -> Text | None:
    """Return the script of the tree that an image starts with, None if it starts with something else."""
    start = image.entrypoint or image.command
    if start is None or stage is None:
        return None
    words = start.words or java_words(start.rest)
    name = os.path.basename(words[0].value) if words else ""
    if not name.endswith(".sh"):
        return None
    for instruction in stage.instructions:
        written = _written(instruction, name)
        if written is not None:
            return written
        if instruction.keyword not in ("COPY", "ADD") or "from" in instruction.flags:
            continue
        given = [word.value for word in instruction.words or ()] or [text.value for text in instruction.arguments()]
        for path in given[:-1]:
            found = path if os.path.basename(path) == name else os.path.join(path, name)
            source = project.companion(os.path.normpath(os.path.join(folder, found)))
            if source is not None:
                return Text(source.text, start.rest.place)
    return None


def _written(instruction: Instruction, name: str) -> Text | None:
    """Return the text of a script that a here-document writes; None where variables are put in while it is built."""
    for heredoc in instruction.heredocs:
        if instruction.keyword == "RUN":
            named = re.search(rf">[ \t]*\S*\b{re.escape(name)}(?:\s|$)", instruction.rest.value) is not None
        else:
            target = instruction.arguments()[-1].value
            named = os.path.basename(target) == name or (target.endswith("/") and heredoc.name == name)
        if named and not (heredoc.expand and "$" in heredoc.content.value):
            return heredoc.content
    return None


def line_of(image: dockerfile.Image) -> tuple[Line | None, bool]:
    """Return what containers of an image start with, and whether that is known."""
    if image.entrypoint is None and image.command is None:
        return None, False
    if image.entrypoint is None:
        assert image.command is not None
        line = _line(image.command)
        return line, image.base is None or isinstance(line, Text)
    entry = _line(image.entrypoint)
    if isinstance(entry, Text):
        return entry, True
    after = _line(image.command) if image.command else ()
    return [*entry, *(_handed(after) if isinstance(after, Text) else after)], True


def _handed(line: Text) -> list[Word]:
    """Return a command in shell form as it is handed to an entrypoint."""
    return [Word("/bin/sh", line.part(0, 0)), Word("-c", line.part(0, 0)), Word(line.value, line)]


def _line(instruction: Instruction) -> Line:
    return instruction.words if instruction.words is not None else instruction.rest
