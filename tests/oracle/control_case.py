"""The oracle's positive control: blocks the loop in a way that only one of the recorder's sources can see each."""

from __future__ import annotations

import os
import time


async def block() -> None:
    """Sleep (blockbuster), start a shell (audit hook), compute (watchdog)."""
    time.sleep(0.001)  # noqa: ASYNC251 - on purpose, as are the others
    os.system("true")  # noqa: ASYNC221, S605
    end = time.perf_counter() + 0.1
    while time.perf_counter() < end:
        pass
