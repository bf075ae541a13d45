"""The template of a key, its gaps filled, is the text that Python makes of the expression."""

from __future__ import annotations

import ast
import contextlib
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flake8_planalign.config import Run
from flake8_planalign.kinds import FileKind
from flake8_planalign.process.analysis import Analysis, Code
from flake8_planalign.process.templates import Template, Templates
from flake8_planalign.project import Project
from flake8_planalign.python.evaluation import evaluating
from flake8_planalign.source import Source

MODULE = """
PREFIX = "cache"
FORMAT = "user:{}:{name}"

class Keys:
    NAME = "keys"

    def of(self, user):
        return {expression}

def built(part, *, kind="plain"):
    return f"built:{kind}:{{part}}"

def function(user, name, number):
    key = f"{PREFIX}:{user}"
    twice = "a"
    twice = "b"
    return {expression}
"""
PARAMETERS = ("user", "name", "number")
NUMBERS = itertools.count()
LITERALS = st.sampled_from(["", "a", "user:", "{", "}", "%", ":v1:", "é", "\n"])


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory for projects with one file each, since a process reads a project once."""
    return tmp_path_factory.mktemp("templates")


@contextlib.contextmanager
def code_with(root: Path, text: str) -> Iterator[Code]:
    path = root / str(next(NUMBERS)) / "keys.py"
    path.parent.mkdir()
    (path.parent / "pyproject.toml").write_text("[tool.planalign]\n")
    path.write_text(text, encoding="utf-8")
    analysis = Analysis.of(Project.of(str(path), Run(cache="off")))
    source = Source.of_text(str(path), text, FileKind.PYTHON, ast.parse(text))
    with evaluating(analysis.evaluator):
        code = analysis.code_of(source)
        assert code is not None
        yield code


def template_of(root: Path, text: str, name: str = "function") -> Template:
    """Return the template of what a function of a module returns."""
    with code_with(root, text) as code:
        node = next(node for node in code.functions if node.name == name)
        (returned,) = (part.value for part in node.body if isinstance(part, ast.Return))
        assert returned is not None
        return Templates(code, node).of(returned)


def written(value: str) -> str:
    """Return a text as a literal part of an f-string in double quotes."""
    return value.replace("{", "{{").replace("}", "}}").replace("\n", "\\n")


@st.composite
def expressions(draw: st.DrawFn, depth: int = 3) -> str:
    """Return an expression that is a text, made of literals, constants of the module and parameters."""
    kinds = ["literal", "parameter", "constant", "name"]
    if depth:
        kinds += ["f-string", "sum", "join", "percent", "format", "str", "same", "built"]

    def inner() -> str:
        return draw(expressions(depth - 1))

    match draw(st.sampled_from(kinds)):
        case "literal":
            return repr(draw(LITERALS))
        case "parameter":
            return draw(st.sampled_from(PARAMETERS))
        case "constant":
            return draw(st.sampled_from(["PREFIX", "Keys.NAME"]))
        case "name":
            return draw(st.sampled_from(["key", "twice"]))
        case "f-string":
            one, two = written(draw(LITERALS)), written(draw(LITERALS))
            return f'f"{one}{{{draw(st.sampled_from(PARAMETERS))}}}{two}{{PREFIX}}"'
        case "sum":
            return f"({inner()} + {inner()})"
        case "join":
            return f'":".join([{inner()}, {inner()}])'
        case "percent":
            return draw(st.sampled_from([f'("%s:%s" % ({inner()}, {inner()}))', f'("x%s" % ({inner()},))']))
        case "format":
            form = draw(
                st.sampled_from(['"{}-{}".format(!1, !2)', '"{1}{0}".format(!1, !2)', "FORMAT.format(!1, name=!2)"])
            )
            return form.replace("!1", inner()).replace("!2", inner())
        case "str":
            return f"str({inner()})"
        case "same":
            return f"({inner()}).encode().decode()"
    return draw(st.sampled_from([f"built({inner()})", f"built({inner()}, kind={inner()})"]))


@given(expression=expressions())
def test_the_gaps_filled_the_template_is_the_text(root: Path, expression: str) -> None:
    text = MODULE.replace("{expression}", expression).replace("{{part}}", "{part}")
    names: dict[str, Any] = {}
    exec(compile(text, "keys.py", "exec"), names)  # noqa: S102 - what was put together above
    given_values = {"user": "\ue001", "name": "\ue002", "number": "\ue003"}
    truth = names["function"](**given_values)
    template = template_of(root, text)
    scope = {**names, **given_values, "key": f"cache:{given_values['user']}", "twice": "b"}
    filled = "".join(
        part if isinstance(part, str) else str(eval(part.text, scope))  # noqa: S307 - part of the expression
        for part in template.parts
        if isinstance(part, str) or len(part.text) < 77
    )
    if all(len(gap.text) < 77 for gap in template.gaps):
        assert filled == truth, (template, expression)


@given(expression=expressions(depth=2))
def test_equal_expressions_have_equal_templates_and_no_two_literals_in_a_row(root: Path, expression: str) -> None:
    text = MODULE.replace("{expression}", expression).replace("{{part}}", "{part}")
    template = template_of(root, text)
    assert template == template_of(root, text.replace("\n", "\n\n"))
    kinds = [isinstance(part, str) for part in template.parts]
    assert not any(a and b for a, b in itertools.pairwise(kinds))
    assert template.literal.count("{}") >= len(template.gaps)


@pytest.mark.parametrize(
    "expression",
    ['"%s %s" % user', '"%(a)s" % {"a": user}', '"{}".format()', '"{a}".format(user)', '"{0.x}".format(user)',
     "user[name](number)", "lambda: user", "[*user]", "f'{user!r:>{number}}'", "b'\\xff' + user", "1 + user"],
)  # fmt: skip
def test_what_is_not_understood_is_a_gap(root: Path, expression: str) -> None:
    template = template_of(root, MODULE.replace("{expression}", expression).replace("{{part}}", "{part}"))
    assert template.gaps
    assert str(template)


def test_a_text_that_is_formatted_otherwise_is_another_one(root: Path) -> None:
    plain, shown = (
        template_of(root, MODULE.replace("{expression}", f'f"x:{{{part}}}"')) for part in ("user", "user!r")
    )
    assert plain != shown
    assert plain == template_of(root, MODULE.replace("{expression}", 'f"x:{user!s}"'))


def test_a_deep_expression_ends_in_a_gap(root: Path) -> None:
    text = MODULE.replace("{expression}", "str(" * 60 + "user" + ")" * 60).replace("{{part}}", "{part}")
    (gap,) = template_of(root, text).gaps
    assert gap.text.endswith("...")


def test_a_name_that_two_templates_share_makes_them_equal(root: Path) -> None:
    one, other = ("'x:' + user", 'f"x:{user}"')
    assert template_of(root, MODULE.replace("{expression}", one).replace("{{part}}", "{part}")) == template_of(
        root, MODULE.replace("{expression}", other).replace("{{part}}", "{part}")
    )
