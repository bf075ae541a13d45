"""Versions of H2O in what builds and runs containers: Dockerfiles, Compose, Kubernetes, Helm values, shell scripts."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from flake8_planalign.development.model import Kind, Statement
from flake8_planalign.development.statements import statement
from flake8_planalign.formats import dockerfile, requirements
from flake8_planalign.formats.located import Text
from flake8_planalign.kinds import FileKind
from flake8_planalign.patterns import lazy
from flake8_planalign.project import Project
from flake8_planalign.rule import Position
from flake8_planalign.source import Source

__all__ = ["KINDS", "statements"]

KINDS: Final = frozenset(
    {
        FileKind.DOCKERFILE, FileKind.COMPOSE, FileKind.KUBERNETES, FileKind.HELM_VALUES, FileKind.HELM_TEMPLATE,
        FileKind.YAML, FileKind.SHELL,
    }
)  # fmt: skip
_IMAGE = lazy(
    r"(?<![\w./-])((?:[\w.-]+(?::\d+)?/)?h2oai/h2o-open-source-k8s(?:-minimal)?)(?::([\w.{}$:-]+))?(@sha256:[0-9a-f]+)?"
    r"(?![\w/])"
)
_RELEASE = lazy(
    r"https?://h2o-release\.s3\.amazonaws\.com/h2o/(?P<line>[\w.${}-]+)/(?P<build>[\w.${}-]+)/(?P<file>[^\s\"'`;|&)]*)"
)
_FLOATING = lazy(
    r"https?://h2o-release\.s3\.amazonaws\.com/h2o/(latest_stable[\w.]*|master/latest|latest[\w.]*)[^\s\"'`;|&)]*"
)
#: h2o-genmodel in a Maven repository, by its address or its coordinates.
_GENMODEL = lazy(r"\bai(?:/h2o/h2o-genmodel/|\.h2o:h2o-genmodel:)(?P<version>[\w.${}-]+)")
_FILE_VERSION = lazy(r"h2o-(\d+\.\d+\.\d+\.\d+)(?:\.zip|-py2\.py3)")
_PIP = lazy(
    r"\bpip3?\s+install\b|\buv\s+(?:pip\s+install|add)\b|\b(?:conda|mamba)\s+install\b|\b(?:poetry|pdm)\s+add\b"
)
_COMMAND_END = lazy(r"&&|\|\||[;|\n]|\s#")
#: Options whose argument is no package.
_OPTION_OF_PIP = lazy(
    r"(?:\s-[rcfitep]|--(?:requirement|constraint|find-links|index-url|extra-index-url|target|prefix|root|editable"
    r"|platform|python|channel|name))[ =]+[\"']?$"
)
_WORD = lazy(r"""(?P<quote>["']?)(?P<text>(?:h2o|daimojo)[^\s"';|&]*)(?P=quote)""")
_VARIABLE = lazy(
    r"""^[ \t-]*(?:ARG|ENV|export)?[ \t]*["']?(?P<name>H2O_(?:[A-Z]+_)?VERSION)["']?[ \t]*[=: ][ \t]*["']?"""
    r"""(?P<version>\d+\.\d+\.\d+\.\d+)["']?""",
    re.MULTILINE,
)
_VERSION_NAME = lazy(r"H2O_(?:[A-Z]+_)?VERSION")
_REFERENCE = lazy(r"\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?::?-([^{}]*))?\})")
_HELM_IMAGE = lazy(r"(?:[\w.-]+(?::\d+)?/)?h2oai/h2o-open-source-k8s(?:-minimal)?")
_HELM_KEY = lazy(r"""(?:^|[\s{,-])(?:repository|name|newName):[ \t]*["']?$""")
#: What the JSON form of an instruction is written with, besides its words.
_JSON_SIGNS: Final = str.maketrans(dict.fromkeys('[],"', " "))
_MOVING: Final = frozenset({"latest", "nightly"})
#: The lines of releases by their code names; later ones are named by their version (Changes.md of h2o-3).
_CODE_NAMES: Final = {
    "rel-zz_kurka": "3.40.0", "rel-zygmund": "3.38.0", "rel-zumbo": "3.36.1", "rel-zorn": "3.36.0",
    "rel-zizler": "3.34.0", "rel-zipf": "3.32.1", "rel-zermelo": "3.32.0",
}  # fmt: skip


class _Known(NamedTuple):
    """What a variable of a Dockerfile holds, and where that stands."""

    value: str
    place: Position | None


def statements(source: Source, project: Project) -> Iterator[Statement]:
    """Yield the versions that an infrastructure file states; comments state nothing."""
    if source.kind is FileKind.DOCKERFILE:
        yield from _dockerfile(source)
        return
    text = _without_comments(source.text)
    whole = _Part(source, text, _environment(source, project))
    yield from _images(whole)
    yield from _addresses(whole)
    yield from _commands(whole)
    yield from _variables(source, text)
    if source.kind in (FileKind.HELM_VALUES, FileKind.KUBERNETES, FileKind.YAML):
        yield from _helm(source)


def _environment(source: Source, project: Project) -> dict[str, _Known]:
    """Return what the `.env` beside a Compose file sets; its values stand nowhere that a checker visits."""
    if source.kind is not FileKind.COMPOSE or "$" not in source.text:
        return {}
    from flake8_planalign.formats.compose import project_environment

    held = project_environment(os.path.dirname(source.absolute), project.companion)
    return {name: _Known(value, None) for name, value in held.items()}


class _Part(NamedTuple):
    """A text to look in, with the variables that it may name; `text_of` places it where it is not the whole file."""

    source: Source
    value: str
    known: Mapping[str, _Known]
    text_of: Text | None = None

    def position(self, start: int, end: int) -> Position:
        if self.text_of is not None:
            return self.text_of.at(start, end).position
        return self.source.position_at(start, end)

    def resolved(self, written: str) -> tuple[str, Position | None]:
        """Return a word with its variables put in, and where a variable's value stands that is part of it."""
        place: Position | None = None

        def replace(found: re.Match[str]) -> str:
            nonlocal place
            known = self.known.get(found[1] or found[2])
            if known is None:
                return found[3] if found[3] is not None else found[0]
            place = known.place
            return known.value

        return _REFERENCE.sub(replace, written), place


def _without_comments(text: str) -> str:
    """Return a text of the same length in which comments and the ends of continued lines are blanks."""
    text = text.replace("\\\n", "  ")
    return re.sub(r"(?m)(^|\s)#.*$", lambda found: found[1] + " " * (len(found[0]) - len(found[1])), text)


def _dockerfile(source: Source) -> Iterator[Statement]:
    file = dockerfile.parse(source)
    known: dict[str, _Known] = {}
    for instruction in file.instructions:
        if instruction.keyword in ("ARG", "ENV"):
            for variable, value in instruction.pairs():
                if value is not None:
                    expanded = value.value.strip("\"'")
                    reference = _REFERENCE.fullmatch(expanded)
                    if reference and (reference[1] or reference[2]) in known:
                        known[variable.value] = known[reference[1] or reference[2]]
                    elif "$" not in expanded:
                        known[variable.value] = _Known(expanded, value.place.position)
            yield from _addresses(_Part(source, instruction.rest.value, known, instruction.rest))
            continue
        parts = [instruction.rest, *(heredoc.content for heredoc in instruction.heredocs)]
        if instruction.words is not None:
            yield from _commands(_Part(source, parts.pop(0).value.translate(_JSON_SIGNS), known, instruction.rest))
        for name in ("from", "mount"):
            if (flag := instruction.flags.get(name)) is not None:
                yield from _images(_Part(source, flag.value, known, flag))
        for text in parts:
            shell = text.value if text is instruction.rest else _without_comments(text.value)
            part = _Part(source, shell, known, text)
            if instruction.keyword == "FROM":
                yield from _images(part)
            elif instruction.keyword in ("ADD", "COPY", "RUN"):
                yield from _addresses(part)
                if instruction.keyword == "RUN":
                    yield from _commands(part)
    used = {found[1] or found[2] for item in file.instructions for found in _REFERENCE.finditer(item.rest.value)}
    for key, held in known.items():
        if held.place and key not in used and _VERSION_NAME.fullmatch(key) and _is_release(held.value):
            written = f"{key}={held.value}"
            yield Statement(held.place, source.absolute, Kind.VARIABLE, key, "h2o", written, held.value)


def _is_release(version: str) -> bool:
    return re.fullmatch(r"\d+\.\d+\.\d+\.\d+", version) is not None


def _images(part: _Part) -> Iterator[Statement]:
    for match in _IMAGE.finditer(part.value):
        image, written = match[1], match[2]
        before = part.value[max(match.start() - 60, 0) : match.start()].rpartition("\n")[2]
        if match[3] or _HELM_KEY.search(before):
            continue
        tag, place = part.resolved(written or "")
        if "$" in tag or "{" in tag:
            continue
        subject = f"the image {image}"
        at = place or part.position(match.start(), match.end(2) if written else match.end(1))
        if not tag or tag in _MOVING:
            loose = f"`{image}{f':{tag}' if tag else ''}` is another version each time it is pulled"
            yield Statement(at, part.source.absolute, Kind.IMAGE, subject, "h2o", match[0], None, loose)
        elif _is_release(tag):
            yield Statement(at, part.source.absolute, Kind.IMAGE, subject, "h2o", f"{image}:{tag}", tag)


def _addresses(part: _Part) -> Iterator[Statement]:
    for match in _FLOATING.finditer(part.value):
        if _is_find_links(part.value, match.start()):
            continue
        at = part.position(*match.span())
        loose = f"`{match[0][:100]}` is another version with each release"
        yield Statement(at, part.source.absolute, Kind.URL, "the download of h2o.jar", "h2o", match[0], None, loose)
    for match in _RELEASE.finditer(part.value):
        if match["line"].startswith("latest") or match["line"] == "master":
            continue
        address, place = part.resolved(match[0])
        found = _RELEASE.match(address)
        if found is None or "$" in address:
            continue
        version, odd = _version_of(found)
        if version is None:
            continue
        at = part.position(*match.span())
        subject = "the download of h2o.jar"
        if odd:
            yield Statement(at, part.source.absolute, Kind.URL, subject, "h2o", address, version, odd)
        else:
            yield Statement(place or at, part.source.absolute, Kind.URL, subject, "h2o", address, version)
    for match in _GENMODEL.finditer(part.value):
        version, place = part.resolved(match["version"])
        if _is_release(version):
            at = place or part.position(*match.span("version"))
            yield Statement(at, part.source.absolute, Kind.URL, "h2o-genmodel.jar", "h2o", match[0], version)


def _is_find_links(text: str, start: int) -> bool:
    """Tell whether an address is where pip looks for links, which does not choose a version."""
    return re.search(r"(?:-f|--find-links)[ =]*[\"']?$", text[:start]) is not None


def _version_of(address: re.Match[str]) -> tuple[str | None, str]:
    """Return the version of a release's address, and how its parts disagree (empty: they agree)."""
    line = address["line"].removeprefix("rel-")
    line = _CODE_NAMES.get(address["line"], line)
    build = address["build"]
    file = _FILE_VERSION.search(address["file"])
    if file is None:
        return (f"{line}.{build}" if re.fullmatch(r"\d+\.\d+\.\d+", line) and build.isdigit() else None), ""
    version = file[1]
    if build.isdigit() and version.rpartition(".")[2] != build:
        return version, f"the address is of build {build} and the file of {version}"
    if re.fullmatch(r"\d+\.\d+\.\d+", line) and not version.startswith(f"{line}."):
        return version, f"the address is of {line} and the file of {version}"
    return version, ""


def _commands(part: _Part) -> Iterator[Statement]:
    """Yield what pip and conda are told to install."""
    for command in _PIP.finditer(part.value):
        end = _COMMAND_END.search(part.value, command.end())
        stop = end.start() if end else len(part.value)
        for match in _WORD.finditer(part.value, command.end(), stop):
            before = part.value[match.start() - 1 : match.start()]
            if before and not before.isspace() and before not in "\"'=":
                continue
            if _OPTION_OF_PIP.search(part.value[: match.start()]):
                continue
            resolved, place = part.resolved(match["text"])
            found = _package(resolved, command[0])
            if found is None or "$" in resolved:
                continue
            name = re.match(r"[\w.-]*", match["text"])
            at = place or part.position(match.start("text"), match.start("text") + (name.end() if name else 0))
            stated = statement(part.source, at, Kind.COMMAND, found, resolved)
            if stated is not None:
                yield stated


def _variables(source: Source, text: str) -> Iterator[Statement]:
    for match in _VARIABLE.finditer(text):
        at = source.position_at(*match.span("version"))
        written = f"{match['name']}={match['version']}"
        yield Statement(at, source.absolute, Kind.VARIABLE, match["name"], "h2o", written, match["version"])


def _package(text: str, command: str) -> requirements.Requirement | None:
    """Return what a word of a command asks for: conda, poetry and pip each write versions in their own way."""
    if "conda" in command or "mamba" in command:
        return requirements.conda(text)
    name, at, version = text.partition("@")
    if "poetry" in command and at:
        return requirements.poetry(name, version)
    return requirements.parse(text)


def _helm(source: Source) -> Iterator[Statement]:
    """Yield the tags that stand beside the name of H2O's image in a chart's values or a kustomization."""
    if not _HELM_IMAGE.search(source.text):
        return
    from flake8_planalign.formats.yaml import Scalar

    for table in _tables(source.text):
        images = (table.get(key) for key in ("repository", "newName", "name"))
        tag = table.get("tag", table.get("newTag"))
        if not isinstance(tag, Scalar) or not any(_is_image(image) for image in images):
            continue
        quotes = 1 if tag.style in ("'", '"') else 0
        at = source.position_at(tag.start + quotes, tag.end - quotes)
        if tag.value in _MOVING:
            loose = f"the tag `{tag.value}` is another version each time it is pulled"
            yield Statement(at, source.absolute, Kind.IMAGE, "the image's tag", "h2o", tag.value, None, loose)
        elif _is_release(tag.value):
            yield Statement(at, source.absolute, Kind.IMAGE, "the image's tag", "h2o", tag.value, tag.value)


def _is_image(node: object) -> bool:
    from flake8_planalign.formats.yaml import Scalar

    return isinstance(node, Scalar) and _HELM_IMAGE.fullmatch(node.value) is not None


def _tables(text: str) -> Iterator[dict[str, object]]:
    """Yield the mappings of a YAML file, wherever they are; each once."""
    from flake8_planalign.formats.yaml import Mapping as Table
    from flake8_planalign.formats.yaml import Scalar, Sequence, compose

    pending: list[object] = list(compose(text).documents)
    seen: set[int] = set()
    while pending:
        node = pending.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, Sequence):
            pending += node.items
        elif isinstance(node, Table):
            pending += [value for _, value in node.pairs]
            yield {key.value: value for key, value in node.pairs if isinstance(key, Scalar)}
