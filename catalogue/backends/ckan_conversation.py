"""One dataset in one CKAN: read, decide, write, and read again until nothing is left to do.

What is sent is in ckan_mapping, how it travels in ckan_client. CKAN's behaviour behind its API, and with it the reason
for each rule here, was found by experiment (CKAN 2.12):
- resource_create with an id that exists breaks a dataset for good: everything is written by package_revise;
- package_revise with `match` on metadata_modified writes all or nothing, and refuses when somebody else wrote;
- a dataset that was damaged in that way can be read and refuses every change: it is repaired first;
- files are outside that transaction, and CKAN does not check them: the bytes are read back as the public would;
- only a sysadmin may choose the id of a dataset (anybody that of a resource): the extra `identifier` has ours as well;
- a read with a dead token answers as if nothing were there: the token is proved before anything is concluded.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ckanapi import CKANAPIError, NotAuthorized, NotFound, ValidationError

from catalogue.backends.ckan_client import CkanClient
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
from catalogue.backends.ckan_problems import (
    beyond_repair,
    name_taken,
    no_organisation,
    no_right,
    refused,
    unknown_token,
)
from catalogue.backends.protocol import Intend, Progress
from catalogue.backends.transport.answers import Unsettled, wait_before_retry
from catalogue.listing import Distribution, Listing, dataset_id, dataset_name
from catalogue.plan import Activate, CreateDraft, EnsureOrganisation, Live, Plan, PutFiles, Revise, make_plan
from packages.errors import SetupProblem
from packages.model import Identity, Release

REPAIRS = 3
"""Writes to a damaged dataset at most: emptied, filled again, and one more."""

ROUNDS = 8
"""Rounds of reading, deciding and writing before it is left to the next run."""


@dataclass(frozen=True, slots=True)
class Upload:
    """The release whose files are sent, and the callers to inform: before writes begin, and while they go on."""

    release: Release
    intend: Intend
    on_progress: Progress | None


class Conversation:
    """One dataset brought about in one CKAN. Every method may raise Unsettled: no clear answer came."""

    def __init__(self, settings: CkanSettings) -> None:
        self._settings = settings
        self._client = CkanClient(settings.url, settings.token)
        # what only our account can read is not published
        self._public = CkanClient(settings.url)
        self._may_choose_ids = False

    @property
    def writes(self) -> int:
        """The number of writing calls so far."""
        return self._client.writes

    def prove_token(self) -> None:
        """Ask whose token it is; SetupProblem when the CKAN does not know it."""
        try:
            account = self._client.ask("user_show")
        except (NotFound, NotAuthorized):
            raise unknown_token(self._settings.url) from None
        self._may_choose_ids = bool(account.get("sysadmin"))

    def bring_about(self, listed: Listing, upload: Upload) -> tuple[Live, Mapping[str, str]]:
        """Publish a listing; return what is live then, and the sha256 of each file (by id) as the public gets it."""
        digests: Mapping[str, str] = {}
        unclear = Unsettled("it does not keep what it is sent")
        for attempt in range(ROUNDS):
            try:
                package = self._repaired(self.read(listed.identity), upload.intend)
                live = None if package is None else dataset_to_live(package, self._settings.url)
                wanted = with_ckan_addresses(listed, self._settings, live.id if live else listed.id)
                plan = make_plan(wanted, live and live.with_digests(digests))
                if live is None or not plan.is_empty:
                    # in every round: what was read may be old when this process stood still
                    upload.intend()
                    self._carry_out(plan, package, upload)
                    digests = {}
                    continue
                digests = self._read_back(wanted, live)
                if all(digests.get(file.id) == file.sha256 for file in wanted.files):
                    return live, digests
            except Unsettled as error:
                # the write may have arrived all the same: the next round reads and finds out
                unclear = error
                wait_before_retry(attempt, error)
        raise unclear

    def take_away(self, identity: Identity, reason: str, moment: str, intend: Intend) -> tuple[str, Mapping[str, str]]:
        """Withdraw a dataset; return its id, and what linked files outside the CKAN still give (sha256 by address).

        `moment` is in ISO form. The id is empty when there is no such dataset.
        """
        addresses: dict[str, str] = {}
        unclear = Unsettled("it does not keep what it is sent")
        for attempt in range(ROUNDS):
            try:
                package = self._repaired(self.read(identity), intend)
                if package is None:
                    return "", {}
                # kept from round to round: later ones no longer see the entries that are gone
                addresses |= dataset_to_live(package, self._settings.url).urls
                self._empty_datastore(package)
                step = withdrawal_step(package, reason, moment)
                if step is None:
                    return package["id"], self._prove_gone(package["id"], addresses.values())
                intend()
                empty_files = {field: Path(os.devnull) for field in step.emptied}
                self._write("package_revise", step.data, empty_files)
            except Unsettled as error:
                unclear = error
                wait_before_retry(attempt, error)
        raise unclear

    def erase(self, identity: Identity, releases: Collection[str], addresses: Iterable[str]) -> Mapping[str, str]:
        """Empty the DataStore of a dataset; return what old addresses still give (sha256 by address).

        Unsettled when the dataset shows one of these releases, or this CKAN gives old files to the public.
        """
        unclear = Unsettled("it does not keep what it is sent")
        for attempt in range(ROUNDS):
            try:
                package = self.read(identity)
                shown: set[str] = set()
                if package is not None:
                    self._empty_datastore(package)
                    if package.get("state") != "deleted":
                        shown = {resource["url"] for resource in package["resources"]}
                        if {resource.get("release_digest") for resource in package["resources"]} & set(releases):
                            raise Unsettled("it still shows the release that has to go")
                still = {url: digest for url in addresses if url not in shown and (digest := self._public.digest(url))}
                if any(url.startswith(f"{self._settings.url}/") for url in still):
                    raise Unsettled("it still gives the files to the public")
                return still
            except Unsettled as error:
                unclear = error
                wait_before_retry(attempt, error)
        raise unclear

    # --- reading ------------------------------------------------------------------------------------------------------

    def read(self, identity: Identity) -> dict[str, Any] | None:
        """Return our dataset by its id, else by its name, else (it was renamed) by our id among its extras."""
        key = dataset_id(identity)
        package = self._show(key) or self._show(dataset_name(identity))
        if package is None:
            hidden = {"include_private": "true", "include_drafts": "true"}
            found = self._client.ask("package_search", fq=f'+identifier:"{key}"', rows="1", **hidden)["results"]
            # the search index may lag behind, so only the id is taken from it
            package = self._show(found[0]["id"]) if found else None
        if package is None or key in (package["id"], extras_of(package).get("identifier")):
            return package
        raise name_taken(self._settings.url)

    def _show(self, key: str) -> dict[str, Any] | None:
        try:
            package: dict[str, Any] = self._client.ask("package_show", id=key)
        except NotFound:
            return None
        except NotAuthorized:
            raise no_right(self._settings.url, f"see the dataset {key}") from None
        return package

    def _read_back(self, wanted: Listing, live: Live) -> dict[str, str]:
        """Return the sha256 of each file as the public gets it; empty where another release or no file is listed."""
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
        """Return the sha256 of linked files that the public still gets; Unsettled when this CKAN gives anything."""
        with suppress(NotFound, NotAuthorized):
            self._public.ask("package_show", id=key)
            raise Unsettled("it still shows the dataset to the public")
        still_given = {url: digest for url in addresses if (digest := self._public.digest(url))}
        if any(url.startswith(f"{self._settings.url}/") for url in still_given):
            raise Unsettled("it still gives the files to the public")
        return still_given

    # --- writing ------------------------------------------------------------------------------------------------------

    def _repaired(self, package: dict[str, Any] | None, intend: Intend) -> dict[str, Any] | None:
        """Return the dataset as it was read, after a repair if it was damaged."""
        for _ in range(REPAIRS):
            repair = package and repair_arguments(package)
            if not package or not repair:
                return package
            intend()
            self._write("package_update", repair)
            package = self._show(package["id"])
        raise beyond_repair(self._settings.url)

    def _carry_out(self, plan: Plan, package: dict[str, Any] | None, upload: Upload) -> None:
        """Act in order, up to where the next decision needs another read: a new draft has the id that CKAN gave it."""
        files: tuple[Distribution, ...] = ()
        # one revision writes everything and shows it: the public never sees half of a new dataset
        state = {"state": "active"} if Activate() in plan.actions else {}
        for action in plan.actions:
            match action:
                case EnsureOrganisation():
                    self._ensure_organisation(action)
                case CreateDraft():
                    self._create_draft(action.listing)
                    return
                case PutFiles() if self._settings.mode == "upload":
                    # CKAN takes the bytes together with the entries
                    files = action.files
                case PutFiles():
                    self._prove_links(action.files)
                case Revise() if package:
                    data = revise_arguments(action, package, files, state)
                    folder = upload.release.folder
                    forms = {f"{resource_slot(action, file)}__upload": folder / file.file for file in files}
                    self._write("package_revise", data, forms, upload.on_progress)
                    return
                case Activate() if package:
                    self._write("package_revise", {"match": as_read_back(package), "update": json.dumps(state)})

    def _empty_datastore(self, package: Mapping[str, Any]) -> None:
        """Remove the tables that CKAN's DataStore has made of files of ours, and prove that they are gone."""
        for resource in package.get("resources", []):
            if resource.get("release_digest") and self._has_table(self._client, resource["id"]):
                self._write("datastore_delete", {"resource_id": resource["id"], "force": True})
                if self._has_table(self._public, resource["id"]):
                    raise Unsettled("its DataStore still gives the data to the public")

    def _has_table(self, client: CkanClient, resource: str) -> bool:
        try:
            client.ask("datastore_search", resource_id=resource, limit="0")
        except (NotFound, NotAuthorized):
            return False
        except CKANAPIError as error:
            # a CKAN without a DataStore does not know the action
            if "not known" in str(error):
                return False
            raise Unsettled("its DataStore gave no clear answer") from None
        return True

    def _ensure_organisation(self, wanted: EnsureOrganisation) -> None:
        with suppress(NotFound):
            self._client.ask("organization_show", id=wanted.slug)
            return
        if not self._settings.may_create_organisations:
            raise no_organisation(self._settings.url, wanted)
        try:
            self._client.write("organization_create", {"name": wanted.slug, "title": wanted.title})
        except NotAuthorized:
            raise no_organisation(self._settings.url, wanted) from None
        except ValidationError as error:
            raise refused(self._settings.url, error) from None

    def _create_draft(self, listed: Listing) -> None:
        draft = {
            "name": listed.name,
            "title": listed.title,
            "owner_org": listed.publisher.slug,
            "state": "draft",
            "extras": [{"key": EXTRAS["identifier"], "value": listed.id}],
        }
        self._write("package_create", draft | ({"id": listed.id} if self._may_choose_ids else {}))

    def _prove_links(self, files: Iterable[Distribution]) -> None:
        """SetupProblem unless every linked file is public: links must work before anything points at them."""
        for file in files:
            if self._public.digest(file.url) != file.sha256:
                raise SetupProblem(
                    f"{file.url} does not give the released file {file.file}.",
                    fix="Make the folder of releases public at the address in LONDATA_PUBLIC_URL, or set "
                    "LONDATA_CKAN_MODE=upload.",
                    why="The catalogue would link to nothing. It was left as it is.",
                )

    def _write(
        self,
        action: str,
        data: Mapping[str, Any],
        files: Mapping[str, Path] | None = None,
        on_progress: Progress | None = None,
    ) -> None:
        try:
            self._client.write(action, data, files, on_progress)
        except NotAuthorized:
            raise no_right(self._settings.url, "write to that organisation") from None
        except NotFound:
            raise Unsettled("the dataset went away while it was written") from None
        except ValidationError as error:
            raise refused(self._settings.url, error) from None
