"""Reports on the scores that were given."""

from __future__ import annotations

import asyncio
import os
import pathlib
import subprocess
from typing import Annotated

import pandas as pd
from fastapi import APIRouter, Depends, HTTPException
from fastapi.responses import StreamingResponse

from common.files import ScoreExport, exported_scores
from common.settings import Settings
from common.warehouse import Warehouse, WarehouseUnavailableError
from service.dependencies import get_settings

router = APIRouter(prefix="/reports", tags=["reports"])

Configured = Annotated[Settings, Depends(get_settings)]


@router.get("/cities")
async def mean_by_city(settings: Configured) -> dict[str, float]:
    """Return the mean score of each city. Reading the file waits for the disk, and grouping it is work, on the loop."""
    frame = pd.read_csv(settings.data_dir / "history.csv")
    means = frame.groupby("city")["score"].mean()
    return {str(city): float(mean) for city, mean in means.items()}


def cities_of(path: pathlib.Path) -> dict[str, float]:
    """Return the mean score of each city in a file."""
    means = pd.read_csv(path).groupby("city")["score"].mean()
    return {str(city): float(mean) for city, mean in means.items()}


@router.get("/cities/aside")
async def mean_by_city_aside(settings: Configured) -> dict[str, float]:
    """Return the mean score of each city. Right: in a thread; pandas lets go of the interpreter lock for most of it."""
    return await asyncio.to_thread(cities_of, settings.data_dir / "history.csv")


@router.post("/export/{profile_id}")
async def export_score(profile_id: int, score: float, settings: Configured) -> None:
    """Append to the export. Entering the `with` block opens the file."""
    with ScoreExport(settings.data_dir / "export.csv") as export:
        export.add(profile_id, score)


@router.get("/export/total")
async def total_exported(settings: Configured) -> float:
    """Return the sum of the exported scores. The generator reads the file in the steps of this loop."""
    total = 0.0
    for _profile_id, score in exported_scores(settings.data_dir / "export.csv"):
        total += score
    return total


@router.get("/export")
async def download_export(settings: Configured) -> StreamingResponse:
    """Return the export. Right: the same generator, but Starlette takes its steps in a thread."""
    lines = (f"{profile_id},{score}\n" for profile_id, score in exported_scores(settings.data_dir / "export.csv"))
    return StreamingResponse(lines, media_type="text/csv")


@router.post("/archive")
async def archive_export(settings: Configured) -> int:
    """Pack the export. The loop waits for the child process as if there were nothing else to do."""
    done = subprocess.run(["gzip", "--keep", "--force", str(settings.data_dir / "export.csv")], check=False)
    return done.returncode


@router.post("/archive/check")
async def check_archive(settings: Configured) -> int:
    """Test the packed export. Under another name it is the same call, and the loop waits for the shell."""
    execute = os.system
    return execute(f"gzip --test {settings.data_dir / 'export.csv.gz'}")


@router.post("/archive/aside")
async def archive_export_aside(settings: Configured) -> int:
    """Pack the export. Right: asyncio waits for the child without stopping."""
    gzip = await asyncio.create_subprocess_exec("gzip", "--keep", "--force", str(settings.data_dir / "export.csv"))
    return await gzip.wait()


@router.get("/warehouse/{day}")
async def count_in_warehouse(day: str, settings: Configured) -> int:
    """Return how many scores the warehouse has. Making the object connects; the question is one more round trip."""
    try:
        warehouse = Warehouse(settings.warehouse_dsn)
    except WarehouseUnavailableError as error:
        raise HTTPException(503, "the warehouse does not answer") from error
    return warehouse.count(day)
