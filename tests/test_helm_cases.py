"""Templates are read as Helm renders them: what is known is what `helm template` 4.1.4 yields, which is recorded."""

from __future__ import annotations

import json
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from conftest import Tree
from helm_case import agrees, files_of, read

CASES = json.loads((Path(__file__).parent / "data/helm/cases.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES["cases"], ids=lambda case: case["template"][:60])
def test_what_is_known_is_what_helm_yields(tree: Tree, case: dict[str, Any]) -> None:
    folder = tree(files_of(case["template"], CASES["values"]))
    found, opaque = read(folder, case["template"])
    assert agrees(found, case["yields"], opaque=opaque), (found, case["yields"])
    # Nothing is lost of what can be told, either.
    assert not case["whole"] or (found == case["yields"] and not opaque)


GROWING = {
    "a list of itself": '{{ $x := list "a" }}' + "{{ $x = list $x $x }}\n" * 60 + "k:\n  {{ toYaml $x | nindent 2 }}\n",
    "a dictionary of itself": '{{ $x := dict "a" 1 }}'
    + '{{ $x = dict "a" $x "b" $x }}\n' * 60
    + "k:\n  {{ toYaml $x | nindent 2 }}\n",
    "a text twice as long each time": '{{ $x := "aaaa" }}' + '{{ $x = printf "%s%s" $x $x }}\n' * 60 + "k: {{ $x }}\n",
    "a number squared": "{{ $x := 3 }}" + "{{ $x = mul $x $x }}\n" * 60 + "k: {{ $x }}\n",
    "deep parentheses": "k: {{ " + "(" * 5_000 + "1" + ")" * 5_000 + " }}\n",
    "many blocks": "{{ if .Release.IsInstall }}\n" * 3_000 + "k: 1\n" + "{{ end }}\n" * 3_000,
    "actions on one line": "k: " + "{{ .Release.Name }}a" * 3_000,
}


@pytest.mark.parametrize("case", GROWING)
def test_what_grows_is_left_out(tree: Tree, case: str) -> None:
    found, _ = read(tree(files_of(GROWING[case], "a: 1\n")), GROWING[case])
    assert len(str(found)) < 100_000


def test_braces_that_nothing_closes_are_text(tree: Tree) -> None:
    numbers = count()
    template = "k: 1\n" + "".join(f"# {{{{ {next(numbers)} {{{{/* \n" for _ in range(2_000))
    assert read(tree(files_of(template, "a: 1\n")), template) == ({"k": "1"}, False)
