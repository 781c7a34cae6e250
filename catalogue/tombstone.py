"""What remains public of a withdrawn dataset: its name, when and why it was withdrawn. Pure."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from functools import cache

from pydantic import TypeAdapter

from catalogue.listing import Listing, Moment
from packages.model import Identity


@dataclass(frozen=True, slots=True)
class Tombstone:
    """The record of a dataset that is no longer public. `release` is the digest of its last public release."""

    identity: Identity
    title: str
    publisher: str
    contact: str
    release: str
    reason: str
    at: Moment

    @classmethod
    def of(cls, listed: Listing, reason: str, now: dt.datetime) -> Tombstone:
        """Return the tombstone of a listing that is withdrawn now."""
        team = listed.contact
        contact = " ".join(part for part in (team.name, team.email, team.page) if part)
        return cls(listed.identity, listed.title, listed.publisher.title, contact, listed.release, reason, now)


# built on first use, because it takes milliseconds
@cache
def _adapter() -> TypeAdapter[Tombstone]:
    return TypeAdapter(Tombstone)


def tombstone_to_json(tombstone: Tombstone) -> bytes:
    """Return the tombstone as JSON (`withdrawn.json`), always the same bytes for the same one."""
    content = _adapter().dump_python(tombstone, mode="json")
    return (json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()


def tombstone_from_json(text: bytes) -> Tombstone:
    """Read what `tombstone_to_json` wrote; ValueError when it is something else."""
    return _adapter().validate_json(text, strict=True, extra="forbid")
