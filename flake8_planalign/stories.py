"""The plan's epics and stories, as the review shows them; their bullets are the rules of the registry."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

__all__ = ["EPICS", "STORIES", "Epic", "Story"]


class Epic(msgspec.Struct, frozen=True):
    """One view's part of the review: its mandate, and what the reviewer uses to hold code to it."""

    code: str
    view: str
    mandate: str
    superpower: str
    size: str
    risk: str
    depends_on: str


class Story(msgspec.Struct, frozen=True):
    """A user story with its acceptance criterion; `planned` tells it from those that this tool added."""

    code: str
    view: str
    title: str
    criterion: str
    planned: bool = True


EPICS: tuple[Epic, ...] = (
    Epic(
        "REV-PROC-01",
        "process",
        "Nothing that blocks runs on the event loop; connections are pooled; caches expire and fail softly.",
        "async-radar",
        "large",
        "high: one blocking call stops every request of a worker",
        "the service's source",
    ),
    Epic(
        "REV-LOG-01",
        "logical",
        "The data model can answer its queries, keeps the history of features, and its pipeline blocks stay atomic.",
        "schema-drift-detection",
        "large",
        "high: a missing index shows when the table is full",
        "the whole migration history",
    ),
    Epic(
        "REV-DEV-01",
        "development",
        "Models leave the pipeline as MOJOs of one H2O version; service and pipeline share nothing but common code.",
        "artifact-integrity",
        "medium",
        "high: an artifact that does not load stops a release",
        "requirements, Dockerfiles and artifacts in the tree",
    ),
    Epic(
        "REV-PHY-01",
        "physical",
        "Heaps fit their containers, datastores are private, and their data outlives them.",
        "resource-sight",
        "medium",
        "high: what is killed or lost is in production",
        "Compose files, Kubernetes manifests and Dockerfiles",
    ),
    Epic(
        "REV-SCN-01",
        "scenario",
        "Drift leads to a new model and a model is swapped without downtime, and tests have shown both.",
        "scenario-evidence",
        "small",
        "medium: an untested scenario fails when it is needed",
        "the tests, and reports of their last runs",
    ),
)

STORIES: Mapping[str, Story] = {
    story.code: story
    for story in (
        Story(
            "PROC-REV-01-01",
            "process",
            "Blocking call isolation",
            "No coroutine runs what blocks the event loop, directly or through what it calls; what must block is"
            " offloaded so that it helps.",
        ),
        Story(
            "PROC-REV-01-02",
            "process",
            "DB connection pooling gate",
            "The service speaks to its databases by asynchronous drivers, through pools that start-up makes and the end"
            " closes.",
        ),
        Story(
            "PROC-REV-01-03",
            "process",
            "Redis caching",
            "Predictions are cached by the asynchronous client, under keys with the model's version, for a time;"
            " without the cache the service answers as well.",
        ),
        Story(
            "PROC-REV-01-04",
            "process",
            "Atomicity, backpressure, retry",
            "Shared state changes atomically, clients are bounded, and overload and retries behave.",
            planned=False,
        ),
        Story(
            "PROC-REV-01-05",
            "process",
            "Errors and the service contract",
            "Failures are seen, and the service says truthfully whether it lives and is ready.",
            planned=False,
        ),
        Story(
            "PROC-REV-01-06",
            "process",
            "Orchestration",
            "Models are trained in parallel where the pipeline can fan out.",
            planned=False,
        ),
        Story(
            "PROC-REV-01-07",
            "process",
            "Background work",
            "Background tasks get plain data, and heavy work has a queue of its own.",
            planned=False,
        ),
        Story(
            "LOG-REV-01-01",
            "logical",
            "JSONB indexing",
            "Semi-structured data is jsonb, and every predicate on it is served by an index of the final schema.",
        ),
        Story(
            "LOG-REV-01-02",
            "logical",
            "Feature time travel (SCD Type 2)",
            "Feature tables keep every version with its time; nothing is updated or deleted in place.",
        ),
        Story(
            "LOG-REV-01-03",
            "logical",
            "Mage block atomicity",
            "A transformer takes data frames and returns one, and does nothing else.",
        ),
        Story(
            "LOG-REV-01-04",
            "logical",
            "Relational core",
            "Every entity has a primary key, and references are declared.",
            planned=False,
        ),
        Story(
            "LOG-REV-01-05",
            "logical",
            "Result sets",
            "A total counts all rows, not those of the page.",
            planned=False,
        ),
        Story(
            "DEV-REV-01-01",
            "development",
            "MOJO mandate",
            "The pipeline exports MOJOs that H2O's reader loads, with what scoring needs, and no other form of model.",
        ),
        Story(
            "DEV-REV-01-02",
            "development",
            "H2O version pinning",
            "One exact version of H2O holds for client, cluster, images and artifacts.",
        ),
        Story(
            "DEV-REV-01-03",
            "development",
            "Monorepo",
            "Service and pipeline do not import each other, and common code imports neither.",
        ),
        Story(
            "PHY-REV-01-01",
            "physical",
            "Memory split",
            "Every JVM has a heap, its container a limit, and the heap is at most the agreed share of it.",
        ),
        Story(
            "PHY-REV-01-02",
            "physical",
            "Network",
            "Datastores are reached by name on a private network, and by nobody else.",
        ),
        Story(
            "PHY-REV-01-03",
            "physical",
            "Volumes",
            "What a database and Mage write lies on a volume that outlives the container.",
        ),
        Story(
            "SCN-REV-01-01",
            "scenario",
            "Drift and retraining",
            "A test shifts the data, and asserts that the pipeline ran and a new MOJO is there.",
        ),
        Story(
            "SCN-REV-01-02",
            "scenario",
            "Model hot swap",
            "A load test runs while the model is swapped, no request fails, and the report of the last run shows it.",
        ),
    )
}
