"""Where the Physical view finds what a container runs: builds, start scripts, overlays, pods and Services."""

from __future__ import annotations

import pytest
from conftest import Flake8, Tree

PLAN = {"pyproject.toml": "[tool.planalign]\n"}
BUILT = "services:\n  a:\n    build: {build}\n    mem_limit: 4g\n"
HEAP = 'FROM eclipse-temurin:21-jre\nENV JAVA_TOOL_OPTIONS="-Xmx3g"\nCMD ["java", "-jar", "/a.jar"]\n'


def told(flake8: Flake8, tree: Tree, files: dict[str, str], *arguments: str) -> list[tuple[str, int, int, str]]:
    found = flake8("--select=PAL4,PAL9", "--planalign-cache=off", *arguments, cwd=tree({**PLAN, **files}))
    return [(item.path, item.line, item.column, item.code) for item in found]


def codes(flake8: Flake8, tree: Tree, files: dict[str, str], *arguments: str) -> list[str]:
    return [item[3] for item in told(flake8, tree, files, *arguments)]


@pytest.mark.parametrize(
    "build",
    [
        "https://github.com/example/a.git",
        "git@github.com:example/a.git",
        "{context: '${CONTEXT}'}",
        "{context: ., dockerfile: '${DOCKERFILE}'}",
        "{context: ., target: '${TARGET}'}",
        "{context: ., target: missing}",
        "{context: nowhere}",
    ],
)
def test_what_is_built_elsewhere_says_nothing(tree: Tree, flake8: Flake8, build: str) -> None:
    variable = "    environment: {JAVA_OPTS: -Dmode=x}\n"
    assert codes(flake8, tree, {"compose.yaml": BUILT.format(build=build) + variable, "x/Dockerfile": "FROM x\n"}) == []


def test_a_dockerfile_of_another_name_is_told_of_at_the_reference(tree: Tree, flake8: Flake8) -> None:
    files = {"compose.yaml": BUILT.format(build="{context: ., dockerfile: image.txt}"), "image.txt": HEAP}
    assert told(flake8, tree, files) == [("compose.yaml", 3, 11, "PAL413")]


@pytest.mark.parametrize(
    ("line", "starts"),
    [
        ("exec java -jar /a.jar", True),
        ("gosu app /usr/lib/jvm/21/bin/java -jar /a.jar", True),
        ('"$JAVA_HOME"/bin/java -jar /a.jar', True),
        ("export JAVA_HOME=/usr/lib/jvm/java", False),
        ("ln -s /usr/lib/jvm/x /opt/java", False),
        ("command -v java", False),
        ("which java", False),
        ("cd /opt/java", False),
    ],
)
def test_what_is_called_like_java_is_not_always_started(tree: Tree, flake8: Flake8, line: str, *, starts: bool) -> None:
    files = {
        "compose.yaml": "services:\n  a: {build: ., mem_limit: 4g}\n",
        "Dockerfile": 'FROM example/base\nCOPY start.sh /\nENTRYPOINT ["/start.sh"]\n',
        "start.sh": f"#!/bin/sh\n{line}\n",
    }
    assert codes(flake8, tree, files) == (["PAL411"] if starts else [])


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("example/app:1", True),
        ("example/app:2", False),
        ("example/app", False),
        ("app:1", False),
        ("registry.example.com/example/app:1", False),
    ],
)
@pytest.mark.parametrize("file", ["compose.yaml", "deploy/compose.yaml"])
def test_an_image_is_what_another_service_builds_under_its_name(
    tree: Tree, flake8: Flake8, image: str, file: str, *, expected: bool
) -> None:
    builder = "services:\n  builder: {build: app, image: 'example/app:1', mem_limit: 8g}\n"
    user = f"  user: {{image: '{image}', mem_limit: 4g}}\n"
    files = {"app/Dockerfile": HEAP, "compose.yaml": builder}
    files[file] = files.get(file, "services:\n") + user
    assert told(flake8, tree, files) == ([("app/Dockerfile", 2, 23, "PAL413")] if expected else [])


def test_a_tag_by_a_variable_is_the_same_as_itself(tree: Tree, flake8: Flake8) -> None:
    builder = "services:\n  a: {build: app, image: 'app:${TAG}', mem_limit: 8g}\n"
    user = "  b: {image: 'app:${TAG}', mem_limit: 4g}\n"
    files = {"app/Dockerfile": HEAP, "compose.yaml": builder + user, "other/compose.yaml": f"services:\n{user}"}
    assert told(flake8, tree, files) == [("app/Dockerfile", 2, 23, "PAL413")]
    other = "  b: {image: 'app:${OTHER}', mem_limit: 4g}\n"
    assert told(flake8, tree, {**files, "compose.yaml": builder + other}) == []


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        ("build: other, image: app", []),
        ("build: {context: app, target: late}, image: app", []),
        ("build: {context: app, args: {HEAP: 1g}}, image: app", []),
        ("build: {context: app}, image: 'app:latest'", ["PAL413"]),
    ],
)
def test_a_name_of_several_builds_says_nothing(tree: Tree, flake8: Flake8, second: str, expected: list[str]) -> None:
    builders = f"services:\n  a: {{build: app, image: app, mem_limit: 8g}}\n  b: {{{second}, mem_limit: 8g}}\n"
    files = {
        "app/Dockerfile": HEAP.replace("jre", "jre AS late"),
        "other/Dockerfile": HEAP,
        "compose.yaml": builders + "  c: {image: app, mem_limit: 4g}\n",
    }
    assert codes(flake8, tree, files) == expected


@pytest.mark.parametrize(
    ("dockerfile", "command", "expected"),
    [
        ('ENTRYPOINT ["java"]\nCMD ["-Xmx3g", "-jar", "a.jar"]', "", ("Dockerfile", 3, 6)),
        ('ENTRYPOINT ["java"]\nCMD -Xmx3g -jar a.jar', "", ("Dockerfile", 3, 4)),
        ('ENTRYPOINT ["java"]\nCMD ["-jar", "a.jar"]', "-Xmx3g -jar b.jar", ("compose.yaml", 5, 13)),
        ("ENTRYPOINT exec java -Xmx3g -jar a.jar", "ignored", ("Dockerfile", 2, 21)),
        ("CMD java -Xmx3g -jar a.jar", "python app.py", None),
        ('ENTRYPOINT ["/start.sh"]\nCOPY --from=other start.sh /', "", None),
        ('ENTRYPOINT ["/start.sh"]\nCOPY scripts/ /', "", ("Dockerfile", 2, 11)),
        ('ENTRYPOINT ["/start"]', "", None),
    ],
)
def test_entrypoint_and_command_go_together(
    tree: Tree, flake8: Flake8, dockerfile: str, command: str, expected: tuple[str, int, int] | None
) -> None:
    files = {
        "compose.yaml": BUILT.format(build=".") + (f"    command: {command}\n" if command else ""),
        "Dockerfile": f"FROM eclipse-temurin:21-jre\n{dockerfile}\n",
        "scripts/start.sh": "#!/bin/sh\nexec java -Xmx3g -jar a.jar\n",
        "start.sh": "#!/bin/sh\nexec java -Xmx3g -jar a.jar\n" if "--from" in dockerfile else "",
    }
    found = [item[:3] for item in told(flake8, tree, files) if item[3] == "PAL413"]
    assert found == ([expected] if expected else [])


@pytest.mark.parametrize(
    "service",
    [
        "  web: {image: x, command: uvicorn app:app --reload}\n",
        "  web: {image: x, command: [sh, -c, uvicorn app:app --reload]}\n",
        "  web: {build: ., volumes: ['.:/app']}\n",
        "  web: {build: ., volumes: ['./backend/src:/app']}\n",
    ],
)
def test_a_stack_that_runs_the_source_code_as_it_is_may_be_for_development(
    tree: Tree, flake8: Flake8, service: str
) -> None:
    files = {"compose.yaml": f"services:\n{service}  cache:\n    image: redis:7.4\n    ports: ['6379:6379']\n"}
    assert codes(flake8, tree, files) == ["PAL421"]
    assert codes(flake8, tree, files, "--planalign-min-confidence=certain") == []


def test_an_override_without_its_base_may_lie_on_anything(tree: Tree, flake8: Flake8) -> None:
    lies = "services:\n  a:\n    image: x\n    environment: {JAVA_OPTS: -Xmx1g}\n"
    files = {"compose.yaml": "services: {b: {image: x}}\n", "compose.scoring-override.yaml": lies}
    assert codes(flake8, tree, files) == []
    assert codes(flake8, tree, {**files, "compose.scoring.yaml": lies}) == ["PAL412"]


POD = """apiVersion: {api}
kind: {kind}
metadata: {{name: a{space}}}
spec:
  template:
    metadata: {{labels: {{app: a}}}}
    spec:
      {spec}
      containers:
        - name: a
          image: {image}
"""


def pod(spec: str = "restartPolicy: Always", image: str = "x", kind: str = "Deployment", space: str = "") -> str:
    return POD.format(api="apps/v1", kind=kind, spec=spec, image=image, space=space)


def test_agents_on_every_node_and_the_clusters_own_pods_need_its_network(tree: Tree, flake8: Flake8) -> None:
    assert codes(flake8, tree, {"a.yaml": pod("hostNetwork: true")}) == ["PAL423"]
    assert codes(flake8, tree, {"a.yaml": pod("hostNetwork: true", kind="DaemonSet")}) == []
    assert codes(flake8, tree, {"a.yaml": pod("hostNetwork: true", space=", namespace: kube-system")}) == []
    assert codes(flake8, tree, {"a.yaml": pod("hostNetwork: true", image="docker.elastic.co/beats/packetbeat:9")}) == []
    assert codes(flake8, tree, {"a.yaml": pod("hostNetwork: false")}) == []


def test_a_sidecar_that_goes_on_is_no_helper(tree: Tree, flake8: Flake8) -> None:
    sidecar = "initContainers: [{{name: db, image: 'mysql:8.4', restartPolicy: {policy}}}]"
    assert codes(flake8, tree, {"a.yaml": pod(sidecar.format(policy="Always"))}) == ["PAL431"]
    assert codes(flake8, tree, {"a.yaml": pod(sidecar.format(policy="Never"))}) == []


SERVICE = """apiVersion: v1
kind: Service
metadata: {{name: a{annotations}}}
spec:
  {kind}
  selector: {{app: a}}
  ports: [{{port: 6379{target}}}]
"""


@pytest.mark.parametrize(
    ("kind", "annotations", "target", "expected"),
    [
        ("type: LoadBalancer", "", "", True),
        ("type: NodePort", "", ", targetPort: redis", True),
        ("externalIPs: [203.0.113.7]", "", "", True),
        ("type: ClusterIP", "", "", False),
        ("type: LoadBalancer", ", annotations: {cloud.example.com/internal-load-balancer: 'true'}", "", False),
        ("type: LoadBalancer", ", annotations: {cloud.example.com/load-balancer-type: Internal}", "", False),
        ("type: NodePort", "", ", targetPort: 8080", False),
    ],
)
def test_how_a_service_is_opened(
    tree: Tree, flake8: Flake8, kind: str, annotations: str, target: str, *, expected: bool
) -> None:
    service = SERVICE.format(kind=kind, annotations=annotations, target=target)
    found = told(flake8, tree, {"service.yaml": service, "a.yaml": pod(image="redis:7.4")})
    assert found == ([("service.yaml", 7, 11, "PAL421")] if expected else [])


def test_a_service_of_another_namespace_leads_elsewhere(tree: Tree, flake8: Flake8) -> None:
    service = SERVICE.format(kind="type: NodePort", annotations=", namespace: b", target=", targetPort: 9999")
    assert (
        codes(flake8, tree, {"service.yaml": service, "a.yaml": pod(image="redis:7.4", space=", namespace: c")}) == []
    )


@pytest.mark.parametrize(
    ("port", "expected"),
    [
        ("{containerPort: 6379, hostPort: 6379}", ["PAL421"]),
        ("{containerPort: 6379, hostPort: 0}", []),
        ("{containerPort: 6379, hostPort: 6379, hostIP: 127.0.0.1}", []),
        ("{containerPort: redis, hostPort: 6379}", []),
    ],
)
def test_ports_of_a_node(tree: Tree, flake8: Flake8, port: str, expected: list[str]) -> None:
    assert codes(flake8, tree, {"a.yaml": pod(image="redis:7.4") + f"          ports: [{port}]\n"}) == expected


@pytest.mark.parametrize(
    ("memory", "expected"),
    [
        ("400m", "with which no container starts; write `400Mi`"),
        ("512", "with which no container starts; the unit is missing"),
        ("512mb", "Kubernetes' units are Ki, Mi and Gi; write `512Mi`"),
        ("lots", "Kubernetes reads sizes such as `512Mi` or `4Gi`"),
    ],
)
def test_a_limit_that_kubernetes_does_not_take_as_meant(tree: Tree, flake8: Flake8, memory: str, expected: str) -> None:
    text = pod() + f"          resources: {{limits: {{memory: {memory}}}}}\n"
    found = flake8("--select=PAL415", "--planalign-cache=off", cwd=tree({**PLAN, "a.yaml": text}))
    assert [expected in item.text for item in found] == [True]


@pytest.mark.parametrize(
    ("volume", "expected"),
    [
        ("emptyDir: {medium: Memory}", ["PAL431"]),
        ("hostPath: {path: /data}", ["PAL431"]),
        ("ephemeral: {volumeClaimTemplate: {}}", ["PAL431"]),
        ("persistentVolumeClaim: {claimName: a}", []),
        ("csi: {driver: x}", []),
    ],
)
def test_volumes_of_a_pod(tree: Tree, flake8: Flake8, volume: str, expected: list[str]) -> None:
    text = pod(f"volumes: [{{name: data, {volume}}}]", image="mysql:8.4")
    text += "          volumeMounts: [{name: data, mountPath: /var/lib/mysql}]\n"
    assert codes(flake8, tree, {"a.yaml": text}) == expected


def test_references_to_variables_in_a_pod(tree: Tree, flake8: Flake8) -> None:
    heap = (
        "          env: [{name: SIZE, value: 900m}, {name: JAVA_OPTS, value: '-Xmx$(SIZE)'}]\n"
        "          resources: {limits: {memory: 1Gi}}\n"
    )
    assert codes(flake8, tree, {"a.yaml": pod() + heap}) == ["PAL413"]
    # what is not defined stays as it is written; but a kustomization may define what is named like a variable
    assert codes(flake8, tree, {"a.yaml": pod() + heap.replace("$(SIZE)", "$(other)")}) == ["PAL414"]
    assert codes(flake8, tree, {"a.yaml": pod() + heap.replace("$(SIZE)", "$(OTHER)")}) == []
    escaped = heap.replace("'-Xmx$(SIZE)'", "'-Dx=$$(SIZE) -Xmx600m'")
    assert codes(flake8, tree, {"a.yaml": pod() + escaped}) == []


MODULE = 'import h2o\n\nh2o.init(max_mem_size="3G")\n'


def test_a_module_that_two_services_run_belongs_to_neither(tree: Tree, flake8: Flake8) -> None:
    one = {"compose.yaml": BUILT.format(build="."), "app.py": MODULE}
    assert codes(flake8, tree, one) == ["PAL413"]
    assert codes(flake8, tree, {**one, "compose.yaml": one["compose.yaml"] + "  b: {build: .}\n"}) == []
    remote = BUILT.format(build="https://github.com/example/a.git")
    assert codes(flake8, tree, {**one, "compose.yaml": remote}) == []
    assert codes(flake8, tree, {**one, "app.py": MODULE.replace("max_mem_size=", "nthreads=2, url=")}) == []
    assert codes(flake8, tree, {**one, "other/compose.yaml": BUILT.format(build="..")}) == []


@pytest.mark.parametrize(
    ("service", "expected"),
    [
        ("    image: x\n    environment: {JAVA_OPTS: -Xmx2g}\n", ["PAL412"]),
        ("    image: x\n    environment: {DOTNET_OPTS: -Xmx2g}\n", []),
        ("    image: trinodb/trino:470\n    environment: {JVM_ARGS: -Xmx2g}\n", []),
        ("    image: trinodb/trino:470\n    environment: {JAVA_TOOL_OPTIONS: -Xmx2g}\n", ["PAL412"]),
        ("    image: x\n    command: [sh, -c, 'bin/apply.py a.conf; sleep 100']\n    environment: {MEM: -Xmx2g}\n", []),
        (
            (
                "    image: x\n    environment: {MEM: -Xmx2g}\n    command:\n      - sh\n      - -c\n      - |\n"
                "        mysql --host=db <<'SQL'\n        INSERT INTO a VALUES (1);\n        SQL\n"
            ),
            [],
        ),
    ],
)
def test_options_that_no_java_reads(tree: Tree, flake8: Flake8, service: str, expected: list[str]) -> None:
    assert codes(flake8, tree, {"compose.yaml": f"services:\n  a:\n{service}"}) == expected


@pytest.mark.parametrize(
    ("version", "expected"), [("elasticsearch.k8s.elastic.co/v1", []), ("example.com/v1", ["PAL412", "PAL431"])]
)
def test_what_an_operator_adds_to_a_pod(tree: Tree, flake8: Flake8, version: str, expected: list[str]) -> None:
    manifest = (
        f"apiVersion: {version}\nkind: Elasticsearch\nmetadata: {{name: search}}\nspec:\n  nodeSets:\n"
        "  - podTemplate:\n      spec:\n        containers:\n        - name: elasticsearch\n"
        "          image: elasticsearch:9.1.0\n          env: [{name: ES_JAVA_OPTS, value: -Xmx1g}]\n"
    )
    assert codes(flake8, tree, {"search.yaml": manifest}) == expected


@pytest.mark.parametrize(
    ("kind", "service", "expected"),
    [
        ("elasticsearch.k8s.elastic.co/v1", "{spec: {type: NodePort}}", ["logs-es-http:9200"]),
        ("elasticsearch.k8s.elastic.co/v1", "{spec: {type: LoadBalancer}}", ["logs-es-http:9200"]),
        ("elasticsearch.k8s.elastic.co/v1", "{spec: {type: ClusterIP}}", []),
        (
            "elasticsearch.k8s.elastic.co/v1",
            "{metadata: {annotations: {networking.gke.io/load-balancer-type: Internal}}, spec: {type: LoadBalancer}}",
            [],
        ),
        ("example.com/v1", "{spec: {type: NodePort}}", []),
    ],
)
def test_the_service_that_an_operator_makes_of_elasticsearch(
    tree: Tree, flake8: Flake8, kind: str, service: str, expected: list[str]
) -> None:
    text = (
        f"apiVersion: {kind}\nkind: Elasticsearch\nmetadata: {{name: logs}}\nspec: {{http: {{service: {service}}}}}\n"
    )
    found = flake8("--select=PAL4", "--planalign-cache=off", cwd=tree({**PLAN, "a.yaml": text}))
    assert [item.code for item in found] == ["PAL421"] * len(expected)
    assert all(address in item.text for item, address in zip(found, expected, strict=True))


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("args: [-Enode.data=false, -Enode.master=false]", []),
        ("args: [-Enode.data=false, -Enode.master=true]", ["PAL431"]),
        ("env: [{name: node.roles, value: '[ingest, ml]'}]", []),
        ("env: [{name: node.roles, value: ''}]", []),
        ("env: [{name: node.roles, value: 'ingest,data_hot'}]", ["PAL431"]),
        ("env: [{name: cluster.name, value: a}]", ["PAL431"]),
    ],
)
def test_a_node_that_only_coordinates_keeps_nothing(tree: Tree, flake8: Flake8, more: str, expected: list[str]) -> None:
    text = (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  template:\n    spec:\n      containers:\n"
        f"        - name: es\n          image: elasticsearch:8.15.0\n          {more}\n"
    )
    assert codes(flake8, tree, {"a.yaml": text}) == expected


@pytest.mark.parametrize(("image", "expected"), [("example/tabix-web", []), ("example/api", ["PAL422"])])
def test_a_page_is_looked_at_from_outside(tree: Tree, flake8: Flake8, image: str, expected: list[str]) -> None:
    services = (
        f"services:\n  a: {{image: {image}, environment: {{CH_HOST: '192.168.20.25:8123'}}}}\n"
        "  clickhouse: {image: clickhouse/clickhouse-server:25.3, volumes: ['data:/var/lib/clickhouse']}\n"
        "volumes: {data: }\n"
    )
    assert codes(flake8, tree, {"compose.yaml": services}) == expected


@pytest.mark.parametrize(
    ("networks", "meaning"),
    [
        ("{default: {ipv4_address: 172.18.0.7}}", "is pinned by hand in a network of the stack"),
        ("[default]", "is a private address that nothing in the stack sets"),
    ],
)
def test_what_is_said_of_an_address(tree: Tree, flake8: Flake8, networks: str, meaning: str) -> None:
    services = (
        "services:\n  a: {image: x, environment: {REDIS_HOST: 172.18.0.7}}\n"
        f"  cache: {{image: 'redis:7.4', networks: {networks}}}\n"
    )
    (found,) = flake8("--select=PAL4", "--planalign-cache=off", cwd=tree({**PLAN, "compose.yaml": services}))
    assert meaning in found.text


@pytest.mark.parametrize(
    ("name", "more", "path", "expected"),
    [
        ("database", "", "compose.yaml", ["PAL431"]),
        ("database", ", profiles: [e2e-mongo]", "compose.yaml", []),
        ("database", ", profiles: [full, e2e-mongo]", "compose.yaml", ["PAL431"]),
        ("test-database", "", "compose.yaml", []),
        ("latest-database", "", "compose.yaml", ["PAL431"]),
        ("database", "", "internal/testdata/compose.yaml", []),
        ("database", "", "acceptance.compose.yaml", []),
    ],
)
def test_databases_of_tests_keep_nothing(
    tree: Tree, flake8: Flake8, name: str, more: str, path: str, expected: list[str]
) -> None:
    assert codes(flake8, tree, {path: f"services:\n  {name}: {{image: 'mongo:6.0'{more}}}\n"}) == expected


def test_profiles_of_tests_and_developers_open_what_they_like(tree: Tree, flake8: Flake8) -> None:
    service = "  {name}: {{image: 'redis:7.4', ports: ['6379'], profiles: [{profiles}]}}\n"
    services = [
        service.format(name=f"s{i}", profiles=each) for i, each in enumerate(("e2e-redis", "dev, perf-test", "x"))
    ]
    assert told(flake8, tree, {"compose.yaml": "services:\n" + "".join(services)}) == [
        ("compose.yaml", 4, 35, "PAL421")
    ]
