"""The Scenario view beyond its pages: reports of any name, hostile reports, and what counts as a proof."""

from __future__ import annotations

import ast
import json

import pytest
from conftest import Flake8, Tree
from hypothesis import given
from hypothesis import strategies as st

from flake8_planalign.kinds import FileKind
from flake8_planalign.project import Project
from flake8_planalign.scenario import evidence, k6, model, proofs, serving
from flake8_planalign.source import Source

PLAN = """\
[tool.planalign.scenarios.load]
story = "SCN-REV-01-02"
tests = ["load"]
evidence = ["out/*.xml", "out/*.csv"]
"""
TRAINS = "import h2o\n\ndef train(model, frame):\n    model.train(y='repaid', training_frame=frame)\n"


def test_reports_that_the_plan_names_are_read_whatever_their_names(tree: Tree, flake8: Flake8) -> None:
    root = tree(
        {
            "pyproject.toml": PLAN,
            "load/locustfile.py": "from locust import HttpUser\n\nclass User(HttpUser):\n    pass\n",
            "out/last.xml": '<testsuite><testcase name="ramp-up"><error message="refused"/></testcase></testsuite>',
            "out/last.csv": 'Method,Name,Error,Occurrences\nGET,/,"HTTPError(""500"")",3\n',
            "other/last.xml": '<testsuite><testcase name="a"><error message="refused"/></testcase></testsuite>',
        }
    )
    found = flake8("--select=PAL5", cwd=root, isolated=False)
    assert [(item.path, item.line, item.column, item.code) for item in found] == [
        ("out/last.csv", 2, 0, "PAL523"),
        ("out/last.xml", 1, 11, "PAL523"),
    ]
    assert "3 of `GET /` failed: HTTPError(" in found[0].text
    assert flake8("--select=PAL5", "out/last.xml", cwd=root) == found[1:]


def outcomes(path: str, text: str) -> list[object]:
    source = Source.of_bytes(path, text.encode("utf-8", "surrogatepass"), FileKind.EVIDENCE)
    return list(evidence.outcomes(source, Project.of(path)))


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE a [<!ENTITY b "bbb"><!ENTITY c "&b;&b;">]><testsuite><testcase name="&c;"><failure/></testcase>',
        '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><testsuite name="&b;"/>',
        "<testsuite><testcase>",
        "<testsuite>" * 100_000,
        "\0",
    ],
    ids=["entities", "external entity", "unfinished", "deep", "binary"],
)
def test_a_hostile_report_says_nothing(text: str) -> None:
    assert outcomes("drift.xml", text) == []


def test_a_summary_that_nests_too_deeply_says_nothing() -> None:
    assert outcomes("swap.json", '{"metrics": ' + "[" * 100_000) == []


@given(st.text())
def test_any_text_can_be_a_table(text: str) -> None:
    outcomes("swap.csv", f"Name,Failure Count\n{text}")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["http_req_failed", "checks", "value"]), inner),
    )
)
def test_any_value_can_be_a_summary(value: object) -> None:
    outcomes("swap.json", json.dumps({"metrics": {"http_req_failed": value, "checks": value}}))


def test_what_only_looks_like_a_number_is_none() -> None:
    rows = "".join(f"GET,/a,{count}\n" for count in ("\u00b2", "9" * 5000, "", "-1", "00"))
    assert list(outcomes("swap_stats.csv", f"Method,Name,Failure Count\n{rows}")) == []


def test_the_total_counts_only_if_no_row_does() -> None:
    rows = "Type,Name,Request Count,Failure Count\nPOST,/a,9,0\n,Aggregated,9,2\n"
    (found,) = outcomes("swap.csv", rows)
    assert found.position.line == 3  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("body", "drifts"),
    [
        ("def test_feature_drift(platform):\n    platform.ingest(1)\n", True),
        ("def test_drift(drifted_frame, service):\n    service.score(drifted_frame)\n", True),
        ("def test_clock_drift(node):\n    node.sync()\n", False),
        ("def test_config_drift_of_model(node):\n    node.apply()\n", False),
        ("def test_psi_of_drifted_data():\n    assert psi([1], [2]) > 1\n", False),
        ("def test_compute_drift_statistic_of_feature():\n    assert compute_ks(a, b) > 1\n", False),
        ("def test_feature_no_drift(platform):\n    platform.ingest(1)\n", False),
        ("def test_fetches_model_and_the_drift_baseline(store):\n    store.fetch('a')\n", False),
        ("def test_feature_drift_not_found(client):\n    client.get('/drift/x')\n", False),
        ("def test_feature_drift_of_empty(it):\n    it.see([])\n    it.retrain()\n", True),
        ("def test_get_feature_drift(client):\n    answer = client.get('/drift')\n    assert answer.json()\n", False),
        ("def test_feature_drift():\n    assert compute_feature_drift(*simulate_rows(7))\n", False),
        ("def test_drift_status_of_data():\n    assert status(0.3) == 'drift'\n", False),
        ("def test_drift_of_features():\n    rbf_mmd([0], [2])\n", False),
        ("def test_drift_of_features(self):\n    self.assertLess(psi(a, b), psi(a, shifted))\n", False),
        ("def test_inject_drift(frame):\n    assert (inject_drift(tidy(frame)) > frame).all()\n", False),
        ("def test_shift_of_data_drift(frame):\n    moved = shift_incomes(frame)\n    assert moved.any()\n", False),
        ("def test_feature_drift_no_production_data(client):\n    client.post('/drift', json={'a': x})\n", False),
        ("def test_feature_drift(client):\n    numeric_drift(old, old + 1000)\n", False),
        ("def test_allocation_drifted_from_default(model):\n    model.check(1)\n", False),
        ("def test_feature_drift():\n    net = Net()\n    net.fit(x)\n\n\nclass Net:\n    pass\n", False),
        ("def test_feature_drift():\n    f = pd.DataFrame(x)\n    assert f.rolling(3).corr().any()\n", False),
        ("def test_data_drift(a):\n    axes = project(a)\n    assert worst_psi(a, a + 2, axes) > 1\n", False),
        ("def test_drift(generator):\n    assert DataGenerator().generate_drifted_data(3) is not generator\n", False),
        ("def test_performance_drift(monitor):\n    monitor.add(0.9)\n    monitor.add(0.7 - noise())\n", False),
        ("def test_data_drift():\n    assert drift_share_of(a, a * 4) > 0.5\n", True),
        ("def test_data_drift():\n    assert evidently_drift_share(a, a * 4) > 0.5\n", False),
        ("def test_data_drift():\n    it = Monitor()\n    assert not np.allclose(data, data * 2)\n", False),
        ("def test_stationary_data_drift(it):\n    assert not it.update(data)\n", False),
        ("def test_data_drift_has_no_false_positives(it):\n    assert not it.update(data)\n", False),
        ("def test_data_drift(it):\n    a = it.compute_drift(old)\n    assert a >= it.base\n", False),
        ("def test_drifting_apart(boats):\n    boats.sail()\n", False),
        (
            "def test_a(rng, it):\n    it.fit_on(rng.normal(0))\n    it.ingest(rng.normal(3))\n    assert it.retrain\n",
            True,
        ),
        (
            "def test_old(rng, it):\n    it.fit_on(rng.normal(0))\n    it.add(rng.normal(3))\n    assert it.ok\n",
            False,
        ),
    ],
)
def test_what_a_drift_test_is(body: str, drifts: bool) -> None:  # noqa: FBT001
    (proof,) = proofs.tests_in(ast.parse(body), "test_platform", frozenset())
    assert proof.drifts is drifts


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("platform.ingest(incomes * 3)", True),
        ("frame['income'] = frame['income'] + 80.0; platform.ingest(frame)", True),
        ("frame['income'] *= 3; platform.ingest(frame)", True),
        ("platform.ingest(rng.normal(0, 1), rng.normal(3, 1))", True),
        ("platform.ingest(np.random.randn(500, 4) + 3)", True),
        ("platform.ingest(shifted_data)", True),
        ("client.post('/api/simulate', json={})", True),
        ("platform.alert({'drift_detected': True})", False),
        ("client.post('/drift/detect')", False),
        ("platform.ingest(count * 3)", False),
        ("platform.ingest({'a': rng.normal(0, 1), 'b': rng.normal(3, 2)})", False),
        ("platform.ingest({'a': rng.normal(0, 1)}, {'a': rng.normal(3, 2)})", True),
        ("platform.ingest(rows(9), rows(9, 3.0))", True),
        ("platform.ingest(rows(9, mean=1), rows(9, mean=1))", False),
        ("platform.ingest(rows(9), rows(20, seed=7))", False),
        ("platform.ingest(cycle(0.1), cycle(0.6))", False),
        ("platform.ingest(rows(9), Limits(mean_shift=4.0))", False),
        ("platform.ingest(rows(9, income_shift=4.0))", True),
        ("platform.ingest(rows(9, income_shift=0))", False),
        ("platform.compare(lambda old: old + 0.5)", False),
        ("platform.ingest(Kind.INCOME_SHIFT)", False),
    ],
)
def test_whether_drift_is_seen_or_only_named(body: str, shown: bool) -> None:  # noqa: FBT001
    helpers = (
        "def rows(count, mean=0.0, income_shift=0.0, seed=1):\n    base = rng.normal(mean, 1, count)\n"
        "    return pd.DataFrame({'a': base * 2 + income_shift})\ndef cycle(share):\n    return Report(share)\n"
    )
    source = f"{helpers}def test_feature_drift(platform, incomes):\n    {body}\n"
    (proof,) = proofs.tests_in(ast.parse(source), "test_a", frozenset())
    assert (proof.drifts, proof.shows_drift) == (True, shown)


def test_what_is_drawn_before_each_test_may_be_what_drifts() -> None:
    source = (
        "class TestDrift:\n    def setUp(self):\n        self.monitor = Monitor({'a': rng.normal(0, 1, 9)})\n"
        "    def test_data_drift(self):\n        assert self.monitor.check({'a': rng.normal(3, 1, 9)})\n"
    )
    (proof,) = proofs.tests_in(ast.parse(source), "test_a", frozenset())
    assert proof.shows_drift


NAMED = "def test_data_drift_is_detected(monitor, batch):\n    assert monitor.check(batch)['drift_detected']\n"
SEEN = "def test_data_drift_is_seen(monitor, batch):\n    assert monitor.check(batch * 3)['drift_detected']\n"


@pytest.mark.parametrize(
    ("tests", "plan", "codes"),
    [
        (NAMED, "", []),
        (SEEN, "", ["PAL512", "PAL513"]),
        (f"{NAMED}\n\n{SEEN}", "", ["PAL512", "PAL513"]),
        (NAMED, "tests = ['tests/test_drift.py']\n", ["PAL512", "PAL513"]),
    ],
    ids=["by its name alone", "data moves", "both", "named by the plan"],
)
def test_a_drift_test_is_judged_where_data_moves(
    tests: str, plan: str, codes: list[str], tree: Tree, flake8: Flake8
) -> None:
    scenario = f"[tool.planalign.scenarios.drift]\nstory = 'SCN-REV-01-01'\n{plan}"
    root = tree({"train.py": "import h2o\n", "tests/test_drift.py": tests, "pyproject.toml": scenario})
    found = flake8("--select=PAL512,PAL513", cwd=root)
    assert [item.code for item in found] == codes


@pytest.mark.parametrize(
    ("code", "when"),
    [
        ("MODEL = joblib.load('m')\n", "start"),
        ("def preload_models(self):\n    self.models = load_model('m')\n", "start"),
        ("@app.post('/predict')\ndef predict(rows):\n    app.state.model = load_model('m')\n", ""),
        ("def __init__(self):\n    self.model = h2o.import_mojo('m')\n", "start"),
        (
            "def get(self):\n    if self.model is None:\n        self.model = joblib.load('m')\n",
            "start",
        ),
        ("@lru_cache\ndef get_model():\n    return joblib.load('m')\n", "start"),
        ("def get_model():\n    global MODEL\n    if not MODEL:\n        MODEL = joblib.load('m')\n", "start"),
        ("async def refresh(app):\n    app.state.model = await asyncio.to_thread(joblib.load, 'm')\n", "again"),
        ("def reload(app):\n    new = joblib.load('m')\n    app.state.model = new\n", "again"),
        ("@app.put('/champion')\ndef put():\n    MODELS['champion'] = load_mojo('m')\n", "again"),
        ("def load(self):\n    self.model = joblib.load('m')\n", ""),
    ],
)
def test_when_a_model_is_loaded(code: str, when: str) -> None:
    (load,) = serving.loads(ast.parse(code))
    assert load.when == when


@pytest.mark.parametrize(
    "code",
    [
        "def score():\n    model = joblib.load('m')\n    return model.predict()\n",
        "SETTINGS = joblib.load('s')\n",
        "def refresh(self):\n    self.rates = pickle.load(f)\n",
        "def score(frame):\n    return h2o.mojo_predict_pandas(frame, 'm')\n",
    ],
)
def test_what_is_loaded_for_one_call_or_is_no_model_is_silent(code: str) -> None:
    assert list(serving.loads(ast.parse(code))) == []


def test_training_is_reported_once_for_a_project(tree: Tree, flake8: Flake8) -> None:
    root = tree(
        {"pyproject.toml": "[tool.planalign]\n", "a/train.py": TRAINS, "b/train.py": TRAINS, "docs/t.py": TRAINS}
    )
    assert [(item.path, item.code) for item in flake8("--select=PAL511", cwd=root)] == [("a/train.py", "PAL511")]
    assert flake8("--select=PAL511", "b/train.py", cwd=root) == []


@pytest.mark.parametrize(
    ("options", "passes"),
    [
        ("", True),
        ("export const options = { vus: 5 };", True),
        ("export const options = { vus: 5, thresholds: { http_req_duration: ['p(95)<200'] } };", True),
        ("// export const options = { thresholds: { checks: ['rate==1'] } };", True),
        ("export let options = { thresholds: { 'checks': ['rate==1'], iteration_duration: ['p(95)<9'] } };", False),
        ("export const options = { thresholds: { 'http_req_failed{name:score}': ['rate<0.001'] } };", False),
        ("export const options = { thresholds: { errors: [{ threshold: 'rate==0', abortOnFail: true }] } };", False),
        ("export const options = { thresholds };", False),
        ("export const options = { ...common, vus: 5 };", False),
        ("export const options = JSON.parse(open('./options.json'));", False),
        ("import { options } from './options.js'; export { options };", False),
        ("import { test } from 'k6/execution'; function stop() { test.abort('a 500'); }", False),
    ],
)
def test_when_k6_fails_on_failed_requests(options: str, passes: bool) -> None:  # noqa: FBT001
    script = f"import http from 'k6/http';\n{options}\nexport default function () {{ http.post('/model/reload'); }}\n"
    assert k6.swaps_under_load(script)
    assert bool(k6.how_it_passes(script)) is passes
    start, end = k6.place_of_load(script)
    assert script[start:end] == "export default function"


@given(st.text(alphabet="{}'\"`/*\\\n: [thresholdsoptionsexport=", max_size=300))
def test_any_text_can_be_a_script(text: str) -> None:
    k6.how_it_passes(f"export const options = {{{text}")
    k6.place_of_load(text)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner) | st.dictionaries(st.sampled_from(["requests_statistics", "num_failures", "name"]), inner)
        ),
    )
)
def test_any_value_can_be_what_locust_is_given(value: object) -> None:
    text = json.dumps(value)
    assert outcomes("swap.html", f"window.templateArgs = {{{text[1:-1]}}}") is not None
    assert outcomes("swap.json", text) is not None


def test_locusts_page_and_json_tell_what_its_table_tells() -> None:
    """As locust 2.47.0 writes them; the page's other 947,000 characters come before."""
    rows = [
        {"max_response_time": 129.0, "method": "GET", "name": "/", "num_failures": 0, "num_requests": 460},
        {"max_response_time": 135.0, "method": "POST", "name": "/scores", "num_failures": 468, "num_requests": 468},
        {"max_response_time": 135.0, "method": "", "name": "Aggregated", "num_failures": 468, "num_requests": 928},
    ]
    arguments = {"failures_statistics": [{"name": "/scores", "occurrences": 468}], "requests_statistics": rows}
    page = f"f(window.templateArgs?1:2)\n<script>\n  window.templateArgs = {json.dumps(arguments)}\n  window.theme = 1"
    for path, text in (("swap.html", page), ("swap.json", json.dumps(rows[:2]))):
        (found,) = outcomes(path, text)
        assert isinstance(found, model.Failing)
        assert found.what == "468 of `POST /scores` failed"
        line = text.split("\n")[found.position.line - 1]
        assert line[found.position.column : found.position.end_column] == '"num_failures": 468'


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"app/main.py": "from app.models import scorer\nimport fastapi\napp = fastapi.FastAPI()\n"}, True),
        ({"app/main.py": "from .models import scorer\nfrom fastapi import FastAPI\napp = FastAPI()\n"}, True),
        (
            {
                "app/main.py": "import fastapi\nimport app.api\napp = fastapi.FastAPI()\n",
                "app/api.py": "from . import models",
            },
            True,
        ),
        (
            {
                "app/main.py": "from fastapi import FastAPI\napp = FastAPI()\n",
                "job.py": "from app.models import scorer",
            },
            False,
        ),
        (
            {
                "app/main.py": "from fastapi import FastAPI\napp = FastAPI()\n",
                "serve.py": "from app.main import app\nfrom app.models import scorer\napp.run()\n",
            },
            True,
        ),
        (
            {
                "app/main.py": "from fastapi import FastAPI\napp = FastAPI()\n",
                "smoke.py": "from app.main import app\nfrom app.models import scorer\nprint(app, scorer)\n",
            },
            False,
        ),
    ],
    ids=["absolute", "relative", "through another", "a job of its own", "who runs it", "who only tries it"],
)
def test_a_model_is_the_services_if_its_application_imports_the_module(
    files: dict[str, str],
    found: bool,  # noqa: FBT001
    tree: Tree,
    flake8: Flake8,
) -> None:
    models = "import h2o\n\nscorer_model = h2o.import_mojo('champion.zip')\n"
    root = tree({"app/__init__.py": "", "app/models.py": models, "pyproject.toml": "[tool.planalign]\n"} | files)
    assert [item.code for item in flake8("--select=PAL525", cwd=root)] == ["PAL525"] * found


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ("from main import app\n\n\n@app.post('/swap')\ndef swap(): provider.swap(bundle)\n", False),
        ("from main import app\n\n\n@app.post('/switch')\ndef switch_model(run): ...\n", False),
        ("from main import app\n\n\n@app.post('/switch')\ndef switch_language(run): ...\n", True),
        ("def promote_model(run): ...\n", True),
    ],
)
def test_a_model_that_something_replaces_needs_no_restart(
    more: str,
    found: bool,  # noqa: FBT001
    tree: Tree,
    flake8: Flake8,
) -> None:
    main = "import h2o\nfrom fastapi import FastAPI\n\napp = FastAPI()\nmodel = h2o.import_mojo('a.zip')\n"
    root = tree({"main.py": main, "admin.py": more, "pyproject.toml": "[tool.planalign]\n"})
    assert [item.code for item in flake8("--select=PAL525", cwd=root)] == ["PAL525"] * found


@pytest.mark.parametrize(
    ("made", "found"),
    [
        ("scorer = Scorer()", True),
        ("app.state.scorer = Scorer()", True),
        ("def get():\n    return Scorer()", False),
        ("class Pool:\n    def __init__(self):\n        self.scorer = Scorer()\n\npool = Pool()", True),
        ("class Job:\n    def run(self):\n        self.scorer = Scorer()\n\ndef work():\n    job = Job()", False),
        ("class Loop:\n    def run(self):\n        self.scorer = Scorer()\n        self.loop = Loop()", False),
        ("KIND = Scorer", False),
    ],
)
def test_a_model_in_an_object_is_the_services_if_it_makes_and_keeps_one(
    made: str,
    found: bool,  # noqa: FBT001
    tree: Tree,
    flake8: Flake8,
) -> None:
    models = "import h2o\n\nclass Scorer:\n    def __init__(self):\n        self.model = h2o.import_mojo('a.zip')\n"
    main = f"from fastapi import FastAPI\nfrom models import Scorer\n\napp = FastAPI()\n{made}\n"
    root = tree({"models.py": models, "main.py": main, "pyproject.toml": "[tool.planalign]\n"})
    assert [item.code for item in flake8("--select=PAL525", cwd=root)] == ["PAL525"] * found


def test_a_model_that_is_trained_in_place_needs_no_restart(tree: Tree, flake8: Flake8) -> None:
    code = (
        "import h2o, keras\nfrom fastapi import FastAPI\n\napp = FastAPI()\n\n\nclass Classifier:\n"
        "    def __init__(self):\n        self.model = None\n\n    def predict(self, row):\n"
        "        if self.model is None:\n            self.model = keras.models.load_model('m.h5')\n"
        "        return self.model.predict(row)\n\n\n    def train(self):\n        self.model = {value}\n\n\n"
        "classifier = Classifier()\n"
    )
    assert flake8("--select=PAL525", cwd=tree({"app.py": code.format(value="create_model()")})) == []
    found = flake8("--select=PAL525", cwd=tree({"app.py": code.format(value="None")}))
    assert [item.code for item in found] == ["PAL525"]


def test_a_memo_that_is_cleared_can_load_again(tree: Tree, flake8: Flake8) -> None:
    models = (
        "import functools\nimport h2o\n\n@functools.lru_cache\ndef champion():\n    return h2o.import_mojo('a.zip')\n"
    )
    main = "from fastapi import FastAPI\nfrom models import champion\n\napp = FastAPI()\n"
    root = tree({"models.py": models, "main.py": main, "pyproject.toml": "[tool.planalign]\n"})
    assert [item.code for item in flake8("--select=PAL525", cwd=root)] == ["PAL525"]
    (root / "main.py").write_text(f"{main}\n\n@app.post('/model')\ndef fresh():\n    champion.cache_clear()\n")
    assert flake8("--select=PAL525", cwd=root) == []


@pytest.mark.parametrize(
    ("body", "swaps"),
    [
        (
            "    pool = Thread(target=f)\n    for _ in range(9):\n        client.post('/scores')\n    reload_model()\n",
            True,
        ),
        ("    gather(*(service.predict(x) for x in rows), service.reload())\n", True),
        ("    operation = service.submit('model')\n    for x in rows:\n        service.predict(x)\n", False),
        ("    Thread(target=service.reload).start()\n    assert service.reloads == 1\n", False),
        ("    child = model.spawn()\n    for x in rows:\n        model.predict(x)\n    reload_model()\n", False),
        ("    deploy_model()\n    pool = Thread(target=f)\n    for x in rows:\n        model.predict(x)\n", False),
    ],
    ids=["requests in a loop", "scores at once", "a queue", "nobody asks", "one after the other", "put up before"],
)
def test_a_load_test_asks_again_and_again_while_the_model_is_swapped(body: str, swaps: bool) -> None:  # noqa: FBT001
    name = "test_served" if "deploy_model" in body else "test_reload"
    (proof,) = proofs.tests_in(ast.parse(f"def {name}(client, service, model, rows):\n{body}"), "test_a", frozenset())
    assert proof.swaps_under_load is swaps


@pytest.mark.parametrize(
    ("asserted", "minds"),
    [
        ("assert not crashes", True),
        ("assert code == 409", True),
        ("assert {answer.status_code for answer in answers} == {200}", True),
        ("assert service.model == 'second'", False),
    ],
)
def test_what_minds_failed_requests(asserted: str, minds: bool) -> None:  # noqa: FBT001
    (proof,) = proofs.tests_in(ast.parse(f"def test_reload():\n    {asserted}\n"), "test_a", frozenset())
    assert proof.minds_failures is minds


def test_a_training_that_is_asserted_is_the_trigger() -> None:
    body = "def test_drift_of_a_feature(mock_train):\n    run(drifted)\n    mock_train.assert_called_once()\n"
    (proof,) = proofs.tests_in(ast.parse(body), "test_a", frozenset())
    assert (proof.drifts, proof.asserts_trigger, proof.asserts_export) == (True, True, False)


QUITTING = "@events.quitting.add_listener\ndef f(environment, **_):\n    "
LOOKS = "if environment.stats.total.num_failures:\n        environment.process_exit_code = 1\n    else:\n        "


@pytest.mark.parametrize(("looks", "passes"), [("", True), (LOOKS, False)])
def test_a_locust_file_that_sets_an_exit_code_either_way_minds_failures(looks: str, passes: bool) -> None:  # noqa: FBT001
    user = "class Client(HttpUser):\n    @task\n    def reload(self):\n        self.client.post('/model/reload')\n"
    code = f"{QUITTING}{looks}environment.process_exit_code = 0\n\n\n{user}"
    [(_, how, swaps)] = proofs.locust_users(ast.parse(code))
    assert swaps
    assert bool(how) is passes


@pytest.mark.parametrize(
    "name", ["test_table_drift_is_kept", "test_parity_detects_drift", "test_structural_drift", "test_rounding_drift"]
)
def test_what_drifts_is_data(name: str) -> None:
    tree = ast.parse(f"def {name}(platform, features):\n    platform.load(features)\n")
    (proof,) = proofs.tests_in(tree, "t", frozenset())
    assert not proof.drifts


def test_a_metric_of_two_samples_is_no_drift_test() -> None:
    body = (
        "def test_shifted_distribution_detects_drift():\n    old = np.random.normal(0, 1, 9).tolist()\n"
        "    new = np.random.normal(3, 1, 9).tolist()\n    assert ks_test(old, new)['drift_detected']\n"
    )
    (proof,) = proofs.tests_in(ast.parse(body), "test_drift", frozenset())
    assert not proof.drifts


def test_what_prepares_data_is_no_model() -> None:
    block = "@transformer\ndef encode(frame):\n    {}.fit(frame)\n    return frame\n"
    assert list(serving.trainings(ast.parse(block.format("label_encoder")))) == []
    assert [name for _, name in serving.trainings(ast.parse(block.format("model")))] == ["encode"]


@pytest.mark.parametrize("path", ["Experiments/train.py", "h2o-docs/train.py", "code_examples/train.py"])
def test_what_is_shown_or_tried_out_is_no_platform(path: str, tree: Tree, flake8: Flake8) -> None:
    assert flake8("--select=PAL511", cwd=tree({"pyproject.toml": "[tool.planalign]\n", path: TRAINS})) == []


def test_a_failure_that_locust_lists_is_not_told_again_by_its_table(tree: Tree, flake8: Flake8) -> None:
    files = {
        "planalign.toml": "[scenarios.swap]\nevidence = ['reports/*.csv']\n",
        "reports/run_stats.csv": "Type,Name,Request Count,Failure Count\nGET,/score,9,2\n",
        "reports/run_failures.csv": "Method,Name,Error,Occurrences\nGET,/score,503,2\n",
    }
    found = flake8("--select=PAL523", cwd=tree(files))
    assert [(item.path, item.line) for item in found] == [("reports/run_failures.csv", 2)]
    files["reports/run_failures.csv"] = "Method,Name,Error,Occurrences\n"
    alone = flake8("--select=PAL523", cwd=tree(files))
    assert [(item.path, item.line) for item in alone] == [("reports/run_stats.csv", 2)]


def test_a_load_test_that_the_plan_names_must_mind_failures_whatever_its_words(tree: Tree, flake8: Flake8) -> None:
    user = "from locust import HttpUser, task\n\n\nclass Client(HttpUser):\n    @task\n    def ask(self):\n"
    asks = "        with self.client.get('/score', catch_response=True) as answer:\n            answer.success()\n"
    plan = "[scenarios.load]\nstory = 'SCN-REV-01-02'\ntests = ['load/locustfile.py']\n"
    root = tree({"planalign.toml": plan, "load/locustfile.py": user + asks})
    assert [(item.line, item.code) for item in flake8("--select=PAL522", cwd=root)] == [(4, "PAL522")]
    (root / "planalign.toml").write_text("[scenarios.other]\nevidence = []\n")
    assert flake8("--select=PAL522", cwd=root) == []


def test_a_success_after_a_look_at_the_status_is_no_pass_for_all() -> None:
    code = (
        "class Client(HttpUser):\n    @task\n    def swap(self):\n"
        "        with self.client.get('/score', catch_response=True) as answer:\n"
        "            if answer.status_code != 200:\n                answer.failure('bad')\n                return\n"
        "            answer.success()\n"
    )
    assert [how for _, how, _ in proofs.locust_users(ast.parse(code))] == [""]


def test_one_test_that_minds_failures_is_enough(tree: Tree, flake8: Flake8) -> None:
    load = "    asked = [create_task(client.post('/scores')) for _ in range(9)]\n    client.post('/model/reload')\n"
    careless = f"async def test_reload_is_told(client):\n{load}    assert client.get('/model').json() == 'second'\n"
    careful = f"async def test_reload_under_load(client):\n{load}    assert all(task.status == 200 for task in asked)\n"
    root = tree({"train.py": "import h2o\n", "tests/test_swap.py": careless, "pyproject.toml": "[tool.planalign]\n"})
    assert [item.code for item in flake8("--select=PAL522", cwd=root)] == ["PAL522"]
    (root / "tests/test_other.py").write_text(careful)
    assert flake8("--select=PAL522", cwd=root) == []


def test_a_function_that_swaps_two_models_is_told_once(tree: Tree, flake8: Flake8) -> None:
    body = "    app.state.model = joblib.load('a')\n    app.state.second_model = joblib.load('b')\n"
    main = (
        f"import h2o\nimport joblib\nfrom fastapi import FastAPI\n\napp = FastAPI()\n\n\ndef reload_models():\n{body}"
    )
    root = tree({"main.py": main, "pyproject.toml": "[tool.planalign]\n"})
    assert len(flake8("--select=PAL521", cwd=root)) == 1


@pytest.mark.parametrize("name", ["load_champion_metrics", "load_model_config", "load_model_metadata"])
def test_what_is_said_of_a_model_is_no_model(name: str) -> None:
    assert not list(serving.loads(ast.parse(f"def promote(self):\n    self.model_info = {name}('m')\n")))


LAZY = "_model = None\n\n\ndef model():\n    global _model\n    if _model is None:\n        _model = joblib.load('m')\n"


@pytest.mark.parametrize(("name", "replaced"), [("reset_model", True), ("shutdown", False)])
def test_a_model_that_is_forgotten_is_loaded_again(name: str, replaced: bool) -> None:  # noqa: FBT001
    tree = ast.parse(f"{LAZY}\n\ndef {name}():\n    global _model\n    _model = None\n")
    [load] = serving.loads(tree)
    assert serving.is_replaced(tree, load) is replaced
