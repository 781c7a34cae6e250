from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from packages.formats.arrow import arrow_schema, as_text
from packages.spec import TableSchema

MOMENT = dt.datetime.fromisoformat("2026-01-02T03:04:05")


def one_field(**field: object) -> pa.Field:
    return arrow_schema(TableSchema.model_validate({"fields": [{"name": "x", **field}]})).field("x")


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ({"type": "string"}, pa.string()),
        ({"type": "integer"}, pa.int64()),
        ({"type": "number"}, pa.float64()),
        ({"type": "number", "decimals": 2}, pa.decimal128(38, 2)),
        ({"type": "number", "decimals": 0}, pa.decimal128(38, 0)),
        ({"type": "boolean"}, pa.bool_()),
        ({"type": "date"}, pa.date32()),
        ({"type": "datetime"}, pa.timestamp("us")),
        ({"type": "time"}, pa.time64("us")),
        ({"type": "year"}, pa.int32()),
        ({"type": "yearmonth"}, pa.string()),
        ({"type": "geopoint"}, pa.string()),
        ({"type": "any"}, pa.string()),
    ],
)
def test_each_type_has_its_arrow_type(field, expected):
    assert one_field(**field).type == expected


def test_a_field_may_be_null_unless_it_is_required():
    assert one_field(type="string").nullable
    assert not one_field(type="string", constraints={"required": True}).nullable


def test_metadata_hold_the_words_and_the_field_of_our_files():
    field = one_field(type="date", title="Paid", description="When it was paid.", format="%d/%m/%Y", safe=True)

    assert field.metadata[b"title"] == b"Paid"
    assert field.metadata[b"description"] == b"When it was paid."
    # our files hold ISO dates, whatever the received file held; `safe` is a word of ours
    assert json.loads(field.metadata[b"table_schema_field"]) == {
        "name": "x",
        "type": "date",
        "title": "Paid",
        "description": "When it was paid.",
    }


def test_the_schema_is_that_of_the_canonical_text():
    described = {
        "fields": [{"name": "x", "type": "boolean", "trueValues": ["Y"]}],
        "missingValues": ["-"],
        "primaryKey": "x",
    }
    arrow = arrow_schema(TableSchema.model_validate(described))

    assert json.loads(arrow.metadata[b"table_schema"]) == {
        "fields": [{"name": "x", "type": "boolean"}],
        "primaryKey": "x",
    }


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (pa.array(["007", None, ""]), ["007", "", ""]),
        (pa.array([2**63 - 1, None, -1]), ["9223372036854775807", "", "-1"]),
        (pa.array([Decimal("0.10"), None], pa.decimal128(38, 2)), ["0.10", ""]),
        (pa.array([Decimal("1E-9"), Decimal(0)], pa.decimal128(38, 10)), ["0.0000000010", "0.0000000000"]),
        (pa.array([0.1, 1.0, None, 1e22]), ["0.1", "1", "", "1e+22"]),
        (pa.array([float("nan"), float("inf"), float("-inf")]), ["NaN", "INF", "-INF"]),
        (pa.array([True, False, None]), ["true", "false", ""]),
        (pa.array([dt.date(999, 1, 2), None]), ["0999-01-02", ""]),
        (pa.array([MOMENT, None], pa.timestamp("us")), ["2026-01-02T03:04:05", ""]),
        (pa.array([MOMENT.replace(microsecond=6)], pa.timestamp("us")), ["2026-01-02T03:04:05.000006"]),
        (pa.array([10_000_000_001.0, 123_456_789_012.5]), ["10000000001", "123456789012.5"]),
        (pa.array([dt.time(3, 4), dt.time(3, 4, 5, 60)], pa.time64("us")), ["03:04:00", "03:04:05.000060"]),
        (pa.array([99, 2026, None], pa.int32()), ["0099", "2026", ""]),
    ],
)
def test_canonical_text(array, expected):
    assert as_text(array).to_pylist() == expected


@given(st.integers(0, 18), st.lists(st.integers(-(10**38) + 1, 10**38 - 1), min_size=1))
def test_a_decimal_keeps_every_digit_and_place(places, digits):
    values = [Decimal(f"{digit}E-{places}") for digit in digits]

    texts = as_text(pa.array(values, pa.decimal128(38, places))).to_pylist()

    assert texts == [format(value, "f") for value in values]


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False)))
def test_a_float_reads_back_the_same_and_is_no_longer_than_python_s(values):
    texts = as_text(pa.array(values, pa.float64())).to_pylist()

    assert [float(text) for text in texts] == values
    plain = [(text, repr(value)) for text, value in zip(texts, values, strict=True) if "e" not in repr(value)]
    assert all(len(text) <= len(python) for text, python in plain)
