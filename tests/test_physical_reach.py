"""What PAL421 to PAL432 and PAL902 promise, clause by clause, each test named after what is said or not said."""

from __future__ import annotations

import pytest
from conftest import Flake8, Tree
from physical_clause import VOLUMES, Clause, Files, compose, of_kind, pod, told

NETWORK = [
    Clause(
        "PAL421: datastores by their image",
        {
            "compose.yaml": compose(
                *(
                    f"s{number}\nimage: '{image}'\nports: ['7:{port}']"
                    for number, (image, port) in enumerate(
                        [
                            ("mysql:8.4", 3306),
                            ("mongo:8", 27017),
                            ("cassandra:5", 9042),
                            ("memcached:1.6", 11211),
                            ("docker.elastic.co/elasticsearch/elasticsearch:8.15.0", 9200),
                            ("clickhouse/clickhouse-server:25", 8123),
                        ]
                    )
                )
            ),
        },
        (
            "compose.yaml:10:12 PAL421",
            "compose.yaml:13:12 PAL421",
            "compose.yaml:16:12 PAL421",
            "compose.yaml:17:2 PAL431",
            "compose.yaml:19:12 PAL421",
            "compose.yaml:2:2 PAL431",
            "compose.yaml:4:12 PAL421",
            "compose.yaml:5:2 PAL431",
            "compose.yaml:7:12 PAL421",
            "compose.yaml:8:2 PAL431",
            "compose.yaml:14:2 PAL431",
        ),
    ),
    Clause(
        "PAL421: datastores by the port of the container, whatever the image is called",
        {
            "compose.yaml": compose("a\nimage: registry.example.com/store\nports: ['15432:5432']"),
        },
        ("compose.yaml:4:12 PAL421",),
    ),
    Clause(
        "PAL421: a registry, a digest and a derivative are seen through",
        {
            "compose.yaml": compose(
                "a\nimage: 'registry.example.com/mirror/redis:7@sha256:0f4c9a0b1d2e3f40'\nports: ['7000:6379']",
                "b\nimage: 'redis/redis-stack-server:7.4.0-v1'\nports: ['7001:6379']",
            ),
        },
        ("compose.yaml:4:12 PAL421", "compose.yaml:7:12 PAL421"),
    ),
    Clause(
        "PAL421: another port of a datastore is none",
        {
            "compose.yaml": compose("a\nimage: 'neo4j:5'\nvolumes: ['data:/data']\nports: ['7473:7473']", more=VOLUMES),
        },
    ),
    Clause(
        "PAL421: every way to bind all interfaces",
        {
            "compose.yaml": compose(
                "a\nimage: 'redis:7'\nports:\n- 6379\n- '6380:6379'\n- '0.0.0.0:6381:6379'\n"
                "- '[::]:6382:6379'\n- {target: 6379, published: 6383}"
            ),
        },
        (
            "compose.yaml:5:6 PAL421",
            "compose.yaml:6:6 PAL421",
            "compose.yaml:7:6 PAL421",
            "compose.yaml:8:6 PAL421",
            "compose.yaml:9:6 PAL421",
        ),
    ),
    Clause(
        "PAL421: a loopback address and expose open nothing",
        {
            "compose.yaml": compose(
                "a\nimage: 'redis:7'\nexpose: [6379]\n"
                "ports: ['127.0.0.1:6379:6379', '[::1]:6379:6379', {target: 6379, published: 1, host_ip: 127.0.0.1}]"
            ),
        },
    ),
    Clause(
        "PAL421: files for development are exempt by a whole word",
        {
            "compose.dev.yaml": compose("a\nimage: 'redis:7'\nports: ['6379:6379']"),
            "local/compose.yaml": compose("a\nimage: 'redis:7'\nports: ['6379:6379']"),
            "devices/compose.yaml": compose("a\nimage: 'redis:7'\nports: ['6379:6379']"),
        },
        ("devices/compose.yaml:4:12 PAL421",),
    ),
    Clause(
        "PAL421: a project that is called so is for development, or for tests",
        {
            "a/compose.yaml": "name: shop-dev\n" + compose("cache\nimage: 'redis:7'\nports: ['6379:6379']"),
            "b/compose.yaml": "name: shop_e2e\n" + compose("cache\nimage: 'redis:7'\nports: ['6379:6379']"),
            "c/compose.yaml": "name: devices\n" + compose("cache\nimage: 'redis:7'\nports: ['6379:6379']"),
        },
        ("c/compose.yaml:5:12 PAL421",),
    ),
    Clause(
        "PAL422: what answers in the pod of a container is at localhost, what answers in another one is not",
        {
            "a.yaml": pod(
                "image: 'redis:7'\n",
                more="        - name: exporter\n          image: x\n"
                "          env: [{name: REDIS_ADDR, value: 'redis://localhost:6379'}]\n",
            )
            + "---\n"
            + pod("image: 'redis:7'", kind="StatefulSet", name="redis"),
            "b/b.yaml": pod("image: x\nenv: [{name: REDIS_ADDR, value: 'redis://localhost:6379'}]")
            + "---\n"
            + pod("image: 'redis:7'", kind="StatefulSet", name="redis"),
        },
        ("b/b.yaml:11:51 PAL422",),
    ),
    Clause(
        "PAL421: a service whose every profile is one of development is exempt",
        {
            "compose.yaml": compose(
                "a\nimage: 'redis:7'\nprofiles: [dev, debug]\nports: ['6379:6379']",
                "b\nimage: 'redis:7'\nprofiles: [dev, prod]\nports: ['6380:6379']",
            ),
        },
        ("compose.yaml:9:12 PAL421",),
    ),
    Clause(
        "PAL421: hostPort, at the port of the host",
        {
            "a.yaml": pod("image: 'redis:7'\nports: [{containerPort: 6379, hostPort: 6379}]"),
        },
        ("a.yaml:11:50 PAL421",),
    ),
    Clause(
        "PAL421: a NodePort and a LoadBalancer, at the port of the Service",
        {
            "a.yaml": pod("image: 'redis:7'"),
            "node.yaml": of_kind("Service", "spec:\n  type: NodePort\n  selector: {app: a}\n  ports: [{port: 6379}]"),
            "lb.yaml": of_kind("Service", "spec:\n  type: LoadBalancer\n  selector: {app: a}\n  ports: [{port: 6379}]"),
            "inside.yaml": of_kind("Service", "spec:\n  selector: {app: a}\n  ports: [{port: 6379}]"),
        },
        ("lb.yaml:7:11 PAL421", "node.yaml:7:11 PAL421"),
    ),
    Clause(
        "PAL421: a chart, in the template",
        {
            "chart/Chart.yaml": "apiVersion: v2\nname: c\nversion: 1.0.0\n",
            "chart/values.yaml": "image: redis:7\ntype: NodePort\n",
            "chart/templates/a.yaml": pod("image: {{ .Values.image }}"),
            "chart/templates/s.yaml": of_kind(
                "Service", "spec:\n  type: {{ .Values.type }}\n  selector: {app: a}\n  ports: [{port: 6379}]"
            ),
        },
        ("chart/templates/s.yaml:7:11 PAL421",),
    ),
    Clause(
        "PAL421: the network of the host is PAL423 alone",
        {
            "compose.yaml": compose("a\nimage: 'redis:7'\nnetwork_mode: host\nports: ['6379:6379']", "b\nimage: x"),
        },
        ("compose.yaml:4:18 PAL423",),
    ),
    Clause(
        "PAL422: by scheme, by default port and by the name of the variable",
        {
            "compose.yaml": compose(
                "a\nimage: x\nenvironment:\n  CACHE: redis://localhost:6379/0\n  STORE_ADDR: 127.0.0.1:6379\n"
                "  REDIS_HOST: localhost\n"
                "  BROKER: redis://host.docker.internal\n  REDIS_SERVER: 192.168.1.7\n  OTHER_HOST: localhost",
                "cache\nimage: 'redis:7'",
            ),
        },
        (
            "compose.yaml:5:21 PAL422",
            "compose.yaml:6:18 PAL422",
            "compose.yaml:7:18 PAL422",
            "compose.yaml:8:22 PAL422",
            "compose.yaml:9:20 PAL422",
        ),
    ),
    Clause(
        "PAL422: the address of a container on the stack's own network",
        {
            "compose.yaml": compose(
                "a\nimage: x\nenvironment: {UPSTREAM: 'http://172.28.0.7:80'}",
                "b\nimage: y\nnetworks: {n: {ipv4_address: 172.28.0.7}}",
                more="networks:\n  n:\n",
            ),
        },
        ("compose.yaml:4:36 PAL422",),
    ),
    Clause(
        "PAL422: origins, proxies, own addresses and health checks mean something else",
        {
            "compose.yaml": compose(
                "a\nimage: x\nenvironment:\n  CORS_ORIGINS: redis://localhost\n  ALLOWED_HOSTS: localhost\n"
                "  NO_PROXY: localhost\n"
                "  REDIS_BIND: 127.0.0.1\n  REDIS_LISTEN_ADDR: 127.0.0.1:6379\n  REDIS_ADVERTISED_HOST: localhost\n"
                "  REDIS_HEALTHCHECK_HOST: localhost\nhealthcheck: {test: 'redis-cli -h localhost ping'}",
                "cache\nimage: 'redis:7'",
            ),
        },
    ),
    Clause(
        "PAL422: what shares a network namespace is at localhost",
        {
            "compose.yaml": compose(
                "a\nimage: x\nnetwork_mode: 'service:cache'\nenvironment: {CACHE: 'redis://localhost'}",
                "cache\nimage: 'redis:7'",
            ),
            "a.yaml": pod(
                "image: x\nenv: [{name: CACHE, value: 'redis://localhost'}]",
                more="        - {name: cache, image: 'redis:7'}\n",
            ),
        },
    ),
    Clause(
        "PAL422: a file that is whole by itself may be started without the base beside it",
        {
            "compose.yaml": compose("cache\nimage: 'redis:7'"),
            "compose.single.yaml": compose("a\nimage: x\nenvironment: {CACHE: 'redis://host.docker.internal'}"),
            "compose.more.yaml": compose("a\nimage: x\nenvironment: {CACHE: 'redis://localhost'}", "cache\nuser: a"),
        },
        ("compose.more.yaml:4:34 PAL422",),
    ),
    Clause(
        "PAL422: files for development are not exempt",
        {
            "compose.dev.yaml": compose(
                "a\nimage: x\nenvironment: {CACHE: 'redis://localhost'}", "cache\nimage: 'redis:7'"
            ),
        },
        ("compose.dev.yaml:4:34 PAL422",),
    ),
    Clause(
        "PAL423: the network of the host, in both",
        {
            "compose.yaml": compose("a\nimage: x\nnetwork_mode: host", "b\nimage: y"),
            "a.yaml": pod("image: x", more="      hostNetwork: true\n"),
        },
        ("a.yaml:11:19 PAL423", "compose.yaml:4:18 PAL423"),
    ),
    Clause(
        "PAL423: files and profiles for development are exempt",
        {
            "compose.dev.yaml": compose("a\nimage: x\nnetwork_mode: host", "b\nimage: y"),
            "compose.yaml": compose("a\nimage: x\nprofiles: [debug]\nnetwork_mode: host", "b\nimage: y"),
        },
    ),
    Clause(
        "PAL423: a datastore on a network with published services, while an internal one exists",
        {
            "compose.yaml": compose(
                "web\nimage: x\nports: ['80:80']\nnetworks: [edge, inside]",
                "db\nimage: 'redis:7'\nnetworks: [edge]",
                more="networks:\n  edge:\n  inside: {internal: true}\n",
            ),
        },
        ("compose.yaml:8:15 PAL423",),
    ),
    Clause(
        "PAL423: without an internal network there is no better one",
        {
            "compose.yaml": compose(
                "web\nimage: x\nports: ['80:80']\nnetworks: [edge]",
                "db\nimage: 'redis:7'\nnetworks: [edge]",
                more="networks:\n  edge:\n  inside:\n",
            ),
        },
    ),
]

STORED = [
    ("mysql:8.4", "/var/lib/mysql"),
    ("mariadb:11", "/var/lib/mysql"),
    ("mongo:8", "/data/db"),
    ("cassandra:5", "/var/lib/cassandra"),
    ("clickhouse/clickhouse-server:25", "/var/lib/clickhouse"),
    ("docker.elastic.co/elasticsearch/elasticsearch:8.15.0", "/usr/share/elasticsearch/data"),
    ("opensearchproject/opensearch:3", "/usr/share/opensearch/data"),
    ("influxdb:2", "/var/lib/influxdb2"),
    ("neo4j:5", "/data"),
    ("rabbitmq:4", "/var/lib/rabbitmq"),
    ("postgres:17", "/var/lib/postgresql/data"),
    ("postgres:18", "/var/lib/postgresql"),
    ("bitnami/postgresql:16", "/bitnami/postgresql"),
    ("timescale/timescaledb:2.17.0-pg16", "/var/lib/postgresql/data"),
]
POSTGRES = "image: 'postgres:17'"
DATA = "/var/lib/postgresql/data"

STORAGE = [
    Clause(
        "PAL431: on nothing, at the owner", {"compose.yaml": compose(f"a\n{POSTGRES}")}, ("compose.yaml:2:2 PAL431",)
    ),
    Clause(
        "PAL431: on an anonymous volume, on tmpfs and in a directory of the host, at the mount",
        {
            "compose.yaml": compose(
                f"a\n{POSTGRES}\nvolumes: ['{DATA}']",
                f"b\n{POSTGRES}\ntmpfs: ['{DATA}']",
                f"c\n{POSTGRES}\nvolumes: ['./d:{DATA}']",
            ),
        },
        ("compose.yaml:10:14 PAL431", "compose.yaml:4:14 PAL431", "compose.yaml:7:12 PAL431"),
    ),
    Clause(
        "PAL431: a named volume that is a directory of the host, or memory",
        {
            "compose.yaml": compose(
                f"a\n{POSTGRES}\nvolumes: ['here:{DATA}']",
                f"b\n{POSTGRES}\nvolumes: ['ram:{DATA}']",
                more="volumes:\n  here: {driver_opts: {type: none, o: bind, device: /d}}\n"
                "  ram: {driver_opts: {type: tmpfs, device: tmpfs}}\n",
            ),
        },
        ("compose.yaml:4:14 PAL431", "compose.yaml:7:14 PAL431"),
    ),
    Clause(
        "PAL431: an emptyDir and a hostPath, at the mount of the container",
        {
            "a.yaml": pod(
                f"{POSTGRES}\nvolumeMounts: [{{name: d, mountPath: {DATA}}}]",
                more="      volumes: [{name: d, emptyDir: {}}]\n",
            ),
            "b.yaml": pod(
                f"{POSTGRES}\nvolumeMounts: [{{name: d, mountPath: {DATA}}}]",
                more="      volumes: [{name: d, hostPath: {path: /d}}]\n",
                name="b",
            ),
        },
        ("a.yaml:11:26 PAL431", "b.yaml:11:26 PAL431"),
    ),
    Clause(
        "PAL431: a claim and the template of one keep it",
        {
            "a.yaml": pod(
                f"{POSTGRES}\nvolumeMounts: [{{name: d, mountPath: {DATA}}}]",
                more="      volumes: [{name: d, persistentVolumeClaim: {claimName: d}}]\n",
            ),
            "b.yaml": pod(
                f"{POSTGRES}\nvolumeMounts: [{{name: d, mountPath: {DATA}}}]",
                kind="StatefulSet",
                more="  volumeClaimTemplates: [{metadata: {name: d}}]\n",
                name="b",
            ),
        },
    ),
    Clause(
        "PAL431: PostgreSQL 18 moved its data",
        {
            "compose.yaml": compose(
                "a\nimage: 'postgres:17'\nvolumes: ['data:/var/lib/postgresql']",
                "b\nimage: 'postgres:18'\nvolumes: ['data:/var/lib/postgresql']",
                "c\nimage: 'postgres:18'\nvolumes: ['data:/var/lib/postgresql/data']",
                more=VOLUMES,
            ),
        },
        ("compose.yaml:10:14 PAL431", "compose.yaml:4:14 PAL431"),
    ),
    Clause(
        "PAL431: a PGDATA beside the mount, at its value",
        {
            "compose.yaml": compose(
                f"a\n{POSTGRES}\nenvironment: {{PGDATA: /elsewhere}}\nvolumes: ['data:{DATA}']", more=VOLUMES
            ),
        },
        ("compose.yaml:4:26 PAL431",),
    ),
    Clause(
        "PAL431: a mount above counts where the image declares no volume below",
        {
            "compose.yaml": compose(
                "a\nimage: 'docker.elastic.co/elasticsearch/elasticsearch:8.15.0'\n"
                "volumes: ['data:/usr/share/elasticsearch']",
                "b\nimage: 'mysql:8.4'\nvolumes: ['data:/var/lib']",
                more=VOLUMES,
            ),
        },
        ("compose.yaml:7:14 PAL431",),
    ),
    Clause(
        "PAL431: Redis only if it is told to persist",
        {
            "compose.yaml": compose(
                "a\nimage: 'redis:7'",
                "b\nimage: 'redis:7'\ncommand: redis-server --appendonly yes",
                "c\nimage: 'valkey/valkey:8'\ncommand: valkey-server --save 60 1",
                "d\nimage: 'redis:7'\ncommand: redis-server --save ''",
                "e\nimage: 'redis:7'\ncommand: redis-server /c.conf\nvolumes: ['./redis.conf:/c.conf']",
            ),
            "redis.conf": "appendonly yes\n",
        },
        ("compose.yaml:13:2 PAL431", "compose.yaml:4:2 PAL431", "compose.yaml:7:2 PAL431"),
    ),
    Clause(
        "PAL431: a client, an init container, a job and a profile for tests keep nothing",
        {
            "compose.yaml": compose(f"a\n{POSTGRES}\ncommand: psql -h db", f"b\n{POSTGRES}\nprofiles: [test]"),
            "a.yaml": pod("image: x", more="      initContainers: [{name: i, image: 'postgres:17'}]\n"),
            "b.yaml": of_kind("Job", "spec: {template: {spec: {containers: [{name: j, image: 'postgres:17'}]}}}"),
        },
    ),
    Clause(
        "PAL431: files for development are not exempt",
        {
            "compose.dev.yaml": compose(f"a\n{POSTGRES}"),
        },
        ("compose.dev.yaml:2:2 PAL431",),
    ),
    Clause(
        "PAL432: Mage on nothing, in a directory of the host, and where its variable says",
        {
            "compose.yaml": compose(
                "a\nimage: mageai/mageai",
                "b\nimage: mageai/mageai\nvolumes: ['.:/home/src']",
                "c\nimage: mageai/mageai\nenvironment: {MAGE_DATA_DIR: /m}\nvolumes: ['data:/home/src', './m:/m']",
                "d\nimage: mageai/mageai\nvolumes: ['data:/home/src']",
                more=VOLUMES,
            ),
        },
        ("compose.yaml:10:32 PAL432", "compose.yaml:2:2 PAL432", "compose.yaml:6:14 PAL432"),
    ),
    Clause(
        "PAL432: Mage in a pod",
        {
            "a.yaml": pod(
                "image: mageai/mageai\nvolumeMounts: [{name: d, mountPath: /home/src}]",
                more="      volumes: [{name: d, emptyDir: {}}]\n",
            ),
            "b.yaml": pod(
                "image: mageai/mageai\nvolumeMounts: [{name: d, mountPath: /home/src}]",
                more="      volumes: [{name: d, persistentVolumeClaim: {claimName: d}}]\n",
                name="b",
            ),
        },
        ("a.yaml:11:26 PAL432",),
    ),
    Clause(
        "PAL432: files for development are exempt",
        {
            "compose.dev.yaml": compose("a\nimage: mageai/mageai\nvolumes: ['.:/home/src']"),
        },
    ),
]

UNREADABLE = [
    Clause(
        "PAL902: an undefined volume and an undefined network, each at its place",
        {
            "compose.yaml": compose("a\nimage: x\nvolumes: ['nowhere:/d']\nnetworks: [none]"),
        },
        ("compose.yaml:4:14 PAL902", "compose.yaml:5:15 PAL902"),
    ),
    Clause(
        "PAL902: a file whose services depend on others that are not there lies on top of another one",
        {
            "compose.yaml": compose("a\nimage: x\ndepends_on: [elsewhere]\nvolumes: ['nowhere:/d']\nnetworks: [none]"),
        },
    ),
    Clause(
        "PAL902: what is not required need not be there",
        {
            "compose.yaml": compose("a\nimage: x\ndepends_on: {b: {required: false}}\nvolumes: ['nowhere:/d']"),
        },
        ("compose.yaml:5:14 PAL902",),
    ),
    Clause(
        "PAL902: a key that comes twice in Compose",
        {
            "compose.yaml": compose("a\nimage: x\nimage: y"),
        },
        ("compose.yaml:4:4 PAL902",),
    ),
    Clause(
        "PAL902: what comes before the broken document is judged",
        {
            "a.yaml": pod("image: x\nargs: [-Xmx1g, -jar, a.jar]\nresources: {limits: {memory: 1Gi}}") + "---\na: ]\n",
        },
        ("a.yaml:11:17 PAL413", "a.yaml:14:3 PAL902"),
    ),
    Clause(
        "PAL902: files of another kind are not looked at",
        {
            ".github/workflows/ci.yml": "on: push\njobs: {a: ]\n",
            "mkdocs.yml": "site_name: ]\n",
            "openapi.yaml": "openapi: 3.1.0\npaths: ]\n",
            "application.yml": "server: {port: '${PORT:80}'}\nservices: '{}'\n",
        },
    ),
]


@pytest.mark.parametrize("clause", [*NETWORK, *STORAGE, *UNREADABLE], ids=lambda clause: clause.says)
def test_it_says(flake8: Flake8, tree: Tree, clause: Clause) -> None:
    assert told(flake8, tree, clause.files) == sorted(clause.told)


@pytest.mark.parametrize(("image", "path"), STORED)
def test_it_knows_where_a_database_keeps_its_data(flake8: Flake8, tree: Tree, image: str, path: str) -> None:
    kept = compose(f"a\nimage: '{image}'\nvolumes: ['data:{path}']", more=VOLUMES)
    lost = compose(f"a\nimage: '{image}'\nvolumes: ['{path}']")
    beside = compose(f"a\nimage: '{image}'\nvolumes: ['data:/somewhere']", more=VOLUMES)
    assert told(flake8, tree, {"compose.yaml": kept}) == []
    assert told(flake8, tree, {"compose.yaml": lost}) == ["compose.yaml:4:14 PAL431"]
    assert told(flake8, tree, {"compose.yaml": beside}) == ["compose.yaml:2:2 PAL431"]


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"compose.yaml": compose(f"a\n{POSTGRES}\nvolumes: ['./d:{DATA}']")}, "PAL431"),
        ({"compose.yaml": compose("a\nimage: mageai/mageai\nvolumes: ['./d:/home/src']")}, "PAL432"),
        (
            {"compose.yaml": compose("a\nimage: 'redis:7'\nports: ['6379:6379']", "b\nbuild: .\nvolumes: ['.:/app']")},
            "PAL421",
        ),
        (
            {"compose.yaml": compose("a\nimage: 'redis:7'\nports: ['6379:6379']", "b\nimage: x\ncommand: x --reload")},
            "PAL421",
        ),
        ({"compose.yaml": compose("a\nimage: x\nenvironment: {JAVA_OPTS: -Da=b}\nmem_limit: 1g")}, "PAL411"),
        (
            {"compose.yaml": compose("a\nimage: x\nenvironment: {REDIS_HOST: 10.1.2.3}", "cache\nimage: 'redis:7'")},
            "PAL422",
        ),
    ],
)
def test_what_a_convention_suggests_is_only_probable(flake8: Flake8, tree: Tree, files: Files, code: str) -> None:
    probable = told(flake8, tree, files)
    certain = told(flake8, tree, files, "[tool.planalign]\n", "--planalign-min-confidence=certain")
    assert [item.rpartition(" ")[2] for item in probable] == [code]
    assert certain == []


def test_the_words_of_the_plan_say_which_files_are_for_development(flake8: Flake8, tree: Tree) -> None:
    files = {"sandbox/compose.yaml": compose("a\nimage: 'redis:7'\nports: ['6379:6379']")}
    assert told(flake8, tree, files) == ["sandbox/compose.yaml:4:12 PAL421"]
    assert told(flake8, tree, files, '[tool.planalign.physical]\ndev-files = ["*sandbox*"]\n') == []


@pytest.mark.parametrize(
    ("files", "says"),
    [
        (
            {
                "a.yaml": pod("image: 'mysql:8'")
                + "---\n"
                + of_kind(
                    "Service", "spec: {type: NodePort, selector: {app: a}, ports: [{port: 33, targetPort: 3306}]}"
                ).replace("name: a", "name: db")
            },
            "make it a Service of type ClusterIP, which the cluster reaches as `db:33`",
        ),
        (
            {"a.yaml": pod("image: 'mysql:8'\nports: [{containerPort: 3306, hostPort: 3306}]")},
            "drop `hostPort`: the cluster reaches it through a Service",
        ),
        (
            {"compose.yaml": compose("a\nimage: 'mysql:8'\nports: ['33:3306']\nvolumes_from: [b]")},
            "the stack reaches it as `a:3306`: drop the port, or bind it to 127.0.0.1",
        ),
        (
            {"compose.yaml": compose("a\nimage: 'eclipse-temurin:21'\ncommand: java -jar a.jar\nmem_limit: 2g")},
            "takes 512 MiB (25%) of the limit of 2 GiB (compose.yaml:5); set `-Xmx` (at most `-Xmx1433m` keeps to 70%)",
        ),
        (
            {"compose.yaml": compose("a\nimage: 'eclipse-temurin:21'\ncommand: java -jar a.jar\nmem_limit: 200m")},
            "which takes 100 MiB (50%) of the limit of 200 MiB (compose.yaml:5); set",
        ),
        (
            {"compose.yaml": compose("a\nimage: 'eclipse-temurin:21'\ncommand: java -jar a.jar")},
            "which takes a quarter of the host's memory; set `-Xmx` or",
        ),
        (
            {"compose.yaml": compose("a\nimage: x\ncommand: java -Xmx512m -jar a.jar")},
            "set `deploy.resources.limits.memory` (`732m` or more keeps the heap to 70%)",
        ),
        (
            {"a.yaml": pod("image: x\ncommand: [java, -Xmx512m, -jar, a.jar]")},
            "set `resources.limits.memory` (`732Mi` or more keeps the heap to 70%)",
        ),
        (
            {"compose.yaml": compose("a\nimage: 'mysql:8'")},
            "no container finds again after `docker compose down`; mount a named volume at `/var/lib/mysql`",
        ),
        (
            {"a.yaml": pod("image: 'mysql:8'")},
            "so it is gone with the pod; mount a PersistentVolumeClaim at `/var/lib/mysql`",
        ),
    ],
)
def test_what_to_do_is_said_in_the_words_of_the_file(flake8: Flake8, tree: Tree, files: Files, says: str) -> None:
    found = flake8("--select=PAL4", "--planalign-cache=off", cwd=tree({"pyproject.toml": "", **files}))
    assert [item.text for item in found if says in item.text]
