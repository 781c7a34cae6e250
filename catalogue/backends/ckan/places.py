"""Where the facts of a listing lie in one CKAN: in fields where its schema has fields, else in extras. Pure.

The names are those that ckanext-dcat reads, and beside them those of the London Datastore.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from catalogue.backends.ckan.facts import LISTS, spellings
from catalogue.backends.ckan.schema import SchemaField, TargetSchema

MOMENTS = frozenset({"issued", "modified"})
"""Facts that are moments; a schema may have fields for days there, or for moments without a zone (UTC)."""

OWN = "own field "
"""What the name of a fact begins with that the settings or a description gave (`ckan_fields`)."""


EMPTY: tuple[Any, ...] = (None, "", [], {})
"""What CKAN leaves out of an answer, or shows in one of these ways."""


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a fact may lie, the best place first.

    `part` is a sub-field (`contact.email`) of a field that repeats, `core` one of CKAN's own fields, `extra` a field of
    the schema or, where it has none of that name, an extra.
    """

    part: str = ""
    core: str = ""
    extra: str = ""


def _extra(name: str) -> tuple[Slot, ...]:
    return (Slot(extra=name),)


SLOTS: Mapping[str, tuple[Slot, ...]] = {
    "title": (Slot(core="title"),),
    "description": (Slot(core="notes"),),
    "licence": (Slot(core="license_id"),),
    "landing_page": (Slot(core="url"),),
    "version": (Slot(core="version"),),
    "contact": (Slot(part="contact.name", core="maintainer"),),
    "contact_email": (Slot(part="contact.email", core="maintainer_email"),),
    "contact_page": (Slot(part="contact.url"), Slot(extra="contact_page")),
    "contact_uri": (Slot(part="contact.uri", extra="contact_uri"),),
    "identifier": _extra("identifier"),
    "publisher_uri": (Slot(part="publisher.uri", extra="publisher_uri"),),
    "publisher_name": (Slot(part="publisher.name", extra="publisher_name"),),
    "publisher_url": (Slot(part="publisher.url", extra="publisher_url"),),
    "creator_name": (Slot(part="creator.name", extra="creator_name"),),
    "theme": _extra("theme"),
    "topic": _extra("topic"),
    "frequency": _extra("frequency"),
    "frequency_words": _extra("update_frequency"),
    "period_from": _extra("temporal_coverage_from"),
    "period_to": _extra("temporal_coverage_to"),
    # ckanext-dcat's schema.org knows the extras only, and its DCAT both
    "start": (Slot(part="temporal_coverage.start"), Slot(extra="temporal_start")),
    "end": (Slot(part="temporal_coverage.end"), Slot(extra="temporal_end")),
    "geography": _extra("london_smallest_geography"),
    "geography_uri": (Slot(part="spatial_coverage.uri"), Slot(extra="spatial_uri")),
    "area_name": (Slot(part="spatial_coverage.text"), Slot(extra="spatial_text")),
    "area_box": (Slot(part="spatial_coverage.bbox", extra="spatial_bbox"),),
    "area_searched": _extra("spatial"),
    "gss": _extra("gss_code"),
    "access_rights": _extra("access_rights"),
    "language": _extra("language"),
    "provenance": _extra("provenance"),
    "classification": _extra("security_classification"),
    "conforms_to": _extra("conforms_to"),
    "documentation": _extra("documentation"),
    "issued": _extra("issued"),
    "modified": _extra("modified"),
    "release": _extra("release_digest"),
    "verdict": _extra("quality_verdict"),
    "report": _extra("quality_report"),
    "schema": _extra("schema"),
    "signature": _extra("release_signature"),
    "withdrawn": _extra("withdrawn"),
    "reason": _extra("withdrawal_reason"),
}
"""Every fact of a dataset, and each slot that it fills."""

RESOURCE_KEYS: Mapping[str, str] = {
    "title": "name",
    "description": "description",
    "kind": "resource_type",
    "format": "format",
    "media_type": "mimetype",
    "sha256": "hash",
    "algorithm": "hash_algorithm",
    "bytes": "size",
    "rows": "rows",
    "schema": "schema",
    "release": "release_digest",
    "licence": "license",
    "availability": "availability",
    "language": "language",
    "conforms_to": "conforms_to",
    "issued": "issued",
    "modified": "modified",
    "access_url": "access_url",
    "download_url": "download_url",
}
"""Every fact of a file but its address, in the fields of a CKAN resource."""

WITHDRAWN, REASON, IDENTIFIER, RELEASE = "withdrawn", "withdrawal_reason", "identifier", "release_digest"
"""Extras that are read and written past a listing as well."""

CORE = frozenset(slot.core for slots in SLOTS.values() for slot in slots if slot.core)
OURS = frozenset(slot.extra for slots in SLOTS.values() for slot in slots if slot.extra)
"""CKAN's own fields that we fill, and the keys of our extras: what they hold else is ours to remove."""


@dataclass(frozen=True, slots=True)
class FactPlace:
    """One place of a fact: a field, a part of the first item of a field that repeats, or an extra."""

    fact: str
    key: str
    part: str = ""
    is_extra: bool = False
    field: SchemaField | None = None

    def value_in(self, entry: Mapping[str, Any], extras: Mapping[str, Any]) -> Any:
        """Return what lies there now, or None."""
        if self.is_extra:
            return extras.get(self.key)
        value = entry.get(self.key)
        if not self.part:
            return value
        return value[0].get(self.part) if isinstance(value, list) and value else None

    def value_of(self, text: str, facts: Mapping[str, str]) -> Any:
        """Return what is sent there for a fact; None where the schema's list of choices has nothing like it."""
        if self.fact.startswith(OWN):
            return _own_value(json.loads(text), self)
        values = json.loads(text) if self.fact in LISTS else [text]
        if self.field and self.field.choices:
            values = [self.field.choice(*spellings(self.fact, value, facts)) for value in values]
            values = [value for value in values if value]
        if not values:
            return None
        if self.field and self.field.is_list:
            return values
        # a plain text cannot hold several values but as JSON, which ckanext-dcat reads in extras
        is_json = self.fact in LISTS and (self.field is None or len(values) > 1)
        return json.dumps(values) if is_json else values[0]

    def text_of(self, value: Any) -> str:
        """Return what lies there as the text of the fact."""
        if self.fact in LISTS:
            return json.dumps(value if isinstance(value, list) else [str(value)])
        if isinstance(value, list):
            return str(value[0]) if len(value) == 1 else json.dumps(value)
        if self.fact not in MOMENTS:
            return str(value)
        moment = _moment(str(value))
        # what somebody wrote there by hand and is no moment counts as nothing
        return moment.isoformat() if moment else ""


def _own_value(value: Any, place: FactPlace) -> Any:
    if not isinstance(value, list | dict):
        value = str(value).lower() if isinstance(value, bool) else str(value)
        if place.field and place.field.choices:
            value = place.field.choice(value) or value
        return [value] if place.field and place.field.is_list else value
    return json.dumps(value) if place.is_extra else value


@dataclass(frozen=True, slots=True)
class FieldLayout:
    """Where facts lie: in a dataset by fact, and in each of its files."""

    dataset: Mapping[str, tuple[FactPlace, ...]]
    resource: Mapping[str, tuple[FactPlace, ...]]

    @property
    def keys(self) -> frozenset[str]:
        """The fields and extras of a dataset that are filled."""
        return frozenset(place.key for places in self.dataset.values() for place in places)

    def facts_in(
        self, entry: Mapping[str, Any], extras: Mapping[str, Any], wanted: Mapping[str, str]
    ) -> dict[str, str]:
        """Return the facts of a dataset; one that lies everywhere as it is `wanted` reads as it is wanted."""
        return _facts_in(self.dataset, entry, extras, wanted)

    def facts_of_file(self, resource: Mapping[str, Any], wanted: Mapping[str, str]) -> dict[str, str]:
        """Return the facts of a file but its address."""
        return _facts_in(self.resource, resource, {}, wanted)


def _facts_in(
    layout: Mapping[str, tuple[FactPlace, ...]],
    entry: Mapping[str, Any],
    extras: Mapping[str, Any],
    wanted: Mapping[str, str],
) -> dict[str, str]:
    facts = {}
    for fact, places in layout.items():
        found = [place.value_in(entry, extras) for place in places]
        if fact in wanted and all(
            _is_same(value, place.value_of(wanted[fact], wanted)) for value, place in zip(found, places, strict=True)
        ):
            facts[fact] = wanted[fact]
            continue
        texts = [
            place.text_of(value) for value, place in zip(found, places, strict=True) if value not in (None, "", [])
        ]
        # a fact that is as it should be in one place and not in another is not as it should be
        texts = [text for text in texts if text not in ("", wanted.get(fact))]
        if texts:
            facts[fact] = texts[0]
    return facts


def _is_same(found: Any, sent: Any) -> bool:
    """Return whether CKAN shows what it was sent: it makes texts of numbers, and leaves out what is empty."""
    if isinstance(found, list) and isinstance(sent, list):
        return len(found) == len(sent) and all(_is_same(*pair) for pair in zip(found, sent, strict=True))
    if isinstance(found, dict) and isinstance(sent, dict):
        return all(_is_same(found.get(key), sent.get(key)) for key in found.keys() | sent.keys())
    if found in EMPTY or sent in EMPTY:
        return found in EMPTY and sent in EMPTY
    return str(found) == str(sent) or _is_same_moment(str(found), str(sent))


def _is_same_moment(found: str, sent: str) -> bool:
    """Return whether a field for dates shows the moment that it was sent, or the day of it."""
    shown, meant = _moment(found), _moment(sent)
    if shown is None or meant is None:
        return False
    return shown == meant or (len(found) == len("2026-01-31") and found == sent[: len(found)])


def _moment(text: str) -> dt.datetime | None:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def layout_of(target: TargetSchema, own: Mapping[str, Any], own_of_files: Mapping[str, Any]) -> FieldLayout:
    """Return where the facts lie in a CKAN; fields that were given (`own`) take the place of ours."""
    dataset = {fact: _resolved(fact, slots, target, own) for fact, slots in SLOTS.items()}
    dataset |= {OWN + key: (_own_place(OWN + key, key, target),) for key in own}
    resource = {
        fact: (FactPlace(fact, key, field=target.resource_fields.get(key)),)
        for fact, key in RESOURCE_KEYS.items()
        if key not in own_of_files
    }
    for key in own_of_files:
        resource[OWN + key] = (FactPlace(OWN + key, key, field=target.resource_fields.get(key)),)
    return FieldLayout({fact: places for fact, places in dataset.items() if places}, resource)


def _own_place(fact: str, key: str, target: TargetSchema) -> FactPlace:
    return FactPlace(
        fact, key, is_extra=key not in target.fields and key not in CKAN_FIELDS, field=target.fields.get(key)
    )


CKAN_FIELDS = CORE | {"author", "author_email", "maintainer", "maintainer_email"}
"""Fields that every CKAN has, whatever its schema."""


def _resolved(fact: str, slots: Iterable[Slot], target: TargetSchema, own: Mapping[str, Any]) -> tuple[FactPlace, ...]:
    places = (_place(fact, slot, target) for slot in slots)
    return tuple(place for place in places if place and place.key not in own)


def _place(fact: str, slot: Slot, target: TargetSchema) -> FactPlace | None:
    key, _, part = slot.part.partition(".")
    parts = target.fields[key].parts if key in target.fields else {}
    if part in parts and part:
        return FactPlace(fact, key, part, field=parts[part])
    if slot.core:
        return FactPlace(fact, slot.core, field=target.fields.get(slot.core))
    if not slot.extra:
        return None
    known = target.fields.get(slot.extra)
    if known is None:
        return FactPlace(fact, slot.extra, is_extra=True)
    # a field of this name that repeats has parts that we do not know
    return None if known.parts else FactPlace(fact, slot.extra, field=known)
