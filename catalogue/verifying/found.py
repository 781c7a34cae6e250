"""What `londata verify` finds: each kind of attack in the words of The Update Framework, where, and in a sentence."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum


class Attack(StrEnum):
    """What may be wrong with what a server gives."""

    FORGED = "forged signature"
    WRONG_KEY = "wrong key"
    REVOKED_KEY = "revoked key"
    EXPIRED_KEY = "expired key"
    FREEZE = "freeze"
    ROLLBACK = "rollback"
    FAST_FORWARD = "fast-forward"
    MIX_AND_MATCH = "mix-and-match"
    OLDER = "older version"
    CHANGED = "changed file"
    MISSING = "missing file"
    EXTRA = "extraneous file"
    ENDLESS = "endless data"
    SLOW = "slow retrieval"
    DAMAGED = "damaged list"
    SILENT = "no answer"


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing that is wrong, and the file where; empty when it is everything."""

    attack: Attack
    where: str
    what: str


class NotProven(Exception):
    """Raised where nothing behind a finding can be looked at any more."""

    def __init__(self, attack: Attack, where: str, what: str) -> None:
        super().__init__(what)
        self.found = Flaw(attack, where, what)


@dataclass(slots=True)
class Verified:
    """What was looked at. `signed` is the moment of the signature, `key` names the key; `notes` are no faults."""

    address: str
    version: int = 0
    signed: dt.datetime | None = None
    key: str = ""
    files: int = 0
    bytes: int = 0
    found: list[Flaw] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def note(self, attack: Attack, where: str, what: str) -> None:
        """Add something that is wrong."""
        self.found.append(Flaw(attack, where, what))

    @property
    def is_silent(self) -> bool:
        """Whether all that is wrong is that the server did not answer: another try may find it in order."""
        return bool(self.found) and all(one.attack is Attack.SILENT for one in self.found)
