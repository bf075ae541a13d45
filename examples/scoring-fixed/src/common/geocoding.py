"""Where an address is, from the geocoding service, and what money is worth there."""

from __future__ import annotations

from typing import Any

import httpx

from common.retries import retried


class GeocodingClient:
    """The geocoding service, over an HTTP client that the application opens once."""

    def __init__(self, url: str, http: httpx.AsyncClient) -> None:
        self._url = url
        self._http = http

    async def locate(self, address: str) -> dict[str, Any]:
        """Return the place of an address."""
        answer = await self._http.get(self._url, params={"q": address})
        answer.raise_for_status()
        return answer.json()


@retried(attempts=3, backoff=0.01)
async def fetch_rates(http: httpx.AsyncClient, url: str) -> dict[str, float]:
    """Return what a unit of each currency is worth."""
    return (await http.get(url)).json()
