"""`python -m flake8_planalign.registry --flake8-async`: the registry in the form that another plugin reads.

flake8-async has an option `async200-blocking-calls` for names of one's own (its rule ASYNC200). The value that is
printed holds every function of the registry that blocks by its name alone; methods need types, which flake8-async does
not follow. Paste it into the `[flake8]` table of setup.cfg, tox.ini or .flake8.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Sequence

from flake8_planalign.patterns import lazy
from flake8_planalign.registry import Registry, bundled, libraries

__all__ = ["main"]

#: What flake8-async knows by rules of its own: ASYNC210 to ASYNC251.
_KNOWN_THERE = lazy(
    r"(?:httpx|requests|urllib3|subprocess)\.\w+$|urllib\.request\.|os\.(?:path|popen|posix_spawn|spawn|system|wait)"
    r"|os\.fdopen|(?:builtins|io)\.open|builtins\.input|time\.sleep"
)


def blocking_functions() -> Iterator[tuple[str, str]]:
    """Yield the dotted names of the functions that block, sorted, each with what to use in its place."""
    registry = Registry()
    for root in sorted(libraries()):
        for name, entry in sorted(bundled(root).items()):
            api = registry.function(name)
            if api is None or api.tier == "metadata" or api.probable or "#" in name or _KNOWN_THERE.match(name):
                continue
            use = re.sub(r"[,`]|->|\s+", " ", api.use or "offload it with asyncio.to_thread")
            for alias in sorted({name, *entry.aliases}):
                yield alias.removeprefix("builtins."), " ".join(use.split()).removeprefix("await ")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the registry in the form that is asked for; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m flake8_planalign.registry", description=__doc__)
    parser.add_argument(
        "--flake8-async", action="store_true", required=True, help="the value of async200-blocking-calls"
    )
    parser.parse_args(arguments)
    lines = [f"    {name} -> {use}," for name, use in sorted(dict(blocking_functions()).items())]
    sys.stdout.write("\n".join(["async200-blocking-calls =", *lines, ""]))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
