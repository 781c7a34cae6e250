"""Is the description of the dataset complete enough for somebody to find it, trust it and ask about it?"""

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
    """What the catalogue's mandatory and recommended metadata lack."""
    found = (*_openness(spec), *_package(spec), *_vocabularies(spec), *_publisher(spec), *_fields(spec))
    if not found:
        return JudgedPart(checks=(CHECK,))
    note = "1 thing is missing." if len(found) == 1 else f"{len(found)} things are missing."
    return JudgedPart(found, (Check(CHECK.name, CHECK.title, CheckOutcome.FAILED, note),))


def _openness(spec: DatasetSpec) -> Iterator[Finding]:
    if not spec.governance.is_open:
        yield finding("metadata-not-open", reason=spec.governance.reason.strip())


def _package(spec: DatasetSpec) -> Iterator[Finding]:
    package = spec.package
    if not package.title.strip():
        yield finding("metadata-title")
    if len(package.description.strip()) < DESCRIPTION_AT_LEAST:
        yield finding("metadata-description", least=DESCRIPTION_AT_LEAST)
    if len(set(package.keywords)) < KEYWORDS_AT_LEAST:
        yield finding("metadata-keywords", least=KEYWORDS_AT_LEAST)


def _vocabularies(spec: DatasetSpec) -> Iterator[Finding]:
    words = {
        "licence": (spec.package.licence, licences()),
        "theme": (spec.package.theme, themes()),
        "cadence": (spec.cadence, cadences()),
    }
    for key, (word, known) in words.items():
        if word not in known:
            yield finding("metadata-vocabulary", key=key, word=word or "(empty)", known=", ".join(known))


def _publisher(spec: DatasetSpec) -> Iterator[Finding]:
    if find_publisher(spec.identity.publisher) is None:
        yield finding("metadata-publisher")
        return
    contact = spec.publisher.contact
    if not (contact.team.strip() and (contact.email or contact.page)):
        yield finding("metadata-contact", publisher=spec.identity.publisher)


def _fields(spec: DatasetSpec) -> Iterator[Finding]:
    for resource in spec.package.resources:
        fields = resource.table_schema.fields
        bare = [f.name for f in fields if not f.description.strip()]
        if bare:
            where = Where(resource=resource.name, count=len(bare), of=len(fields), unit="column")
            yield finding("metadata-fields", where, fields=", ".join(bare))
