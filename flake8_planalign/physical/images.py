"""What is known of public images: the engine that they run, where it keeps its data, and how it sizes its heap.

Source: the images' own Dockerfiles and documentation pages (VOLUME, PGDATA, EXPOSE, start scripts), read for their
major versions of 2018 to 2026.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec.structs import replace

from flake8_planalign.formats.located import Text
from flake8_planalign.patterns import lazy
from flake8_planalign.physical.names import words_of

__all__ = [
    "DATASTORE_PORTS",
    "ELASTICSEARCH",
    "Engine",
    "Image",
    "Name",
    "image_of",
    "is_page",
    "may_size_heap",
    "name_of",
    "needs_host_network",
]


class Engine(msgspec.Struct, frozen=True):
    """A kind of server. `ports` are the ones its data is reached by; `schemes` those of the URLs that lead to it."""

    name: str
    ports: tuple[int, ...] = ()
    schemes: tuple[str, ...] = ()
    datastore: bool = False


POSTGRESQL: Final = Engine("PostgreSQL", (5432,), ("postgres", "postgresql", "pg", "postgis"), datastore=True)
MYSQL: Final = Engine("MySQL", (3306, 33060), ("mysql", "mariadb"), datastore=True)
MARIADB: Final = Engine("MariaDB", (3306,), ("mysql", "mariadb"), datastore=True)
MONGODB: Final = Engine("MongoDB", (27017,), ("mongodb", "mongodb+srv", "mongo"), datastore=True)
REDIS: Final = Engine("Redis", (6379,), ("redis", "rediss", "valkey"), datastore=True)
VALKEY: Final = Engine("Valkey", (6379,), ("redis", "rediss", "valkey"), datastore=True)
CASSANDRA: Final = Engine("Cassandra", (9042, 9160, 7000, 7001, 7199), ("cassandra",), datastore=True)
MEMCACHED: Final = Engine("memcached", (11211,), ("memcached", "memcache"), datastore=True)
CLICKHOUSE: Final = Engine("ClickHouse", (8123, 9000), ("clickhouse",), datastore=True)
ELASTICSEARCH: Final = Engine("Elasticsearch", (9200, 9300), ("elasticsearch", "es"), datastore=True)
OPENSEARCH: Final = Engine("OpenSearch", (9200, 9300), ("opensearch",), datastore=True)
INFLUXDB: Final = Engine("InfluxDB", (8086,), ("influxdb",), datastore=True)
NEO4J: Final = Engine("Neo4j", (7687, 7474), ("neo4j", "bolt"), datastore=True)
SQL_SERVER: Final = Engine("SQL Server", (1433,), ("mssql", "sqlserver"), datastore=True)
ORACLE: Final = Engine("Oracle", (1521,), ("oracle",), datastore=True)
COUCHDB: Final = Engine("CouchDB", (5984,), ("couchdb",), datastore=True)
ETCD: Final = Engine("etcd", (2379, 2380), ("etcd",), datastore=True)
RABBITMQ: Final = Engine("RabbitMQ", (5672,), ("amqp", "amqps", "rabbitmq"))
MINIO: Final = Engine("MinIO", (9000,), ("minio", "s3"))
H2O: Final = Engine("H2O", (54321,), ("h2o",))
MAGE: Final = Engine("Mage", (6789,), ("mage",))
KAFKA: Final = Engine("Kafka", (9092,), ("kafka",))
JVM: Final = Engine("a JVM")

#: Container ports that say which datastore listens there, whatever the image is called.
DATASTORE_PORTS: Final = {
    engine.ports[0]: engine for engine in (POSTGRESQL, MYSQL, MONGODB, REDIS, MEMCACHED, SQL_SERVER, ORACLE)
} | {9042: CASSANDRA}


class Image(msgspec.Struct, frozen=True):
    """What an image is known for.

    `data` is the directory its engine writes to, `volume` the directory that it declares as VOLUME (empty: none).
    `java` tells that it runs a JVM, `sizes_heap` that it chooses the heap itself while its own command runs;
    `half` that its makers leave half of the memory to what is not heap; `homes` are the variables that move the
    data, the first one that is set, `serves` tells that its own command is a JVM with the default heap.
    """

    engine: Engine
    data: str = ""
    volume: str = ""
    java: bool = False
    sizes_heap: bool = False
    half: bool = False
    homes: tuple[str, ...] = ()
    serves: bool = False


class Name(msgspec.Struct, frozen=True):
    """An image's name in its parts; `tag` and `digest` are empty if they are not given."""

    registry: str
    path: str
    tag: str
    digest: str

    @property
    def last(self) -> str:
        """Return the last part of the path."""
        return self.path.rpartition("/")[2]

    @property
    def major(self) -> int | None:
        """Return the major version that the tag begins with, None for a floating tag."""
        found = re.match(r"v?(\d{1,4})(?![\d])", self.tag)
        return int(found[1]) if found else None

    @property
    def version(self) -> tuple[int, ...]:
        """Return the numbers that the tag begins with."""
        found = re.match(r"v?(\d+(?:\.\d+)*)", self.tag)
        return tuple(map(int, found[1].split("."))) if found else ()


def name_of(written: str) -> Name:
    """Return the parts of an image's name: `[registry/]path[:tag][@digest]`."""
    rest, _, digest = written.partition("@")
    head, slash, tail = rest.partition("/")
    registry = ""
    if slash and ("." in head or ":" in head or head == "localhost"):
        registry, rest = head, tail
    path, colon, tag = rest.rpartition(":")
    if not colon or "/" in tag:
        path, tag = rest, ""
    return Name(registry, path.lower().removeprefix("library/"), tag, digest)


def _database(engine: Engine, data: str, volume: str | None = None, homes: tuple[str, ...] = ()) -> Image:
    return Image(engine, data, data if volume is None else volume, homes=homes)


_POSTGRES: Final = _database(POSTGRESQL, "/var/lib/postgresql/data", homes=("PGDATA",))
_JAVA_SERVER: Final = Image(JVM, java=True, serves=True)
_OWN_HEAP: Final = Image(JVM, java=True, sizes_heap=True)

#: Products whose own start script or `jvm.options` gives the heap a size where nobody else does: `kafka-run-class`,
#: `schema-registry-run-class`, `ksql-run-class`, `zkEnv.sh`, `hive-config.sh`, `bin/solr`, `config/jvm.options`, and
#: `setenv.sh` of Atlassian's (`JVM_MAXIMUM_MEMORY`).
_OWN_HEAPS: Final = (
    "atlassian-confluence", "atlassian-jira", "atlassian-jira-software", "bitbucket", "bitbucket-server", "confluence",
    "confluence-server", "jira-core", "jira-servicemanagement", "jira-software",
    "cp-enterprise-control-center", "cp-kafka-connect", "cp-kafka-connect-base", "cp-kafka-rest", "cp-ksqldb-server",
    "cp-schema-registry", "cp-server-connect", "cp-server-connect-base", "cp-zookeeper", "hive", "ksqldb-server",
    "logstash", "logstash-oss", "minecraft-server", "solr", "sonarqube", "zookeeper",
)  # fmt: skip
#: By the last part of the name, for official images and what is built on them.
_BY_LAST: Final = {
    **dict.fromkeys(
        ("postgres", "postgis", "pgvector", "timescaledb", "timescaledb-ha", "postgres-postgis", "pgvector-postgres"),
        _POSTGRES,
    ),
    "mysql": _database(MYSQL, "/var/lib/mysql"),
    "mysql-server": _database(MYSQL, "/var/lib/mysql"),
    "percona": _database(MYSQL, "/var/lib/mysql"),
    "mariadb": _database(MARIADB, "/var/lib/mysql"),
    "mongo": _database(MONGODB, "/data/db"),
    "mongodb-community-server": _database(MONGODB, "/data/db"),
    "redis": _database(REDIS, "/data"),
    "redis-stack": _database(REDIS, "/data", ""),
    "redis-stack-server": _database(REDIS, "/data", ""),
    "valkey": _database(VALKEY, "/data"),
    "cassandra": Image(CASSANDRA, "/var/lib/cassandra", "/var/lib/cassandra", java=True, sizes_heap=True),
    "scylla": _database(CASSANDRA, "/var/lib/scylla", ""),
    "memcached": Image(MEMCACHED),
    "clickhouse-server": _database(CLICKHOUSE, "/var/lib/clickhouse"),
    "clickhouse": _database(CLICKHOUSE, "/var/lib/clickhouse"),
    "elasticsearch": Image(ELASTICSEARCH, "/usr/share/elasticsearch/data", java=True, sizes_heap=True, half=True),
    "elasticsearch-oss": Image(ELASTICSEARCH, "/usr/share/elasticsearch/data", java=True, sizes_heap=True, half=True),
    "opensearch": Image(OPENSEARCH, "/usr/share/opensearch/data", java=True, sizes_heap=True, half=True),
    "influxdb": _database(INFLUXDB, "/var/lib/influxdb2"),
    "neo4j": Image(NEO4J, "/data", "/data", java=True, sizes_heap=True),
    "couchdb": _database(COUCHDB, "/opt/couchdb/data"),
    "rabbitmq": _database(RABBITMQ, "/var/lib/rabbitmq"),
    "minio": Image(MINIO),
    "etcd": Image(ETCD),
    "mageai": Image(MAGE),
    "h2o-open-source-k8s": Image(H2O, java=True, sizes_heap=True, half=True),
    "tomcat": _JAVA_SERVER,
    "jetty": _JAVA_SERVER,
    "jenkins": _JAVA_SERVER,
    "h2o3": Image(H2O, java=True, half=True),
    "cp-kafka": Image(KAFKA, java=True, sizes_heap=True),
    "cp-server": Image(KAFKA, java=True, sizes_heap=True),
    **dict.fromkeys(_OWN_HEAPS, _OWN_HEAP),
}
#: Start scripts that make a heap of the container's limit: Red Hat's and fabric8's `run-java.sh`.
_RUN_JAVA: Final = lazy(r"(?:^|/)(?:fabric8|jkube)/(?:\w+-)?java\b|(?:^|/)ubi\d+/openjdk-\d|(?:^|/)openjdk/openjdk-\d")
#: Who publishes images that Paketo builds, whose calculator sizes the heap when the container starts.
_PAKETO: Final = frozenset({"springcloud", "paketobuildpacks", "springcloudstream", "springcloudtask"})
_RUNTIMES: Final = frozenset(
    {
        "openjdk", "eclipse-temurin", "amazoncorretto", "corretto", "ibm-semeru-runtimes", "sapmachine", "zulu-openjdk",
        "zulu-openjdk-alpine", "liberica-openjdk-debian", "liberica-openjdk-alpine", "liberica-runtime-container",
        "adoptopenjdk", "java", "graalvm-community", "microsoft-openjdk",
    }
)  # fmt: skip
#: Source: `postgresql-env.sh` of Bitnami's images.
_BITNAMI_POSTGRES: Final = ("POSTGRESQL_DATA_DIR", "POSTGRES_DATA_DIR", "PGDATA", "POSTGRESQL_VOLUME_DIR")
_BITNAMI: Final = {
    "postgresql": Image(POSTGRESQL, "/bitnami/postgresql", homes=_BITNAMI_POSTGRES),
    "postgresql-repmgr": Image(POSTGRESQL, "/bitnami/postgresql", homes=_BITNAMI_POSTGRES),
    "mysql": Image(MYSQL, "/bitnami/mysql/data"),
    "mariadb": Image(MARIADB, "/bitnami/mariadb"),
    "mariadb-galera": Image(MARIADB, "/bitnami/mariadb"),
    "mongodb": Image(MONGODB, "/bitnami/mongodb"),
    "redis": Image(REDIS, "/bitnami/redis/data"),
    "redis-cluster": Image(REDIS, "/bitnami/redis/data"),
    "valkey": Image(VALKEY, "/bitnami/valkey/data"),
    "cassandra": Image(CASSANDRA, "/bitnami/cassandra", java=True, sizes_heap=True),
    "memcached": Image(MEMCACHED),
    "clickhouse": Image(CLICKHOUSE, "/bitnami/clickhouse"),
    "elasticsearch": Image(ELASTICSEARCH, "/bitnami/elasticsearch/data", java=True, sizes_heap=True, half=True),
    "opensearch": Image(OPENSEARCH, "/bitnami/opensearch/data", java=True, sizes_heap=True, half=True),
    "influxdb": Image(INFLUXDB, "/bitnami/influxdb"),
    "neo4j": Image(NEO4J, "/bitnami/neo4j", java=True, sizes_heap=True),
    "rabbitmq": Image(RABBITMQ, "/bitnami/rabbitmq/mnesia"),
    "etcd": Image(ETCD, "/bitnami/etcd"),
    "minio": Image(MINIO, "/bitnami/minio/data", homes=("MINIO_DATA_DIR",)),
    "kafka": Image(KAFKA, java=True, sizes_heap=True),
}
#: Where the last part of a name says something else than usual.
_BY_PATH: Final = {
    # Source: "Parameters" of linuxserver/docker-mariadb, whose images all keep what they write in `/config`.
    "linuxserver/mariadb": _database(MARIADB, "/config"),
    # Source: "Storage" and `env-data.sh` of kartoza/docker-postgis: `DATADIR`, below a volume that holds all versions.
    "kartoza/postgis": _database(POSTGRESQL, "/var/lib/postgresql", homes=("DATADIR",)),
    # Its own store stands on the port of Redis. Source: "Configuring Ray", "Ports configurations".
    "rayproject/ray": Image(Engine("Ray", (6379, 8265, 10001))),
    "pgautoupgrade/pgautoupgrade": _POSTGRES,
    "ankane/pgvector": _POSTGRES,
    "supabase/postgres": _POSTGRES,
    "citusdata/citus": _POSTGRES,
    "tensorchord/pgvecto-rs": _POSTGRES,
    "timescale/timescaledb-ha": Image(
        POSTGRESQL, "/home/postgres/pgdata/data", "/home/postgres/pgdata", homes=("PGDATA",)
    ),
    "mcr.microsoft.com/mssql/server": Image(SQL_SERVER, "/var/opt/mssql"),
    "mssql/server": Image(SQL_SERVER, "/var/opt/mssql"),
    "jenkins/jenkins": _JAVA_SERVER,
    "h2oai/h2o-open-source-k8s": _BY_LAST["h2o-open-source-k8s"],
}
#: Owners of images that are the official ones under another roof, or built on them with the same layout.
_TRUSTED: Final = frozenset(
    {
        "", "mageai", "timescale", "postgis", "pgvector", "redis", "valkey", "elasticsearch", "opensearchproject",
        "clickhouse", "confluentinc", "minio", "coreos", "scylladb", "mysql", "percona", "mongodb", "h2oai", "yandex",
        "docker.elastic.co", "arm64v8", "amd64", "arm32v7", "imresamu", "kartoza", "jenkins", "bitnamilegacy",
        "library", "circleci", "cimg", "docker", "dockerproxy", "hub", "rancher", "etcd-development", "gcr", "k8s",
    }
)  # fmt: skip


#: In the names of what has to see the host's own network to do its work, wherever it runs.
_AGENTS: Final = (
    "node-exporter", "node_exporter", "cadvisor", "netdata", "home-assistant", "homeassistant", "plex", "jellyfin",
    "pihole", "pi-hole", "adguard", "keepalived", "wireguard", "tailscale", "zerotier", "datadog", "telegraf", "fluent",
    "promtail", "newrelic", "avahi", "unbound", "dhcp", "omada", "unifi", "snort", "suricata", "scrutiny", "beszel",
    "homebridge", "mdns", "esphome", "zabbix-agent", "crowdsec", "dockerproxy", "vpn", "gluetun", "frigate", "glances",
    "librespeed", "speedtest", "alloy", "vector", "agent", "tunnel", "cloudflared", "frpc", "frps", "nexttrace", "lms",
    "packetbeat", "filebeat", "metricbeat", "auditbeat", "heartbeat", "ingress", "cilium", "calico", "flannel", "weave",
    "kube-proxy", "metallb", "haproxy", "coredns", "csi-", "provisioner", "dnsmasq", "tftp", "pxe",
)  # fmt: skip
#: The same in a cluster: controllers of ingresses, which stand on the ports of their node, and what makes up the
#: cluster's own network. Source: "Ingress Controllers" and "Installing Addons" of the documentation of Kubernetes.
_OF_THE_CLUSTER: Final = (
    "glbc", "ambassador", "emissary", "apisix", "contour", "envoy", "bigip", "easegress", "gloo", "higress", "istio",
    "kong", "ngrok", "openresty", "skipper", "traefik", "tyk", "voyager", "wallarm",
    "antrea", "canal", "-cni", "cni-", "contiv", "contrail", "kindnet", "kube-ovn", "kube-router", "kube-vip", "multus",
    "nodelocaldns", "k8s-dns-node-cache", "nsx", "ovn-kube", "romana", "spiderpool", "terway", "whereabouts",
    "cloud-controller", "konnectivity", "klipper-lb", "edgemesh", "openelb", "ironic",
)  # fmt: skip


def needs_host_network(image: str, name: str, *, in_cluster: bool) -> bool:
    """Tell whether a container has to be on its host's network, by the names of its image and of itself."""
    known = (*_AGENTS, *_OF_THE_CLUSTER) if in_cluster else _AGENTS
    return any(word in image.lower() or word in name.lower() for word in known)


def image_of(written: Text | None) -> tuple[Image | None, Name | None]:
    """Return what is known of an image, and its name in parts; (None, None) where the name itself is not known."""
    if written is None or not written.value or "{" in written.value or "$" in written.value:
        return None, None
    name = name_of(written.value)
    if written.unknown and not name.path:
        return None, None
    owner, _, last = name.path.rpartition("/")
    if name.path in _BY_PATH:
        return _versioned(_BY_PATH[name.path], name), name
    if owner.rpartition("/")[2] in ("bitnami", "bitnamilegacy", "bitnamisecure") and last in _BITNAMI:
        return _bitnami(_BITNAMI[last], name), name
    if owner.rpartition("/")[2] in _PAKETO or _RUN_JAVA.search(name.path):
        return _OWN_HEAP, name
    if last in _RUNTIMES:
        return Image(JVM, java=True), name
    known = _BY_LAST.get(last)
    if known is None:
        return None, name
    mirrored = name.registry and not name.registry.startswith(("docker.io", "index.docker.io"))
    if owner.rpartition("/")[2] in _TRUSTED or owner == last or mirrored:
        return _versioned(known, name), name
    return None, name


#: Variables that one product reads, and products beside it that do not. Source: `bin/logstash`, `elasticsearch-env` and
#: `opensearch-env`.
_READ_BY: Final = {"ES_JAVA_OPTS": "elasticsearch", "LS_JAVA_OPTS": "logstash", "OPENSEARCH_JAVA_OPTS": "opensearch"}
_PRODUCTS: Final = frozenset({"elasticsearch", "elasticsearch-oss", "logstash", "logstash-oss", "kibana", "opensearch"})
#: Products whose start script reads no variable with options; the JVM reads its own all the same. Source: the launcher
#: of Trino, which reads `etc/jvm.config`.
_BY_FILE: Final = frozenset({"trino", "presto", "prestodb", "prestosql"})
_OF_THE_JVM: Final = frozenset({"JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS"})


def read_by(name: Name | None, variables: Mapping[str, Text]) -> Mapping[str, Text]:
    """Return variables without those that an image does not read, since they are another product's."""
    if name is not None and name.last in _BY_FILE:
        return {key: text for key, text in variables.items() if key in _OF_THE_JVM or "-X" not in text.value}
    if name is None or name.last not in _PRODUCTS:
        return variables
    return {key: text for key, text in variables.items() if _READ_BY.get(key, name.last) in name.last}


#: Words in the names of images that hold a page for a browser, which looks for its services from outside.
_PAGES: Final = frozenset({"browser", "client", "dashboard", "frontend", "page", "ui", "web", "webui"})


def is_page(name: Name | None) -> bool:
    """Tell whether an image is called like one that serves a page; a browser does not know the stack's names."""
    return name is not None and not _PAGES.isdisjoint(words_of(name.last))


def may_size_heap(name: Name | None) -> bool:
    """Tell whether an image, whoever made it, is called like one that chooses its heap itself."""
    known = None if name is None else _BY_LAST.get(name.last) or _BITNAMI.get(name.last)
    return known is not None and known.sizes_heap


def _bitnami(image: Image, name: Name) -> Image:
    """Return what holds for the version that the tag names: MinIO's data moved in the summer of 2023.

    Source: https://github.com/bitnami/containers/issues/48235.
    """
    if image.engine is not MINIO or (name.tag in ("", "latest") and not name.digest):
        return image
    since = name.version[:2]
    if (2000,) < since < (2023,) or (2023, 0) < since < (2023, 7):
        return replace(image, data="/data", homes=())
    return image if since > (2023, 8) else replace(image, data="")


def _versioned(image: Image, name: Name) -> Image:
    """Return what holds for the version that the tag names; nothing is said of data where the tag floats."""
    major = name.major
    if image is _POSTGRES:
        if major is None or name.digest:
            return replace(image, data="", volume="")
        if major >= 18:
            return replace(image, data=f"/var/lib/postgresql/{major}/docker", volume="/var/lib/postgresql")
    if image.engine is INFLUXDB and major is not None:
        where = {1: "/var/lib/influxdb", 2: "/var/lib/influxdb2", 3: "/var/lib/influxdb3"}.get(major, "")
        return replace(image, data=where, volume=where)
    if image.engine is INFLUXDB:
        return replace(image, data="", volume="")
    if image.engine is ELASTICSEARCH and name.version and name.version < (7, 11):
        return replace(image, sizes_heap=False)
    return image
