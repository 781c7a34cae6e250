"""What an information asset register asks of a dataset: who answers for it, why it is held, how open it may be."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from packages.spec.strict import as_word

OPEN = "open"

REVIEW_MONTHS = 12
"""Months from one review to the next, where the description does not say."""

NOT_NEEDED = re.compile(r"\s*(not? (needed|required|applicable)|none|n/?a|-|–|no)\b", re.IGNORECASE)
"""How an entry begins that says why something is not there."""


class GovernanceSpec(BaseModel):
    """The `governance` of a dataset; a publisher's file may say any of it otherwise, key by key."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    owner: str = ""
    """The role that answers for the data, never a person's name."""
    controller: str = ""
    """Who decides why and how the data are processed; the publisher, where nothing else is said."""
    joint_controllers: str = ""
    """Who decides with the controller, or that nobody does."""
    creator: str = ""
    """Which body makes the data, where that is not the publisher."""
    classification: Literal["", "OFFICIAL", "SECRET", "TOP SECRET"] = ""
    """The security classification of His Majesty's Government. Only OFFICIAL data are published here."""
    dpo: str = ""
    """How the Data Protection Officer is reached: a role or a mailbox of an office, never a person's name."""
    purpose: str = ""
    """Why the data are held and published."""
    lawful_basis: str = ""
    """The basis of Article 6 of the UK GDPR, with the law behind it in brackets."""
    condition: str = ""
    """The condition of Article 9 or 10 (and of Schedule 1 of the Act of 2018) for a special category."""
    law: str = ""
    """The law that says that these data about people are open to everybody; without one they never are."""
    personal_data: Literal["", "none", "roles", "personal", "special-category"] = ""
    """What the source holds of people before anything is taken out. `roles` are people in their public work."""
    subjects: str = ""
    """Which groups of people the source is about."""
    categories: str = ""
    """Which kinds of data about them it holds."""
    recipients: str = ""
    """Who gets the data."""
    transfers: str = ""
    """Transfers to other countries and their safeguards, or that there are none."""
    security: str = ""
    """How the data are protected until they are public, in general words."""
    location: str = ""
    """Where they are kept."""
    supplier: str = ""
    """Who supplies or runs the system that they come from."""
    system: str = ""
    """The system that they come from."""
    exportable: Annotated[Literal["", "yes", "partly", "no"], BeforeValidator(as_word)] = ""
    """Whether all of it can be exported from that system."""
    dpia: str = ""
    """Where the data protection impact assessment is, or why none is needed."""
    sharing_agreement: str = ""
    """Where the agreement is, or why none is needed."""
    sharing_reference: str = ""
    """Its reference in the Information Sharing Gateway."""
    sharing_ends: dt.date | None = None
    """Its last day."""
    retention: str = ""
    """How long releases and received files are kept."""
    reviewed: dt.date | None = None
    """The day of the last review."""
    review_months: int | None = Field(default=None, ge=1, le=120)
    """The months until the next review; 12 where nothing is said."""
    review_due: dt.date | None = None
    """The day of the next review, where it is a fixed one."""
    openness: Literal["", "open", "shared", "closed"] = ""
    """`open` for everybody, `shared` with named bodies, `closed`. Only open data are published here."""
    reason: str = ""
    """Why data are not open."""

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
