"""Words that are known as names of people, and those that say that a text is something else."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from math import log

from packages.remembered import remembering

PARTICLES = frozenset("al ap bin bint da das de del della den der di do dos du el ibn la le o st ter van von y".split())  # noqa: SIM905
INSIDE = frozenset("lo mac ni nic mhic ui st saint san y e".split())  # noqa: SIM905 - reads best
"""Parts that belong to a name where they stand between others: Ní, Lo, St."""
MADE = re.compile(
    r"(?:sky|ski|ska|wicz|czyk|escu|eanu|poulos|opoulou|idis|akis|oglu|shvili|adze|ovic|evic|enko|chuk|auskas|iene|aite"
    r"|ovich|evich|ova|eva|ssian|akian|arian|anyan|sson|sdottir|berg|stein|witz|kumar|nathan|rajah|lingam|swamy|moorthy|inder|preet|jeet|deep|jit"
    r"|bhai|uddin|ullah|zadeh|zada|nejad|wala|walla)\Z"
    r"|\A(?:nwa[a-z]{3,}|chukwu[a-z]*|olu[a-z]{4,}|ade[a-z]{5,}|ogun[a-z]{3,}|gebre[a-z]*|tesfa[a-z]*|habte[a-z]*|haile[a-z]*"
    r"|wolde[a-z]*|mc[a-z]{3,}|mac[a-z]{4,}|o'[a-z]{3,}|fitz[a-z]{3,}|d'[a-z]{3,}|abdul[a-z]*|abdi[a-z]{3,}|abdel[a-z]+)\Z"
)
"""Endings and beginnings of names that are made by a rule, so that no list of them is whole."""
BRITISH = "# England, Scotland, Wales and Ireland"
"""The heading of the family names of which two together are mostly a firm."""
GIVEN_MADE = re.compile(r"[a-z]{3,}(?:inder|vinder|preet|jeet|jit|deep|meet|leen|kunle|seun|dayo|lola|tunde|femi)\Z")
"""Endings of given names of Panjab and of Nigeria."""
VOWEL = re.compile("[aeiouy]")
LONGEST_WORD = 60
"""Letters of a word; a longer one is no name."""
MOST_REMEMBERED = 1 << 14
"""Words, and names, of which it is remembered what they are: in a text they come back, in each window of words anew."""
GIVEN_BEFORE = re.compile(r"(?:d'|de'|la'|ja'|ta'|sha'|ke')[a-z]{3,}\Z")


@dataclass(frozen=True, slots=True)
class NameWords:
    """The known words, in lower case and without accents: names, and what says that a text is something else.

    `things` are words of bodies that are no names; `common` names that are everyday words or places as well; `language`
    all words that are no names; `going_on` words that make a body of the name before them; `british` family names of
    Britain and Ireland that are no given names, and of no other country.
    """

    given: frozenset[str]
    family: frozenset[str]
    british: frozenset[str]
    body: frozenset[str]
    street: frozenset[str]
    placegiven: frozenset[str]
    place: frozenset[str]
    common: frozenset[str]
    hard: frozenset[str]
    things: frozenset[str]
    other: frozenset[str]
    language: frozenset[str]
    going_on: frozenset[str]
    brand: frozenset[str]


@cache
def name_words() -> NameWords:
    """Return the lists that stand beside this module."""
    folder = resources.files(__package__)
    texts = [folder.joinpath(name).read_text(encoding="utf-8") for name in ("given.txt", "family.txt", "other.txt")]
    given, family, other = ([x for x in text.splitlines() if x and x[0] != "#"] for text in texts)
    british, _, elsewhere = texts[1].partition(f"{BRITISH}\n")[2].partition("\n#")
    lists: dict[str, list[str]] = {}
    for line in other:
        if line[0] == "[":
            lists[line.strip("[]")] = []
        else:
            kind = next(reversed(lists))
            lists[kind] += line.split("|") if kind == "brand" else line.split()
    known = {name: frozenset(words) for name, words in lists.items()}
    firsts, families = frozenset(" ".join(given).split()), frozenset(" ".join(family).split())
    names, things = firsts | families, known["body"] | known["street"]
    plain = known.pop("english") | known["place"]
    return NameWords(
        given=firsts,
        family=families,
        british=frozenset(british.split()) - frozenset(elsewhere.split()) - firsts,
        things=known["body"] - names,
        other=(things | plain) - names,
        language=things | known["common"] | plain - names,
        going_on=things - NEUTRAL | known["street"],
        **known | {"common": known["common"] | plain & names},
    )


@cache
def brand_beginnings() -> frozenset[str]:
    """Return the first words of what is called like a person."""
    return frozenset(brand.partition(" ")[0] for brand in name_words().brand)


@cache
def _letters() -> Mapping[str, float]:
    """Return for each three letters how much more often they stand in names than in other words (natural logarithm)."""
    words = name_words()
    names, others = (
        Counter(f" {word} "[place : place + 3] for word in list_ for place in range(len(word)))
        for list_ in (words.given | words.family, words.language - words.given - words.family)
    )
    # three letters that stand in neither are rather those of a name
    size = len(names | others)
    total, total_others = names.total() + 0.3 * size, others.total() + 0.3 * size
    return {three: log((names[three] + 0.3) / total * total_others / (others[three] + 0.3)) for three in names | others}


@remembering(MOST_REMEMBERED, LONGEST_WORD)
def sounds(part: str) -> float:
    """Return how much the letters of a word are like those of names: above 0 more than like those of other words."""
    known, word = _letters(), f" {part.replace(chr(39), '')} "
    if not VOWEL.search(part):
        return -1.0
    return sum(known.get(word[place : place + 3], 0.3) for place in range(len(word) - 2)) / max(1, len(word) - 2)


def plain_letters(text: str) -> str:
    """Return a text in lower case, without accents, with one kind of apostrophe."""
    if text.isascii():
        return text.replace("`", "'").lower()
    # U+FDFA is a whole sentence of honour in one sign, of eighteen letters; no other becomes more than eight
    latin = text.replace("’", "'").replace("`", "'").replace("ł", "l").replace("Ł", "L").replace("\ufdfa", " ")
    folded = unicodedata.normalize("NFKD", latin)
    plain = "".join(c for c in folded if not unicodedata.combining(c)).lower()
    plain = re.sub(r"\bo (?=[a-z]{4})", "o'", plain) if re.search("[óÓ] ", text) else plain
    return plain.replace("ø", "o").replace("ı", "i").replace("æ", "ae").replace("đ", "d").replace("ß", "ss")


def is_known_name(word: str) -> bool:
    """Return whether a word is a known name of people, whatever else it is."""
    part = plain_letters(word)
    return is_given(part) or is_family(part)


def is_plain_name(word: str) -> bool:
    """Return whether a word is a known name of people, and no everyday word or place."""
    words, part = name_words(), plain_letters(word)
    lists = (words.common, words.place, words.placegiven, words.language, PARTICLES, INSIDE)
    return is_known_name(word) and not any(part in known for known in lists)


def is_plain_given(part: str) -> bool:
    """Return whether a word is a given name and nothing else: no family name, everyday word or place."""
    words = name_words()
    lists = (words.common, words.family, words.place, words.placegiven)
    return is_given(part) and not any(part in known for known in lists)


@remembering(MOST_REMEMBERED, LONGEST_WORD)
def is_initials(part: str) -> bool:
    """Return whether a part of a name is one to three initials: `j`, `j.a`."""
    return len(part) == 1 or bool(re.fullmatch(r"[a-z](?:[.-][a-z]){1,2}", part))


@remembering(MOST_REMEMBERED, LONGEST_WORD)
def is_given(part: str) -> bool:
    """Return whether a word, or the first part of a double one, is a known given name."""
    if GIVEN_BEFORE.match(part) or (GIVEN_MADE.match(part) and part not in name_words().language):
        return True
    return part in name_words().given or (part.partition("-")[0] in name_words().given and "-" in part)


@remembering(MOST_REMEMBERED, LONGEST_WORD)
def is_family(part: str) -> bool:
    """Return whether a word is a known family name, a double one of which one part is, or is made like one."""
    words = name_words()
    if part.replace("'", "") in words.family or ("-" in part and any(p in words.family for p in part.split("-"))):
        return True
    return len(part) >= 6 and bool(MADE.search(part)) and part not in words.language


NEUTRAL = frozenset(
    """and of the for in on at to by with from an or fee fees care support paid pay payment payments refund rent
    allowance placement placements transport expenses invoice family home arrears case july june may april march january
    february
    august september october november december feb mar apr jun jul aug sep sept oct nov dec monthly weekly""".split()  # noqa: SIM905 - reads best
)
"""Words of bodies and things that may follow a name in a sentence."""
