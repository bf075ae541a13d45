"""Profiles and what is known about them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, BackgroundTasks, Depends, HTTPException
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from common.database import Profile
from common.files import ProfileFolder
from common.settings import Settings
from service.background import record_access
from service.dependencies import get_db, get_settings

router = APIRouter(prefix="/profiles", tags=["profiles"])


class NewProfile(BaseModel):
    """A profile that has no number yet."""

    name: str
    address: str
    income: float


class Page(BaseModel):
    """Some names, and how many there are in all."""

    names: Sequence[str]
    total: int


@router.get("")
async def list_profiles(db: Annotated[AsyncSession, Depends(get_db)], offset: int = 0, limit: int = 50) -> Page:
    """Return a page of the names. The total is that of all of them, which the database counts."""
    total = await db.scalar(sa.select(sa.func.count()).select_from(Profile))
    page = sa.select(Profile.name).order_by(Profile.profile_id).offset(offset).limit(limit)
    names = (await db.scalars(page)).all()
    return Page(names=names, total=total or 0)


@router.post("")
async def create_profile(new: NewProfile, db: Annotated[AsyncSession, Depends(get_db)]) -> int:
    """Create a profile. Adding to the session only remembers; the commit is awaited."""
    profile = Profile(**new.model_dump())
    db.add(profile)
    await db.commit()
    return profile.profile_id


@router.get("/{profile_id}")
async def show_profile(
    profile_id: int,
    db: Annotated[AsyncSession, Depends(get_db)],
    settings: Annotated[Settings, Depends(get_settings)],
    background: BackgroundTasks,
) -> dict[str, Any]:
    """Return a profile."""
    profile = await db.get(Profile, profile_id)
    if profile is None:
        raise HTTPException(404)
    background.add_task(record_access, settings.data_dir / "access.log", profile_id)
    return {"name": profile.name, "address": profile.address, "income": profile.income}


@router.get("/{profile_id}/notes")
async def show_notes(profile_id: int, settings: Annotated[Settings, Depends(get_settings)]) -> str:
    """Return the clerk's notes."""
    return await ProfileFolder(settings.data_dir, profile_id).notes()
