"""A CKAN as catalogue: what is published and withdrawn, with receipts. How, is in `conversation`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from catalogue.backends.ckan.account import publishing_access
from catalogue.backends.ckan.conversation import Conversation, Upload
from catalogue.backends.ckan.schema import TargetSchema
from catalogue.backends.ckan.settings import CkanSettings
from catalogue.backends.protocol import Intend, Progress, no_intent
from catalogue.backends.transport.answers import Unsettled
from catalogue.listing import Listing
from catalogue.plan import Live
from packages.errors import SetupProblem, TemporaryProblem
from packages.model import Identity, Publication, Release


class CkanCatalogue:
    """Lists releases in a CKAN. Several threads may publish at once: each publish is a conversation of its own."""

    name = "ckan"

    def __init__(self, settings: CkanSettings) -> None:
        """Take the settings; SetupProblem when one is missing."""
        if not settings.url.startswith(("https://", "http://")):
            raise SetupProblem(
                "No address of a CKAN is set, or it does not start with https://.",
                fix="Set LONDATA_CKAN_URL to the address of the catalogue's start page.",
            )
        if not settings.token:
            raise SetupProblem(
                f"No token for the catalogue {settings.url} is set.",
                fix="Ask its administrator for an API token of the account that publishes; set it as "
                "LONDATA_CKAN_TOKEN.",
            )
        if settings.mode == "link" and not settings.public_url:
            raise SetupProblem(
                "The catalogue shall link to our files, but it is not set where they are public.",
                fix="Set LONDATA_PUBLIC_URL to the address of the folder of releases, or LONDATA_CKAN_MODE=upload.",
            )
        self._settings = replace(settings, url=settings.url.rstrip("/"), public_url=settings.public_url.rstrip("/"))
        self._target: TargetSchema | None = None

    def prove_access(self) -> str:
        """Return as whom we are known and for how many organisations we may publish; SetupProblem for none."""
        with self._conversation():
            return publishing_access(self._settings.url, self._settings.token)

    def live(self, identity: Identity) -> Live | None:
        """Return what is listed now; None when the dataset was never listed. SetupProblem for an unknown token."""
        with self._conversation() as conversation:
            return conversation.live(identity)

    def publish(
        self,
        listing: Listing,
        release: Release,
        *,
        now: dt.datetime,
        intend: Intend | None = None,
        on_progress: Progress | None = None,
    ) -> Publication:
        """List a release; SetupProblem, WaitingForPerson or TemporaryProblem say why not, and who can help."""
        with self._conversation() as conversation:
            upload = Upload(release, intend or no_intent, on_progress)
            live, digests = conversation.bring_about(listing, upload)
        return Publication(
            identity=listing.identity,
            catalogue=self.name,
            release=listing.release,
            page=live.page,
            urls={file.file: live.urls[file.id] for file in listing.files},
            ids={"dataset": live.id} | {file.file: file.id for file in listing.files},
            read_back={file.file: digests[file.id] for file in listing.files},
            writes=conversation.writes,
            at=now,
        )

    def withdraw(
        self, identity: Identity, *, reason: str, now: dt.datetime, intend: Intend | None = None
    ) -> Publication:
        """Take a dataset away and prove that the public gets nothing; SetupProblem or TemporaryProblem say why not."""
        with self._conversation() as conversation:
            key, still_given = conversation.take_away(identity, reason, now.isoformat(), intend or no_intent)
        return Publication(
            identity=identity,
            catalogue=self.name,
            release="",
            page="",
            urls={},
            ids={"dataset": key} if key else {},
            read_back=still_given,
            writes=conversation.writes,
            at=now,
        )

    def erase(self, identity: Identity, releases: Collection[str], addresses: Sequence[str]) -> Mapping[str, str]:
        """Empty the DataStore of the dataset, and read every old address as the public would.

        The entries of files keep their ids, and a new release wrote over the bytes behind them.
        """
        with self._conversation() as conversation:
            return conversation.erase(identity, releases, addresses)

    @contextmanager
    def _conversation(self) -> Iterator[Conversation]:
        """Give a conversation whose token is proved; one that never gets a clear answer ends in a TemporaryProblem."""
        conversation = Conversation(self._settings, self._target)
        try:
            conversation.prove_token()
            yield conversation
            self._target = conversation.known_target
        except Unsettled as error:
            raise TemporaryProblem(
                f"The catalogue {self._settings.url} gave no clear answer: {error}.",
                fix="Nothing has to be done now: the next run finds out what was written and finishes it. If it goes "
                "on, tell the administrator of that catalogue.",
            ) from None
