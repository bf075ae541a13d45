"""What the texts of a project's files tell before they are parsed: who stores and who calls something by its name."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from flake8_planalign.project import Project
from flake8_planalign.answers import Answers
from flake8_planalign.patterns import lazy

__all__ = ["Texts"]

_STATE_STORE: Final = lazy(r"\.state\.([A-Za-z_]\w*)\s*(?::[^=\n]{1,200})?=(?!=)")


class Texts:
    """Questions to the texts of all Python files of a project; every answer is remembered."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._called_on: dict[tuple[str, str], bool] = {}

    @functools.cached_property
    def state_files(self) -> dict[str, list[str]]:
        """The files that store each name in some `.state` (Starlette's state of an application or request)."""
        project = self._project
        told = Answers.of(project).to("names in a state", _stored, project.files())
        if told is None:
            told = {path: _stored(path, project.read(path) or "") for path in project.files()}
        for source in project.overlays:
            if project.owns(source.absolute):
                told[source.absolute] = _stored(source.absolute, project.read(source.absolute) or "")
        files: dict[str, list[str]] = {}
        for path, names in sorted(told.items()):
            for name in names or ():
                files.setdefault(name, []).append(path)
        return files

    def is_called_on(self, name: str, method: str) -> bool:
        """Tell whether a file may call a method on what a name (`cache`) or attribute (`.cache`) means."""
        key = (name, method)
        answer = self._called_on.get(key)
        if answer is None:
            call = f".{method}("
            texts = (self._project.read(path) or "" for path in self._project.files())
            answer = any(call in text and name in text and _may_call(text, name, method) for text in texts)
            self._called_on[key] = answer
        return answer


def _stored(_path: str, text: str) -> list[str] | None:
    """Return the names that a text stores in some `.state`, None for none."""
    return sorted(set(_STATE_STORE.findall(text))) or None if ".state." in text else None


def _may_call(text: str, name: str, method: str) -> bool:
    """Tell whether a text calls a method on a name, or does more with the name than to bind, import and read it."""
    before = "" if name[0] == "." else r"(?<![\w.])"
    mention = re.compile(rf"{before}{re.escape(name)}\b(?:\s*\.\s*(\w+)|(\s*(?::[^=]+)?=(?!=)))?")
    for line in text.splitlines():
        if name not in line or line.lstrip().startswith(("from ", "import ")):
            continue
        for read, binds in mention.findall(line):
            if read == method or not (read or binds):
                return True
    return False
