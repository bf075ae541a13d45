"""Compose projects are read as Compose reads them, and every value knows where it was written."""

from __future__ import annotations

import pytest
from conftest import Tree

from flake8_planalign import engine
from flake8_planalign.formats import compose
from flake8_planalign.formats.compose_fields import go_text
from flake8_planalign.formats.dotenv import DotenvError, parse
from flake8_planalign.formats.interpolation import TemplateError, fill
from flake8_planalign.formats.located import Items, Origin, Place, Text, texts
from flake8_planalign.formats.quantities import compose_bytes, human, java_bytes, kubernetes_bytes
from flake8_planalign.kinds import kind_of
from flake8_planalign.project import Project
from flake8_planalign.source import Source

HERE = Place(Origin.of(Source.of_text("nowhere", "")), 0, 0)


def model(tree: Tree, files: dict[str, str], name: str = "compose.yaml") -> compose.Model:
    root = tree({**files})
    project = Project(root)
    source = project.companion(str(root / name))
    assert source
    return compose.remembered(compose.files_of(source, project.companion), project)


def service(found: compose.Model, name: str = "a") -> compose.Service:
    return next(item for item in found.services if item.name == name)


def shown(place: Place) -> str:
    return place.origin.source.text[place.start : place.end]


@pytest.mark.parametrize(
    ("written", "value", "unset"),
    [
        ("$A-${A}", "1-1", ()),
        ("${B:-x} ${B-x} ${A:-x}", "x x 1", ()),
        ("${E:-x} ${E-x}", "x ", ()),
        ("${A:+x}${B:+x}${E:+x}${E+x}", "xx", ()),
        ("${B:-${C:-$A}}", "1", ()),
        ("$$A ${A}}", "$A 1}", ()),
        ("$B", "", ("B",)),
        ("${B:?why}", "", ("B",)),
        ("$1 $", "$1 $", ()),
    ],
)
def test_variables_are_put_in(written: str, value: str, unset: tuple[str, ...]) -> None:
    filled = fill(written, {"A": "1", "E": ""}.get)
    assert (filled.value, filled.unset) == (value, unset)


def test_a_dollar_sign_may_be_an_escape(tree: Tree) -> None:
    files = {".env": "A=1\n", "compose.yaml": 'services: {a: {image: x, environment: {B: "\\x24{A}"}}}\n'}
    assert service(model(tree, files)).environment["B"].value == "1"


def test_a_scalar_and_its_aliases_stand_where_it_is_written(tree: Tree) -> None:
    text = "services:\n  a: {image: &i x, command: [&c run, *c, *i], environment: {B: *i}}\n"
    found = service(model(tree, {"compose.yaml": text}))
    command = found.table.items["command"]
    assert isinstance(command, Items)
    assert [(item.value, shown(item.place)) for item in texts(command)] == [("run", "run"), ("run", "run"), ("x", "x")]
    assert found.environment["B"].text.place.start == text.index("x, command")


@pytest.mark.parametrize("written", ["${", "${A", "${1}", "${A!x}", "${A:-x", "${A:-\n}"])
def test_what_is_no_variable_is_refused(written: str) -> None:
    with pytest.raises(TemplateError):
        fill(written, {}.get)


def test_a_file_of_variables() -> None:
    text = "# c\nA=1 # c\nexport B: 'x y'\nC=\"$A\\n${B}\"\nD='$A'\nE\nF=a#b\nG=\n"
    assert parse(text, {"E": "given"}.get) == {
        "A": "1",
        "B": "x y",
        "C": "1\nx y",
        "D": "$A",
        "E": "given",
        "F": "a#b",
        "G": "",
    }
    for wrong in ("A B=1\n", "A='x\n", "A!=1\n"):
        with pytest.raises(DotenvError):
            parse(wrong)


@pytest.mark.parametrize(
    ("written", "size"),
    [
        ("512m", 2**29),
        ("1.5g", 3 * 2**29),
        ("1 GiB", 2**30),
        ("10b", 10),
        ("0.5", 0),
        ("512Mi", None),
        ("m", None),
        ("-1m", None),
        ("1gbb", None),
        ("1e400", None),
        ("1_0m", None),
    ],
)
def test_sizes_of_compose(written: str, size: int | None) -> None:
    assert compose_bytes(written) == size


def test_sizes_of_kubernetes_and_java_and_people() -> None:
    sizes = ("1Gi", "1G", "1.5Mi", "1e3", "12", "512MB", "1gi")
    assert [kubernetes_bytes(size) for size in sizes] == [2**30, 10**9, 3 * 2**19, 1000, 12, None, None]
    assert str(kubernetes_bytes("400m")) == "0.400"
    assert [java_bytes(size) for size in ("2g", "0x10", "1.5g", "1Gi", "")] == [2**31, 16, None, None, None]
    assert [human(size) for size in (2**30, 1.5 * 2**20, 1024, 0.4)] == ["1 GiB", "1.5 MiB", "1 KiB", "0.4 B"]


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("0x1F", "31"),
        ("0777", "511"),
        ("1_000", "1000"),
        ("1.50", "1.5"),
        ("1e6", "1e+06"),
        ("True", "true"),
        ("22:22", "22:22"),
    ],
)
def test_plain_scalars_are_what_go_prints(written: str, printed: str) -> None:
    assert go_text(Text(written, HERE, plain=True)) == printed
    assert go_text(Text(written, HERE)) == written


def test_anchors_merge_keys_and_both_forms_of_variables(tree: Tree) -> None:
    text = "x-e: &e\n  A: 1\n  B: 2\nservices:\n  a:\n    image: x\n    environment:\n      <<: *e\n      B: 3\n"
    found = service(model(tree, {"compose.yaml": text}))
    assert {name: variable.value for name, variable in found.environment.items()} == {"A": "1", "B": "3"}
    assert found.environment["A"].text.place.position.line == 2


def test_an_override_is_picked_up_and_keeps_its_places(tree: Tree) -> None:
    files = {
        "docker-compose.yml": "services:\n  a: {image: x, ports: ['1:1'], mem_limit: 1g, environment: [A=1]}\n",
        "docker-compose.override.yml": "services:\n  a: {ports: ['2:2', '1:1'], environment: {A: 2}}\n",
    }
    found = service(model(tree, files, "docker-compose.yml"))
    assert [port.published for port in found.ports] == ["1", "2"]
    assert found.ports[0].place.path.endswith("override.yml")
    assert found.environment["A"].text.place.path.endswith("override.yml")


def test_reset_and_override_take_away(tree: Tree) -> None:
    files = {
        "compose.yaml": "services:\n  a: {image: x, ports: ['1:1'], environment: {A: 1, B: 2}, command: x}\n",
        "compose.override.yaml": (
            "services:\n  a: {ports: !override ['2:2'], environment: {A: !reset x}, command: !reset x}\n"
        ),
    }
    found = service(model(tree, files))
    assert [port.published for port in found.ports] == ["2"]
    assert list(found.environment) == ["B"]
    assert "command" not in found.table.items


def test_extends_and_include_follow_files_inside_of_the_project_only(tree: Tree) -> None:
    files = {
        "compose.yaml": (
            "include: [db/compose.yaml, ../outside.yaml]\nservices:\n"
            "  a: {extends: {file: base/common.yml, service: b}, environment: {B: 2}}\n"
            "  c: {image: x, env_file: [../../etc/passwd, c.env]}\n"
        ),
        "base/common.yml": "services:\n  b: {image: y, env_file: b.env, environment: {A: 1}}\n",
        "base/b.env": "E=5\n",
        "db/compose.yaml": "services:\n  d: {image: 'postgres:${TAG}'}\n",
        "db/.env": "TAG=17\n",
        "c.env": "C=1\n",
    }
    found = model(tree, files)
    assert sorted(item.name for item in found.services) == ["a", "c", "d"]
    assert sorted(service(found).environment) == ["A", "B", "E"]
    assert not service(found, "c").complete
    image = service(found, "d").table.items["image"]
    assert isinstance(image, Text)
    assert (image.value, shown(image.place)) == ("postgres:17", "'postgres:${TAG}'")
    assert not found.problems


def test_a_file_of_its_own_is_judged_on_top_of_the_base(tree: Tree) -> None:
    files = {
        "compose.yaml": "services:\n  a: {image: x, mem_limit: 1g}\n",
        "compose.prod.yaml": "services:\n  a: {mem_limit: 2g}\n",
    }
    assert service(model(tree, files, "compose.prod.yaml")).table.items["mem_limit"].value == "2g"  # type: ignore[union-attr]
    assert service(model(tree, files, "compose.yaml")).table.items["mem_limit"].value == "1g"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("line", "at", "reason"),
    [
        ("ports: ['x:1']", "'x:1'", "is no port"),
        ("ports: ['1:2:3:4']", "'1:2:3:4'", "is no address"),
        ("ports: [{target: 1, published: '2'}, {target: 1, published: 2}]", "{", "published twice"),
        ("volumes: ['nowhere:/d']", "'nowhere:/d'", "undefined volume `nowhere`"),
        ("networks: [nowhere]", "nowhere", "undefined network `nowhere`"),
        ("command: '${'", "'${'", "is no variable"),
        ("extends: b", "b", "no service `b`"),
        ("extends: a", "a", "extends itself"),
        ("environment: &e {A: *e}", "*e", "stands within what it means"),
    ],
)
def test_what_compose_refuses_is_told_at_its_place(tree: Tree, line: str, at: str, reason: str) -> None:
    text = f"services:\n  a:\n    image: x\n    {line}\n"
    root = tree({"compose.yaml": text})
    path = str(root / "compose.yaml")
    found = engine.check(Source.of_bytes(path, text.encode(), kind_of(path, text)), Project(root))
    (told,) = [finding for finding in found if finding.code == "PAL902"]
    assert reason in told.message
    start = text.split("\n")[3].rindex(at)
    assert (told.position.line, told.position.column) == (4, start)


@pytest.mark.parametrize(
    ("name", "refused"),
    [
        ("compose.yaml", True),
        ("docker-compose.template.yml", False),
        ("template-compose.yaml", False),
        ("it/src/test/compose/docker-compose.yaml", False),
        ("src/main/docker/templates.yml", False),
        ("src/compose.yaml", True),
    ],
)
def test_what_another_tool_makes_a_compose_file_of_is_left_alone(tree: Tree, name: str, refused: bool) -> None:  # noqa: FBT001
    text = "services:\n  a:\n    image: ${docker.image}\n    ports: [1]\n    ports: [2]\n"
    root = tree({name: text})
    path = str(root / name)
    found = engine.check(Source.of_bytes(path, text.encode(), kind_of(path, text)), Project(root))
    assert any(finding.code == "PAL902" for finding in found) == refused


def test_places_within_values() -> None:
    text = "a: 'x -Xmx1g'\nb: >-\n  -Xms1g\n  -Xmx2g\nc: \"\\u0020-Xmx3g\"\nd: -Xmx${H:-4g}\n"
    source = Source.of_text("compose.yaml", text)
    found = compose.load([source], lambda _: None, {}).table
    for key, option in (("a", "-Xmx1g"), ("b", "-Xmx2g"), ("c", "-Xmx3g"), ("d", "-Xmx4g")):
        value = found.items[key]
        assert isinstance(value, Text)
        at = value.value.index(option)
        assert shown(value.at(at, at + len(option))) == (option if key != "d" else "-Xmx${H:-4g")
