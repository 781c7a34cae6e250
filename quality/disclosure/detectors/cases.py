"""References of cases about people: of social care, the police, a court, housing, a school."""

from __future__ import annotations

import re

from quality.disclosure.detectors.numbers import nhs_checks
from quality.disclosure.detectors.pattern import ScreenedColumn, digits
from quality.disclosure.words.vocabulary import as_written, phrases, spelled_out

SYSTEMS, OWNERS, NOUNS = (phrases("cases", section) for section in ("systems", "owners", "nouns"))
THREE_DIGITS = r"(?=(?:[A-Z/-]*\d){3})"
CASE_NUMBER = rf"(?:{THREE_DIGITS}[A-Z]{{0,6}}[-/ ]?(?:[A-Z]{{2,6}}/)?\d[\dA-Z/-]{{2,16}}|\d{{2}} \d{{3}} \d{{3}})\b"
CASE = re.compile(
    rf"\b(?:(?:{SYSTEMS}|{OWNERS})\b['’]?s?[ -]?){{1,5}}(?:\b(?:{NOUNS})\b[ .]{{0,2}}){{0,3}}[\s.:#=/-]{{0,3}}(?<!\w)"
    rf"{CASE_NUMBER}|\bcase ?(?:number|num|no|ref|id)[\s.:#=-]{{0,3}}(?<!\w){CASE_NUMBER}"
    rf"|\b(?:court|proceedings|hearing)\b[^\n]{{0,24}}\b[A-Z]{{2}}\d{{2}}[A-Z]\d{{5}}\b"
    rf"|\bcrn\W{{1,3}}(?:[A-Z]\d{{6}}|\d{{2}}/\d{{4,6}}/\d{{2}})\b|\burn\W{{1,3}}[\dA-Z]{{2,6}}/[\dA-Z/]{{4,12}}\b",
    re.IGNORECASE,
)
FEWEST_DIGITS = 4
"""Of the number of a case; three are most often that of a house, a bus or a form."""
PLAIN_NUMBERS = re.compile(r"(?<!\d)(?:19|20)\d\d(?:[-/]\d\d)?\Z")
OF_CASES = re.compile(rf"{SYSTEMS}|{OWNERS}|\bcase|\bcrn|\burn", re.IGNORECASE)


def case_reference(text: str, column: ScreenedColumn) -> str:  # noqa: ARG001 - the signature of every pattern
    """Find the reference of a case about somebody: of social care, the police, a court, housing, a school."""
    written = spelled_out(text)
    if len(digits(written)) < FEWEST_DIGITS:
        return ""
    found = (m.group() for m in CASE.finditer(written) if not PLAIN_NUMBERS.search(m.group()))
    for case in found:
        number = digits(case)
        # an NHS number has a rule of its own
        if len(number) >= FEWEST_DIGITS and not (len(number) == 10 and nhs_checks(number)):
            return as_written(text, case)
    return ""
