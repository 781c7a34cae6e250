"""The advice on faulty cells fits what they really are."""

from __future__ import annotations

import pytest

from quality.conform.findings.hints import HINTS, hint_for


@pytest.mark.parametrize(
    ("rule", "texts", "words"),
    [
        ("cell-pattern", ["1.00E+11"], "shortened"),
        ("cell-pattern", ["1.00e+11", "5.3e+09"], "shortened"),
        ("cell-pattern", ["100012.0"], "with decimals"),
        ("cell-pattern", ["01-Mar", "Sep-05"], "made dates"),
        ("cell-pattern", ["123457000000"], "zeros"),
        ("cell-pattern", ["10002A"], "leading zeros"),
        ("cell-pattern", ["10002A", "10003B", "1E+02"], "leading zeros"),
        ("cell-not-a-number", ["20%"], "percentages"),
        ("cell-not-a-number", ["$12.00", "€ 1,000", "12 USD"], "another currency"),
        ("cell-not-a-number", ["1.234,50", "12,5"], "decimal comma"),
        ("cell-not-a-number", ["1,00,000", "12,34,567.00"], "every three digits"),
        ("cell-not-a-number", ["1.2E+05"], "shortened"),
        ("cell-not-a-number", ["twelve"], "decimal point, for example"),
        ("cell-not-a-whole-number", ["1.5"], "digits only"),
        ("cell-missing", [], ""),
    ],
)
def test_the_hint_fits_the_cells(rule: str, texts: list[str], words: str) -> None:
    assert words in hint_for(rule, texts)


def test_every_hint_is_a_whole_sentence() -> None:
    for hints, usual in HINTS.values():
        assert all(hint.endswith(".") for hint in (usual, *(hint for _, hint in hints)))
