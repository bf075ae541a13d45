"""What the models see of a profile."""

from __future__ import annotations

from common.cache import Cache
from common.profiles import ProfileLookup

COLUMNS = ("income", "name_length", "address_length")


class FeatureAccess:
    """The vectors of the models; knows profiles and nothing of where they come from."""

    def __init__(self, profiles: ProfileLookup) -> None:
        self._profiles = profiles

    @classmethod
    def over(cls, cache: Cache) -> FeatureAccess:
        """Return the features of the profiles that `cache` stands in front of."""
        return cls(ProfileLookup(cache))

    async def vector(self, profile_id: int) -> list[float]:
        """Return the values of COLUMNS for a profile."""
        profile = await self._profiles.find(profile_id)
        return [float(profile["income"]), float(len(profile["name"])), float(len(profile["address"]))]
