"""What stays of a dataset that was withdrawn: its name, when, and why. Pure."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict, dataclass

from catalogue.listing import Listing
from packages.model import Identity


@dataclass(frozen=True, slots=True)
class Tombstone:
    """Word of a dataset that is no longer public. `release` is the digest of what was public last."""

    identity: Identity
    title: str
    publisher: str
    contact: str
    release: str
    reason: str
    at: dt.datetime

    @classmethod
    def of(cls, listed: Listing, reason: str, now: dt.datetime) -> Tombstone:
        """The tombstone of what is listed now."""
        team = listed.contact
        contact = " ".join(word for word in (team.name, team.email, team.page) if word)
        return cls(listed.identity, listed.title, listed.publisher.title, contact, listed.release, reason, now)


def tombstone_to_json(gone: Tombstone) -> bytes:
    """The tombstone as JSON, always the same bytes for the same one."""
    held = asdict(gone) | {"at": gone.at.isoformat()}
    return (json.dumps(held, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()


def tombstone_from_json(text: bytes) -> Tombstone:
    """Read a tombstone back; KeyError, TypeError or ValueError when it was not written by `to_json`."""
    held = json.loads(text)
    made = {"identity": Identity(**held["identity"]), "at": dt.datetime.fromisoformat(held["at"])}
    return Tombstone(**held | made)
