"""datapackage.yaml: the tables of a dataset, their fields, and the description of the whole."""

from __future__ import annotations

import graphlib
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from packages.spec.governance import GovernanceSpec
from packages.spec.questions import AnswersSpec
from packages.spec.strict import Slug, StrictModel

READING_PROPERTIES = frozenset({"missingValues", "trueValues", "falseValues", "bareNumber", "decimalChar", "groupChar"})
"""Properties that tell how a received cell is read. Our files hold canonical text, so they no longer apply."""

WRITTEN_AS_ISO = frozenset({"date", "datetime", "time"})
"""Types whose cells are ISO 8601 in our files, whatever the `format` of the received ones."""


Nature = Literal[
    "", "organisation", "payee", "role", "person", "quasi-identifier", "sensitive", "place", "home", "count",
    "free-text", "code", "fact",
]  # fmt: skip
"""What the values of a field say, and about whom.

organisation: a body or a part of one. payee: who was paid, an organisation or a person. role: a person in public work,
and how to reach an office. person: somebody's name, number or contact. quasi-identifier: what tells people apart
together with other fields (age, sex, first half of a postcode). sensitive: a special category, an offence or a debt.
place: where a thing or a service is. home: where somebody lives. count: a number of people. free-text: words that
somebody wrote. code: a reference, an address on the web or an entry of a list. fact: a day, an amount or a measurement
of the thing that the row is about. Empty is not said: the field is looked at as if it could be any of them.
"""


class FieldSpec(BaseModel):
    """A field of the Table Schema, with properties of our own.

    `safe` fields hold values that reports may show (dates, amounts, code lists); they are screened like all others,
    and nothing of one in which personal data were found is shown. `nature` is what the values say, see `Nature`.
    `redaction_of` names the field beside it: where a note of redaction stands in that one, this one holds its reason,
    `personal`, `commercial` or `other`.
    `decimals` makes a number an exact decimal with so many places; without it a number is a 64-bit float.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    name: str
    type: Literal[
        "string", "integer", "number", "boolean", "date", "datetime", "time", "year", "yearmonth", "duration",
        "object", "array", "list", "geopoint", "geojson", "any",
    ] = "string"  # fmt: skip
    title: str = ""
    description: str = ""
    constraints: dict[str, Any] = {}
    safe: bool = False
    nature: Nature = ""
    redaction_of: str = ""
    decimals: int | None = Field(default=None, ge=0, le=18)

    @property
    def required(self) -> bool:
        return bool(self.constraints.get("required"))

    @property
    def enum(self) -> tuple[str, ...]:
        return tuple(str(v) for v in self.constraints.get("enum", ()))


class TableSchema(BaseModel):
    """A Frictionless Table Schema; standard keys that are not named here pass through."""

    model_config = ConfigDict(extra="allow", frozen=True)

    fields: list[FieldSpec] = Field(min_length=1)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(f.name for f in self.fields)

    def field(self, name: str) -> FieldSpec:
        """Return the field of that name; KeyError when there is none."""
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(name)

    @property
    def points_to(self) -> tuple[tuple[tuple[str, ...], str, tuple[str, ...]], ...]:
        """The foreign keys: fields, the resource that they point to ("" for the same one), and its fields."""
        return tuple(
            (_names(key["fields"]), key["reference"].get("resource", ""), _names(key["reference"]["fields"]))
            for key in (self.model_extra or {}).get("foreignKeys", [])
        )

    def descriptor(self) -> dict[str, Any]:
        """Return the plain Table Schema, without our own properties, as frictionless takes it."""
        # unset defaults stay out: frictionless would take an empty value for one that was meant
        full = self.model_dump(mode="json", exclude_unset=True)
        own = {"safe", "nature", "redaction_of", "decimals"}
        full["fields"] = [{k: v for k, v in f.items() if k not in own} for f in full["fields"]]
        return full


def _names(fields: str | list[str]) -> tuple[str, ...]:
    # the Table Schema standard allows a single field without a list
    return (fields,) if isinstance(fields, str) else tuple(fields)


def released_properties(described: Mapping[str, Any]) -> dict[str, Any]:
    """Return the properties of a field or of a schema that apply to our files, where every cell is canonical text."""
    dropped = READING_PROPERTIES | {"format"} if described.get("type") in WRITTEN_AS_ISO else READING_PROPERTIES
    return {key: value for key, value in described.items() if key not in dropped}


class ResourceSpec(BaseModel):
    """One table of the dataset: what will be `<name>.csv` and `<name>.parquet`."""

    model_config = ConfigDict(extra="allow", frozen=True, populate_by_name=True)

    name: Slug
    title: str = ""
    description: str = ""
    table_schema: TableSchema = Field(alias="schema")


class ChartSpec(StrictModel):
    """What the page of a dataset draws over time: the sum of `value` by `date`, two fields of one table.

    `resource` is the first table where it is not given; `unit` is GBP for money, else the plural of what is counted.
    """

    date: str
    value: str
    unit: str
    resource: str = ""


class DataPackage(BaseModel):
    """datapackage.yaml: a Data Package with our properties `theme`, `cadence`, `geography` and `period_field`."""

    model_config = ConfigDict(extra="allow", frozen=True, populate_by_name=True)

    name: Slug
    title: str
    description: str
    licence: str = Field(alias="license", default="OGL-UK-3.0")
    keywords: list[str] = []
    theme: str
    cadence: str
    geography: str = "Borough"
    period_field: str = ""
    union: bool = Field(default=False, description="one more release with the rows of all publishers: all of London")
    sources: list[dict[str, Any]] = []
    chart: ChartSpec | None = None
    governance: GovernanceSpec = GovernanceSpec()
    answers: AnswersSpec = AnswersSpec()
    ckan_fields: dict[str, Any] = Field(default={}, description="fields that a CKAN asks for beyond ours")
    resources: list[ResourceSpec] = Field(min_length=1)

    @property
    def reading_order(self) -> tuple[ResourceSpec, ...]:
        """The resources, each after those that it points to; graphlib.CycleError for a circle of foreign keys."""
        known = {resource.name: resource for resource in self.resources}
        pointed = {name: [other for _, other, _ in r.table_schema.points_to if other] for name, r in known.items()}
        return tuple(known[name] for name in graphlib.TopologicalSorter(pointed).static_order())
