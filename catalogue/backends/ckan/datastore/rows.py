"""A released CSV file as a table of CKAN's DataStore: its columns with their types, its rows in batches. Pure.

Decimals are exact (`numeric`), days are dates, moments timestamps in UTC, truth values booleans; all else is text.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from packages.errors import SetupProblem

TYPES = {
    "integer": "numeric",
    "number": "numeric",
    "boolean": "bool",
    "date": "date",
    "datetime": "timestamp",
}
"""Types of the DataStore by those of a Table Schema; all others are text."""

LONGEST_NAME = 63
"""Bytes of a column's name, in PostgreSQL."""

BATCH_ROWS, BATCH_BYTES = 20_000, 4_000_000
"""The most that one call carries: a table within both is made in one transaction."""

Record = dict[str, str | None]
"""A row as the DataStore takes it: text by column."""

csv.field_size_limit(1 << 30)  # a cell of a released file is as long as it is

MARK = "londata_release"
"""The entry in the data dictionary of the last column that tells which release a table holds whole."""


def unfit_columns(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of columns that the DataStore does not take: with `_` first, quotes, blanks around, too long."""
    return tuple(field["name"] for field in schema["fields"] if not _is_fit(field["name"]))


def _is_fit(name: str) -> bool:
    if not name or name != name.strip() or name.startswith("_") or '"' in name:
        return False
    return len(name.encode()) <= LONGEST_NAME and not any(unicodedata.category(letter) == "Cc" for letter in name)


def require_fit_columns(table: str, schema: Mapping[str, Any]) -> None:
    """Raise SetupProblem when a table has a column that the DataStore does not take."""
    for name in unfit_columns(schema):
        raise SetupProblem(
            f"The column “{name}” of the table “{table}” cannot be in the DataStore of CKAN: a name there begins with "
            f"no underscore, holds no quotation mark and is at most {LONGEST_NAME} bytes long.",
            fix="Give the field another name in datapackage.yaml, or set LONDATA_CKAN_DATASTORE=false.",
            why="Nothing was written.",
        )


def table_fields(schema: Mapping[str, Any], mark: str) -> list[dict[str, Any]]:
    """Return the columns with the data dictionary: titles, and descriptions with the unit. `mark` names the release."""
    fields = [
        {"id": field["name"], "type": TYPES.get(field.get("type", ""), "text"), "info": _info(field)}
        for field in schema["fields"]
    ]
    fields[-1]["info"][MARK] = mark
    return fields


def _info(field: Mapping[str, Any]) -> dict[str, str]:
    unit = f"Unit: {field['unit']}." if field.get("unit") else ""
    notes = " ".join(part for part in (str(field.get("description", "")).strip(), unit) if part)
    info = {"label": str(field.get("title", "")), "notes": notes}
    return {key: value for key, value in info.items() if value}


def mark_of(fields: Sequence[Mapping[str, Any]]) -> str:
    """Return the release that a table's columns name; empty when it is not whole, or none of ours."""
    return str((fields[-1].get("info") or {}).get(MARK, "")) if fields else ""


def is_ours(fields: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether we made a table, whole or not."""
    return bool(fields) and MARK in (fields[-1].get("info") or {})


def csv_rows(path: Path) -> Iterator[list[str]]:
    """Yield the rows of a released CSV file as text, without its headings."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        next(reader, None)
        yield from reader


def batches(rows: Iterable[Sequence[str]], fields: Sequence[Mapping[str, Any]]) -> Iterator[list[Record]]:
    """Yield the rows as records for the DataStore, so many at a time as one call carries; an empty cell is a null."""
    names = [field["id"] for field in fields]
    makers = [_CELLS.get(field["type"], str) for field in fields]
    batch: list[Record] = []
    size = 0
    for row in rows:
        record = {name: make(cell) if cell else None for name, make, cell in zip(names, makers, row, strict=True)}
        length = len(json.dumps(record))
        if batch and (len(batch) >= BATCH_ROWS or size + length > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(record)
        size += length
    if batch:
        yield batch


def _moment(cell: str) -> str:
    """Return a moment in UTC without a zone: a `timestamp` of PostgreSQL forgets zones."""
    moment = dt.datetime.fromisoformat(cell)
    if moment.tzinfo:
        moment = moment.astimezone(dt.UTC).replace(tzinfo=None)
    return moment.isoformat()


_CELLS: Mapping[str, Callable[[str], str]] = {"timestamp": _moment}


def is_same_row(cells: Sequence[str], shown: Sequence[str], fields: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether a row of the file is the row that the DataStore shows (as CSV, without `_id`)."""
    return len(cells) == len(shown) == len(fields) and all(
        cell == other or _is_same(cell, other, field["type"])
        for cell, other, field in zip(cells, shown, fields, strict=True)
    )


def _is_same(cell: str, shown: str, kind: str) -> bool:
    if not cell or not shown:
        return not cell and not shown
    if kind == "numeric":
        return _number(cell) == _number(shown)
    if kind == "bool":
        return cell.casefold()[:1] == shown.casefold()[:1]
    if kind == "timestamp":
        # the DataStore shows milliseconds of the microseconds that it keeps
        return _to_milliseconds(_moment(cell)) == _to_milliseconds(shown)
    return False


def _number(text: str) -> Decimal | str:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text.casefold()
    return "nan" if number.is_nan() else number


def _to_milliseconds(text: str) -> dt.datetime:
    moment = dt.datetime.fromisoformat(text)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
