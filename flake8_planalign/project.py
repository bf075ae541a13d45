"""The project around a file: its plan, cache, import roots, neighbours and first-party files, all on demand."""

from __future__ import annotations

import codecs
import functools
import io
import itertools
import os
import stat
import tokenize
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec.structs import replace

from flake8_planalign import __version__, parsing, walking
from flake8_planalign import config as configuration
from flake8_planalign.cache import Cache, digest, digest_of
from flake8_planalign.config import Config, Plan, Problem, Run
from flake8_planalign.kept import KeptTexts
from flake8_planalign.kinds import FileKind, any_of, ending_of, kind_by_name, kind_of
from flake8_planalign.memos import of_the_run
from flake8_planalign.patterns import OfTexts
from flake8_planalign.reading import SIZE_LIMIT, content_of
from flake8_planalign.roots import find_root, import_roots
from flake8_planalign.source import Source, decode
from flake8_planalign.walking import STRAY_LIMIT

if TYPE_CHECKING:
    from flake8_planalign.registry import Entry, Registry

__all__ = ["Project", "decode_python", "deny_entries", "read_plan"]

#: So many files outside of the inventory are watched; where more are read, no verdict is kept.
_MAX_STRAYS = 256
#: Hexadecimal digits of the tool's own hash, which names a directory.
_FINGERPRINT = 12

Found = TypeVar("Found")


class Project:
    """One project on disk; `Project.of` gives every file of it the same object within a process."""

    def __init__(self, root: Path, run: Run | None = None, *, guessed: bool = False) -> None:
        self.root = root
        self.run = run or Run()
        #: Whether the root is only the directory of a file that was named, which may be one as large as /tmp.
        self.guessed = guessed
        self._overlays: dict[str, Source] = {}
        self._import_roots: dict[str, tuple[str, ...]] = {}
        self._companions: dict[str, Source | None] = {}
        #: Paths that lie outside of the root, where nothing is ever opened.
        self._outside: set[str] = set()
        #: Texts of Python files, which several views ask for.
        self._texts = KeptTexts()
        #: What directories are when links are followed.
        self._real_folders: dict[str, str] = {}
        self._matching: dict[str, tuple[str, ...]] = {}
        self._remembered: dict[str, Any] = {}
        #: Whether a file was read that `world` does not cover.
        self.strayed = False
        self._watched: frozenset[str] | None = None
        #: Directories whose names `world` covers, so that what is not there is known too.
        self._listed: frozenset[str] = frozenset()
        self._new_strays: set[str] = set()

    @classmethod
    def of(cls, path: str, run: Run | None = None) -> Project:
        """Return the project of a file, which need not exist (stdin)."""
        return _project(os.path.dirname(os.path.abspath(path)), run or Run())

    @functools.cached_property
    def plan(self) -> Plan:
        """Return what the project's config file states, with its problems."""
        file = Path(self.run.config) if self.run.config else None
        return _with_problems(configuration.load_config(self.root, file))

    @functools.cached_property
    def config(self) -> Config:
        """Return the plan's config with what the person switched for this run."""
        return replace(self.plan.config, tiers=self.run.tiers, min_confidence=self.run.min_confidence)

    @functools.cached_property
    def registry(self) -> Registry:
        """Return the deny-list with the project's own names."""
        from flake8_planalign.registry import Registry, keep_in

        keep_in(self.cache)
        return Registry(deny_entries(self.plan)[0])

    @functools.cached_property
    def cache(self) -> Cache:
        """Return the cache of facts; one that remembers nothing if the person switched it off."""
        if self.run.cache == "off":
            return Cache(None)
        return Cache(self.run.cache or self.root / ".planalign_cache", _fingerprint())

    def overlay(self, source: Source) -> None:
        """Let a text stand for the file on disk, as an editor's buffer on stdin does."""
        self._overlays[source.absolute] = source

    def read(self, path: str) -> str | None:
        """Return the text of a Python file as PEP 263 decodes it, None if it cannot be had or is too large."""
        overlay = self._overlays.get(os.path.abspath(path)) if self._overlays else None
        return overlay.text if overlay is not None else self.on_disk(path)

    def on_disk(self, path: str) -> str | None:
        """Return what `read` does without overlays; the same for the whole run, as far as texts are kept."""
        self._note(path)
        text = self._texts.get(path)
        return self._decoded(path, content_of(path)) if text is None else text

    def _decoded(self, path: str, data: bytes | None) -> str | None:
        text = None if data is None or len(data) > SIZE_LIMIT else decode_python(data)
        if text is not None:
            self._texts.put(path, text)
        return text

    def economise(self) -> None:
        """Keep the last tree alone, and texts only packed, since all that only saves time: the project is large."""
        self._texts.pack()
        parsing.keep_last()
        OfTexts.forget_all()

    def read_companion(self, path: str, limit: int) -> str | None:
        """Return the text of a companion file of at most `limit` bytes as `Source` has it, without keeping it."""
        overlay = self._overlays.get(os.path.abspath(path)) if self._overlays else None
        if overlay is not None:
            return overlay.text
        self._note(path)
        data = content_of(path, limit)
        return None if data is None or len(data) > limit else decode(data)[0]

    def companion(self, path: str) -> Source | None:
        """Return a file other than Python, None if it cannot be had, is too large, or lies outside of the root.

        It lies where it is when all links are followed, so that none leads out of the root.
        """
        if path not in self._companions:
            path = os.path.abspath(path)
        if path in self._overlays:
            return self._overlays[path]
        if path not in self._companions:
            self._companions[path] = self._read_companion(path)
        if path not in self._outside:
            self._note(path)
        return self._companions[path]

    def _read_companion(self, path: str) -> Source | None:
        folder, _, name = path.rpartition(os.sep)
        real = self._real_folders.get(folder)
        if real is None:
            real = self._real_folders[folder] = os.path.realpath(folder or os.sep).rstrip(os.sep) + os.sep
        place = real + name
        try:
            mode = os.lstat(place).st_mode
        except (OSError, ValueError):
            mode = 0
        if not (os.path.realpath(place) if stat.S_ISLNK(mode) else place).startswith(self._real_root):
            self._outside.add(path)
            return None
        data = content_of(path) if mode else None
        if data is None or len(data) > SIZE_LIMIT:
            return None
        return Source.of_bytes(path, data, kind_of(path, data))

    @functools.cached_property
    def _real_root(self) -> str:
        return os.path.realpath(self.root).rstrip(os.sep) + os.sep

    def relative(self, path: str) -> str:
        """Return an absolute path as seen from the root, with slashes: as findings, patterns and tables name it."""
        root = f"{self.root}{os.sep}"
        normal = path.startswith(root) and f"{os.sep}." not in path and os.sep * 2 not in path
        inner = path[len(root) :] if normal else os.path.relpath(path, self.root)
        return inner.replace(os.sep, "/")

    def remembered(self, name: str, find: Callable[[], Found]) -> Found:
        """Return what `find` finds out about the project, which is asked for once under each name."""
        if name not in self._remembered:
            self._remembered[name] = find()
        found: Found = self._remembered[name]
        return found

    def files(self, pattern: str = "*.py") -> tuple[str, ...]:
        """Return the absolute paths of the first-party files whose name matches, sorted."""
        if pattern == "*":
            return self._inventory
        paths = self._matching.get(pattern)
        if paths is None:
            end, own = ending_of(pattern), self._inventory
            if end:
                paths = tuple([path for path in own if path.endswith(end)])
            else:
                is_wanted = any_of((pattern,))
                paths = tuple(path for path in own if is_wanted(os.path.basename(path)))
            self._matching[pattern] = paths
        return paths

    @functools.cached_property
    def _inventory(self) -> tuple[str, ...]:
        root, named = str(self.root), self.run.arguments
        if self.guessed:
            return tuple(sorted(walking.walk(root, self.run.exclude, STRAY_LIMIT)))
        if self.cache.directory is None or not named or any(map(os.path.isdir, named)):
            return tuple(sorted(walking.walk(root, self.run.exclude)))
        return tuple(sorted(walking.walk_again(root, self.run.exclude, self.cache)))

    @property
    def is_cut(self) -> bool:
        """Tell whether there is more below a root that is only guessed than is looked at."""
        return self.guessed and len(self._inventory) >= STRAY_LIMIT

    def owns(self, path: str) -> bool:
        """Tell whether an absolute path is one of the project's own files."""
        return path in self._owned

    @functools.cached_property
    def _owned(self) -> frozenset[str]:
        return frozenset(self._inventory)

    @property
    def overlays(self) -> tuple[Source, ...]:
        """The texts that stand for files on disk."""
        return tuple(self._overlays.values())

    @property
    def state(self) -> str | None:
        """A hash of the plan, the Python files and the import roots; None without a cache, or under an overlay."""
        return None if self._overlays else self.disk_state

    @functools.cached_property
    def disk_state(self) -> str | None:
        """Return what `state` is without overlays; None without a cache.

        A file's content is read and hashed only if its size, modification time or inode differ from what the cache
        remembers of it.
        """
        if self.cache.directory is None:
            return None
        stamps = itertools.chain.from_iterable(self.contents.items())
        return digest_of(str(self.root), self.plan.text, *self.config.roots, *stamps)

    @functools.cached_property
    def contents(self) -> dict[str, str]:
        """The hashes of what stands on disk in the Python files, by their paths; empty for what cannot be read."""
        watched = (path for path in self._inventory if path.endswith((".py", f"{os.sep}pyproject.toml")))
        stamps = self._stamps("manifest", watched)
        return dict(zip(stamps, stamps, strict=True))

    def digest_of(self, path: str) -> str | None:
        """Return the hash of what stands in a Python file of the project; None under an overlay, or without a cache.

        It is that of the text, too, where this is UTF-8 without a byte order mark and has no carriage returns.
        """
        return None if self.cache.directory is None or path in self._overlays else self.contents.get(path)

    @functools.cached_property
    def world(self) -> str | None:
        """Return a hash of all that a finding may depend on besides its file; None where `state` is None.

        That is the state, the options of the run, the other files that views read, with what was read besides them in
        earlier runs (an ignored `.env`), and the names of all others.
        """
        if self.state is None:
            return None
        self._watched = frozenset(path for path in self._inventory if _is_read(path)) | self._strays
        others = sorted(path for path in self._watched if not path.endswith(".py") or path in self._strays)
        self._listed = frozenset(os.path.dirname(path) for path in self._watched if path.endswith((".yml", ".yaml")))
        names = [path for path in self._inventory if path not in self._watched]
        names += [name for folder in sorted(self._listed) for name in (folder, *_names(folder))]
        options = replace(self.run, arguments=(), cache="", selected=frozenset(), tiers=frozenset())
        chosen = (*sorted(self.run.selected), "", *sorted(self.run.tiers))
        return digest_of(self.state, repr(options), *chosen, *self._stamps("others", others), *names)

    def _stamps(self, manifest: str, paths: Iterable[str]) -> Iterator[str]:
        """Yield each path and the hash of what is there, which is only read if it is not as the cache remembers it."""
        name = digest(str(self.root))
        known = self.cache.get(manifest, name)
        known = known if isinstance(known, dict) else {}
        stamps = {path: self._stamp(path, known.get(path)) for path in paths}
        if stamps != known:
            self.cache.put(manifest, name, stamps)
        for path, stamp in stamps.items():
            yield path
            yield str(stamp[3])

    def _stamp(self, path: str, known: object) -> list[object]:
        """Return a file's size, modification time, inode and content hash, the hash from `known` if the others agree.

        What is read for a hash is asked for by the views soon after.
        """
        try:
            status = os.stat(path)
        except OSError:
            return [0, 0, 0, ""]
        seen = [status.st_size, status.st_mtime_ns, status.st_ino]
        if isinstance(known, list) and known[:3] == seen:
            return known
        data = content_of(path, None)
        if path.endswith(".py"):
            self._decoded(path, data)
        return [*seen, "" if data is None else digest(data)]

    @functools.cached_property
    def _strays(self) -> frozenset[str]:
        """The files besides the inventory that earlier runs have read."""
        known = self.cache.get("strays", digest(str(self.root)))
        return frozenset(map(str, known)) if isinstance(known, list) else frozenset()

    def _note(self, path: str) -> None:
        """Note that a file is read; one that `world` does not cover is remembered for the next run."""
        if self._watched is None or path in self._watched or path in self._new_strays:
            return
        if os.path.dirname(path) in self._listed and not os.path.lexists(path):
            return
        self.strayed = True
        if len(self._new_strays) < _MAX_STRAYS and self.cache.directory is not None:
            self._new_strays.add(path)
            self.cache.put("strays", digest(str(self.root)), sorted(self._strays | self._new_strays))

    def import_roots(self, path: str) -> tuple[str, ...]:
        """Return the directories in which an absolute import of the file at `path` is looked up, nearest first."""
        named = path.rpartition(os.sep)[0]
        roots = self._import_roots.get(named)
        if roots is None:
            folder, root = os.path.dirname(os.path.abspath(path)), str(self.root)
            stated = (os.path.normpath(os.path.join(root, name)) for name in self.config.roots)
            found = itertools.chain(import_roots(folder, root), stated)
            roots = self._import_roots[named] = tuple(dict.fromkeys(found))
        return roots


def read_plan(text: str, root: Path, path: str) -> Plan:
    """Return the plan that a text states for the project at `root`, with every problem of it."""
    return _with_problems(configuration.read_config(text, root, path))


def _with_problems(plan: Plan) -> Plan:
    problems = deny_entries(plan)[1]
    for code in sorted(set(plan.config.severity) - known_codes()) if plan.config.severity else ():
        place = configuration.place_of_key(plan.text, (*plan.outer, "severity", code))
        problems.append(Problem(*place, f"no rule has the code `{code}`"))
    return replace(plan, problems=tuple(sorted((*plan.problems, *problems))))


@functools.cache
def known_codes() -> frozenset[str]:
    """Return the codes of all rules, by the names of their modules, which are not imported."""
    return frozenset(file.name[:6].upper() for file in Path(__file__).parent.glob("*/rules/pal[0-9][0-9][0-9]_*.py"))


def _is_read(path: str) -> bool:
    """Tell by its name whether some view may read a file."""
    name = os.path.basename(path)
    return name.endswith((".py", ".env")) or name.startswith(".env") or kind_by_name(path) is not FileKind.OTHER


def _names(folder: str) -> list[str]:
    try:
        return sorted(name for name in os.listdir(folder) if not name.startswith(".planalign"))
    except OSError:
        return []


def deny_entries(plan: Plan) -> tuple[dict[str, Entry], list[Problem]]:
    """Return the registry's entries of a plan's deny table, and what is wrong in it."""
    entries: dict[str, Entry] = {}
    problems: list[Problem] = []
    if not plan.config.deny:
        return entries, problems
    from flake8_planalign.registry import SchemaError, parse_entry

    for name, table in plan.config.deny.items():
        try:
            entries[name] = parse_entry(name, table)
        except SchemaError as error:
            place = configuration.place_of_key(plan.text, (*plan.outer, "deny", name))
            problems += [Problem(*place, f"deny.{text}") for text in error.problems]
    return entries, problems


def decode_python(data: bytes) -> str | None:
    r"""Return Python source text with `\n` line ends, as `tokenize.open` reads it; None if it is no text."""
    head = data[:512]
    try:
        if b"coding" in head and any(b"coding" in line for line in head.split(b"\n", 2)[:2]):
            encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
            text = data.decode(encoding)
        else:
            # As the codec `utf-8-sig` does, which is written in Python.
            text = data.removeprefix(codecs.BOM_UTF8).decode()
    except (SyntaxError, UnicodeError, LookupError):
        return None
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


@functools.cache
def _fingerprint() -> str:
    """Return a hash of the tool's own code, so that what other code has made of a file is never read.

    An installed tool has a RECORD with the hash of each file; in a checkout sizes and modification times tell.
    """
    here = os.path.dirname(__file__)
    record = content_of(os.path.join(os.path.dirname(here), f"flake8_planalign-{__version__}.dist-info", "RECORD"))
    if record is not None and b"flake8_planalign/project.py,sha256=" in record:
        return digest(record)[:_FINGERPRINT]
    seen: list[str] = []
    pending = [here]
    while pending:
        with os.scandir(pending.pop()) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                if entry.is_dir(follow_symlinks=False):
                    pending.append(entry.path)
                elif not entry.name.endswith(".pyc"):
                    status = entry.stat()
                    seen.append(f"{entry.path} {status.st_size} {status.st_mtime_ns}")
    return digest_of(*seen)[:_FINGERPRINT]


@of_the_run
@functools.cache
def _project(folder: str, run: Run) -> Project:
    if run.config:
        return _project_at(os.path.dirname(os.path.abspath(run.config)), run, guessed=False)
    root, guessed = find_root(folder, run.arguments)
    return _project_at(root, run, guessed=guessed)


@of_the_run
@functools.cache
def _project_at(root: str, run: Run, *, guessed: bool) -> Project:
    return Project(Path(root), run, guessed=guessed)
