"""Which column of the file becomes which field, decided from the headings and the date of the file."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import islice

from packages.headings import ignored_headings, layout_headings, normalise, own_headings, shown_heading
from packages.model import ChangeLog, Rows
from packages.shaping.dates import ISO_DATE, DateOrder, iso_date
from packages.spec import DatasetSpec, FieldSpec, JoinSpec, Layout, ResourceSpec, RuleSpec, SplitSpec

SAMPLED = 200
"""Rows whose days tell the time of a file."""

REQUIRED_WEIGHT = 3
"""How many optional fields a required field counts for when layouts are compared."""

HeadingIndex = Mapping[str, tuple[str, ...]]
"""The columns of the file under each normalised heading."""


@dataclass(frozen=True, slots=True)
class CellSource:
    """The origin of a field's cells: a column or a part of one, several joined, a constant text, or nothing.

    `repeated` are further columns under the same heading, `other_columns` those under other headings that the layout
    also names for the field, and `missing_parts` the parts of a join that the file does not have.
    """

    field: FieldSpec
    rule: RuleSpec
    columns: tuple[str, ...] = ()
    separator: str | None = None
    split: SplitSpec | None = None
    constant: str = ""
    repeated: tuple[str, ...] = ()
    other_columns: tuple[str, ...] = ()
    missing_parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Arrangement:
    """The source of every field in the schema's order, and the columns that no layout maps.

    `headings` are the headings of the file's columns, fit to be shown. `grid` are the fields for longitude and
    latitude that may come as easting and northing. `period` is the time of the layout in words, when it is another than
    today's.
    """

    sources: tuple[CellSource, ...]
    unmapped: tuple[str, ...]
    headings: Mapping[str, str]
    grid: tuple[str, str] | None = None
    period: str = ""

    def heading(self, source: CellSource) -> str:
        """Return the headings above the columns of a field; empty for a constant."""
        return " + ".join(self.headings[column] for column in source.columns)


def arrange(rows: Rows, spec: DatasetSpec, resource: ResourceSpec, day: dt.date) -> Arrangement:
    """Choose, among all layouts of the publisher, the one that finds most fields in the file.

    Of equals it is the one that leaves fewest columns unmapped, then the one that held on the days in the file (or on
    `day`, where it has none), and of those the first. An old file comes in an old layout whenever it is read.
    """
    headings = {column: rows.headings.get(column, column) for column in rows.columns}
    index: dict[str, tuple[str, ...]] = {}
    for column, heading in headings.items():
        if normalised := normalise(heading):
            index[normalised] = (*index.get(normalised, ()), column)
    shown = {column: shown_heading(heading) for column, heading in headings.items()}

    def arrange_by(layout: Layout) -> Arrangement:
        fields = resource.table_schema.fields
        sources = tuple(_find_source(field, spec.rule(field.name, layout), layout, index) for field in fields)
        mapped = {column for s in sources for column in (*s.columns, *s.repeated, *s.other_columns)}
        ignored = ignored_headings(layout)
        # blank headings are left to the reader, which has reported them already
        unmapped = tuple(
            column
            for column in rows.columns
            if column not in mapped | rows.made
            and headings[column].strip()
            and normalise(headings[column]) not in ignored
        )
        arrangement = Arrangement(sources, unmapped, shown, layout.grid)
        return _with_other_places(arrangement, spec, resource, rows.made)

    def fit(arrangement: Arrangement) -> tuple[int, int]:
        found = sum(REQUIRED_WEIGHT if s.field.required else 1 for s in arrangement.sources if s.columns)
        return found, -len(arrangement.unmapped)

    arranged = [(layout, arrange_by(layout)) for layout in spec.layouts_of(resource)]
    best = max(fit(arrangement) for _, arrangement in arranged)
    # the layouts come nearest first
    fitting = [(layout, arrangement) for layout, arrangement in arranged if fit(arrangement) == best]
    if len(fitting) > 1 and any(layout.valid_from or layout.valid_to for layout, _ in fitting):
        middle = middle_day(rows, fitting[0][1]) or day
        fitting = [pair for pair in fitting if pair[0].holds_on(middle)] or fitting
    layout, arrangement = fitting[0]
    return arrangement if layout.holds_on(day) else replace(arrangement, period=time_of_layout(layout))


def time_of_layout(layout: Layout) -> str:
    """Return the time of a dated layout in words: `until March 2015`."""
    begin, end = (day and f"{day:%B %Y}" for day in (layout.valid_from, layout.valid_to))
    if begin and end:
        return f"from {begin} to {end}"
    return f"until {end}" if end else f"since {begin}"


def middle_day(rows: Rows, arrangement: Arrangement) -> dt.date | None:
    """Return the middle one of the days in the first rows of a file; None when there are none."""
    columns = [s.columns[0] for s in arrangement.sources if s.columns and s.field.type in ("date", "datetime")]
    days = []
    for batch in islice(rows.start(ChangeLog()), 1):
        for column in columns:
            texts = (text.strip() for text in batch.cells.column(column).slice(0, SAMPLED).to_pylist() if text)
            # the order of day and month moves a day by some months at most
            forms = (iso_date(iso_date(text, DateOrder.DAY_FIRST), DateOrder.MONTH_FIRST) for text in texts)
            days += [form for form in forms if re.fullmatch(ISO_DATE, form)]
    return dt.date.fromisoformat(sorted(days)[len(days) // 2]) if days else None


EASTINGS = ("easting", "eastings", "oseasting", "geoeasting", "xeasting", "eastingx")
NORTHINGS = ("northing", "northings", "osnorthing", "geonorthing", "ynorthing", "northingy")
"""Headings of the two parts of a grid reference, normalised."""


def grid_columns(arrangement: Arrangement) -> tuple[str, ...]:
    """Return the columns of eastings and northings that no field takes; none when there are not both."""
    mapped = {column for source in arrangement.sources for column in source.columns}
    free = {normalise(heading): c for c, heading in arrangement.headings.items() if c not in mapped}
    pair = [next((free[name] for name in names if name in free), "") for names in (EASTINGS, NORTHINGS)]
    return tuple(pair) if all(pair) else ()


def _with_other_places(
    arrangement: Arrangement, spec: DatasetSpec, resource: ResourceSpec, made: frozenset[str]
) -> Arrangement:
    """Return the arrangement with the points of a map, or eastings and northings, where it has no other places."""
    sources = {source.field.name: source for source in arrangement.sources}
    points = tuple(name for name in ("longitude", "latitude") if name in made)
    columns = points if len(points) == 2 else grid_columns(arrangement)
    for place in spec.quality.places:
        pair = (place.x, place.y)
        if not columns or place.resource != resource.name or not place.x or any(sources[n].columns for n in pair):
            continue
        # a column that names the system of each row says what the numbers are
        is_named = place.system and sources[place.system].columns
        sources |= {name: replace(sources[name], columns=(c,)) for name, c in zip(pair, columns, strict=True)}
        left = tuple(column for column in arrangement.unmapped if column not in columns)
        grid = arrangement.grid if is_named or columns == points else pair
        return replace(arrangement, sources=tuple(sources.values()), unmapped=left, grid=grid)
    return arrangement


def _find_source(field: FieldSpec, rule: RuleSpec, layout: Layout, index: HeadingIndex) -> CellSource:
    """Find the source of a field: the layout's headings in its order, then its constant, then the field's own names."""
    present = [heading for heading in layout_headings(layout, field.name) if heading in index]
    entry = layout.columns.get(field.name)
    if present and isinstance(entry, JoinSpec):
        return CellSource(
            field,
            rule,
            # of columns with the same heading the first is used, and the others are reported
            columns=tuple(index[heading][0] for heading in present),
            separator=entry.separator,
            repeated=tuple(column for heading in present for column in index[heading][1:]),
            missing_parts=tuple(part for part in entry.join if normalise(part) not in index),
        )
    if not present and (constant := layout.constants.get(field.name, "")):
        return CellSource(field, rule, constant=constant)
    # the field's own name and title count unless the layout uses them for another field or ignores them
    used = {heading for name in layout.columns for heading in layout_headings(layout, name)} | ignored_headings(layout)
    headings = present or [heading for heading in own_headings(field) if heading in index and heading not in used]
    if not headings:
        return CellSource(field, rule)
    column, *repeated = index[headings[0]]
    other_columns = tuple(column for heading in headings[1:] for column in index[heading])
    source = CellSource(field, rule, (column,), repeated=tuple(repeated), other_columns=other_columns)
    return replace(source, split=entry) if present and isinstance(entry, SplitSpec) else source
