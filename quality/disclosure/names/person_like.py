"""Which texts are like the name of a person: known given and family names, weighed against words of bodies and places.

Nothing is certain here: a text is like a name when its parts are, and nothing in it says body, place or trade.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import pairwise

TITLES = frozenset(
    """baroness brother capt captain cllr councillor dame doctor dr father fr hon imam judge lady lord madam master miss
    missus mr mrs ms mx prof professor rabbi rev reverend sheikh sir sister""".split()  # noqa: SIM905 - reads best
)
PARTICLES = frozenset("al ap bin bint da das de del della den der di do dos du el ibn la le o st ter van von y".split())  # noqa: SIM905
AFTER = frozenset("beng ba bsc cbe dds dphil jnr jr junior kc ma mba mbe msc obe phd qc rgn snr sr".split())  # noqa: SIM905
MADE = re.compile(
    r"(?:sky|ski|ska|wicz|czyk|escu|eanu|poulos|opoulou|idis|akis|oglu|shvili|adze|ovic|evic|enko|chuk|auskas|iene|aite"
    r"|ovich|evich|ova|eva|sson|sdottir|berg|stein|witz|kumar|nathan|rajah|lingam|swamy|moorthy|inder|preet|jeet|deep|jit"
    r"|bhai|uddin|ullah|zadeh|zada|nejad|wala|walla)\Z"
    r"|\A(?:nwa[a-z]{3,}|chukwu[a-z]*|olu[a-z]{4,}|ade[a-z]{5,}|ogun[a-z]{3,}|gebre[a-z]*|tesfa[a-z]*|habte[a-z]*|haile[a-z]*"
    r"|wolde[a-z]*|mc[a-z]{3,}|mac[a-z]{4,}|o'[a-z]{3,}|fitz[a-z]{3,}|d'[a-z]{3,}|abdul[a-z]*|abdi[a-z]{3,}|abdel[a-z]+)\Z"
)
"""Endings and beginnings of names that are made by a rule, so that no list of them is whole."""

NOT_A_NAME = re.compile(r"[\d@£$€%+=<>\[\]{}|\\_*#!?:;\"]|https?|\bt/?as?\b", re.IGNORECASE)
TRADING_AS = re.compile(r"\s*(?:\bt/a\b|\btrading as\b|\ban?k/?a\b|\bc/o\b).*", re.IGNORECASE)
BRACKETS = re.compile(r"\s*\([^)]*\)\s*")
WORD = re.compile(r"[^\W\d_]+(?:['’`.-][^\W\d_]+)*\.?|&|,|/|\d+")
POSSESSIVE = re.compile(r"['’`]s\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class NameWords:
    """The known words, in lower case and without accents: names, and what says that a text is something else."""

    given: frozenset[str]
    family: frozenset[str]
    body: frozenset[str]
    street: frozenset[str]
    placegiven: frozenset[str]
    common: frozenset[str]
    hard: frozenset[str]
    other: frozenset[str]
    language: frozenset[str]
    going_on: frozenset[str]
    brand: frozenset[str]


@cache
def name_words() -> NameWords:
    """Return the lists that stand beside this module."""
    folder = resources.files(__package__)
    given, family, other = (
        [line for line in folder.joinpath(name).read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
        for name in ("given.txt", "family.txt", "other.txt")
    )
    lists: dict[str, list[str]] = {}
    for line in other:
        if line[0] == "[":
            lists[line.strip("[]")] = []
        else:
            kind = next(reversed(lists))
            lists[kind] += line.split("|") if kind == "brand" else line.split()
    known = {name: frozenset(words) for name, words in lists.items()}
    names, family_names = frozenset(" ".join(given).split()), frozenset(" ".join(family).split())
    things = known["body"] | known["street"]
    return NameWords(
        given=names,
        family=family_names,
        other=things - names - family_names,
        language=things | known["common"],
        going_on=things - NEUTRAL | known["street"],
        **known,
    )


def plain_letters(text: str) -> str:
    """Return a text in lower case, without accents, with one kind of apostrophe."""
    folded = unicodedata.normalize("NFKD", text.replace("’", "'").replace("`", "'").replace("ł", "l").replace("Ł", "L"))
    plain = "".join(c for c in folded if not unicodedata.combining(c)).lower()
    return plain.replace("ø", "o").replace("ı", "i").replace("æ", "ae").replace("đ", "d").replace("ß", "ss")


def person_like(texts: Iterable[str]) -> frozenset[str]:
    """Return those of the texts (distinct cells of a column of payees) that are, as a whole, like a person's name.

    `SMITH, John A`, `J. Okafor`, `Mrs Example`, `Agnieszka Kowalska-Nowak`; not `Smith & Sons`, `John Lewis`,
    `Victoria Road`. A person who trades under a name (`Ann Example t/a Anns Cakes`) is one.
    """
    return frozenset(text for text in texts if name_strength(text) >= LIKELY)


LIKELY = 2
"""From here on a text that stands alone is taken for a name: its parts are known, or one is and the form is right."""

CERTAIN = 3
"""Given and family name are both known, and neither is an everyday word."""


def name_strength(text: str) -> int:
    """Return how much a whole text is like a person's name: 0 not at all, 1 perhaps, 2 likely, 3 certain."""
    if not 3 <= len(text) <= 90:
        return 0
    name = BRACKETS.sub(" ", TRADING_AS.sub("", text)).strip(" .,-'’\t")
    if NOT_A_NAME.search(name) or POSSESSIVE.search(name):
        return 0
    words = name_words()
    tokens = [t.rstrip(".") for t in WORD.findall(plain_letters(name))]
    if " ".join(t for t in tokens if t != ",") in words.brand or "&" in tokens or "/" in tokens:
        return 0
    turned = tokens.count(",") == 1
    plain = [t for t in tokens if t != ","]
    titled = bool(plain) and plain[0] in TITLES and len(plain) > 1
    while plain and plain[0] in TITLES:
        plain = plain[1:]
    if turned and plain and plain[-1] in TITLES:
        titled, plain = True, plain[:-1]
    while len(plain) > 2 and plain[-1] in AFTER:
        plain = plain[:-1]
    return _weigh(plain, titled=titled, turned=turned)


def _weigh(parts: list[str], *, titled: bool, turned: bool) -> int:
    """Weigh the parts of what may be a name, without title; `turned` has the family name first, before a comma."""
    words = name_words()
    if not parts or len(parts) > 6 or any(_says_other(p) for p in parts):
        return 0
    full = [p for p in parts if not is_initials(p) and p not in PARTICLES]
    initials = sum(map(is_initials, parts))
    if titled:
        return CERTAIN if full else 0
    if not full or not 2 <= len(full) + initials <= 5 or initials > 3:
        return 0
    everyday = [p in words.common for p in full]
    if full[-1] in words.hard:
        return 0
    first, last = full[0], full[-1]
    if len(full) == 1 or (initials and not is_given(first)):
        known = is_family(last) or is_family(first)
        if not known and not turned:
            # an unknown name before or after initials
            return LIKELY if len(full) == 1 and len(last) > 4 and not everyday[0] and last not in words.body else 0
        return CERTAIN if known and not everyday[-1] else LIKELY
    if is_given(first) and is_family(last):
        is_place = first in words.placegiven and last in words.street
        return 0 if is_place else LIKELY if everyday[0] or everyday[-1] else CERTAIN
    if is_family(first) and is_given(last):
        return LIKELY if turned else 0 if any(everyday) else CERTAIN
    if turned:
        return LIKELY if is_given(last) or is_family(first) else 0
    # one part is known, and no other is a word of the language
    known = is_given(first) or (is_family(last) and last not in words.given and not is_family(first))
    return LIKELY if known and not any(everyday) and len(full) <= 3 else 0


def is_initials(part: str) -> bool:
    """Return whether a part of a name is one to three initials: `j`, `j.a`."""
    return len(part) == 1 or bool(re.fullmatch(r"[a-z](?:\.[a-z]){1,2}", part))


def _says_other(part: str) -> bool:
    words = name_words()
    return part.isdigit() or (part in words.other)


def is_given(part: str) -> bool:
    """Return whether a word, or the first part of a double one, is a known given name."""
    return part in name_words().given or (part.partition("-")[0] in name_words().given and "-" in part)


def is_family(part: str) -> bool:
    """Return whether a word is a known family name, a double one of which one part is, or is made like one."""
    words = name_words()
    if part.replace("'", "") in words.family or ("-" in part and any(p in words.family for p in part.split("-"))):
        return True
    return len(part) >= 6 and bool(MADE.search(part)) and part not in words.language


def names_within(text: str) -> Iterator[str]:
    """Yield the parts of a sentence that are certainly names of people: `Refund to Jane Example for June`."""
    found = [m for m in WORD.finditer(text) if m.group() not in "/&" or m.group() == "&"]
    plain = [plain_letters(m.group().rstrip(".")) for m in found]
    place = 0
    while place < len(found) - 1:
        several = found[place : place + 4]
        capitals = [m.group()[0].isupper() for m in several[:3]]
        # a body that is called after somebody goes on with a capital, and without a comma or a bracket
        ends = [
            (after.group()[0].islower() and capitals[0]) or text[m.end() : after.start()].strip(" .") != ""
            for m, after in pairwise(several)
        ]
        length = _name_length([*plain[: place + 4], ""], place, (capitals, ends))
        if length:
            yield text[found[place].start() : found[place + length - 1].end()]
        place += length or 1


def _name_length(plain: list[str], place: int, form: tuple[list[bool], list[bool]]) -> int:
    """Return of how many words a name is that begins at a place; 0 where none does.

    `form` tells of the words from there whether they begin with a capital, and whether a name could end with them.
    """
    words = name_words()
    capitals, ends = form
    first, *others = plain[place : place + 4]
    before = plain[place - 1] if place else ""
    if before in ("st", "saint", "&") or first in words.brand:
        return 0
    length = 2
    if others[0] == "," and len(others) > 1:
        # a list of things has commas as well, so both parts must be names and nothing else
        is_turned = (
            is_family(first)
            and is_given(others[1])
            and not {first, others[1]} & words.common
            and not is_family(others[1])
        )
        return 3 if is_turned and capitals[0] and capitals[2] else 0
    if len(others) > 1 and is_initials(others[0]) and others[1] and len(capitals) > 2:
        others, length, capitals = others[1:], 3, [capitals[0], capitals[-1]]
    last, after = others[0], others[1] if len(others) > 1 else ""
    if len(ends) >= length and ends[length - 1] and after != "&":
        after = ""
    if f"{first} {last}" in words.brand or after == "&" or after in words.going_on:
        return 0
    is_tied, is_upper = before in TIES, all(capitals[:2])
    if is_initials(first):
        plain_family = is_family(last) and last not in words.language
        return length if (is_tied or place == 0) and is_upper and plain_family and first not in "&a" else 0
    if {first, last} & NEUTRAL or first in words.body or last in words.hard or len(last) < 2:
        return 0
    doubtful = last in words.language
    weak = first in words.common or first in words.placegiven
    if is_given(first) and is_family(last):
        if not doubtful and not weak:
            return length
        is_place = last in words.street and (weak or not is_tied)
        return length if is_upper and not is_place and (is_tied or not (doubtful and weak)) else 0
    # one part is known: only where something says that a person is meant, and the other is no word of the language
    known = (is_given(first) and not weak) or (is_family(last) and last not in words.given)
    others_plain = not doubtful and not {first, last} & words.language
    return length if known and is_tied and is_upper and others_plain and min(len(first), len(last)) > 2 else 0


TIES = frozenset(
    """to for by from re client tenant resident carer patient pupil payee claimant customer applicant employee worker
    mother father son daughter child of with and name named about regarding""".split()  # noqa: SIM905 - reads best
)
"""Words before initials and a family name that say that a person is meant."""

NEUTRAL = frozenset(
    """and of the for in on at to by with from an or fee fees care support paid pay payment payments refund rent
    allowance placement placements transport expenses invoice family home arrears case july june may april march january
    february
    august september october november december monthly weekly""".split()  # noqa: SIM905 - reads best
)
"""Words of bodies and things that may follow a name in a sentence."""
