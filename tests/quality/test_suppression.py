"""Small numbers: what is hidden, and what somebody can work out who has all that is public."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from packages.spec import CountsSpec, PeopleSpec
from quality.suppression import hide, protect, solver
from quality.suppression.hide import Hiding, dominated, hide_small_numbers
from quality.suppression.people import likeness, people_findings
from tests.conftest import EVERY_TRIAL
from tests.quality.count_tables import CountTable, made_table, outsider_of
from tests.quality.later_releases import Public, both, first_values, grid, is_possible, later

ANSWERS = Path(__file__).parent / "oracles" / "answers.json"


def hidden_in(table: CountTable, earlier: tuple[pa.Table, ...] = ()) -> tuple[Hiding, pa.Table]:
    hiding = hide_small_numbers(table.arrow(), table.spec, earlier)
    return hiding, table.published(hiding.masks)


def narrow(table: CountTable, public: pa.Table) -> list[Any]:
    """Cells of which somebody knows more than the policy allows.

    Each hidden number could be any of at least `threshold` different ones, and a small one the threshold or more.
    """
    outsider, truth = outsider_of(table, public), table.cells()
    lowest = 1 if table.zeros == "show" else 0
    found: list[Any] = [
        cell
        for cell, value in truth.items()
        if cell in outsider.shown and value is not None and lowest <= value < table.threshold
    ]
    for cell, ends in outsider.bounds(c for c in truth if c not in outsider.shown).items():
        assert ends is not None, "the public table fits together"
        low, high = ends
        is_small = (truth[cell] or 0) < table.threshold
        if high - low < table.threshold - 1 - 1e-6 or (is_small and high < table.threshold - 1e-6):
            found.append((cell, ends))
    return found


def check_table(seed: int) -> None:
    table = made_table(Random(seed))
    hiding, public = hidden_in(table)
    assert (hiding.exposed, hiding.known, hiding.off, hiding.unclear) == (0, 0, 0, 0)
    assert narrow(table, public) == []


@pytest.mark.parametrize("seed", range(40))
def test_no_hidden_number_can_be_narrowed_down_more_than_the_policy_allows(seed: int) -> None:
    check_table(seed)


@pytest.mark.parametrize("seed", range(40, 80))
def test_nor_in_a_table_so_large_that_only_near_cells_are_looked_at(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name, value in ((protect, "MOST_NEAR", 6), (protect, "MOST_OF_A_SUM", 2), (solver, "SMALL", 8)):
        monkeypatch.setattr(module, name, value)
    check_table(seed)


def wards_with_totals(count: int) -> CountTable:
    """Two age groups in many wards, with the totals of both ways: all cells hang together."""
    rng, wards, ages = Random(count), [f"Ward {at}" for at in range(count)], ["under 65", "65 and over"]
    rows = {(ward, age): rng.randint(1, 90) for ward in wards for age in ages}
    rows |= {(ward, "All"): sum(rows[ward, age] for age in ages) for ward in wards}
    rows |= {("Total", age): sum(rows[ward, age] for ward in wards) for age in (*ages, "All")}
    numbers = {labels: (number,) for labels, number in rows.items()}
    return CountTable(
        ("ward", "age"), ("n",), numbers, {"ward": "Total", "age": "All"}, [{"Total": None}, {"All": None}], {}
    )


def test_nor_in_one_with_hundreds_of_cells_that_hang_together() -> None:
    table = wards_with_totals(150)
    hiding, public = hidden_in(table)
    assert (hiding.exposed, hiding.off, hiding.unclear, hiding.too_many) == (0, 0, 0, False)
    assert narrow(table, public) == []
    small = sum((n[0] or 0) < 5 for n in table.rows.values())
    assert small < hiding.hidden < 5 * small


def test_a_table_that_would_take_minutes_is_passed_on_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hide, "MOST_STEPS", 1_000)
    hiding, public = hidden_in(wards_with_totals(150))
    assert hiding.too_many
    assert set(public["n"].to_pylist()) == {None}


def test_a_program_that_is_too_hard_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solver, "MOST_ITERATIONS", 2)
    monkeypatch.setattr(solver, "SMALL", 8)
    hiding, public = hidden_in(wards_with_totals(150))
    assert hiding.too_many
    assert set(public["n"].to_pylist()) == {None}


@pytest.mark.slow
@pytest.mark.parametrize("block", range(100 if EVERY_TRIAL else 12))
def test_none_in_hundreds_of_tables(block: int) -> None:
    # 600, or 5,000 in `make effects`
    for seed in range(50 * block, 50 * (block + 1)):
        check_table(seed)


def check_releases(seed: int) -> int:
    """Publish a table two or three times, and let somebody compare; return how many hidden numbers were tried."""
    rng, tried = Random(seed), 0
    values, public = first_values(rng), list[Public]()
    for _ in range(rng.choice((2, 2, 3))):
        table = grid(values, with_totals=rng.random() < 0.75)
        hiding, rows = hidden_in(table, tuple(release.rows for release in public))
        if hiding.exposed or hiding.known:
            break  # such a file is stopped
        public.append(Public(table, rows))
        values = later(rng, values)
    truth = public[-1].table.cells()
    for outsider in both(public):
        # what follows from a belief that is not true is no knowledge
        if not is_possible(outsider, truth):
            continue
        for cell, ends in outsider.bounds(c for c in truth if c not in outsider.shown).items():
            assert ends is not None
            tried += 1
            assert ends[1] - ends[0] >= 4 - 1e-6, (seed, cell, truth[cell], ends)
        known = [c for c in truth if c in outsider.shown and 0 < (truth[c] or 0) < 5]
        assert known == []
    return tried


def test_the_difference_of_releases_tells_nothing() -> None:
    assert sum(map(check_releases, range(40))) > 500


@pytest.mark.slow
@pytest.mark.parametrize("block", range(20 if EVERY_TRIAL else 5))
def test_the_difference_of_hundreds_of_releases_tells_nothing(block: int) -> None:
    # of 250 tables with two or three releases each, or 1,000 in `make effects`
    assert sum(check_releases(seed) for seed in range(50 * block, 50 * (block + 1))) > 500


def counts(rows: Mapping[tuple[str, ...], int | None], by: tuple[str, ...] = ("ward",), **more: Any) -> CountTable:
    described = more.pop("described", {})
    return CountTable(by, ("n",), {key: (value,) for key, value in rows.items()}, described, [{}], {}, **more)


def shown(public: pa.Table) -> dict[str, int | None]:
    return dict(zip(public["ward"].to_pylist(), public["n"].to_pylist(), strict=True))


def test_a_small_number_without_totals_is_hidden_alone() -> None:
    hiding, public = hidden_in(counts({("A",): 3, ("B",): 40, ("C",): 0}))
    assert shown(public) == {"A": None, "B": 40, "C": 0}
    assert (hiding.given, hiding.hidden) == (3, 1)


def test_zeros_are_hidden_where_the_description_says_so() -> None:
    _, public = hidden_in(counts({("A",): 3, ("B",): 40, ("C",): 0}, zeros="hide"))
    assert shown(public) == {"A": None, "B": 40, "C": None}


def test_a_total_takes_another_number_with_it_and_the_cheapest_one() -> None:
    rows = {("A",): 3, ("B",): 40, ("C",): 700, ("Total",): 743}
    _, public = hidden_in(counts(rows, described={"ward": "Total"}))
    assert shown(public) == {"A": None, "B": None, "C": 700, "Total": 743}


@pytest.mark.parametrize("label", ["Total", "All wards", "Grand total", "Borough wide"])
def test_a_total_that_nobody_described_is_found(label: str) -> None:
    _, public = hidden_in(counts({("A",): 3, ("B",): 40, ("C",): 700, (label,): 743}))
    assert shown(public) == {"A": None, "B": None, "C": 700, label: 743}


def test_a_ward_called_after_all_saints_is_no_total() -> None:
    hiding, public = hidden_in(counts({("A",): 3, ("B",): 40, ("All Saints",): 77}))
    assert (hiding.unclear, hiding.off) == (0, 0)
    assert shown(public) == {"A": None, "B": 40, "All Saints": 77}


def test_a_subtotal_that_nobody_described_is_told() -> None:
    rows = {("A",): 30, ("B",): 40, ("North total",): 70, ("C",): 50, ("D",): 60}
    hiding, _ = hidden_in(counts(rows))
    assert hiding.unclear == 1
    hiding, _ = hidden_in(counts(rows, described={"ward": {"North total": ["A", "B"]}}))
    assert hiding.unclear == 0


def test_a_total_that_is_no_sum_is_told() -> None:
    hiding, _ = hidden_in(counts({("A",): 30, ("B",): 40, ("Total",): 71}, described={"ward": "Total"}))
    assert hiding.off == 1


def test_measures_that_add_up_are_found_without_words() -> None:
    labels = [f"W{at}" for at in range(6)]
    parts = [(2, 30), (45, 50), (60, 11), (70, 90), (31, 40), (22, 60)]
    table = CountTable(
        ("ward",), ("n", "m", "s"), {(w,): (a, b, a + b) for w, (a, b) in zip(labels, parts, strict=True)}, {}, [{}],
        {"s": ["n", "m"]},
    )  # fmt: skip
    hiding, public = hidden_in(table)
    assert hiding.hidden == 2
    assert narrow(table, public) == []


def test_marks_of_the_publisher_are_protected_like_our_own() -> None:
    rows = {("A",): None, ("B",): 40, ("C",): 700, ("Total",): 743}
    _, public = hidden_in(counts(rows, described={"ward": "Total"}))
    assert shown(public) == {"A": None, "B": None, "C": 700, "Total": 743}
    rows = {("A",): None, ("B",): None, ("C",): 700, ("Total",): 743}
    hiding, _ = hidden_in(counts(rows, described={"ward": "Total"}))
    assert hiding.hidden == 0


def test_marks_that_no_numbers_could_stand_for_are_told() -> None:
    rows = {("A",): None, ("B",): None, ("C",): 700, ("Total",): 600}
    hiding, _ = hidden_in(counts(rows, described={"ward": "Total"}))
    assert hiding.off == 1


@pytest.mark.parametrize(("rows", "what"), [([("A", 30), ("A", 41)], "repeated"), ([("A", 30), ("B", -2)], "negative")])
def test_nothing_is_passed_on_of_a_table_of_which_nothing_can_be_proven(rows: list[Any], what: str) -> None:
    table = pa.table({"ward": [ward for ward, _ in rows], "n": pa.array([n for _, n in rows], pa.int64())})
    hiding = hide_small_numbers(table, CountsSpec(measure=["n"], by=["ward"]))
    assert getattr(hiding, what)
    assert hiding.masks["n"].all()


def test_a_table_that_is_too_large_is_passed_on_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hide, "MOST_CELLS", 2)
    hiding, public = hidden_in(counts({("A",): 30, ("B",): 41, ("C",): 50}))
    assert hiding.too_many
    assert set(shown(public).values()) == {None}


def test_a_number_that_was_public_is_told() -> None:
    before = counts({("A",): 3, ("B",): 40})
    hiding, public = hidden_in(before, (before.arrow(),))
    assert (hiding.known, shown(public)["A"]) == (1, None)


def test_what_was_hidden_stays_hidden_while_it_may_be_the_same() -> None:
    rows = {("A",): 3, ("B",): 40, ("C",): 700, ("Total",): 743}
    first = counts(rows, described={"ward": "Total"})
    _, public = hidden_in(first)
    without_total = counts({key: value for key, value in rows.items() if key != ("Total",)})
    _, later_public = hidden_in(without_total, (public,))
    # B alone would give A away
    assert shown(later_public) == {"A": None, "B": None, "C": 700}
    _, changed = hidden_in(counts({("A",): 3, ("B",): 90, ("C",): 700}), (public,))
    assert shown(changed) == {"A": None, "B": 90, "C": 700}


def test_a_release_with_other_columns_is_told() -> None:
    before = pa.table({"ward": ["A", "A"], "n": pa.array([7, 8], pa.int64())})
    hiding, _ = hidden_in(counts({("A",): 15, ("B",): 40}), (before,))
    assert hiding.lost == 1


@pytest.mark.parametrize("seed", range(12))
def test_the_order_of_the_rows_changes_nothing_nor_does_a_second_time(seed: int) -> None:
    table = made_table(Random(seed))
    hiding, public = hidden_in(table)
    order = list(range(public.num_rows))
    Random(seed).shuffle(order)
    shuffled = hide_small_numbers(table.arrow().take(order), table.spec)
    for name, mask in hiding.masks.items():
        assert np.array_equal(mask[order], shuffled.masks[name])
    again, same = hidden_in(table, (public,))
    assert same.equals(public)
    assert (again.exposed, again.known) == (0, 0)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.one_of(st.just(0), st.integers(5, 10**9)), min_size=1, max_size=12))
def test_a_table_without_small_numbers_stays_as_it_is(numbers: list[int]) -> None:
    rows: dict[tuple[str, ...], int | None] = {(f"W{at}",): n for at, n in enumerate(numbers)}
    rows["Total",] = sum(numbers)
    hiding, _ = hidden_in(counts(rows, described={"ward": "Total"}))
    assert hiding.hidden == 0


# --- amounts ----------------------------------------------------------------------------------------------------------


def acro_tables() -> list[dict[str, Any]]:
    return list(json.loads(ANSWERS.read_text())["tables"])


@pytest.mark.parametrize("table", acro_tables())
def test_unsafe_amounts_are_those_that_acro_finds(table: dict[str, Any]) -> None:
    cells: dict[str, list[float]] = {}
    for area, age, _, amount in table["rows"]:
        cells.setdefault(f"{area}/{age}", []).append(amount)
    for name, told in table["acro"].items():
        amounts = sorted(cells[name], reverse=True)
        values, largest = np.array([[sum(amounts)]]), np.array([[amounts[0]], [amounts[1] if amounts[1:] else 0.0]])
        assert ("PPercentCheck" in told) == bool(dominated(values, largest, 10, None)[0, 0] > 0), name
        assert ("NKCheck" in told) == bool(dominated(values, largest, None, 90)[0, 0] > 0), name
        counted = pa.table({"cell": [name], "n": pa.array([len(amounts)], pa.int64())})
        hiding = hide_small_numbers(counted, CountsSpec(measure=["n"], by=["cell"], threshold=10))
        assert ("MinimumThresholdCheck" in told) == bool(hiding.masks["n"][0]), name


def test_an_amount_that_one_contributor_makes_up_is_hidden_with_another() -> None:
    table = pa.table(
        {
            "ward": ["A", "B", "C", "Total"],
            "paid": pa.array([1000.0, 900.0, 50_000.0, 51_900.0]),
            "paid_status": pa.array([None] * 4, pa.string()),
            "largest": pa.array([950.0, 100.0, 700.0, 950.0]),
            "second": pa.array([40.0, 90.0, 600.0, 700.0]),
        }
    )
    rule = {"largest": ["largest", "second"], "p": 10}
    spec = CountsSpec.model_validate({"measure": "paid", "by": "ward", "totals": "Total", "dominance": rule})
    assert hide_small_numbers(table, spec).masks["paid"].tolist() == [True, True, False, False]


def test_an_amount_of_few_is_hidden() -> None:
    table = pa.table(
        {"ward": ["A", "B", "C"], "paid": pa.array([1000.0, 900.0, 0.0]), "people": pa.array([3, 30, 0], pa.int64())}
    )
    spec = CountsSpec.model_validate({"measure": "paid", "by": "ward", "contributors": "people"})
    assert hide_small_numbers(table, spec).masks["paid"].tolist() == [True, False, False]


# --- people -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", acro_tables())
def test_people_are_as_alike_as_pycanon_finds(table: dict[str, Any]) -> None:
    area, age, sex, amount = zip(*table["rows"], strict=True)
    bands = [str(int(value // 25)) for value in amount]
    people = pa.table({"area": area, "age": age, "sex": sex, "band": bands})
    found = likeness(people, PeopleSpec(quasi=["area", "age", "sex"], sensitive=["band"]))
    assert {"k": found.least, "l": found.variety["band"]} == table["pycanon"]


def test_findings_on_people_count_rows_and_quote_none() -> None:
    people = pa.table({"age": ["30"] * 5 + ["40"] * 3 + ["99"], "need": ["a"] * 5 + ["b", "b", "c", "d"]})
    found = list(people_findings(people, "people", PeopleSpec(quasi=["age"], sensitive=["need"], k=5)))
    assert [(f.rule, f.severity, f.where.count) for f in found] == [
        ("people-singled-out", "block", 1),
        ("people-few-alike", "hold", 3),
        ("people-all-the-same", "hold", 6),
    ]
    assert not any("99" in text for f in found for text in (f.what, f.fix, f.why))
    assert not any(f.where.rows for f in found)


# --- descriptions -----------------------------------------------------------------------------------------------------


def test_short_forms_of_a_description_mean_the_long_ones() -> None:
    short = {"measure": "n", "by": "ward", "status": "why", "totals": ["Total", "All"]}
    spec = CountsSpec.model_validate(short)
    assert spec.totals == {"ward": {"Total": [], "All": []}}
    assert spec.status_of("n") == "why"
    assert CountsSpec.model_validate(spec.model_dump()) == spec


@pytest.mark.parametrize(
    "wrong",
    [
        {"measure": [], "by": "ward"},
        {"measure": "n", "by": "ward", "threshold": 1},
        {"measure": "n", "by": "ward", "dominance": {"largest": ["x"]}},
    ],
)
def test_a_description_that_hides_nothing_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CountsSpec.model_validate(wrong)
