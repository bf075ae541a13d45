"""What PAL411 to PAL415 promise, clause by clause: each test is named after what is to be said or not to be said."""

from __future__ import annotations

import pytest
from conftest import Flake8, Tree
from physical_clause import HEAP, LIMIT, VOLUMES, Clause, compose, pod, told

MEMORY = [
    Clause(
        "PAL411: an image that runs Java without a heap",
        {
            "compose.yaml": compose("a\nimage: 'tomcat:10'\nmem_limit: 1g"),
        },
        ("compose.yaml:2:2 PAL411",),
    ),
    Clause(
        "PAL411: a command that runs Java without a heap",
        {
            "compose.yaml": compose("a\nimage: x\ncommand: java -jar a.jar\nmem_limit: 1g"),
        },
        ("compose.yaml:2:2 PAL411",),
    ),
    Clause(
        "PAL411: a variable for the JVM without a heap",
        {
            "compose.yaml": compose("a\nimage: x\nenvironment: {JAVA_OPTS: -Da=b}\nmem_limit: 1g"),
        },
        ("compose.yaml:2:2 PAL411",),
    ),
    Clause(
        "PAL411: a percentage is a size",
        {
            "compose.yaml": compose("a\nimage: x\ncommand: java -XX:MaxRAMPercentage=60 -jar a.jar\nmem_limit: 1g"),
        },
    ),
    Clause(
        "PAL411: an image that sizes its own heap is silent while its own command runs",
        {
            "compose.yaml": compose(
                "a\nimage: 'h2oai/h2o-open-source-k8s:3.46.0.11'\nmem_limit: 4g",
                "b\nimage: 'docker.elastic.co/elasticsearch/elasticsearch:8.15.0'\n"
                "volumes: ['data:/usr/share/elasticsearch/data']\nmem_limit: 4g",
                "c\nimage: 'confluentinc/cp-kafka:7.7.0'\nmem_limit: 4g",
                more=VOLUMES,
            ),
        },
    ),
    Clause(
        "PAL411: with another command it sizes nothing",
        {
            "compose.yaml": compose(
                "a\nimage: 'h2oai/h2o-open-source-k8s:3.46.0.11'\ncommand: java -jar /opt/h2oai/h2o-3/h2o.jar\n"
                "mem_limit: 4g"
            ),
        },
        ("compose.yaml:2:2 PAL411",),
    ),
    Clause(
        "PAL411: an invalid limit does not silence it",
        {
            "compose.yaml": compose("a\nimage: 'tomcat:10'\nmem_limit: 1Gi"),
        },
        ("compose.yaml:2:2 PAL411", "compose.yaml:4:15 PAL415"),
    ),
    Clause(
        "PAL411: a variable that nothing reads is PAL414 alone",
        {
            "compose.yaml": compose("a\nbuild: .\nenvironment: {JAVA_OPTS: -Xmx1g}\nmem_limit: 4g"),
            "Dockerfile": 'FROM eclipse-temurin:21-jre\nENTRYPOINT ["java", "-jar", "/a.jar"]\n',
        },
        ("compose.yaml:4:29 PAL414",),
    ),
    Clause(
        "PAL412: a heap without a limit, at the owner's name",
        {
            "compose.yaml": compose(f"a\nimage: x\n{HEAP}"),
        },
        ("compose.yaml:2:2 PAL412",),
    ),
    Clause(
        "PAL412: a percentage without a limit",
        {
            "compose.yaml": compose("a\nimage: x\nenvironment: {JAVA_OPTS: '-XX:MaxRAMPercentage=60'}"),
        },
        ("compose.yaml:2:2 PAL412",),
    ),
    Clause(
        "PAL412: a reservation is no limit",
        {
            "compose.yaml": compose(
                f"a\nimage: x\n{HEAP}\ndeploy: {{resources: {{reservations: {{memory: 8g}}}}}}",
                f"b\nimage: x\n{HEAP}\nmem_reservation: 8g",
            ),
        },
        ("compose.yaml:2:2 PAL412", "compose.yaml:6:2 PAL412"),
    ),
    Clause(
        "PAL412: a request is no limit",
        {
            "a.yaml": pod("image: x\nargs: [-Xmx1g, -jar, a.jar]\nresources: {requests: {memory: 2Gi}}"),
        },
        ("a.yaml:9:16 PAL412",),
    ),
    Clause(
        "PAL412: zero is no limit, at the zero",
        {
            "compose.yaml": compose(f"a\nimage: x\n{HEAP}\nmem_limit: 0"),
            "a.yaml": pod("image: x\nargs: [-Xmx1g, -jar, a.jar]\nresources: {limits: {memory: 0}}"),
        },
        ("a.yaml:12:39 PAL412", "compose.yaml:5:15 PAL412"),
    ),
    Clause(
        "PAL412: both spellings of a limit in Compose, and the one in Kubernetes",
        {
            "compose.yaml": compose(
                f"a\nimage: x\n{HEAP}\nmem_limit: 8g",
                f"b\nimage: x\n{HEAP}\ndeploy: {{resources: {{limits: {{memory: 8g}}}}}}",
            ),
            "a.yaml": pod("image: x\nargs: [-Xmx1g, -jar, a.jar]\nresources: {limits: {memory: 2Gi}}"),
        },
    ),
    Clause(
        "PAL411 and PAL412: what runs another program reads no variable for Java, but for those of the JVM itself",
        {
            "compose.yaml": compose(
                "a\nimage: x\ncommand: sleep infinity\nenvironment: {JAVA_OPTS: -Da=b}",
                "b\nbuild: .\nenvironment: {JAVA_OPTS: -Xmx1g}",
                "c\nbuild: .\nenvironment: {JAVA_TOOL_OPTIONS: -Xmx1g}",
                "d\nimage: x\ncommand: sh -c 'sleep 5; ./start.sh'\nenvironment: {JAVA_OPTS: -Xmx1g}",
            ),
            "Dockerfile": 'FROM python:3.12\nCMD ["python", "app.py"]\n',
        },
        ("compose.yaml:12:2 PAL412", "compose.yaml:9:2 PAL412"),
    ),
    Clause(
        "PAL412: what only helps with another command starts no JVM",
        {
            "a.yaml": pod(
                "image: x",
                more="      initContainers:\n      - {name: i, image: x, command: [cp, a, b], env: [{name: JAVA_OPTS, "
                "value: -Xmx1g}]}\n",
            )
        },
    ),
    Clause(
        "PAL413: a heap that several containers share is told once, for the one that it hurts most",
        {
            "compose.yaml": "x-e: &e {JAVA_OPTS: -Xmx3g}\n"
            + compose(f"a\nimage: x\nenvironment: *e\n{LIMIT}", "b\nimage: x\nenvironment: *e\nmem_limit: 3g")
        },
        ("compose.yaml:1:20 PAL413",),
    ),
    Clause(
        "PAL413: exactly 70 % is allowed",
        {
            "compose.yaml": compose(
                "a\nimage: x\nenvironment: {JAVA_OPTS: -Xmx2800m}\nmem_limit: 4000m",
                "b\nimage: x\nenvironment: {JAVA_OPTS: -Xmx2801m}\nmem_limit: 4000m",
            ),
        },
        ("compose.yaml:8:29 PAL413",),
    ),
    Clause(
        "PAL413: a percentage of more than 70",
        {
            "compose.yaml": compose(
                "a\nimage: x\nenvironment: {JAVA_OPTS: '-XX:MaxRAMPercentage=70.5'}\nmem_limit: 4g",
                "b\nimage: x\nenvironment: {JAVA_OPTS: '-XX:MaxRAMPercentage=70'}\nmem_limit: 4g",
            ),
        },
        ("compose.yaml:4:30 PAL413",),
    ),
    Clause(
        "PAL413: below 250 MiB the percentage is ignored",
        {
            "compose.yaml": compose(
                "a\nimage: x\nenvironment: {JAVA_OPTS: '-XX:MaxRAMPercentage=90'}\nmem_limit: 240m"
            ),
        },
    ),
    Clause(
        "PAL413: heap and direct memory together, at the direct memory",
        {
            "compose.yaml": compose(
                "a\nimage: x\nenvironment: {JAVA_OPTS: -Xmx2g -XX:MaxDirectMemorySize=3g}\nmem_limit: 4g"
            ),
        },
        ("compose.yaml:4:36 PAL413",),
    ),
    Clause(
        "PAL413: several JVMs together, at the last token",
        {
            "compose.yaml": compose(
                "a\nimage: 'sonarqube:10-community'\n"
                "environment: {SONAR_WEB_JAVAOPTS: -Xmx1g, SONAR_CE_JAVAOPTS: -Xmx1100m}\nmem_limit: 2g"
            ),
        },
        ("compose.yaml:4:65 PAL413",),
    ),
    Clause(
        "PAL413: of several JVMs each against the share",
        {
            "compose.yaml": compose(
                "a\nimage: 'sonarqube:10-community'\n"
                "environment: {SONAR_WEB_JAVAOPTS: -Xmx256m, SONAR_CE_JAVAOPTS: -Xmx1700m}\nmem_limit: 2g"
            ),
        },
        ("compose.yaml:4:67 PAL413",),
    ),
    Clause(
        "PAL413: two commands of one shell are two JVMs",
        {
            "compose.yaml": compose(
                "a\nimage: x\ncommand: sh -c 'java -Xmx1g -jar a.jar & java -Xmx1500m -jar b.jar'\nmem_limit: 2300m"
            ),
        },
        ("compose.yaml:4:50 PAL413",),
    ),
    Clause(
        "PAL413: what starts a cluster in the code",
        {
            "compose.yaml": compose(f"a\nbuild: .\n{LIMIT}"),
            "Dockerfile": "FROM python:3.12\nCMD python app.py\n",
            "app.py": "import h2o\n\nh2o.init(max_mem_size='3500m')\n",
        },
        ("app.py:3:22 PAL413",),
    ),
    Clause(
        "PAL413: what scores with a MOJO in the code",
        {
            "compose.yaml": compose(f"a\nbuild: .\n{LIMIT}"),
            "Dockerfile": "FROM python:3.12\nCMD python app.py\n",
            "app.py": "import h2o\n\nh2o.mojo_predict_pandas(frame, 'm.zip', java_options='-Xmx3500m')\n",
        },
        ("app.py:3:54 PAL413",),
    ),
    Clause(
        "PAL414: spellings that the JVM refuses, alone",
        {
            "compose.yaml": compose(
                *(
                    f"{name}\nimage: x\nenvironment: {{JAVA_OPTS: '{option}'}}\nmem_limit: 1g"
                    for name, option in zip("abc", ("-Xmx=2g", "-Xmx1.5g", "-Xmx1Gi"), strict=True)
                )
            ),
        },
        ("compose.yaml:12:30 PAL414", "compose.yaml:4:30 PAL414", "compose.yaml:8:30 PAL414"),
    ),
    Clause(
        "PAL414: a share in place of a percentage",
        {
            "compose.yaml": compose(
                "a\nimage: x\nenvironment: {JAVA_OPTS: '-XX:MaxRAMPercentage=0.75'}\nmem_limit: 4g"
            ),
        },
        ("compose.yaml:4:30 PAL414",),
    ),
    Clause(
        "PAL414: an initial heap larger than the maximum, at the initial one",
        {
            "compose.yaml": compose("a\nimage: x\nenvironment: {JAVA_OPTS: -Xms2g -Xmx1g}\nmem_limit: 4g"),
        },
        ("compose.yaml:4:29 PAL414",),
    ),
    Clause(
        "PAL414: a later flag of the same variable wins, at the flag that wins",
        {
            "compose.yaml": compose("a\nimage: x\nenvironment: {JAVA_OPTS: -Xmx1g -XX:MaxHeapSize=2g}\nmem_limit: 4g"),
        },
        ("compose.yaml:4:36 PAL414",),
    ),
    Clause(
        "PAL414: the command line beats JAVA_TOOL_OPTIONS, at the command line",
        {
            "compose.yaml": compose(
                "a\nimage: x\nenvironment: {JAVA_TOOL_OPTIONS: -Xmx1g}\ncommand: java -Xmx2g -jar a.jar\nmem_limit: 4g"
            ),
        },
        ("compose.yaml:5:18 PAL414",),
    ),
    Clause(
        "PAL414: _JAVA_OPTIONS beats the command line",
        {
            "compose.yaml": compose(
                "a\nimage: x\nenvironment: {_JAVA_OPTIONS: -Xmx1g}\ncommand: java -Xmx2g -jar a.jar\nmem_limit: 4g"
            ),
        },
        ("compose.yaml:4:33 PAL414",),
    ),
    Clause(
        "PAL414: a size beside a percentage",
        {
            "compose.yaml": compose(
                "a\nimage: x\nenvironment: {JAVA_OPTS: '-XX:MaxRAMPercentage=50 -Xmx1g'}\nmem_limit: 4g"
            ),
        },
        ("compose.yaml:4:54 PAL414",),
    ),
    Clause(
        "PAL414: that nothing reads JAVA_OPTS is proven only without a shell and in an image that is known",
        {
            "compose.yaml": compose(
                "a\nimage: x\ncommand: [java, -jar, a.jar]\nenvironment: {JAVA_OPTS: -Xmx1g}\nmem_limit: 4g",
                "b\nimage: x\nentrypoint: [sh, -c, 'java $$JAVA_OPTS -jar a.jar']\n"
                "environment: {JAVA_OPTS: -Xmx1g}\nmem_limit: 4g",
            ),
        },
    ),
    Clause(
        "PAL411: a variable that the line of a known image does not name sizes nothing",
        {
            "compose.yaml": compose("a\nbuild: .\nenvironment: {ES_JAVA_OPTS: -Xmx=450mb}\nmem_limit: 1g"),
            "Dockerfile": "FROM eclipse-temurin:21-jre\nCMD java -ea -jar /a.jar\n",
        },
        ("compose.yaml:2:2 PAL411",),
    ),
    Clause(
        "PAL415: a unit of Kubernetes in Compose and one of Compose in Kubernetes, alone",
        {
            "compose.yaml": compose(f"a\nimage: x\n{HEAP}\nmem_limit: 512Mi"),
            "a.yaml": pod("image: x\nargs: [-Xmx1g, -jar, a.jar]\nresources: {limits: {memory: 400m}}"),
        },
        ("a.yaml:12:39 PAL415", "compose.yaml:5:15 PAL415"),
    ),
    Clause(
        "PAL414: what nothing reads is told so, whether the JVM would take it or not",
        {
            "Dockerfile": (
                'FROM eclipse-temurin:21\nENV JAVA_OPTS="-Xmx=1024m"\n'
                'ENTRYPOINT ["java", "$JAVA_OPTS", "-jar", "a.jar"]\n'
            )
        },
        ("Dockerfile:2:15 PAL414",),
    ),
    Clause(
        "PAL414, PAL415: what an OpenShift template, Flux or envsubst fills in is not known",
        {
            "a.yaml": pod(
                "image: x\nenv: [{name: JAVA_TOOL_OPTIONS, value: '-Xmx${HEAP} -Xms${{HEAP}}'}]\n"
                "resources: {limits: {memory: '${MEMORY}'}}"
            ),
            "b.yaml": pod("image: x\nenv: [{name: JAVA_TOOL_OPTIONS, value: '-Xmx2g ${MORE}'}]"),
        },
        ("b.yaml:9:16 PAL412",),
    ),
    Clause(
        "PAL415: two limits that differ, at mem_limit",
        {
            "compose.yaml": compose(
                "a\nimage: x\ndeploy: {resources: {limits: {memory: 2g}}}\nmem_limit: 1g",
                "b\nimage: x\ndeploy: {resources: {limits: {memory: 1024m}}}\nmem_limit: 1g",
            ),
        },
        ("compose.yaml:5:15 PAL415",),
    ),
]


@pytest.mark.parametrize("clause", MEMORY, ids=lambda clause: clause.says)
def test_it_says(flake8: Flake8, tree: Tree, clause: Clause) -> None:
    assert told(flake8, tree, clause.files) == sorted(clause.told)


def test_the_share_is_the_plans_and_half_for_images_that_ask_for_it(flake8: Flake8, tree: Tree) -> None:
    files = {
        "compose.yaml": compose(
            "a\nimage: x\nargs: x\nenvironment: {JAVA_OPTS: -Xmx2200m}\nmem_limit: 4000m".replace("\nargs: x", ""),
            "b\nimage: 'h2oai/h2o-open-source-k8s:3.46.0.11'\ncommand: java -Xmx2200m -jar h2o.jar\nmem_limit: 4000m",
        )
    }
    physical = "[tool.planalign.physical]\n"
    assert told(flake8, tree, files) == []
    assert told(flake8, tree, files, f"{physical}per-image-profiles = true\n") == ["compose.yaml:8:18 PAL413"]
    both = ["compose.yaml:4:29 PAL413", "compose.yaml:8:18 PAL413"]
    assert told(flake8, tree, files, f"{physical}heap-share = 0.5\n") == both


def test_a_heap_is_told_with_all_that_a_person_needs_at_night(flake8: Flake8, tree: Tree) -> None:
    text = compose(
        "h2o\nimage: 'h2oai/h2o-open-source-k8s:3.46.0.11'\ncommand: java -Xmx3g -jar h2o.jar\nmem_limit: 4g"
    )
    (found,) = flake8(
        "--select=PAL413", "--planalign-cache=off", cwd=tree({"pyproject.toml": "", "compose.yaml": text})
    )
    for fact in (
        "a heap of 3 GiB (`-Xmx3g`)",
        "75% of the limit of 4 GiB (compose.yaml:5)",
        "leaving 1 GiB for XGBoost",
        "at most `-Xmx2867m`",
    ):
        assert fact in found.text
    assert (found.line, found.column) == (4, 18)
