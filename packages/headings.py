"""Headings as people write them: compared without case, spaces and punctuation, and made fit for a message."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from packages import masking
from packages.messages import unquoted
from packages.remembered import remembering
from packages.spec import DatasetSpec, FieldSpec, Layout, ResourceSpec, headings_of

SHOWN = 60
"""Characters of a heading that a message shows."""

LISTED = 10
"""Headings that a message names; it counts the others."""

# an e-mail address, a long number, an amount with pence, a number with thousands, a date
_VALUE = re.compile(r"@|\d{5}|\d\.\d\d\b|\d,\d{3}\b|\b\d{1,2}[-/. ](\d{1,2}|[A-Za-z]{3,9})[-/. ]\d{2}")


# all descriptions together name the same few hundred headings many times
@remembering(4096)
def normalise(heading: str) -> str:
    """Return letters and digits only, in one case: `Payment_Date ` and `payment date` become the same."""
    # NFKC first: full-width letters, ligatures and superscripts become the plain characters they stand for
    folded = unicodedata.normalize("NFKC", heading).casefold()
    return "".join(char for char in folded if char.isalnum())


def own_headings(field: FieldSpec) -> tuple[str, ...]:
    """Return a field's name and title, normalised, without blanks."""
    return _normalise_all((field.name, field.title))


def layout_headings(layout: Layout, field: str) -> tuple[str, ...]:
    """Return the headings that a layout names for a field, normalised, in the layout's order."""
    return _normalise_all(headings_of(layout.columns[field])) if field in layout.columns else ()


def ignored_headings(layout: Layout) -> frozenset[str]:
    """Return the headings that a layout leaves out on purpose, normalised."""
    return frozenset(_normalise_all(layout.ignore))


def layout_and_own_headings(layout: Layout, field: FieldSpec) -> frozenset[str]:
    """Return the headings under which a layout finds a field: those it names, and the field's own unless ignored."""
    return frozenset(layout_headings(layout, field.name)) | (frozenset(own_headings(field)) - ignored_headings(layout))


def known_headings(spec: DatasetSpec, resource: ResourceSpec) -> frozenset[str]:
    """Return all recognised headings, normalised: field names, titles, and what any layout names or ignores."""
    known = {heading for field in resource.table_schema.fields for heading in own_headings(field)}
    for layout in spec.layouts_of(resource):
        known |= ignored_headings(layout)
        known.update(heading for field in layout.columns for heading in layout_headings(layout, field))
    return frozenset(known)


def shown_heading(heading: str) -> str:
    """Return a heading fit for a message: one line, no control characters, at most SHOWN characters."""
    line = unquoted(" ".join("".join(char if char.isprintable() else " " for char in heading).split()))
    if _VALUE.search(line):
        # in a file without headings this is a cell of the first record, so a person's details may stand here
        return masking.mask(line)
    return line if len(line) <= SHOWN else line[: SHOWN - 1] + "…"


def looks_like_value(heading: str) -> bool:
    """Whether this is a date, an amount, an address or a long number: something that no column is called."""
    return bool(_VALUE.search(heading))


def listed_names(names: Sequence[str]) -> str:
    """Return the first names in quotation marks, and how many more there are."""
    listed = ", ".join(f"“{name}”" for name in names[:LISTED])
    return f"{listed} and {len(names) - LISTED} more" if len(names) > LISTED else listed


def _normalise_all(headings: Iterable[str]) -> tuple[str, ...]:
    """Normalise headings; blanks go, and spellings that become equal are kept once."""
    return tuple(dict.fromkeys(normalised for heading in headings if (normalised := normalise(heading))))
