"""Words into our words: blanks, value maps, code lists, yes and no. Compared without case and with single spaces."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

REDACTED = "Redacted"
"""Our one word for what a publisher took out to protect a person."""

Change = Callable[[str], str]
"""What a rule makes of one text; a text that the rule does not know comes back as it was."""

TRUTHS = dict.fromkeys(("yes", "y", "true", "t", "1"), "true") | dict.fromkeys(("no", "n", "false", "f", "0"), "false")


def fold_text(text: str) -> str:
    """The text in one case, with single spaces and none around it."""
    return " ".join(text.casefold().split())


def map_value(words: Mapping[str, str]) -> Change:
    """Known words become ours."""
    by_word = {fold_text(word): ours for word, ours in words.items()}
    return lambda text: by_word.get(fold_text(text), text)


def blank_word(words: Iterable[str]) -> Change:
    """Words that mean “nothing here” become empty."""
    return map_value(dict.fromkeys(words, ""))


def match_code(codes: Iterable[str]) -> Change:
    """Codes of the list in another case become the list's own; a code of the list stays what it is."""
    own = tuple(codes)
    by_word = {fold_text(code): code for code in reversed(own)}
    return lambda text: text if text in own else by_word.get(fold_text(text), text)
