"""The warehouse of past scores, in PostgreSQL."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine


class Warehouse:
    """The warehouse, over an engine whose pool the application opens once."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def count(self, day: str) -> int:
        """Return how many scores were given on `day`."""
        async with self._engine.connect() as connection:
            counted = await connection.execute(sa.text("SELECT count(*) FROM scores WHERE day = :day"), {"day": day})
            return counted.scalar_one()
