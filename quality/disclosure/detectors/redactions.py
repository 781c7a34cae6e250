"""What was meant to be hidden: notes that ask for it, and names beside what was taken out."""

from __future__ import annotations

import re

from quality.disclosure.detectors.about_one import is_usual_note
from quality.disclosure.detectors.pattern import ScreenedColumn, first_part
from quality.disclosure.names.known_names import is_known_name, is_plain_name
from quality.disclosure.names.person_like import LIKELY, name_strength
from quality.disclosure.names.sentences import names_within
from quality.disclosure.words.vocabulary import Expression, phrases

NOT_FOR_ALL = Expression(rf"\b(?:{phrases('redaction', 'not-for-all')})")
"""What asks for something to be hidden."""
REDACTED = re.compile(
    r"\bred[act]{3,6}ed\b|\bredact(?:ion)?\b|redacted|withheld|removed|anonymi[sz]ed|suppressed|blanked|\bhidden\b"
    r"|\bred['’]?d\b|\bname deleted\b",
    re.IGNORECASE,
)
"""What says that something was taken out, also misspelt."""
BLOCKED_OUT = re.compile(r"[█■▇▓▒]{2,}|\b[Xx]{3,}\b|\*{3,}|#{3,}|_{4,}|\[(?:\.{2,}|…|name)\]")
HALF_HIDDEN = re.compile(
    r"\b[A-Z](?:\*{2,}|_{2,}|#{2,}|x{3,}|-{3,}|\[\.{2,}\]|█+)[a-z]{1,4}\b|\b[A-Z][a-z]*[█■▇▓]+"
    r"|\b[A-Z](?:\*{2,}|_{3,}|#{3,})\s[A-Z][a-z]{2,}\b"
)
"""A name of which first and last letter were left."""


def failed_redaction(text: str, column: ScreenedColumn) -> str:
    """Find what somebody wanted to hide and did not: a note that says so, or a name beside its redaction."""
    if is_usual_note(text):
        return ""
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
        if word[:1].isupper() and word.lower() not in NOT_BESIDE and is_plain_name(word):
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
