"""What runs the models: which H2O reads which MOJO, where daimojo can be installed, which images have what locale."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from flake8_planalign.development import pins
from flake8_planalign.development.model import NameHazard, Statement, Unsupported
from flake8_planalign.development.mojo import Reading
from flake8_planalign.formats import archive as archives
from flake8_planalign.formats import dockerfile
from flake8_planalign.formats.archive import Archive
from flake8_planalign.kinds import FileKind, kind_by_name
from flake8_planalign.patterns import lazy
from flake8_planalign.project import Project
from flake8_planalign.rule import Position
from flake8_planalign.source import Source

__all__ = ["daimojo", "name_hazards", "reader_too_old"]

#: From which version of H2O on a reader takes a mojo_version: read from the release tags of h2oai/h2o-3.
_TREES: Final = ((1.40, "3.30.0.2"),)
_READERS: Final = {
    "Gradient Boosting Machine": _TREES,
    "Gradient Boosting Method": _TREES,
    "Distributed Random Forest": _TREES,
    "Isolation Forest": _TREES,
    "Uplift Distributed Random Forest": _TREES,
    "Deep Learning": ((1.10, "3.32.0.1"),),
    "XGBoost": ((1.10, "3.28.0.2"),),
    "Stacked Ensemble": ((1.01, "3.32.1.1"),),
    "StackedEnsemble": ((1.01, "3.32.1.1"),),
}
#: The wheels of daimojo on PyPI by minor version of Python 3: the first and the last (asked on 2026-08-13).
_WHEELS: Final = {8: ("2.8.5", "2.8.5"), 9: ("2.8.5", "2.9.1"), 10: ("2.8.5", "2.9.2"), 11: ("2.8.5", "2.9.2"),
                  12: ("2.8.6", "2.9.2")}  # fmt: skip
_PYTHON_IMAGE = lazy(r"(?:docker\.io/)?(?:library/)?python:3\.(\d+)(?:\.\d+)?(?:[.-](\S*))?$")
_REQUIRES_PYTHON = lazy(r"""^requires-python\s*=\s*(["'])(.*?)\1""", re.MULTILINE)
_RUNTIME = lazy(rb'mojo2_runtime_version\s*=\s*"([\d.]+)')
_APT_JAVA = lazy(r"\bopenjdk-(8|11|17)-(?:jre|jdk)")
_JAVA_IMAGE = lazy(r"(?:.*/)?(?:openjdk|eclipse-temurin|amazoncorretto|azul-zulu|ibm-semeru-runtimes):(8|11|17)\b")
_WITHOUT_LOCALE = lazy(r"(?:.*/)?(?:debian|ubuntu|ubi\d?(?:-minimal)?|rockylinux|almalinux|centos)(?::|@|$)")


def reader_too_old(reading: Reading, position: Position, project: Project) -> Iterator[Unsupported]:
    """Yield that the pinned H2O is older than the first one that reads a model's mojo_version."""
    pin = pins.pin_of(project)
    values = reading.info.values
    steps = _READERS.get(values.get("algorithm", ""), ())
    try:
        version = float(values.get("mojo_version", ""))
        pinned = Version(pins.release(pin.version)) if pin is not None and pin.version is not None else None
    except (ValueError, InvalidVersion):
        return
    for needed, first in steps:
        if pinned is not None and version >= needed and pinned < Version(first):
            problem = f"the MOJO has mojo_version {version:.2f}, which the pinned H2O {pinned} does not read"
            yield Unsupported(position, problem, f"pin {first} or later, or export the model with {pinned}")
            return


def name_hazards(reading: Reading, position: Position, project: Project, *, in_folder: bool) -> Iterator[NameHazard]:
    """Yield the names of columns and levels that reader and writer, or two JVMs, disagree on.

    In a directory, whose model.ini is a text, a column is reported at its line.
    """
    columns = [name for name in reading.info.columns if name is not None]
    for line, name, seen in reading.misread[:1]:
        problem = f"the column `{name}` is {seen}"
        place = Position(line, 0, line, len(name)) if in_folder else position
        yield NameHazard(place, problem, "rename it before training")
    texts = [*columns, *(level for levels in reading.levels.values() for level in levels)]
    other = next((text for text in texts if not text.isascii()), None)
    if other is not None:
        image = _image_without_locale(project)
        if image is not None:
            problem = f"`{other[:60]}` is not ASCII, and {image} runs Java 17 or older without a UTF-8 locale"
            yield NameHazard(position, problem, "set `ENV LC_ALL=C.UTF-8` there, or `-Dfile.encoding=UTF-8`")


def _image_without_locale(project: Project) -> str | None:
    """Return the place of a Dockerfile whose image has Java 17 or older and decodes texts as ASCII."""
    for pattern in ("Dockerfile", "Dockerfile.*", "*.Dockerfile", "*.dockerfile", "Containerfile"):
        for path in project.files(pattern):
            text = project.read(path) or ""
            if "jdk" not in text and "java" not in text and "temurin" not in text and "corretto" not in text:
                continue
            if "file.encoding" in text.lower():
                continue
            file = dockerfile.parse(Source.of_text(path, text, FileKind.DOCKERFILE))
            if file.fault is None and _decodes_ascii(file):
                relative = project.relative(path)
                return f"{relative}:{file.stages[-1].begin.place.position.line}"
    return None


def _decodes_ascii(file: dockerfile.Dockerfile) -> bool:
    image = dockerfile.image_of(file)
    if image is None or image.base is None or image.base.unknown:
        return False
    locale = next(
        (image.environment[key].value for key in ("LC_ALL", "LC_CTYPE", "LANG") if key in image.environment), None
    )
    base = image.base.value
    installs = any(item.keyword == "RUN" and _APT_JAVA.search(item.rest.value) for item in file.stages[-1].instructions)
    if locale is not None:
        return locale.upper() in ("C", "POSIX") and (installs or _JAVA_IMAGE.match(base) is not None)
    return installs and _WITHOUT_LOCALE.match(base) is not None


def daimojo(source: Source, stated: list[Statement], project: Project) -> Iterator[Unsupported]:
    """Yield what daimojo cannot run or be installed in, at the requirement, the image or requires-python."""
    for item in stated:
        if item.product == "daimojo" and item.version is not None:
            yield from _older_than_models(item, project)
    if source.kind is FileKind.DOCKERFILE:
        yield from _images(source, stated, project)
    else:
        yield from _requires_python(source, stated)


def _older_than_models(item: Statement, project: Project) -> Iterator[Unsupported]:
    for pattern in ("*.mojo", "*.zip"):
        for path in project.files(pattern):
            runtime = _runtime_of(path)
            if runtime is None:
                continue
            try:
                older = Version(item.version or "0") < Version(runtime)
            except InvalidVersion:
                continue
            if older:
                relative = project.relative(path)
                problem = f"daimojo {item.version} is older than the runtime {runtime} that {relative} was made for"
                yield Unsupported(item.position, problem, f"pin daimojo {runtime} or later")
                return


def _runtime_of(path: str) -> str | None:
    """Return the runtime that a MOJO2 was made for, None for anything else."""
    try:
        with open(path, "rb") as stream:
            if stream.read(2) != b"PK":
                return None
            archive: Archive = archives.read_directory(stream)
            entry = archive.find("mojo/dai_build.info")
            found = _RUNTIME.search(archive.read(entry, 2**16)) if entry is not None else None
    except (OSError, archives.ArchiveError, archives.EntryError):
        return None
    return found[1].decode() if found else None


def _images(source: Source, stated: list[Statement], project: Project) -> Iterator[Unsupported]:
    here = next((item for item in stated if item.product == "daimojo"), None)
    asked = here or next((item for item in pins.required(project) if item.product == "daimojo"), None)
    if asked is None or (here is None and "requirements" not in source.text and "pyproject" not in source.text):
        return
    file = dockerfile.parse(source)
    for stage in file.stages:
        image = dockerfile.expand(stage.base, lambda _: None, stage.begin.escape)
        found = _PYTHON_IMAGE.match(image.value) if not image.unknown else None
        if found is None:
            continue
        place = stage.base.place.position
        platform = stage.begin.flags.get("platform")
        variant = found[2] or ""
        if "alpine" in variant:
            yield Unsupported(place, "daimojo has no wheel for Alpine's musl", "use a Debian image, `python:3.11-slim`")
        elif platform is not None and platform.value in ("linux/arm64", "linux/arm64/v8", "linux/ppc64le"):
            yield Unsupported(place, f"daimojo has no wheel for {platform.value}", "use `--platform=linux/amd64`")
        elif not _has_wheel(int(found[1]), asked.version):
            which = f"daimojo {asked.version}" if asked.version else "daimojo"
            yield Unsupported(place, f"{which} has no wheel for Python 3.{found[1]}", "use Python 3.10 or 3.11")


def _has_wheel(minor: int, version: str | None) -> bool:
    if minor not in _WHEELS:
        return False
    if version is None:
        return True
    try:
        return Version(_WHEELS[minor][0]) <= Version(version) <= Version(_WHEELS[minor][1])
    except InvalidVersion:
        return True


def _requires_python(source: Source, stated: list[Statement]) -> Iterator[Unsupported]:
    asked = next((item for item in stated if item.product == "daimojo"), None)
    found = _REQUIRES_PYTHON.search(source.text) if asked is not None else None
    if asked is None or found is None or kind_by_name(source.path) is not FileKind.PLAN:
        return
    try:
        allowed = SpecifierSet(found[2])
    except InvalidSpecifier:
        return
    if not any(allowed.contains(f"3.{minor}.0") and _has_wheel(minor, asked.version) for minor in _WHEELS):
        which = f"daimojo {asked.version}" if asked.version else "daimojo"
        place = source.position_at(*found.span(2))
        yield Unsupported(place, f"{which} has no wheel for Python {found[2]}", "allow Python 3.10 or 3.11")
