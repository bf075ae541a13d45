"""A Compose file on top of another one: what is replaced, appended, keyed and refused, as the loader does it."""

from __future__ import annotations

import pytest
from conftest import Tree

from flake8_planalign.formats import compose
from flake8_planalign.formats.compose_fields import FieldError, go_text, mounts, ports
from flake8_planalign.formats.located import Items, Origin, Place, Table, Text, Value
from flake8_planalign.project import Project
from flake8_planalign.source import Source

HERE = Place(Origin.of(Source.of_text("nowhere", "")), 0, 0)


def plain(value: Value | None) -> object:
    if isinstance(value, Table):
        return {key: plain(item) for key, item in value.items.items()}
    if isinstance(value, Items):
        return [plain(item) for item in value.items]
    return None if value is None or value.null else value.value


def loaded(tree: Tree, files: dict[str, str]) -> compose.Model:
    project = Project(tree({**files}))
    read = project.companion
    folder = str(project.root)
    return compose.load(compose.default_files(folder, read), read, compose.project_environment(folder, read))


def service(lines: str) -> str:
    return "services:\n  a:\n" + "".join(f"    {line}\n" for line in lines.split("\n"))


@pytest.mark.parametrize(
    ("base", "over", "key", "expected"),
    [
        ("command: [a, b]", "command: c", "command", "c"),
        ("entrypoint: a", "entrypoint: [b]", "entrypoint", ["b"]),
        ("healthcheck: {test: a, retries: 1}", "healthcheck: {test: b}", "healthcheck", {"test": "b", "retries": "1"}),
        ("cap_add: [A]", "cap_add: [B]", "cap_add", ["A", "B"]),
        ("dns: 1.1.1.1", "dns: [8.8.8.8]", "dns", ["1.1.1.1", "8.8.8.8"]),
        ("dns: [1.1.1.1]", "dns:", "dns", ["1.1.1.1"]),
        ("labels: [A=1, B=2]", "labels: {B: 3}", "labels", {"A": "1", "B": "3"}),
        ("labels: {A: 1}", "labels:", "labels", {"A": "1"}),
        ("labels:", "labels: [A=1]", "labels", {"A": "1"}),
        ("labels: {A: 1}", "labels: {A: !reset x, B: 2}", "labels", {"B": "2"}),
        ("networks: [x]", "networks: {y: {aliases: [z]}}", "networks", {"x": None, "y": {"aliases": ["z"]}}),
        ("depends_on: {x: {condition: c}}", "depends_on: [y]", "depends_on", {"x": {"condition": "c"}, "y": None}),
        ("build: one", "build: {target: t}", "build", {"context": "one", "target": "t"}),
        ("build: {context: one}", "build: two", "build", {"context": "two"}),
        ("build: {args: [A=1]}", "build: {args: {B: 2}}", "build", {"args": {"A": "1", "B": "2"}}),
        ("logging: {driver: a, options: {x: 1}}", "logging: {driver: b}", "logging", {"driver": "b"}),
        ("logging: {driver: a, options: {x: 1}}", "logging: {driver: a, options: {y: 2}}", "logging",
         {"driver": "a", "options": {"x": "1", "y": "2"}}),
        ("ulimits: {n: {soft: 1, hard: 2}}", "ulimits: {n: {soft: 3}}", "ulimits", {"n": {"soft": "3"}}),
        ("restart: always", "restart:", "restart", "always"),
        ("deploy:", "deploy: {replicas: 2}", "deploy", {"replicas": "2"}),
        ("deploy: {replicas: 1}", "deploy: !override {mode: global}", "deploy", {"mode": "global"}),
        ("deploy: {replicas: 1, mode: x}", "deploy: {mode: !reset y}", "deploy", {"replicas": "1"}),
        ("deploy: {replicas: 1}", "deploy: !reset x", "deploy", None),
    ],
)  # fmt: skip
def test_what_a_key_becomes(tree: Tree, base: str, over: str, key: str, expected: object) -> None:
    files = {"compose.yaml": service(f"image: x\n{base}"), "compose.override.yaml": service(over)}
    found = loaded(tree, files)
    assert not [problem for problem in found.problems if not problem.missing]
    assert plain(found.services[0].table.items.get(key)) == expected


@pytest.mark.parametrize(
    ("base", "over", "reason"),
    [
        ("deploy: {replicas: 1}", "deploy: 2", "cannot override a mapping"),
        ("cap_add: [A]", "cap_add: B", "cannot override a list"),
    ],
)
def test_what_cannot_be_put_on_top_is_told_at_the_upper_value(tree: Tree, base: str, over: str, reason: str) -> None:
    files = {"compose.yaml": service(f"image: x\n{base}"), "compose.override.yaml": service(over)}
    (problem,) = loaded(tree, files).problems
    assert reason in problem.reason
    assert problem.place.path.endswith("override.yaml")
    extending = {
        "compose.yaml": f"services:\n  b: {{image: x, {base}}}\n  a: {{extends: b, {over}}}\n",
    }
    (problem,) = loaded(tree, {**extending, "compose.override.yaml": "services: {}\n"}).problems
    assert reason in problem.reason


def test_a_service_that_is_reset_in_its_own_file_is_gone_there(tree: Tree) -> None:
    found = loaded(tree, {"compose.yaml": "services:\n  a: {image: x, ports: !reset [], deploy: {mode: !reset x}}\n"})
    assert plain(found.services[0].table) == {"image": "x", "deploy": {}}


def test_documents_of_a_file_are_merged_in_order(tree: Tree) -> None:
    found = loaded(
        tree, {"compose.yaml": "services: {a: {image: x}}\n---\nservices: {a: {image: y}, b: {image: z}}\n---\n1\n"}
    )
    assert [(item.name, plain(item.table.items["image"])) for item in found.services] == [("a", "y"), ("b", "z")]


@pytest.mark.parametrize(
    ("line", "services"),
    [
        ("extends: {service: b, file: ../outside.yml}", ["a"]),
        ("extends: {service: b, file: nowhere.yml}", ["a"]),
        ("extends: {service: b, file: '${FILE}'}", ["a"]),
        ("extends: {service: '${NAME}'}", ["a"]),
        ("extends: {}", ["a"]),
        ("extends: {service: b, file: other.yml}", ["a"]),
        ("extends: {service: n, file: other.yml}", ["a"]),
    ],
)
def test_what_cannot_be_extended_leaves_the_service_as_it_is(tree: Tree, line: str, services: list[str]) -> None:
    files = {"compose.yaml": service(f"image: x\n{line}"), "other.yml": "services: {b: {image: y, command: c}, n: 1}\n"}
    found = loaded(tree, files)
    assert [item.name for item in found.services] == services
    assert plain(found.services[0].table.items["image"]) == "x"


def test_an_include_has_a_directory_and_variables_of_its_own(tree: Tree) -> None:
    files = {
        "compose.yaml": (
            "include:\n- {path: part/c.yml, project_directory: part, env_file: part/own.env}\n- path: '${NOWHERE}'\n"
            "- nowhere.yml\n- {path: part/bad.yml, env_file: part/bad.env}\n"
            "services: {a: {image: x}}\nvolumes: {shared: {labels: {A: 1}}}\nnetworks: {n: x}\n"
        ),
        "part/c.yml": (
            "services:\n  b: {image: 'b:${TAG}', env_file: b.env, environment: [TAG, OTHER]}\n"
            "volumes: {shared: {labels: {B: 2}}}\nnetworks: {n: {driver: b}}\n"
        ),
        "part/own.env": "TAG=7\n",
        "part/b.env": "E=1\n",
        "part/bad.yml": "services: {c: {image: y}}\n",
        "part/bad.env": "A B=1\n",
    }
    found = loaded(tree, files)
    services = {item.name: item for item in found.services}
    assert sorted(services) == ["a", "b", "c"]
    assert plain(services["b"].table.items["image"]) == "b:7"
    assert services["b"].environment["TAG"].value == "7"
    assert services["b"].environment["E"].value == "1"
    assert not services["b"].environment["OTHER"].known
    assert plain(found.table.get("volumes", "shared", "labels")) == {"A": "1", "B": "2"}
    assert sorted(problem.reason.partition(":")[0] for problem in found.problems) == [
        "it cannot override a mapping",
        "part/bad.env",
    ]


def test_a_file_of_variables_in_its_formats(tree: Tree) -> None:
    files = {
        "compose.yaml": service(
            "image: x\nenv_file: [{path: raw.env, format: raw}, '${FILE}', {path: bad.env}, plain.env]"
        ),
        "raw.env": "A=$B 'x'\n",
        "bad.env": "A B\n",
        "plain.env": "C=1\n",
    }
    (found,) = loaded(tree, files).services
    assert {name: variable.value for name, variable in found.environment.items()} == {"A": "$B 'x'", "C": "1"}
    assert not found.complete


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        (".inf", "+Inf"), ("-.Inf", "-Inf"), (".nan", "NaN"), ("-0.0", "-0"), ("0.0", "0"), ("1e400", "+Inf"),
        ("-1e400", "-Inf"), ("1e-7", "1e-07"), ("1.5e-7", "1.5e-07"), ("0.001", "0.001"), ("123456.0", "123456"),
        ("-12.5", "-12.5"), ("99999999999999999999", "1e+20"), ("0b11", "3"), ("-0x10", "-16"), ("1.2.3", "1.2.3"),
        ("-", "-"), ("", ""), ("x1", "x1"),
    ],
)  # fmt: skip
def test_numbers_as_go_prints_them(written: str, printed: str) -> None:
    assert go_text(Text(written, HERE, plain=True)) == printed


def items(*values: str) -> Items:
    return Items(HERE, [Text(value, HERE) for value in values])


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("80:80:80:80", "is no address"),
        ("80/xyz", "is no protocol"),
        ("80:", "is missing"),
        ("3-1:80", "is no port"),
        ("70000", "is no port"),
        ("8000-8001:80-82", "differ in length"),
    ],
)
def test_ports_that_are_refused(written: str, reason: str) -> None:
    with pytest.raises(FieldError, match=reason):
        list(ports(items(written)))


def test_ports_of_both_forms() -> None:
    long = Table(HERE)
    long.put("target", HERE, Text("80", HERE))
    unknown = Table(HERE)
    unknown.put("target", HERE, Text("", HERE, unknown=True))
    hidden = Text(":", HERE, unknown=True)
    nothing = Text("~", HERE, plain=True)
    found = list(
        ports(Items(HERE, [*items("8000-8002:80", "53:53/UDP", "90-91").items, long, unknown, hidden, nothing]))
    )
    assert [(port.published, port.target, port.protocol, port.unknown) for port in found] == [
        ("8000-8002", 80, "tcp", False),
        ("53", 53, "udp", False),
        ("", 90, "tcp", False),
        ("", 91, "tcp", False),
        ("", 80, "tcp", False),
        ("", 0, "tcp", True),
        ("", 0, "tcp", True),
    ]
    with pytest.raises(FieldError, match="no target"):
        list(ports(Items(HERE, [Table(HERE)])))


@pytest.mark.parametrize(
    ("written", "kind", "source", "target"),
    [
        ("/d", "volume", "", "/d"),
        ("//d/../e", "volume", "", "/e"),
        ("data:/d/", "volume", "data", "/d"),
        ("./d:/d:ro", "bind", "./d", "/d"),
        ("C:\\d:/d", "bind", "C:\\d", "/d"),
        ("v:/d", "volume", "", "v:/d"),
        ("~/d:/d", "bind", "~/d", "/d"),
    ],
)
def test_mounts_of_the_short_form(written: str, kind: str, source: str, target: str) -> None:
    (found,) = mounts(items(written))
    assert (found.kind, found.source, found.target) == (kind, source, target)


def test_mounts_that_are_refused() -> None:
    for written, reason in (("data::/d", "empty section"), ("a1:b1:c1:d1", "too many colons")):
        with pytest.raises(FieldError, match=reason):
            list(mounts(items(written)))
    with pytest.raises(FieldError, match="no target"):
        list(mounts(Items(HERE, [Table(HERE)])))
    assert list(mounts(Items(HERE, [Text("~", HERE, plain=True)]))) == []
