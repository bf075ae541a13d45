"""The plan as the project states it: one table of declarative options, read into one frozen `Config`."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_origin, get_type_hints

import msgspec

from flake8_planalign.patterns import lazy
from flake8_planalign.reading import bytes_of
from flake8_planalign.rule import Confidence, Severity

__all__ = [
    "DEFAULT_TIERS",
    "TIERS",
    "Config",
    "Development",
    "Layers",
    "Logical",
    "Option",
    "Physical",
    "Plan",
    "Problem",
    "Process",
    "Review",
    "Run",
    "Scenario",
    "Table",
    "declared",
    "load_config",
    "place_of_key",
    "read_config",
]

#: What a blocking call waits for; `metadata` is one cheap system call.
TIERS = ("wait", "network", "process", "disk", "cpu", "metadata")
DEFAULT_TIERS = frozenset(TIERS) - {"metadata"}
FILES = ("planalign.toml", "pyproject.toml")
#: In bytes; a plan is a page, and a pyproject.toml seldom a hundred kilobytes.
_SIZE_LIMIT = 4 * 2**20


class Run(msgspec.Struct, frozen=True):
    """What a person switches per run, and what the project needs to know of flake8's own options."""

    tiers: frozenset[str] = DEFAULT_TIERS
    min_confidence: Confidence = Confidence.PROBABLE
    cache: str = ""
    config: str = ""
    exclude: tuple[str, ...] = (".svn", "CVS", ".bzr", ".hg", ".git", "__pycache__", ".tox", ".nox", ".eggs", "*.egg")
    arguments: tuple[str, ...] = ()
    selected: frozenset[str] = frozenset()


class Problem(msgspec.Struct, frozen=True, order=True):
    """Something wrong in the plan: where in its file (1-based line, 0-based columns) and what."""

    line: int
    column: int
    end_column: int
    text: str


class _WrongTypeError(ValueError):
    """A value that an option does not take; the text says what it takes."""


def _strings(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        msg = "takes a list of strings"
        raise _WrongTypeError(msg)
    return tuple(value)


def _string(value: object) -> str:
    if not isinstance(value, str):
        msg = "takes a string"
        raise _WrongTypeError(msg)
    return value


def _boolean(value: object) -> bool:
    if not isinstance(value, bool):
        msg = "takes true or false"
        raise _WrongTypeError(msg)
    return value


def _share(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1:
        msg = "takes a number above 0 and up to 1, such as 0.70"
        raise _WrongTypeError(msg)
    return float(value)


def _severities(value: object) -> Mapping[str, str]:
    levels = [level.value for level in Severity]
    if not isinstance(value, dict) or not all(item in levels for item in value.values()):
        msg = f"takes codes with one of {', '.join(levels)}"
        raise _WrongTypeError(msg)
    for code in value:
        if not re.fullmatch(r"PAL\d{3}", code):
            msg = f"takes full codes such as PAL114, not `{code}`"
            raise _WrongTypeError(msg)
    return value


def _levels(value: object) -> tuple[str, ...]:
    levels = [level.value for level in Severity]
    if not isinstance(value, list) or not all(item in levels for item in value):
        msg = f"takes a list of severities: {', '.join(levels)}"
        raise _WrongTypeError(msg)
    return tuple(value)


def _entries(value: object) -> Mapping[str, Mapping[str, Any]]:
    if not isinstance(value, dict) or not all(isinstance(item, dict) for item in value.values()):
        msg = 'takes tables by dotted name: "legacy.client.fetch" = { kind = "network" }'
        raise _WrongTypeError(msg)
    return value


class Option(msgspec.Struct, frozen=True):
    """What a key of the plan takes: its documentation, and the function that checks and gives its value.

    `paths` tells that its strings are paths or globs below the project root, each of which must match something.
    """

    doc: str
    read: Callable[[Any], Any]
    paths: bool = False


class Table(msgspec.Struct, frozen=True):
    """A table of the plan: its documentation, and what it holds; `named`: one for each name the project chooses."""

    doc: str
    of: type
    named: bool = False


class Layers(msgspec.Struct, frozen=True):
    """Which directories make up which layer of the monorepo."""

    service: Annotated[tuple[str, ...], Option("The service layer.", _strings, paths=True)] = ("src/service",)
    pipeline: Annotated[tuple[str, ...], Option("The pipeline layer.", _strings, paths=True)] = ("src/pipeline",)
    common: Annotated[tuple[str, ...], Option("The common layer; by default all the rest.", _strings, paths=True)] = ()


class Process(msgspec.Struct, frozen=True):
    """Options of the Process view."""

    health_keys: Annotated[
        tuple[str, ...], Option("Keys that the response of a health route must have.", _strings)
    ] = ()


class Logical(msgspec.Struct, frozen=True):
    """Options of the Logical view."""

    feature_tables: Annotated[tuple[str, ...], Option("Tables that hold features.", _strings)] = (
        "features",
        "*_features",
        "feature_store*",
        "feature_values*",
    )
    business_keys: Annotated[tuple[str, ...], Option("Names that identify a business object.", _strings)] = (
        "*_id",
        "id",
        "email",
        "sku",
        "uuid",
    )
    migrations: Annotated[
        tuple[str, ...], Option("Migration directories; by default by content.", _strings, paths=True)
    ] = ()
    retention: Annotated[tuple[str, ...], Option("Functions that may delete feature history.", _strings)] = ()
    frame_types: Annotated[tuple[str, ...], Option("Further types that count as a DataFrame.", _strings)] = ()


class Development(msgspec.Struct, frozen=True):
    """Options of the Development view."""

    h2o_version: Annotated[str, Option("The H2O version that all pins must have.", _string)] = ""
    h2o_secure: Annotated[bool, Option("Whether the licensed build of H2O is used.", _boolean)] = False


class Physical(msgspec.Struct, frozen=True):
    """Options of the Physical view."""

    heap_share: Annotated[float, Option("The largest share of the memory limit that a heap may take.", _share)] = 0.70
    per_image_profiles: Annotated[bool, Option("Whether H2O and Elasticsearch are held to a half.", _boolean)] = False
    dev_files: Annotated[tuple[str, ...], Option("Files of a development stack.", _strings)] = (
        "*dev*",
        "*local*",
        "*override*",
    )


class Scenario(msgspec.Struct, frozen=True):
    """One scenario that must be proven."""

    story: Annotated[str, Option("The story: SCN-REV-01-01 or SCN-REV-01-02.", _string)] = ""
    tests: Annotated[tuple[str, ...], Option("The tests that prove it.", _strings, paths=True)] = ()
    evidence: Annotated[tuple[str, ...], Option("The reports of its last run.", _strings, paths=True)] = ()
    code: Annotated[tuple[str, ...], Option("The code that it proves.", _strings, paths=True)] = ()


class Review(msgspec.Struct, frozen=True):
    """Options of `planalign review`."""

    block_on: Annotated[
        tuple[str, ...], Option("The severities that block: some of critical, high, medium, low.", _levels)
    ] = ("critical", "high")


class Config(msgspec.Struct, frozen=True):
    """Everything that a rule may ask about the plan; `deny` holds the tables as written, in the registry's schema."""

    roots: Annotated[tuple[str, ...], Option("Further import roots.", _strings, paths=True)] = ()
    layers: Annotated[Layers, Table("The layers of the monorepo.", Layers)] = Layers()
    deny: Annotated[Mapping[str, Mapping[str, Any]], Option("The project's own blocking functions.", _entries)] = (
        msgspec.field(default_factory=dict)
    )
    severity: Annotated[Mapping[str, str], Option("Another severity for a code.", _severities)] = msgspec.field(
        default_factory=dict
    )
    process: Annotated[Process, Table("The Process view.", Process)] = Process()
    logical: Annotated[Logical, Table("The Logical view.", Logical)] = Logical()
    development: Annotated[Development, Table("The Development view.", Development)] = Development()
    physical: Annotated[Physical, Table("The Physical view.", Physical)] = Physical()
    scenarios: Annotated[
        Mapping[str, Scenario],
        Table("The Scenario view, one table for each scenario.", Scenario, named=True),
    ] = msgspec.field(default_factory=dict)
    review: Annotated[Review, Table("The review.", Review)] = Review()
    tiers: frozenset[str] = DEFAULT_TIERS
    min_confidence: Confidence = Confidence.PROBABLE


@functools.cache
def declared(of: Callable[..., object]) -> Mapping[str, Option | Table]:
    """Return what each field of a table of the plan declares, in their order; fields of a run declare nothing."""
    found: dict[str, Option | Table] = {}
    for name, hint in get_type_hints(of, include_extras=True).items():
        if get_origin(hint) is Annotated:
            found[name] = hint.__metadata__[0]
    return found


class Plan(msgspec.Struct, frozen=True):
    """A config with the file it came from (None: all defaults) and everything that is wrong in it."""

    config: Config
    path: str | None
    problems: tuple[Problem, ...]
    text: str = ""
    outer: tuple[str, ...] = ("tool", "planalign")


def load_config(root: Path, file: Path | None = None) -> Plan:
    """Return the plan of the project at `root`: from `file`, else planalign.toml, else pyproject.toml."""
    for candidate in [file] if file else [root / name for name in FILES]:
        try:
            data = bytes_of(candidate, _SIZE_LIMIT)
            if len(data) > _SIZE_LIMIT:
                return Plan(Config(), str(candidate), (Problem(1, 0, 0, "is larger than 4 MiB"),))
            if candidate.name != "pyproject.toml" or b"planalign" in data:
                return read_config(data.decode("utf-8-sig"), root, str(candidate))
        except FileNotFoundError:
            if file:
                return Plan(Config(), str(file), (Problem(1, 0, 0, "there is no such file"),))
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else error
            return Plan(Config(), str(candidate), (Problem(1, 0, 0, f"cannot be read: {why}"),))
    return Plan(Config(), None, ())


def read_config(text: str, root: Path, path: str) -> Plan:
    """Return the plan that a TOML text states; every problem at once, each at its key."""
    import tomllib

    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return Plan(Config(), path, (_syntax_problem(text, error),), text)
    except RecursionError:
        return Plan(Config(), path, (Problem(1, 0, 0, "nests too deeply to be read"),), text)
    outer: tuple[str, ...] = ("tool", "planalign")
    table: object = document
    for key in outer:
        table = table.get(key) if isinstance(table, dict) else None
    if table is None and os.path.basename(path) == "planalign.toml":
        outer, table = (), document
    if table is None:
        return Plan(Config(), path, (), text)
    reader = _Reader(text, root)
    config = reader.read(Config, table, outer)
    return Plan(config, path, tuple(sorted(reader.problems)), text, outer)


def _syntax_problem(text: str, error: ValueError) -> Problem:
    found = re.search(r" \(at line (\d+), column (\d+)\)| \(at end of document\)", str(error))
    message = f"is not TOML: {str(error)[: found.start()] if found else error}"
    if found and found[1]:
        line, column = int(found[1]), int(found[2]) - 1
        return Problem(line, column, column, message)
    lines = text.split("\n")
    while len(lines) > 1 and not lines[-1].strip():
        lines.pop()
    return Problem(len(lines), len(lines[-1]), len(lines[-1]), message)


Stated = TypeVar("Stated")


class _Reader:
    """The walk over the tables, which notes a problem and goes on with the default."""

    def __init__(self, text: str, root: Path) -> None:
        self.text = text
        self.root = root
        self.problems: list[Problem] = []

    def read(self, of: Callable[..., Stated], table: object, keys: tuple[str, ...]) -> Stated:
        if not isinstance(table, dict):
            self._note(keys, f"`{_dotted(keys)}` takes a table")
            return of()
        known = {name.replace("_", "-"): name for name in declared(of)}
        values: dict[str, object] = {}
        for key, value in table.items():
            here = (*keys, key)
            if key not in known:
                self._note(here, f"unknown key `{_dotted(here)}`{_suggestion(key, known)}")
                continue
            name = known[key]
            match declared(of)[name]:
                case Option() as option:
                    self._read_value(name, option, value, here, values)
                case Table(named=False) as inner:
                    values[name] = self.read(inner.of, value, here)
                case Table() as inner if isinstance(value, dict):
                    values[name] = {
                        chosen: self.read(inner.of, item, (*here, chosen)) for chosen, item in value.items()
                    }
                case _:
                    self._note(here, f"`{_dotted(here)}` takes one table for each name")
        return of(**values)

    def _read_value(
        self, name: str, option: Option, value: object, keys: tuple[str, ...], values: dict[str, object]
    ) -> None:
        try:
            values[name] = read = option.read(value)
        except _WrongTypeError as error:
            self._note(keys, f"`{_dotted(keys)}` {error}")
            return
        if option.paths:
            for pattern in read:
                if not _matches_something(self.root, pattern):
                    self._note(keys, f"`{_dotted(keys)}`: nothing matches `{pattern}`")

    def _note(self, keys: tuple[str, ...], text: str) -> None:
        self.problems.append(Problem(*place_of_key(self.text, keys), text))


def _dotted(keys: tuple[str, ...]) -> str:
    return ".".join(keys[2:] if keys[:2] == ("tool", "planalign") and len(keys) > 2 else keys)


def _suggestion(key: str, known: Mapping[str, object]) -> str:
    import difflib

    close = difflib.get_close_matches(key.replace("_", "-"), known, 1)
    return f"; did you mean `{close[0]}`?" if close else ""


def _matches_something(root: Path, pattern: str) -> bool:
    path = pattern.partition("::")[0]
    try:
        if not any(character in path for character in "*?["):
            return (root / path).exists()
        return next(iter(root.glob(path)), None) is not None
    except (NotImplementedError, ValueError, OSError):
        return False


_KEY = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')"""
_KEYS = rf"{_KEY}(?:[ \t]*\.[ \t]*{_KEY})*"
_HEADER = lazy(rf"[ \t]*\[(\[?)[ \t]*({_KEYS})[ \t]*\]")
_PAIR = lazy(rf"[ \t]*({_KEYS})[ \t]*=")
_INLINE = lazy(rf"[{{,][ \t]*({_KEYS})[ \t]*=")


def _parts(keys: str) -> Iterator[str]:
    for part in re.findall(_KEY, keys):
        yield part[1:-1] if part[0] in "\"'" else part


def place_of_key(text: str, keys: tuple[str, ...]) -> tuple[int, int, int]:
    """Return the line (1-based), column and end column (0-based) of a key in a TOML text.

    A scan of the lines, no parser: where the key itself cannot be seen (behind an inline table over several lines),
    the place of the nearest table around it; (1, 0, 0) if there is none.
    """
    best, place = 0, (1, 0, 0)
    table: tuple[str, ...] = ()
    quotes = ""
    for number, line in enumerate(text.splitlines(), 1):
        if not quotes:
            candidates: list[tuple[tuple[str, ...], re.Match[str], int]] = []
            if header := _HEADER.match(line):
                table = tuple(_parts(header[2]))
                candidates.append((table, header, 2))
            elif pair := _PAIR.match(line):
                owner = (*table, *_parts(pair[1]))
                candidates.append((owner, pair, 1))
                candidates += [((*owner, *_parts(inner[1])), inner, 1) for inner in _INLINE.finditer(line, pair.end())]
            for found, match, group in candidates:
                shared = min(len(found), len(keys))
                if found[:shared] == keys[:shared] and shared > best:
                    best, place = shared, (number, match.start(group), match.end(group))
        quotes = _open_quotes(line, quotes)
    return place


def _open_quotes(line: str, quotes: str) -> str:
    """Return the delimiter of the multi-line string that is open at the end of a line."""
    for delimiter in re.findall(r'"""|\'\'\'', line):
        quotes = quotes or delimiter if quotes != delimiter else ""
    return quotes
