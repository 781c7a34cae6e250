"""What is proven of an expectation is what Great Expectations finds on the whole table in pandas."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from quality.suites.batched import ask_in_batches
from quality.suites.expectations import ExpectationAnswer, ExpectationQuestion, ask_great_expectations
from quality.suites.proofs.suite_proofs import SuiteProofs
from tests.quality.expectation_generator import DATES, MAKERS, ExpectationMaker

EACH = 60
"""Expectations on one table: one call of Great Expectations has a high fixed cost."""


def proven(questions: list[ExpectationQuestion], table: pa.Table, batch_rows: int = 3) -> frozenset[str]:
    """What is proven while the rows pass in batches."""
    proofs = SuiteProofs(questions, table.schema, lambda: None)
    for batch in table.to_batches(max_chunksize=batch_rows):
        proofs.add(batch)
    return proofs.finish()


def judged(seed: int, folder: Path) -> tuple[list[ExpectationQuestion], frozenset[str], dict[str, ExpectationAnswer]]:
    """Random expectations on a random table: what is proven of them, and the answers of Great Expectations."""
    maker = ExpectationMaker(seed)
    table = maker.table()
    questions = [maker.question(f"q{number}", table) for number in range(EACH)]
    path = folder / "table.parquet"
    pq.write_table(table, path)
    return questions, proven(questions, table), ask_great_expectations(questions, path, DATES)


def check_seeds(seeds: range, folder: Path) -> None:
    met, held = Counter[str](), Counter[str]()
    for seed in seeds:
        questions, names, answers = judged(seed, folder)
        wrong = [(seed, q, answers[q.name]) for q in questions if q.name in names and not answers[q.name].met]
        assert not wrong, wrong
        met.update(q.type for q in questions if answers[q.name].met)
        held.update(q.type for q in questions if q.name in names)
    print({k: f"{held[k]}/{met[k]}" for k in sorted(met)})
    assert {f"expect_{kind}" for kind in MAKERS} == set(held)


def test_quick(tmp_path: Path) -> None:
    check_seeds(range(20), tmp_path)


def test_answers_by_batches_are_those_on_the_whole_table(tmp_path: Path) -> None:
    for seed in range(1000, 1010):
        check_batches(seed, tmp_path)


def check_batches(seed: int, folder: Path) -> None:
    maker = ExpectationMaker(seed)
    table = maker.table()
    questions = [maker.question(f"q{number}", table) for number in range(EACH)]
    path = folder / "table.parquet"
    pq.write_table(table, path)
    whole = ask_great_expectations(questions, path, DATES)
    parts = ask_in_batches(questions, path, DATES, batch_rows=max(1, table.num_rows // 3))
    wrong = [(seed, q, whole[q.name], parts[q.name]) for q in questions if whole[q.name] != parts[q.name]]
    assert not wrong, wrong
