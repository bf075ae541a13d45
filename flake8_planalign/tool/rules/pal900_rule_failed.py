"""A rule or a reader raised; its findings for this file are missing.

## Why
A rule that fails must not hide what the others found, and must not be silent either: a clean report would then mean
nothing. The run goes on without it, and the text gives what a bug report needs.

## Bad
```text
app/api.py:12:5: PAL900 rule PAL111 (blocking-sleep) failed: KeyError: 'name' at pal111_blocking_sleep.py:41; ...
```

## Good
Nothing: the code under check is not at fault. Report the finding to the makers of flake8-planalign, with the file if
you can share it. Until it is mended, `per-file-ignores = app/api.py:PAL900` keeps the pipeline going.

## Limits
One finding for each rule and file, at the place that the rule was looking at when it is known.
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.rule import Finding, Rule, Severity
from flake8_planalign.tool.model import Failure

RULE = Rule(
    code="PAL900",
    name="rule-failed",
    message="{who} failed: {error} at {where}; the run goes on without it, please report it to flake8-planalign",
    severity=Severity.MEDIUM,
    story="PAL9",
    since="0.1.0",
)


@RULE.on(Failure)
def check(failure: Failure, _config: object) -> Iterator[Finding]:
    """Report the failure at the place that was being judged."""
    yield RULE.finding(failure.position, who=failure.who, error=failure.error, where=failure.where)
