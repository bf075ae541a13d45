"""Components, generators, images and replacements of kustomizations are done as `kubectl kustomize` does them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import Tree
from helm_case import UNKNOWN, plain

from flake8_planalign.formats import kustomize
from flake8_planalign.project import Project

KUBECTL = shutil.which("kubectl")
BASE = {
    "base/kustomization.yaml": "resources: [a.yaml]\n"
    "configMapGenerator: [{name: conf, literals: [HEAP=-Xmx1g, KEEP=x]}]\n",
    "base/a.yaml": """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec:
  template:
    spec:
      initContainers: [{name: i, image: "postgres:16"}]
      containers:
        - {name: c, image: "postgres:16", env: [{name: V, value: old}], resources: {limits: {memory: 1Gi}}}
        - {name: d, image: "registry.example.com:5000/team/app@sha256:1234"}
""",
}
PATCH = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {template: {spec: {containers: [%s]}}}\n"
COMPONENT = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"
OVER = "resources: [../base]\n"
CASES: dict[str, dict[str, str]] = {
    "tag": {"o/kustomization.yaml": OVER + "images: [{name: postgres, newTag: '18'}]\n"},
    "name": {"o/kustomization.yaml": OVER + "images: [{name: postgres, newName: bitnami/postgresql}]\n"},
    "both": {"o/kustomization.yaml": OVER + "images: [{name: postgres, newName: r.io/p, newTag: '15'}]\n"},
    "digest": {"o/kustomization.yaml": OVER + "images: [{name: postgres, digest: 'sha256:abcd'}]\n"},
    "registry with port": {
        "o/kustomization.yaml": OVER + "images: [{name: 'registry.example.com:5000/team/app', newTag: v2}]\n"
    },
    "another image": {"o/kustomization.yaml": OVER + "images: [{name: gres, newTag: v2}]\n"},
    "image of the base": {
        "base/kustomization.yaml": "resources: [a.yaml]\nimages: [{name: postgres, newTag: '17'}]\n",
        "o/kustomization.yaml": OVER + "images: [{name: postgres, newTag: '18'}]\n",
    },
    "component patches what is there": {
        "o/kustomization.yaml": OVER + "components: [../comp]\n",
        "comp/kustomization.yaml": COMPONENT + "patches: [{path: p.yaml}]\n",
        "comp/p.yaml": PATCH % "{name: c, resources: {limits: {memory: 4Gi}}}",
    },
    "component before the overlay's own patches": {
        "o/kustomization.yaml": OVER + "components: [../comp]\npatches: [{path: q.yaml}]\n",
        "o/q.yaml": PATCH % "{name: c, resources: {limits: {memory: 8Gi}}}",
        "comp/kustomization.yaml": COMPONENT + "patches: [{path: p.yaml}]\n",
        "comp/p.yaml": PATCH % "{name: c, resources: {limits: {memory: 4Gi}}}",
    },
    "component with images and a container": {
        "o/kustomization.yaml": OVER + "components: [../comp]\n",
        "comp/kustomization.yaml": COMPONENT + "images: [{name: postgres, newTag: '18'}]\npatches: [{path: p.yaml}]\n",
        "comp/p.yaml": PATCH % "{name: e, image: 'postgres:1'}",
    },
    "two components": {
        "o/kustomization.yaml": OVER + "components: [../one, ../two]\n",
        "one/kustomization.yaml": COMPONENT + "patches: [{path: p.yaml}]\n",
        "one/p.yaml": PATCH % "{name: c, resources: {limits: {memory: 4Gi}}}",
        "two/kustomization.yaml": COMPONENT + "patches: [{path: p.yaml}]\n",
        "two/p.yaml": PATCH % "{name: c, resources: {limits: {memory: 5Gi}}}",
    },
    "component of a component": {
        "o/kustomization.yaml": OVER + "components: [../one]\n",
        "one/kustomization.yaml": COMPONENT + "components: [../two]\n",
        "two/kustomization.yaml": COMPONENT + "patches: [{path: p.yaml}]\n",
        "two/p.yaml": PATCH % "{name: c, resources: {limits: {memory: 5Gi}}}",
    },
    "generator merges": {
        "o/kustomization.yaml": OVER
        + "configMapGenerator: [{name: conf, behavior: merge, literals: [HEAP=-Xmx3g, NEW=y]}]\n"
    },
    "generator replaces": {
        "o/kustomization.yaml": OVER + "configMapGenerator: [{name: conf, behavior: replace, literals: [NEW=y]}]\n"
    },
    "generator of files": {
        "o/kustomization.yaml": OVER
        + "configMapGenerator: [{name: more, files: [redis.conf, other=redis.conf], envs: [x.env]}]\n",
        "o/redis.conf": "appendonly yes\n",
        "o/x.env": "A=1\n# c\nB=x y\n",
    },
    "generator of the component": {
        "o/kustomization.yaml": OVER + "components: [../comp]\n",
        "comp/kustomization.yaml": COMPONENT
        + "configMapGenerator: [{name: conf, behavior: merge, literals: [HEAP=-Xmx9g]}]\n",
    },
    "replacement": {
        "o/kustomization.yaml": OVER
        + "replacements:\n- source: {kind: Deployment, name: a, fieldPath: metadata.name}\n  targets:\n"
        "  - select: {kind: Deployment, name: a}\n"
        "    fieldPaths: ['spec.template.spec.containers.[name=c].env.[name=V].value']\n"
    },
    "replacement of all": {
        "o/kustomization.yaml": OVER
        + "replacements:\n- source: {kind: Deployment, name: a, fieldPath: metadata.name}\n  targets:\n"
        "  - select: {kind: Deployment}\n    fieldPaths: ['spec.template.spec.containers.*.image']\n"
    },
    "replacement in a file": {
        "o/kustomization.yaml": OVER + "replacements: [{path: r.yaml}]\n",
        "o/r.yaml": "source: {kind: Deployment, name: a, fieldPath: metadata.name}\ntargets:\n"
        "- select: {name: a, kind: Deployment}\n  fieldPaths: [spec.template.spec.containers.0.image]\n",
    },
    "a patch and an image": {
        "o/kustomization.yaml": OVER + "patches: [{path: p.yaml}]\nimages: [{name: mysql, newTag: '9'}]\n",
        "o/p.yaml": PATCH % "{name: c, image: 'mysql:8'}",
    },
    "a patch for all by label of nothing": {
        "o/kustomization.yaml": OVER + "patches: [{target: {kind: Deployment, labelSelector: 'x=y'}, "
        'patch: \'[{"op": "remove", "path": "/spec/template"}]\'}]\n'
    },
    "a patch by regular expression": {
        "o/kustomization.yaml": OVER
        + "patches:\n- target: {kind: Deploy.*, name: '.*'}\n  patch: |-\n    - op: replace\n"
        "      path: /spec/template/spec/containers/0/resources/limits/memory\n      value: 3Gi\n"
    },
    "patches of several documents": {
        "o/kustomization.yaml": OVER + "patches: [{path: p.yaml}]\n",
        "o/p.yaml": PATCH % "{name: c, env: [{name: W, value: w}]}" + "---\n" + PATCH % "{name: d, args: [x]}",
    },
}


def facts(objects: list[Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for item in objects:
        name = item.get("metadata", {}).get("name", "")
        if item.get("kind") == "Deployment":
            spec = item["spec"]["template"]["spec"]
            for container in [*spec["containers"], *spec.get("initContainers", [])]:
                limits = container.get("resources", {}).get("limits", {})
                env = {entry["name"]: entry["value"] for entry in container.get("env", [])}
                found[container["name"]] = [container["image"], limits, env, container.get("args")]
        else:
            found[name.rpartition("-")[0] or name] = item.get("data", {})
    return found


def same(mine: Any, real: Any) -> bool:
    if isinstance(mine, dict):
        return set(mine) == set(real) and all(same(value, real[key]) for key, value in mine.items())
    if isinstance(mine, list):
        return len(mine) == len(real) and all(map(same, mine, real))
    return bool(mine in (UNKNOWN, real))


@pytest.mark.skipif(KUBECTL is None, reason="there is no kubectl on this machine")
@pytest.mark.parametrize("case", CASES)
def test_what_is_built_is_what_kubectl_builds(tree: Tree, case: str) -> None:
    assert KUBECTL
    folder = Path(os.path.realpath(tree({**BASE, **CASES[case]})))
    done = subprocess.run([KUBECTL, "kustomize", str(folder / "o")], capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
    project = Project(folder)
    source = project.companion(str(folder / "o/kustomization.yaml"))
    assert source
    built = kustomize.evaluate(source, project.companion).objects
    made = facts([{**plain(item.table), "kind": item.kind, "metadata": {"name": item.name}} for item in built])
    truth = facts([item for item in yaml.safe_load_all(done.stdout) if item])
    assert same({name.partition("-")[0]: value for name, value in made.items()}, truth), (made, truth)
