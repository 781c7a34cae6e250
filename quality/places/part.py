"""The part of the judgement that is about places: every check of every table that has some."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow.parquet as pq

from packages.model import Check, CheckOutcome, Draft, Table, Where
from packages.shaping.places.wkt import parse_wkt
from packages.spec import DatasetSpec, PlaceSpec
from quality.places.areas import ExpectedArea, expected_area
from quality.places.columns import places_of_shapes, points_of_rows
from quality.places.misplaced import ELSEWHERE, OUTSIDE, MisplacedTally
from quality.places.shapes import ShapeTally
from quality.places.spread import SpreadTally
from quality.verdict import JudgedPart

BATCH = 65_536
"""Rows that are checked together."""


def places_part(draft: Draft, spec: DatasetSpec) -> JudgedPart:
    """Check the places of every table for which the description names columns of places."""
    tables = {table.name: table for table in draft.tables}
    area = expected_area(spec.identity.publisher)
    return JudgedPart.joined(
        _check_places(draft, area, place, tables.get(place.resource)) for place in spec.quality.places
    )


def _check_places(draft: Draft, area: ExpectedArea, place: PlaceSpec, table: Table | None) -> JudgedPart:
    name, title = f"places/{place.resource}", "Every place lies where the publisher is"
    if table is None:
        return JudgedPart(checks=(Check(name, title, CheckOutcome.NOT_RUN, "The table was not made."),))
    shapes, misplaced, spread = ShapeTally(), MisplacedTally(area), SpreadTally()
    position = 0
    # pre_buffer would keep all that was read in memory until the file is closed
    with pq.ParquetFile(draft.folder / table.parquet.name, pre_buffer=False) as file:
        for batch in file.iter_batches(batch_size=BATCH, columns=list(place.fields)):
            if place.wkt:
                parsed = parse_wkt(batch.column(place.wkt).to_pylist())
                shapes.add(position, batch.column(place.wkt), parsed)
                places = places_of_shapes(parsed, area)
            else:
                places = points_of_rows(batch, place)
            spread.add(position, places, misplaced.add(position, places))
            position += batch.num_rows
    fields = [place.wkt] if place.wkt else [place.x, place.y]
    column = " + ".join(draft.heading(place.resource, name) or name for name in fields)

    def where_rows(positions: Sequence[int], count: int) -> Where:
        rows = draft.rows_at(place.resource, positions)
        return Where(place.resource, ", ".join(fields), column, rows=rows, count=count, of=table.rows)

    alike = tuple(spread.findings(where_rows))
    lying = tuple(misplaced.findings(where_rows))
    if any(f.rule == "place-coarse" and f.where.count * 2 > table.rows for f in alike):
        # a place that was cut to the kilometre may well lie beyond the border: one cause is told once
        lying = tuple(f for f in lying if f.rule not in (OUTSIDE, ELSEWHERE))
    found = (*shapes.findings(where_rows), *lying, *alike)
    return JudgedPart(found, (Check(name, title, CheckOutcome.FAILED if found else CheckOutcome.PASSED),))
