"""Regular expressions that are compiled when they are first asked.

The plugin has some three hundred, of which one file needs a few; compiling all was a quarter of what it adds to the
start of flake8, which an editor pays for each change of a buffer.
"""

from __future__ import annotations

import re
from typing import Any, AnyStr, cast

__all__ = ["lazy"]


class _Uncompiled:
    """Becomes what `re.compile` gives as soon as anything is asked of it."""

    def __init__(self, text: Any, flags: int) -> None:
        self._given = (text, flags)

    def __getattr__(self, name: str) -> Any:
        compiled = re.compile(*self._given)
        for method in ("findall", "finditer", "fullmatch", "match", "search", "split", "sub"):
            setattr(self, method, getattr(compiled, method))
        self.pattern, self.flags = compiled.pattern, compiled.flags
        return getattr(compiled, name)


def lazy(text: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Return a compiled pattern, to all purposes here; raises re.error on first use if it is not one."""
    return cast("re.Pattern[AnyStr]", _Uncompiled(text, flags))
