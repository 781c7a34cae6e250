"""What is to be said when the columns of a file and those of its dataset are not the same."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence

from packages.errors import FileProblem
from packages.messages import finding
from packages.model import Finding, Where
from packages.readers.refusal import refusal
from packages.shaping.headings import looks_like_value, normalise, own_headings
from packages.shaping.layout import Arrangement, CellSource
from packages.spec import DatasetSpec, FieldSpec, ResourceSpec

ENOUGH = 1 / 3
"""Share of the required columns that must be there; below it the file is something else."""

LISTED = 10
"""So many headings a message names."""

NEAR = 0.6
"""How alike (0 to 1) two headings are before one is suggested for the other."""


_SUMS = re.compile(r"(sum|count|average) of |(grand )?totals?$", re.IGNORECASE)
"""What a pivot table writes above its figures."""


def mapping_findings(arrangement: Arrangement, spec: DatasetSpec, resource: ResourceSpec) -> tuple[Finding, ...]:
    """Missing, repeated and unmapped columns as findings; FileProblem when this is not a file of the dataset at all."""
    required = [s for s in arrangement.sources if s.field.required and not s.constant]
    found = [s for s in required if s.columns]
    if len(found) < len(required) * ENOUGH or not any(s.columns for s in arrangement.sources):
        raise _another_file(arrangement, required or arrangement.sources, spec)
    said = (*_missing(arrangement, resource), *_doubled(arrangement, resource), *_unmapped(arrangement, resource))
    return tuple(said)


def _another_file(arrangement: Arrangement, wanted: Iterable[CellSource], spec: DatasetSpec) -> FileProblem:
    if sum(looks_like_value(heading) for heading in arrangement.headings.values()) > 1:
        return refusal("headings-missing", dataset=spec.package.title, wanted=_titles(wanted))
    missing = _titles(s for s in wanted if not s.columns)
    sums = next((heading for heading in arrangement.headings.values() if _SUMS.match(heading)), "")
    if sums:
        return refusal("layout-summary", dataset=spec.package.title, missing=missing, sums=sums)
    found = listed_names([heading for heading in arrangement.headings.values() if heading])
    return refusal("layout-unknown", dataset=spec.package.title, missing=missing, found=found)


def _missing(arrangement: Arrangement, resource: ResourceSpec) -> Iterator[Finding]:
    nowhere = [s.field for s in arrangement.sources if not s.columns and not s.constant]
    near = {field.name: _nearest_heading(field, arrangement) for field in nowhere}
    for field in nowhere:
        if field.required or near[field.name]:
            rule = "column-missing" if field.required else "column-absent"
            where = Where(resource.name, field.name, _title(field))
            yield finding(rule, where, suggestion=near[field.name])
    rest = [_title(field) for field in nowhere if not field.required and not near[field.name]]
    if rest:
        yield finding(
            "columns-absent", Where(resource.name, count=len(rest), unit="column"), columns=listed_names(rest)
        )
    for source in arrangement.sources:
        for part in source.lacking:
            yield finding("join-part-missing", _where(source, arrangement, resource), part=part)


def _doubled(arrangement: Arrangement, resource: ResourceSpec) -> Iterator[Finding]:
    for source in arrangement.sources:
        where = _where(source, arrangement, resource)
        if source.repeated:
            times = len(source.repeated) + len(source.columns)
            yield finding("column-repeated", where, times=times, field=_title(source.field))
        if source.others:
            others = listed_names([arrangement.headings[column] for column in source.others])
            yield finding("column-second-choice", where, others=others, field=_title(source.field))


def _unmapped(arrangement: Arrangement, resource: ResourceSpec) -> Iterator[Finding]:
    if not arrangement.unmapped:
        return
    empty = [s.field for s in arrangement.sources if not s.columns and not s.constant]
    headings = [arrangement.headings[column] for column in arrangement.unmapped]
    near = [(heading, _nearest_field(heading, empty)) for heading in headings]
    guesses = " ".join(f"“{heading}” may be “{title}”." for heading, title in near[:LISTED] if title)
    column = headings[0] if len(headings) == 1 else ""
    where = Where(resource.name, column=column, count=len(headings), unit="column")
    yield finding("column-unmapped", where, headings=listed_names(headings), suggestion=guesses)


def _nearest_heading(field: FieldSpec, arrangement: Arrangement) -> str:
    by_name = {normalise(arrangement.headings[c]): arrangement.headings[c] for c in arrangement.unmapped}
    for own in own_headings(field):
        for near in difflib.get_close_matches(own, by_name, n=1, cutoff=NEAR):
            return f"Is it “{by_name[near]}”?"
    return ""


def _nearest_field(heading: str, fields: Sequence[FieldSpec]) -> str:
    by_name = {own: _title(field) for field in fields for own in own_headings(field)}
    near = difflib.get_close_matches(normalise(heading), by_name, n=1, cutoff=NEAR)
    return by_name[near[0]] if near else ""


def _where(source: CellSource, arrangement: Arrangement, resource: ResourceSpec) -> Where:
    return Where(resource.name, source.field.name, arrangement.heading(source))


def _title(field: FieldSpec) -> str:
    return field.title or field.name


def _titles(sources: Iterable[CellSource]) -> str:
    # other quotation marks than those around a name from the file, which the public does not read
    titles = [_title(source.field) for source in sources]
    said = ", ".join(f"‘{title}’" for title in titles[:LISTED])
    return f"{said} and {len(titles) - LISTED} more" if len(titles) > LISTED else said


def listed_names(names: Sequence[str]) -> str:
    """The first names in quotation marks, and how many more there are."""
    said = ", ".join(f"“{name}”" for name in names[:LISTED])
    return f"{said} and {len(names) - LISTED} more" if len(names) > LISTED else said
