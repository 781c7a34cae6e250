"""The child process gives the answers that this process would give."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from quality.suites import gx_worker
from quality.suites.expectations import ExpectationQuestion, ask_great_expectations
from quality.suites.gx_worker import GxWorker

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


def test_the_child_answers_as_this_process_does_and_more_than_once(parquet: Path) -> None:
    with GxWorker() as child:
        answers = [child.ask(ASKED, parquet, frozenset()) for _ in range(2)]
    assert answers == [ask_great_expectations(ASKED, parquet, frozenset())] * 2
    assert [a.met for a in answers[0].values()] == [False, True, False]


def test_when_the_child_is_gone_the_questions_are_asked_here(parquet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gx_worker, "BEGIN", "raise SystemExit")
    with GxWorker() as child:
        assert child.ask(ASKED, parquet, frozenset()) == ask_great_expectations(ASKED, parquet, frozenset())
