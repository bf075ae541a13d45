"""What Compose files, Dockerfiles and modules say of a container: configs, builds, and scorers in the code."""

from __future__ import annotations

import pytest
from conftest import Flake8, Tree
from physical_clause import LIMIT, compose, told

BUILD = compose(f"a\nbuild: .\n{LIMIT}")


@pytest.mark.parametrize(
    ("config", "more", "expected"),
    [
        ("configs: [redis.conf]", "configs: {redis.conf: {content: 'appendonly yes'}}\n", True),
        ("configs: [{source: c, target: /redis.conf}]", "configs: {c: {file: ./r.conf}}\n", True),
        ("configs: [{source: c, target: /redis.conf}]", "configs: {c: {file: ./missing.conf}}\n", False),
        ("configs: [{source: c, target: /redis.conf}]", "configs: {c: {external: true}}\n", False),
        ("configs: [{source: c, target: /other.conf}]", "configs: {c: {file: ./r.conf}}\n", False),
        ("volumes: ['./conf:/x', './r.conf:/redis.conf']", "", True),
        ("volumes: ['./missing.conf:/redis.conf']", "", False),
    ],
)
def test_a_configuration_that_makes_redis_persist(
    flake8: Flake8, tree: Tree, config: str, more: str, *, expected: bool
) -> None:
    text = compose(f"a\nimage: 'redis:7'\ncommand: redis-server /redis.conf\n{config}", more=more)
    found = told(flake8, tree, {"compose.yaml": text, "r.conf": "save 60 1\n"})
    assert found == (["compose.yaml:2:2 PAL431"] if expected else [])


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("h2o.mojo_predict_pandas(frame, 'm.zip')", ["app.py:3:0"]),
        ("h2o.mojo_predict_pandas(frame, 'm.zip', None, None, '-Xmx1g')", []),
        ("h2o.mojo_predict_csv('a', 'm.zip', None, None, None, '-Xmx3900m')", ["app.py:3:54"]),
        ("h2o.mojo_predict_csv('a', 'm.zip', java_options=None)", ["app.py:3:0"]),
        ("h2o.mojo_predict_csv(*given)", []),
        ("h2o.mojo_predict_csv('a', **given)", []),
        ("h2o.mojo_predict_csv('a', 'm.zip', java_options=options)", []),
        ("h2o.init(max_mem_size=size)", []),
        ("h2o.init(max_mem_size='lots')", ["app.py:3:22"]),
        ("h2o.init(max_mem_size='1G')", []),
        ("other.init(max_mem_size='4G')", []),
    ],
)
def test_java_that_the_code_starts(flake8: Flake8, tree: Tree, call: str, expected: list[str]) -> None:
    files = {
        "compose.yaml": BUILD.replace("4g", "4000m"),
        "Dockerfile": "FROM python:3.12\n",
        "app.py": f"import h2o\n\n{call}\n",
    }
    assert [item.partition(" ")[0] for item in told(flake8, tree, files)] == expected


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("CMD java -Xmx3g -jar a.jar", ["Dockerfile:2:9 PAL413"]),
        (
            'ENTRYPOINT ["java", "-jar", "a.jar"]\nENV JAVA_OPTS=-Xmx1g',
            ["Dockerfile:3:14 PAL414"],
        ),
        ('COPY start.sh /\nENTRYPOINT ["/start.sh"]', ["Dockerfile:3:11 PAL413"]),
        ("ADD --chown=1 start.sh /bin/start.sh\nENTRYPOINT /bin/start.sh", ["Dockerfile:3:11 PAL413"]),
        ('COPY --from=x start.sh /\nENTRYPOINT ["/start.sh"]', []),
        ('RUN cat <<EOF > /start.sh\njava -Xmx3g -jar a.jar\nEOF\nENTRYPOINT ["/start.sh"]', ["Dockerfile:3:5 PAL413"]),
        ('COPY <<start.sh /\njava -Xmx3g -jar a.jar\nstart.sh\nENTRYPOINT ["/start.sh"]', ["Dockerfile:3:5 PAL413"]),
        ('RUN cat <<EOF > /start.sh\njava $OPTS -jar a.jar\nEOF\nENTRYPOINT ["/start.sh"]', []),
        ('RUN cat <<EOF > /other.sh\njava -Xmx3g -jar a.jar\nEOF\nENTRYPOINT ["/start.sh"]', []),
        ('ENTRYPOINT ["/start"]', []),
        ("RUN java -Xmx3g -version", []),
    ],
)
def test_what_an_image_starts(flake8: Flake8, tree: Tree, image: str, expected: list[str]) -> None:
    files = {
        "compose.yaml": BUILD,
        "Dockerfile": f"FROM eclipse-temurin:21-jre\n{image}\n",
        "start.sh": "exec java -Xmx3g -jar a.jar\n",
    }
    found = told(flake8, tree, files)
    assert found == sorted(expected)


def test_an_image_that_nothing_builds_is_judged_by_itself(flake8: Flake8, tree: Tree) -> None:
    files = {
        "Dockerfile": "FROM x\nCMD java -XX:MaxRAMPercentage=90 -jar a.jar\n",
        "compose.yaml": compose("a\nimage: y"),
    }
    assert told(flake8, tree, files) == ["Dockerfile:2:9 PAL413"]
    assert told(flake8, tree, {"Dockerfile": "ARG A\n# java\n"}) == []


def test_an_image_in_a_compose_file(flake8: Flake8, tree: Tree) -> None:
    inline = (
        "a\nbuild:\n  dockerfile_inline: |\n"
        "    FROM eclipse-temurin:21-jre\n    CMD java -Xmx3g -jar a.jar\nmem_limit: 4g"
    )
    assert told(flake8, tree, {"compose.yaml": compose(inline)}) == ["compose.yaml:6:17 PAL413"]
    assert told(flake8, tree, {"compose.yaml": compose(inline.replace("|", ">"))}) == []
    assert told(flake8, tree, {"compose.yaml": compose("a\nbuild: {dockerfile_inline: [x]}\nmem_limit: 4g")}) == []


def test_a_compose_file_that_others_use_is_judged_as_part_of_them(flake8: Flake8, tree: Tree) -> None:
    files = {
        "base/common.yaml": compose("b\nimage: x\nenvironment: {JAVA_OPTS: -Xmx3g}"),
        "one/compose.yaml": compose("a\nextends: {file: ../base/common.yaml, service: b}\nmem_limit: 8g"),
        "two/compose.yaml": compose("a\nextends: {file: ../base/common.yaml, service: b}\nmem_limit: 4g"),
    }
    assert told(flake8, tree, files) == ["base/common.yaml:4:29 PAL413"]


@pytest.mark.parametrize(
    ("networks", "options", "expected"),
    [
        ("[n]", "127.0.0.1", []),
        ("[n]", "10.0.0.1", []),
        ("[m]", "127.0.0.1", ["compose.yaml:5:12 PAL421"]),
        ("[n, m]", "127.0.0.1", ["compose.yaml:5:12 PAL421"]),
    ],
)
def test_the_address_that_a_network_binds_to(
    flake8: Flake8, tree: Tree, networks: str, options: str, expected: list[str]
) -> None:
    more = f"networks:\n  m:\n  n: {{driver_opts: {{com.docker.network.bridge.host_binding_ipv4: {options}}}}}\n"
    text = compose(f"a\nimage: 'redis:7'\nnetworks: {networks}\nports: ['6379:6379']", more=more)
    assert told(flake8, tree, {"compose.yaml": text}) == expected
