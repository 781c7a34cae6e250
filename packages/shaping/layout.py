"""Which column of the file becomes which field, decided from the headings and the date of the file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace

from packages.model import Rows
from packages.shaping.headings import ignored_headings, layout_headings, normalise, own_headings, shown_heading
from packages.spec import DatasetSpec, FieldSpec, JoinSpec, Layout, ResourceSpec, RuleSpec, SplitSpec

REQUIRED_WEIGHS = 3
"""A required field that is found counts as much as so many others."""

Index = Mapping[str, tuple[str, ...]]
"""The columns of the file under each normalised heading."""


@dataclass(frozen=True, slots=True)
class CellSource:
    """Where the cells of a field come from: a column or a part of one, several joined, a constant text, or nowhere.

    `repeated` are further columns under the same heading, `others` those under other headings that the layout also
    names for the field, and `lacking` the parts of a join that the file does not have (normalised).
    """

    field: FieldSpec
    rule: RuleSpec
    columns: tuple[str, ...] = ()
    separator: str | None = None
    split: SplitSpec | None = None
    constant: str = ""
    repeated: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Arrangement:
    """The source of every field in the schema's order, and the columns that nobody mapped.

    `headings` tells for each column of the file what stands above it, fit to be shown. `grid` are the fields for
    longitude and latitude that may come as easting and northing.
    """

    sources: tuple[CellSource, ...]
    unmapped: tuple[str, ...]
    headings: Mapping[str, str]
    grid: tuple[str, str] | None = None

    def heading(self, source: CellSource) -> str:
        """What stands above the columns of a field; empty for a constant."""
        return " + ".join(self.headings[column] for column in source.columns)


def arrange(rows: Rows, spec: DatasetSpec, resource: ResourceSpec, day: dt.date) -> Arrangement:
    """Choose, among the layouts that hold on `day`, the one that finds most fields in the file.

    Of equals it is the one that leaves fewest columns unmapped, and of those the first.
    """
    layouts = [layout for layout in spec.layouts_of(resource) if layout.holds_on(day)]
    return max((_arranged(layout, rows, spec, resource) for layout in layouts), key=_fit)


def _fit(arrangement: Arrangement) -> tuple[int, int]:
    found = sum(REQUIRED_WEIGHS if s.field.required else 1 for s in arrangement.sources if s.columns)
    return found, -len(arrangement.unmapped)


def _arranged(layout: Layout, rows: Rows, spec: DatasetSpec, resource: ResourceSpec) -> Arrangement:
    index = _index(rows)
    fields = resource.table_schema.fields
    sources = tuple(_source(field, spec.rule(field.name, layout), layout, index) for field in fields)
    return Arrangement(
        sources=sources,
        unmapped=_unmapped(rows, layout, sources),
        headings={column: shown_heading(rows.headings.get(column, column)) for column in rows.columns},
        grid=layout.grid,
    )


def _index(rows: Rows) -> Index:
    index: dict[str, tuple[str, ...]] = {}
    for column in rows.columns:
        heading = normalise(rows.headings.get(column, column))
        if heading:
            index[heading] = (*index.get(heading, ()), column)
    return index


def _source(field: FieldSpec, rule: RuleSpec, layout: Layout, index: Index) -> CellSource:
    """The layout's headings first, in its order; then its constant; then the field's own name and title."""
    wanted = layout_headings(layout, field.name)
    present = [heading for heading in wanted if heading in index]
    entry = layout.columns.get(field.name)
    if present and isinstance(entry, JoinSpec):
        columns = tuple(index[heading][0] for heading in present)
        repeated = tuple(column for heading in present for column in index[heading][1:])
        lacking = tuple(part for part in entry.join if normalise(part) not in index)
        return CellSource(field, rule, columns, entry.separator, repeated=repeated, lacking=lacking)
    constant = layout.constants.get(field.name, "")
    if not present and constant:
        return CellSource(field, rule, constant=constant)
    first = _first(field, rule, present or _own(field, layout, index), index)
    return replace(first, split=entry) if present and isinstance(entry, SplitSpec) else first


def _first(field: FieldSpec, rule: RuleSpec, headings: list[str], index: Index) -> CellSource:
    if not headings:
        return CellSource(field, rule)
    column, *repeated = index[headings[0]]
    others = tuple(column for heading in headings[1:] for column in index[heading])
    return CellSource(field, rule, (column,), repeated=tuple(repeated), others=others)


def _own(field: FieldSpec, layout: Layout, index: Index) -> list[str]:
    """A field's own headings in the file, less those that the layout uses for something else or leaves out."""
    used = {heading for name in layout.columns for heading in layout_headings(layout, name)} | ignored_headings(layout)
    return [heading for heading in own_headings(field) if heading in index and heading not in used]


def _unmapped(rows: Rows, layout: Layout, sources: tuple[CellSource, ...]) -> tuple[str, ...]:
    """Columns with a heading that are neither used nor left out on purpose; blank headings are the reader's to tell."""
    mapped = {column for s in sources for column in (*s.columns, *s.repeated, *s.others)}
    headings = {column: rows.headings.get(column, column) for column in rows.columns if column not in mapped}
    left_out = ignored_headings(layout)
    return tuple(c for c, heading in headings.items() if heading.strip() and normalise(heading) not in left_out)
