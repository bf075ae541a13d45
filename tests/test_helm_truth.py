"""Templates are read as Helm renders them: what is known is what `helm template` 4.1.4 yields, which is recorded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import Tree
from helm_case import agrees, files_of, read

CASES = json.loads((Path(__file__).parent / "data/helm/cases.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES["cases"], ids=lambda case: case["template"][:60])
def test_what_is_known_is_what_helm_yields(tree: Tree, case: dict[str, Any]) -> None:
    folder = tree(files_of(case["template"], CASES["values"]))
    found, opaque = read(folder, case["template"])
    assert agrees(found, case["yields"], opaque=opaque), (found, case["yields"])
    # Nothing is lost of what can be told, either.
    assert not case["whole"] or (found == case["yields"] and not opaque)
