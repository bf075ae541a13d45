"""What the Physical view knows of images, heaps, commands, volumes and hosts, one fact at a time."""

from __future__ import annotations

from pathlib import Path

import pytest

from flake8_planalign import engine
from flake8_planalign.formats import helm, kustomize
from flake8_planalign.formats.located import Items, Origin, Place, Table, Text, Value
from flake8_planalign.formats.words import commands, java_words
from flake8_planalign.kinds import FileKind, kind_of
from flake8_planalign.physical.images import image_of, may_size_heap, name_of, needs_host_network
from flake8_planalign.physical.jvm import Jvm, flags
from flake8_planalign.physical.names import is_development, is_loopback, is_private, is_test, is_wildcard
from flake8_planalign.project import Project
from flake8_planalign.source import Source

HERE = Place(Origin.of(Source.of_text("nowhere", "")), 0, 0)
MIB = 2**20


def text(value: str) -> Text:
    return Text(value, HERE)


def told(folder: Path, files: dict[str, str], name: str = "compose.yaml") -> list[tuple[str, int]]:
    """Return the codes and lines for one file of a project."""
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content, encoding="utf-8")
    path = str(folder / name)
    source = Source.of_bytes(path, files[name].encode(), kind_of(path, files[name]))
    found = engine.check(source, Project(folder))
    return [(item.code, item.position.line) for item in found if item.code.startswith(("PAL4", "PAL9"))]


def service(*lines: str, more: str = "") -> dict[str, str]:
    return {"compose.yaml": "services:\n  a:\n" + "".join(f"    {line}\n" for line in lines) + more}


@pytest.mark.parametrize(
    ("written", "parts"),
    [
        ("postgres", ("", "postgres", "", "")),
        ("library/postgres:17.2-alpine", ("", "postgres", "17.2-alpine", "")),
        ("localhost:5000/x/redis", ("localhost:5000", "x/redis", "", "")),
        ("ghcr.io/a/b:1@sha256:ab", ("ghcr.io", "a/b", "1", "sha256:ab")),
    ],
)
def test_names_of_images(written: str, parts: tuple[str, str, str, str]) -> None:
    name = name_of(written)
    assert (name.registry, name.path, name.tag, name.digest) == parts


@pytest.mark.parametrize(
    ("written", "engine_name", "data"),
    [
        ("postgres:17", "PostgreSQL", "/var/lib/postgresql/data"),
        ("postgres:18-alpine", "PostgreSQL", "/var/lib/postgresql/18/docker"),
        ("postgres:latest", "PostgreSQL", ""),
        ("pgvector/pgvector:pg17", "PostgreSQL", ""),
        ("registry.example.com/mirror/mysql:8", "MySQL", "/var/lib/mysql"),
        ("bitnami/postgresql:16", "PostgreSQL", "/bitnami/postgresql"),
        ("influxdb:1.8", "InfluxDB", "/var/lib/influxdb"),
        ("influxdb:2", "InfluxDB", "/var/lib/influxdb2"),
        ("influxdb", "InfluxDB", ""),
        ("somebody/redis", None, None),
        ("somebody/thing:3", None, None),
        ("$IMAGE", None, None),
    ],
)
def test_what_images_are_known_for(written: str, engine_name: str | None, data: str | None) -> None:
    known, _ = image_of(text(written))
    assert (known.engine.name if known else None, known.data if known else None) == (engine_name, data)


def test_elasticsearch_sizes_its_heap_since_7_11() -> None:
    sizes = [image_of(text(f"elasticsearch:{tag}"))[0] for tag in ("7.10.2", "7.11.0", "8.15.0")]
    assert [known.sizes_heap for known in sizes if known] == [False, True, True]
    assert may_size_heap(name_of("vulhub/neo4j:3.4"))
    assert not may_size_heap(name_of("x/y"))


@pytest.mark.parametrize(
    ("options", "memory", "heap"),
    [
        ("-Xmx1g", 4096, 1024),
        ("-Xmx1g -Xmx512m", 4096, 512),
        ("-XX:MaxHeapSize=1g", 4096, 1024),
        ("-Xmx1g -XX:MaxRAMPercentage=10", 4096, 1024),
        ("-XX:MaxRAMPercentage=75", 1024, 768),
        ("-XX:MaxRAMPercentage=75", 200, 100),
        ("-XX:MaxRAMFraction=2", 1024, 512),
        ("-XX:MaxRAM=1g -XX:MaxRAMPercentage=50", 4096, 512),
        ("", 4096, 1024),
        ("", 256, 126),
        ("-Xms2g", 4096, 2048),
        ("-Xms2g -Xmx1g", 4096, None),
        ("-Xmx1.5g", 4096, None),
        ("-Xmx512", 4096, None),
        ("-Xmx512 -Xmx1g", 4096, 1024),
        ("-XX:MaxRAMPercentage=101", 4096, None),
        ("-XX:MaxRAMFraction=0", 4096, None),
    ],
)
def test_the_heap_of_options(options: str, memory: int, heap: int | None) -> None:
    jvm = Jvm("java", tuple(flags(java_words(text(options)), "the command", 3)))
    found = jvm.heap(memory * MIB)
    assert (None if found is None else found // MIB) == heap


@pytest.mark.parametrize(
    ("percentage", "limit", "said"),
    [
        ("0.75", "4g", "means 0.75 percent, so the heap is 126 MiB of the 4 GiB"),
        ("0.75", "32g", "means 0.75 percent, so the heap is 246 MiB of the 32 GiB"),
        ("0.75", "200m", "is ignored in so small a container, whose heap is 100 MiB"),
        ("1", "${LIMIT}", "means 1 percent, so the heap is 126 MiB, or that share of the memory where it is more"),
    ],
)
def test_what_a_percentage_of_at_most_one_comes_to(tmp_path: Path, percentage: str, limit: str, said: str) -> None:
    files = service(
        "image: x", f"environment: {{JAVA_TOOL_OPTIONS: -XX:MaxRAMPercentage={percentage}}}", f"mem_limit: {limit}"
    )
    (tmp_path / "compose.yaml").write_text(files["compose.yaml"], encoding="utf-8")
    source = Source.of_bytes(str(tmp_path / "compose.yaml"), files["compose.yaml"].encode(), FileKind.COMPOSE)
    (found,) = engine.check(source, Project(tmp_path))
    assert (found.code, said in found.message) == ("PAL414", True)


@pytest.mark.parametrize(
    ("image", "alone", "in_cluster"),
    [
        ("registry.k8s.io/ingress-nginx/controller:v1.14.0", True, True),
        ("quay.io/cilium/operator-generic:v1.18.0", True, True),
        ("traefik:v3.5", False, True),
        ("602401143452.dkr.ecr.us-west-2.amazonaws.com/amazon-k8s-cni:v1.20.0", False, True),
        ("registry.example.com/dnsmasq:2.90", True, True),
        ("kubeedge/edgemesh-server:v1.12.0", False, True),
        ("registry.example.com/cni-nanny:1", False, True),
        ("registry.example.com/scorer:1", False, False),
    ],
)
def test_what_needs_its_hosts_network(image: str, alone: bool, in_cluster: bool) -> None:  # noqa: FBT001
    assert [needs_host_network(image, "c", in_cluster=where) for where in (False, True)] == [alone, in_cluster]


def test_the_launcher_knows_short_names_that_the_jvm_does_not() -> None:
    assert not next(flags(java_words(text("-mx1g")), "the command", 3)).refused
    assert next(flags(java_words(text("-mx1g")), "`JAVA_TOOL_OPTIONS`", 0)).refused


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("a <<X\nb c\nX\nd", [["a"], ["d"]]),
        ("a <<'X' | b\n$A\nX\n", [["a"], ["b"]]),
        ("a <<-X <<Y\n1\n\tX\n2\nY\nd", [["a"], ["d"]]),
        ("a <<X\nb", [["a"], ["b"]]),
        ("a < b", [["a", "<", "b"]]),
        ("a b; c 'd e' && f\\ g | h # x", [["a", "b"], ["c", "d e"], ["f g"], ["h"]]),
        ("java $OPTS -jar x", [["java", "-Xmx1g", "-ea", "-jar", "x"]]),
        ('java "$OPTS"', [["java", "-Xmx1g -ea"]]),
        ("x ${NONE:-y} '$OPTS'", [["x", "y", "$OPTS"]]),
        ("a\nb \\\n  c", [["a"], ["b", "c"]]),
        ("x $1", [["x", "$1"]]),
    ],
)
def test_the_words_of_a_shell(line: str, found: list[list[str]]) -> None:
    known = {"OPTS": text("-Xmx1g -ea")}
    assert [[word.value for word in words] for words in commands(text(line), known.get)] == found


def test_addresses_and_names() -> None:
    everywhere = ("", "0.0.0.0", "[::]", "::ffff:0.0.0.0")  # noqa: S104
    assert [is_wildcard(host) for host in (*everywhere, "10.0.0.1", "x")] == [True] * 4 + [False] * 2
    assert [is_loopback(host) for host in ("localhost", "127.0.0.9", "::1", "x")] == [True] * 3 + [False]
    assert [is_private(host) for host in ("10.0.0.1", "8.8.8.8", "127.0.0.1", "db")] == [True, False, False, False]
    patterns = ("*dev*", "*local*", "compose.x-*")
    names = ("compose.dev.yaml", "c-developer.yml", "devops/compose.yaml", ".devcontainer/c.yml", "compose.x-1.yaml")
    assert [is_development(name, patterns) for name in names] == [True, True, False, True, True]
    assert is_test("src/test/resources/compose.yml")
    assert not is_test("latest/compose.yml")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["image: postgres:17", "volumes: ['vol:/var/lib/postgresql/data/pgdata']"], []),
        (["image: postgres:17", "environment: {PGDATA: /d/x}", "volumes: ['vol:/d']"], []),
        (["image: postgres:17", "environment: {PGDATA: '${D}'}"], [("PAL431", 2)]),
        (["image: postgres:17", "environment: {PGDATA: '${D}'}", "volumes: ['./d:/d']"], []),
        (["image: postgres:17", "environment: {PGDATA: /d}"], [("PAL431", 2)]),
        (["image: postgres:17", "volumes_from: [b]"], []),
        (["image: postgres:17", "profiles: [test]"], []),
        (["image: postgres:17", "command: postgres -c shared_buffers=1GB"], [("PAL431", 2)]),
        (["image: postgres:17", "command: sleep infinity"], []),
        (["image: postgres:17", "entrypoint: ['bash', '-c', 'pg_dump x']"], []),
        (["image: postgres", "volumes: ['./x:/var/lib/postgresql/data']"], [("PAL431", 4)]),
        (["image: postgres"], [("PAL431", 2)]),
        (["image: redis:7"], []),
        (["image: redis:7", "command: redis-server --save 60 1"], [("PAL431", 2)]),
        (["image: redis:7", "command: redis-server --save 60 1 --dir /d", "volumes: ['vol:/d']"], []),
        (["image: redis:7", "command: redis-server --save 60 1 --dir /d", "volumes: ['vol:/data']"], [("PAL431", 2)]),
        (["image: redis:7", "command: redis-server --save 60 1 --dir d", "volumes: ['vol:/data/d']"], []),
        (["image: redis:7", "command: redis-server --appendonly yes", "working_dir: /w", "volumes: ['vol:/w']"], []),
        (
            ["image: redis:7", "command: redis-server --appendonly yes", "working_dir: /w", "volumes: ['vol:/data']"],
            [("PAL431", 2)],
        ),
        (["image: redis:7", "command: redis-server --save '' --appendonly no"], []),
        (["image: bitnami/redis:7", "environment: {REDIS_AOF_ENABLED: 'yes'}"], [("PAL431", 2)]),
        (["image: minio/minio", "command: server /data"], [("PAL431", 2)]),
        (["image: r.example.com/base/postgres:16", "environment: {POSTGRESQL_USERNAME: u}"], []),
        (["image: r.example.com/base/postgres:16", "environment: {POSTGRES_USER: u}"], [("PAL431", 2)]),
        (["image: bitnami/postgresql:17", "environment: {PGDATA: /d/p}", "volumes: ['vol:/d']"], []),
        (["image: bitnami/postgresql:17", "volumes: ['vol:/var/lib/postgresql/data']"], [("PAL431", 4)]),
        (
            ["image: bitnami/postgresql:17", "environment: {PGDATA: /d, POSTGRES_DATA_DIR: /e}", "volumes: ['vol:/d']"],
            [("PAL431", 4)],
        ),
        (["image: minio/minio", "command: server http://m{1...4}/data"], []),
        (["image: minio/minio", "command: server --certs-dir /certs /d", "volumes: ['vol:/d']"], []),
        (["image: minio/minio", "command: server --certs-dir=/certs --quiet /d", "volumes: ['vol:/d']"], []),
        (["image: minio/minio", "command: server -S /certs /d", "volumes: ['vol:/certs']"], [("PAL431", 2)]),
        (["image: minio/minio", "command: 'server /d{1...4}'", "volumes: ['vol:/d1']"], []),
        (["image: minio/minio", "command: 'server /d{1...4}'", "volumes: ['vol:/d']"], [("PAL431", 2)]),
        (["image: bitnami/minio", "volumes: ['vol:/data']"], [("PAL431", 2)]),
        (["image: bitnami/minio", "volumes: ['vol:/bitnami/minio/data']"], []),
        (["image: bitnami/minio", "volumes: ['vol:/d']", "environment: {MINIO_DATA_DIR: /d}"], []),
        (["image: bitnami/minio:2022.12.2", "volumes: ['vol:/data']"], []),
        (["image: bitnami/minio:2022.12.2", "volumes: ['./x:/data']"], [("PAL431", 4)]),
        (["image: bitnami/minio:2023.7.18", "volumes: ['./x:/data']"], []),
        (["image: bitnami/minio:2024.1.18-debian-11-r1", "volumes: ['vol:/data']"], [("PAL431", 2)]),
        (["image: quay.io/coreos/etcd:v3", "command: etcd --data-dir=/e", "volumes: ['vol:/e']"], []),
        (["image: quay.io/coreos/etcd:v3", "command: etcd --data-dir /e"], [("PAL431", 2)]),
        (["image: quay.io/coreos/etcd:v3", "environment: {ETCD_DATA_DIR: /e}"], [("PAL431", 2)]),
        (["image: elasticsearch:8.15.0", "volumes: [{source: vol, target: /usr/share/elasticsearch/data}]"], []),
        (["image: elasticsearch:8.15.0", "volumes: ['vol:/usr/share/elasticsearch']"], []),
        (["image: mongo:8", "volumes: ['tmp:/data/db']"], [("PAL431", 4)]),
        (["image: mongo:8", "volumes: ['bnd:/data/db']"], [("PAL431", 4)]),
        (["image: mageai/mageai", "volumes: ['vol:/home/src/project']"], []),
        (["image: mageai/mageai", "environment: {MAGE_DATA_DIR: '${D}'}"], []),
        (["image: x", "command: mage start p", "volumes: ['./p:/home/src']"], [("PAL432", 5)]),
    ],
)  # fmt: skip
def test_where_data_goes(tmp_path: Path, lines: list[str], expected: list[tuple[str, int]]) -> None:
    volumes = "volumes:\n  vol:\n  tmp: {driver_opts: {type: tmpfs}}\n  bnd: {driver_opts: {o: bind, device: /x}}\n"
    assert told(tmp_path, service(*lines, more=volumes)) == expected


@pytest.mark.parametrize(
    ("lines", "codes"),
    [
        (["image: x", "environment: {SONAR_WEB_JAVAOPTS: -Xmx1g, SONAR_CE_JAVAOPTS: -Xmx1g}", "mem_limit: 3g"], []),
        (["image: x", "environment: {SONAR_WEB_JAVAOPTS: -Xmx2g, SONAR_CE_JAVAOPTS: -Xmx2g}", "mem_limit: 3g"],
         ["PAL413"]),
        (["image: x", "environment: {SONAR_WEB_JAVAOPTS: -Da=b, SONAR_CE_JAVAOPTS: -Xmx1g}", "mem_limit: 3g"],
         ["PAL411"]),
        (["image: x", "environment: {SONAR_WEB_JAVAADDITIONALOPTS: -Xmx3g}", "mem_limit: 4g"], ["PAL413"]),
        (["image: sonarqube", "environment: {SONAR_WEB_JAVAOPTS: -Da=b, SONAR_WEB_JAVAADDITIONALOPTS: -Xmx1g}",
          "mem_limit: 4g"], []),
        (["image: sonarqube", "environment: {SONAR_WEB_JAVAOPTS: ' ', SONAR_CE_JAVAOPTS: '${O}'}"], []),
        (["image: postgres:17", "volumes: ['vol:/var/lib/postgresql/data']",
          "environment: {SONAR_WEB_JAVAOPTS: -Da=b}", "mem_limit: 1g"], []),
        (["image: x", "environment: {A_OPTS: -Xmx1g, B_OPTS: -Xmx3g}", "mem_limit: 2g"], []),
        (["image: somebody/cassandra", "environment: {MAX_HEAP_SIZE: 3g}", "mem_limit: 4g"],
         ["PAL413"]),
        (["image: x", "environment: {JVM_XMX: nonsense}", "mem_limit: 4g"], []),
        (["image: x", "command: ['-Xmx3g', '-jar', 'x']", "mem_limit: 4g"], ["PAL413"]),
        (["image: x", "entrypoint: sh -c 'cd / && exec java -Xmx3g -jar x'", "mem_limit: 4g"], ["PAL413"]),
        (["image: x", "command: java -cp a:b -Xmx3g Main -Xmx9g", "mem_limit: 4g"], ["PAL413"]),
        (["image: x", "command: java @options -jar x", "mem_limit: 4g"], []),
        (["image: x", "environment: {JAVA_TOOL_OPTIONS: -XX:MaxRAMPercentage=80}", "mem_limit: '${M}'"], ["PAL413"]),
        (["image: x", "environment: {JAVA_TOOL_OPTIONS: -XX:MaxRAMFraction=1}", "mem_limit: 1g"], ["PAL413"]),
        (["image: x", "environment: {JAVA_TOOL_OPTIONS: -Xmx1}", "mem_limit: 1g"], ["PAL414"]),
        (["image: tomcat:10", "mem_limit: 1g"], ["PAL411"]),
        (["image: tomcat:10", "command: sleep 1", "mem_limit: 1g"], []),
        (["image: x", "mem_limit: 4mb"], ["PAL415"]),
        (["image: x", "mem_limit: 1g", "deploy: {resources: {limits: {cpus: '1'}}}"], ["PAL415"]),
        (["image: x", "mem_limit: 1GiBs"], ["PAL415"]),
        (["image: redis", "ports: ['6379:6379']", "networks: [n]"], []),
        (["image: redis", "ports: ['${H:-127.0.0.1}:6379:6379']"], []),
        (["image: redis", "ports: ['${P}:6379']"], []),
        (["image: redis", "ports: [6379]"], ["PAL421"]),
        (["image: rabbitmq:4", "ports: ['15672:15672']", "volumes: ['vol:/var/lib/rabbitmq']"], []),
    ],
)  # fmt: skip
def test_memory_and_ports(tmp_path: Path, lines: list[str], codes: list[str]) -> None:
    more = "volumes: {vol: }\nnetworks:\n  n: {driver_opts: {com.docker.network.bridge.host_binding_ipv4: 127.0.0.1}}\n"
    assert [code for code, _ in told(tmp_path, service(*lines, more=more))] == codes


@pytest.mark.parametrize(
    ("variable", "found"),
    [
        ("CACHE_URL: redis://localhost", True),
        ("CACHE_URL: redis://cache", False),
        ("REDIS_ADDR: 'localhost:6379'", True),
        ("DB_HOST: 127.0.0.1", True),
        ("DB_HOST: 192.168.7.9", True),
        ("X_HOST: 127.0.0.1", False),
        ("API: http://localhost:5432", False),
        ("API: http://host.docker.internal:5432/x", True),
        ("API: http://host.docker.internal:8081/x", True),
        ("API: http://host.docker.internal:8080/x", False),
        ("PUBLIC_DB_HOST: localhost", False),
        ("DB: 'Server=localhost;Database=x'", True),
        ("POSTGRES_DSN: 'Server=localhost;Database=x'", True),
        ("QUEUE: amqp://localhost", False),
    ],
)
def test_hosts_in_variables(tmp_path: Path, variable: str, found: bool) -> None:  # noqa: FBT001
    more = (
        "  db: {image: 'postgres:17', volumes: ['vol:/var/lib/postgresql/data']}\n"
        "  cache: {image: 'redis:7'}\n  page: {image: y, ports: ['127.0.0.1:8081:8080']}\nvolumes: {vol: }\n"
    )
    codes = [code for code, _ in told(tmp_path, service("image: x", f"environment: {{{variable}}}", more=more))]
    assert codes == (["PAL422"] if found else [])


def plain(value: Value) -> object:
    if isinstance(value, Table):
        return {key: plain(item) for key, item in value.items.items()}
    if isinstance(value, Items):
        return [plain(item) for item in value.items]
    return None if value.null else (value.value, value.unknown) if value.unknown else value.value


VALUES = "a: {b: x, list: [1, 2], tree: {k: v}, off: false, empty: '', n: 0}\nname: given\n"


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("k: {{ .Values.a.b }}", {"k": "x"}),
        ("k: '{{ .Values.a.b | quote }}-{{ .Values.name }}'", {"k": "x-given"}),
        ('k: {{ .Values.nowhere | default "d" }}', {"k": "d"}),
        ('k: {{ default "d" .Values.a.b }}', {"k": "x"}),
        ("k: {{ .Release.Name }}", {"k": ("{{ .Release.Name }}", True)}),
        ("k: {{- toYaml .Values.a.tree | nindent 2 }}", {"k": {"k": "v"}}),
        ("k:\n{{ toYaml .Values.a.list | indent 2 }}", {"k": ["1", "2"]}),
        ("{{- with .Values.a.tree }}\nk: {{ .k }}\n{{- end }}", {"k": "v"}),
        ("{{- with .Values.a.empty }}\nk: {{ . }}\n{{- else }}\nl: 1\n{{- end }}\nm: 1", {"l": "1", "m": "1"}),
        ("{{- if .Values.a.off }}\nk: 1\n{{- else if .Values.a.b }}\nl: 1\n{{- else }}\nm: 1\n{{- end }}", {"l": "1"}),
        ("{{- if and .Values.a.b (not .Values.a.off) }}\nk: 1\n{{- end }}", {"k": "1"}),
        ("{{- if or .Values.a.n .Values.a.empty }}\nk: 1\n{{- end }}\nl: 1", {"l": "1"}),
        ('{{- if eq .Values.a.b "x" }}\nk: 1\n{{- end }}\n{{- if ne .Values.a.b "x" }}\nl: 1\n{{- end }}', {"k": "1"}),
        ("{{- if .Capabilities.X }}\nk: 1\n{{- else }}\nl: 1\n{{- end }}", {"k": "1"}),
        ("{{- range .Values.a.list }}\nk: {{ . }}\n{{- end }}", {"k": ("{{ . }}", True)}),
        ("{{- range .Values.a.empty }}\nk: 1\n{{- end }}\nl: 1", {"l": "1"}),
        ("{{/* c */}}\n{{- $x := .Values.a }}\nk: 1\n{{ $y }}: 2", {"k": "1"}),
        ('{{- define "x" }}\nk: 1\n{{- end }}\nl: 1', {"l": "1"}),
        (
            "k: |\n  {{ .Values.a.b }}\n",
            {"k": ("|\n  {{ .Values.a.b }}\n\n", True)},
        ),
    ],
)
def test_templates_with_their_values(tmp_path: Path, template: str, expected: object) -> None:
    (tmp_path / "chart/templates").mkdir(parents=True)
    (tmp_path / "chart/values.yaml").write_text(VALUES, encoding="utf-8")
    path = str(tmp_path / "chart/templates/a.yaml")
    source = Source.of_text(path, f"{template}\n", FileKind.HELM_TEMPLATE)
    rendered = helm.render(source, helm.chart_of(source, Project(tmp_path).companion))
    assert rendered.readable
    assert plain(rendered.documents[0]) == expected


def test_a_parent_chart_sets_values_of_its_charts(tmp_path: Path) -> None:
    files = {"p/values.yaml": "c: {a: {b: above}}\nglobal: {g: 1}\n", "p/charts/c/values.yaml": VALUES}
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    source = Source.of_text(str(tmp_path / "p/charts/c/templates/a.yaml"), "", FileKind.HELM_TEMPLATE)
    values = helm.chart_of(source, Project(tmp_path).companion).values
    assert values
    assert [
        plain(found) for found in (values.get("a", "b"), values.get("name"), values.get("global", "g")) if found
    ] == [
        "above",
        "given",
        "1",
    ]


DEPLOYMENT = (
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a, namespace: n}\nspec:\n  template:\n    spec:\n"
    "      containers:\n      - {name: c, image: x, env: [{name: A, value: '1'}, {name: B, value: '2'}]}\n"
)


@pytest.mark.parametrize(
    ("overlay", "env"),
    [
        ("patchesStrategicMerge: [p.yaml]\n", {"A": "9", "B": "2"}),
        ("patches: [{path: p.yaml, target: {kind: Deployment, name: 'a|b'}}]\n", {"A": "9", "B": "2"}),
        ("patches: [{path: p.yaml, target: {kind: Service}}]\n", {"A": "1", "B": "2"}),
        ("patches: [{path: ops.yaml, target: {name: a}}]\n", {"A": "7", "B": "2"}),
        ("patchesJson6902: [{path: ops.yaml, target: {kind: Deployment, name: a}}]\n", {"A": "7", "B": "2"}),
        (
            (
                "patches:\n- target: {name: a}\n  patch: |-\n"
                "    - {op: remove, path: /spec/template/spec/containers/0/env/0}\n"
                "    - {op: add, path: /spec/template/spec/containers/0/env/-, value: {name: C, value: '3'}}\n"
            ),
            {"B": "2", "C": "3"},
        ),
        ("namespace: other\n", {"A": "1", "B": "2"}),
    ],
)
def test_patches_of_an_overlay(tmp_path: Path, overlay: str, env: dict[str, str]) -> None:
    patch = DEPLOYMENT.replace("image: x, ", "").replace(", {name: B, value: '2'}", "").replace("'1'", "'9'")
    files = {
        "base/kustomization.yaml": "resources: [a.yaml]\n",
        "base/a.yaml": DEPLOYMENT,
        "o/kustomization.yaml": f"bases: [../base]\n{overlay}",
        "o/p.yaml": patch,
        "o/ops.yaml": "- {op: replace, path: /spec/template/spec/containers/0/env/0/value, value: '7'}\n",
    }
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    project = Project(tmp_path)
    source = project.companion(str(tmp_path / "o/kustomization.yaml"))
    assert source
    (built,) = kustomize.evaluate(source, project.companion).objects
    spec = built.table.get("spec", "template", "spec", "containers")
    assert isinstance(spec, Items)
    container = plain(spec.items[0])
    assert isinstance(container, dict)
    assert {item["name"]: item["value"] for item in container["env"]} == env
    assert built.namespace == ("other" if "namespace" in overlay else "n")


def test_generated_config_maps(tmp_path: Path) -> None:
    text_ = "configMapGenerator:\n- name: c\n  literals: [A=-Xmx1g, \"B='x y'\"]\n  envs: [c.env]\n"
    (tmp_path / "c.env").write_text("C=3\n", encoding="utf-8")
    (tmp_path / "kustomization.yaml").write_text(text_, encoding="utf-8")
    project = Project(tmp_path)
    source = project.companion(str(tmp_path / "kustomization.yaml"))
    assert source
    (made,) = kustomize.evaluate(source, project.companion).objects
    assert (made.kind, made.name) == ("ConfigMap", "c")
    assert plain(made.table) == {"data": {"A": "-Xmx1g", "B": "x y", "C": "3"}}
