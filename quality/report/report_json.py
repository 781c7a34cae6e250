"""The machine twin of the report: `report.json`, in a versioned format of our own."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from packages.errors import SetupProblem
from packages.model import (
    Change,
    Check,
    CheckOutcome,
    ColumnStatistics,
    Finding,
    Identity,
    Report,
    Severity,
    StagedFile,
    Table,
    TableChanges,
    Verdict,
    Where,
)
from quality.report.redaction import without_unsafe_values

FORMAT = "londata-report/1"
"""Name and version of the format; a change that an old reader would misread gets the next number."""


def report_to_json(report: Report) -> bytes:
    """The report as UTF-8 JSON; the same report always gives the same bytes.

    Keys that hold nothing are left out. Columns that are not known to be safe keep their counts only.
    """
    content = {"format": FORMAT, **_plain(without_unsafe_values(report))}
    text = json.dumps(content, ensure_ascii=False, indent=1)
    # a file name that was not UTF-8 holds lone surrogates; their backslash form is what JSON writes for them
    return text.encode("utf-8", "backslashreplace") + b"\n"


def report_from_json(content: bytes) -> Report:
    """Read what `to_json` wrote; SetupProblem when it is something else or of a later version."""
    try:
        found = json.loads(content)
    except ValueError as error:
        raise _unreadable() from error
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise _unreadable()
    return _report(found)


def _unreadable() -> SetupProblem:
    return SetupProblem(
        f"This is not a report in the format {FORMAT}.",
        fix="Check the file again with `londata check`, or read it with the version of londata that wrote it.",
    )


def _plain(value: Any) -> Any:
    """A noun as JSON can hold it, in the order of its fields, without the fields that are at their default."""
    if isinstance(value, Identity):
        return str(value)
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if dataclasses.is_dataclass(value):
        fields = ((field, getattr(value, field.name)) for field in dataclasses.fields(value))
        return {field.name: _plain(content) for field, content in fields if content != field.default}
    if isinstance(value, Mapping):
        return {key: _plain(content) for key, content in value.items()}
    return [_plain(item) for item in value] if isinstance(value, tuple | list) else value


def _report(found: Mapping[str, Any]) -> Report:
    return Report(
        identity=Identity.parse(found["identity"]),
        verdict=Verdict(found["verdict"]),
        created=dt.datetime.fromisoformat(found["created"]),
        findings=tuple(_finding(entry) for entry in found["findings"]),
        checks=tuple(Check(**entry | {"outcome": CheckOutcome(entry["outcome"])}) for entry in found["checks"]),
        changes=tuple(Change(**_tuples(entry, "rows")) for entry in found["changes"]),
        tables=tuple(_table(entry) for entry in found["tables"]),
        source=found["source"],
        previous=found.get("previous", ""),
        approved_by=found.get("approved_by", ""),
        how_read=found.get("how_read", ""),
        compared=tuple(_compared(entry) for entry in found.get("compared", ())),
    )


def _finding(entry: dict[str, Any]) -> Finding:
    place = Where(**_tuples(entry["where"], "rows"))
    return Finding(**_tuples(entry, "shapes") | {"severity": Severity(entry["severity"]), "where": place})


def _table(entry: dict[str, Any]) -> Table:
    return Table(
        name=entry["name"],
        schema=entry["schema"],
        rows=entry["rows"],
        csv=StagedFile(**entry["csv"]),
        parquet=StagedFile(**entry["parquet"]),
        columns=tuple(_column(column) for column in entry.get("columns", ())),
    )


def _compared(entry: dict[str, Any]) -> TableChanges:
    pairs = {key: tuple((one, other) for one, other in entry.get(key, ())) for key in ("fields", "new", "gone")}
    return TableChanges(**_tuples(entry, "key") | pairs)


def _column(entry: dict[str, Any]) -> ColumnStatistics:
    pairs = {key: tuple((label, count) for label, count in entry.get(key, ())) for key in ("top", "bars", "profile")}
    return ColumnStatistics(**entry | pairs)


def _tuples(entry: dict[str, Any], key: str) -> dict[str, Any]:
    return entry | {key: tuple(entry.get(key, ()))}
