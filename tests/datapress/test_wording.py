"""Texts that people see and that we read again come back as they were."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.backends.datapress.mapping import named_values, read_topics
from catalogue.backends.datapress.wording import (
    file_mark,
    html_to_text,
    plain_paragraphs,
    read_file_mark,
    read_record,
    record_text,
    text_to_html,
)

LETTERS = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")) | st.sampled_from("<>&\"'\n ")
TEXT = st.text(LETTERS, max_size=80)


@given(TEXT)
def test_a_text_comes_back_from_html(text: str) -> None:
    assert html_to_text(text_to_html(text)) == plain_paragraphs(text)


@given(st.text("abc =;<>&", max_size=40))
def test_a_reason_comes_back_whatever_it_says(reason: str) -> None:
    values = {"identifier": "a331a3b4", "withdrawn": "2026-04-02T04:30:00+00:00", "reason": reason}
    expected = values | {"reason": " ".join(reason.split())}
    assert read_record(record_text(values)) == {name: text for name, text in expected.items() if text}


@pytest.mark.parametrize("wrapped", ["{}", "<p>{}</p>", " {}\n", "<div><p>{}</p></div>"])
@pytest.mark.parametrize("rows", [None, 0, 402])
def test_a_mark_comes_back(wrapped: str, rows: int | None) -> None:
    mark = read_file_mark(wrapped.format(file_mark("payments.csv", "a" * 64, "b" * 64, rows)))
    assert mark == {"part": "payments.csv", "release": "a" * 64, "sha256": "b" * 64} | (
        {} if rows is None else {"rows": str(rows)}
    )


@pytest.mark.parametrize("text", ["", "Payments of 2026", "payments.csv of release abc.", "x of release " + "a" * 64])
def test_what_is_not_ours_has_no_mark(text: str) -> None:
    assert read_file_mark(text) == {}


def test_values_by_name() -> None:
    assert named_values("53oj7") == {"": "53oj7"}
    assert named_values("camden=4mxpm, barnet = 59m9r,53oj7") == {"camden": "4mxpm", "barnet": "59m9r", "": "53oj7"}
    assert named_values("") == {}


@pytest.mark.parametrize(
    "told",
    [
        {"topics": {"health": {"title": "Health"}}},
        {"topics": {"health": "Health"}},
        {"topics": [{"id": "health", "title": "Health"}]},
    ],
)
def test_topics_are_read_however_they_are_told(told: object) -> None:
    assert read_topics(told) == {"health": "Health"}
    assert read_topics(None) == read_topics({"topics": None}) == read_topics([]) == {}
