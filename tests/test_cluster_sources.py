"""What stands behind a container of a cluster: ConfigMaps, Secrets, default limits, mounted files, kustomizations."""

from __future__ import annotations

import base64

import pytest
from conftest import Flake8, Tree
from physical_clause import of_kind, pod, told

from flake8_planalign.formats import kustomize
from flake8_planalign.formats.located import Items, Table, Value
from flake8_planalign.project import Project

HEAP = base64.b64encode(b"-Xmx900m").decode()
LIMIT = "resources: {limits: {memory: 1Gi}}"


def plain(value: Value | None) -> object:
    if isinstance(value, Table):
        return {key: plain(item) for key, item in value.items.items()}
    if isinstance(value, Items):
        return [plain(item) for item in value.items]
    return None if value is None or value.null else value.value


@pytest.mark.parametrize(
    ("container", "other", "expected"),
    [
        (
            "envFrom: [{configMapRef: {name: a}, prefix: JAVA_}]",
            of_kind("ConfigMap", "data: {OPTS: -Xmx900m}"),
            ["b.yaml:4:13"],
        ),
        ("envFrom: [{secretRef: {name: a}}]", of_kind("Secret", f"data: {{JAVA_OPTS: {HEAP}}}"), ["b.yaml:4:18"]),
        ("envFrom: [{secretRef: {name: a}}]", of_kind("Secret", "stringData: {JAVA_OPTS: -Xmx900m}"), ["b.yaml:4:24"]),
        ("envFrom: [{secretRef: {name: a}}]", of_kind("Secret", "data: {JAVA_OPTS: no base64}"), []),
        ("envFrom: [{configMapRef: {name: a}}]", of_kind("ConfigMap", "data: {JAVA_OPTS: {x: 1}}"), []),
        (
            "env: [{name: JAVA_OPTS, valueFrom: {secretKeyRef: {name: a, key: K}}}]",
            of_kind("Secret", f"data: {{K: {HEAP}}}"),
            ["b.yaml:4:10"],
        ),
        (
            "env: [{name: JAVA_OPTS, valueFrom: {configMapKeyRef: {name: a}}}]",
            of_kind("ConfigMap", "data: {K: -Xmx900m}"),
            [],
        ),
        (
            "env: [{name: JAVA_OPTS, valueFrom: {fieldRef: {fieldPath: x}}}, {value: x}]",
            of_kind("ConfigMap", "data: {}"),
            [],
        ),
        (
            "env: [{name: JAVA_OPTS, valueFrom: {configMapKeyRef: {name: a, key: K}}}]",
            of_kind("ConfigMap", "data: {K: -Xmx900m}").replace("{name: a}", "{name: a, namespace: other}"),
            ["b.yaml:4:10"],
        ),
    ],
)
def test_variables_of_other_objects(
    flake8: Flake8, tree: Tree, container: str, other: str, expected: list[str]
) -> None:
    files = {"a.yaml": pod(f"image: x\n{container}\n{LIMIT}"), "b.yaml": other}
    assert told(flake8, tree, files) == [f"{place} PAL413" for place in expected]


def test_a_config_map_of_another_namespace_is_another_one(flake8: Flake8, tree: Tree) -> None:
    deployed = pod(f"image: x\nenvFrom: [{{configMapRef: {{name: a}}}}]\n{LIMIT}").replace(
        "{name: a}\nspec", "{name: a, namespace: n}\nspec"
    )
    config = of_kind("ConfigMap", "data: {JAVA_OPTS: -Xmx900m}").replace("{name: a}", "{name: a, namespace: other}")
    assert told(flake8, tree, {"a.yaml": deployed, "b.yaml": config}) == []
    assert told(flake8, tree, {"a.yaml": deployed, "b.yaml": config.replace("other", "n")}) == ["b.yaml:4:18 PAL413"]


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ("[{type: Container, default: {memory: 1Gi}}]", ["a.yaml:11:17 PAL413"]),
        ("[{type: Pod, default: {memory: 1Gi}}, {type: Container}]", ["a.yaml:9:16 PAL412"]),
        ("[{type: Container, default: {memory: 1}}]", ["a.yaml:9:16 PAL412"]),
        ("x", ["a.yaml:9:16 PAL412"]),
    ],
)
def test_a_limit_range_of_the_tree_is_the_default(flake8: Flake8, tree: Tree, limits: str, expected: list[str]) -> None:
    files = {
        "a.yaml": pod("image: x\nargs: [-Xmx900m, -jar, a.jar]"),
        "r.yaml": of_kind("LimitRange", f"spec: {{limits: {limits}}}"),
    }
    assert told(flake8, tree, files) == expected


def test_a_limit_range_of_another_namespace_is_none(flake8: Flake8, tree: Tree) -> None:
    limits = of_kind("LimitRange", "spec: {limits: [{type: Container, default: {memory: 1Gi}}]}").replace(
        "{name: a}", "{name: a, namespace: other}"
    )
    deployed = pod("image: x\nargs: [-Xmx900m, -jar, a.jar]").replace(
        "{name: a}\nspec", "{name: a, namespace: n}\nspec"
    )
    assert told(flake8, tree, {"a.yaml": deployed, "r.yaml": limits}) == ["a.yaml:9:16 PAL412"]


@pytest.mark.parametrize(
    ("mount", "volume", "expected"),
    [
        ("{name: c, mountPath: /etc/redis}", "{name: c, configMap: {name: a}}", True),
        ("{name: c, mountPath: /etc/redis/redis.conf, subPath: redis.conf}", "{name: c, configMap: {name: a}}", True),
        (
            "{name: c, mountPath: /etc/redis}",
            "{name: c, configMap: {name: a, items: [{key: k, path: redis.conf}]}}",
            False,
        ),
        ("{name: c, mountPath: /elsewhere}", "{name: c, configMap: {name: a}}", False),
        ("{mountPath: /etc/redis}", "{name: c, configMap: {name: a}}", False),
        ("{name: c, mountPath: /etc/redis}", "{name: c, emptyDir: {}}", False),
    ],
)
def test_a_file_that_a_config_map_mounts(
    flake8: Flake8, tree: Tree, mount: str, volume: str, *, expected: bool
) -> None:
    text = pod(
        f"image: 'redis:7'\nargs: [/etc/redis/redis.conf]\nvolumeMounts: [{mount}]", more=f"      volumes: [{volume}]\n"
    )
    config = of_kind("ConfigMap", "data: {redis.conf: 'appendonly yes', k: ''}")
    found = told(flake8, tree, {"a.yaml": text, "b.yaml": config})
    assert found == (["a.yaml:9:16 PAL431"] if expected else [])


def built(tree: Tree, files: dict[str, str], name: str = "kustomization.yaml") -> list[tuple[str, object]]:
    project = Project(tree({**files}))
    source = project.companion(str(project.root / name))
    assert source
    return [(item.kind, plain(item.table)) for item in kustomize.evaluate(source, project.companion).objects]


THING = (
    "kind: Thing\nmetadata: {name: t}\nspec: "
    "{a: 1, l: [x, y], ports: [{containerPort: 1, n: a}], containers: [{name: c, i: 1}]}\n"
)


@pytest.mark.parametrize(
    ("patch", "spec"),
    [
        ("spec: {a: 2, b: 3}", {"a": "2", "b": "3"}),
        ("spec: {a: }", {"a": None}),
        ("spec: {l: [z]}", {"l": ["z"]}),
        ("spec: {ports: [{containerPort: 1, n: b}]}", {"ports": [{"containerPort": "1", "n": "b"}]}),
        ("spec: {containers: [{name: c, $patch: delete}]}", {"containers": []}),
        ("spec: {containers: [{name: d, $patch: delete}]}", {"containers": [{"name": "c", "i": "1"}]}),
        ("spec: {containers: [{name: d}]}", {"containers": [{"name": "d"}, {"name": "c", "i": "1"}]}),
        ("spec: {containers: [{name: c, i: }]}", {"containers": [{"name": "c"}]}),
    ],
)
def test_a_strategic_merge(tree: Tree, patch: str, spec: dict[str, object]) -> None:
    files = {
        "kustomization.yaml": "resources: [t.yaml]\npatches: [{path: p.yaml}]\n",
        "t.yaml": THING,
        "p.yaml": f"kind: Thing\nmetadata: {{name: t}}\n{patch}\n",
    }
    ((_, found),) = built(tree, files)
    assert isinstance(found, dict)
    assert {key: found["spec"].get(key) for key in spec} == spec


def test_a_patch_replaces_or_deletes_as_a_whole(tree: Tree) -> None:
    files = {"kustomization.yaml": "resources: [t.yaml]\npatches: [{path: p.yaml}]\n", "t.yaml": THING}
    patch = "kind: Thing\nmetadata: {name: t}\nspec: {$patch: replace, z: 1}\n"
    ((_, found),) = built(tree, {**files, "p.yaml": patch})
    assert isinstance(found, dict)
    assert found["spec"] == {"$patch": "replace", "z": "1"}


@pytest.mark.parametrize(
    ("operation", "changed"),
    [
        ("{op: replace, path: /spec/l/0, value: z}", {"l": ["z", "y"]}),
        ("{op: remove, path: /spec/l/1}", {"l": ["x"]}),
        ("{op: add, path: /spec/l/0, value: z}", {"l": ["z", "x", "y"]}),
        ("{op: add, path: /spec/l/-, value: z}", {"l": ["x", "y", "z"]}),
        ("{op: replace, path: /spec/l/7, value: z}", {"l": ["x", "y"]}),
        ("{op: replace, path: /spec/containers/0/i, value: 2}", {"containers": [{"name": "c", "i": "2"}]}),
        ("{op: remove, path: /spec/a}", {"a": None}),
        ("{op: add, path: /spec/a~1b, value: 1}", {"a/b": "1"}),
        ("{op: add, path: /spec/a/b, value: 1}", {"a": "1"}),
        ("{op: add, path: spec/b, value: 1}", {"b": None}),
        ("{path: /spec/b, value: 1}", {"b": None}),
        (f"{{op: add, path: {'/x' * 300}, value: 1}}", {"a": "1"}),
    ],
)
def test_operations_of_a_json_patch(tree: Tree, operation: str, changed: dict[str, object]) -> None:
    files = {
        "kustomization.yaml": f"resources: [t.yaml]\npatches:\n- target: {{kind: Thing}}\n"
        f"  patch: |\n    - {operation}\n",
        "t.yaml": THING,
    }
    ((_, found),) = built(tree, files)
    assert isinstance(found, dict)
    assert {key: found["spec"].get(key) for key in changed} == changed


@pytest.mark.parametrize(
    ("target", "hit"),
    [
        ("{name: t.*}", True),
        ("{name: '('}", False),
        ("{kind: Other}", False),
        ("{kind: Thing, labelSelector: a=b}", False),
        ("{namespace: n}", False),
    ],
)
def test_what_a_patch_is_for(tree: Tree, target: str, hit: bool) -> None:  # noqa: FBT001
    files = {
        "kustomization.yaml": f"resources: [t.yaml]\npatches: [{{path: p.yaml, target: {target}}}]\n",
        "t.yaml": THING,
        "p.yaml": "spec: {a: 2}\n",
    }
    ((_, found),) = built(tree, files)
    assert isinstance(found, dict)
    assert found["spec"]["a"] == ("2" if hit else "1")


def test_what_is_generated_and_what_is_left_out(tree: Tree) -> None:
    files = {
        "kustomization.yaml": (
            "resources: [https://example.com/a, git@example.com:a, ., missing, base]\ncomponents: [part]\n"
            "configMapGenerator:\n- {literals: [A=1]}\n"
            "- {name: c, literals: [A=1, B, 'C=\"x\"'], envs: [bad.env, no.env]}\n"
            "secretGenerator:\n- {name: s, envs: [good.env]}\n"
        ),
        "base/kustomization.yml": "resources: [../t.yaml, ..]\n",
        "part/Kustomization": "kind: Component\npatches: [1, {path: nowhere.yaml}, {patch: 'x'}]\n",
        "t.yaml": THING,
        "bad.env": "A B\n",
        "good.env": "K=v\n",
    }  # fmt: skip
    found = built(tree, files)
    assert [kind for kind, _ in found] == ["Thing", "ConfigMap", "Secret"]
    assert found[1][1] == {"data": {"A": "1", "C": "x"}}
    assert found[2][1] == {"stringData": {"K": "v"}}
