"""What it costs to judge a MOJO, in process: each real one (best of several runs), and one of 400 MB in three shapes.

python -m benchmarks.mojo_cost [--runs N] [--large]

The times are CPU of one whole judgement of a file on disk: directory, checksums of all entries, model.ini, blobs. The
large archives are written to a temporary directory: stored noise, noise that deflate cannot shrink, and zeros; each is
judged in a process of its own, whose greatest resident size is told, with that of one which only imports the reader.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from random import Random

from flake8_planalign.development import artifacts
from flake8_planalign.kinds import HEAD, FileKind
from flake8_planalign.source import Source

DATA = Path(__file__).parents[1] / "tests" / "data" / "mojo"
MIB = 2**20
TREES = 100


def judged(path: Path) -> list[object]:
    """Return what the reader says of a file, of which it is given only the beginning."""
    with path.open("rb") as stream:
        head = stream.read(HEAD)
    return list(artifacts.read(Source.of_bytes(str(path), head, FileKind.ARCHIVE, whole=False)))


def best(path: Path, runs: int) -> float:
    """Return the shortest of several times, in milliseconds of CPU, which other processes add least to."""
    times: list[float] = []
    for _ in range(runs):
        began = time.process_time()
        judged(path)
        times.append(time.process_time() - began)
    return min(times) * 1000


def large(folder: Path) -> Iterator[Path]:
    """Write archives of 400 MB that claim to be boosted trees, and yield them."""
    noise = Random(1).randbytes(4 * MIB)  # noqa: S311 - noise, no secret
    with zipfile.ZipFile(DATA / "gbm_bin.zip") as original:
        ini = original.read("model.ini").decode().replace("n_trees = 5", f"n_trees = {TREES}")
        tree = original.read("trees/t00_000.bin")
        domains = {name: original.read(name) for name in original.namelist() if name.startswith("domains/")}
    for name, method, content in (
        ("stored", zipfile.ZIP_STORED, noise),
        ("deflated", zipfile.ZIP_DEFLATED, noise),
        ("zeros", zipfile.ZIP_DEFLATED, bytes(4 * MIB)),
    ):
        path = folder / f"{name}.zip"
        with zipfile.ZipFile(path, "w", method, compresslevel=1) as archive:
            archive.writestr("model.ini", ini)
            for domain, data in domains.items():
                archive.writestr(domain, data)
            for number in range(TREES):
                archive.writestr(f"trees/t00_{number:03}.bin", tree)
                archive.writestr(f"trees/t00_{number:03}_aux.bin", content)
        yield path


def alone(path: Path | None) -> None:
    """Print what judging one file takes in this process: seconds, findings and greatest resident size in MiB."""
    began = time.perf_counter()
    found = len(judged(path)) if path is not None else 0
    took = time.perf_counter() - began
    # `getrusage` would tell what the parent process had
    size = next(line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in line)
    print(f"{took:7.2f} s  {int(size) / 1024:6.1f} MiB resident  {found} findings")


def main() -> None:
    """Print one line for each file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=30)
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--alone", type=Path)
    options = parser.parse_args()
    if options.alone is not None:
        alone(None if options.alone.name == "nothing" else options.alone)
        return
    for path in sorted(DATA.glob("*.zip")):
        with zipfile.ZipFile(path) as archive:
            claimed = sum(entry.file_size for entry in archive.infolist())
            print(f"{path.name:18} {path.stat().st_size:8,} bytes, {claimed:9,} unpacked, "
                  f"{len(archive.infolist()):4} entries {best(path, options.runs):7.2f} ms")  # fmt: skip
    if options.large:
        with tempfile.TemporaryDirectory() as name:
            for path in (Path("nothing"), *large(Path(name))):
                size = f"{path.stat().st_size / MIB:6.1f} MiB" if path.name != "nothing" else " " * 10
                print(f"{path.name:14} {size}", end="", flush=True)
                command = [sys.executable, "-m", "benchmarks.mojo_cost", "--alone", str(path)]
                subprocess.run(command, check=True)  # noqa: S603 (own command)


if __name__ == "__main__":
    main()
