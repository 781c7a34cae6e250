"""Patterns of personal data in text.

Each pattern is a coarse net (RE2, run over whole columns) and an exact test of what the net caught. A net may catch too
much, but misses nothing that the exact test accepts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

FREE_MAIL = frozenset(
    """aol.co.uk aol.com blueyonder.co.uk btconnect.com btinternet.com btopenworld.com fastmail.com gmail.com gmx.co.uk
    gmx.com googlemail.com hotmail.co.uk hotmail.com icloud.com live.co.uk live.com mac.com mail.com me.com msn.com
    ntlworld.com outlook.com proton.me protonmail.com rocketmail.com sky.com talktalk.net tiscali.co.uk virgin.net
    virginmedia.com yahoo.co.uk yahoo.com ymail.com""".split()  # noqa: SIM905 - a list of words reads best as words
)
"""Mail providers open to the public: an address there usually belongs to one person."""

ROLES = frozenset(
    """access accounts admin administration billing booking bookings clerk comms complaints contact contracts council
    customer customerservice customerservices data democracy education elections enquiries enquiry events facilities
    feedback finance foi frontdesk general hello help helpdesk hire info information invoices library licensing mail
    media membership office opendata orders parks payments planning press procurement property purchasing reception
    registrar remittance remittances reports sales school secretary services support team tenders toilets
    transparency trustees venue volunteering webmaster welcome""".split()  # noqa: SIM905 - a list of words reads best as words
)
"""Words that name a job in the part of an address before the @."""

NEVER_GIVEN = frozenset({"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"})
"""Prefixes that are never allocated to National Insurance numbers."""

COMPANY = re.compile(r"\b(?:ltd|limited|llp|lp|plc|cic|inc|gmbh)\b", re.IGNORECASE)
REFERENCE = re.compile(r"ref|number|\bno\b|invoice|transaction|trans\b|code|\bid\b|identifier|uprn|usrn|url|uri")
TELEPHONE = re.compile(r"phone|\btel\b|mobile|\bfax\b|contact")
HEALTH = re.compile(r"\bnhs\b|patient")
BANK = re.compile(r"\bbank\b|\bsort\b")
PAYMENT_CARD = re.compile(r"\bcards?\b")


@dataclass(frozen=True, slots=True)
class ScreenedColumn:
    """A column to be screened: `words` are its names in lower case; `expected`: contact details are normal in it."""

    field: str
    words: str = ""
    expected: bool = False

    @property
    def is_reference(self) -> bool:
        """Whether it holds reference numbers, so that a run of digits is most likely one of them."""
        personal = any(p.search(self.words) for p in (TELEPHONE, HEALTH, BANK, PAYMENT_CARD))
        return bool(REFERENCE.search(self.words)) and not personal


@dataclass(frozen=True, slots=True)
class Pattern:
    """One kind of personal data: `find(text, column)` returns the part of the text that is it, or "".

    `rule` is its entry in messages.yaml, `title` names its check. `only` limits it to columns with matching words.
    `by_chance`: the exact test is a check digit, which some numbers in any column of reference numbers pass.
    """

    rule: str
    title: str
    net: str
    find: Callable[[str, ScreenedColumn], str]
    only: re.Pattern[str] | None = None
    by_chance: bool = False


# bounded repeats: without them a hostile cell costs time quadratic in its length
EMAIL = re.compile(r"[\w.%+'’-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}")


def _addresses(text: str, *, free: bool) -> Iterator[str]:
    addresses = (m.group() for m in EMAIL.finditer(text))
    return (a for a in addresses if (a.lower().rpartition("@")[2] in FREE_MAIL) is free)


def personal_email(text: str, column: ScreenedColumn) -> str:
    """Find an address at a free mail provider; that of a job is fine where contact details are expected."""
    for address in _addresses(text, free=True):
        words = re.split(r"[^a-z]+", address.lower().partition("@")[0])
        if not column.expected or ROLES.isdisjoint(words):
            return address
    return ""


def other_email(text: str, column: ScreenedColumn) -> str:
    """Find any other address, where contact details are not expected."""
    return "" if column.expected else next(_addresses(text, free=False), "")


NINO = re.compile(
    r"(?<![A-Z0-9])([A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z])(?:[\s.-]?\d\d){3}[\s.-]?[A-D](?![A-Z0-9])", re.IGNORECASE
)


def national_insurance(text: str, column: ScreenedColumn) -> str:  # noqa: ARG001 - the signature of every pattern
    """Find a National Insurance number: two letters, six digits and a letter from A to D."""
    return next((m.group() for m in NINO.finditer(text) if m.group(1).upper() not in NEVER_GIVEN), "")


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


# excludes dates such as 07-12-2023, and decimals and invoice numbers, which have digits before the 0
MOBILE = re.compile(
    r"(?<![\dA-Za-z/])(?<!\d[.,-])(?:(?:\+|00)44[\s.-]?(?:\(0\)|0)?[\s.-]?|\(?0)7[1-9]\d\)?(?:[\s.-]?\d){7}(?!\.?[\d/])"
)


def mobile_phone(text: str, column: ScreenedColumn) -> str:
    """Find a UK mobile number, where contact details are not expected."""
    if column.expected:
        return ""
    number = next((m.group() for m in MOBILE.finditer(text)), "")
    return "" if number.isdigit() and column.is_reference else number


CARD = re.compile(
    r"(?<![\dA-Za-z.-])(?:\d{13,19}|\d{4}([ \xa0-])\d{4}\1\d{4}\1\d{4}(?:\1\d{3})?|\d{4}([ \xa0-])\d{6}\2\d{4,5})"
    r"(?![\dA-Za-z-]|\.\d)"
)
CARD_SCHEMES = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}"
    r"|6(?:011|5\d\d|4[4-9]\d)\d{12}|3(?:0[0-5]|[68]\d)\d{11}|35\d{14}|62\d{14,17}"
)


def payment_card(text: str, column: ScreenedColumn) -> str:  # noqa: ARG001 - the signature of every pattern
    """Find the number of a payment card: a scheme's prefix, its length and a valid check digit."""
    return next((m.group() for m in CARD.finditer(text) if card_checks(digits(m.group()))), "")


def card_checks(number: str) -> bool:
    """Return whether a number has the prefix and length of a card scheme and passes the Luhn check."""
    if not CARD_SCHEMES.fullmatch(number):
        return False
    doubled = [int(d) * (1 + place % 2) for place, d in enumerate(reversed(number))]
    return sum(d // 10 + d % 10 for d in doubled) % 10 == 0


ACCOUNT = re.compile(r"(?<!\d)\d{8}(?!\d)")
SORT_CODE = re.compile(r"(?<![\d-])(\d\d)-(\d\d)-(\d\d)(?![\d-])")
SORT_CODE_NAMED = re.compile(r"\bsort\s?(?:code)?\D{0,5}\d{2}[ -]?\d{2}[ -]?\d{2}(?!\d)", re.IGNORECASE)
IBAN = re.compile(r"(?<![A-Z0-9])GB\d{2} ?[A-Z]{4}(?: ?\d){14}(?!\d)")


def bank_account(text: str, column: ScreenedColumn) -> str:
    """Find a sort code with an account number in the same cell, or a UK IBAN."""
    iban = next((m.group() for m in IBAN.finditer(text) if _iban_checks(m.group())), "")
    if iban or not ACCOUNT.search(text):
        return iban
    if named := SORT_CODE_NAMED.search(text):
        return named.group()
    is_bank_column = bool(BANK.search(column.words))
    return next((m.group() for m in SORT_CODE.finditer(text) if is_bank_column or not _may_be_date(m)), "")


def _may_be_date(match: re.Match[str]) -> bool:
    """Return whether three pairs of digits can be a day, month and year in one of the usual orders."""
    first, second, third = (int(g) for g in match.groups())
    orders = ((first, second), (second, first), (third, second))
    return any(1 <= day <= 31 and 1 <= month <= 12 for day, month in orders)


def _iban_checks(text: str) -> bool:
    """Return whether an IBAN passes its check (ISO 7064 modulus 97, letters as 10 to 35)."""
    plain = text.replace(" ", "")
    return int("".join(str(int(c, 36)) for c in plain[4:] + plain[:4])) % 97 == 1


# MS, MISS and DR in capitals also begin names of things (MS OFFICE, DR ADJUSTMENT), so they need an initial as well
TITLE = re.compile(
    r"\b(?:Mr|MR|Mrs|MRS|Mx)\b\.?\s+[A-Z]"
    r"|(?:^|[,;:(/&]\s{0,3}|\b(?:and|to|from|by|for|of)\s{1,3})(?:Ms|Miss|Dr|Professor)\b\.?\s+[A-Z](?:[a-z]|\.|\s)"
    r"|\b(?:MS|MISS|DR|PROFESSOR)\b\.?\s+[A-Z]\.?(?:\s?[A-Z]\.?)?\s+[A-Z]{2,}"
)


def titled_name(text: str, column: ScreenedColumn) -> str:
    """Find a person's name after a title such as Mrs; not where the text names a company."""
    if column.expected or COMPANY.search(text):
        return ""
    hit = TITLE.search(text)
    return text[hit.start() :].lstrip(" ,;:(/&") if hit else ""


PLUS_NUMBER = re.compile(r"\+[\d\s()./-]+")


def spreadsheet_formula(text: str, column: ScreenedColumn) -> str:  # noqa: ARG001 - the signature of every pattern
    """Find a text that a spreadsheet would run; a phone number with a plus is harmless."""
    return "" if PLUS_NUMBER.fullmatch(text) else text


def digits(text: str) -> str:
    """Return the digits of a text."""
    return "".join(c for c in text if c.isdigit())


GAP = r"[\s\x{00A0}.-]?"

PATTERNS: tuple[Pattern, ...] = (
    Pattern(
        rule="personal-national-insurance",
        title="No National Insurance numbers",
        net=rf"(?i)[a-z]{{2}}(?:{GAP}\d\d){{3}}{GAP}[a-d]",
        find=national_insurance,
    ),
    Pattern(
        rule="personal-nhs-number",
        title="No NHS numbers",
        net=r"(?i)\d{3}[ \x{00A0}-]\d{3}[ \x{00A0}-]\d{4}|nhs[^\d]{0,12}\d",
        find=nhs_number,
        by_chance=True,
    ),
    Pattern(rule="personal-nhs-number", title="No NHS numbers", net=r"\d{10}", find=nhs_number_compact, only=HEALTH),
    Pattern(
        rule="personal-payment-card",
        title="No payment card numbers",
        net=r"\d{13}|\d{4}[ \x{00A0}-]\d{4,6}[ \x{00A0}-]\d{4}",
        find=payment_card,
        by_chance=True,
    ),
    Pattern(
        rule="personal-bank-account",
        title="No bank accounts",
        net=r"(?i)\d\d-\d\d-\d\d|\bsort|GB\d\d ?[A-Z]{4}",
        find=bank_account,
    ),
    Pattern(rule="personal-email", title="No personal e-mail addresses", net="@", find=personal_email),
    Pattern(rule="personal-other-email", title="No unexpected e-mail addresses", net="@", find=other_email),
    Pattern(
        rule="personal-mobile-phone",
        title="No unexpected mobile phone numbers",
        net=rf"(?:0|44{GAP}(?:\(0\))?{GAP})7[1-9]\d\)?(?:{GAP}\d){{7}}",
        find=mobile_phone,
    ),
    Pattern(
        rule="personal-title",
        title="No names of people after a title",
        net=r"(?i)\b(?:mr|mrs|ms|miss|mx|dr|professor)\b",
        find=titled_name,
    ),
    Pattern(
        rule="cell-formula",
        title="No cells that a spreadsheet would run",
        net=r"\A[=+@\t\r]",
        find=spreadsheet_formula,
    ),
)

HEADINGS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\b(?:first|last|fore|sur|given|family|maiden)\s?names?\b"), "people’s names"),
    (
        re.compile(
            r"\b(?:applicant|claimant|client|employee|officer|patient|pupil|resident|tenant)s? (?:full )?name\b"
        ),
        "people’s names",
    ),
    (re.compile(r"\bdate of birth\b|\bd ?o ?b\b|\bbirth ?date\b"), "dates of birth"),
    (re.compile(r"\bnational insurance n|\bni n(?:o|umber)\b|\bnino\b"), "National Insurance numbers"),
    (re.compile(r"\bnhs n(?:o|umber)\b"), "NHS numbers"),
    (re.compile(r"\bhome (?:address|phone|telephone|tel)\b"), "where people live or how to reach them"),
    (re.compile(r"\bpassport n|\bdriving licence n"), "numbers of personal documents"),
    (re.compile(r"\bsort code\b|\bbank account\b"), "bank accounts"),
)
"""Headings, in lower case with single spaces, of columns that hold personal data, and the kind of data."""
