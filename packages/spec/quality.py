"""quality.yaml: what is checked beyond the Table Schema."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from packages.model import Severity
from packages.spec.small_numbers import CountsSpec, PeopleSpec
from packages.spec.strict import Slug, StrictModel


class ExpectationSpec(StrictModel):
    """One Great Expectations expectation, and the words a person reads when it is not met.

    `type` and `kwargs` are those of Great Expectations. `what`, `fix` and `why` are whole sentences. The
    `dimension` of data quality follows from the type where it is not said.
    """

    type: str = Field(pattern=r"^expect_[a-z_]+$")
    kwargs: dict[str, Any] = {}
    severity: Severity = Severity.WARN
    dimension: Literal[
        "", "completeness", "uniqueness", "consistency", "timeliness", "validity", "accuracy"
    ] = ""  # fmt: skip
    title: str
    what: str
    fix: str
    why: str = ""


class SuiteSpec(StrictModel):
    """The expectations on one resource."""

    resource: Slug
    expectations: list[ExpectationSpec] = Field(min_length=1)


class DriftSpec(StrictModel):
    """How much a release may differ from the last one before a person must look.

    Ratios are new to old: `rows_below: 0.5` holds a file with less than half the rows of the last release. `totals`
    names number fields whose sum is watched with the same limits.
    """

    rows_below: float = Field(default=0.5, ge=0, le=1)
    rows_above: float = Field(default=3.0, ge=1)
    totals: list[str] = []
    filled_drop: float = Field(default=0.3, ge=0, le=1, description="fall of a column's filled share that is reported")


class DisclosureSpec(StrictModel):
    """What the privacy check does. `expected` lists fields where contact details of an organisation are normal, or the
    pay of posts that a law opens.

    `counts` says which numbers are of people, and are hidden when they are small; `people` in which tables each row
    is a person. Both take one entry or several.
    """

    expected: list[str] = []
    counts: list[CountsSpec] = []
    people: list[PeopleSpec] = []

    @field_validator("counts", "people", mode="before")
    @classmethod
    def _several(cls, value: Any) -> Any:
        return [value] if isinstance(value, dict) else value


class FlagSpec(StrictModel):
    """A column of the received file by which a publisher says what kind of payee a row has.

    `column` is its heading. `person` lists its words for a private person, or for a name that may not be public;
    `organisation` those for a body whose name may stand. The usual words in the usual columns (Vendor Type, Redact
    flag) are known without it.
    """

    column: str
    person: list[str] = []
    organisation: list[str] = []


class PlaceSpec(StrictModel):
    """Fields that say where something is: `x` and `y`, or a shape as `wkt`, in longitude and latitude (WGS84).

    `system` is a field that names the system of each row (WGS84, ETRS89 or OSGB36), where the dataset allows several.
    `several` asks for MULTIPOLYGON in every row of `wkt`, also where an area has one part only. `label` is the field
    that names the place on a map.
    """

    resource: Slug
    x: str = ""
    y: str = ""
    wkt: str = ""
    system: str = ""
    several: bool = False
    label: str = ""

    @model_validator(mode="after")
    def _one_way(self) -> PlaceSpec:
        if bool(self.wkt) == bool(self.x and self.y):
            raise ValueError("name either `x` and `y`, or `wkt`")
        return self

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(name for name in (self.x, self.y, self.wkt, self.system) if name)


class QualitySpec(StrictModel):
    """quality.yaml: what is checked beyond the Table Schema.

    `past` names the fields whose days are over when the file comes: those of payments, not the ends of contracts.
    Where it is not given, it is the field of the period. A date may lie `days_ahead` days after the day of the check.
    `flags` are columns by which publishers say which payees are people.
    """

    suites: list[SuiteSpec] = []
    drift: DriftSpec = DriftSpec()
    disclosure: DisclosureSpec = DisclosureSpec()
    places: list[PlaceSpec] = []
    flags: list[FlagSpec] = []
    past: list[str] | None = None
    days_ahead: int = Field(default=31, ge=0)
    approval: Literal["never", "first", "always"] = "never"

    def past_fields(self, period_field: str) -> tuple[str, ...]:
        """Return the date fields that may not lie in the future."""
        return (period_field,) if self.past is None else tuple(self.past)
