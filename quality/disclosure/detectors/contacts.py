"""How somebody can be reached or recognised: mail, telephone, networks, profiles."""

from __future__ import annotations

import re
from collections.abc import Iterator

from quality.disclosure.detectors.pattern import ScreenedColumn, first_part
from quality.disclosure.names.known_names import name_words

FREE_MAIL = frozenset(
    """aol.co.uk aol.com blueyonder.co.uk btconnect.com btinternet.com btopenworld.com fastmail.com gmail.com gmx.co.uk
    gmx.com googlemail.com hotmail.co.uk hotmail.com icloud.com live.co.uk live.com mac.com mail.com me.com msn.com
    ntlworld.com outlook.com proton.me protonmail.com rocketmail.com sky.com talktalk.net tiscali.co.uk virgin.net
    virginmedia.com yahoo.co.uk yahoo.com ymail.com""".split()  # noqa: SIM905 - a list of words reads best as words
)
"""Mail providers open to the public: an address there usually belongs to one person."""

ROLES = frozenset(
    """academy access accessibility accounts accountspayable admin administration admissions allotments ap appeals
    apprenticeships archives ask assets autism benefits billing blueb bluebadge booking bookings bookkeeping bursary
    business care careers carers caretaker cashiers cemeteries childcare children citizen claims clerk coaching
    committee comms communications community complaints compliance conference consultation contact contracts council
    councillors courses creditors crematorium culture customer customerservice customerservices data debtors
    deliveries democracy democracyservices desk development digital disputes dpo duty early education eforms
    elections electoral email emergency enforcement engineering enquiries enquiry environment estates events exams
    facilities feedback finance foi fostering fraud freedomofinformation frontdesk funding general grants health
    hello help helpdesk helpline heritage highways hire homelessness hospitality hotline housing hr hub ict inbox
    income info information insurance invest investigations invoices invoicing it jobs learning leasehold leasing
    legal leisure lettings library licences licensing lighting mail mailbox marketing mayor media mediation
    memberservices membership museum news newsletter noise noreply nursery office opendata orders outreach parking
    parkingservices parks partnership payable payments payroll pensions permit permits pest planning planningpolicy
    play policy portal post premises press privacy procurement programme project projects property publichealth
    purchaseledger purchasing ratesandbenefits receivable receivables reception records recruitment recycling
    referrals reg regeneration registrar registration registry remittance remittances rent rents repairs reply
    reports research resident residents resources revenue revenues safeguarding safety sales school schools
    secretariat secretary security sen send service services sexualhealth shop social sport sports stock stores
    street streetcare students studio supplier suppliers support surgery surveys systems tax team tenancy tenders
    theatre tickets toilets tourism tradewaste trading training transparency transport treasury trees trust trustees
    tuition venue voluntary volunteering volunteers waste web webmaster welcome wellbeing workshop youth""".split()  # noqa: SIM905 - a list of words reads best as words
)
"""Words that name a job in the part of an address before the @."""

AT = re.compile(r" @ | ?[\[(]at[\])] ?", re.IGNORECASE)
# bounded repeats: without them a hostile cell costs time quadratic in its length
EMAIL = re.compile(
    r"[\w.%+'’-]{1,64}(?:@| @ | ?[\[(]at[\])] ?)(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}", re.IGNORECASE
)


SPELLED = re.compile(
    r"[\w.+-]{2,64} at (?:gmail|googlemail|hotmail|yahoo|outlook|icloud|live|aol|btinternet|sky|virginmedia"
    r"|protonmail) ?(?:dot |\.)(?:com|co|net|me)\b",
    re.IGNORECASE,
)
"""An address in words, as somebody said it on the telephone."""


def _addresses(text: str, *, free: bool) -> Iterator[tuple[str, str]]:
    """Yield the addresses at free providers, or all others, as written and as meant."""
    addresses = ((m.group(), AT.sub("@", m.group()).lower()) for m in EMAIL.finditer(text))
    return ((written, address) for written, address in addresses if (address.rpartition("@")[2] in FREE_MAIL) is free)


def personal_email(text: str, column: ScreenedColumn) -> str:
    """Find an address at a free mail provider; that of a job is fine where contact details are expected."""
    for written, address in _addresses(text, free=True):
        words = re.split(r"[^a-z]+", address.partition("@")[0])
        if not column.has_contacts or ROLES.isdisjoint(words):
            return written
    return first_part(SPELLED, text)


def other_email(text: str, column: ScreenedColumn) -> str:
    """Find any other address but those of a desk or a team, where contact details are not expected."""
    if column.has_contacts:
        return ""
    return next((written for written, address in _addresses(text, free=False) if not is_of_a_desk(address)), "")


def is_of_a_desk(address: str) -> bool:
    """Return whether an address is made of words for what somebody does, and of no name: `parking.services@…`."""
    known = name_words()
    name, _, domain = address.lower().partition("@")
    words = [word for word in re.split(r"[^a-z]+", name) if word]

    def is_plain(word: str) -> bool:
        is_language = word in known.language and word not in known.given
        return word in ROLES or is_language or (len(word) > 3 and word in domain)

    def is_role(word: str) -> bool:
        halves = ((word[:at], word[at:]) for at in range(2, len(word) - 1))
        return word in ROLES or any(ROLES & set(pair) and all(map(is_plain, pair)) for pair in halves)

    return any(map(is_role, words)) and all(is_role(word) or is_plain(word) for word in words)


# excludes dates such as 07-12-2023, and decimals and invoice numbers, which have digits before the 0
MOBILE = re.compile(
    r"(?<![\dA-Za-z/])(?<!\d[.,-])(?:(?:\+|00)44[\s.-]?(?:\(0\)|0)?|\(?[0oO])[\s.-]?7[\s.-]?[1-9](?:\)?[\s.-]?\d){8}"
    r"(?!\.?\d|/\d)"
)
ORDERED = re.compile(
    r"\b(?:po|purchase order|order|req(?:uisition)?(?: r)?|inv(?:oice)?|valve|batch|cheque)\W{0,3}(?:(?:no"
    r"|ref)\W{0,3})?\Z",
    re.IGNORECASE,
)
"""Words before the number of a purchase, which may look like that of a telephone."""
MOBILE_WITHOUT_ZERO = re.compile(
    r"\b(?:phone|mob(?:ile)?|tel|call|text|ring|cell|whatsapp)\b(?: no| number)?\W{0,3}(7[1-9]\d{8})(?!\d)",
    re.IGNORECASE,
)


def mobile_phone(text: str, column: ScreenedColumn) -> str:
    """Find a UK mobile number, where contact details are not expected."""
    if column.has_contacts:
        return ""
    for hit in MOBILE.finditer(text):
        is_reference = column.is_reference and hit.group().isdigit()
        if not (is_reference or ORDERED.search(text[: hit.start()])):
            return hit.group()
    return next((m.group(1) for m in MOBILE_WITHOUT_ZERO.finditer(text)), "")


TELEPHONES = re.compile(
    r"(?:(?<![\dA-Za-z/.,-])|(?<=[A-Za-z][.:])(?=\+|0))(?:\+|00)?\(?\d[\d\s().-]{7,17}\d(?![\d/]|[.,]\d)"
)
NO_PERSON = ("080", "0808", "084", "087", "03", "09", "116", "118")
PHONE_WORD = re.compile(
    r"\b(?:tel|telephone|phone|call(?:ed)?|ring|rang|contact|home|landline|number|ext|mob(?:ile)?)\b", re.IGNORECASE
)
REFERENCE_WORD = re.compile(
    r"\b(?:ref|inv|invoice|order|po|acc(?:ount)?|a/?c|job|no|code"
    r"|id)\W{0,3}\Z",
    re.IGNORECASE,
)
HOME_PHONE = re.compile(r"\b(?:home|house)\s?(?:tel|phone|no|number)?\W{0,3}\d{4}[ -]\d{4}(?!\d)", re.IGNORECASE)
"""A number of a home without the code of London."""
FOR_FICTION = ("01632960", "441632960")
"""Numbers that belong to nobody, which people write who do not want to write their own."""

OF_AN_OFFICE = re.compile(
    r"\b(?:switchboard|reception|offices?|depot|cent(?:re|er)|school|library|(?:help|hot|care) ?line|minicom"
    r"|textphone|fax|enquir\w+|registry|press|duty|desk|hub|alarm|diverts?|ivr|voicemail|large print|livery|theatre"
    r"|museum|clinic|surgery|hospital|station|college|university|hotel|ltd|embassy|consulate|bookings?|shopmobility"
    r"|cemetery|crematorium|report \w+ (?:on|to)|(?:red ?care|repairs?|rates|out of hours|ooh|main|public|advice"
    r"|support|report(?:ing)?|lift) (?:line|number|tel)|(?<!land)(?<!land )(?<!home )lines?)\b",
    re.IGNORECASE,
)
ROUND = re.compile(r"\b0(?:20[ -]?)?[\d ()-]{6,12}000\b")
"""So switchboards are numbered."""
OF_SOMEBODY = re.compile(
    r"\b(?:home|house|tenants?|residents?|customer(?! (?:serv|care|contact))|mrs?|ms|miss|daughter|son|mum|mother"
    r"|dad|father|sister|brother|wife|husband|partner|nok|next of kin|lady|gent|carer|leaseholder|applicant"
    r"|complainant|owner|executor|deceased|s?he|her|his|him|patient|client|careline (?:unit|pendant|re-?prog\w*"
    r"|install\w*|alarm|removed)|neighbour|objector|landlord|churchwarden|housebound)\b",
    re.IGNORECASE,
)


def landline(text: str, column: ScreenedColumn) -> str:
    """Find a telephone number of this or another country, where contact details are not expected.

    That of an office is none, unless the text speaks of somebody.
    """
    if column.has_contacts or column.is_reference:
        return ""
    is_of_an_office = bool(OF_AN_OFFICE.search(text) or ROUND.search(text)) and not OF_SOMEBODY.search(text)
    # a column of other things than text has numbers of all kinds
    is_bare = not re.search(r"[A-Za-z]{2}", text) and column.nature not in ("", "free-text")
    for hit in TELEPHONES.finditer(text):
        found, before = hit.group(), text[: hit.start()]
        is_meant = _is_from_abroad(found) or (
            not (is_of_an_office or is_bare) and _is_written_as_telephone(found, before, text)
        )
        if is_meant and _can_be_dialled(found, text):
            return found
    return "" if is_of_an_office else first_part(HOME_PHONE, text)


DECIMAL = re.compile(r"\d\.\d{5}")


def _is_from_abroad(found: str) -> bool:
    return not DECIMAL.search(found) and bool(re.match(r"\(?(?:\+|00)[ (]?(?!44|4 4)[1-9]", found))


def _is_written_as_telephone(found: str, before: str, text: str) -> bool:
    """Return whether digits are meant to be called: in a row and without a word for it they could be any reference."""
    plain = re.sub(r"\D", "", found)
    # mobiles have a rule of their own
    if plain.startswith((*NO_PERSON, "07", "447")):
        return False
    if plain.startswith("44"):
        return True
    is_of_london = len(plain) == 11 and plain.startswith("020") and not REFERENCE_WORD.search(before)
    return plain.startswith("0") and (found != plain or is_of_london or bool(PHONE_WORD.search(text)))


def _can_be_dialled(found: str, text: str) -> bool:
    """Return whether there can be such a number; of one from abroad that looks so, only the length is asked."""
    import phonenumbers

    plain, number = re.sub(r"\D", "", found), found.lstrip("(")
    try:
        parsed = phonenumbers.parse(number if number.startswith(("+", "0")) else f"+{plain}", "GB")
    except phonenumbers.NumberParseException:
        return False
    is_grouped = bool(re.search(r"\d[ .()-]+\d", found)) or bool(PHONE_WORD.search(text))
    is_likely = _is_from_abroad(found) and is_grouped and phonenumbers.is_possible_number(parsed)
    return phonenumbers.is_valid_number(parsed) or is_likely or plain.startswith(FOR_FICTION)


MOBILE_DIGITS = re.compile(r"(?<![\d.])(?:44)?7[1-9]\d{8}(?![\d.])")


def mobile_digits(text: str, column: ScreenedColumn) -> str:
    """Find a mobile number without its first 0, as numbers in a spreadsheet have it."""
    return "" if column.has_contacts else first_part(MOBILE_DIGITS, text)


IP4 = re.compile(r"(?<![\w.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\w.]\d|\d)")
IP6 = re.compile(
    r"(?<![\w:])(?:[0-9A-F]{1,4}:){2,7}(?::?[0-9A-F]{1,4}){1,6}(?![\w:])|(?<![\w:])[0-9A-F]{1,4}::"
    r"(?:[0-9A-F]{1,4}:?){1,6}(?![\w:])|(?<![\w:])(?:[0-9A-F]{1,4}:){3,7}:(?![\w:])",
    re.IGNORECASE,
)
MAC = re.compile(
    r"(?<![\w:-])(?:[0-9A-F]{2}[:-]){5}[0-9A-F]{2}(?![\w-]|:[0-9A-F])"
    r"|(?<![\w.])(?:[0-9A-F]{4}\.){2}[0-9A-F]{4}(?![\w.])"
    r"|\bmac\b[^\n\d]{0,12}?(?:[0-9A-F]{2} ){5}[0-9A-F]{2}(?!\w)",
    re.IGNORECASE,
)
MAC_PLAIN = re.compile(r"(?<!\w)(?=\w*\d\w*\d)(?=\w*[A-Fa-f]\w*[A-Fa-f])(?:[0-9A-F]{12}|[0-9a-f]{12})(?!\w)")
OF_A_DEVICE = re.compile(
    r"\b(?:mac|hub|router|device|sensor|telecare|wi-?fi|phones?|laptop|tablet|bluetooth|beacon|doorbell|watch"
    r"|tracker|camera|printer|meter|chromebook|captured|logged)\b",
    re.IGNORECASE,
)
NETWORK = re.compile(r"\bip\b|ipv?4|address|host|server|log(?:in|ged)|device|network|wifi|user", re.IGNORECASE)
OF_A_MACHINE = re.compile(
    r"\b(?:firewall|vlan|subnet|dns|gateway|ntp|load balancer|server|rack|cluster|switch|trial|test|lab"
    r"|decommission\w*|access point|wireless ap|range|documentation|example)\b|\d/\d\d?\b",
    re.IGNORECASE,
)
OF_A_USER = re.compile(
    r"\b(?:users?|log(?:in|ged)|residents?|tenants?|petition\w*|survey|consult\w*|vot\w+|officers?|staff|employees?"
    r"|pupils?|portal|compla\w+|abus\w+|threat\w*|anon\w*|visitors?|tablet|phones?|laptop|i?pad|home\w*|client|cllr"
    r"|councillor|customer|flat)\b",
    re.IGNORECASE,
)
OF_NOBODY = ("255.", "0.", "127.")
"""Masks of a network, any address, and a machine's own."""
EDITION = re.compile(
    r"\b(?:v|ver|version|release|build|firmware|section|clause|para(?:graph)?|chapter|software|policy|item"
    r"|update|patch)\W{0,3}\Z",
    re.IGNORECASE,
)


def network_address(text: str, column: ScreenedColumn) -> str:
    """Find the address of somebody's machine on a network.

    One of the council's own machines is none, nor is the number of a version or a paragraph.
    """
    import ipaddress

    if OF_A_MACHINE.search(text) and not OF_A_USER.search(text):
        return ""
    if found := first_part(MAC, text) or (OF_A_DEVICE.search(text) and first_part(MAC_PLAIN, text)):
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
        if hit.group().startswith(OF_NOBODY):
            continue
        if is_named and not EDITION.search(text[: hit.start()]):
            return hit.group()
    return ""


PLATFORM = (
    r"(?:facebook|fb|instagram|insta|ig|twitter|tiktok|snap(?:chat)?|telegram|whatsapp|linkedin|skype|threads"
    r"|mastodon|bluesky|discord|reddit|nextdoor)"
)
PROFILE = re.compile(
    r"(?:linkedin\W{1,3}in/|linkedin\.com/(?:in|pub)/|facebook\.com/(?!pages|groups|events)|fb\.com/|instagram\.com/"
    r"|twitter\.com/|\bx\.com/|tiktok\.com/@|threads\.net/@|snapchat\.com/add/"
    r"|wa\.me/|t\.me/|github\.com/|youtube\.com/@|bsky\.app/profile/)[\w.%+-]{3,}"
    r"|\b(?:facebook|instagram|insta|twitter|tiktok|snapchat|telegram|whatsapp|linkedin|skype|handle)(?: "
    r"(?:profile|account|user(?:name)?|handle|name|id))?\s?[:@-]{1,2}\s?@?[A-Za-z][\w.]{2,}"
    rf"|\b{PLATFORM}\b[^\n@]{{0,24}} @?(?=\w*[\d_])[A-Za-z][\w.]{{3,29}}"
    rf"|\b{PLATFORM}\b[^\n@]{{0,24}}@[A-Za-z][\w.]{{2,29}}"
    r"|\b(?:behance\.net|vimeo\.com|soundcloud\.com|flickr\.com/(?:people|photos)|linktr\.ee|strava\.com/athletes"
    r"|pinterest\.(?:com|co\.uk)|medium\.com/@?|reddit\.com/u(?:ser)?)/?[\w.%+-]{3,}"
    r"|\b[\w-]+\.(?:co\.uk|com|net|org|app|me|social)/(?:profile|users?|members?|people|u)/[\w/.-]{3,}",
    re.IGNORECASE,
)
IN_PROFILES = tuple(
    """facebook fb insta ig twitter tiktok snap telegram whatsapp linkedin skype threads mastodon bluesky discord reddit
    nextdoor handle x.com/ wa.me/ t.me/ github.com/ youtube.com/ bsky.app/ behance.net vimeo.com soundcloud.com
    flickr.com linktr.ee strava.com pinterest. medium.com /profile/ /user /member /people/ /u/""".split()  # noqa: SIM905
)
"""In small letters, one of these is in whatever `PROFILE` finds: they are looked for much faster."""
HANDLE = re.compile(
    r"(?:\A|(?<=[:(,] )|(?<=[:(,]))@[A-Za-z][A-Za-z0-9_.]{3,29}(?![\w@(])"
    r"|(?<=\s)@(?=\w*[\d_])[A-Za-z][A-Za-z0-9_.]{3,29}(?![\w@(])",
    re.IGNORECASE,
)
HASH_DIGITS = ("{32}", "{40}", "{56}", "{64}", "{96}", "{128}")
"""Hexadecimal digits of the usual hashes: MD5, SHA-1, SHA-224 to SHA-512."""
HASH = re.compile(r"(?<![\w-])(?:0x)?(?:" + "|".join(f"[0-9a-f]{n}|[0-9A-F]{n}" for n in HASH_DIGITS) + r")(?![\w-])")
OF_SOFTWARE = re.compile(
    r"\b(?:commit|git\w*|build|checksum|firmware|release|file hash|docker"
    r"|image)\b",
    re.IGNORECASE,
)
HASH_NAMED = re.compile(
    r"(?<![a-z])(?:hash\w*|md5|sha-?\d*|e-?mail|usr|user|person|passenger|client|subject|pseudonym\w*"
    r"|token)(?![a-z])[^\n]{0,24}?(?<!\w)"
    r"(?=\w*\d\w*\d)(?=\w*[a-f])([0-9a-f]{10,128})(?!\w)",
    re.IGNORECASE,
)
HASH_BASE64 = re.compile(
    # its length first, so that a long text without spaces is not looked through from each of its signs
    r"(?<![\w+/])(?=[\w+/]{43}=(?![\w=]))(?=\S{0,42}\d)(?=\S{0,42}[a-z])(?=\S{0,42}[A-Z])[\w+/]{43}="
)
"""A SHA-256 in Base64."""


HANDLE_OF_A_BODY = re.compile(
    r"@lb[a-z]+|[@/]\w*(?:council|museum|librar|leisure|borough|theatre|gallery|school|police|trust|gov|charity"
    r"|festival|club)\w*",
    re.IGNORECASE,
)


ONE_WORD = re.compile(r"\w+")
"""A text without anything that an address, a handle, a named hash or one in Base64 has."""


def profile(text: str, column: ScreenedColumn) -> str:
    """Find the address of a person's page, a handle, or a hash that stands for a person."""
    if column.has_contacts:
        return ""
    # a column of hexadecimal digits is caught in every row, and the expressions try a hundred words at each digit
    if ONE_WORD.fullmatch(text):
        return "" if column.is_reference else first_part(HASH, text)
    text = HANDLE_OF_A_BODY.sub("", text)
    plain = text.lower()
    return (
        (first_part(PROFILE, text) if any(word in plain for word in IN_PROFILES) else "")
        or first_part(HANDLE, text)
        or first_part(HASH_NAMED, text)
        or first_part(HASH_BASE64, text)
        or ("" if column.is_reference or OF_SOFTWARE.search(text) else first_part(HASH, text))
    )
