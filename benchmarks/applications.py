"""The real applications that every measurement here runs on: pinned wheels, fetched and unpacked.

python -m benchmarks.applications CORPUS
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

__all__ = ["APPLICATIONS", "Application", "Finding", "has_async", "lines_of", "main", "run_flake8"]

SEPARATOR = "\x1f"
FORMAT = SEPARATOR.join(["%(path)s", "%(row)d", "%(col)d", "%(code)s", "%(text)s"])
FIELDS = 5


@dataclasses.dataclass(frozen=True, slots=True)
class Application:
    """A wheel on PyPI, by version and content."""

    name: str
    version: str
    wheel: str
    sha256: str

    def tree(self, corpus: Path) -> Path:
        """Return the directory that the wheel is unpacked in."""
        return corpus / "src" / self.name

    def files(self, corpus: Path) -> list[Path]:
        """Return its Python files, sorted, relative to its tree."""
        tree = self.tree(corpus)
        return sorted(path.relative_to(tree) for path in tree.rglob("*.py"))


APPLICATIONS = (
    Application(
        "chainlit",
        "2.12.0",
        "chainlit-2.12.0-py3-none-any.whl",
        "17cbd2c408f775a123892984bf9170674b5c81a01f7a8af278912e2786253ffc",
    ),
    Application(
        "langflow_base",
        "1.13.0",
        "langflow_base-1.13.0-py3-none-any.whl",
        "e15db23e16cf27d6d1ac8fcc5030cf25ad3a04356a9581862b4e97de739dd3a2",
    ),
    Application(
        "litellm",
        "1.109.1",
        "litellm-1.109.1-cp310-abi3-manylinux_2_28_x86_64.whl",
        "1c8b4dd671fa0cd0850aa751678704ff77e595fb1e6085b2dc3be39ee19bdaaf",
    ),
    Application(
        "open_webui",
        "0.12.4",
        "open_webui-0.12.4-py3-none-any.whl",
        "02e9caba96234db3fa17a92e56163b3f7f2b8ca8227fa886b85c178d696483f6",
    ),
    Application(
        "prefect",
        "3.9.1",
        "prefect-3.9.1-py3-none-any.whl",
        "0c662e26e971b617993eed1f3d02fb8bc3c2dd47bee521b495f6e4dfeb38ae74",
    ),
)


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One line of flake8's output; line and column are 1-based, as flake8 prints them."""

    path: str
    line: int
    column: int
    code: str
    message: str


def lines_of(path: Path) -> int:
    """Return how many lines a file has."""
    return path.read_bytes().count(b"\n") + 1


def has_async(path: Path) -> bool:
    """Tell whether a file holds an `async def`."""
    return b"async def" in path.read_bytes()


def run_flake8(python: Path | str, tree: Path, files: Iterable[Path], options: Sequence[str] = ()) -> list[Finding]:
    """Run flake8 inside `tree` on `files` (relative to it) and return what it prints, sorted.

    Raises RuntimeError if flake8 itself fails, so that a crash never looks like silence.
    """
    command = [str(python), "-m", "flake8", "--isolated", f"--format={FORMAT}", *options, *map(str, files)]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)  # noqa: S603 (own command)
    if done.returncode not in {0, 1} or "Traceback" in done.stderr:
        message = f"flake8 failed in {tree.name} with {done.returncode}: {done.stderr.strip()[-2000:]}"
        raise RuntimeError(message)
    return sorted(_parse(done.stdout))


def _parse(output: str) -> Iterator[Finding]:
    for row in output.splitlines():
        fields = row.split(SEPARATOR)
        if len(fields) == FIELDS:
            path, line, column, code, text = fields
            yield Finding(path.removeprefix("./"), int(line), int(column), code, text)


def fetch(application: Application, corpus: Path) -> None:
    """Download and unpack one application, unless that is done; raise ValueError if its content is not the pinned."""
    wheels = corpus / "wheels"
    wheel = wheels / application.wheel
    if not wheel.exists():
        pin = f"{application.name}=={application.version}"
        subprocess.run(  # noqa: S603 (own command)
            [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "-d", str(wheels), pin],
            check=True,
        )
    found = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if found != application.sha256:
        message = f"{application.wheel} has sha256 {found}, pinned is {application.sha256}"
        raise ValueError(message)
    tree = application.tree(corpus)
    if not tree.exists():
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(tree)


def main() -> None:
    """Fetch every application and say how large it is."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("corpus", type=Path, help="directory for wheels/ and src/")
    corpus = parser.parse_args().corpus.resolve()
    total = 0
    for application in APPLICATIONS:
        fetch(application, corpus)
        tree = application.tree(corpus)
        files = application.files(corpus)
        lines = sum(lines_of(tree / file) for file in files)
        total += lines
        print(f"{application.name} {application.version}: {len(files)} files, {lines} lines")
    print(f"together {total} lines")


if __name__ == "__main__":
    main()
