"""Who somebody is and where they live: names, births, homes, and what was meant to be hidden."""

from __future__ import annotations

import re

from quality.disclosure.detectors.pattern import ScreenedColumn, first_part
from quality.disclosure.names.person_like import CERTAIN, LIKELY, name_strength, names_within

COMPANY = re.compile(r"\b(?:ltd|limited|llp|lp|plc|cic|inc|gmbh)\b", re.IGNORECASE)


# MS, MISS and DR in capitals also begin names of things (MS OFFICE, DR ADJUSTMENT), so they need an initial as well
TITLE = re.compile(
    r"\b(?:Mr|MR|Mrs|MRS|Mx)\b(?:\.\s*|\s+)[A-Z]"
    r"|(?:^|[,;:(/&]\s{0,3}|\b(?:and|to|from|by|for|of)\s{1,3})(?:Ms|Miss|Dr|Professor)\b(?:\.\s*|\s+)[A-Z](?:[a-z]|\.|\s)"
    r"|\b(?:MS|MISS|DR|PROFESSOR)\b(?:\.\s*|\s+)[A-Z]\.?(?:\s?[A-Z]\.?)?\s+[A-Z]{2,}"
)


def titled_name(text: str, column: ScreenedColumn) -> str:
    """Find a person's name after a title such as Mrs; not where the text names a company."""
    if column.has_contacts or COMPANY.search(text):
        return ""
    hit = TITLE.search(text)
    return text[hit.start() :].lstrip(" ,;:(/&") if hit else ""


LABEL = re.compile(r"\A[A-Za-z /]{2,20}:\s*")


def untitled_name(text: str, column: ScreenedColumn) -> str:
    """Find a person's name without a title: the whole text, or a part of a sentence where free text is normal.

    In columns of bodies and codes only a text that is nothing but a certain name.
    """
    if column.has_contacts or column.typed or column.nature in ("place", "fact", "count") or COMPANY.search(text):
        return ""
    # what follows a title has a rule of its own
    if TITLE.search(text):
        return ""
    if column.nature in ("organisation", "code"):
        return text if name_strength(text) >= CERTAIN and not is_capitals_only(text) else ""
    bare = LABEL.sub("", text)
    return bare if name_strength(bare) >= LIKELY else next(names_within(text), "")


def is_capitals_only(text: str) -> bool:
    """Return whether a text may be an abbreviation and a word, as codes are written."""
    return any(len(word) <= 2 for word in text.split())


DAY = (
    r"(?:\d{1,2}(?:st|nd|rd|th)?[\s./-]+(?:of )?(?:\d{1,2}|[A-Za-z]{3,9})[\s.,/-]+(?:\d{4}|\d{2})"
    r"|\d{4}-\d{2}-\d{2}|[A-Za-z]{3,9} \d{1,2}(?:st|nd|rd|th)?,? \d{4}|\d{8}|\d{6})(?!\d)"
)
BORN = re.compile(
    rf"\b(?:d\.?\s?o\.?\s?b\.?|date of birth|birth ?date|birth ?day|born(?: on)?|b\.)(?! in"
    rf" the)[^\n\d]{{0,18}}{DAY}|\bborn (?:in )?(?:[A-Za-z]{{3,9}} )?(?:19|20)\d\d\b"
    rf"|{DAY}\s*\(?(?:d\.?o\.?b\.?|date of birth)",
    re.IGNORECASE,
)
RANGE = r"(?!\s?(?:-|–|to|or|and)\s?(?:\d|over|under|above|below|up|older|younger)|\s?\+|\d|\s?plus\b|/\d)"
AGED = re.compile(
    rf"\b(?:aged|age)\b[ :=]{{1,3}}(?:\d{{1,2}}|1[01]\d){RANGE}(?! ?%)"
    rf"|(?<![\d–/-])(?<!over )(?<!under )(?<!to )(?<!least )(?<!and )\b(?:\d{{1,2}}|10\d)[ -]?"
    rf"(?:years?[ -]old|y/?o\b|yrs?[ -]old|year[ -]old|months?[ -]old|weeks?[ -]old)(?!s)"
    r"|\b(?:he|she|client|patient|tenant|who) (?:is|was|turned|turns|will be) (?:\d{2}|1[01]\d)\b(?! ?%| "
    r"(?:per|pounds|days|weeks|miles))",
    re.IGNORECASE,
)
OF_GROUPS = re.compile(
    r"\b(?:children|people|pupils|adults|residents|persons|students|young people|aged debt|over|under"
    r"|groups?|between|club|programme|range|band|upwards|scheme|building|system|tree|boiler|equipment"
    r"|vehicle|contract|roof|lift|book|car|van|grants?|fel|fund(?:ed|ing)|nursery|offers?|places"
    r"|entitlements?|provision|only|early years)\b",
    re.IGNORECASE,
)


def birth(text: str, column: ScreenedColumn) -> str:  # noqa: ARG001 - the signature of every pattern
    """Find a date of birth, or the age of one person; not that of a group."""
    found = first_part(BORN, text)
    return found or ("" if OF_GROUPS.search(text) else first_part(AGED, text))


POSTCODE = r"(?:GIR ?0AA|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2})"
STREET = (
    r"(?:road|rd|street|st|avenue|ave|av|lane|ln|close|cl|drive|dr|court|ct|gardens?|gdns|square|sq|place"
    r"|pl|terrace|crescent|cres|way|grove|gr|hill|mews|park|walk|row|rise|view|green|house"
    r"|mansions?|estate|buildings|villas?|cottages?|parade|vale|path|gate|lodge|towers?|point|heights"
    r"|broadway|common|wharf|quay|circus|yard|fields?|meadows?|heath|end|chase|dene|croft|glade|passage"
    r"|approach|embankment|high)"
)
ADDRESS = re.compile(
    rf"(?<![\d/.-])(?:(?:flat|apartment|apt|room)\s*\w{{1,4}}\W{{1,3}})?\b\d{{1,4}}[A-Za-z]?"
    rf"(?:\s?[-/]\s?\d{{1,4}}[A-Za-z]?)?[,]?\s+"
    rf"(?:[A-Za-z][\w'’.-]*[,]?\s+){{0,5}}?{STREET}\b[^\n]{{0,60}}?\b{POSTCODE}\b"
    rf"|(?<![\d/.-])\b\d{{1,4}}[A-Za-z]?[,]?\s+(?:[A-Z][\w'’.-]*[,]?\s+){{1,6}}{POSTCODE}\b"
    rf"|\b\d{{1,4}}[A-Za-z]?[ ,;/|-]{{1,3}}{POSTCODE}\b|\b{POSTCODE}[ ,;/|-]{{1,3}}(?:no\.? ?|number |flat "
    rf"|house )?\d{{1,4}}[A-Za-z]?(?![\d/.-])"
    rf"|\b(?:flat|apartment|apt|room|bedsit)(?:\s+\w{{1,4}}|\d\w{{0,3}})[,]?\s+[^\n]{{0,50}}?(?:\b{POSTCODE}\b"
    rf"|\b\d{{1,4}}[A-Za-z]?\s+(?:[A-Za-z'’.-]+\s+){{1,4}}{STREET}\b)"
    rf"|\b(?:lives?|living|resid(?:es|ing|ence)|home address|housed|address of (?:the )?(?:client|tenant"
    rf"|patient|carer))\b[^\n\d]{{0,20}}\b\d{{1,4}}[A-Za-z]?\s+(?:[A-Za-z'’.-]+\s+){{1,4}}{STREET}\b",
    re.IGNORECASE,
)
PREMISES = re.compile(
    r"\b(?:unit|suite|floor|depot|office|offices|warehouse|school|centre|library|hall|clinic|shop|c/o"
    r"|industrial|business|surgery"
    rf"|hospital|church|nursery|station|town|po box|college)\b(?! {STREET}\b)",
    re.IGNORECASE,
)


def home_address(text: str, column: ScreenedColumn) -> str:
    """Find the full address of a home: the number of a house and a postcode; not where the text names premises."""
    is_place = column.nature in ("place", "organisation", "code", "fact", "count")
    if is_place or column.has_contacts or PREMISES.search(text) or COMPANY.search(text):
        return ""
    return first_part(ADDRESS, text)


PAIR = re.compile(
    r"(?<![\d.])5[0-9]\.\d{4,}\W{0,3}[NS]?[^\w\d]{1,4}\s?(?:lo?ng?(?:itude)?\W{0,3})?[-−–]?\d\.\d{4,}"
    r"(?:\W?[EW]\b)?|(?<![\d.])-?0\.\d{4,}\W{1,4}\s?5[0-9]\.\d{4,}",
    re.IGNORECASE,
)
GRID = re.compile(r"\b[A-HJ-Z]{2} ?\d{4,5} ?\d{4,5}\b|\b5[0-9]{5}[ ,]{1,3}1[5-9]\d{4}\b")
HOME = re.compile(
    r"\b(?:home|lives?|living|resid\w+|client|tenant|carer|patient|victim|address|house|door|family|pupil"
    r"|refuge|placement|visit(?:ed)?|her|his|mr|mrs|ms|miss|pick(?:ed)?[- ]?up|collect(?:ed)?|found"
    r"|seen)\b",
    re.IGNORECASE,
)


OF_A_PLACE = re.compile(
    r"\b(?:geo\w*|coordinates?|lat(?:itude)?|lo?ng(?:itude)?|location|point|centroid|map|grid|site)\b"
)
"""Headings of columns that say where things are."""
EXACT = re.compile(r"\.\d{5,}.*\.\d{5,}")


def home_location(text: str, column: ScreenedColumn) -> str:
    """Find coordinates that are exact enough for one home, where no places are described."""
    if not column.is_open or column.has_contacts:
        return ""
    is_of_a_home = HOME.search(f"{text} {column.words}")
    found = first_part(PAIR, text)
    if found and is_of_a_home:
        return found
    if found and column.nature != "payee" and (column.nature or not OF_A_PLACE.search(column.words)):
        return found if column.nature or EXACT.search(found) else ""
    return first_part(GRID, text) if is_of_a_home else ""


NOT_FOR_ALL = re.compile(
    r"\b(?:do not|don'?t|not (?:to be|for|be)|never|must not be) (?:publish(?:ed)?|publication|release[d]?"
    r"|disclos(?:e|ed|ure)|share[d]?|circulat\w+|show)\b|\b(?:remove|delete|redact|hide|strip|take out"
    r"|mask|anonymi[sz]e)\w*(?: (?:this|name|row|line|before|it|details|them))* (?:before|prior to) "
    r"(?:publi\w+|release|upload\w*|sharing|sending)"
    r"|\b(?:name|details|identity) (?:to be )?(?:removed|withheld|redacted|hidden|suppressed)\b|\b"
    r"(?:strictly|private (?:and|&)) confidential\b|\bconfidential[ :–-]+\S|\b(?:internal use|officers?)"
    r" only\b|\bto be (?:redacted|removed|anonymi[sz]ed)\b|\bneeds? redact\w+|\bredact(?: me| this|"
    r" name| please)?\s*[:(–-]\s*\w+|\bpersonal data[ :–-]+(?!redacted|removed)[A-Z]\w+",
    re.IGNORECASE,
)
BLOCKED_OUT = re.compile(r"[█■▇▓▒]{2,}|\bX{4,}\b|\*{4,}")
REDACTED = re.compile(r"redact\w*|withheld|removed|anonymi[sz]ed|suppressed", re.IGNORECASE)


def failed_redaction(text: str, column: ScreenedColumn) -> str:
    """Find what somebody wanted to hide and did not: a note that says so, or a name beside its redaction."""
    found = first_part(NOT_FOR_ALL, text)
    rest = REDACTED.sub(" ", text) if REDACTED.search(text) else ""
    if rest and rest.strip() and (name := next(names_within(f"for {rest}"), "")):
        return name if name in text else found
    words = set(re.findall(r"[a-z]{3,}", rest.lower()))
    if found:
        return found if not (REDACTED.search(found) and words <= WORDS_OF_REDACTION) else ""
    blocked = first_part(BLOCKED_OUT, text)
    beside = re.findall(r"[A-Za-z]{2,}", BLOCKED_OUT.sub(" ", text))
    return (
        blocked
        if len(beside) > 0 and ("█" in blocked or "▇" in blocked or "▓" in blocked or "■" in blocked) and column.is_open
        else ""
    )


WORDS_OF_REDACTION = frozenset(
    """name names personal data information info commercial confidentiality confidential details identity supplier
    payee payment individual private person sensitive under gdpr foi section and the for reasons client vendor third
    party""".split()  # noqa: SIM905 - a list of words reads best as words
)
