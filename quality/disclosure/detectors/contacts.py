"""How somebody can be reached or recognised: mail, telephone, networks, profiles."""

from __future__ import annotations

import re
from collections.abc import Iterator

from quality.disclosure.detectors.pattern import ScreenedColumn, first_part

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

# bounded repeats: without them a hostile cell costs time quadratic in its length
EMAIL = re.compile(r"[\w.%+'’-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}")


def _addresses(text: str, *, free: bool) -> Iterator[str]:
    addresses = (m.group() for m in EMAIL.finditer(text))
    return (a for a in addresses if (a.lower().rpartition("@")[2] in FREE_MAIL) is free)


def personal_email(text: str, column: ScreenedColumn) -> str:
    """Find an address at a free mail provider; that of a job is fine where contact details are expected."""
    for address in _addresses(text, free=True):
        words = re.split(r"[^a-z]+", address.lower().partition("@")[0])
        if not column.has_contacts or ROLES.isdisjoint(words):
            return address
    return ""


def other_email(text: str, column: ScreenedColumn) -> str:
    """Find any other address, where contact details are not expected."""
    return "" if column.has_contacts else next(_addresses(text, free=False), "")


# excludes dates such as 07-12-2023, and decimals and invoice numbers, which have digits before the 0
MOBILE = re.compile(
    r"(?<![\dA-Za-z/])(?<!\d[.,-])(?:(?:\+|00)44[\s.-]?(?:\(0\)|0)?[\s.-]?|\(?0)7[1-9]\d\)?(?:[\s.-]?\d){7}(?!\.?[\d/])"
)


def mobile_phone(text: str, column: ScreenedColumn) -> str:
    """Find a UK mobile number, where contact details are not expected."""
    if column.has_contacts:
        return ""
    number = next((m.group() for m in MOBILE.finditer(text)), "")
    return "" if number.isdigit() and column.is_reference else number


TELEPHONES = re.compile(r"(?<![\dA-Za-z/.,-])(?:\+|00)?\(?\d[\d\s().-]{7,17}\d(?![\d/]|[.,]\d)")
NO_PERSON = ("080", "0808", "084", "087", "03", "09", "116", "118")
PHONE_WORD = re.compile(
    r"\b(?:tel|telephone|phone|call(?:ed)?|ring|rang|contact|home|landline|number|ext|mob(?:ile)?)\b", re.IGNORECASE
)


def landline(text: str, column: ScreenedColumn) -> str:
    """Find a telephone number of this or another country, where contact details are not expected."""
    if column.has_contacts or column.is_reference:
        return ""
    import phonenumbers

    is_alone = not re.search(r"[A-Za-z]{2}", text) and column.nature not in ("", "free-text")
    for found in TELEPHONES.findall(text):
        plain = re.sub(r"\D", "", found)
        is_foreign = found.lstrip("(").startswith(("+", "00")) and not plain.lstrip("0").startswith("44")
        if (
            plain.startswith(NO_PERSON)
            or (is_alone and not is_foreign)
            or (plain.isdigit() and "19" <= plain[:2] < "21" and len(plain) < 9)
        ):
            continue
        # digits in a row, without a sign that they are a number to call, could be any reference
        if (
            not is_foreign
            and not plain.startswith("44")
            and not (plain.startswith("0") and (found != plain or PHONE_WORD.search(text)))
        ):
            continue
        try:
            number = phonenumbers.parse(found if found.startswith(("+", "0")) else f"+{plain}", "GB")
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return str(found)
    return ""


MOBILE_DIGITS = re.compile(r"(?<![\d.])(?:44)?7[1-9]\d{8}(?![\d.])")


def mobile_digits(text: str, column: ScreenedColumn) -> str:
    """Find a mobile number without its first 0, as numbers in a spreadsheet have it."""
    return "" if column.has_contacts else first_part(MOBILE_DIGITS, text)


IP4 = re.compile(r"(?<![\w.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\w.]\d|\d)")
IP6 = re.compile(
    r"(?<![\w:])(?:[0-9A-F]{1,4}:){2,7}(?::?[0-9A-F]{1,4}){1,6}(?![\w:])|(?<![\w:])[0-9A-F]{1,4}::"
    r"(?:[0-9A-F]{1,4}:?){1,6}(?![\w:])",
    re.IGNORECASE,
)
MAC = re.compile(
    r"(?<![\w:-])(?:[0-9A-F]{2}[:-]){5}[0-9A-F]{2}(?![\w:-])|(?<![\w.])(?:[0-9A-F]{4}\.){2}[0-9A-F]{4}(?![\w.])",
    re.IGNORECASE,
)
NETWORK = re.compile(r"\bip\b|ipv?4|address|host|server|log(?:in|ged)|device|network|wifi|user", re.IGNORECASE)
EDITION = re.compile(
    r"\b(?:v|ver|version|release|build|firmware|section|clause|para(?:graph)?|chapter|software|policy|item"
    r"|update|patch)\W{0,3}\Z",
    re.IGNORECASE,
)


def network_address(text: str, column: ScreenedColumn) -> str:
    """Find the address of a machine on a network; a number of a version or a paragraph is none."""
    import ipaddress

    if found := first_part(MAC, text):
        return found
    for hit in IP6.finditer(text):
        try:
            ipaddress.IPv6Address(hit.group())
        except ValueError:
            continue
        if re.search(r"[a-f]", hit.group(), re.IGNORECASE) or hit.group().count(":") > 3:
            return hit.group()
    for hit in IP4.finditer(text):
        # numbers of editions are small
        is_named = NETWORK.search(f"{text} {column.words}") or max(map(int, hit.group().split("."))) >= 60
        if is_named and not EDITION.search(text[: hit.start()]):
            return hit.group()
    return ""


PROFILE = re.compile(
    r"(?:linkedin\.com/(?:in|pub)/|facebook\.com/(?!pages|groups|events)|fb\.com/|instagram\.com/"
    r"|twitter\.com/|\bx\.com/|tiktok\.com/@|threads\.net/@|snapchat\.com/add/"
    r"|wa\.me/|t\.me/|github\.com/|youtube\.com/@|bsky\.app/profile/)[\w.%+-]{3,}"
    r"|\b(?:facebook|instagram|insta|twitter|tiktok|snapchat|telegram|whatsapp|linkedin|skype|handle)(?: "
    r"(?:profile|account|user(?:name)?|handle|name|id))?\s?[:@-]{1,2}\s?@?[A-Za-z][\w.]{2,}"
    r"|(?:\A|(?<=[:(,] )|(?<=[:(,]))@[A-Za-z][A-Za-z0-9_.]{3,29}(?![\w@(])",
    re.IGNORECASE,
)
HASH = re.compile(r"(?<![\w-])(?:[0-9a-f]{64}|[0-9a-f]{32}|[0-9A-F]{64}|[0-9A-F]{32})(?![\w-])")
HASH_NAMED = re.compile(
    r"\b(?:hash\w*|md5|sha-?\d*|e-?mail|user|person|pseudonym\w*|token)\b[^\n]{0,24}?(?<!\w)([0-9a-f]{16,128})(?!\w)",
    re.IGNORECASE,
)


def profile(text: str, column: ScreenedColumn) -> str:
    """Find the address of a person's page, a handle, or a hash that stands for a person."""
    if column.has_contacts:
        return ""
    return (
        first_part(PROFILE, text)
        or first_part(HASH_NAMED, text)
        or ("" if column.is_reference else first_part(HASH, text))
    )
