"""Where versions of H2O are stated: requirements, manifests, lock files, images, addresses, variables, models."""

from __future__ import annotations

import ast
import json
import os
import re
import tomllib
from collections.abc import Iterator
from typing import Final

from flake8_planalign.development.model import Kind, Statement
from flake8_planalign.formats import requirements
from flake8_planalign.formats.requirements import Requirement
from flake8_planalign.kinds import FileKind, matches
from flake8_planalign.patterns import lazy
from flake8_planalign.rule import Position
from flake8_planalign.source import Source

__all__ = ["CONSTRAINTS", "LOCKS", "MANIFESTS", "MENTIONS", "product_of", "statements"]

#: Without one of these a file states no version of H2O.
MENTIONS: Final = lazy(r"h2o|daimojo", re.IGNORECASE)
LOCKS: Final = (
    "poetry.lock", "uv.lock", "pdm.lock", "Pipfile.lock", "pylock.toml", "pylock.*.toml", "conda-lock.yml", "pixi.lock",
)  # fmt: skip
MANIFESTS: Final = ("pyproject.toml", "planalign.toml", "Pipfile", *LOCKS)
CONSTRAINTS: Final = lazy(r"constraints?[\w.-]*\.txt$", re.IGNORECASE)

_TRACKED = lazy(r"h2o|h2o-client|h2o-py|h2o-pysparkling-[\d.-]+|h2o-pysparkling|daimojo")
_QUOTED = lazy(r"""(["'])((?:h2o|daimojo)[^"'\n]*)\1""", re.IGNORECASE)
_TABLE_KEY = lazy(r"""^[ \t]*["']?(h2o[\w.-]*|daimojo)["']?[ \t]*=""", re.MULTILINE)
_LOCKED = lazy(r"""^name\s*=\s*"([\w.-]+)"\s*\nversion\s*=\s*"([^"]+)\"""", re.MULTILINE)
_LOCKED_YAML = lazy(r"""^[ \t-]*name:[ \t]*["']?([\w.-]+)["']?\n[ \t]+version:[ \t]*["']?([\w.]+)""", re.MULTILINE)
#: A table of its own: `[tool.poetry.dependencies.h2o]`.
_TABLE_HEADER = lazy(
    r"""^[ \t]*\[[ \t]*[\w."'-]+\.dependencies[ \t]*\.[ \t]*["']?(h2o[\w.-]*|daimojo)["']?[ \t]*\]""", re.MULTILINE
)
_ENVIRONMENT = lazy(r"(?:^|[._-])(?:environment|conda)[\w.-]*\.ya?ml$")
_CONDA_ITEM = lazy(r"""^([ \t]{0,200})-[ \t]{0,20}["']?([^"'#\n]{1,300}?)["']?[ \t]{0,200}(?:#.*)?$""", re.MULTILINE)


def product_of(name: str) -> str:
    """Return "h2o" for a package whose version is H2O's, else the name."""
    return "h2o" if name.startswith("h2o") else name


def statements(source: Source) -> Iterator[Statement]:
    """Yield the requirements that a file states; infrastructure and artifacts have readers of their own."""
    name = os.path.basename(source.path)
    if matches(name, LOCKS):
        yield from _locked(source, name)
    elif source.kind is FileKind.REQUIREMENTS:
        yield from _requirements(source, Kind.CONSTRAINT if CONSTRAINTS.search(name) else Kind.REQUIREMENT)
    elif name == "setup.py":
        yield from _setup_py(source)
    elif name == "setup.cfg":
        yield from _setup_cfg(source)
    elif name.endswith(".toml") or name == "Pipfile":
        yield from _toml(source)
    elif source.kind is FileKind.YAML and _ENVIRONMENT.search(name) and "dependencies:" in source.text:
        yield from _conda(source)


def statement(source: Source, place: Position, kind: Kind, found: Requirement, written: str) -> Statement | None:
    """Return the statement of a requirement if it is about H2O."""
    if not _TRACKED.fullmatch(found.name):
        return None
    loose = ""
    if found.version is None and found.known:
        loose = f"`{written[:80]}` admits more than one version"
    return Statement(
        place, source.absolute, kind, found.name, product_of(found.name), written, found.version, loose, found.specifier
    )


def _at(source: Source, start: int, end: int) -> Position:
    return source.position_at(start, end)


def _requirements(source: Source, kind: Kind) -> Iterator[Statement]:
    for line in requirements.lines(source.text):
        if line.option or not MENTIONS.search(line.text):
            continue
        found = requirements.parse(line.text)
        if found is not None:
            stated = statement(source, _at(source, line.start, line.end), kind, found, _brief(line.text))
            if stated is not None:
                yield stated


def _brief(text: str) -> str:
    """Return a requirement without its hashes and options."""
    return re.split(r"\s+(?:--|\\)", text, maxsplit=1)[0].strip()


def _toml(source: Source) -> Iterator[Statement]:
    """Yield the requirements of a pyproject.toml or Pipfile: arrays of PEP 508 strings, and tables by name."""
    try:
        document = tomllib.loads(source.text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return
    arrays, tables = _dependencies(document)
    constraints = {text for path in _CONSTRAINING for array in _dig(document, path) for text in _texts(array)}
    sources = next((item for item in _dig(document, ("tool", "uv", "sources")) if isinstance(item, dict)), {})
    wanted = set(arrays)
    for match in _QUOTED.finditer(source.text):
        if match[2] in wanted and (found := requirements.parse(match[2])) is not None:
            start, end = match.start(2), match.start(2) + len(re.match(r"[\w.-]*", match[2])[0])  # type: ignore[index]
            kind = Kind.CONSTRAINT if match[2] in constraints else Kind.REQUIREMENT
            found = _from_source(found, sources.get(found.name))
            stated = statement(source, _at(source, start, end), kind, found, match[2])
            if stated is not None:
                yield stated
    for match in (*_TABLE_KEY.finditer(source.text), *_TABLE_HEADER.finditer(source.text)):
        entry = tables.get(match[1].lower())
        asked = [
            (constraint, requirements.poetry(match[1], constraint))
            for item in (entry if isinstance(entry, list) else [entry])
            if (constraint := _constraint(item)) is not None
        ]
        place = _at(source, match.start(1), match.end(1))
        for constraint, found in [item for item in asked if item[1].version is None][:1] or asked:
            stated = statement(source, place, Kind.REQUIREMENT, found, f'{match[1]} = "{constraint}"')
            if stated is not None:
                yield stated


def _from_source(found: Requirement, origin: object) -> Requirement:
    """Return a requirement with what `[tool.uv.sources]` says of where it comes from."""
    if not isinstance(origin, dict) or "index" in origin:
        return found
    address = origin.get("url", origin.get("path"))
    wheel = requirements.parse(f"{found.name} @ {address}") if isinstance(address, str) else None
    return wheel or found._replace(version=None, known=False)


def _texts(array: object) -> list[str]:
    return [item for item in array if isinstance(item, str)] if isinstance(array, list) else []


def _constraint(value: object) -> str | None:
    """Return the version of a poetry or Pipfile entry; None for a path, a repository or a file."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict) and isinstance(version := value.get("version"), str):
        return version
    return None


def _dependencies(document: dict[str, object]) -> tuple[list[str], dict[str, object]]:
    """Return the PEP 508 strings and the tables by package name, in lower case, of a manifest."""
    arrays: list[str] = []
    tables: dict[str, object] = {}
    for path, is_table in _PLACES:
        for value in _dig(document, path):
            if isinstance(value, list) and not is_table:
                arrays += _texts(value)
            elif isinstance(value, dict) and is_table:
                tables |= {name.lower(): item for name, item in value.items()}
    return arrays, tables


#: Where dependencies stand, `*` for any key, and whether they are a table by name: PEP 621 and 735, uv, pdm, hatch,
#: poetry, Pipfile.
_PLACES: Final = (
    (("project", "dependencies"), False),
    (("project", "optional-dependencies", "*"), False),
    (("dependency-groups", "*"), False),
    (("build-system", "requires"), False),
    (("tool", "uv", "dev-dependencies"), False),
    (("tool", "uv", "constraint-dependencies"), False),
    (("tool", "uv", "override-dependencies"), False),
    (("tool", "pdm", "dev-dependencies", "*"), False),
    (("tool", "hatch", "envs", "*", "dependencies"), False),
    (("tool", "hatch", "envs", "*", "extra-dependencies"), False),
    (("tool", "poetry", "dependencies"), True),
    (("tool", "poetry", "dev-dependencies"), True),
    (("tool", "poetry", "group", "*", "dependencies"), True),
    (("packages",), True),
    (("dev-packages",), True),
)


#: Those that only say which version it is to be if something else asks for it.
_CONSTRAINING: Final = (("tool", "uv", "constraint-dependencies"), ("tool", "uv", "override-dependencies"))


def _dig(document: object, path: tuple[str, ...]) -> Iterator[object]:
    found = [document]
    for key in path:
        tables = [item for item in found if isinstance(item, dict)]
        found = [item for table in tables for item in (table.values() if key == "*" else [table.get(key)])]
    yield from found


def _setup_cfg(source: Source) -> Iterator[Statement]:
    section = ""
    position = 0
    key = ""
    for line in source.lines:
        start, position = position, position + len(line)
        body = line.split("#")[0].rstrip()
        if body.startswith("["):
            section, key = body.strip("[] "), ""
            continue
        if body and not body[0].isspace():
            key = body.partition("=")[0].strip()
        text = body.partition("=")[2] if body and not body[0].isspace() else body
        if not text.strip() or not (
            (section == "options" and key in ("install_requires", "setup_requires", "tests_require"))
            or section == "options.extras_require"
        ):
            continue
        begin = start + line.index(text) + len(text) - len(text.lstrip())
        found = requirements.parse(text)
        if found is not None:
            end = begin + len(re.match(r"[\w.-]*", text.strip())[0])  # type: ignore[index]
            stated = statement(source, _at(source, begin, end), Kind.REQUIREMENT, found, text.strip())
            if stated is not None:
                yield stated


def _setup_py(source: Source) -> Iterator[Statement]:
    """Yield the literals among the requirements that are handed to `setup`, also by way of a name."""
    if source.tree is None:
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and MENTIONS.match(node.value):
            found = requirements.parse(node.value)
            if found is None or (not found.specifier and node.value != found.name) or not _in_a_list(source, node):
                continue
            place = source.position(node)
            stated = statement(source, place, Kind.REQUIREMENT, found, node.value)
            if stated is not None:
                yield stated


def _in_a_list(source: Source, constant: ast.Constant) -> bool:
    """Tell whether a literal is an element of a list or tuple that `setup` gets, or that a name is bound to."""
    assert source.tree is not None
    names: set[str] = set()
    lists: list[tuple[str, ast.expr]] = []
    for node in ast.walk(source.tree):
        if isinstance(node, ast.keyword) and node.arg in _SETUP_KEYWORDS:
            if _holds(node.value, constant):
                return True
            names |= {item.id for item in ast.walk(node.value) if isinstance(item, ast.Name)}
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            lists.append((node.targets[0].id, node.value))
    return any(name in names and _holds(value, constant) for name, value in lists)


_SETUP_KEYWORDS: Final = ("install_requires", "extras_require", "setup_requires", "tests_require")


def _holds(tree: ast.expr, constant: ast.Constant) -> bool:
    return any(node is constant for node in ast.walk(tree))


def _conda(source: Source) -> Iterator[Statement]:
    """Yield the packages of a conda environment; below `pip:` they are PEP 508."""
    pip_indent = -1
    for match in _CONDA_ITEM.finditer(source.text):
        indent, text = len(match[1]), match[2].strip()
        if text == "pip:":
            pip_indent = indent
            continue
        if indent <= pip_indent:
            pip_indent = -1
        if not MENTIONS.search(text):
            continue
        found = requirements.parse(text) if pip_indent >= 0 else requirements.conda(text)
        if found is not None:
            start = match.start(2)
            name = re.match(r"(?:[\w.-]+::)?[\w.-]*", text)
            end = start + (name.end() if name else len(text))
            stated = statement(source, _at(source, start, end), Kind.REQUIREMENT, found, text)
            if stated is not None:
                yield stated


def _locked(source: Source, name: str) -> Iterator[Statement]:
    if name == "Pipfile.lock":
        yield from _pipfile_lock(source)
        return
    pattern = _LOCKED if name.endswith((".toml", "y.lock", "v.lock", "m.lock")) else _LOCKED_YAML
    for match in pattern.finditer(source.text):
        package = match[1].lower().replace("_", "-").replace(".", "-") if match[1] != "h2o" else "h2o"
        if _TRACKED.fullmatch(package):
            place = _at(source, match.start(2), match.end(2))
            written = f"{package}=={match[2]}"
            yield Statement(place, source.absolute, Kind.LOCK, package, product_of(package), written, match[2])


def _pipfile_lock(source: Source) -> Iterator[Statement]:
    try:
        document = json.loads(source.text)
    except (ValueError, RecursionError):
        return
    for section in ("default", "develop"):
        packages = document.get(section) if isinstance(document, dict) else None
        for package, entry in packages.items() if isinstance(packages, dict) else ():
            version = entry.get("version") if isinstance(entry, dict) else None
            if not _TRACKED.fullmatch(package) or not isinstance(version, str):
                continue
            at = re.search(
                rf'"{re.escape(package)}"\s*:\s*\{{[^}}]*?"version"\s*:\s*"({re.escape(version)})"', source.text
            )
            place = _at(source, at.start(1), at.end(1)) if at else Position(1, 0, 1, 0)
            bare = version.lstrip("=")
            yield Statement(
                place, source.absolute, Kind.LOCK, package, product_of(package), f"{package}{version}", bare
            )
