"""A CKAN as catalogue: when to read, write and read again. What is said is in ckan_words, how in ckan_wire.

What CKAN does behind its API, and why each rule here is as it is, was found by experiment (CKAN 2.12):
- resource_create with an id that exists breaks a dataset for good: everything is written by package_revise;
- package_revise with `match` on metadata_modified writes all or nothing, and refuses when somebody else wrote;
- a dataset that somebody damaged in that way reads well and refuses every change: it is repaired first;
- files are outside that transaction, and what arrives is believed: the bytes are read back as the public would;
- only a sysadmin may choose a dataset's id (anybody a resource's): ours is in the extra `identifier` as well;
- reads with a dead token answer as if nothing were there: the token is proved before anything is concluded.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ckanapi import NotAuthorized, NotFound, ValidationError

from catalogue.backends.ckan_client import CkanClient, Unsettled, too_large, wait_before_retry
from catalogue.backends.ckan_mapping import (
    EXTRAS,
    CkanSettings,
    as_read_back,
    dataset_to_live,
    extras_of,
    repair_arguments,
    resource_slot,
    revise_arguments,
    with_ckan_addresses,
    withdrawal_step,
)
from catalogue.backends.protocol import Intend, Progress
from catalogue.listing import Distribution, Listing, dataset_id, dataset_name
from catalogue.plan import (
    Activate,
    CreateDraft,
    EnsureOrganisation,
    Live,
    Plan,
    PutFiles,
    Revise,
    make_plan,
)
from packages.errors import SetupProblem, TemporaryProblem
from packages.model import Identity, Publication, Release

REPAIRS = 3
"""How often a damaged dataset is written at most: emptied, filled again, and once more."""

ROUNDS = 8
"""How often we read, decide and write before we leave it to the next run."""


class CkanCatalogue:
    """Lists releases in a CKAN. Several threads may publish at once: each publish is a conversation of its own."""

    name = "ckan"

    def __init__(self, settings: CkanSettings) -> None:
        _check(settings)
        self._settings = replace(settings, url=settings.url.rstrip("/"), public_url=settings.public_url.rstrip("/"))

    def live(self, identity: Identity) -> Live | None:
        """What is listed now; None when the dataset was never listed. A token that is not known is a SetupProblem."""
        talk = Conversation(self._settings)
        with self._or_down():
            talk.prove_token()
            package = talk.read(identity)
        return None if package is None else dataset_to_live(package, self._settings.url)

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
        talk = Conversation(self._settings)
        with self._or_down():
            talk.prove_token()
            live, read_back = talk.bring_about(listing, _Sending(release.folder, intend, on_progress))
        return Publication(
            identity=listing.identity,
            catalogue=self.name,
            release=listing.release,
            page=live.page,
            urls={file.file: live.urls[file.id] for file in listing.files},
            ids={"dataset": live.id} | {file.file: file.id for file in listing.files},
            read_back={file.file: read_back[file.id] for file in listing.files},
            writes=talk.writes,
            at=now,
        )

    def withdraw(
        self, identity: Identity, *, reason: str, now: dt.datetime, intend: Intend | None = None
    ) -> Publication:
        """Take a dataset away and prove that the public gets nothing; SetupProblem or TemporaryProblem say why not."""
        talk = Conversation(self._settings)
        with self._or_down():
            talk.prove_token()
            key, elsewhere = talk.take_away(identity, (reason, now.isoformat()), intend)
        return Publication(
            identity=identity,
            catalogue=self.name,
            release="",
            page="",
            urls={},
            ids={"dataset": key} if key else {},
            read_back=elsewhere,
            writes=talk.writes,
            at=now,
        )

    @contextmanager
    def _or_down(self) -> Iterator[None]:
        try:
            yield
        except Unsettled as error:
            raise TemporaryProblem(
                f"The catalogue {self._settings.url} gave no clear answer: {error}.",
                fix="Nothing has to be done now: the next run finds out what was written and finishes it. If it goes "
                "on, tell the administrator of that catalogue.",
            ) from None


class Conversation:
    """One dataset brought about in one CKAN; every method may end in Unsettled."""

    def __init__(self, settings: CkanSettings) -> None:
        self._settings = settings
        self._wire = CkanClient(settings.url, settings.token)
        self._public = CkanClient(settings.url)
        self._may_choose_ids = False

    @property
    def writes(self) -> int:
        """How many writing calls were made so far."""
        return self._wire.writes

    def bring_about(self, listed: Listing, sending: _Sending) -> tuple[Live, Mapping[str, str]]:
        """Read, decide, write, and read again, until nothing is left to do and the public sees the right bytes."""
        found: Mapping[str, str] = {}
        announce = sending.intend or _nothing
        unclear = Unsettled("it does not keep what it is sent")
        for attempt in range(ROUNDS):
            try:
                package = self._sound(self.read(listed.identity), announce)
                live = None if package is None else dataset_to_live(package, self._settings.url)
                wanted = with_ckan_addresses(listed, self._settings, live.id if live else listed.id)
                steps = make_plan(wanted, live and live.holding(found))
                if live is None or not steps.empty:
                    # every time: what was read may be old when this process stood still
                    announce()
                    self._carry_out(steps, package, sending)
                    found = {}
                    continue
                found = self._read_back(wanted, live)
                if all(found.get(file.id) == file.sha256 for file in wanted.files):
                    return live, found
            except Unsettled as error:
                unclear = error
                wait_before_retry(attempt, error)
        raise unclear

    def take_away(
        self, identity: Identity, said: tuple[str, str], intend: Intend | None
    ) -> tuple[str, Mapping[str, str]]:
        """Read, take away, and read again until nothing is left; the id, and what linked files still give.

        `said` are reason and moment; the id is empty when there is no such dataset.
        """
        announce, known = intend or _nothing, dict[str, str]()
        unclear = Unsettled("it does not keep what it is sent")
        for attempt in range(ROUNDS):
            try:
                package = self._sound(self.read(identity), announce)
                if package is None:
                    return "", {}
                known |= dataset_to_live(package, self._settings.url).urls
                step = withdrawal_step(package, *said)
                if step is None:
                    return package["id"], self._prove_gone(package["id"], known.values())
                announce()
                empty = {field: Path(os.devnull) for field in step.emptied}
                self._write("package_revise", step.data, _Sent(empty, None))
            except Unsettled as error:
                unclear = error
                wait_before_retry(attempt, error)
        raise unclear

    # --- reading ------------------------------------------------------------------------------------------------------

    def prove_token(self) -> None:
        """SetupProblem unless the CKAN knows whose token it is."""
        try:
            account = self._wire.ask("user_show")
        except (NotFound, NotAuthorized):
            raise SetupProblem(
                f"The catalogue {self._settings.url} does not know our token: it is wrong, has run out or was revoked.",
                fix="Ask the administrator of that catalogue for a new API token of the account that publishes, and "
                "set it as LONDATA_CKAN_TOKEN.",
                why="Nothing was written. Without a token, what is not public looks as if it were not there.",
            ) from None
        self._may_choose_ids = bool(account.get("sysadmin"))

    def read(self, identity: Identity) -> dict[str, Any] | None:
        """Our dataset by its id, else by its name, else (somebody renamed it) by our id among its extras."""
        key = dataset_id(identity)
        package = self._show(key) or self._show(dataset_name(identity)) or self._search(key)
        if package is None or key in (package["id"], extras_of(package).get("identifier")):
            return package
        raise self._name_taken()

    def _show(self, key: str) -> dict[str, Any] | None:
        try:
            package: dict[str, Any] = self._wire.ask("package_show", id=key)
        except NotFound:
            return None
        except NotAuthorized:
            raise self._no_right(f"see the dataset {key}") from None
        return package

    def _search(self, key: str) -> dict[str, Any] | None:
        hidden = {"include_private": "true", "include_drafts": "true"}
        found = self._wire.ask("package_search", fq=f'+identifier:"{key}"', rows="1", **hidden)["results"]
        return self._show(found[0]["id"]) if found else None

    def _read_back(self, wanted: Listing, live: Live) -> dict[str, str]:
        """The sha256 of each file as the public gets it; empty where the listing names another release or no file."""
        try:
            package = self._public.ask("package_show", id=live.id)
        except (NotFound, NotAuthorized):
            raise SetupProblem(
                f"{wanted.title} was written to {self._settings.url}, but the public cannot see it.",
                fix="Ask the administrator of that catalogue to let everybody read its datasets.",
            ) from None
        urls = {r["id"]: r["url"] for r in package["resources"] if r.get("release_digest") == wanted.release}
        return {file.id: self._public.digest(urls[file.id]) if file.id in urls else "" for file in wanted.files}

    def _prove_gone(self, key: str, addresses: Iterable[str]) -> dict[str, str]:
        """The sha256 by address of linked files that the public still gets; Unsettled if this CKAN gives anything."""
        with suppress(NotFound, NotAuthorized):
            self._public.ask("package_show", id=key)
            raise Unsettled("it still shows the dataset to the public")
        found = {url: digest for url in addresses if (digest := self._public.digest(url))}
        if any(url.startswith(f"{self._settings.url}/") for url in found):
            raise Unsettled("it still gives the files to the public")
        return found

    # --- writing ------------------------------------------------------------------------------------------------------

    def _sound(self, package: dict[str, Any] | None, announce: Intend) -> dict[str, Any] | None:
        """The dataset as it was read, repaired before if it was damaged."""
        for _ in range(REPAIRS):
            repair = package and repair_arguments(package)
            if not package or not repair:
                return package
            announce()
            self._write("package_update", repair)
            package = self._show(package["id"])
        raise SetupProblem(
            f"A dataset in the catalogue {self._settings.url} is damaged: it answers every change with an error.",
            fix="Ask its administrator to take all resources out of the dataset and to put them back.",
        )

    def _carry_out(self, steps: Plan, package: dict[str, Any] | None, sending: _Sending) -> None:
        """Act in order, up to where the next decision needs another look: a new draft has the id that CKAN gave it."""
        put: tuple[Distribution, ...] = ()
        state = {"state": "active"} if Activate() in steps.actions else {}
        for step in steps.actions:
            match step:
                case EnsureOrganisation():
                    self._ensure_organisation(step)
                case CreateDraft():
                    self._create_draft(step.listing)
                    return
                case PutFiles():
                    put = self._put(step.files)
                case Revise() if package:
                    self._write("package_revise", revise_arguments(step, package, put, state), sending.of(step, put))
                    return
                case Activate() if package:
                    self._write("package_revise", {"match": as_read_back(package), "update": json.dumps(state)})

    def _ensure_organisation(self, step: EnsureOrganisation) -> None:
        try:
            self._wire.ask("organization_show", id=step.slug)
        except NotFound:
            if not self._settings.may_create_organisations:
                raise self._no_organisation(step) from None
            self._create_organisation(step)

    def _create_organisation(self, step: EnsureOrganisation) -> None:
        try:
            self._wire.write("organization_create", {"name": step.slug, "title": step.title})
        except NotAuthorized:
            raise self._no_organisation(step) from None
        except ValidationError as error:
            raise self._refused(error) from None

    def _create_draft(self, listed: Listing) -> None:
        draft = {
            "name": listed.name,
            "title": listed.title,
            "owner_org": listed.publisher.slug,
            "state": "draft",
            "extras": [{"key": EXTRAS["identifier"], "value": listed.id}],
        }
        self._write("package_create", draft | ({"id": listed.id} if self._may_choose_ids else {}))

    def _put(self, files: tuple[Distribution, ...]) -> tuple[Distribution, ...]:
        """The files that have to go with the revision. Links must work before anything points at them."""
        if self._settings.mode == "upload":
            return files
        for file in files:
            if self._public.digest(file.url) != file.sha256:
                raise SetupProblem(
                    f"{file.url} does not give the released file {file.file}.",
                    fix="Make the folder of releases public at the address in LONDATA_PUBLIC_URL, or set "
                    "LONDATA_CKAN_MODE=upload.",
                    why="The catalogue would link to nothing. It was left as it is.",
                )
        return ()

    def _write(self, action: str, data: Mapping[str, Any], sent: _Sent | None = None) -> Any:
        files, tell = (sent.files, sent.on_progress) if sent else (None, None)
        try:
            return self._wire.write(action, data, files, tell)
        except NotAuthorized:
            raise self._no_right("write to that organisation") from None
        except NotFound:
            raise Unsettled("the dataset went away while it was written") from None
        except ValidationError as error:
            raise self._refused(error) from None

    # --- what can go wrong --------------------------------------------------------------------------------------------

    def _refused(self, error: ValidationError) -> Exception:
        said = {key: value for key, value in error.error_dict.items() if not key.startswith("__")}
        words = json.dumps(said, ensure_ascii=False)
        if "match" in said or "already exists" in words:
            return Unsettled("somebody else wrote at the same time", seconds=0)
        if "too large" in words:
            return too_large(self._settings.url)
        if "already in use" in words:
            return self._name_taken()
        return SetupProblem(
            f"The catalogue {self._settings.url} did not take the entry: {words}.",
            fix="Change the named fields in the description of the dataset (datapackage.yaml or the publisher's file).",
        )

    def _name_taken(self) -> SetupProblem:
        return SetupProblem(
            f"The catalogue {self._settings.url} has a dataset or organisation of this name that we did not make.",
            fix="Ask its administrator to rename or remove that one, then publish again.",
        )

    def _no_right(self, what: str) -> SetupProblem:
        return SetupProblem(
            f"The account of our token may not {what} in the catalogue {self._settings.url}.",
            fix="Ask the administrator of that catalogue to make the account an editor of the organisation.",
        )

    def _no_organisation(self, step: EnsureOrganisation) -> SetupProblem:
        return SetupProblem(
            f"The catalogue {self._settings.url} has no organisation “{step.slug}”, and we may not make one.",
            fix=f"Ask its administrator to make the organisation {step.slug} ({step.title}) and the account of our "
            "token an editor of it.",
        )


@dataclass(frozen=True, slots=True)
class _Sent:
    """Files by form field, and whom to tell how far it is."""

    files: Mapping[str, Path]
    on_progress: Progress | None


@dataclass(frozen=True, slots=True)
class _Sending:
    """Where the files of the release are, and whom to tell that we begin, and how far it is."""

    folder: Path
    intend: Intend | None
    on_progress: Progress | None

    def of(self, step: Revise, put: tuple[Distribution, ...]) -> _Sent:
        return _Sent(
            {f"{resource_slot(step, file)}__upload": self.folder / file.file for file in put}, self.on_progress
        )


def _nothing() -> None:
    """Nobody wants to know."""


def _check(settings: CkanSettings) -> None:
    if not settings.url.startswith(("https://", "http://")):
        raise SetupProblem(
            "No address of a CKAN is set, or it does not start with https://.",
            fix="Set LONDATA_CKAN_URL to the address of the catalogue's start page.",
        )
    if not settings.token:
        raise SetupProblem(
            f"No token for the catalogue {settings.url} is set.",
            fix="Ask its administrator for an API token of the account that publishes; set it as LONDATA_CKAN_TOKEN.",
        )
    if settings.mode == "link" and not settings.public_url:
        raise SetupProblem(
            "The catalogue shall link to our files, but it is not set where they are public.",
            fix="Set LONDATA_PUBLIC_URL to the address of the folder of releases, or LONDATA_CKAN_MODE=upload.",
        )
