"""One dataset in one DataPress: read, decide, write, and read again until nothing is left to do.

- A creation gives a new id each time: ours is looked for first, and remembered before anything else is written.
- A new dataset is private until its files are there; one patch then describes it and shows it.
- Files and fields cannot be changed in one step. All parts are sent first; then the files are completed one after the
  other, each together with the words that say of which release it is; then one patch changes the rest.
- A patch tests what was read; a refused one is read again, and only a person's mistake is reported.
- The hash that is stated is MD5, or that of the parts, as object stores have it: `<MD5 of the MD5s>-<parts>`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from io import BytesIO
from typing import Any, BinaryIO

from catalogue.backends.datapress.client import PART, DatapressClient, Refusal, dataset_api
from catalogue.backends.datapress.descriptor import with_descriptor
from catalogue.backends.datapress.mapping import (
    PUBLIC,
    DatapressSettings,
    as_shown_there,
    document_to_live,
    read_topics,
    record_of,
    resources_of,
)
from catalogue.backends.datapress.patch import (
    Operation,
    changed_names,
    new_document,
    revision_patch,
    upload_details,
    withdrawal_patch,
)
from catalogue.backends.datapress.problems import (
    empty_file,
    missing_for_creation,
    no_right_there,
    not_a_datapress,
    not_kept,
    not_ours,
    not_public,
    record_not_kept,
    refused_there,
    there_twice,
    unknown_key,
)
from catalogue.backends.datapress.wording import read_file_mark
from catalogue.backends.protocol import Intend, Memory, Progress
from catalogue.backends.transport.answers import Unsettled, wait_before_retry
from catalogue.listing import Distribution, Listing, dataset_id
from catalogue.plan import Activate, CreateDraft, Live, Plan, PutFiles, Revise, make_plan
from packages.model import Identity, Release

ROUNDS = 14
"""Rounds of reading, deciding and writing before it is left to the next run; a new dataset takes four."""

FORBIDDEN = (401, 403)


@dataclass(frozen=True, slots=True)
class ReleaseUpload:
    """The release whose files are sent, and the callers to inform: before writes begin, and while they go on.

    `contents` are files that are not those of the release, by name.
    """

    release: Release
    intend: Intend
    on_progress: Progress | None
    contents: Mapping[str, bytes] = field(default_factory=dict)

    def opened(self, file: Distribution) -> BinaryIO:
        """Open what is sent as a file."""
        content = self.contents.get(file.file)
        return (self.release.folder / file.file).open("rb") if content is None else BytesIO(content)


@dataclass(frozen=True, slots=True)
class Shown:
    """A dataset as the public sees it in the end: the sha256 of each file, and the ids of the files, by our own ids."""

    live: Live
    digests: Mapping[str, str]
    resources: Mapping[str, str]


class DatapressConversation:
    """One dataset brought about in one DataPress. Every method may raise Unsettled: no clear answer came."""

    def __init__(self, settings: DatapressSettings, memory: Memory) -> None:
        self._settings = settings
        self._memory = memory
        self._client = DatapressClient(settings.url, settings.key)
        # what only our account can read is not published
        self._public = DatapressClient(settings.url)

    @property
    def writes(self) -> int:
        """The number of writing calls so far."""
        return self._client.writes

    def prove_key(self) -> None:
        """Ask whose key it is; SetupProblem when the DataPress does not know it."""
        try:
            account = self._client.read("/api/v3/whoami")
        except Refusal as refusal:
            raise (unknown_key if refusal.status in FORBIDDEN else not_a_datapress)(self._settings.url) from None
        if not isinstance(account, dict):
            raise unknown_key(self._settings.url)

    def bring_about(self, listed: Listing, upload: ReleaseUpload) -> Shown:
        """Publish a listing; return what is shown then."""
        topics: Mapping[str, str] = {}
        with suppress(Refusal):
            topics = read_topics(self._client.read("/api/site"))
        digests: Mapping[str, str] = {}
        patched: list[Operation] = []
        for _ in self._rounds():
            try:
                document = self.read(listed.identity)
                if document and not (document.get("resources") or self._identifier(document)):
                    raise self._record_lost(document)
                shown = as_shown_there(listed, document or {}, topics)
                wanted, contents = with_descriptor(shown, upload.release)
                upload = replace(upload, contents=contents)
                live = None if document is None else document_to_live(document, listed.identity, self._settings)
                plan = self._plan(wanted, live and live.with_digests(digests), document, upload)
                if document is None or live is None or not plan.is_empty:
                    # in every round: what was read may be old when this process stood still
                    upload.intend()
                    patched = self._carry_out(plan, document, upload, patched)
                    digests = {}
                    continue
                digests = self._read_back(wanted, live.id)
                if all(digests.get(file.id) == file.sha256 for file in wanted.files):
                    return Shown(live, digests, resources_of(document, listed.identity))
            except Unsettled as error:
                self._wait(error)
        raise self._unclear

    def take_away(self, identity: Identity, told: Mapping[str, str], intend: Intend) -> tuple[str, Mapping[str, str]]:
        """Withdraw a dataset; return its id, empty when there is none, and what the public still gets elsewhere.

        `told` has `withdrawn`, the moment in ISO form, and `reason`.
        """
        addresses: dict[str, str] = {}
        for _ in self._rounds():
            try:
                document = self.read(identity)
                if document is None:
                    return "", {}
                # kept from round to round: later ones no longer see the files that are gone
                addresses |= document_to_live(document, identity, self._settings).urls
                patch = withdrawal_patch(document, identity, self._settings, told)
                if not patch:
                    key = str(document["id"])
                    if self._show(self._public, key) is not None:
                        raise Unsettled("it still shows the dataset to the public")
                    return key, self._still_given(addresses.values())
                intend()
                self._patch(document, patch)
            except Unsettled as error:
                self._wait(error)
        raise self._unclear

    def erase(self, identity: Identity, releases: Collection[str], addresses: Iterable[str]) -> Mapping[str, str]:
        """Return what old addresses still give (sha256 by address); Unsettled when it is given by this DataPress."""
        for _ in self._rounds():
            try:
                document = self.read(identity)
                shown: set[str] = set()
                if document is not None and document.get("sharing") == PUBLIC:
                    live = document_to_live(document, identity, self._settings)
                    shown = set(live.urls.values())
                    if {live.release, *(facts.get("release") for facts in live.files.values())} & set(releases):
                        raise Unsettled("it still shows the release that has to go")
                return self._still_given(url for url in addresses if url not in shown)
            except Unsettled as error:
                self._wait(error)
        raise self._unclear

    # --- rounds -------------------------------------------------------------------------------------------------------

    def _rounds(self) -> Iterator[int]:
        self._unclear, self._waits = Unsettled("it does not keep what it is sent"), 0
        return iter(range(ROUNDS))

    def _wait(self, error: Unsettled) -> None:
        # the write may have arrived all the same: the next round reads and finds out
        self._unclear = error
        wait_before_retry(self._waits, error)
        self._waits += 1

    # --- reading ------------------------------------------------------------------------------------------------------

    def read(self, identity: Identity) -> dict[str, Any] | None:
        """Return our dataset by the id that we remember, else by our identifier in its record; None when there is none.

        What is found is remembered.
        """
        remembered = self._memory.recall(identity, self._settings.url)
        document = self._show(self._client, remembered) if remembered else None
        if document is None:
            found = self._search(identity)
            document = self._show(self._client, found) if found else None
            if document is not None:
                self._memory.remember(identity, self._settings.url, found)
        if document is not None and self._identifier(document) not in ("", dataset_id(identity)):
            raise not_ours(self._settings.url, identity, str(document["id"]))
        return document

    def _identifier(self, document: Mapping[str, Any]) -> str:
        return record_of(document, self._settings).get("identifier", "")

    def _show(self, client: DatapressClient, key: str) -> dict[str, Any] | None:
        """Return a dataset; None when there is none or, for the public, none to see."""
        try:
            document = client.read(dataset_api(key))
        except Refusal as refusal:
            if refusal.status == 404 or (refusal.status in FORBIDDEN and client is self._public):
                return None
            raise self._problem(refusal, f"see the dataset {key}") from None
        if document is None and client is self._public:
            return None
        if not isinstance(document, dict) or not document.get("id"):
            raise no_right_there(self._settings.url, f"see the dataset {key}")
        return document

    def _search(self, identity: Identity) -> str:
        """Return the id of the dataset that has our identifier in its record; empty when none has."""
        try:
            everything = self._client.read("/api/v3/datasets/export.json")
        except Refusal as refusal:
            raise self._problem(refusal, "list its datasets") from None
        if not isinstance(everything, list):
            raise not_a_datapress(self._settings.url)
        wanted = dataset_id(identity)
        found = [str(one["id"]) for one in everything if self._identifier(one) == wanted]
        if len(found) > 1:
            raise there_twice(self._settings.url, identity, found)
        return found[0] if found else ""

    def _read_back(self, wanted: Listing, key: str) -> dict[str, str]:
        """Return the sha256 of each file as the public gets it; empty where another release or no file is listed."""
        document = self._show(self._public, key)
        if document is None:
            raise not_public(self._settings.url, wanted.title)
        resources = document.get("resources") or {}
        urls = {
            ours: str(resources[resource].get("url") or "")
            for ours, resource in resources_of(document, wanted.identity).items()
            if read_file_mark(str(resources[resource].get("description") or ""))["release"] == wanted.release
        }
        return {file.id: self._public.digest(urls[file.id]) if urls.get(file.id) else "" for file in wanted.files}

    def _still_given(self, addresses: Iterable[str]) -> dict[str, str]:
        """Return what the public still gets elsewhere, by address; Unsettled when this DataPress gives anything."""
        still = {url: digest for url in addresses if url and (digest := self._public.digest(url))}
        if any(url.startswith(f"{self._settings.url}/") for url in still):
            raise Unsettled("it still gives the files to the public")
        return still

    # --- deciding -----------------------------------------------------------------------------------------------------

    def _plan(self, wanted: Listing, live: Live | None, document: Any, upload: ReleaseUpload) -> Plan:
        """Return what is left to do. Before anything is written, what lies there has to have the hashes of ours."""
        plan = make_plan(wanted, live, self._settings.wording)
        if live is None or plan.is_empty or any(isinstance(action, PutFiles) for action in plan.actions):
            return plan
        resources = resources_of(document, wanted.identity)
        damaged = {
            file.id: ""
            for file in wanted.files
            if file.id in resources and not _has_hash(document["resources"][resources[file.id]], upload.opened(file))
        }
        if not damaged:
            return plan
        return make_plan(wanted, live.with_digests(damaged), self._settings.wording)

    # --- writing ------------------------------------------------------------------------------------------------------

    def _carry_out(self, plan: Plan, document: Any, upload: ReleaseUpload, patched: list[Operation]) -> list[Operation]:
        """Act up to where the next decision needs another read; return the patch that was done, or that before it."""
        for action in plan.actions:
            match action:
                case CreateDraft():
                    self._create(action.listing)
                    return patched
                case PutFiles():
                    revise = next(step for step in plan.actions if isinstance(step, Revise))
                    self._put_files(action.files, revise.listing, document, upload)
                    return patched
                case Revise():
                    patch = revision_patch(action, document, self._settings, show=Activate() in plan.actions)
                    if not patch or patch == patched:
                        raise not_kept(self._settings.url, changed_names(patch) or ["what describes the dataset"])
                    self._patch(document, patch)
                    return patch
        return patched

    def _create(self, listed: Listing) -> None:
        """Make a dataset that only we see, and remember its id before anything else is written."""
        slug = listed.publisher.slug
        for setting, value in (("team", self._settings.team(slug)), ("masthead", self._settings.masthead(slug))):
            if not value:
                raise missing_for_creation(self._settings.url, setting, slug)
        try:
            answer = self._client.create(new_document(listed, self._settings))
        except Refusal as refusal:
            raise self._problem(refusal, "make a dataset of that team") from None
        document = answer.get("dataset", answer) if isinstance(answer, dict) else {}
        if not document.get("id"):
            raise Unsettled("it did not say which dataset it made")
        self._memory.remember(listed.identity, self._settings.url, str(document["id"]))
        if self._identifier(document) != listed.id:
            raise self._record_lost(document)

    def _record_lost(self, document: Mapping[str, Any]) -> Exception:
        return record_not_kept(self._settings.url, self._settings.fields["record"], str(document["id"]))

    def _put_files(
        self, files: tuple[Distribution, ...], listed: Listing, document: Mapping[str, Any], upload: ReleaseUpload
    ) -> None:
        """Send all parts of all files, and only then make files of them, one right after the other."""
        for file in files:
            if not file.bytes:
                raise empty_file(self._settings.url, file.file)
        ours = resources_of(document, listed.identity)
        order = {file.id: place for place, file in enumerate(listed.files)}
        sessions = []
        count = _Counter(sum(file.bytes for file in files), upload.on_progress)
        for file in files:
            replaced = {"resource_id": ours[file.id]} if file.id in ours else {}
            details = {"filename": file.file, "parts": -(-file.bytes // PART)} | replaced
            details |= upload_details(file, listed, order[file.id])
            try:
                session = self._client.open_upload(str(document["id"]), details)
                with upload.opened(file) as content:
                    for number, part in enumerate(iter(partial(content.read, PART), b"")):
                        self._client.send_part(session, number, part)
                        count.add(len(part))
            except Refusal as refusal:
                raise self._problem(refusal, "send files to that dataset") from None
            sessions.append((session, file))
        # after what may have taken long
        upload.intend()
        for session, file in sessions:
            try:
                answer = self._client.complete(session)
            except Refusal as refusal:
                raise self._problem(refusal, "send files to that dataset") from None
            answer = answer if isinstance(answer, dict) else {}
            resource = ((answer.get("dataset") or {}).get("resources") or {}).get(answer.get("resource_id")) or {}
            if resource and not _has_hash(resource, upload.opened(file)):
                raise Unsettled("a file arrived damaged", seconds=0)

    def _patch(self, document: Mapping[str, Any], patch: list[Operation]) -> None:
        key = str(document["id"])
        try:
            self._client.patch(key, patch)
        except Refusal as refusal:
            if refusal.status not in (*FORBIDDEN, 404) and self._show(self._client, key) != document:
                raise Unsettled("somebody else wrote at the same time", seconds=0) from None
            raise self._problem(refusal, "change that dataset") from None

    def _problem(self, refusal: Refusal, what: str) -> Exception:
        """Return what a refusal means, when we wanted to do `what`."""
        if refusal.status in FORBIDDEN:
            return no_right_there(self._settings.url, what)
        if refusal.status == 404:
            return Unsettled("the dataset went away while it was written")
        return refused_there(self._settings.url, refusal.words)


class _Counter:
    """Tells how much of the files has been sent."""

    def __init__(self, total: int, on_progress: Progress | None) -> None:
        self._total, self._done, self._on_progress = total, 0, on_progress

    def add(self, count: int) -> None:
        self._done += count
        if self._on_progress:
            self._on_progress(self._done, self._total)


def _has_hash(resource: Mapping[str, Any], opened: BinaryIO) -> bool:
    """Return whether a resource states the hash of a file; one that states none is read back later."""
    stated = str(resource.get("hash") or "").casefold()
    whole, parts = hashlib.md5(usedforsecurity=False), []
    with opened as content:
        for part in iter(lambda: content.read(PART), b""):
            whole.update(part)
            parts.append(hashlib.md5(part, usedforsecurity=False).digest())
    of_parts = f"{hashlib.md5(b''.join(parts), usedforsecurity=False).hexdigest()}-{len(parts)}"
    return stated in ("", whole.hexdigest(), of_parts)
