"""The flake8 plugins, one for each view, and the one analysis of each file that they share."""

from __future__ import annotations

import argparse
import ast
import multiprocessing
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from flake8_planalign import __version__, runner
from flake8_planalign.carried import CarriedText
from flake8_planalign.collector import spare
from flake8_planalign.config import DEFAULT_TIERS, TIERS
from flake8_planalign.kinds import FileKind
from flake8_planalign.rule import Confidence

if TYPE_CHECKING:
    from flake8_planalign.rule import Finding

__all__ = ["DevelopmentView", "LogicalView", "PhysicalView", "ProcessView", "ScenarioView", "ToolItself"]

Result = tuple[int, int, str, type]


class ProcessView:
    """PAL1: what runs on the event loop, and how it fails.

    flake8 takes a code only from who has registered its beginning, so there are six entry points. It asks each of them
    for each file, but one analysis finds what all have to say: this one yields that, and the others yield nothing.
    """

    name, version = "flake8-planalign", __version__

    def __init__(self, tree: ast.Module, filename: str, lines: list[str], options: argparse.Namespace) -> None:
        self.tree, self.filename, self.lines, self.options = tree, filename, lines, options

    def run(self) -> list[Result]:
        """Return the findings of all views as flake8 wants them: line, column, text, type."""
        return [
            (
                finding.position.line,
                finding.position.column,
                CarriedText(f"{finding.code} {finding.message}", finding),
                type(self),
            )
            for finding in _analyse(self.tree, self.filename, self.lines, self.options)
        ]


class _Registered:
    """An entry point whose findings `ProcessView` yields; that it asks for no more than the tree spares time."""

    name, version = "flake8-planalign", __version__

    def __init__(self, tree: ast.Module) -> None:
        pass

    def run(self) -> tuple[()]:
        """Return nothing."""
        return ()


class LogicalView(_Registered):
    """PAL2: the data model."""


class DevelopmentView(_Registered):
    """PAL3: models as artifacts, pins, layers."""


class PhysicalView(_Registered):
    """PAL4: memory, network, volumes."""


class ScenarioView(_Registered):
    """PAL5: what must be proven by tests."""


class ToolItself(_Registered):
    """PAL9: the tool itself; it alone owns the options."""

    @staticmethod
    def add_options(manager: Any) -> None:
        """Declare what a person switches per run; the plan itself stands in the project's config file."""
        manager.add_option(
            "--planalign-files",
            metavar="patterns",
            default=None,
            parse_from_config=True,
            comma_separated_list=True,
            help="Names of further files to check, as shell patterns; empty for Python files only. "
            "(Default: Compose, Kubernetes and other YAML, and the plan.)",
        )
        manager.add_option(
            "--planalign-cache",
            metavar="path",
            default="",
            parse_from_config=True,
            normalize_paths=True,
            help="Directory for facts about unchanged files, or `off`. (Default: .planalign_cache in the project.)",
        )
        manager.add_option(
            "--planalign-min-confidence",
            metavar="level",
            default=Confidence.PROBABLE.value,
            type=_confidence,
            parse_from_config=True,
            help="`certain` to report only what the facts prove. (Default: probable.)",
        )
        manager.add_option(
            "--planalign-tiers",
            metavar="tiers",
            default=",".join(tier for tier in TIERS if tier in DEFAULT_TIERS),
            type=_tiers,
            parse_from_config=True,
            help=f"What blocking calls may wait for to be reported: `all`, or some of {', '.join(TIERS)}. "
            "(Default: %(default)s.)",
        )
        manager.add_option(
            "--planalign-config",
            metavar="path",
            default="",
            parse_from_config=True,
            normalize_paths=True,
            help="The file that holds the plan. (Default: planalign.toml or pyproject.toml, found upwards.)",
        )

        manager.add_option(
            "--planalign-baseline",
            metavar="path",
            default="",
            parse_from_config=True,
            normalize_paths=True,
            help="A file of `planalign baseline`, whose findings are left out.",
        )
        # What a command of ours asks for that tells what options leave out; no help, since nobody else needs it.
        manager.add_option("--planalign-every-view", action="store_true", default=False, help=argparse.SUPPRESS)

    @staticmethod
    def parse_options(options: argparse.Namespace) -> None:
        """Install the seam; in the parent process, also say what no file's findings may show."""
        runner.install(options)
        if multiprocessing.parent_process() is None:
            for line in _announcements(options):
                print(f"flake8-planalign: {line}", file=sys.stderr)
            spare()


def _confidence(text: str) -> Confidence:
    try:
        return Confidence(text.strip())
    except ValueError:
        msg = f"{text!r} is neither `certain` nor `probable`"
        raise argparse.ArgumentTypeError(msg) from None


def _tiers(text: str) -> frozenset[str]:
    tiers = frozenset(text.replace(",", " ").split())
    if tiers == {"all"}:
        return frozenset(TIERS)
    if unknown := sorted(tiers - set(TIERS)):
        msg = f"unknown tier {', '.join(unknown)}; there are {', '.join(TIERS)}, and `all`"
        raise argparse.ArgumentTypeError(msg)
    return tiers


def _announcements(options: argparse.Namespace) -> Iterator[str]:
    from flake8_planalign.project import Project

    if options.planalign_baseline:
        from flake8_planalign.baseline import BaselineError, read

        try:
            read(options.planalign_baseline)
        except BaselineError as error:
            yield f"{options.planalign_baseline}: {error}, so nothing is left out"
    if missing := runner.fault(options):
        yield f"PAL901 {missing}, so only Python files are checked"
    run = runner.run_of(options)
    names = [
        options.stdin_display_name if name == "-" else name for name in run.arguments[: runner.ARGUMENTS_LOOKED_AT]
    ]
    folders = dict.fromkeys(name if os.path.isdir(name) else os.path.dirname(name) for name in names)
    projects = dict.fromkeys(Project.of(os.path.join(folder, "file"), run) for folder in folders)
    for project in projects:
        problems = project.plan.problems
        if problems:
            more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
            yield f"PAL903 {os.path.relpath(project.plan.path or '')}:{problems[0].line}: {problems[0].text}{more}"


def _analyse(tree: ast.Module, filename: str, lines: list[str], options: argparse.Namespace) -> list[Finding]:
    from flake8_planalign import engine
    from flake8_planalign.project import Project
    from flake8_planalign.source import Source

    source = Source(filename, FileKind.PYTHON, lines, tree)
    project = Project.of(filename, runner.run_of(options))
    if runner.is_stdin(options):
        project.overlay(source)
    # Others (flake8-noqa) ask what a comment hides, and see what flake8 will not show.
    views = engine.EVERY_VIEW if "noqa" in source.text.lower() else runner.views_of(filename, options)
    findings = runner.left(engine.check(source, project, views), source, options)
    missing = project.remembered("what the seam lacks", lambda: runner.fault(options))
    if missing and os.path.abspath(filename) == runner.first_python_file(options):
        findings += engine.seam_fault(missing, project)
    return findings
