"""Alternatives put together by their first letter find what they find one by one, each in its turn."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from quality.disclosure.words.alternatives import alternatives_of, by_first_letter

PIECES = st.sampled_from(
    ["a", "b", "c", "ab", "a?", "b*", "[ab]", r"\b", "(?:a|bc)", "(?:|b)", "(?!c)", "a{2}", r"\|", "[|)]", "1", "s"]
)
ALTERNATIVES = st.lists(st.lists(PIECES, max_size=4).map("".join), min_size=1, max_size=12)


@given(ALTERNATIVES, st.text("abcABC1s|) \u017f", max_size=30))
def test_the_same_is_found(alternatives: list[str], text: str) -> None:
    one_by_one = re.compile("|".join(alternatives), re.IGNORECASE)
    together = re.compile(by_first_letter(alternatives), re.IGNORECASE)
    assert [m.span() for m in together.finditer(text)] == [m.span() for m in one_by_one.finditer(text)]


@given(ALTERNATIVES)
def test_an_expression_is_taken_apart_where_it_was_put_together(alternatives: list[str]) -> None:
    assert alternatives_of("|".join(alternatives)) == alternatives


def test_what_stands_in_brackets_stays_together() -> None:
    assert alternatives_of(r"a|(?:b|c)d|[|]e|\|f") == ["a", "(?:b|c)d", "[|]e", r"\|f"]
    assert by_first_letter(["cat", "car", "dog", "cat", "x?y", "den"]) == "c(?:at|ar)|dog|x?y|den"
