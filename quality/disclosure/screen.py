"""The privacy check: find text and headings that seem to describe people."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from packages.masking import mask
from packages.messages import finding
from packages.model import ROWS_KEPT, ROWS_SHOWN, Check, CheckOutcome, Draft, Finding, Table, Where
from packages.spec import DatasetSpec, FieldSpec
from quality.disclosure.patterns import HEADINGS, PATTERNS, Pattern, ScreenedColumn
from quality.verdict import JudgedPart

PERSONAL_DATA_RULES: frozenset[str] = frozenset(
    {p.rule for p in PATTERNS if p.rule != "cell-formula"}
    | {"personal-heading", "personal-taken-away", "people-singled-out", "people-few-alike", "people-all-the-same"}
    | {"counts-known-before", "counts-exposed", "counts-not-hidden"}
)
"""Rules that indicate personal data: a file that one of them stops has an exit code of its own."""

BATCH = 65_536
"""Rows that are screened together: enough for speed, little in memory."""

BY_CHANCE = 0.5
"""Share up to which numbers in a column of references pass a check digit by chance."""


@dataclass(slots=True)
class PatternTally:
    """The hits of one pattern in one column so far: cells in the net, cells that match, first shapes and positions.

    `places` are positions in the table, from 0.
    """

    caught: int = 0
    hits: int = 0
    shapes: list[str] = field(default_factory=list)
    places: list[int] = field(default_factory=list)

    def add(self, found: str, cells: int) -> None:
        """Count the cells that hold one text, of which `found` is the personal part, or ""."""
        self.caught += cells
        if not found:
            return
        self.hits += cells
        masked = mask(found)
        if masked not in self.shapes and len(self.shapes) < ROWS_SHOWN:
            self.shapes.append(masked)

    def locate(self, cells: pa.Array, texts: list[str], start: int) -> None:
        """Record the positions of the texts in the cells, the first of which is at the position `start`."""
        if texts and len(self.places) < ROWS_KEPT:
            found = pc.indices_nonzero(pc.is_in(cells, pa.array(texts, pa.string())))
            self.places += [start + place for place in found[: ROWS_KEPT - len(self.places)].to_pylist()]


@dataclass(frozen=True, slots=True)
class TextCells:
    """A batch of a column as text (null where a cell is empty), and the position in the table where it starts."""

    texts: pa.Array
    column: ScreenedColumn
    start: int


Tallies = dict[tuple[Pattern, ScreenedColumn], PatternTally]


def screen(draft: Draft, spec: DatasetSpec) -> JudgedPart:
    """Search every text column that is not known to be safe for personal data, and all headings."""
    return JudgedPart.joined(_screen_table(draft, table, spec) for table in draft.tables)


def _screen_table(draft: Draft, table: Table, spec: DatasetSpec) -> JudgedPart:
    path = draft.folder / table.parquet.name
    # the schema that the table carries does not say which of its fields are safe: the description of the dataset does
    known = {f.name: f for r in spec.package.resources if r.name == table.name for f in r.table_schema.fields}
    names = [str(f["name"]) for f in table.schema["fields"]]
    fields = {name: known.get(name, FieldSpec(name=name)) for name in names}
    text_columns = [
        f.name for f in pq.read_schema(path) if pa.types.is_string(f.type) or pa.types.is_large_string(f.type)
    ]
    unsafe = [name for name in text_columns if not fields[name].safe]
    columns: dict[str, ScreenedColumn] = {}
    for name, spec_field in fields.items():
        headings = map(plain_heading, (name, spec_field.title, draft.heading(table.name, name)))
        columns[name] = ScreenedColumn(
            name, " | ".join(filter(None, headings)), name in spec.quality.disclosure.expected
        )
    findings = []
    for (pattern, column), tally in tally_patterns(path, [columns[name] for name in unsafe]).items():
        rows = draft.rows_at(table.name, tally.places)
        where = replace(_where(draft, table, column.field), rows=rows, count=tally.hits)
        findings.append(finding(pattern.rule, where, shapes=tuple(tally.shapes)))
    findings += _screen_headings(draft, table, columns)
    return JudgedPart(tuple(findings), _checks(table, findings, unsafe))


def tally_patterns(path: Path, columns: list[ScreenedColumn]) -> Tallies:
    """Return the hits of each pattern in the given columns of a Parquet file; pairs without a hit are left out."""
    tallies: Tallies = {}
    due = {c: [p for p in PATTERNS if not p.only or p.only.search(c.words)] for c in columns}
    start = 0
    for batch in pq.ParquetFile(path).iter_batches(BATCH, columns=[c.field for c in columns]):
        for column, patterns in due.items():
            _tally_batch(TextCells(batch.column(column.field).cast(pa.string()), column, start), patterns, tallies)
        start += batch.num_rows
    found: Tallies = {}
    for (pattern, column), tally in tallies.items():
        # some of many reference numbers pass a check digit, without being personal
        is_chance = pattern.by_chance and column.is_reference and tally.hits <= tally.caught * BY_CHANCE
        if tally.hits and not is_chance:
            found[pattern, column] = tally
    return found


def _tally_batch(cells: TextCells, patterns: list[Pattern], tallies: Tallies) -> None:
    # distinct texts only, as suppliers and purposes repeat; then all nets in one, as most texts are in none
    texts = pa.RecordBatch.from_struct_array(pc.value_counts(cells.texts))
    texts = texts.filter(pc.match_substring_regex(texts["values"], "|".join(f"(?:{p.net})" for p in patterns)))
    for pattern in patterns if texts.num_rows else ():
        caught = texts.filter(pc.match_substring_regex(texts["values"], pattern.net))
        tally = tallies.setdefault((pattern, cells.column), PatternTally())
        hits = []
        for text, count in zip(caught["values"].to_pylist(), caught["counts"].to_pylist(), strict=True):
            personal = pattern.find(text, cells.column)
            tally.add(personal, count)
            if personal:
                hits.append(text)
        tally.locate(cells.texts, hits, cells.start)


def plain_heading(heading: str) -> str:
    """Return a heading as lower-case words: `DateOf_Birth ` becomes `date of birth`, `NHSNumber` `nhs number`."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", heading)
    return " ".join(re.findall(r"[a-z0-9]+", spaced.lower()))


def _screen_headings(draft: Draft, table: Table, columns: Mapping[str, ScreenedColumn]) -> list[Finding]:
    empty = {c.name for c in table.columns if not c.filled}
    findings = []
    for name, column in columns.items():
        kind = next((kind for words, kind in HEADINGS if words.search(column.words)), "")
        if kind and name not in empty and not column.expected:
            findings.append(finding("personal-heading", _where(draft, table, name), what=kind))
    return findings


def _where(draft: Draft, table: Table, name: str) -> Where:
    return Where(resource=table.name, field=name, column=draft.heading(table.name, name), of=table.rows)


def _checks(table: Table, findings: Sequence[Finding], screened: Sequence[str]) -> tuple[Check, ...]:
    note = f"Looked at: {', '.join(screened)}." if screened else "All columns are of kinds that hold no such data."
    # patterns that share a rule make one check
    due = {p.rule: (p.title, note) for p in PATTERNS}
    due["personal-heading"] = ("No headings that describe people", "Looked at: all headings.")
    failed = {f.rule for f in findings}
    return tuple(
        Check(f"{rule}/{table.name}", title, CheckOutcome.FAILED if rule in failed else CheckOutcome.PASSED, note)
        for rule, (title, note) in due.items()
    )
