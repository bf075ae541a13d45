"""What FastAPI hands to the endpoints. These are `def` functions: FastAPI runs them in its thread pool."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import Annotated

from fastapi import Depends, Request
from sklearn.pipeline import Pipeline
from sqlalchemy.orm import Session

from common.cache import Cache
from common.database import open_session
from common.features import FeatureAccess
from common.settings import Settings


def get_settings(request: Request) -> Settings:
    """Return the settings that the application was started with."""
    return request.app.state.settings


def get_db() -> Iterator[Session]:
    """Lend a database session for the time of a request."""
    with open_session() as session:
        yield session


def get_cache(request: Request):
    # No annotation: that this is a synchronous cache over a synchronous client is known to the start-up code alone.
    return Cache(request.app.state.redis)


def get_features(cache: Annotated[Cache, Depends(get_cache)]) -> FeatureAccess:
    """Return access to the features, through the cache."""
    return FeatureAccess.over(cache)


def get_model(request: Request) -> Pipeline:
    """Return the model that scores."""
    return request.app.state.model


def get_processes(request: Request) -> ProcessPoolExecutor:
    """Return the pool for work that would keep the interpreter to itself."""
    return request.app.state.processes
