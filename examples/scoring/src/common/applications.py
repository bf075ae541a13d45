"""Looking through what applicants sent."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from common.database import engine

RENTED = sa.text("SELECT application_id FROM applications WHERE answers @> '{\"home\": \"rented\"}'")
BY_BROKER = sa.text("SELECT application_id FROM applications WHERE answers->'broker'->'office'->>'office_id' = :office")
NEW_INCOME = sa.text("UPDATE profile_features SET income = :income WHERE profile_id = :profile")


def by_broker(office: str, offset: int, limit: int) -> dict[str, Any]:
    """Return a page of applications and, for want of anything better, its length as the total."""
    with engine.connect() as connection:
        rows = connection.execute(BY_BROKER, {"office": office}).scalars().all()[offset : offset + limit]
    return {"items": rows, "total": len(rows)}
