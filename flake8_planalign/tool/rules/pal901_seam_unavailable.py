"""flake8 is not built as this plugin knows it; non-Python files are not checked.

## Why
flake8 hands plugins Python files only. The checks of Compose, SQL, requirements and models are let in through two
methods of flake8 that are not its public interface. Where a version of flake8 lacks one of them, the Python rules
still work, but a clean report would say nothing about all the other files.

## Bad
```text
app/__init__.py:1:1: PAL901 flake8 8.0.0 has no FileChecker.run_checks, so only Python files are checked; ...
```

## Good
Install a version of flake8 that this plugin supports (`flake8>=7.0,<8`), or switch the other files off with
`--planalign-files=`, which says that they are not to be checked.

## Limits
Reported once, at the first Python file of the run; also on stderr.
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.rule import Finding, Rule, Severity
from flake8_planalign.tool.model import SeamFault

RULE = Rule(
    code="PAL901",
    name="seam-unavailable",
    message="{text}, so only Python files are checked; install flake8>=7.0,<8 or switch the others off with "
    "--planalign-files=",
    severity=Severity.HIGH,
    story="PAL9",
    since="0.1.0",
)


@RULE.on(SeamFault)
def check(fault: SeamFault, _config: object) -> Iterator[Finding]:
    """Report what flake8 lacks."""
    yield RULE.finding(fault.position, text=fault.text)
