"""The information asset register: every dataset, open or not, for reviewers and for programs. Pure."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalogue.site.status import DatasetOverview
from catalogue.site.words import CONCERNS, EXPORTABLE, OPENNESS, PERSONAL, REVIEWS, STATES
from packages.formats.csv import harmless_cell
from packages.spec.governance import GovernanceSpec

COLUMNS: Mapping[str, str] = {
    "dataset": "Dataset",
    "publisher": "Publisher",
    "title": "Title",
    "publisher_name": "Publisher’s name",
    "owner": "Owner",
    "purpose": "Purpose",
    "lawful_basis": "Lawful basis",
    "personal_data": "Personal data",
    "dpia": "Data protection impact assessment",
    "sharing_agreement": "Sharing agreement",
    "licence": "Licence",
    "retention": "Kept for",
    "reviewed": "Last review",
    "openness": "Openness",
    "reason": "Reason if not open",
    "cadence": "How often",
    "state": "State",
    "released": "Last release",
    "controller": "Controller",
    "joint_controllers": "Joint controllers",
    "contact": "Contact",
    "dpo": "Data Protection Officer",
    "concerns": "Whom the published fields are about",
    "subjects": "Data subjects",
    "categories": "Categories of data",
    "condition": "Condition for a special category",
    "law": "Law that opens data about people",
    "recipients": "Recipients",
    "transfers": "Transfers to other countries",
    "security": "Security measures",
    "location": "Where it is kept",
    "supplier": "Supplier of the system",
    "system": "System",
    "exportable": "Can all of it be exported?",
    "sharing_reference": "Reference in the Information Sharing Gateway",
    "sharing_ends": "Last day of the agreement",
    "review_due": "Next review",
    "review": "Review",
    "answered": "Screening questions answered",
    "creator": "Creator",
    "classification": "Security classification",
}
"""The columns of `register.csv` and keys of `register.json`, with their headings on the page."""

REQUIRED = (
    "owner", "purpose", "lawful_basis", "personal_data", "dpia", "sharing_agreement", "retention", "reviewed",
    "subjects", "categories", "recipients", "transfers", "security", "location", "system", "exportable",
    "answered", "creator", "classification",
)  # fmt: skip
"""The columns that have to be filled for every dataset."""

DAYS = ("reviewed", "released", "sharing_ends", "review_due", "answered")
"""The columns with a day, as 2026-03-31."""

CODES: Mapping[str, Mapping[str, str]] = {
    "openness": OPENNESS,
    "personal_data": PERSONAL,
    "concerns": CONCERNS,
    "exportable": EXPORTABLE,
    "review": REVIEWS,
}
"""The columns that hold a code, with the codes in words."""

FACETS = (
    "openness", "personal_data", "concerns", "lawful_basis", "state", "review", "exportable", "dataset", "publisher",
    "owner", "system",
)  # fmt: skip
"""The columns by which the register can be looked through, in the order of the page."""

NOT_SAID = "Not said"

SCHEMA = "register.schema.json"
YAML_SCHEMA = "governance.schema.json"
"""The JSON Schemas beside the register: of `register.json`, and of `governance` in the YAML that it is made from."""

WORDS = "index-of-words/"
"""The folder of the index from A to Z."""

SMALL_WORDS = frozenset(
    [
        *("about", "and", "became", "can", "for", "from", "has", "have", "how", "its", "not", "over", "that", "the"),
        *("their", "them", "they", "this", "what", "where", "which", "whom", "with"),
    ]
)
"""Words of titles and purposes that nobody looks for."""


@dataclass(frozen=True, slots=True)
class RegisterPart:
    """The entries with one value of one column. `folder` is where its page is, from the folder of the register."""

    facet: str
    label: str
    folder: str
    overviews: tuple[DatasetOverview, ...]


def register_entry(overview: DatasetOverview) -> dict[str, str]:
    """Return the entry of one dataset, with the keys of COLUMNS."""
    status, asset = overview.status, overview.asset
    derived = {
        "dataset": status.identity.dataset,
        "publisher": status.identity.publisher,
        "title": status.title,
        "publisher_name": status.publisher,
        "cadence": overview.cadence,
        "state": STATES[status.state].word,
        "released": status.released,
    }
    return {key: derived[key] if key in derived else getattr(asset, key) for key in COLUMNS}


def missing_headings(overview: DatasetOverview) -> tuple[str, ...]:
    """Return the headings of the required columns that are empty."""
    return tuple(COLUMNS[key] for key in REQUIRED if not getattr(overview.asset, key))


def register_to_csv(overviews: Iterable[DatasetOverview]) -> bytes:
    """Return the register as CSV (RFC 4180, UTF-8); what a spreadsheet would run begins with an apostrophe."""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(COLUMNS))
    writer.writeheader()
    entries = map(register_entry, overviews)
    writer.writerows({key: harmless_cell(text) for key, text in entry.items()} for entry in entries)
    return text.getvalue().encode()


def register_to_json(overviews: Iterable[DatasetOverview]) -> bytes:
    """Return the register as JSON: `columns` explains the keys of each of the `datasets`."""
    entries = [register_entry(overview) for overview in overviews]
    return _as_json({"$schema": SCHEMA, "columns": dict(COLUMNS), "datasets": entries})


def register_schemas() -> dict[str, bytes]:
    """Return the JSON Schemas (2020-12) of `register.json` and of the YAML behind it, by file name."""
    properties: dict[str, Any] = {key: {"type": "string", "title": heading} for key, heading in COLUMNS.items()}
    for key, words in CODES.items():
        properties[key]["enum"] = ["", *words]
    for key in DAYS:
        properties[key]["anyOf"] = [{"const": ""}, {"format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$"}]
    properties["state"]["enum"] = [label.word for label in STATES.values()]
    entry = {"type": "object", "properties": properties, "required": list(COLUMNS), "additionalProperties": False}
    register = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Information asset register",
        "description": "Every dataset that is held. A text that was never filled in is empty.",
        "type": "object",
        "properties": {
            "$schema": {"type": "string"},
            "columns": {"type": "object", "additionalProperties": {"type": "string"}},
            "datasets": {"type": "array", "items": {"$ref": "#/$defs/entry"}},
        },
        "required": ["columns", "datasets"],
        "$defs": {"entry": entry},
    }
    governance = {"$schema": register["$schema"]} | GovernanceSpec.model_json_schema()
    return {SCHEMA: _as_json(register), YAML_SCHEMA: _as_json(governance)}


def _as_json(content: Mapping[str, Any]) -> bytes:
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()


def register_parts(overviews: Iterable[DatasetOverview]) -> dict[str, list[RegisterPart]]:
    """Return the parts of the register by facet, in the order of their labels."""
    found: dict[str, defaultdict[str, list[DatasetOverview]]] = {facet: defaultdict(list) for facet in FACETS}
    for overview in overviews:
        for facet in FACETS:
            found[facet][facet_label(overview, facet)].append(overview)
    parts: dict[str, list[RegisterPart]] = {}
    for facet, groups in found.items():
        taken: set[str] = set()
        for label in sorted(groups, key=str.casefold):
            slug = base = re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-")[:60] or "other"
            while slug in taken:
                slug = f"{base}-{len(taken)}"
            taken.add(slug)
            folder = f"{facet.replace('_', '-')}/{slug}/"
            parts.setdefault(facet, []).append(RegisterPart(facet, label, folder, tuple(groups[label])))
    return parts


def facet_label(overview: DatasetOverview, facet: str) -> str:
    """Return in words what an entry has in a column by which the register can be looked through."""
    entry = register_entry(overview)
    value = entry[{"dataset": "title", "publisher": "publisher_name"}.get(facet, facet)]
    if facet == "lawful_basis":
        # the law itself, in brackets, is another for nearly every dataset
        value = value.partition(" (")[0]
    return CODES.get(facet, {}).get(value, value) or NOT_SAID


def register_index(parts: Mapping[str, Sequence[RegisterPart]]) -> dict[str, list[tuple[str, str]]]:
    """Return an index as at the end of a book: by letter, each term with its page, from the folder of the register.

    Terms are the names of datasets, publishers, owners and systems, and the words of the titles and purposes.
    """
    terms: set[tuple[str, str]] = set()
    for facet in ("dataset", "publisher", "owner", "system"):
        terms |= {(part.label, f"{part.folder}index.html") for part in parts.get(facet, ()) if part.label != NOT_SAID}
    for part in parts.get("dataset", ()):
        texts = {part.label, *(overview.asset.purpose for overview in part.overviews)}
        words = {word for text in texts for word in re.findall(r"[a-z][a-z-]+[a-z]", text.lower())} - SMALL_WORDS
        terms |= {(f"{word} ({part.label})", f"{part.folder}index.html") for word in words}
    letters: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for term, page in sorted(terms, key=lambda found: (found[0].casefold(), found)):
        letters[term[0].upper()].append((term, page))
    return dict(letters)
