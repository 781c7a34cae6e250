"""JSON Patches of a dataset (RFC 6902): every change with a `test` of what was read. Pure.

A failed test refuses the whole patch, so that nobody who wrote in between is overwritten unseen. `updatedAt` does not
move with a patch of others, and tells nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from catalogue.backends.datapress.mapping import (
    CONTACT_LINK,
    DRAFT,
    FREQUENCIES,
    PRIVATE,
    PUBLIC,
    RECORDED,
    TOPIC,
    DatapressSettings,
    document_to_live,
    record_of,
    resources_of,
    timeframe_name,
    timeframe_of,
    wanted_timeframe,
)
from catalogue.backends.datapress.wording import file_mark, html_to_text, record_text, text_to_html
from catalogue.listing import Distribution, Listing, dataset_id, file_part
from catalogue.plan import Revise
from packages.model import Identity

Operation = Mapping[str, Any]
Document = Mapping[str, Any]

GUARDED = ("sharing", "team", "custom")
"""Fields that are tested with every change: who may see it, whose it is, and what we know it by."""


def new_document(listed: Listing, settings: DatapressSettings) -> dict[str, Any]:
    """Return a dataset to create: private, with nothing but what we find it by."""
    record = record_text({"identifier": listed.id, "state": DRAFT})
    return {
        "title": listed.title,
        "masthead": settings.masthead(listed.publisher.slug),
        "team": settings.team(listed.publisher.slug),
        "sharing": PRIVATE,
        "custom": {settings.fields["record"]: record},
    }


def upload_details(file: Distribution, listed: Listing, order: int) -> dict[str, Any]:
    """Return what is said of a file when it is sent: it is shown together with its bytes."""
    details: dict[str, Any] = {"title": file.title, "description": _mark(file, listed), "order": order}
    frame = wanted_timeframe(listed)
    return details | ({"timeframe": frame} if file.resource and frame else {})


def revision_patch(step: Revise, document: Document, settings: DatapressSettings, *, show: bool) -> list[Operation]:
    """Return the changes that make a dataset show what is wanted; `show` makes it public in the same step.

    Empty when the dataset has all of it already.
    """
    wanted = _wanted_fields(step, document)
    if show:
        wanted["sharing"] = PUBLIC
    changes = [_put(document, (name,), value) for name, value in wanted.items() if document.get(name) != value]
    facts, words = settings.facts(step.listing), step.listing.frequency.title
    custom = {
        "record": record_text({name: facts[fact] for fact, name in RECORDED.items() if fact in facts}),
        "frequency": FREQUENCIES.get(words, words),
        "geography": step.listing.geography,
    }
    named = {name: custom[key] for key, name in settings.fields.items() if name and key in custom}
    changes += _custom_changes(named, document)
    changes += _contact_link(step.listing, document)
    ours = resources_of(document, step.listing.identity)
    for file in step.listing.files:
        if resource := ours.get(file.id):
            changes += _resource_changes(file, step.listing, document, resource)
    # files that the release does not have, and those that are there twice
    removed = [ours.get(key) or key.partition("#")[2] for key in step.remove]
    changes += [{"op": "remove", "path": _path("resources", resource)} for resource in removed]
    if not changes:
        return []
    if record_of(document, settings).get("release") != step.listing.release:
        # a patch moves no date by itself
        changes.append(_put(document, ("updatedAt",), step.listing.modified.isoformat()))
    return _tests(document, changes) + changes


def withdrawal_patch(
    document: Document, identity: Identity, settings: DatapressSettings, told: Mapping[str, str]
) -> list[Operation]:
    """Return the change that takes a dataset out of sight, with the reason, and removes its files; empty when done.

    `told` has `withdrawn`, the moment in ISO form, and `reason`.
    """
    record = record_of(document, settings)
    files = list(resources_of(document, identity).values())
    files += [key.partition("#")[2] for key in document_to_live(document, identity, settings).files if "#" in key]
    if document.get("sharing") != PUBLIC and "withdrawn" in record and not files:
        return []
    told = {name: record.get(name) or text for name, text in told.items()}
    kept = {"identifier": dataset_id(identity), "issued": record.get("issued", "")}
    changes = [_put(document, ("sharing",), PRIVATE)] if document.get("sharing") != PRIVATE else []
    changes += _custom_changes({settings.fields["record"]: record_text(kept | told)}, document)
    changes += [{"op": "remove", "path": _path("resources", resource)} for resource in files]
    return _tests(document, changes) + changes


def changed_names(operations: list[Operation]) -> list[str]:
    """Return what a patch changes, without its tests and dates, as words for a person."""
    paths = [str(one["path"]) for one in operations if one["op"] != "test" and one["path"] != "/updatedAt"]
    return [path.strip("/") for path in paths]


def _wanted_fields(step: Revise, document: Document) -> dict[str, Any]:
    listed = step.listing
    contact = {"title": listed.contact.name, "email": listed.contact.email}
    licence = {"url": listed.licence.url, "title": listed.licence.title}
    fields: dict[str, Any] = {"title": listed.title}
    if html_to_text(str(document.get("description") or "")) != listed.description:
        fields["description"] = text_to_html(listed.description)
    if (document.get("licence") or {}).get("url") != licence["url"]:
        fields["licence"] = licence
    shown = document.get("contact") or {}
    if any((shown.get(name) or "") != text for name, text in contact.items()):
        fields["contact"] = {name: text for name, text in contact.items() if text}
    tags = [keyword for keyword in step.keywords if not keyword.startswith(TOPIC)]
    topics = [keyword.removeprefix(TOPIC) for keyword in step.keywords if keyword.startswith(TOPIC)]
    for name, texts in (("tags", tags), ("topics", topics)):
        if set(document.get(name) or []) != set(texts):
            fields[name] = texts
    return fields


def _custom_changes(wanted: Mapping[str, str], document: Document) -> list[Operation]:
    custom = document.get("custom")
    if not isinstance(custom, dict):
        return [_put(document, ("custom",), dict(wanted))]
    return [_put(document, ("custom", name), text) for name, text in wanted.items() if custom.get(name) != text]


def _contact_link(listed: Listing, document: Document) -> list[Operation]:
    links = document.get("links")
    shown = ((links or {}).get(CONTACT_LINK) or {}).get("url") or ""
    if shown == listed.contact.page:
        return []
    if not listed.contact.page:
        return [{"op": "remove", "path": _path("links", CONTACT_LINK)}]
    link = {"url": listed.contact.page, "title": f"Contact: {listed.contact.name}"}
    if not isinstance(links, dict):
        return [_put(document, ("links",), {CONTACT_LINK: link})]
    return [_put(document, ("links", CONTACT_LINK), link)]


def _resource_changes(file: Distribution, listed: Listing, document: Document, resource: str) -> list[Operation]:
    shown = document["resources"][resource]
    wanted: dict[str, Any] = {"title": file.title}
    if html_to_text(str(shown.get("description") or "")) != _mark(file, listed):
        wanted["description"] = _mark(file, listed)
    if file.resource and timeframe_of(shown) != wanted_timeframe(listed):
        wanted[timeframe_name(shown)] = wanted_timeframe(listed) or None
    return [
        _put(document, ("resources", resource, name), value)
        for name, value in wanted.items()
        if shown.get(name) != value
    ]


def _mark(file: Distribution, listed: Listing) -> str:
    return file_mark(file_part(file), listed.release, file.sha256, file.rows)


def _put(document: Document, keys: tuple[str, ...], value: Any) -> Operation:
    """Return the operation that gives a field a value, whether it is there or not."""
    place: Any = document
    for key in keys[:-1]:
        place = place[key]
    return {"op": "replace" if keys[-1] in place else "add", "path": _path(*keys), "value": value}


def _tests(document: Document, changes: list[Operation]) -> list[Operation]:
    """Return the tests of everything that is changed and was there, and of what must hold in any case."""
    paths = {_path(name): document[name] for name in GUARDED if name in document}
    for change in changes:
        keys = [part.replace("~1", "/").replace("~0", "~") for part in str(change["path"]).split("/")[1:]]
        if keys[0] in (*GUARDED, "updatedAt") or change["op"] == "add":
            continue
        value: Any = document
        for key in keys:
            value = value[key]
        if change["op"] == "remove" and keys[0] == "resources":
            # the rest of an entry may be made up when it is read
            keys, value = [*keys, "description"], value.get("description")
        paths[_path(*keys)] = value
    return [{"op": "test", "path": path, "value": value} for path, value in paths.items()]


def _path(*keys: str) -> str:
    return "".join("/" + key.replace("~", "~0").replace("/", "~1") for key in keys)
