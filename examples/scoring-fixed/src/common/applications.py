"""Looking through what applicants sent."""

from __future__ import annotations

import sqlalchemy as sa

RENTED = sa.text("SELECT application_id FROM applications WHERE answers @> '{\"home\": \"rented\"}'")
BY_CHANNEL = sa.text("SELECT application_id FROM applications WHERE sent ->> 'channel' = :channel")
BY_OFFICE = sa.text("SELECT application_id FROM applications WHERE office_id = :office")
NEW_INCOME = sa.text("INSERT INTO profile_features VALUES (:profile, now(), :income)")
