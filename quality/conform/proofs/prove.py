"""Proofs, derived from the schema, that cells are good: every cell that a proof accepts, frictionless accepts.

A proof may leave cells open that frictionless accepts, never the other way round. It examines the text of a cell; only
a text that is proven is cast, which gives the value.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packages.arrow_bytes import HANDFUL, Mask, keep_valid, text_offsets, to_arrow
from packages.formats.csv import SPECIAL
from quality.conform.fields import BOUNDS, ConformField
from quality.conform.proofs.byte_proofs import have_form, plain_numbers, whole_numbers
from quality.conform.proofs.pattern_grammar import narrow_pattern, pattern_forms

INTEGER = r"\A-?[0-9]{1,18}\z"
"""Fits a 64-bit integer whatever the digits are."""

PLAIN_NUMBER = r"\A-?[0-9]{1,13}(?:\.[0-9]{1,13})?\z"
MOST_DIGITS = 15
"""Decimal digits that any number keeps when it goes through a 64-bit float and back."""

DATETIME = (
    r"\A(?:[1-9][0-9]{3})-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|"
    r"(?:0[13578]|1[02])-31)T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z?\z"
)
"""Days that exist in every year, in the default format of the Table Schema standard."""

ISO_DATE = (
    r"\A[1-9][0-9]{3}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|"
    r"(?:0[13578]|1[02])-31)\z"
)
DAY_FIRST = (
    r"\A(?:(?:0[1-9]|1[0-9]|2[0-8])/(?:0[1-9]|1[0-2])|(?:29|30)/(?:0[13-9]|1[0-2])|"
    r"31/(?:0[13578]|1[02]))/[1-9][0-9]{3}\z"
)
DATES = {"default": (ISO_DATE, (0, 5, 8)), "%Y-%m-%d": (ISO_DATE, (0, 5, 8)), "%d/%m/%Y": (DAY_FIRST, (6, 3, 0))}
"""For each format a pattern of days that exist in every year, and the offsets of year, month and day."""

FORMATS = {"default": "", "uri": r"\Ahttps?://[A-Za-z0-9.-]+(?:/[A-Za-z0-9._~/-]*)?(?:\?[A-Za-z0-9._~/=&-]*)?\z"}
"""Patterns of texts that have a format for certain: for `uri` most web addresses, without importing rfc3986."""

FEW_FORMS = 12
"""Comparing with more forms than this takes longer than matching the pattern."""

WHOLE = {"minimum": np.greater_equal, "maximum": np.less_equal}
STRICT = {"minimum": np.greater, "maximum": np.less, "exclusiveMinimum": np.greater, "exclusiveMaximum": np.less}
"""How a value must compare with each bound. A float equal to a bound may stand for a number beyond it, so floats must
be strictly inside; whole numbers and days are exact, and may be equal."""

EPOCH = dt.date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class ProofResult:
    """The cells that are good, and their values where they are wanted; values of other cells mean nothing.

    `is_bare`: none of the good cells needs quotes in a CSV file.
    """

    good: Mask
    values: pa.Array
    is_bare: bool = False


@dataclass(frozen=True, slots=True)
class FieldProof:
    """A proof for one field. `cheap`: it costs less than looking a text up in a cache."""

    prove: Callable[[pa.Array], ProofResult]
    cheap: bool = False


def proof_of(field: ConformField) -> FieldProof | None:
    """Return the proof for a field; None where frictionless must judge every text."""
    maker = MAKERS.get(field.kind)
    if maker is None or "enum" in field.constraints:
        return None
    return maker(field)


def exact_proof_of(field: ConformField) -> FieldProof | None:
    """Return a proof whose values are exactly those that frictionless reads; None where there is none."""
    maker = EXACT_MAKERS.get(field.kind)
    return maker(field) if maker and "enum" not in field.constraints else None


def read_values(field: ConformField, texts: Sequence[str | None]) -> list[Any]:
    """Return the values that frictionless reads from some texts, most of them good; None is a missing cell."""
    proof = exact_proof_of(field)
    if proof is None:
        return [field.read(text)[0] for text in texts]
    cells = pa.array(texts, pa.string())
    unsure = pc.or_(cells.is_null(), pc.is_in(cells, pa.array(sorted(field.missing), pa.string())))
    proved = proof.prove(pc.fill_null(cells, ""))
    sure = proved.good & ~unsure.to_numpy(zero_copy_only=False)
    proven = zip(texts, proved.values.to_pylist(), sure.tolist(), strict=True)
    return [value if is_sure else field.read(text)[0] for text, value, is_sure in proven]


def _string_proof(field: ConformField) -> FieldProof | None:
    if field.source.format not in FORMATS:
        return None
    format_pattern, rules = FORMATS[field.source.format], field.constraints
    pattern = narrow_pattern(rules["pattern"]) if "pattern" in rules else ""
    if pattern is None:
        return None
    try:
        # RE2 refuses some patterns that Python compiles, because they would need much memory
        pc.match_substring_regex(pa.array([""]), pattern)
    except pa.ArrowInvalid:
        return None
    # forms prove most cells on their bytes; the pattern for RE2 then proves the rest
    widths = pattern_forms(rules.get("pattern", ""))
    if sum(map(len, widths.values())) > FEW_FORMS:
        widths = {}
    least, most = rules.get("minLength", 0), rules.get("maxLength", 2**31)
    spans = [span for alternatives in widths.values() for form in alternatives for span in form]
    without_special = not any(low <= char <= high for low, high in spans for char in SPECIAL)

    def prove(cells: pa.Array) -> ProofResult:
        good = _has_length(cells, least, most)
        if format_pattern:
            good &= _matches(cells, format_pattern)
        if not pattern:
            return ProofResult(good, cells)
        formed = have_form(cells, widths)
        is_bare = without_special and bool(formed.all())
        return ProofResult(good & _filled_in(formed, cells, pattern), cells, is_bare)

    return FieldProof(prove, cheap=not (pattern or format_pattern))


def _any_proof(_: ConformField) -> FieldProof | None:
    # every text is a value of the type `any`
    return FieldProof(lambda cells: ProofResult(_all_true(cells), cells), cheap=True)


def prove_some(prove: Callable[[pa.Array], ProofResult], cells: pa.Array, chosen: Mask) -> ProofResult:
    """Prove the chosen cells and leave the others open."""
    proved = prove(cells.filter(to_arrow(chosen)))
    good = np.zeros(len(cells), bool)
    good[chosen] = proved.good
    if pa.types.is_string(proved.values.type):
        return ProofResult(good, cells, proved.is_bare)
    # back to one value for each cell: the n-th chosen cell has the n-th value
    places = to_arrow(np.cumsum(chosen) - 1, chosen)
    return ProofResult(good, proved.values.take(places), proved.is_bare)


def _typed_where(good: Mask, typed: Callable[[pa.Array], ProofResult], cells: pa.Array) -> ProofResult:
    """Return the values of cells whose text is good; a value may still be outside the bounds, and is not good then."""
    if good.all():
        return typed(cells)
    proved = typed(keep_valid(cells, good))
    return ProofResult(proved.good & good, proved.values)


def _integer_proof(field: ConformField) -> FieldProof | None:
    if not field.source.bare_number:
        return None
    within = _bounds(field, int, STRICT | WHOLE)

    def prove(cells: pa.Array) -> ProofResult:
        good = _filled_in(whole_numbers(cells, 18), cells, INTEGER)
        return _typed_where(good, typed, cells)

    def typed(cells: pa.Array) -> ProofResult:
        if not (field.bounded or field.store):
            return ProofResult(_all_true(cells), cells)
        values = cells.cast(pa.int64())
        return ProofResult(within(values), values)

    return FieldProof(prove)


def _number_proof(field: ConformField) -> FieldProof | None:
    source = field.source
    # signs such as % or £, other separators and floats are left to frictionless
    if not source.bare_number or source.decimal_char != "." or source.group_char or source.float_number:
        return None
    within = _bounds(field, float, STRICT)
    kind, grammar, places = pa.float64(), PLAIN_NUMBER, MOST_DIGITS
    if field.type is not None and pa.types.is_decimal(field.type):
        kind, places = field.type, field.type.scale
        grammar = rf"\A-?[0-9]{{1,13}}(?:\.[0-9]{{1,{places}}})?\z" if places else INTEGER

    def prove(cells: pa.Array) -> ProofResult:
        good = plain_numbers(cells, MOST_DIGITS, places)
        if np.count_nonzero(good) + HANDFUL < len(good):
            good |= whole_numbers(cells, MOST_DIGITS)
        good = _filled_in(good, cells, grammar) & (np.diff(text_offsets(cells)) <= MOST_DIGITS)
        return _typed_where(good, typed, cells)

    def typed(cells: pa.Array) -> ProofResult:
        if not (field.bounded or field.store):
            return ProofResult(_all_true(cells), cells)
        values = cells.cast(kind)
        floats = values if pa.types.is_floating(kind) else cells.cast(pa.float64())
        return ProofResult(within(floats), values if field.store else cells)

    return FieldProof(prove)


def _datetime_proof(field: ConformField) -> FieldProof | None:
    # bounded datetimes are left to frictionless: whether two can be compared depends on their zones
    if field.source.format != "default" or field.bounded:
        return None

    def prove(cells: pa.Array) -> ProofResult:
        good = _matches(cells, DATETIME)
        return ProofResult(good, pc.utf8_rtrim(keep_valid(cells, good), "Z").cast(pa.timestamp("us")))

    return FieldProof(prove)


def _date_proof(field: ConformField) -> FieldProof | None:
    read = field.source.create_value_reader()
    limits = {name: read(value) for name, value in field.constraints.items() if name in BOUNDS}
    if field.source.format not in DATES or None in limits.values():
        return None
    pattern, (year, month, day) = DATES[field.source.format]
    within = _bounds(field, lambda date: (date - EPOCH).days, STRICT | WHOLE)

    def prove(cells: pa.Array) -> ProofResult:
        good = _matches(cells, pattern)
        texts = keep_valid(cells, good)
        parts = [pc.utf8_slice_codeunits(texts, at, at + size) for at, size in ((year, 4), (month, 2), (day, 2))]
        values = pc.binary_join_element_wise(*parts, "-").cast(pa.date32())
        return ProofResult(good & within(values.cast(pa.int32())), values)

    return FieldProof(prove)


MAKERS: dict[str, Callable[[ConformField], FieldProof | None]] = {
    "string": _string_proof,
    "any": _any_proof,
    "integer": _integer_proof,
    "number": _number_proof,
    "datetime": _datetime_proof,
}

EXACT_MAKERS: dict[str, Callable[[ConformField], FieldProof | None]] = {"string": _string_proof, "date": _date_proof}


def _all_true(cells: pa.Array) -> Mask:
    return np.ones(len(cells), bool)


def _matches(cells: pa.Array, pattern: str) -> Mask:
    mask: Mask = pc.match_substring_regex(cells, pattern).to_numpy(zero_copy_only=False)
    return mask


def _filled_in(good: Mask, cells: pa.Array, pattern: str) -> Mask:
    """Add to the good cells those of the others that a pattern matches, unless they are a handful."""
    rest = ~good
    count = np.count_nonzero(rest)
    if count == len(rest):
        return _matches(cells, pattern)
    if count > HANDFUL:
        good[rest] = _matches(cells.filter(to_arrow(rest)), pattern)
    return good


def _has_length(cells: pa.Array, least: int, most: int) -> Mask:
    """Return the cells of `least` to `most` characters."""
    sizes = np.diff(text_offsets(cells))
    # a character has one to four bytes, so most cells need no counting
    good = (sizes > 4 * (least - 1)) & (sizes <= most)
    if not good.all():
        unsure = np.flatnonzero(~good)
        lengths = pc.utf8_length(cells.take(to_arrow(unsure))).to_numpy(zero_copy_only=False)
        good[unsure] = (lengths >= least) & (lengths <= most)
    return good


def _bounds(
    field: ConformField, number: Callable[[Any], Any], compare_by: Mapping[str, Any]
) -> Callable[[pa.Array], Mask]:
    """Return a test of values against the bounds of a field; `number` makes a bound comparable with Arrow's values."""
    read = field.source.create_value_reader()
    limits = [(compare_by[name], number(read(value))) for name, value in field.constraints.items() if name in BOUNDS]

    def within(values: pa.Array) -> Mask:
        numbers = pc.fill_null(values, 0).to_numpy(zero_copy_only=False)
        good = np.ones(len(numbers), bool)
        for compare, limit in limits:
            good &= compare(numbers, limit)
        return good

    return within
