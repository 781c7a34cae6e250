"""The base of all models of the YAML files."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]


class StrictModel(BaseModel):
    """Unknown keys are mistakes: they are refused, with a suggestion."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


def as_word(value: object) -> object:
    """Return yes and no as words: YAML reads them as booleans."""
    return {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value
