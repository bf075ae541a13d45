"""What a project has of each scenario: trainings, model loads and tests, found once and told for each file."""

from __future__ import annotations

import ast
import fnmatch
import os
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

import msgspec

from flake8_planalign import config as configuration
from flake8_planalign.kinds import is_test
from flake8_planalign.parsing import parsed
from flake8_planalign.patterns import lazy
from flake8_planalign.rule import Position
from flake8_planalign.scenario import gate, k6, model, proofs, reach, serving

if TYPE_CHECKING:
    from flake8_planalign.project import Project
    from flake8_planalign.source import Source

__all__ = ["places", "planned", "scenarios", "script"]

#: Files that are run by hand or shown, and are no part of the platform.
_ASIDE: Final = lazy(
    r"(?:^|[/_-])(?:docs?|examples?|samples?|demos?|notebooks?|tutorials?|benchmarks?|scripts?|experiments?)/",
    re.IGNORECASE,
)
_ENGINE: Final = lazy(r"^\s*(?:import|from)\s+(?:h2o|mage_ai|daimojo|h2o_pysparkling\w*)\b", re.MULTILINE)
_PROOF: Final = lazy(r"drift|swap|reload|zero_?downtime|\blocust\b|retrain", re.IGNORECASE)
#: A way to another model that no load shows: what is loaded is handed to something that keeps it.
_REPLACES: Final = lazy(
    r"\bdef (?:hot_?)?(?:switch|swap|reload|refresh|promote|activate)_?\w*"
    r"(?:model|champion|classifier|predictor|scorer)"
    r"|\.(?:hot_?)?swap\(\w*(?:bundle|model)",
    re.IGNORECASE,
)
_SERVES: Final = lazy(r"mojo|model|champion|scorer|predictor", re.IGNORECASE)


class Survey(msgspec.Struct, frozen=True):
    """What the whole project has; places are (path from its root, 1-based line)."""

    active: bool
    trainings: tuple[tuple[str, int], ...]
    drift_tests: tuple[tuple[str, int], ...]
    best_drift_test: tuple[str, str]
    asserts_trigger: bool
    asserts_export: bool
    swap_tests: tuple[tuple[str, int], ...]
    minds_failures: bool
    loads: tuple[tuple[str, serving.Load], ...]
    serves: bool

    @property
    def training(self) -> str:
        """Return the first file that trains, empty if none does."""
        return min((path for path, _ in self.trainings), default="")

    @property
    def reloads(self) -> bool:
        """Tell whether any code of the project loads a model again."""
        return any(load.when != "start" for _, load in self.loads)


def places(project: Project) -> dict[str, tuple[tuple[str, int], ...]]:
    """Return what a project has of the scenarios, by name, as (absolute path, 1-based line); empty if it has none."""
    survey = project.remembered("scenarios", lambda: _survey(project))
    if not survey.active:
        return {}
    loads = [item for item in survey.loads if survey.serves and not _in_pipeline(item[0], project)]
    found = {
        "trainings": survey.trainings,
        "drift tests": survey.drift_tests,
        "swap tests": survey.swap_tests,
        "model loads": [
            (path, load.node.lineno) for path, load in loads if load.when == "start" and _is_served(path, load, project)
        ],
        "model swaps": [(path, load.node.lineno) for path, load in loads if load.when == "again"],
    }
    return {
        name: tuple((os.path.join(project.root, path), line) for path, line in those) for name, those in found.items()
    }


def scenarios(source: Source, project: Project) -> Iterator[object]:
    """Yield what a Python file has to do with the scenarios, as the whole project stands."""
    relative = project.relative(source.absolute)
    tree = source.tree or parsed(source.text)
    if tree is None or _ASIDE.search(relative):
        return
    is_locust = "locust" in source.text and any(proofs.locust_users(tree))
    if not (_is_proof(relative, project) or is_locust) and not (
        (gate.may_train(source.text) and any(serving.trainings(tree)))
        or (gate.may_load(source.text) and any(serving.loads(tree)))
    ):
        return
    survey = project.remembered("scenarios", lambda: _survey(project))
    if not survey.active:
        return
    if is_locust:
        yield from _locust(source, tree, planned=model.SWAP in _stories(relative, project))
    elif _is_proof(relative, project):
        yield from _proofs(source, tree, relative, project, survey)
    else:
        yield from _platform(source, tree, relative, survey, project)


def _platform(
    source: Source, tree: ast.Module, relative: str, survey: Survey, project: Project
) -> Iterator[model.Training | model.ModelSwap | model.ModelLoad]:
    planned_stories = {scenario.story for scenario in project.config.scenarios.values()}
    if survey.training == relative and model.DRIFT not in planned_stories:
        for node, name in sorted(serving.trainings(tree), key=lambda item: source.position(item[0]))[:1]:
            yield model.Training(_end_of(source, node), name, len(survey.drift_tests))
    if not survey.serves or _in_pipeline(relative, project):
        return
    told: set[tuple[str, str]] = set()
    swapped: set[str] = set()
    for load in sorted(serving.loads(tree), key=lambda load: source.position(load.node)):
        place_in_memory = (load.target, load.function.name if load.function else "")
        if place_in_memory in told:
            continue
        told.add(place_in_memory)
        if load.when == "again" and load.function is not None and model.SWAP not in planned_stories:
            if load.function.name in swapped:
                continue
            swapped.add(load.function.name)
            place = _name_of(source, load.function)
            yield model.ModelSwap(place, load.function.name, load.target, len(survey.swap_tests))
        elif load.when == "start" and _is_served(relative, load, project):
            when = f"in `{load.function.name}`" if load.function else "when the module is imported"
            known = survey.reloads or _is_cleared(load, project) or serving.is_replaced(tree, load)
            reloadable = known or project.remembered("model is replaced", lambda: _is_replaced(project))
            yield model.ModelLoad(_end_of(source, load.node.func), load.call, when, reloadable)


def _is_replaced(project: Project) -> bool:
    """Tell whether the service has a way to another model that no load shows."""
    texts, service = _service(project)
    return any(_REPLACES.search(texts[path]) for path in service)


def _service(project: Project) -> tuple[dict[str, str], frozenset[str]]:
    """Return the texts of the project's modules by their path, and the paths of those that make up the service."""
    texts = project.remembered("scenario modules", lambda: dict(_modules(project)))
    return texts, project.remembered("served modules", lambda: reach.served(texts, serving.APPLICATION))


def _is_served(relative: str, load: serving.Load, project: Project) -> bool:
    """Tell whether a load belongs to the service: its module does, and something there makes its class."""
    texts, service = _service(project)
    if relative not in service:
        return False
    return not load.owner or reach.keeps([texts[path] for path in service], load.owner)


def _is_cleared(load: serving.Load, project: Project) -> bool:
    """Tell whether the memo that keeps a model is emptied somewhere."""
    texts = project.remembered("scenario modules", lambda: dict(_modules(project)))
    cleared = f"{load.function.name}.cache_clear" if load.function else ""
    return bool(cleared) and any(cleared in text for text in texts.values())


def _modules(project: Project) -> Iterator[tuple[str, str]]:
    """Yield the path and text of each module that is neither a test nor shown or run by hand."""
    for path in project.files("*.py"):
        relative = project.relative(path)
        if not is_test(relative) and not _ASIDE.search(relative) and (text := project.read(path)) is not None:
            yield relative, text


def _in_pipeline(relative: str, project: Project) -> bool:
    return any(
        relative == layer or relative.startswith(f"{layer}/") or fnmatch.fnmatch(relative, layer)
        for layer in project.config.layers.pipeline
    )


def _proofs(
    source: Source, tree: ast.Module, relative: str, project: Project, survey: Survey
) -> Iterator[model.DriftTest | model.SwapTest]:
    stem = os.path.splitext(os.path.basename(relative))[0]
    for proof in proofs.tests_in(tree, stem, _stories(relative, project)):
        place = _name_of(source, proof.node)
        if proof.drifts and proof.shows_drift and survey.best_drift_test == (relative, proof.name):
            yield model.DriftTest(place, proof.name, survey.asserts_trigger, survey.asserts_export)
        if proof.swaps_under_load:
            minded = proof.minds_failures or survey.minds_failures
            yield model.SwapTest(place, proof.name, minded, "it asserts nothing about failures or 5xx")


def _locust(source: Source, tree: ast.Module, *, planned: bool) -> Iterator[model.SwapTest]:
    for node, how, swaps in proofs.locust_users(tree):
        if swaps or planned:
            yield model.SwapTest(_name_of(source, node), node.name, not how, how)


def script(source: Source, project: Project) -> Iterator[model.SwapTest]:
    """Yield the k6 script that swaps the model under load, and whether k6 then fails on failed requests."""
    relative = project.relative(source.absolute)
    if not (k6.swaps_under_load(source.text) or model.SWAP in _stories(relative, project)):
        return
    if project.remembered("scenarios", lambda: _survey(project)).active:
        start, end = k6.place_of_load(source.text)
        how = k6.how_it_passes(source.text)
        yield model.SwapTest(source.position_at(start, end), os.path.basename(relative), not how, how)


def planned(source: Source, project: Project) -> Iterator[model.Planned]:
    """Yield the scenarios of the plan whose tests are named there."""
    plan = configuration.read_config(source.text, project.root, source.path)
    for name, scenario in plan.config.scenarios.items():
        if scenario.story:
            line, column, end = configuration.place_of_key(source.text, (*plan.outer, "scenarios", name))
            yield model.Planned(
                Position(line, column, line, end),
                name,
                scenario.story,
                _tests_of(scenario.tests, scenario.story, project),
            )


def _tests_of(patterns: tuple[str, ...], story: str, project: Project) -> int:
    count = 0
    for path in project.files("*.py"):
        relative = project.relative(path)
        if _matches(relative, patterns):
            tree = parsed(project.read(path) or "")
            stem = os.path.splitext(os.path.basename(path))[0]
            if tree is not None:
                count += sum(1 for _ in proofs.tests_in(tree, stem, frozenset({story})))
                count += sum(1 for _ in proofs.locust_users(tree))
    scripts = (*project.files("*.js"), *project.files("*.ts"))
    return count + sum(_matches(project.relative(path), patterns) for path in scripts)


def _matches(relative: str, patterns: tuple[str, ...]) -> bool:
    files = [pattern.partition("::")[0] for pattern in patterns]
    return any(fnmatch.fnmatch(relative, pattern) or relative.startswith(f"{pattern}/") for pattern in files)


def _stories(relative: str, project: Project) -> frozenset[str]:
    """Return the stories that the plan says a file's tests prove."""
    planned_scenarios = project.config.scenarios.values()
    return frozenset(scenario.story for scenario in planned_scenarios if _matches(relative, scenario.tests))


def _is_proof(relative: str, project: Project) -> bool:
    return is_test(relative) or bool(_stories(relative, project))


def _survey(project: Project) -> Survey:
    active, serves = bool(project.config.scenarios), False
    tests: list[tuple[str, proofs.Proof]] = []
    trainings: list[tuple[str, int]] = []
    loads: list[tuple[str, serving.Load]] = []
    swap_tests = [
        (project.relative(path), 1)
        for path in (*project.files("*.js"), *project.files("*.ts"))
        if k6.swaps_under_load(project.read(path) or "")
    ]
    for path in project.files("*.py"):
        relative, text = project.relative(path), project.read(path)
        if text is None or _ASIDE.search(relative):
            continue
        active = active or _ENGINE.search(text) is not None
        serves = serves or (serving.APPLICATION.search(text) is not None and not is_test(relative))
        if _is_proof(relative, project) or "locust" in text:
            if (_PROOF.search(text) or _PROOF.search(relative)) and (tree := parsed(text)):
                stem = os.path.splitext(os.path.basename(relative))[0]
                tests += ((relative, proof) for proof in proofs.tests_in(tree, stem, _stories(relative, project)))
                swap_tests += ((relative, user.lineno) for user, _, swaps in proofs.locust_users(tree) if swaps)
            continue
        trains, serves_model = gate.may_train(text), _SERVES.search(text) and gate.may_load(text)
        if (trains or serves_model) and (tree := parsed(text)):
            if trains:
                trainings += ((relative, getattr(node, "lineno", 1)) for node, _ in serving.trainings(tree))
            if serves_model:
                loads += ((relative, load) for load in serving.loads(tree))
    return _summed_up(tests, swap_tests, active=active, serves=serves, trainings=trainings, loads=loads)


def _summed_up(
    tests: Sequence[tuple[str, proofs.Proof]],
    swap_tests: Sequence[tuple[str, int]],
    *,
    active: bool,
    serves: bool,
    trainings: Sequence[tuple[str, int]],
    loads: Sequence[tuple[str, serving.Load]],
) -> Survey:
    """Return the survey of a project whose files have been read; the best drift test is the one that goes furthest."""
    drifting = [(path, proof) for path, proof in tests if proof.drifts]
    best = min(((-proof.rank, path, proof.name) for path, proof in drifting), default=(0, "", ""))
    return Survey(
        active,
        tuple(trainings),
        tuple((path, proof.line) for path, proof in drifting),
        best[1:],
        any(proof.asserts_trigger for _, proof in drifting),
        any(proof.asserts_export for _, proof in drifting),
        (*swap_tests, *((path, proof.line) for path, proof in tests if proof.swaps_under_load)),
        any(proof.swaps_under_load and proof.minds_failures for _, proof in tests),
        tuple(loads),
        serves,
    )


def _name_of(source: Source, node: ast.AST) -> Position:
    """Return the place of a function's or class's name."""
    line = getattr(node, "lineno", 1)
    name = getattr(node, "name", "")
    text = source.lines[line - 1] if 0 < line <= len(source.lines) else ""
    found = re.search(rf"\b(?:def|class)\s+({re.escape(name)})\b", text)
    return Position(line, found.start(1), line, found.end(1)) if found else source.position(node)


def _end_of(source: Source, node: ast.AST) -> Position:
    """Return the place of the last name of a dotted chain, or of a function's name."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return _name_of(source, node)
    place = source.position(node)
    if isinstance(node, ast.Attribute) and place.end_column >= len(node.attr):
        return Position(place.end_line, place.end_column - len(node.attr), place.end_line, place.end_column)
    return place
