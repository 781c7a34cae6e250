"""A released CSV file as a table of the DataStore: what is sent, and when the DataStore shows the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from catalogue.backends.ckan.datastore import rows
from catalogue.backends.ckan.datastore.rows import (
    batches,
    csv_rows,
    is_ours,
    is_same_row,
    mark_of,
    require_fit_columns,
    table_fields,
    unfit_columns,
)
from packages.errors import SetupProblem

SCHEMA = {
    "fields": [
        {"name": "day", "type": "date", "title": "Day"},
        {"name": "amount", "type": "number", "description": "What was paid.", "unit": "pounds"},
        {"name": "seen", "type": "datetime"},
        {"name": "open", "type": "boolean"},
        {"name": "year", "type": "year"},
        {"name": "note", "type": "string"},
    ]
}
FIELDS = table_fields(SCHEMA, "abc")


def test_columns_have_types_and_a_dictionary_and_the_last_one_names_the_release() -> None:
    assert [field["type"] for field in FIELDS] == ["date", "numeric", "timestamp", "bool", "text", "text"]
    assert FIELDS[0]["info"] == {"label": "Day"}
    assert FIELDS[1]["info"] == {"notes": "What was paid. Unit: pounds."}
    assert (mark_of(FIELDS), is_ours(FIELDS)) == ("abc", True)
    half = table_fields(SCHEMA, "")
    assert (mark_of(half), is_ours(half)) == ("", True)
    assert (mark_of([{"id": "x"}]), is_ours([{"id": "x"}]), is_ours([])) == ("", False, False)


def test_cells_are_exact_text_empty_ones_null_and_moments_in_utc() -> None:
    cells = ["2026-01-05", "15020.10", "2026-06-01T10:00:00+01:00", "true", "1999", ""]
    ((record,),) = batches([cells], FIELDS)
    assert list(record.values()) == ["2026-01-05", "15020.10", "2026-06-01T09:00:00", "true", "1999", None]


def test_a_batch_is_bounded_in_rows_and_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    fields = [{"id": "note", "type": "text"}]
    monkeypatch.setattr(rows, "BATCH_ROWS", 10)
    assert [len(batch) for batch in batches([["x"]] * 25, fields)] == [10, 10, 5]
    monkeypatch.setattr(rows, "BATCH_BYTES", 500)
    sizes = [len(json.dumps(batch)) for batch in batches([["x" * 200]] * 7, fields)]
    assert len(sizes) == 4
    assert max(sizes) <= 600
    # a row that is too large alone still goes
    assert len(list(batches([["x" * 2000]], fields))) == 1
    assert list(batches([], fields)) == []


def test_a_table_is_read_in_pieces(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text('a,b\r\n1,"two\r\nlines, ""quoted"""\r\n3,\u2028\r\n', newline="")
    assert list(csv_rows(path)) == [["1", 'two\r\nlines, "quoted"'], ["3", "\u2028"]]


@pytest.mark.parametrize(
    ("shown", "same"),
    [
        (["2026-01-05", "15020.10", "2026-06-01T09:00:00.000", "t", "1999", ""], True),
        (["2026-01-05", "15020.1", "2026-06-01T09:00:00", "true", "1999", ""], True),
        (["2026-01-05", "15020.11", "2026-06-01T09:00:00", "t", "1999", ""], False),
        (["2026-01-06", "15020.10", "2026-06-01T09:00:00", "t", "1999", ""], False),
        (["2026-01-05", "15020.10", "2026-06-01T10:00:00", "t", "1999", ""], False),
        (["2026-01-05", "15020.10", "2026-06-01T09:00:00", "f", "1999", ""], False),
        (["2026-01-05", "", "2026-06-01T09:00:00", "t", "1999", ""], False),
        (["2026-01-05", "15020.10", "2026-06-01T09:00:00", "t", "1999", "x"], False),
        (["2026-01-05", "15020.10", "2026-06-01T09:00:00", "t", "1999"], False),
    ],
)
def test_a_row_is_the_same_when_its_values_are(shown: list[str], same: bool) -> None:
    cells = ["2026-01-05", "15020.10", "2026-06-01T10:00:00+01:00", "true", "1999", ""]
    assert is_same_row(cells, shown, FIELDS) is same


def test_numbers_keep_every_digit() -> None:
    fields = [{"id": "n", "type": "numeric"}]
    assert is_same_row(["12345678901234567890.12"], ["12345678901234567890.120"], fields)
    assert not is_same_row(["12345678901234567890.12"], ["12345678901234567890.13"], fields)
    assert is_same_row(["1e-05"], ["0.00001"], fields)
    assert is_same_row(["NaN"], ["NaN"], fields)


@pytest.mark.parametrize("name", ["_id", 'a"b', " a", "a ", "é" * 32, "x" * 64, "a\nb", ""])
def test_a_name_that_the_datastore_does_not_take_is_told_in_words(name: str) -> None:
    schema = {"fields": [{"name": "fine"}, {"name": name}]}
    assert unfit_columns(schema) == (name,)
    with pytest.raises(SetupProblem, match="cannot be in the DataStore"):
        require_fit_columns("payments", schema)


@pytest.mark.parametrize("name", ["x" * 63, "Supplier name", "it's", "a.b", "A%B", "é" * 31])
def test_a_name_that_it_takes_passes(name: str) -> None:
    require_fit_columns("payments", {"fields": [{"name": name}]})
