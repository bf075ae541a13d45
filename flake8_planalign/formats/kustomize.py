"""Kustomizations: resources of bases and overlays with their patches on top, every value where it was written.

Source: `kustomize build` of sigs.k8s.io/kustomize. What is read: resources, bases and components, strategic merge
patches, JSON patches (RFC 6902), the namespace, and literals and files of ConfigMap and Secret generators. What only
renames or labels objects is left out, since nothing here asks for it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from typing import Final

import msgspec
from msgspec.structs import replace

from flake8_planalign.formats import dotenv, replacements, yaml
from flake8_planalign.formats.located import Items, Origin, Place, Table, Text, Value, table, text, texts
from flake8_planalign.formats.manifests import Object, objects, objects_of
from flake8_planalign.formats.trees import build
from flake8_planalign.source import Source

__all__ = ["NAMES", "Built", "Evaluator", "evaluate", "references"]

NAMES: Final = ("kustomization.yaml", "kustomization.yml", "Kustomization")
#: How many bases may stand on each other.
_CHAIN_LIMIT: Final = 20
#: How often components are put on something, which each of them may do with several others.
_COMPONENT_LIMIT: Final = 2_000
#: The keys by which the items of lists are told apart, by the name of the list.
_MERGE_KEYS: Final = {
    "containers": "name",
    "initContainers": "name",
    "ephemeralContainers": "name",
    "env": "name",
    "volumes": "name",
    "volumeMounts": "mountPath",
    "volumeDevices": "devicePath",
    "imagePullSecrets": "name",
    "hostAliases": "ip",
}
#: Sources of a volume exclude each other; a patch that names another one replaces it only with `$patch` or null.
Read = Callable[[str], Source | None]


class Built(msgspec.Struct):
    """The objects of a kustomization, and the files that took part, the lowest first."""

    objects: list[Object]
    files: dict[str, None]


def evaluate(source: Source, read: Read) -> Built:
    """Return what a kustomization file builds."""
    return Evaluator(read).evaluate(source)


class Evaluator:
    """Builds kustomizations that stand on common bases; each file and each base is read once.

    Of resources that do not matter nothing is built.
    """

    def __init__(self, read: Read, matters: Callable[[Source], bool] = lambda _source: True) -> None:
        self.read, self.matters = read, matters
        self._built: dict[str, Built] = {}
        self._objects: dict[str, list[Object]] = {}
        #: How often a base was left out, since it stands on itself or on too many others.
        self._cuts = 0
        self._components = 0

    def evaluate(self, source: Source) -> Built:
        """Return what a kustomization file builds."""
        return self._evaluate(source, ())

    def _evaluate(self, source: Source, chain: tuple[str, ...]) -> Built:
        if source.absolute in chain or len(chain) >= _CHAIN_LIMIT:
            self._cuts += 1
            return Built([], {})
        known = self._built.get(source.absolute)
        if known is not None:
            return known
        before = self._cuts
        built = self._build(source, (*chain, source.absolute))
        if self._cuts == before:
            self._built[source.absolute] = built
        return built

    def _build(self, source: Source, chain: tuple[str, ...]) -> Built:
        built = Built([], {})
        self._put(built, source, chain)
        return built

    def _put(self, built: Built, source: Source, chain: tuple[str, ...]) -> None:
        """Put what a kustomization adds and changes on what is built so far, as a component does with all of it."""
        for path in _paths(source, ("resources", "bases")):
            direct = self.read(path)
            if direct is not None:
                built.files[path] = None
                built.objects += self._objects_of(direct)
            elif (nested := self._inside(path)) is not None:
                base = self._evaluate(nested, chain)
                built.objects += base.objects
                built.files |= base.files
        for path in _paths(source, ("components",)):
            nested = self._inside(path)
            self._components += nested is not None
            deep = len(chain) >= _CHAIN_LIMIT or self._components > _COMPONENT_LIMIT
            if nested is not None and nested.absolute not in chain and not deep:
                self._put(built, nested, (*chain, nested.absolute))
            elif nested is not None:
                self._cuts += 1
        built.files.pop(source.absolute, None)
        built.files[source.absolute] = None
        for document in _documents(source):
            folder = os.path.dirname(source.absolute)
            for made in _generated(document, folder, self.read):
                _take_in(built.objects, made)
            for patch in _patches(document, folder, self.read, built):
                patch.apply(built.objects)
            namespace = text(document.items.get("namespace"))
            if namespace is not None:
                built.objects = [replace(item, namespace=namespace.value) for item in built.objects]
            replacements.apply(document, folder, self.read, built.objects)

    def _inside(self, path: str) -> Source | None:
        """Return the kustomization of a directory."""
        return next((found for name in NAMES if (found := self.read(os.path.join(path, name))) is not None), None)

    def _objects_of(self, source: Source) -> list[Object]:
        if source.absolute not in self._objects:
            self._objects[source.absolute] = objects(source) if self.matters(source) else []
        return self._objects[source.absolute]


def references(source: Source) -> Iterator[str]:
    """Yield the absolute paths that a kustomization takes its resources from, files and directories alike."""
    yield from _paths(source, ("resources", "bases", "components"))


def _paths(source: Source, keys: tuple[str, ...]) -> Iterator[str]:
    folder = os.path.dirname(source.absolute)
    for document in _documents(source):
        for key in keys:
            for item in texts(document.items.get(key)):
                if "://" not in item.value and not item.value.startswith("git@"):
                    yield os.path.normpath(os.path.join(folder, item.value))


def _documents(source: Source) -> list[Table]:
    origin = Origin.of(source)
    roots = yaml.compose(source.text).documents
    return [value for value, _ in (build(root, origin) for root in roots) if isinstance(value, Table)]


def _generated(document: Table, folder: str, read: Read) -> Iterator[Object]:
    """Yield the ConfigMaps and Secrets that are made from literals and files."""
    for kind, key, under in (
        ("ConfigMap", "configMapGenerator", "data"),
        ("Secret", "secretGenerator", "stringData"),
    ):
        yield from _made(kind, under, document.items.get(key), folder, read)


def _made(kind: str, under: str, listed: Value | None, folder: str, read: Read) -> Iterator[Object]:
    for item in listed.items if isinstance(listed, Items) else ():
        name = text(table(item).items.get("name"))
        if name is None:
            continue
        data = Table(item.place)
        for literal in texts(table(item).items.get("literals")):
            key, sign, value = literal.value.partition("=")
            if sign:
                at = len(key) + 1
                shown = literal.part(at, len(literal.value))
                quoted = len(value) > 1 and value[0] in "\"'" and value[-1] == value[0]
                data.put(key, literal.place, literal.part(at + 1, len(literal.value) - 1) if quoted else shown)
        for file in texts(table(item).items.get("files")):
            key, sign, path = file.value.partition("=")
            named = key if sign else os.path.basename(file.value)
            source = read(os.path.normpath(os.path.join(folder, path or key)))
            data.put(named, file.place, Text(source.text if source else "", file.place, unknown=source is None))
        for file in (*texts(table(item).items.get("envs")), *texts(table(item).items.get("env"))):
            source = read(os.path.normpath(os.path.join(folder, file.value)))
            try:
                pairs = dotenv.parse_raw(source.text) if source else {}
            except dotenv.DotenvError:
                pairs = {}
            for key, value in pairs.items():
                data.put(key, file.place, Text(value, file.place))
        made = Table(item.place)
        made.put(under, item.place, data)
        behavior = text(table(item).items.get("behavior"))
        if behavior is not None:
            made.put("behavior", item.place, behavior)
        yield Object(kind, name.value, "", made)


def _take_in(found: list[Object], made: Object) -> None:
    """Add a generated object, or put it in the place of the one of that name, or on top of it."""
    behavior = text(made.table.items.pop("behavior", None))
    for index, item in enumerate(found):
        if behavior is not None and (item.kind, item.name) == (made.kind, made.name):
            if behavior.value == "replace":
                found[index] = made
            elif behavior.value == "merge":
                merged = _merge(item.table, made.table, "")
                found[index] = replace(item, table=merged) if isinstance(merged, Table) else item
            return
    found.append(made)


class _Patch(msgspec.Struct):
    """A patch with what it is for: a strategic merge, or the operations of a JSON patch."""

    over: Table | None
    operations: list[Table]
    target: Table | None

    def apply(self, found: list[Object]) -> None:
        for index, item in enumerate(found):
            if not self._is_for(item):
                continue
            if self.over is not None:
                merged = _merge(item.table, self.over, "")
                made = merged if isinstance(merged, Table) else item.table
            else:
                made = item.table
                for operation in self.operations:
                    made = _operated(made, operation)
            found[index] = replace(item, table=made)

    def _is_for(self, item: Object) -> bool:
        if self.target is not None:
            for key, value in (("kind", item.kind), ("name", item.name), ("namespace", item.namespace)):
                wanted = text(self.target.items.get(key))
                if wanted is not None and not _matches(wanted.value, value):
                    return False
            return "labelSelector" not in self.target.items and "annotationSelector" not in self.target.items
        own = next(objects_of(self.over), None) if self.over is not None else None
        return own is not None and own.kind == item.kind and own.name == item.name


def _matches(pattern: str, value: str) -> bool:
    try:
        return re.fullmatch(pattern, value) is not None
    except re.error:
        return pattern == value


def _patches(document: Table, folder: str, read: Read, built: Built) -> Iterator[_Patch]:
    for key in ("patchesStrategicMerge", "patches", "patchesJson6902"):
        listed = document.items.get(key)
        for item in listed.items if isinstance(listed, Items) else ():
            target = table(item).items.get("target")
            inline = text(item) or text(table(item).items.get("patch"))
            path = text(table(item).items.get("path"))
            if isinstance(item, Text) and inline is not None and "\n" not in inline.value:
                path, inline = inline, None
            for value in _patch_values(inline, path, folder, read, built):
                aim = target if isinstance(target, Table) else None
                if isinstance(value, Table):
                    yield _Patch(value, [], aim)
                elif isinstance(value, Items):
                    yield _Patch(None, [entry for entry in value.items if isinstance(entry, Table)], aim)


def _patch_values(inline: Text | None, path: Text | None, folder: str, read: Read, built: Built) -> Iterator[Value]:
    if inline is not None:
        held = Source.of_text(inline.place.path, inline.value)
        for root in yaml.compose(inline.value).documents:
            yield moved(build(root, Origin.of(held))[0], inline.place)
    elif path is not None:
        source = read(os.path.normpath(os.path.join(folder, path.value)))
        if source is not None:
            built.files[source.absolute] = None
            for root in yaml.compose(source.text).documents:
                yield build(root, Origin.of(source))[0]


def moved(value: Value, place: Place) -> Value:
    """Return a value that stands at another place as a whole, since its own cannot be shown there."""
    if isinstance(value, Text):
        return Text(value.value, place, plain=value.plain, tag=value.tag, unknown=value.unknown)
    if isinstance(value, Items):
        return Items(place, [moved(item, place) for item in value.items], value.tag)
    made = Table(place, value.tag)
    for key, item in value.items.items():
        made.put(key, place, moved(item, place))
    return made


def _merge(base: Value, over: Value, key: str) -> Value | None:
    """Return a strategic merge; None where the patch deletes."""
    if isinstance(over, Text) and over.null:
        return None
    if isinstance(base, Table) and isinstance(over, Table):
        directive = text(over.items.get("$patch"))
        if directive is not None and directive.value == "delete":
            return None
        if directive is not None and directive.value == "replace":
            return over
        made = base.copy()
        for name, value in over.items.items():
            if name not in made.items:
                if not (isinstance(value, Text) and value.null) and not name.startswith("$"):
                    made.put(name, over.keys[name], value)
                continue
            merged = _merge(made.items[name], value, name)
            if merged is None:
                del made.items[name]
            else:
                made.items[name] = merged
        return made
    if isinstance(base, Items) and isinstance(over, Items) and key in (*_MERGE_KEYS, "ports"):
        return _merge_items(base, over, _MERGE_KEYS.get(key) or _port_key(base))
    return over


def _port_key(base: Items) -> str:
    return "containerPort" if any("containerPort" in table(item).items for item in base.items) else "port"


def _merge_items(base: Items, over: Items, key: str) -> Items:
    """Return lists merged by a key: what the patch names comes first, in its order, then the rest."""
    held = {name.value: item for item in base.items if (name := text(table(item).items.get(key)))}
    made: list[Value] = []
    named: set[str] = set()
    for item in over.items:
        name = text(table(item).items.get(key))
        if name is not None:
            named.add(name.value)
        if name is None or name.value not in held:
            directive = text(table(item).items.get("$patch"))
            if directive is None or directive.value != "delete":
                made.append(item)
            continue
        merged = _merge(held[name.value], item, "")
        if merged is not None:
            made.append(merged)
    for item in base.items:
        name = text(table(item).items.get(key))
        if name is None or name.value not in named:
            made.append(item)
    return Items(base.place, made)


def _operated(value: Table, operation: Table) -> Table:
    """Return a table with an operation of a JSON patch done to it; one that does not fit changes nothing."""
    how, path = text(operation.items.get("op")), text(operation.items.get("path"))
    if how is None or path is None or not path.value.startswith("/"):
        return value
    keys = [part.replace("~1", "/").replace("~0", "~") for part in path.value[1:].split("/")]
    if len(keys) > yaml.DEPTH_LIMIT:
        return value
    made = _changed(value, keys, how.value, operation.items.get("value"))
    return made if isinstance(made, Table) else value


def _changed(value: Value, keys: list[str], how: str, new: Value | None) -> Value:
    key, rest = keys[0], keys[1:]
    if isinstance(value, Table):
        made = value.copy()
        if rest:
            if key in made.items:
                made.items[key] = _changed(made.items[key], rest, how, new)
        elif how == "remove":
            made.items.pop(key, None)
        elif new is not None and how in ("add", "replace"):
            made.put(key, made.keys.get(key, new.place), new)
        return made
    if isinstance(value, Items):
        items = list(value.items)
        index = len(items) if key == "-" else int(key) if key.isdigit() else -1
        if rest and 0 <= index < len(items):
            items[index] = _changed(items[index], rest, how, new)
        elif how == "remove" and 0 <= index < len(items):
            del items[index]
        elif how == "replace" and new is not None and 0 <= index < len(items):
            items[index] = new
        elif how == "add" and new is not None and 0 <= index <= len(items):
            items.insert(index, new)
        return Items(value.place, items)
    return value
