"""Requirements of Python packages, wherever they are written: PEP 508, pip's own lines, poetry's and conda's forms.

Source: PEP 508 and PEP 440 (read by `packaging`), pip's requirements file format, conda's match specifications.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from packaging.requirements import InvalidRequirement
from packaging.requirements import Requirement as _Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion, Version

from flake8_planalign.patterns import lazy

__all__ = ["Line", "Requirement", "admitted", "conda", "lines", "parse", "poetry"]

_OPTION = lazy(r"(-r|--requirement|-c|--constraint|-f|--find-links|-i|--index-url|--extra-index-url)[ =]*(\S+)")
_COMMENT = lazy(r"(?:^|(?<=\s))#.*")
_PER_REQUIREMENT = lazy(r"\s--(?:hash|config-settings|global-option|install-option)\b.*", re.DOTALL)
_URL = lazy(r"(?:https?|file|git\+\w+)://\S+")
_ARCHIVE = lazy(r"([^/\\#?]+\.(?:whl|tar\.gz|zip))(?:[#?].*)?$")
_NAME = lazy(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_CONDA = lazy(r"(?:[\w.-]+::)?(?P<name>[A-Za-z0-9._-]+)\s*(?P<spec>.*)")
_POETRY_RANGE = lazy(r"[~^]?\s*[\w.*+-]+")
_LENGTH_LIMIT: Final = 2_000


class Requirement(NamedTuple):
    """A package as it is asked for.

    `version` is the one that is fixed, None if there is none; `specifier` the range as PEP 440 (empty: any); `known`
    is False where a URL does not tell the version, as of a repository.
    """

    name: str
    version: str | None
    specifier: str
    known: bool = True


class Line(NamedTuple):
    """A logical line of a requirements file: a requirement or an option, and where its text stands."""

    option: str
    text: str
    start: int
    end: int


def parse(text: str) -> Requirement | None:
    """Return what a PEP 508 requirement, a wheel's URL or a path to one asks for; None for anything else."""
    text = _PER_REQUIREMENT.sub("", text.strip())
    if len(text) > _LENGTH_LIMIT:
        return None
    try:
        found = _Requirement(text)
    except InvalidRequirement:
        return _of_url(text, None)
    name = canonicalize_name(found.name)
    if found.url:
        return _of_url(found.url, name)
    return Requirement(name, _fixed(found.specifier), str(found.specifier))


def _of_url(text: str, name: str | None) -> Requirement | None:
    address = _URL.search(text)
    file = _ARCHIVE.search(address[0] if address else text)
    if file:
        try:
            if file[1].endswith(".whl"):
                found, version = parse_wheel_filename(file[1])[:2]
            else:
                found, version = parse_sdist_filename(file[1])
        except (InvalidWheelFilename, InvalidSdistFilename, InvalidVersion):
            return Requirement(name, None, "", known=False) if name else None
        return Requirement(name or found, str(version), f"=={version}")
    egg = re.search(r"[#&]egg=([A-Za-z0-9._-]+)", text)
    named = name or (canonicalize_name(egg[1]) if egg else None)
    return Requirement(named, None, "", known=False) if named and address else None


def _fixed(specifiers: SpecifierSet) -> str | None:
    """Return the version of the one `==` or `===` without a wildcard."""
    for specifier in specifiers:
        if specifier.operator in ("==", "===") and not specifier.version.endswith(".*"):
            return specifier.version
    return None


def poetry(name: str, constraint: str) -> Requirement:
    """Return what poetry's and Pipfile's `name = "constraint"` asks for: a bare version is an exact one."""
    constraint = constraint.strip()
    name = canonicalize_name(name)
    bare = constraint.removeprefix("===").removeprefix("==").strip()
    try:
        version = str(Version(bare))
    except InvalidVersion:
        return Requirement(name, None, _as_specifier(constraint))
    return Requirement(name, version, f"=={version}")


def _as_specifier(constraint: str) -> str:
    """Return a poetry constraint as PEP 440, empty where it has no such form."""
    if constraint in ("", "*"):
        return ""
    if constraint[0] in "^~" and _POETRY_RANGE.fullmatch(constraint):
        bare = constraint.lstrip("^~= ")
        return f">={bare}"
    try:
        return str(SpecifierSet(constraint))
    except InvalidSpecifier:
        return ""


def conda(text: str) -> Requirement | None:
    """Return what a conda match specification asks for: `=1.2` is a prefix, `==1.2` and `=1.2=build` are exact."""
    found = _CONDA.fullmatch(text.partition("#")[0].strip())
    if found is None:
        return None
    name, spec = canonicalize_name(found["name"]), found["spec"].replace(" ", "")
    exact = re.fullmatch(r"==([\w.]+)|=([\w.]+)=[\w.*]+", spec)
    if exact:
        version = exact[1] or exact[2]
        return Requirement(name, None if version.endswith("*") else version, f"=={version}")
    return Requirement(name, None, f"=={spec[1:]}.*" if re.fullmatch(r"=[\d.]+", spec) else "")


def admitted(specifier: str, versions: tuple[str, ...]) -> str | None:
    """Return the first of some versions, newest first, that a specifier admits; None if none does."""
    try:
        allowed = SpecifierSet(specifier)
    except InvalidSpecifier:
        return None
    return next((version for version in versions if allowed.contains(version)), None)


def lines(text: str) -> Iterator[Line]:
    """Yield the logical lines of a requirements file, without comments; a backslash joins lines."""
    position = 0
    begin, joined = 0, ""
    for line in text.splitlines(keepends=True):
        if not joined:
            begin = position
        position += len(line)
        body = line.rstrip("\r\n")
        if body.endswith("\\") and not body.lstrip().startswith("#"):
            joined += body[:-1] + " "
            continue
        yield from _line(joined + body, begin)
        joined = ""
    if joined:
        yield from _line(joined, begin)


def _line(body: str, begin: int) -> Iterator[Line]:
    body = _COMMENT.sub("", body)
    stripped = body.strip()
    if not stripped:
        return
    start = begin + len(body) - len(body.lstrip())
    option = _OPTION.match(stripped)
    if option:
        yield Line(option[1], option[2], start + option.start(2), start + option.end(2))
        return
    if stripped.startswith("-"):
        return
    name = _NAME.match(stripped)
    end = start + (name.end() if name and not _URL.match(stripped) else len(stripped.split()[0]))
    yield Line("", stripped, start, end)
