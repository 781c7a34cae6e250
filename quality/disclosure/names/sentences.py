"""Names of people within a sentence, by their parts and by what stands before and after them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from quality.disclosure.names.known_names import (
    INSIDE,
    LONGEST_WORD,
    NEUTRAL,
    PARTICLES,
    brand_beginnings,
    is_family,
    is_given,
    is_initials,
    is_plain_given,
    name_words,
    plain_letters,
    sounds,
)
from quality.disclosure.names.person_like import (
    CERTAIN,
    LIKELY,
    NAME_LETTERS,
    NAME_OF_OTHER_SCRIPT,
    OTHER_SCRIPT,
    POSSESSIVE,
    SCRIPTS,
    SIGNS,
    WORD,
    weigh,
)

OF_OTHER_SCRIPT = re.compile(rf"[{SCRIPTS}{SIGNS}]+(?:[ .,'’·・][{SCRIPTS}{SIGNS}]+)*")
NUMERALS = frozenset("ii iii vi vii viii ix xiv xvi".split())  # noqa: SIM905 - reads best
"""After the names of kings, popes and ships."""


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
        short = (t[:LONGEST_WORD] for t in texts)
        plain = [t.lower() if t.isascii() else plain_letters(t)[:LONGEST_WORD] for t in short]
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
            or (self.plain[place] in PARTICLES and self.plain[place] != "al")
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
        if self.plain[place] not in brand_beginnings():
            return 0
        brands = name_words().brand
        return next((size for size in (3, 2) if " ".join(self.plain[place : place + size]) in brands), 0)

    def is_all_lower(self, place: int, end: int) -> bool:
        """Return whether the words from a place are written without capitals."""
        return all(self.found[p].group().islower() for p in range(place, end))

    def leading_particles(self) -> int:
        """Return with how many parts such as `van der` a text begins."""
        lead = 0
        while (
            lead < len(self.plain) - 3
            and (self.plain[lead] in PARTICLES or self.plain[lead] in INSIDE)
            and not self.apart[lead]
        ):
            lead += 1
        return lead

    def is_turned(self, place: int, before: str, *, begins: bool = False) -> bool:
        """Return whether a name begins at a place that has a comma: family name, then given name or initial."""
        first, *others = self.plain[place : place + 3]
        if (
            len(others) < 2
            or others[0] != ","
            or not all(self.found[p].group()[:1].isupper() for p in (place, place + 2))
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
        return not place or self.apart[place - 1] or not self.plain[place - 1][:1].isalpha()

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
        strength = weigh(tuple(parts))
        # nothing around them makes a name of words that are none; most are not
        if strength < LIKELY:
            return False
        is_brand = before not in OF_ONE_PERSON and any(" ".join(parts[:n]) in words.brand for n in range(1, size + 1))
        if parts[-1] in PARTICLES or is_brand or parts[0] in words.body:
            return False
        is_upper = all(self.found[p].group()[:1].isupper() for p in range(place, end) if self.plain[p] not in PARTICLES)
        after = "" if end == len(self.plain) or self.apart[end - 1] else self.plain[end]
        is_ended = not after or self.found[end].group()[:1].islower()
        # a place is called after somebody as well: Emmanuel Bridge replacement, but Sarah Hill rent
        of_a_place = (
            parts[-1] in words.street
            and before not in TIES
            and after
            and (after in OF_PLACES or (after not in NEUTRAL and after not in OF_PEOPLE))
        )
        is_plain = is_plain_given(parts[0])
        is_told = after in AFTER_PEOPLE and (strength >= CERTAIN or is_plain)
        # a body that is called after somebody goes on with a capital, and without a comma or a bracket; in a text
        # without capitals: for jane example new glasses
        goes_on = is_ended and (is_upper or (before in TIES and after in words.common and after not in words.street))
        if after == "&" or of_a_place or (after in words.going_on and not goes_on and not is_told):
            return False
        is_tied = before in TIES
        if any(map(is_initials, parts)) and not is_given(parts[0]):
            lead = self.plain[place - 1] if place else ""
            if lead in OF_OFFICE and is_upper and is_ended:
                return True
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
            return not words.language & {parts[1], after}
        starts = is_tied or not before or not before[:1].isalpha() or (before in words.language and is_given(parts[0]))
        is_ended = is_ended or after in NEUTRAL or self.stops[end]
        return is_upper and starts and is_ended


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
