"""Files made to break their readers: bounded, and told once where there is something to tell."""

from __future__ import annotations

import os
import resource
from pathlib import Path

import pytest

from flake8_planalign import engine
from flake8_planalign.formats.yaml import compose
from flake8_planalign.kinds import kind_of
from flake8_planalign.project import Project
from flake8_planalign.source import Source

#: In KiB; what is not bounded takes all that there is.
MEMORY = 4 * 2**20
LAUGHS = "x-a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"x-a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 10)
)
MERGES = (
    "x-b: &b {" + ", ".join(f"k{i}: {i}" for i in range(2000)) + "}\nservices:\n"
    + "".join(f"  s{i}: {{<<: *b, image: x}}\n" for i in range(2000))
)  # fmt: skip
INLINE = "\n    build:\n      dockerfile_inline: |\n        FROM java\n        CMD java\n"
DOUBLING = "A=xxxxxxxx\n" + "A=$A$A\n" * 60


def findings(folder: Path, name: str, text: str | bytes, **beside: str) -> list[str]:
    """Return what is told of a file that cannot be read, and hold the memory that it takes."""
    data = text.encode() if isinstance(text, str) else text
    for other, content in beside.items():
        (folder / other.replace("_", ".")).write_text(content, encoding="utf-8")
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    found = engine.check(Source.of_bytes(str(path), data, kind_of(str(path), data)), Project(folder))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < MEMORY
    assert not [item for item in found if item.code == "PAL900"], found
    return [f"{item.code} {item.message}" for item in found if item.code == "PAL902"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"{LAUGHS}services: {{a: {{image: x, environment: *a9}}}}\n", "more than 1,000,000 nodes"),
        ("services: {a: {image: x, environment: &e [*e]}}\n", "within what it means"),
        ("services: {a: {image: x, x: " + "[" * 60_000, "deeper than 200 levels"),
        ("".join(" " * i + "a:\n" for i in range(1500)) + "services: {}\n", ""),
        ("services: &a0 {}\n" + "".join(f"x{i}: &a{i} [*a{i - 1}]\n" for i in range(1, 9000)), "nest deeper than 200"),
        ("services:\n\ta: 1\n", "cannot start any token"),
        ("services:\n" + "  a: {image: x}\n" * 300_000, "longer than 4 MiB"),
        ("include: [compose.yaml]\nservices: {a: {image: x}}\n", "include each other"),
        ("services: {a: {extends: b}, b: {extends: a}}\n", "extends itself"),
        (
            "services:\n" + "".join(f"  s{i}: {{extends: s{i + 1}}}\n" for i in range(2000)) + "  s2000: {image: x}\n",
            "50",
        ),
        ("services: {a: {image: x, command: '" + "${A:-" * 5000 + "}" * 5000 + "'}}\n", "deeper than 32 levels"),
        ("services: {a: {image: x, command: '" + "${" * 20_000 + "'}}\n", "is no variable"),
    ],
)
def test_a_fault_of_a_kind_is_told_once(tmp_path: Path, text: str, reason: str) -> None:
    told = findings(tmp_path, "compose.yaml", text)
    assert any(reason in item for item in told)
    assert len(told) <= 2


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("compose.yaml", MERGES),
        ("compose.yaml", "---\na: 1\n" * 200_000 + "services: {}\n"),
        ("pod.yaml", "---\napiVersion: v1\nkind: Pod\nimage: x\n" * 60_000),
        ("compose.yaml", "services:\n  a:\n    x: " + "[" * 190 + "]" * 190 + "\n    image: x\n"),
        ("compose.yaml", "services: {a: {image: x, env_file: [compose.yaml, ., a/, ../../etc/passwd]}}\n"),
        ("compose.yaml", "services:\n" + "".join(f"  s{i}: {INLINE}" for i in range(2500))),
        ("compose.yaml", "services: {a: {build: {dockerfile_inline: |}}}\n"),
        ("compose.yaml", "services: {a: {image: x, ports: ['1-65535:1-65535']}}\n"),
        ("compose.yaml", "services:\n" + "".join(f"  s{i}: {{image: x, ports: ['1-65535']}}\n" for i in range(200))),
        ("compose.yaml", "services: {a: {image: x, environment: {B: $A}, env_file: [.env]}}\n"),
        ("compose.yaml", "services: {a: {image: x, entrypoint: [sh, -c, '" + "$$A " * 20_000 + "'], environment: {A: '"
         + "x" * 100_000 + "'}}}\n"),
        ("compose.yaml", "include: [../../etc/passwd, /etc/passwd]\nservices: {a: {image: x, env_file: /etc/x}}\n"),
        ("compose.yaml", "services: {a: {image: x}}\n".encode("utf-16")),
        ("compose.yaml", b"services: {a: {image: \xe9}}\n"),
        ("Dockerfile", "FROM java\nENV A=java\n" + "ENV A=$A$A\n" * 60),
        ("Dockerfile", "FROM java AS s0\n" + "".join(f"FROM s{i} AS s{i + 1}\n" for i in range(3000))),
        ("Dockerfile", "FROM java\nRUN x \\\n" + "\\\n" * 100_000),
        ("pod.yaml", "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: a\n    image: x\n    env:\n"
         "    - {name: A0, value: xx}\n"
         + "".join(f"    - {{name: A{i}, value: $(A{i - 1})$(A{i - 1})}}\n" for i in range(1, 60))),
        ("kustomization.yaml", "kind: Kustomization\napiVersion: v1\nresources: [., ../../etc, kustomization.yaml]\n"),
        ("templates/a.yaml", "apiVersion: v1\nkind: Pod\n" + "{{ if a }}\n" * 20_000),
        ("templates/a.yaml", "apiVersion: v1\nkind: Pod\na: {{ " + "(" * 20_000 + " }}\n"),
    ],
)  # fmt: skip
def test_what_is_large_or_leads_out_is_bounded(tmp_path: Path, name: str, text: str | bytes) -> None:
    (tmp_path / ".env").write_text(DOUBLING, encoding="utf-8")
    assert len(findings(tmp_path, name, text)) <= 2


def test_the_events_of_a_python_without_libyaml_give_the_same_nodes(monkeypatch: pytest.MonkeyPatch) -> None:
    import yaml

    from flake8_planalign.formats import yaml as ours
    from flake8_planalign.formats import yaml_events

    text = "a: &x {b: 'c', d: !t e}\n'f': [1, *x, \"g\"]\n---\n- |\n  h\n"

    def shape(node: object) -> object:
        if isinstance(node, ours.Scalar):
            return node.value, node.start, node.end, node.style, node.tag
        if isinstance(node, ours.Sequence):
            return [(shape(item), node.place_of(index, item)) for index, item in enumerate(node.items)]
        assert isinstance(node, ours.Mapping)
        return [
            (shape(key), shape(value), node.place_of(index, value)) for index, (key, value) in enumerate(node.pairs)
        ]

    quick = [shape(node) for node in compose(text).documents]
    monkeypatch.setattr(yaml_events, "_PARSER", yaml.SafeLoader)
    compose.cache_clear()
    assert [shape(node) for node in compose(text).documents] == quick
    compose.cache_clear()
    assert (compose("a: [").fault or ours.Fault(0, 0, "")).reason
    assert (compose("a: \x01").fault or ours.Fault(0, 0, "")).start == 3
    compose.cache_clear()


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("compose.yaml", "services:\n  a:\n    x: " + "[" * 196 + "]" * 196 + "\n    image: x\n", 0),
        ("compose.yaml", "services:\n  a:\n    x: " + "[" * 201 + "]" * 201 + "\n    image: x\n", 1),
        ("compose.yaml", "services:\n  a: {image: x}\n\tb: {image: x}\n", 1),
        ("compose.yaml", "services: {a: {image: x}}\n".encode("utf-16"), 0),
        ("compose.yaml", b"\xef\xbb\xbfservices: {a: {image: x}}\n", 0),
        ("compose.yaml", b"services: {a: {image: x\x07}}\n", 1),
        ("pod.yaml", "apiVersion: v1\nkind: Pod\nx: [" + "[" * 60_000, 1),
        ("pod.yaml", "apiVersion: v1\nkind: Pod\nspec: &a\n  containers: *a\n", 0),
    ],
    ids=["196 deep", "201 deep", "tab", "UTF-16", "byte order mark", "control sign", "60,000 deep", "cycle"],
)
def test_a_limit_stands_where_it_is_said_to_stand(tmp_path: Path, name: str, text: str | bytes, told: int) -> None:
    assert len(findings(tmp_path, name, text)) == told


def test_what_lies_outside_of_the_project_is_never_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from flake8_planalign import reading

    inside = tmp_path / "project"
    inside.mkdir()
    outside = tmp_path / "outside.yaml"
    outside.write_text("services: {a: {image: x, mem_limit: 512Mi}}\n", encoding="utf-8")
    (tmp_path / "outside.env").write_text("JAVA_OPTS=-Xmx=1g\n", encoding="utf-8")
    (inside / "linked.yaml").symlink_to(outside)
    (inside / "loop.yaml").symlink_to(inside / "loop.yaml")
    opened: list[str] = []
    content = reading.bytes_of
    monkeypatch.setattr(reading, "bytes_of", lambda path, *limit: opened.append(str(path)) or content(path, *limit))
    lines = [
        "include: [../outside.yaml, linked.yaml, loop.yaml, 'file:///etc/passwd']",
        "services:",
        "  a: {extends: {file: ../outside.yaml, service: a}, env_file: [../outside.env, /etc/passwd]}",
        "  b: {build: {context: .., dockerfile: outside.yaml}}",
        "  c: {extends: {file: linked.yaml, service: a}}",
    ]
    findings(inside, "compose.yaml", "\n".join(lines) + "\n")
    findings(
        inside,
        "kustomization.yaml",
        "resources: [.., ../outside.yaml, linked.yaml]\npatches: [{path: ../outside.yaml}]\n",
    )
    assert opened
    assert {path for path in opened if not path.startswith(f"{inside}/")} == set()


def test_a_pipe_in_the_place_of_a_file_keeps_nobody_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.env")
    assert findings(tmp_path, "compose.yaml", "services: {a: {image: x, env_file: pipe.env}}\n") == []


@pytest.mark.parametrize("name", ["a.yaml", "b.yaml"])
def test_files_that_extend_or_include_each_other_are_told_of(tmp_path: Path, name: str) -> None:
    other = "b.yaml" if name == "a.yaml" else "a.yaml"
    text = f"include: [{other}]\nservices: {{s{name[0]}: {{image: x}}}}\n"
    (tmp_path / other).write_text(text.replace(other, name).replace(f"s{name[0]}", "s"), encoding="utf-8")
    assert len(findings(tmp_path, name, text)) <= 1
    extending = f"services: {{s: {{image: x, extends: {{file: {other}, service: s}}}}}}\n"
    (tmp_path / other).write_text(extending.replace(other, name), encoding="utf-8")
    assert len(findings(tmp_path, name, extending)) <= 1


@pytest.mark.parametrize(
    "annotation", ["dict[()]", "Awaitable[()]", "Callable[()]", "list[()]", "Union[()]", "tuple[()]"]
)
def test_an_annotation_without_parts_says_nothing(tmp_path: Path, annotation: str) -> None:
    lines = (
        "import time",
        "from typing import Awaitable, Callable, Union",
        "class Held:",
        f"    kept: {annotation}",
        f"async def serve(held: Held, given: {annotation}) -> None:",
        "    held.kept.get(given.first).second()",
        "    time.sleep(1)",
    )
    assert not findings(tmp_path, "app.py", "\n".join(lines))
