"""Which trainings never become a MOJO: what a script, a command or a pipeline runs, and what of that exports."""

from __future__ import annotations

import pytest
from conftest import Flake8, Tree

FIT = """from h2o.estimators import H2OGradientBoostingEstimator

def fit(frame):
    model = H2OGradientBoostingEstimator()
    model.train(y="churn", training_frame=frame)
    return model
"""
PUBLISH = """class Publisher:
    def __init__(self, folder):
        self.folder = folder

    def publish(self, model):
        model.download_mojo(path=self.folder)

def publish(model):
    Publisher("models").publish(model)

def report(model):
    print(model)
"""
MAIN = "if __name__ == '__main__':\n    main()\n"


def project(tree: Tree, files: dict[str, str]) -> str:
    return str(tree({"pyproject.toml": "[project]\nname = 'x'\n", "churn/__init__.py": "", **files}))


@pytest.mark.parametrize(
    ("script", "count"),
    [
        ("from churn.training import fit\n\ndef main():\n    fit(None)\n", 1),
        ("from churn import training\n\ndef main():\n    training.fit(None)\n", 1),
        ("from churn.training import fit\n\ndef main():\n    fit(None).download_mojo('models')\n", 0),
        ("from churn.training import fit\nfrom churn.exports import publish\ndef main():\n    publish(fit(None))\n", 0),
        # the module that exports is imported, and nothing of it that does is run
        ("from churn.training import fit\nfrom churn.exports import report\n\ndef main():\n    report(fit(None))\n", 1),
        # of the object only the name of its method is known
        ("from churn.training import fit\nimport churn.exports\n\ndef main(to=None):\n    to.publish(fit(None))\n", 0),
        (
            (
                "from churn.training import fit\nfrom churn.exports import Publisher\n\ndef main():\n"
                "    Publisher('x').publish(fit(None))\n"
            ),
            0,
        ),
        (
            (
                "from churn.training import fit\nfrom churn.exports import publish\n\ndef main():\n"
                "    for step in (fit, publish):\n        step(None)\n"
            ),
            0,
        ),
        (
            (
                "import asyncio\nfrom churn.training import fit\nfrom churn.exports import publish\n\nasync def go():\n"
                "    await asyncio.to_thread(publish, fit(None))\n\ndef main():\n    asyncio.run(go())\n"
            ),
            0,
        ),
        # the script does not train at all
        ("from churn import training\n\ndef main():\n    print(training)\n", 0),
    ],
)
def test_a_script_runs_what_it_calls_in_other_modules(tree: Tree, flake8: Flake8, script: str, count: int) -> None:
    files = {"churn/training.py": FIT, "churn/exports.py": PUBLISH, "main.py": f"{script}\n{MAIN}"}
    found = flake8("--select=PAL310", cwd=project(tree, files))
    assert [(item.path, item.line) for item in found] == [("churn/training.py", 5)] * count
    assert all("the script main.py never exports" in item.text for item in found)


def test_a_library_of_which_no_program_is_known_says_nothing(tree: Tree, flake8: Flake8) -> None:
    assert flake8("--select=PAL310", cwd=project(tree, {"churn/training.py": FIT})) == []


@pytest.mark.parametrize(
    ("path", "count"),
    [
        ("jobs/train.py", 1),
        ("contest/train.py", 1),
        ("tests/train.py", 0),
        ("dynamic_tests/algos/train.py", 0),
        ("tests-slow/train.py", 0),
        ("jobs/train_test.py", 0),
        ("h2o-docs/train.py", 0),
        ("my_experiments/train.py", 0),
    ],
)
def test_tests_examples_and_experiments_are_no_programs(tree: Tree, flake8: Flake8, path: str, count: int) -> None:
    text = f"{FIT}\ndef main():\n    fit(None)\n\n{MAIN}"
    assert len(flake8("--select=PAL310", cwd=project(tree, {path: text}))) == count


def test_a_file_that_nothing_imports_is_a_script(tree: Tree, flake8: Flake8) -> None:
    files = {"jobs/train.py": f"{FIT}\nfit(None)\n"}
    (found,) = flake8("--select=PAL310", cwd=project(tree, files))
    assert (found.path, found.line) == ("jobs/train.py", 5)
    assert "the script jobs/train.py never exports" in found.text
    files["jobs/train.py"] = FIT
    assert flake8("--select=PAL310", cwd=project(tree, files)) == []


def test_what_stands_at_the_top_level_of_a_module_that_is_imported_is_no_script(tree: Tree, flake8: Flake8) -> None:
    files = {"churn/training.py": f"{FIT}\nMODEL = fit(None)\n", "churn/api.py": "from churn.training import MODEL\n"}
    assert flake8("--select=PAL310", cwd=project(tree, files)) == []


def test_a_script_without_a_guard_is_the_next_step_as_well(tree: Tree, flake8: Flake8) -> None:
    export = "import h2o\n\nh2o.get_model('churn').download_mojo('models')\n"
    files = {"jobs/1_train.py": f"{FIT}\nfit(None)\n", "jobs/2_export.py": export}
    assert flake8("--select=PAL310", cwd=project(tree, files)) == []


def test_a_training_is_exported_if_one_of_the_programs_that_run_it_does(tree: Tree, flake8: Flake8) -> None:
    explore = f"from churn.training import fit\n\ndef main():\n    fit(None)\n\n{MAIN}"
    nightly = f"from churn.training import fit\n\ndef main():\n    fit(None).save_mojo('models')\n\n{MAIN}"
    files = {"churn/training.py": FIT, "explore/main.py": explore, "jobs/nightly.py": nightly}
    assert flake8("--select=PAL310", cwd=project(tree, files)) == []


def test_a_script_beside_it_is_the_next_step_of_a_script(tree: Tree, flake8: Flake8) -> None:
    train = f"{FIT}\ndef main():\n    fit(None)\n\n{MAIN}"
    export = f"import h2o\n\ndef main():\n    h2o.get_model('churn').download_mojo('models')\n\n{MAIN}"
    assert flake8("--select=PAL310", cwd=project(tree, {"jobs/train.py": train, "jobs/export.py": export})) == []
    assert len(flake8("--select=PAL310", cwd=project(tree, {"jobs/train.py": train, "jobs/export.py": ""}))) == 1


@pytest.mark.parametrize(
    ("manifest", "text"),
    [
        ("pyproject.toml", "[project]\nname = 'x'\n[project.scripts]\nchurn = 'churn.training:fit'\n"),
        ("pyproject.toml", "[tool.poetry.scripts]\nchurn = 'churn.training:fit'\n"),
        ("setup.cfg", "[options.entry_points]\nconsole_scripts =\n    churn = churn.training:fit\n"),
        ("setup.py", "setup(entry_points={'console_scripts': ['churn = churn.training:fit']})\n"),
    ],
)
def test_a_console_command_is_a_program(tree: Tree, flake8: Flake8, manifest: str, text: str) -> None:
    found = flake8("--select=PAL310", cwd=project(tree, {"churn/training.py": FIT, manifest: text}))
    assert [(item.path, item.line) for item in found] == [("churn/training.py", 5)]
    assert "the command churn.training:fit never exports" in found[0].text


@pytest.mark.parametrize("decorator", ["@app.command()", "@click.command()", "@flow"])
def test_what_the_decorator_of_a_library_takes_may_run(tree: Tree, flake8: Flake8, decorator: str) -> None:
    text = f"import click\nimport typer\nfrom prefect import flow\n{FIT}\napp = typer.Typer()\n"
    text += f"{decorator}\ndef main():\n    fit(None)\n\n{MAIN}"
    assert len(flake8("--select=PAL310", cwd=project(tree, {"main.py": text}))) == 1


BLOCKS = {
    "metadata.yaml": "project_type: standalone\n",
    "custom/train.py": FIT.replace("def fit", "@custom\ndef fit"),
    "data_exporters/publish.py": "@data_exporter\ndef publish(model, *args):\n    model.download_mojo('m')\n",
}


@pytest.mark.parametrize(
    ("metadata", "count"),
    [
        ("blocks:\n- uuid: train\n  type: custom\n", 1),
        ("blocks:\n- uuid: train\n  type: custom\n- uuid: publish\n  type: data_exporter\n", 0),
        ("blocks:\n- {uuid: train}\n- {uuid: publish}\n", 0),
        # no such block of this type
        ("blocks:\n- uuid: train\n  type: custom\n- uuid: publish\n  type: data_loader\n", 1),
        ("blocks:\n- uuid: train_again\n  replicated_block: train\n  type: custom\n", 1),
        (
            (
                "blocks:\n- uuid: train\n  type: custom\n- uuid: x\n  type: data_exporter\n  configuration:\n"
                "    file_source:\n      path: data_exporters/publish.py\n"
            ),
            0,
        ),
        ("blocks:\n- uuid: train\n  type: custom\ncallbacks:\n- uuid: publish\n  type: data_exporter\n", 0),
        # another pipeline is the one that exports
        ("blocks:\n- uuid: other\n", 0),
        ("blocks: 3\n", 0),
        ("- [", 0),
    ],
)
def test_a_pipeline_runs_its_blocks(tree: Tree, flake8: Flake8, metadata: str, count: int) -> None:
    files = {**BLOCKS, "pipelines/churn/metadata.yaml": metadata}
    found = flake8("--select=PAL310", cwd=project(tree, files))
    assert [(item.path, item.line) for item in found] == [("custom/train.py", 6)] * count
    assert all("the pipeline churn never exports" in item.text for item in found)


def test_a_block_that_triggers_a_pipeline_runs_its_blocks(tree: Tree, flake8: Flake8) -> None:
    trigger = (
        "from mage_ai.orchestration.triggers.api import trigger_pipeline\n\n@custom\ndef go(*args):\n"
        "    trigger_pipeline('{}', variables={{}})\n"
    )
    files = {
        **BLOCKS,
        "pipelines/churn/metadata.yaml": "blocks:\n- {uuid: train, type: custom}\n- {uuid: go, type: custom}\n",
        "pipelines/publish/metadata.yaml": "blocks:\n- {uuid: publish, type: data_exporter}\n",
        "pipelines/nothing/metadata.yaml": "blocks: []\n",
    }
    for name, count in (("publish", 0), ("nothing", 1), ("elsewhere", 0)):
        found = flake8("--select=PAL310", cwd=project(tree, {**files, "custom/go.py": trigger.format(name)}))
        assert len(found) == count, name


@pytest.mark.parametrize(
    ("statement", "count"),
    [
        ("getattr(model, 'save_mojo')('models')", 0),
        ("finish = model.save_mojo", 0),
        ("h2o.api('GET /99/Models.mojo/churn', save_to='m.zip')", 0),
        ("h2o.assembly.H2OAssembly(steps=[]).download_mojo('munging')", 1),
        ("print('download it yourself')", 1),
    ],
)
def test_what_exports_a_mojo(tree: Tree, flake8: Flake8, statement: str, count: int) -> None:
    text = FIT.replace("    return model", f"    {statement}\n    return model")
    files = {"main.py": f"import h2o\n{text}\ndef main():\n    fit(None)\n\n{MAIN}"}
    assert len(flake8("--select=PAL310", cwd=project(tree, files))) == count


@pytest.mark.parametrize(
    ("statement", "count"),
    [
        ("H2OAutoML(max_models=3).train(y='churn', training_frame=frame)", 1),
        ("H2OGridSearch(H2OGradientBoostingEstimator, {}).train(y='churn', training_frame=frame)", 1),
        ("H2OGradientBoostingEstimator().fit(frame, frame)", 1),
        ("Mine().train(training_frame=frame)", 1),
        ("started(H2OGradientBoostingEstimator(), frame)", 1),
        ("LogisticRegression().fit(frame)", 0),
        ("frame.train()", 0),
    ],
)
def test_what_trains_a_model(tree: Tree, flake8: Flake8, statement: str, count: int) -> None:
    text = (
        "from h2o.automl import H2OAutoML\nfrom h2o.estimators import H2OGradientBoostingEstimator\n"
        "from h2o.grid import H2OGridSearch\nfrom sklearn.linear_model import LogisticRegression\n\n"
        "class Mine(H2OGradientBoostingEstimator):\n    pass\n\n"
        "def started(algorithm, frame):\n    algorithm.train(training_frame=frame)\n\n"
        f"def main(frame=None):\n    {statement}\n\n{MAIN}"
    )
    found = flake8("--select=PAL310", cwd=project(tree, {"main.py": text}))
    assert [item.line for item in found] == [13] * count
