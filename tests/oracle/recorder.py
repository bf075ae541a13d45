"""Records what really blocks an event loop, and where in the observed code.

Three sources, because none sees everything: blockbuster's wrappers (sockets, files, sleeps), a `sys.audit` hook (opened
files, child processes, name look-ups, connections) and a watchdog that samples the loop's thread while the loop does
not tick (locks, computing, C drivers). Nothing is raised: an exception would hide what comes after it.

An audit hook cannot be removed again, so each run has a process of its own.
"""

from __future__ import annotations

import asyncio
import collections
import dataclasses
import inspect
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from types import CodeType, FrameType
from typing import Any

from blockbuster import BlockBuster, BlockBusterFunction
from blockbuster import blockbuster as blockbuster_module

AUDITED = frozenset(
    {
        "ftplib.connect",
        "glob.glob",
        "http.client.connect",
        "open",
        "os.listdir",
        "os.mkdir",
        "os.posix_spawn",
        "os.remove",
        "os.rename",
        "os.rmdir",
        "os.scandir",
        "os.spawn",
        "os.system",
        "shutil.copyfile",
        "shutil.copytree",
        "shutil.move",
        "shutil.rmtree",
        "smtplib.connect",
        "socket.connect",
        "socket.getaddrinfo",
        "socket.gethostbyname",
        "sqlite3.connect",
        "subprocess.Popen",
        "tempfile.mkdtemp",
        "tempfile.mkstemp",
        "urllib.Request",
    }
)
METADATA = frozenset({"os.access", "os.getcwd", "os.path.abspath", "os.path.islink", "os.readlink", "os.stat"})

# A file that the interpreter opens to import a module, or a log record on its way out, is not the project's doing.
UNCOUNTED_CODE = ("<frozen importlib", "/importlib/", "/logging/__init__.py", "/linecache.py", "/tracemalloc.py")

# The round in which lines are traced, too; tracing takes time of its own, so what lags in it is not counted.
TRACED = -1

TICK = 0.005
STALL = 0.025


@dataclasses.dataclass(frozen=True, order=True)
class Place:
    """A line that was running, with the function around it."""

    path: str
    line: int
    function: str


@dataclasses.dataclass(frozen=True, order=True)
class Event:
    """One call that kept the loop waiting: `site` is the line in a coroutine, or the callback where there is none."""

    source: str
    api: str
    site: Place
    leaf: Place
    in_coroutine: bool


@dataclasses.dataclass
class Recorder:
    """What was seen of the code below `roots`; keys are events, values the rounds that they were seen in."""

    roots: tuple[str, ...]
    round: int = 0
    events: dict[Event, set[int]] = dataclasses.field(default_factory=lambda: collections.defaultdict(set))
    executed: set[tuple[str, int]] = dataclasses.field(default_factory=set)
    _busy: threading.local = dataclasses.field(default_factory=threading.local)
    _stalls: dict[tuple[Event, int], int] = dataclasses.field(default_factory=collections.Counter)

    def is_observed(self, code: CodeType) -> bool:
        """Return whether a function belongs to the observed code."""
        return code.co_filename.startswith(self.roots)

    def note(self, source: str, api: str, frame: FrameType | None) -> None:
        """Record an operation that `frame` carries out, if it runs on a loop for observed code."""
        event = self.event(source, api, frame)
        if event is not None:
            self.events[event].add(self.round)

    def event(self, source: str, api: str, frame: FrameType | None) -> Event | None:
        """Return the event of a stack: innermost observed frame, and the innermost coroutine outside of it.

        None where no observed code is on the stack, or where a library's own coroutine lies between: what a library
        does in its coroutines is not for the caller to mend.
        """
        leaf: Place | None = None
        outermost: Place | None = None
        for current in outwards(frame):
            code = current.f_code
            if leaf is None and any(part in code.co_filename for part in UNCOUNTED_CODE):
                return None
            is_coroutine = bool(code.co_flags & (inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR))
            if self.is_observed(code):
                outermost = Place(code.co_filename, current.f_lineno, code.co_qualname)
                leaf = leaf or outermost
                if is_coroutine:
                    return Event(source, api, outermost, leaf, in_coroutine=True)
            elif is_coroutine:
                break
        if leaf is None or outermost is None:
            return None
        return Event(source, api, outermost, leaf, in_coroutine=False)

    def activate(self, rows: Iterable[Row]) -> None:
        """Begin to record; `rows` are further callables that block without asking the system for anything."""
        blockbuster_module._wrap_blocking = self._wrap_blocking
        wrapped = BlockBuster()
        wrapped.activate()
        for row in rows:
            BlockBusterFunction(row.owner, row.name, can_block_predicate=row.is_quick).activate()
        sys.addaudithook(self._audit)

    def trace(self) -> None:
        """Begin the round in which the lines that run on this thread's loop are noted."""
        self.round = TRACED
        sys.settrace(self._trace_call)

    async def watch(self) -> None:
        """Tick until cancelled, while a thread looks at what this one does whenever it does not tick."""
        thread = threading.get_ident()
        pulse = [time.perf_counter()]
        stop = threading.Event()
        watchdog = threading.Thread(target=self._sample, args=(thread, pulse, stop), daemon=True)
        watchdog.start()
        try:
            while True:
                pulse[0] = time.perf_counter()
                await asyncio.sleep(TICK)
        finally:
            stop.set()

    def lags(self) -> Iterator[tuple[Event, set[int]]]:
        """Yield the lines that the loop stood still at, with the rounds."""
        rounds: dict[Event, set[int]] = collections.defaultdict(set)
        for event, number in self._stalls:
            if number != TRACED:
                rounds[event].add(number)
        yield from rounds.items()

    def _sample(self, thread: int, pulse: list[float], stop: threading.Event) -> None:
        while not stop.wait(TICK):
            if time.perf_counter() - pulse[0] > STALL:
                event = self.event("lag", "lag", sys._current_frames().get(thread))
                if event is not None:
                    self._stalls[event, self.round] += 1

    def _audit(self, name: str, _arguments: tuple[object, ...]) -> None:
        if name not in AUDITED or getattr(self._busy, "value", False):
            return
        if asyncio._get_running_loop() is None:
            return
        self._busy.value = True
        try:
            self.note("audit", name, sys._getframe(1))
        finally:
            self._busy.value = False

    def _wrap_blocking(
        self,
        _modules: object,
        _excluded: object,
        function: Callable[..., Any],
        name: str,
        can_block_functions: list[tuple[str, Iterable[str]]],
        can_block_predicate: Callable[..., bool],
    ) -> Callable[..., Any]:
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            if getattr(self._busy, "value", False) or asyncio._get_running_loop() is None:
                return function(*args, **kwargs)
            self._busy.value = True
            try:
                frame = sys._getframe(1)
                if not can_block_predicate(*args, **kwargs) and not any(
                    current.f_code.co_filename.endswith(path) and current.f_code.co_name in functions
                    for current in outwards(frame)
                    for path, functions in can_block_functions
                ):
                    self.note("blockbuster", name, frame)
            finally:
                self._busy.value = False
            return function(*args, **kwargs)

        return wrapper

    def _trace_call(self, frame: FrameType, _event: str, _argument: object) -> Any:
        if not self.is_observed(frame.f_code) or asyncio._get_running_loop() is None:
            return None
        return self._trace_line

    def _trace_line(self, frame: FrameType, event: str, _argument: object) -> Any:
        if event == "line":
            self.executed.add((frame.f_code.co_filename, frame.f_lineno))
        return self._trace_line


@dataclasses.dataclass(frozen=True)
class Row:
    """A callable that blocks without the system's knowing: `owner.name`, unless `is_quick` says that it will not."""

    owner: Any
    name: str
    is_quick: Callable[..., bool] = lambda *_args, **_kwargs: False


def outwards(frame: FrameType | None) -> Iterator[FrameType]:
    """Yield the frames of a stack from the innermost to the outermost."""
    while frame is not None:
        yield frame
        frame = frame.f_back


def report(recorder: Recorder) -> dict[str, Any]:
    """Return the record as plain data."""
    events = dict([*recorder.events.items(), *recorder.lags()])
    return {
        "events": [{**dataclasses.asdict(event), "rounds": sorted(rounds)} for event, rounds in sorted(events.items())],
        "executed": sorted(recorder.executed),
    }
