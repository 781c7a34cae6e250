"""What every catalogue backend promises."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from pydantic import SecretStr

from catalogue.listing import Listing
from catalogue.plan import Live
from packages.model import Identity, Publication, Release

Progress = Callable[[int, int], None]
"""Called with the bytes moved so far and the bytes to move in all."""

Intend = Callable[[], None]
"""Called before every step that writes, and not at all when there is nothing to write.

It may raise, and then nothing is written: whoever stood still for long hears that somebody else has the work now.
"""


class Catalogue(Protocol):
    """A place where releases are listed. What was published is either the old release or the new one, never half."""

    @property
    def name(self) -> str:
        """What people call it."""

    def live(self, identity: Identity) -> Live | None:
        """What is listed now; None when the dataset was never listed. Raises when that cannot be told for certain."""

    def publish(
        self,
        listing: Listing,
        release: Release,
        *,
        now: dt.datetime,
        intend: Intend | None = None,
        on_progress: Progress | None = None,
    ) -> Publication:
        """List a release, read it back as the public would, and give the receipt; no writes when nothing changed."""

    def withdraw(
        self, identity: Identity, *, reason: str, now: dt.datetime, intend: Intend | None = None
    ) -> Publication:
        """Take a dataset out of the public's sight, leave word of when and why, and prove that it is gone.

        The receipt names no release. It counts no writes when nothing of the dataset was there any more, so a
        withdrawal that was interrupted is finished by calling it again. `read_back` says what the public still gets at
        addresses outside the catalogue (sha256 by address): those files are for their owner to remove.
        """


class CatalogueSettings(Protocol):
    """What the backends need to know; each takes its part."""

    @property
    def site(self) -> Path: ...
    @property
    def public_url(self) -> str: ...
    @property
    def ckan_url(self) -> str: ...
    @property
    def ckan_token(self) -> SecretStr: ...
    @property
    def ckan_mode(self) -> str: ...
