"""Who somebody is: names, and what was meant to be hidden."""

from __future__ import annotations

import re

from quality.disclosure.detectors.homes import COMPANY
from quality.disclosure.detectors.pattern import ScreenedColumn
from quality.disclosure.names.called_after import is_called_after, is_of_plants
from quality.disclosure.names.person_like import (
    CERTAIN,
    LIKELY,
    is_firm_by_ending,
    is_name_of_street_words,
    is_single_name,
    name_strength,
)
from quality.disclosure.names.sentences import places_of_names
from quality.disclosure.names.titles import begins_with_a_title, places_after_titles


def titled_name(text: str, column: ScreenedColumn) -> str:
    """Find a person's name after a title such as Mrs; not where the text names a company."""
    if column.has_contacts or COMPANY.search(text) or is_of_plants(text):
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
    r"(?:the|our lady(?: of)?|saint|(?:the )?(?:friends|parish|order|society|chambers|church|sisters"
    r"|fellowship) of) ",
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
