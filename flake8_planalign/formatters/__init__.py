"""Reports for flake8's `--format`, of every plugin's findings: `planalign-github`, `-gitlab`, `-sarif` and others.

flake8 imports every report plugin in every run, so the renderers are imported when one is used.
"""

from __future__ import annotations

from flake8_planalign.formatters.whole import WholeReport

__all__ = ["GitHub", "GitLab", "Html", "JUnit", "Sarif"]


class GitHub(WholeReport):
    """Annotations of a GitHub workflow, as commands on its output."""

    renderer = "github"


class GitLab(WholeReport):
    """GitLab's Code Quality report."""

    renderer = "gitlab"


class Sarif(WholeReport):
    """The Static Analysis Results Interchange Format, 2.1.0."""

    renderer = "sarif"


class JUnit(WholeReport):
    """JUnit XML, in which a finding is a failed test case."""

    renderer = "junit"


class Html(WholeReport):
    """One self-contained page."""

    renderer = "html"
