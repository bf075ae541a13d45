"""What kind of thing a file is, told by its name and, where the name is not enough, by its content."""

from __future__ import annotations

import enum
import fnmatch
import functools
import os
import re
from collections.abc import Callable, Iterable
from typing import Final

from flake8_planalign.patterns import lazy

__all__ = [
    "NAMES",
    "READ",
    "FileKind",
    "any_of",
    "discovery_patterns",
    "ending_of",
    "is_installed",
    "is_stand_in",
    "is_test",
    "kind_by_name",
    "kind_of",
    "matches",
    "of_whole_paths",
]


class FileKind(enum.Enum):
    """A file as its readers see it; `OTHER` is a file that we were given and that nothing reads."""

    PYTHON = "Python"
    COMPOSE = "Compose"
    KUBERNETES = "Kubernetes"
    HELM_TEMPLATE = "Helm template"
    HELM_VALUES = "Helm values"
    MAGE_PIPELINE = "Mage pipeline"
    YAML = "YAML"
    SQL = "SQL"
    LUA = "Lua"
    DOCKERFILE = "Dockerfile"
    REQUIREMENTS = "requirements"
    MANIFEST = "package manifest"
    SHELL = "shell script"
    ARCHIVE = "archive"
    BINARY_MODEL = "H2O binary model"
    MODEL_INI = "MOJO directory"
    JAVA = "Java"
    EVIDENCE = "test report"
    K6 = "k6 script"
    PLAN = "plan"
    OTHER = "other"


#: File names as shell patterns, most specific first; the first that matches names the kind, which the content may
#: then refine. H2O writes binary models without an extension, `GBM_model_python_1712345678901_1`.
NAMES: tuple[tuple[str, FileKind], ...] = (
    ("*.py", FileKind.PYTHON),
    ("*.pyi", FileKind.PYTHON),
    ("planalign.toml", FileKind.PLAN),
    ("pyproject.toml", FileKind.PLAN),
    *(
        (f"{stem}.{extension}", kind)
        for extension in ("yml", "yaml")
        for stem, kind in (
            ("docker-compose*", FileKind.COMPOSE),
            ("compose", FileKind.COMPOSE),
            ("compose[._-]*", FileKind.COMPOSE),
            ("values", FileKind.HELM_VALUES),
            ("values[._-]*", FileKind.HELM_VALUES),
            ("*", FileKind.YAML),
        )
    ),
    ("*.sql", FileKind.SQL),
    ("*.lua", FileKind.LUA),
    ("Dockerfile", FileKind.DOCKERFILE),
    ("Dockerfile.*", FileKind.DOCKERFILE),
    ("*.Dockerfile", FileKind.DOCKERFILE),
    ("*.dockerfile", FileKind.DOCKERFILE),
    ("Containerfile", FileKind.DOCKERFILE),
    ("requirements*.txt", FileKind.REQUIREMENTS),
    ("requirements*.in", FileKind.REQUIREMENTS),
    ("constraints*.txt", FileKind.REQUIREMENTS),
    ("*requirements/*.txt", FileKind.REQUIREMENTS),
    *(
        (name, FileKind.MANIFEST)
        for name in (
            "setup.cfg",
            "Pipfile",
            "Pipfile.lock",
            "poetry.lock",
            "uv.lock",
            "pdm.lock",
            "pylock.toml",
            "pylock.*.toml",
            "pixi.lock",
        )
    ),
    ("*.sh", FileKind.SHELL),
    ("h2o*.jar", FileKind.ARCHIVE),
    ("*.zip", FileKind.ARCHIVE),
    ("*.mojo", FileKind.ARCHIVE),
    ("model.ini", FileKind.MODEL_INI),
    ("*.java", FileKind.JAVA),
    *(
        (f"{stem}.{extension}", FileKind.EVIDENCE)
        for stem in ("*drift*", "*swap*", "*zero-downtime*", "*zero_downtime*")
        for extension in ("xml", "csv", "json", "html")
    ),
    *(
        (f"{stem}.{extension}", FileKind.K6)
        for stem in ("*k6*", "*k6/*", "*swap*", "*zero-downtime*", "*zero_downtime*")
        for extension in ("js", "ts")
    ),
    ("*_model_python_*", FileKind.BINARY_MODEL),
)


#: The kinds besides Python that some view reads. Only these are claimed from flake8: a claimed file that nothing
#: judges would only cost time.
READ: frozenset[FileKind] = frozenset(
    {
        FileKind.COMPOSE,
        FileKind.KUBERNETES,
        FileKind.HELM_TEMPLATE,
        FileKind.HELM_VALUES,
        FileKind.MAGE_PIPELINE,
        FileKind.YAML,
        FileKind.PLAN,
        FileKind.ARCHIVE,
        FileKind.MODEL_INI,
        FileKind.SQL,
        FileKind.LUA,
        FileKind.JAVA,
        FileKind.BINARY_MODEL,
        FileKind.REQUIREMENTS,
        FileKind.MANIFEST,
        FileKind.SHELL,
        FileKind.DOCKERFILE,
        FileKind.EVIDENCE,
        FileKind.K6,
    }
)

#: In characters: so much of a test report tells what it is.
HEAD = 2**16
#: What JUnit XML, locust's CSV, JSON and HTML files and k6's summaries have near their beginning.
_EVIDENCE = {
    ".xml": lazy(r"<testsuites?\b"),
    ".csv": lazy(r"\A[^\n]*\b(?:Failure Count|Occurrences)\b"),
    ".json": lazy(r'"metrics"\s*:|"num_failures"\s*:'),
    ".html": lazy(r"<title>Locust\b|\btemplateArgs\b"),
}
_K6 = lazy(r"""['"]k6(?:/\w+)*['"]""")
_COMPOSE = lazy(r"^services[ \t]*:(?:[ \t]*(?:[#{&*!].*)?$)", re.MULTILINE)
#: Services that are a list, of continuous integration, or classes, of a framework.
_OTHER_SERVICES = lazy(r"^services\s*:(?:[ \t]*(?:#.*)?\n)+[ \t]*(?:- |_defaults\s*:)", re.MULTILINE)
#: Files of continuous integration, whose services are another thing.
_PIPELINES = lazy(r"^\.?(?:travis|gitlab-ci|drone|bitbucket-pipelines|appveyor|woodpecker)\b.*\.ya?ml$")
_API_VERSION = lazy(r"^apiVersion\s*:", re.MULTILINE)
_KUBERNETES_KIND = lazy(r"^kind\s*:", re.MULTILINE)
_MAGE_BLOCKS = lazy(r"^blocks\s*:", re.MULTILINE)
_PLAN_TABLE = lazy(r"^\s*\[+\s*tool\s*\.\s*planalign\b|^\s*tool\s*\.\s*planalign\b", re.MULTILINE)


_WILD: Final = lazy(r"[*?\[\]]")


@functools.cache
def _matcher(pattern: str) -> re.Pattern[str]:
    return re.compile(fnmatch.translate(pattern))


def matches(path: str, patterns: Iterable[str]) -> bool:
    """Tell whether a shell pattern matches the whole path, as flake8 matches `--filename` (`*` crosses slashes)."""
    if isinstance(patterns, tuple):
        return any_of(patterns)(path)
    return any(_matcher(pattern).match(path) for pattern in patterns)


def ending_of(pattern: str) -> str | None:
    """Return what the paths end with whose last names match a pattern, None if that is not all that it says."""
    if _WILD.search(pattern.removeprefix("*")):
        return None
    return pattern[1:] if pattern[:1] == "*" else f"{os.sep}{pattern}"


@functools.cache
def any_of(patterns: tuple[str, ...]) -> Callable[[str], bool]:
    """Return a function that tells whether a path matches one of the patterns.

    Most paths of a project match none, so what a path ends with decides first.
    """
    literal = frozenset(pattern for pattern in patterns if not _WILD.search(pattern))
    endings = tuple(pattern[1:] for pattern in patterns if pattern[:1] == "*" and not _WILD.search(pattern[1:]))
    others = [pattern for pattern in patterns if pattern not in literal and pattern[1:] not in endings]
    tails = {pattern: _WILD.split(pattern)[-1] for pattern in others}
    tailed = tuple(filter(None, tails.values()))
    with_tail = _one([pattern for pattern in others if tails[pattern]])
    without_tail = _one([pattern for pattern in others if not tails[pattern]])

    def match(path: str) -> bool:
        if path in literal or path.endswith(endings):
            return True
        if path.endswith(tailed) and with_tail.match(path) is not None:
            return True
        return without_tail.match(path) is not None

    def match_simply(path: str) -> bool:
        return path in literal or path.endswith(endings)

    return match if others else match_simply


def of_whole_paths(patterns: tuple[str, ...]) -> tuple[str, ...]:
    """Return the patterns that may match a path but not its last name: with a slash, or a `*` in the middle."""
    return tuple(pattern for pattern in patterns if os.sep in pattern or _WILD.search(pattern.removeprefix("*")))


def _one(patterns: Iterable[str]) -> re.Pattern[str]:
    """Return an expression for what one of the shell patterns matches; for no patterns, one that never matches."""
    return re.compile("|".join(map(fnmatch.translate, patterns)) or r"(?!)")


def discovery_patterns() -> list[str]:
    """Return what to add to flake8's `--filename`, which it matches against the walked path (`./deploy/compose.yml`).

    A name that begins with `*` stands alone, every other one comes bare and below any directory.
    """
    found: dict[str, None] = {}
    for pattern, kind in NAMES:
        if kind not in READ:
            continue
        found[pattern] = None
        if not pattern.startswith("*"):
            found[f"*/{pattern}"] = None
    return list(found)


def kind_by_name(path: str) -> FileKind:
    """Return what the name alone promises; `OTHER` where it promises nothing."""
    name = os.path.basename(path)
    if name.endswith(".py"):
        return FileKind.PYTHON
    literal, by_extension, others = _names()
    first = literal.get(name, len(NAMES))
    for number, piece, pattern, is_path in (*by_extension.get(name[name.rfind(".") + 1 :], ()), *others):
        if number < first and piece in path:
            text = path.replace(os.sep, "/") if is_path else name
            if _matcher(pattern).match(text) is not None:
                first = number
    return NAMES[first][1] if first < len(NAMES) else FileKind.OTHER


#: The number of a pattern in `NAMES`, a part that stands in each path that it matches, itself, and if it is of paths.
_Pattern = tuple[int, str, str, bool]


@functools.cache
def _names() -> tuple[dict[str, int], dict[str, list[_Pattern]], list[_Pattern]]:
    """Return `NAMES` for a quick look: whole names, patterns by the extension that they end with, and the others.

    Thousands of files pass through here in each run, and most have an extension that no pattern has.
    """
    literal: dict[str, int] = {}
    by_extension: dict[str, list[_Pattern]] = {}
    others: list[_Pattern] = []
    for number, (pattern, _) in enumerate(NAMES):
        pieces = _WILD.split(pattern)
        if len(pieces) == 1:
            literal.setdefault(pattern, number)
            continue
        made = number, max(pieces, key=len).strip("/"), pattern, "/" in pattern
        _, dot, extension = pieces[-1].rpartition(".")
        (by_extension.setdefault(extension, []) if dot else others).append(made)
    return literal, by_extension, others


def kind_of(path: str, head: bytes | str) -> FileKind:
    """Return the kind of the file at `path` whose text begins with (or is) `head`.

    YAML that is not evidently one of the recognised kinds stays `YAML`; a `pyproject.toml` without
    `[tool.planalign]` is a `MANIFEST`; a test report or a k6 script is told by its content, whatever its name.
    """
    kind = kind_by_name(path)
    report = _EVIDENCE.get(path[path.rfind(".") :]) if kind in (FileKind.OTHER, FileKind.EVIDENCE) else None
    script = kind in (FileKind.OTHER, FileKind.K6) and path.endswith((".js", ".ts"))
    if (
        report is None
        and not script
        and kind not in (FileKind.YAML, FileKind.COMPOSE, FileKind.HELM_VALUES, FileKind.PLAN)
    ):
        return kind
    text = head.decode("utf-8", "replace") if isinstance(head, bytes) else head
    if script:
        return FileKind.K6 if _K6.search(text[:HEAD]) else FileKind.OTHER
    if report is not None:
        return FileKind.EVIDENCE if report.search(text[:HEAD]) else FileKind.OTHER
    if kind is FileKind.PLAN:
        ours = os.path.basename(path) == "planalign.toml" or _PLAN_TABLE.search(text)
        return FileKind.PLAN if ours else FileKind.MANIFEST
    if kind is FileKind.YAML:
        return _yaml_kind(path, text)
    return kind


def _yaml_kind(path: str, text: str) -> FileKind:
    templated = "{{" in text
    folders = path.replace(os.sep, "/").split("/")
    if _API_VERSION.search(text) and _KUBERNETES_KIND.search(text):
        return FileKind.HELM_TEMPLATE if templated else FileKind.KUBERNETES
    if folders[-1] in ("kustomization.yaml", "kustomization.yml"):
        return FileKind.KUBERNETES
    if templated and "templates" in folders[:-1]:
        return FileKind.HELM_TEMPLATE
    if (
        _COMPOSE.search(text)
        and not templated
        and not _OTHER_SERVICES.search(text)
        and not _PIPELINES.match(folders[-1])
    ):
        return FileKind.COMPOSE
    if folders[-1].startswith("metadata.") and "pipelines" in folders[:-1] and _MAGE_BLOCKS.search(text):
        return FileKind.MAGE_PIPELINE
    return FileKind.YAML


_TEST_FILE: Final = lazy(
    r"(?:^|/)(?:_?tests?|testing|(?:e2e|functional|integration|unit)[-_]?tests?|\.semgrep)/|(?:^|/)(?:test_[^/]*|[^/]*_test|conftest)\.py$"
)


def is_test(path: str) -> bool:
    """Tell by its name whether a file, named from the project's root, belongs to the tests."""
    if "test" not in path and ".semgrep" not in path:
        return False
    return _TEST_FILE.search(path.replace(os.sep, "/")) is not None


#: Folders and files that are named for what they stand in for: `mocks/`, `llm-mock/`, `mock_server.py`.
_STAND_IN: Final = lazy(
    r"(?:^|/)(?:(?:[\w.-]*[-_])?(?:mock|stub)|fake)(?:s|[-_](?:api|app|backend|gateway|llm|model|provider|server|service|upstream)s?)?"
    r"(?:/|\.py$)"
)


#: Where an environment within the project keeps what was installed.
_INSTALLED: Final = lazy(r"^(?!\.\./)(?:.*/)?site-packages/")


def is_installed(path: str) -> bool:
    """Tell whether a path from a project's root leads into an environment, of whose packages nothing is told."""
    return _INSTALLED.search(path) is not None


def is_stand_in(path: str) -> bool:
    """Tell by its name whether a file, named from the project's root, stands in for something in tests."""
    return _STAND_IN.search(path.replace(os.sep, "/")) is not None
