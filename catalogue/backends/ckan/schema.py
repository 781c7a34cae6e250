"""What a CKAN asks of a dataset: the fields of its schema (ckanext-scheming), and the extensions that it runs.

A CKAN without ckanext-scheming has CKAN's own fields and, for everything else, extras.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from ckanapi import CKANAPIError, NotAuthorized, NotFound

from catalogue.backends.ckan.client import CkanClient
from catalogue.backends.transport.answers import Unsettled

LISTS = frozenset({"scheming_multiple_text", "scheming_multiple_choice"})
"""Validators of fields that hold a list of texts."""


@dataclass(frozen=True, slots=True)
class SchemaField:
    """One field of a schema. `choices` are (value, label), empty where any value will do; `parts` are sub-fields."""

    name: str
    label: str = ""
    is_required: bool = False
    is_list: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    parts: Mapping[str, SchemaField] = field(default_factory=dict)

    def choice(self, *spellings: str) -> str:
        """Return the value that one of the spellings stands for, by value or label; empty when none does."""
        known = {text.casefold(): value for value, label in self.choices for text in (label, value)}
        return next((known[text.casefold()] for text in spellings if text.casefold() in known), "")


@dataclass(frozen=True, slots=True)
class TargetSchema:
    """The fields of datasets and of files by name, empty in a CKAN without a schema of its own.

    `extensions` is None where the CKAN does not say which it runs, `site_url` what it calls its own address.
    """

    fields: Mapping[str, SchemaField] = field(default_factory=dict)
    resource_fields: Mapping[str, SchemaField] = field(default_factory=dict)
    extensions: frozenset[str] | None = None
    site_url: str = ""

    def public_address(self, url: str) -> str:
        """Return the address under which the public reaches a CKAN that we reach at `url`, maybe by another way."""
        site, ours = urlsplit(self.site_url), urlsplit(url)
        if site.scheme not in ("http", "https") or not site.netloc:
            return url
        return ours._replace(scheme=site.scheme, netloc=site.netloc).geturl()

    def has(self, extension: str) -> bool:
        """Return whether the CKAN says that it runs an extension."""
        return extension in (self.extensions or ())

    def lacks(self, extension: str) -> bool:
        """Return whether the CKAN says what it runs, and this is not among it."""
        return self.extensions is not None and extension not in self.extensions


def read_target_schema(client: CkanClient) -> TargetSchema:
    """Ask a CKAN for its schema and extensions; Unsettled when it gives no clear answer."""
    try:
        status = client.ask("status_show")
    except (NotFound, NotAuthorized, CKANAPIError):
        status = {}
    found = schema_of(_described(client), status.get("extensions"))
    return replace(found, site_url=status.get("site_url") or "")


def _described(client: CkanClient) -> Mapping[str, Any]:
    try:
        described: Mapping[str, Any] = client.ask("scheming_dataset_schema_show", type="dataset")
    except NotFound:
        # the extension is there, and datasets of the usual type are not its business
        return {}
    except CKANAPIError as error:
        if "not known" in str(error):
            return {}
        raise Unsettled("it gave no clear answer on the fields of its datasets") from None
    return described


def schema_of(described: Mapping[str, Any], extensions: Iterable[str] | None = None) -> TargetSchema:
    """Return the schema that `scheming_dataset_schema_show` describes, with presets expanded. Pure."""
    return TargetSchema(
        fields=_fields(described.get("dataset_fields", ())),
        resource_fields=_fields(described.get("resource_fields", ())),
        extensions=None if extensions is None else frozenset(extensions),
    )


def _fields(described: Iterable[Mapping[str, Any]]) -> dict[str, SchemaField]:
    return {entry["field_name"]: _field(entry) for entry in described if "field_name" in entry}


def _field(entry: Mapping[str, Any]) -> SchemaField:
    validators = set(str(entry.get("validators", "")).split())
    return SchemaField(
        name=entry["field_name"],
        label=_text(entry.get("label", "")),
        is_required=bool(entry.get("required")) or "not_empty" in validators,
        is_list=bool(validators & LISTS),
        choices=tuple(
            (str(choice["value"]), _text(choice.get("label", choice["value"]))) for choice in entry.get("choices") or ()
        ),
        parts=_fields(entry.get("repeating_subfields", ())),
    )


def _text(label: Any) -> str:
    # a label may be given in several languages
    return str(label.get("en") or next(iter(label.values()), "")) if isinstance(label, dict) else str(label)
