"""Marks that stand for a number: understood in columns that are described as numbers of people, and only there."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from packages.errors import SetupProblem
from packages.model import Identity
from packages.shaping.marks import ReadMark, read_mark
from packages.spec import REASONS, DatasetSpec, load_spec
from tests.packages.shape_examples import Shaped, a_spec, run, table

FIELDS = [
    {"name": "ward", "type": "string", "constraints": {"required": True}},
    {"name": "claimants", "type": "integer", "title": "Claimants", "constraints": {"required": True, "minimum": 0}},
    {"name": "note", "type": "string"},
]
COUNTS = {"disclosure": {"counts": {"measure": "claimants", "by": "ward", "threshold": 5}}}


def described(root: Path, quality: object = COUNTS) -> DatasetSpec:
    a_spec(root, fields=FIELDS)
    (root / "payments" / "quality.yaml").write_text(yaml.safe_dump(quality))
    return load_spec(Identity("payments", "camden"), root)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        *((text, "suppressed") for text in ("[c]", "C", "*", "<5", "< 5", "≤4", "&lt;5", "＜5", "fewer than 5", "1-4")),
        *((text, "suppressed") for text in ("Less than five", "suppressed", "1 to 4", "5 or fewer", "[s]", "under 10")),
        *((text, "not-available") for text in ("[x]", "x", "..", "…", ":", "-", "–", "N/A", "not available")),
        *((text, "not-applicable") for text in ("[z]", "z", ".")),
        *((text, "low") for text in ("[low]", "low", "~")),
        ("[w]", "none-recorded"),
    ],
)
def test_a_mark_becomes_a_reason(text: str, reason: str) -> None:
    assert read_mark(text) == ReadMark("", reason)
    assert reason in REASONS


@pytest.mark.parametrize(
    ("text", "number", "reason"), [("12 [p]", "12", "provisional"), ("1,204[r]", "1,204", "revised")]
)
def test_a_mark_beside_a_number_leaves_the_number(text: str, number: str, reason: str) -> None:
    assert read_mark(text) == ReadMark(number, reason)


@pytest.mark.parametrize("text", ["", " ", "0", "12", "1,204", "-3", "12.0", "£5", "(4)", "twelve", "5*", "10 Downing"])
def test_a_number_or_a_word_is_no_mark(text: str) -> None:
    assert read_mark(text) is None


@given(st.integers(-(10**9), 10**9))
def test_no_number_is_ever_a_mark(number: int) -> None:
    assert read_mark(str(number)) is None
    assert read_mark(f"{number:,}") is None


def shaped(spec: DatasetSpec, headings: tuple[str, ...], *rows: tuple[str, ...]) -> Shaped:
    return run(table(headings, rows), spec)


def test_the_reason_stands_beside_and_is_counted(tmp_path: Path) -> None:
    found = shaped(
        described(tmp_path), ("ward", "claimants", "note"), ("A", "[c]", "*"), ("B", "1,204 [p]", "x"), ("C", "", ""),
        ("", "", ""),
    )  # fmt: skip
    assert [(row["claimants"], row["claimants_status"]) for row in found.rows] == [
        ("", "suppressed"),
        ("1204", "provisional"),
        ("", "not-available"),
        ("", ""),
    ]
    # marks elsewhere are left alone
    assert [row["note"] for row in found.rows] == ["*", "x", "", ""]
    marked = [(f.rule, f.severity, f.where.count, f.where.rows) for f in found.findings if f.rule == "counts-marked"]
    assert marked == [("counts-marked", "fixed", 1, (2,)), ("counts-marked", "fixed", 1, (3,))]
    assert found.counts()["mark", "claimants"] == 2


def test_the_files_own_status_is_kept(tmp_path: Path) -> None:
    found = shaped(
        described(tmp_path), ("ward", "claimants", "claimants_status"), ("A", "*", "revised"), ("B", "<5", "")
    )
    assert [row["claimants_status"] for row in found.rows] == ["revised", "suppressed"]


def test_without_a_description_of_counts_nothing_is_changed(tmp_path: Path) -> None:
    found = shaped(described(tmp_path, {}), ("ward", "claimants"), ("A", "[c]"))
    assert found.rows == [{"ward": "A", "claimants": "[c]", "note": ""}]
    assert not [f for f in found.findings if f.rule == "counts-marked"]


def test_the_field_beside_a_measure_comes_by_itself(tmp_path: Path) -> None:
    spec = described(tmp_path)
    assert spec.resource.table_schema.names == ("ward", "claimants", "claimants_status", "note")
    # a hidden number is empty, and its reason stands for it
    assert not spec.resource.table_schema.field("claimants").required
    assert spec.resource.table_schema.field("claimants").constraints == {"minimum": 0}


def test_a_file_without_any_of_the_numbers_is_stopped(tmp_path: Path) -> None:
    found = shaped(described(tmp_path), ("ward", "note"), ("A", "b"))
    assert "column-missing" in {f.rule for f in found.findings}
    assert not any("status" in f.what for f in found.findings)


@pytest.mark.parametrize("key", ["measure", "by", "derived"])
def test_a_misspelt_field_is_answered_with_the_right_one(tmp_path: Path, key: str) -> None:
    rule = {"measure": "claimants", "by": "ward", key: "claimant"}
    with pytest.raises(SetupProblem, match="counts"):
        described(tmp_path, {"disclosure": {"counts": rule}})


@pytest.mark.parametrize(("totals", "rows"), [({"ward": "Total"}, 3), ({}, 2)])
def test_a_total_that_is_described_stays_and_any_other_is_a_checksum(tmp_path: Path, totals: object, rows: int) -> None:
    rule = COUNTS["disclosure"]["counts"] | {"totals": totals}
    spec = described(tmp_path, {"disclosure": {"counts": rule}})
    found = shaped(spec, ("ward", "claimants"), ("A", "[c]"), ("B", "40"), ("Total", "43"))
    assert len(found.rows) == rows
    # numbers that were taken out are no mistake in the total
    assert "totals-row-differs" not in found.rules()
