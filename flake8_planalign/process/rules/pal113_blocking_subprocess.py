"""Waiting for another process on the event loop.

## Why

`subprocess.run` returns when the other program ends, and even `subprocess.Popen` waits until the program has been
started (`fork` and `exec` of a process with a large heap take tens of milliseconds). asyncio starts processes without
waiting and reads their pipes while the loop turns.

## Bad

```python
import os
import subprocess
from subprocess import check_output as output

async def convert(path):
    subprocess.run(["h2o-export", path], check=True)  # PAL113:4
    output(["git", "rev-parse", "HEAD"])  # PAL113:4
    os.system("sync")  # PAL113:4
    return os.popen("uname -r").read()  # PAL113:11 PAL113:11
```

A started process blocks again where it is waited for, also as an attribute that another class sets:

`jobs/process.py`:

```python
import subprocess

class Job:
    process: subprocess.Popen | None = None

    def start(self, *command):
        self.process = subprocess.Popen(command)
```

`jobs/runner.py`:

```python
from jobs.process import Job

class Runner(Job):
    async def run(self):
        self.start("python", "train.py")  # PAL113:8
        self.process.wait()  # PAL113:8
        out, _ = self.process.communicate()  # PAL113:17
        return out
```

In a context manager, where the calls are made on entry and exit:

```python
import contextlib
import subprocess

@contextlib.contextmanager
def mounted(volume):
    subprocess.check_call(["mount", volume])
    yield volume
    subprocess.check_call(["umount", volume])

async def read(volume):
    with mounted(volume) as path:  # PAL113:9
        return path
```

In a function that the coroutine has called for it:

```python
import os

def sizes(paths):
    return sorted(paths, key=lambda path: os.system(f"du -s {path}"))

async def largest(paths):
    return sizes(paths)[-1]  # PAL113:11
```

## Good

```python
import asyncio
import multiprocessing
import os
import subprocess

async def convert(path):
    process = await asyncio.create_subprocess_exec("h2o-export", path, stdout=subprocess.PIPE)
    out, _ = await process.communicate()
    await process.wait()
    await asyncio.to_thread(subprocess.run, ["sync"], check=True)
    return out.decode(), os.getpid(), os.environ.get("HOME")

def convert_in_a_worker(path):
    subprocess.run(["h2o-export", path], check=True)

async def convert_in_a_process(path):
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(None, convert_in_a_worker, path)
```

A context manager that waits in a thread:

```python
import asyncio
import contextlib
import subprocess

@contextlib.asynccontextmanager
async def mounted(volume):
    await asyncio.to_thread(subprocess.check_call, ["mount", volume])
    yield volume

async def read(volume):
    async with mounted(volume) as path:
        return path
```

## References

- [asyncio: subprocesses](https://docs.python.org/3/library/asyncio-subprocess.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.process.model import BLOCKS, BlockingCall, blocking_findings
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL113",
    name="blocking-subprocess",
    message=BLOCKS,
    severity=Severity.CRITICAL,
    story="PROC-REV-01-01",
    since="0.1.0",
)


@RULE.on(BlockingCall)
def check(call: BlockingCall, _config: object) -> Iterator[Finding]:
    """Report calls of kind `process`."""
    return blocking_findings(RULE, call, "process")
