"""The trials on cells as officers type them, and that the page of figures tells those of today."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.disclosure.detectors.pattern import Pattern, ScreenedColumn
from quality.disclosure.patterns import PATTERNS
from quality.disclosure.payees import person_like
from quality.disclosure.screen import LETTERS, TWO_WORDS, may_hold_names
from tests.privacy import page, trials
from tests.privacy.unseen import CARE

SPECIAL = (
    "ethnic origin",
    "sexuality or gender identity",
    "religion or belief",
    "politics or union",
    "biometric or genetic",
)

pytestmark = pytest.mark.usefixtures("readers_in_process")


def test_what_officers_type_is_found_in_every_kind() -> None:
    scores = trials.measure("personal")
    assert len(scores) == 48
    too_few = {
        kind: (score.found, score.cells)
        for kind, score in scores.items()
        if score.found < (0.90 if kind in (*CARE, *SPECIAL) else 0.95) * score.cells
    }
    assert too_few == {}


@pytest.mark.parametrize("trial", trials.WHEN_FIRST_TRIED)
def test_what_only_looks_personal_is_left_alone(trial: str) -> None:
    scores = trials.measure("harmless", trial).values()
    count = sum(s.cells for s in scores)
    assert sum(s.found for s in scores) <= 0.03 * count
    assert sum(s.blocked for s in scores) <= 0.005 * count


@pytest.mark.parametrize("trial", ["first", "second", "third", "fourth"])
def test_payees_that_are_people_are_told_from_bodies(trial: str) -> None:
    scores = trials.measure_payees(trial)
    assert scores["person"].found >= 0.95 * scores["person"].cells
    assert scores["body"].found <= 0.05 * scores["body"].cells


@pytest.mark.parametrize(
    "pattern", [p for p in PATTERNS if not p.chance and p.rule != "cell-formula"], ids=lambda p: p.rule
)
def test_a_net_catches_whatever_the_exact_test_finds(pattern: Pattern) -> None:
    """A net that misses a text makes the exact test worthless there."""
    column = ScreenedColumn("note", "note", nature="free-text")
    texts = [text for name in ("personal", "harmless") for _, text in trials.cells(name)]
    found = pa.array([text for text in texts if pattern.find(text, column)], pa.string())
    in_net = pc.match_substring_regex(found, pattern.net or TWO_WORDS)
    if not pattern.net:
        in_net = pc.and_(in_net, may_hold_names(found))
    if pattern.of_words or not pattern.net:
        in_net = pc.and_(in_net, pc.match_substring_regex(found, LETTERS))
    assert found.filter(pc.invert(in_net)).to_pylist() == []


ODD = "\u017f\u0130\u0131\u212a\ufb01\u0301\u200d\u00a0\t\n\r\x00’“–…()[]{}|\\/&@#*_.,:;'\"-+%£09ØłĐ中ألم"
"""Characters that case folding, accents and expressions treat apart."""


@settings(deadline=None)
@given(st.sampled_from([text for name in ("personal", "payees") for _, text in trials.cells(name)]), st.data())
def test_a_damaged_cell_breaks_nothing(text: str, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(text)))
        text = text[:place] + data.draw(st.sampled_from(ODD)) + text[place + data.draw(st.integers(0, 2)) :]
    column = ScreenedColumn("note", "note", nature=data.draw(st.sampled_from(["free-text", "payee", "organisation"])))
    assert all(pattern.find(text, column) in text for pattern in PATTERNS)
    person_like([text])


@pytest.mark.slow
@pytest.mark.parametrize("name", page.TABLES)
def test_the_page_has_the_figures_of_today(name: str) -> None:
    assert page.TABLES[name]() in page.PAGE.read_text(encoding="utf-8")
