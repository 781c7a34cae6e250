"""Anchors: the head of the audit's chain, as the manifest of each release noted it, and everybody can read it.

Removing the last rows of a chain, or writing all of it anew, leaves one that looks whole. It cannot have the hashes any
more that the manifests of public releases name.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from flows.state.audit import START, Act, Chain, append_entry
from flows.state.instance_key import keyed_hash
from flows.state.tables import AUDIT

MANIFEST = "manifest.json"

ANEW = "begun anew"
"""The act of saying that what an anchor names is lost for good."""

KEY = "audit"
"""The key of a manifest under which the head stands, with the number of rows up to it."""


@dataclass(frozen=True, slots=True, order=True)
class Anchor:
    """What a manifest says: the chain had so many rows, the last with this hash. `place` is the manifest."""

    rows: int
    head: str
    place: str


def anchor_of(chain: Chain) -> dict[str, Any]:
    """Return what a manifest notes of the chain; nothing of one that is broken."""
    return {} if chain.broken_at else {KEY: {"rows": chain.rows, "head": chain.head}}


def read_anchors(folders: Iterable[Path]) -> Iterator[Anchor]:
    """Yield the anchors of all manifests below some folders; a manifest without one is older than anchors."""
    for path in sorted(path for folder in folders for path in folder.rglob(MANIFEST)):
        try:
            noted = json.loads(path.read_bytes()).get(KEY)
            yield Anchor(int(noted["rows"]), str(noted["head"]), str(path))
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            continue  # whether a release is damaged is found out where it is verified


def lost_anchors(anchors: Iterable[Anchor], connection: sa.Connection, key: bytes) -> tuple[Anchor, ...]:
    """Return the anchors whose hash is not where they say, the earliest first: the chain was cut or written anew.

    Those of a ledger that was lost are left out, once somebody with the key of this instance has said so.
    """
    hashes = [START, *connection.execute(sa.select(AUDIT.c.hash).order_by(AUDIT.c.id)).scalars()]
    lost = [a for a in anchors if not 0 <= a.rows < len(hashes) or hashes[a.rows] != a.head]
    notes = connection.execute(sa.select(AUDIT.c.note).where(AUDIT.c.what == ANEW)).scalars().all() if lost else ()
    known = {*notes}
    return tuple(sorted(a for a in lost if _farewell(a, key) not in known))


def begin_anew(connection: sa.Connection, lost: Iterable[Anchor], key: bytes, act: Act) -> None:
    """Note that the hashes that some anchors name are lost for good, with the reason and who says so."""
    append_entry(connection, act)
    for note in sorted({_farewell(anchor, key) for anchor in lost}):
        append_entry(connection, replace(act, what=ANEW, note=note))


def _farewell(anchor: Anchor, key: bytes) -> str:
    # sealed: whoever has only the database could otherwise cut the chain and say that it was lost
    return f"{anchor.head[:12]} {keyed_hash(key, ANEW, f'{anchor.rows} {anchor.head}')}"


def chain_of_lost(lost: Anchor) -> Chain:
    """Return a chain that is broken where a manifest still knows another hash."""
    why = f"{lost.place} names another hash for the row before it: rows were removed at the end, or all written anew"
    return Chain(lost.rows, lost.head, lost.rows + 1, why)
