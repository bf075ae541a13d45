"""The heap that a JVM gets is what the real `java` says it takes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flake8_planalign.formats.located import Origin, Place, Text
from flake8_planalign.formats.words import Word, java_words
from flake8_planalign.physical.runtime import runtime
from flake8_planalign.source import Source

COMBINATIONS = int(os.environ.get("PLANALIGN_JVM_COMBINATIONS", "500"))
JAVA = shutil.which("java")

#: In less, Java's own classes may not find room, or its generations do not become that small; that is no question of
#: what an option means.
BOOT = 16 * 2**20

_PLACE = Place(Origin.of(Source.of_text("nowhere", "")), 0, 0)
_HEAP = re.compile(r"\bMaxHeapSize\s*=\s*(\d+)")

sizes = st.one_of(
    st.builds("{}{}".format, st.integers(1, 6), st.sampled_from("gG")),
    st.builds("{}{}".format, st.integers(16, 3000), st.sampled_from("mM")),
    st.builds("{}k".format, st.integers(16_384, 900_000)),
    st.integers(2**24, 2**31).map(str),
    st.integers(2**24, 2**31).map(hex),
    st.sampled_from(
        ["0", "1", "512", "1.5g", "=512m", "1Gi", "1GB", "g", "", "0x", "-1m", "1gb", "1e3m", "0x10000000"]
    ),
)
percentages = st.sampled_from(
    ["75", "75.0", "50.5", "0.75", "100", "1e1", "101", "-1", "x", "33.333", "0", "+60", ".5"]
)
single = st.one_of(
    st.builds("-Xmx{}".format, sizes),
    st.builds("-mx{}".format, sizes),
    st.builds("-XX:MaxHeapSize={}".format, sizes),
    st.builds("-Xms{}".format, st.one_of(st.builds("{}m".format, st.integers(8, 900)), sizes)),
    st.builds("-XX:MaxRAMPercentage={}".format, percentages),
    st.builds("-XX:MinRAMPercentage={}".format, percentages),
    st.builds("-XX:MaxRAMFraction={}".format, st.sampled_from(["1", "2", "3", "4", "0", "x"])),
    st.sampled_from(["-XX:MaxDirectMemorySize=1g", "-Dx=-Xmx1k", "-ea", "-XX:+UseSerialGC"]),
)
#: On a command line this is one argument, in a variable two.
glued = st.builds(
    "{} {}{}m".format,
    single,
    st.sampled_from(["-Xmx", "-Xms", "-XX:MaxHeapSize="]),
    st.integers(64, 512),
)
options = st.one_of(single, single, single, glued)
memories = st.sampled_from([64, 100, 200, 249, 250, 256, 300, 500, 504, 512, 1000, 1024, 2048, 4096, 8192])
sources = st.sampled_from(["JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "command", "command", "command", "_JAVA_OPTIONS"])


def taken(memory: int, where: dict[str, list[str]]) -> int | None:
    """Return the maximum heap in bytes that `java` takes, None if it does not start."""
    assert JAVA
    environment = {name: " ".join(words) for name, words in where.items() if name != "command"}
    fixed = ["-XX:+UseSerialGC", f"-XX:MaxRAM={memory}m", "-XX:+PrintFlagsFinal"]
    command = [JAVA, *fixed, *where.get("command", ()), "-version"]
    done = subprocess.run(
        command, env={"PATH": "/usr/bin", **environment}, capture_output=True, text=True, check=False, timeout=60
    )
    found = _HEAP.search(done.stdout)
    return int(found[1]) if found and done.returncode == 0 else None


def foreseen(memory: int, where: dict[str, list[str]]) -> float | None:
    """Return what the model says."""
    variables = {name: Text(" ".join(words), _PLACE) for name, words in where.items() if name != "command"}
    line = [Word("java", Text("java", _PLACE))]
    line += [Word(word, Text(word, _PLACE)) for word in [*where.get("command", ()), "-version"]]
    (jvm,) = runtime(variables, line, image_known=True).jvms
    return jvm.heap(memory * 2**20)


@pytest.mark.skipif(JAVA is None, reason="there is no java on this machine")
@given(memories, st.lists(st.tuples(sources, options), max_size=4))
@settings(max_examples=COMBINATIONS, suppress_health_check=list(HealthCheck), deadline=None)
def test_the_heap_is_what_java_takes(memory: int, chosen: list[tuple[str, str]]) -> None:
    where: dict[str, list[str]] = {}
    for source, option in chosen:
        where.setdefault(source, []).append(option.strip())
    heap, truth = foreseen(memory, where), taken(memory, where)
    if heap is not None and heap < BOOT and (truth is None or truth < BOOT):
        return
    assert heap == truth


@pytest.mark.skipif(JAVA is None, reason="there is no java on this machine")
@pytest.mark.parametrize("source", ["JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "command"])
def test_an_initial_heap_beyond_the_largest_is_refused_or_raises_it(source: str) -> None:
    where = {source: ["-Xmx300m", "-XX:InitialHeapSize=400m"]}
    assert foreseen(2048, where) == taken(2048, where)


def test_options_of_a_variable_are_split_as_the_launcher_splits_them() -> None:
    words = java_words(Text("-Dx='a b' \"-Xmx1g\"  -Xms5m", _PLACE))
    assert [word.value for word in words] == ["-Dx=a b", "-Xmx1g", "-Xms5m"]


@pytest.mark.skipif(JAVA is None, reason="there is no java on this machine")
@pytest.mark.parametrize(
    "command",
    [
        ["-jar", "-Xmx96m"],
        ["-Xmx64m", "-jar", "-Xmx96m"],
        ["-jar", "-cp", "a.jar", "-XX:MaxRAMPercentage=50"],
        ["-jar"],
    ],
)
def test_options_stand_behind_jar_as_well(command: list[str]) -> None:
    assert foreseen(2048, {"command": command}) == taken(2048, {"command": command})
