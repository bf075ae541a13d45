"""What Kubernetes, kustomizations, charts and Dockerfiles mean for the Physical view, clause by clause."""

from __future__ import annotations

import pytest
from conftest import Flake8, Tree
from physical_clause import Clause, compose, of_kind, pod, told

JAVA = "image: x\ncommand: [java, -Xmx900m, -jar, a.jar]\nresources: {limits: {memory: 1Gi}}"
HEAPED = "image: x\ncommand: [java, -Xmx900m, -jar, a.jar]"
DB = "image: 'postgres:17'\nvolumeMounts: [{name: v, mountPath: /var/lib/postgresql/data}]"
CHART = {"c/Chart.yaml": "apiVersion: v2\nname: c\nversion: 1.0.0\nappVersion: '17.2'\n"}
JRE = "image: 'eclipse-temurin:21'"
REDIS = "image: 'redis:7'\ncommand: redis-server /c/redis.conf"
NAMED = HEAPED + '\nresources:\n  {{- include "c.resources" (dict "size" .Values.size) | nindent 12 }}'
RESOURCES = """\
{{- define "c.resources" -}}
limits:
  memory: {{ .size | quote }}
{{- end }}
"""
KEPT = "volumes: ['data:/var/lib/postgresql/data']"


def service(spec: str) -> str:
    return "---\n" + of_kind("Service", "spec:\n  selector: {app: a}\n" + spec)


def template(container: str, values: str, more: str = "") -> dict[str, str]:
    return {**CHART, "c/values.yaml": values, "c/templates/a.yaml": pod(container, more=more)}


GROUND = [
    Clause(
        "a limit of the pod is one of its container",
        {"a.yaml": pod(HEAPED, more="      resources: {limits: {memory: 1Gi}}\n")},
        ("a.yaml:11:26 PAL413",),
    ),
    Clause(
        "a limit of the pod that is large enough",
        {"a.yaml": pod(HEAPED, more="      resources: {limits: {memory: 4Gi}}\n")},
    ),
    Clause(
        "the largest limit of a LimitRange is the default one where it names none",
        {
            "a.yaml": pod(HEAPED),
            "l.yaml": of_kind("LimitRange", "spec: {limits: [{type: Container, max: {memory: 1Gi}}]}"),
        },
        ("a.yaml:11:26 PAL413",),
    ),
    Clause(
        "a default request of a LimitRange is no limit",
        {
            "a.yaml": pod(HEAPED),
            "l.yaml": of_kind("LimitRange", "spec: {limits: [{type: Container, defaultRequest: {memory: 1Gi}}]}"),
        },
        ("a.yaml:9:16 PAL412",),
    ),
    Clause(
        "a sidecar among the init containers is judged, an init container that ends is not",
        {
            "a.yaml": pod(
                "image: y",
                more="      initContainers:\n"
                "        - {name: s, restartPolicy: Always, image: x, command: [java, -jar, a.jar]}\n"
                "        - {name: i, image: x, command: [java, -jar, a.jar]}\n",
            )
        },
        ("a.yaml:12:17 PAL411",),
    ),
    Clause(
        "an ephemeral container can have no limit",
        {
            "a.yaml": pod(
                "image: y",
                more="      ephemeralContainers: [{name: e, image: x, command: [java, -Xmx3g, -jar, a.jar]}]\n",
            )
        },
    ),
    Clause(
        "a reference to an earlier variable is put in",
        {
            "a.yaml": pod(
                "image: x\nenv: [{name: HEAP, value: 900m}]\nargs: [java, '-Xmx$(HEAP)', -jar, a.jar]\n"
                "resources: {limits: {memory: 1Gi}}"
            )
        },
        ("a.yaml:12:24 PAL413",),
    ),
    Clause(
        "a reference to what nobody defines is not known, a doubled sign is none",
        {
            "a.yaml": pod("image: x\nargs: [java, '-Xmx$(HEAP)', -jar, a.jar]\nresources: {limits: {memory: 1Gi}}"),
            "b.yaml": pod(
                "image: x\nargs: [java, '-Dx=$$(HEAP)', -Xmx600m, -jar, a.jar]\nresources: {limits: {memory: 1Gi}}"
            ),
        },
    ),
    Clause(
        "values of a chart that a script makes are no faults",
        {**CHART, "c/values.yaml": "%%OBJECT%%:\n  a: 1\n", "c/templates/a.yaml": pod("image: x")},
    ),
    Clause(
        "two objects of one name are for two clusters, and what they hold is not known",
        {
            "a.yaml": pod("image: x\nenvFrom: [{configMapRef: {name: a}}]\nresources: {limits: {memory: 1Gi}}"),
            "dev.yaml": of_kind("ConfigMap", "data: {JAVA_OPTS: -Xmx900m}"),
            "prod.yaml": of_kind("ConfigMap", "data: {JAVA_OPTS: -Xmx600m}"),
        },
    ),
    Clause(
        "variables of a ConfigMap with a prefix have other names",
        {
            "a.yaml": pod(
                "image: x\nenvFrom: [{prefix: JAVA_TOOL_, configMapRef: {name: a}}]\nresources: {limits: {memory: 1Gi}}"
            ),
            "c.yaml": of_kind("ConfigMap", "data: {OPTIONS: -Xmx900m}"),
        },
        ("c.yaml:4:16 PAL413",),
    ),
    Clause(
        "a named port of a Service is the container's",
        {
            "a.yaml": pod(
                f"{DB}\nports: [{{name: sql, containerPort: 5432}}]",
                more=service("  type: NodePort\n  ports: [{port: 80, targetPort: sql}]"),
            )
        },
        ("a.yaml:20:11 PAL421",),
    ),
    Clause(
        "a Service without a type or a headless one opens nothing",
        {
            "a.yaml": pod(f"{DB}\nports: [{{containerPort: 5432}}]", more=service("  ports: [{port: 5432}]")),
            "b.yaml": of_kind("Service", "spec: {clusterIP: None, selector: {app: a}, ports: [{port: 5432}]}"),
        },
    ),
    Clause(
        "a load balancer that lets in private addresses alone is not open to the outside",
        {
            "a.yaml": pod(
                f"{DB}\nports: [{{containerPort: 5432}}]",
                more=service(
                    "  type: LoadBalancer\n  loadBalancerSourceRanges: [10.0.0.0/8, 192.168.1.0/24]\n"
                    "  ports: [{port: 5432}]"
                ),
            ),
        },
    ),
    Clause(
        "a load balancer that lets in others too is",
        {
            "a.yaml": pod(
                f"{DB}\nports: [{{containerPort: 5432}}]",
                more=service(
                    "  type: LoadBalancer\n  loadBalancerSourceRanges: [10.0.0.0/8, 0.0.0.0/0]\n  ports: [{port: 5432}]"
                ),
            ),
        },
        ("a.yaml:21:11 PAL421",),
    ),
    Clause(
        "a host port on the loopback address opens nothing",
        {
            "a.yaml": pod(f"{DB}\nports: [{{containerPort: 5432, hostPort: 5432, hostIP: '::1'}}]"),
        },
    ),
    Clause(
        "an ephemeral volume goes with the pod",
        {"a.yaml": pod(DB, more="      volumes: [{name: v, ephemeral: {volumeClaimTemplate: {spec: {}}}}]\n")},
        ("a.yaml:11:26 PAL431",),
    ),
    Clause(
        "a claim template keeps the data, whatever volume has its name",
        {
            "a.yaml": pod(DB, kind="StatefulSet", more="      volumes: [{name: v, emptyDir: {}}]\n")
            + "  volumeClaimTemplates: [{metadata: {name: v}}]\n"
        },
    ),
    Clause(
        "an image that a Compose file of the tree builds is started as its Dockerfile says",
        {
            "a.yaml": pod(
                "image: 'registry.example.com/team/scorer:1.4'\nenv: [{name: JAVA_OPTS, value: -Xmx900m}]\n"
                "resources: {limits: {memory: 1Gi}}"
            ),
            "compose.yaml": compose("scorer\nimage: 'registry.example.com/team/scorer:2'\nbuild: app"),
            "app/Dockerfile": 'FROM eclipse-temurin:21\nENTRYPOINT ["java", "-jar", "a.jar"]\n',
        },
        ("a.yaml:11:41 PAL414", "compose.yaml:2:2 PAL411"),
    ),
    Clause(
        "a directory that is called like an image says enough for a doubt",
        {
            "a.yaml": pod(
                "image: '${USER}/scorer:${TAG}'\nenv: [{name: JAVA_OPTS, value: -Xmx900m}]\n"
                "resources: {limits: {memory: 1Gi}}"
            ),
            "scorer/Dockerfile": 'FROM eclipse-temurin:21\nENTRYPOINT ["java", "-jar", "a.jar"]\n',
        },
    ),
    Clause(
        "an image that is started by a shell may read its variable",
        {
            "a.yaml": pod(
                "image: 'scorer:1'\nenv: [{name: JAVA_OPTS, value: -Xmx900m}]\nresources: {limits: {memory: 1Gi}}"
            ),
            "scorer/Dockerfile": "FROM eclipse-temurin:21\nENTRYPOINT exec java $JAVA_OPTS -jar a.jar\n",
        },
        ("a.yaml:11:41 PAL413",),
    ),
    Clause(
        "a component patches the objects of the overlay",
        {
            "base/kustomization.yaml": "resources: [a.yaml]\n",
            "base/a.yaml": pod(HEAPED + "\nresources: {limits: {memory: 4Gi}}"),
            "o/kustomization.yaml": "resources: [../base]\ncomponents: [../less]\n",
            "less/kustomization.yaml": "kind: Component\npatches: [{path: p.yaml}]\n",
            "less/p.yaml": pod("resources: {limits: {memory: 1Gi}}"),
        },
        ("less/p.yaml:10:39 PAL413",),
    ),
    Clause(
        "a generator that merges says what a variable is",
        {
            "base/kustomization.yaml": "resources: [a.yaml]\n"
            "configMapGenerator: [{name: c, literals: [JAVA_OPTS=-Xmx900m]}]\n",
            "base/a.yaml": pod("image: x\nenvFrom: [{configMapRef: {name: c}}]\nresources: {limits: {memory: 1Gi}}"),
            "o/kustomization.yaml": "resources: [../base]\n"
            "configMapGenerator: [{name: c, behavior: merge, literals: [JAVA_OPTS=-Xmx600m]}]\n",
        },
    ),
    Clause(
        "an image that the overlay names decides where the data is",
        {
            "base/kustomization.yaml": "resources: [a.yaml]\n",
            "base/a.yaml": pod(DB, more="      volumes: [{name: v, persistentVolumeClaim: {claimName: v}}]\n"),
            "o/kustomization.yaml": "resources: [../base]\nimages: [{name: postgres, newTag: '18'}]\n",
        },
        ("base/a.yaml:11:26 PAL431",),
    ),
    Clause(
        "a field that is replaced is not known",
        {
            "base/kustomization.yaml": "resources: [a.yaml]\n",
            "base/a.yaml": pod(JAVA),
            "o/kustomization.yaml": "resources: [../base]\nreplacements:\n"
            "- source: {kind: ConfigMap, name: x, fieldPath: data.m}\n  targets:\n  - select: {kind: Deployment}\n"
            "    fieldPaths: ['spec.template.spec.containers.[name=a].resources.limits.memory']\n",
        },
    ),
    Clause(
        "a chart's own version is the tag of an image",
        template(
            "image: 'postgres:{{ .Values.tag | default .Chart.AppVersion }}'\n"
            "volumeMounts: [{name: v, mountPath: /var/lib/postgresql}]",
            "tag: ''\n",
            "      volumes: [{name: v, persistentVolumeClaim: {claimName: v}}]\n",
        ),
        ("c/templates/a.yaml:11:26 PAL431",),
    ),
    Clause(
        "values put among the variables of a template count",
        template(
            "image: x\nenv:\n  - {name: A, value: b}\n  {{- with .Values.more }}\n"
            "  {{- toYaml . | nindent 12 }}\n  {{- end }}\n"
            "resources:\n  {{- toYaml .Values.resources | nindent 12 }}",
            "more: [{name: JAVA_OPTS, value: -Xmx900m}]\nresources: {limits: {memory: 1Gi}}\n",
        ),
        ("c/templates/a.yaml:14:12 PAL413",),
    ),
    Clause(
        "a limit in a branch that may not be taken is not known",
        template(
            'image: x\ncommand: [java, -Xmx900m, -jar, a.jar]\n{{- if .Capabilities.APIVersions.Has "v1" }}\n'
            "resources: {limits: {memory: 1Gi}}\n{{- else }}\nresources: {limits: {memory: 4Gi}}\n{{- end }}",
            "a: 1\n",
        ),
    ),
    Clause(
        "a heap in a branch within a line is the one that is taken",
        template(
            "image: x\nargs: [java, '{{ if .Values.big }}-Xmx900m{{ else }}-Xmx600m{{ end }}', -jar, a.jar]\n"
            "resources: {limits: {memory: 1Gi}}",
            "big: false\n",
        ),
    ),
    Clause(
        "a host port that no value states is none",
        template(
            "image: 'redis:7'\nports: [{containerPort: 6379, hostPort: {{ .Values.hostPort }} }]",
            "a: 1\n",
        ),
    ),
    Clause(
        "a mount whose path is not known may be the one",
        template(
            "image: 'postgres:17'\nvolumeMounts: [{name: v, mountPath: {{ include \"c.path\" . }} }]",
            "a: 1\n",
            "      volumes: [{name: v, persistentVolumeClaim: {claimName: v}}]\n",
        ),
    ),
    Clause(
        "a heap in a script of a template stands in its line",
        template(
            "image: x\ncommand:\n  - sh\n  - -c\n  - |\n    set -e\n    exec java -Xmx{{ .Values.heap }} -jar a.jar\n"
            "resources: {limits: {memory: 1Gi}}",
            "heap: 900m\n",
        ),
        ("c/templates/a.yaml:16:24 PAL413",),
    ),
    Clause(
        "an address that is broadcast to others, and options that an image does not read, say nothing",
        {
            "compose.yaml": compose(
                "engine\nimage: e\nports: ['7077:7077']",
                "api\nimage: e\nenvironment: {GRPC_BROADCAST_ADDRESS: 'localhost:7077'}\nexpose: ['1']",
                "trino\nimage: 'trinodb/trino:478'\nenvironment: {TRINO_JVM_OPTS: -Xmx1536M}",
            )
        },
    ),
    Clause(
        "options without code may stand behind the class of the image, and where nobody shows what starts, a variable "
        "may be read by nothing",
        {
            "compose.yaml": compose(
                "a\nimage: 'example.com/admin:1'\ncommand: [-Xmx768m, -Xms768m]",
                "b\nbuild: {context: ../elsewhere}\nenvironment: {JAVA_OPTS: -Xmx512m}\nmem_limit: 512m",
                "d\nbuild: .\nenvironment: {JAVA_OPTS: -Xmx512m}\nmem_limit: 512m\nvolumes: ['./:/app']",
                "c\nimage: 'atlassian/jira-software:9'\nenvironment: {CATALINA_OPTS: -Da=b}",
            ),
            "Dockerfile": 'FROM maven:3\nENTRYPOINT ["/bin/bash", "/app/run.sh"]\n',
            "run.sh": "java -jar a.jar\n",
        },
    ),
    Clause(
        "LinuxServer's images keep what they have in a directory of their own, and what cannot be read keeps who knows",
        {
            "compose.yaml": compose(
                "a\nimage: 'lscr.io/linuxserver/mariadb:11.4.5'\nvolumes: ['data:/config']",
                "b\nimage: 'mysql:9'\nvolumes: ['c == true ? data:/var/lib/mysql: old:/var/lib/mysql']",
                more="volumes: {data: {}}\n",
            )
        },
        ("compose.yaml:7:14 PAL902",),
    ),
    Clause(
        "Ray has a store of its own on the port of Redis, and Solr reads no memory beside its heap",
        {
            "compose.yaml": compose(
                "a\nimage: 'rayproject/ray:2.9.0'\nports: ['6379:6379']",
                "b\nimage: 'solr:10'\nenvironment: {SOLR_HEAP: 1g, SOLR_JAVA_MEM: -Xms3g -Xmx3g}\nmem_limit: 2g",
            )
        },
    ),
    Clause(
        "a shell alone serves nothing, and what serves keeps its data",
        {
            "compose.yaml": compose(
                "a\nimage: 'bitnami/etcd:3.6'\ncommand: [/bin/sh]\nstdin_open: true", "b\nimage: 'bitnami/etcd:3.6'"
            )
        },
        ("compose.yaml:6:2 PAL431",),
    ),
    Clause(
        "an operator mounts what its templates of claims name",
        {
            "a.yaml": "apiVersion: clickhouse.altinity.com/v1\nkind: ClickHouseInstallation\nmetadata: {name: a}\n"
            "spec:\n  defaults: {templates: {dataVolumeClaimTemplate: d}}\n  templates:\n    podTemplates:\n"
            "    - {name: a, spec: {containers: [{name: a, image: 'clickhouse/clickhouse-server:26.7'}]}}\n"
            "    volumeClaimTemplates: [{name: d, spec: {accessModes: [ReadWriteOnce]}}]\n"
        },
    ),
    Clause(
        "Podman's own program takes keys that come twice",
        {"podman-compose.yml": "services:\n  a:\n    image: b\n    environment: {C: d, C: e}\n"},
    ),
    Clause(
        "options behind -jar count up to the archive, and no further",
        {
            "compose.yaml": compose(
                f"a\n{JRE}\ncommand: java -jar -Xmx900m /a.jar\nmem_limit: 1g",
                f"b\n{JRE}\ncommand: java -jar /a.jar -Xmx500m\nmem_limit: 1g",
                f'c\n{JRE}\ncommand: sh -c "java -jar -Xmx500m $$JAR"\nmem_limit: 1g',
                f'd\n{JRE}\ncommand: sh -c "java -jar $$JAR"\nmem_limit: 1g',
                f'e\n{JRE}\ncommand: sh -c "java -jar $$JAVA_ARGS /a.jar"\nmem_limit: 1g',
            )
        },
        ("compose.yaml:14:2 PAL411", "compose.yaml:4:23 PAL413", "compose.yaml:6:2 PAL411"),
    ),
    Clause(
        "what buildpacks build starts with no script that reads JAVA_OPTS",
        {
            "k/a.yaml": pod(
                "image: 'ghcr.io/x/a:1'\nenv: [{name: JAVA_OPTS, value: -Xmx900m}]\nresources: {limits: {memory: 1Gi}}"
            ),
            "Makefile": "image:\n\tmvn spring-boot:build-image\n",
        },
    ),
    Clause(
        "what nobody says how it is built may start with a script that reads JAVA_OPTS",
        {
            "k/a.yaml": pod(
                "image: 'ghcr.io/x/a:1'\nenv: [{name: JAVA_OPTS, value: -Xmx900m}]\nresources: {limits: {memory: 1Gi}}"
            ),
            "Makefile": "image:\n\tdocker build .\n",
        },
        ("k/a.yaml:11:41 PAL413",),
    ),
    Clause(
        "images of a tree that all start java themselves read no JAVA_OPTS",
        {
            "k/a.yaml": pod(
                "image: 'x/a:1'\nenv: [{name: JAVA_OPTS, value: -Xmx900m}]\nresources: {limits: {memory: 1Gi}}"
            ),
            "docker/Dockerfile.backend": 'FROM eclipse-temurin:21\nENTRYPOINT ["java", "-jar", "a.jar"]\n',
        },
    ),
    Clause(
        "an image of a tree in which one hands JAVA_OPTS to java may be that one",
        {
            "k/a.yaml": pod(
                "image: 'x/a:1'\nenv: [{name: JAVA_OPTS, value: -Xmx900m}]\nresources: {limits: {memory: 1Gi}}"
            ),
            "docker/Dockerfile.backend": 'FROM eclipse-temurin:21\nENTRYPOINT ["java", "-jar", "a.jar"]\n',
            "docker/Dockerfile.other": "FROM eclipse-temurin:21\nCMD java $JAVA_OPTS -jar a.jar\n",
        },
        ("k/a.yaml:11:41 PAL413",),
    ),
    Clause(
        "a variable of another product is read by nobody",
        {
            "compose.yaml": compose(
                "a\nimage: 'logstash:7.2.0'\nenvironment: {ES_JAVA_OPTS: -Xmx1g}",
                "b\nimage: 'logstash:7.2.0'\nenvironment: {LS_JAVA_OPTS: -Xmx1g}",
                "c\nimage: 'r.example.com/es-with-plugins'\nenvironment: {ES_JAVA_OPTS: -Xmx1g}",
            )
        },
        ("compose.yaml:5:2 PAL412", "compose.yaml:8:2 PAL412"),
    ),
    Clause(
        "a configuration says where Redis writes, else the directory that it is started in",
        {
            "compose.yaml": compose(
                f"a\n{REDIS}\nvolumes: ['./a.conf:/c/redis.conf', 'data:/d']",
                f"b\n{REDIS}\nvolumes: ['./a.conf:/c/redis.conf', 'data:/data']",
                f"c\n{REDIS}\nworking_dir: /w\nvolumes: ['./b.conf:/c/redis.conf', 'data:/w']",
                f"d\n{REDIS}\nworking_dir: /w\nvolumes: ['./b.conf:/c/redis.conf', 'data:/data']",
                more="volumes:\n  data:\n",
            ),
            "a.conf": "appendonly yes\ndir /d\n",
            "b.conf": "appendonly yes\ndir ./\n",
        },
        ("compose.yaml:15:2 PAL431", "compose.yaml:6:2 PAL431"),
    ),
    Clause(
        "a limit that a named template of the chart yields, which is too small",
        {
            **template(NAMED, "size: 1Gi\n"),
            "c/templates/_helpers.tpl": RESOURCES,
        },
        ("c/templates/a.yaml:11:26 PAL413",),
    ),
    Clause(
        "a limit that a named template of the chart yields, which is large enough",
        {**template(NAMED, "size: 4Gi\n"), "c/templates/_helpers.tpl": RESOURCES},
    ),
    Clause(
        "a named template that nobody defines may yield a limit",
        {
            **template(HEAPED + '\n{{- include "c.other" . | nindent 10 }}', "size: 1Gi\n"),
            "c/templates/_helpers.tpl": RESOURCES,
        },
    ),
    Clause(
        "a named template that yields nothing leaves no limit",
        {
            **template(HEAPED + '\n{{- include "c.none" . | nindent 10 }}', "size: 1Gi\n"),
            "c/templates/_helpers.tpl": '{{ define "c.none" }}{{ if .Values.absent }}a: b{{ end }}{{ end }}',
        },
        ("c/templates/a.yaml:9:16 PAL412",),
    ),
    Clause(
        "older images of Bitnami's MinIO keep their data in another directory",
        {
            "compose.yaml": compose(
                "minio\nimage: 'bitnami/minio:2020'\nvolumes: ['data:/data']", more="volumes:\n  data:\n"
            )
        },
    ),
    Clause(
        "a command that its own stage states goes with the entrypoint behind it",
        {
            "compose.yaml": compose("a\nbuild: .\nmem_limit: 1g"),
            "Dockerfile": 'FROM eclipse-temurin:21\nCMD ["-Xmx900m", "-jar", "a.jar"]\nENTRYPOINT ["java"]\n',
        },
        ("Dockerfile:2:6 PAL413",),
    ),
    Clause(
        "a command of the stage before goes when another entrypoint comes",
        {
            "compose.yaml": compose("a\nbuild: .\nmem_limit: 1g"),
            "Dockerfile": 'FROM eclipse-temurin:21 AS b\nCMD ["-Xmx900m", "-jar", "a.jar"]\n'
            'FROM b\nENTRYPOINT ["java", "-Xmx600m", "-jar", "b.jar"]\n',
        },
    ),
    Clause(
        "a command in shell form is handed to an entrypoint as a shell's",
        {
            "compose.yaml": compose("a\nbuild: .\nmem_limit: 1g"),
            "Dockerfile": 'FROM eclipse-temurin:21\nENTRYPOINT ["/entry.sh"]\nCMD java -Xmx900m -jar a.jar\n',
        },
        ("Dockerfile:3:9 PAL413",),
    ),
    Clause(
        "a part of a variable is not known",
        {
            "compose.yaml": compose("a\nbuild: .\nmem_limit: 1g"),
            "Dockerfile": "FROM eclipse-temurin:21\nENV HEAP=900mb\nENV JAVA_TOOL_OPTIONS=-Xmx${HEAP%b}\n"
            "CMD java -jar a.jar\n",
        },
    ),
    Clause(
        "an empty entrypoint takes the inherited one away",
        {
            "compose.yaml": compose("a\nbuild: .\nmem_limit: 1g"),
            "Dockerfile": 'FROM x AS b\nENTRYPOINT ["java", "-Xmx900m"]\n'
            'FROM b\nENTRYPOINT []\nCMD ["python", "a.py"]\n',
        },
    ),
    Clause(
        "what is done behind ONBUILD or for the health is not what runs",
        {
            "compose.yaml": compose("a\nbuild: .\nmem_limit: 1g"),
            "Dockerfile": "FROM eclipse-temurin:21\nONBUILD ENV JAVA_TOOL_OPTIONS=-Xmx900m\n"
            'HEALTHCHECK CMD ["java", "-Xmx900m", "-jar", "h.jar"]\nCMD ["java", "-Xmx500m", "-jar", "a.jar"]\n',
        },
    ),
    Clause(
        "a variable of the stage that another one copies from is not its own",
        {
            "compose.yaml": compose("a\nbuild: .\nmem_limit: 1g"),
            "Dockerfile": "FROM maven:3 AS b\nENV JAVA_TOOL_OPTIONS=-Xmx900m\nRUN mvn package\n"
            'FROM eclipse-temurin:21\nCOPY --from=b /a.jar /\nCMD ["java", "-Xmx500m", "-jar", "a.jar"]\n',
        },
    ),
    Clause(
        "an argument before FROM chooses the stage, another sign escapes, and ENV has two forms",
        {
            "compose.yaml": compose("a\nbuild: {context: ., args: {KIND: big}}\nmem_limit: 1g"),
            "Dockerfile": "# escape=`\nARG KIND=small\nFROM eclipse-temurin:21 AS small\nENV OPTS -Xmx500m\n"
            "FROM eclipse-temurin:21 AS big\nENV OPTS -Xmx900m\nFROM ${KIND}\nENV JAVA_TOOL_OPTIONS=$OPTS `\n    A=b\n"
            'CMD ["java", "-jar", "a.jar"]\n',
        },
        ("Dockerfile:6:9 PAL413",),
    ),
]


@pytest.mark.parametrize("clause", GROUND, ids=lambda clause: clause.says)
def test_it_says(flake8: Flake8, tree: Tree, clause: Clause) -> None:
    assert told(flake8, tree, clause.files) == sorted(clause.told)


def test_components_that_double_are_put_on_so_often_and_no_more(flake8: Flake8, tree: Tree) -> None:
    files = {
        f"c{number}/kustomization.yaml": f"components: [../c{number + 1}, ../c{number + 1}]\n" for number in range(18)
    }
    files |= {"c18/kustomization.yaml": "kind: Component\n", "o/kustomization.yaml": "components: [../c0]\n"}
    assert told(flake8, tree, files) == []
