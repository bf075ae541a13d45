"""Our judgement of 7,000 mutants of real MOJOs against that of the real h2o-genmodel 3.46.0.11.

The verdicts were recorded by `genmodel/record.py` (`tox -e genmodel` records them anew): the reader rejected the model,
or could not score 120 rows with it, or had other columns, levels, counts or answers than the original, or the same.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from pathlib import Path

import pytest

from flake8_planalign.development import artifacts, composites, mojo
from flake8_planalign.development.model import Effect, InvalidMojo, UnsafeArchive
from flake8_planalign.kinds import FileKind
from flake8_planalign.source import Source

sys.path.insert(0, str(Path(__file__).parent / "genmodel"))
from mutants import Mutant, mutants

DATA = Path(__file__).parents[1] / "data" / "mojo"

#: Bad mutants that no static check can see, with the reason.
UNSEEN = {
    r"container: (?:cut at 1 %|cut at 10 %|empty|no archive)": "nothing of a MOJO is left in the file",
    r"with U\+0085 in it": "a level has another name, and a level may have that name",
    r"_orig_domain_values_4: cut in half": "a level has another name, and a level may have that name",
    r"(?:seed|sample_size|m(?:ax|in)_path_length) (?:one more|one less|negative|beyond 32 bits)": "another valid value",
    r"(?:word2vec|glrm): model.ini: (?:removed|emptied)": "what is left has no name that other archives do not have",
    r"word2vec: model.ini: n_features one less": "words have no features, and old models say 0",
    r"balance_classes flipped": "another valid value where both distributions are given",
    r"gbm_(?:eigen|onehot): model.ini: n_features one less": "the column left out may hold weights",
}
#: Mutants that load and score the same and are told all the same, with the reason why they must be.
TOLD = {
    r"n_trees one more": "PAL316 is to compare counts, and a model whose last trees are lost looks just like that",
}


def _judged(mutant: Mutant) -> str:
    """Return "silent", "container" for what only concerns the container, or "flagged"."""
    source = Source.of_bytes("model.zip", mutant.data, FileKind.ARCHIVE)
    findings = list(artifacts.read(source))
    if any(isinstance(found, InvalidMojo) and found.fault.effect is not Effect.UNNOTICED for found in findings):
        return "flagged"
    return "container" if any(isinstance(found, InvalidMojo | UnsafeArchive) for found in findings) else "silent"


def _matches(name: str, patterns: dict[str, str]) -> bool:
    return any(re.search(pattern, name) for pattern in patterns)


@pytest.fixture(scope="module")
def verdicts() -> dict[str, str]:
    recorded = json.loads((DATA / "verdicts.json").read_text(encoding="utf-8"))["verdicts"]
    return {
        f"{base}: {name}": verdict
        for base, kinds in recorded.items()
        for verdict, names in kinds.items()
        for name in names
    }


@pytest.fixture(scope="module")
def judged() -> dict[str, str]:
    return {mutant.name: _judged(mutant) for mutant in mutants(DATA)}


def test_every_mutant_has_a_verdict(verdicts: dict[str, str], judged: dict[str, str]) -> None:
    assert len(judged) > 5000
    assert set(judged) == set(verdicts)


def test_what_the_reader_rejects_or_scores_differently_is_told(
    verdicts: dict[str, str], judged: dict[str, str]
) -> None:
    bad = [name for name, verdict in verdicts.items() if verdict != "same"]
    unseen = [name for name in bad if judged[name] == "silent"]
    assert [name for name in unseen if not _matches(name, UNSEEN)] == []
    assert len(unseen) / len(bad) < 0.05
    assert Counter(verdicts.values())["unscorable"] > 300


def test_what_scores_the_same_is_silent_or_about_the_container(
    verdicts: dict[str, str], judged: dict[str, str]
) -> None:
    told = [name for name, verdict in verdicts.items() if verdict == "same" and judged[name] == "flagged"]
    assert [name for name in told if not _matches(name, TOLD)] == []
    assert len(told) / Counter(verdicts.values())["same"] < 0.005


def test_every_reason_is_needed(verdicts: dict[str, str], judged: dict[str, str]) -> None:
    unseen = [name for name, verdict in verdicts.items() if verdict != "same" and judged[name] == "silent"]
    told = [name for name, verdict in verdicts.items() if verdict == "same" and judged[name] == "flagged"]
    for patterns, names in ((UNSEEN, unseen), (TOLD, told)):
        for pattern in patterns:
            assert any(re.search(pattern, name) for name in names), pattern


@pytest.mark.parametrize("base", ["rulefit", "te"])
def test_what_is_written_plainly_is_judged_like_everything_else(base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines and rules that are as the writer writes them are read all at once."""
    some = [mutant for mutant in mutants(DATA) if mutant.base == base][::3]
    sources = [Source.of_bytes("model.zip", mutant.data, FileKind.ARCHIVE) for mutant in some]
    at_once = [list(artifacts.read(source)) for source in sources]
    monkeypatch.setattr(mojo, "_read_plain_info", lambda _lines, _info: 0)
    monkeypatch.setattr(composites, "_are_plain", lambda _reading, _depth, _trees: False)
    one_by_one = [list(artifacts.read(source)) for source in sources]
    assert len(some) > 50
    assert at_once == one_by_one
