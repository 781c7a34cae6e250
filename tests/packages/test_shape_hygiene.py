"""What programs leave in cells is repaired where that is certain, and counted; what is lost is held."""

from __future__ import annotations

import html
import random
import string
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from packages.model import Severity
from packages.shaping.hygiene import nothing_word
from packages.spec import DatasetSpec
from tests.packages.shape_examples import Shaped, a_field, a_spec, values


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> DatasetSpec:
    return a_spec(tmp_path_factory.mktemp("spec"), fields=a_field("string"))


REPAIRED = {
    "Land at\x01 2 Row": ("Land at 2 Row", "invisible"),
    "Yard\x16": ("Yard", "invisible"),
    "Del\x7fete": ("Delete", "invisible"),
    "7000\u200b07": ("700007", "invisible"),
    "\ufeffFirst": ("First", "invisible"),
    "Hous\u00ading": ("Housing", "invisible"),
    "A\u2060B": ("AB", "invisible"),
    "left\u200eright": ("leftright", "invisible"),
    "pay\u200cment": ("payment", "invisible"),
    "High\u00a0Street": ("High Street", "odd-spaces"),
    "1\u202f234": ("1 234", "odd-spaces"),
    "one\u2028two": ("one\ntwo", "odd-spaces"),
    "High Street\x0bLondon": ("High Street\nLondon", "odd-spaces"),
    "soft\x0bware": ("software", "invisible"),
    "a \x0cb": ("a b", "invisible"),
    "caf\x92s": ("caf’s", "windows-characters"),
    "10\x9620": ("10–20", "windows-characters"),
    "Cafe\u0301": ("Café", "accents"),
    '="00007"': ("00007", "formula-text"),
    '="a ""b"" c"': ('a "b" c', "formula-text"),
    "'00007": ("00007", "apostrophe"),
    "'01/02/2026": ("01/02/2026", "apostrophe"),
    "'-12.50": ("-12.50", "apostrophe"),
    "'REF0012": ("REF0012", "apostrophe"),
    "St John&#39;s Hall": ("St John's Hall", "entities"),
    "Church &amp; Centre": ("Church & Centre", "entities"),
    "A &amp;amp; B": ("A & B", "entities"),
    "The &quot;Mobile&quot;": ('The "Mobile"', "entities"),
    "&pound;5 &#xA3;6": ("£5 £6", "entities"),
    "one&nbsp;two": ("one two", "entities"),
    "two &nbsp;": ("two", "entities"),
    "nan": ("", "blank"),
    "NaN": ("", "blank"),
    "None": ("", "blank"),
    "NULL": ("", "blank"),
    "#N/A": ("", "blank"),
    "#N/A N/A": ("", "blank"),
    "N/A": ("", "blank"),
    "<NA>": ("", "blank"),
    "(null)": ("", "blank"),
    "undefined": ("", "blank"),
    " NaT ": ("", "blank"),
}


@pytest.mark.parametrize("text", REPAIRED)
def test_what_is_certain_is_repaired_and_counted(spec: DatasetSpec, text: str) -> None:
    clean, rule = REPAIRED[text]
    shaped = values(["Kept", text, "", None, text], spec)
    assert shaped.column("value") == ["Kept", clean, "", None, clean]
    assert shaped.counts()[rule, "value"] == 2


KEPT = [
    "AT&T;", "Marks & Spencer; Boots", "a=1&copy=2", "&unknown;", "Tom &Jerry", "'Allo 'Allo", "'90s club", "O'Brien",
    "='not closed", '="a" & "b"', "=SUM(A1)", "nanny", "Nullarbor", "none", "N/A see note", "undefined behaviour", "£5",
    "Café",
    "“quoted” – dashed’s",
    "line one\nline two", "tab\there", "نمی\u200cخواهم", "👩\u200d👩\u200d👧", "क्\u200dष", "Łódź",
    "#1", "(none)", "<b", "naïve", "5 > 3; 2 & 4",
]  # fmt: skip


@pytest.mark.parametrize("text", KEPT)
def test_what_people_wrote_is_left_alone(spec: DatasetSpec, text: str) -> None:
    shaped = values([text], spec)
    assert shaped.column("value") == [text]
    assert (shaped.changes, shaped.findings) == ((), ())


def test_a_word_that_the_list_of_a_field_has_is_no_word_for_nothing(tmp_path: Path) -> None:
    spec = a_spec(tmp_path, fields=a_field("string", constraints={"enum": ["Female", "None"]}))
    assert values(["None", "NONE", "null"], spec).column("value") == ["None", "None", ""]


@pytest.mark.parametrize(
    ("kind", "text", "clean"),
    [
        ("number", "12\u200b34.50", "1234.50"),
        ("number", "'12.50", "12.50"),
        ("number", "NaN", ""),
        ("date", "31/07/2026\u200b", "2026-07-31"),
        ("date", '="31/07/2026"', "2026-07-31"),
        ("date", "31\u00a0July 2026", "2026-07-31"),
        ("integer", "\ufeff7", "7"),
        ("boolean", "y\u200bes", "true"),
    ],
)
def test_numbers_and_dates_are_cleaned_as_well(tmp_path: Path, kind: str, text: str, clean: str) -> None:
    assert values([text], a_spec(tmp_path, fields=a_field(kind))).column("value") == [clean]


CLEAN = st.text(alphabet=string.ascii_letters + string.digits + " .,-/()&£éüŁ’–", min_size=1, max_size=20).filter(
    lambda t: t == t.strip() and not t[:1].isdigit() and nothing_word(())(t) == t
)
NOISE = st.sampled_from(["\u200b", "\ufeff", "\u2060", "\u00ad", "\x01", "\x16", "\x7f", "\u200e"])


@settings(max_examples=200, deadline=None)
@given(truth=st.lists(CLEAN, min_size=1, max_size=20), noise=NOISE, how=st.integers(0, 3), seed=st.integers(0, 999))
def test_damaged_texts_become_the_texts_that_they_were(
    spec: DatasetSpec, truth: list[str], noise: str, how: int, seed: int
) -> None:
    chance = random.Random(seed)

    def damage(text: str) -> str:
        place = chance.randrange(len(text) + 1)
        return [
            lambda: text[:place] + noise + text[place:],
            lambda: text.replace(" ", "\u00a0"),
            lambda: html.escape(html.escape(text)),
            lambda: unicodedata.normalize("NFD", text),
        ][how]()

    damaged = [damage(text) for text in truth]
    # the last row keeps a text such as “Total” from being a totals row
    shaped = values([*damaged, "End"], spec, batch=7)
    assert shaped.column("value") == [*truth, "End"]
    assert sum(change.count for change in shaped.changes) >= sum(a != b for a, b in zip(damaged, truth, strict=True))


# what is lost

CODES = [f"AB{number:04}" for number in range(20)]


def held(shaped: Shaped) -> list[tuple[str, tuple[int, ...]]]:
    return [(f.rule, f.where.rows) for f in shaped.findings if f.severity in (Severity.HOLD, Severity.BLOCK)]


@pytest.mark.parametrize(
    "texts",
    [
        [f"70{number:04}.0" for number in range(20)],
        [*(f"{number}.00" for number in range(1000, 1010)), ""],
        ["100012.0", "100013.0", "", "100014.0"],
    ],
)
def test_codes_with_a_decimal_point_are_held(spec: DatasetSpec, texts: list[str]) -> None:
    ((rule, rows),) = held(values(texts, spec, batch=6))
    assert rule == "code-decimals"
    assert len(rows) == sum(bool(text) for text in texts)


def test_codes_that_lost_the_zeros_that_others_have_are_held(spec: DatasetSpec) -> None:
    padded = [f"{37 * number:06}" for number in range(1, 30)]
    for size in (7, 100):
        texts = [*padded[:10], "4711", *padded[10:], "", "38"]
        assert held(values(texts, spec, batch=size)) == [("code-zeros-lost", (12, 33))]
    for right in (padded, [*padded, "1234567"], [*padded, "A1"], ["0123", "45", "012"] * 9, ["007", "12"] * 1 + CODES):
        assert held(values(right, spec)) == []


def test_codes_with_commas_between_their_digits_are_held(spec: DatasetSpec) -> None:
    texts = [f"{700_000 + number:,}" for number in range(20)]
    assert [rule for rule, _ in held(values(texts, spec))] == ["code-grouped"]
    for right in ([*texts[:3], *CODES], [f"Flat {n}, {n},000 High Street" for n in range(20)], ["1,2"] * 20):
        assert held(values(right, spec)) == []


@pytest.mark.parametrize("damaged", ["01-Mar", "Mar-01", "5-Sep", "05-SEP", "1-Mar-26", "01/03/2026", "2026-03-01"])
def test_a_date_among_codes_is_held(spec: DatasetSpec, damaged: str) -> None:
    assert held(values([*CODES, damaged, "AC1"], spec)) == [("code-turned-date", (22,))]


def test_a_column_of_codes_that_all_became_days_is_held(spec: DatasetSpec) -> None:
    assert held(values(["01-Mar", "05-Sep", "02-Mar"], spec)) == [("code-turned-date", (2, 3, 4))]


@pytest.mark.parametrize(
    "texts",
    [
        ["1234567890123450", "1234567890123460", "1234567890127890"],
        ["123456789012345000", "876543210987654000", "AB1"],
        ["100000000000"] * 5,
        ["123457000000", "123458000000", "123459000000", "X1"],
    ],
)
def test_numbers_that_a_spreadsheet_rounded_are_held(spec: DatasetSpec, texts: list[str]) -> None:
    ((rule, _),) = held(values(texts, spec))
    assert rule == "code-rounded"


def test_markup_is_said(spec: DatasetSpec) -> None:
    found = values(["Hall<br>Annexe", "<p class='x'>Text</p>", "a < b > c", "<5 and >3", "&lt;br/&gt;"], spec)
    assert found.found("markup").where.rows == (2, 3, 6)
    assert found.found("markup").severity is Severity.WARN


GOOD = [
    CODES,
    [f"{number}" for number in range(100_000_000_000, 100_000_000_030)],
    ["1234567890123456", "1234567890123450", "9999000011112222"],
    ["01/03/2026", "02/03/2026", "15/03/2026", "16/03/2026"],
    ["2026-03-01", "2026-03-02", "2026-03-03"],
    ["Meeting on 01-Mar", "5-Sep is the day", "a note", "another note"],
    ["1.0", "2.0", "10.0", "11.0"],
    ["1200.50", "150.25", "300.0", "12.75"],
    ["5000000", "1000000", "2000000"],
    ["3-1", "Mar", "MAR1", "1E2", "12-34"],
    ["Site 100.0", "Area", "Part"],
]


@pytest.mark.parametrize("texts", GOOD)
def test_good_codes_raise_no_alarm(spec: DatasetSpec, texts: list[str]) -> None:
    shaped = values(texts, spec)
    assert shaped.column("value") == texts
    assert shaped.findings == ()
