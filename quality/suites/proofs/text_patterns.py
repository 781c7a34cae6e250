"""Whether texts certainly match a regular expression, or certainly do not, in both engines that pandas uses.

Pandas hands a pattern to RE2 or to Python's `re`, by what is in the pattern and in the whole column. A text counts here
only where both would say the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packages.arrow_bytes import Mask, to_arrow
from quality.suites.proofs.batch_columns import DistinctTexts
from quality.suites.proofs.settings import NotUnderstood

SIMPLE = re.compile(
    r"(\(\?i\))?"
    r"(\\[sSdDwWb.()+*?/\-$^\[\]{}|]"  # escapes that mean the same to both
    r"|\(\?(i|):"  # groups that are not captured, or ignore case
    r"|\((?!\?)"  # groups
    r"|\[\^?(?![\[\]])([A-Za-z0-9 _.,:;/@&%#'\"!<>=+*?()$-]|\\[sSdDwW.\-/\[\]()+*])+\]"  # sets of characters
    r"|[^\\(\[\x00-\x08\x0a-\x1f\x7f-\U0010ffff])*"  # whatever else is ASCII
)
"""Patterns that mean the same to RE2 and to Python in a text of printable ASCII and tabs."""

DOUBTFUL = re.compile(r"\{,|\[:|\[\^?\[|--|&&|~~|\|\|")
"""What one of the engines reads in another way, or will one day; nothing is proven of such a pattern."""

LONGEST = 10_000
"""Characters above which Python is not asked: a pattern may take very long on a text made for that."""


@dataclass(frozen=True, slots=True)
class TextPattern:
    """A regular expression that both engines can read."""

    python: re.Pattern[str]
    is_simple: bool

    @classmethod
    def read(cls, regex: str) -> TextPattern:
        """Read a pattern; NotUnderstood when an engine cannot."""
        if DOUBTFUL.search(regex):
            raise NotUnderstood("regex")
        try:
            pc.match_substring_regex(pa.array([""]), regex)
            compiled = re.compile(regex)
        except (pa.ArrowInvalid, re.error, OverflowError, RecursionError) as error:
            raise NotUnderstood("regex") from error
        return cls(compiled, bool(SIMPLE.fullmatch(regex)))

    def matched(self, distinct: DistinctTexts) -> tuple[Mask, Mask]:
        """Return where texts certainly match somewhere, and where they certainly do not."""
        by_arrow = _as_mask(pc.match_substring_regex(distinct.texts, self.python.pattern))
        alike = _as_mask(distinct.is_plain) if self.is_simple else np.zeros(len(by_arrow), bool)
        hits, misses = by_arrow.copy(), ~by_arrow
        odd = np.flatnonzero(~alike)
        for place, text in zip(odd.tolist(), distinct.texts.take(to_arrow(odd)).to_pylist(), strict=True):
            by_python = None if len(text) > LONGEST else bool(self.python.search(text))
            hits[place] &= by_python is True
            misses[place] &= by_python is False
        return hits, misses


def _as_mask(column: pa.Array) -> Mask:
    mask: Mask = column.to_numpy(zero_copy_only=False)
    return mask
