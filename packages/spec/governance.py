"""What an information asset register asks of a dataset: who answers for it, why it is held, how open it may be."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

OPEN = "open"

REVIEW_MONTHS = 12
"""Months from one review to the next, where the description does not say."""

NOT_NEEDED = re.compile(r"\s*(not? (needed|required|applicable)|none|n/?a|-|–|no)\b", re.IGNORECASE)
"""How an entry begins that says why something is not there."""


class GovernanceSpec(BaseModel):
    """The `governance` of a dataset; a publisher's file may say any of it otherwise, key by key.

    owner: the role that answers for the data, never a person's name.
    personal_data: what the source holds of people before anything is taken out. `roles` are people
    in their public work.
    condition: the condition of Article 9 or 10 (and of Schedule 1 of the Act of 2018) for a special category.
    law: the law that says that these data about people are open to everybody; without one they never are.
    dpia: where the data protection impact assessment is, or why none is needed.
    sharing_agreement: where the agreement is, or why none is needed.
    sharing_reference, sharing_ends: its reference in the Information Sharing Gateway, and its last day.
    reviewed: the day of the last review; the next is due `review_months` later, or on the day `review_due`.
    openness: `open` for everybody, `shared` with named bodies, `closed`. Only open data are published here; `reason`
    says why data are not open.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    owner: str = ""
    purpose: str = ""
    lawful_basis: str = ""
    condition: str = ""
    law: str = ""
    personal_data: Literal["", "none", "roles", "personal", "special-category"] = ""
    dpia: str = ""
    sharing_agreement: str = ""
    sharing_reference: str = ""
    sharing_ends: dt.date | None = None
    retention: str = ""
    reviewed: dt.date | None = None
    review_months: int | None = Field(default=None, ge=1, le=120)
    review_due: dt.date | None = None
    openness: Literal["", "open", "shared", "closed"] = ""
    reason: str = ""

    @model_validator(mode="after")
    def _says_why(self) -> GovernanceSpec:
        if self.openness not in ("", OPEN) and not self.reason.strip():
            raise ValueError("data that are not open need a `reason`")
        return self

    @property
    def is_open(self) -> bool:
        """Whether the data are open to everybody, which is the default."""
        return self.openness in ("", OPEN)

    @property
    def next_review(self) -> dt.date | None:
        """The day by which the dataset has to be looked at again; None when it was never reviewed."""
        if self.review_due or self.reviewed is None:
            return self.review_due
        months = self.reviewed.month - 1 + (self.review_months or REVIEW_MONTHS)
        year, month = self.reviewed.year + months // 12, months % 12 + 1
        return dt.date(year, month, min(self.reviewed.day, calendar.monthrange(year, month)[1]))

    def review_is_due(self, day: dt.date) -> bool:
        """Return whether the day on which the dataset had to be looked at again has passed."""
        return self.next_review is not None and day > self.next_review

    def agreement_is_over(self, day: dt.date) -> bool:
        """Return whether the last day of the sharing agreement has passed."""
        return self.sharing_ends is not None and day > self.sharing_ends

    @property
    def dpia_is_done(self) -> bool:
        """Whether the entry names an impact assessment; a reason why none is needed names none."""
        return bool(self.dpia.strip()) and not NOT_NEEDED.match(self.dpia)

    def over(self, shared: GovernanceSpec) -> GovernanceSpec:
        """Return the governance with the dataset's shared values where this one is empty."""
        own = {key: value for key, value in self.model_dump().items() if value not in ("", None)}
        return GovernanceSpec(**shared.model_dump() | own)
