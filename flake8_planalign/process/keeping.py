"""What an object does once: behind a test whether the attribute is there that the work fills."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flake8_planalign.process.starting import is_called
from flake8_planalign.python.facts import KEPT
from flake8_planalign.python.modules import Module

__all__ = ["fills", "is_filled_by"]


def fills(module: Module, function: int, guards: Iterable[int]) -> bool:
    """Tell whether a method does something only where an attribute is missing that it sets itself.

    `if self.client is not None: return`, and `self.client = await connect()` behind it.
    """
    body = module.body(function)
    return all(_sets(module, function, _missing(body["g"][guard])) if guard else False for guard in guards)


def is_filled_by(module: Module, function: int, other: Module, caller: int) -> bool:
    """Tell whether a method calls another one only where an attribute is missing that the other one sets.

    `if self.client is None: await self.connect()`, and `connect` sets `self.client`. A plain function that calls it
    where it fills a name of the module does so once.
    """
    body, name = other.body(caller), module.functions[function]["n"]
    called = [call for call in body.get("c", ()) if is_called(other, caller, call[0], name)]
    is_plain = other.functions[caller].get("c") is None
    return bool(called) and all(
        (is_plain and call[7] & KEPT) or (call[8] and _sets(module, function, _missing(body["g"][call[8]])))
        for call in called
    )


def _missing(conditions: list[list[Any]]) -> set[str]:
    """Return the attributes of the method's object that are missing where conditions hold."""
    found: set[str] = set()
    for condition in conditions:
        match condition:
            case [0, "@", [str(attribute), "=", None], True] | [0, "@", [str(attribute), "t", None], False]:
                found.add(attribute)
    return found


def _sets(module: Module, function: int, attributes: set[str]) -> bool:
    """Tell whether a method gives one of these attributes a value that it makes, and not a flag or nothing."""
    owner = module.functions[function].get("c")
    if owner is None:
        return False
    definitions = module.body(function).get("d", ())
    for attribute in attributes:
        stored = [
            definitions[int(value)] for by, value in module.classes[owner]["s"].get(attribute, ()) if by == function
        ]
        if stored and not any(type(value) is list and value[0] == "k" for value in stored):
            return True
    return False
