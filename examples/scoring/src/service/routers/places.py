"""Places, and what money is worth there."""

from __future__ import annotations

from typing import Annotated, Any

import httpx
from fastapi import APIRouter, Depends
from fastapi.concurrency import run_in_threadpool

from common.geocoding import fetch_rates, make_client
from common.settings import Settings
from service.dependencies import get_settings

router = APIRouter(prefix="/places", tags=["places"])


@router.get("")
async def find_place(address: str, settings: Annotated[Settings, Depends(get_settings)]) -> dict[str, Any]:
    """Return where an address is. The factory hides the class, the class its session, the session the network."""
    client = make_client(settings.geocoder_url)
    return client.locate(address)


@router.get("/aside")
async def find_place_aside(address: str, settings: Annotated[Settings, Depends(get_settings)]) -> dict[str, Any]:
    """Return where an address is. Right: the same client, called in a thread."""
    client = make_client(settings.geocoder_url)
    return await run_in_threadpool(client.locate, address)


@router.get("/async")
async def find_place_async(address: str, settings: Annotated[Settings, Depends(get_settings)]) -> dict[str, Any]:
    """Return where an address is. Right: a client that waits without stopping the loop."""
    async with httpx.AsyncClient(timeout=2.0) as client:
        answer = await client.get(settings.geocoder_url, params={"q": address})
    return answer.json()


@router.get("/rates")
async def show_rates(settings: Annotated[Settings, Depends(get_settings)]) -> dict[str, float]:
    """Return the exchange rates. One call, and it may block in two ways: the request, and the pause of its retries."""
    return fetch_rates(settings.rates_url)
