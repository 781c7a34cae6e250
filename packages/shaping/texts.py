"""Mapping of words to our words: blanks, value maps, code lists, yes and no, without regard to case and spacing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import pyarrow as pa

REDACTED = "Redacted"
"""Our one word for what a publisher took out to protect a person."""

Change = Callable[[str], str]
"""Returns the new form of a text; a text that the rule does not know is returned unchanged."""

TRUTHS = dict.fromkeys(("yes", "y", "true", "t", "1"), "true") | dict.fromkeys(("no", "n", "false", "f", "0"), "false")


def changed_texts(texts: pa.Array, change: Change) -> pa.Array:
    """Return the texts, each changed."""
    return pa.array([change(text) for text in texts.to_pylist()], pa.string())


def fold_text(text: str) -> str:
    """Return the text in one case, with single spaces and none around it."""
    return " ".join(text.casefold().split())


def map_value(words: Mapping[str, str]) -> Change:
    """Return the change of each published word into ours."""
    by_word = {fold_text(word): replacement for word, replacement in words.items()}
    return lambda text: by_word.get(fold_text(text), text)


def blank_word(words: Iterable[str]) -> Change:
    """Return the change of words that mean “nothing here” into empty text."""
    return map_value(dict.fromkeys(words, ""))


def match_code(codes: Iterable[str]) -> Change:
    """Return the change of codes in another case or spacing into those of the list."""
    own = tuple(codes)
    # reversed: of two codes that fold to the same text the first of the list wins
    by_word = {fold_text(code): code for code in reversed(own)}
    return lambda text: text if text in own else by_word.get(fold_text(text), text)
