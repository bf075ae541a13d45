"""Payments, which the service itself books. Every way to go wrong with what lies outside of it."""

from __future__ import annotations

from typing import Any

# A driver that waits, in the layer whose functions are called by coroutines.
import psycopg2
import requests


def book(dsn: str, amount: float) -> None:
    """Write a payment."""
    with psycopg2.connect(dsn, connect_timeout=2) as connection, connection.cursor() as cursor:
        cursor.execute("INSERT INTO payments (amount, details) VALUES (%s, '{}')", (amount,))


def confirm(url: str, payment: dict[str, Any]) -> bool:
    """Ask the bank until it answers. When it is overloaded, everybody asks again at once, and nobody ever gives up."""
    while True:
        try:
            return requests.post(url, json=payment, timeout=2.0).ok
        except requests.RequestException:
            continue
