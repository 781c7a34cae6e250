"""What is called after somebody: the words beside a name that say so, which are listed in `words/called-after.txt`.

What stands right beside the name counts. A plant counts wherever it stands, as its name may be of several words.
"""

from __future__ import annotations

import re

from quality.disclosure.words.vocabulary import phrases, whole_words

BEFORE = re.compile(
    rf"(?<![\w'’])(?:{phrases('called-after', 'before')})[\s:,–—-]{{1,3}}"
    r"(?:(?:the|a|i,|our|dame|sir|dr|st|rev|king|queen) )*\Z",
    re.IGNORECASE,
)
SOMEBODY = re.compile(rf"(?<![\w'’])(?:{phrases('called-after', 'somebody')})[\s:–—-]{{1,3}}\Z", re.IGNORECASE)
OF_COPIES = (
    rf"(?:['’]s)?\s?[–—-] ?(?:{phrases('called-after', 'copies')})\W*\Z|\s\((?:{phrases('called-after', 'copies')})\)"
)
AFTER = re.compile(rf"(?:['’]s)?\s?(?:{phrases('called-after', 'after')})(?!\w)|{OF_COPIES}", re.IGNORECASE)
"""After a dash stands what somebody was paid for, so that only copies of a work are told from people there."""
COPIES = re.compile(rf"\s?(?:{phrases('called-after', 'copies')}|costumes?)(?!\w)|{OF_COPIES}", re.IGNORECASE)
OF_ANYBODY = re.compile(r"(?:mr|mrs|ms|miss|mx|cllr)\b", re.IGNORECASE)
HIRED = re.compile(
    r"\b(?:hire of|hire at|hired?:|bookings? (?:of|at)|lettings? (?:of|at)) (?:the )?\Z",
    re.IGNORECASE,
)
HALL = re.compile(r"\b(?:hall|room|rooms|suite|lounge|studio|house|field|park|centre|theatre|lodge)\Z", re.IGNORECASE)
PLANT = whole_words("called-after", "plant")
SPECIES = re.compile(
    r"\A[A-Z][a-z]+ [a-z]{3,}(?:icata|oides|ensis|iana|ifolia|iflora|escens|ulata|ylla|onica|estris|inalis|alis)\b"
)
NEAR = 48
"""Characters before a name that may say what it is the name of."""


def is_of_plants(text: str) -> bool:
    """Return whether a text is about plants, many of which are called after somebody."""
    return bool(PLANT.search(text) or SPECIES.match(text))


def is_called_after(text: str, start: int, end: int, *, titled: bool = False) -> bool:
    """Return whether what is like a name at a place of a text is that of a monument, a work, a building or a product.

    After Mr or Mrs it is that of a work, but of nothing that is built.
    """
    before = text[max(0, start - NEAR) : start]
    if SOMEBODY.search(before):
        return False
    if BEFORE.search(before) or (HIRED.search(before) and HALL.search(text[start:end])):
        return True
    # the words after the second may be those of the thing, where they are written otherwise
    words = [m.start() + start for m in re.finditer(r"\S+", text[start:end])][2:]
    has_lower = not text[start:end].isupper()
    inside = [p for p in words if text[p].islower() or (has_lower and text[p : p + 2].isupper())]
    after = COPIES if titled and OF_ANYBODY.match(text, start) else AFTER
    return any(after.match(text, place) for place in (*inside, end))
