"""What the plan's sentences say of single engines, images, units and severities, each beside what is silent."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Flake8, Tree
from physical_clause import VOLUMES, Clause, compose, of_kind, pod, told

from flake8_planalign import engine
from flake8_planalign.kinds import kind_of
from flake8_planalign.project import Project
from flake8_planalign.rule import Severity
from flake8_planalign.source import Source

#: Where each database keeps its data.
KEPT = {
    "postgres:17": "/var/lib/postgresql/data",
    "postgres:18": "/var/lib/postgresql",
    "postgis/postgis:16-3.4": "/var/lib/postgresql/data",
    "timescale/timescaledb:2.17.2-pg16": "/var/lib/postgresql/data",
    "pgvector/pgvector:pg16": "/var/lib/postgresql/data",
    "mysql:8.4": "/var/lib/mysql",
    "mariadb:11": "/var/lib/mysql",
    "mongo:8": "/data/db",
    "cassandra:5": "/var/lib/cassandra",
    "clickhouse/clickhouse-server:25": "/var/lib/clickhouse",
    "elasticsearch:8.15.0": "/usr/share/elasticsearch/data",
    "opensearchproject/opensearch:2": "/usr/share/opensearch/data",
    "influxdb:2": "/var/lib/influxdb2",
    "neo4j:5": "/data",
    "rabbitmq:4": "/var/lib/rabbitmq",
}


@pytest.mark.parametrize("image", KEPT)
def test_a_database_is_told_without_its_volume_and_not_with_it(flake8: Flake8, tree: Tree, image: str) -> None:
    more = "\nmem_limit: 4g"
    files = {
        "compose.yaml": compose(
            f"a\nimage: '{image}'{more}", f"b\nimage: '{image}'{more}\nvolumes: ['data:{KEPT[image]}']", more=VOLUMES
        )
    }
    assert told(flake8, tree, files) == ["compose.yaml:2:2 PAL431"]


@pytest.mark.parametrize(
    ("service", "says"),
    [
        ("image: minio/minio\ncommand: server /d", "MinIO"),
        ("image: 'quay.io/coreos/etcd:v3.5'\ncommand: etcd --data-dir /d", "etcd"),
        ("image: 'redis:7'\ncommand: redis-server --appendonly yes --dir /d", "Redis"),
        ("image: 'valkey/valkey:8'\ncommand: valkey-server --save 60 1 --dir /d", "Valkey"),
    ],
)
def test_what_is_told_where_to_write_is_told_there(flake8: Flake8, tree: Tree, service: str, says: str) -> None:
    files = {
        "compose.yaml": compose(f"a\n{service}", f"b\n{service}\nvolumes: ['data:/d']", more=VOLUMES),
        "pyproject.toml": "",
    }
    [found] = flake8("--select=PAL4", "--planalign-cache=off", cwd=tree(files))
    assert (found.line, found.code, f"{says} writes to `/d`" in found.text) == (2, "PAL431", True)


CLAUSES = [
    Clause(
        "PAL411: Elasticsearch, OpenSearch and what Paketo builds bring a size, whatever their version",
        {
            "compose.yaml": compose(
                "a\nimage: 'elasticsearch:7.10.2'\nmem_limit: 4g\nvolumes: ['data:/usr/share/elasticsearch/data']",
                "b\nimage: 'elasticsearch:7.11.0'\nmem_limit: 4g\nvolumes: ['data:/usr/share/elasticsearch/data']",
                "c\nimage: 'opensearchproject/opensearch:2'\nmem_limit: 4g\n"
                "volumes: ['data:/usr/share/opensearch/data']",
                "d\nimage: 'springcloud/spring-cloud-dataflow-server:2.11'\nmem_limit: 4g",
                more=VOLUMES,
            )
        },
    ),
    Clause(
        "PAL415: the units of each file's own kind are silent, in both spellings of Compose",
        {
            "compose.yaml": compose(
                "a\nimage: x\nmem_limit: 512m",
                "b\nimage: x\ndeploy: {resources: {limits: {memory: 1.5g}}}",
                "c\nimage: x\nmem_limit: 1g\ndeploy: {resources: {limits: {memory: 1024m}}}",
                "d\nimage: x\nmem_limit: 512Mi",
            ),
            "a.yaml": pod("image: x\nresources: {limits: {memory: 400Mi}}"),
            "b.yaml": pod("image: x\nresources: {limits: {memory: 0.5Gi}}"),
            "c.yaml": pod("image: x\nresources: {limits: {memory: 400m}}"),
        },
        ("c.yaml:11:39 PAL415", "compose.yaml:14:15 PAL415"),
    ),
    Clause(
        "PAL423: a bridge, a network of one's own, and what belongs on the network of its node are silent",
        {
            "compose.yaml": compose(
                "a\nimage: x\nnetwork_mode: bridge",
                "b\nimage: x\nnetwork_mode: none",
                "c\nimage: prom/node-exporter\nnetwork_mode: host",
                "d\nimage: x\nnetwork_mode: host",
                "e\nimage: y",
            ),
            "k/a.yaml": pod("image: x", more="      hostNetwork: false\n"),
            "k/b.yaml": pod("image: x", kind="DaemonSet", more="      hostNetwork: true\n", name="b"),
            "k/c.yaml": pod("image: x", more="      hostNetwork: true\n", name="c"),
            "k/d.yaml": pod("image: y", name="d"),
        },
        ("compose.yaml:13:18 PAL423", "k/c.yaml:11:19 PAL423"),
    ),
    Clause(
        "PAL421: a Service of the cluster's own opens nothing, one with external addresses does",
        {
            "a.yaml": pod("image: 'redis:7'"),
            "b.yaml": of_kind("Service", "spec: {selector: {app: a}, ports: [{port: 6379}]}"),
            "c/a.yaml": pod("image: 'redis:7'"),
            "c/b.yaml": of_kind("Service", "spec: {selector: {app: a}, externalIPs: [1.2.3.4], ports: [{port: 6379}]}"),
        },
        ("c/b.yaml:4:60 PAL421",),
    ),
]


@pytest.mark.parametrize("clause", CLAUSES, ids=lambda clause: clause.says)
def test_it_says(flake8: Flake8, tree: Tree, clause: Clause) -> None:
    assert told(flake8, tree, clause.files) == sorted(clause.told)


SEVERITIES = [
    ("PAL411", Severity.MEDIUM, "image: x\ncommand: java -jar a.jar"),
    ("PAL412", Severity.HIGH, "image: x\ncommand: java -Xmx1g -jar a.jar"),
    ("PAL413", Severity.HIGH, "image: x\ncommand: java -Xmx1g -jar a.jar\nmem_limit: 1g"),
    ("PAL414", Severity.MEDIUM, "image: x\ncommand: java -Xmx=1g -jar a.jar\nmem_limit: 1g"),
    ("PAL415", Severity.MEDIUM, "image: x\nmem_limit: 1Gi"),
    ("PAL421", Severity.HIGH, "image: 'redis:7'\nports: ['6379:6379']"),
    ("PAL421", Severity.MEDIUM, "image: 'redis:7'\nports: ['6379:6379']\ncommand: x --reload"),
    ("PAL422", Severity.MEDIUM, "image: x\nenvironment: {OTHER_HOST: localhost}"),
    ("PAL423", Severity.MEDIUM, "image: x\nnetwork_mode: host"),
    ("PAL431", Severity.HIGH, "image: 'postgres:17'"),
    ("PAL431", Severity.MEDIUM, "image: 'postgres:17'\nvolumes: ['./d:/var/lib/postgresql/data']"),
    ("PAL432", Severity.MEDIUM, "image: mageai/mageai"),
]


@pytest.mark.parametrize(("code", "severity", "service"), SEVERITIES)
def test_how_bad_it_is(tmp_path: Path, code: str, severity: Severity, service: str) -> None:
    path = tmp_path / "compose.yaml"
    text = compose(f"a\n{service}", "other\nimage: y\nexpose: ['1']")
    path.write_text(text, encoding="utf-8")
    found = engine.check(Source.of_text(str(path), text, kind_of(str(path), text.encode())), Project(tmp_path))
    assert [(item.code, item.severity) for item in found] == [(code, severity)]
