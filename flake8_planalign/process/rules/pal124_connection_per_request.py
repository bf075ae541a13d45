"""A database connection that is opened for every request.

## Why

Opening a connection to PostgreSQL costs a TCP and TLS handshake, authentication and a new server process: tens of
milliseconds, before the first query. And nothing bounds how many are open at once.

## Bad

```python
import asyncpg
from fastapi import FastAPI

app = FastAPI()

@app.get("/scores")
async def scores():
    connection = await asyncpg.connect("postgresql://database/scores")  # PAL124:23
    return await connection.fetch("SELECT * FROM scores")
```

```python
import aiomysql
from fastapi import FastAPI

app = FastAPI()

@app.get("/scores")
async def scores():
    connection = await aiomysql.connect(host="database", db="scores")  # PAL124:23
    return await connection.cursor()
```

`app/database.py`:

```python
import psycopg

async def open_connection():
    return await psycopg.AsyncConnection.connect("dbname=scores")  # PAL124:17
```

`app/main.py`:

```python
from fastapi import Depends, FastAPI

from app.database import open_connection

app = FastAPI()

@app.get("/scores")
async def scores(connection=Depends(open_connection)):
    return await connection.execute("SELECT * FROM scores")
```

## Good

```python
import asyncpg
from fastapi import FastAPI, Request

app = FastAPI()

@app.get("/scores")
async def scores(request: Request):
    async with request.app.state.pool.acquire() as connection:
        return await connection.fetch("SELECT * FROM scores")

pool = None

async def connection():
    if pool:
        async with pool.acquire() as taken:
            yield taken
    else:  # migrations have no pool
        yield await asyncpg.connect("postgresql://database/scores")

@app.get("/counts")
async def counts():
    async for taken in connection():
        return await taken.fetch("SELECT count(*) FROM scores")

async def migrate():
    connection = await asyncpg.connect("postgresql://database/scores")
    await connection.execute("SELECT 1")
```

## References

- [asyncpg: connection pools](https://magicstack.github.io/asyncpg/current/usage.html#connection-pools)
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.process.pools import PoolCreation, confidence_in
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL124",
    name="connection-per-request",
    message="`{maker}` opens a connection for every request ({way}); take one from a pool that is made once",
    severity=Severity.MEDIUM,
    story="PROC-REV-01-02",
    since="0.1.0",
)


@RULE.on(PoolCreation)
def check(creation: PoolCreation, _config: object) -> Iterator[Finding]:
    """Report connections on a request path."""
    if creation.sort == "connection" and creation.way is not None:
        yield RULE.finding(
            creation.position, confidence=confidence_in(creation.way), maker=creation.maker, way=creation.way
        )
