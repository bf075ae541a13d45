"""Record what the real h2o-genmodel makes of every mutant: `python tests/oracle/genmodel/record.py [JAR]`.

Needs a JDK. Without a jar, the wheel h2o==3.46.0.11 is downloaded from PyPI (250 MB) and its h2o.jar is used, which
holds the same classes. The verdicts go to tests/data/mojo/verdicts.json: for each model the mutants by verdict.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from mutants import mutants

HERE = Path(__file__).parent
DATA = HERE.parents[1] / "data" / "mojo"
VERSION = "3.46.0.11"


def jar_of_the_wheel(folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(folder), f"h2o=={VERSION}"]
    subprocess.run(command, check=True)
    with zipfile.ZipFile(next(folder.glob("h2o-*.whl"))) as wheel:
        return Path(wheel.extract("h2o/backend/bin/h2o.jar", folder))


def verdicts(jar: Path, folder: Path) -> dict[str, dict[str, list[str]]]:
    subprocess.run(["javac", "-cp", str(jar), "-d", str(folder), str(HERE / "Verdict.java")], check=True)
    names: dict[str, tuple[str, str]] = {}
    for number, mutant in enumerate(mutants(DATA)):
        path = folder / f"{number}.zip"
        path.write_bytes(mutant.data)
        names[str(path)] = mutant.base, mutant.name
    command = ["java", "-Dfile.encoding=UTF-8", "-Xmx1g", "-cp", f"{folder}:{jar}", "Verdict"]
    answers = subprocess.run(command, input="\n".join(names) + "\n", text=True, stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL, check=True)  # fmt: skip
    originals: dict[str, str] = {}
    found: dict[str, dict[str, list[str]]] = {}
    for line in answers.stdout.splitlines():
        path, verdict, detail = line.split("\t")
        base, name = names[path]
        originals.setdefault(base, detail)
        if verdict == "scored":
            verdict = "same" if detail == originals[base] else "different"
        found.setdefault(base, {}).setdefault(verdict, []).append(name.partition(": ")[2])
    return found


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        jar = Path(sys.argv[1]) if len(sys.argv) > 1 else jar_of_the_wheel(folder)
        found = verdicts(jar, folder)
    text = json.dumps({"h2o": VERSION, "verdicts": found}, indent=0, ensure_ascii=False) + "\n"
    (DATA / "verdicts.json").write_text(text, encoding="utf-8")
    print(sum(len(names) for kinds in found.values() for names in kinds.values()), "mutants")


if __name__ == "__main__":
    main()
