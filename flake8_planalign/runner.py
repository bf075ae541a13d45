"""The seam into flake8: files that are not Python, checked in the same run; the only patching in the project.

flake8 parses every file as Python before a plugin sees it. So two methods of its `FileChecker` are wrapped, on the
class that defines them, so that other plugins may still derive from it: `_make_processor`, which would decode an
archive as text, and `run_checks`, which would report a YAML file as a syntax error. A Python file's processor is
given the tree of its text where a view has parsed it before, so that it is not parsed twice.
"""

from __future__ import annotations

import argparse
import fnmatch
import functools
import inspect
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import flake8
from flake8 import checker, discover_files, processor, style_guide

from flake8_planalign import kinds
from flake8_planalign.carried import CarriedText
from flake8_planalign.collector import collector_off, settle_between_files, spare_new, unsettle
from flake8_planalign.config import DEFAULT_TIERS
from flake8_planalign.kinds import FileKind
from flake8_planalign.parsing import handed_over
from flake8_planalign.reading import bytes_of
from flake8_planalign.rule import Confidence

if TYPE_CHECKING:
    from flake8_planalign.baseline import Entry
    from flake8_planalign.config import Run
    from flake8_planalign.rule import Finding
    from flake8_planalign.source import Source

__all__ = [
    "claims", "fault", "first_python_file", "install", "is_stdin", "left", "run_of", "views_of", "with_known_tree",
]  # fmt: skip

#: In bytes; no reader of a text format takes more, and each says so itself.
READ_LIMIT = 32 * 2**20 + 1
#: In bytes; the reader of an archive opens it by itself.
HEAD_LIMIT = 2**16
#: How many of the command line's files are asked for their project before the run starts.
ARGUMENTS_LOOKED_AT = 100
#: How the names of reports and of k6's scripts end, which their content tells.
REPORTS = (".xml", ".csv", ".json", ".html", ".js", ".ts")
_METHODS = ("_make_processor", "run_checks")
_SOURCE = "_planalign_source"
_MARK = "_planalign_wrapped"
#: Said of a file that could not be read.
_UNREAD = "PAL902"
#: What switches the look for unused waivers on: its code, or its story.
_UNUSED = frozenset({"PAL904", "PAL90"})


def install(options: argparse.Namespace) -> None:
    """Let flake8 hand us companion files for this run; may be called any number of times."""
    patterns = _patterns(options)
    if not patterns or fault(options):
        return
    if options.filename:
        # An empty list matches every file already.
        options.filename = list(dict.fromkeys((*options.filename, *patterns)))
    for name, wrap in zip(_METHODS, (_wrap_make_processor, _wrap_run_checks), strict=True):
        owner = _owner(name)
        if owner is not None and not hasattr(owner.__dict__[name], _MARK):
            wrapper = wrap(owner.__dict__[name])
            setattr(wrapper, _MARK, True)
            setattr(owner, name, wrapper)


def fault(options: argparse.Namespace) -> str | None:
    """Return what this version of flake8 lacks for the seam; None if nothing, or if no companion file is wanted."""
    if options.planalign_files is not None and not options.planalign_files:
        return None
    for name in _METHODS:
        if _owner(name) is None:
            return f"flake8 {flake8.__version__} has no FileChecker.{name}"
    if not _takes_lines(getattr(processor, "FileProcessor", object)):
        return f"flake8 {flake8.__version__} has no FileProcessor(filename, options, lines)"
    return None


@functools.cache
def _takes_lines(processor_class: type) -> bool:
    """Tell whether flake8's processor of a file can be made of lines; asked for every file, so the answer is kept."""
    return {"filename", "options", "lines"} <= set(inspect.signature(processor_class).parameters)


def _owner(name: str) -> type | None:
    """Return the class that defines a method of the file checker that is in force, which a plugin may have replaced."""
    current = getattr(checker, "FileChecker", None)
    return next(
        (owner for owner in getattr(current, "__mro__", ()) if inspect.isfunction(owner.__dict__.get(name))), None
    )


def _patterns(options: argparse.Namespace) -> list[str]:
    chosen: list[str] | None = options.planalign_files
    return [*kinds.discovery_patterns(), *_evidence(options)] if chosen is None else chosen


def _evidence(options: argparse.Namespace) -> list[str]:
    """Return the reports and scripts that the plans of the run's projects name, as patterns for what flake8 walks."""
    from flake8_planalign.project import Project

    found: dict[str, None] = {}
    for name in run_of(options).arguments[:ARGUMENTS_LOOKED_AT]:
        folder = name if os.path.isdir(name) else os.path.dirname(name)
        scenarios = Project.of(os.path.join(folder, "file"), run_of(options)).config.scenarios.values()
        found |= dict.fromkeys(f"*{pattern}" for scenario in scenarios for pattern in scenario.evidence)
        tests = (pattern for scenario in scenarios for pattern in scenario.tests)
        found |= dict.fromkeys(f"*{pattern}" for pattern in tests if pattern.endswith((".js", ".ts")))
    return list(found)


def claims(path: str, options: argparse.Namespace) -> bool:
    """Tell whether a file is ours: a kind that is read, or one that the user named, but never Python."""
    chosen: list[str] | None = options.planalign_files
    if path.endswith(".py") or (chosen is not None and not chosen):
        return False
    kind = kinds.kind_by_name(path)
    if kind is FileKind.PYTHON:
        return False
    wanted = _evidence(options) if chosen is None and path.endswith(REPORTS) else chosen
    return kind in kinds.READ or (wanted is not None and kinds.matches(path, wanted))


def _is_astray(path: str, options: argparse.Namespace) -> bool:
    """Tell whether flake8 has come to a file by our patterns alone although it is not ours.

    The `*` of a pattern takes slashes as well, so that `*drift*.csv` leads to `drift/data.csv`; kinds go by last names.
    """
    if path.endswith(".py") or path == "-" or path in options.filenames or not options.filename:
        return False
    own = frozenset(_patterns(options))
    others = [pattern for pattern in options.filename if pattern not in own]
    return not any(fnmatch.fnmatch(path, pattern) for pattern in others)


def first_python_file(options: argparse.Namespace) -> str | None:
    """Return the absolute path of the first Python file of the run, which every worker finds to be the same."""
    paths = discover_files.expand_paths(
        paths=options.filenames,
        stdin_display_name=options.stdin_display_name,
        filename_patterns=options.filename,
        exclude=(*options.exclude, *(options.extend_exclude or ())),
    )
    named = (options.stdin_display_name if path == "-" else path for path in paths if not _is_astray(path, options))
    return min((os.path.abspath(path) for path in named if not claims(path, options)), default=None)


def is_stdin(options: argparse.Namespace) -> bool:
    """Tell whether the text of this run comes from stdin."""
    return "-" in (options.filenames or ())


@functools.cache
def _stdin() -> bytes:
    return sys.stdin.buffer.read(READ_LIMIT)


def _source(filename: str, options: argparse.Namespace) -> Source | None:
    """Return the companion file behind a name that flake8 walked to, None if it is not ours; raises OSError."""
    path = (options.stdin_display_name or "stdin") if filename == "-" else filename
    if not claims(path, options):
        return None
    from flake8_planalign.source import WITHOUT_TEXT, Source

    if filename == "-":
        data = _stdin()
        return Source.of_bytes(path, data, kinds.kind_of(path, data))
    binary = kinds.kind_by_name(path) in WITHOUT_TEXT
    data = bytes_of(path, HEAD_LIMIT if binary else READ_LIMIT)
    return Source.of_bytes(path, data, kinds.kind_of(path, data), whole=not binary)


def _wrap_make_processor(original: Any) -> Any:
    @functools.wraps(original)
    def make_processor(self: Any) -> Any:
        try:
            source = _source(self.filename, self.options)
        except OSError as error:
            # Without a line flake8 would open the file to look for a comment in it.
            self.results.append(("E902", 0, 0, f"{type(error).__name__}: {error}", ""))
            return None
        if source is None:
            return None if _is_astray(self.filename, self.options) else with_known_tree(original(self))
        setattr(self, _SOURCE, source)
        made = processor.FileProcessor(self.filename, self.options, lines=list(source.noqa_lines))
        made.filename = source.path
        return made

    return make_processor


def with_known_tree(made: Any) -> Any:
    """Return flake8's processor of a Python file, which takes the tree of that text if a view has it already.

    A text that nests too deeply for Python's own parser is a file that cannot be read, as one that is no Python: flake8
    knows nothing of that error, and one such file would be the end of the run.
    """
    build = getattr(made, "build_ast", None)
    if build is None:
        return made

    def known_or_built() -> Any:
        made.__dict__.pop("build_ast", None)  # asked once; what refers to itself waits for the garbage collector
        tree = handed_over(made.lines)
        try:
            return build() if tree is None else tree
        except (RecursionError, MemoryError) as error:
            message = "nested too deeply for Python's parser"
            raise SyntaxError(message) from error

    made.build_ast = known_or_built
    return made


def _wrap_run_checks(original: Any) -> Any:
    @functools.wraps(original)
    def run_checks(self: Any) -> Any:
        settle_between_files()
        source: Source | None = getattr(self, _SOURCE, None)
        if source is None and is_stdin(self.options):
            # One buffer makes little garbage, and an editor waits for it; nor is all of it walked once when it is done.
            with collector_off():
                result = original(self)
                spare_new()
            return result
        if source is None:
            return original(self)
        if self.should_process:
            _check(self, source)
        return self.display_name, self.results, self.statistics

    return run_checks


def _check(file_checker: Any, source: Source) -> None:
    from flake8_planalign import engine
    from flake8_planalign.project import Project

    project = Project.of(source.path, run_of(file_checker.options))
    if is_stdin(file_checker.options):
        project.overlay(source)
    views = views_of(source.path, file_checker.options)
    findings = engine.check(source, project, views)
    kept = left(findings, source, file_checker.options)
    # What could not be read stays unread for who counts what was judged, so it is let pass as by a comment.
    unread = [finding for finding in findings if finding.code == _UNREAD and finding not in kept]
    for finding in (*kept, *(() if file_checker.options.disable_noqa else unread)):
        line, column = finding.position.line, finding.position.column
        text = CarriedText(finding.message, finding)
        waiver = f"# noqa: {_UNREAD}" if finding in unread else source.noqa(line)
        file_checker.results.append((finding.code, line, column, text, waiver))


def left(findings: list[Finding], source: Source, options: argparse.Namespace) -> list[Finding]:
    """Return the findings that the run's baseline, if there is one, does not let pass."""
    if not options.planalign_baseline:
        return findings
    from flake8_planalign import baseline

    kept = baseline.without(source.path, findings, source.lines, options.planalign_baseline)
    run = run_of(options)
    whole = run.min_confidence is Confidence.PROBABLE and run.tiers >= DEFAULT_TIERS
    if whole and run.selected & _UNUSED:
        idle = baseline.idle(source.path, findings, source.lines, options.planalign_baseline)
        kept += _unused(idle, source, run)
    return kept


def _unused(entries: list[Entry], source: Source, run: Run) -> list[Finding]:
    """Return the findings that entries of the baseline hide nothing; a rule that is off may have found them."""
    if not entries:
        return []
    from flake8_planalign import engine
    from flake8_planalign.project import Project
    from flake8_planalign.rule import Position
    from flake8_planalign.tool.model import UnusedWaiver

    off = {rule.code for view in engine.VIEWS for rule in engine.rules_of(view) if not rule.on_by_default}
    project = Project.of(source.path, run)
    nodes: list[UnusedWaiver] = []
    for entry in entries:
        if entry.code in off - run.selected:
            continue
        line = min(max(entry.line, 1), max(len(source.lines), 1))
        text = source.lines[line - 1] if source.lines else ""
        column = len(text) - len(text.lstrip())
        what, why = f"the baseline's entry `{entry.code} {entry.message}`", "the finding is gone"
        remedy = "run `planalign baseline` again"
        nodes.append(UnusedWaiver(Position(line, column, line, column), what, why, remedy))
    return engine.reported(engine.judge("tool", nodes, project, []), project)


_last_guide: tuple[argparse.Namespace, Any, dict[int, frozenset[str]]] | None = None


def views_of(filename: str, options: argparse.Namespace) -> frozenset[str]:
    """Return the views of which flake8 may show a finding in a file, as `select`, `ignore` and their like stand.

    These are all of them where an unused waiver is looked for, for which what it hides has to be known, and where
    flake8's decisions cannot be asked for.
    """
    global _last_guide
    if _last_guide is None or _last_guide[0] is not options:
        _last_guide = options, None if options.planalign_every_view else _guide(options), {}
    _, guide, known = _last_guide
    if guide is None or run_of(options).selected & _UNUSED:
        from flake8_planalign import engine

        return engine.EVERY_VIEW
    # The same guide decides for all files that no option tells apart, and one for all where no file has its own.
    decider = guide.default_style_guide if len(guide.style_guides) == 1 else guide.style_guide_for(filename)
    views = known.get(id(decider))
    if views is None:
        views = known[id(decider)] = _shown_by(decider.should_report_error)
    return views


def _shown_by(decide: Callable[[str], style_guide.Decision]) -> frozenset[str]:
    from flake8_planalign import engine

    return frozenset(
        name
        for name in engine.VIEWS
        if any(decide(code) is style_guide.Decision.Selected for code in engine.codes_of(name))
    )


def _guide(options: argparse.Namespace) -> Any:
    """Return what flake8 decides by, without the formatter that it is made with; None if it is made otherwise."""
    try:
        guide = style_guide.StyleGuideManager(options, None)
        guide.style_guide_for("").should_report_error("PAL100")
        len(guide.style_guides), guide.default_style_guide
    except (AttributeError, TypeError, ValueError):
        return None
    return guide


_last_run: tuple[argparse.Namespace, object, Run] | None = None


def run_of(options: argparse.Namespace) -> Run:
    """Return what a project needs to know of flake8's options; the last answer is kept, since a run has one.

    New options or a new list of files begin another run, which knows nothing of the disk yet.
    """
    global _last_run
    if _last_run is None or _last_run[0] is not options or _last_run[1] is not options.filenames:
        from flake8_planalign import memos
        from flake8_planalign.config import Run

        memos.forget()
        unsettle()
        run = Run(
            tiers=options.planalign_tiers,
            min_confidence=options.planalign_min_confidence,
            cache=options.planalign_cache,
            config=options.planalign_config,
            exclude=(*options.exclude, *(options.extend_exclude or ())),
            arguments=tuple(options.filenames or (".",)),
            selected=frozenset((*(options.select or ()), *(options.extend_select or ()))),
        )
        _last_run = options, options.filenames, run
    return _last_run[2]
