"""The `planalign` command: which subcommand is meant."""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import sys
from collections.abc import Sequence

from flake8_planalign import __version__

__all__ = ["main"]

#: Subcommand -> (module of the package `command`, function, what it does).
COMMANDS: dict[str, tuple[str, str, str]] = {
    "check": ("check", "main", "check files against the plan; takes the options of flake8"),
    "review": ("review", "main", "review a project, or what changed in it, against its plan"),
    "baseline": ("baseline", "main", "let today's findings pass from now on"),
    "init": ("init", "main", "write a configuration that fits the project"),
    "explain": ("explain", "explain", "print the page of a rule"),
    "rules": ("explain", "rules", "list the rules"),
    "skill": ("skill", "main", "print SKILL.md, by which a coding assistant uses this as its reviewer"),
    "detect-blocking-calls": ("named", "blocking_calls", "the Process view of --source-dir"),
    "validate-schema-migration": ("named", "schema_migration", "the Logical view of --migration-dir"),
    "verify-mojo-artifact": ("named", "mojo_artifact", "the Development view of --pipeline-dir"),
    "check-memory-allocation": ("named", "memory_allocation", "the Physical view of --compose-file"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a subcommand with its arguments; return its exit code."""
    name, *rest = [*(sys.argv[1:] if arguments is None else arguments), ""]
    rest = rest[:-1]
    if name in COMMANDS:
        return _run(name, rest)
    if name in ("--version", "-V"):
        print(f"planalign {__version__}")
        return 0
    wanted = name in ("", "-h", "--help", "help")
    stream = sys.stdout if wanted else sys.stderr
    if not wanted:
        print(f"planalign: there is no command `{name}`\n", file=stream)
    print(_usage(), file=stream)
    return 0 if wanted and name else 2


def _run(name: str, arguments: Sequence[str]) -> int:
    module, function, _ = COMMANDS[name]
    _open_streams()
    try:
        code: int = getattr(importlib.import_module(f"flake8_planalign.command.{module}"), function)(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        # Who reads our output has seen enough, as `| head` does.
        _write_no_more()
        return 1
    except KeyboardInterrupt:
        print(f"planalign {name}: stopped", file=sys.stderr)
        return 128 + signal.SIGINT
    except OSError as error:
        _write_no_more()
        where = f"{error.filename}: " if error.filename else ""
        print(f"planalign {name}: {where}{error.strerror or error}", file=sys.stderr)
        return 2
    return code


def _open_streams() -> None:
    """Let what goes to a closed stream go nowhere; Python has None for it, and would print errors to the other one."""
    for stream in ("stdout", "stderr"):
        if getattr(sys, stream) is None:
            setattr(sys, stream, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 # for the rest of the process


def _write_no_more() -> None:
    """Keep Python from writing at its end what is still waiting for standard output."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _usage() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:{width}}  {doc}" for name, (_, _, doc) in COMMANDS.items()]
    return "\n".join(["usage: planalign COMMAND [arguments]", "", *lines, "", "planalign COMMAND --help says more"])
