"""The privacy check: does the table seem to describe people?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from packages.masking import mask
from packages.messages import finding
from packages.model import ROWS_KEPT, ROWS_SHOWN, Check, CheckOutcome, Draft, Finding, RowNumbers, Table, Where
from packages.spec import DatasetSpec, FieldSpec
from quality.disclosure.patterns import HEADINGS, PATTERNS, Pattern, ScreenedColumn
from quality.verdict import JudgedPart

PERSONAL_DATA_RULES: frozenset[str] = frozenset(
    {p.rule for p in PATTERNS if p.rule != "cell-formula"} | {"personal-heading"}
)
"""The rules that mean people may be described: where one of them stops a file, the exit code says so."""

BATCH = 65_536
"""Rows that are looked at together: enough for speed, little in memory."""

BY_CHANCE = 0.5
"""Up to this share, numbers in a column of references that pass a check digit do so by chance."""


@dataclass(slots=True)
class PatternTally:
    """What one pattern caught in one column so far: cells in the net, cells that are it, the first shapes and places.

    `places` are positions in the table, from 0.
    """

    caught: int = 0
    hits: int = 0
    shapes: list[str] = field(default_factory=list)
    places: list[int] = field(default_factory=list)

    def add(self, found: str, cells: int) -> None:
        """Count the cells of one text, of which `found` is the personal part, or ""."""
        self.caught += cells
        if not found:
            return
        self.hits += cells
        masked = mask(found)
        if masked not in self.shapes and len(self.shapes) < ROWS_SHOWN:
            self.shapes.append(masked)

    def place(self, cells: pa.Array, texts: list[str], start: int) -> None:
        """Note where the texts stand in the cells, the first of which is at the position `start`."""
        if texts and len(self.places) < ROWS_KEPT:
            found = pc.indices_nonzero(pc.is_in(cells, pa.array(texts, pa.string())))
            self.places += [start + place for place in found[: ROWS_KEPT - len(self.places)].to_pylist()]


@dataclass(frozen=True, slots=True)
class TextCells:
    """A stretch of a column as text (null where nothing stands), and the position in the table where it starts."""

    texts: pa.Array
    column: ScreenedColumn
    start: int


Tallies = dict[tuple[Pattern, ScreenedColumn], PatternTally]


def screen(draft: Draft, spec: DatasetSpec) -> JudgedPart:
    """Look for personal data in every text column that is not known to be safe, and in all headings."""
    return JudgedPart.joined(_screen_table(draft, table, spec) for table in draft.tables)


def _screen_table(draft: Draft, table: Table, spec: DatasetSpec) -> JudgedPart:
    path = draft.folder / table.parquet.name
    fields = _fields(table, spec)
    unsafe = tuple(n for n in _text_columns(path) if not fields[n].safe)
    columns = {name: _column(f, draft.heading(table.name, name), spec) for name, f in fields.items()}
    tallies = tally_patterns(path, [columns[name] for name in unsafe])
    found = [_found(pattern, t, _place(draft, table, column.field, t)) for (pattern, column), t in tallies.items()]
    found += [
        finding("personal-heading", _where(draft, table, name), what=what) for name, what in _headings(table, columns)
    ]
    return JudgedPart(tuple(found), _checks(table, found, unsafe))


def tally_patterns(path: Path, columns: list[ScreenedColumn]) -> Tallies:
    """What the patterns find in the given columns of a Parquet file, read in batches; only what was found is listed."""
    tallies: Tallies = {}
    due = {c: [p for p in PATTERNS if not p.only or p.only.search(c.words)] for c in columns}
    start = 0
    for batch in pq.ParquetFile(path).iter_batches(BATCH, columns=[c.field for c in columns]):
        for column, patterns in due.items():
            _tally_batch(TextCells(batch.column(column.field).cast(pa.string()), column, start), patterns, tallies)
        start += batch.num_rows
    return {key: t for key, t in tallies.items() if t.hits and not _chance(*key, t)}


def _tally_batch(cells: TextCells, patterns: list[Pattern], tallies: Tallies) -> None:
    # distinct texts only, as suppliers and purposes repeat; then all nets in one, as most texts are in none
    texts = pa.RecordBatch.from_struct_array(pc.value_counts(cells.texts))
    texts = texts.filter(pc.match_substring_regex(texts["values"], "|".join(f"(?:{p.net})" for p in patterns)))
    for pattern in patterns if texts.num_rows else ():
        caught = texts.filter(pc.match_substring_regex(texts["values"], pattern.net))
        seen = tallies.setdefault((pattern, cells.column), PatternTally())
        held = []
        for text, cells_of_it in zip(caught["values"].to_pylist(), caught["counts"].to_pylist(), strict=True):
            found = pattern.find(text, cells.column)
            seen.add(found, cells_of_it)
            held += [text] if found else []
        seen.place(cells.texts, held, cells.start)


def _chance(pattern: Pattern, column: ScreenedColumn, t: PatternTally) -> bool:
    return pattern.by_chance and column.is_reference and t.hits <= t.caught * BY_CHANCE


def _fields(table: Table, spec: DatasetSpec) -> dict[str, FieldSpec]:
    """The fields of the table's schema; our own words on each (is it safe?) come from the description."""
    known = {f.name: f for r in spec.package.resources if r.name == table.name for f in r.table_schema.fields}
    names = [str(f["name"]) for f in table.schema["fields"]]
    return {name: known.get(name, FieldSpec(name=name)) for name in names}


def _text_columns(path: Path) -> tuple[str, ...]:
    schema = pq.read_schema(path)
    return tuple(f.name for f in schema if pa.types.is_string(f.type) or pa.types.is_large_string(f.type))


def _column(spec_field: FieldSpec, received: str, spec: DatasetSpec) -> ScreenedColumn:
    names = (spec_field.name, spec_field.title, received)
    expected = spec_field.name in spec.quality.disclosure.expected
    return ScreenedColumn(spec_field.name, " | ".join(filter(None, map(plain_heading, names))), expected)


def plain_heading(heading: str) -> str:
    """A heading as lower-case words: `DateOf_Birth ` becomes `date of birth`, `NHSNumber` `nhs number`."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", heading)
    return " ".join(re.findall(r"[a-z0-9]+", apart.lower()))


def _headings(table: Table, columns: Mapping[str, ScreenedColumn]) -> Iterator[tuple[str, str]]:
    empty = {c.name for c in table.columns if not c.filled}
    for name, column in columns.items():
        what = next((what for words, what in HEADINGS if words.search(column.words)), "")
        if what and name not in empty and not column.expected:
            yield name, what


def _where(draft: Draft, table: Table, name: str) -> Where:
    return Where(resource=table.name, field=name, column=draft.heading(table.name, name), of=table.rows)


def _place(draft: Draft, table: Table, name: str, t: PatternTally) -> Where:
    numbers = draft.row_numbers.get(table.name, RowNumbers())
    rows = tuple(numbers.of(place) for place in t.places) if numbers.starts else ()
    return replace(_where(draft, table, name), rows=rows, count=t.hits)


def _found(pattern: Pattern, t: PatternTally, place: Where) -> Finding:
    return finding(pattern.rule, place, shapes=tuple(t.shapes))


def _checks(table: Table, found: list[Finding], screened: tuple[str, ...]) -> tuple[Check, ...]:
    looked_at = f"Looked at: {', '.join(screened)}." if screened else "All columns are of kinds that hold no such data."
    due = {p.rule: (p.title, looked_at) for p in PATTERNS}
    due["personal-heading"] = ("No headings that describe people", "Looked at: all headings.")
    failed = {f.rule for f in found}
    return tuple(
        Check(f"{rule}/{table.name}", title, CheckOutcome.FAILED if rule in failed else CheckOutcome.PASSED, note)
        for rule, (title, note) in due.items()
    )
