"""The list of keys: which keys may sign what is public, said by a root key that is kept offline. Pure.

keys.json       version, end, the root key and those that followed it, and every key that signs or did
keys.json.sig   the signature of the last root key, 64 bytes
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from catalogue.signing.keys import PrivateKey, PublicKey

FORMAT = "londata-keys/1"
HANDED_OVER = b"londata-root/1\n"
"""What stands before the PEM of a new root key where the old one signs it: that signature is good for nothing else."""

LIST_DAYS = 180
"""Days for which a list of keys is good: so long can somebody who answers in our place hide that a key was revoked."""

KEY_DAYS = 365
"""Days for which a key may sign."""


@dataclass(frozen=True, slots=True)
class ListedKey:
    """A key that may sign between two moments, unless it was revoked: then nothing counts that it ever signed."""

    public: PublicKey
    since: dt.datetime
    expires: dt.datetime
    revoked: dt.datetime | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Handover:
    """A new root key, with the signature of the one before it."""

    public: PublicKey
    signature: bytes


@dataclass(frozen=True, slots=True)
class KeyList:
    """One version of the list. `root` is the first root key; the last of the `handovers` has signed this list."""

    version: int
    issued: dt.datetime
    expires: dt.datetime
    root: PublicKey
    handovers: tuple[Handover, ...] = ()
    signing: tuple[ListedKey, ...] = ()

    @property
    def last_root(self) -> PublicKey:
        """The root key that signs this list."""
        return self.handovers[-1].public if self.handovers else self.root

    def key(self, key_id: str) -> ListedKey | None:
        """Return the key of this name; None when the list does not know it."""
        return next((one for one in self.signing if one.public.id == key_id), None)

    def root_after(self, trusted: PublicKey) -> PublicKey | None:
        """Return the root key that signs this list, if an unbroken row of handovers leads to it from a trusted one."""
        roots = [self.root, *(one.public for one in self.handovers)]
        if trusted not in roots:
            return None
        begin = roots.index(trusted)
        for before, handover in zip(roots[begin:], self.handovers[begin:], strict=False):
            if not before.proves(HANDED_OVER + handover.public.pem.encode(), handover.signature):
                return None
        return roots[-1]

    # --- the next version -----------------------------------------------------------------------------------------

    def renewed(self, now: dt.datetime, days: int = LIST_DAYS) -> KeyList:
        """Return the next version, good for so many days."""
        return replace(self, version=self.version + 1, issued=now, expires=now + dt.timedelta(days))

    def with_key(self, public: PublicKey, now: dt.datetime, days: int = KEY_DAYS) -> KeyList:
        """Return the next version, with one more key that may sign for so many days from now on."""
        return replace(self.renewed(now), signing=(*self.signing, ListedKey(public, now, now + dt.timedelta(days))))

    def without_key(self, key_id: str, why: str, now: dt.datetime) -> KeyList:
        """Return the next version, in which nothing counts that this key signed."""
        signing = (
            replace(one, revoked=one.revoked or now, why=one.why or why) if one.public.id == key_id else one
            for one in self.signing
        )
        return replace(self.renewed(now), signing=tuple(signing))

    def handed_over(self, old: PrivateKey, new: PublicKey, now: dt.datetime) -> KeyList:
        """Return the next version, which a new root key signs."""
        handover = Handover(new, old.sign(HANDED_OVER + new.pem.encode()))
        return replace(self.renewed(now), handovers=(*self.handovers, handover))


def first_key_list(root: PublicKey, now: dt.datetime) -> KeyList:
    """Return the first version, without any key that signs."""
    return KeyList(1, now, now + dt.timedelta(LIST_DAYS), root)


def key_list_to_json(keys: KeyList) -> bytes:
    """Return a list as the document that is public; the same list is always the same bytes."""
    said = {
        "format": FORMAT,
        "version": keys.version,
        "issued": keys.issued.isoformat(),
        "expires": keys.expires.isoformat(),
        "root": keys.root.pem,
        "handovers": [{"pem": one.public.pem, "signature": one.signature.hex()} for one in keys.handovers],
        "signing": [
            {
                "id": one.public.id,
                "pem": one.public.pem,
                "since": one.since.isoformat(),
                "expires": one.expires.isoformat(),
                "revoked": one.revoked.isoformat() if one.revoked else None,
                "why": one.why,
            }
            for one in keys.signing
        ],
    }
    return (json.dumps(said, ensure_ascii=False, indent=2) + "\n").encode()


def key_list_from_json(content: bytes) -> KeyList:
    """Return the list of a document; ValueError when it is none, or of a later londata. Nothing is proven."""
    try:
        said: dict[str, Any] = json.loads(content)
        if said["format"] != FORMAT:
            raise ValueError("a list of keys of another version of londata")
        return KeyList(
            version=int(said["version"]),
            issued=_moment(said["issued"]),
            expires=_moment(said["expires"]),
            root=PublicKey.of(said["root"]),
            handovers=tuple(
                Handover(PublicKey.of(one["pem"]), bytes.fromhex(one["signature"])) for one in said["handovers"]
            ),
            signing=tuple(map(_listed_key, said["signing"])),
        )
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError("no list of keys") from error


def _listed_key(said: Mapping[str, Any]) -> ListedKey:
    revoked = _moment(said["revoked"]) if said["revoked"] else None
    public = PublicKey.of(said["pem"])
    return ListedKey(public, _moment(said["since"]), _moment(said["expires"]), revoked, str(said["why"]))


def _moment(text: str) -> dt.datetime:
    found = dt.datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("a moment without a zone")
    return found
