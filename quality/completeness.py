"""Completeness of the description: what a reader needs to find a dataset, trust it and ask about it."""

from __future__ import annotations

from collections.abc import Iterator

from packages.messages import finding
from packages.model import Check, CheckOutcome, Finding, Where
from packages.spec import DatasetSpec
from packages.vocabulary import cadences, find_publisher, licences, themes
from quality.verdict import JudgedPart

DESCRIPTION_AT_LEAST = 50
"""Characters: about one sentence."""

KEYWORDS_AT_LEAST = 2

CHECK = Check("metadata-complete", "The description of the dataset is complete", CheckOutcome.PASSED)


def metadata_part(spec: DatasetSpec) -> JudgedPart:
    """Return what is missing of the catalogue's mandatory and recommended metadata."""
    findings = (*_missing_texts(spec), *_missing_contacts_and_descriptions(spec))
    if not findings:
        return JudgedPart(checks=(CHECK,))
    note = "1 thing is missing." if len(findings) == 1 else f"{len(findings)} things are missing."
    return JudgedPart(findings, (Check(CHECK.name, CHECK.title, CheckOutcome.FAILED, note),))


def _missing_texts(spec: DatasetSpec) -> Iterator[Finding]:
    package = spec.package
    if not spec.governance.is_open:
        yield finding("metadata-not-open", reason=spec.governance.reason.strip())
    if not package.title.strip():
        yield finding("metadata-title")
    if len(package.description.strip()) < DESCRIPTION_AT_LEAST:
        yield finding("metadata-description", least=DESCRIPTION_AT_LEAST)
    if len(set(package.keywords)) < KEYWORDS_AT_LEAST:
        yield finding("metadata-keywords", least=KEYWORDS_AT_LEAST)
    words = {
        "licence": (spec.package.licence, licences()),
        "theme": (spec.package.theme, themes()),
        "cadence": (spec.cadence, cadences()),
    }
    for key, (word, known) in words.items():
        if word not in known:
            yield finding("metadata-vocabulary", key=key, word=word or "(empty)", known=", ".join(known))


def _missing_contacts_and_descriptions(spec: DatasetSpec) -> Iterator[Finding]:
    contact = spec.publisher.contact
    if find_publisher(spec.identity.publisher) is None:
        yield finding("metadata-publisher")
    elif not (contact.team.strip() and (contact.email or contact.page)):
        yield finding("metadata-contact", publisher=spec.identity.publisher)
    for resource in spec.package.resources:
        fields = resource.table_schema.fields
        undescribed = [f.name for f in fields if not f.description.strip()]
        if undescribed:
            where = Where(resource=resource.name, count=len(undescribed), of=len(fields), unit="column")
            yield finding("metadata-fields", where, fields=", ".join(undescribed))
