"""The relational store: its tables, its engine and its sessions, for coroutines."""

from __future__ import annotations

import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from common.settings import Settings


class Base(DeclarativeBase):
    """The tables' registry."""


class Profile(Base):
    """A person who asks for a score."""

    __tablename__ = "profiles"

    profile_id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.Text)
    address: Mapped[str] = mapped_column(sa.Text)
    income: Mapped[float]
    created_at: Mapped[datetime.datetime] = mapped_column(sa.DateTime(timezone=True), server_default=sa.func.now())


engine = create_async_engine(Settings.from_environment().database_url, pool_size=5, max_overflow=5)
open_session = async_sessionmaker(engine, expire_on_commit=False)


async def close() -> None:
    """Close the engine's connections; whoever starts the process calls it at the end."""
    await engine.dispose()
