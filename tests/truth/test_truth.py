"""The truth harness: no damaged file is published with another value, and hardly a right one is stopped."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.truth.inputs_page import (
    CLEAN_FILES,
    DAMAGED_FILES,
    GROUPS,
    PAGE,
    TRIED,
    head,
    table_of,
    trials_of,
    what_passes,
)
from tests.truth.kinds import CLEAN, DAMAGES, Kind
from tests.truth.pipeline import Arrival, Fate, fate_of
from tests.truth.tables import TrueTable, true_tables
from tests.truth.trials import Trial, trials

pytestmark = pytest.mark.usefixtures("readers_in_process")

SHARDS = 20
MOST_FALSE_ALARMS = 0.01
RENEW = "`make inputs` renews the page"


@pytest.mark.parametrize("dataset", true_tables())
def test_a_true_table_is_published_as_it_is(dataset: str, tmp_path: Path) -> None:
    table = true_tables()[dataset]
    assert fate_of(Arrival("table.csv", table.as_csv(), table), tmp_path).fate is Fate.EQUAL


def test_a_published_difference_is_noticed(tmp_path: Path) -> None:
    table: TrueTable = true_tables()["spend-over-500"]
    other = table.with_cell(3, "supplier", "Somebody else Ltd")
    assert fate_of(Arrival("table.csv", other.as_csv(), table), tmp_path).fate is Fate.DIFFERENT


def test_there_are_many_kinds() -> None:
    assert len(DAMAGES) >= 60
    assert len(CLEAN) >= 20


@pytest.mark.parametrize("kind", DAMAGES.values(), ids=list(DAMAGES))
def test_a_file_of_each_kind(kind: Kind) -> None:
    trial = Trial(kind, 0)
    result = trial.run()
    assert result.is_true, trial.explained(result)


@pytest.mark.parametrize("kind", CLEAN.values(), ids=list(CLEAN))
def test_a_right_file_of_each_kind_passes(kind: Kind) -> None:
    trial = Trial(kind, 0)
    result = trial.run()
    assert result.fate in (Fate.EQUAL, Fate.REPAIRED), trial.explained(result)


@pytest.mark.slow
@pytest.mark.parametrize("shard", range(SHARDS))
def test_no_damaged_file_is_published_with_another_value(shard: int) -> None:
    # the first of each kind are tried for the page
    tried = TRIED * len(DAMAGES)
    each = -(-(DAMAGED_FILES - tried) // SHARDS)
    made = [(trial, trial.run()) for trial in trials(DAMAGES, each, first=tried + shard * each)]
    assert [trial.explained(result) for trial, result in made if not result.is_true] == []


@pytest.mark.slow
@pytest.mark.parametrize("group", GROUPS)
def test_the_page_tells_what_the_trials_show(group: str) -> None:
    made = [(trial, trial.run()) for trial in trials_of(group)]
    assert [trial.explained(result) for trial, result in made if not result.is_true] == []
    assert table_of(group, [result for _, result in made]) in PAGE.read_text(encoding="utf-8"), RENEW


def test_the_page_has_these_tables_in_this_order_and_what_passes() -> None:
    text = PAGE.read_text(encoding="utf-8")
    titles = [line.removeprefix("## ") for line in text.splitlines() if line.startswith("## ")]
    assert titles[:-1] == list(GROUPS.values()), RENEW
    assert {kind.group for kind in DAMAGES.values()} == set(GROUPS)
    assert text.endswith("\n" + what_passes()), RENEW


@pytest.mark.slow
def test_hardly_a_right_file_is_stopped() -> None:
    made = [(trial, trial.run()) for trial in trials(CLEAN, CLEAN_FILES)]
    assert [trial.explained(result) for trial, result in made if result.fate is Fate.DIFFERENT] == []
    stopped = [trial.explained(r) for trial, r in made if r.fate not in (Fate.EQUAL, Fate.REPAIRED)]
    assert len(stopped) < CLEAN_FILES * MOST_FALSE_ALARMS, stopped
    assert PAGE.read_text(encoding="utf-8").startswith(head(len(stopped)) + "\n"), RENEW
