"""What the description and its answers say of people, against what was found, the law, the review, the agreement."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

from packages.messages import finding, is_about_people
from packages.model import Check, CheckOutcome, Finding, Severity
from packages.spec import DatasetSpec
from packages.spec.dataset import PEOPLE_NATURES
from quality.answers import answers_findings
from quality.verdict import JudgedPart

TITLE = "What was declared fits what was found, and still holds"

STANDING_RULES = frozenset(
    {
        "declaration-contradicted",
        "special-category-unfounded",
        "people-without-law",
        "review-overdue",
        "sharing-agreement-over",
        "answers-contradicted",
        "answers-unassessed",
    }
)
"""Rules that hold a dataset also when its content is the same as what is public."""


def declaration_part(spec: DatasetSpec, found: Iterable[Finding], day: dt.date) -> JudgedPart:
    """Compare the `governance` of a dataset with what the other parts found, and with the day."""
    findings = (*_foundations(spec), *_lapsed(spec, day), *answers_findings(spec))
    if contradicts_declaration(spec, found):
        findings += (finding("declaration-contradicted", said=f"personal_data: {spec.governance.personal_data}"),)
    outcome = CheckOutcome.FAILED if findings else CheckOutcome.PASSED
    return JudgedPart(findings, (Check("declaration", TITLE, outcome),))


def contradicts_declaration(spec: DatasetSpec, found: Iterable[Finding]) -> bool:
    """Return whether the dataset is said to hold nothing about people, and its fields or the findings say otherwise."""
    said = spec.governance.personal_data
    if said not in ("none", "roles"):
        return False
    people = [f for f in found if is_about_people(f.rule) and f.where.field and f.severity is not Severity.FIXED]
    return bool({*spec.natures.values()} & PEOPLE_NATURES) or (bool(people) and said == "none")


def _foundations(spec: DatasetSpec) -> Iterator[Finding]:
    governance, natures = spec.governance, {*spec.natures.values()} & PEOPLE_NATURES
    if governance.personal_data == "special-category" or "sensitive" in natures:
        parts = {
            "the lawful basis (`lawful_basis`)": governance.lawful_basis.strip(),
            "the condition (`condition`)": governance.condition.strip(),
            "an impact assessment (`dpia`)": governance.dpia_is_done,
        }
        if lacking := [name for name, said in parts.items() if not said]:
            yield finding("special-category-unfounded", lacking=", ".join(lacking))
    if natures and not governance.law.strip():
        yield finding("people-without-law", natures=", ".join(sorted(natures)))


def _lapsed(spec: DatasetSpec, day: dt.date) -> Iterator[Finding]:
    governance = spec.governance
    if governance.review_is_due(day):
        yield finding("review-overdue", due=governance.next_review)
    if governance.agreement_is_over(day):
        reference = governance.sharing_reference.strip() or "without a reference"
        yield finding("sharing-agreement-over", reference=reference, ended=governance.sharing_ends)
