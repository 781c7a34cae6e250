"""The protocol of every catalogue backend."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from pydantic import SecretStr

from catalogue.listing import Listing
from catalogue.plan import Live
from catalogue.signing.signer import Signer
from packages.model import Identity, Publication, Release
from packages.objects import StoreSettings

Progress = Callable[[int, int], None]
"""Called with the bytes moved so far and the bytes in total."""

Intend = Callable[[], None]
"""Called before every step that writes, and never when there is nothing to write.

It may raise, and then nothing is written: a process that stood still for long learns that another one has its lease.
"""


def no_intent() -> None:
    """Stand in for a caller that does not ask to be called before writes."""


class Catalogue(Protocol):
    """A place where releases are listed. At any moment the public sees the old release or the new one, never half."""

    @property
    def name(self) -> str:
        """The name in settings, receipts and the ledger."""

    def prove_access(self) -> str:
        """Return in a sentence what our account may do here, by asking alone.

        Raises SetupProblem when it may not publish, TemporaryProblem when there is no clear answer.
        """

    def live(self, identity: Identity) -> Live | None:
        """Return what is listed now; None when the dataset was never listed. Raises when that is not certain."""

    def publish(
        self,
        listing: Listing,
        release: Release,
        *,
        now: dt.datetime,
        intend: Intend | None = None,
        on_progress: Progress | None = None,
    ) -> Publication:
        """List a release, read it back as the public would, and return the receipt; no writes when nothing changed."""

    def withdraw(
        self, identity: Identity, *, reason: str, now: dt.datetime, intend: Intend | None = None
    ) -> Publication:
        """Take a dataset out of public sight, record when and why, and prove that it is gone.

        The receipt names no release. It counts no writes when nothing of the dataset was left, so an interrupted
        withdrawal is finished by calling this again. `read_back` is what the public still gets at addresses outside
        the catalogue (sha256 by address): their owner has to remove those files.
        """

    def erase(self, identity: Identity, releases: Collection[str], addresses: Sequence[str]) -> Mapping[str, str]:
        """Remove all that is left of releases (digests) that are not shown any more, and prove it.

        `addresses` are those at which their files were public. Return what is still given outside the catalogue (sha256
        by address); SetupProblem or TemporaryProblem when the catalogue itself still gives any. May be called again.
        """


class Memory(Protocol):
    """What we remember of a catalogue that chooses the ids of its datasets itself.

    `place` is the address of that catalogue.
    """

    def recall(self, identity: Identity, place: str) -> str:
        """Return the id that a dataset has there; empty when none was remembered."""

    def remember(self, identity: Identity, place: str, key: str) -> None:
        """Remember the id that a dataset has there from now on, before anything else is written."""


class NoMemory:
    """Remembers nothing: every look begins with a search in the catalogue."""

    def recall(self, identity: Identity, place: str) -> str:  # noqa: ARG002 - the protocol names them
        """Return an empty text."""
        return ""

    def remember(self, identity: Identity, place: str, key: str) -> None:
        """Forget it at once."""


class CatalogueSettings(StoreSettings, Protocol):
    """The settings of all backends; each reads its part."""

    @property
    def site(self) -> Path: ...
    @property
    def signer(self) -> Signer | None: ...
    @property
    def public_url(self) -> str: ...
    @property
    def ckan_url(self) -> str: ...
    @property
    def ckan_token(self) -> SecretStr: ...
    @property
    def ckan_mode(self) -> str: ...
    @property
    def ckan_datastore(self) -> bool: ...
    @property
    def ckan_fields(self) -> str: ...
    @property
    def datapress_url(self) -> str: ...
    @property
    def datapress_key(self) -> SecretStr: ...
    @property
    def datapress_team(self) -> str: ...
    @property
    def datapress_masthead(self) -> str: ...
    @property
    def datapress_fields(self) -> str: ...
