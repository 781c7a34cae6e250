"""One dataset in one CKAN: read, decide, write, and read again until nothing is left to do.

What is sent is in `entry`, how it travels in `client`. CKAN's behaviour behind its API, and with it the reason
for each rule here, was found by experiment (CKAN 2.12):
- resource_create with an id that exists breaks a dataset for good: everything is written by package_revise;
- package_revise with `match` on metadata_modified writes all or nothing, and refuses when somebody else wrote;
- a dataset that was damaged in that way can be read and refuses every change: it is repaired first;
- files are outside that transaction, and CKAN does not check them: the bytes are read back as the public would;
- only a sysadmin may choose the id of a dataset (anybody that of a resource): the field `identifier` has ours as well;
- a read with a dead token answers as if nothing were there: the token is proved before anything is concluded.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ckanapi import NotAuthorized, NotFound, ValidationError

from catalogue.backends.ckan.client import CkanClient, Content
from catalogue.backends.ckan.datastore.rows import require_fit_columns
from catalogue.backends.ckan.datastore.tables import DataStore, WantedTable
from catalogue.backends.ckan.descriptor import listed_in_ckan
from catalogue.backends.ckan.entry import Translation, as_read_back, identifier_of, resource_slot
from catalogue.backends.ckan.groups import make_group, usable_group
from catalogue.backends.ckan.own_fields import require_fields
from catalogue.backends.ckan.places import RELEASE
from catalogue.backends.ckan.problems import (
    beyond_repair,
    links_to_nothing,
    name_taken,
    no_datastore,
    no_organisation,
    no_right,
    refused,
    unknown_token,
)
from catalogue.backends.ckan.repair import repair_arguments
from catalogue.backends.ckan.schema import TargetSchema, read_target_schema
from catalogue.backends.ckan.settings import CkanSettings
from catalogue.backends.ckan.withdrawal import Withdrawal, our_addresses, withdrawal_step
from catalogue.backends.protocol import Intend, Progress
from catalogue.backends.transport.answers import Unsettled, wait_before_retry
from catalogue.listing import Distribution, Listing, dataset_id, dataset_name, document_ids
from catalogue.plan import Activate, CreateDraft, EnsureOrganisation, Live, Plan, PutFiles, Revise, make_plan
from packages.errors import SetupProblem
from packages.model import Identity, Release

REPAIRS = 3
"""Writes to a damaged dataset at most: emptied, filled again, and one more."""

ROUNDS = 10
"""Rounds of reading, deciding and writing before it is left to the next run; four are needed with tables."""


@dataclass(frozen=True, slots=True)
class Upload:
    """The release whose files are sent, and the callers to inform: before writes begin, and while they go on.

    `contents` are files that are not those of the release, by name.
    """

    release: Release
    intend: Intend
    on_progress: Progress | None
    contents: Mapping[str, bytes] | None = None

    def file(self, name: str) -> Path | Content:
        """Return a file as it is sent."""
        content = (self.contents or {}).get(name)
        return self.release.folder / name if content is None else Content(name, content)


class Conversation:
    """One dataset brought about in one CKAN. Every method may raise Unsettled: no clear answer came."""

    def __init__(self, settings: CkanSettings, target: TargetSchema | None = None) -> None:
        """Begin; `target` is what an earlier conversation with this CKAN found to be its schema."""
        self._settings = settings
        self._client = CkanClient(settings.url, settings.token)
        # what only our account can read is not published
        self._public = CkanClient(settings.url)
        self._may_choose_ids = False
        self._target = target
        self._tables = DataStore(settings.url, self._client, self._public)

    @property
    def writes(self) -> int:
        """The number of writing calls so far."""
        return self._client.writes

    @property
    def target(self) -> TargetSchema:
        """What the CKAN asks of a dataset; it is asked once."""
        if self._target is None:
            self._target = read_target_schema(self._client)
        return self._target

    @property
    def _as_public(self) -> CkanSettings:
        """The settings with the address that the CKAN tells the public: ours may lead through the back door."""
        return replace(self._settings, url=self.target.public_address(self._settings.url))

    def _is_here(self, url: str) -> bool:
        """Return whether an address leads to this CKAN."""
        return url.startswith((f"{self._settings.url}/", f"{self._as_public.url}/"))

    @property
    def known_target(self) -> TargetSchema | None:
        """What was found to be its schema, for the next conversation; None when nothing needed it."""
        return self._target

    def prove_token(self) -> None:
        """Ask whose token it is; SetupProblem when the CKAN does not know it."""
        try:
            account = self._client.ask("user_show")
        except (NotFound, NotAuthorized):
            raise unknown_token(self._settings.url) from None
        self._may_choose_ids = bool(account.get("sysadmin"))

    def live(self, identity: Identity) -> Live | None:
        """Return what is listed now; None when the dataset was never listed."""
        package = self.read(identity)
        return None if package is None else Translation.of(self._as_public, self.target).live(package)

    def bring_about(self, listed: Listing, upload: Upload) -> tuple[Live, Mapping[str, str]]:
        """Publish a listing; return what is live then, and the sha256 of each file (by id) as the public gets it."""
        digests: Mapping[str, str] = {}
        unclear, lost = Unsettled("it does not keep what it is sent"), 0
        for _ in range(ROUNDS):
            try:
                package = self._repaired(self.read(listed.identity), upload.intend)
                wanted, contents = listed_in_ckan(listed, upload.release, self._as_public, package)
                translation = self._translation(wanted, package)
                live = translation.live(package, wanted) if package else None
                plan = make_plan(wanted, live and live.with_digests(digests), translation.wording)
                if live is None or not plan.is_empty:
                    self._require_fit(wanted, translation)
                    # in every round: what was read may be old when this process stood still
                    upload.intend()
                    if not translation.group and self._settings.may_create_organisations:
                        group = make_group(wanted.theme, self._client, self._settings.url)
                        translation = replace(translation, group=group)
                    self._carry_out(plan, package, replace(upload, contents=contents), translation)
                    digests = {}
                    continue
                digests = self._read_back(wanted, live)
                is_whole = all(digests.get(file.id) == file.sha256 for file in wanted.files)
                # after the files: a table is never newer than they are
                if is_whole and self._tables_settled(wanted, package or {}, upload):
                    return live, digests
            except Unsettled as error:
                # the write may have arrived all the same: the next round reads and finds out
                unclear, lost = error, lost + 1
                wait_before_retry(lost - 1, error)
        raise unclear

    def _translation(self, wanted: Listing, package: Mapping[str, Any] | None) -> Translation:
        translation = Translation.of(self._as_public, self.target, wanted.ckan_fields)
        return replace(translation, group=usable_group(wanted.theme, package, self._client))

    def _require_fit(self, wanted: Listing, translation: Translation) -> None:
        """Raise SetupProblem for what this CKAN would refuse, before anything is written."""
        files = [translation.resource(file, wanted) for file in wanted.files]
        require_fields(self._settings.url, translation.dataset(wanted, {}), files, self.target)
        if self._settings.datastore:
            if self.target.lacks("datastore"):
                raise no_datastore(self._settings.url)
            for file in _csv_files(wanted):
                require_fit_columns(file.resource, file.schema)

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
                addresses |= our_addresses(package)
                for resource in our_addresses(package):
                    self._tables.drop(resource, intend)
                step = withdrawal_step(package, reason, moment)
                if step is None:
                    return package["id"], self._prove_gone(package["id"], addresses.values())
                intend()
                self._hide(package, step)
            except Unsettled as error:
                unclear = error
                wait_before_retry(attempt, error)
        raise unclear

    def _hide(self, package: Mapping[str, Any], step: Withdrawal) -> None:
        """Take a step of a withdrawal; when a stricter schema refuses it, hide the dataset all the same."""
        try:
            self._write("package_revise", step.data, {field: Path(os.devnull) for field in step.emptied})
        except SetupProblem:
            # it validates nothing, and the public gets nothing of a deleted dataset
            if package.get("state") != "deleted":
                self._write("package_delete", {"id": package["id"]})
            raise

    def erase(self, identity: Identity, releases: Collection[str], addresses: Iterable[str]) -> Mapping[str, str]:
        """Empty the DataStore of old releases of a dataset; return what old addresses still give (sha256 by address).

        Unsettled when the dataset shows one of these releases, or this CKAN gives old files to the public.
        """
        unclear = Unsettled("it does not keep what it is sent")
        for attempt in range(ROUNDS):
            try:
                package = self.read(identity)
                shown: set[str] = set()
                if package is not None:
                    for resource in our_addresses(package):
                        # the table of what is shown instead stays
                        if self._tables.release_of(resource) in ("", *releases):
                            self._tables.drop(resource, _recorded)
                    if package.get("state") != "deleted":
                        shown = {resource["url"] for resource in package["resources"]}
                        if {resource.get("release_digest") for resource in package["resources"]} & set(releases):
                            raise Unsettled("it still shows the release that has to go")
                still = {url: digest for url in addresses if url not in shown and (digest := self._public.digest(url))}
                if any(map(self._is_here, still)):
                    raise Unsettled("it still gives the files to the public")
                return still
            except Unsettled as error:
                unclear = error
                wait_before_retry(attempt, error)
        raise unclear

    # --- reading ------------------------------------------------------------------------------------------------------

    def read(self, identity: Identity) -> dict[str, Any] | None:
        """Return our dataset by its id, else by its name, else (it was renamed) by our id among its fields."""
        key = dataset_id(identity)
        package = self._show(key) or self._show(dataset_name(identity))
        if package is None:
            hidden = {"include_private": "true", "include_drafts": "true"}
            found = self._client.ask("package_search", fq=f'+identifier:"{key}"', rows="1", **hidden)["results"]
            # the search index may lag behind, so only the id is taken from it
            package = self._show(found[0]["id"]) if found else None
        if package is None or key in (package["id"], identifier_of(package)):
            return package
        # somebody emptied its fields: nobody else has entries with these ids
        if {resource["id"] for resource in package.get("resources", [])} & document_ids(identity):
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
        if any(map(self._is_here, still_given)):
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

    def _carry_out(self, plan: Plan, package: dict[str, Any] | None, upload: Upload, translation: Translation) -> None:
        """Act in order, up to where the next decision needs another read: a new draft has the id that CKAN gave it."""
        files: tuple[Distribution, ...] = ()
        # one revision writes everything and shows it: the public never sees half of a new dataset
        state = {"state": "active"} if Activate() in plan.actions else {}
        for action in plan.actions:
            match action:
                case EnsureOrganisation():
                    self._ensure_organisation(action)
                case CreateDraft():
                    self._create_draft(action.listing, translation)
                    return
                case PutFiles() if self._settings.mode == "upload":
                    # CKAN takes the bytes together with the entries
                    files = action.files
                case PutFiles():
                    self._prove_links(action.files)
                case Revise() if package:
                    self._drop_outdated(action, package)
                    data = translation.revise_arguments(action, package, files, state)
                    forms = {f"{resource_slot(action, file)}__upload": upload.file(file.file) for file in files}
                    self._write("package_revise", data, forms, upload.on_progress)
                    return
                case Activate() if package:
                    self._write("package_revise", {"match": as_read_back(package), "update": json.dumps(state)})

    # --- the DataStore ------------------------------------------------------------------------------------------------

    def _drop_outdated(self, step: Revise, package: dict[str, Any]) -> None:
        """Remove our tables of another release before its files change: there is no table then, never a wrong one."""
        changed = {file.id for file in step.change} | set(step.remove)
        dropped = False
        for resource in package["resources"]:
            is_old = resource.get("release_digest") not in ("", None, step.listing.release)
            has_table = is_old and resource["id"] in changed and resource.get("datastore_active")
            if has_table and (self._settings.datastore or self._tables.has_ours(resource["id"])):
                self._tables.drop(resource["id"], _recorded)
                dropped = True
        if dropped:
            # that was a write: what was read is old now, and its next reader decides anew
            raise Unsettled("a table was taken away first", seconds=0)

    def _tables_settled(self, wanted: Listing, package: Mapping[str, Any], upload: Upload) -> bool:
        """Return whether the tables are as they should be; otherwise take the next steps towards it."""
        if not self._settings.datastore:
            return self._without_our_tables(package, upload.intend)
        tables = list(_wanted_tables(wanted, upload.release))
        # a table that outlived a purge of its dataset is there, and CKAN does not show it
        active = {resource["id"] for resource in package["resources"] if resource.get("datastore_active")}
        missing = [table for table in tables if table.resource not in active or not self._tables.holds(table)]
        for table in missing:
            self._tables.load(table, upload.intend)
        for table in tables:
            self._tables.ensure_view(table.resource, self.target, upload.intend)
        # what was loaded is read back in the next round
        return not missing

    def _without_our_tables(self, package: Mapping[str, Any], intend: Intend) -> bool:
        """Remove tables of ours that nobody renews any more since the setting was changed; those of others stay."""
        for resource in package["resources"]:
            # a table outlives a purge of its dataset, and comes back with it although CKAN does not say so
            may_have_one = resource.get("datastore_active") or self.writes
            if resource.get("release_digest") and may_have_one and self._tables.has_ours(resource["id"]):
                self._tables.drop(resource["id"], intend)
        return True

    # --- first steps --------------------------------------------------------------------------------------------------

    def _ensure_organisation(self, wanted: EnsureOrganisation) -> None:
        with suppress(NotFound):
            self._client.ask("organization_show", id=wanted.slug)
            return
        if not self._settings.may_create_organisations:
            raise no_organisation(self._settings.url, wanted)
        about = f"Open data of {wanted.title}." + (f" Website: {wanted.website}" if wanted.website else "")
        entry = {"name": wanted.slug, "title": wanted.title, "description": about}
        try:
            self._client.write("organization_create", entry)
        except NotAuthorized:
            raise no_organisation(self._settings.url, wanted) from None
        except ValidationError as error:
            raise refused(self._settings.url, error) from None

    def _create_draft(self, listed: Listing, translation: Translation) -> None:
        """Make the dataset with all its fields, since the schema may ask for them, and name no release yet."""
        entry = translation.dataset(listed, {})
        entry["extras"] = [extra for extra in entry["extras"] if extra["key"] != RELEASE]
        draft = {"name": listed.name, "owner_org": listed.publisher.slug, "state": "draft"}
        self._write("package_create", entry | draft | ({"id": listed.id} if self._may_choose_ids else {}))

    def _prove_links(self, files: Iterable[Distribution]) -> None:
        """SetupProblem unless every linked file is public: links must work before anything points at them."""
        for file in files:
            if self._public.digest(file.url) != file.sha256:
                raise links_to_nothing(file)

    def _write(
        self,
        action: str,
        data: Mapping[str, Any],
        files: Mapping[str, Path | Content] | None = None,
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


def _recorded() -> None:
    """Stand in for an intent that was noted before: by the round of a publish, or by a purge."""


def _csv_files(listed: Listing) -> Iterator[Distribution]:
    return (file for file in listed.distributions if file.format == "CSV")


def _wanted_tables(listed: Listing, release: Release) -> Iterator[WantedTable]:
    for file in _csv_files(listed):
        yield WantedTable(file.id, release.folder / file.file, file.schema, file.rows or 0, listed.release)
