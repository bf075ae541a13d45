"""A synchronous database driver in the service layer.

## Why

Whoever imports `psycopg2` into the service will call it from a coroutine sooner or later, and then every query stops
the event loop. The plan keeps synchronous drivers to pipelines and migrations.

## Bad

```toml
[tool.planalign.layers]
service = ["service"]
```

`service/database.py`:

```python
import psycopg2  # PAL121:7
from pymysql import connect  # PAL121:20
from sqlalchemy import create_engine

URL = "postgresql://database/scores"
engine = create_engine(URL)  # PAL121:9
other = create_engine("postgresql+asyncpg://database/scores")  # PAL121:8

def open_both():
    return psycopg2.connect("dbname=scores"), connect(host="database")
```

```toml
[tool.planalign.layers]
service = ["service"]
```

`service/legacy.py`:

```python
import cx_Oracle  # PAL121:7
import MySQLdb  # PAL121:7
import oracledb  # PAL121:7
import psycopg  # PAL121:7
import pymssql  # PAL121:7
from psycopg import connect  # PAL121:20

def open_all():
    connect("dbname=scores")
    return cx_Oracle.connect(), MySQLdb.connect(), oracledb.connect(), pymssql.connect(), psycopg.connect()
```

Without layers in the plan, the service is what declares an application or a router, and what that imports.

`app/main.py`:

```python
from fastapi import FastAPI

from app.scores import read

app = FastAPI()
app.add_api_route("/scores", read)
```

`app/scores.py`:

```python
import sqlite3  # PAL121:7

def read():
    return sqlite3.connect("scores.db").execute("SELECT 1").fetchall()
```

Where an `if` asks for the database, a default says nothing of the other branch:

```toml
[tool.planalign.layers]
service = ["service"]
```

`service/engines.py`:

```python
from sqlalchemy import create_engine

URL = "sqlite:///scores.db"
is_local = URL.startswith("sqlite")

if URL.startswith("sqlite"):
    engine = create_engine(URL, connect_args={"check_same_thread": False})  # PAL121:13
else:
    engine = create_engine(URL, pool_pre_ping=True)

if not is_local:
    other = create_engine(URL)  # PAL121:12
```

A command line beside it excuses nothing:

```toml
[tool.planalign.layers]
service = ["service"]
```

`service/both.py`:

```python
import sqlite3  # PAL121:7

import typer

app = typer.Typer()

@app.command()
def show(path: str):
    print(sqlite3.connect(path).execute("SELECT 1").fetchone())

def stored(path: str):
    return sqlite3.connect(path).execute("SELECT 1").fetchone()
```

## Good

```toml
[tool.planalign.layers]
service = ["service"]
```

`service/database.py`:

```python
import sqlite3

import asyncpg
import psycopg
from psycopg.rows import dict_row
from psycopg2.extras import Json
from sqlalchemy.ext.asyncio import create_async_engine

engine = create_async_engine("postgresql+asyncpg://database/scores")

async def connect(row: sqlite3.Row):
    await psycopg.AsyncConnection.connect("dbname=scores", row_factory=dict_row)
    return Json(dict(row)), await asyncpg.connect("postgresql://database/scores")
```

`service/feedback.py`, whose driver serves the commands of a command line alone:

```python
import sqlite3

import typer

app = typer.Typer()

def shown(connection: sqlite3.Connection):
    return connection.execute("SELECT message FROM feedback").fetchall()

@app.command("list")
def list_feedback(path: str):
    with sqlite3.connect(path) as connection:
        print(shown(connection))
```

`service/pragmas.py`:

```python
from sqlite3 import Connection

import aiosqlite

def apply(connection: Connection):
    connection.execute("PRAGMA foreign_keys = ON")

def connect() -> aiosqlite.Connection:
    return aiosqlite.Connection(connector, 64)

def open_read_only(name):
    import sqlite3

    return aiosqlite.connect(name, detect_types=sqlite3.PARSE_DECLTYPES)
```

`service/limits.py`:

```python
import sqlite3
from contextlib import closing

from sqlalchemy import create_engine

engine = create_engine("sqlite:///:memory:")

# for the migrations alone, which run before the service starts
migrating = create_engine("postgresql://database/scores")

def most_variables() -> int:
    with closing(sqlite3.connect(":memory:")) as connection:
        return connection.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER)
```

`pipeline/load.py`:

```python
import psycopg2

def load():
    return psycopg2.connect("dbname=scores")
```

## Limits

A module that only uses a driver's types or errors is silent, and so are a database of SQLite that lies in memory and an
engine of which a comment above says that it is for migrations.
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.process.drivers import SyncDriver
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL121",
    name="sync-driver-in-service",
    message="{how} in the service layer, where each query holds up the event loop or a thread; use {use}",
    severity=Severity.HIGH,
    story="PROC-REV-01-02",
    since="0.1.0",
)


@RULE.on(SyncDriver)
def check(driver: SyncDriver, _config: object) -> Iterator[Finding]:
    """Report synchronous drivers."""
    yield RULE.finding(driver.position, how=driver.how, use=driver.use)
