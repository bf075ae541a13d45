"""The warehouse of past scores, in PostgreSQL."""

from __future__ import annotations

import psycopg2


class WarehouseUnavailableError(Exception):
    """The warehouse does not take connections."""


class Warehouse:
    """A connection to the warehouse; opened when the object is made, which its callers cannot see."""

    def __init__(self, dsn: str) -> None:
        try:
            self._connection = psycopg2.connect(dsn, connect_timeout=2)
        except psycopg2.OperationalError as error:
            raise WarehouseUnavailableError(dsn) from error

    def count(self, day: str) -> int:
        """Return how many scores were given on `day`."""
        with self._connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM scores WHERE day = %s", (day,))
            (count,) = cursor.fetchone()
        return count
