"""Words about health, care, immigration, offences, debts, origin and belief that are tied to one person."""

from __future__ import annotations

import re
from functools import partial
from typing import NamedTuple

from quality.disclosure.detectors.about_one import (
    ENOUGH,
    is_usual_note,
    says_who,
    weight_of_one,
    weight_of_persons,
)
from quality.disclosure.detectors.pattern import ScreenedColumn, first_part
from quality.disclosure.words.vocabulary import Expression, as_written, phrases, spelled_out, vocabulary


class Kind(NamedTuple):
    """The words of one kind of personal data, as expressions.

    `states`: only one person can be in them. `topics`: a note that has one is about a person, the name of a service has
    one as well. `words`: they are said of things too, so that somebody has to stand beside them. `net` is what each of
    these has, without conditions: all of them, or a shorter list where they are too long together.
    """

    states: str
    topics: str
    words: str
    net: str

    @classmethod
    def of(cls, file: str) -> Kind:
        """Return the words of a file of the vocabulary."""
        states, topics, words = (phrases(file, section) for section in ("states", "topics", "words"))
        return cls(states, topics, words, vocabulary(file).get("net", f"{states}|{topics}|{words}"))


KINDS = {
    "personal-health": Kind.of("health"),
    "personal-care": Kind.of("care"),
    "personal-immigration": Kind.of("immigration"),
    "personal-offence": Kind.of("offence"),
    "personal-benefit": Kind.of("benefit"),
    "personal-characteristic": Kind.of("characteristic"),
}
FOUND = {rule: [Expression(rf"(?<!\w)(?:{part})") for part in kind[:3]] for rule, kind in KINDS.items()}
"""By rule: its states, topics and words, each as a beginning of a word."""

SAID_OF_THINGS = ("personal-characteristic",)
"""Rules whose topics are often things: a prayer room, halal meals; a note on one of them is about nobody."""
LENGTH_OF_A_NOTE = 200
"""Characters; longer ones are descriptions, in which a person and a topic may stand far apart."""

TRADES = ("payee", "role", "organisation", "code")
"""Natures of columns that call somebody by a trade or a function, so that single words say nothing of a person."""


def _tied_words(text: str, column: ScreenedColumn, rule: str) -> str:
    if column.typed or not (column.is_open or column.nature in TRADES) or is_usual_note(text):
        return ""
    return next(filter(None, (_said_of_one(part, column, rule) for part in _sentences(text))), "")


def _sentences(text: str) -> list[str]:
    """Return the sentences of a long text, each of which speaks for itself; a note is one whatever its dots."""
    return [text] if len(text) <= LENGTH_OF_A_NOTE else re.split(r"(?<=[a-z)][.!?])\s+(?=[A-Z])|\n+", text)


def _said_of_one(written: str, column: ScreenedColumn, rule: str) -> str:
    text = spelled_out(written)
    of_states, topics, words = FOUND[rule]
    states = {m.group() for m in of_states.finditer(text)}
    if not states and column.nature in TRADES:
        return ""
    found = min(states, default="") or first_part(topics, text)
    persons = weight_of_persons(text)
    if not found:
        # whether a text speaks of somebody is asked last: it looks at every word
        word = first_part(words, text)
        if not word:
            return ""
        if persons < ENOUGH:
            return as_written(written, word) if says_who(written) else ""
        found = word
    # a state says something by itself, so that a service beside it takes less away
    weight = weight_of_one(text, topics, most_of_a_service=3 if states else 5) + bool(states) + min(2, len(states))
    if rule in SAID_OF_THINGS and not states and not persons:
        weight -= ENOUGH
    return as_written(written, found) if weight >= ENOUGH or says_who(written) else ""


FIND = {rule: partial(_tied_words, rule=rule) for rule in KINDS}
"""By rule: finds a word of its kind in a text that is about one person."""
