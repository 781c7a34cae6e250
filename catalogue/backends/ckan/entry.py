"""A listing as one CKAN stores it, and back: what is sent and how an answer is understood, never when. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from catalogue.backends.ckan.facts import dataset_facts, resource_facts
from catalogue.backends.ckan.own_fields import own_fields
from catalogue.backends.ckan.places import CORE, IDENTIFIER, OURS, OWN, FactPlace, FieldLayout, layout_of
from catalogue.backends.ckan.schema import TargetSchema
from catalogue.backends.ckan.settings import CkanSettings
from catalogue.listing import Distribution, Listing
from catalogue.plan import Live, Revise, Wording
from catalogue.signing.listed import signature_of
from catalogue.signing.signer import Signer

GROUP = "group"
"""The fact that names the group of the theme; it is there only where we may put the dataset into it."""

NOT_IN_A_TAG = re.compile(r"[^\w \-.]")
LONGEST_TAG = 100


def with_ckan_addresses(listed: Listing, settings: CkanSettings, dataset: str, name: str) -> Listing:
    """Return the listing with its addresses in this CKAN, and keywords that CKAN takes as tags.

    `dataset` is the id of the dataset there, `name` the last part of the address of its page.
    """

    def with_url(file: Distribution) -> Distribution:
        if settings.mode == "link":
            folder = f"{listed.identity.dataset}/{listed.identity.publisher}/{listed.release}"
            return replace(file, url=f"{settings.public_url}/{folder}/{file.file}")
        return replace(file, url=_download(settings.url, dataset, file.id, file.file))

    tags = (NOT_IN_A_TAG.sub("", keyword).strip()[:LONGEST_TAG] for keyword in listed.keywords)
    return replace(
        listed,
        page=f"{settings.url}/dataset/{name}",
        keywords=tuple(tag for tag in tags if len(tag) > 1),
        distributions=tuple(with_url(file) for file in listed.distributions),
        documents=tuple(with_url(file) for file in listed.documents),
    )


def extras_of(package: Mapping[str, Any]) -> dict[str, str]:
    """Return the extras of a dataset by key."""
    return {extra["key"]: extra["value"] for extra in package.get("extras", [])}


def identifier_of(package: Mapping[str, Any]) -> str:
    """Return the identifier that a dataset states, in a field or an extra."""
    return str(package.get(IDENTIFIER) or extras_of(package).get(IDENTIFIER) or "")


@dataclass(frozen=True, slots=True)
class Translation:
    """How listings are worded in one CKAN. `own` and `own_of_files` are fields that the settings or YAML gave.

    `group` is the name of the group that the dataset shall be in; empty where there is none that we may use.
    """

    url: str
    target: TargetSchema
    layout: FieldLayout
    own: Mapping[str, Any] = field(default_factory=dict)
    own_of_files: Mapping[str, Any] = field(default_factory=dict)
    group: str = ""
    signer: Signer | None = None

    @classmethod
    def of(cls, settings: CkanSettings, target: TargetSchema, given: Mapping[str, Any] | None = None) -> Translation:
        """Return the translation for a CKAN; `given` are the own fields of one listing, nearer than the settings."""
        own, of_files = own_fields(settings.fields, given or {})
        return cls(settings.url, target, layout_of(target, own, of_files), own, of_files, signer=settings.signer)

    # --- what is wanted -----------------------------------------------------------------------------------------------

    @property
    def wording(self) -> Wording:
        """How a plan compares listings with what this CKAN shows."""
        return Wording(self.facts, self.facts_of_file)

    def facts(self, listed: Listing) -> dict[str, str]:
        """Return the facts of a dataset that this CKAN has a place for."""
        facts = dataset_facts(listed, self.target) | signature_of(listed, self.signer) | _own_facts(self.own)
        kept = {fact: text for fact, text in facts.items() if fact in self.layout.dataset}
        return kept | ({GROUP: self.group} if self.group else {})

    def facts_of_file(self, file: Distribution, listed: Listing) -> dict[str, str]:
        """Return the facts of a file that this CKAN has a place for."""
        facts = resource_facts(file, listed) | _own_facts(self.own_of_files)
        return {fact: text for fact, text in facts.items() if fact in self.layout.resource or fact == "url"}

    # --- what is there ------------------------------------------------------------------------------------------------

    def live(self, package: Mapping[str, Any], wanted: Listing | None = None) -> Live:
        """Return what a dataset says, under our names. Resources without a release digest are not ours.

        What CKAN shows in its own way and means what is `wanted` reads as it is wanted.
        """
        ours = [resource for resource in package.get("resources", []) if resource.get("release_digest")]
        facts = self.facts(wanted) if wanted else {}
        files = {file.id: self.facts_of_file(file, wanted) for file in wanted.files} if wanted else {}
        shown = self.layout.facts_in(package, extras_of(package), facts)
        if self.group and self.group in {group["name"] for group in package.get("groups", [])}:
            shown[GROUP] = self.group
        return Live(
            id=package["id"],
            stamp=package["metadata_modified"],
            organisation=(package.get("organization") or {}).get("name", ""),
            facts=shown,
            keywords=frozenset(tag["name"] for tag in package.get("tags", [])),
            files={resource["id"]: self._file(resource, files.get(resource["id"], {})) for resource in ours},
            state=package.get("state", ""),
            private=bool(package.get("private")),
            page=f"{self.url}/dataset/{package['name']}",
            urls={resource["id"]: resource["url"] for resource in ours},
        )

    def _file(self, resource: Mapping[str, Any], wanted: Mapping[str, str]) -> dict[str, str]:
        address = resource["url"]
        if resource.get("url_type") == "upload":
            # CKAN builds this address from its own settings; behind a proxy it differs from the one that we use
            address = _download(self.url, resource["package_id"], resource["id"], address.rpartition("/")[2])
        return self.layout.facts_of_file(resource, wanted) | {"url": address}

    # --- what is sent -------------------------------------------------------------------------------------------------

    def dataset(self, listed: Listing, package: Mapping[str, Any]) -> dict[str, Any]:
        """Return every field of a dataset as it is sent, with what others added to `package`."""
        facts = self.facts(listed)
        entry: dict[str, Any] = dict.fromkeys(CORE - self.layout.keys - self.target.fields.keys(), "")
        extras: dict[str, str] = {}
        for fact, places in self.layout.dataset.items():
            for place in places:
                value = place.value_of(facts[fact], facts) if fact in facts else None
                _put(value, place, entry, extras)
        for key in {place.key for places in self.layout.dataset.values() for place in places if place.part}:
            entry[key] = _items(entry[key], package.get(key), self._parts(key))
        theirs = [extra for extra in package.get("extras", []) if extra["key"] not in OURS | self.layout.keys]
        entry["extras"] = theirs + [{"key": key, "value": value} for key, value in extras.items()]
        groups = {group["name"] for group in package.get("groups", [])}
        # an account that is no editor of the groups may not even repeat them
        if self.group and self.group not in groups:
            entry["groups"] = [{"name": name} for name in sorted(groups | {self.group})]
        return entry

    def _parts(self, key: str) -> set[str]:
        return {place.part for places in self.layout.dataset.values() for place in places if place.key == key}

    def resource(self, file: Distribution, listed: Listing, *, is_upload: bool = False) -> dict[str, Any]:
        """Return the fields of a resource as they are sent; `is_upload` when its bytes go with them."""
        facts = self.facts_of_file(file, listed)
        entry: dict[str, Any] = {}
        for fact, (place,) in self.layout.resource.items():
            value = place.value_of(facts[fact], facts) if fact in facts else None
            if value is not None:
                entry[place.key] = value
        if not file.url.endswith(f"/resource/{file.id}/download/{file.file}"):
            return entry | {"url": file.url, "url_type": ""}
        if is_upload:
            # CKAN measures what it was sent; a size that we state would hide a short file
            entry.pop("size", None)
        return entry

    def revise_arguments(
        self, step: Revise, package: Mapping[str, Any], put: tuple[Distribution, ...], state: Mapping[str, str]
    ) -> dict[str, str]:
        """Return the arguments of package_revise; everything nested is JSON text, as it has to be when files go too.

        CKAN lays an updated list over the old one item by item, so that the tail of a longer one would stay: the old
        one is filtered out first.
        """
        uploads = {file.id for file in put}
        update = self.dataset(step.listing, package) | {"tags": [{"name": tag} for tag in step.keywords]}
        lists = sorted(key for key, value in update.items() if isinstance(value, list))
        data: dict[str, Any] = {"update": update | dict(state)}
        data["filter"] = [*(f"-{key}" for key in lists), *(f"-resources__{key}" for key in step.remove)]
        lists_of_files = sorted(
            place.key for (place,) in self.layout.resource.values() if place.field and place.field.is_list
        )
        data["filter"] += [f"-resources__{file.id}__{key}" for file in step.change for key in lists_of_files]
        if step.add:
            data["update__resources__extend"] = [
                self.resource(file, step.listing, is_upload=file.id in uploads) | {"id": file.id} for file in step.add
            ]
        data |= {
            resource_slot(step, file): self.resource(file, step.listing, is_upload=file.id in uploads)
            for file in step.change
        }
        return sendable(package, data)


def _own_facts(own: Mapping[str, Any]) -> dict[str, str]:
    return {OWN + key: json.dumps(value) for key, value in own.items()}


def _put(value: Any, place: FactPlace, entry: dict[str, Any], extras: dict[str, str]) -> None:
    if place.is_extra:
        if value is not None:
            extras[place.key] = value
    elif place.part:
        item = entry.setdefault(place.key, {})
        if value is not None:
            item[place.part] = value
    else:
        is_list = place.field is not None and (place.field.is_list or bool(place.field.parts))
        entry[place.key] = value if value is not None else ([] if is_list else "")


def _items(ours: Mapping[str, Any], there: Any, parts: set[str]) -> list[dict[str, Any]]:
    """Return the items of a field that repeats: ours is the first, and what others said beside it stays."""
    items = [item for item in there if isinstance(item, dict)] if isinstance(there, list) else []
    theirs = {key: value for key, value in items[0].items() if key not in parts and value} if items else {}
    first = theirs | dict(ours)
    return ([first] if first else []) + items[1:]


def resource_slot(step: Revise, file: Distribution) -> str:
    """Return the key of a resource in package_revise: its id, or its position from the end when it is new."""
    if file in step.add:
        return f"update__resources__{step.add.index(file) - len(step.add)}"
    return f"update__resources__{file.id}"


def sendable(package: Mapping[str, Any], step: Mapping[str, Any]) -> dict[str, str]:
    """Return the arguments of a package_revise as texts, refused when anything was written since the reading."""
    return {"match": as_read_back(package)} | {key: json.dumps(value) for key, value in step.items()}


def as_read_back(package: Mapping[str, Any]) -> str:
    """Return the `match` of a write: it is refused when anything was written since the dataset was read."""
    return json.dumps({"id": package["id"], "metadata_modified": package["metadata_modified"]})


def _download(url: str, dataset: str, resource: str, file: str) -> str:
    return f"{url}/dataset/{dataset}/resource/{resource}/download/{file}"
