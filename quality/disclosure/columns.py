"""What a whole column is about: by its heading, by lists that its values come from, by what its description says."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from packages.messages import finding
from packages.model import Draft, Finding, Table, Where
from packages.spec import DatasetSpec
from quality.disclosure.detectors.money import may_be_date
from quality.disclosure.patterns import HEADINGS, SPECIAL_HEADINGS, SPECIAL_VALUES, ScreenedColumn

COLUMN_CHECKS: dict[str, tuple[str, str]] = {
    "personal-heading": ("No headings that describe people", "Looked at: all headings."),
    "personal-special-category": ("No column of a special category", "Looked at: all headings and lists of values."),
    "personal-account-columns": ("No sort code beside an account", "Looked at: all columns."),
    "personal-birth-column": ("No column of births or ages", "Looked at: dates and whole numbers of every column."),
    "personal-declared": ("No column that is about people by its description", "Looked at: all descriptions."),
}
"""By rule: the title and the note of its check."""

FEW = 60
"""Different values up to which a column may be one of a list."""

ABOUT_PEOPLE = {
    "person": "names or contacts of people",
    "home": "homes of people",
    "sensitive": "a special category, offences or debts",
    "quasi-identifier": "what tells people apart",
}
"""By nature of a field: what its column is about."""


def column_findings(
    draft: Draft, table: Table, columns: Mapping[str, ScreenedColumn], spec: DatasetSpec
) -> Iterator[Finding]:
    """Yield what is found about whole columns of a table; of empty columns nothing."""
    path = draft.folder / table.parquet.name
    filled = {c.name: c for c in table.columns if c.filled}
    # a table that counts people has a column of their origin or belief in each row, and describes nobody
    counts_people = any(column.nature == "count" for column in columns.values())
    for name, column in columns.items():
        if name not in filled or column.expected:
            continue
        where = Where(table.name, name, draft.heading(table.name, name), of=table.rows)
        if kind := next((kind for words, kind in HEADINGS if words.search(column.words)), ""):
            yield finding("personal-heading", where, what=kind)
        if not counts_people and (kind := _special_kind(path, column, filled[name].distinct)):
            yield finding("personal-special-category", where, what=kind)
        if column.nature in ABOUT_PEOPLE and spec.governance.personal_data not in ("personal", "special-category"):
            yield finding("personal-declared", where, what=ABOUT_PEOPLE[column.nature])
    looked_at = [columns[name] for name in filled if name in columns]
    yield from _account_columns(draft, table, looked_at)
    for column in () if counts_people else _birth_columns(draft, path, looked_at):
        where = Where(table.name, column.field, draft.heading(table.name, column.field), of=table.rows)
        yield finding("personal-birth-column", where)


def _special_kind(path: Path, column: ScreenedColumn, distinct: int) -> str:
    """Return the special category of a column, by its heading or by the list that most of its values come from."""
    kind = next((kind for words, kind in SPECIAL_HEADINGS if words.search(column.words)), "")
    if kind and column.nature not in ("organisation", "place", "free-text", "payee"):
        return kind
    if column.typed or distinct > FEW:
        return ""
    values = {
        str(v).strip().lower()
        for v in pq.ParquetFile(path).read_row_group(0, columns=[column.field])[column.field].unique().to_pylist()
        if v
    }
    plain = {v.replace(" - ", "|").rpartition("|")[2].replace(" & ", " and ").replace(":", "") for v in values}
    for kind, known in SPECIAL_VALUES.items():
        hits = len((plain | values) & known)
        if (hits >= 3 and hits >= 0.5 * len(values)) or (hits == 2 and len(values) == 2):
            return kind
    return ""


def _account_columns(draft: Draft, table: Table, columns: list[ScreenedColumn]) -> Iterator[Finding]:
    """Find a column of sort codes beside one of account numbers."""
    first = next(pq.ParquetFile(draft.folder / table.parquet.name).iter_batches(10_000), None)
    if first is None:
        return
    shapes: dict[str, str] = {}
    for column in columns:
        cells = first.column(column.field).drop_null()
        if not (pa.types.is_string(cells.type) or pa.types.is_integer(cells.type)) or not len(cells):
            continue
        texts = cells.cast(pa.string())
        for shape, expression in (
            ("sort", r"^\d\d[- ]\d\d[- ]\d\d$"),
            ("plain sort", r"^\d{6}$"),
            ("account", r"^\d{8}$"),
        ):
            if (pc.sum(pc.match_substring_regex(texts, expression)).as_py() or 0) >= 0.8 * len(texts):
                shapes[column.field] = shape
                dates = sum(may_be_date(t) for t in texts[:200].to_pylist()) if shape == "sort" else 0
                if dates >= 0.9 * min(200, len(texts)):
                    shapes.pop(column.field)
    accounts = [c for c in columns if shapes.get(c.field) == "account" and not _is_other(c)]
    for column in columns:
        shape = shapes.get(column.field, "")
        said = "sort" in column.words or "bank" in column.words
        if accounts and (shape == "sort" or (shape == "plain sort" and said)):
            where = Where(table.name, column.field, draft.heading(table.name, column.field), of=table.rows)
            yield finding("personal-account-columns", where)


def _is_other(column: ScreenedColumn) -> bool:
    return any(
        word in column.words for word in ("company", "charity", "date", "invoice", "uprn", "transaction", "amount")
    )


PERSON_HEADING = re.compile(
    r"\b(?:names?|forenames?|surnames?|initials|person|people|client|customer|pupil|student|child|tenant|resident|patient"
    r"|applicant|claimant|carer|member|employee|staff|gender|sex|ethnic\w*|nationality)\b"
)
AGE = re.compile(
    r"\A(?!.*\b(?:bands?|groups?|range|of|bracket|from|to|min\w*|max\w*|mean|average|median)\b)"
    r".*\b(?:age|aged|age in years|years old)\b"
)
OF_THINGS = re.compile(
    r"\b(?:building|tree|vehicle|boiler|asset|property|stock|debt|equipment|lift|roof|school|company)\b"
)
DAYS = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d/%m/%y", "%m/%d/%Y")
"""Forms of dates in a column of texts."""


def _birth_columns(draft: Draft, path: Path, columns: list[ScreenedColumn]) -> Iterator[ScreenedColumn]:
    """Yield the columns whose values are dates of birth, or ages, of the people whom the table is about."""
    about_people = [c for c in columns if c.nature in (*ABOUT_PEOPLE, "payee") or PERSON_HEADING.search(c.words)]
    due = [c for c in columns if c.nature not in ("fact", "place", "count", "organisation")]
    first = next(pq.ParquetFile(path).iter_batches(10_000, columns=[c.field for c in due]), None) if due else None
    if first is None:
        return
    for column in due:
        cells = first.column(column.field).drop_null()
        if pa.types.is_integer(cells.type):
            is_age = AGE.search(column.words) and not OF_THINGS.search(column.words)
            lowest, highest = pc.min_max(cells).as_py().values()
            if is_age and lowest is not None and lowest >= 0 and highest <= 110:
                yield column
        elif any(other is not column for other in about_people) and _are_births(cells, draft.extract.retrieved.date()):
            yield column


def _are_births(cells: pa.Array, today: dt.date) -> bool:
    """Return whether dates are those on which people who live were born: over decades, and none of them recent."""
    if pa.types.is_string(cells.type):
        texts = pc.utf8_trim_whitespace(cells.unique())
        read = (pc.strptime(texts, format=form, unit="s", error_is_null=True).drop_null() for form in DAYS)
        cells = max(read, key=len)
        if len(cells) < 0.9 * len(texts):
            return False
    if not pa.types.is_temporal(cells.type) or len(cells) < 5:
        return False
    days = sorted(set(cells.cast(pa.date32()).to_pylist()))
    ages = [(today - day).days / 365.25 for day in days]
    # the dates of things have favourite days, such as the first of April
    in_the_year = len({(day.month, day.day) for day in days})
    is_spread = in_the_year >= 0.5 * min(len(days), 200) and len(days) >= 0.6 * len(cells)
    is_of_decades = len(days) >= 5 and ages[0] - ages[-1] >= 15 and ages[-1] >= 2
    are_alive = sum(3 <= age <= 105 for age in ages) >= 0.95 * len(ages)
    return is_spread and is_of_decades and are_alive and sum(age >= 18 for age in ages) >= 0.6 * len(ages)
