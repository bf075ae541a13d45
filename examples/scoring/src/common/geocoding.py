"""Where an address is, from the geocoding service, and what money is worth there."""

from __future__ import annotations

from typing import Any

import requests

from common.retries import retried


class HttpClient:
    """One connection pool for each client that derives from it."""

    def __init__(self, url: str, timeout: float = 2.0) -> None:
        self.url = url
        self.timeout = timeout
        self.session = requests.Session()


class GeocodingClient(HttpClient):
    """The geocoding service."""

    def locate(self, address: str) -> dict[str, Any]:
        """Return the place of an address."""
        answer = self.session.get(self.url, params={"q": address}, timeout=self.timeout)
        answer.raise_for_status()
        return answer.json()


def make_client(url):
    # No annotation: who calls this has to read it to learn that its client is a synchronous one.
    return GeocodingClient(url)


@retried(attempts=3, pause=0.01)
def fetch_rates(url: str) -> dict[str, float]:
    """Return what a unit of each currency is worth."""
    return requests.get(url, timeout=2.0).json()
