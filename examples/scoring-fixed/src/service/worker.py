"""The worker: `python -m service.worker` does one job after the other, in a process that serves nobody."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Mapping

import pandas as pd
import redis

from common.jobs import JOBS
from common.settings import Settings

logger = logging.getLogger(__name__)


def summarise(source: str, target: str) -> None:
    """Write the mean score of each city of one file to another."""
    means = pd.read_csv(source).groupby("city")["score"].mean()
    means.to_csv(f"{target}.part")
    os.replace(f"{target}.part", target)


WORK: Mapping[str, Callable[..., None]] = {"summarise": summarise}


def do_next(client: redis.Redis) -> None:
    """Wait for a job and do it. One that fails is told of, and the next one is done all the same."""
    job = client.blpop([JOBS], timeout=1)
    if job is None:
        return
    name, *arguments = json.loads(job[1])
    try:
        WORK[name](*arguments)
    except Exception:
        logger.exception("job %s %s failed", name, arguments)


def main() -> None:
    """Do jobs until the process is ended."""
    settings = Settings.from_environment()
    with redis.Redis.from_url(settings.redis_url, max_connections=1, socket_timeout=5.0) as client:
        while True:
            do_next(client)


if __name__ == "__main__":
    main()
