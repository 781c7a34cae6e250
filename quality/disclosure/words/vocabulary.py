"""Lists of phrases that stand beside this module, one to a line, as the parts of an expression.

A file has sections, `[name]`. A phrase is an expression of its own, in which a space stands for a hyphen as well, an
apostrophe for one of either kind, and `{name}` for any phrase of that section. An indented line goes on with the one
before it. Lines that begin with `#` are comments.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType

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
        sections[title] = re.sub(r"\{([a-z][a-z-]*)\}", lambda m: f"(?:{sections[m[1]]})", written)
    return MappingProxyType(sections)


def phrases(name: str, section: str) -> str:
    """Return the alternatives of an expression that are a section of a file."""
    return vocabulary(name)[section]


def whole_words(name: str, section: str) -> re.Pattern[str]:
    """Return the expression of the phrases of a section as whole words, in any case."""
    return re.compile(rf"(?<![\w'’])(?:{phrases(name, section)})(?!\w)", re.IGNORECASE)
