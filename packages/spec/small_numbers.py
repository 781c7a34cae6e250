"""`counts` and `people` of quality.yaml: which numbers are about people, and how few of them may not be shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, field_validator, model_validator

from packages.spec.strict import StrictModel

if TYPE_CHECKING:
    from packages.spec.table import DataPackage, ResourceSpec

SUPPRESSED = "suppressed"
NOT_AVAILABLE = "not-available"

REASONS = (
    SUPPRESSED, "low", NOT_AVAILABLE, "not-applicable", "none-recorded", "provisional", "revised", "estimated",
    "break-in-series", "unreliable",
)  # fmt: skip
"""What may stand in the column beside a measure: why there is no number, or what to know about it."""

Totals = dict[str, dict[str, list[str]]]
"""By field: each label of a total, and the labels that it is the sum of; none for all others of the column."""


class DominanceSpec(StrictModel):
    """When one or two contributors make up nearly all of an amount, so that each of them could work out the other.

    `largest` names the columns of the file with the largest single contributions to each amount, the largest first
    (two at most). They are read, used, and never published. By `p`, an amount is hidden when all others together are
    less than p % of the largest contribution; by `k`, when the named contributions together are more than k % of it.
    """

    largest: list[str] = Field(min_length=1, max_length=2)
    p: float | None = Field(default=None, gt=0, le=100)
    k: float | None = Field(default=None, gt=0, lt=100)

    @model_validator(mode="after")
    def _has_a_rule(self) -> DominanceSpec:
        if self.p is None and self.k is None:
            raise ValueError("give `p`, `k` or both")
        return self


class CountsSpec(StrictModel):
    """Numbers of people that are hidden when they are small, with as many others as it takes to keep them hidden.

        counts:
          measure: [claimants, working_age, pension_age]
          by: [period, ward]
          threshold: 5
          totals: {ward: All wards, claimants: [working_age, pension_age]}

    `measure` are the fields with the numbers, `by` those that say what is counted: together they tell the rows apart.
    A number from 1 to `threshold` - 1 is small; 0 too with `zeros: hide`. `totals` says what is a sum of what: the
    label of a field of `by` that stands for all others (`Total`), several such labels, labels with those that they
    are the sum of (`{North: [Canalside, Old Wharf]}`), or a measure with the measures that make it up. Totals that
    are not named are found by their words and by their numbers.

    A measure that is hidden becomes empty, with the reason in the field `<measure>_status`, or as `status` names it.
    Fields that follow from the measures, such as shares, stand under `derived` and are emptied with them.

    Where the measures are amounts, `contributors` is the field with the number of those behind each amount, to which
    the threshold then applies, and `dominance` says when a few make up too much of it. When more than `most_hidden`
    of the numbers have to be hidden, a person decides whether the rest is worth publishing.
    """

    resource: str = ""
    measure: list[str] = Field(min_length=1)
    by: list[str] = Field(min_length=1)
    threshold: int = Field(default=5, ge=2)
    totals: Totals = {}
    zeros: Literal["show", "hide"] = "show"
    status: dict[str, str] = {}
    derived: list[str] = []
    contributors: str = ""
    dominance: DominanceSpec | None = None
    most_hidden: float = Field(default=0.5, gt=0, le=1)

    @field_validator("measure", "by", "derived", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return _as_list(value)

    @model_validator(mode="before")
    @classmethod
    def _in_full(cls, value: Any) -> Any:
        """Write short forms out: a status for the only measure, a label alone, labels for every field of `by`."""
        if not isinstance(value, dict):
            return value
        full = dict(value)
        measures, by = (_as_list(full.get(key) or []) for key in ("measure", "by"))
        if isinstance(full.get("status"), str):
            full["status"] = {measures[0]: full["status"]} if len(measures) == 1 else full["status"]
        totals = full.get("totals") or {}
        if isinstance(totals, str | list):
            totals = dict.fromkeys(by, totals)
        if isinstance(totals, dict):
            full["totals"] = {name: _labels_in_full(name, labels, measures) for name, labels in totals.items()}
        return full

    @property
    def is_amount(self) -> bool:
        """Whether the measures are amounts, and so the numbers of people behind them are elsewhere."""
        return bool(self.contributors or self.dominance)

    def status_of(self, measure: str) -> str:
        """Return the field with the reason why a measure is empty."""
        return self.status.get(measure, f"{measure}_status")

    @property
    def names(self) -> tuple[str, ...]:
        """All fields that this names; those with reasons come by themselves."""
        contributors = [self.contributors] if self.contributors else []
        parts = [part for name in self.measure for part in self.totals.get(name, {}).get(name, [])]
        return (*self.measure, *self.by, *self.totals, *self.status, *self.derived, *contributors, *parts)


def _as_list(value: Any) -> Any:
    """Return a lone text as a list of one."""
    return [value] if isinstance(value, str) else value


def _labels_in_full(name: str, labels: Any, measures: list[str]) -> Any:
    if isinstance(labels, str):
        labels = [labels]
    if isinstance(labels, list):
        # what makes up a measure are measures; the label of a total stands for all others
        return {name: labels} if name in measures else {str(label): [] for label in labels}
    return labels


class PeopleSpec(StrictModel):
    """A table in which each row is a person: nobody in it may be told apart by what others can know.

    `quasi` are fields that others can know (age band, sex, ward): each combination of theirs is in at least `k` rows.
    Among the rows of a combination, each field of `sensitive` has at least `l` different values: else it would be
    known of everybody in it.
    """

    resource: str = ""
    quasi: list[str] = Field(min_length=1)
    sensitive: list[str] = []
    k: int = Field(default=5, ge=2)
    l: int = Field(default=2, ge=1)  # noqa: E741 - the name that the literature has for it

    @field_validator("quasi", "sensitive", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return _as_list(value)


def counts_of(counts: list[CountsSpec], resource: ResourceSpec, package: DataPackage) -> tuple[CountsSpec, ...]:
    """Return what is said of the numbers in a table; where no table is named, it is the first."""
    first = package.resources[0].name
    return tuple(spec for spec in counts if (spec.resource or first) == resource.name)


def withheld_names(counts: Sequence[CountsSpec]) -> tuple[str, ...]:
    """Return the columns of the file that serve to decide what is hidden, and are never published."""
    return tuple(dict.fromkeys(name for spec in counts if spec.dominance for name in spec.dominance.largest))


def with_withheld(resource: ResourceSpec, counts: Sequence[CountsSpec]) -> ResourceSpec:
    """Return a table as it is read: with the columns that serve to decide, after those that are published."""
    from packages.spec.table import FieldSpec

    schema = resource.table_schema
    more = [FieldSpec(name=name, type="number") for name in withheld_names(counts) if name not in schema.names]
    if not more:
        return resource
    return resource.model_copy(update={"table_schema": schema.model_copy(update={"fields": [*schema.fields, *more]})})


def with_reasons(package: DataPackage, counts: list[CountsSpec]) -> DataPackage:
    """Return the package with a field for the reason beside every measure that can be hidden.

    A field that the schema has is kept as it is described. A measure is not required: its reason stands for it.
    """
    from packages.spec.table import FieldSpec

    resources = []
    for resource in package.resources:
        fields = list(resource.table_schema.fields)
        for spec in counts_of(counts, resource, package):
            for place, field in reversed(list(enumerate(fields))):
                if field.name not in spec.measure:
                    continue
                constraints = {key: value for key, value in field.constraints.items() if key != "required"}
                fields[place] = field.model_copy(update={"constraints": constraints})
                status, title = spec.status_of(field.name), field.title or field.name
                if status not in (known.name for known in fields):
                    beside = FieldSpec(
                        name=status,
                        title=f"{title}: status",
                        description=f"Why there is no number under “{title}”, or what to know about it.",
                        constraints={"enum": list(REASONS)},
                        safe=True,
                        nature="code",
                    )
                    fields.insert(place + 1, beside)
        schema = resource.table_schema.model_copy(update={"fields": fields})
        resources.append(resource.model_copy(update={"table_schema": schema}))
    return package.model_copy(update={"resources": resources}) if counts else package
