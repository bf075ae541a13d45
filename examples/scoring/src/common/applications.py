"""Looking through what applicants sent."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from common.database import Base, engine

RENTED = sa.text("SELECT application_id FROM applications WHERE answers @> '{\"home\": \"rented\"}'")
BY_BROKER = sa.text("SELECT application_id FROM applications WHERE answers->'broker'->'office'->>'office_id' = :office")
BY_CARD = sa.text("SELECT amount FROM payments WHERE details @> '{\"method\": \"card\"}'")
NEW_INCOME = sa.text("UPDATE profile_features SET income = :income WHERE profile_id = :profile")


class Application(Base):
    """What an applicant sent."""

    __tablename__ = "applications"

    application_id: Mapped[int] = mapped_column(primary_key=True)
    answers: Mapped[dict[str, Any]] = mapped_column(JSONB)


def by_city(city: str) -> sa.Select[tuple[int]]:
    """Return the query for a city's applications, which SQLAlchemy writes in another form than that of the index."""
    return sa.select(Application.application_id).where(Application.answers["home"]["city"].astext == city)


def by_broker(office: str, offset: int, limit: int) -> dict[str, Any]:
    """Return a page of applications and, for want of anything better, its length as the total."""
    with engine.connect() as connection:
        rows = connection.execute(BY_BROKER, {"office": office}).scalars().all()[offset : offset + limit]
    return {"items": rows, "total": len(rows)}
