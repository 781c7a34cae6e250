"""The rows of a union: those of every publisher's last good release, and a table of how fresh they are.

A union is made of releases, never of received files: a publisher's last good release stays in it until there is a
better one, however many files of that publisher fail.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from packages.formats.arrow import as_text
from packages.model import Batch, ChangeLog, Rows
from packages.spec import ResourceSpec
from packages.vocabulary import publisher

BATCH_ROWS = 16_384


@dataclass(frozen=True, slots=True)
class Member:
    """One publisher's part of a union: the release that is public, and how fresh it is.

    `rows` counts the rows of each table. Dates are ISO, empty when not known. `latest_file` is the outcome of the
    latest file. `within` is the digest of the union that holds the rows when the release itself is lost.
    """

    publisher: str
    release: str
    rows: Mapping[str, int]
    received: str
    released: str
    covers_from: str
    covers_until: str
    latest_file: str
    within: str = ""


@dataclass(frozen=True, slots=True)
class MemberRows:
    """The Parquet file with the rows of one member: of its own release, or of an earlier union (`is_shared`)."""

    member: Member
    parquet: Path
    is_shared: bool = False


def members_to_json(members: Sequence[Member]) -> bytes:
    """Return the members as the received file of a union."""
    return (json.dumps([asdict(member) for member in members], indent=1) + "\n").encode()


def members_from_json(content: bytes) -> tuple[Member, ...]:
    """Return the members that `members_to_json` wrote."""
    return tuple(Member(**entry) for entry in json.loads(content))


def union_rows(parts: Sequence[MemberRows], resource: ResourceSpec) -> Rows:
    """Return the rows of all members, one member after the other, in batches."""
    names = resource.table_schema.names

    def start(_log: ChangeLog) -> Iterator[Batch]:
        first = 1
        for part in parts:
            for cells in _member_batches(part, names):
                yield Batch(cells, pa.array(range(first, first + cells.num_rows), pa.int64()))
                first += cells.num_rows

    return Rows(names, {}, start, how_read=f"the releases of {len(parts):,} publishers")


def _member_batches(part: MemberRows, names: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """Yield a member's rows as text, in the fields of the union; a field that its release lacks is empty."""
    import pyarrow.compute as pc

    member = publisher(part.member.publisher)
    own = {"publisher": member.slug, "gss_code": member.gss}
    # pre_buffer would keep all that was read until the file is closed
    with pq.ParquetFile(part.parquet, pre_buffer=False) as file:
        present = [name for name in names if name in file.schema_arrow.names]
        for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=present):
            # an earlier union holds the rows of all its members
            if part.is_shared:
                batch = batch.filter(pc.equal(batch.column("publisher"), part.member.publisher))
            if not batch.num_rows:
                continue
            columns = [
                as_text(batch.column(name))
                if name in present and name not in own
                else pa.repeat(pa.scalar(own.get(name, "")), batch.num_rows)
                for name in names
            ]
            yield pa.RecordBatch.from_arrays(columns, names=list(names))


def member_table(members: Sequence[Member], resource: ResourceSpec) -> Rows:
    """Return the table of publishers as rows of text."""
    names = resource.table_schema.names

    def start(_log: ChangeLog) -> Iterator[Batch]:
        records = []
        for member in members:
            described = publisher(member.publisher)
            records.append(
                {
                    "publisher": described.slug,
                    "publisher_name": described.title,
                    "gss_code": described.gss,
                    "rows": str(sum(member.rows.values())),
                    "received": member.received,
                    "released": member.released,
                    "covers_from": member.covers_from,
                    "covers_until": member.covers_until,
                    "latest_file": member.latest_file,
                    "release": member.release,
                }
            )
        arrays = [pa.array([record[name] for record in records], pa.string()) for name in names]
        numbers = pa.array(range(1, len(records) + 1), pa.int64())
        yield Batch(pa.RecordBatch.from_arrays(arrays, names=list(names)), numbers)

    return Rows(names, {}, start)
