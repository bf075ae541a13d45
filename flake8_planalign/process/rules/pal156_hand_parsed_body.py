"""An endpoint that parses its body by hand instead of declaring a model.

## Why

`data["amount"]` answers a request without an amount with 500 instead of 422, takes a string where a number belongs, and
shows nothing in the API's schema. FastAPI does all of it for a Pydantic model in the signature.

## Bad

```python
import json

from fastapi import FastAPI, Request

app = FastAPI()

@app.post("/scores")
async def score(request: Request):
    data = await request.json()  # PAL156:17
    return data["amount"] * 2

@app.post("/limits")
async def limit(request: Request):
    body = await request.body()
    limits = json.loads(body)  # PAL156:13
    if limits.get("daily") is None:
        return (await request.json())["weekly"]  # PAL156:22
    return limits["daily"]
```

## Good

```python
import json

from fastapi import FastAPI, Request
from pydantic import BaseModel

app = FastAPI()

class Score(BaseModel):
    amount: float

@app.post("/scores")
async def score(score: Score):
    return score.amount * 2

@app.post("/proxy")
async def proxy(request: Request, upstream):
    return await upstream.send(await request.json())

@app.post("/hooks")
async def hook(request: Request, verify_signature):
    body = await request.body()
    verify_signature(body)
    return json.loads(body)["event"]

async def read(response):
    data = await response.json()
    return data["amount"]
```

JSON-RPC answers wrong input in a form of its own:

```python
from fastapi import FastAPI, Request

app = FastAPI()

@app.post("/rpc")
async def rpc(request: Request):
    body = await request.json()
    return {"jsonrpc": "2.0", "id": body.get("id"), "result": body["method"]}
```

## Limits

Only FastAPI's endpoints; one that verifies a signature or passes the body on is silent.

## References

- [FastAPI: request body](https://fastapi.tiangolo.com/tutorial/body/)
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.process.routes import HandParsedBody
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL156",
    name="hand-parsed-body",
    message="`{endpoint}` picks its input out of `{call}` by hand, so wrong input is not refused with what is wrong;"
    " declare a Pydantic model in its signature",
    severity=Severity.MEDIUM,
    story="PROC-REV-01-05",
    since="0.1.0",
)


@RULE.on(HandParsedBody)
def check(body: HandParsedBody, _config: object) -> Iterator[Finding]:
    """Report bodies that an endpoint parses itself."""
    yield RULE.finding(body.position, endpoint=body.endpoint, call=body.call)
