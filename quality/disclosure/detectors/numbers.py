"""Numbers that the state gives to people: insurance, health, tax, school, documents, vehicles."""

from __future__ import annotations

import re

from quality.disclosure.detectors.pattern import TELEPHONE, ScreenedColumn, digits, first_part

NEVER_GIVEN = frozenset({"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"})
"""Prefixes that are never allocated to National Insurance numbers."""

NINO = re.compile(
    r"(?<![A-Z0-9])([A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z])(?:[\s.-]?\d\d){3}[\s.-]?[A-D](?![A-Z0-9])", re.IGNORECASE
)


NINO_NAMED = re.compile(
    r"\b(?:n\.?i\.?|nino|nat(?:ional)?\.? ins\w*)\b[^\n\d]{0,16}?(?<![A-Z])"
    r"([A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z](?:[\s.-]?\d\d){3})(?!\d)",
    re.IGNORECASE,
)
NINO_SPREAD = re.compile(
    r"(?<![A-Z0-9])(?!(?:O[FN]|[A-Z][IO]"
    r"|T[OE]) )[A-CEGHJ-PR-TW-Z] ?[A-CEGHJ-NPR-TW-Z](?:[\s.-]?\d){6}[\s.-]?[A-D](?![A-Z0-9])"
)
"""In other groups than pairs, or letter by letter, in capitals."""
PART_NUMBER = re.compile(r"[A-Za-z]{2}[.-]\d{6}[A-Da-d]")
"""One hyphen after the letters and none before the last one: so parts are numbered."""
OF_A_THING = re.compile(
    r"\b(?:job|permit|part|model|drawing|batch|serial|sku|order|stock|item)\W{0,3}\Z", re.IGNORECASE
)
"""Words before the number of a thing, which may have the form of one of a person."""


def national_insurance(text: str, column: ScreenedColumn) -> str:  # noqa: ARG001 - the signature of every pattern
    """Find a National Insurance number: two letters, six digits and a letter from A to D, which may lack if named."""
    for hit in (*NINO.finditer(text), *NINO_SPREAD.finditer(text)):
        is_of_a_thing = PART_NUMBER.fullmatch(hit.group()) or OF_A_THING.search(text[: hit.start()])
        if hit.group().replace(" ", "")[:2].upper() not in NEVER_GIVEN and not is_of_a_thing:
            return hit.group()
    return next((m.group(1) for m in NINO_NAMED.finditer(text)), "")


NHS_SPACED = re.compile(r"(?<![\d-])\d{3}([ \xa0-])\d{3}\1\d{4}(?![\d-])")
NHS_COMPACT = re.compile(r"(?<![\d.])\d{10}(?![\d.])")
NHS_ANY = re.compile(r"(?<!\d)\d{3}[ \xa0.-]?\d{3}[ \xa0.-]?\d{4}(?!\d)")
OF_HEALTH = re.compile(
    r"n\.?h\.?s ?(?:no|num|id)?(?![a-z])|\b(?:patient|pt|gp|icb|ccg|chc|fnc|d2a|s117|aftercare|dols|amhp|nurs\w+"
    r"|hospital|hosp|clinic\w*|health\w*|medical|blue badge|wheelchair|reablement|ehcp?|therap\w+|mental|ward"
    r"|discharge|continence|hoist|care plan|care package)\b",
    re.IGNORECASE,
)
"""Words by which ten digits that pass the check are rather an NHS number than any other."""
OF_BOOKKEEPING = re.compile(
    r"\b(?:inv(?:oice)?|po|order|purchase|cheque|bacs|voucher)\W{0,3}(?:no\W{0,3})?\Z", re.IGNORECASE
)


def nhs_number(text: str, column: ScreenedColumn) -> str:
    """Find an NHS number: ten digits grouped 3, 3 and 4, or in any grouping where the text speaks of health."""
    candidates = []
    if OF_HEALTH.search(text):
        found = (m for m in NHS_ANY.finditer(text) if not OF_BOOKKEEPING.search(text[: m.start()]))
        candidates += [m.group() for m in found]
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


UTR_WORD = re.compile(
    r"\bu\.?t\.?r\b|\butr(?=\d)|\bunique tax ?payers?|\bself[- ]assessment|\btax ?payer(?:'?s)? (?:ref|no|num|id)"
    r"|\btax ref|\bsa ref|\bcis\d*\b|\bseiss\b|\bhmrc\b",
    re.IGNORECASE,
)
UTR_DIGITS = re.compile(r"(?<!\d)(\d(?:[ -]?\d){9})K?(?!\d)", re.IGNORECASE)
TEN_DIGITS = re.compile(r"(?<![\d.])\d{10}(?![\d.])")


def tax_reference(text: str, column: ScreenedColumn) -> str:  # noqa: ARG001 - the signature of every pattern
    """Find a Unique Taxpayer Reference in a text that speaks of one."""
    if not UTR_WORD.search(text):
        return ""
    return next((m.group(1) for m in UTR_DIGITS.finditer(text) if _utr_checks(digits(m.group(1)))), "")


def tax_reference_compact(text: str, column: ScreenedColumn) -> str:  # noqa: ARG001 - the signature of every pattern
    """Find ten digits that pass the check of a Unique Taxpayer Reference."""
    return next((c for c in TEN_DIGITS.findall(text) if _utr_checks(c)), "")


def _utr_checks(number: str) -> bool:
    from stdnum.gb import utr

    return bool(utr.is_valid(number)) and len(set(number)) > 1


UPN = re.compile(r"(?:(?<![A-Za-z0-9])|(?<=upn))[A-HJ-NP-RT-Z]\d{11}[\dA-HJ-NP-RT-Z](?![A-Za-z0-9])", re.IGNORECASE)


UPN_GROUPED = re.compile(
    r"(?<![A-Za-z0-9])[A-HJ-NP-RT-Z](?:[ -]?\d){11}[ -]?[\dA-HJ-NP-RT-Z](?![A-Za-z0-9])", re.IGNORECASE
)
UPN_WORD = re.compile(r"\b(?:upn|pupil|student|school)", re.IGNORECASE)


def pupil_number(text: str, column: ScreenedColumn) -> str:  # noqa: ARG001 - the signature of every pattern
    """Find a Unique Pupil Number: a check letter that fits, and a local authority that exists."""
    from stdnum.gb import upn

    found = UPN.findall(text) + (UPN_GROUPED.findall(text) if UPN_WORD.search(text) else [])
    return next((c for c in found if upn.is_valid(re.sub("[ -]", "", c))), "")


DRIVING_LICENCE = re.compile(
    r"(?<![A-Z0-9])[A-Z][A-Z9]{4}[ -]?\d[0156]\d(?:[0-2]\d|3[01])\d[ -]?[A-Z9][A-Z9][A-Z0-9][A-Z]{2}(?:"
    r" ?\d\d)?(?![A-Z0-9])",
    re.IGNORECASE,
)
PASSPORT_WORD = r"\b(?:pas{1,2}\s?-?port|pass\.? no\b|pass\.(?= )|passp\w*|p/?port|pspt|ppt?|travel doc\w*)\b"
PASSPORT_NUMBER = (
    r"(?<![A-Z0-9])(?:[A-Z]{1,2} ?\d{6,8}|\d{3} ?\d{3} ?\d{3}|\d{2}[A-Z]{2}\d{5}|[A-Z]{2}\d{2}[A-Z]{2}\d{3})"
    r"(?![A-Z0-9])"
)
PASSPORT = re.compile(
    rf"{PASSPORT_WORD}[^\n]{{0,45}}?{PASSPORT_NUMBER}|{PASSPORT_NUMBER}\W{{1,3}}{PASSPORT_WORD}"
    rf"|P[<K]?GBR[A-Z<]{{5,}}",
    re.IGNORECASE,
)
DRIVING_LICENCE_NI = re.compile(
    r"\b(?:driv\w*|dva|dvla|ni|northern irish)\b[^\n]{0,30}\blicen[cs]e\b[^\n\d]{0,16}\d{8}(?!\d)"
    r"|\blicen[cs]e\b[^\n\d]{0,16}\d{8}(?!\d)[^\n]{0,20}\b(?:dva|dvla|northern ireland)\b",
    re.IGNORECASE,
)
PERMIT = re.compile(
    r"\b(?:brp|residence (?:permit|card)|biometric|permit to stay|home office ref\w*|visa (?:no|number"
    r"|ref\w*)|share code|arc(?: (?:no|number|card))?|evisa"
    r"|settlement card|immigration status document)\b[^\n]{0,25}?(?<![A-Z0-9])(?=[A-Z0-9 /-]*\d)"
    r"(?:[A-Z]{1,3}[ -]?X?\d{6,9}|\d{9,12}|[A-Z0-9]{3}[ -]?[A-Z0-9]{3}[ -]?[A-Z0-9]{3}|[A-Z]\d{7}(?:/\d)?"
    r"|[A-Z]{2}[ -]?\d{3}[ -]?\d{4}|[A-Z]{2}[ -]?\d{4}[ -]?\d{3}|[A-Z]{3}/\d{4,7}(?:/\d{1,2})?)"
    r"(?![A-Z0-9])|(?<![A-Z0-9])[A-Z]{2}X? ?\d{3,4} ?\d{3,4}\W{1,3}(?:brp|biometric|residence permit)\b",
    re.IGNORECASE,
)
PERMIT_BARE = re.compile(r"(?<![A-Z0-9])(?:Z[A-Z]|R[A-Z])X?\d{7}(?![A-Z0-9])")


def document_number(text: str, column: ScreenedColumn) -> str:
    """Find the number of a driving licence, of a passport or of a residence permit."""
    kinds = (DRIVING_LICENCE, PASSPORT, PERMIT, DRIVING_LICENCE_NI)
    found = next((part for kind in kinds if (part := first_part(kind, text))), "")
    return found or ("" if column.is_reference else first_part(PERMIT_BARE, text))


PLATE = re.compile(
    r"(?<![A-Z0-9-])[A-HJ-PR-Y][A-HJ-PR-Y](?P<gap> ?)(?:0[2-9]|1\d|2[0-9]|5[1-9]|6\d"
    r"|7\d)[ .-]?[A-HJ-PR-Z]{3}(?![A-Z0-9-])",
    re.IGNORECASE,
)
PLATE_OLDER = re.compile(
    r"(?<![A-Z0-9-])(?:[A-HJ-NPR-TV-Y]\d{1,3}[ ]?[A-HJ-PR-Y]{3}|[A-HJ-PR-Y]{3}[ ]?\d{1,3}[A-HJ-NPR-TV-Y]"
    r"|[A-Z]{3} ?\d{4}|[A-Z]{1,2}\d{1,4}|\d{1,4}[A-Z]{1,2})"
    r"(?![A-Z0-9-])",
    re.IGNORECASE,
)
VEHICLE = re.compile(
    r"\b(?:veh(?:icles?)?|cars?|vans?|vrm|reg(?:istration)?|plates?|motor\w*|mopeds?|scooter|parked|parking|pcn|nto"
    r"|permit|driver|keeper|tow(?:ed|ing)|bay|lorry|taxi|index|ulez|clamp\w*|untaxed|abandoned|dvla|mot|badge"
    r"|congestion charge|bailiff|penalty)\b",
    re.IGNORECASE,
)


FROM_ABROAD = re.compile(
    r"\b(?:foreign|polish|romanian|bulgarian|lithuanian|latvian|irish|french|german|italian|spanish|portuguese|eu)"
    r" (?:registered |reg\W{0,2})?(?:car|van|plates?|vehicle|lorry|reg|vrm|motorbike|moped)\b[^\n\d]{0,16}?"
    r"(?=[A-Z0-9 -]*\d)(?=[A-Z0-9 -]*[A-Z])[A-Z0-9]{1,4}[ -]?[A-Z0-9]{2,5}(?:[ -]?[A-Z0-9]{1,3})?\b"
)
NAME_OF_A_THING = re.compile(
    r"\b(?:model|part|sku|serial|batch|drawing|stock|item|type)\W{0,3}(?:no\W{0,3})?\Z", re.IGNORECASE
)
NEAR = 40
"""Characters before a mark in which such a name ends: to look through all that is before each costs its square."""


def vehicle_plate(text: str, column: ScreenedColumn) -> str:
    """Find a vehicle's registration mark; in the older forms only where the text speaks of a vehicle."""
    if column.is_reference and not VEHICLE.search(column.words):
        return ""
    is_of_a_vehicle = bool(VEHICLE.search(f"{text} {column.words}"))
    # a gap before the digits, or small letters, may also be a day and a month, or words
    if found := first_part(FROM_ABROAD, text):
        return found
    for mark in PLATE.finditer(text):
        is_told = is_of_a_vehicle or (mark.group().isupper() and not mark["gap"])
        if is_told and not NAME_OF_A_THING.search(text[max(0, mark.start() - NEAR) : mark.start()]):
            return mark.group()
    if not is_of_a_vehicle:
        return ""
    return next((m.group() for m in PLATE_OLDER.finditer(text) if m.group().isupper() and len(m.group()) > 4), "")
