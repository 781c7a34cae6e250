"""What an information asset register asks of a dataset: who answers for it, why it is held, how open it may be."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import BaseModel, ConfigDict, model_validator

OPEN = "open"


class GovernanceSpec(BaseModel):
    """The `governance` of a dataset; a publisher's file may say any of it otherwise, key by key.

    owner: the role that answers for the data, never a person's name.
    personal_data: what the source holds of people before anything is taken out. `roles` are people
    in their public work.
    dpia: where the data protection impact assessment is, or why none is needed.
    sharing_agreement: where the agreement is, or why none is needed.
    openness: `open` for everybody, `shared` with named bodies, `closed`. Only open data are published here; `reason`
    says why data are not open.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    owner: str = ""
    purpose: str = ""
    lawful_basis: str = ""
    personal_data: Literal["", "none", "roles", "personal", "special-category"] = ""
    dpia: str = ""
    sharing_agreement: str = ""
    retention: str = ""
    reviewed: dt.date | None = None
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

    def over(self, shared: GovernanceSpec) -> GovernanceSpec:
        """Return the governance with the dataset's shared values where this one is empty."""
        own = {key: value for key, value in self.model_dump().items() if value not in ("", None)}
        return GovernanceSpec(**shared.model_dump() | own)
