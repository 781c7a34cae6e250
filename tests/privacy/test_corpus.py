"""The corpus of personal data and look-alikes: a sample in every run, all of it and the page in the slow tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from packages.model import Severity
from tests.privacy import corpus, seen, unseen

pytestmark = pytest.mark.usefixtures("readers_in_process")


@pytest.mark.parametrize("way", corpus.WAYS)
def test_what_is_personal_is_found_and_what_is_not_is_left(way: str) -> None:
    scores = corpus.measure(corpus.WAYS[way])
    too_few = {
        kind: (half, score.found, score.cells)
        for (what, half, kind), score in scores.items()
        if what == "PERSONAL" and score.found < corpus.LEAST.get(kind, 0.95) * score.cells
    }
    assert too_few == {}
    for half in ("seen", "unseen"):
        others = corpus.joined(scores, "HARMLESS", half)
        assert others.found <= 0.03 * others.cells
        assert others.blocked <= 0.005 * others.cells


def test_numbers_of_people_are_found_in_columns_of_numbers() -> None:
    for kind, score in corpus.measure_typed().items():
        assert score.found >= 0.995 * score.cells, kind


def test_the_corpus_is_as_large_as_it_says() -> None:
    assert len(unseen.PERSONAL) >= 40
    assert set(seen.PERSONAL) == set(unseen.PERSONAL)
    for made, least in (("PERSONAL", 2_500), ("HARMLESS", 2_500)):
        count = corpus.PER_KIND if made == "PERSONAL" else corpus.PER_LOOK_ALIKE
        assert sum(len(cells) for _, _, cells in corpus.halves(made, count)) >= least


def test_one_number_that_passes_by_chance_alarms_nobody(tmp_path: Path) -> None:
    references = ["9434765919", *[str(5_100_000_000 + n * 37) for n in range(60)]]
    assert corpus.stopped_cells(references, tmp_path) == {}
    assert Severity.BLOCK in corpus.stopped_cells(seen.cells(unseen.MADE["nhs"], 40, "a"), tmp_path).values()
