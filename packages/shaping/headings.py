"""Headings as people write them, compared without case, spaces and punctuation."""

from __future__ import annotations

import re
import unicodedata

from packages import masking
from packages.messages import unquoted
from packages.spec import DatasetSpec, FieldSpec, Layout, ResourceSpec, headings_of

SHOWN = 60
"""Characters of a heading that a message shows."""

_VALUE = re.compile(r"@|\d{5}|\d\.\d\d\b|\d,\d{3}\b|\b\d{1,2}[-/. ](\d{1,2}|[A-Za-z]{3,9})[-/. ]\d{2}")


def normalise(heading: str) -> str:
    """`Payment_Date ` and `payment date` become the same: letters and digits only, in one case."""
    folded = unicodedata.normalize("NFKC", heading).casefold()
    return "".join(char for char in folded if char.isalnum())


def own_headings(field: FieldSpec) -> tuple[str, ...]:
    """A field's name and title, normalised; blank ones left out."""
    return _normalised((field.name, field.title))


def layout_headings(layout: Layout, field: str) -> tuple[str, ...]:
    """The headings that a layout names for a field, normalised, in the layout's order; none when it does not."""
    return _normalised(headings_of(layout.columns[field])) if field in layout.columns else ()


def ignored_headings(layout: Layout) -> frozenset[str]:
    """The headings that a layout leaves out on purpose, normalised."""
    return frozenset(_normalised(tuple(layout.ignore)))


def layout_and_own_headings(layout: Layout, field: FieldSpec) -> frozenset[str]:
    """The headings under which a layout finds a field: those that it names, and the field's own unless left out."""
    return frozenset(layout_headings(layout, field.name)) | (frozenset(own_headings(field)) - ignored_headings(layout))


def known_headings(spec: DatasetSpec, resource: ResourceSpec) -> frozenset[str]:
    """Every heading that we would recognise, normalised: field names, titles, and what any layout names or ignores."""
    known = {heading for field in resource.table_schema.fields for heading in own_headings(field)}
    for layout in spec.layouts_of(resource):
        known |= ignored_headings(layout)
        known.update(heading for field in layout.columns for heading in layout_headings(layout, field))
    return frozenset(known)


def shown_heading(heading: str) -> str:
    """A heading fit for a message: on one line, without control characters, at most SHOWN characters long.

    What stands there may be a cell of a file without headings, so addresses and long numbers are masked.
    """
    line = unquoted(" ".join("".join(char if char.isprintable() else " " for char in heading).split()))
    if _VALUE.search(line):
        return masking.mask(line)
    return line if len(line) <= SHOWN else line[: SHOWN - 1] + "…"


def looks_like_value(heading: str) -> bool:
    """Whether this is a date, an amount, an address or a long number: something that no column is called."""
    return bool(_VALUE.search(heading))


def _normalised(headings: tuple[str, ...]) -> tuple[str, ...]:
    """Without blanks, and each once: two spellings of a layout may be one heading to us."""
    return tuple(dict.fromkeys(found for heading in headings if (found := normalise(heading))))
