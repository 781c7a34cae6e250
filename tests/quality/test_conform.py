"""Shaped rows judged and typed in one pass."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from packages.errors import SetupProblem
from packages.model import Batch, CheckOutcome, Finding
from packages.spec import TableSchema
from quality.conform import ConformancePass, conform


def schema_of(*fields: dict[str, Any], **more: Any) -> TableSchema:
    return TableSchema.model_validate({"fields": list(fields), **more})


def batches(columns: Mapping[str, list[str | None]], size: int = 1000) -> list[Batch]:
    """Columns of text as batches; the first row is row 2, as below a header."""
    cells = pa.record_batch({name: pa.array(column, pa.string()) for name, column in columns.items()})
    numbers = pa.array(range(2, cells.num_rows + 2), pa.int64())
    return [
        Batch(cells.slice(start, size), numbers.slice(start, size)) for start in range(0, max(cells.num_rows, 1), size)
    ]


def passed(
    schema: TableSchema, columns: Mapping[str, list[str | None]], **more: Any
) -> tuple[pa.Table, ConformancePass]:
    size = more.pop("size", 1000)
    conforming = conform(iter(batches(columns, size)), schema, **more)
    return pa.Table.from_batches([typed.batch for typed in conforming]), conforming


def found(conforming: ConformancePass) -> dict[tuple[str, str], tuple[int, tuple[int, ...]]]:
    """Count and first rows by rule and field."""
    return {(f.rule, f.where.field): (f.where.count, f.where.rows[:3]) for f in findings(conforming)}


def findings(conforming: ConformancePass) -> tuple[Finding, ...]:
    return conforming.findings({}, "table")


AMOUNT = {"name": "amount", "type": "number", "decimals": 2, "constraints": {"required": True, "minimum": 0}}


def test_values_have_the_types_of_a_release() -> None:
    schema = schema_of(
        {"name": "text"},
        {"name": "whole", "type": "integer"},
        {"name": "exact", "type": "number", "decimals": 2},
        {"name": "near", "type": "number"},
        {"name": "yes", "type": "boolean"},
        {"name": "day", "type": "date"},
        {"name": "moment", "type": "datetime"},
        {"name": "hour", "type": "time"},
        {"name": "year", "type": "year"},
        {"name": "place", "type": "geopoint"},
    )
    table, conforming = passed(
        schema,
        {
            "text": ["é", "y", ""],
            "whole": ["007", "", "-3"],
            "exact": ["1.5", "", "-1234567.89"],
            "near": ["0.1", "", "1e3"],
            "yes": ["true", "", "0"],
            "day": ["2024-02-29", "", "2024-1-5"],
            "moment": ["2024-01-05T10:00:00", "", "2024-01-05T10:00:00+01:00"],
            "hour": ["10:00:00", "", "23:59:59"],
            "year": ["2024", "", "0099"],
            "place": ["1, 2", "", "3,4"],
        },
    )
    assert findings(conforming) == ()
    assert table.to_pydict() == {
        "text": ["é", "y", None],
        "whole": [7, None, -3],
        "exact": [Decimal("1.50"), None, Decimal("-1234567.89")],
        "near": [0.1, None, 1000.0],
        "yes": [True, None, False],
        "day": [dt.date(2024, 2, 29), None, dt.date(2024, 1, 5)],
        "moment": [dt.datetime(2024, 1, 5, 10), None, dt.datetime(2024, 1, 5, 9)],  # noqa: DTZ001 stored as UTC
        "hour": [dt.time(10), None, dt.time(23, 59, 59)],
        "year": [2024, None, 99],
        "place": ["1, 2", None, "3,4"],
    }


@pytest.mark.parametrize("size", [1, 2, 1000])
def test_faults_are_counted_by_rule_and_field_with_their_first_rows(size: int) -> None:
    schema = schema_of(AMOUNT, {"name": "day", "type": "date"}, {"name": "kind", "constraints": {"enum": ["a", "b"]}})
    amounts = ["1", "x", "", "-1", "1.505", "2", "y", "z", "w"]
    days = ["2024-01-01", "2024-02-30", "", None, "1/2/2024", "2024-01-01", "", "", ""]
    table, conforming = passed(schema, {"amount": amounts, "day": days, "kind": [*"abcabcabc"]}, size=size)
    assert found(conforming) == {
        ("cell-not-a-number", "amount"): (4, (3, 8, 9)),
        ("cell-missing", "amount"): (1, (4,)),
        ("cell-too-small", "amount"): (1, (5,)),
        ("number-precision", "amount"): (1, (6,)),
        ("cell-not-a-date", "day"): (2, (3, 6)),
        ("row-short", "day"): (1, (5,)),
        ("cell-not-in-list", "kind"): (3, (4, 7, 10)),
    }
    assert conforming.rows == 9
    assert table.column("amount").to_pylist()[:5] == [Decimal("1.00"), None, None, Decimal("-1.00"), None]


def test_findings_show_shapes_and_never_cells() -> None:
    _, conforming = passed(schema_of(AMOUNT), {"amount": ["John Smith", "£12", "John Smyth"]})
    (finding,) = findings(conforming)
    assert finding.shapes == ("Aaaa Aaaaa", "·99")
    assert not any("Smith" in text for text in (finding.what, finding.fix, finding.why, *finding.shapes))


def test_a_code_that_is_nearly_on_its_list_is_suggested_and_the_text_is_not_told() -> None:
    purpose = {"name": "purpose", "constraints": {"enum": ["affordable-housing", "transport", "other"]}}
    _, conforming = passed(schema_of(purpose), {"purpose": ["afordable-houssing", "other", "Mrs Quillstone"]})
    (finding,) = findings(conforming)
    assert "what may be meant is “affordable-housing”." in finding.what
    assert "afordable" not in finding.what
    _, conforming = passed(schema_of(purpose), {"purpose": ["Mrs Quillstone"]})
    assert "meant" not in findings(conforming)[0].what


@pytest.mark.parametrize("size", [1, 2, 1000])
def test_keys_are_compared_by_value(size: int) -> None:
    schema = schema_of(
        {"name": "id", "type": "integer"},
        {"name": "code", "constraints": {"unique": True}},
        {"name": "a"},
        {"name": "b", "type": "date"},
        primaryKey="id",
        uniqueKeys=[["a", "b"]],
    )
    columns = {
        "id": ["1", "2", "01", "", "+1", ""],
        "code": ["x", "X", "x", "", "", "x "],
        "a": ["p", "p", "p", "q", "q", "q"],
        "b": ["2024-01-01", "2024-01-02", "2024-1-1", "", "", "2024-01-01"],
    }
    _, conforming = passed(schema, columns, size=size)
    assert found(conforming) == {
        ("key-missing", "id"): (2, (5, 7)),
        ("key-repeated", "id"): (2, (4, 6)),
        ("value-repeated", "code"): (1, (4,)),
        ("group-repeated", "a, b"): (2, (4, 6)),
    }


def test_many_keys_of_which_two_are_the_same() -> None:
    keys = [f"TX{i:06d}" for i in range(50_000)]
    keys[49_000] = keys[7]
    schema = schema_of({"name": "id"}, primaryKey=["id"])
    _, conforming = passed(schema, {"id": keys}, size=4000)
    assert found(conforming) == {("key-repeated", "id"): (1, (49_002,))}


def test_references_to_another_table_and_to_the_same(tmp_path: Path) -> None:
    bodies = tmp_path / "bodies.csv"
    bodies.write_text("code,kind\nA,p\nB,q\n", encoding="utf-8")
    schema = schema_of(
        {"name": "body"},
        {"name": "kind"},
        {"name": "id", "type": "integer"},
        {"name": "parent", "type": "integer"},
        foreignKeys=[
            {"fields": "body", "reference": {"resource": "bodies", "fields": "code"}},
            {"fields": ["body", "kind"], "reference": {"resource": "bodies", "fields": ["code", "kind"]}},
            {"fields": "parent", "reference": {"resource": "", "fields": "id"}},
        ],
    )
    columns = {"body": ["A", "B", "C", ""], "kind": ["p", "p", "p", ""], "id": ["1", "2", "3", ""],
               "parent": ["", "03", "4", "1"]}  # fmt: skip
    _, conforming = passed(schema, columns, references={"bodies": bodies})
    assert found(conforming) == {
        ("reference-unknown", "body"): (1, (4,)),
        ("reference-unknown", "body, kind"): (2, (3, 4)),
        ("reference-unknown", "parent"): (1, (4,)),
    }
    assert [check.outcome for check in conforming.checks] == [CheckOutcome.PASSED, CheckOutcome.FAILED]


def test_a_table_that_is_not_at_hand_leaves_its_check_open() -> None:
    schema = schema_of({"name": "a"}, foreignKeys=[{"fields": "a", "reference": {"resource": "b", "fields": "c"}}])
    _, conforming = passed(schema, {"a": ["x"]})
    assert conforming.checks[-1].outcome is CheckOutcome.NOT_RUN


def test_what_frictionless_reads_in_a_surprising_way_is_found() -> None:
    schema = schema_of(
        {"name": "loose", "type": "number", "bareNumber": False},
        {"name": "grouped", "type": "number", "decimalChar": ",", "groupChar": "."},
        {"name": "kind", "type": "string", "categories": ["a", {"value": "b", "label": "B"}]},
        {"name": "day", "type": "date", "format": "any"},
    )
    columns = {"loose": ["(5.00)", "5-", "-5", "£5"], "grouped": ["1.5", "1.500,25", "1500", "12.34.567"],
               "kind": ["a", "b", "c", ""], "day": ["2024-01-05"] * 4}  # fmt: skip
    _, conforming = passed(schema, columns)
    assert found(conforming) == {
        ("date-depends-on-today", "day"): (0, ()),
        ("number-sign-doubtful", "loose"): (2, (2, 3)),
        ("number-grouping-doubtful", "grouped"): (2, (2, 5)),
        ("category-unknown", "kind"): (1, (4,)),
    }


def test_numbers_that_cannot_be_kept_exactly() -> None:
    schema = schema_of({"name": "near", "type": "number"}, {"name": "whole", "type": "integer"})
    columns = {"near": ["0.1", "123456789012345.678", "NaN", "1e400"], "whole": ["1", str(2**63), str(-(2**63)), "1_0"]}
    table, conforming = passed(schema, columns)
    assert found(conforming) == {
        ("number-precision", "near"): (2, (3, 5)),
        ("number-not-finite", "near"): (1, (4,)),
        ("number-precision", "whole"): (1, (3,)),
    }
    assert table.column("whole").to_pylist() == [1, None, -(2**63), 10]


@pytest.mark.parametrize(
    "field",
    [
        {"name": "a", "type": "integer", "constraints": {"minimum": "x"}},
        {"name": "a", "constraints": {"pattern": "("}},
        {"name": "a", "type": "integer", "constraints": {"pattern": "a"}},
    ],
)
def test_a_schema_that_cannot_be_used_is_said_so(field: dict[str, Any]) -> None:
    with pytest.raises(SetupProblem, match="Table Schema cannot be used"):
        passed(schema_of(field), {"a": ["1"]})


def test_a_pass_that_was_not_finished_has_not_passed() -> None:
    conforming = conform(iter(batches({"a": ["x", "y"]}, size=1)), schema_of({"name": "a"}))
    next(iter(conforming))
    assert [check.outcome for check in conforming.checks] == [CheckOutcome.NOT_RUN]
