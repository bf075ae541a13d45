"""Which files the Process view looks into at all."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flake8_planalign.process import matters
from flake8_planalign.source import Source

#: The words as one plain pattern, which takes five times as long.
PLAIN = re.compile(
    r"\basync\s+def\b|\bcall_(?:soon|later|at|soon_threadsafe)\b|\badd_(?:done_callback|signal_handler|reader|writer|task)\b"
    r"|\b(?:to_thread|to_process|run_in_executor|run_in_threadpool|sync_to_async|asyncify|run_sync)\b"
    r"|\b(?:ThreadPool|ProcessPool)Executor\b|\bmultiprocessing\b|\bThread\("
)
PIECES = (
    "async", " ", "\n", "def", "ify", "sync_to_", "call_", "soon", "later", "at", "_threadsafe", "add_", "task",
    "reader", "done_callback", "to_", "thread", "process", "run_", "in_", "sync", "executor", "threadpool", "Thread",
    "Process", "PoolExecutor", "multi", "processing", "(", ".", "x", "_", "é",
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("async def f(): ...", True),
        ("async  \\\n  def", False),
        ("async\tdef", True),
        ("# an async function", False),
        ("t = threading.Thread(target=f)", True),
        ("Thread = None", False),
        ("from concurrent.futures import ProcessPoolExecutor", True),
        ("MyThreadPoolExecutor", False),
        ("loop.call_soon_threadsafe(f)", True),
        ("recall_at(1)", False),
        ("add_argument(1)", False),
        ("", False),
    ],
)
def test_a_file_matters_if_it_could_have_to_do_with_an_event_loop(text: str, *, expected: bool) -> None:
    assert matters(Source.of_text("x.py", text)) is expected


@given(st.lists(st.sampled_from(PIECES)).map("".join))
def test_looking_for_pieces_first_changes_no_answer(text: str) -> None:
    assert matters(Source.of_text("x.py", text)) is (PLAIN.search(text) is not None)
