"""Several tables of the same kind (the sheets of a workbook, layers, files of an archive) read as one table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from packages.headings import normalise
from packages.messages import finding, unquoted
from packages.model import Batch, ChangeLog, Rows, Where


@dataclass(frozen=True, slots=True)
class Part:
    """One of the tables, and the name of its sheet, layer or file."""

    name: str
    rows: Rows


def join_tables(parts: Sequence[Part]) -> Rows:
    """Return the rows of all parts, one part after the other, under the headings of all of them.

    Columns with the same heading become one; a part without it has empty cells there. Row numbers go on from part to
    part; a finding at the end of a pass says at which number each part begins.
    """
    keys = [_keys(part.rows) for part in parts]
    columns: dict[tuple[str, int], str] = {}
    headings: dict[str, str] = {}
    for part, own in zip(parts, keys, strict=True):
        for key, column in own.items():
            if key not in columns:
                columns[key] = column if column not in headings else f"{column} ({part.name})"
                headings[columns[key]] = part.rows.headings[column]
    names = list(columns.values())

    def start(log: ChangeLog) -> Iterator[Batch]:
        before, places = 0, []
        for part, own in zip(parts, keys, strict=True):
            last, count = 0, 0
            for batch in part.rows.start(log):
                last, count = batch.numbers[-1].as_py(), count + len(batch.numbers)
                cells = [
                    batch.cells.column(own[key]) if key in own else pa.array([""] * batch.cells.num_rows)
                    for key in columns
                ]
                yield Batch(pa.RecordBatch.from_arrays(cells, names=names), pc.add(batch.numbers, before))
            begins = f", whose row 1 counts as row {before + 1:,}" if before else ""
            places.append(f"“{unquoted(part.name)}” ({count:,} {'row' if count == 1 else 'rows'}{begins})")
            before += last
        log.find(finding("tables-joined", Where(count=len(parts), unit="table"), tables=", ".join(places)))

    first = parts[0].rows
    how_read = f"{first.how_read}, and {len(parts) - 1} more like it"
    return replace(first, columns=tuple(names), headings=headings, start=start, sheet="", how_read=how_read)


def _keys(rows: Rows) -> Mapping[tuple[str, int], str]:
    """Return the columns by heading, and by how often the heading came before."""
    times: Counter[str] = Counter()
    keys = {}
    for column in rows.columns:
        name = normalise(rows.headings[column]) or column
        keys[name, times[name]] = column
        times[name] += 1
    return keys
