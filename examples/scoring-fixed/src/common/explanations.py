"""Why a score is what it is: work for the processor, in pure Python."""

from __future__ import annotations

import sympy


def sensitivity(weights: list[float]) -> str:
    """Return the gradient of the score's formula, simplified; SymPy holds the interpreter lock all the while."""
    symbols = sympy.symbols(f"x0:{len(weights)}")
    odds = sympy.exp(sum(weight * symbol for weight, symbol in zip(weights, symbols, strict=True)))
    return str([sympy.simplify(sympy.diff(odds / (1 + odds), symbol)) for symbol in symbols])


def nearest_pair(vectors: list[list[float]]) -> tuple[int, int]:
    """Return the indexes of the two vectors that are most alike: a loop in a loop, in pure Python."""
    best = (float("inf"), 0, 0)
    for first in range(len(vectors)):
        for second in range(first + 1, len(vectors)):
            distance = 0.0
            for one, other in zip(vectors[first], vectors[second], strict=True):
                distance += (one - other) ** 2
            if distance < best[0]:
                best = (distance, first, second)
    return best[1], best[2]
