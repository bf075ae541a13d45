"""What the texts of a project's Python files say: each is asked once, and after a change only what has changed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import TYPE_CHECKING, Any, Final

from flake8_planalign.cache import digest_of

if TYPE_CHECKING:
    from flake8_planalign.project import Project

__all__ = ["Answers"]

#: The answers by the state of the project; the state that a name's newest ones were given in; the files of such states.
_NAMESPACE: Final = "answers"
_LATEST: Final = "latest answers"
_CONTENTS: Final = "contents"
#: Gives a JSON value for the path and text of a file.
Find = Callable[[str, str], Any]
#: Gives the texts of files, with their paths.
Read = Callable[[Collection[str]], Iterator[tuple[str, str]]]


class Answers:
    """The answers of one project's files as they stand on disk, whatever an editor has made of them."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._states: dict[str, dict[str, str]] = {}
        self._is_kept = False

    @classmethod
    def of(cls, project: Project) -> Answers:
        """Return the answers of a project, which are the same for all who ask."""
        return project.remembered("answers", lambda: cls(project))

    def to(
        self, name: str, find: Find, paths: Collection[str], given: str = "", read: Read | None = None
    ) -> dict[str, Any] | None:
        """Return what `find` gives, a JSON value, for the path and text of each file; None is left out.

        `find` looks at nothing but the path and the text; `given` is what its answers depend on besides. A name stands
        for one `find` and one choice of paths, all of them Python files of the project. `read` gives the texts of files
        that are not known. None without a cache.
        """
        cache, state = self._project.cache, self._project.disk_state
        if state is None:
            return None
        key = f"{name} {given}"
        known = cache.get(_NAMESPACE, digest_of(state, key))
        if not isinstance(known, dict):
            known = self._renewed(key, find, paths, read or self._read)
            cache.put(_NAMESPACE, digest_of(state, key), known)
            cache.put(_LATEST, digest_of(str(self._project.root), key), state)
            self._keep(state)
        return known

    def _renewed(self, key: str, find: Find, paths: Collection[str], read: Read) -> dict[str, Any]:
        """Return the answers, those of the newest state before for files that are what they were then."""
        cache, contents = self._project.cache, self._project.contents
        earlier = cache.get(_LATEST, digest_of(str(self._project.root), key))
        before = cache.get(_NAMESPACE, digest_of(earlier, key)) if isinstance(earlier, str) else None
        known: dict[str, Any] = before if isinstance(before, dict) else {}
        seen = self._seen(earlier) if isinstance(earlier, str) and isinstance(before, dict) else {}
        changed = [path for path in paths if not contents[path] or seen.get(path) != contents[path]]
        anew = {path: find(path, text) for path, text in read(changed)}
        asked = frozenset(changed)
        answers = ((path, (anew if path in asked else known).get(path)) for path in paths)
        return {path: answer for path, answer in answers if answer is not None}

    def _read(self, paths: Collection[str]) -> Iterator[tuple[str, str]]:
        for path in paths:
            text = self._project.on_disk(path)
            if text is not None:
                yield path, text

    def _seen(self, state: str) -> dict[str, str]:
        """Return the hashes of the files in an earlier state of the project."""
        if state not in self._states:
            known = self._project.cache.get(_CONTENTS, state)
            self._states[state] = known if isinstance(known, dict) else {}
        return self._states[state]

    def _keep(self, state: str) -> None:
        if not self._is_kept:
            self._project.cache.put(_CONTENTS, state, self._project.contents)
            self._is_kept = True
