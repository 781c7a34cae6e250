"""Lists of phrases that stand beside this module, one to a line, as the parts of an expression.

A file has sections, `[name]`. A phrase is an expression of its own, in which a space stands for a hyphen as well, an
apostrophe for one of either kind, and `{name}` for any phrase of that section. An indented line goes on with the one
before it. Lines that begin with `#` are comments.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from importlib import resources
from types import MappingProxyType

from quality.disclosure.words.alternatives import alternatives_of, by_first_letter

MEANT = {" ": r"[\s-]", "'": "['’]"}
AS_WRITTEN = re.compile(r"\\.|\[[^\]]*\]|[ ']")
"""A space, an apostrophe, or a class of characters, in which a space means no more."""


@cache
def vocabulary(name: str) -> Mapping[str, str]:
    """Return the sections of a file, each as the alternatives of an expression.

    A section may refer to those above it.

    Raises:
        KeyError: A phrase refers to a section that is not above it.
    """
    text = resources.files(__package__).joinpath(f"{name}.txt").read_text(encoding="utf-8")
    sections: dict[str, str] = {}
    _, *parts = re.split(r"^\[([a-z-]+)\]\n", text, flags=re.MULTILINE)
    for title, lines in zip(parts[::2], parts[1::2], strict=True):
        whole = re.sub(r"\n +", "", lines).splitlines()
        written = "|".join(p for p in whole if p and p[0] != "#")
        written = AS_WRITTEN.sub(lambda m: MEANT.get(m.group(), m.group().replace("'", "'’")), written)
        written = re.sub(r"\{([a-z][a-z-]*)\}", lambda m: f"(?:{sections[m[1]]})", written)
        sections[title] = by_first_letter(alternatives_of(written))
    return MappingProxyType(sections)


def phrases(name: str, section: str) -> str:
    """Return the alternatives of an expression that are a section of a file."""
    return vocabulary(name)[section]


class Expression:
    """An expression in any case, which is compiled when a text is first looked at: long ones take a while."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self.pattern, re.IGNORECASE)

    def search(self, text: str) -> re.Match[str] | None:
        """Return the first place in a text."""
        return self._compiled.search(text)

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """Yield all places in a text."""
        return self._compiled.finditer(text)

    def sub(self, replacement: str, text: str) -> str:
        """Return a text with something else in all places."""
        return self._compiled.sub(replacement, text)


def whole_words(name: str, section: str) -> Expression:
    """Return the expression of the phrases of a section as whole words."""
    return Expression(rf"(?<![\w'’])(?:{phrases(name, section)})(?!\w)")


@cache
def _short_forms() -> tuple[re.Pattern[str], Mapping[str, str]]:
    text = resources.files(__package__).joinpath("abbreviations.txt").read_text(encoding="utf-8")
    pairs = (line.partition(" = ") for line in text.splitlines() if " = " in line and line[0] != "#")
    meant = {short: words for words, _, shorts in pairs for short in shorts.split()}
    alternatives = by_first_letter(re.escape(short) for short in sorted(meant, key=len, reverse=True))
    return re.compile(rf"(?<![\w'’/])(?:{alternatives})(?![\w'’])", re.IGNORECASE), MappingProxyType(meant)


def spelled_out(text: str) -> str:
    """Return a text with the words that officers shorten written in full: `hmls clmt` becomes `homeless claimant`."""
    found, meant = _short_forms()
    # in any case, a letter may be matched by one that has no such small form, such as the long s
    return found.sub(lambda m: meant.get(m.group().lower(), m.group()), text)


def as_written(text: str, found: str) -> str:
    """Return what was found in a text when it was spelled out, or all of the text where it is written shorter there."""
    return found if found in text else text


def short_forms() -> str:
    """Return the alternatives of an expression for the words that officers shorten."""
    return by_first_letter(map(re.escape, _short_forms()[1]))
