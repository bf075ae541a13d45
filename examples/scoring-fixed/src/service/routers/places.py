"""Places, and what money is worth there."""

from __future__ import annotations

from typing import Annotated, Any

import httpx
from fastapi import APIRouter, Depends

from common.geocoding import GeocodingClient, fetch_rates
from common.settings import Settings
from service.dependencies import get_http, get_settings

router = APIRouter(prefix="/places", tags=["places"])


@router.get("")
async def find_place(
    address: str,
    settings: Annotated[Settings, Depends(get_settings)],
    http: Annotated[httpx.AsyncClient, Depends(get_http)],
) -> dict[str, Any]:
    """Return where an address is."""
    return await GeocodingClient(settings.geocoder_url, http).locate(address)


@router.get("/rates")
async def show_rates(
    settings: Annotated[Settings, Depends(get_settings)], http: Annotated[httpx.AsyncClient, Depends(get_http)]
) -> dict[str, float]:
    """Return the exchange rates."""
    return await fetch_rates(http, settings.rates_url)
