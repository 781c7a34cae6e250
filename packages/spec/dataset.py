"""publishers/<publisher>.yaml, and the full description of one dataset of one publisher."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from packages.model import Identity
from packages.spec.governance import GovernanceSpec
from packages.spec.layout import Layout, ReadingSpec, RuleSpec, SharedMapping
from packages.spec.quality import QualitySpec
from packages.spec.questions import AnsweredAbout, AnswersSpec, about_digest, questions_digest, source_hosts
from packages.spec.source import Source
from packages.spec.strict import Slug, StrictModel
from packages.spec.table import DataPackage, ResourceSpec

NOBODY = "unknown-publisher"
"""The slug of a publisher that is not known."""

Concerns = Literal["none", "payees-and-roles", "counts", "people"]
"""The class of a dataset: whom it is about. Who decides on it follows from that."""

PEOPLE_NATURES = frozenset({"person", "quasi-identifier", "sensitive", "home"})
"""Natures of fields that are about one person each."""

LONDON = "london"
"""The slug of all publishers of a dataset together."""


class Contact(StrictModel):
    """Who answers questions about the data: a role or a team, never a person's name."""

    team: str
    email: str = ""
    page: str = ""


class PublisherFile(StrictModel):
    """publishers/<publisher>.yaml: where one publisher's data is and how its columns map to ours.

    `source` is what the nightly run reads. `live` documents the real address where `source` is a shipped sample.
    `ckan_fields` are fields that a CKAN asks for beyond ours; these are nearer than those of the dataset.
    """

    publisher: Slug
    contact: Contact
    cadence: str = ""
    source: Source
    live: Source | None = None
    layouts: list[Layout] = []
    rules: dict[str, RuleSpec] = {}
    reading: ReadingSpec | None = None
    governance: GovernanceSpec = GovernanceSpec()
    answers: AnswersSpec | None = None
    ckan_fields: dict[str, Any] = {}
    readings: dict[str, ReadingSpec] = {}
    notes: str = ""


class DatasetSpec(StrictModel):
    """The full description of one dataset of one publisher, such as `spend-over-500/camden`."""

    identity: Identity
    folder: Path
    package: DataPackage
    quality: QualitySpec
    mapping: SharedMapping
    publisher: PublisherFile

    @property
    def cadence(self) -> str:
        return self.publisher.cadence or self.package.cadence

    @property
    def governance(self) -> GovernanceSpec:
        return self.publisher.governance.over(self.package.governance)

    @property
    def ckan_fields(self) -> dict[str, Any]:
        """Fields that a CKAN asks for beyond ours, with those of its files under `resources`; the nearest count."""
        shared, own = self.package.ckan_fields, self.publisher.ckan_fields
        of_files = {**shared.get("resources", {}), **own.get("resources", {})}
        return {**shared, **own, **({"resources": of_files} if of_files else {})}

    @property
    def reading(self) -> ReadingSpec:
        return self.publisher.reading or self.mapping.reading

    def reading_of(self, resource: ResourceSpec) -> ReadingSpec:
        """Return how a table is read: by the publisher's own settings, else by the shared ones."""
        shared = self.mapping.readings.get(resource.name) or self.mapping.reading
        reading = self.publisher.readings.get(resource.name) or self.publisher.reading or shared
        # in an archive with a file for each table, the file has the name of the resource
        if len(self.package.resources) > 1 and not reading.file:
            return reading.model_copy(update={"file": resource.name})
        return reading

    @property
    def layouts(self) -> tuple[Layout, ...]:
        """The publisher's own layouts, then the shared ones of the dataset, then one with our own names."""
        return (*self.publisher.layouts, *self.mapping.layouts, Layout(name="our own names"))

    def layouts_of(self, resource: ResourceSpec) -> tuple[Layout, ...]:
        """Return the layouts that a table may have."""
        return tuple(layout for layout in self.layouts if layout.resource in ("", resource.name))

    def rule(self, field: str, layout: Layout) -> RuleSpec:
        """Return the nearest rule for a field: of the layout, then of the publisher, then of the dataset."""
        for rules in (layout.rules, self.publisher.rules, self.mapping.rules):
            if field in rules:
                return rules[field]
        return RuleSpec()

    @property
    def natures(self) -> dict[str, str]:
        """The nature of each field, by `resource.field`; empty where none is said."""
        return {f"{r.name}.{f.name}": f.nature for r in self.package.resources for f in r.table_schema.fields}

    @property
    def concerns(self) -> Concerns:
        """Whom the published fields are about, by what their natures say: the class of the dataset."""
        natures = set(self.natures.values())
        if natures & PEOPLE_NATURES:
            return "people"
        # what nobody said could be anything, and the source holds people
        if "count" in natures or ("" in natures and self.governance.personal_data in ("personal", "special-category")):
            return "counts"
        return "payees-and-roles" if natures & {"payee", "role"} or self.governance.personal_data == "roles" else "none"

    @property
    def answers(self) -> AnswersSpec:
        """What was answered to the screening questions: by the publisher itself, else for the dataset."""
        return self.publisher.answers or self.package.answers

    @property
    def asked_about(self) -> AnsweredAbout:
        """What the screening questions are asked about, as it is now."""
        natures = sorted(self.natures.items())
        return AnsweredAbout(
            columns=about_digest(name for name, _ in natures),
            natures=about_digest(f"{name}: {nature}" for name, nature in natures),
            concerns=self.concerns,
            licence=self.package.licence,
            host=source_hosts(self.publisher.source),
            questions=questions_digest(),
        )

    @property
    def is_union(self) -> bool:
        """Whether this is the union, made of the releases of all publishers."""
        return self.identity.publisher == LONDON

    @property
    def resource(self) -> ResourceSpec:
        """The first (for most datasets the only) resource."""
        return self.package.resources[0]
