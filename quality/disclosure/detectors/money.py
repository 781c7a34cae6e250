"""Cards, bank accounts, pay, and the accounts that people have with a council."""

from __future__ import annotations

import re

from quality.disclosure.detectors.pattern import BANK, ScreenedColumn, digits, first_part
from quality.disclosure.names.sentences import names_within
from quality.disclosure.words.vocabulary import as_written, spelled_out

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
    r"\b(?:sort\s?(?:code)?\D{0,5}|s\W?code\W{0,3}|s/c\b\D{0,3}|s\.c\.\D{0,3}"
    r"|sc[ :=]{1,2})\d{2}[ -]?\d{2}[ -]?\d{2}(?!\d)",
    re.IGNORECASE,
)
SORT_CODE_BESIDE = re.compile(
    r"(?<![\d.,/-])(\d\d([ ./-]?)\d\d\2\d\d)(?: {0,2}[-/,:;] {0,2}| {1,2})(\d{8})(?!\d|[.,/-]\d)"
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
        # in a row and without a word for it, outside of free text it could be any two references
        is_told = is_of_money or hit[2] or column.is_open
        if is_told and (not _is_dated(hit) or (is_of_money and hit[2] in ("", " "))):
            return hit.group()
    is_bank_column = bool(BANK.search(column.words)) or bool(ACCOUNT_WORD.search(text))
    return next((m.group() for m in SORT_CODE.finditer(text) if is_bank_column or not may_be_date(m.group())), "")


ACCOUNT_WORD = re.compile(r"\b(?:a/?c|acc(?:oun)?t|bank|bacs)\b", re.IGNORECASE)


PAYING = re.compile(
    r"\b(?:refund|rebate|pay|paid|payment|transfer|credit|bacs|grant|pmt|banks?|bnk|dhp|landlords?|to acc\w*)\b",
    re.IGNORECASE,
)


LATEST_YEAR = 35
"""Of this century: days of payments are not of the last one."""


def _is_dated(beside: re.Match[str]) -> bool:
    """Return whether a sort code may be a day before some reference, or the account a day after one."""
    code, account = digits(beside[1]), beside[3]
    is_of_today = min(int(code[:2]), int(code[4:])) <= LATEST_YEAR
    return (may_be_date(code) and is_of_today) or bool(re.match(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])", account))


def may_be_date(text: str) -> bool:
    """Return whether three pairs of digits can be a day, month and year in one of the usual orders."""
    first, second, third = (int(g) for g in re.findall(r"\d\d", text))
    orders = ((first, second), (second, first), (third, second))
    return any(1 <= day <= 31 and 1 <= month <= 12 for day, month in orders)


def _iban_in(text: str) -> str:
    """Return the beginning of a text that is an IBAN: the words after it may look like a part of it."""
    from stdnum import iban, numdb

    if not numdb.get("iban").info(text[:2].upper())[0][1]:
        # no country begins so
        return ""
    parts = re.split(r"(?<=[A-Za-z0-9])(?=[ -])", text)
    joined = ("".join(parts[:count]) for count in range(len(parts), 0, -1))
    return next((found for found in joined if iban.is_valid(found, check_country=False)), "")


AMOUNT = r"(?:£|gbp)\s?\d[\d,]*(?:\.\d\d)?k?|\b\d{2,3},\d{3}\b|\b\d{4,6}(?:\.\d\d)?\b|\b\d{1,3}k\b"
SUM = r"(?:£|gbp)\s?\d[\d,]*(?:\.\d\d)?k?|\b\d{1,3},\d{3}(?:\.\d\d)?\b|\b\d{2,6}\.\d\d\b"
"""An amount that cannot be a year or the number of an employee."""
A_TIME = (
    r"(?:per |an? |/ ?|p/?)(?:annum|a\b|year|yr\b|month|mth\b|m\b|week|wk\b|w\b|day|hour|hr\b|h\b)"
    r"|\b(?:p\.?a\.?|pcm)(?!\w)"
)
PAY = re.compile(
    rf"\b(?:salary|wages?|gross pay|net pay|take[- ]home(?: pay)?|basic pay|back ?pay|earns?|earnings|payslip|paid"
    rf"|pension|severance|redundancy(?: pay\w*)?|basic|gross"
    rf"|(?:sick|maternity|holiday|notice|annual|starting|new|current|final) (?:pay|salary|wage)|remuneration"
    rf"|net income|monthly net|mat pay"
    rf"|monthly income|household income)\b(?: (?:of|is|was|at|to|for)\b|[:=,-]|\s)[^\n£\d]{{0,40}}(?:{AMOUNT})"
    rf"|\b(?:final|back|holiday|notice|sick|maternity|mat|half) pay\b[^\n£]{{0,40}}£\s?\d"
    rf"|(?:{AMOUNT}) ?(?:{A_TIME})",
    re.IGNORECASE,
)
PAID_ONLY = re.compile(r"\Apaid\b", re.IGNORECASE)
PAY_WORD = re.compile(
    r"\b(?:salary|wages?|pay|backpay|earn\w*|payslip|pension|severance|redundancy|remuneration|income|employ\w*"
    r"|staff|hourly|regrad\w+|scp|spine)\b",
    re.IGNORECASE,
)
EXTRA_PAY = re.compile(
    r"\b(?:allowance|acting[- ]up|honorari(?:um|a)|(?:day|hourly|daily|weekly|pay) rate|rate of pay|overtime|o/t"
    r"|ot claim|bonus|hon|redundancy|pension strain|(?:half|maternity|full|arr\w* of|advance of|salary"
    r"|wages?) (?:sick )?(?:pay|advance)|moved to|increment\w*|supplement|ex[- ]gratia|settlement|pilon|in lieu"
    r"|stipend|retention pay\w*|regrad\w+|scp ?\d+|spine|wages?|salary|pay|paid|payroll|per day|per hour|[ap]/?h"
    r"|sessional|back ?pay|leaver|locum|interim|grade)\b",
    re.IGNORECASE,
)
"""What somebody is paid as well, or so much a day: it tells something where the text names a person or a post."""
A_SUM = re.compile(SUM, re.IGNORECASE)
POST = (
    r"(?:leaver|care ?taker|cleaner|ceo|chief exec\w*|(?:head|deputy head|ex)?[- ]?teacher|head ?teacher"
    r"|head of \w+|(?:\w+ )?director|(?:asst|assistant|deputy|interim|finance|exec\w*) dir\w*|dir(?: of|\.)? \w+"
    r"|employee|ee|his|her|apprentice|trainee|(?:park ?|book|grounds?)keeper|locum (?:sw|social worker|solicitor)"
    r"|driver|cook|nurse|manager|mgr|archivist|librarian|(?:teaching|class|office|admin\w*|care|hr"
    r"|planning) (?:asst|assistant)|ta|officer|engineer|surveyor|solicitor|clerk|receptionist|warden|gardener"
    r"|supervisor|porter|chef|registrar|lecturer|midday|senco|site agent|team leader|lead)"
)
"""One post, which only one person has."""
SOMEBODY = re.compile(
    r"\b[A-Z]\.? ?[A-Z][a-z]{2,}\b|\b(?:for|to|-|–) [A-Z][a-z]{2,}(?: [A-Z])?\b(?= ?(?:\(|\d|,|@|£|\Z))"
    r"|(?<=\d )[A-Z]\. "
    rf"|\b(?i:{POST})\b"
)
"""An initial and a name, a given name before an amount, or somebody's post."""
PAY_OF_MANY = re.compile(
    r"\b(?:salaries|total|budget|living wage|minimum wage|median|mean|average|scales?|pay award|pay gap|multiplier?"
    r"|bands?|ceiling|salary costs|wage bill|bill)\b|\bscp ?\d+ ?[-–] ?\d",
    re.IGNORECASE,
)


def pay(text: str, column: ScreenedColumn) -> str:  # noqa: ARG001 - the signature of every pattern
    """Find what somebody is paid: a word for it and an amount; or a supplement, an amount and who gets it."""
    if PAY_OF_MANY.search(text):
        return ""
    found = next((m.group() for m in PAY.finditer(text) if not PAID_ONLY.search(m.group())), "")
    if found and PAY_WORD.search(text):
        return found
    is_extra = EXTRA_PAY.search(text) and A_SUM.search(text)
    return first_part(EXTRA_PAY, text) if is_extra and (SOMEBODY.search(text) or next(names_within(text), "")) else ""


ACCOUNT_NUMBER = (
    r"(?!(?:19|20)\d\d(?:[/-](?:\d\d|(?:19|20)\d\d))?\b)(?=[A-Z/. -]{0,6}\d[\d/ -]{0,5}\d{3})"
    r"[A-Z]{0,4}[ /-]?\d[\d/-]{3,16}(?: \d{3,4}(?![\d/]))?[A-Z]?\b"
)
"""Most often with letters before or after it, or in two halves; but no year."""
COUNCIL_TAX = r"(?:council|cncl|cnl|coun\.?)[\s-]?tax|c\.?\s?/?\s?tax|ctax|ctx|ct\b|ctb\b"
OWNER = (
    rf"{COUNCIL_TAX}|(?:housing )?rent|tenancy|tenants?|leasehold(?:er)?s?|lessee|housing benefit|hb|benefit"
    r"|council tax support|ctr|ctrs|cts|lib(?:rary)? card|blue badge|freedom pass|oyster|taxicard|service charges?"
    r"|electoral|universal credit|uc|pip|dla|esa|dhp|payroll|employee|staff|pay|payee|(?:sundry )?debtors?|homecare"
    r"|care charge|garden waste|parking permit|resident(?:'?s)?(?: permit)?|former (?:tenant|occ\w*\.?)|occupier"
    r"|garage|allotment|nndr|business rates|liability order|sundry dr|member(?:ship)?|deferred payment"
    r"|direct payment|nursery|school meals?|dinner money"
)
NUMBER_WORD = (
    r"(?:account|acct?|acc|a/?c|ref(?:erence)?|claim|no|nr|num(?:ber)?|id|card|journal|customer|cust|is|permit)"
)
ACCOUNT_OF_A_PERSON = re.compile(
    rf"\b(?:{OWNER})\b['’]?s?[ ]?(?:\b{NUMBER_WORD}\b|[:#=-])(?:[ .]{{0,2}}\b{NUMBER_WORD}\b)*[\s.:#=-]{{0,4}}"
    rf"{ACCOUNT_NUMBER}|\b(?:{COUNCIL_TAX}|hb|ctr) ?\d{{6,11}}[A-Z]?\b",
    re.IGNORECASE,
)
CARD_OF_A_PERSON = re.compile(
    r"\blib(?:rary)? card\W{1,3}[A-Z]?\d{6,14}\b|\bblue badge\W{1,3}[A-Z0-9]{6} ?\d ?\d{4}[A-Z]\d{4}\b", re.IGNORECASE
)
SOME_ACCOUNT = re.compile(
    rf"\b(?:(?:customer|cust|payment|pay|former|tenant|charge)?[ ]?(?:account|acct?|acc|a/c|payment ref|payref"
    rf"|pay ref))\b(?:[ .]{{0,2}}\b{NUMBER_WORD}\b)*[\s.:#=-]{{0,4}}{ACCOUNT_NUMBER}",
    re.IGNORECASE,
)
WHOSE = re.compile(
    rf"\b(?:{COUNCIL_TAX}|tenants?|leaseholder|former occ\w*|rent acc\w*|rent arrears|housing rent|homecare"
    rf"|service user"
    r"|clients?|single person discount|overpaid|customer|ratepayer|hb|housing benefit|sundry (?:debtor|dr)"
    r"|sole trader|liability order)\b(?! hall)",
    re.IGNORECASE,
)


SHORT_OF_A_TAX = re.compile(r"ct\W{0,3}\d{1,5}", re.IGNORECASE)
"""As contracts are numbered too."""


def account_reference(text: str, column: ScreenedColumn) -> str:  # noqa: ARG001 - the signature of every pattern
    """Find the number of a person's account with the council: council tax, rent, benefit, payroll."""
    written = spelled_out(text)
    found = first_part(ACCOUNT_OF_A_PERSON, written) or first_part(CARD_OF_A_PERSON, written)
    if not found and WHOSE.search(written):
        found = first_part(SOME_ACCOUNT, written)
    if SHORT_OF_A_TAX.fullmatch(found):
        return ""
    return as_written(text, found)
