"""Where the Physical view finds what it judges, clause by clause: each test is named after what it shows."""

from __future__ import annotations

import pytest
from conftest import Flake8, Tree
from physical_clause import HEAP, LIMIT, Clause, compose, of_kind, pod, told

SOURCES = [
    Clause(
        "a heap in an anchor stands there",
        {
            "compose.yaml": "x-e: &e\n  JAVA_OPTS: -Xmx3g\n" + compose(f"a\nimage: x\nenvironment: *e\n{LIMIT}"),
        },
        ("compose.yaml:2:13 PAL413",),
    ),
    Clause(
        "a merge key brings limit and heap",
        {
            "compose.yaml": "x-b: &b\n  mem_limit: 4g\n  environment: {JAVA_OPTS: -Xmx3g}\n"
            + compose("a\n<<: *b\nimage: x"),
        },
        ("compose.yaml:3:27 PAL413",),
    ),
    Clause(
        "a service that others extend brings its heap",
        {
            "compose.yaml": compose(f"a\nextends: {{file: base/base.yml, service: b}}\n{LIMIT}"),
            "base/base.yml": compose("b\nimage: x\nenvironment: {JAVA_OPTS: -Xmx3g}"),
        },
        ("base/base.yml:4:29 PAL413",),
    ),
    Clause(
        "an included file is part of the project",
        {
            "compose.yaml": "include: [part/compose.yaml]\n" + compose("a\nimage: x"),
            "part/compose.yaml": compose(f"b\nimage: x\n{HEAP}\nmem_limit: ${{M}}"),
            "part/.env": "M=4g\n",
        },
        ("part/compose.yaml:4:37 PAL413",),
    ),
    Clause(
        "an override that Compose picks up is merged, each finding where its value was written",
        {
            "compose.yaml": compose(f"a\nimage: x\n{LIMIT}"),
            "compose.override.yaml": compose(f"a\n{HEAP}"),
        },
        ("compose.override.yaml:3:37 PAL413",),
    ),
    Clause(
        "COMPOSE_FILE names the files of a project",
        {
            ".env": "COMPOSE_FILE=one.yml:two.yml\n",
            "one.yml": compose(f"a\nimage: x\n{LIMIT}"),
            "two.yml": compose(f"a\n{HEAP}"),
        },
        ("two.yml:3:37 PAL413",),
    ),
    Clause(
        "a value of .env is told at the reference",
        {
            ".env": "HEAP=3g\n",
            "compose.yaml": compose(f"a\nimage: x\nenvironment: {{JAVA_OPTS: '-Xmx${{HEAP}}'}}\n{LIMIT}"),
        },
        ("compose.yaml:4:30 PAL413",),
    ),
    Clause(
        "a heap of an env_file is told at the reference",
        {
            "java.env": "JAVA_OPTS=-Xmx3g\n",
            "compose.yaml": compose(f"a\nimage: x\nenv_file: java.env\n{LIMIT}"),
        },
        ("compose.yaml:4:14 PAL413",),
    ),
    Clause(
        "a default counts where a variable is not set",
        {
            "compose.yaml": compose(f"a\nimage: x\nenvironment: ['JAVA_OPTS=-Xmx${{HEAP:-3g}}']\n{LIMIT}"),
        },
        ("compose.yaml:4:29 PAL413",),
    ),
    Clause(
        "a variable without a value says nothing",
        {
            "compose.yaml": compose(f"a\nimage: x\nenvironment: {{JAVA_OPTS: '-Xmx${{HEAP}}'}}\n{LIMIT}"),
        },
    ),
    Clause(
        "a profile that is not for development is judged",
        {
            "compose.yaml": compose(f"a\nimage: x\nprofiles: [batch]\n{HEAP}\n{LIMIT}"),
        },
        ("compose.yaml:5:37 PAL413",),
    ),
    Clause(
        "the base is judged alone, a variant on top of it, and what the base has is not repeated",
        {
            "compose.yaml": compose(f"a\nimage: x\n{HEAP}\n{LIMIT}", "c\nimage: 'redis:7'\nports: ['6379:6379']"),
            "compose.prod.yaml": compose("a\nmem_limit: 3500m"),
        },
        ("compose.prod.yaml:3:15 PAL413", "compose.yaml:4:37 PAL413", "compose.yaml:8:12 PAL421"),
    ),
    Clause(
        "a Pod",
        {
            "a.yaml": of_kind(
                "Pod",
                "spec:\n  containers:\n"
                "  - {name: a, image: x, command: [java, -Xmx1g], resources: {limits: {memory: 1Gi}}}",
            ),
        },
        ("a.yaml:6:40 PAL413",),
    ),
    Clause(
        "a CronJob",
        {
            "a.yaml": of_kind(
                "CronJob",
                "spec:\n  jobTemplate:\n    spec:\n      template:\n        spec:\n          containers:\n"
                "          - {name: a, image: x, command: [java, -Xmx1g], resources: {limits: {memory: 1Gi}}}",
            ),
        },
        ("a.yaml:10:48 PAL413",),
    ),
    Clause(
        "a kind that nobody knows but that has the template of a pod",
        {
            "a.yaml": of_kind(
                "Cluster",
                "spec:\n  workers:\n  - podTemplate:\n      spec:\n        containers:\n"
                "        - {name: a, image: x, command: [java, -Xmx1g], resources: {limits: {memory: 1Gi}}}",
            ),
        },
        ("a.yaml:9:46 PAL413",),
    ),
    Clause(
        "the items of a List",
        {
            "a.yaml": "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n"
            "  metadata: {name: a}\n  spec:\n    containers:\n"
            "    - {name: a, image: x, command: [java, -Xmx1g], resources: {limits: {memory: 1Gi}}}\n",
        },
        ("a.yaml:9:42 PAL413",),
    ),
    Clause(
        "what is no object, and what an alias names twice",
        {
            "a.yaml": "- apiVersion: v1\n  kind: Pod\n---\nkind: List\napiVersion: v1\n"
            "items: [x, {kind: List, items: []}]\n---\n"
            "apiVersion: v1\nkind: Thing\nspec:\n  one: &t\n    spec:\n      containers:\n"
            "      - {name: a, image: x, command: [java, -Xmx1g], resources: {limits: {memory: 1Gi}}}\n  two: *t\n"
        },
        ("a.yaml:14:44 PAL413",),
    ),
    Clause(
        "each document of a file",
        {
            "a.yaml": of_kind("ConfigMap", "data: {JAVA_OPTS: -Xmx900m}")
            + "---\n"
            + pod("image: x\nenvFrom: [{configMapRef: {name: a}}]\nresources: {limits: {memory: 1Gi}}"),
        },
        ("a.yaml:4:18 PAL413",),
    ),
    Clause(
        "a ConfigMap of another file of the tree",
        {
            "config.yaml": of_kind("ConfigMap", "data: {HEAP: -Xmx900m}"),
            "a.yaml": pod(
                "image: x\nenv: [{name: JAVA_OPTS, valueFrom: {configMapKeyRef: {name: a, key: HEAP}}}]\n"
                "resources: {limits: {memory: 1Gi}}"
            ),
        },
        ("config.yaml:4:13 PAL413",),
    ),
    Clause(
        "an init container that runs Java",
        {
            "a.yaml": pod(
                "image: x",
                more="      initContainers:\n      - {name: i, image: x, command: [java, -Xmx1g], "
                "resources: {limits: {memory: 1Gi}}}\n",
            ),
        },
        ("a.yaml:12:44 PAL413",),
    ),
    Clause(
        "an ephemeral container",
        {
            "a.yaml": pod(
                "image: x", more="      ephemeralContainers:\n      - {name: e, image: x, command: [java, -Xmx=1g]}\n"
            ),
        },
        ("a.yaml:12:44 PAL414",),
    ),
    Clause(
        "an overlay that lowers the limit is told at its limit",
        {
            "base/kustomization.yaml": "resources: [a.yaml]\n",
            "base/a.yaml": pod("image: x\nargs: [-Xmx1g, -jar, a.jar]\nresources: {limits: {memory: 2Gi}}"),
            "prod/kustomization.yaml": "resources: [../base]\npatches: [{path: p.yaml}]\n",
            "prod/p.yaml": pod("resources: {limits: {memory: 1Gi}}"),
        },
        ("prod/p.yaml:10:39 PAL413",),
    ),
    Clause(
        "a patch that raises the heap is told at the heap",
        {
            "base/kustomization.yaml": "resources: [a.yaml]\n",
            "base/a.yaml": pod("image: x\nargs: [-Xmx1g, -jar, a.jar]\nresources: {limits: {memory: 2Gi}}"),
            "prod/kustomization.yaml": "resources: [../base]\npatches: [{path: p.yaml}]\n",
            "prod/p.yaml": pod("args: [-Xmx1900m, -jar, a.jar]"),
        },
        ("prod/p.yaml:10:17 PAL413",),
    ),
    Clause(
        "a template takes what its values.yaml says, and is told in the template",
        {
            "chart/Chart.yaml": "apiVersion: v2\nname: c\nversion: 1.0.0\n",
            "chart/values.yaml": "heap: 900m\nmemory: 1Gi\n",
            "chart/templates/a.yaml": pod(
                "image: x\nargs: ['-Xmx{{ .Values.heap }}', -jar, a.jar]\n"
                "resources: {limits: {memory: '{{ .Values.memory }}'}}"
            ),
        },
        ("chart/templates/a.yaml:11:18 PAL413",),
    ),
    Clause(
        "what a template leaves open says nothing",
        {
            "chart/Chart.yaml": "apiVersion: v2\nname: c\nversion: 1.0.0\n",
            "chart/values.yaml": "memory: 1Gi\n",
            "chart/templates/a.yaml": pod(
                "image: x\nargs: ['-Xmx{{ .Values.heap }}', -jar, a.jar]\n"
                "resources: {limits: {memory: '{{ .Values.memory }}'}}"
            ),
        },
    ),
    Clause(
        "a Dockerfile with ARG and ENV, told there",
        {
            "compose.yaml": compose(f"a\nbuild: .\n{LIMIT}"),
            "Dockerfile": "FROM eclipse-temurin:21-jre\nARG HEAP=3g\nENV JAVA_TOOL_OPTIONS=-Xmx$HEAP\n"
            "CMD java -jar a.jar\n",
        },
        ("Dockerfile:3:22 PAL413",),
    ),
    Clause(
        "an argument of the build replaces the default",
        {
            "compose.yaml": compose(f"a\nbuild: {{context: ., args: {{HEAP: 1g}}}}\n{LIMIT}"),
            "Dockerfile": "FROM eclipse-temurin:21-jre\nARG HEAP=3g\nENV JAVA_TOOL_OPTIONS=-Xmx$HEAP\n"
            "CMD java -jar a.jar\n",
        },
    ),
    Clause(
        "a start script that a here-document writes",
        {
            "compose.yaml": compose(f"a\nbuild: .\n{LIMIT}"),
            "Dockerfile": "FROM eclipse-temurin:21-jre\nCOPY <<EOF /start.sh\n#!/bin/sh\n"
            "exec java -Xmx3g -jar a.jar\nEOF\n"
            'ENTRYPOINT ["/start.sh"]\n',
        },
        ("Dockerfile:4:10 PAL413",),
    ),
]


@pytest.mark.parametrize("clause", SOURCES, ids=lambda clause: clause.says)
def test_it_says(flake8: Flake8, tree: Tree, clause: Clause) -> None:
    assert told(flake8, tree, clause.files) == sorted(clause.told)
