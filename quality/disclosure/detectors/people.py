"""Who somebody is: names, births and ages, and what was meant to be hidden."""

from __future__ import annotations

import re

from quality.disclosure.detectors.homes import COMPANY
from quality.disclosure.detectors.pattern import ScreenedColumn, first_part
from quality.disclosure.names.person_like import (
    CERTAIN,
    LIKELY,
    is_known_name,
    is_plain_name,
    is_single_name,
    name_strength,
    names_within,
)
from quality.disclosure.names.titles import begins_with_a_title, names_after_titles


def titled_name(text: str, column: ScreenedColumn) -> str:
    """Find a person's name after a title such as Mrs; not where the text names a company."""
    if column.has_contacts or COMPANY.search(text):
        return ""
    return next(names_after_titles(text, of_payees=column.nature == "payee"), "")


LABEL = re.compile(r"\A[A-Za-z /]{2,20}:\s*")


def untitled_name(text: str, column: ScreenedColumn) -> str:
    """Find a person's name without a title: the whole text, or a part of a sentence where free text is normal.

    In columns of bodies and codes only a text that is nothing but a certain name.
    """
    if column.has_contacts or column.typed or column.nature in ("place", "fact", "count") or COMPANY.search(text):
        return ""
    if column.nature in ("organisation", "code"):
        found = text if name_strength(text) >= CERTAIN and not is_capitals_only(text) else ""
    else:
        found = _untitled_name(text, column)
    # what follows a title has a rule of its own
    is_other = found and (begins_with_a_title(text) or any(names_after_titles(text)) or OF_PLANTS.search(text))
    return "" if is_other else found


def _untitled_name(text: str, column: ScreenedColumn) -> str:
    """Return the text without what stands before a colon, if that is a name, or the first name within it."""
    bare = LABEL.sub("", text)
    if name_strength(bare) >= LIKELY or (column.nature == "payee" and is_single_name(bare)):
        return bare
    found = names_within(text)
    return next((n for n in found if column.nature != "payee" or not _is_called_after(n, text)), "")


GOES_ON = re.compile(r"['’]s\b|\s+(?:&|[A-Z][\w'’-]+)")
OF_PLANTS = re.compile(
    r"\b(?:abies|acer|aesculus|allium|alnus|amelanchier|aster|astilbe|begonia|berberis|betula|buddleja|buxus|camellia|carpinus"
    r"|cedrus|ceanothus|chamaecyparis|choisya|clematis|cornus|corylus|cotoneaster|crataegus|crocus|cyclamen|dahlia|dianthus"
    r"|digitalis|echinacea|euonymus|fagus|fatsia|forsythia|fraxinus|fuchsia|geranium|ginkgo|hebe|hedera|heuchera|hosta"
    r"|hydrangea|ilex|juniperus|lavandula|ligustrum|liquidambar|lonicera|magnolia|mahonia|malus|narcissus|nepeta|penstemon"
    r"|philadelphus|phormium|photinia|picea|pinus|pittosporum|platanus|populus|prunus|pyracantha|pyrus|quercus|rhododendron"
    r"|ribes|robinia|rosmarinus|salix|salvia|sambucus|sedum|sorbus|spiraea|syringa|taxus|thuja|tilia|tulipa|ulmus|viburnum"
    r"|vinca|wisteria|cultivars?|bare ?root|saplings?|plugs)\b"
    r"|\A[A-Z][a-z]+ [a-z]{3,}(?:icata|oides|ensis|iana|ifolia|iflora|escens|ulata|ylla|onica|estris|inalis|alis)\b",
    re.IGNORECASE,
)
"""Plants, many of which are called after somebody."""


OF_ONE = re.compile(
    r"\s+(?:Rent|Refund|Payment|Fee|Direct|Builder|Decorat(?:or|ing)|Photograph(?:er|y)|(?:Driving )?Instructor|Plumber"
    r"|Gardener|Cleaner|Tutor|Teacher|Therapist|Counsellor|Interpreter|Translator|Musician|Artist|Consultant|Carpenter"
    r"|Electrician|Handyman|Childminder|Trainer|Coach|Designer|Writer|Editor|Facilitator|Performer|Barrister|Driver|Joiner"
    r"|Roofer|Chef|Caterer|DJ|Author|Dancer|Director|Poet|Speaker|Landlord|Landlady|Carer|Nanny|Sculptor|Illustrator)\b"
)
"""What one person does, after the name."""


def _is_called_after(name: str, payee: str) -> bool:
    """Return whether a payee goes on after a name: then it is a body that is called after somebody."""
    rest = payee[payee.index(name) + len(name) :]
    if name.endswith(("'s", "’s")) or rest.startswith(("'s", "’s")):
        return True
    # what was bought is written in capitals after a name that is not
    goes_on = GOES_ON.match(rest) and not OF_ONE.match(rest)
    return bool(goes_on) and (name.isupper() or not re.match(r"\s+[A-Z]{2,}\b", rest))


def is_capitals_only(text: str) -> bool:
    """Return whether a text may be an abbreviation and a word, as codes are written."""
    return any(len(word) <= 2 for word in text.split())


_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)[a-z]{0,6}"
DAY = (
    r"(?:\d{1,2}(?:st|nd|rd|th)?[\s./-]+(?:day )?(?:of )?(?:\d{1,2}|[A-Za-z]{3,9})[\s.,/-]+(?:of )?(?:\d{4}|['’]?\d{2})"
    rf"|\d{{1,2}}{_MONTH}\d{{2,4}}|\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}|[A-Za-z]{{3,9}}\.? \d{{1,2}}(?:st|nd|rd|th)?,?"
    r" ['’]?(?:\d{4}|\d{2})|\d{8}|\d{6})(?!\d)"
)
_BIRTH = r"(?:d\W{0,2}o\W{0,2}b(?![a-z])\.?|dates? of birth|birth ?dates?|birth ?days?|b['’]?day|birth dt|year of birth|yob)"
BORN = re.compile(
    rf"\b(?:{_BIRTH}|born(?: on)?|b[.:])(?! in the)[^\n\d]{{0,18}}{DAY}"
    rf"|\b(?:{_BIRTH}|born(?: in)?)\W{{0,3}}(?:is |was |of |in )?(?:{_MONTH}\.? )?(?:19|20)\d\d\b(?!\s?(?:-|–|/|to)\s?\d)"
    rf"|[(,;]\s?b\s{DAY}|{DAY}\W{{0,3}}(?:d\.?o\.?b\.?\b|date of birth|birth ?day)",
    re.IGNORECASE,
)
OF_A_YEAR_OF_BIRTHS = re.compile(r"\b(?:cohorts?|census|letters|children born|babies born|people born)\b", re.IGNORECASE)

_ONES = "one|two|three|four|five|six|seven|eight|nine"
_TEENS = "ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_IN_WORDS = rf"(?:(?:{_TENS})(?:[ -]?(?:{_ONES}))?|{_TEENS}|{_ONES})\b"
_YEARS = rf"(?:(?:\d{{1,2}}|1[01]\d)(?:\.\d|½)?|{_IN_WORDS})"
"""A number of years of life, in digits or words."""
SOMEBODY = (
    r"(?:male|female|man|woman|boy|girl|lady|gent(?:leman)?|gentlm|lad|mum|mam|mother|dad|father|son|daughter|dau|dtr|baby"
    r"|infant|toddler|child|teen(?:ager)?|youth|minor|client|tenant|resident|patient|pupil|student|yp|young (?:person|man"
    r"|woman|lad)|(?:svc|service) user|su|carer|nan|gran(?:ny|dad|dson|dma|dmother|dfather|ddaughter)?|widow(?:er)?"
    r"|pensioner|claimant|applicant|uasc|care leaver|brother|sister|sibling|twin|husband|wife|victim|witness"
    r"|driver|passenger|cyclist|pedestrian|casualty|neighbour|leaseholder|occupant|occupier|learner"
    r"|niece|nephew|cousin|uncle|aunt|foster child|asylum seeker|rough sleeper|complainant|deceased|he|she|who)"
)
_HIM_OR_HER = (
    r"(?:fe)?male|(?:wo)?man|boy|girl|lady|gent(?:leman)?|lad|mum|mother|dad|father|son|daughter|dau|dtr|nan"
    r"|gran(?:ny|dad|dson|dma|dmother|dfather|ddaughter)?|widow(?:er)?|pensioner|brother|sister|husband|wife|niece|nephew"
)
"""Words of one person only, after which a bare number is an age."""
RANGE = r"(?!\s?(?:-|–|to|or|and)\s?(?:\d|over|under|above|below|up|older|younger)|\s?\+|\d|\s?plus\b|/\d)"
_NO_AGE = r"(?! ?%|\.\d| ?(?:per|pounds|days?|weeks?|wks?|hours?|hrs?|miles|x|of|no|nights?|sessions?|visits?|items?|times)\b)"
AGED = re.compile(
    rf"\b(?:aged|age|ages)\b[ :=-]{{1,3}}(?:(?:about|approx\w*\.?|around|circa|c\.?) )?(?:{_YEARS}){RANGE}(?! ?%)"
    rf"|(?<![\d–/-])(?<!over )(?<!under )(?<!to )(?<!least )(?<!and )\b(?:\d{{1,2}}|10\d)(?:\.\d)?[ -]?"
    rf"(?:years?[ -]old|y/?o\b|y\.o\.|yoa\b|yrs?[ -]old|year[ -]old|months?[ -]old|mths?[ -]old|weeks?[ -]old|wks?[ -]old"
    rf"|(?:years?|yrs?) of age)(?!s)"
    rf"|\b{_IN_WORDS}[ -](?:years?|yrs?|months?|weeks?)[ -]old\b(?!s)",
    re.IGNORECASE,
)
AGE_OFSOMEBODY = re.compile(
    # boy, six; mum (29); tenant aged 84; lady is 91; care leaver just turned 21
    rf"\b{SOMEBODY}(?:\s?[,(–-]|\s?\()\s?{_YEARS}\s?(?:[,);&.–-](?!\d)|$|and\b|with\b)"
    rf"|\b{SOMEBODY}\W{{1,3}}(?:is |was )?(?:aged?|age of)\W{{1,3}}{_YEARS}{RANGE}"
    rf"|\b{SOMEBODY} (?:[a-z]+ )?(?:is|was|be|now|just|turn(?:s|ed|ing)|says|claims|nearly|almost|approaching)"
    rf"(?: (?:now|just|only|nearly|almost|turned|turning|he is|she is|to be|aged))*\W{{1,2}}(?:\d{{2}}|1[01]\d|{_IN_WORDS})"
    rf"\b{RANGE}{_NO_AGE}(?! (?:bed|beds|rooms?|children|kids)\b)"
    # elderly lady 93; boy of 12; she's 77; male 40s
    rf"|\b(?:{_HIM_OR_HER})(?:,? \d0['’]?s\b|,?(?: of| aged?)? (?:\d{{2}}|10\d|{_IN_WORDS})\b{RANGE}{_NO_AGE})"
    rf"|\b(?:boy|girl|son|daughter|dau|dtr) \d\b{RANGE}{_NO_AGE}|\b(?:he|she)['’]s \d{{2}}\b{RANGE}{_NO_AGE}"
    rf"|\b(?:Mr|Mrs|Ms|Miss) [A-Z][\w'’-]* \(\d{{2,3}}\)|\b(?:claims|says|alleges|believed) (?:he |she )?(?:to be|is) \d{{2}}\b"
    # baby, 6 weeks; two children aged 3 and 5
    rf"|\b(?:baby|infant|newborn|twins),? (?:at |aged? |now )?{_YEARS} ?(?:weeks?|wks?|months?|mths?|days)\b(?! (?:course|programme))"
    rf"|\b(?:(?:2|3|two|three|her|his|their) (?:children|kids|sons|daughters|boys|girls)|sibs|siblings|kids),? ?\(?(?:aged? )?"
    rf"(?:{_YEARS}, ?)*{_YEARS} ?(?:&|and) ?{_YEARS}\b(?!\s?(?:over|under|year|yr|up|x|of|[a-z]+s\b))"
    # svc user 55 yrs; 17 yrs female; 6 month baby; yp14
    rf"|\b{SOMEBODY}[ ,(]{{1,3}}{_YEARS} ?(?:yrs?|years?|y|mths?|months?|m/o)\b(?! ?(?:of|lease|contract|service|tenancy|placement"
    r"|support|in|ago|at|for|rent|plan|order|programme|review|arrears|back|pay))"
    rf"|(?<![\d/-])\b{_YEARS}[ -]?(?:yrs?|years?|y|mths?|months?|wks?|weeks?)[ -](?:old )?(?:fe)?(?:male|boy|girl|lady|man|woman|baby"
    r"|infant|toddler|son|daughter|uasc|lad|gent|grandson|nephew|niece)\b(?! (?:groups?|clinic|unit))"
    r"|\byp ?\d{2}\b(?! ?(?:%|x|wk|hr|place|yp))|\b(?:yr|year|y) ?\d{1,2} (?:boy|girl)\b"
    # F/34; 34/F; (M, 52); 34F rough sleeper
    r"|(?<![\w/])[MF]\s?/\s?\d{2}(?![\d/])|(?<![\w/])\d{2}\s?/\s?[MF](?![\w/])|\(\s?[MF]\b[ ,]{1,2}\d{1,3}\s?\)"
    r"|\(\s?\d{1,3}[ ,]{0,2}[MF]\s?\)"
    # age assessed as 19; age disputed, says 16; in her eighties; her 90th birthday
    r"|\bage[sd]?[ -](?:assess\w*|disput\w*|given|claimed|stated|believed|determined|approx\w*|now|is|was|of)\b[^\n\d]{0,20}"
    r"\b\d{1,2}\b(?!\s?(?:[-–/%]|to)\s?\d)|\b(?:his|her|their) (?:(?:early|mid|late)[ -])?(?:\d0['’]?s|"
    r"(?:twen|thir|for|fif|six|seven|eigh|nine)ties)\b|\bin (?:early|mid|late) (?:\d0['’]?s|(?:six|seven|eigh|nine)ties)\b|\b(?:octo|nona)genarian\b|\bcentenarian\b(?!s)"
    r"|\b(?:his|her|\w+['’]s|resident|client|tenant) \d{2,3}(?:st|nd|rd|th) birthday"
    r"|\b(?:(?:just|recently|has|have|when|now|he|she) turned|turning|turns) (?:1[3-9]|[2-9]\d)\b(?! ?(?:%|degrees))",
    re.IGNORECASE,
)
"""What says of one person how old he or she is."""
OF_GROUPS = re.compile(
    r"\b(?:children|people|pupils|adults|residents|persons|students|young people|aged debt|over|under"
    r"|groups?|between|club|programme|range|band|upwards|scheme|building|system|tree|boiler|equipment"
    r"|vehicle|contract|roof|lift|book|car|van|grants?|fel|fund(?:ed|ing)|nursery|offers?|places"
    r"|entitlements?|provision|only|early years|agreement|lease|loan|warranty|term|plan|mean|average|median|minimum"
    r"|maximum|retirement|pension age|bus pass|server|trees|bridge|machines?|pumps?|heaters?|laptops?|pcs?|fleet|windows?"
    r"|carpets?|playground|plant|stock|invoices?|debts?|software|kit|propert(?:y|ies)|structures?|kitchens?|bathrooms?"
    r"|cohorts?|clinics?|classes|sessions)\b",
    re.IGNORECASE,
)
OF_STATISTICS = re.compile(
    r"\b(?:mean|average|median|minimum|maximum|per cent|percentage|ratio|rates?|children and|boys and|girls and"
    r"|men and|boys'|girls'|men's|women's|u\d{1,2}|number of|no\.? of|total)(?!\w)",
    re.IGNORECASE,
)


def birth(text: str, column: ScreenedColumn) -> str:  # noqa: ARG001 - the signature of every pattern
    """Find a date of birth, or the age of one person; not that of a group."""
    if (found := first_part(BORN, text)) and not OF_A_YEAR_OF_BIRTHS.search(text):
        return found
    if (found := first_part(AGE_OFSOMEBODY, text)) and not OF_STATISTICS.search(text):
        return found
    return "" if OF_GROUPS.search(text) else first_part(AGED, text)


NOT_FOR_ALL = re.compile(
    r"\b(?:do not|don['’]?t|not (?:to be|for|be)|never|must not be|please don['’]?t) (?:publish(?:ed)?|publication|release[d]?"
    r"|disclos(?:e|ed|ure)|share[d]?|circulat\w+|show|upload)\b"
    r"|\b(?:remove|delete|redact|hide|strip|take out|mask|blank|anonymi[sz]e)\w*(?: (?:this|name|row|line|before|it|details"
    r"|them|out|one|payee|entry|and))* (?:before|prior to|b4) (?:publi\w+|release|upload\w*|sharing|sending|going live)"
    r"|\b(?:remove|delete|redact|hide|blank) (?:this|name|row|line|it|me|one|please|pls)\b|\b(?:pls|please) (?:redact|blank"
    r"|remove|hide|anonymi[sz]e)\b"
    r"|\b(?:strictly|private (?:and|&)) confidential\b|\bconfidential\s?[:–-]+\s?\S|\b(?:internal use|officers?) only\b"
    r"|\b(?:to be|needs?|should be|must be|tb) (?:redact\w*|removed|anonymi[sz]ed|withheld|blanked)\b|\bredact(?: me| this|"
    r" name| please)?\s*[:(–-]\s*\w+|\bpersonal data[ :–-]+(?!redacted|removed)[A-Z]\w+",
    re.IGNORECASE,
)
REDACTED = re.compile(
    r"\bred[act]{3,6}ed\b|\bredact(?:ion)?\b|redacted|withheld|removed|anonymi[sz]ed|suppressed|blanked|\bhidden\b"
    r"|\bname deleted\b",
    re.IGNORECASE,
)
"""What says that something was taken out, also misspelt."""
BLOCKED_OUT = re.compile(r"[█■▇▓▒]{2,}|\b[Xx]{3,}\b|\*{3,}|#{3,}|_{4,}|\[(?:\.{2,}|…|name)\]")
HALF_HIDDEN = re.compile(r"\b[A-Z](?:\*{2,}|_{2,}|#{2,}|x{3,}|-{3,}|\[\.{2,}\]|█+)[a-z]\b|\b[A-Z][a-z]*[█■▇▓]+")
"""A name of which first and last letter were left."""


def failed_redaction(text: str, column: ScreenedColumn) -> str:
    """Find what somebody wanted to hide and did not: a note that says so, or a name beside its redaction."""
    is_told = bool(REDACTED.search(text))
    rest = REDACTED.sub(" , ", text) if is_told else ""
    if rest.strip(" ,") and (name := _name_beside(rest)):
        return name if name in text else first_part(REDACTED, text)
    found = first_part(NOT_FOR_ALL, text)
    words = set(re.findall(r"[a-z]{3,}", rest.lower()))
    if found and not (REDACTED.search(found) and words <= WORDS_OF_REDACTION):
        return found
    if half := first_part(HALF_HIDDEN, text):
        return half
    return _beside_a_block(text, column)


def _name_beside(rest: str) -> str:
    """Return a name in what was left beside a redaction, where every word in capitals is suspect."""
    # here a name may follow anything
    if name := next(names_within(f"for {rest.lstrip(' ,:;-')}"), ""):
        return name
    for part in re.split(r"[^\w'’. -]+|\bfor\b|\bto\b|\bref\b|-\s", rest):
        words = part.split()
        for place in range(len(words)):
            # the longest first
            for size in (3, 2):
                name = " ".join(words[place : place + size])
                if len(words[place : place + size]) == size and name_strength(name) >= LIKELY and name[:1].isupper():
                    return name
    return single_name_beside(rest)


NOT_BESIDE = frozenset("foster sen carer".split())  # noqa: SIM905 - reads best
"""Names that are mostly something else where a payee was redacted."""


def single_name_beside(rest: str) -> str:
    """Return a word of a text that is a known name and nothing else, written as a name."""
    for hit in re.finditer(r"[^\W\d_][\w'’-]{2,}", rest):
        word = hit.group()
        if word[0].isupper() and word.lower() not in NOT_BESIDE and is_plain_name(word):
            return word
    return ""


def _beside_a_block(text: str, column: ScreenedColumn) -> str:
    """Return signs that hide something, where a name stands beside them, or anything beside black ones."""
    blocked = first_part(BLOCKED_OUT, text)
    if not blocked or not column.is_open:
        return ""
    rest = BLOCKED_OUT.sub(" ", text)
    if re.search("[█■▇▓▒]", blocked) and re.search(r"[^\W\d_]{2,}", rest):
        return blocked
    if single_name_beside(rest) or next(names_within(rest), ""):
        return blocked
    # a name that is an everyday word as well, where the first name was hidden
    hit = re.search(rf"(?<!\w)(?:{BLOCKED_OUT.pattern})\s+([A-Z][A-Za-z'’-]{{2,}})\b", text)
    return blocked if hit and is_known_name(hit[1]) else ""


WORDS_OF_REDACTION = frozenset(
    """name names personal data information info commercial confidentiality confidential details identity supplier
    payee payment individual private person sensitive under gdpr foi section and the for reasons client vendor third
    party""".split()  # noqa: SIM905 - a list of words reads best as words
)
