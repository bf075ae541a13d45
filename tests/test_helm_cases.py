"""Templates are read as Helm renders them: what is known is what `helm template` 4.1.4 yields, which is recorded."""

from __future__ import annotations

import json
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from conftest import Tree
from helm_case import agrees, files_of, read

RECORDED = [
    {"values": recorded["values"], "helpers": recorded.get("helpers", ""), **case}
    for name in ("cases", "named")
    for recorded in [json.loads((Path(__file__).parent / f"data/helm/{name}.json").read_text(encoding="utf-8"))]
    for case in recorded["cases"]
]


@pytest.mark.parametrize("case", RECORDED, ids=lambda case: case["template"][:60])
def test_what_is_known_is_what_helm_yields(tree: Tree, case: dict[str, Any]) -> None:
    folder = tree(files_of(case["template"], case["values"], case["helpers"]))
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


#: Named templates that make more of little, or never end.
NAMED = {
    "a template of itself": ('{{ define "a" }}x{{ include "a" . }}{{ end }}', 'k: {{ include "a" . }}\n'),
    "two of each other": (
        '{{ define "a" }}{{ include "b" . }}{{ end }}{{ define "b" }}{{ include "a" . }}{{ end }}',
        'k: {{ include "a" . }}\n',
    ),
    "each one twice the next": (
        "".join(
            f'{{{{ define "t{n}" }}}}{{{{ include "t{n + 1}" 1 }}}}{{{{ include "t{n + 1}" 1 }}}}{{{{ end }}}}'
            for n in range(25)
        )
        + '{{ define "t25" }}abcdefgh{{ end }}',
        'k: {{ include "t0" . }}\n' * 20,
    ),
    "a text that tpl makes longer each time": (
        '{{ define "a" }}{{ $x := .Values.l }}' + '{{ $x = tpl (printf "%s%s" $x $x) . }}' * 60 + "{{ $x }}{{ end }}",
        'k: {{ include "a" . }}\n',
    ),
    "deep blocks": ('{{ define "a" }}' + "{{ if 1 }}" * 5_000 + "x" + "{{ end }}" * 5_001, 'k: {{ include "a" . }}\n'),
    "loops in loops": (
        '{{ define "a" }}' + "{{ range $.Values.l }}" * 9 + "x" + "{{ end }}" * 10,
        'k: {{ include "a" . }}\n' * 20,
    ),
    "many definitions": (
        "".join(f'{{{{ define "n{n}" }}}}{n}{{{{ end }}}}' for n in range(5_000)),
        'k: {{ include "n7" . }}\n',
    ),
    "one line": ('{{ define "a" }}' + "{{ 1 }}a" * 9_000 + "{{ end }}", 'k: {{ include "a" . }}\n'),
    "what nothing ends": ('{{ define "a" }}{{ if 1 }}' * 500, 'k: {{ include "a" . }}\n'),
}


@pytest.mark.parametrize("case", NAMED)
def test_named_templates_that_grow_are_left_out(tree: Tree, case: str) -> None:
    helpers, template = NAMED[case]
    found, _ = read(tree(files_of(template, f"l: [{'aaaa, ' * 30}]\n", helpers)), template)
    assert len(str(found)) < 300_000


@pytest.mark.parametrize("case", GROWING)
def test_what_grows_is_left_out(tree: Tree, case: str) -> None:
    found, _ = read(tree(files_of(GROWING[case], "a: 1\n")), GROWING[case])
    assert len(str(found)) < 100_000


def test_braces_that_nothing_closes_are_text(tree: Tree) -> None:
    numbers = count()
    template = "k: 1\n" + "".join(f"# {{{{ {next(numbers)} {{{{/* \n" for _ in range(2_000))
    assert read(tree(files_of(template, "a: 1\n")), template) == ({"k": "1"}, False)
