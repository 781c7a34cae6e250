"""A proposal for the layout of a file without a description: which column may be which field, how sure, and why.

A person confirms it. Headings are compared with every heading that any publisher of the dataset uses; cells with what
the fields ask for, and with what the fields of other publishers look like.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice

import pyarrow as pa

from packages.headings import normalise, own_headings, shown_heading
from packages.model import ChangeLog, Rows
from packages.profile import Profile, ProfileBuilder, profile_distance, profile_size, text_kind
from packages.shaping.dates import ISO_DATE, DateOrder, OrderProof, date_clue, iso_date
from packages.shaping.evidence.date_evidence import PROOFS, OrderEvidence
from packages.shaping.evidence.order_verdict import order_verdict
from packages.shaping.heading_similarity import heading_similarity, is_numbering
from packages.shaping.numbers import is_plain_number, plain_number
from packages.shaping.texts import TRUTHS, fold_text
from packages.spec import DatasetSpec, FieldSpec, JoinSpec, ResourceSpec, SplitSpec, headings_of
from packages.vocabulary import Publisher

SAMPLE_BATCHES = 4
"""Batches at the beginning of the file that are sampled: ten thousands of rows."""

SAMPLE_TEXTS = 400
"""Distinct texts of a column that are kept."""

SURE, LIKELY, MINIMUM = 0.85, 0.7, 0.53
"""Scores from which a match is sure, likely, or worth a guess."""

SIMILAR_NAME = 0.76
"""Score of a heading that only resembles a known one: too little to be sure, even when the cells fit."""

MINIMUM_NAME = 0.5
"""Score that the heading needs, whatever the cells hold."""

NAME_WEIGHT = 0.65
"""Weight of the heading in a score; the rest is the weight of the cells."""

BY_CELLS = 0.55
"""Score of a column that fits a field by its cells alone: a guess."""

MOSTLY = 0.9
"""Share of cells of one kind from which a column is of that kind."""

FORMS = {
    frozenset({"postcode"}): re.compile(r"^\s*[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\s*$", re.IGNORECASE),
    frozenset({"url", "uri", "link", "website"}): re.compile(r"://|^\s*www\.", re.IGNORECASE),
    frozenset({"email", "mail"}): re.compile("@"),
    frozenset({"geometry", "wkt", "boundary"}): re.compile(r"^\s*(MULTI)?(POINT|LINESTRING|POLYGON)\b", re.IGNORECASE),
}
"""Words in the names of fields of text, and the form that most of their cells have."""

WORDED = frozenset({"address", "name", "description", "supplier", "merchant", "department", "directorate", "purpose",
                    "street", "location", "title", "notes", "ward", "constituency", "label"})  # fmt: skip
"""Words in the names of fields that hold words: a column of numbers is none of them."""

NEAR_CODE = 0.8
"""Similarity from which a code is proposed for a text."""

ScoreAndReason = tuple[float, str]
"""A score from 0 to 1, and the reason in words, which may be empty."""


@dataclass
class ColumnSample:
    """Distinct texts of some rows of one column, their profile, and the evidence about the order of dates."""

    heading: str
    texts: dict[str, None] = field(default_factory=dict)
    dates: OrderEvidence = field(default_factory=OrderEvidence)
    profile: ProfileBuilder = field(default_factory=lambda: ProfileBuilder(text_kind))

    def add(self, cells: pa.Array, numbers: pa.Array) -> None:
        """Add the cells of a batch; `numbers` are their row numbers."""
        self.dates.add(cells, numbers)
        filled = [text for text in cells.to_pylist() if text and text.strip()]
        self.profile.add(pa.array(filled, pa.string()))
        self.texts.update(dict.fromkeys(islice(filled, max(0, SAMPLE_TEXTS - len(self.texts)))))

    def share(self, fits: Callable[[str], bool], noun: str) -> ScoreAndReason:
        """Return the share of the distinct texts that fit, 0 below one half, and the share in words."""
        share = sum(map(fits, self.texts)) / len(self.texts)
        subject = "all cells are" if share == 1 else f"{share:.0%} of the different cells are"
        return (share if share >= 0.5 else 0.0), f"{subject} {noun}"

    def proven_order(self, spec: FieldSpec) -> DateOrder | None:
        """Return the order of dates when the texts prove it; None when they do not, or the field is no date."""
        if spec.type not in ("date", "datetime") or not self.dates.count(*PROOFS):
            return None
        weighed = order_verdict(self.dates)
        return None if weighed.rule else weighed.order

    def likely_codes(self, spec: FieldSpec) -> dict[str, str]:
        """Return texts that nearly are a code of the field's list, with the code."""
        codes = {fold_text(code) for code in spec.enum}
        if not codes:
            return {}
        # texts that are near no code are left out: they may be anything, personal data included
        unknown = [text.strip() for text in self.texts if fold_text(text) not in codes]
        nearest = {text: max(spec.enum, key=lambda code: heading_similarity(text, code)) for text in unknown}
        return {text: code for text, code in nearest.items() if heading_similarity(text, code) >= NEAR_CODE}


@dataclass(frozen=True, slots=True)
class ColumnMatch:
    """A column that may be a field: its heading, a score (0 to 1), and the reason."""

    field: FieldSpec
    heading: str
    score: float
    why: str

    @property
    def sureness(self) -> str:
        """The score in words."""
        return "sure" if self.score >= SURE else "likely" if self.score >= LIKELY else "a guess"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A possible layout of a file.

    `unmatched` are the headings that became no field, with the nearest field, which has another column (or "");
    `missing` the fields that nothing was found for. `constants` are fields with one text for the whole file. `orders`
    are the proven orders of date fields, `values` the likely codes for texts of the file.
    """

    resource: ResourceSpec
    matches: tuple[ColumnMatch, ...]
    unmatched: tuple[tuple[str, str], ...]
    missing: tuple[FieldSpec, ...]
    constants: Mapping[str, str]
    orders: Mapping[str, DateOrder]
    values: Mapping[str, Mapping[str, str]]

    @property
    def missing_required(self) -> tuple[FieldSpec, ...]:
        """The required fields that are missing."""
        return tuple(spec for spec in self.missing if spec.required)


@dataclass(frozen=True, slots=True)
class Crosswalk:
    """What all publishers of a dataset call each field: each spelling with its users. `profiles` are of its cells."""

    spellings: Mapping[str, Mapping[str, tuple[str, ...]]]
    profiles: Mapping[str, Sequence[Profile]]


def crosswalk(
    specs: Iterable[DatasetSpec], resource: ResourceSpec, profiles: Mapping[str, Sequence[Profile]]
) -> Crosswalk:
    """Collect every heading that a layout of any publisher names for a field."""
    spellings: dict[str, dict[str, tuple[str, ...]]] = {spec.name: {} for spec in resource.table_schema.fields}
    entries = (
        (name, column, spec.identity.publisher)
        for spec in specs
        for layout in spec.layouts
        for name, column in layout.columns.items()
        if name in spellings and not isinstance(column, JoinSpec | SplitSpec)
    )
    for name, column, publisher in entries:
        for heading in headings_of(column):
            users = spellings[name].get(heading, ())
            spellings[name][heading] = tuple(dict.fromkeys((*users, publisher)))
    return Crosswalk(spellings, profiles)


def propose(
    rows: Rows, resource: ResourceSpec, known: Crosswalk, constants: Mapping[str, str] | None = None
) -> Proposal:
    """Propose which column of a file may be which field of a resource, from its first rows."""
    headings = [rows.headings.get(column, column) for column in rows.columns]
    samples = [ColumnSample(shown_heading(heading)) for heading in headings]
    for batch in islice(rows.start(ChangeLog()), SAMPLE_BATCHES):
        for sample, cells in zip(samples, batch.cells.columns, strict=True):
            sample.add(cells, batch.numbers)
    samples = [sample for sample, heading in zip(samples, headings, strict=True) if normalise(heading)]
    fields = resource.table_schema.fields
    scored = sorted(_score_pairs(samples, fields, known), key=lambda match: -match.score)
    matches = _choose_matches(scored)
    matches += _matches_by_cells(samples, fields, matches)
    matched_headings, matched_fields = {m.heading for m in matches}, {m.field.name for m in matches}
    # reversed: the best match of a heading is entered last and stays
    nearest = {m.heading: m.field.name for m in reversed(scored)}
    by_heading = {sample.heading: sample for sample in samples}
    given = {name: text for name, text in (constants or {}).items() if name not in matched_fields}
    return Proposal(
        resource=resource,
        matches=tuple(m for spec in fields for m in matches if m.field.name == spec.name),
        unmatched=tuple((s.heading, nearest.get(s.heading, "")) for s in samples if s.heading not in matched_headings),
        missing=tuple(spec for spec in fields if spec.name not in matched_fields and spec.name not in given),
        constants=given,
        orders={m.field.name: o for m in matches if (o := by_heading[m.heading].proven_order(m.field))},
        values={m.field.name: v for m in matches if (v := by_heading[m.heading].likely_codes(m.field))},
    )


def constants_of(
    specs: Iterable[DatasetSpec], publisher: Publisher, publishers: Mapping[str, Publisher]
) -> dict[str, str]:
    """Return the constants that most publishers give in their layouts, as `publisher` would give them."""
    specs = tuple(specs)
    given: dict[str, list[tuple[Publisher, str]]] = {}
    for spec in specs:
        giver = publishers.get(spec.identity.publisher)
        for layout in spec.publisher.layouts:
            for name, text in layout.constants.items():
                if giver:
                    given.setdefault(name, []).append((giver, text))
    # given by more than half of the publishers
    usual = {name: pairs for name, pairs in given.items() if len({p.slug for p, _ in pairs}) * 2 > len(specs)}
    constants = {}
    for name, pairs in usual.items():
        own = ("gss", "uri", "title", "name", "curie")
        # the publisher's own code or name where all others give theirs, else the one text of all
        attribute = next((a for a in own if all(text and getattr(p, a) == text for p, text in pairs)), None)
        texts = {text for _, text in pairs}
        if attribute:
            constants[name] = str(getattr(publisher, attribute))
        elif len(texts) == 1 and len(pairs) > 1:
            constants[name] = texts.pop()
    return {name: text for name, text in constants.items() if text}


def _score_pairs(
    samples: Sequence[ColumnSample], fields: Sequence[FieldSpec], known: Crosswalk
) -> Iterator[ColumnMatch]:
    """Yield a match for every pair of column and field whose score is worth a guess."""
    for sample in samples:
        for spec in fields:
            name_score, name_reason = _name_score(sample.heading, spec, known)
            cell_score, cell_reason = _cell_score(sample, spec, known)
            score = name_score * NAME_WEIGHT + cell_score * (1 - NAME_WEIGHT)
            if score >= MINIMUM and name_score >= MINIMUM_NAME and cell_score > 0:
                reasons = "; ".join(filter(None, (name_reason, cell_reason)))
                yield ColumnMatch(spec, sample.heading, round(score, 3), reasons)


def _choose_matches(scored: Sequence[ColumnMatch]) -> list[ColumnMatch]:
    """Choose the best match of each field, no column twice; `scored` comes best first."""
    chosen: dict[str, ColumnMatch] = {}
    for match in scored:
        if match.heading not in chosen and _has_no_column(match.field, chosen):
            chosen[match.heading] = match
    # a required field without a column takes a likely one from an optional field
    for match in scored:
        holder = chosen.get(match.heading, match)
        may_take = match.field.required and not holder.field.required and match.score >= LIKELY
        if may_take and _has_no_column(match.field, chosen):
            chosen[match.heading] = match
    return list(chosen.values())


def _matches_by_cells(
    samples: Sequence[ColumnSample], fields: Sequence[FieldSpec], matches: Sequence[ColumnMatch]
) -> list[ColumnMatch]:
    """Return matches by cells alone: where one column is left of a kind, and one field that needs it."""
    taken = {match.heading for match in matches}
    found: list[ColumnMatch] = []
    for kind, (noun, fits_field, fits_text) in CELL_KINDS.items():
        free = [s for s in fields if fits_field(s) and _has_no_column(s, {m.field.name: m for m in (*matches, *found)})]
        wanted = [spec for spec in free if spec.required] or free
        columns = [
            sample
            for sample in samples
            if sample.heading not in taken and sample.texts and sample.share(fits_text, noun)[0] >= MOSTLY
        ]
        if len(wanted) == 1 and len(columns) == 1:
            why = f"its heading says nothing, but no other column holds {kind}"
            found.append(ColumnMatch(wanted[0], columns[0].heading, BY_CELLS, why))
            taken.add(columns[0].heading)
    return found


def _has_no_column(spec: FieldSpec, chosen: Mapping[str, ColumnMatch]) -> bool:
    return all(match.field.name != spec.name for match in chosen.values())


def _name_score(heading: str, spec: FieldSpec, known: Crosswalk) -> ScoreAndReason:
    if normalise(heading) in own_headings(spec):
        return 1.0, "our own name for it"
    spellings = known.spellings.get(spec.name, {})
    using = [who for spelling, who in spellings.items() if normalise(spelling) == normalise(heading)]
    if users := [user for who in using for user in who]:
        # every publisher that uses the heading adds a little, but it never counts as much as our own name
        distinct = list(dict.fromkeys(users))
        names = distinct[0] if len(distinct) == 1 else f"{distinct[0]} and {len(distinct) - 1} more"
        return min(0.9 + len(users) / 100, 0.99), f"as {names} {'calls' if len(users) == 1 else 'call'} it"
    nearest = max((*spellings, spec.title or spec.name, spec.name), key=lambda name: heading_similarity(heading, name))
    if is_numbering(heading) and not is_numbering(nearest):
        # an identifier of something is not the thing itself, however like the headings are
        return 0.0, ""
    score = heading_similarity(heading, nearest) * SIMILAR_NAME
    return score, f"much like “{nearest}”" if score >= MINIMUM_NAME else ""


def _cell_score(sample: ColumnSample, spec: FieldSpec, known: Crosswalk) -> ScoreAndReason:
    """Score how well the cells fit a field: 0 when they cannot be meant, 0.5 when they tell nothing."""
    if not sample.texts:
        return 0.5, "the column is empty"
    if spec.enum:
        codes = {fold_text(code) for code in spec.enum}
        return sample.share(lambda text: fold_text(text) in codes, "on its list")
    if spec.type in ("date", "datetime"):
        return sample.share(
            lambda text: any(re.fullmatch(ISO_DATE, iso_date(text.strip(), order)) for order in DATE_ORDERS), "dates"
        )
    if spec.type in ("number", "integer"):
        return sample.share(_is_number, "numbers")
    if spec.type == "boolean":
        return sample.share(lambda text: fold_text(text) in TRUTHS, "yes or no")
    return _text_score(sample, spec, known.profiles.get(spec.name, ()))


def cells_may_be(texts: Sequence[str], spec: FieldSpec) -> bool:
    """Whether the cells of a column can be meant for a field: half of them or more are dates or numbers where it is."""
    if spec.type in ("date", "datetime"):
        fits = sum(map(_is_date, texts))
    elif spec.type in ("number", "integer"):
        fits = sum(map(_is_number, texts))
    else:
        return True
    return fits * 2 >= len(texts)


DATE_ORDERS = (DateOrder.DAY_FIRST, DateOrder.MONTH_FIRST, DateOrder.SERIAL)
"""Longer counts are more often numbers of something than seconds."""


def _is_number(text: str) -> bool:
    return is_plain_number(plain_number(text.strip()))


def _spaced(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])|[_-]", " ", name)


def _text_score(sample: ColumnSample, spec: FieldSpec, profiles: Sequence[Profile]) -> ScoreAndReason:
    found, texts = sample.profile.result(), sample.texts
    similarities = [1 - profile_distance(profile, found) for profile in profiles if profile_size(profile)]
    if similarities:
        best = max(similarities)
        return max(best, 0.05), "its cells look like those of other publishers" if best >= 0.5 else ""
    words = set(re.findall(r"[a-z]+", f"{_spaced(spec.name)} {_spaced(spec.title)}".casefold()))
    for form in (form for named, form in FORMS.items() if named & words):
        return sample.share(partial(_has_form, form), "in the form that it needs")
    numbers = sum(text_kind(text).startswith("number") for text in texts) / len(texts)
    if words & WORDED and numbers > MOSTLY:
        return 0.0, "its cells are numbers"
    dates = sum(date_clue(text).proof in (*PROOFS, OrderProof.EITHER) for text in texts) / len(texts)
    amounts = sum("." in text and _is_number(text) for text in texts) / len(texts)
    # a field of text is hardly ever a column of dates or amounts
    if max(dates, amounts) > MOSTLY:
        return 0.1, "its cells are dates" if dates > amounts else "its cells are amounts"
    return 0.75, ""


def _is_date(text: str) -> bool:
    return any(re.fullmatch(ISO_DATE, iso_date(text.strip(), order)) for order in DATE_ORDERS)


def _has_form(form: re.Pattern[str], text: str) -> bool:
    return form.search(text) is not None


def _form_kind(word: str) -> tuple[str, Callable[[FieldSpec], bool], Callable[[str], bool]]:
    (form,) = (form for words, form in FORMS.items() if word in words)

    def fits_field(spec: FieldSpec) -> bool:
        return spec.type == "string" and word in re.findall(r"[a-z]+", f"{_spaced(spec.name)} {spec.title}".casefold())

    return "in its form", fits_field, partial(_has_form, form)


CELL_KINDS: Mapping[str, tuple[str, Callable[[FieldSpec], bool], Callable[[str], bool]]] = {
    "dates": ("dates", lambda spec: spec.type in ("date", "datetime"), _is_date),
    # whole numbers may be anything
    "amounts": ("amounts", lambda spec: spec.type == "number", lambda text: "." in text and _is_number(text)),
    "postcodes": _form_kind("postcode"),
    "shapes": _form_kind("geometry"),
}
"""Kinds of cells that tell a field by themselves: the field, and the texts."""
