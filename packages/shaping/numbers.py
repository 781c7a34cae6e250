"""Amounts as people write them, rewritten as plain decimal text. Nothing is ever rounded."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Context, Decimal

import pyarrow as pa
import pyarrow.compute as pc

from packages.shaping.texts import changed_texts

PLAIN_NUMBER = r"-?[0-9]+(\.[0-9]+)?"
PLAIN_INTEGER = r"-?[0-9]+"

_AROUND = r"[£œÂ†\s]*"
"""Pound sign and spaces, and what both become when a file is read in the wrong encoding (Â£, œ, †)."""

_AMOUNT = re.compile(
    rf"{_AROUND}(?P<before>[-−+(]?){_AROUND}"
    r"(?:(?P<grouped>[0-9]{1,3}(?P<comma>[,†\s])[0-9]{3}(?:(?P=comma)[0-9]{3})*)|(?P<whole>[0-9]*))"
    rf"(?P<decimals>\.[0-9]*)?{_AROUND}(?P<after>[-−)]?){_AROUND}"
)
_WHOLE = re.compile(r"(-?[0-9]+)\.0+")
LONGEST = 60
"""No amount is longer; on text of any length the pattern would take too much time."""

_SIGNS = {"": "", "+": "", "-": "-", "−": "-", "()": "-"}
"""The sign by what is before and after the digits. Anything else, such as two minus signs, is left for a person."""


def plain_number(text: str) -> str:
    """Return `£1,234.50`, `(1 234.50)` or `1,234.50-` as plain text; what is no such number is returned unchanged."""
    found = _AMOUNT.fullmatch(text) if len(text) <= LONGEST else None
    sign = _SIGNS.get(found["before"] + found["after"]) if found else None
    if found is None or sign is None:
        return text
    digits = found["whole"] or (found["grouped"] or "").replace(found["comma"] or ",", "")
    # “12.” is 12, and a lone “.” is no number
    decimals = (found["decimals"] or "").rstrip(".")
    if not digits and not decimals:
        return text
    # an accountant's (0.00) is nothing, not minus nothing
    negative = sign if (digits + decimals).strip("0.") or text.startswith("-") else ""
    return f"{negative}{digits or '0'}{decimals}"


_USUAL = r"\A£?[0-9]{1,3}(,[0-9]{3}){1,9}(\.[0-9]{1,9})?\z"
"""The amounts that nearly all are: in them, pound sign and commas can be left out in bulk."""


def plain_all(texts: pa.Array) -> pa.Array:
    """Return many texts as `plain_number` does one."""
    usual = pc.match_substring_regex(texts, _USUAL)
    quick = pc.replace_substring(pc.utf8_ltrim(texts.filter(usual), "£"), ",", "")
    others = changed_texts(texts.filter(pc.invert(usual)), plain_number)
    return pc.replace_with_mask(pc.replace_with_mask(texts, usual, quick), pc.invert(usual), others)


_EXCHANGED = str.maketrans(".,", ",.")


def with_decimal_point(text: str) -> str:
    """Return `1.234,50` as plain text, where a column is proven to be so; what is no such number is unchanged."""
    exchanged = text.translate(_EXCHANGED)
    plain = plain_number(exchanged)
    return plain if plain != exchanged or is_plain_number(plain) else text


def plain_integer(text: str) -> str:
    """Return like `plain_number`, with `12.0` as `12`."""
    plain = plain_number(text)
    whole = _WHOLE.fullmatch(plain)
    return whole[1] if whole else plain


EXACT = Context(prec=200)
"""Enough digits for any product, so that nothing is rounded."""


def is_plain_number(text: str) -> bool:
    """Whether this is plain decimal text."""
    return len(text) <= LONGEST and re.fullmatch(PLAIN_NUMBER, text, re.ASCII) is not None


def multiply(factor: Decimal) -> Callable[[str], str]:
    """Return the change that multiplies plain numbers; what is no plain number is returned unchanged."""

    def multiplied(text: str) -> str:
        if not is_plain_number(text):
            return text
        product = format(EXACT.multiply(Decimal(text), factor), "f")
        return product.rstrip("0").rstrip(".") if "." in product else product

    return multiplied
