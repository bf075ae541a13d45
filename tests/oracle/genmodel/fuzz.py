"""Judge random mutations of real MOJOs: `python tests/oracle/genmodel/fuzz.py [COUNT [SEED]]`.

No exception but our own verdicts, no judgement of more than two seconds. Prints what breaks that, and how many were
judged; exit status 1 if anything did.
"""

from __future__ import annotations

import random
import sys
import time
import traceback
from pathlib import Path

from mutants import packed, read

from flake8_planalign.development import artifacts
from flake8_planalign.kinds import FileKind
from flake8_planalign.source import Source

DATA = Path(__file__).parents[2] / "data" / "mojo"
SLOW = 2.0
#: What is worth writing over something: limits of fields, signatures, the grammar of model.ini.
PIECES = (
    b"\x00", b"\xff", b"\xff\xff\xff\xff", b"\x00\x00\x00\x80", b"\xff\xff\xff\x7f", b"PK\x01\x02", b"PK\x03\x04",
    b"PK\x05\x06", b"[columns]\n", b"[domains]\n", b"[info]\n", b" = ", b"=", b"\n", b"\r", b":", b"-1", b"99999999999",
    b"null", b"[]", b"[1, 2]", b"[0.5]", b"true", b"../", b"NaN", b"\xc3", b"#", b"0x1p3", b"1e999",
)  # fmt: skip


def mutated(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        place = chance.randrange(len(changed) + 1)
        match chance.randrange(6):
            case 0 if place < len(changed):
                changed[place] ^= 1 << chance.randrange(8)
            case 1:
                piece = chance.choice(PIECES)
                changed[place : place + len(piece)] = piece
            case 2:
                changed[place:place] = chance.choice(PIECES) * chance.choice((1, 1, 3, 100))
            case 3:
                del changed[place : place + chance.choice((1, 4, 30, 300))]
            case 4:
                other = chance.randrange(len(changed) + 1)
                changed[place : place + 40] = changed[other : other + 40]
            case _:
                del changed[place : None if chance.random() < 0.05 else place + 1]
        if not changed:
            return b""
    return bytes(changed)


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    chance = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    models = {path.stem: read(path) for path in sorted(DATA.glob("*.zip"))}
    small = {name: model for name, model in models.items() if sum(map(len, model.values())) < 100_000}
    faults = 0
    slowest = 0.0
    for number in range(count):
        name = chance.choice(list(small))
        model = dict(small[name])
        if chance.random() < 0.6:
            entry = chance.choice([*model, "model.ini"])
            if entry in model:
                model[entry] = mutated(model[entry], chance)
            data = packed(model)
        else:
            data = mutated(packed(model), chance)
        began = time.perf_counter()
        try:
            list(artifacts.read(Source.of_bytes("model.zip", data, FileKind.ARCHIVE)))
        except Exception:  # noqa: BLE001
            faults += 1
            print(f"{name} (mutation {number}): {traceback.format_exc(limit=-3)}")
        took = time.perf_counter() - began
        slowest = max(slowest, took)
        if took > SLOW:
            faults += 1
            print(f"{name} (mutation {number}): {took:.1f} s")
    print(f"{count} mutations, {faults} faults, slowest {slowest * 1000:.0f} ms")
    return int(faults > 0)


if __name__ == "__main__":
    sys.exit(main())
