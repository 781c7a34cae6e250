"""Who signs what is public: a key, the moment, and the list of keys that goes out with it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from catalogue.signing.sums import CATALOGUE, SummedFile, SumsList, release_name, sums_text
from packages.model import Identity

CATALOGUE_DAYS = 14
"""Days for which the list of the catalogue is good: so old may be what somebody shows who hides what is new."""

RENEWED_AFTER = dt.timedelta(days=1)
"""Age from which the list of the catalogue is made again though nothing changed: every night does it."""


class Signs(Protocol):
    """A private key as far as a signer needs it."""

    def sign(self, content: bytes) -> bytes:
        """Return the signature."""


@dataclass(frozen=True, slots=True)
class PublishedKeys:
    """The list of keys as it goes out: the document, the signature of the root key, and its version."""

    content: bytes
    signature: bytes
    version: int


@dataclass(frozen=True, slots=True)
class SignedSums:
    """A list as its file, and the signature."""

    sums: SumsList
    content: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs lists with the key named `key_id`; `keys` go out with the catalogue, if this host has them."""

    key: Signs
    key_id: str
    clock: Callable[[], dt.datetime]
    keys: PublishedKeys | None = None

    def sign(self, of: str, files: dict[str, SummedFile], before: int, folders: dict[str, int]) -> SignedSums:
        """Return a list made now; its version is above the one `before`, also where that one was lost."""
        now = self.clock().astimezone(dt.UTC).replace(microsecond=0)
        expires = now + dt.timedelta(CATALOGUE_DAYS) if of == CATALOGUE else None
        version = max(before + 1, int(now.timestamp()))
        return self.signed(SumsList(of, version, now, self.key_id, files, expires, folders))

    def sign_release(
        self, identity: Identity, digest: str, sealed: dt.datetime, files: dict[str, SummedFile]
    ) -> SignedSums:
        """Return the list of a release, always the same for the same release and key: made when it was sealed."""
        sealed = sealed.astimezone(dt.UTC).replace(microsecond=0)
        name, version = release_name(identity, digest), int(sealed.timestamp())
        return self.signed(SumsList(name, version, sealed, self.key_id, files))

    def signed(self, sums: SumsList) -> SignedSums:
        """Return a list with our name and signature."""
        sums = replace(sums, key=self.key_id)
        content = sums_text(sums)
        return SignedSums(sums, content, self.key.sign(content))
