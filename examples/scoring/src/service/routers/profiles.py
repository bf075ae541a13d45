"""Profiles and what is known about them."""

from __future__ import annotations

from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, BackgroundTasks, Depends, HTTPException
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel
from sqlalchemy.orm import Session

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


@router.get("")
def list_profiles(db: Annotated[Session, Depends(get_db)]) -> list[str]:
    """Return all names. A `def` endpoint: FastAPI runs it in a thread, so the session may wait."""
    return list(db.scalars(sa.select(Profile.name)))


@router.post("")
async def create_profile(new: NewProfile, db=Depends(get_db)) -> int:
    """Create a profile. The session comes from a dependency and is a synchronous one, whoever does not say so here.

    Adding to it only remembers; the commit talks to the database while the loop stands still.
    """
    profile = Profile(**new.model_dump())
    db.add(profile)
    db.commit()
    return profile.profile_id


@router.get("/{profile_id}")
async def show_profile(
    profile_id: int,
    db: Annotated[Session, Depends(get_db)],
    settings: Annotated[Settings, Depends(get_settings)],
    background: BackgroundTasks,
) -> dict[str, Any]:
    """Return a profile. A synchronous session in a coroutine: the query stops everybody."""
    profile = db.get(Profile, profile_id)
    if profile is None:
        raise HTTPException(404)
    background.add_task(record_access, settings.data_dir / "access.log", profile_id)
    return {"name": profile.name, "address": profile.address, "income": profile.income}


@router.get("/{profile_id}/notes")
async def show_notes(profile_id: int, settings: Annotated[Settings, Depends(get_settings)]) -> str:
    """Return the clerk's notes. What is read here looks like an attribute; behind it stands a file."""
    folder = ProfileFolder(settings.data_dir, profile_id)
    return folder.notes


@router.get("/{profile_id}/notes-aside")
async def show_notes_aside(profile_id: int, settings: Annotated[Settings, Depends(get_settings)]) -> str:
    """Return the clerk's notes. Right: the property is read in a thread."""
    folder = ProfileFolder(settings.data_dir, profile_id)
    return await run_in_threadpool(lambda: folder.notes)
