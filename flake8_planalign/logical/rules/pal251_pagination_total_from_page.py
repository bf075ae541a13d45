"""A total that counts the page instead of the result.

## Why

`len(items)` of a page is at most the page size, so clients believe that there is nothing more; `query.count()` behind
`limit` and `offset` counts the page as well, in the database.

## Bad

```python
from fastapi import APIRouter
from sqlalchemy import select

router = APIRouter()


@router.get("/items")
async def items(session, skip: int = 0, limit: int = 50):
    rows = (await session.execute(select(Item).offset(skip).limit(limit))).scalars().all()
    return {"items": rows, "total": len(rows) + skip}  # PAL251:36


def listed(session, offset, limit):
    query = session.query(Item)
    query = query.limit(limit).offset(offset)
    total = query.count()  # PAL251:12
    return Page(items=query.all(), total=total)


async def raw(connection, limit, offset):
    rows = await connection.fetch("SELECT * FROM items ORDER BY id LIMIT $1 OFFSET $2", limit, offset)
    found = len(rows)  # PAL251:12
    return Page(items=rows, total_count=found)
```

## Good

```python
from sqlalchemy import func, select


async def items(session, skip: int = 0, limit: int = 50):
    query = select(Item)
    total = await session.scalar(select(func.count()).select_from(query.subquery()))
    rows = (await session.execute(query.offset(skip).limit(limit))).scalars().all()
    return {"items": rows, "total": total, "count": len(rows)}


def listed(session, offset, limit):
    query = session.query(Item)
    total = query.count()
    query = query.limit(limit).offset(offset)
    return Page(items=query.all(), total=total)


def short(session, skip, limit):
    rows = session.query(Item).offset(skip).limit(limit).all()
    if len(rows) < limit:
        return Page(items=rows, total=skip + len(rows))
    return Page(items=rows, total=session.query(Item).count())


def everything(session):
    rows = session.query(Item).all()
    return Page(items=rows, total=len(rows))
```

## Limits

Within one function, in the order of its lines. Silent are `count` beside a `total`, which is the size of the page, and
the size of a sample or of a batch: the answer has none of its rows, or some of them by a condition. So are the size of
what pages are cut from (`rows[offset : offset + limit]`), that of rows which a constant of the module caps, and that of
all rows where the condition that limits them does not hold.

## References

- [SQLAlchemy: Query.count](https://docs.sqlalchemy.org/en/20/orm/queryguide/query.html#sqlalchemy.orm.Query.count)
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.logical.model import PageTotal
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL251",
    name="pagination-total-from-page",
    message="`{name}` is `{value}`, which counts this page only; count the query before limit and offset",
    severity=Severity.HIGH,
    story="LOG-REV-01-05",
    since="0.1.0",
)


@RULE.on(PageTotal)
def check(total: PageTotal, _config: object) -> Iterator[Finding]:
    """Report totals of one page."""
    yield RULE.finding(total.position, name=total.name, value=total.value)
