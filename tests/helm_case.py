"""What Helm makes of templates, and how what is read of them without it is compared."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from flake8_planalign.formats import helm
from flake8_planalign.formats.located import Items, Table, Value
from flake8_planalign.kinds import FileKind
from flake8_planalign.project import Project
from flake8_planalign.source import Source

#: What stands for a value that is not known.
UNKNOWN: Final = "<?>"
_NOTHING: Final = ("", "~", "null", "{}", "[]", None)
CHART: Final = 'apiVersion: v2\nname: c\nversion: 1.2.3\nappVersion: "17.4"\n'


def files_of(template: str, values: str, helpers: str = "") -> dict[str, str]:
    """Return the files of a chart with one template, and named ones beside it."""
    named = {"c/templates/_helpers.tpl": helpers} if helpers else {}
    return {"c/Chart.yaml": CHART, "c/values.yaml": values, "c/templates/a.yaml": template, **named}


def read(folder: Path, template: str) -> tuple[dict[str, Any], bool]:
    """Return the fields that a template has without Helm, and whether something in it cannot be read."""
    source = Source.of_text(str(folder / "c/templates/a.yaml"), template, FileKind.HELM_TEMPLATE)
    project = Project(folder)
    rendered = helm.render(source, helm.chart_of(source, project.companion, project.files("*.tpl")))
    assert rendered.readable
    found: dict[str, Any] = {}
    for document in rendered.documents:
        found |= plain(document) if isinstance(document, Table) else {}
    return found, bool(rendered.opaque)


def plain(value: Value) -> Any:
    """Return a located value as plain data."""
    if isinstance(value, Table):
        return {key: plain(item) for key, item in value.items.items()}
    if isinstance(value, Items):
        return [plain(item) for item in value.items]
    return UNKNOWN if value.unknown else None if value.null else value.value


def _nothing_known(value: Any) -> bool:
    if isinstance(value, dict | list):
        inner = list(value.values()) if isinstance(value, dict) else value
        return bool(inner) and all(map(_nothing_known, inner))
    return bool(value == UNKNOWN)


def agrees(mine: Any, real: Any, *, opaque: bool) -> bool:
    """Tell whether all that is said to be known is as Helm has it; what may be missing is told by `opaque`."""
    if _nothing_known(mine):
        return True
    if isinstance(mine, dict) and isinstance(real, dict):
        known = {key: value for key, value in mine.items() if not _nothing_known(value)}
        same = all(key in real and agrees(value, real[key], opaque=opaque) for key, value in known.items())
        return same and (opaque or real.keys() <= mine.keys())
    if isinstance(mine, list) and isinstance(real, list):
        if len(mine) == len(real):
            return all(agrees(one, other, opaque=opaque) for one, other in zip(mine, real, strict=True))
        known_items = [item for item in mine if not _nothing_known(item)]
        return opaque and all(any(agrees(item, other, opaque=True) for other in real) for item in known_items)
    if mine is None or mine in ({}, []):
        return opaque or real in ({}, [], *_NOTHING)
    return bool(mine == real) or (mine in _NOTHING and real in _NOTHING)
