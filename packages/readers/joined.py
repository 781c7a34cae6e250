"""Several tables of the same kind (the sheets of a workbook, layers, files of an archive) read as one table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from packages.headings import normalise
from packages.model import Batch, ChangeLog, Rows
from packages.readers.joined_parts import JoinedInParts, TableCount, TableUnderHeadings, joined_finding


@dataclass(frozen=True, slots=True)
class NamedRows:
    """One of the tables, and the name of its sheet, layer or file."""

    name: str
    rows: Rows


def join_tables(tables: Sequence[NamedRows]) -> Rows:
    """Return the rows of all tables, one after the other, under the headings of all of them.

    Columns with the same heading become one; a table without it has empty cells there. Row numbers go on from table to
    table; a finding at the end of a pass says at which number each begins.
    """
    keys = [_keys(table.rows) for table in tables]
    columns: dict[tuple[str, int], str] = {}
    headings: dict[str, str] = {}
    for table, own in zip(tables, keys, strict=True):
        for key, column in own.items():
            if key not in columns:
                columns[key] = column if column not in headings else f"{column} ({table.name})"
                headings[columns[key]] = table.rows.headings[column]
    names = tuple(columns.values())
    places = [
        TableUnderHeadings(table.name, names, tuple(map(own.get, columns)))
        for table, own in zip(tables, keys, strict=True)
    ]

    def start(log: ChangeLog) -> Iterator[Batch]:
        before, counts = 0, []
        for table, place in zip(tables, places, strict=True):
            last, count = 0, 0
            for batch in table.rows.start(log):
                last, count = batch.numbers[-1].as_py(), count + len(batch.numbers)
                yield place.placed(batch, before)
            counts.append(TableCount(table.name, count, before))
            before += last
        log.find(joined_finding(counts))

    first = tables[0].rows
    how_read = f"{first.how_read}, and {len(tables) - 1} more like it"
    files = [table.rows.parts for table in tables]
    parts = JoinedInParts(tuple(places), tuple(filter(None, files))) if all(files) else None
    return replace(first, columns=names, headings=headings, start=start, sheet="", how_read=how_read, parts=parts)


def _keys(rows: Rows) -> Mapping[tuple[str, int], str]:
    """Return the columns by heading, and by how often the heading came before."""
    times: Counter[str] = Counter()
    keys = {}
    for column in rows.columns:
        name = normalise(rows.headings[column]) or column
        keys[name, times[name]] = column
        times[name] += 1
    return keys
