"""Takes a look at the files of a release: the CSV for the first rows, the Parquet for places and sums.

Files are read batch by batch; what is kept does not grow with them beyond what a page can hold.
"""

from __future__ import annotations

import csv
import datetime as dt
import itertools
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from catalogue.listing import Distribution, Listing, PlaceFields, TimeFields
from catalogue.look.look import DataLook, FirstRows, OverTime, Place, Places
from catalogue.look.periods import first_day, periods_between, step_for
from packages.spec import LONDON

UNION_PUBLISHER = "publisher"
"""The field of a union that says whose row it is."""

ROWS_SHOWN = 10
LONGEST_CELL = 80
"""Characters of a cell on the page."""

PLACES_SHOWN = 1_500
"""Places on one map: more of them are a blot, and a page of a megabyte."""

DETAIL = 0.0002
"""Degrees, some 20 metres: finer bends of an outline cannot be seen at the size of the page."""

BATCH_ROWS = 131_072
SHAPES_AT_ONCE = 512
"""Rows that are in memory at once: an outline may have a hundred thousand letters, a day and a sum are small."""

LONGITUDES, LATITUDES = (-180.0, 180.0), (-90.0, 90.0)


def take_look(listed: Listing, folder: Path) -> DataLook:
    """Return what the page shows of a release whose files are in `folder`."""
    tables = {file.resource: file for file in listed.distributions if file.format == "CSV"}
    parquet = {file.resource: folder / file.file for file in listed.distributions if file.format == "Parquet"}
    chart = listed.over_time
    whose = UNION_PUBLISHER if listed.identity.publisher == LONDON else ""
    return DataLook(
        release=listed.release,
        tables=tuple(_first_rows(file, folder / file.file) for file in tables.values()),
        places=tuple(
            _places(fields, tables[fields.resource], parquet[fields.resource], whose)
            for fields in listed.places
            if fields.resource in parquet
        ),
        over_time=_over_time(chart, tables[chart.resource], parquet[chart.resource])
        if chart and chart.resource in parquet
        else None,
    )


def _first_rows(file: Distribution, path: Path) -> FirstRows:
    titles = {column["name"]: column.get("title", "") for column in file.schema.get("fields", ())}
    with path.open(encoding="utf-8", newline="") as stream:
        header, *rows = itertools.islice(csv.reader(stream), ROWS_SHOWN + 1)
    return FirstRows(
        resource=file.resource,
        title=_table_title(file),
        columns=tuple((name, titles.get(name) or name) for name in header),
        rows=tuple(tuple(_cut(cell) for cell in row) for row in rows),
        total=file.rows or 0,
    )


def _table_title(file: Distribution) -> str:
    return file.title.removesuffix(f" ({file.format})")


def _cut(cell: str) -> str:
    return cell if len(cell) <= LONGEST_CELL else cell[: LONGEST_CELL - 1] + "…"


def _rows(path: Path, names: list[str]) -> Iterator[Mapping[str, Any]]:
    """Yield rows of some columns; those that the file does not have are left out."""
    with pq.ParquetFile(path) as file:
        there = [name for name in names if name in file.schema_arrow.names]
        for batch in file.iter_batches(batch_size=SHAPES_AT_ONCE, columns=there):
            yield from batch.to_pylist()


# --- places -----------------------------------------------------------------------------------------------------------


@dataclass
class _FoundPlaces:
    """Places in the making."""

    places: list[Place] = field(default_factory=list)
    total: int = 0
    without: int = 0
    publishers: Counter[str] = field(default_factory=Counter)


def _places(fields: PlaceFields, file: Distribution, path: Path, whose: str) -> Places:
    """Return the places of a table; `whose` is the field with the publisher of each row, in a union."""
    found = _FoundPlaces()
    names = [name for name in (fields.x, fields.y, fields.wkt, fields.label, fields.system, whose) if name]
    # every so many rows, so that what is shown of many places is spread over all of them
    step = max(1, (file.rows or 0) // PLACES_SHOWN)
    for row in _rows(path, names):
        rings = _rings(row, fields)
        if not rings:
            found.without += 1
            continue
        publisher = str(row.get(whose) or "")
        found.publishers[publisher] += 1
        if found.total % step == 0 and len(found.places) < PLACES_SHOWN:
            found.places.append(Place(_cut(str(row.get(fields.label) or "")), rings, publisher))
        found.total += 1
    del found.publishers[""]
    return Places(
        resource=fields.resource,
        title=_table_title(file),
        places=tuple(found.places),
        total=found.total,
        without=found.without,
        per_publisher=tuple(sorted(found.publishers.items())),
    )


def _rings(row: Mapping[str, Any], fields: PlaceFields) -> tuple[tuple[tuple[float, float], ...], ...]:
    """Return where a row is; empty when it does not say so in degrees on the earth."""
    if fields.wkt:
        return _outline(str(row.get(fields.wkt) or ""))
    x, y = row.get(fields.x), row.get(fields.y)
    if x is None or y is None:
        return ()
    longitude, latitude = float(x), float(y)
    if row.get(fields.system) == "OSGB36":
        longitude, latitude = _degrees(longitude, latitude)
    if not (LONGITUDES[0] <= longitude <= LONGITUDES[1] and LATITUDES[0] <= latitude <= LATITUDES[1]):
        return ()
    return (((round(longitude, 6), round(latitude, 6)),),)


def _degrees(easting: float, northing: float) -> tuple[float, float]:
    # imported here: its grid of shifts takes a moment to load, and few datasets need it
    from convertbng import cutil

    longitudes, latitudes = cutil.convert_osgb36_to_ll([easting], [northing])
    return longitudes[0], latitudes[0]


def _outline(wkt: str) -> tuple[tuple[tuple[float, float], ...], ...]:
    """Return the outer and inner rings of a shape, or its one point; empty when the text is no shape."""
    import shapely

    shape = shapely.from_wkt(wkt, on_invalid="ignore") if wkt else None
    if shape is None or shape.is_empty:
        return ()
    if shape.geom_type == "Point":
        return (((round(shape.x, 6), round(shape.y, 6)),),)
    polygons = [part for part in shapely.get_parts(shape.simplify(DETAIL)) if part.geom_type == "Polygon"]
    rings = [ring for polygon in polygons for ring in (polygon.exterior, *polygon.interiors)]
    return tuple(tuple((round(x, 5), round(y, 5)) for x, y, *_ in ring.coords) for ring in rings)


# --- over time --------------------------------------------------------------------------------------------------------


def _over_time(fields: TimeFields, file: Distribution, path: Path) -> OverTime | None:
    """Return the sums by period; None when no row has a date and a value."""
    sums: Counter[dt.date] = Counter()
    counts: Counter[dt.date] = Counter()
    undated = 0
    for batch in _columns(path, fields):
        has_both = pc.and_(batch["date"].is_valid(), batch["value"].is_valid())
        undated += len(batch) - (pc.sum(has_both).as_py() or 0)
        by_day = batch.filter(has_both).group_by("date").aggregate([("value", "sum"), ("value", "count")])
        for day, total, count in zip(*(by_day[name].to_pylist() for name in by_day.column_names), strict=True):
            sums[day] += total
            counts[day] += count
    if not counts:
        return None
    step = step_for(min(counts), max(counts))
    firsts: Counter[dt.date] = Counter()
    rows: Counter[dt.date] = Counter()
    for day, count in counts.items():
        firsts[first_day(day, step)] += sums[day]
        rows[first_day(day, step)] += count
    periods = periods_between(min(firsts), max(firsts), step)
    labels = {column["name"]: column.get("title") or column["name"] for column in file.schema.get("fields", ())}
    return OverTime(
        title=labels.get(fields.value, fields.value),
        unit=fields.unit,
        step=step,
        sums=tuple((day.isoformat(), round(float(firsts[day]), 2), rows[day]) for day in periods),
        undated=undated,
    )


def _columns(path: Path, fields: TimeFields) -> Iterator[pa.Table]:
    """Yield the dates as days, and the values, of a Parquet file."""
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=[fields.date, fields.value]):
            columns = {"date": batch.column(fields.date).cast(pa.date32()), "value": batch.column(fields.value)}
            yield pa.table(columns)
