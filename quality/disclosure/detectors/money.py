"""Cards, bank accounts, pay, and the accounts that people have with a council."""

from __future__ import annotations

import re

from quality.disclosure.detectors.pattern import BANK, ScreenedColumn, digits, first_part

CARD = re.compile(
    r"(?:(?<![\dA-Z.-])|(?<=[a-z]\.)|(?<=amex)|(?<=visa)|(?<=card))"
    r"(?:\d{12,19}|\d{4}([ \xa0.-])\d{4}\1\d{4}\1\d{4}(?:\1\d{3})?|\d{4}([ \xa0-])\d{6}\2\d{4,5})"
    r"(?![\dA-Z-]|\.\d)",
    re.IGNORECASE,
)
CARD_SCHEMES = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}"
    r"|6(?:011|5\d\d|4[4-9]\d)\d{12}|3(?:0[0-5]|[68]\d)\d{11}|35\d{14}|62\d{14,17}"
    r"|(?:5018|5020|5038|5893|6304|6759|676[1-3])\d{8,15}"
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
SORT_CODE_NAMED = re.compile(
    r"\b(?:sort\s?(?:code)?\D{0,5}|s/c\b\D{0,3}|s\.c\.\D{0,3}|sc[ :=]{1,2})\d{2}[ -]?\d{2}[ -]?\d{2}(?!\d)",
    re.IGNORECASE,
)
SORT_CODE_BESIDE = re.compile(
    r"(?<![\d.,/-])(\d\d([ /-]?)\d\d\2\d\d)(?: {0,2}[-/,:;] {0,2}| {1,2})(\d{8})(?!\d|[.,/-]\d)"
)
"""A sort code before an account number, and nothing between."""
IBAN = re.compile(r"(?<![A-Z0-9])[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,30}(?![A-Z0-9])", re.IGNORECASE)


def bank_account(text: str, column: ScreenedColumn) -> str:
    """Find a sort code with an account number in the same cell, or an IBAN of any country."""
    iban = next((found for m in IBAN.finditer(text) if (found := _iban_in(m.group()))), "")
    if iban or not ACCOUNT.search(text):
        return iban
    if named := SORT_CODE_NAMED.search(text):
        return named.group()
    is_of_money = bool(PAYING.search(text))
    for hit in SORT_CODE_BESIDE.finditer(text):
        if not _is_dated(hit) or (is_of_money and hit[2] in ("", " ")):
            return hit.group()
    is_bank_column = bool(BANK.search(column.words)) or bool(ACCOUNT_WORD.search(text))
    return next((m.group() for m in SORT_CODE.finditer(text) if is_bank_column or not may_be_date(m.group())), "")


ACCOUNT_WORD = re.compile(r"\b(?:a/?c|acc(?:oun)?t|bank|bacs)\b", re.IGNORECASE)


PAYING = re.compile(r"\b(?:refund|rebate|pay|paid|payment|transfer|credit|bacs|grant|pmt)\b", re.IGNORECASE)


def _is_dated(beside: re.Match[str]) -> bool:
    """Return whether a sort code may be a day before some reference, or the account a day after one."""
    code, account = digits(beside[1]), beside[3]
    return may_be_date(code) or bool(re.match(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])", account))


def may_be_date(text: str) -> bool:
    """Return whether three pairs of digits can be a day, month and year in one of the usual orders."""
    first, second, third = (int(g) for g in re.findall(r"\d\d", text))
    orders = ((first, second), (second, first), (third, second))
    return any(1 <= day <= 31 and 1 <= month <= 12 for day, month in orders)


def _iban_in(text: str) -> str:
    """Return the beginning of a text that is an IBAN: the words after it may look like a part of it."""
    from stdnum import iban

    parts = re.split(r"(?<=[A-Za-z0-9])(?=[ -])", text)
    joined = ("".join(parts[:count]) for count in range(len(parts), 0, -1))
    return next((found for found in joined if iban.is_valid(found, check_country=False)), "")


AMOUNT = r"(?:£|gbp)\s?\d[\d,]*(?:\.\d\d)?k?|\b\d{2,3},\d{3}\b|\b\d{4,6}(?:\.\d\d)?\b"
PAY = re.compile(
    rf"\b(?:salary|wages?|gross pay|net pay|take[- ]home(?: pay)?|basic pay|earns?|earnings|payslip|paid"
    rf"|pension|severance|redundancy(?: pay\w*)?"
    rf"|sick pay|maternity pay|remuneration|net income|monthly income|household income)\b(?: (?:of|is|was"
    rf"|at|to|for)\b|[:=,-]|\s)[^\n£\d]{{0,24}}(?:{AMOUNT})"
    rf"|(?:{AMOUNT})\s?(?:per annum|p\.?a\.?\b|a year|per year|per month|pcm|per hour|an hour|p/?h\b|/hr)",
    re.IGNORECASE,
)
PAID_ONLY = re.compile(r"\Apaid\b", re.IGNORECASE)
PAY_WORD = re.compile(
    r"\b(?:salary|wages?|pay|earn\w*|payslip|pension|severance|redundancy|remuneration|income|employ\w*"
    r"|staff|hourly)\b",
    re.IGNORECASE,
)


def pay(text: str, column: ScreenedColumn) -> str:  # noqa: ARG001 - the signature of every pattern
    """Find what somebody is paid: a word for it, and an amount."""
    found = next((m.group() for m in PAY.finditer(text) if not PAID_ONLY.search(m.group())), "")
    return (
        found
        if PAY_WORD.search(text) and not re.search(r"\bsalaries\b|\btotal\b|\bbudget\b", text, re.IGNORECASE)
        else ""
    )


ACCOUNT_OF_A_PERSON = re.compile(
    r"\b(?:council tax|c\.?tax|ctax|rent|tenancy|tenant|leasehold(?:er)?|housing benefit|hb|benefit"
    r"|council tax support|ctr|ctrs|library card|blue badge"
    r"|freedom pass|oyster|service charge|electoral|universal credit|uc|pip|dla|payroll|employee|staff"
    r"|pay)\b[ ]?(?:account|a/?c|acc(?:oun)?t|ref(?:erence)?|claim|no|num(?:ber)?|id|card|journal|[:#-])"
    r"(?: ?(?:account|a/?c|ref(?:erence)?|claim|no|num(?:ber)?|id)\b)*[\s.:#-]{0,4}"
    r"(?=[A-Z0-9/-]*\d{4})[A-Z]{0,4}[ -]?[\d/-]{4,16}[A-Z]?\b",
    re.IGNORECASE,
)


def account_reference(text: str, column: ScreenedColumn) -> str:  # noqa: ARG001 - the signature of every pattern
    """Find the number of a person's account with the council: council tax, rent, benefit, payroll."""
    return first_part(ACCOUNT_OF_A_PERSON, text)
