"""Where people live: addresses of homes, with and without a postcode, and coordinates of homes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from quality.disclosure.detectors.pattern import ScreenedColumn, first_part
from quality.disclosure.names.known_names import name_words
from quality.disclosure.words.vocabulary import Expression, phrases

_said = partial(phrases, "homes")

COMPANY = re.compile(r"\b(?:ltd|limited|llp|lp|plc|cic|inc|gmbh)\b", re.IGNORECASE)

# --- words of addresses -----------------------------------------------------------------------------------------------

POSTCODE = r"(?:GIR ?0AA|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2})"
DISTRICT = r"(?:BR|CR|DA|EC?|EN|HA|IG|KT|NW?|RM|SE|SM|SW|TN|TW|UB|WC?)\d{1,2}[A-Z]?"
"""The first half of a postcode of London."""

SURE = (
    "road|rd|street|str|avenue|ave|lanes?|ln|crescent|cresc?|terrace|terr|tce|mews|gdns|grove|cottages?|mansions?|hse"
    "|villas?"
)
"""Kinds of streets and houses that are hardly anything else."""
UNSURE = (
    "st|av|close|cl|drive|dr|court|ct|crt|gardens?|sq|square|place|pl|way|gr|hill|pk|park|walk|wk|row|rise|view|green"
    "|house|towers?|points?|heights|hts|lodge|estate|est|buildings|bldgs?|parade|pde|vale|path|passage|gate|broadway"
    "|common|wharf|quay|circus|yard|fields?|meadows?|heath|end|chase|dene|croft|glade|approach|embankment|high|block"
    "|reach|ridge|copse|orchard|oval|drove|quarter|mount|bungalows?|maisonettes?|almshouses"
)
"""Kinds of streets and houses that are everyday words, or abbreviations of something else."""
STREET = rf"(?:{SURE}|{UNSURE})"
KINDS_OF_HOMES = (
    r"(?:flats?|flt|apartment|apt|appt|maisonette|mais|bedsit|bed-sit|studio(?: flat)?|room|rm|penthouse|fl|basement)"
)

# --- with a postcode --------------------------------------------------------------------------------------------------

_NUMBER = r"\b\d{1,4}[A-Za-z]?"
_OF_A_POSTCODE = r"(?:(?:in|at|pc|p/c|post ?code|address)\b\W{0,3})?"
WITH_POSTCODE = re.compile(
    rf"(?<![\d/.-])(?:(?:flat|apartment|apt|room)\s*\w{{1,4}}\W{{1,3}})?{_NUMBER}"
    rf"(?:\s?[-/]\s?\d{{1,4}}[A-Za-z]?)?[,]?\s+"
    rf"(?:[A-Za-z][\w'’.-]*[,]?\s+){{0,5}}?{STREET}\b[^\n]{{0,60}}?\b{POSTCODE}\b"
    rf"|(?<![\d/.-]){_NUMBER}[,]?\s+(?:[A-Z][\w'’.-]*[,]?\s+){{1,6}}{POSTCODE}\b"
    rf"|{KINDS_OF_HOMES}(?:\s+\w{{1,4}}|\d\w{{0,3}})[,]?\s+[^\n]{{0,50}}?\b{POSTCODE}\b",
    re.IGNORECASE,
)
NUMBER_AND_POSTCODE = re.compile(
    rf"{_NUMBER}[\s,;:/|(–-]{{1,4}}{_OF_A_POSTCODE}{POSTCODE}\b"
    rf"|\b{POSTCODE}[\s,;:/|()–-]{{1,4}}(?:(?:no|number|num|nr|house|hse|flat|door|at)\b\W{{0,3}}|#\s?){{0,2}}"
    r"\d{1,4}[A-Za-z]?(?![\d/.-]|\w)",
    re.IGNORECASE,
)

ANY_POSTCODE = re.compile(POSTCODE, re.IGNORECASE)

# --- without a postcode -----------------------------------------------------------------------------------------------

_WORD = r"[^\W\d_][\w'’.-]*"
NUMBERED_STREET = re.compile(
    r"(?:(?<![\w£$€/+-])|(?<=[ \n]\d/)|(?<=^\d/))(?<!\d[.:])(?P<number>\d{1,3}"
    r"|1[0-5]\d\d)(?P<letter>[a-h]?)(?:\s?[-/&]\s?(?P<last>\d{1,4})[a-z]?)?,?\s+"
    rf"(?P<name>(?:{_WORD},?\s+){{1,4}}?)(?P<kind>{STREET})\b(?!\s{STREET}\b)\.?(?P<after>[^\n]{{0,30}})",
    re.IGNORECASE,
)
NUMBERED_IN_DISTRICT = re.compile(
    rf"(?<![\w£$€/+-])(?<!\d[.:])(?P<number>\d{{1,3}})(?P<letter>[A-Ha-h]?),?\s+"
    rf"(?P<name>(?:[A-Z][\w'’.-]*,?\s+){{1,3}})(?P<district>{DISTRICT})\b"
)
"""A number and a name before the district, where the name says no kind of street: `118 Foxley Vale SE27`."""
FLAT = re.compile(
    rf"\b(?:{KINDS_OF_HOMES}\.?[\s,]*(?:(?:no|number|num)\b\.?\s*|#\s?)?(?:\d{{1,4}}[a-z]?|[a-z])"
    rf"(?:\s?(?:&|and|-|/)\s?\d{{1,4}}[a-z]?)?|f\d{{1,3}}[a-z]?)[\s,/–-]+"
    rf"(?P<name>(?:{_WORD},?\s+){{1,3}}?)(?P<kind>{STREET}|building|tenements?)\b",
    re.IGNORECASE,
)
FLAT_OF_A_NAME = re.compile(
    rf"\b(?i:{KINDS_OF_HOMES})\.?[\s,]*(?i:(?:no|number)\b\.?\s*)?\d{{1,4}}[A-Za-z]?[\s,/–-]+"
    r"(?P<name>(?:The )?[A-Z][\w'’-]{2,}(?: [A-Z][\w'’-]{2,})?)"
)
"""A flat and the bare name of its block: `Flat 9, Trelawney`."""
RUN_TOGETHER = re.compile(r"(?i:\b(?:flat|flt|apt)\.?)\s?\d{1,4}[A-Za-z]?(?:[A-Z][a-z'’]+)+(?<=[a-z])\b")
FLOOR_AND_STREET = re.compile(
    rf"\b(?i:{KINDS_OF_HOMES})\b[^\n]{{0,20}}?\d{{1,4}}[A-Za-z]?,?\s+(?P<name>(?:{_WORD}\s+){{1,4}}?)"
    rf"(?i:{STREET})\b"
)
LIVES_AT = re.compile(
    r"\b(?:lives?|living|resid(?:es|ing|ence)|home address|housed|address of (?:the )?(?:client|tenant|patient"
    r"|carer))\b"
    rf"[^\n\d]{{0,20}}{_NUMBER}\s+(?:[A-Za-z'’.-]+\s+){{1,4}}{STREET}\b",
    re.IGNORECASE,
)

THINGS = frozenset(
    """a am pm an and as at bed beds bedroom bedrooms box boxes by cm column columns copies copy cycle daily day days
    dwelling dwellings each ea for from ft gallon garages gullies homes hour hours hr hrs houses in inch item items
    kg km kw lamp lamps litre litres lots m metre metres mile miles min mins minute minutes mm month months monthly
    mtr mtrs nd new night nights no nos nr of off on or pack packs pairs per person pcs person places plots
    properties pupils sessions sets sheets signs sq storey storeys staff tonne tonnes to tons trees units visits
    volt watt week weekly weeks with x yd yds year years yearly yr yrs th reams rolls bags cases children adults
    people sites schools parks benches bins bays posts bollards planters pieces hectare hectares acre acres lights
    lanterns doors windows gates keys phones laptops licences licenses seats tickets vehicles vans cars buses trips
    instalments payments invoices qtr wk wks period phase stage lot lane lanes traffic way ways yard yards mph zone
    rivers grade listed""".split()  # noqa: SIM905 - a list of words reads best as words
)
"""Words after a number that say what is counted, so that no name of a street begins there."""

MONTHS = frozenset(
    """january february march april may june july august september october november december jan feb mar apr jun jul aug
    sep sept oct nov dec""".split()  # noqa: SIM905
)
PART_OF_A_THING = Expression(rf"\b(?:{_said('part-of-a-thing')})[\s.:#]*\Z")

NO_STREETS = Expression(rf"\b(?:{_said('no-street')})\Z")
NO_STREETS_AFTER = Expression(rf"\A[\s-]*(?:{_said('after-a-street')})\b")

# --- what is no home --------------------------------------------------------------------------------------------------

_PREMISES = _said("premises")
PREMISES = re.compile(rf"(?<![\w'’])(?:{_PREMISES})(?!\w)(?! {STREET}\b)", re.IGNORECASE)
BESIDE_PREMISES = re.compile(
    r"\b(?:opp(?:osite)?|near(?:est)?|nr|next (?:door )?to|behind|above|over|beside|(?:noise|smells?|music|smoke"
    r"|rats) from|drop(?:ping|ped)?[ -]?off(?: at)?|pick(?:ed)?[ -]?up from)\.?,? (?:the |a |an |his |her )?"
    rf"(?:[\w'’.-]+ ){{0,3}}?(?:{_PREMISES})\b|\b(?:school|hospital|clinic|college|nursery|church|shop|day centre)"
    r" (?:run|transport|taxi|bus|escort|minibus|trip|uniforms?|meals?|place|fees|refusal|phobi\w+|discharge)\b"
    r"|\b(?:to|from|at) (?:hospital|school|college|nursery|clinic)\b|\bhospital (?:bed|disch\w*|release)\b",
    re.IGNORECASE,
)
"""Premises that stand near a home, or that somebody is taken to."""

STREET_WORKS = Expression(rf"\b(?:{_said('street-works')})\b")
PLANNING = Expression(rf"\b(?:{_said('planning')})\b")
OF_SOMEBODY = Expression(rf"\b(?:{_said('somebody')})\b")


AT_A_HOME = Expression(rf"\b(?:{_said('at-a-home')})\b")


def home_address(text: str, column: ScreenedColumn) -> str:
    """Find the address of a home; not where the text names premises, a development, or works on a street.

    With a postcode in all columns that are open; a house or flat and its street where people write what they want.
    """
    is_place = column.nature in ("place", "organisation", "code", "fact", "count")
    if is_place or column.has_contacts or COMPANY.search(text):
        return ""
    is_of_somebody = bool(OF_SOMEBODY.search(text))
    # in a register that nobody described, streets are rather those of places
    is_told = column.nature in ("free-text", "person", "home", "sensitive") or (is_of_somebody and not column.nature)
    for start, found in _addresses(text, without_postcode=is_told):
        if is_of_somebody or not _is_no_home(text, start, start + len(found)):
            return found
    return ""


def _addresses(text: str, *, without_postcode: bool) -> Iterator[tuple[int, str]]:
    """Yield the first address of each form, and where it begins."""
    # where there is no postcode, the long expressions need not try
    forms = (WITH_POSTCODE, NUMBER_AND_POSTCODE, LIVES_AT) if ANY_POSTCODE.search(text) else (LIVES_AT,)
    for form in forms:
        if hit := form.search(text):
            yield hit.start(), hit.group()
    if (hit := FLOOR_AND_STREET.search(text)) and _may_be_a_name(hit["name"]):
        yield hit.start(), hit.group()
    if without_postcode:
        yield from _streets_and_flats(text)


def _streets_and_flats(text: str) -> Iterator[tuple[int, str]]:
    for hit in NUMBERED_STREET.finditer(text):
        if _is_street(text, hit):
            yield hit.start(), text[hit.start() : hit.end("kind")]
    for hit in NUMBERED_IN_DISTRICT.finditer(text):
        if _names_a_street(hit["name"]) and not PART_OF_A_THING.search(text[: hit.start()]):
            yield hit.start(), hit.group()
    for hit in FLAT.finditer(text):
        if _may_be_a_name(hit["name"]):
            yield hit.start(), hit.group()
    for hit in FLAT_OF_A_NAME.finditer(text):
        if _names_a_street(hit["name"]):
            yield hit.start(), hit.group()
    for hit in RUN_TOGETHER.finditer(text):
        yield hit.start(), hit.group()


def _is_street(text: str, hit: re.Match[str]) -> bool:
    """Return whether a number, some words and a kind of street are an address."""
    name, kind, after = hit["name"], hit["kind"], hit["after"]
    if hit["last"] and int(hit["last"]) > int(hit["number"]) + 4:
        # a whole row of houses
        return False
    if not _may_be_a_name(name) or PART_OF_A_THING.search(text[: hit.start()]):
        return False
    if NO_STREETS.search(f"{name} {kind}".replace("  ", " ")) or NO_STREETS_AFTER.search(after):
        return False
    if re.fullmatch(SURE, kind, re.IGNORECASE):
        return True
    is_capital = all(word[:1].isupper() for word in (*name.split()[:1], kind))
    is_ended = not re.match(r"\.?\s*\w", after) or re.match(rf"\s+{DISTRICT}\b", after, re.IGNORECASE)
    return bool(is_capital or is_ended or OF_SOMEBODY.search(text) or AT_A_HOME.search(text))


def _may_be_a_name(name: str) -> bool:
    """Return whether some words may be the name of a street: none of them says what is counted."""
    words = re.findall(r"[^\W\d_]+", name.lower())
    if words and words[0] == "the":
        words = words[1:] or ["the"]
    return bool(words) and THINGS.isdisjoint(words) and words[0] not in MONTHS


def _names_a_street(name: str) -> bool:
    """Return whether some words are a name although no kind of street is said: none is an everyday word."""
    words = re.findall(r"[^\W\d_]+", name.lower())
    known = name_words()
    plain = [w for w in words if w in known.language and w not in known.place and w not in known.street]
    return bool(words) and _may_be_a_name(name) and (not plain or words[0] == "the")


def _is_no_home(text: str, start: int, end: int) -> bool:
    """Return whether what stands around an address says that nobody lives there."""
    before = BESIDE_PREMISES.sub(" ", text[:start])
    after = BESIDE_PREMISES.sub(" - - - - - ", text[end:])
    near = " ".join(re.sub(r"(?i)\bto\b.*", "", after).split()[:6])
    premises = PREMISES.search(before) or PREMISES.search(near) or PREMISES.search(text[start:end])
    is_flat = re.search(rf"\b{KINDS_OF_HOMES}\b", text[:end], re.IGNORECASE)
    if premises and not (
        is_flat and premises.group().lower() in ("unit", "units", "service charge", "service charges")
    ):
        return True
    return bool(STREET_WORKS.search(text) or PLANNING.search(text))


# --- coordinates ------------------------------------------------------------------------------------------------------

PAIR = re.compile(
    r"(?<![\d.])5[0-9]\.\d{4,}\W{0,3}[NS]?[^\w\d]{1,4}\s?(?:lo?ng?(?:itude)?\W{0,3})?[-−–]?\d\.\d{4,}"
    r"(?:\W?[EW]\b)?|(?<![\d.])-?0\.\d{4,}\W{1,4}\s?5[0-9]\.\d{4,}",
    re.IGNORECASE,
)
LETTERED_PAIR = re.compile(
    r"\bN\s?5[01]\.\d{3,}\W{1,3}[EW]\s?-?\d\.\d{3,}"
    r"|5[01]\s?[°º]\s?\d{1,2}\s?['’′]\s?[\d.]{0,7}\W{0,4}N\W{0,4}0\s?[°º]"
    r"\s?\d{1,2}\s?['’′]\s?[\d.]{0,7}\W{0,4}[EW]|lat\w*\W{1,5}5[01]\.\d{3,}\D{1,16}[-−–]?\d\.\d{3,}",
    re.IGNORECASE,
)
GRID = re.compile(r"\b[A-HJ-Z]{2} ?\d{4,5} ?\d{4,5}\b|\b5[0-9]{5}[ ,/]{1,3}1[5-9]\d{4}\b")
THREE_WORDS = re.compile(r"///[a-z]{3,}\.[a-z]{3,}\.[a-z]{3,}\b")
"""Three words for a square of three metres."""
EASTING_NORTHING = re.compile(
    r"(?<!\d)5[0-6]\d{4}(?:\.\d+)?\W{0,3}m?E?\W{0,4}(?:n(?:orthings?)?|y|and|x)?\W{0,4}(?:1[5-9]|20)\d{4}(?!\d)",
    re.IGNORECASE,
)
HOME = re.compile(
    r"(?:\b|_)(?:home|lives?|living|resid\w+|client|tenant|carer|patient|victim|addr\w*|house|door|family|pupil"
    r"|refuge|placement|visit(?:ed)?|her|his|mr|mrs|ms|miss|pick(?:ed)?[- ]?up|collect(?:ed)?|found|seen|applicant"
    r"|dwelling|complainant|householder|foster|bungalow|flat|occupier|child|service user|su|neighbour|bedroom"
    r"|witness|objector|mum|dad|nan|lady|own|driveway|meals on wheels|carers?|care r(?:ou)?n?d|hm|tnts?|clt"
    r"|rough sleep\w*|tent|encampment|ring twice|elderly|missing|pendant|keysafe|wheelchair|tag|perp|suspect"
    r"|deceased|claimant)(?:\b|_)",
    re.IGNORECASE,
)
OF_A_THING = re.compile(
    r"\b(?:bins?|bench(?:es)?|bridge|boundary|marker|lamps?|columns?|trees?|gull(?:y|ies)|bollards?|signs?|cameras?"
    r"|gauge|manhole|playground|gate|hangar|borehole|machine|light|pole|post|tube|drain|pump|hydrant"
    r"|(?:multi)?(?:point|polygon|linestring)|centroid|extent|bank|crossing|junction|shelter|stop|planter|monitor"
    r"|sensor|defib\w*|toilet|station|park|site|fountain|statue|memorial|kiosk|pitch|pond|pier|weir|lock"
    r"|noticeboard|cabinet|tank|mast)\b",
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
    place = THREE_WORDS.sub(" ", text)
    if HOME.search(f"{place} {column.words}"):
        forms = (PAIR, LETTERED_PAIR, GRID, EASTING_NORTHING, THREE_WORDS)
        return next(filter(None, (first_part(form, text) for form in forms)), "")
    found = first_part(PAIR, text)
    if found and column.nature != "payee" and (column.nature or not OF_A_PLACE.search(column.words)):
        return found if EXACT.search(found) and not OF_A_THING.search(text) else ""
    return ""
