"""A proposal for the layout of a file that nobody has described: which column may be which field, how sure, and why.

A person confirms it. Headings are compared with every heading that any publisher of the dataset uses; cells with what
the fields ask for, and with what the fields of other publishers look like.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

import pyarrow as pa

from packages.model import ChangeLog, Rows
from packages.profile import Profile, ProfileBuilder, profile_distance, profile_size, text_kind
from packages.shaping.dates import ISO_DATE, DateOrder, OrderEvidence, OrderProof, iso_date, order_proof
from packages.shaping.heading_similarity import heading_similarity
from packages.shaping.headings import normalise, own_headings, shown_heading
from packages.shaping.numbers import is_plain_number, plain_number
from packages.shaping.texts import TRUTHS, fold_text
from packages.spec import DatasetSpec, FieldSpec, JoinSpec, ResourceSpec, SplitSpec, headings_of
from packages.vocabulary import Publisher

BATCHES = 4
"""So many first batches of the file are looked at: ten thousands of rows."""

KEPT = 400
"""So many different texts of a column are looked at."""

SURE, LIKELY, LEAST = 0.85, 0.7, 0.53
"""From these scores on a match is sure, likely, or worth a guess."""

NEARLY = 0.76
"""What a heading that is only like a known one counts for: too little to be sure, even when the cells fit."""

NAMED = 0.5
"""What the heading must count for, whatever the cells say."""

NAME_WEIGHS = 0.65
"""What the heading counts for; the rest is what the cells say."""

NEAR_CODE = 0.8
"""How alike a text and a code are before the one is proposed for the other."""


@dataclass
class ColumnSample:
    """What some rows of one column hold: different texts, their profile, and what they say of the order of dates."""

    heading: str
    texts: dict[str, None] = field(default_factory=dict)
    filled: int = 0
    dates: OrderEvidence = field(default_factory=OrderEvidence)
    looks: ProfileBuilder = field(default_factory=lambda: ProfileBuilder(text_kind))

    def add(self, cells: pa.Array, numbers: pa.Array) -> None:
        """Take the cells of a batch in."""
        self.dates.add(cells, numbers)
        known = [text for text in cells.to_pylist() if text and text.strip()]
        self.filled += len(known)
        self.looks.add(pa.array(known, pa.string()))
        self.texts.update(dict.fromkeys(islice(known, KEPT - len(self.texts)) if len(self.texts) < KEPT else ()))


@dataclass(frozen=True, slots=True)
class ColumnMatch:
    """A column that may be a field: its heading, a score (0 to 1), and why."""

    field: FieldSpec
    heading: str
    score: float
    why: str

    @property
    def sureness(self) -> str:
        """A word for how sure it is."""
        return "sure" if self.score >= SURE else "likely" if self.score >= LIKELY else "a guess"


@dataclass(frozen=True, slots=True)
class Proposal:
    """What may be the layout of a file.

    `left` are the headings that are no field, with the nearest field, which has another column (or ""); `missing`
    the fields that nothing was found for. `constants` are fields with one text for the whole file; `orders` tell of
    date fields how they are to be read, `values` of code lists which text of the file may mean which code.
    """

    resource: ResourceSpec
    matches: tuple[ColumnMatch, ...]
    left: tuple[tuple[str, str], ...]
    missing: tuple[FieldSpec, ...]
    constants: Mapping[str, str]
    orders: Mapping[str, DateOrder]
    values: Mapping[str, Mapping[str, str]]

    @property
    def lacks(self) -> tuple[FieldSpec, ...]:
        """The required fields that are missing."""
        return tuple(one for one in self.missing if one.required)


@dataclass(frozen=True, slots=True)
class Crosswalk:
    """How all publishers of a dataset call each field: spelling and who uses it. `profiles` are what it looks like."""

    spellings: Mapping[str, Mapping[str, tuple[str, ...]]]
    profiles: Mapping[str, Sequence[Profile]]


def crosswalk(
    specs: Iterable[DatasetSpec], resource: ResourceSpec, profiles: Mapping[str, Sequence[Profile]]
) -> Crosswalk:
    """Gather every heading that a layout of any publisher names for a field."""
    found: dict[str, dict[str, tuple[str, ...]]] = {one.name: {} for one in resource.table_schema.fields}
    for spec in specs:
        for layout in spec.layouts:
            for name, column in layout.columns.items():
                if name in found and not isinstance(column, JoinSpec | SplitSpec):
                    for heading in headings_of(column):
                        users = found[name].get(heading, ())
                        found[name][heading] = tuple(dict.fromkeys((*users, spec.identity.publisher)))
    return Crosswalk(found, profiles)


def propose(
    rows: Rows, resource: ResourceSpec, known: Crosswalk, constants: Mapping[str, str] | None = None
) -> Proposal:
    """Look at the first rows of a file and say which column may be which field of a resource."""
    samples = _samples(rows)
    fields = resource.table_schema.fields
    scored = sorted(_scored(samples, fields, known), key=lambda match: -match.score)
    matches = _with_required(_best(scored), scored)
    taken, named = {m.heading for m in matches}, {m.field.name for m in matches}
    nearest = {m.heading: m.field.name for m in reversed(scored)}
    by_heading = {sample.heading: sample for sample in samples}
    given = {name: text for name, text in (constants or {}).items() if name not in named}
    return Proposal(
        resource=resource,
        matches=tuple(m for one in fields for m in matches if m.field.name == one.name),
        left=tuple((s.heading, nearest.get(s.heading, "")) for s in samples if s.heading not in taken),
        missing=tuple(one for one in fields if one.name not in named and one.name not in given),
        constants=given,
        orders={m.field.name: o for m in matches if (o := _order(m.field, by_heading[m.heading]))},
        values={m.field.name: v for m in matches if (v := _values(m.field, by_heading[m.heading]))},
    )


def constants_of(specs: Iterable[DatasetSpec], whose: Publisher, publishers: Mapping[str, Publisher]) -> dict[str, str]:
    """The constants that most publishers give in their layouts, as this publisher would give them."""
    specs = tuple(specs)
    given: dict[str, list[tuple[Publisher, str]]] = {}
    for spec in specs:
        publisher = publishers.get(spec.identity.publisher)
        for layout in spec.publisher.layouts:
            for name, text in layout.constants.items():
                if publisher:
                    given.setdefault(name, []).append((publisher, text))
    usual = {name: pairs for name, pairs in given.items() if len({p.slug for p, _ in pairs}) * 2 > len(specs)}
    found = {name: _like_the_others(pairs, whose) for name, pairs in usual.items()}
    return {name: text for name, text in found.items() if text}


def _like_the_others(pairs: Sequence[tuple[Publisher, str]], whose: Publisher) -> str:
    """Everybody's own code or name becomes ours; one text of all stays; anything else is nothing."""
    for ours in ("gss", "uri", "title", "name", "curie"):
        if all(text and getattr(publisher, ours) == text for publisher, text in pairs):
            return str(getattr(whose, ours))
    texts = {text for _, text in pairs}
    return texts.pop() if len(texts) == 1 and len(pairs) > 1 else ""


def _samples(rows: Rows) -> list[ColumnSample]:
    headings = [rows.headings.get(column, column) for column in rows.columns]
    samples = [ColumnSample(shown_heading(heading)) for heading in headings]
    for batch in islice(rows.start(ChangeLog()), BATCHES):
        for sample, cells in zip(samples, batch.cells.columns, strict=True):
            sample.add(cells, batch.numbers)
    return [s for s, heading in zip(samples, headings, strict=True) if normalise(heading)]


def _scored(samples: Sequence[ColumnSample], fields: Sequence[FieldSpec], known: Crosswalk) -> Iterator[ColumnMatch]:
    for sample in samples:
        for one in fields:
            name, called = _name_score(sample.heading, one, known)
            cells, held = _cell_score(sample, one, known)
            score = name * NAME_WEIGHS + cells * (1 - NAME_WEIGHS)
            if score >= LEAST and name >= NAMED and cells > 0:
                yield ColumnMatch(one, sample.heading, round(score, 3), "; ".join(filter(None, (called, held))))


def _best(scored: Iterable[ColumnMatch]) -> list[ColumnMatch]:
    """The best match of each field, no column twice; of the sorted matches the first one wins."""
    chosen: list[ColumnMatch] = []
    for match in scored:
        if all(match.heading != other.heading and match.field.name != other.field.name for other in chosen):
            chosen.append(match)
    return chosen


def _with_required(chosen: list[ColumnMatch], scored: Iterable[ColumnMatch]) -> list[ColumnMatch]:
    """A required field without a column takes one from a field that can do without, when it may be meant as well."""
    by_heading = {match.heading: match for match in chosen}
    for match in scored:
        holder = by_heading.get(match.heading, match)
        lacking = all(match.field.name != other.field.name for other in by_heading.values())
        if lacking and match.field.required and not holder.field.required and match.score >= LIKELY:
            by_heading[match.heading] = match
    return list(by_heading.values())


def _name_score(heading: str, one: FieldSpec, known: Crosswalk) -> tuple[float, str]:
    if normalise(heading) in own_headings(one):
        return 1.0, "our own name for it"
    spellings = known.spellings.get(one.name, {})
    users = [user for spelling, who in spellings.items() if normalise(spelling) == normalise(heading) for user in who]
    if users:
        return min(0.9 + len(users) / 100, 0.99), f"as {_listed(users)} {'calls' if len(users) == 1 else 'call'} it"
    nearest = max((*spellings, one.title or one.name, one.name), key=lambda name: heading_similarity(heading, name))
    score = heading_similarity(heading, nearest) * NEARLY
    return score, f"much like “{nearest}”" if score >= NAMED else ""


def _listed(users: Sequence[str]) -> str:
    who = list(dict.fromkeys(users))
    return who[0] if len(who) == 1 else f"{who[0]} and {len(who) - 1} more"


def _cell_score(sample: ColumnSample, one: FieldSpec, known: Crosswalk) -> tuple[float, str]:
    """How well the cells fit a field: 0 when they cannot be meant, 0.5 when they say nothing."""
    texts = list(sample.texts)
    if not texts:
        return 0.5, "the column is empty"
    if one.enum:
        return _share(texts, lambda text: fold_text(text) in {fold_text(code) for code in one.enum}, "on its list")
    if one.type in ("date", "datetime"):
        return _share(texts, _is_date, "dates")
    if one.type in ("number", "integer"):
        return _share(texts, lambda text: is_plain_number(plain_number(text.strip())), "numbers")
    if one.type == "boolean":
        return _share(texts, lambda text: fold_text(text) in TRUTHS, "yes or no")
    return _text_score(sample, texts, known.profiles.get(one.name, ()))


def _share(texts: Sequence[str], fits: Callable[[str], bool], noun: str) -> tuple[float, str]:
    share = sum(map(fits, texts)) / len(texts)
    said = "all cells are" if share == 1 else f"{share:.0%} of the different cells are"
    return (share if share >= 0.5 else 0.0), f"{said} {noun}"


def _is_date(text: str) -> bool:
    return any(re.fullmatch(ISO_DATE, iso_date(text.strip(), order)) for order in DateOrder)


def _text_score(sample: ColumnSample, texts: Sequence[str], profiles: Sequence[Profile]) -> tuple[float, str]:
    found = sample.looks.result()
    alike = [1 - profile_distance(profile, found) for profile in profiles if profile_size(profile)]
    if alike:
        best = max(alike)
        return max(best, 0.05), "its cells look like those of other publishers" if best >= 0.5 else ""
    dates = sum(
        order_proof(text) in (OrderProof.DAY_FIRST, OrderProof.MONTH_FIRST, OrderProof.EITHER) for text in texts
    ) / len(texts)
    amounts = sum("." in text and is_plain_number(plain_number(text.strip())) for text in texts) / len(texts)
    if max(dates, amounts) > 0.9:
        return 0.1, "its cells are dates" if dates > amounts else "its cells are amounts"
    return 0.75, ""


def _order(one: FieldSpec, sample: ColumnSample) -> DateOrder | None:
    """How the dates are to be read when the file proves it; None when it does not, or needs no word."""
    if one.type not in ("date", "datetime") or sample.dates.mixed:
        return None
    proven = {p for p in (OrderProof.DAY_FIRST, OrderProof.MONTH_FIRST) if sample.dates.rows(p)}
    return DateOrder(proven.pop()) if len(proven) == 1 else None


def _values(one: FieldSpec, sample: ColumnSample) -> dict[str, str]:
    """Texts that are nearly a code of the field's list, with the code; others are not shown: they may be anything."""
    codes = {fold_text(code) for code in one.enum}
    strange = [text.strip() for text in sample.texts if fold_text(text) not in codes]
    nearest = (
        {text: max(one.enum, key=lambda code: heading_similarity(text, code)) for text in strange} if codes else {}
    )
    return {text: code for text, code in nearest.items() if heading_similarity(text, code) >= NEAR_CODE}
