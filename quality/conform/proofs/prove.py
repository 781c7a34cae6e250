"""Narrow proofs, made from the schema, that cells are good: what a proof accepts, frictionless accepts.

A proof may leave cells open that frictionless takes; never the other way round. It looks at the text of a cell. A cast
only comes after the text is proven, and gives the value.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packages.arrow_bytes import HANDFUL, keep_valid, text_offsets, to_arrow
from packages.formats.csv import SPECIAL
from quality.conform.fields import BOUNDS, ConformField
from quality.conform.proofs.byte_proofs import have_form, plain_numbers, whole_numbers
from quality.conform.proofs.pattern_grammar import narrow_pattern, pattern_forms
from quality.conform.proofs.verdict_cache import Mask

INTEGER = r"\A-?[0-9]{1,18}\z"
"""Fits a 64-bit integer whatever the digits are."""

PLAIN_NUMBER = r"\A-?[0-9]{1,13}(?:\.[0-9]{1,13})?\z"
MOST_DIGITS = 15
"""So many decimal digits go through a 64-bit float and come back the same."""

DATETIME = (
    r"\A(?:[1-9][0-9]{3})-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|"
    r"(?:0[13578]|1[02])-31)T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z?\z"
)
"""Days that exist in every year, in the form that the standard gives as the default."""


ISO_DATE = (
    r"\A[1-9][0-9]{3}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|"
    r"(?:0[13578]|1[02])-31)\z"
)
DAY_FIRST = (
    r"\A(?:(?:0[1-9]|1[0-9]|2[0-8])/(?:0[1-9]|1[0-2])|(?:29|30)/(?:0[13-9]|1[0-2])|"
    r"31/(?:0[13578]|1[02]))/[1-9][0-9]{3}\z"
)
DATES = {"default": (ISO_DATE, (0, 5, 8)), "%Y-%m-%d": (ISO_DATE, (0, 5, 8)), "%d/%m/%Y": (DAY_FIRST, (6, 3, 0))}
"""For each format days that exist in every year, and where year, month and day stand."""

FORMATS = {"default": "", "uri": r"\Ahttps?://[A-Za-z0-9.-]+(?:/[A-Za-z0-9._~/-]*)?(?:\?[A-Za-z0-9._~/=&-]*)?\z"}
"""What every text of a format has that is surely one: most addresses of the web. They need no import of rfc3986."""

FEW_FORMS = 12
"""More forms of a pattern take longer than the pattern."""

WHOLE = {"minimum": np.greater_equal, "maximum": np.less_equal}
STRICT = {"minimum": np.greater, "maximum": np.less, "exclusiveMinimum": np.greater, "exclusiveMaximum": np.less}
"""How a value must compare with each bound. A float on a bound may stand for a number beyond it: only whole numbers and
days are sure there."""

EPOCH = dt.date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class ProofResult:
    """Which cells are good, and their values where they are wanted; values of other cells are of no meaning.

    `is_bare`: none of the good cells needs quotes in a CSV file.
    """

    good: Mask
    values: pa.Array
    is_bare: bool = False


@dataclass(frozen=True, slots=True)
class FieldProof:
    """A proof for one field. `cheap`: it costs less than looking a text up."""

    prove: Callable[[pa.Array], ProofResult]
    cheap: bool = False


def proof_of(field: ConformField) -> FieldProof | None:
    """The proof for a field, or none where only frictionless can tell."""
    maker = MAKERS.get(field.kind)
    if maker is None or "enum" in field.constraints:
        return None
    return maker(field)


def exact_proof_of(field: ConformField) -> FieldProof | None:
    """A proof for one text at a time, whose values are the very ones that frictionless reads."""
    maker = EXACT_MAKERS.get(field.kind)
    return maker(field) if maker and "enum" not in field.constraints else None


def read_values(field: ConformField, texts: Sequence[str | None]) -> list[Any]:
    """What frictionless reads of some texts, of which most are good; None stands for a cell that is not there."""
    proof = exact_proof_of(field)
    if proof is None:
        return [field.read(text)[0] for text in texts]
    cells = pa.array(texts, pa.string())
    unsure = pc.or_(cells.is_null(), pc.is_in(cells, pa.array(sorted(field.missing), pa.string())))
    proved = proof.prove(pc.fill_null(cells, ""))
    sure = proved.good & ~unsure.to_numpy(zero_copy_only=False)
    found = zip(texts, proved.values.to_pylist(), sure.tolist(), strict=True)
    return [value if good else field.read(text)[0] for text, value, good in found]


def _string(field: ConformField) -> FieldProof | None:
    if field.source.format not in FORMATS:
        return None
    of_format, rules = FORMATS[field.source.format], field.constraints
    pattern = narrow_pattern(rules["pattern"]) if "pattern" in rules else ""
    if pattern is None or not _is_known(pattern):
        return None
    widths = pattern_forms(rules.get("pattern", ""))
    if sum(map(len, widths.values())) > FEW_FORMS:
        widths = {}
    least, most = rules.get("minLength", 0), rules.get("maxLength", 2**31)
    spans = [span for alternatives in widths.values() for form in alternatives for span in form]
    without_special = not any(low <= char <= high for low, high in spans for char in SPECIAL)

    def prove(cells: pa.Array) -> ProofResult:
        good = _has_length(cells, least, most)
        if of_format:
            good &= _matches(cells, of_format)
        if not pattern:
            return ProofResult(good, cells)
        formed = have_form(cells, widths)
        is_bare = without_special and bool(formed.all())
        return ProofResult(good & _filled_in(formed, cells, pattern), cells, is_bare)

    return FieldProof(prove, cheap=not (pattern or of_format))


def _any(_: ConformField) -> FieldProof | None:
    return FieldProof(lambda cells: ProofResult(_all(cells), cells), cheap=True)


def prove_some(prove: Callable[[pa.Array], ProofResult], cells: pa.Array, chosen: Mask) -> ProofResult:
    """Prove some of the cells; the others are left open."""
    proved = prove(cells.filter(to_arrow(chosen)))
    good = np.zeros(len(cells), bool)
    good[chosen] = proved.good
    if pa.types.is_string(proved.values.type):
        return ProofResult(good, cells, proved.is_bare)
    places = to_arrow(np.cumsum(chosen) - 1, chosen)
    return ProofResult(good, proved.values.take(places), proved.is_bare)


def _typed_where(good: Mask, typed: Callable[[pa.Array], ProofResult], cells: pa.Array) -> ProofResult:
    """The cells whose text is good, with their values, which may turn out not to be."""
    if good.all():
        return typed(cells)
    proved = typed(keep_valid(cells, good))
    return ProofResult(proved.good & good, proved.values)


def _integer(field: ConformField) -> FieldProof | None:
    if not field.source.bare_number:
        return None
    within = _bounds(field, int, STRICT | WHOLE)

    def prove(cells: pa.Array) -> ProofResult:
        good = _filled_in(whole_numbers(cells, 18), cells, INTEGER)
        return _typed_where(good, typed, cells)

    def typed(cells: pa.Array) -> ProofResult:
        if not (field.bounded or field.store):
            return ProofResult(_all(cells), cells)
        values = cells.cast(pa.int64())
        return ProofResult(within(values), values)

    return FieldProof(prove)


def _number(field: ConformField) -> FieldProof | None:
    source = field.source
    if not source.bare_number or source.decimal_char != "." or source.group_char or source.float_number:
        return None
    within = _bounds(field, float, STRICT)
    kind = field.type if field.type is not None and pa.types.is_decimal(field.type) else pa.float64()
    grammar = _decimals(kind.scale) if pa.types.is_decimal(kind) else PLAIN_NUMBER
    places = kind.scale if pa.types.is_decimal(kind) else MOST_DIGITS

    def prove(cells: pa.Array) -> ProofResult:
        good = plain_numbers(cells, MOST_DIGITS, places)
        if np.count_nonzero(good) + HANDFUL < len(good):
            good |= whole_numbers(cells, MOST_DIGITS)
        good = _filled_in(good, cells, grammar) & (np.diff(text_offsets(cells)) <= MOST_DIGITS)
        return _typed_where(good, typed, cells)

    def typed(cells: pa.Array) -> ProofResult:
        if not (field.bounded or field.store):
            return ProofResult(_all(cells), cells)
        values = cells.cast(kind)
        floats = values if pa.types.is_floating(kind) else cells.cast(pa.float64())
        return ProofResult(within(floats), values if field.store else cells)

    return FieldProof(prove)


def _decimals(scale: int) -> str:
    return rf"\A-?[0-9]{{1,13}}(?:\.[0-9]{{1,{scale}}})?\z" if scale else INTEGER


def _datetime(field: ConformField) -> FieldProof | None:
    if field.source.format != "default" or field.bounded:
        return None

    def prove(cells: pa.Array) -> ProofResult:
        good = _matches(cells, DATETIME)
        return ProofResult(good, pc.utf8_rtrim(keep_valid(cells, good), "Z").cast(pa.timestamp("us")))

    return FieldProof(prove)


def _date(field: ConformField) -> FieldProof | None:
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
    "string": _string,
    "any": _any,
    "integer": _integer,
    "number": _number,
    "datetime": _datetime,
}

EXACT_MAKERS: dict[str, Callable[[ConformField], FieldProof | None]] = {"string": _string, "date": _date}


def _all(cells: pa.Array) -> Mask:
    return np.ones(len(cells), bool)


def _matches(cells: pa.Array, pattern: str) -> Mask:
    mask: Mask = pc.match_substring_regex(cells, pattern).to_numpy(zero_copy_only=False)
    return mask


def _filled_in(good: Mask, cells: pa.Array, pattern: str) -> Mask:
    """The good cells, and those of the others that a pattern matches, unless they are few."""
    rest = ~good
    count = np.count_nonzero(rest)
    if count == len(rest):
        return _matches(cells, pattern)
    if count > HANDFUL:
        good[rest] = _matches(cells.filter(to_arrow(rest)), pattern)
    return good


def _is_known(pattern: str) -> bool:
    """Whether RE2 takes a pattern: it refuses some that would need much memory."""
    try:
        pc.match_substring_regex(pa.array([""]), pattern)
    except pa.ArrowInvalid:
        return False
    return True


def _has_length(cells: pa.Array, least: int, most: int) -> Mask:
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
    """Whether values lie between a field's bounds."""
    read = field.source.create_value_reader()
    limits = [(compare_by[name], number(read(value))) for name, value in field.constraints.items() if name in BOUNDS]

    def within(values: pa.Array) -> Mask:
        found = pc.fill_null(values, 0).to_numpy(zero_copy_only=False)
        good = np.ones(len(found), bool)
        for compare, limit in limits:
            good &= compare(found, limit)
        return good

    return within
