"""References of cases about people: of social care, the police, a court, housing, a school."""

from __future__ import annotations

import re

from quality.disclosure.detectors.numbers import nhs_checks
from quality.disclosure.detectors.pattern import ScreenedColumn, digits
from quality.disclosure.words.vocabulary import phrases

SYSTEMS, OWNERS, NOUNS = (phrases("cases", section) for section in ("systems", "owners", "nouns"))
CASE_NUMBER = r"(?:(?=[A-Z0-9/-]*\d{3})[A-Z]{0,6}[-/ ]?\d[\dA-Z/-]{2,16}|\d{2} \d{3} \d{3})\b"
CASE = re.compile(
    rf"\b(?:(?:{SYSTEMS}|{OWNERS})\b['’]?s?[ -]?){{1,5}}(?:\b(?:{NOUNS})\b[ .]{{0,2}}){{0,3}}[\s.:#=/-]{{0,3}}(?<!\w)"
    rf"{CASE_NUMBER}|\bcase ?(?:number|num|no|ref|id)[\s.:#=-]{{0,3}}(?<!\w){CASE_NUMBER}"
    rf"|\bcrn\W{{1,3}}[A-Z]\d{{6}}\b|\burn\W{{1,3}}[\dA-Z]{{2,6}}/[\dA-Z/]{{4,12}}\b",
    re.IGNORECASE,
)
PLAIN_NUMBERS = re.compile(r"(?<!\d)(?:19|20)\d\d(?:[-/]\d\d)?\Z")
OF_CASES = re.compile(rf"{SYSTEMS}|{OWNERS}|\bcase|\bcrn|\burn", re.IGNORECASE)


def case_reference(text: str, column: ScreenedColumn) -> str:  # noqa: ARG001 - the signature of every pattern
    """Find the reference of a case about somebody: of social care, the police, a court, housing, a school."""
    found = (m.group() for m in CASE.finditer(text) if not PLAIN_NUMBERS.search(m.group()))
    # an NHS number has a rule of its own
    return next((f for f in found if not (len(digits(f)) == 10 and nhs_checks(digits(f)))), "")
