"""What kustomizations write into objects besides patches: the names of images, and fields that other fields replace.

Source: `images` and `replacements` of sigs.k8s.io/kustomize. A field that is replaced is not known afterwards.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from typing import Final

from msgspec.structs import replace

from flake8_planalign.formats import yaml
from flake8_planalign.formats.located import Items, Origin, Table, Text, Value, table, text, texts
from flake8_planalign.formats.manifests import Object, pods
from flake8_planalign.formats.trees import build
from flake8_planalign.patterns import lazy
from flake8_planalign.source import Source

__all__ = ["apply"]

Read = Callable[[str], Source | None]
#: A part of a path of fields: `[name=x]`, or what stands between dots, a dot of its own escaped.
_PART: Final = lazy(r"\[([^\]=]+)=([^\]]*)\]|((?:\\.|[^.\[\\])+)")
_CONTAINERS: Final = ("containers", "initContainers")


def apply(document: Table, folder: str, read: Read, found: list[Object]) -> None:
    """Change objects as a kustomization says beside its patches."""
    images = {
        name.value: item
        for item in _listed(document.items.get("images"))
        if (name := text(item.items.get("name"))) is not None
    }
    if images:
        found[:] = [_with_images(item, images) for item in found]
    for target in _targets(document, folder, read):
        select = table(target.items.get("select"))
        wanted = {key: value for key in ("kind", "name") if (value := text(select.items.get(key))) is not None}
        paths = [_parts(path.value) for path in texts(target.items.get("fieldPaths"))]
        for index, item in enumerate(found):
            if all(getattr(item, key) == value.value for key, value in wanted.items()):
                made: Value = item.table
                for path in paths:
                    made = _unknown(made, path)
                if isinstance(made, Table):
                    found[index] = replace(item, table=made)


def _listed(value: Value | None) -> Iterator[Table]:
    for item in value.items if isinstance(value, Items) else ():
        if isinstance(item, Table):
            yield item


def _targets(document: Table, folder: str, read: Read) -> Iterator[Table]:
    for item in _listed(document.items.get("replacements")):
        path = text(item.items.get("path"))
        yield from _listed(item.items.get("targets"))
        source = read(os.path.normpath(os.path.join(folder, path.value))) if path is not None else None
        if source is not None:
            for root in yaml.compose(source.text).documents:
                value, _ = build(root, Origin.of(source))
                for inner in [value] if isinstance(value, Table) else _listed(value):
                    yield from _listed(inner.items.get("targets"))


def _parts(path: str) -> list[tuple[str, str, str]]:
    """Return the parts of a path: key and value that choose an item, or the name of a field."""
    return [(key, value, re.sub(r"\\(.)", r"\1", name)) for key, value, name in _PART.findall(path)][: yaml.DEPTH_LIMIT]


def _unknown(value: Value, path: list[tuple[str, str, str]]) -> Value:
    """Return a value in which what a path leads to is not known."""
    if not path:
        return Text("", value.place, unknown=True)
    key, wanted, name = path[0]
    if isinstance(value, Table) and name in value.items:
        made = value.copy()
        made.items[name] = _unknown(value.items[name], path[1:])
        return made
    if isinstance(value, Items):
        chosen = [
            name in ("*", str(index)) or (bool(key) and _is(table(item).items.get(key), wanted))
            for index, item in enumerate(value.items)
        ]
        pairs = zip(value.items, chosen, strict=True)
        return Items(value.place, [_unknown(item, path[1:]) if yes else item for item, yes in pairs], value.tag)
    return value


def _is(value: Value | None, wanted: str) -> bool:
    return isinstance(value, Text) and value.value == wanted


def _with_images(item: Object, images: dict[str, Table]) -> Object:
    """Return an object whose containers have the images that are named instead of theirs."""
    specs = {id(pod.spec) for pod in pods(item)}
    done: dict[int, Value] = {}

    def within(now: Value, depth: int) -> Value:
        if not specs or depth > yaml.DEPTH_LIMIT or isinstance(now, Text):
            return now
        if id(now) not in done:
            done[id(now)] = changed(now, depth)
        return done[id(now)]

    def changed(now: Table | Items, depth: int) -> Value:
        if isinstance(now, Items):
            return Items(now.place, [within(inner, depth + 1) for inner in now.items], now.tag)
        made = now.copy()
        for key, inner in now.items.items():
            if id(now) in specs and key in _CONTAINERS and isinstance(inner, Items):
                made.items[key] = Items(inner.place, [_renamed(one, images) for one in inner.items], inner.tag)
            elif id(now) not in specs:
                made.items[key] = within(inner, depth + 1)
        return made

    made = within(item.table, 0)
    return replace(item, table=made) if isinstance(made, Table) else item


def _renamed(container: Value, images: dict[str, Table]) -> Value:
    image = text(container.items.get("image")) if isinstance(container, Table) else None
    if not isinstance(container, Table) or image is None:
        return container
    name, at, digest = image.value.partition("@")
    head, slash, last = name.rpartition("/")
    base, colon, tag = last.partition(":")
    given = images.get(head + slash + base)
    if given is None:
        return container
    new = {key: value.value for key in ("newName", "newTag", "digest") if (value := text(given.items.get(key)))}
    end = colon + tag + at + digest
    if "digest" in new:
        end = f"@{new['digest']}"
    elif "newTag" in new:
        end = f":{new['newTag']}"
    made = container.copy()
    made.items["image"] = Text(new.get("newName", head + slash + base) + end, image.place)
    return made
