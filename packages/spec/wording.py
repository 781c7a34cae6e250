"""Parts of messages: the short path of a file, and a suggestion for an unknown word."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path


def suggestion(word: str, known: Sequence[str]) -> str:
    """Return “Did you mean …?” with the nearest known word, or the list of all when none is near."""
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f"Did you mean “{near[0]}”?" if near else f"Known are: {', '.join(known) or 'none yet'}."


def short_path(path: Path) -> str:
    """Return the path of a file below the datasets' folder."""
    parts = path.parts
    return "/".join(parts[parts.index("datasets") + 1 :]) if "datasets" in parts else path.name
