"""Calls that have little to do, or nobody to wait for, as what they are given shows."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Final

from flake8_planalign.parsing import of_tree, parsed
from flake8_planalign.patterns import lazy
from flake8_planalign.process.statements import Function, assignments, own_nodes
from flake8_planalign.process.tables import Tables, bases_of, derived_from

__all__ = ["is_repeated", "is_slight", "leaves_idle_threads", "may_be_slight"]

Place = tuple[int, int, int, int]

_DELETES: Final = "sqlalchemy.orm.Session.delete"
#: What makes a deletion take others with it.
_CASCADES: Final = lazy(r"""\bcascade(?:_delete)?["']?\s*[=:]\s*(?:True\b|["'][\w\s,-]*\b(?:all|delete)\b)""")
#: What asks a session for objects of the model that it is given.
_QUERIES: Final = frozenset({"get", "get_one", "query", "select"})
#: What gives what has been fetched, as methods and as attributes.
_READERS: Final = frozenset(
    {"aread", "content", "decode", "encode", "getvalue", "read", "read_bytes", "read_text", "text"}
)
_READ: Final = frozenset({"content", "text"})
_BUFFERS: Final = frozenset({"BytesIO", "StringIO"})
_SCALAR: Final = lazy(
    r"(?:(?:Optional\[)?(?:\w+\.)?(?:bool|date|datetime|float|int|str|Timestamp)\]?(?:\s*\|\s*None)?(?:\s*\|\s*(?:str|int|float))*)"
)
#: Parts of paths to what a program has been given or has made, of which no size is known.
_MADE: Final = lazy(r"(?i)\b(?:cache|data|db|out|output|result|storage|store|temp|tmp|upload|workspace)s?\b")
#: Parts of names for what a program is told how to run by: a page of text.
_SETTINGS: Final = lazy(r"(?i)(?:^|[\W_])(?:config|profiles?|prompts?|settings)(?:$|[\W_])")
#: The few lines at the head of a document.
_FRONT_MATTER: Final = lazy(r"(?i)front_?matter")
#: What opens and reads a file, as methods of its path or of what is opened.
_OF_FILES: Final = frozenset({"open", "read", "read_bytes", "read_text"})
#: Numbers in a list of Python's own, which cost more to make than to sort.
_LISTED: Final = lazy(r"(?:typing\.)?(?:list|List|Sequence|deque|Deque)\[(?:float|int)\]")
_LISTS: Final = frozenset({"array", "asarray", "list", "sorted"})
#: What writes a table down.
_WRITERS: Final = frozenset({"dumps", "str"})
#: So many rows of a table that is written out are few, and a picture of so many points a side is small.
_FEW: Final = 3
_SIDE: Final = 1024
#: What makes a table of texts, with a row for each.
_TABULATES: Final = frozenset({"fit_transform", "transform"})
_DEEPEST: Final = 8
_LOOPS: Final = (ast.AsyncFor, ast.DictComp, ast.For, ast.GeneratorExp, ast.ListComp, ast.SetComp, ast.While)


def may_be_slight(name: str) -> bool:
    """Tell whether what a call of an API is given may show that it has little to do."""
    return name in _JUDGES or name == _DELETES


def is_slight(text: str, tables: Tables, name: str, place: Place) -> bool:
    """Tell whether what a call of such an API is given shows that it has little to do, or nobody to wait for."""
    judge = _JUDGES.get(name)
    call, function, repeated = _calls(text).get(place[2:], (None, None, False))
    if call is None or not call.args:
        return False
    given = Given(text, function)
    if judge is not None and name in _BY_NUMBER and repeated:
        return False
    if judge is not None and name in _OF_TWO:
        return judge(given, call.args[0]) and judge(given, call.args[-1])
    if judge is not None and name in _PRODUCTS:
        return judge(given, call)
    if judge is not None:
        return judge(given, call.args[min(_POSITIONS.get(name, 0), len(call.args) - 1)])
    if not tables.any_file("cascades of deletes", _CASCADES.search):
        return True
    model = given.model_of(call.args[0])
    return model is not None and not _takes_others(tables, model)


def is_repeated(text: str, name: str, place: Place) -> bool:
    """Tell whether a call that leads to an API stands in a loop, where the API costs by how often it is called."""
    return name in _BY_NUMBER and _calls(text).get(place[2:], (None, None, False))[2]


def leaves_idle_threads(text: str, place: Place) -> bool:
    """Tell whether what an executor is given within its `with` has been awaited there, so that its threads are idle.

    That is each call of `run_in_executor` that is awaited at once, or the only one, of which the future is.
    """
    for node in ast.walk(parsed(text) or ast.Module([], [])):
        match node:
            case ast.With(items=[ast.withitem(context_expr=made, optional_vars=ast.Name(id=name))], body=body):
                if (made.end_lineno, made.end_col_offset) == place[2:]:
                    return _awaits_all(list(own_nodes(*body)), name)
    return False


def _awaits_all(nodes: list[ast.AST], executor: str) -> bool:
    awaited = [node.value for node in nodes if isinstance(node, ast.Await)]
    names = {node.id for node in awaited if isinstance(node, ast.Name)}
    futures = {
        id(node.value)
        for node in nodes
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id in names
    }
    calls = [
        node
        for node in nodes
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "run_in_executor"
        if node.args and isinstance(node.args[0], ast.Name) and node.args[0].id == executor
    ]
    uses = sum(isinstance(node, ast.Name) and node.id == executor for node in nodes)
    return uses == len(calls) > 0 and all(
        any(call is value for value in awaited) or (len(calls) == 1 and id(call) in futures) for call in calls
    )


class Given:
    """What the names in a function mean, as far as its own text says so."""

    def __init__(self, text: str, function: Function | None) -> None:
        self._text = text
        self._function = function
        self._assigned = assignments(function) if function is not None else {}
        #: What names of the function are known to be written out, so that each is asked about once.
        self._written: dict[str, bool] = {}

    def annotation(self, name: str) -> str:
        """Return the annotation of a parameter, empty where it has none."""
        arguments = self._function.args if self._function is not None else None
        for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs) if arguments is not None else ():
            if each.arg == name and each.annotation is not None and name not in self._assigned:
                return ast.unparse(each.annotation).strip("'\"")
        return ""

    def is_read(self, node: ast.expr | None, depth: int = 0) -> bool:
        """Tell whether an expression gives what has been read or fetched before."""
        match node:
            case ast.Await(value=ast.Call(func=ast.Attribute(attr=name))) | ast.Call(func=ast.Attribute(attr=name)):
                return name in _READERS or name in _BUFFERS
            case ast.Call(func=ast.Name(id=name)):
                return name in _BUFFERS
            case ast.Attribute(attr=name):
                return name in _READ
            case ast.Name(id=name) if depth < _DEEPEST:
                return self.is_read(self._assigned.get(name), depth + 1)
        return False

    def is_scalar(self, node: ast.expr | None) -> bool:
        """Tell whether an expression gives one number, text or date."""
        match node:
            case ast.Constant() | ast.JoinedStr():
                return True
            case ast.Name(id=name):
                return _SCALAR.fullmatch(self.annotation(name)) is not None
            case ast.Attribute(value=ast.Name(id=owner), attr=name):
                return _SCALAR.fullmatch(_fields(self._text).get(self.annotation(owner), {}).get(name, "")) is not None
        return False

    def is_written(self, node: ast.expr | None, depth: int = 0) -> bool:
        """Tell whether an expression is a table written out in the source, of constants, texts and single values."""
        if depth > _DEEPEST:
            return False
        match node:
            case ast.Dict(keys=keys, values=values):
                return all(self.is_written(part, depth + 1) for part in (*keys, *values))
            case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
                return all(self.is_written(part, depth + 1) for part in parts)
            case ast.Call(func=ast.Attribute(attr="encode", value=inner)):
                return self.is_written(inner, depth + 1)
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=[inner, *_]) if name in _WRITERS:
                return self.is_written(inner, depth + 1)
            case ast.Name(id=name) if self._assigned.get(name) is not None:
                if name not in self._written:
                    self._written[name] = False
                    self._written[name] = self.is_written(self._assigned[name], depth + 1)
                return self._written[name]
        return self.is_scalar(node)

    def is_constant(self, node: ast.expr | None) -> bool:
        """Tell whether an expression is a constant."""
        return isinstance(node, ast.Constant)

    def is_listed(self, node: ast.expr | None, depth: int = 0) -> bool:
        """Tell whether an expression gives numbers that Python has in a list, not in an array."""
        match node:
            case ast.List() | ast.ListComp():
                return True
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=[inner, *_]) if depth < _DEEPEST:
                return name in _LISTS and self.is_listed(inner, depth + 1)
            case ast.Name(id=name) if name in self._assigned and depth < _DEEPEST:
                return self.is_listed(self._assigned[name], depth + 1)
            case ast.Name(id=name):
                return _LISTED.fullmatch(self.annotation(name)) is not None
        return False

    def is_committed(self, node: ast.expr | None, depth: int = 0) -> bool:
        """Tell whether an expression gives a file whose path begins where the module or its user's settings lie.

        What is in such a file counts as well, and a text that the source has, also with values filled in.
        """
        if depth > _DEEPEST:
            return False
        if node is not None and _FRONT_MATTER.search(ast.unparse(node)):
            return True
        match node:
            case ast.Constant():
                return True
            case ast.Call(func=ast.Attribute(attr="format", value=text)):
                return isinstance(text, ast.Constant) or (
                    isinstance(text, ast.Name) and isinstance(_constants(self._text).get(text.id), ast.Constant)
                )
            case ast.Call(func=ast.Name(id="open"), args=[path, *_]):
                return self._lies_here(path)
            case ast.Call(func=ast.Attribute(attr=name, value=path)) if name in _OF_FILES:
                return self._lies_here(path) or self.is_committed(path, depth + 1)
            case ast.Name(id=name):
                if self._assigned.get(name) is not None:
                    return self.is_committed(self._assigned[name], depth + 1)
                opened = [each.context_expr for each in self._entered(name)]
                return len(opened) == 1 and self.is_committed(opened[0], depth + 1)
        return False

    def _entered(self, name: str) -> Iterator[ast.withitem]:
        for node in own_nodes(*self._function.body) if self._function is not None else ():
            match node:
                case ast.withitem(optional_vars=ast.Name(id=bound)) if bound == name:
                    yield node

    def _lies_here(self, path: ast.expr) -> bool:
        """Tell whether a path begins where the module lies, or is that of settings, as its names say."""
        known = _constants(self._text)
        pending, seen = [path], set[str]()
        lies_here = False
        for each in pending:
            for part in ast.walk(each):
                match part:
                    case ast.Constant(value=str(text)) if _MADE.search(text):
                        return False
                    case ast.Attribute(attr="home") | ast.Name(id="__file__"):
                        lies_here = True
                    case ast.Attribute(attr=name) if _SETTINGS.search(name):
                        lies_here = True
                    case ast.Name(id=name) if name not in seen:
                        seen.add(name)
                        lies_here = lies_here or _SETTINGS.search(name) is not None
                        value = self._assigned[name] if name in self._assigned else known.get(name)
                        pending += [value] if value is not None else []
        return lies_here

    def is_few(self, node: ast.expr | None) -> bool:
        """Tell whether an expression is a list of few things: `[first, second]`."""
        match node:
            case ast.List(elts=parts) | ast.Tuple(elts=parts):
                return len(parts) <= _FEW and not any(isinstance(part, ast.Starred) for part in parts)
            case ast.Name(id=name):
                value = self._assigned.get(name)
                return not isinstance(value, ast.Name) and value is not None and self.is_few(value)
        return False

    def is_small(self, node: ast.expr | None) -> bool:
        """Tell whether an expression is the size of a small picture: `(512, 512)`."""
        match node:
            case ast.Tuple(elts=parts):
                return all(
                    isinstance(part, ast.Constant) and isinstance(part.value, int) and part.value <= _SIDE
                    for part in parts
                )
            case ast.Name(id=name):
                value = self._assigned.get(name)
                return isinstance(value, ast.Tuple) and self.is_small(value)
        return False

    def is_number(self, call: ast.expr | None) -> bool:
        """Tell whether a product is one number, so that what is multiplied are vectors: `float(np.dot(a, b))`."""
        around = self._around(call)
        if _is_float(around):
            return True
        match around:
            case ast.Assign(targets=[ast.Name(id=name)]) if self._assigned.get(name) is call:
                uses = [
                    self._around(node)
                    for node in (own_nodes(*self._function.body) if self._function is not None else ())
                    if isinstance(node, ast.Name) and node.id == name
                ]
                return any(map(_is_float, uses))
        return False

    def _around(self, node: ast.AST | None) -> ast.AST | None:
        """Return the nearest call or assignment of the function that an expression is a part of by arithmetic alone."""
        parents = {
            id(child): parent
            for parent in (own_nodes(*self._function.body) if self._function is not None else ())
            for child in ast.iter_child_nodes(parent)
        }
        around = parents.get(id(node))
        while isinstance(around, ast.BinOp | ast.UnaryOp):
            around = parents.get(id(around))
        return around

    def is_single(self, node: ast.expr | None) -> bool:
        """Tell whether an expression is a table of one row, or of the few texts that it was made of.

        `[vector]`, `vector.reshape(1, -1)`, `vectorizer.fit_transform([first, second])`.
        """
        match node:
            case ast.Call(func=ast.Attribute(attr=name), args=[rows, *_]) if name in _TABULATES:
                return self.is_few(rows)
            case ast.Name(id=name) if isinstance(self._assigned.get(name), ast.Call):
                return self.is_single(self._assigned[name])
            case ast.Subscript(value=ast.Name(id=name)) if isinstance(self._assigned.get(name), ast.Call):
                return self.is_single(self._assigned[name])
            case ast.List(elts=[row]) | ast.Tuple(elts=[row]):
                return not isinstance(row, ast.Starred)
            case ast.Call(func=ast.Attribute(attr="reshape"), args=[ast.Constant(value=1), _]):
                return True
        return False

    def model_of(self, node: ast.expr) -> str | None:
        """Return the name of the model of an object: what its parameter is annotated with, or what was asked for."""
        if not isinstance(node, ast.Name):
            return None
        if node.id not in self._assigned:
            annotation = self.annotation(node.id).removesuffix(" | None")
            return annotation if annotation.isidentifier() else None
        value = self._assigned[node.id]
        models = {
            part.args[0].id
            for part in (ast.walk(value) if value is not None else ())
            if isinstance(part, ast.Call) and part.args and isinstance(part.args[0], ast.Name)
            if isinstance(part.func, ast.Name | ast.Attribute)
            if (part.func.id if isinstance(part.func, ast.Name) else part.func.attr) in _QUERIES
        }
        return models.pop() if len(models) == 1 else None


#: What is asked of the first argument of an API.
_JUDGES: Final[dict[str, Callable[[Given, ast.expr | None], bool]]] = {
    **dict.fromkeys(
        ("bz2.compress", "gzip.compress", "lzma.compress", "yaml.dump", "yaml.safe_dump", "zlib.compress"),
        Given.is_written,
    ),
    **dict.fromkeys(
        (f"multiprocessing.connection.Connection.{name}" for name in ("send", "send_bytes")), Given.is_constant
    ),
    **dict.fromkeys(
        (f"numpy.{name}" for name in ("argsort", "histogram", "median", "percentile", "quantile", "sort", "unique")),
        Given.is_listed,
    ),
    **dict.fromkeys(("yaml.load", "yaml.safe_load"), Given.is_committed),
    **dict.fromkeys(
        (
            f"sklearn.feature_extraction.text.{name}Vectorizer.{method}"
            for name in ("Count", "Hashing", "Tfidf")
            for method in ("fit", "fit_transform", "transform")
        ),
        Given.is_few,
    ),
    **dict.fromkeys((f"numpy.{name}" for name in ("dot", "inner", "vdot")), Given.is_number),
    "cv2.resize": Given.is_small,
    "feedparser.parse": Given.is_read,
    "pandas.to_datetime": Given.is_scalar,
    "sklearn.metrics.pairwise.cosine_similarity": Given.is_single,
}
#: APIs of which both arguments are asked, those of which what becomes of the call, and those not asked of the first.
_OF_TWO: Final = frozenset({"sklearn.metrics.pairwise.cosine_similarity"})
_PRODUCTS: Final = frozenset({"numpy.dot", "numpy.inner", "numpy.vdot"})
_POSITIONS: Final = {"cv2.resize": 1}
#: APIs that cost by how often they are called.
_BY_NUMBER: Final = _OF_TWO | _PRODUCTS


def _is_float(node: ast.AST | None) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float"


@of_tree
def _calls(tree: ast.Module) -> dict[tuple[int, int], tuple[ast.Call, Function | None, bool]]:
    """Return the calls of a file with their functions, and whether in a loop, by the line and column they end at."""
    found: dict[tuple[int, int], tuple[ast.Call, Function | None, bool]] = {}
    pending: list[tuple[ast.AST, Function | None, bool]] = [(tree, None, False)]
    while pending:
        node, function, repeated = pending.pop()
        if isinstance(node, ast.Call):
            found[node.end_lineno or 0, node.end_col_offset or 0] = node, function, repeated
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            function, repeated = node, False
        repeated = repeated or isinstance(node, _LOOPS)
        pending.extend((child, function, repeated) for child in ast.iter_child_nodes(node))
    return found


@of_tree
def _constants(tree: ast.Module) -> dict[str, ast.expr]:
    """Return the names that the top of a file assigns once, each with its value."""
    found: dict[str, list[ast.expr]] = {}
    for each in tree.body:
        match each:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                found.setdefault(name, []).append(value)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                found.setdefault(name, []).append(value)
    return {name: values[0] for name, values in found.items() if len(values) == 1}


@of_tree
def _fields(tree: ast.Module) -> dict[str, dict[str, str]]:
    """Return the annotated fields of the classes at the top of a file."""
    return {
        each.name: {
            part.target.id: ast.unparse(part.annotation)
            for part in each.body
            if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name)
        }
        for each in tree.body
        if isinstance(each, ast.ClassDef)
    }


def _takes_others(tables: Tables, model: str) -> bool:
    """Tell whether a deletion of an object of a model may take others with it, or whether nothing is known of it."""
    cascading = {
        name for names in tables.told("classes whose deletion takes others", _cascading).values() for name in names
    }
    known = bases_of(tables, model)
    return not known or "*" in cascading or not cascading.isdisjoint(known) or derived_from(tables, model) > 0


def _cascading(_path: str, text: str) -> list[str] | None:
    """Return the classes of a file whose relationships take others with what is deleted; `*` stands for any class."""
    if "elationship" not in text or _CASCADES.search(text) is None:
        return None
    tree = parsed(text)
    spans = {
        range(node.lineno, (node.end_lineno or node.lineno) + 1): node.name
        for node in (ast.walk(tree) if tree is not None else ())
        if isinstance(node, ast.ClassDef)
    }
    found = set()
    for match in _CASCADES.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        found |= {name for span, name in spans.items() if line in span} or {"*"}
    return sorted(found | ({"*"} if "backref(" in text else set()))
