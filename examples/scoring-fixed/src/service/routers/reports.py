"""Reports on the scores that were given."""

from __future__ import annotations

import asyncio
import pathlib
from typing import Annotated

import pandas as pd
from fastapi import APIRouter, Depends
from fastapi.responses import StreamingResponse

from common.files import append_score, exported_scores, total_of
from common.jobs import JobQueue
from common.settings import Settings
from common.warehouse import Warehouse
from service.dependencies import get_jobs, get_settings, get_warehouse

router = APIRouter(prefix="/reports", tags=["reports"])

Configured = Annotated[Settings, Depends(get_settings)]


def cities_of(path: pathlib.Path) -> dict[str, float]:
    """Return the mean score of each city in a file."""
    means = pd.read_csv(path).groupby("city")["score"].mean()
    return {str(city): float(mean) for city, mean in means.items()}


@router.get("/cities")
async def mean_by_city(settings: Configured) -> dict[str, float]:
    """Return the mean score of each city, from a thread; pandas lets go of the interpreter lock for most of it."""
    return await asyncio.to_thread(cities_of, settings.data_dir / "history.csv")


@router.post("/cities", status_code=202)
async def summarise_cities(settings: Configured, jobs: Annotated[JobQueue, Depends(get_jobs)]) -> None:
    """Have the mean score of each city written to a file, by the worker."""
    await jobs.enqueue_job("summarise", str(settings.data_dir / "history.csv"), str(settings.data_dir / "cities.csv"))


@router.get("/export")
async def download_export(settings: Configured) -> StreamingResponse:
    """Return the export. Starlette takes the steps of the generator in a thread."""
    lines = (f"{profile_id},{score}\n" for profile_id, score in exported_scores(settings.data_dir / "export.csv"))
    return StreamingResponse(lines, media_type="text/csv")


@router.post("/archive")
async def archive_export(settings: Configured) -> int:
    """Pack the export. asyncio waits for the child without stopping."""
    gzip = await asyncio.create_subprocess_exec("gzip", "--keep", "--force", str(settings.data_dir / "export.csv"))
    return await gzip.wait()


@router.post("/export/{profile_id}")
async def export_score(profile_id: int, score: float, settings: Configured) -> None:
    """Append to the export, in a thread."""
    await asyncio.to_thread(append_score, settings.data_dir / "export.csv", profile_id, score)


@router.get("/export/total")
async def total_exported(settings: Configured) -> float:
    """Return the sum of the exported scores; the whole loop over the file runs in a thread."""
    return await asyncio.to_thread(total_of, settings.data_dir / "export.csv")


@router.get("/warehouse/{day}")
async def count_in_warehouse(day: str, warehouse: Annotated[Warehouse, Depends(get_warehouse)]) -> int:
    """Return how many scores the warehouse has."""
    return await warehouse.count(day)
