"""A query or a connection of a synchronous database driver on the event loop.

## Why

A query waits for the network, for the server and for locks that other transactions hold. With a synchronous driver
the event loop waits along, so that a single slow query, or a pool without a free connection, stops the whole
service: connections that are held by waiting coroutines are never given back. An asynchronous driver turns the same
wait into a task that others can overtake.

## Bad

```python
import sqlite3

import psycopg2
from sqlalchemy import create_engine, text

engine = create_engine("postgresql+psycopg2://db/app")

async def users():
    connection = psycopg2.connect("dbname=app")  # PAL122:17
    cursor = connection.cursor()
    cursor.execute("SELECT * FROM users")  # PAL122:4
    rows = cursor.fetchall()  # PAL122:11
    connection.commit()  # PAL122:4
    with engine.connect() as other:  # PAL122:9
        other.execute(text("SELECT 1"))  # PAL122:8
    sqlite3.connect("cache.db").execute("SELECT 1")  # PAL122:4 PAL122:4
    return rows
```

A session that FastAPI injects, by annotation, by an alias, and by the dependency alone:

`app/database.py`:

```python
from typing import Annotated

from fastapi import Depends
from sqlalchemy import create_engine
from sqlalchemy.orm import Session, sessionmaker

engine = create_engine("postgresql://db/app")
SessionLocal = sessionmaker(bind=engine)

def get_db():
    session = SessionLocal()
    try:
        yield session
    finally:
        session.close()

SessionDep = Annotated[Session, Depends(get_db)]
```

`app/routes.py`:

```python
from fastapi import APIRouter, Depends
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.database import SessionDep, get_db

router = APIRouter()

@router.get("/users")
async def users(session: Session = Depends(get_db)):
    return session.execute(select(1)).scalars().all()  # PAL122:11

@router.get("/orders")
async def orders(session: SessionDep):
    session.add(object())
    session.commit()  # PAL122:4

@router.get("/invoices")
async def invoices(session=Depends(get_db)):
    return session.query(object).filter_by(paid=False).all()  # PAL122:11
```

A repository that inherits its connection, called by a service of another module:

`app/repository.py`:

```python
import psycopg2.extensions

class Repository:
    connection: psycopg2.extensions.connection

class Users(Repository):
    def find(self, user_id):
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT * FROM users WHERE id = %s", (user_id,))
            return cursor.fetchone()
```

`app/service.py`:

```python
from app.repository import Users

class Service:
    def __init__(self, users: Users | None = None):
        self.users = users or Users()

    async def show(self, user_id):
        return self.users.find(user_id)  # PAL122:15 PAL122:15
```

Documents and Django's models:

```python
from django.db import models
from pymongo import MongoClient

class User(models.Model):
    name = models.CharField(max_length=80)

collection = MongoClient()["app"]["events"]

async def events():
    collection.insert_one({"kind": "read"})  # PAL122:4
    for event in collection.find({}):  # PAL122:17
        print(event)
    return User.objects.get(pk=1)  # PAL122:11
```

## Good

The asynchronous drivers and sessions, whose methods have the same names:

```python
from typing import Annotated

import asyncpg
import psycopg
from fastapi import APIRouter, Depends
from motor.motor_asyncio import AsyncIOMotorClient
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

engine = create_async_engine("postgresql+asyncpg://db/app")
Session = async_sessionmaker(engine)
router = APIRouter()

async def get_db():
    async with Session() as session:
        yield session

@router.get("/users")
async def users(session: Annotated[AsyncSession, Depends(get_db)], other=Depends(get_db)):
    await other.commit()
    return (await session.execute(select(1))).scalars().all()

async def rows():
    async with engine.begin() as connection:
        await connection.execute(text("SELECT 1"))
    pool = await asyncpg.create_pool("postgresql://db/app")
    async with await psycopg.AsyncConnection.connect("dbname=app") as connection, connection.cursor() as cursor:
        await cursor.execute("SELECT 1")
        print(await cursor.fetchall())
    await AsyncIOMotorClient()["app"]["events"].insert_one({})
    return await pool.fetch("SELECT 1")
```

Endpoints and dependencies that are plain functions run in threads, and so does what is offloaded:

```python
import asyncio

from fastapi import APIRouter, Depends
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session, sessionmaker

router = APIRouter()
SessionLocal = sessionmaker()

def current_user():
    with SessionLocal() as session:
        return session.get(object, 1)

@router.get("/users")
def users(session: Session):
    return session.execute(select(1)).all()

@router.get("/me")
async def me(user=Depends(current_user)):
    return await asyncio.to_thread(current_user)

async def count(session: AsyncSession):
    def work(sync_session: Session):
        return sync_session.query(object).count()

    return await session.run_sync(work), select(1).where(True)
```

Where `isinstance` tells the two apart:

```python
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

async def save(session: Session | AsyncSession):
    if isinstance(session, AsyncSession):
        await session.commit()
        return
    raise TypeError(session)
```

A database of SQLite that lies in memory waits for nothing:

```python
import sqlite3

class Pool:
    _connection: sqlite3.Connection

    def __init__(self):
        self._connection = sqlite3.connect(":memory:")

    def size(self) -> int:
        with self._connection:
            cursor = self._connection.execute("SELECT count(*) FROM jobs")
            return int(cursor.fetchone()[0])

class Service:
    def __init__(self):
        self.pool = Pool()

    async def size(self):
        return self.pool.size()
```

## Options

`[tool.planalign.deny]` adds the project's own functions and classes with `kind = "database"`.

## References

- [SQLAlchemy: asynchronous I/O](https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html)
- [psycopg: concurrent operations](https://www.psycopg.org/psycopg3/docs/advanced/async.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.process.model import BLOCKS, BlockingCall, blocking_findings
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL122",
    name="sync-db-call",
    message=BLOCKS,
    severity=Severity.HIGH,
    story="PROC-REV-01-02",
    since="0.1.0",
)


@RULE.on(BlockingCall)
def check(call: BlockingCall, _config: object) -> Iterator[Finding]:
    """Report calls of kind `database`."""
    return blocking_findings(RULE, call, "database")
