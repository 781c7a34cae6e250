"""Whether a text speaks of one person, or of a service, a budget or a group: the evidence for both is weighed."""

from __future__ import annotations

import re

from quality.disclosure.names.sentences import names_within
from quality.disclosure.words.vocabulary import Expression, phrases, whole_words

SPOKEN_OF = (
    r"\b(?:he|she|him|his|her|hers|himself|herself)\b(?! majesty)|\bthe above\b|\b(?:mr|mrs|ms|miss|mx)\b\.? [A-Z]"
    r"|\b(?:son|daughter|mother|mum|mummy|father|dad|wife|husband|brother|sister|grand(?:mother|father|son"
    r"|daughter)|nephew|niece|baby|toddler|teenager) (?:of|is|was|has|had|with|who|in|under|on|to|from)\b"
    r"|\b(?:a|the|this|that|our|one|each|young|old|elderly|pregnant|disabled|deceased|male|female"
    r"|vulnerable|named|same) (?:\w+ )?(?:client|patient|service user|resident|tenant|claimant|applicant"
    r"|pupil|student|customer|employee|worker|man|woman|boy|girl|lady|gentleman|mother|mum|father|dad"
    r"|child|person|individual|victim|offender|carer|prisoner|defendant|debtor|complainant|refugee|asylum"
    r" seeker)\b(?! (?:protection|care|services?|health|transport|contributions?"
    r"|support|union|centre|records?))"
    r"|\b(?:client|patient|service user|su|resident|tenant|claimant|applicant|pupil|student|employee"
    r"|victim|offender|carer|defendant|debtor|lac|yp|customer)(?: (?:is|was|has|had|have|with"
    r"|needs?|who|did|does|moved|failed|owes|suffer\w*|\w{3,}ed|reports?|reported|states?|disclosed"
    r"|attended|admitted|diagnosed|refused|unable|fled|arrested|convicted|detained|sectioned"
    r"|[A-Z]\.?[A-Z]\b|no\.?|ref|id|\d)| ?[-–:(#])"
)
"""Somebody who is spoken of: by a pronoun, a title, or a noun that does or has something."""
INITIALS = re.compile(
    r"\b(?:for|re|of|to|by|with|from|client|child|pupil|initials|patient|case|mother|father|tenant):? "
    r"(?:[A-Z]\.(?: ?[A-Z]\.?){1,2}|(?!(?:IT|HR|GP|HB|UK|EU|US|PA|TV|PC|LA|SW|SE|NW|NE|AC|DC|CT|VAT|NHS"
    r"|LBC|TFL|CCG|ICB|DWP|ASC|CSC|SEN|EHC|NRPF|CCTV|PPE|DVLA|HMRC|GLA|LED|ICT|FM|QC|KC|HQ|OT|CIC|UC|AP|TA"
    r"|EC|AD|PO|LGA|ASB|DV|DA|CP|MH|LD|PD|PIP|DLA|ESA|JSA|DHP|CTR|CTS|CTB|CIL|HMO|RTB|GLL|MOT|BT|EE|EDF"
    r"|BP)\b)[A-Z]{2,3}\b)(?!\w)"
    r"|\b[A-Z]\.[A-Z]\.(?:[A-Z]\.)?(?= |\Z|[,;:)-])"
    # somebody who is called by one letter
    r"|\b(?:for|re|with) [A-Z](?=['’]s\b| (?:and|to|from|at)\b|[,;)]|\Z)"
)
AGE = re.compile(
    r"\b(?:aged|age) \d{1,3}\b(?! ?(?:-|–|/|to|and|or|\+))|\bd\.?o\.?b\b|\b\d{1,2}[- ]?(?:years?[- ]old|y/?o)\b(?!s)"
    r"|\b\d{1,2} y o\b|\b(?:male|female|boy|girl|man|woman|[mf])[ ,/(]{1,3}\d{1,2}\b(?!\d|[:/]\d)"
)
CERTAIN = re.compile(rf"{SPOKEN_OF}|{AGE.pattern}", re.IGNORECASE)

_ALONE = rf"(?!['’]?s?(?:[\s-]+(?:and|&)[\s-]+\w+)?[\s-]+(?:{phrases('about-one', 'of-a-service')}))"


def _person(section: str) -> Expression:
    words = phrases("about-one", section)
    return Expression(rf"(?<![\w'’])(?:{words})(?:['’]s)?(?![\w'’]){_ALONE}")


PERSON = _person("person")
PERHAPS = _person("perhaps")

EVENT = whole_words("about-one", "event")
LINK = re.compile(
    r"\b(?:due to|following|(?<!looked )(?<!looked-)after|since|because|cos|bcos|as|so|while|whilst|until|till|when"
    r"|still|just|again|now|not|no longer|never|tonight|today|yesterday|tmrw|last (?:night|week|month|year)|who"
    r"|pending|prior to|if|where|without|despite|onto|into|out of|back to|back in|bcs)\b|\bw/(?!e\b|c\b|end)"
    r"|\bb/c\b| \+ |[a-z]\+ ",
    re.IGNORECASE,
)
MEASURE = re.compile(
    r"\b\d+ ?(?:nts?|nights?|hrs?|hours?|wks?|weeks?|days?|mths?|months?|yrs?|years|kids|children|sessions?|p/?w"
    r"|trips?)\b|\b\d ?x ?(?:wk|week|day|daily|month)|\b[1-3]:[12]\b|£ ?\d|\b(?:p/?w|wkly|weekly|nightly"
    r"|fortnightly)\b|\b\d+ of \d+|\b(?:wk|week|night|day) \d+\b|\b\d+(?:st|nd|rd|th)\b|\b\d+k\b",
    re.IGNORECASE,
)
THING = whole_words("about-one", "thing")
TYPED = re.compile(r"\A[a-z](?![A-Z])|[,;:-] [a-z]|[a-z],[a-z]|\.\.|\bpls\b|\basap\b")
"""Text that was typed as a note: headings and names of services have capitals."""

BODY = whole_words("about-one", "body")
GROUP = re.compile(
    rf"(?<![\d+&] )(?<!two )(?<!three )(?<!four )(?<!five )(?<!and )(?<!her )(?<!his )(?<!with )(?<!w/ )(?<!w )(?<!by )"
    rf"(?<!from )\b(?:{phrases('about-one', 'group')})\b",
    re.IGNORECASE,
)
GENERAL = whole_words("about-one", "general")

TAKEN_OUT = Expression(phrases("redaction", "taken-out"))
USUAL = re.compile(phrases("redaction", "usual"), re.IGNORECASE)

ENOUGH = 2


def is_usual_note(text: str) -> bool:
    """Return whether a text only says that something was taken out, and why: `Foster carer (redacted)`."""
    words = re.findall(r"[^\W_]+", text.lower())
    return bool(TAKEN_OUT.search(text)) and all(USUAL.fullmatch(word) for word in words)


def says_who(text: str) -> bool:
    """Return whether a text speaks of somebody: by a pronoun, initials, an age, or a name."""
    return bool(CERTAIN.search(text) or INITIALS.search(text)) or bool(next(names_within(text), ""))


def weight_of_one(text: str, topics: Expression, *, most_of_a_service: int = 5) -> int:
    """Weigh what speaks for one person against what speaks for a service; from `ENOUGH` on it is about one.

    What a topic is called says nothing more: neither `looked after` nor `sanctuary scheme`. `most_of_a_service` is what
    a service may weigh at most.
    """
    rest = topics.sub(" ", text)
    note = weight_of_a_note(rest)
    service = min(weight_of_a_service(rest), most_of_a_service)
    return weight_of_persons(text) + note + bool(note and TYPED.search(text)) - service


def weight_of_persons(text: str) -> int:
    """Weigh the persons in a text: two for a client, a mother or a boy, one for a family or a survivor."""
    return 2 * bool(PERSON.search(text)) + bool(PERHAPS.search(text))


def weight_of_a_note(text: str) -> int:
    """Weigh what makes a text a note on something that happened: at most three."""
    return min(3, sum(bool(p.search(text)) for p in (EVENT, LINK, MEASURE, THING)))


def weight_of_a_service(text: str) -> int:
    """Weigh what makes a text the name of a service, a budget or a group."""
    return 2 * bool(BODY.search(text)) + 2 * bool(GROUP.search(text)) + bool(GENERAL.search(text))
