"""A report of a scenario's last run that shows failures, skipped tests or failed requests.

## Why

A scenario is proven by a run that passed. A report that is kept as evidence and shows a failed case, a skipped one or
failed requests proves the contrary, and it is usually kept because nobody opened it.

## Bad

`reports/drift.xml`:

```xml
<?xml version="1.0"?>
<testsuites>
  <testsuite name="pytest" tests="3" failures="1" skipped="1">
    <testcase classname="tests.test_drift" name="test_income_drift"/>
    <testcase classname="tests.test_drift" name="test_age_drift">
      <failure message="assert 0 == 1">no pipeline run</failure>
    </testcase>
    <testcase classname="tests.test_drift" name="test_export"><skipped message="no cluster"/></testcase>
  </testsuite>
</testsuites>
```

`reports/hot-swap_stats.csv`:

```csv
Type,Name,Request Count,Failure Count,Median Response Time
POST,/scores,9000,12,31
POST,/model/reload,3,0,210
,Aggregated,9003,12,31
```

`reports/swap-summary.json`:

```json
{
  "metrics": {
    "http_req_failed": {"passes": 12, "fails": 988, "value": 0.012},
    "http_req_duration": {"p(95)": 900, "thresholds": {"p(95)<500": true}}
  }
}
```

`reports/swap.html`:

```html
<title>Locust</title>
<script>
  window.templateArgs = {"is_report": true, "requests_statistics": [
    {"method": "POST", "name": "/scores", "num_failures": 12, "num_requests": 9000},
    {"method": "", "name": "Aggregated", "num_failures": 12, "num_requests": 9000}
  ]}
</script>
```

```expect
reports/swap.html:4:42 PAL523
reports/drift.xml:5:4 PAL523
reports/drift.xml:8:4 PAL523
reports/hot-swap_stats.csv:2:0 PAL523
reports/swap-summary.json:3:4 PAL523
reports/swap-summary.json:4:4 PAL523
```

## Good

`reports/drift.xml`:

```xml
<testsuite name="pytest"><testcase name="test_income_drift"/><testcase name="test_age_drift"/></testsuite>
```

`reports/hot-swap_stats.csv`:

```csv
Type,Name,Request Count,Failure Count
POST,/scores,9000,0
,Aggregated,9000,0
```

`reports/swap.html`:

```html
<title>Locust</title>
<script>
  window.templateArgs = {"requests_statistics": [{"method": "GET", "name": "/", "num_failures": 0}]}
</script>
```

`reports/swap-summary.json`:

```json
{"metrics": {"http_req_failed": {"passes": 0, "fails": 1000, "value": 0}, "checks": {"fails": 0, "passes": 3}}}
```

Reports of other things are not evidence of a scenario:

`reports/unit.xml`:

```xml
<testsuite name="unit"><testcase name="test_parse"><failure message="no"/></testcase></testsuite>
```

## Options

`evidence` in `[tool.planalign.scenarios.NAME]`: globs of reports, whatever their names. Without it, reports
whose file or suite is named after drift, a swap or zero downtime count.

## References

- [Locust: retrieving test statistics in CSV format](https://docs.locust.io/en/stable/retrieving-stats.html)
- [k6: end-of-test summary](https://grafana.com/docs/k6/latest/results-output/end-of-test/custom-summary/)
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.rule import Finding, Rule, Severity
from flake8_planalign.scenario.model import SWAP, Failing

RULE = Rule(
    code="PAL523",
    name="evidence-failed",
    message="the last run of `{scenario}` did not pass: {what}; mend it and run the scenario again",
    severity=Severity.HIGH,
    story=SWAP,
    since="0.1.0",
)


@RULE.on(Failing)
def check(failing: Failing, _config: object) -> Iterator[Finding]:
    """Report what did not pass."""
    yield RULE.finding(failing.position, scenario=failing.scenario, what=failing.what)
