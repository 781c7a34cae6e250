"""The information asset register: every dataset, open or not, for reviewers and for programs. Pure."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping

from catalogue.site.status import DatasetOverview
from catalogue.site.words import STATES

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
}
"""The columns of `register.csv` and keys of `register.json`, with their headings on the page."""

REQUIRED = ("owner", "purpose", "lawful_basis", "personal_data", "dpia", "sharing_agreement", "retention", "reviewed")
"""The columns that have to be filled for every dataset."""


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
    """Return the register as CSV (RFC 4180, UTF-8)."""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(COLUMNS))
    writer.writeheader()
    writer.writerows(register_entry(overview) for overview in overviews)
    return text.getvalue().encode()


def register_to_json(overviews: Iterable[DatasetOverview]) -> bytes:
    """Return the register as JSON: `columns` explains the keys of each of the `datasets`."""
    content = {"columns": dict(COLUMNS), "datasets": [register_entry(overview) for overview in overviews]}
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()
