"""The child process gives the answers that this process would give, knows no secrets and ends with its parent."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from quality.suites import gx_worker
from quality.suites.expectations import ExpectationQuestion, ask_great_expectations
from quality.suites.gx_worker import NO_ANSWER, GxFailed, GxWorker
from tests.conftest import ROOT

ASKED = (
    ExpectationQuestion("low", "expect_column_values_to_be_between", {"column": "price", "min_value": 0}),
    ExpectationQuestion("known", "expect_column_values_to_be_in_set", {"column": "kind", "value_set": ["chair"]}),
    ExpectationQuestion("odd", "expect_column_values_to_be_wonderful", {"column": "kind"}),
)


@pytest.fixture
def parquet(tmp_path: Path) -> Path:
    path = tmp_path / "things.parquet"
    pq.write_table(pa.table({"price": [1.0, -2.0], "kind": ["chair", "chair"]}), path)
    return path


@pytest.fixture
def worker() -> Iterator[GxWorker]:
    made = GxWorker()
    yield made
    made.close()


def with_child(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    """Let children run another program, which imports nothing of ours by itself."""
    monkeypatch.setattr(gx_worker, "BEGIN", f"import os, pickle, sys, time; {program}")


def answering(reply: str) -> str:
    """A program that answers every question with the value of a Python expression."""
    return (
        "sys.path.insert(0, sys.argv[1]); n = 0\nwhile True:\n    pickle.load(sys.stdin.buffer); n += 1; "
        f"value = {reply}\n    pickle.dump(value, sys.stdout.buffer); sys.stdout.flush()"
    )


def test_the_child_answers_as_this_process_does_and_more_than_once(parquet: Path, worker: GxWorker) -> None:
    worker.prepare()
    answers = [worker.ask(ASKED, parquet, frozenset()) for _ in range(2)]
    assert answers == [ask_great_expectations(ASKED, parquet, frozenset())] * 2
    assert [a.met for a in answers[0].values()] == [False, True, False]
    parquet.write_bytes(b"AB123456C")
    with pytest.raises(GxFailed) as caught:
        worker.ask(ASKED, parquet, frozenset())
    assert str(caught.value) == "ArrowInvalid"


def test_a_child_that_is_gone_is_replaced_once_and_then_says_so(
    parquet: Path, worker: GxWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = parquet.with_name("mark")
    first_dies = f"os.path.exists({str(mark)!r}) or (open({str(mark)!r}, 'w'), os._exit(1))"
    with_child(monkeypatch, f"{first_dies}; {answering('{}')}")
    assert worker.ask(ASKED, parquet, frozenset()) == {}
    worker.close()
    with_child(monkeypatch, "raise SystemExit")
    answers = worker.ask(ASKED, parquet, frozenset())
    assert {a.problem for a in answers.values()} == {NO_ANSWER}
    assert set(answers) == {q.name for q in ASKED}


def test_a_forked_process_has_a_child_of_its_own(
    parquet: Path, worker: GxWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_child(monkeypatch, answering("{'asked of': os.getpid()}"))
    ours = worker.ask(ASKED, parquet, frozenset())
    reading, writing = os.pipe()
    if not os.fork():
        theirs = worker.ask(ASKED, parquet, frozenset())
        worker.close()
        os.write(writing, str(theirs["asked of"]).encode())
        os._exit(0)
    os.wait()
    assert os.read(reading, 20).decode() != str(ours["asked of"])
    assert worker.ask(ASKED, parquet, frozenset()) == ours


def test_a_question_without_an_end_is_ended(parquet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_child(monkeypatch, "time.sleep(600)")
    worker = GxWorker(time_limit=0.2)
    answers = worker.ask(ASKED, parquet, frozenset())
    assert {a.problem for a in answers.values()} == {"Great Expectations took longer than 0 minutes."}


def test_a_child_is_replaced_after_so_many_tables(parquet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_child(monkeypatch, answering("{n: os.getpid()}"))
    worker = GxWorker(most_tables=2)
    seen = [next(iter(worker.ask(ASKED, parquet, frozenset()).items())) for _ in range(5)]
    worker.close()
    assert [n for n, _ in seen] == [1, 2, 1, 2, 1]  # type: ignore[comparison-overlap]
    assert len({pid for _, pid in seen}) == 3


def test_the_child_is_told_no_secrets(parquet: Path, worker: GxWorker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LONDATA_CKAN_TOKEN", "secret")
    monkeypatch.setenv("DATABASE_PASSWORD", "secret")
    with_child(monkeypatch, answering("dict(os.environ)"))
    seen = worker.ask(ASKED, parquet, frozenset())
    assert "secret" not in seen.values()
    assert len(seen) < 10


def test_the_child_ends_with_its_parent_also_where_that_is_killed() -> None:
    code = (
        "import os, time\nfrom quality.suites.gx_worker import WORKER\nWORKER.prepare()\n"
        "print(WORKER._child._process.pid, flush=True)\ntime.sleep(2)\nos.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    child = int(done.stdout)
    for _ in range(200):
        if not Path(f"/proc/{child}").exists() or "\tZ" in Path(f"/proc/{child}/status").read_text():
            return
        time.sleep(0.1)
    os.kill(child, 9)
    pytest.fail("the child is still there")
