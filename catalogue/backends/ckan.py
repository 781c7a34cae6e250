"""A CKAN as catalogue. Only this file knows CKAN's names for things.

What CKAN does behind its API, and why each rule here is as it is, was found by experiment (CKAN 2.12):
- resource_create with an id that exists breaks a dataset for good: everything is written by package_revise;
- package_revise with `match` on metadata_modified writes all or nothing, and refuses when somebody else wrote;
- files are outside that transaction, and what arrives is believed: the bytes are read back as the public would;
- reads with a dead token answer as if nothing were there: the token is proved before anything is concluded.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ckanapi import NotAuthorized, NotFound, ValidationError

from catalogue.backends.protocol import Progress
from catalogue.backends.wire import Unsettled, Wire, pause, too_large
from catalogue.listing import Distribution, Listing, dataset_id
from catalogue.plan import Activate, CreateDraft, EnsureOrganisation, Live, Plan, PutFiles, Revise, facts, file_facts, plan
from packages.errors import SetupProblem, TemporaryProblem
from packages.model import Identity, Publication, Release

ROUNDS = 6
"""How often we read, decide and write before we leave it to the next run."""

FIELDS = {
    "title": "title",
    "description": "notes",
    "licence": "license_id",
    "contact": "maintainer",
    "contact_email": "maintainer_email",
}
EXTRAS = {
    "contact_page": "contact_page",
    "publisher_uri": "publisher_uri",
    "theme": "theme",
    "topic": "topic",
    "frequency": "frequency",
    "frequency_words": "update_frequency",
    "period_from": "temporal_coverage_from",
    "period_to": "temporal_coverage_to",
    "geography": "london_smallest_geography",
    "geography_uri": "spatial_uri",
    "gss": "gss_code",
    "issued": "issued",
    "modified": "modified",
    "release": "release_digest",
    "verdict": "quality_verdict",
    "report": "quality_report",
    "schema": "schema",
}
RESOURCE = {
    "title": "name",
    "format": "format",
    "media_type": "mimetype",
    "sha256": "hash",
    "bytes": "size",
    "rows": "rows",
    "schema": "schema",
    "release": "release_digest",
}
ALGORITHM = "http://spdx.org/rdf/terms#checksumAlgorithm_sha256"
NOT_IN_A_TAG = re.compile(r"[^\w \-.]")
LONGEST_TAG = 100


@dataclass(frozen=True, slots=True)
class CkanSettings:
    """Where a CKAN is and how it holds files.

    `upload`: CKAN holds the bytes. `link`: CKAN links to `public_url`, where the folder of releases is public as it is
    (`<dataset>/<publisher>/<digest>/<file>`).
    """

    url: str
    token: str = field(repr=False)
    mode: str = "upload"
    public_url: str = ""
    may_create_organisations: bool = True


class CkanCatalogue:
    """Lists releases in a CKAN."""

    name = "ckan"

    def __init__(self, settings: CkanSettings) -> None:
        _check(settings)
        self._settings = replace(settings, url=settings.url.rstrip("/"), public_url=settings.public_url.rstrip("/"))
        self._wire = Wire(self._settings.url, settings.token)
        self._public = Wire(self._settings.url)

    @property
    def writes(self) -> int:
        """How many writing calls were made so far."""
        return self._wire.writes

    def live(self, identity: Identity) -> Live | None:
        """What is listed now; None when the dataset was never listed. A token that is not known is a SetupProblem."""
        try:
            self._prove_token()
            package = self._read(identity)
        except Unsettled as error:
            raise self._down(error) from None
        return None if package is None else to_live(package, self._settings.url)

    def publish(
        self, listing: Listing, release: Release, *, now: dt.datetime, on_progress: Progress | None = None
    ) -> Publication:
        """List a release; SetupProblem, WaitingForPerson or TemporaryProblem say why not, and who can help."""
        wanted, before = address(listing, self._settings), self._wire.writes
        try:
            self._prove_token()
            live, read_back = self._bring_about(wanted, release, on_progress)
        except Unsettled as error:
            raise self._down(error) from None
        return Publication(
            identity=wanted.identity,
            catalogue=self.name,
            release=wanted.release,
            page=f"{self._settings.url}/dataset/{wanted.name}",
            urls={file.file: live.urls[file.id] for file in wanted.files},
            ids={"dataset": wanted.id} | {file.file: file.id for file in wanted.files},
            read_back={file.file: read_back[file.id] for file in wanted.files},
            writes=self._wire.writes - before,
            at=now,
        )

    def _bring_about(
        self, wanted: Listing, release: Release, on_progress: Progress | None
    ) -> tuple[Live, Mapping[str, str]]:
        """Read, decide, write, and read again, until nothing is left to do and the public sees the right bytes."""
        found: Mapping[str, str] = {}
        unclear = Unsettled("it does not keep what it is sent")
        for attempt in range(ROUNDS):
            try:
                package = self._read(wanted.identity)
                live = None if package is None else to_live(package, self._settings.url)
                steps = plan(wanted, live and live.holding(found))
                if live is not None and steps.empty:
                    found = self._read_back(wanted)
                    if all(found.get(file.id) == file.sha256 for file in wanted.files):
                        return live, found
                    continue
                self._carry_out(steps, package, _Sending(release.folder, on_progress))
                found = {}
            except Unsettled as error:
                unclear = error
                pause(attempt, error)
        raise unclear

    # --- reading ------------------------------------------------------------------------------------------------------

    def _prove_token(self) -> None:
        try:
            self._wire.ask("user_show")
        except (NotFound, NotAuthorized):
            raise SetupProblem(
                f"The catalogue {self._settings.url} does not know our token: it is wrong, has run out or was revoked.",
                fix="Ask the administrator of that catalogue for a new API token of the account that publishes, and set "
                "it as LONDATA_CKAN_TOKEN.",
                why="Nothing was written. Without a token, what is not public looks as if it were not there.",
            ) from None

    def _read(self, identity: Identity) -> dict[str, Any] | None:
        try:
            package: dict[str, Any] = self._wire.ask("package_show", id=dataset_id(identity))
        except NotFound:
            return None
        except NotAuthorized:
            raise self._no_right(f"see {identity}") from None
        return package

    def _read_back(self, wanted: Listing) -> dict[str, str]:
        """The sha256 of each file as the public gets it; empty where the listing names another release or no file."""
        try:
            package = self._public.ask("package_show", id=wanted.id)
        except (NotFound, NotAuthorized):
            raise SetupProblem(
                f"{wanted.title} was written to {self._settings.url}, but the public cannot see it.",
                fix="Ask the administrator of that catalogue to let everybody read its datasets.",
            ) from None
        urls = {r["id"]: r["url"] for r in package["resources"] if r.get("release_digest") == wanted.release}
        return {file.id: self._public.digest(urls[file.id]) if file.id in urls else "" for file in wanted.files}

    # --- writing ------------------------------------------------------------------------------------------------------

    def _carry_out(self, steps: Plan, package: dict[str, Any] | None, sending: _Sending) -> None:
        put: tuple[Distribution, ...] = ()
        activate = any(isinstance(step, Activate) for step in steps.actions)
        for step in steps.actions:
            match step:
                case EnsureOrganisation():
                    self._ensure_organisation(step)
                case CreateDraft():
                    package = self._create_draft(step.listing)
                case PutFiles():
                    put = self._put(step.files)
                case Revise() if package is not None:
                    self._write("package_revise", _revision(step, package, put, activate), sending.of(step, put))
                    activate = False
                case Activate() if activate and package is not None:
                    self._write("package_revise", {"match": _match(package), "update": '{"state": "active"}'})

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

    def _create_draft(self, listed: Listing) -> dict[str, Any]:
        draft = {
            "id": listed.id,
            "name": listed.name,
            "title": listed.title,
            "owner_org": listed.publisher.slug,
            "state": "draft",
        }
        package: dict[str, Any] = self._write("package_create", draft)
        return package

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
            return SetupProblem(
                f"The catalogue {self._settings.url} has a dataset or organisation of this name that we did not make.",
                fix="Ask its administrator to rename or remove that one, then publish again.",
            )
        return SetupProblem(
            f"The catalogue {self._settings.url} did not take the entry: {words}.",
            fix="Change the named fields in the description of the dataset (datapackage.yaml or the publisher's file).",
        )

    def _no_right(self, what: str) -> SetupProblem:
        return SetupProblem(
            f"The account of our token may not {what} in the catalogue {self._settings.url}.",
            fix="Ask the administrator of that catalogue to make the account an editor of the organisation.",
        )

    def _no_organisation(self, step: EnsureOrganisation) -> SetupProblem:
        return SetupProblem(
            f"The catalogue {self._settings.url} has no organisation “{step.slug}”, and we may not make one.",
            fix=f"Ask its administrator to make the organisation {step.slug} ({step.title}) and the account of our token "
            "an editor of it.",
        )

    def _down(self, error: Unsettled) -> TemporaryProblem:
        return TemporaryProblem(
            f"The catalogue {self._settings.url} gave no clear answer: {error}.",
            fix="Nothing has to be done now: the next run finds out what was written and finishes it. If it goes on, "
            "tell the administrator of that catalogue.",
        )


@dataclass(frozen=True, slots=True)
class _Sent:
    """Files by form field, and whom to tell how far it is."""

    files: Mapping[str, Path]
    on_progress: Progress | None


@dataclass(frozen=True, slots=True)
class _Sending:
    """Where the files of the release are, and whom to tell how far it is."""

    folder: Path
    on_progress: Progress | None

    def of(self, step: Revise, put: tuple[Distribution, ...]) -> _Sent:
        return _Sent({f"{_slot(step, file)}__upload": self.folder / file.file for file in put}, self.on_progress)


def address(listed: Listing, settings: CkanSettings) -> Listing:
    """The listing with the addresses its files will have in this CKAN, and keywords that CKAN takes as tags. Pure."""

    def with_url(file: Distribution) -> Distribution:
        if settings.mode == "link":
            where = f"{listed.identity.dataset}/{listed.identity.publisher}/{listed.release}"
            return replace(file, url=f"{settings.public_url}/{where}/{file.file}")
        return replace(file, url=_download(settings.url, listed.id, file.id, file.file))

    tags = (NOT_IN_A_TAG.sub("", keyword).strip()[:LONGEST_TAG] for keyword in listed.keywords)
    return replace(
        listed,
        keywords=tuple(tag for tag in tags if len(tag) > 1),
        distributions=tuple(with_url(file) for file in listed.distributions),
        documents=tuple(with_url(file) for file in listed.documents),
    )


def to_live(package: Mapping[str, Any], url: str) -> Live:
    """What a CKAN dataset says, in our words. Resources without a release digest are not ours. Pure."""
    extras = {extra["key"]: extra["value"] for extra in package.get("extras", [])}
    said = {fact: package.get(key) for fact, key in FIELDS.items()}
    said |= {fact: extras.get(key) for fact, key in EXTRAS.items()}
    ours = [resource for resource in package.get("resources", []) if resource.get("release_digest")]
    return Live(
        id=package["id"],
        stamp=package["metadata_modified"],
        organisation=(package.get("organization") or {}).get("name", ""),
        facts=_text(said),
        keywords=frozenset(tag["name"] for tag in package.get("tags", [])),
        files={resource["id"]: _live_file(resource, url) for resource in ours},
        state=package.get("state", ""),
        private=bool(package.get("private")),
        page=f"{url}/dataset/{package['name']}",
        urls={resource["id"]: resource["url"] for resource in ours},
    )


def _live_file(resource: Mapping[str, Any], url: str) -> dict[str, str]:
    said = {fact: resource.get(key) for fact, key in RESOURCE.items()}
    address = resource["url"]
    if resource.get("url_type") == "upload":
        # CKAN writes its own idea of its host; through a proxy that is not ours
        address = _download(url, resource["package_id"], resource["id"], address.rpartition("/")[2])
    return _text(said | {"url": address})


def _text(said: Mapping[str, Any]) -> dict[str, str]:
    return {key: str(value) for key, value in said.items() if value not in (None, "")}


def _download(url: str, dataset: str, resource: str, file: str) -> str:
    return f"{url}/dataset/{dataset}/resource/{resource}/download/{file}"


def _revision(
    step: Revise, package: Mapping[str, Any], put: tuple[Distribution, ...], activate: bool
) -> dict[str, str]:
    """The arguments of package_revise; with files everything nested has to be JSON text, so it always is."""
    uploads = {file.id for file in put}
    update = _fields(step, package) | ({"state": "active"} if activate else {})
    data: dict[str, Any] = {"match": _match(package), "update": update}
    if step.remove:
        data["filter"] = [f"-resources__{key}" for key in step.remove]
    if step.add:
        data["update__resources__extend"] = [_resource(f, step, uploads) | {"id": f.id} for f in step.add]
    data |= {_slot(step, file): _resource(file, step, uploads) for file in step.change}
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in data.items()}


def _match(package: Mapping[str, Any]) -> str:
    return json.dumps({"id": package["id"], "metadata_modified": package["metadata_modified"]})


def _fields(step: Revise, package: Mapping[str, Any]) -> dict[str, Any]:
    said = facts(step.listing)
    theirs = [e for e in package.get("extras", []) if e["key"] not in EXTRAS.values()]
    ours = [{"key": key, "value": said[fact]} for fact, key in EXTRAS.items() if fact in said]
    update: dict[str, Any] = {key: said.get(fact, "") for fact, key in FIELDS.items()}
    return update | {"tags": [{"name": tag} for tag in step.keywords], "extras": theirs + ours}


def _resource(file: Distribution, step: Revise, uploads: set[str]) -> dict[str, Any]:
    said = file_facts(file, step.listing.release)
    entry: dict[str, Any] = {key: said[fact] for fact, key in RESOURCE.items() if fact in said}
    entry["hash_algorithm"] = ALGORITHM
    if file.id in uploads:
        # CKAN measures what it was sent; a size that we state would hide a short file
        del entry["size"]
        return entry
    return entry


def _slot(step: Revise, file: Distribution) -> str:
    """The name under which package_revise takes a resource: its id, or its place from the end when it is new."""
    if file in step.add:
        return f"update__resources__{step.add.index(file) - len(step.add)}"
    return f"update__resources__{file.id}"


def _check(settings: CkanSettings) -> None:
    if not settings.url.startswith(("https://", "http://")):
        raise SetupProblem(
            "No address of a CKAN is set, or it does not start with https://.",
            fix="Set LONDATA_CKAN_URL to the address of the catalogue's start page.",
        )
    if not settings.token:
        raise SetupProblem(
            f"No token for the catalogue {settings.url} is set.",
            fix="Ask its administrator for an API token of the account that publishes, and set it as LONDATA_CKAN_TOKEN.",
        )
    if settings.mode == "link" and not settings.public_url:
        raise SetupProblem(
            "The catalogue shall link to our files, but it is not set where they are public.",
            fix="Set LONDATA_PUBLIC_URL to the address of the folder of releases, or LONDATA_CKAN_MODE=upload.",
        )
