"""Reading or writing files on the event loop.

## Why

A read that the page cache answers takes microseconds; on a network volume, a cold disk or a full write-back queue it
takes as long as it takes, and there is no way to await it: the operating system offers no asynchronous file I/O that
Python uses. Large files cost their parsing besides. A thread (`asyncio.to_thread`, `aiofiles`, `anyio.Path`) keeps
the loop turning.

## Bad

```python
import json
import pickle
import shutil
from pathlib import Path

async def settings(name):
    with open(name) as stream:  # PAL114:9
        values = json.load(stream)  # PAL114:17
    text = Path(name).read_text()  # PAL114:11
    with Path(name).open("wb") as target:  # PAL114:9
        pickle.dump(values, target)  # PAL114:8
    shutil.copytree("models", "backup")  # PAL114:4
    return text
```

The methods of an open file, whatever opened it:

```python
import gzip

class Journal:
    def __init__(self, path: str) -> None:
        self.stream = gzip.open(path, "at")

    async def note(self, text: str) -> None:
        self.stream.write(text)  # PAL114:8
        for line in self.stream:  # PAL114:20
            print(line)
```

Data frames and arrays from files, directories, and a generator that reads when it is iterated:

```python
import os

import numpy as np
import pandas as pd

def lines(path):
    with open(path) as stream:
        yield from stream

async def features(folder):
    frame = pd.read_parquet(f"{folder}/features.parquet")  # PAL114:12
    weights = np.load(f"{folder}/weights.npy")  # PAL114:14
    names = os.listdir(folder)  # PAL114:12
    header = [line for line in lines(f"{folder}/header.csv")]  # PAL114:31 PAL114:31
    frame.to_csv(f"{folder}/features.csv")  # PAL114:4
    return weights, names, header
```

A helper in another module, which every coroutine that calls it pays for:

`app/templates.py`:

```python
from pathlib import Path

HERE = Path(__file__).parent

def load(name: str) -> str:
    return (HERE / name).read_text()

def render(name: str, **values: str) -> str:
    return load(name).format(**values)
```

`app/pages.py`:

```python
from app import templates

async def index():
    return templates.render("index.html")  # PAL114:11

async def about():
    return templates.load("about.html")  # PAL114:11
```

`async def` does not make an uploaded file's own file object asynchronous:

```python
import shutil

from fastapi import APIRouter, UploadFile

router = APIRouter()

@router.post("/models")
async def upload(model: UploadFile):
    with open("model.zip", "wb") as target:  # PAL114:9
        shutil.copyfileobj(model.file, target)  # PAL114:8
```

A job that start-up hands to a scheduler on the loop runs beside requests:

```python
from contextlib import asynccontextmanager
from pathlib import Path

from apscheduler.schedulers.asyncio import AsyncIOScheduler

async def refresh():
    Path("prices.json").read_text()  # PAL114:4

@asynccontextmanager
async def lifespan(app):
    scheduler = AsyncIOScheduler()
    scheduler.add_job(refresh, "interval", minutes=5)
    scheduler.start()
    yield
```

## Good

```python
import asyncio
import io
import json
import logging
import os.path
import shutil
import tarfile
import zipfile
from functools import lru_cache
from pathlib import Path

import aiofiles
import anyio
from fastapi import UploadFile
from PIL import Image

logger = logging.getLogger(__name__)
SETTINGS = json.loads(Path("settings.json").read_text())

@lru_cache
def template(name):
    return Path(name).read_text()

async def settings(name):
    async with aiofiles.open(name) as stream:
        text = await stream.read()
    other = await anyio.Path(name).read_text()
    more = await asyncio.to_thread(Path(name).read_text)
    logger.info("read %s", name)
    return text, other, more, template("index.html")

async def in_memory(data: bytes, upload: UploadFile):
    stream = io.BytesIO(data)
    stream.write(await upload.read())
    path = Path("models") / "model.zip"
    return stream.read(), json.dumps({"path": str(path)}), path.suffix, os.path.join("models", path.name)

def manifest(archive: tarfile.TarFile) -> bytes:
    return archive.extractfile("manifest.json").read()

async def archive_in_memory(data: bytes):
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        return manifest(archive)

async def image_in_memory(data: bytes):
    image = Image.open(io.BytesIO(data))
    image.verify()
    image.save(out := io.BytesIO(), format=image.format)
    return out.getvalue(), image.size

async def member_in_memory(data: bytes):
    with zipfile.ZipFile(io.BytesIO(data)) as archive, archive.open("model.json") as member:
        shutil.copyfileobj(member, out := io.BytesIO())
    return out.getvalue()
```

What costs one cheap system call is of the tier `metadata`, which is off by default:

```python
import os
from pathlib import Path

async def there(name):
    return os.path.exists(name) and Path(name).stat().st_size > 0
```

What runs only in tests, at start-up or in a script may read files, and so may what a program's main coroutine waits for
before it serves. Functions that nobody calls, and objects of which nothing is known, do not count as what runs it too:

`tests/test_settings.py`:

```python
async def test_settings():
    with open("settings.json") as stream:
        assert stream.read()
```

`app/main.py`:

```python
from contextlib import asynccontextmanager

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from fastapi import FastAPI

async def warm_up():
    with open("prices.json") as stream:
        app.state.prices = stream.read()

def write_backup():
    with open("backup.json", "w") as stream:
        stream.write(app.state.prices)

@asynccontextmanager
async def lifespan(app):
    with open("settings.json") as stream:
        app.state.settings = stream.read()
    scheduler = AsyncIOScheduler()
    scheduler.add_job(warm_up)
    scheduler.add_job(write_backup, "cron", hour=3)
    scheduler.start()
    yield {}

app = FastAPI(lifespan=lifespan)
```

`app/worker.py`:

```python
import asyncio

import uvicorn

class Worker:
    async def run(self):
        with open("worker.pid", "w") as stream:
            stream.write("1")
        await self.prepare()
        await asyncio.gather(self.work(), self.work())

    async def prepare(self):
        with open("settings.json") as stream:
            self.settings = stream.read()

    async def work(self):
        await uvicorn.Server(uvicorn.Config("app.main:app")).serve()

async def main():
    worker = Worker()
    await worker.run()

if __name__ == "__main__":
    asyncio.run(main())
```

## Options

`--planalign-tiers=all` (or a list with `metadata`) also reports `os.path.exists`, `Path.stat` and the like; a list
without `disk` switches this rule off. `[tool.planalign.deny]` adds the project's own functions with `kind = "file"`.

## Limits

A finding is certain where a route, a library or what the coroutine is handed to is known to run it, and
probable elsewhere.

Helpers whose result is kept (`functools.lru_cache`, `cache`, a singleton guard) are silent, since they read once.

## References

- [Developing with asyncio: running blocking code](https://docs.python.org/3/library/asyncio-dev.html#running-blocking-code)
- [AnyIO: asynchronous file I/O](https://anyio.readthedocs.io/en/stable/fileio.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.process.model import BLOCKS, BlockingCall, blocking_findings
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL114",
    name="blocking-file-io",
    message=BLOCKS,
    severity=Severity.HIGH,
    story="PROC-REV-01-01",
    since="0.1.0",
)


@RULE.on(BlockingCall)
def check(call: BlockingCall, _config: object) -> Iterator[Finding]:
    """Report calls of kind `file`."""
    return blocking_findings(RULE, call, "file")
