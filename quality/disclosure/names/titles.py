"""Names of people after a title: whatever the title, the case of the letters, and what stands before it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from quality.disclosure.names.known_names import (
    LONGEST_WORD,
    PARTICLES,
    is_family,
    is_given,
    name_words,
    plain_letters,
    sounds,
)
from quality.disclosure.names.person_like import POSSESSIVE

STRONG = frozenset(
    """mr mrs mx messrs mme mdme cllr councillor alderman prof professor rev revd rev'd reverend rabbi imam pastor
    sheikh sgt sra sig sigra herr frau senora mlle monsieur swami maulana hhj""".split()  # noqa: SIM905 - a list of words reads best as words
)
"""Titles after which only names stand."""
WEAK = frozenset(
    """ms miss dr sir dame lady lord baroness baron father fr sister brother bro mother captain capt judge
    master canon deacon bishop archbishop pc dc ds wpc insp inspector constable nurse dean sheriff sr drs
    hajji haji lieutenant lt colonel col
    sergeant""".split()  # noqa: SIM905
)
"""Titles that are also words or abbreviations of something else, so that a name has to follow."""
ABBREVIATED = frozenset(
    {"pc", "dc", "ds", "lt", "col", "sr", "fr", "canon", "dean", "bro", "sra", "sig", "capt", "insp", "inspector"}
)
"""Those of them that are mostly something else: a given name or a known family name has to follow."""
OF_ANYBODY = frozenset({"mr", "mrs", "ms", "miss", "mx", "cllr", "councillor"})
"""Those that no monument, street or school has in its name."""
MILITARY = frozenset({"lt", "col", "capt", "sgt", "lieutenant", "colonel"})
TITLES = STRONG | WEAK

TITLE = rf"(?:{'|'.join(map(re.escape, sorted(TITLES, key=len, reverse=True)))})(?:[^a-z]|$)"
"""As a net: any title, as a whole word; also one that runs on after a dot."""

AFTER_A_NAME = re.compile(r"[^\W\d_]+[^\n]{0,60}\((?:mr|mrs|ms|miss|mx)\.?\)\Z", re.IGNORECASE)
"""`Example House (Mrs)`: so lists of payees tell somebody from a firm."""
ANY_TITLE = re.compile(rf"\b{TITLE}", re.IGNORECASE)
WORD = re.compile(r"[^\W\d_]+(?:['’`-][^\W\d_]+)*|&|,|\S")
DRIVE = re.compile(r"\d+[a-z]?,? (?:[\w'’-]+ ){1,3}\Z", re.IGNORECASE)

BODIES = frozenset(
    """school schools surgery nursery academy trust foundation almshouses college church centre center house hall road
    street lane avenue close square terrace crescent gardens park court mews way estate primary infant infants junior
    secondary sixth playgroup practice partners partnership tea cafe boutique bakery restaurant kitchen salon pub inn
    arms gallery museum library theatre clinic hospital hospice charity society association club project ward
    playing fields field statue institute settlement shelter hostel community solicitors associates
    ltd plc group services company brothers sons records playhouse
    ices vending potatoes sauce slices juice pie pies pizza tearoom tearooms nurseries preschool pre-school
    day jewish girls boys ce rc va catholic high grammar grove hill parade walk row place green bridge
    """.split()  # noqa: SIM905
)
"""Words that make a body, a place or a product of the name before them."""
SURELY_BODIES = frozenset(
    """school surgery nursery academy trust foundation road street lane avenue close centre house college primary
    association restaurant cafe""".split()  # noqa: SIM905
)
"""Those of them that say so in a text without capitals as well."""
PRODUCTS = frozenset(
    """juice sauce slices vending yoghurt yoghurts sachets crisps gateaux chips boots jars relish biscuits cakes
    cereal rice tea coffee soup squash cordial cleaner polish spray heritage tickets musical""".split()  # noqa: SIM905
)
"""What is called after somebody who is no payee."""


MOST_TITLES = 12
"""Titles, with what joins them, that one or two people have before their name."""


def begins_with_a_title(text: str) -> bool:
    """Return whether the first word is a title."""
    first = WORD.match(text.lstrip())
    return first is not None and plain_letters(first.group()) in TITLES - ABBREVIATED


def places_after_titles(text: str, *, of_payees: bool = False) -> Iterator[tuple[int, int]]:
    """Yield where names that follow a title begin and end, with it: `Mrs Example`, `Messrs R and J Example`.

    Among payees a body may be called after a title as well, so that nothing else may be said there.
    """
    if not ANY_TITLE.search(text if text.isascii() else plain_letters(text)):
        return
    # a dot between two words is read as a space; positions stay
    spaced = re.sub(r"(?<=[^\W\d_]{2})\.(?=[^\W\d_]{2})", " ", text)
    spaced = re.sub(r"(?<=[^\W\d_])\.(?=[^\W\d_])", " ", spaced)
    found = list(WORD.finditer(spaced))
    plain = [plain_letters(POSSESSIVE.sub("", m.group()[:LONGEST_WORD])) for m in found]
    if AFTER_A_NAME.fullmatch(text) and not text.lstrip("( ").lower().startswith("mr"):
        yield 0, len(text)
    for place, word in enumerate(plain):
        if word in TITLES and (end := _name_end(spaced, found, plain, place, of_payees=of_payees)):
            yield found[place].start(), found[end - 1].end()


def _name_end(text: str, found: list[re.Match[str]], plain: list[str], place: int, *, of_payees: bool) -> int:
    """Return where the name after a title at a place ends; 0 where there is none."""
    title = plain[place]
    if title == "dr" and DRIVE.search(text[: found[place].start()]):
        return 0
    if plain[place - 1 : place] == ["our"] or (of_payees and _is_of_several(plain, place)):
        return 0
    start = place + 1
    # Mr & Mrs, Rev Canon; the initials of one or two people. Whoever has more titles has a list of them, which would
    # be walked from each of them to its end
    while start < min(len(plain), place + MOST_TITLES) and (
        plain[start] in TITLES
        or plain[start] in (".", "'", "ra")
        or (plain[start] in ("&", "and") and plain[start + 1 : start + 2] and plain[start + 1] in TITLES)
    ):
        start += 1
    first = start
    while start < len(plain) and (
        (len(plain[start]) == 1 and plain[start].isalpha())
        or plain[start] in PARTICLES
        or plain[start] in ("&", "and", ".")
    ):
        start += 1
    has_initials = any(len(p) == 1 and p.isalpha() for p in plain[first:start])
    if start == len(plain) or not plain[start][:1].isalpha():
        # Mrs K: nothing but an initial
        alone = has_initials and title in ("mr", "mrs", "mx", "cllr", "ms", "miss") and found[first].group().isupper()
        return start if alone and (start == len(plain) or plain[start] in (",", ";", ":", ")")) else 0
    if not _may_be_called(title, plain, start, found[start].group(), has_initials=has_initials):
        return 0
    end = start + 1
    is_whole = of_payees and place == 0 and len(plain) == start + 2 and (is_given(plain[start]) or has_initials)
    if is_whole and title in STRONG | {"ms", "miss"} and not POSSESSIVE.search(found[start].group()):
        # Miss Rose Garden: all are names, also those that are words of places
        return len(plain)
    while end < min(len(plain), start + 4) and _is_more_of_a_name(plain[end]):
        end += 1
    return 0 if _goes_on_as_a_body(found, plain, place, end, of_payees=of_payees) else end


def _is_of_several(plain: list[str], place: int) -> bool:
    """Return whether a payee is a body of or about whoever has the title: chambers of Sir Example, Drs A, B and C."""
    before = plain[max(0, place - 3) : place]
    rest = plain[place + 1 :] if plain[place] == "drs" else []
    is_practice = "," in rest and ("and" in rest or "&" in rest)
    return is_practice or (
        before[-1:] in (["of"], ["the"]) and not {"chambers", "order", "parish", "legacy"}.isdisjoint(before)
    )


def _may_be_called(title: str, plain: list[str], place: int, written: str, *, has_initials: bool) -> bool:
    """Return whether somebody with a title may be called so."""
    words, word = name_words(), plain[place]
    for size in (1, 2, 3):
        if " ".join((title, *plain[place : place + size])) in words.brand:
            return False
    # Mr John Lewis is no shop, but Sir Walter Raleigh is no payee
    if title not in OF_ANYBODY and any(" ".join(plain[place : place + n]) in words.brand for n in (2, 3)):
        return False
    is_name = is_given(word) or is_family(word)
    after = plain[place + 1] if place + 1 < len(plain) else ""
    if "-" in word and is_name and written[:1].isupper():
        return True
    if title in MILITARY and plain[place - 2 : place - 1] and has_initials and after == "":
        return True
    if title in ABBREVIATED:
        is_followed = after[:1].isalpha() and (is_family(after) or after not in words.language)
        return is_name and (is_followed or has_initials) and (is_given(word) or word not in words.common)
    if word in words.things or (word in BODIES and word not in words.family):
        return False
    if is_name and word not in words.common:
        return True
    if is_name:
        is_followed = bool(after) and after[:1].isalpha() and (is_family(after) or is_given(after))
        is_alone = not after or not after[:1].isalpha()
        return has_initials or is_followed or (written[:1].isupper() and (title in STRONG or is_alone))
    if word in words.language and title in STRONG and written[:1].isupper() and after[:1].isalpha():
        # Mx Sky Example
        return (is_family(after) or is_given(after)) and after not in words.common | words.language
    if word in words.language or len(word) < 2:
        # somebody may be called Door, but Dr Door is followed by nothing else
        is_last = not after or not after[:1].isalpha()
        is_thing = written.isupper() and title not in STRONG and not has_initials
        return (
            not is_thing
            and (has_initials or is_last)
            and title in STRONG | {"ms", "miss", "dr"}
            and written[:1].isupper()
        )
    if written.isupper() and title in ("ms", "miss", "dr") and not has_initials:
        # MS and MISS begin the names of things, which are in no list
        return sounds(word) > 0
    return title in STRONG or written[:1].isupper() or has_initials


def _is_more_of_a_name(word: str) -> bool:
    words = name_words()
    return (
        word[:1].isalpha() and (is_given(word) or is_family(word) or word not in words.language) and word not in BODIES
    )


def _goes_on_as_a_body(found: list[re.Match[str]], plain: list[str], place: int, end: int, *, of_payees: bool) -> bool:
    """Return whether the words after a name make a body, a place or a product of it."""
    words = name_words()
    names = found[place + 1 : end]
    last = found[end - 1].group()
    is_lower = last.islower()
    rest = []
    for word in range(end, min(len(plain), end + 4)):
        if not plain[word][:1].isalpha() and plain[word] != "&":
            break
        rest.append(word)
    if rest and plain[rest[0]] in PRODUCTS:
        return True
    if plain[place] == "messrs" or "&" in plain[end:]:
        return not BODIES.isdisjoint(plain[end:])
    bodies = SURELY_BODIES if is_lower else BODIES
    # a name in capitals is followed by whatever was bought
    near = rest[: 1 if is_lower else 2 if last.isupper() else 4]
    capital = [w for w in near if is_lower or found[w].group()[:1].isupper() or plain[w] == "&"]
    if any(plain[w] in bodies or plain[w].removesuffix("s") in bodies for w in capital):
        return True
    if not of_payees:
        return False
    is_possessive = any(POSSESSIVE.search(m.group()) for m in names)
    after = [plain[w] for w in rest]
    return is_possessive or any(w in words.things or (w in BODIES and w not in words.family) for w in after)
