"""What the Physical view says about whole projects, and in which of their files."""

from __future__ import annotations

import pytest
from conftest import Flake8, Tree

PLAN = {"pyproject.toml": "[tool.planalign]\n"}
JAVA = "services:\n  a:\n    image: registry.example.com/a:1\n    environment:\n      JAVA_TOOL_OPTIONS: -Xmx3g\n"


def told(flake8: Flake8, tree: Tree, files: dict[str, str], *arguments: str) -> list[tuple[str, int, int, str]]:
    found = flake8("--select=PAL4,PAL9", "--planalign-cache=off", *arguments, cwd=tree({**PLAN, **files}))
    return [(item.path, item.line, item.column, item.code) for item in found]


def test_a_limit_that_only_a_file_on_top_lowers_is_told_there(tree: Tree, flake8: Flake8) -> None:
    files = {
        "compose.yaml": f"{JAVA}    mem_limit: 6g\n",
        "compose.prod.yaml": "services:\n  a:\n    mem_limit: 4g\n",
    }
    assert told(flake8, tree, files) == [("compose.prod.yaml", 3, 15, "PAL413")]


def test_what_the_base_has_is_not_told_again_on_top(tree: Tree, flake8: Flake8) -> None:
    files = {"compose.yaml": JAVA, "compose.prod.yaml": "services:\n  a:\n    restart: always\n"}
    assert told(flake8, tree, files) == [("compose.yaml", 2, 2, "PAL412")]


def test_what_only_a_file_on_top_brings_is_told_there(tree: Tree, flake8: Flake8) -> None:
    files = {"compose.yaml": "services:\n  a:\n    image: registry.example.com/a:1\n", "compose.prod.yaml": JAVA}
    assert told(flake8, tree, files) == [("compose.prod.yaml", 2, 2, "PAL412")]


@pytest.mark.parametrize(("more", "expected"), [("", []), (", 'no-new-privileges:true'", ["PAL902"])])
def test_a_file_that_need_not_lie_on_the_base_is_refused_for_what_it_says_alone(
    tree: Tree, flake8: Flake8, more: str, expected: list[str]
) -> None:
    service = (
        "services:\n  a:\n    image: registry.example.com/a:1\n    security_opt: ['no-new-privileges:true'{more}]\n"
    )
    files = {"compose.yaml": service.format(more=""), "compose-build.yaml": service.format(more=more)}
    assert [code for _, _, _, code in told(flake8, tree, files)] == expected


def test_an_override_that_is_picked_up_settles_the_base(tree: Tree, flake8: Flake8) -> None:
    files = {"compose.yaml": JAVA, "compose.override.yaml": "services:\n  a:\n    mem_limit: 6g\n"}
    assert told(flake8, tree, files) == []


def test_a_file_that_is_extended_is_judged_where_it_is_used(tree: Tree, flake8: Flake8) -> None:
    files = {
        "compose.yaml": "services:\n  b:\n    extends: {file: base/java.yml, service: a}\n    mem_limit: 4g\n",
        "base/java.yml": JAVA,
    }
    assert told(flake8, tree, files) == [("base/java.yml", 5, 25, "PAL413")]
    assert told(flake8, tree, files, "base/java.yml") == [("base/java.yml", 5, 25, "PAL413")]
    assert told(flake8, tree, files, "compose.yaml") == []


def test_a_dockerfile_is_judged_by_the_service_that_builds_it(tree: Tree, flake8: Flake8) -> None:
    files = {
        "compose.yaml": "services:\n  a:\n    build: {context: app, args: {HEAP: 3g}}\n    mem_limit: 4g\n",
        "app/Dockerfile": "FROM openjdk:21\nARG HEAP=1g\nENV JAVA_TOOL_OPTIONS=-Xmx$HEAP\nCMD java -jar a.jar\n",
    }
    expected = [("app/Dockerfile", 3, 22, "PAL413")]
    assert told(flake8, tree, files) == expected
    assert told(flake8, tree, files, "app/Dockerfile") == expected


def test_a_dockerfile_that_nobody_builds_is_judged_by_itself(tree: Tree, flake8: Flake8) -> None:
    files = {"Dockerfile": "FROM eclipse-temurin:21\nCMD java -Xmx=1g -jar a.jar\n"}
    assert told(flake8, tree, files) == [("Dockerfile", 2, 9, "PAL414")]
    assert told(flake8, tree, {"Dockerfile": "FROM x\n# noqa: PAL414\nCMD java -Xmx=1g -jar a.jar\n"}) == []


def test_a_script_that_an_image_starts_with_is_read_where_it_is_named(tree: Tree, flake8: Flake8) -> None:
    files = {
        "compose.yaml": "services:\n  a:\n    build: app\n    mem_limit: 1g\n",
        "app/Dockerfile": 'FROM openjdk:21\nCOPY run.sh /\nENTRYPOINT ["/run.sh"]\n',
        "app/run.sh": '#!/bin/sh\nset -e\nexec java -Xmx900m -jar a.jar "$@"\n',
    }
    assert told(flake8, tree, files) == [("app/Dockerfile", 3, 11, "PAL413")]
    assert told(flake8, tree, {**files, "app/run.sh": "#!/bin/sh\nexec java -Xmx${HEAP} -jar a.jar\n"}) == []


def test_a_module_that_sizes_a_cluster_is_judged_by_the_service_that_is_built_from_it(
    tree: Tree, flake8: Flake8
) -> None:
    files = {
        "compose.yaml": "services:\n  a:\n    build: .\n    mem_limit: 4g\n",
        "src/train.py": 'import h2o\n\nh2o.init(nthreads=2, max_mem_size="3G")\n',
    }
    assert told(flake8, tree, files) == [("src/train.py", 3, 34, "PAL413")]
    assert told(flake8, tree, {**files, "src/train.py": 'import h2o\n\nh2o.init(max_mem_size="2G")\n'}) == []


def test_a_variable_from_a_file_that_nobody_visits_is_told_at_the_reference(tree: Tree, flake8: Flake8) -> None:
    files = {
        "compose.yaml": "services:\n  a:\n    image: x\n    env_file: [a.env]\n    mem_limit: ${LIMIT}\n",
        "a.env": "JAVA_OPTS=-Xmx3g\n",
        ".env": "LIMIT=4g\n",
    }
    assert told(flake8, tree, files) == [("compose.yaml", 4, 15, "PAL413")]


def test_one_token_that_several_services_share_is_told_once(tree: Tree, flake8: Flake8) -> None:
    text = (
        "x-java: &java\n  environment: {JAVA_OPTS: -Xmx3g}\n  image: x\nservices:\n"
        "  a: {<<: *java, mem_limit: 4g}\n  b: {<<: *java, mem_limit: 3g}\n"
    )
    assert told(flake8, tree, {"compose.yaml": text}) == [("compose.yaml", 2, 27, "PAL413")]


POD = """apiVersion: apps/v1
kind: {kind}
metadata: {{name: a}}
spec:
  template:
    metadata: {{labels: {{app: a}}}}
    spec:
      containers:
        - name: a
          image: registry.example.com/a:1
{body}"""


def pod(body: str, kind: str = "Deployment") -> str:
    return POD.format(kind=kind, body="".join(f"          {line}\n" for line in body.splitlines()))


LIMITED = "resources: {limits: {memory: 1Gi}}\n"


def test_a_config_map_beside_the_manifest_is_read_and_told_of(tree: Tree, flake8: Flake8) -> None:
    files = {
        "k8s/a.yaml": pod(f"envFrom: [{{configMapRef: {{name: c}}}}]\n{LIMITED}"),
        "k8s/c.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n  JAVA_TOOL_OPTIONS: -Xmx900m\n",
    }
    assert told(flake8, tree, files) == [("k8s/c.yaml", 5, 21, "PAL413")]


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet", "Rollout", "SomethingOfOurs"])
def test_every_object_with_a_pod_is_read(tree: Tree, flake8: Flake8, kind: str) -> None:
    text = pod(f'command: ["java", "-Xmx1Gi", "-jar", "a.jar"]\n{LIMITED}', kind)
    assert told(flake8, tree, {"a.yaml": text}) == [("a.yaml", 11, 29, "PAL414")]


def test_lists_several_documents_and_references_to_variables(tree: Tree, flake8: Flake8) -> None:
    text = pod(f'args: ["-Xmx$(HEAP)", -jar, a.jar]\nenv: [{{name: HEAP, value: 900m}}]\n{LIMITED}')
    listed = "apiVersion: v1\nkind: List\nitems:\n- " + text.replace("\n", "\n  ")
    assert told(flake8, tree, {"a.yaml": f"a: 1\n---\n{text}"}) == [("a.yaml", 13, 18, "PAL413")]
    assert told(flake8, tree, {"a.yaml": listed}) == [("a.yaml", 14, 20, "PAL413")]


def test_helpers_and_jobs_keep_no_database(tree: Tree, flake8: Flake8) -> None:
    job = pod("", "Job").replace("registry.example.com/a:1", "postgres:17")
    assert told(flake8, tree, {"a.yaml": job}) == []
    assert told(flake8, tree, {"a.yaml": job.replace("containers:", "initContainers:")}) == []


def test_a_service_leads_to_the_container_that_it_selects(tree: Tree, flake8: Flake8) -> None:
    service = "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec:\n  type: LoadBalancer\n  selector: {app: a}\n"
    files = {
        "a.yaml": pod(
            "ports: [{containerPort: 9042}]\nvolumeMounts: [{name: d, mountPath: /var/lib/scylla}]\n"
        ).replace("registry.example.com/a:1", "scylladb/scylla:6.1"),
        "s.yaml": f"{service}  ports: [{{port: 9042}}]\n",
    }
    assert told(flake8, tree, files) == [("s.yaml", 7, 11, "PAL421")]
    internal = files["s.yaml"].replace(
        "{name: s}", "{name: s, annotations: {networking.gke.io/load-balancer-type: Internal}}"
    )
    assert told(flake8, tree, {**files, "s.yaml": internal}) == []


def test_an_overlay_is_judged_as_built_and_told_where_the_value_was_set(tree: Tree, flake8: Flake8) -> None:
    files = {
        "base/kustomization.yaml": "resources: [a.yaml]\n",
        "base/a.yaml": pod("env: [{name: JAVA_OPTS, value: -Xmx700m}]\n"),
        "prod/kustomization.yaml": "resources: [../base]\npatches: [{path: limit.yaml}]\n",
        "prod/limit.yaml": pod(LIMITED)
        .replace("          image: registry.example.com/a:1\n", "")
        .replace("1Gi", "900Mi"),
    }
    assert told(flake8, tree, files) == [("prod/limit.yaml", 10, 39, "PAL413")]
    without = {**files, "prod/kustomization.yaml": "resources: [../base]\n"}
    del without["prod/limit.yaml"]
    assert told(flake8, tree, without)[0] == ("base/a.yaml", 9, 16, "PAL412")


CHART = {
    "chart/Chart.yaml": "name: c\n",
    "chart/values.yaml": "heap: 900m\nresources:\n  limits: {memory: 1Gi}\nenabled: true\nimage: {tag: '17'}\n",
}
TEMPLATE = """apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "c.fullname" . }}
  labels: {{- include "c.labels" . | nindent 4 }}
spec:
  template:
    spec:
      containers:
        - name: {{ .Chart.Name }}
          image: "postgres:{{ .Values.image.tag }}"
          {{- if .Values.enabled }}
          env:
            - name: JAVA_OPTS
              value: "-Xms10m -Xmx{{ .Values.heap }}"
          {{- end }}
          {{- with .Values.resources }}
          resources: {{- toYaml . | nindent 12 }}
          {{- end }}
"""


def test_a_template_is_read_without_helm(tree: Tree, flake8: Flake8) -> None:
    found = told(flake8, tree, {**CHART, "chart/templates/a.yaml": TEMPLATE})
    assert found == [("chart/templates/a.yaml", 10, 16, "PAL431"), ("chart/templates/a.yaml", 15, 30, "PAL413")]


def test_what_a_template_does_not_tell_is_silent(tree: Tree, flake8: Flake8) -> None:
    hidden = TEMPLATE.replace("{{- with .Values.resources }}\n", '{{- with (include "c.resources" .) }}\n')
    assert told(flake8, tree, {**CHART, "chart/templates/a.yaml": hidden}) == []
    unset = TEMPLATE.replace(".Values.heap", ".Values.nowhere.heap").replace("postgres", "{{ .Values.registry }}/p")
    assert told(flake8, tree, {**CHART, "chart/templates/a.yaml": unset}) == []


def test_files_of_no_kind_of_ours_are_silent(tree: Tree, flake8: Flake8) -> None:
    files = {
        ".github/workflows/ci.yml": "jobs:\n  t:\n    services:\n      db: {image: postgres, ports: ['5432:5432']}\n",
        "openapi.yaml": "openapi: 3.1.0\npaths: {}\n",
        "mkdocs.yml": "site_name: x\nextra: !!python/name:x.y\n",
        "values.yaml": "image: postgres\nports: ['5432:5432']\n",
    }
    assert told(flake8, tree, files) == []


def test_a_service_that_only_an_overlay_opens_is_told_in_the_overlay(tree: Tree, flake8: Flake8) -> None:
    base = """\
apiVersion: v1
kind: Service
metadata: {name: cache}
spec:
  selector: {app: cache}
  ports:
    - port: 6379
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: cache}
spec:
  template:
    metadata: {labels: {app: cache}}
    spec:
      containers:
        - name: cache
          image: redis:7.4
"""
    patch = "apiVersion: v1\nkind: Service\nmetadata: {name: cache}\nspec:\n  type: NodePort\n"
    overlay = "resources: [../base]\npatches: [{path: open.yaml}]\n"
    files = {
        "base/kustomization.yaml": "resources: [cache.yaml]\n",
        "base/cache.yaml": base,
    }
    for name in ("edge", "dev"):
        files |= {f"{name}/kustomization.yaml": overlay, f"{name}/open.yaml": patch}
    assert told(flake8, tree, files) == [("edge/open.yaml", 5, 8, "PAL421")]


def test_a_service_without_an_image_lies_on_one_that_may_say_the_rest(tree: Tree, flake8: Flake8) -> None:
    text = "services:\n  a:\n    environment:\n      JAVA_TOOL_OPTIONS: -Xmx3g\n    volumes: []\n"
    assert (
        told(flake8, tree, {"keycloak.yml": text.replace("volumes", "extends: {file: x.yml, service: a}\n    volumes")})
        == []
    )
    assert told(flake8, tree, {"compose.yaml": text}) == []


def test_a_helper_with_a_command_of_its_own_runs_no_jvm(tree: Tree, flake8: Flake8) -> None:
    text = """\
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  initContainers:
    - name: prepare
      image: registry.example.com/a:1
      command: {command}
      env: [{name: JAVA_OPTS, value: -Xmx2g}]
  containers:
    - name: a
      image: nginx:1.27
"""
    script = text.replace("{command}", "[sh, -e, /scripts/prepare.sh]")
    assert told(flake8, tree, {"a.yaml": script}) == []
    java = text.replace("{command}", "[sh, -c, java $JAVA_OPTS -jar /migrate.jar]")
    assert [found[3] for found in told(flake8, tree, {"a.yaml": java})] == ["PAL412"]


@pytest.mark.parametrize(
    ("image", "start"),
    [
        ("itzg/minecraft-server:java21", ""),
        ("sonarqube:2026.1-community", ""),
        ("springcloud/spring-cloud-skipper-server:2.11.5", ""),
        ("registry.access.redhat.com/ubi9/openjdk-21:1.21", ""),
        ("fabric8/java-alpine-openjdk11-jre", ""),
        ("rabbitmq:4-management", ""),
        ("postgres:17", "    command: postgres -c max_connections=300\n"),
        ("registry.example.com/pro-skipper:1", "    volumes: ['config:/workspace/config']\n"),
        ("registry.example.com/a:1", "    command: /opt/jboss/container/java/run/run-java.sh\n"),
    ],
)
def test_what_sizes_its_heap_by_itself_needs_no_size(tree: Tree, flake8: Flake8, image: str, start: str) -> None:
    text = (
        f"services:\n  a:\n    image: {image}\n{start}    environment: {{JAVA_OPTS: -Dmode=x}}\nvolumes: {{config: }}\n"
    )
    assert "PAL411" not in [found[3] for found in told(flake8, tree, {"compose.yaml": text})]


def test_options_for_the_jobs_of_others_are_no_heap(tree: Tree, flake8: Flake8) -> None:
    text = (
        "services:\n  a:\n    image: registry.example.com/a:1\n    environment:\n      MAPRED_CONF_java_opts: -Xmx6g\n"
    )
    assert told(flake8, tree, {"compose.yaml": text}) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [("KAFKA_BROKERS", "localhost:9092"), ("KAFKA_CLUSTERS_0_BOOTSTRAPSERVERS", "127.0.0.1:9092")],
)
def test_brokers_are_hosts_too(tree: Tree, flake8: Flake8, name: str, value: str) -> None:
    text = f"services:\n  a:\n    image: registry.example.com/a:1\n    environment:\n      {name}: {value}\n"
    text += "  kafka:\n    image: confluentinc/cp-kafka:7.9.0\n"
    assert [found[3] for found in told(flake8, tree, {"compose.yaml": text})] == ["PAL422"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (".travis.yml", "services:\n  - docker\nenv:\n  - COMMIT=${TRAVIS_COMMIT::7}\n"),
        ("config/services.yaml", "services:\n  _defaults: {autowire: true}\n  App\\Mail: {arguments: ['${X::1}']}\n"),
        (".gitlab-ci.yml", "image: x\nservices:\n  - postgres:${V::1}\n"),
    ],
)
def test_services_of_other_kinds_of_files_are_no_compose(tree: Tree, flake8: Flake8, name: str, text: str) -> None:
    assert told(flake8, tree, {name: text}) == []


INLINE = """\
services:
  a:
    build:
      context: .
      dockerfile_inline: |
        FROM eclipse-temurin:21-jre
        ENV TZ=UTC \\
            JAVA_TOOL_OPTIONS="-Xmx3g"
        CMD ["java", "-jar", "/a.jar"]
    mem_limit: {limit}
"""


def test_a_dockerfile_within_a_compose_file_is_read_in_its_place(tree: Tree, flake8: Flake8) -> None:
    assert told(flake8, tree, {"compose.yaml": INLINE.format(limit="4g")}) == [("compose.yaml", 8, 31, "PAL413")]
    assert told(flake8, tree, {"compose.yaml": INLINE.format(limit="6g")}) == []
    shell = INLINE.replace('CMD ["java", "-jar", "/a.jar"]', "CMD exec java $$HEAP -Xmx5g -jar /a.jar")
    found = told(flake8, tree, {"compose.yaml": shell.format(limit="6g")})
    assert found == [("compose.yaml", 9, 29, "PAL413"), ("compose.yaml", 9, 29, "PAL414")]


def test_a_dockerfile_within_quotes_says_nothing_that_has_a_place(tree: Tree, flake8: Flake8) -> None:
    inline = '"FROM openjdk:21\\nCMD java -Xmx3g -jar a.jar"'
    quoted = f"services:\n  a:\n    build: {{dockerfile_inline: {inline}}}\n    mem_limit: 3g\n"
    assert told(flake8, tree, {"compose.yaml": quoted}) == []


SCORING = "import h2o\n\nrows = h2o.mojo_predict_pandas(frame, path{options})\n"


@pytest.mark.parametrize(
    ("options", "column", "code"),
    [
        (', java_options="-Xmx3g -ea"', 58, "PAL413"),
        (", None, None, '-ea -Xmx3g'", 61, "PAL413"),
        (", java_options='-Xmx=1g'", 58, "PAL414"),
        ("", 7, "PAL413"),
        (", java_options=None", 7, "PAL413"),
        (", java_options='-Xmx2g'", 0, ""),
        (", java_options=chosen", 0, ""),
        (", **more", 0, ""),
    ],
)
def test_what_a_scorer_starts_is_judged_by_the_service_that_is_built_from_it(
    tree: Tree, flake8: Flake8, options: str, column: int, code: str
) -> None:
    files = {
        "compose.yaml": "services:\n  a:\n    build: .\n    mem_limit: 4g\n",
        "src/score.py": SCORING.format(options=options),
    }
    assert told(flake8, tree, files) == ([("src/score.py", 3, column, code)] if code else [])


RANGE = """\
apiVersion: v1
kind: LimitRange
metadata: {{name: defaults{space}}}
spec:
  limits:
    - type: Pod
      max: {{memory: 8Gi}}
    - type: Container
      default: {{memory: 1Gi}}
"""


def test_a_limit_range_limits_what_states_no_limit(tree: Tree, flake8: Flake8) -> None:
    body = "env:\n  - name: JAVA_OPTS\n    value: -Xmx900m\n"
    files = {"k8s/a.yaml": pod(body), "k8s/limits.yaml": RANGE.format(space="")}
    assert told(flake8, tree, files) == [("k8s/a.yaml", 13, 21, "PAL413")]
    own = pod(f"{body}resources: {{limits: {{memory: 2Gi}}}}\n")
    assert told(flake8, tree, {**files, "k8s/a.yaml": own}) == []
    elsewhere = pod(body).replace("metadata: {name: a}", "metadata: {name: a, namespace: here}")
    files = {"k8s/a.yaml": elsewhere, "k8s/limits.yaml": RANGE.format(space=", namespace: there")}
    assert [found[3] for found in told(flake8, tree, files)] == ["PAL412"]


IN_BASE64 = """\
apiVersion: v1
kind: Secret
metadata: {name: heap}
data: {JAVA_OPTS: LVhteDkwMG0=, BROKEN: "%%"}
stringData: {JDK_JAVA_OPTIONS: -Xmx950m}
"""


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("envFrom: [{secretRef: {name: heap}}]\n", 4),
        ("env: [{name: JAVA_OPTS, valueFrom: {secretKeyRef: {name: heap, key: JAVA_OPTS}}}]\n", 4),
        ("env: [{name: JAVA_OPTS, valueFrom: {secretKeyRef: {name: heap, key: BROKEN}}}]\n", 0),
        ("env: [{name: JAVA_OPTS, valueFrom: {secretKeyRef: {name: other, key: JAVA_OPTS}}}]\n", 0),
    ],
)
def test_a_secret_in_the_tree_is_read(tree: Tree, flake8: Flake8, body: str, line: int) -> None:
    files = {"k8s/a.yaml": pod(f"{LIMITED}{body}"), "k8s/secret.yaml": IN_BASE64}
    found = [item[:2] for item in told(flake8, tree, files) if item[3] == "PAL413"]
    assert found == ([("k8s/secret.yaml", line)] if line else [])


def test_a_secret_that_kustomize_makes_is_read(tree: Tree, flake8: Flake8) -> None:
    generator = "resources: [a.yaml]\nsecretGenerator:\n  - name: heap\n    literals: [JAVA_OPTS=-Xmx900m]\n"
    files = {
        "k8s/kustomization.yaml": generator,
        "k8s/a.yaml": pod(f"{LIMITED}envFrom: [{{secretRef: {{name: heap}}}}]\n"),
    }
    assert told(flake8, tree, files) == [("k8s/kustomization.yaml", 4, 25, "PAL413")]


def test_the_files_of_a_project_may_be_named_in_its_variables(tree: Tree, flake8: Flake8) -> None:
    files = {
        ".env": "COMPOSE_FILE=stack.yml:deploy/limits.yml\n",
        "stack.yml": JAVA,
        "deploy/limits.yml": "services:\n  a:\n    mem_limit: 4g\n",
        "compose.yaml": "services: {other: {image: nginx}}\n",
    }
    assert told(flake8, tree, files) == [("deploy/limits.yml", 3, 15, "PAL413")]
    separated = files[".env"].replace(":", ";") + "COMPOSE_PATH_SEPARATOR=;\n"
    assert told(flake8, tree, {**files, ".env": separated}) == [("deploy/limits.yml", 3, 15, "PAL413")]
    gone = {**files, ".env": "COMPOSE_FILE=stack.yml:../outside.yml:missing.yml\n"}
    assert ("stack.yml", 2, 2, "PAL412") in told(flake8, tree, gone)


REDIS = """\
services:
  queue:
    image: redis:7.4
    command: redis-server {path}
    volumes: ["{mount}"]
"""


@pytest.mark.parametrize(
    ("mount", "path", "text", "told_of"),
    [
        ("./redis.conf:/etc/redis.conf:ro", "/etc/redis.conf", "port 6379\nappendonly yes\n", True),
        ("./:/etc/redis", "/etc/redis/redis.conf", "save 900 1\n", True),
        ("./redis.conf:/etc/redis.conf", "/etc/redis.conf", 'appendonly no\nsave ""\n', False),
        ("./other.conf:/etc/redis.conf", "/etc/redis.conf", "appendonly yes\n", False),
        ("data:/etc/redis", "/etc/redis/redis.conf", "appendonly yes\n", False),
    ],
)
def test_redis_persists_if_its_configuration_says_so(
    tree: Tree, flake8: Flake8, mount: str, path: str, text: str, *, told_of: bool
) -> None:
    compose = REDIS.format(mount=mount, path=path) + "volumes: {data: }\n"
    found = told(flake8, tree, {"compose.yaml": compose, "redis.conf": text})
    assert [item[3] for item in found] == (["PAL431"] if told_of else [])


@pytest.mark.parametrize("source", ["content: appendonly yes", "file: redis.conf"])
def test_redis_may_get_its_configuration_as_a_config(tree: Tree, flake8: Flake8, source: str) -> None:
    compose = REDIS.format(mount="cache:/cache", path="/redis.conf") + (
        "    configs: [{source: redis, target: /redis.conf}]\n"
        f"configs: {{redis: {{{source}}}}}\nvolumes: {{cache: }}\n"
    )
    found = told(flake8, tree, {"compose.yaml": compose, "redis.conf": "appendonly yes\n"})
    assert [item[3] for item in found] == ["PAL431"]


@pytest.mark.parametrize(
    ("mounting", "lost"),
    [
        ("{name: config, mountPath: /etc/redis}", True),
        ("{name: config, mountPath: /etc/redis/redis.conf, subPath: redis.conf}", True),
        ("{name: config, mountPath: /elsewhere}", False),
    ],
)
def test_redis_in_a_pod_is_read_likewise(tree: Tree, flake8: Flake8, mounting: str, *, lost: bool) -> None:
    text = f"""\
apiVersion: v1
kind: Pod
metadata: {{name: queue}}
spec:
  containers:
    - name: queue
      image: redis:7.4
      args: [redis-server, /etc/redis/redis.conf]
      volumeMounts: [{mounting}]
  volumes:
    - name: config
      configMap: {{name: redis, items: [{{key: main, path: redis.conf}}]}}
---
apiVersion: v1
kind: ConfigMap
metadata: {{name: redis}}
data: {{main: "appendonly yes"}}
"""
    assert [item[3] for item in told(flake8, tree, {"queue.yaml": text})] == (["PAL431"] if lost else [])


def test_a_percentage_is_too_large_with_or_without_a_limit(tree: Tree, flake8: Flake8) -> None:
    text = JAVA.replace("-Xmx3g", "-XX:MaxRAMPercentage=85")
    found = told(flake8, tree, {"compose.yaml": text})
    assert found == [("compose.yaml", 2, 2, "PAL412"), ("compose.yaml", 5, 25, "PAL413")]


def test_ports_on_the_network_of_the_host_are_told_of_once(tree: Tree, flake8: Flake8) -> None:
    text = (
        "services:\n  database:\n    image: postgres:17\n    network_mode: host\n    ports: ['5432:5432']\n"
        "    volumes: ['data:/var/lib/postgresql/data']\n  api: {image: x}\nvolumes: {data: }\n"
    )
    assert told(flake8, tree, {"compose.yaml": text}) == [("compose.yaml", 4, 18, "PAL423")]
