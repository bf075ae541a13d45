"""The plan has an unknown key, a value of the wrong type, or a path that matches nothing.

## Why
A mistyped key is a rule that silently does not hold. So every problem of `[tool.planalign]` is told, all at once, each
at its key; what is wrong is left at its default, the rest holds.

## Bad
`pyproject.toml`:
```toml
[tool.planalign]
root = ["backend"]  # PAL903:0

[tool.planalign.layers]
service = ["src/servce"]  # PAL903:0

[tool.planalign.physical]
heap-share = 70  # PAL903:0

[tool.planalign.deny]
"legacy.client.fetch" = { kind = "netwrok" }  # PAL903:0
```

## Good
`pyproject.toml`:
```toml
[tool.planalign.physical]
heap-share = 0.70

[tool.planalign.deny]
"legacy.client.fetch" = { kind = "network", use = "legacy.aio.fetch" }

[tool.planalign.severity]
PAL114 = "medium"
```

## Limits
A value that spreads over several lines is reported at its key. Also printed on stderr once, for runs in which flake8
does not visit the config file.
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.rule import Finding, Rule, Severity
from flake8_planalign.tool.model import PlanProblem

RULE = Rule(
    code="PAL903",
    name="config-invalid",
    message="plan: {text}",
    severity=Severity.HIGH,
    story="PAL9",
    since="0.1.0",
)


@RULE.on(PlanProblem)
def check(problem: PlanProblem, _config: object) -> Iterator[Finding]:
    """Report the problem at its key."""
    yield RULE.finding(problem.position, text=problem.text)
