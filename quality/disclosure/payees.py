"""Payees that look like private people: held until their borough has confirmed them, and then only new ones.

What is confirmed is kept as keyed hashes: the list says nothing to whoever has it without the key.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from packages.masking import mask
from packages.messages import finding
from packages.model import ROWS_KEPT, ROWS_SHOWN, Check, CheckOutcome, Draft, Finding, Table, Where
from packages.spec import DatasetSpec
from quality.disclosure.detectors.pattern import ScreenedColumn, pieces
from quality.disclosure.detectors.people import titled_name, untitled_name
from quality.disclosure.names.known_names import plain_letters
from quality.disclosure.screen import may_hold_names
from quality.verdict import JudgedPart

RULE = "payee-person-like"
PAYEE = ScreenedColumn("", nature="payee")
TITLE = "Every payee that looks like a private person is confirmed"

VOUCHED = "vouched for by a file: "
"""Before the name of a payee, in the mark of one that a file's own flags call an organisation."""


@dataclass(frozen=True, slots=True)
class KnownPayees:
    """The payees that a borough has confirmed, as marks made with `key`.

    With `vouched`, those count as well for which the flags of an earlier file vouched: for what was made of that file.
    """

    marks: frozenset[str] = frozenset()
    key: bytes = b""
    vouched: bool = False

    def new_among(self, names: frozenset[str]) -> frozenset[str]:
        """Return those of the names that were not confirmed."""
        if not self.marks:
            return names
        ways = ("", VOUCHED) if self.vouched else ("",)
        return frozenset(n for n in names if not any(payee_mark(way + n, self.key) in self.marks for way in ways))


NOBODY_KNOWN = KnownPayees()


def payee_mark(name: str, key: bytes) -> str:
    """Return the keyed hash (HMAC-SHA256, hex) of a name; case, accents, spaces and punctuation do not matter."""
    plain = "".join(char for char in plain_letters(name) if char.isalnum())
    return hmac.new(key, f"payee {plain}".encode(), hashlib.sha256).hexdigest()


def payee_fields(spec: DatasetSpec) -> tuple[tuple[str, str], ...]:
    """Return the table and the name of each field that says who was paid; none for a union."""
    # the payees of a union were looked at with their publisher's file
    if spec.is_union:
        return ()
    fields = ((r.name, field) for r in spec.package.resources for field in r.table_schema.fields)
    return tuple((table, field.name) for table, field in fields if field.nature == "payee")


def payees_part(draft: Draft, spec: DatasetSpec, known: KnownPayees) -> JudgedPart:
    """Hold payees that look like private people, but for those that the file vouches for or the borough confirmed."""
    fields = payee_fields(spec)
    found = [
        made
        for table in draft.tables
        for name in (field for place, field in fields if place == table.name)
        for made in _unconfirmed(draft, table, name, known)
    ]
    return JudgedPart(tuple(found), (Check("payees", TITLE, CheckOutcome.FAILED if found else CheckOutcome.PASSED),))


def _unconfirmed(draft: Draft, table: Table, name: str, known: KnownPayees) -> Iterator[Finding]:
    path = draft.folder / table.parquet.name
    people = known.new_among(person_like_payees(path, name) - draft.vouched)
    if not people:
        return
    wanted = pa.array(sorted(people), pa.string())
    places: list[int] = []
    start = count = 0
    for batch in pq.ParquetFile(path).iter_batches(columns=[name]):
        hits = pc.indices_nonzero(pc.is_in(batch.column(name).cast(pa.string()), wanted))
        count += len(hits)
        places += [start + place for place in hits[: ROWS_KEPT - len(places)].to_pylist()]
        start += batch.num_rows
    where = Where(table.name, name, draft.heading(table.name, name), count=count, of=table.rows)
    shapes = tuple(dict.fromkeys(mask(person) for person in sorted(people)))[:ROWS_SHOWN]
    yield finding(RULE, replace(where, rows=draft.rows_at(table.name, places)), shapes=shapes, payees=len(people))


def person_like_payees(parquet: Path, name: str) -> frozenset[str]:
    """Return the different payees in a column of a Parquet file that look like private people."""
    if name not in pq.read_schema(parquet).names:
        return frozenset()
    distinct: pa.Array = pa.array([], pa.string())
    # stored with its distinct texts, a column that repeats is told by those
    for batch in pq.ParquetFile(parquet, read_dictionary=[name]).iter_batches(columns=[name]):
        texts = pc.unique(batch.column(name)).cast(pa.string()).drop_null()
        distinct = pc.unique(pa.concat_arrays([distinct, texts]))
    return person_like(distinct.filter(may_hold_names(distinct)).to_pylist())


def person_like(payees: Iterable[str]) -> frozenset[str]:
    """Return those of some payees that look like private people."""
    return frozenset(
        text for text in payees if any(titled_name(p, PAYEE) or untitled_name(p, PAYEE) for p in pieces(text))
    )
