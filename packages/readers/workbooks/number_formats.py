"""Number formats of workbooks that show another value than the cell holds: percentages, leading zeros, currencies."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

BUILT_IN = {9: "0%", 10: "0.00%"}
"""The codes that every program knows by number and that concern us; those of currency follow the reader's country."""

POUNDS = ("£", "GBP")

DIGIT = "\0"
"""The place of a digit in a mask."""

_SECTION = re.compile(r'(?:"[^"]*"|\\.|\[[^\]]*\]|[^;"\\\[])*')
_PADDING = re.compile(r"[_*].")
_CURRENCY_TAG = re.compile(r"\[\$([^\]-]+)(?:-[^\]]*)?\]")
_TAG = re.compile(r"\[[^\]]*\]")
_LITERAL = re.compile(r'"([^"]*)"|\\(.)')
_SIGNS = re.compile(r"[€$¥₹₺₽]|\b(?:EUR|USD|CHF|SEK|NOK|DKK|PLN|JPY|AUD|CAD|INR)\b")
_MASK = re.compile(rf"[^{DIGIT}]*(?:{DIGIT}[-/ :()]*)+(?<={DIGIT})")


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """What a format shows beyond the number.

    `percent` is whether hundredths are shown as per cent, `currency` the sign of a currency other than pounds, and
    `mask` the text that is shown around the digits of a code, with DIGIT for each of them.
    """

    percent: bool = False
    currency: str = ""
    mask: str = ""

    def shown(self, number: str) -> str:
        """Return a whole number above 0 as the sheet shows it; other texts are returned unchanged."""
        if not self.mask or not number.isdecimal():
            return number
        places = self.mask.count(DIGIT)
        digits = iter(number.zfill(places))
        # more digits than places stand where the first one does
        first = "".join(next(digits) for _ in range(max(len(number) - places, 0) + 1))
        head, _, tail = self.mask.partition(DIGIT)
        return head + first + "".join(next(digits) if char == DIGIT else char for char in tail)


def formats_of_styles(codes: Mapping[int, str], used: Iterable[int]) -> dict[int, NumberFormat]:
    """Return the formats that matter by the place of the cell style.

    `codes` are the format codes by their number; `used` is the number that each cell style has.
    """
    known = {number: found for number, code in codes.items() if (found := number_format(code))}
    return {place: known[number] for place, number in enumerate(used) if number in known}


def number_format(code: str) -> NumberFormat | None:
    """Return what a format code shows beyond the number; None for one that changes nothing that matters.

    Only the first section counts: the others are for negative numbers, zero and text.
    """
    found = _SECTION.match(code)
    section = _PADDING.sub("", found[0]) if found else ""
    tag = _CURRENCY_TAG.search(section)
    plain = _TAG.sub("", section)
    bare = _LITERAL.sub("", plain)
    literals = "".join(first or second for first, second in _LITERAL.findall(plain))
    sign = _SIGNS.search(literals + bare)
    currency = tag[1].strip() if tag else sign[0] if sign else ""
    if currency:
        return NumberFormat(currency=currency) if currency not in POUNDS else None
    if "%" in bare:
        return NumberFormat(percent=True)
    # a 0 within quotation marks is a character like any other
    pieces = re.split(r"(0)", _LITERAL.sub(lambda m: (m[1] or m[2] or "").replace("0", "\1"), plain))
    mask = "".join(DIGIT if piece == "0" else piece for piece in pieces)
    if mask.count(DIGIT) > 1 and "£" not in mask and _MASK.fullmatch(mask) and not set(bare) & set("#?.,"):
        return NumberFormat(mask=mask.replace("\1", "0"))
    return None
