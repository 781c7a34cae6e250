"""The information asset register: every dataset that is held, open or not, for reviewers and for programs. Pure."""

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

ASKED = ("owner", "purpose", "lawful_basis", "personal_data", "dpia", "sharing_agreement", "retention", "reviewed")
"""What a register has to say of every dataset."""


def register_entry(holding: DatasetOverview) -> dict[str, str]:
    """One dataset as the register has it, keys as in COLUMNS."""
    standing, asset = holding.standing, holding.asset
    said = {
        "dataset": standing.identity.dataset,
        "publisher": standing.identity.publisher,
        "title": standing.title,
        "publisher_name": standing.publisher,
        "cadence": holding.cadence,
        "state": STATES[standing.state].word,
        "released": standing.released,
    }
    return {key: said[key] if key in said else getattr(asset, key) for key in COLUMNS}


def missing_headings(holding: DatasetOverview) -> tuple[str, ...]:
    """The headings of what nobody has said of a dataset."""
    return tuple(COLUMNS[key] for key in ASKED if not getattr(holding.asset, key))


def register_to_csv(holdings: Iterable[DatasetOverview]) -> bytes:
    """The register as CSV (RFC 4180, UTF-8)."""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(COLUMNS))
    writer.writeheader()
    writer.writerows(register_entry(holding) for holding in holdings)
    return text.getvalue().encode()


def register_to_json(holdings: Iterable[DatasetOverview]) -> bytes:
    """The register as JSON: `columns` explains the keys of each of the `datasets`."""
    content = {"columns": dict(COLUMNS), "datasets": [register_entry(holding) for holding in holdings]}
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()
