"""Which column of a file is which field: as its description finds it, with a proposal for what is not found.

A person confirms it, column by column; what they choose becomes a layout.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice

from flows.checking.mapping import MappingEvidence, field_evidence
from packages.headings import known_headings, shown_heading
from packages.masking import mask
from packages.model import ChangeLog, Extract, Rows
from packages.read import read
from packages.shaping.layout import Arrangement, CellSource, arrange
from packages.shaping.proposals.proposal import Proposal, propose
from packages.spec import DatasetSpec, Layout, ResourceSpec
from quality.disclosure.hidden_names import is_personal
from quality.report.wording import TYPES

SHAPES_SHOWN = 3
"""Different shapes of cells that are shown of a column."""

ROWS_LOOKED_AT = 500


@dataclass(frozen=True, slots=True)
class FileColumn:
    """A column of a file: its heading, and what its first cells look like with letters and digits hidden.

    `is_personal` when its heading holds personal data: no description may name it.
    """

    heading: str
    shapes: tuple[str, ...]
    is_personal: bool = False


@dataclass(frozen=True, slots=True)
class FieldChoice:
    """A field and the heading that is proposed for it; empty where none is. `why` tells why, in words.

    `constant` is a text that it has in every row, `made_of` says how several columns or a part of one fill it; then
    there is nothing to choose.
    """

    name: str
    title: str
    kind: str
    required: bool
    heading: str = ""
    why: str = ""
    constant: str = ""
    made_of: str = ""

    @property
    def is_chosen(self) -> bool:
        """Whether a person chooses its column."""
        return not (self.constant or self.made_of)


@dataclass(frozen=True, slots=True)
class ColumnMatching:
    """All fields of a table and all columns of a file. `base` is the layout of today that fits the file best."""

    resource: str
    fields: tuple[FieldChoice, ...]
    columns: tuple[FileColumn, ...]
    base: Layout


def match_columns(extract: Extract, spec: DatasetSpec, evidence: MappingEvidence, at: dt.datetime) -> ColumnMatching:
    """Return the matching for the table of a dataset that a file fits best; FileProblem when it cannot be read."""
    found = [_match_table(extract, spec, resource, evidence, at) for resource in spec.package.resources]
    return max(found, key=lambda matching: sum(bool(field.heading) or not field.is_chosen for field in matching.fields))


def _match_table(
    extract: Extract, spec: DatasetSpec, resource: ResourceSpec, evidence: MappingEvidence, at: dt.datetime
) -> ColumnMatching:
    rows = read(extract, spec.reading_of(resource), known_headings(spec, resource))
    base, arrangement = best_layout(rows, spec, resource, at.date())
    proposal = propose(rows, resource, *field_evidence(resource, spec.identity.publisher, evidence))
    columns = tuple(_columns(rows))
    personal = {column.heading for column in columns if column.is_personal}
    fields = tuple(_choices(arrangement, proposal, personal))
    return ColumnMatching(resource.name if len(spec.package.resources) > 1 else "", fields, columns, base)


def best_layout(rows: Rows, spec: DatasetSpec, resource: ResourceSpec, day: dt.date) -> tuple[Layout, Arrangement]:
    """Return the layout of a description that finds most fields in a file, with what it finds."""

    def by(layout: Layout) -> Arrangement:
        publisher = spec.publisher.model_copy(update={"layouts": [layout]})
        mapping = spec.mapping.model_copy(update={"layouts": []})
        return arrange(rows, spec.model_copy(update={"publisher": publisher, "mapping": mapping}), resource, day)

    arranged = [(layout, by(layout)) for layout in spec.layouts_of(resource)]
    # the first of equals: the layouts come nearest first
    return max(arranged, key=lambda pair: sum(bool(source.columns) for source in pair[1].sources))


def _choices(arrangement: Arrangement, proposal: Proposal, personal: set[str]) -> Iterator[FieldChoice]:
    taken = {arrangement.headings[column] for source in arrangement.sources for column in source.columns}
    proposed = {m.field.name: m for m in proposal.matches if m.heading not in taken | personal}
    for source in arrangement.sources:
        field = source.field
        choice = FieldChoice(
            field.name, field.title or field.name, TYPES.get(field.type, TYPES["string"]), field.required
        )
        match = proposed.get(field.name)
        if source.constant:
            yield replace(choice, constant=source.constant)
        elif made_of := _made_of(source, arrangement):
            yield replace(choice, made_of=made_of)
        elif source.columns:
            heading = arrangement.headings[source.columns[0]]
            yield replace(choice, heading="" if heading in personal else heading, why="as it is described")
        elif match:
            yield replace(choice, heading=match.heading, why=f"{match.sureness}: {match.why}".removesuffix(": "))
        elif constant := proposal.constants.get(field.name):
            yield replace(choice, constant=constant)
        else:
            yield choice


def _made_of(source: CellSource, arrangement: Arrangement) -> str:
    if source.split is not None:
        return f"a part of {arrangement.heading(source)}"
    return f"joined from {arrangement.heading(source)}" if len(source.columns) > 1 else ""


def _columns(rows: Rows) -> Iterator[FileColumn]:
    batch = next(iter(islice(rows.start(ChangeLog()), 1)), None)
    for column in rows.columns:
        heading = shown_heading(rows.headings.get(column, column))
        if not heading.strip() or column in rows.made:
            continue
        cells = batch.cells.column(column).slice(0, ROWS_LOOKED_AT).to_pylist() if batch else []
        shapes = dict.fromkeys(mask(cell.strip()) for cell in cells if cell and cell.strip())
        yield FileColumn(heading, tuple(islice(shapes, SHAPES_SHOWN)), is_personal(heading))


def chosen_layout(
    matching: ColumnMatching, chosen: Mapping[str, str], left_out: tuple[str, ...], name: str, day: dt.date
) -> Layout:
    """Return the layout from a day on that somebody has chosen: headings by field, and headings that are left out.

    What one column alone does not fill stays as it is in the layout of today. Pure.
    """
    kept = {field.name: matching.base.columns[field.name] for field in matching.fields if field.made_of}
    layout = Layout(
        name=name,
        resource=matching.resource,
        columns=kept | dict(chosen),
        ignore=[*left_out],
        constants={field.name: field.constant for field in matching.fields if field.constant},
        rules=matching.base.rules,
        grid=matching.base.grid,
    )
    return layout.model_copy(update={"valid_from": day})
