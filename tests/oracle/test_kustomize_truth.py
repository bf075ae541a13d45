"""Kustomizations build what `kubectl kustomize` builds, as far as the view asks."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flake8_planalign.formats import kustomize
from flake8_planalign.formats.located import Items, Table, Text, Value
from flake8_planalign.project import Project

PROJECTS = int(os.environ.get("PLANALIGN_KUSTOMIZE_PROJECTS", "100"))
KUBECTL = shutil.which("kubectl")

names = st.sampled_from(["a", "b", "c"])
environment = st.lists(
    st.builds(
        lambda name, value: {"name": name, "value": value},
        st.sampled_from(["X", "Y", "Z"]),
        st.sampled_from(["1", "-Xmx1g", "x"]),
    ),
    max_size=2,
    unique_by=lambda item: item["name"],
)
limits = st.builds(lambda size: {"limits": {"memory": size}}, st.sampled_from(["1Gi", "2Gi", "512Mi"]))
mounts = st.lists(
    st.builds(
        lambda name, path: {"name": name, "mountPath": path},
        st.sampled_from(["data", "tmp"]),
        st.sampled_from(["/d", "/e"]),
    ),
    max_size=2,
    unique_by=lambda item: item["mountPath"],
)
parts = st.fixed_dictionaries(
    {},
    optional={
        "env": environment,
        "resources": limits,
        "volumeMounts": mounts,
        "args": st.lists(st.sampled_from(["-Xmx1g", "x"]), max_size=2),
        "command": st.just(["java"]),
    },
)
volumes = st.lists(
    st.sampled_from([{"name": "data", "emptyDir": {}}, {"name": "tmp", "hostPath": {"path": "/x"}}]),
    max_size=2,
    unique_by=lambda item: item["name"],
)


def workload(name: str, containers: list[dict[str, Any]], **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {"template": {"spec": {"containers": containers, **spec}}},
    }


@st.composite
def projects(draw: st.DrawFn) -> dict[str, str]:
    """Draw a base with one or two workloads, and an overlay that patches some of it."""
    deployed = draw(st.lists(names, min_size=1, max_size=2, unique=True))
    files: dict[str, str] = {}
    documents = []
    for name in deployed:
        inside = draw(st.lists(names, min_size=1, max_size=2, unique=True))
        containers = [{"name": item, "image": "x", **draw(parts)} for item in inside]
        documents.append(workload(name, containers, volumes=draw(volumes)))
    files["base/all.yaml"] = "---\n".join(map(yaml.safe_dump, documents))
    files["base/kustomization.yaml"] = yaml.safe_dump({"resources": ["all.yaml"]})
    overlay: dict[str, Any] = {"resources": ["../base"]}
    patches: list[Any] = []
    for number in range(draw(st.integers(0, 2))):
        target = draw(st.sampled_from(documents))
        name = target["metadata"]["name"]
        inside = [item["name"] for item in target["spec"]["template"]["spec"]["containers"]]
        how = draw(st.sampled_from(["file", "inline", "json", "delete", "null"]))
        if how == "json":
            value = draw(limits)
            operations = [{"op": "add", "path": "/spec/template/spec/containers/0/resources", "value": value}]
            if draw(st.booleans()):
                operations.append({"op": "add", "path": "/spec/template/spec/hostNetwork", "value": True})
            patches.append({"target": {"kind": "Deployment", "name": name}, "patch": json.dumps(operations)})
            continue
        container: dict[str, Any] = {"name": draw(st.sampled_from([*inside, "new"])), **draw(parts)}
        if container["name"] == "new":
            container["image"] = "y"
        if how == "delete" and len(inside) > 1:
            container = {"name": inside[0], "$patch": "delete"}
        elif how == "null":
            container["resources"] = None
        text = yaml.safe_dump(workload(name, [container], volumes=draw(volumes)))
        if how == "inline":
            patches.append({"patch": text})
        else:
            files[f"overlay/p{number}.yaml"] = text
            patches.append({"path": f"p{number}.yaml"})
    if patches:
        overlay["patches"] = patches
    files["overlay/kustomization.yaml"] = yaml.safe_dump(overlay)
    return files


def plain(value: Value) -> Any:
    """Return a located value as plain data, every scalar as its text."""
    if isinstance(value, Table):
        return {key: plain(item) for key, item in value.items.items()}
    if isinstance(value, Items):
        return [plain(item) for item in value.items]
    assert isinstance(value, Text)
    return None if value.null else value.value


def texts(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: texts(item) for key, item in value.items()}
    if isinstance(value, list):
        return [texts(item) for item in value]
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


def asked(built: list[Any]) -> dict[str, Any]:
    """Return what the view asks of objects, lists by what tells their items apart."""
    found: dict[str, Any] = {}
    for item in built:
        spec = item["spec"]["template"]["spec"]
        found[item["metadata"]["name"]] = {
            "host": spec.get("hostNetwork"),
            "volumes": {volume["name"]: sorted(volume) for volume in spec.get("volumes") or ()},
            "containers": {
                container["name"]: {
                    "env": {entry["name"]: entry.get("value") for entry in container.get("env") or ()},
                    "limits": (container.get("resources") or {}).get("limits"),
                    "args": container.get("args") or [],
                    "command": container.get("command") or [],
                    "mounts": {entry["mountPath"]: entry["name"] for entry in container.get("volumeMounts") or ()},
                }
                for container in spec["containers"]
            },
        }
    return found


@pytest.mark.skipif(KUBECTL is None, reason="there is no kubectl on this machine")
@given(projects())
@settings(max_examples=PROJECTS, suppress_health_check=list(HealthCheck), deadline=None)
def test_an_overlay_builds_what_kubectl_builds(files: dict[str, str]) -> None:
    assert KUBECTL
    with tempfile.TemporaryDirectory() as name:
        folder = Path(os.path.realpath(name))
        for path, text in files.items():
            (folder / path).parent.mkdir(exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
        done = subprocess.run(
            [KUBECTL, "kustomize", str(folder / "overlay")], capture_output=True, text=True, check=False, timeout=60
        )
        project = Project(folder)
        source = project.companion(str(folder / "overlay" / "kustomization.yaml"))
        assert source
        built = kustomize.evaluate(source, project.companion)
    if done.returncode:
        return
    truth = asked([texts(item) for item in yaml.safe_load_all(done.stdout)])
    assert asked([plain(item.table) for item in built.objects]) == truth
