"""Find text that was decoded with a wrong encoding before it reached us, and undo it where that is certain."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from packages.arrow_bytes import Places, replace_cells, text_bytes, text_offsets, to_arrow
from packages.masking import mask
from packages.messages import finding
from packages.model import ROWS_KEPT, Batch, ChangeLog, Where
from packages.readers.opening.text_encoding import OLDER
from packages.remembered import remembering

EXAMPLES = 3
"""Masked cells that a finding shows."""

LOST = "\ufffd"
"""The character that programs put in place of one they could not read."""

_CONTROLS = "".join(map(chr, range(0x80, 0xA0)))
_BEHIND = _CONTROLS + bytes(set(range(0x80, 0xC0)) - {0x81, 0x8D, 0x8F, 0x90, 0x9D}).decode("cp1252")

TWICE = re.compile(rf"[Â-ß][{_BEHIND}]|[à-ï][{_BEHIND}]{{2}}|[ð-ô][{_BEHIND}]{{3}}")
"""The characters that the bytes of one UTF-8 character become in Windows-1252."""

TWICE_OLD = re.compile(r"[√≈├┬┼╞¬][^\x00-\x7f]|‚Ä[^\x00-\x7f]|[ÔΓ]Ç")
"""The same by way of the Macintosh (√©, ‚Äô, ¬£) and of MS-DOS (├®, ┬ú, ÔÇÖ)."""

USUAL = re.compile("[\u00a0-\u017f\u0218-\u021b\u1e80-\u1eff\u2010-\u2044\u20ac\u2122]")
"""Letters and signs of European text."""

_CAPITALS = "ÀÁÂÃÄÅÆÇÈÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞŠŒŽŸ"
ODD = re.compile(
    # Ž for é, Õ for an apostrophe: a capital inside a word; Irish has them after one or two letters only
    rf"[a-zà-öø-ÿ]{{2}}[{_CAPITALS}]"
    # ‚ for é, ” for ö: a sign inside a word or at its end
    r"|[A-Za-zÀ-ÖØ-öø-ÿ][‚ƒ„†‡ˆ‰‹›˜¡¢¤¥¦¨ª«¬¯±³¶¸¹º»¿÷€™”“√├┬∩][a-zà-öø-ÿ]"
    r"|[a-zà-öø-ÿ][‚ƒ„ˆ‰‹˜¡¢¤¦¨¿](?=[\s,.;:)]|$)|[A-Z]{2}[‚ƒ„ˆ‰‹](?=\s|$)|[a-zà-öø-ÿ]{2}§|[a-z]•[a-z]"
    # one of a pair without the other, and signs at the beginning of a word
    r"|^[^“„\"]*[a-zà-öø-ÿ]”|«[^»]*$|„[^“”]*$|^[›‹]|[™†‡][a-z]|(?<!\w)[¦¨¸¥][A-Za-z]"
    r"|(?<!\w)£(?!(?:million|thousand|billion|sterling|pound|each|value|amount|total|spen|per))[a-z]{3}"
    # the same among capitals, and the apostrophe of the Macintosh
    r"|[A-Z][‚ƒ„†‡ˆ‰‹˜¡¢¤¥¦¨¬¯±¶¸¹º»¿÷€√├┬∩][A-Z]|[A-Z]Õ(?:S|T|LL|RE|VE)\b|\b[OD]Õ[A-Z][a-z]"
    r"|(?<!\w)ƒ[a-z]|[A-Za-z]Ÿ[a-z]"
    # œ or ú for £, ñ or û for a dash
    r"|(?<!\w)[œúŁŖ¤]\s?\d|(?<!\w)[^\W\d_a-zA-Z]\s?-?\d[\d,]*\.\d\d(?!\d)|(?<=\w )[ñûëìÐÑ](?= \w)"
    rf"|[{_CONTROLS}├┬]"
)
"""Characters where no English text has them, nor names in the languages that are written with Latin letters."""

_HIGHEST = 0x2600
_IS_SUSPECT = np.zeros(_HIGHEST + 1, bool)
_IS_SUSPECT[[*map(ord, _CONTROLS + _CAPITALS + "‚ƒ„†‡ˆ‰‹›˜¡¢¤¥¦¨ª«¬¯±³¶¸¹º»¿÷€™”“√≈├┬┼╞Γ∩§•")]] = True
_IS_SUSPECT_LAST, _IS_SUSPECT_ALONE, _IS_SUSPECT_FIRST = np.zeros((3, _HIGHEST + 1), bool)
_IS_SUSPECT_FIRST[ord("£")] = True
_IS_SUSPECT_LAST[[*map(ord, "œúŁŖ")]] = True
_IS_SUSPECT_ALONE[[*map(ord, "ñûëì")]] = True
"""Characters that are odd only where no letter follows, where they stand between spaces, or where a letter follows."""


TOGETHER = 1 << 18
"""Characters that are looked at together."""


@dataclass
class _OddCells:
    """How many cells of a column were odd, the first of their row numbers, and masked examples."""

    count: int = 0
    rows: list[int] = field(default_factory=list)
    shapes: list[str] = field(default_factory=list)

    def add(self, rows: Sequence[int], texts: Sequence[str]) -> None:
        self.count += len(rows)
        self.rows = [*self.rows, *rows][:ROWS_KEPT]
        self.shapes = [*dict.fromkeys([*self.shapes, *map(mask, texts[:EXAMPLES])])][:EXAMPLES]

    def absorb(self, later: _OddCells) -> None:
        self.count += later.count
        self.rows = [*self.rows, *later.rows][:ROWS_KEPT]
        self.shapes = [*dict.fromkeys([*self.shapes, *later.shapes])][:EXAMPLES]


class GarbledText:
    """Inspects the rows of one pass, and mends cells."""

    def __init__(self) -> None:
        self._odd: dict[tuple[str, str], _OddCells] = {}

    def mend(self, batch: Batch) -> Batch:
        """Return a batch with the cells that can be mended; what is done or found is counted."""
        columns = batch.cells.columns
        for at, column in enumerate(batch.cells.schema.names):
            places = maybe_garbled(columns[at])
            if not len(places):
                continue
            texts: list[str] = columns[at].take(to_arrow(places)).to_pylist()
            # a column has few distinct texts, and what becomes of each is remembered
            results = [mend_text(text) for text in texts]
            for rule in {rule for _, rules in results for rule in rules}:
                chosen = [number for number, (_, rules) in enumerate(results) if rule in rules]
                rows = batch.numbers.take(to_arrow(places[chosen])).to_pylist()
                self._odd.setdefault((rule, column), _OddCells()).add(rows, [texts[number] for number in chosen])
            changed = [number for number, (new, _) in enumerate(results) if new != texts[number]]
            new = pa.array([results[number][0] for number in changed], pa.string())
            columns[at] = replace_cells(columns[at], places[changed], new)
        return Batch(pa.RecordBatch.from_arrays(columns, names=batch.cells.schema.names), batch.numbers)

    def absorb(self, later: GarbledText) -> None:
        """Add what was found in the rows that follow."""
        for key, odd in later._odd.items():
            self._odd.setdefault(key, _OddCells()).absorb(odd)

    def report(self, log: ChangeLog, sheet: str, of: int) -> None:
        """Write one finding for each rule and column into the log; `of` is the number of all rows."""
        for (rule, column), odd in sorted(self._odd.items()):
            where = Where(column=column, sheet=sheet, rows=tuple(odd.rows), count=odd.count, of=of)
            log.find(finding(rule, where, shapes=tuple(odd.shapes)))


def maybe_garbled(cells: pa.Array) -> Places:
    """Return the places of the cells that may be garbled: two characters side by side, or one of the odd ones."""
    data = text_bytes(cells)
    if not len(data) or data.max() < 0xC2:
        return np.empty(0, np.int64)
    leads = np.flatnonzero(data >= 0xC2)
    # some at a time, each with the one behind the last: what is computed of each takes thirty times its bytes
    steps = range(0, len(leads), TOGETHER)
    is_odd = np.concatenate([_are_odd(data, leads[at : at + TOGETHER + 1])[:TOGETHER] for at in steps])
    bounds = text_offsets(cells)
    return np.unique(np.searchsorted(bounds, leads[is_odd] + bounds[0], side="right") - 1)


def _are_odd(data: np.ndarray, leads: np.ndarray) -> np.ndarray:
    """Return whether the characters at some places are odd, or stand before one of some at the next place."""
    first, second, third = (data[np.minimum(leads + ahead, len(data) - 1)].astype(np.int32) for ahead in range(3))
    is_two, is_three = first < 0xE0, (first >= 0xE0) & (first < 0xF0)
    code = np.where(is_two, (first & 31) << 6 | second & 63, (first & 15) << 12 | (second & 63) << 6 | third & 63)
    code[~(is_two | is_three)] = 0
    known = np.minimum(code, _HIGHEST)
    is_odd: np.ndarray = _IS_SUSPECT[known] | (_IS_SUSPECT_LAST[known] & (third <= ord("9"))) | (code == ord(LOST))
    is_odd |= _IS_SUSPECT_ALONE[known] & (third == ord(" ")) & (data[leads - 1] == ord(" "))
    is_odd |= _IS_SUSPECT_FIRST[known] & (third >= ord("a"))
    ends = leads + np.where(is_two, 2, np.where(is_three, 3, 4))
    is_odd[:-1] |= (ends[:-1] == leads[1:]) & (code[:-1] >= 0xC2) & (code[:-1] <= 0xF4)
    return is_odd


@remembering(1 << 16)
def mend_text(text: str) -> tuple[str, tuple[str, ...]]:
    """Return a text as it was before it was decoded wrongly, and the rules that it is found by."""
    if text.isascii():
        return text, ()
    # control characters above ASCII are bytes of Windows-1252 that were taken for Latin-1
    new = re.sub(f"[{_CONTROLS}]", lambda c: c[0].encode("latin-1").decode("cp1252", "ignore") or c[0], text)
    if TWICE_OLD.search(new):
        meant = set()
        for codec in OLDER:
            with suppress(UnicodeError):
                meant.add(new.encode(codec).decode())
        # the encodings of MS-DOS differ in some signs, and nobody can tell which of them it was
        if len(meant) != 1:
            return new, ("text-garbled",)
        new = meant.pop()
    elif TWICE.search(new):
        # imported here: hardly any file needs it, and it takes a moment to load
        from ftfy import TextFixerConfig, fix_encoding
        from ftfy.badness import is_bad

        new = fix_encoding(new, TextFixerConfig(replace_lossy_sequences=False))
        new = TWICE.sub(_undone, new)
        if is_bad(new):
            return new, ("text-garbled",)
    rules = ["text-decoded-twice"] if new != text else []
    if LOST in new:
        rules.append("lost-characters")
    elif ODD.search(new):
        rules.append("text-garbled")
    return new, tuple(rules)


def _undone(found: re.Match[str]) -> str:
    """Return the character that was decoded as several, if it is a usual one; else what was found."""
    bytes_of = b"".join(c.encode("latin-1") if c in _CONTROLS else c.encode("cp1252", "replace") for c in found[0])
    meant = bytes_of.decode("utf-8", "replace")
    return meant if USUAL.fullmatch(meant) else found[0]
