"""Clauses of the Physical view: files, and all that is told of them."""

from __future__ import annotations

from typing import Final, NamedTuple

from conftest import Flake8, Tree

Files = dict[str, str]


class Clause(NamedTuple):
    """What a clause says: files, and all that is told of them (`path:line:column code`)."""

    says: str
    files: Files
    told: tuple[str, ...] = ()


def told(flake8: Flake8, tree: Tree, files: Files, plan: str = "[tool.planalign]\n", *arguments: str) -> list[str]:
    found = flake8(
        "--select=PAL4,PAL9", "--planalign-cache=off", *arguments, cwd=tree({"pyproject.toml": plan, **files})
    )
    return sorted(f"{item.path}:{item.line}:{item.column} {item.code}" for item in found)


def compose(*services: str, more: str = "") -> str:
    """Return a Compose file; each service is its name and its lines, separated by semicolons of their own lines."""
    lines = ["services:"]
    for service in services:
        name, *rest = service.split("\n")
        lines += [f"  {name}:", *(f"    {line}" for line in rest)]
    return "\n".join(lines) + "\n" + more


def pod(container: str, *, kind: str = "Deployment", more: str = "", name: str = "a") -> str:
    """Return an object with one container, whose fields stand on lines of their own from line 9 on."""
    lines = "\n".join(f"          {line}" for line in container.split("\n"))
    return (
        f"apiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec:\n  template:\n"
        f"    metadata: {{labels: {{app: {name}}}}}\n"
        f"    spec:\n      containers:\n        - name: {name}\n{lines}\n{more}"
    )


def of_kind(kind: str, spec: str) -> str:
    return f"apiVersion: v1\nkind: {kind}\nmetadata: {{name: a}}\n{spec}\n"


HEAP: Final = "environment: {JAVA_TOOL_OPTIONS: -Xmx3g}"
LIMIT: Final = "mem_limit: 4g"
VOLUMES: Final = "volumes:\n  data:\n"
