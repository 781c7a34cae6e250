"""The privacy check: find text, numbers and headings that seem to describe people, in every column."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache
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
from quality.disclosure.detectors.pattern import pieces
from quality.disclosure.names.known_names import name_words
from quality.disclosure.names.person_like import BEFORE_NAMES
from quality.disclosure.patterns import PATTERNS, Pattern, ScreenedColumn
from quality.verdict import JudgedPart

PERSONAL_DATA_RULES: frozenset[str] = frozenset(
    {p.rule for p in PATTERNS if p.rule != "cell-formula"}
    | set(COLUMN_CHECKS)
    | {"personal-in-heading"}
    | {"personal-taken-away"}
    | {"people-singled-out", "people-few-alike", "people-all-the-same"}
    | {"counts-known-before", "counts-exposed", "counts-not-hidden"}
)
"""Rules that indicate personal data: a file that one of them stops has an exit code of its own."""

BATCH = 262_144
"""Rows that are screened together: little in memory, and so many that reading the expressions costs little."""

BY_CHANCE = 0.5
"""Share up to which numbers in a column of references pass a check digit by chance."""

NAMES = ("personal-name", "personal-title")
"""Rules on names of people, which a column of payees has a check of its own for."""

LONG_NUMBER = 10**7
"""A number of a typed column from which it can be that of a person: eight digits."""

TWO_WORDS = r"\pL.*[ ,.]\s*\pL|[^\x00-\x{024F}]{2}"
"""As a net: a name has two parts at least, but for those that are written in signs."""

LETTERS = r"[A-Za-z]\.?[A-Za-z]|[^\x00-\x7F]"
"""As a net: what every word has, and a number has not."""

FEW_ROWS = 2_000
"""Rows up to which the nets are cast over all columns at once: for so few, reading the expressions is what costs."""

NETS_TOGETHER = 1_000
"""Characters of nets that are searched for together: RE2 is many times slower where its memory is too small."""

JUDGED_KEPT = 50_000
"""Different texts of a column that are remembered from batch to batch."""

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


@dataclass(slots=True)
class ColumnScreen:
    """What is known of one column while its batches pass.

    `found` holds by pattern the texts with their personal part; where chance is weighed also those in its net without
    one, as "". `judged` are texts that need not be looked at again; None where there are too many different ones.
    `known` holds, by net, the texts that are caught among those of all columns, where the nets were cast over them.
    """

    column: ScreenedColumn
    patterns: list[Pattern]
    found: dict[Pattern, dict[str, str]] = field(default_factory=dict)
    tallies: dict[Pattern, PatternTally] = field(default_factory=dict)
    judged: pa.Array | None = field(default_factory=lambda: pa.array([], pa.string()))
    known: dict[str, pa.Array] | None = None

    def add(self, cells: pa.Array, start: int) -> None:
        """Search a batch of texts (null where a cell is empty) that begins at a position of the table."""
        if self.judged is None:
            self.found = {}
            self._look_at(cells.cast(pa.string()).drop_null())
        else:
            # distinct texts only, as suppliers and purposes repeat, also from batch to batch
            texts = pc.unique(cells).cast(pa.string()).drop_null()
            fresh = texts.filter(pc.invert(pc.is_in(texts, self.judged))) if len(self.judged) else texts
            self._look_at(fresh)
            self.judged = pa.concat_arrays([self.judged, fresh]) if len(self.judged) < JUDGED_KEPT else None
        plain = cells.cast(pa.string()) if any(self.found.values()) else cells
        for pattern, found in self.found.items():
            if not found:
                continue
            counted = pc.value_counts(plain.filter(pc.is_in(plain, pa.array(found, pa.string()))))
            tally = self.tallies.setdefault(pattern, PatternTally())
            counts = dict(zip(counted.field(0).to_pylist(), counted.field(1).to_pylist(), strict=True))
            for text, count in counts.items():
                tally.add(text, found[text], count)
            tally.locate(plain, [text for text in counts if found[text]], start)

    def _look_at(self, texts: pa.Array) -> None:
        # enough numbers were tried, and no more of them pass than by chance
        for pattern, tally in self.tallies.items():
            if pattern.chance and len(tally.tries) >= TRIES_KEPT and not tally.is_meant(pattern, self.column):
                self.patterns = [p for p in self.patterns if p is not pattern]
                self.found.pop(pattern, None)
        for pattern, caught in self._caught(texts) if len(texts) else ():
            if pattern.chance and pattern not in self.tallies:
                caught = caught[:TRIES_KEPT]
            if len(caught):
                # what turned out to be nothing is only kept where its share matters
                is_weighed = pattern.chance or pattern.by_chance
                for text in caught.to_pylist():
                    personal = next(filter(None, (pattern.find(p, self.column) for p in pieces(text))), "")
                    if personal or is_weighed:
                        self.found.setdefault(pattern, {})[text] = personal

    def _caught(self, texts: pa.Array) -> Iterator[tuple[Pattern, pa.Array]]:
        """Yield the patterns with the texts that their nets catch."""
        lettered = texts.filter(pc.match_substring_regex(texts, LETTERS))
        for due, of_words in ((texts, False), (lettered, True)):
            for together in joined_nets([p for p in self.patterns if p.net and p.of_words is of_words and len(due)]):
                yield from in_nets(due, together) if self.known is None else in_known_nets(due, together, self.known)
        for pattern in (p for p in self.patterns if not p.net):
            several = lettered.filter(pc.match_substring_regex(lettered, TWO_WORDS))
            yield pattern, several.filter(may_hold_names(several))


def in_nets(texts: pa.Array, patterns: Sequence[Pattern]) -> Iterator[tuple[Pattern, pa.Array]]:
    """Yield the patterns with the texts that their nets catch: of several, all nets in one first."""
    caught = texts.filter(pc.match_substring_regex(texts, "|".join(f"(?:{p.net})" for p in patterns)))
    if len(patterns) == 1:
        yield patterns[0], caught
    elif len(caught):
        yield from ((p, caught.filter(pc.match_substring_regex(caught, p.net))) for p in patterns)


def in_known_nets(
    texts: pa.Array, patterns: Sequence[Pattern], known: Mapping[str, pa.Array]
) -> Iterator[tuple[Pattern, pa.Array]]:
    """Yield the patterns with the texts that their nets catch, which were cast already."""
    yield from ((p, texts.filter(pc.is_in(texts, known[p.net]))) for p in patterns if p.net in known)


def cast_nets(texts: pa.Array, patterns: Iterable[Pattern]) -> dict[str, pa.Array]:
    """Return, by net, which of the texts each net catches; nets without any are left out."""
    different = list({p.net: p for p in patterns if p.net}.values())
    found = (pair for together in joined_nets(different) for pair in in_nets(texts, together))
    return {pattern.net: caught for pattern, caught in found if len(caught)}


def joined_nets(patterns: Sequence[Pattern]) -> Iterator[list[Pattern]]:
    """Yield patterns in groups, the nets of which are short together, or in one with a long net."""
    together: list[Pattern] = []
    for pattern in patterns:
        if together and sum(len(p.net) for p in (*together, pattern)) > NETS_TOGETHER:
            yield together
            together = []
        together.append(pattern)
    if together:
        yield together


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


def tally_patterns(path: Path, columns: list[ScreenedColumn]) -> dict[tuple[Pattern, ScreenedColumn], PatternTally]:
    """Return the hits of each pattern in the given columns of a Parquet file; pairs without a hit are left out."""
    metadata = pq.ParquetFile(path).metadata
    chunks = {
        c.path: [metadata.row_group(group).column(place) for group in range(metadata.num_row_groups)]
        for place, c in enumerate(map(metadata.schema.column, range(metadata.num_columns)))
    }
    due = [c for c in columns if not c.typed or any(map(_may_be_long, chunks.get(c.field, [None])))]
    # who was paid is looked at on its own: a borough confirms those who trade under their own names
    others = [p for p in PATTERNS if p.rule not in NAMES]
    screens = [ColumnScreen(c, [p for p in (others if c.nature == "payee" else PATTERNS) if p.where(c)]) for c in due]
    # a column that repeats is stored with its distinct texts, which are all that is looked at
    repeating = [c.field for c in due if not c.typed and all(x.has_dictionary_page for x in chunks.get(c.field, []))]
    for column in screens:
        if column.column.field not in repeating:
            column.judged = None
    start = 0
    file = pq.ParquetFile(path, read_dictionary=repeating)
    for batch in file.iter_batches(BATCH, columns=[c.field for c in due]):
        given = [(column, _as_texts(batch.column(column.column.field))) for column in screens]
        filled = [(column, texts) for column, texts in given if texts is not None]
        known = _cast_over_all(filled) if metadata.num_rows <= FEW_ROWS else None
        for column, texts in filled:
            column.known = known
            column.add(texts, start)
        start += batch.num_rows
    pairs = ((pattern, s.column, tally) for s in screens for pattern, tally in s.tallies.items())
    return {(p, column): tally for p, column, tally in pairs if tally.hits and tally.is_meant(p, column)}


def _cast_over_all(filled: Sequence[tuple[ColumnScreen, pa.Array]]) -> dict[str, pa.Array]:
    together = [pc.unique(texts).cast(pa.string()) for _, texts in filled]
    texts = pc.unique(pa.concat_arrays(together)).drop_null() if together else pa.array([], pa.string())
    return cast_nets(texts, (pattern for column, _ in filled for pattern in column.patterns))


def _may_be_long(chunk: pq.ColumnChunkMetaData | None) -> bool:
    """Return whether a stored piece of a column can hold a long number, by its largest value where that is known."""
    if chunk is None or not chunk.is_stats_set or not chunk.statistics.has_min_max:
        return True
    largest = chunk.statistics.max
    return not isinstance(largest, int | float | Decimal) or largest >= LONG_NUMBER


def _as_texts(cells: pa.Array) -> pa.Array | None:
    """Return cells as text; of numbers only whole ones that are long, and None where there are none."""
    kind = cells.type
    if pa.types.is_dictionary(kind) or pa.types.is_string(kind):
        return cells
    if pa.types.is_large_string(kind):
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


WORDS_TOGETHER = 1 << 18
"""Bytes of texts whose words are looked at together."""


def may_hold_names(texts: pa.Array) -> pa.Array:
    """Return for each text whether it may hold a name.

    It may with a known one, with a word that stands before names, and with two words that are unknown or initials.
    """
    # a word takes ten times its letters here
    size = max(1, len(texts) * WORDS_TOGETHER // max(1, texts.nbytes))
    parts = [_may_hold_names(texts.slice(start, size)) for start in range(0, len(texts), size)]
    return pa.concat_arrays(parts or [pa.array([], pa.bool_())])


def _may_hold_names(texts: pa.Array) -> pa.Array:
    words = pc.split_pattern_regex(pc.ascii_lower(texts), r"[^a-z'-]+")
    owners, flat = pc.list_parent_indices(words).cast(pa.int64()), pc.list_flatten(words)
    names, others = _known_words()
    unknown = pc.and_(pc.invert(pc.is_in(flat, others)), pc.greater(pc.binary_length(flat), 2))
    is_name = pc.is_in(flat, names)
    places = pa.array(range(len(texts)), pa.int64())
    # the words of a text stand in a row, so that its second unknown one follows another of the same text
    of_unknown = owners.filter(pc.and_(pc.or_(unknown, pc.match_substring_regex(flat, "^[a-z]$")), pc.invert(is_name)))
    second = of_unknown[1:].filter(pc.equal(of_unknown[1:], of_unknown[:-1])) if len(of_unknown) else of_unknown
    named = pc.is_in(places, pa.concat_arrays([owners.filter(is_name), second]))
    return pc.or_(named, pc.invert(pc.string_is_ascii(texts)))


@cache
def _known_words() -> tuple[pa.Array, pa.Array]:
    known = name_words()
    return pa.array(sorted(known.given | known.family | BEFORE_NAMES)), pa.array(sorted(known.language))


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
