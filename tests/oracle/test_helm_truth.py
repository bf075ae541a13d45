"""Whatever is put together of the language of templates, what is read of it without Helm is what Helm makes of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from helm_case import agrees, files_of, read
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

TEMPLATES = int(os.environ.get("PLANALIGN_HELM_TEMPLATES", "200"))
HELM = os.environ.get("PLANALIGN_HELM") or shutil.which("helm")
VALUES = """\
on1: true
off1: false
empty: ""
text: abc
size: 2Gi
number: 3
million: 1000000
half: 0.5
nothing: {}
tree: {k: v, l: w}
one: [solo]
two: [first, second]
single: {only: me}
env: [{name: E1, value: v1}, {name: E2, value: "2"}]
"""

HELPERS = """\
{{- define "t.text" -}}{{ .Values.text }}-{{ .Chart.Name }}{{- end }}
{{- define "t.half" -}}{{ .Release.Name }}-{{ .Values.size }}{{- end }}
{{- define "t.if" -}}{{ if .Values.on1 }}a{{ else }}b{{ end }}{{- end }}
{{- define "t.tree" }}
one: {{ .value | quote }}
{{- with .more }}
two:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- define "t.list" -}}
{{- range $i, $e := .Values.env }}
- name: {{ $e.name }}
  at: {{ $i }}
{{- end }}
{{- end }}
{{- define "t.none" }}{{ if .Values.off1 }}a: b{{ end }}{{ end }}
"""

names = st.sampled_from(
    [
        ".Values.on1", ".Values.off1", ".Values.empty", ".Values.text", ".Values.size", ".Values.number",
        ".Values.million", ".Values.half", ".Values.nowhere", ".Values.tree.k", ".Chart.Name", ".Chart.AppVersion",
        '"lit"', "7", "$v", '(include "t.text" $)', '(include "t.half" $)', '(include "t.if" $)',
        '(tpl "{{ .Values.text }}" $)',
        "(index .Values.env 0).value", ".Release.Name",
    ]
)  # fmt: skip
texts = st.one_of(
    names,
    st.builds("({} {} {} | toString)".format, st.sampled_from(["default", "coalesce"]), names, names),
    st.builds('(printf "%v-%v" {} {})'.format, names, names),
    st.builds("(ternary {} {} (not {}))".format, names, names, names),
    st.builds('({} | quote | trimAll `"` | upper)'.format, names),
    st.builds("(int {} | add 2 | mul 3)".format, st.sampled_from([".Values.number", ".Values.million", "4"])),
)  # fmt: skip
conditions = st.one_of(
    names,
    st.builds("not {}".format, names),
    st.builds("{} ({}) {}".format, st.sampled_from(["and", "or"]), names, names),
    st.builds('eq ({} | toString) "{}"'.format, names, st.sampled_from(["abc", "true", "3", "1e+06"])),
    st.builds("empty {}".format, names),
    st.builds('hasKey .Values "{}"'.format, st.sampled_from(["text", "nowhere"])),
    st.builds('contains "b" ({} | toString)'.format, names),
    st.just('.Capabilities.APIVersions.Has "v1"'),
    st.builds("gt (int {}) 2".format, st.sampled_from([".Values.number", "1"])),
)
heads = st.one_of(
    st.builds("if {}".format, conditions),
    st.builds("with {}".format, st.sampled_from([".Values.tree", ".Values.nothing", ".Values.text", "$.Values.tree"])),
    st.builds("range {}".format, st.sampled_from([".Values.one", ".Values.two", ".Values.nothing", ".Values.single"])),
    st.builds("range $a, $b := {}".format, st.sampled_from([".Values.one", ".Values.single"])),
)


@st.composite
def templates(draw: st.DrawFn) -> str:
    """Draw a template: lines with actions, in blocks, below `$v`."""
    lines = [f"{{{{- $v := {draw(names.filter(lambda name: name != '$v'))} }}}}", "k0: start"]
    numbers = iter(range(1, 100))

    def line(indent: str) -> str:
        key = f"{indent}k{next(numbers)}"
        kind = draw(st.integers(0, 8))
        deeper = len(indent) + 2
        if kind == 7:
            called = draw(st.sampled_from(["t.list", "t.none"]))
            how = draw(st.sampled_from([f"| nindent {deeper}", f"| indent {deeper}"]))
            return f'{key}:\n{indent}  {{{{- include "{called}" $ {how} }}}}'
        if kind == 8:
            given_value = (
                f'(dict "value" ({draw(names)} | toString) "more" {draw(st.sampled_from(["$.Values.tree", "nil"]))})'
            )
            return f'{key}:\n{indent}  x: y\n{indent}  {{{{- include "t.tree" {given_value} | nindent {deeper} }}}}'
        if kind == 0:
            return f"{key}: {{{{ {draw(texts)} | quote }}}}"
        if kind == 1:
            return f'{key}: "a{{{{ {draw(texts)} }}}}b"'
        if kind == 2:
            branch = f"{{{{ else }}}}{draw(st.sampled_from(['n', '']))}" if draw(st.booleans()) else ""
            return f'{key}: "{{{{ if {draw(conditions)} }}}}y{branch}{{{{ end }}}}"'
        if kind == 3:
            tree = draw(st.sampled_from([".Values.tree", "$.Values.env", ".Values.one", "$.Values.nothing"]))
            return f"{key}:\n{indent}  {{{{- toYaml {tree} | nindent {len(indent) + 2} }}}}"
        if kind == 4:
            return f"{{{{- $v = {draw(texts)} }}}}\n{key}: x"
        if kind == 5:
            return f"{key}: |\n{indent}  a {{{{ {draw(texts)} }}}}\n{indent}  b"
        return f"{key}:\n{indent}- z\n{indent}{{{{- toYaml $.Values.env | nindent {len(indent)} }}}}"

    def block(depth: int) -> None:
        for _ in range(draw(st.integers(1, 3))):
            if depth < 3 and draw(st.integers(0, 2)) == 0:
                lines.append(f"{{{{- {draw(heads)} }}}}")
                block(depth + 1)
                for _ in range(draw(st.integers(0, 1))):
                    lines.append(f"{{{{- else if {draw(conditions)} }}}}" if "if " in lines[-1] else "{{- else }}")
                    block(depth + 1)
                    break
                lines.append("{{- end }}")
            else:
                lines.append(line(""))

    block(0)
    return "\n".join(lines) + "\n"


def rendered(folder: Path) -> dict[str, Any] | None:
    """Return what Helm yields, None where it refuses the template."""
    assert HELM is not None
    done = subprocess.run([HELM, "template", "r", str(folder / "c")], capture_output=True, text=True, check=False)
    if done.returncode:
        return None
    found: dict[str, Any] = {}
    for document in done.stdout.split("---\n"):
        found |= yaml.load(document, yaml.BaseLoader) or {}  # noqa: S506 - it makes nothing but texts
    return found


@pytest.mark.skipif(HELM is None, reason="helm is not installed (PLANALIGN_HELM names it)")
@settings(max_examples=TEMPLATES, deadline=None, suppress_health_check=list(HealthCheck))
@given(template=templates())
def test_what_is_known_is_what_helm_yields(template: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for path, content in files_of(template, VALUES, HELPERS).items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(content, encoding="utf-8")
        real = rendered(folder)
        if real is not None:
            found, opaque = read(folder, template)
            assert agrees(found, real, opaque=opaque), (template, found, real)
