"""The application: what it opens at its start, and its routes."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
from collections.abc import AsyncIterator
from concurrent.futures import ProcessPoolExecutor

import joblib
import redis
import redis.asyncio
from fastapi import FastAPI

from common.settings import Settings
from service.heartbeat import Heartbeat
from service.middleware import count_requests
from service.routers import administration, health, limits, live, models, places, profiles, reports, scores


@contextlib.asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Open what requests share. Nobody is served yet, so reading the model's file here keeps nobody waiting."""
    settings = Settings.from_environment()
    app.state.settings = settings
    # The synchronous client: each of its calls in a coroutine stops all of them until Redis has answered.
    app.state.redis = redis.Redis.from_url(settings.redis_url, max_connections=20, socket_timeout=2.0)
    app.state.live_redis = redis.asyncio.Redis.from_url(settings.redis_url, max_connections=20, socket_timeout=2.0)
    # Nobody closes this one: each restart leaves its connections to Redis until they are found to be dead.
    app.state.feed = redis.asyncio.Redis.from_url(settings.redis_url, max_connections=2, socket_timeout=2.0)
    app.state.model = joblib.load(settings.model_path)
    app.state.latest = app.state.model
    app.state.processes = ProcessPoolExecutor(max_workers=1, mp_context=multiprocessing.get_context("spawn"))
    await asyncio.to_thread(app.state.processes.submit, os.getpid)
    heartbeat = Heartbeat(app.state.redis)
    heartbeat.start(asyncio.get_running_loop())
    yield
    heartbeat.stop()
    await asyncio.to_thread(app.state.processes.shutdown)
    await app.state.live_redis.aclose()


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
