"""A test of a model swap under load that passes whatever fails.

## Why

The swap has to be free of downtime; a load test that sends requests and asserts nothing about their answers only shows
that the client survived. Locust counts failures and ends with an exit code for them, unless it is told not to.

## Bad

`tests/test_swap.py`:

```python
import asyncio
import h2o

async def test_swap_under_load(client):  # PAL522:10
    async with asyncio.TaskGroup() as group:
        for _ in range(200):
            group.create_task(client.post("/scores"))
        group.create_task(client.post("/model/reload"))
    assert client.get("/model").json()["name"] == "second"
```

`load/locustfile.py`:

```python
import h2o
from locust import HttpUser, events, task

class Applicant(HttpUser):  # PAL522:6
    @task
    def score(self):
        self.client.post("/scores")

    @task
    def reload_model(self):
        with self.client.post("/model/reload", catch_response=True) as response:
            response.success()
```

`load/swap.js`:

```js
import http from "k6/http";
import { check } from "k6";

export const options = { vus: 50, duration: "60s", thresholds: { http_req_duration: ["p(95)<500"] } };

export default function () { // PAL522:0
  check(http.post("http://service/scores"), { "is 200": (answer) => answer.status === 200 });
  http.post("http://service/model/reload");
}
```

`src/pipeline/train.py`:

```python
import h2o
```

## Good

`tests/test_swap.py`:

```python
import asyncio
import h2o

async def test_swap_under_load(client):
    async with asyncio.TaskGroup() as group:
        asked = [group.create_task(client.post("/scores")) for _ in range(200)]
        group.create_task(client.post("/model/reload"))
    assert all(task.result().status_code < 500 for task in asked)
```

`load/locustfile.py`:

```python
import h2o
from locust import HttpUser, task

class Applicant(HttpUser):
    @task
    def score(self):
        with self.client.post("/scores", catch_response=True) as response:
            if "score" in response.text:
                response.success()

    @task
    def reload_model(self):
        self.client.post("/model/reload")
```

`load/swap.js`:

```js
import http from "k6/http";

export const options = {
  vus: 50,
  thresholds: { http_req_failed: ["rate==0"], "http_req_duration{expected_response:true}": ["p(95)<500"] },
};

export default function () {
  http.post("http://service/scores");
  http.post("http://service/model/reload");
}
```

`src/pipeline/train.py`:

```python
import h2o
```

## Limits

Of a project's tests none is reported if one of them minds failures. A k6 script is judged if its name speaks of k6, a
swap or zero downtime, or if the plan names it. A script whose options come from elsewhere is not judged.

## References

- [Locust: controlling the exit code](https://docs.locust.io/en/stable/running-without-web-ui.html)
- [k6: thresholds](https://grafana.com/docs/k6/latest/using-k6/thresholds/)
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.rule import Finding, Rule, Severity
from flake8_planalign.scenario.model import SWAP, SwapTest

RULE = Rule(
    code="PAL522",
    name="swap-test-allows-errors",
    message="`{name}` swaps the model under load and passes whatever fails: {how}; make it fail on any failed request",
    severity=Severity.MEDIUM,
    story=SWAP,
    since="0.1.0",
)


@RULE.on(SwapTest)
def check(test: SwapTest, _config: object) -> Iterator[Finding]:
    """Report swap tests that let failures pass."""
    if not test.minds_failures:
        yield RULE.finding(test.position, name=test.name, how=test.how)
