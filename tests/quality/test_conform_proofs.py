"""What is proven in bulk is never more than what frictionless accepts cell by cell, and its values are the same."""

from __future__ import annotations

import datetime as dt
import re
from itertools import product
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from frictionless import Field as FrictionlessField
from hypothesis import given, settings
from hypothesis import strategies as st

from packages.formats.arrow import as_text
from quality.conform.column_judge import ColumnJudge
from quality.conform.fields import ConformField, conform_field
from quality.conform.keys.key_codes import KeyLog, combine_codes, value_codes
from quality.conform.proofs.byte_proofs import plain_numbers
from quality.conform.proofs.pattern_grammar import narrow_pattern, pattern_forms
from quality.conform.proofs.prove import FieldProof, exact_proof_of, proof_of
from quality.conform.stored_values import KEYS, storage_of


def field(descriptor: dict[str, Any], kind: pa.DataType | None = None) -> ConformField:
    source = FrictionlessField.from_descriptor({"name": "a", **descriptor})
    return conform_field(source, kind, storage_of(kind) if kind else None)


def proof(of: ConformField) -> FieldProof:
    found = proof_of(of)
    assert found is not None
    return found


NUMERIC = ["".join(chars) for size in range(1, 6) for chars in product("01.-9", repeat=size)]

FIELDS: dict[str, tuple[dict[str, Any], pa.DataType | None]] = {
    "integer": ({"type": "integer"}, pa.int64()),
    "integer in bounds": ({"type": "integer", "constraints": {"minimum": "-1", "maximum": "99"}}, pa.int64()),
    "number": ({"type": "number"}, pa.float64()),
    "number in bounds": ({"type": "number", "constraints": {"minimum": "0.1", "maximum": "9.9"}}, pa.float64()),
    "exact number": ({"type": "number"}, pa.decimal128(38, 2)),
    "exact whole number": ({"type": "number"}, pa.decimal128(38, 0)),
}


@pytest.mark.parametrize("name", FIELDS)
def test_every_short_text_of_digits_points_and_signs(name: str) -> None:
    descriptor, kind = FIELDS[name]
    numeric = field(descriptor, kind)
    assert_sound(numeric, NUMERIC)


@pytest.mark.parametrize("name", FIELDS)
@given(st.lists(st.from_regex(r"-?[0-9]{1,18}(\.[0-9]{1,4})?", fullmatch=True), min_size=1, max_size=20))
@settings(deadline=None, max_examples=60)
def test_columns_of_plain_numbers(name: str, texts: list[str]) -> None:
    descriptor, kind = FIELDS[name]
    assert_sound(field(descriptor, kind), texts)


@pytest.mark.parametrize("start", [0, 1])
def test_odd_cells_keep_no_plain_number_beside_them_from_being_proven(start: int) -> None:
    texts = ["", *NUMERIC, "--5", "", "1.5 ", "£1.50"][start:]

    found = plain_numbers(pa.array(texts), 4, 2)

    plain = re.compile(r"-?[0-9]+\.[0-9]{1,2}")
    assert found.tolist() == [len(text) <= 4 and bool(plain.fullmatch(text)) for text in texts]


@given(
    st.lists(st.sampled_from("0123456789-T:Z .").flatmap(lambda _: st.datetimes().map(lambda t: t.isoformat()[:19])))
)
@settings(deadline=None, max_examples=60)
def test_columns_of_datetimes(texts: list[str]) -> None:
    days = [text[:8] + day + text[10:] for text in texts for day in ("28", "29", "30", "31")]
    assert_sound(field({"type": "datetime"}, pa.timestamp("us")), [*texts, *days, *(text + "Z" for text in texts)])


DATE_FORMS = ("%Y-%m-%d", "%d/%m/%Y", "%Y-%d-%m", "%m/%d/%Y", "%d/%m/%y")


@pytest.mark.parametrize("form", ["default", "%Y-%m-%d", "%d/%m/%Y"])
@pytest.mark.parametrize("bounds", [{}, {"minimum": 1, "maximum": 2}, {"exclusiveMinimum": 1, "exclusiveMaximum": 2}])
def test_every_day_of_the_calendar_and_every_day_that_is_not_in_it(form: str, bounds: dict[str, int]) -> None:
    written = "%Y-%m-%d" if form == "default" else form
    ends = {1: dt.date(1904, 2, 29).strftime(written), 2: dt.date(2024, 2, 29).strftime(written)}
    constraints = {name: ends[end] for name, end in bounds.items()}
    day_field = field({"type": "date", "format": form, "constraints": constraints}, pa.date32())
    proven = exact_proof_of(day_field)
    assert proven is not None
    parts = product((0, 999, 1900, 1904, 2023, 2024, 10_000), range(14), range(33))
    texts = [
        written.replace("%Y", year).replace("%m", month).replace("%d", day)
        for y, m, d in parts
        for year, month, day in ((f"{y:04}", f"{m:02}", f"{d:02}"), (f"{y}", f"{m}", f"{d}"))
    ]
    texts += [f" {texts[900]}", f"{texts[900]} ", f"{texts[900]}\n", "٢٠٢٤-٠١-٠١", ""]
    found = proven.prove(pa.array(texts))
    for text, good, value in zip(texts, found.good.tolist(), found.values.to_pylist(), strict=True):
        if good:
            assert day_field.read(text) == (value, None)
    assert found.good.any()


@given(st.lists(st.dates().flatmap(lambda day: st.sampled_from([day.strftime(form) for form in DATE_FORMS]))))
@settings(deadline=None, max_examples=60)
def test_columns_of_dates(texts: list[str]) -> None:
    for form in ("default", "%d/%m/%Y", "%m/%d/%Y", "any"):
        assert_as_asked(field({"type": "date", "format": form}, pa.date32()), texts)


@pytest.mark.parametrize("least", [0, 1, 2, 5])
@given(st.lists(st.text(max_size=8), min_size=1))
@settings(deadline=None, max_examples=60)
def test_lengths_are_counted_in_characters(least: int, texts: list[str]) -> None:
    assert_sound(field({"type": "string", "constraints": {"minLength": least, "maxLength": 6}}, pa.string()), texts)


@pytest.mark.parametrize("pattern", ["", "https.{9,}"])
def test_every_address_of_a_few_parts(pattern: str) -> None:
    constraints = {"pattern": pattern} if pattern else {}
    address = field({"type": "string", "format": "uri", "constraints": constraints}, pa.string())
    parts = (
        ("http", "https", "ftp", "HTTP", ""),
        ("://", ":", "//"),
        ("a.b", "a_b", "a.b:80", "é.b", ""),
        ("", "/", "/c~d", "c d", "/%2", "/é"),
        ("", "?", "?e=f&g", "?%2", "#h", "\n"),
    )
    texts = ["".join(chosen) for chosen in product(*parts)]

    good = proof(address).prove(pa.array(texts)).good.tolist()

    proven = [text for text, is_good in zip(texts, good, strict=True) if is_good]
    assert proven
    assert [text for text in proven if address.read(text) != (text, None)] == []


PATTERNS = ["[1-9][0-9]{2}", "([0-9]{3}|(SC|NI)[0-9])", "a|b", "[[:alpha:]]+", r"\d+\s\w", "[^a]b", ".", "a{2,}",
            "(ab|a)(bc|c)?", "[A-Z]{1,2}[0-9]?", r"[a\d]", "a*?b", "é+", "a$b", "^a", "(?:a|$)", "", "a||b",
            r"[\]\-a]", r"\w{2}"]  # fmt: skip


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_a_narrowed_pattern_accepts_nothing_that_python_refuses(pattern: str) -> None:
    texts = ["".join(chars) for size in range(4) for chars in product("ab1S \né^]C", repeat=size)]
    accepts = re.compile(f"^{pattern}$")
    narrow = narrow_pattern(pattern)
    assert narrow is not None
    taken = pc.match_substring_regex(pa.array(texts), narrow).to_pylist()
    assert [text for text, is_taken in zip(texts, taken, strict=True) if is_taken and not accepts.match(text)] == []


@pytest.mark.parametrize(
    "pattern", [r"(?i)a", r"\bA", r"(a)\1", "(?=a)a", "[^\\d]", "x{0,1001}", "(", "(?a)\\w", "a++"]
)
def test_a_pattern_that_is_not_surely_the_same_has_no_narrowed_form(pattern: str) -> None:
    assert narrow_pattern(pattern) is None


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_every_form_of_a_pattern_is_accepted_by_python(pattern: str) -> None:
    accepts = re.compile(f"^{pattern}$")
    for listed in pattern_forms(pattern).values():
        for form in listed:
            for ends in ((0, 0), (1, 1), (0, 1)):
                text = "".join(chr(pair[ends[i % 2]]) for i, pair in enumerate(form))
                assert accepts.match(text), (pattern, text)


@pytest.mark.parametrize(
    ("kind", "texts"),
    [
        ("number", ["1", "01", "1.0", "+1", "1e0", "2", "-0", "0", "0.0"]),
        ("integer", ["1", "01", "+1", "1_0", "10", str(2**64 + 5), "5"]),
        ("date", ["2024-01-05", "2024-1-5", "2024-01-06"]),
        ("datetime", ["2024-01-05T10:00:00Z", "2024-01-05T11:00:00+01:00", "2024-01-05T10:00:01Z"]),
        ("boolean", ["true", "1", "false", "0"]),
    ],
)
def test_equal_values_have_equal_codes(kind: str, texts: list[str]) -> None:
    source = FrictionlessField.from_descriptor({"name": "a", "type": kind})
    judge = ColumnJudge(conform_field(source, *KEYS[kind]))
    read = source.create_cell_reader()
    values = [read(text)[0] for text in texts]
    found = value_codes(judge.judge(pa.array(texts)).values).tolist()
    for i, one in enumerate(values):
        assert [found[j] == found[i] for j, other in enumerate(values) if other == one] == [True] * values.count(one)


@given(st.lists(st.text(max_size=20)), st.lists(st.text(max_size=300)))
@settings(deadline=None, max_examples=80)
def test_the_code_of_a_text_does_not_depend_on_its_neighbours(texts: list[str], others: list[str]) -> None:
    alone = [value_codes(pa.array([text], pa.string()))[0] for text in texts]
    together = value_codes(pa.array([*others, *texts], pa.string()))[len(others) :]
    assert alone == together.tolist()
    assert len(set(alone)) == len(set(texts))


def test_keys_beyond_memory_are_found_on_disk() -> None:
    log, others = KeyLog(in_memory=10_000, at_once=1000), KeyLog(in_memory=10_000, at_once=1000)
    numbers = np.arange(20_000, dtype=np.int64)
    keys = combine_codes([value_codes(pa.array([f"K{i}" for i in range(20_000)]))], [None])
    keys[19_999], keys[12_345] = keys[3], keys[7]
    for start in range(0, 20_000, 700):
        log.add(keys[start : start + 700], numbers[start : start + 700])
        others.add(keys[start : start + 600], numbers[start : start + 600])
    assert log.shared().tolist() == [3, 7, 12_345, 19_999]
    missing = log.not_in(others).tolist()
    assert missing == [n for n in range(20_000) if n % 700 >= 600 and n not in (12_345, 19_999)]
    log.close()
    others.close()


def assert_sound(of: ConformField, texts: list[str]) -> None:
    """Proven cells are accepted by frictionless; the values of the whole column are those of its cells."""
    proved = proof(of).prove(pa.array(texts, pa.string()))
    refused = [text for text, good in zip(texts, proved.good, strict=True) if good and of.read(text)[1]]
    assert refused == []
    for part in (texts, [text for text, good in zip(texts, proved.good, strict=True) if good]):
        assert_as_asked(of, part)


def assert_as_asked(of: ConformField, texts: list[str]) -> None:
    """A column is judged as frictionless judges its cells."""
    judged = ColumnJudge(of).judge(pa.array(texts, pa.string()))
    expected = [ColumnJudge(of).ask(text) for text in texts]
    assert judged.values.to_pylist() == pa.array([verdict.kept for verdict in expected], of.type).to_pylist()
    assert judged.faulty.tolist() == [i for i, verdict in enumerate(expected) if verdict.faults]


WRITTEN = FIELDS | {
    "date": ({"type": "date", "format": "%d/%m/%Y"}, pa.date32()),
    "boolean": ({"type": "boolean"}, pa.bool_()),
    "year": ({"type": "year"}, pa.int32()),
    "datetime": ({"type": "datetime"}, pa.timestamp("us")),
    "number with a word for nothing": ({"type": "number", "missingValues": ["", "none", "0"]}, pa.float64()),
}
MORE = ["", "none", "31/12/2024", "31/02/2024", "true", "TRUE", "2024", "0024", "2024-01-31T10:00:00Z", "1234567890.50"]


@pytest.mark.parametrize("name", WRITTEN)
def test_the_text_of_a_release_is_that_of_its_values(name: str) -> None:
    descriptor, kind = WRITTEN[name]
    judge = ColumnJudge(field(descriptor, kind))
    for cells in (NUMERIC + MORE, MORE, [text for text in NUMERIC if re.fullmatch(r"-?[1-9]\.?[1-9]*", text)]):
        column = judge.judge(pa.array(cells))
        assert column.written is None or column.written.to_pylist() == as_text(column.values).to_pylist()


@given(st.lists(st.from_regex(r"-?[0-9]{1,12}(\.[0-9]{1,3})?", fullmatch=True) | st.just(""), min_size=1, max_size=20))
@settings(deadline=None, max_examples=100)
def test_the_text_of_numbers_is_that_of_their_values(texts: list[str]) -> None:
    for kind in (pa.int64(), pa.float64(), pa.decimal128(38, 2), pa.decimal128(38, 0)):
        descriptor = {"type": "integer" if kind == pa.int64() else "number"}
        column = ColumnJudge(field(descriptor, kind)).judge(pa.array(texts))
        assert column.written is None or column.written.to_pylist() == as_text(column.values).to_pylist()
