"""Profiles, looked up in the cache first and in the database when it does not know them."""

from __future__ import annotations

from typing import Any

from common.cache import Cache
from common.database import Profile, open_session


class ProfileLookup:
    """Reads profiles for those who need more than one of their columns."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache

    async def find(self, profile_id: int) -> dict[str, Any]:
        """Return the profile's columns; an unknown profile is a LookupError."""
        known = await self._cache.read(f"profile:{profile_id}")
        if known is not None:
            return known
        async with open_session() as session:
            profile = await session.get(Profile, profile_id)
        if profile is None:
            raise LookupError(profile_id)
        found = {"name": profile.name, "address": profile.address, "income": profile.income}
        await self._cache.write(f"profile:{profile_id}", found)
        return found
