"""mapping.yaml of a dataset, and the layouts of each publisher: how received columns become fields."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Literal

from pydantic import Field, model_validator

from packages.spec.strict import StrictModel


class JoinSpec(StrictModel):
    """Several columns of the file become one field; empty parts are left out."""

    join: list[str] = Field(min_length=2)
    separator: str = Field(default=", ", alias="with")


class SplitSpec(StrictModel):
    """One of the parts of a column of the file; parts are counted from 1, and `strip` is taken away around them.

    A cell that has not exactly `of` parts is left whole, and that is said.

        GeoX: {split: Location, at: ",", part: 2, of: 2, strip: "()"}
    """

    split: str
    at: str = Field(default=",", min_length=1)
    part: int = Field(ge=1)
    of: int = Field(ge=2)
    strip: str = ""

    @model_validator(mode="after")
    def _is_there(self) -> SplitSpec:
        if self.part > self.of:
            raise ValueError("`part` must not be more than `of`")
        return self


ColumnSpec = str | list[str] | JoinSpec | SplitSpec


class RuleSpec(StrictModel):
    """How the cells of one field are brought into our form. Every cell that a rule changes is counted.

    date: `auto` finds one order for the whole column over all its values; `day-first` and `month-first` settle it.
    number: `auto` takes pound signs, thousands commas, spaces and brackets as negative; `plain` takes none.
    values: text as published -> our text, compared without case and outer spaces.
    code_list: match the field's enum without case and outer spaces.
    blank: texts that mean "nothing here".
    redacted: texts that stand where something was taken out to protect a person, besides the usual ones; they become
    “Redacted”, and in a field that is no text, empty. In fields for payees and people the usual ones need no rule.
    multiply: a number to multiply by, for another unit: 0.0001 makes hectares of square metres. Nothing is rounded.
    """

    date: Literal["auto", "day-first", "month-first"] | None = None
    number: Literal["auto", "plain"] | None = None
    values: dict[str, str] = {}
    code_list: bool | None = None
    blank: list[str] = []
    redacted: list[str] = []
    multiply: Decimal | None = Field(default=None, gt=0)
    trim: bool = True


class Layout(StrictModel):
    """One way a publisher has laid out its file, with the dates (of the file) between which it did so.

    `columns` maps our field to the heading or headings that hold it; headings are compared without case, spaces
    and punctuation. A field that is not named is looked for under its own name and title. `ignore` lists headings that
    are left out on purpose; every other heading that nobody mapped is a finding. `constants` gives fields a text.
    `grid` names two fields: where they hold an easting and a northing of the British National Grid, they become
    longitude and latitude.
    In a dataset of several tables, `resource` says of which one this is the layout.
    """

    name: str = ""
    resource: str = ""
    valid_from: dt.date | None = Field(default=None, alias="from")
    valid_to: dt.date | None = Field(default=None, alias="to")
    columns: dict[str, ColumnSpec] = {}
    ignore: list[str] = []
    constants: dict[str, str] = {}
    rules: dict[str, RuleSpec] = {}
    grid: tuple[str, str] | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Layout:
        if self.valid_from and self.valid_to and self.valid_from > self.valid_to:
            raise ValueError("`from` must not be later than `to`")
        return self

    def holds_on(self, day: dt.date) -> bool:
        """Whether the layout applies to a file of that day."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


class ReadingSpec(StrictModel):
    """What cannot be told from the file alone. Everything here is optional: most files need none of it.

    `file` is for an archive with several tables: a pattern with * and ? for the name of the one that is meant.
    `sheets: all` reads every sheet, layer or file of an archive that has nearly the same headings, as one table.
    """

    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    sheets: Literal["one", "all"] = "one"
    file: str = ""
    header_row: int | None = Field(default=None, ge=1, description="row of the headings as a spreadsheet counts")
    totals: list[str] = ["Grand Total", "Total", "Sub-total", "Subtotal", "Sub Total"]
    total_field: str = Field(default="", description="number field whose sum a totals row states")


class SharedMapping(StrictModel):
    """mapping.yaml: layouts and rules that every publisher of the dataset shares.

    In a dataset of several tables, `readings` says for each table (by the name of its resource) how it is read.
    """

    layouts: list[Layout] = []
    rules: dict[str, RuleSpec] = {}
    reading: ReadingSpec = ReadingSpec()
    readings: dict[str, ReadingSpec] = {}


def headings_of(column: ColumnSpec) -> tuple[str, ...]:
    """Return the headings that an entry of a layout's `columns` names."""
    if isinstance(column, SplitSpec):
        return (column.split,)
    if isinstance(column, JoinSpec):
        return tuple(column.join)
    return (column,) if isinstance(column, str) else tuple(column)
