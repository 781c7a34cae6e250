"""Findings about the columns of a file: missing, repeated and unmapped ones."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence

from packages.headings import LISTED, listed_names, looks_like_value, normalise, own_headings
from packages.messages import finding
from packages.model import Finding, Where
from packages.refusal import refusal
from packages.shaping.heading_similarity import is_numbering
from packages.shaping.layout import Arrangement, CellSource
from packages.spec import CountsSpec, DatasetSpec, FieldSpec, ResourceSpec, counts_of, withheld_names

MINIMUM_SHARE = 1 / 3
"""Share of the required columns that must be there; below it the file is something else."""

NEAR = 0.6
"""Similarity (0 to 1) from which one heading is suggested for another."""

_SUMS = re.compile(r"(sum|count|average|min|max) of |grand totals?$|row labels$", re.IGNORECASE)
"""The headings that a pivot table writes above its figures."""

_TOTAL = re.compile(r"totals?$", re.IGNORECASE)
"""A heading of sums beside one column of labels; in a wider table it is an amount like any other."""


def mapping_findings(arrangement: Arrangement, spec: DatasetSpec, resource: ResourceSpec) -> tuple[Finding, ...]:
    """Return the findings about columns; FileProblem when this is not a file of the dataset at all."""
    required = [s for s in arrangement.sources if s.field.required and not s.constant]
    found = [s for s in required if s.columns]
    if len(found) < len(required) * MINIMUM_SHARE or not any(s.columns for s in arrangement.sources):
        wanted, dataset, headings = required or arrangement.sources, spec.package.title, arrangement.headings.values()
        # one such heading may be a mistake; two are the first record of a file without headings
        if sum(looks_like_value(heading) for heading in headings) > 1:
            raise refusal("headings-missing", dataset=dataset, wanted=_titles(wanted))
        missing = _titles(s for s in wanted if not s.columns)
        named = [heading for heading in headings if heading]
        if sums := next((h for h in named if _SUMS.match(h) or (len(named) == 2 and _TOTAL.match(h))), ""):
            raise refusal("layout-summary", dataset=dataset, missing=missing, sums=sums)
        listed = listed_names(named)
        raise refusal("layout-unknown", dataset=dataset, missing=missing, found=listed)
    # nothing is wrong with an old file, but whoever sent it should know that it was taken for one
    dated = (
        [finding("layout-of-a-period", Where(resource.name), period=arrangement.period)] if arrangement.period else []
    )
    return (
        *dated,
        *_missing_columns(arrangement, resource, counts_of(spec.quality.disclosure.counts, resource, spec.package)),
        *_repeated_columns(arrangement, resource),
        *_unmapped_columns(arrangement, resource),
    )


def _missing_columns(
    arrangement: Arrangement, resource: ResourceSpec, counts: Sequence[CountsSpec]
) -> Iterator[Finding]:
    # reasons for numbers that are not given come by themselves
    beside = {spec.status_of(measure) for spec in counts for measure in spec.measure}
    missing = [s.field for s in arrangement.sources if not s.columns and not s.constant and s.field.name not in beside]
    # a table of numbers without any is not that table, though each of them may be empty
    names = {field.name for field in missing}
    needed = {measure for spec in counts if names.issuperset(spec.measure) for measure in spec.measure}
    needed.update(withheld_names(counts))
    by_heading = {normalise(arrangement.headings[c]): arrangement.headings[c] for c in arrangement.unmapped}

    def suggest(field: FieldSpec) -> str:
        for own in own_headings(field):
            for near in difflib.get_close_matches(own, by_heading, n=1, cutoff=NEAR):
                if _might_be(by_heading[near], field):
                    return f"Is it “{by_heading[near]}”?"
        return ""

    suggestions = {field.name: suggest(field) for field in missing}
    for field in missing:
        is_needed = field.required or field.name in needed
        if is_needed or suggestions[field.name]:
            rule = "column-missing" if is_needed else "column-absent"
            where = Where(resource.name, field.name, _title(field))
            yield finding(rule, where, suggestion=suggestions[field.name])
    # optional fields without a likely column are normal: one finding for all of them
    told = needed | {field.name for field in missing if field.required or suggestions[field.name]}
    rest = [_title(field) for field in missing if field.name not in told]
    if rest:
        where = Where(resource.name, count=len(rest), unit="column")
        yield finding("columns-absent", where, columns=listed_names(rest))
    for source in arrangement.sources:
        for part in source.missing_parts:
            yield finding("join-part-missing", _where(source, arrangement, resource), part=part)


def _repeated_columns(arrangement: Arrangement, resource: ResourceSpec) -> Iterator[Finding]:
    for source in arrangement.sources:
        where = _where(source, arrangement, resource)
        if source.repeated:
            times = len(source.repeated) + len(source.columns)
            yield finding("column-repeated", where, times=times, field=_title(source.field))
        if source.other_columns:
            others = listed_names([arrangement.headings[column] for column in source.other_columns])
            yield finding("column-second-choice", where, others=others, field=_title(source.field))


def _unmapped_columns(arrangement: Arrangement, resource: ResourceSpec) -> Iterator[Finding]:
    if not arrangement.unmapped:
        return
    empty = [s.field for s in arrangement.sources if not s.columns and not s.constant]
    fields = {own: field for field in empty for own in own_headings(field)}
    headings = [arrangement.headings[column] for column in arrangement.unmapped]
    guesses = [
        f"“{heading}” may be “{_title(fields[near])}”."
        for heading in headings[:LISTED]
        for near in difflib.get_close_matches(normalise(heading), fields, n=1, cutoff=NEAR)
        if _might_be(heading, fields[near])
    ]
    # a finding about several columns has no single place
    column = headings[0] if len(headings) == 1 else ""
    where = Where(resource.name, column=column, count=len(headings), unit="column")
    yield finding("column-unmapped", where, headings=listed_names(headings), suggestion=" ".join(guesses))


def _where(source: CellSource, arrangement: Arrangement, resource: ResourceSpec) -> Where:
    return Where(resource.name, source.field.name, arrangement.heading(source))


def _might_be(heading: str, field: FieldSpec) -> bool:
    """Whether a column with a like heading may be meant: one of numbers is no name, and the other way round."""
    return is_numbering(heading) == (is_numbering(field.name) or is_numbering(_title(field)))


def _title(field: FieldSpec) -> str:
    return field.title or field.name


def _titles(sources: Iterable[CellSource]) -> str:
    # other quotation marks than those around a name from the file, which the public report leaves out
    titles = [_title(source.field) for source in sources]
    listed = ", ".join(f"‘{title}’" for title in titles[:LISTED])
    return f"{listed} and {len(titles) - LISTED} more" if len(titles) > LISTED else listed
