"""Training on request: the service reaches into the pipeline, by import and by process."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.custom.train_champion import train_champion


def retrain() -> int:
    """Train in a process of its own: the image of the service must hold the whole pipeline for that."""
    return subprocess.run([sys.executable, "-m", "pipeline.custom.train_champion"], check=False).returncode


def trainer() -> type[train_champion]:
    """Return the block; the import hides in a function, and is one all the same."""
    from pipeline.custom import train_champion as block

    return block.train_champion
