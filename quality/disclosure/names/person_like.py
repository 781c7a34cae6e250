"""Which texts are like the name of a person: known given and family names, weighed against words of bodies and places.

Nothing is certain here: a text is like a name when its parts are, and nothing in it says body, place or trade.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import pairwise
from math import log

TITLES = frozenset(
    """baroness brother capt captain cllr councillor dame doctor dr father fr hon imam judge lady lord madam master miss
    missus mr mrs ms mx prof professor rabbi rev revd reverend sheikh sir sister""".split()  # noqa: SIM905 - reads best
)
LEFT_BEHIND = re.compile(
    r"\A(?:the )?(?:executors?|executrix|widow(?:er)?|(?:legal|personal) representatives?|next of kin"
    r"|(?P<estate>estate)) of (?:the )?(?P<late>late |deceased )?",
    re.IGNORECASE,
)
"""What stands before the name of somebody who has died; after a bare `estate of` may be a place as well."""

BEFORE_NAMES = TITLES | {"executor", "executors", "executrix", "representative", "representatives", "kin", "estate"}
"""Words before a name, which may itself be an everyday word."""

PARTICLES = frozenset("al ap bin bint da das de del della den der di do dos du el ibn la le o st ter van von y".split())  # noqa: SIM905
INSIDE = frozenset("lo mac ni nic mhic ui st saint san y e".split())  # noqa: SIM905 - reads best
"""Parts that belong to a name where they stand between others: Ní, Lo, St."""
AFTER = frozenset("beng ba bsc cbe dds dphil jnr jr junior kc ma mba mbe msc obe phd qc rgn snr sr".split())  # noqa: SIM905
MADE = re.compile(
    r"(?:sky|ski|ska|wicz|czyk|escu|eanu|poulos|opoulou|idis|akis|oglu|shvili|adze|ovic|evic|enko|chuk|auskas|iene|aite"
    r"|ovich|evich|ova|eva|ssian|akian|arian|anyan|sson|sdottir|berg|stein|witz|kumar|nathan|rajah|lingam|swamy|moorthy|inder|preet|jeet|deep|jit"
    r"|bhai|uddin|ullah|zadeh|zada|nejad|wala|walla)\Z"
    r"|\A(?:nwa[a-z]{3,}|chukwu[a-z]*|olu[a-z]{4,}|ade[a-z]{5,}|ogun[a-z]{3,}|gebre[a-z]*|tesfa[a-z]*|habte[a-z]*|haile[a-z]*"
    r"|wolde[a-z]*|mc[a-z]{3,}|mac[a-z]{4,}|o'[a-z]{3,}|fitz[a-z]{3,}|d'[a-z]{3,}|abdul[a-z]*|abdi[a-z]{3,}|abdel[a-z]+)\Z"
)
"""Endings and beginnings of names that are made by a rule, so that no list of them is whole."""

NOT_A_NAME = re.compile(r"[\d@£$€%+=<>\[\]{}|\\_*#!?:;\"]|https?|\bt/?as?\b|\ba/?c\b", re.IGNORECASE)
TRADING_AS = re.compile(r"\s*(?:\bt/a\b|\btrading as\b|\ban?k/?a\b|\bc/o\b).*", re.IGNORECASE)
BRACKETS = re.compile(r"\s*\([^)]*\)\s*")
WORD = re.compile(r"[^\W\d_]+(?:['’`.-][^\W\d_]+)*\.?|&|,|/|\d+")
OF_FIRM_IN_BRACKETS = re.compile(
    r"\((?:[\w &]+ )?(?:contractors|builders|engineers|solicitors|architects|surveyors|accountants|consultants|services"
    r"|supplies|holdings|group|uk|gb|london|england|europe|international|southern|northern|scaffold(?:ing|ers)|bakers|butchers"
    r"|florists|caterers|publishers|partners|wholesale|removals|roofers|haulage|motors|transport|trading|brothers|bros|sons|llp|ltd"
    r"|limited|plc|cic|charity)\)",
    re.IGNORECASE,
)
"""What a firm says of itself in brackets: Example (Contractors)."""
POSSESSIVE = re.compile(r"['’`]s\b", re.IGNORECASE)


FAMILY_FIRST = re.compile(r"[^\W\d_a-z]{2}[^\Wa-z\d_'’-]*(?:['’-][^\W\d_a-z]+)* (?:[^\W\d_a-z][^\W\d_A-Z]+ ?){1,2}\Z")
"""`KOWALSKA Agnieszka`: so many countries write names."""
SCRIPTS = "\u0370-\u1cff\ufb1d-\ufdff\ufe70-\ufefc"
SIGNS = "\u2e80-\ud7ff\uf900-\ufaff"
OTHER_SCRIPT = re.compile(f"[{SCRIPTS}{SIGNS}]")
NAME_OF_OTHER_SCRIPT = re.compile(
    rf"[{SCRIPTS}]{{2,}}(?:[ .,'’\u200c-]{{1,2}}[{SCRIPTS}]+\.?){{1,4}}"
    rf"|[{SIGNS}]{{2,4}}|[{SIGNS}]{{1,4}}[ ·・][{SIGNS}]{{1,6}}"
)
"""Two words or more that are not in Latin letters; of Chinese, Japanese or Korean two to four signs."""
OF_OTHER_SCRIPT = re.compile(rf"[{SCRIPTS}{SIGNS}]+(?:[ .,'’·・][{SCRIPTS}{SIGNS}]+)*")
HARD_AND_FAMILY = frozenset({"park", "castle", "lodge"})
BRITISH = "# England, Scotland, Wales and Ireland"
"""The heading of the family names of which two together are mostly a firm."""
BRITISH_FAMILY = re.compile(
    r"[a-z]{2,}(?:by|garth|combe|worth|thwaite|bottom|shaw|croft|hurst|stead|ridge|ington|ingham|sley|cott|field|stone|wick"
    r"|bourne|burn|brook|brooke|dale|ditch|fleet|gill|holme|more|tree|well|wood)\Z"
)
"""Endings of English family names that no given name from elsewhere has."""
NUMERALS = frozenset("ii iii vi vii viii ix xiv xvi".split())  # noqa: SIM905 - reads best
"""After the names of kings, popes and ships."""
GIVEN_MADE = re.compile(r"[a-z]{3,}(?:inder|vinder|preet|jeet|jit|deep|meet|leen|kunle|seun|dayo|lola|tunde|femi)\Z")
"""Endings of given names of Panjab and of Nigeria."""
VOWEL = re.compile("[aeiouy]")
ENGLISH_FAMILY = re.compile(
    r"[a-z]{3,}(?:by|garth|combe|worth|thwaite|bottom|shaw|croft|hurst|stead|ridge|ington|ingham|erton|sley|nell|cott|ham"
    r"|ford|well|den|man|son|kins|field|stone|wick|gate|court|bourne|burn|brook|wood|ley|more|ster|ard|ett|edge|ough)\Z"
)
"""Endings of English family names, of which no list is whole."""
GIVEN_BEFORE = re.compile(r"(?:d'|de'|la'|ja'|ta'|sha'|ke')[a-z]{3,}\Z")
NICKNAME = re.compile(r"(?<=\w) [\"“”'‘’(][^\W\d_]+[\"“”'‘’)](?= \w)")
CHILD_OF = re.compile(r"[^\W\d_]{3,}(?: [^\W\d_]+)? (?:s/o|d/o|a/l|a/p) [^\W\d_]{3,}(?: [^\W\d_]+)?", re.IGNORECASE)
"""`Uthayan s/o Raman`: son of."""
JOINT = re.compile(r"\s*(?:&|/|\band\b)\s*", re.IGNORECASE)
ANY_JOINT = re.compile(r"[&/]|\b[aA][nN][dD]\b")
OF_A_FIRM = re.compile(r"\b(?:[a-z]\.){2,3}\Z|\b[a-z]\.[a-z]\Z|\bo\.o\.", re.IGNORECASE)
"""Initials at the end of a text that say what a firm or club is: B.V., s.r.o., F.C."""
FIRMS = frozenset("bv fc cc nv sl sa sro zoo wa ph tra afc rfc as spa sarl cic uk plc llp".split())  # noqa: SIM905
RELATED = frozenset(
    "wife husband cotenant co-tenant tenant partner spouse daughter family children other another".split()  # noqa: SIM905
)
NAME_LETTERS = 0.15
"""What the letters of an unknown word have to weigh beside a known name."""
FOREIGN_LETTERS = -0.35
"""What the letters of a long unknown word have to weigh after a given name that is an everyday word."""
UNKNOWN_LETTERS = 0.5
"""What the letters of all words have to weigh where none is a known name."""


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


def sounds(part: str) -> float:
    """Return how much the letters of a word are like those of names: above 0 more than like those of other words."""
    known, word = _letters(), f" {part.replace(chr(39), '')} "
    if not VOWEL.search(part):
        return -1.0
    return sum(known.get(word[place : place + 3], 0.3) for place in range(len(word) - 2)) / max(1, len(word) - 2)


def plain_letters(text: str) -> str:
    """Return a text in lower case, without accents, with one kind of apostrophe."""
    folded = unicodedata.normalize("NFKD", text.replace("’", "'").replace("`", "'").replace("ł", "l").replace("Ł", "L"))
    plain = "".join(c for c in folded if not unicodedata.combining(c)).lower()
    plain = re.sub(r"\bo (?=[a-z]{4})", "o'", plain) if re.search("[óÓ] ", text) else plain
    return plain.replace("ø", "o").replace("ı", "i").replace("æ", "ae").replace("đ", "d").replace("ß", "ss")


LIKELY = 2
"""From here on a text that stands alone is taken for a name: its parts are known, or one is and the form is right."""

CERTAIN = 3
"""Given and family name are both known, and neither is an everyday word."""


def name_strength(text: str) -> int:
    """Return how much a whole text is like a person's name: 0 not at all, 1 perhaps, 2 likely, 3 certain."""
    if len(text) > 90 or len(text) < 2:
        return 0
    if OTHER_SCRIPT.search(text):
        return LIKELY if NAME_OF_OTHER_SCRIPT.fullmatch(text.strip()) else 0
    if "/" in text and CHILD_OF.fullmatch(text.strip()):
        return LIKELY
    if is_firm_by_ending(text):
        return 0
    if ANY_JOINT.search(text) and is_joint(text):
        return LIKELY
    if "(" in text and OF_FIRM_IN_BRACKETS.search(text):
        return 0
    name = BRACKETS.sub(" ", TRADING_AS.sub("", NICKNAME.sub("", text))).strip(" .,-'’\t")
    if " " not in name and len(name) > 5:
        # J.SMITH, JSmith-Example
        name = re.sub(r"(?<=[A-Za-z])\.(?=[A-Za-z]{2})|(?<=\A[A-Z])(?=[A-Z][a-z])", " ", name)
    is_of_the_dead = False
    if left_behind := LEFT_BEHIND.match(name):
        name = name[left_behind.end() :]
        is_of_the_dead = bool(left_behind["late"] or not left_behind["estate"])
    if NOT_A_NAME.search(name) or POSSESSIVE.search(name):
        return 0
    words = name_words()
    tokens = [t.rstrip(".") for t in WORD.findall(plain_letters(name))]
    first_words = [t for t in tokens if t != ","]
    if any(" ".join(first_words[:size]) in words.brand for size in (1, 2, 3)) or "&" in tokens or "/" in tokens:
        return 0
    turned = tokens.count(",") == 1 or bool(FAMILY_FIRST.match(name))
    plain = [t for t in tokens if t != ","]
    titled = is_of_the_dead or (bool(plain) and plain[0] in TITLES and len(plain) > 1)
    while plain and plain[0] in TITLES:
        plain = plain[1:]
    if (turned or len(plain) > 2) and plain[-1:] and plain[-1] in TITLES - {"father", "sister", "brother", "master"}:
        titled, plain = True, plain[:-1]
    while len(plain) > 2 and plain[-1] in AFTER:
        plain = plain[:-1]
    if has_lower_words(name):
        return 0
    is_half_lower = name[:1].isupper() and name.split()[-1].islower() and not turned and not titled and len(plain) > 1
    # Jasmine rice, but Jane smith
    if is_half_lower and (plain[0] in words.common or not is_given(plain[0]) or not is_family(plain[-1])):
        return 0
    return weigh(plain, titled=titled, turned=turned)


def has_lower_words(name: str) -> bool:
    """Return whether a text begins as a name, and goes on with a word that is written as none: `Jane Example lift`."""
    words = name.split()
    if not (name[:1].isupper() and len(words) > 2):
        return False
    lower = (plain_letters(w.strip(".,-'’")) for w in words[1:] if w.islower())
    return any(
        len(w) > 1 and w not in PARTICLES | INSIDE | AFTER and (w in name_words().common or not is_known_name(w))
        for w in lower
    )


def is_firm_by_ending(text: str) -> bool:
    """Return whether a text ends with initials that say what a firm or club is: `Example B.V.`."""
    if "." not in text or not OF_A_FIRM.search(text.rstrip(". ") if text.endswith(".") else text):
        return False
    return re.sub(r"\W", "", text.rsplit(" ", 1)[-1]).lower() in FIRMS


def is_name_of_street_words(text: str) -> bool:
    """Return whether a text is a given name and a family name, each of which places have as well: `JAMES HILL`.

    So it is where only people and bodies are, and where nothing that is built is called so.
    """
    words, parts = name_words(), plain_letters(text.strip()).split()
    if len(parts) != 2 or parts[1] not in words.street or parts[1] in words.hard or parts[1] in BUILT:
        return False
    first, last = parts
    is_everyday = first in words.common or first in words.place
    return is_given(first) and first in words.placegiven and not is_everyday and is_family(last)


BUILT = frozenset(
    "bridge bank house estate hall school library centre station flats view gate dock island".split()  # noqa: SIM905
)
"""Words of places after which bodies are called."""

NO_SURNAME = re.compile(
    r"\s*\((?:no (?:sur|last |family |second )name|one name(?: only)?|single name)\)", re.IGNORECASE
)


def is_single_name(text: str) -> bool:
    """Return whether a text is a given name and nothing else, as some people have one name only."""
    if NO_SURNAME.search(text):
        return True
    words, name = name_words(), plain_letters(text.strip())
    # one list after another: to join them costs a thousand times as much as to look a word up
    lists = (words.common, words.family, words.place, words.placegiven, words.language, words.brand)
    return len(name) > 3 and name in words.given and not any(name in known for known in lists)


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


def is_joint(text: str) -> bool:
    """Return whether a text names two people: `J Smith & A Smith`, `Smith J / Smith A`, `Example & wife`."""
    sides = JOINT.split(text.strip())
    if len(sides) != 2 or not all(re.fullmatch(r"[^\W\d_][\w .,'’-]*", s) for s in sides):
        return False
    first, second = sides
    words, parts = name_words(), plain_letters(first).split()
    if second.lower().replace(" ", "") in RELATED:
        return (len(parts) > 1 and name_strength(first) >= LIKELY) or (len(parts) == 1 and is_family(parts[0]))
    if len(parts) == 2 and is_family(parts[0]) and all(map(is_initials, plain_letters(f"{parts[1]} {second}").split())):
        # Example D & T
        return True
    if len(parts) == 1 and is_given(parts[0]):
        # Jane & John Example: both are given names and nothing else
        others = plain_letters(second).split()
        is_plain = len(others) > 1 and is_given(others[0]) and not {parts[0], others[0]} & words.common
        return is_plain and name_strength(second) >= LIKELY
    # one word on a side is the name of a partner in a firm
    if len(parts) == 1 and is_initials(parts[0].rstrip(".")):
        return name_strength(f"{first} {second}") >= LIKELY and name_strength(second) >= LIKELY
    return len(parts) > 1 and " " in second and name_strength(first) >= LIKELY and name_strength(second) >= LIKELY


def weigh(parts: list[str], *, titled: bool = False, turned: bool = False) -> int:
    """Weigh the parts of what may be a name, in plain letters and without title; `turned` has the family name first."""
    words = name_words()
    barred = words.things if titled else words.other
    is_of_a_place = len(parts) == 2 and parts[1] in words.place and is_given(parts[0])
    if is_of_a_place and not any(parts[0] in known for known in (words.common, words.placegiven, words.family)):
        return LIKELY
    if parts[1:-1] and is_given(parts[0]):
        # Errol St. Aubyn Campbell
        parts = [p for place, p in enumerate(parts) if not (p in INSIDE and 0 < place < len(parts) - 1)]
    if not parts or len(parts) > 6 or not barred.isdisjoint(parts) or any(map(str.isdigit, parts)):
        return 0
    full = [
        p
        for place, p in enumerate(parts)
        if not is_initials(p) and p not in PARTICLES and not (p in INSIDE and 0 < place < len(parts) - 1)
    ]
    initials = sum(map(is_initials, parts))
    if titled:
        return CERTAIN if full else 0
    if not full or not 2 <= len(full) + initials <= 5 or initials > 3:
        return 0
    first, last = full[0], full[-1]
    if first == "park" and len(full) == 2 and "-" in last and is_given(last):
        return LIKELY
    if last in words.hard:
        # somebody is called Park, but parks are called after kings and queens
        is_place = first in words.placegiven or first in words.common
        plain_given = is_given(first) and not is_place and not is_family(first)
        return LIKELY if plain_given and last in HARD_AND_FAMILY and len(full) == 2 else 0
    if len(full) == 1 or (initials and not is_given(first)):
        known = is_family(last) or is_family(first)
        if not known and not turned:
            # an unknown name before or after initials
            return LIKELY if len(full) == 1 and len(last) > 4 and last not in words.language else 0
        return LIKELY if not known or last in words.common else CERTAIN
    return _weigh_pair(full, turned=turned)


def _weigh_pair(full: list[str], *, turned: bool) -> int:
    """Weigh two names or more, none of which is an initial."""
    words = name_words()
    first, last = full[0], full[-1]
    everyday = [p in words.common for p in full]
    if not turned and is_firm_of(full):
        return 0
    if is_given(first) and is_family(last):
        is_place = first in words.placegiven and last in words.street
        return 0 if is_place else LIKELY if everyday[0] or everyday[-1] else CERTAIN
    if is_family(first) and is_given(last):
        # Cook Susan: a name of a trade, and a given name that is nothing else
        is_plain = not everyday[-1] and not is_family(last) and last not in words.placegiven and len(full) == 2
        of_a_trade = is_plain and first not in words.body | words.street | words.place | words.hard | {
            "black",
            "english",
        }
        return LIKELY if turned or (any(everyday) and of_a_trade) else 0 if any(everyday) else CERTAIN
    is_south_asian = is_family(first) and is_family(last) and not any(everyday) and len(full) == 2
    if is_south_asian and min(map(sounds, full)) > 0.6:
        # of South Asia, where family names are given as well
        return LIKELY
    if turned and (is_given(last) or is_family(first)):
        # a list of things has a comma as well
        of_things = everyday[0] and (is_family(last) or last in words.language) and not is_given(last)
        return 0 if of_things else LIKELY
    others = [p for p in full if not is_given(p) and not is_family(p)]
    if any(p in words.language for p in others):
        return 0
    if len(full) > 3:
        # José Luis Unknown Unknown: the first two are given names
        return LIKELY if all(is_given(p) and p not in words.common for p in full[:2]) and len(full) < 6 else 0
    like_a_name = min(map(sounds, others), default=0)
    # one part is known, and no other is a word of the language
    known = is_given(first) or (is_family(last) and last not in words.given and not is_family(first))
    if known and not any(everyday):
        return LIKELY
    if everyday[0] and is_given(first) and not any(everyday[1:]):
        is_english = len(full) == 2 and bool(ENGLISH_FAMILY.match(last)) and last not in words.place
        is_long = len(full) == 2 and len(last) > 5 and like_a_name > FOREIGN_LETTERS and last not in words.place
        return LIKELY if like_a_name > NAME_LETTERS or is_english or is_long else 0
    if any(everyday):
        return 0
    known = is_family(first) or is_given(last)
    return LIKELY if like_a_name > (NAME_LETTERS if known else UNKNOWN_LETTERS) and min(map(len, full)) > 2 else 0


def is_firm_of(parts: list[str]) -> bool:
    """Return whether all parts are British family names that nobody is given: `Example Sanderson` is a firm.

    Elsewhere many have two names of which either is handed down.
    """
    british = name_words().british
    known = sum(p in british for p in parts)
    return (
        known > 0
        and len(parts) in (2, 3)
        and all(p in british or (BRITISH_FAMILY.match(p) and not is_given(p)) for p in parts)
    )


def is_initials(part: str) -> bool:
    """Return whether a part of a name is one to three initials: `j`, `j.a`."""
    return len(part) == 1 or bool(re.fullmatch(r"[a-z](?:[.-][a-z]){1,2}", part))


def is_given(part: str) -> bool:
    """Return whether a word, or the first part of a double one, is a known given name."""
    if GIVEN_BEFORE.match(part) or (GIVEN_MADE.match(part) and part not in name_words().language):
        return True
    return part in name_words().given or (part.partition("-")[0] in name_words().given and "-" in part)


def is_family(part: str) -> bool:
    """Return whether a word is a known family name, a double one of which one part is, or is made like one."""
    words = name_words()
    if part.replace("'", "") in words.family or ("-" in part and any(p in words.family for p in part.split("-"))):
        return True
    return len(part) >= 6 and bool(MADE.search(part)) and part not in words.language


def names_within(text: str) -> Iterator[str]:
    """Yield the parts of a sentence that are names of people: `Refund to Jane Example for June`."""
    return (text[start:end] for start, end in places_of_names(text))


def places_of_names(text: str) -> Iterator[tuple[int, int]]:
    """Yield where the names of people in a sentence begin and end.

    Both parts have to be known, unless the name stands where only names stand: after `to` or a dash, before the end.
    """
    if OTHER_SCRIPT.search(text):
        yield from (m.span() for m in OF_OTHER_SCRIPT.finditer(text) if NAME_OF_OTHER_SCRIPT.fullmatch(m.group()))
    sentence = _Sentence.of(text)
    place = 0
    while place < len(sentence.plain) - 1:
        length = 0 if sentence.stops[place] else sentence.name_length(place)
        if length:
            yield sentence.found[place].start(), sentence.found[place + length - 1].end()
        place += length or sentence.brand_length(place) or 1


@dataclass(frozen=True, slots=True)
class _Sentence:
    """The words of a text: as found, in plain letters, whether in no name, and whether apart from the next."""

    found: list[re.Match[str]]
    plain: list[str]
    stops: list[bool]
    apart: list[bool]

    @classmethod
    def of(cls, text: str) -> _Sentence:
        words = name_words()
        found = list(WORD.finditer(text))
        # the end of a name is told by the possessive as well
        texts = [POSSESSIVE.sub("", m.group()).rstrip(".") for m in found]
        plain = [t.lower() if t.isascii() else plain_letters(t) for t in texts]
        # what has a dot inside is an address on the web
        stops = [
            p in NUMERALS or p in words.other or p in NEUTRAL or not p[:1].isalpha() or "." in p[2:] for p in plain
        ]
        apart = [len(t) + 1 < len(m.group()) for t, m in zip(texts, found, strict=True)]
        for place, (m, after) in enumerate(pairwise(found)):
            apart[place] = apart[place] or text[m.end() : after.start()].strip(" .") != ""
        return cls(found, plain, stops, apart)

    def name_length(self, place: int) -> int:
        """Return of how many words the name is that begins at a place; 0 where none does."""
        words = name_words()
        before = self.plain[place - 1] if place and not self.apart[place - 1] else ""
        if not place and (lead := self.leading_particles()) and self.is_turned(lead, "", begins=True):
            return lead + 3
        if (
            (before in ("st", "saint", "&"))
            or self.plain[place] in words.brand
            or self.plain[place] in PARTICLES - {"al"}
        ):
            return 0
        if self.is_turned(place, before):
            return 3
        room = 1
        while (
            room < 4
            and place + room < len(self.plain)
            and not (self.apart[place + room - 1] or self.stops[place + room])
        ):
            room += 1
        return next((size for size in range(room, 1, -1) if self.is_name(place, size, before)), 0)

    def brand_length(self, place: int) -> int:
        """Return of how many words what is called like a person is that begins at a place; 0 where nothing does."""
        brands = name_words().brand
        return next((size for size in (3, 2) if " ".join(self.plain[place : place + size]) in brands), 0)

    def is_all_lower(self, place: int, end: int) -> bool:
        """Return whether the words from a place are written without capitals."""
        return all(self.found[p].group().islower() for p in range(place, end))

    def leading_particles(self) -> int:
        """Return with how many parts such as `van der` a text begins."""
        lead = 0
        while lead < len(self.plain) - 3 and self.plain[lead] in PARTICLES | INSIDE and not self.apart[lead]:
            lead += 1
        return lead

    def is_turned(self, place: int, before: str, *, begins: bool = False) -> bool:
        """Return whether a name begins at a place that has a comma: family name, then given name or initial."""
        first, *others = self.plain[place : place + 3]
        if (
            len(others) < 2
            or others[0] != ","
            or not all(self.found[p].group()[0].isupper() for p in (place, place + 2))
        ):
            return False
        # a list of things has commas as well, so both parts must be names and nothing else
        words = name_words()
        follows = place + 3 == len(self.plain) or self.apart[place + 2]
        if is_initials(others[1]):
            if self.stands_apart(place) and follows_initials(self.plain, self.apart, place + 2):
                return is_family(first) and first not in words.common
            return before in TIES and first not in words.common and (is_family(first) or sounds(first) > NAME_LETTERS)
        if (begins or not place) and self.begins_turned(first, others[1], led=begins):
            return True
        if follows and self.is_capital_and_given(place):
            return True
        is_plain = not {first, others[1]} & words.common and (not is_family(others[1]) or (follows and bool(place)))
        return is_plain and is_family(first) and is_given(others[1])

    def stands_apart(self, place: int) -> bool:
        """Return whether nothing stands before a place, or a dash, comma or the like."""
        return not place or self.apart[place - 1] or not self.plain[place - 1][0].isalpha()

    def is_capital_and_given(self, place: int) -> bool:
        """Return whether a name stands at a place as in an index: `EXAMPLE, Norman`, after anything."""
        words, (family, _, given) = name_words(), self.plain[place : place + 3]
        written, others = self.found[place].group(), self.found[place + 2].group()
        if not (len(family) > 2 and written.isupper() and others[1:].islower()):
            return False
        is_thing = family in words.language and not is_family(family)
        return (
            not is_thing
            and is_given(given)
            and given not in words.placegiven
            and (is_family(family) or (sounds(family) > 0 and given not in words.common))
        )

    def begins_turned(self, family: str, given: str, *, led: bool) -> bool:
        """Return whether a text begins with a family name and a given one: `Example, Norman dec'd`."""
        words = name_words()
        is_place = any(family in known for known in (words.place, words.street, words.body))
        is_place = is_place or given in words.placegiven or given in words.place
        if is_place or (family in words.language and not led):
            return False
        if not is_given(given):
            # a given name that is known as a family name only
            is_plain = not {family, given} & words.common and is_family(family)
            return (is_plain and is_family(given) and sounds(given) > NAME_LETTERS) or (led and sounds(given) > 0)
        return given not in words.common or is_family(family)

    def is_name(self, place: int, size: int, before: str) -> bool:
        """Return whether so many words from a place are a name."""
        words, end = name_words(), place + size
        parts = self.plain[place:end]
        is_brand = before not in OF_ONE_PERSON and any(" ".join(parts[:n]) in words.brand for n in range(1, size + 1))
        if parts[-1] in PARTICLES or is_brand or parts[0] in words.body:
            return False
        is_upper = all(self.found[p].group()[0].isupper() for p in range(place, end) if self.plain[p] not in PARTICLES)
        after = "" if end == len(self.plain) or self.apart[end - 1] else self.plain[end]
        is_ended = not after or self.found[end].group()[0].islower()
        # a body that is called after somebody goes on with a capital, and without a comma or a bracket
        strength = weigh(parts)
        # a place is called after somebody as well: Emmanuel Bridge replacement, but Sarah Hill rent
        of_a_place = (
            parts[-1] in words.street
            and before not in TIES
            and after
            and (after in OF_PLACES or (after not in NEUTRAL and after not in OF_PEOPLE))
        )
        is_plain = is_plain_given(parts[0])
        is_told = after in AFTER_PEOPLE and (strength >= CERTAIN or (strength >= LIKELY and is_plain))
        # in a text without capitals: for jane example new glasses
        goes_on = is_ended and (is_upper or (before in TIES and after in words.common and after not in words.street))
        if after == "&" or of_a_place or (after in words.going_on and not goes_on and not is_told):
            return False
        is_tied = before in TIES
        if any(map(is_initials, parts)) and not is_given(parts[0]):
            lead = self.plain[place - 1] if place else ""
            if lead in OF_OFFICE and is_upper and is_ended:
                return strength >= LIKELY
            return is_upper and strength >= CERTAIN and (is_tied or (place == 0 and is_ended))
        if strength >= CERTAIN:
            return True
        if not is_tied and words.common.issuperset({parts[0], parts[-1]}):
            return False
        if (
            is_tied
            and is_ended
            and size == 2
            and is_plain
            and self.is_all_lower(place, end)
            and parts[1] not in words.place
        ):
            # in a text without capitals: paid to jane unknown
            return strength >= LIKELY and not words.language & {parts[1], after}
        starts = is_tied or not before or not before[0].isalpha() or (before in words.language and is_given(parts[0]))
        is_ended = is_ended or after in NEUTRAL or self.stops[end]
        return strength >= LIKELY and is_upper and starts and is_ended


def follows_initials(plain: list[str], apart: list[bool], place: int) -> bool:
    """Return whether initials at a place are followed by nothing of the same part of a text."""
    while place + 1 < len(plain) and not apart[place] and is_initials(plain[place + 1]):
        place += 1
    return place + 1 == len(plain) or apart[place]


TIES = frozenset(
    """to for by from re client tenant resident carer patient pupil payee claimant customer applicant employee worker
    mother father son daughter child of with and name named about regarding refund refunded reimburse reimbursed
    reimbursement repay repaid pay paid payable behalf attn attention care-of co carer mr mrs ms widow wife husband
    brother sister estate late deceased cllr councillor interpreter escort witness beneficiary recipient guardian
    grandparent grandparents grandmother grandfather gran nan aunt uncle cousin niece nephew partner complainant
    appellant driver neighbour volunteer childminder tutor teacher coach occupant householder leaseholder owner
    tenants staff ref dp sgo lac yp ex speaker artist trainer facilitator counsellor therapist assessor translator
    signer piano clerk terp frm pymt paymt pymnt payt expenses exps wages salary advance honorarium stipend fostering
    foster tutoring officer victim defendant suspect perp deceased's delivered daughter's lady""".split()  # noqa: SIM905 - reads best
)
"""Words before initials and a family name that say that a person is meant."""

OF_ONE_PERSON = frozenset(
    """client tenant resident carer patient pupil student claimant applicant employee mother father son daughter child
    widow wife husband brother sister deceased beneficiary recipient guardian aunt uncle cousin niece nephew occupant
    householder leaseholder childminder victim defendant yp""".split()  # noqa: SIM905 - reads best
)
"""Those of them after which nothing is called like a person."""

OF_PEOPLE = frozenset(
    """overpayment overpaid deposit deposits salary wages uniform taxi travel respite wheelchair bond counselling
    tuition therapy interpreting bus pass shoes bedding mattress laptop lunch supper""".split()  # noqa: SIM905 - reads best
)
"""What is paid for people, after a name that a place may have as well."""

OF_OFFICE = frozenset(
    """clerk officer terp interpreter fostering foster pymt paymt pymnt payt expenses exps wages honorarium stipend
    childminder tutor carer escort inspector""".split()  # noqa: SIM905 - reads best
)
"""Words after which initials and an unknown word are somebody."""

AFTER_PEOPLE = frozenset(
    """team childminding childminder carer carers fostering photography photographer counselling counsellor tuition
    tutoring yoga pilates therapy psychotherapy hypnotherapy reflexology massage supervision mentoring
    storytelling decorating plumbing carpentry joinery gardening gardener pottery decorator plumber carpenter
    electrician interpreting translation translations music ceramics illustration upholstery handyman tutor
    driving""".split()  # noqa: SIM905 - reads best
)
"""Words of bodies that follow the name of a person in capitals as well."""

OF_PLACES = frozenset({"of", "and", "at", "in", "for"})
"""What may follow a place as well as a person."""

NEUTRAL = frozenset(
    """and of the for in on at to by with from an or fee fees care support paid pay payment payments refund rent
    allowance placement placements transport expenses invoice family home arrears case july june may april march january
    february
    august september october november december feb mar apr jun jul aug sep sept oct nov dec monthly weekly""".split()  # noqa: SIM905 - reads best
)
"""Words of bodies and things that may follow a name in a sentence."""
