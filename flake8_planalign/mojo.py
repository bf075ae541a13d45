"""Validate H2O's models on their own, without flake8, H2O or Java: `python -m flake8_planalign.mojo PATH...`.

Exit status 0: every model is valid. 1: something is wrong with one, or H2O's own reader disagrees. 2: a path cannot be
read, or Java or the jar is missing.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from flake8_planalign.development import artifacts, containers
from flake8_planalign.development.containers import Shape
from flake8_planalign.development.model import Effect, InvalidMojo, ModelDump, UnsafeArchive
from flake8_planalign.formats.archive import ArchiveError, read_directory
from flake8_planalign.kinds import FileKind
from flake8_planalign.source import Source

__all__ = ["main"]

_OTHER_SHAPES = "is no MOJO of H2O-3"
_TIMEOUT = 600


@dataclasses.dataclass
class Report:
    """What is wrong with one model; `genmodel` is what the real reader says, None if it was not asked."""

    path: str
    problems: list[dict[str, str]]
    form: str = "H2O-3 MOJO"
    rejected: bool = False
    genmodel: str | None = None
    disagreement: str | None = None
    unreadable: str | None = None


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m flake8_planalign.mojo", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("paths", nargs="+", metavar="PATH", help="a MOJO, or a directory that holds an unzipped one")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument("--with-genmodel", metavar="JAR", help="load each model with this h2o-genmodel.jar as well")
    options = parser.parse_args(arguments)
    reports = [_judge(path) for path in options.paths]
    if options.with_genmodel:
        failure = _ask_genmodel(reports, options.with_genmodel)
        if failure:
            print(failure, file=sys.stderr)
            return 2
    if options.format == "json":
        print(json.dumps([dataclasses.asdict(report) for report in reports], indent=2, ensure_ascii=False))
    else:
        print("\n".join(line for report in reports for line in _lines(report)))
    if any(report.unreadable for report in reports):
        return 2
    return int(any(report.problems or report.disagreement for report in reports))


def _judge(path: str) -> Report:
    form = Shape.MOJO.value
    try:
        source = _source(path)
        if source.kind is FileKind.ARCHIVE:
            form = _form(source)
        found = list(artifacts.read(source))
    except OSError as error:
        return Report(path, [], unreadable=f"cannot be read: {error.strerror or error}")
    if source.kind in (FileKind.JAVA, FileKind.BINARY_MODEL):
        form = next((item.kind for item in found if isinstance(item, ModelDump)), "")
        if not form:
            return Report(path, [], unreadable=f"cannot be read: {_OTHER_SHAPES}")
    problems: list[dict[str, str]] = []
    rejected = False
    for item in found:
        match item:
            case InvalidMojo(fault=fault):
                rejected = rejected or fault.effect is Effect.REJECTED
                problems.append(
                    {"code": "PAL316", "entry": fault.entry, "problem": fault.problem, "effect": fault.effect.value}
                )
            case UnsafeArchive(hazard=hazard):
                problems.append({"code": "PAL317", "entry": hazard.entry, "problem": hazard.problem, "effect": ""})
            case ModelDump(kind=kind, version=version):
                problems.append({"code": "PAL315", "entry": "", "problem": f"{kind} of H2O {version}", "effect": ""})
    return Report(path, problems, form, rejected)


def _form(source: Source) -> str:
    """Return what an archive is; raises OSError for one that is none of H2O's."""
    with source.open() as stream:
        try:
            shape = containers.shape_of(read_directory(stream))[0]
        except ArchiveError:
            shape = Shape.MOJO
    if shape is Shape.FOREIGN:
        raise OSError(0, _OTHER_SHAPES)
    return str(shape.value)


def _source(path: str) -> Source:
    if os.path.isdir(path):
        ini = os.path.join(path, "model.ini")
        with open(ini, "rb") as stream:
            return Source.of_bytes(ini, stream.read(), FileKind.MODEL_INI)
    with open(path, "rb") as stream:
        head = stream.read(2**16)
    if head.startswith(b"\x1c\xed"):
        return Source.of_bytes(path, head, FileKind.BINARY_MODEL)
    if path.endswith(".java"):
        return Source.of_bytes(path, head, FileKind.JAVA)
    if not head.startswith(b"PK"):
        raise OSError(0, _OTHER_SHAPES)
    return Source.of_bytes(path, head, FileKind.ARCHIVE, whole=False)


def _ask_genmodel(reports: list[Report], jar: str) -> str | None:
    """Let the real reader load each model and note where it disagrees; return why it cannot be asked, if so."""
    asked = [report for report in reports if report.unreadable is None]
    if not os.path.isfile(jar):
        return f"{jar}: there is no such jar"
    if not asked:
        return None
    program = Path(artifacts.__file__).with_name("GenmodelLoad.java")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, program.name)
        copy.write_bytes(program.read_bytes())
        command = ["java", "-Dfile.encoding=UTF-8", "-cp", jar, str(copy), *(report.path for report in asked)]
        try:
            answer = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT, check=False)  # noqa: S603
        except FileNotFoundError:
            return "java is not installed, which --with-genmodel needs (a JDK, 11 or later)"
        except subprocess.TimeoutExpired:
            return f"java did not answer within {_TIMEOUT} seconds"
    verdicts = answer.stdout.splitlines()
    if len(verdicts) != len(asked):
        return f"java could not run: {answer.stderr.strip()[:500]}"
    for report, verdict in zip(asked, verdicts, strict=True):
        report.genmodel = verdict
        if verdict != "loaded" and not report.problems and report.form == Shape.MOJO.value:
            report.disagreement = f"h2o-genmodel rejects it: {verdict}"
        elif verdict == "loaded" and report.rejected:
            report.disagreement = "h2o-genmodel loads it"
    return None


def _lines(report: Report) -> Iterator[str]:
    if report.unreadable:
        yield f"{report.path}: {report.unreadable}"
        return
    for problem in report.problems:
        parts = (problem["entry"], problem["problem"])
        effect = f"; {problem['effect']}" if problem["effect"] else ""
        yield f"{report.path}: {problem['code']} {' '.join(part for part in parts if part)}{effect}"
    if report.disagreement:
        yield f"{report.path}: disagreement: {report.disagreement}"
    if not report.problems and not report.disagreement:
        told_apart = report.form in (Shape.MOJO2.value, Shape.DOWNLOAD.value)
        yield f"{report.path}: {f'{report.form}, not judged' if told_apart else 'valid'}"


if __name__ == "__main__":
    sys.exit(main())
