"""The application: what it opens at its start, and its routes."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
from collections.abc import AsyncIterator
from concurrent.futures import ProcessPoolExecutor

import httpx
import joblib
import redis.asyncio
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import create_async_engine

from common import database
from common.settings import Settings
from service.heartbeat import beat
from service.middleware import count_requests
from service.routers import administration, health, limits, live, models, places, profiles, reports, scores


@contextlib.asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Open what requests share, once. Nobody is served yet, so reading the model's file here keeps nobody waiting."""
    settings = Settings.from_environment()
    app.state.settings = settings
    app.state.redis = redis.asyncio.Redis.from_url(settings.redis_url, max_connections=20, socket_timeout=2.0)
    app.state.http = httpx.AsyncClient(timeout=2.0)
    app.state.warehouse = create_async_engine(settings.warehouse_url, pool_size=2, max_overflow=0)
    app.state.model = joblib.load(settings.model_path)
    app.state.processes = ProcessPoolExecutor(max_workers=1, mp_context=multiprocessing.get_context("spawn"))
    await asyncio.to_thread(app.state.processes.submit, os.getpid)
    heartbeat = asyncio.create_task(beat(app.state.redis))
    yield
    heartbeat.cancel()
    await asyncio.to_thread(app.state.processes.shutdown)
    await app.state.warehouse.dispose()
    await app.state.http.aclose()
    await app.state.redis.aclose()
    await database.close()


app = FastAPI(title="scoring", lifespan=lifespan)
app.middleware("http")(count_requests)
app.include_router(profiles.router)
app.include_router(places.router)
app.include_router(scores.router)
app.include_router(reports.router)
app.include_router(administration.router)
app.include_router(live.router)
app.include_router(limits.router)
app.include_router(models.router)
app.include_router(health.router)
