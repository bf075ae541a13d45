"""The four checks of the plan by their own names, for pipelines that call them so; each is one view's rules."""

from __future__ import annotations

import argparse
import functools
import sys
from collections.abc import Callable, Mapping, Sequence

from flake8_planalign import engine
from flake8_planalign.command import check, running
from flake8_planalign.kinds import FileKind

__all__ = ["CHECKS", "blocking_calls", "memory_allocation", "mojo_artifact", "schema_migration"]

#: Name of the check -> (its option, what the option takes, codes, what it does).
CHECKS: Mapping[str, tuple[str, str, str, str]] = {
    "detect-blocking-calls": ("--source-dir", "DIR", "PAL1", "Find what blocks the event loop (Process view)"),
    "validate-schema-migration": ("--migration-dir", "DIR", "PAL2", "Check migrations and models (Logical view)"),
    "verify-mojo-artifact": ("--pipeline-dir", "DIR", "PAL3", "Check models, pins and layers (Development view)"),
    "check-memory-allocation": ("--compose-file", "FILE", "PAL4", "Check heaps, ports and volumes (Physical view)"),
}
#: What each run reads, whatever it is about.
_ALWAYS = frozenset({FileKind.PLAN})
#: The checks to which a Python file that cannot be read matters.
_OF_PYTHON = frozenset({"PAL1", "PAL2", "PAL3"})


def _run(name: str, arguments: Sequence[str]) -> int:
    """Return 0 without findings, 1 with some, 2 if the check was not possible, or left something or all unjudged."""
    option, metavar, codes, doc = CHECKS[name]
    parser = argparse.ArgumentParser(
        f"planalign {name}",
        description=f"{doc}. Other options are those of flake8, which `planalign check --help` lists.",
    )
    parser.add_argument(
        option, dest="paths", action="append", required=True, metavar=metavar, help="what to check; can be repeated"
    )
    chosen, rest = parser.parse_known_args(arguments)
    if missing := running.missing_paths(chosen.paths):
        print(f"planalign {name}: {missing[0]}: there is no such file or directory", file=sys.stderr)
        return 2
    done = running.run([f"--select={codes},PAL9", *rest, *chosen.paths], name=f"planalign {name}")
    about = _judged_by(codes)
    print(f"planalign {name}: {check.summary(done, about | _ALWAYS)}", file=sys.stderr)
    failed = any(code == "PAL900" for _, results in done.results for code, *_ in results)
    counts, unread = check.judged(done)
    if not done.exit_code and not counts.keys() & about:
        print(f"planalign {name}: nothing to judge: no file of a kind that this check is about", file=sys.stderr)
        return 2
    # Where nothing is found, a file that could not be judged is no pass; flake8 says E999 and E902 of it, we PAL902.
    unjudged = codes in _OF_PYTHON and any(why.startswith(("E999", "E902")) for *_, why in unread)
    passed_by = unjudged and not done.exit_code and not done.options.exit_zero
    return 2 if not counts.total() or passed_by or failed or check.is_unusable(done) else done.exit_code


def _judged_by(codes: str) -> frozenset[FileKind]:
    """Return the kinds of file that a check is about: those of its view, of which the Physical one's are stacks."""
    view = engine.view(engine.VIEWS[int(codes[3]) - 1])
    assert view is not None
    return frozenset(view.KINDS) - {FileKind.YAML} - ({FileKind.PYTHON} if codes not in _OF_PYTHON else frozenset())


blocking_calls: Callable[[Sequence[str]], int] = functools.partial(_run, "detect-blocking-calls")
schema_migration: Callable[[Sequence[str]], int] = functools.partial(_run, "validate-schema-migration")
mojo_artifact: Callable[[Sequence[str]], int] = functools.partial(_run, "verify-mojo-artifact")
memory_allocation: Callable[[Sequence[str]], int] = functools.partial(_run, "check-memory-allocation")
