"""What is proven of an expectation is what Great Expectations finds on the whole table in pandas.

Great Expectations itself is the oracle: random expectations on random tables, many in one call.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from quality.suites.batched import ask_in_batches
from quality.suites.expectations import ExpectationAnswer, ExpectationQuestion, ask_great_expectations
from quality.suites.proofs.suite_proofs import SuiteProofs
from tests.conftest import EVERY_TRIAL
from tests.quality.expectation_generator import DATES, MAKERS, ExpectationMaker

EACH = 50
"""Expectations on one table: one call of Great Expectations has a high fixed cost."""

USED = (
    "expect_column_values_to_be_between", "expect_column_values_to_not_be_null", "expect_column_values_to_be_null",
    "expect_column_values_to_be_unique", "expect_column_pair_values_a_to_be_greater_than_b",
    "expect_table_row_count_to_be_between", "expect_column_max_to_be_between",
)  # fmt: skip
"""Types of which most are proven that are met; the random settings of others are more often odd ones."""


class Trial:
    """A random table with random expectations, all from one seed."""

    def __init__(self, seed: int, folder: Path) -> None:
        maker = ExpectationMaker(seed)
        self.table = maker.table()
        self.questions = [maker.question(f"q{number}", self.table) for number in range(EACH)]
        self.path = folder / f"{seed}.parquet"
        pq.write_table(self.table, self.path)

    def whole(self) -> dict[str, ExpectationAnswer]:
        """The answers of Great Expectations on the whole table."""
        return ask_great_expectations(self.questions, self.path, DATES)


def proven(questions: list[ExpectationQuestion], table: pa.Table, told: list[str] | None = None) -> frozenset[str]:
    """What is proven while the rows pass in small batches; `told` gets a word when one is known to be unproven."""
    proofs = SuiteProofs(questions, table.schema, lambda: None if told is None else told.append("unproven"))
    for batch in table.to_batches(max_chunksize=3):
        proofs.add(batch)
        proofs.look()
    return proofs.finish()


def check_proofs(seeds: range, folder: Path) -> tuple[Counter[str], Counter[str]]:
    """Compare what is proven with the oracle; return how many of each type are met, and how many of these proven."""
    met, held = Counter[str](), Counter[str]()
    for trial in (Trial(seed, folder) for seed in seeds):
        names, answers = proven(trial.questions, trial.table), trial.whole()
        wrong = [(q, answers[q.name]) for q in trial.questions if q.name in names and not answers[q.name].met]
        assert not wrong, trial.path.stem
        met.update(q.type for q in trial.questions if answers[q.name].met)
        held.update(q.type for q in trial.questions if q.name in names)
    return met, held


def check_batches(seed: int, folder: Path) -> None:
    trial = Trial(seed, folder)
    whole = trial.whole()
    parts = ask_in_batches(trial.questions, trial.path, DATES, max(1, trial.table.num_rows // 3))
    assert [(q, parts[q.name]) for q in trial.questions] == [(q, whole[q.name]) for q in trial.questions]


def test_what_is_proven_is_met_and_much_of_what_is_met_is_proven(tmp_path: Path) -> None:
    met, held = check_proofs(range(8), tmp_path)
    assert held.total() > 0.6 * met.total()
    assert {f"expect_{kind}" for kind in MAKERS} == set(held)


@pytest.mark.slow
@pytest.mark.parametrize("shard", range(16 if EVERY_TRIAL else 4))
def test_what_is_proven_is_met_in_thousands_of_trials(shard: int, tmp_path: Path) -> None:
    # 5,000 expectations, or 20,000 in `make effects`
    met, held = check_proofs(range(1000 + 25 * shard, 1025 + 25 * shard), tmp_path)
    assert all(held[kind] > 0.6 * met[kind] for kind in USED), (met, held)
    assert all(held[kind] > 0.15 * met[kind] for kind in met), (met, held)


def test_answers_by_batches_are_those_on_the_whole_table(tmp_path: Path) -> None:
    # a table of 40 rows
    check_batches(2, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2000, 2040 if EVERY_TRIAL else 2012))
def test_answers_by_batches_are_those_on_the_whole_table_in_many_trials(seed: int, tmp_path: Path) -> None:
    check_batches(seed, tmp_path)


# --- edges that random trials seldom reach ----------------------------------------------------------------------------


def one(kind: str, **kwargs: Any) -> list[ExpectationQuestion]:
    return [ExpectationQuestion("q", f"expect_{kind}", kwargs)]


@pytest.mark.parametrize(
    ("kind", "kwargs"),
    [
        ("column_values_to_be_wonderful", {"column": "n"}),
        ("column_values_to_be_between", {"column": "n", "min_value": 0, "speed": 1}),
        ("column_values_to_be_between", {"column": "n", "min_value": "0"}),
        ("column_values_to_be_between", {"column": "n", "min_value": 0, "strict_min": 0}),
        ("column_values_to_be_between", {"column": "n", "min_value": 9, "max_value": 0}),
        ("column_values_to_be_between", {"column": "n"}),
        ("column_values_to_be_between", {"column": "no such column", "min_value": 0}),
        ("column_values_to_not_be_null", {"column": "n", "mostly": True}),
        (
            "column_values_to_not_be_null",
            {"column": "n", "row_condition": "n > n.min()", "condition_parser": "pandas"},
        ),
        ("column_values_to_not_be_null", {"column": "n", "row_condition": 's == "a"'}),
        ("column_values_to_be_in_set", {"column": "s", "value_set": ["a", None]}),
        ("column_values_to_match_regex", {"column": "s", "regex": "("}),
        ("column_values_to_match_regex", {"column": "n", "regex": "1"}),
        ("compound_columns_to_be_unique", {"column_list": ["n"]}),
    ],
)
def test_what_is_not_understood_is_not_proven_and_told_before_the_first_row(kind: str, kwargs: dict[str, Any]) -> None:
    table = pa.table({"n": pa.array([1, 2], pa.int64()), "s": ["a", "a"]})
    told: list[str] = []
    SuiteProofs(one(kind, **kwargs), table.schema, lambda: told.append("unproven"))
    assert told == ["unproven"]
    assert proven(one(kind, **kwargs), table) == frozenset()


def test_it_is_told_once_and_with_the_row_that_cannot_be_proven() -> None:
    told: list[str] = []
    other = ExpectationQuestion("other", "expect_column_values_to_match_regex", {"column": "s", "regex": "a"})
    questions = [*one("column_values_to_not_be_null", column="s"), other]
    proofs = SuiteProofs(questions, pa.schema([("s", pa.string())]), lambda: told.append("unproven"))
    proofs.add(pa.record_batch({"s": ["a", "aa"]}))
    proofs.look()
    assert told == []
    proofs.add(pa.record_batch({"s": ["a", None]}))
    proofs.look()
    assert told == ["unproven"]
    proofs.add(pa.record_batch({"s": ["b", None]}))
    assert proofs.finish() == frozenset()
    assert told == ["unproven"]


def test_whole_numbers_that_a_float_cannot_hold_are_not_proven() -> None:
    # pandas makes floats of a column with a null, and 2**53 + 1 becomes 2**53
    table = pa.table({"n": pa.array([2**53 + 1, 2**53, None], pa.int64())})
    for questions in (
        one("column_values_to_be_unique", column="n"),
        one("column_values_to_be_between", column="n", min_value=2**53, strict_min=True, mostly=0.5),
    ):
        assert proven(questions, table) == frozenset()


def test_the_engine_that_pandas_chooses_by_the_rest_of_a_column_makes_no_difference() -> None:
    # "İ" is "i" to Python without regard to case, and another letter to RE2; which is asked depends on the line end
    for others in (["plain"], ["line\n"]):
        table = pa.table({"s": ["İ", *others]})
        assert proven(one("column_values_to_not_match_regex", column="s", regex="(?i)^i$"), table) == frozenset()
        assert proven(one("column_values_to_match_regex", column="s", regex="(?i)^(i|p|l)"), table) == frozenset()


def test_a_text_made_to_keep_an_expression_busy_ends(tmp_path: Path) -> None:
    # with Python's engine this takes longer than anybody waits
    table = pa.table({"s": ["a" * 5_000 + "!"]})
    assert proven(one("column_values_to_not_match_regex", column="s", regex="^(a|a)*$"), table) == {"q"}
