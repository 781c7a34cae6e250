"""Names that came with a file and hold personal data themselves: headings and sheets, which reports would quote."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from packages.errors import QUOTED
from packages.masking import mask
from packages.messages import finding
from packages.model import Finding, Where
from quality.disclosure.patterns import PATTERNS, ScreenedColumn
from quality.verdict import JudgedPart

ANY_NAME = ScreenedColumn("", nature="organisation")
TYPED_NAME = ScreenedColumn("", nature="free-text")
"""As a heading is looked at: for names only where it is nothing else, for numbers as in free text."""

NO_NAMES = ("cell-formula", "personal-name", "personal-redaction")


def is_personal(text: str) -> bool:
    """Return whether a text from a file, such as a heading, holds personal data."""
    found = any(p.find(text, TYPED_NAME) for p in PATTERNS if not p.chance and p.rule not in NO_NAMES)
    return found or any(p.find(text, ANY_NAME) for p in PATTERNS if p.rule == "personal-name")


def without_personal(name: str) -> str:
    """Return a name that came with a file, such as a heading, or its shape where it holds personal data."""
    return mask(name) if is_personal(name) else name


def without_personal_names(text: str) -> str:
    """Return a sentence with each quoted name that holds personal data replaced by its shape."""
    return QUOTED.sub(lambda found: f"“{without_personal(found[1])}”", text)


def hide_personal_names(part: JudgedPart, known: Iterable[str]) -> JudgedPart:
    """Return the findings and checks without names that hold personal data, and a finding when there were any.

    `known` are names that the description of the dataset gives.
    """
    described = frozenset(known)
    hidden: set[str] = set()

    def shown(name: str) -> str:
        if not name or name in described or not is_personal(name):
            return name
        hidden.add(name)
        return mask(name)

    def sentence(text: str) -> str:
        return QUOTED.sub(lambda found: f"“{shown(found[1])}”", text)

    def clean(found: Finding) -> Finding:
        where = replace(found.where, column=shown(found.where.column), sheet=shown(found.where.sheet))
        return replace(found, where=where, what=sentence(found.what), fix=sentence(found.fix))

    findings = tuple(map(clean, part.findings))
    checks = tuple(replace(check, note=sentence(check.note)) for check in part.checks)
    if hidden:
        findings += (finding("personal-in-heading", Where(count=len(hidden), unit="name")),)
    return JudgedPart(findings, checks)
