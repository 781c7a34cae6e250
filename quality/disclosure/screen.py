"""The privacy check: find text, numbers and headings that seem to describe people, in every column."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from packages.masking import mask
from packages.messages import finding
from packages.model import ROWS_KEPT, ROWS_SHOWN, Check, CheckOutcome, Draft, Finding, Table, Where
from packages.spec import DatasetSpec, FieldSpec
from quality.disclosure.columns import COLUMN_CHECKS, column_findings
from quality.disclosure.names.person_like import name_words
from quality.disclosure.patterns import PATTERNS, Pattern, ScreenedColumn
from quality.verdict import JudgedPart

PERSONAL_DATA_RULES: frozenset[str] = frozenset(
    {p.rule for p in PATTERNS if p.rule != "cell-formula"} | set(COLUMN_CHECKS) | {"personal-in-heading"}
)
"""Rules that indicate personal data: a file that one of them stops has an exit code of its own."""

BATCH = 65_536
"""Rows that are screened together: enough for speed, little in memory."""

BY_CHANCE = 0.5
"""Share up to which numbers in a column of references pass a check digit by chance."""

LONG_NUMBER = 10**7
"""A number of a typed column from which it can be that of a person: eight digits."""

TRIES_KEPT = 1_000
"""Different numbers of a column of which is noted whether they pass a check: enough to tell chance from purpose."""


@dataclass(slots=True)
class PatternTally:
    """The hits of one pattern in one column so far: cells in the net, cells that match, first shapes and positions.

    `places` are positions in the table, from 0; `tries` says of different texts in the net whether they match.
    """

    caught: int = 0
    hits: int = 0
    shapes: list[str] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    tries: dict[str, bool] = field(default_factory=dict)

    def add(self, text: str, found: str, cells: int) -> None:
        """Count the cells that hold one text, of which `found` is the personal part, or ""."""
        self.caught += cells
        if len(self.tries) < TRIES_KEPT:
            self.tries[text] = bool(found)
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

    def is_meant(self, pattern: Pattern, column: ScreenedColumn) -> bool:
        """Return whether the hits are more than those that chance brings into any column of numbers."""
        if not pattern.chance:
            # some of many reference numbers pass a check digit, without being personal
            return not (pattern.by_chance and column.is_reference and self.hits <= self.caught * BY_CHANCE)
        count, passed = len(self.tries), sum(self.tries.values())
        expected = count * pattern.chance
        spread = (expected * (1 - pattern.chance)) ** 0.5
        return bool(passed >= max(3, 0.4 * count, expected + 4 * spread + 1))


@dataclass(frozen=True, slots=True)
class TextCells:
    """A batch of a column as text (null where a cell is empty), and the position in the table where it starts."""

    texts: pa.Array
    column: ScreenedColumn
    start: int


Tallies = dict[tuple[Pattern, ScreenedColumn], PatternTally]


def screen(draft: Draft, spec: DatasetSpec) -> JudgedPart:
    """Search every column for personal data, whatever its type and whether or not its values may be shown."""
    return JudgedPart.joined(_screen_table(draft, table, spec) for table in draft.tables)


def _screen_table(draft: Draft, table: Table, spec: DatasetSpec) -> JudgedPart:
    path = draft.folder / table.parquet.name
    # the schema that the table carries lacks the natures of its fields: the description of the dataset says them
    known = {f.name: f for r in spec.package.resources if r.name == table.name for f in r.table_schema.fields}
    stored = pq.read_schema(path)
    names = [str(f["name"]) for f in table.schema["fields"]]
    columns = {
        name: _screened(known.get(name, FieldSpec(name=name)), draft.heading(table.name, name), stored, spec)
        for name in names
    }
    due = [c for c in columns.values() if not pa.types.is_temporal(stored.field(c.field).type)]
    found = tally_patterns(path, due)
    findings = []
    order = {p.rule: place for place, p in reversed(list(enumerate(PATTERNS)))}
    for (_, column), pairs in groupby(
        sorted(found.items(), key=lambda pair: (names.index(pair[0][1].field), order[pair[0][0].rule])),
        key=lambda pair: (pair[0][0].rule, pair[0][1]),
    ):
        (pattern, _), tally = max(pairs, key=lambda pair: pair[1].hits)
        where = Where(table.name, column.field, draft.heading(table.name, column.field), of=table.rows)
        rows = draft.rows_at(table.name, tally.places)
        findings.append(finding(pattern.rule, replace(where, rows=rows, count=tally.hits), shapes=tuple(tally.shapes)))
    findings += column_findings(draft, table, columns, spec)
    return JudgedPart(tuple(findings), _checks(table, findings, names))


def _screened(spec_field: FieldSpec, heading: str, stored: pa.Schema, spec: DatasetSpec) -> ScreenedColumn:
    name = spec_field.name
    kind = stored.field(name).type
    headings = map(plain_heading, (name, spec_field.title, heading))
    return ScreenedColumn(
        name,
        " | ".join(filter(None, headings)),
        expected=name in spec.quality.disclosure.expected,
        nature=spec_field.nature,
        typed=not (pa.types.is_string(kind) or pa.types.is_large_string(kind)),
    )


def tally_patterns(path: Path, columns: list[ScreenedColumn]) -> Tallies:
    """Return the hits of each pattern in the given columns of a Parquet file; pairs without a hit are left out."""
    tallies: Tallies = {}
    due = {c: [p for p in PATTERNS if p.where(c)] for c in columns}
    start = 0
    for batch in pq.ParquetFile(path).iter_batches(BATCH, columns=[c.field for c in columns]):
        for column, patterns in due.items():
            texts = _as_texts(batch.column(column.field))
            if texts is not None:
                _tally_batch(TextCells(texts, column, start), patterns, tallies)
        start += batch.num_rows
    return {pair: tally for pair, tally in tallies.items() if tally.hits and tally.is_meant(*pair)}


def _as_texts(cells: pa.Array) -> pa.Array | None:
    """Return cells as text; of numbers only whole ones that are long, and None where there are none."""
    kind = cells.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return cells.cast(pa.string())
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
        return None
    largest = pc.max(cells).as_py()
    if largest is None or not largest >= LONG_NUMBER:
        return None
    # longer ones are no numbers that somebody was given, and do not fit
    is_long = pc.and_(pc.greater_equal(cells, LONG_NUMBER), pc.less(cells, 10**17))
    longer = pc.if_else(is_long, cells, None)
    if not pa.types.is_integer(kind):
        longer = pc.if_else(pc.equal(pc.floor(longer), longer), longer, None)
    return longer.cast(pa.int64(), safe=False).cast(pa.string())


def _tally_batch(cells: TextCells, patterns: list[Pattern], tallies: Tallies) -> None:
    # distinct texts only, as suppliers and purposes repeat; then all nets in one, as most texts are in none
    texts = pa.RecordBatch.from_struct_array(pc.value_counts(cells.texts))
    texts = texts.filter(pc.is_valid(texts["values"]))
    nets = "|".join(f"(?:{p.net})" for p in patterns if p.net)
    in_nets = texts.filter(pc.match_substring_regex(texts["values"], nets))
    for pattern in patterns:
        if pattern.net:
            caught = in_nets.filter(pc.match_substring_regex(in_nets["values"], pattern.net))
        else:
            caught = texts.filter(has_known_name(texts["values"]))
        if not caught.num_rows:
            continue
        tally = tallies.setdefault((pattern, cells.column), PatternTally())
        hits = []
        for text, count in zip(caught["values"].to_pylist(), caught["counts"].to_pylist(), strict=True):
            personal = pattern.find(text, cells.column)
            tally.add(text, personal, count)
            if personal:
                hits.append(text)
        tally.locate(cells.texts, hits, cells.start)


def has_known_name(texts: pa.Array) -> pa.Array:
    """Return for each text whether one of its words is a known name, or is not written in plain letters."""
    words = pc.split_pattern_regex(pc.ascii_lower(texts), r"[^a-z'-]+")
    owners = pc.list_parent_indices(words)
    known = name_words()
    is_name = pc.is_in(pc.list_flatten(words), pa.array(sorted(known.given | known.family - known.common)))
    named = pc.is_in(pa.array(range(len(texts)), pa.int64()), owners.filter(is_name).cast(pa.int64()))
    return pc.or_(named, pc.invert(pc.string_is_ascii(texts)))


def plain_heading(heading: str) -> str:
    """Return a heading as lower-case words: `DateOf_Birth ` becomes `date of birth`, `NHSNumber` `nhs number`."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", heading)
    return " ".join(re.findall(r"[a-z0-9]+", spaced.lower()))


def _checks(table: Table, findings: Sequence[Finding], screened: Sequence[str]) -> tuple[Check, ...]:
    note = f"Looked at: {', '.join(screened)}."
    # patterns that share a rule make one check
    due = {p.rule: (p.title, note) for p in PATTERNS} | COLUMN_CHECKS
    failed = {f.rule for f in findings}
    return tuple(
        Check(f"{rule}/{table.name}", title, CheckOutcome.FAILED if rule in failed else CheckOutcome.PASSED, note)
        for rule, (title, note) in due.items()
    )
