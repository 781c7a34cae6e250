"""Numbers that the state gives to people: insurance, health, tax, school, documents, vehicles."""

from __future__ import annotations

import re

from quality.disclosure.detectors.pattern import TELEPHONE, ScreenedColumn, digits, first_part

NEVER_GIVEN = frozenset({"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"})
"""Prefixes that are never allocated to National Insurance numbers."""

NINO = re.compile(
    r"(?<![A-Z0-9])([A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z])(?:[\s.-]?\d\d){3}[\s.-]?[A-D](?![A-Z0-9])", re.IGNORECASE
)


def national_insurance(text: str, column: ScreenedColumn) -> str:  # noqa: ARG001 - the signature of every pattern
    """Find a National Insurance number: two letters, six digits and a letter from A to D."""
    found = (m.group() for m in NINO.finditer(text) if m.group(1).upper() not in NEVER_GIVEN)
    return next((number for number in found if not PART_NUMBER.fullmatch(number)), "")


PART_NUMBER = re.compile(r"[A-Za-z]{2}[.-]\d{6}[A-Da-d]")
"""One hyphen after the letters and none before the last one: so parts are numbered."""


NHS_SPACED = re.compile(r"(?<![\d-])\d{3}([ \xa0-])\d{3}\1\d{4}(?![\d-])")
NHS_COMPACT = re.compile(r"(?<![\d.])\d{10}(?![\d.])")
NHS_NAMED = re.compile(
    r"\bnhs\s*(?:no|num|number)?\b[\s.:#]{0,4}(\d{3}[ \xa0-]?\d{3}[ \xa0-]?\d{4})(?!\d)", re.IGNORECASE
)


def nhs_number(text: str, column: ScreenedColumn) -> str:
    """Find an NHS number: ten digits grouped 3, 3 and 4, or run together where the text names the NHS."""
    candidates = [m.group(1) for m in NHS_NAMED.finditer(text)]
    if not TELEPHONE.search(column.words):
        candidates += [m.group() for m in NHS_SPACED.finditer(text)]
    return next((c for c in candidates if nhs_checks(digits(c))), "")


def nhs_number_compact(text: str, column: ScreenedColumn) -> str:  # noqa: ARG001 - the signature of every pattern
    """Find an NHS number as ten digits in a row, which in most columns could be any reference."""
    return next((c for c in NHS_COMPACT.findall(text) if nhs_checks(c)), "")


def nhs_checks(number: str) -> bool:
    """Return whether ten digits are in an allocated range and the last is the check digit (modulus 11)."""
    if number[0] not in "34679" or len(set(number)) == 1:
        return False
    weighted = sum(int(d) * (10 - place) for place, d in enumerate(number[:9]))
    return (11 - weighted % 11) % 11 == int(number[9])


UTR_NAMED = re.compile(
    r"\b(?:utr|unique tax(?:payer)? ref\w*|self[- ]assessment|tax ?payer ref\w*|tax ref\w*|sa ref\w*)\b[^\d\n]{0,20}"
    r"(\d{5}[ -]?\d{5}|\d(?:[ -]?\d){9})K?(?!\d)",
    re.IGNORECASE,
)
TEN_DIGITS = re.compile(r"(?<![\d.])\d{10}(?![\d.])")


def tax_reference(text: str, column: ScreenedColumn) -> str:  # noqa: ARG001 - the signature of every pattern
    """Find a Unique Taxpayer Reference that the text calls so."""
    return next((m.group(1) for m in UTR_NAMED.finditer(text) if _utr_checks(digits(m.group(1)))), "")


def tax_reference_compact(text: str, column: ScreenedColumn) -> str:  # noqa: ARG001 - the signature of every pattern
    """Find ten digits that pass the check of a Unique Taxpayer Reference."""
    return next((c for c in TEN_DIGITS.findall(text) if _utr_checks(c)), "")


def _utr_checks(number: str) -> bool:
    from stdnum.gb import utr

    return bool(utr.is_valid(number)) and len(set(number)) > 1


UPN = re.compile(r"(?<![A-Za-z0-9])[A-HJ-NP-RT-Z]\d{11}[\dA-HJ-NP-RT-Z](?![A-Za-z0-9])", re.IGNORECASE)


def pupil_number(text: str, column: ScreenedColumn) -> str:  # noqa: ARG001 - the signature of every pattern
    """Find a Unique Pupil Number: a check letter that fits, and a local authority that exists."""
    from stdnum.gb import upn

    return next((c for c in UPN.findall(text) if upn.is_valid(c)), "")


DRIVING_LICENCE = re.compile(
    r"(?<![A-Z0-9])[A-Z][A-Z9]{4}[ -]?\d[0156]\d(?:[0-2]\d|3[01])\d[ -]?[A-Z9][A-Z9][A-Z0-9][A-Z]{2}(?:"
    r" ?\d\d)?(?![A-Z0-9])",
    re.IGNORECASE,
)
PASSPORT = re.compile(
    r"\bpassport\b[^\n]{0,25}?(?<![A-Z0-9])(?:[A-Z]{1,2}[ ]?\d{6,8}|\d{3}[ ]?\d{3}[ ]?\d{3}"
    r"|[A-Z]{2}\d{2}[A-Z]{2}\d{3})(?![A-Z0-9])"
    r"|P[<K]?GBR[A-Z<]{5,}",
    re.IGNORECASE,
)
PERMIT = re.compile(
    r"\b(?:brp|residence (?:permit|card)|biometric|permit to stay|home office ref\w*|visa (?:no|number"
    r"|ref\w*)|share code|arc (?:no|number|card)|evisa"
    r"|settlement card|immigration status document)\b[^\n]{0,25}?(?<![A-Z0-9])(?=[A-Z0-9 -]*\d)"
    r"(?:[A-Z]{1,3}[ -]?X?\d{6,9}|\d{9,12}|[A-Z0-9]{3}[ -]?[A-Z0-9]{3}[ -]?[A-Z0-9]{3}|[A-Z]\d{7}(?:/\d)?)"
    r"(?![A-Z0-9])",
    re.IGNORECASE,
)
PERMIT_BARE = re.compile(r"(?<![A-Z0-9])(?:Z[A-Z]|R[A-Z])X?\d{7}(?![A-Z0-9])")


def document_number(text: str, column: ScreenedColumn) -> str:
    """Find the number of a driving licence, of a passport or of a residence permit."""
    found = first_part(DRIVING_LICENCE, text) or first_part(PASSPORT, text) or first_part(PERMIT, text)
    return found or ("" if column.is_reference else first_part(PERMIT_BARE, text))


PLATE = re.compile(
    r"(?<![A-Z0-9-])[A-HJ-PR-Y][A-HJ-PR-Y](?:0[2-9]|1\d|2[0-9]|5[1-9]|6\d|7\d)[ ]?[A-HJ-PR-Z]{3}(?![A-Z0-9-])",
    re.IGNORECASE,
)
PLATE_OLDER = re.compile(
    r"(?<![A-Z0-9-])(?:[A-HJ-NPR-TV-Y]\d{1,3}[ ]?[A-HJ-PR-Y]{3}|[A-HJ-PR-Y]{3}[ ]?\d{1,3}[A-HJ-NPR-TV-Y]"
    r"|[A-Z]{3} ?\d{4}|[A-Z]{1,2}\d{1,4}|\d{1,4}[A-Z]{1,2})"
    r"(?![A-Z0-9-])",
    re.IGNORECASE,
)
VEHICLE = re.compile(
    r"\b(?:vehicles?|car|van|vrm|reg(?:istration)?|plate|motor\w*|parked|parking|pcn|permit|driver|keeper"
    r"|towed|bay|lorry|taxi|index)\b",
    re.IGNORECASE,
)


def vehicle_plate(text: str, column: ScreenedColumn) -> str:
    """Find a vehicle's registration mark; in the older forms only where the text speaks of a vehicle."""
    if column.is_reference and not VEHICLE.search(column.words):
        return ""
    found = next((m.group() for m in PLATE.finditer(text) if m.group().isupper() or VEHICLE.search(text)), "")
    if found or not VEHICLE.search(f"{text} {column.words}"):
        return found
    return next((m.group() for m in PLATE_OLDER.finditer(text) if m.group().isupper() and len(m.group()) > 4), "")
