"""A DataPress as catalogue: what is published and withdrawn, with receipts. The conversation is in conversation.py."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from catalogue.backends.datapress.conversation import DatapressConversation, ReleaseUpload
from catalogue.backends.datapress.mapping import DatapressSettings, document_to_live
from catalogue.backends.protocol import Intend, Memory, NoMemory, Progress, no_intent
from catalogue.backends.transport.answers import Unsettled
from catalogue.listing import Listing
from catalogue.plan import Live
from packages.errors import SetupProblem, TemporaryProblem
from packages.model import Identity, Publication, Release


class DatapressCatalogue:
    """Lists releases in a DataPress. Several threads may publish at once: each publish is a conversation of its own."""

    name = "datapress"

    def __init__(self, settings: DatapressSettings, memory: Memory | None = None) -> None:
        """Take the settings, and what remembers the ids of datasets; SetupProblem when a setting is missing."""
        if not settings.url.startswith(("https://", "http://")):
            raise SetupProblem(
                "No address of a DataPress is set, or it does not start with https://.",
                fix="Set LONDATA_DATAPRESS_URL to the address of its start page.",
            )
        if not settings.key:
            raise SetupProblem(
                f"No key for the DataPress {settings.url} is set.",
                fix="Make an API key on the page of the account that publishes; set it as LONDATA_DATAPRESS_KEY.",
            )
        if not settings.fields.get("record"):
            raise SetupProblem(
                "No custom field of the DataPress is named in which our identifier stands.",
                fix="Set LONDATA_DATAPRESS_FIELDS to `record=` and the name of that field, `londata` by custom.",
                why="A dataset would not be found again when the ledger is lost, and would be made a second time.",
            )
        self._settings = replace(settings, url=settings.url.rstrip("/"))
        self._memory = NoMemory() if memory is None else memory

    def prove_access(self) -> str:
        """Return that the key is known; SetupProblem when it is not."""
        with self._conversation():
            return f"The DataPress at {self._settings.url} knows our key."

    def live(self, identity: Identity) -> Live | None:
        """Return what is listed now; None when the dataset was never listed. SetupProblem for an unknown key."""
        with self._conversation() as conversation:
            document = conversation.read(identity)
        return None if document is None else document_to_live(document, identity, self._settings)

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
            shown = conversation.bring_about(listing, ReleaseUpload(release, intend or no_intent, on_progress))
        return Publication(
            identity=listing.identity,
            catalogue=self.name,
            release=listing.release,
            page=shown.live.page,
            urls={file.file: shown.live.urls[file.id] for file in listing.files},
            ids={"dataset": shown.live.id} | {file.file: shown.resources[file.id] for file in listing.files},
            read_back={file.file: shown.digests[file.id] for file in listing.files},
            writes=conversation.writes,
            at=now,
        )

    def withdraw(
        self, identity: Identity, *, reason: str, now: dt.datetime, intend: Intend | None = None
    ) -> Publication:
        """Take a dataset away and prove that the public gets nothing; SetupProblem or TemporaryProblem say why not."""
        told = {"withdrawn": now.isoformat(), "reason": reason}
        with self._conversation() as conversation:
            key, still_given = conversation.take_away(identity, told, intend or no_intent)
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
        """Read every old address as the public would: a new release took the place of the bytes behind each."""
        with self._conversation() as conversation:
            return conversation.erase(identity, releases, addresses)

    @contextmanager
    def _conversation(self) -> Iterator[DatapressConversation]:
        """Give a conversation whose key is proved; one that never gets a clear answer ends in a TemporaryProblem."""
        conversation = DatapressConversation(self._settings, self._memory)
        try:
            conversation.prove_key()
            yield conversation
        except Unsettled as error:
            raise TemporaryProblem(
                f"The DataPress {self._settings.url} gave no clear answer: {error}.",
                fix="Nothing has to be done now: the next run finds out what was written and finishes it. If it goes "
                "on, tell the administrator of that DataPress.",
            ) from None
