"""Every distinct text of a column is judged once, by frictionless' own cell reader."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from quality.conform.fields import Field
from quality.conform.values import stored

REFUSALS = (TypeError, ValueError, ArithmeticError)
"""What frictionless lets escape when two values cannot be compared, as a time with a zone and one without."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What frictionless says of one text: its value, the value that Arrow stores, and what is wrong with it."""

    value: Any
    stored: Any
    faults: tuple[str, ...]


class Memo:
    """The verdicts on the texts of one field that were met so far."""

    def __init__(self, field: Field) -> None:
        self._field = field
        self._known: dict[str | None, Verdict] = {}

    def verdicts(self, texts: pa.Array) -> list[Verdict]:
        """The verdict on each text of a dictionary, in its order."""
        known = self._known
        return [known.get(text) or self._ask(text) for text in texts.to_pylist()]

    def _ask(self, text: str) -> Verdict:
        verdict = judge(self._field, text)
        self._known[text] = verdict
        return verdict


def judge(field: Field, text: str) -> Verdict:
    """Frictionless' verdict on one cell, and our own on whether its value can be stored without loss."""
    try:
        value, notes = field.read(text)
    except REFUSALS:
        return Verdict(None, None, ("type",))
    kept, loss = stored(value, text, field.type)
    return Verdict(value, kept, (*(notes or ()), *([loss] if loss else [])))
