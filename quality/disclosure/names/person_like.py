"""Which texts are like the name of a person: known given and family names, weighed against words of bodies and places.

Nothing is certain here: a text is like a name when its parts are, and nothing in it says body, place or trade.
"""

from __future__ import annotations

import re
from functools import lru_cache

from quality.disclosure.names.known_names import (
    INSIDE,
    LONGEST_WORD,
    MOST_REMEMBERED,
    PARTICLES,
    is_family,
    is_given,
    is_initials,
    is_known_name,
    name_words,
    plain_letters,
    sounds,
)

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
AFTER = frozenset("beng ba bsc cbe dds dphil jnr jr junior kc ma mba mbe msc obe phd qc rgn snr sr".split())  # noqa: SIM905
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
HARD_AND_FAMILY = frozenset({"park", "castle", "lodge"})
BRITISH_FAMILY = re.compile(
    r"[a-z]{2,}(?:by|garth|combe|worth|thwaite|bottom|shaw|croft|hurst|stead|ridge|ington|ingham|sley|cott|field|stone|wick"
    r"|bourne|burn|brook|brooke|dale|ditch|fleet|gill|holme|more|tree|well|wood)\Z"
)
"""Endings of English family names that no given name from elsewhere has."""
ENGLISH_FAMILY = re.compile(
    r"[a-z]{3,}(?:by|garth|combe|worth|thwaite|bottom|shaw|croft|hurst|stead|ridge|ington|ingham|erton|sley|nell|cott|ham"
    r"|ford|well|den|man|son|kins|field|stone|wick|gate|court|bourne|burn|brook|wood|ley|more|ster|ard|ett|edge|ough)\Z"
)
"""Endings of English family names, of which no list is whole."""
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
    return weigh(tuple(plain), titled=titled, turned=turned)


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
    # a given and a family name, each of a known list: what is longer than two long words is neither
    words, parts = name_words(), plain_letters(text.strip()[: 2 * LONGEST_WORD]).split()
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
    words, name = name_words(), plain_letters(text.strip()[:LONGEST_WORD])
    # one list after another: to join them costs a thousand times as much as to look a word up
    lists = (words.common, words.family, words.place, words.placegiven, words.language, words.brand)
    return len(name) > 3 and name in words.given and not any(name in known for known in lists)


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


@lru_cache(MOST_REMEMBERED)
def weigh(parts: tuple[str, ...], *, titled: bool = False, turned: bool = False) -> int:
    """Weigh the parts of what may be a name, in plain letters and without title; `turned` has the family name first."""
    words = name_words()
    barred = words.things if titled else words.other
    is_of_a_place = len(parts) == 2 and parts[1] in words.place and is_given(parts[0])
    if is_of_a_place and not any(parts[0] in known for known in (words.common, words.placegiven, words.family)):
        return LIKELY
    if parts[1:-1] and is_given(parts[0]):
        # Errol St. Aubyn Campbell
        parts = tuple(p for place, p in enumerate(parts) if not (p in INSIDE and 0 < place < len(parts) - 1))
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
