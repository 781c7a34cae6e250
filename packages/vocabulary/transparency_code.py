"""The lists of the Local Government Transparency Code, and where boroughs publish them besides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from packages.vocabulary import Cadence, cadences, publishers, vocabulary_file

FILE = "transparency_code.yaml"

BOUND = frozenset({"london-borough", "city-corporation"})
"""The kinds of publishers that the Code binds: the 33 councils."""


@dataclass(frozen=True, slots=True)
class CodeList:
    """One list that the Code asks for; `dataset` is the one here that holds it, empty when there is none."""

    name: str
    title: str
    cadence: Cadence
    dataset: str = ""


@cache
def code_lists() -> tuple[CodeList, ...]:
    """Return every list, in the order of the Code."""
    return tuple(
        CodeList(name, **entry | {"cadence": cadences()[entry["cadence"]]})
        for name, entry in vocabulary_file(FILE)["lists"].items()
    )


@cache
def pages_elsewhere() -> Mapping[tuple[str, str], str]:
    """Return the page on which a borough publishes a list itself, by publisher and list."""
    return {
        (slug, name): entry["page"]
        for slug, entries in vocabulary_file(FILE)["elsewhere"].items()
        for entry in entries
        for name in entry["lists"]
    }


@cache
def bound_councils() -> Mapping[str, str]:
    """Return the slug and name of every council that the Code binds, in the order of names."""
    bound = {slug: known.name for slug, known in publishers().items() if known.kind in BOUND}
    return dict(sorted(bound.items(), key=lambda item: item[1]))
