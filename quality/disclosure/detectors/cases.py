"""References of cases about people: of social care, the police, a court, housing, a school."""

from __future__ import annotations

import re

from quality.disclosure.detectors.pattern import ScreenedColumn

CASE = re.compile(
    r"\b(?:(?:social (?:care|work|services)|safeguarding|child(?:ren)?'?s?|adult|asc|csc|client|case|crime"
    r"|police|incident|cad|crn|urn|court|probation|yot|marac|mash|lac|uasc|nrpf|sen|ehcp?|homeless"
    r"(?:ness)?|housing (?:options|register|application)|complaint|foi requester|mosaic|liquid ?logic"
    r"|framework-?i|care ?first|lcs|eclipse|person|service user|su|patient|hospital|mrn|pnc|pris(?:on"
    r"|oner)|custody|referral|tenancy|applicant|claimant|pupil|student|swift|azeus|capita one|synergy"
    r"|civica|northgate|jigsaw|locata|pnd|niche|family|fostering|adoption|blue badge|gp|nhs|emis|systmone"
    r"|ics|paris|rio)\b['’]?s?[ ]?){1,5}(?:file|record|reference|ref|number|num|no|id|case|urn|identifier"
    r"|system|application|pin|hash)?\b\.?[\s:#-]{1,3}"
    r"(?=[A-Z0-9/-]*\d{3})[A-Z]{0,5}[-/ ]?\d[\dA-Z/-]{2,16}\b",
    re.IGNORECASE,
)
PLAIN_NUMBERS = re.compile(r"\b(?:19|20)\d\d(?:[-/]\d\d)?\Z")
OF_CASES = re.compile(
    r"case|crime|police|client|safeguard|mosaic|liquid|person|service user|patient|prison|custody|court"
    r"|probation|crn|cad|urn|lac|mash|marac|referral|hospital|pupil|student|applicant|claimant|homeless"
    r"|framework|care ?first|social|complaint|register|child|adult|family|fostering|adoption|tenancy|su\b"
    r"|ehc|sen\b|nrpf|uasc|yot|mrn|pnc|blue badge|emis|systmone|jigsaw|swift|lcs|eclipse|incident",
    re.IGNORECASE,
)


def case_reference(text: str, column: ScreenedColumn) -> str:  # noqa: ARG001 - the signature of every pattern
    """Find the reference of a case about somebody: of social care, the police, a court, housing, a school."""
    return next(
        (m.group() for m in CASE.finditer(text) if OF_CASES.search(m.group()) and not PLAIN_NUMBERS.search(m.group())),
        "",
    )
