"""Which bullets a Python file that could not be read may bear upon, by the words in its text."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Final

from flake8_planalign import registry

__all__ = ["may_bear"]

#: What blocks, by the code that tells of it; a file without a library that does so has no part in it.
_KINDS: Final[Mapping[str, frozenset[str]]] = {
    "PAL111": frozenset({"sleep"}),
    "PAL112": frozenset({"network"}),
    "PAL113": frozenset({"process"}),
    "PAL114": frozenset({"file"}),
    "PAL115": frozenset({"inference"}),
    "PAL116": frozenset({"cpu"}),
    "PAL117": frozenset({"wait"}),
    "PAL119": frozenset({"cpu", "inference"}),
    "PAL121": frozenset({"database", "redis"}),
    "PAL122": frozenset({"database"}),
    "PAL131": frozenset({"redis"}),
    "PAL147": frozenset({"network", "database"}),
}
_CLIENTS: Final = (
    r"create_pool|create_(?:async_)?engine|from_url|connect\(|Client|Session\(|Pool|Redis|Valkey|Connector"
)
_KEEPS: Final = r"(?i:redis|valkey|cache|store)"
_ROUTES: Final = r"^[ \t]*@[\w.]+\(|\badd_\w+\(|Route\(|include_router|\bpath\("
_JSON: Final = r"(?i:json|->|@>|index)"
_FEATURES: Final = r"(?i:feature|update|delete|insert|create_table)"
_TABLES: Final = r"(?i:create.?table|alter.?table|\btable\(|__tablename__|\bop\.|model)"
_MAGE: Final = r"\bmage_ai\b"
_MODELS: Final = r"(?i:h2o|mojo|pojo)"
#: Words without which nothing in a file breaks a bullet; of the codes that are not here any file may.
_WORDS: Final[Mapping[str, str]] = {
    "PAL110": r"\b(?:submit|map|apply\w*|starmap\w*|run_in_executor|run_sync|Process|initializer)\b",
    "PAL118": r"\b(?:run_(?:in_\w+|sync)|to_(?:thread|process)|submit|Thread|add_task|sync_to_async)\b",
    **dict.fromkeys(("PAL123", "PAL124", "PAL125", "PAL126", "PAL144"), _CLIENTS),
    **dict.fromkeys(("PAL132", "PAL133", "PAL134", "PAL135", "PAL136", "PAL141"), _KEEPS),
    **dict.fromkeys(("PAL142", "PAL146"), r"evalsha|register_script|redis\.p?call|script_load"),
    "PAL143": r"\bexcept\b|(?i:retr)",
    **dict.fromkeys(("PAL145", "PAL151", "PAL152", "PAL153"), r"\bexcept\b"),
    **dict.fromkeys(("PAL154", "PAL155", "PAL158"), _ROUTES),
    "PAL156": r"(?i:json)",
    "PAL157": r"\bprint\(",
    "PAL161": r"\.(?:fit|train)\(",
    **dict.fromkeys(("PAL171", "PAL172"), r"add_task|BackgroundTask|\.delay\(|apply_async|enqueue"),
    **dict.fromkeys(("PAL211", "PAL212", "PAL213", "PAL214", "PAL215", "PAL216", "PAL217"), _JSON),
    **dict.fromkeys(("PAL221", "PAL222", "PAL223", "PAL224"), _FEATURES),
    **dict.fromkeys(("PAL231", "PAL232", "PAL233"), _MAGE),
    **dict.fromkeys(("PAL241", "PAL242"), _TABLES),
    "PAL251": r"total|count|pages",
    **dict.fromkeys(
        ("PAL310", "PAL311", "PAL312", "PAL313", "PAL314", "PAL319", "PAL321", "PAL322", "PAL323"), _MODELS
    ),
}


def may_bear(code: str, text: str) -> bool:
    """Tell whether anything in a Python file with this text may break the bullet of a code.

    What a file may hand on from one module of the project to another is not looked for.
    """
    kinds = _KINDS.get(code)
    if kinds is not None:
        return _imported(kinds).search(text) is not None
    words = _WORDS.get(code)
    return words is None or re.search(words, text, re.MULTILINE) is not None


@functools.cache
def _imported(kinds: frozenset[str]) -> re.Pattern[str]:
    """Return the pattern of an import of a library that does something of these kinds, or of a builtin that does."""
    roots: set[str] = set()
    builtins: set[str] = set()
    for root in registry.libraries():
        for name, entry in registry.bundled(root).items():
            if entry.kind in kinds:
                (builtins if root == "builtins" else roots).add(name.rpartition(".")[2] if root == "builtins" else root)
    called = rf"|\b(?:{'|'.join(map(re.escape, sorted(builtins)))})\(" if builtins else ""
    either = "|".join(map(re.escape, sorted(roots)))
    return re.compile(rf"^[ \t]*(?:from|import)[ \t](?:[^\n#]*[ \t,])?(?:{either})\b{called}", re.MULTILINE)
