"""What FastAPI hands to the endpoints. None of them waits for anything but a session."""

from __future__ import annotations

from collections.abc import AsyncIterator
from concurrent.futures import ProcessPoolExecutor
from typing import Annotated

import httpx
from fastapi import Depends, Request
from sklearn.pipeline import Pipeline
from sqlalchemy.ext.asyncio import AsyncSession

from common.cache import Cache
from common.database import open_session
from common.features import FeatureAccess
from common.jobs import JobQueue
from common.settings import Settings
from common.warehouse import Warehouse


def get_settings(request: Request) -> Settings:
    """Return the settings that the application was started with."""
    return request.app.state.settings


async def get_db() -> AsyncIterator[AsyncSession]:
    """Lend a database session for the time of a request."""
    async with open_session() as session:
        yield session


def get_cache(request: Request) -> Cache:
    """Return the cache in front of everything."""
    return Cache(request.app.state.redis)


def get_jobs(request: Request) -> JobQueue:
    """Return the queue of the worker."""
    return JobQueue(request.app.state.redis)


def get_features(cache: Annotated[Cache, Depends(get_cache)]) -> FeatureAccess:
    """Return access to the features, through the cache."""
    return FeatureAccess.over(cache)


def get_http(request: Request) -> httpx.AsyncClient:
    """Return the client for the services behind this one."""
    return request.app.state.http


def get_warehouse(request: Request) -> Warehouse:
    """Return the warehouse of past scores."""
    return Warehouse(request.app.state.warehouse)


def get_model(request: Request) -> Pipeline:
    """Return the model that scores."""
    return request.app.state.model


def get_processes(request: Request) -> ProcessPoolExecutor:
    """Return the pool for work that would keep the interpreter to itself."""
    return request.app.state.processes
