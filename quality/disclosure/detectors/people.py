"""Who somebody is: names, and what was meant to be hidden."""

from __future__ import annotations

import re

from quality.disclosure.detectors.homes import COMPANY
from quality.disclosure.detectors.pattern import ScreenedColumn, first_part
from quality.disclosure.names.called_after import is_called_after, is_of_plants
from quality.disclosure.names.person_like import (
    CERTAIN,
    LIKELY,
    is_firm_by_ending,
    is_known_name,
    is_name_of_street_words,
    is_plain_name,
    is_single_name,
    name_strength,
    names_within,
    places_of_names,
)
from quality.disclosure.names.titles import begins_with_a_title, places_after_titles


def titled_name(text: str, column: ScreenedColumn) -> str:
    """Find a person's name after a title such as Mrs; not where the text names a company."""
    if column.has_contacts or COMPANY.search(text):
        return ""
    found = places_after_titles(text, of_payees=column.nature == "payee")
    return next((text[start:end] for start, end in found if not is_called_after(text, start, end, titled=True)), "")


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
    is_other = found and (begins_with_a_title(text) or any(places_after_titles(text)) or is_of_plants(text))
    return "" if is_other else found


def _untitled_name(text: str, column: ScreenedColumn) -> str:
    """Return the text without what stands before a colon, if that is a name, or the first name within it."""
    bare = LABEL.sub("", text)
    if name_strength(bare) >= LIKELY or (column.nature == "payee" and is_single_name(bare)):
        return "" if is_called_after(text, len(text) - len(bare), len(text)) else bare
    if column.nature == "payee" and (is_firm_by_ending(bare) or is_name_of_street_words(bare)):
        return "" if is_firm_by_ending(bare) else bare
    for start, end in places_of_names(text):
        of_a_body = BODY_BEGINS.fullmatch(text[:start]) or _goes_on_as_a_body(text, start, end)
        if not ((column.nature == "payee" and of_a_body) or is_called_after(text, start, end)):
            return text[start:end]
    return ""


BODY_BEGINS = re.compile(
    r"(?:the|our lady(?: of)?|saint|(?:the )?(?:friends|parish|order|society|chambers|church|sisters|fellowship) of) ",
    re.IGNORECASE,
)
"""What stands before a name in that of a body."""
GOES_ON = re.compile(
    r"['’]s\b|\s+(?:&|[A-Z][\w'’-]+|and (?:Partners?|Sons?|Co|Company|Associates|Daughters?|Bro(?:ther)?s)\b)"
)
OF_ONE = re.compile(
    r"\s+(?:Rent|Refund|Payment|Fee|Direct|Builder|Decorat(?:or|ing)|Photograph(?:er|y)|(?:Driving )?Instructor"
    r"|Plumb(?:er|ing)|Garden(?:er|ing)|Cleaner|Teacher|(?:\w+ )?(?:Tutor(?:ing)?|Tuition|Lessons|Yoga|Pilates)"
    r"|(?:\w+ )?Therap(?:ist|y)|(?:Psycho|Hypno)therap(?:ist|y)|Reflexology|Massage|Counsell(?:or|ing)|Mentor(?:ing)?"
    r"|Interpret(?:er|ing)|Translat(?:or|ions?)|Music(?:ian)?|Artist|Consultant|Carpent(?:er|ry)|Electrician|Handyman"
    r"|Childmind(?:er|ing)|Trainer|Coach|Designer|Writer|Editor|Facilitator|Performer|Barrister|Driver|Joiner|Joinery"
    r"|Roofer|Chef|Caterer|DJ|Author|Dancer|Director|Poet|Speaker|Landlord|Landlady|Carer|Nanny|Sculptor|Supervision"
    r"|Storytell(?:er|ing)|Ceramics|Pottery|Illustrat(?:or|ion)|Upholsterer|Driving (?:Tuition|Lessons|School))\b",
    re.IGNORECASE,
)
"""What one person does, after the name."""


def _goes_on_as_a_body(payee: str, start: int, end: int) -> bool:
    """Return whether a payee goes on after a name: then it is a body that is called after somebody."""
    name, rest = payee[start:end], payee[end:]
    if name.endswith(("'s", "’s")) or rest.startswith(("'s", "’s")):
        return True
    # what was bought is written in capitals after a name that is not
    goes_on = GOES_ON.match(rest) and not OF_ONE.match(rest)
    return bool(goes_on) and (name.isupper() or not re.match(r"\s+[A-Z]{2,}\b", rest))


def is_capitals_only(text: str) -> bool:
    """Return whether a text may be an abbreviation and a word, as codes are written."""
    return any(len(word) <= 2 for word in text.split())


NOT_FOR_ALL = re.compile(
    r"\b(?:do not|don['’]?t|not (?:to be|for|be)|never|must not be|please don['’]?t) (?:publish(?:ed)?|publication"
    r"|release[d]?"
    r"|disclos(?:e|ed|ure)|share[d]?|circulat\w+|show|upload)\b"
    r"|\b(?:remove|delete|redact|hide|strip|take out|mask|blank|anonymi[sz]e)\w*(?: (?:this|name|row|line|before|it"
    r"|details"
    r"|them|out|one|payee|entry|and))* (?:before|prior to|b4) (?:publi\w+|release|upload\w*|sharing|sending"
    r"|going live)"
    r"|\b(?:remove|delete|redact|hide|blank) (?:this|name|row|line|it|me|one|please|pls)\b|\b(?:pls"
    r"|please) (?:redact|blank"
    r"|remove|hide|anonymi[sz]e)\b"
    r"|\b(?:strictly|private (?:and|&)) confidential\b|\bconfidential\s?[:–-]+\s?\S|\b(?:internal use"
    r"|officers?) only\b"
    r"|\b(?:to be|needs?|should be|must be|tb) (?:redact\w*|removed|anonymi[sz]ed|withheld|blanked)\b"
    r"|\bredact(?: me| this|"
    r" name| please)?\s*[:(–-]\s*\w+|\bpersonal data[ :–-]+(?!redacted|removed)[A-Z]\w+",
    re.IGNORECASE,
)
REDACTED = re.compile(
    r"\bred[act]{3,6}ed\b|\bred['’]?d\b|\bredact(?:ion)?\b|redacted|withheld|removed|anonymi[sz]ed|suppressed|blanked|\bhidden\b"
    r"|\bname deleted\b",
    re.IGNORECASE,
)
"""What says that something was taken out, also misspelt."""
BLOCKED_OUT = re.compile(r"[█■▇▓▒]{2,}|\b[Xx]{3,}\b|\*{3,}|#{3,}|_{4,}|\[(?:\.{2,}|…|name)\]")
HALF_HIDDEN = re.compile(
    r"\b[A-Z](?:\*{2,}|_{2,}|#{2,}|x{3,}|-{3,}|\[\.{2,}\]|█+)[a-z]{1,3}\b|\b[A-Z][a-z]*[█■▇▓]+"
    r"|\b[A-Z](?:\*{2,}|_{3,}|#{3,})\s[A-Z][a-z]{3,}\b"
)
"""A name of which first and last letter were left."""


def failed_redaction(text: str, column: ScreenedColumn) -> str:
    """Find what somebody wanted to hide and did not: a note that says so, or a name beside its redaction."""
    # redacted_Example_J: an underscore stands for a space
    spaced = re.sub(r"(?<=[^\W_])_(?=[^\W_])", " ", text)
    is_told = bool(REDACTED.search(spaced))
    rest = REDACTED.sub(" , ", spaced) if is_told else ""
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
