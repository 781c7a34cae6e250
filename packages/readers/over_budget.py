"""The refusal of a file that asks for more than a reader gives."""

from __future__ import annotations

from packages.errors import FileProblem
from packages.readers.budget import current_budget
from packages.refusal import refusal


def over_budget(parts: str, name: str) -> FileProblem:
    """Return the problem of a file with more of something than the limit `name` allows; `parts` says what, as a plural.

    AttributeError for a limit that there is not.
    """
    return refusal("over-budget", parts=parts, limit=f"{getattr(current_budget(), name):,}", name=name)
