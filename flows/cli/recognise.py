"""Which dataset and layout a file follows, as its headings tell, for an officer who has not named them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from packages.errors import FileProblem, SetupProblem
from packages.headings import known_headings, layout_and_own_headings, normalise
from packages.model import Extract, Identity
from packages.read import read
from packages.spec import (
    NOBODY,
    DatasetSpec,
    Layout,
    ReadingSpec,
    ResourceSpec,
    generic_spec,
    list_datasets,
    list_identities,
    load_spec,
    suggestion,
)

HALF = 0.5
"""Share of the file's headings that a description must know, if it finds most of its required fields."""

MOST = 2 / 3
"""Share of the required fields that must be found."""

NEARLY_ALL = 0.9
"""Share of the file's headings that a dataset's publishers together must know to report what the file lacks."""


@dataclass(frozen=True, slots=True)
class SpecMatch:
    """How well a description fits a file: the share (0 to 1) of headings known, and of required fields found."""

    spec: DatasetSpec
    known: float
    required: float

    @property
    def is_enough(self) -> bool:
        """Whether the file may be taken to follow the description."""
        return self.known >= HALF and self.required >= MOST


def candidate_specs(root: Path, dataset: str = "", publisher: str = "") -> tuple[DatasetSpec, ...]:
    """Return every description that the file may follow, given the officer's options; SetupProblem when none fits."""
    if dataset and publisher:
        return (load_spec(Identity(dataset, publisher), root),)
    datasets = [dataset] if dataset else list(list_datasets(root))
    generic = [generic_spec(name, root) for name in datasets]
    described = [load_spec(i, root) for i in list_identities(root) if i.dataset in datasets]
    chosen = tuple(spec for spec in described if publisher in ("", spec.identity.publisher))
    if publisher and not chosen:
        names = sorted({spec.identity.publisher for spec in described})
        raise SetupProblem(
            f"There is no description of any dataset for “{publisher}”.",
            fix=suggestion(publisher, names) + " Without --publisher the file is checked by its headings alone.",
        )
    return (*generic, *chosen)


def recognise_dataset(extract: Extract, specs: Iterable[DatasetSpec]) -> DatasetSpec:
    """Return the description that knows most of the file's headings; FileProblem when none knows enough of them.

    A single candidate is taken as it is, and so is the generic description of the only dataset when no layout of it
    fits: the officer has said what the file should be, and wants to know what is missing.
    """
    specs = tuple(specs)
    if len(specs) == 1:
        return specs[0]
    columns = _columns(extract, specs)
    # required fields count first: a long file may have many columns that no description knows
    matches = [match for match in (match_headings(spec, columns) for spec in specs) if match.is_enough]
    if matches:
        return max(matches, key=lambda match: (match.required, match.known)).spec
    names = sorted({spec.identity.dataset for spec in specs})
    if len(names) == 1:
        return specs[0]
    if partial := _partial_match(columns, specs):
        return partial
    raise FileProblem(
        "The columns of this file belong to no dataset that we know.",
        fix="Say which dataset it should be with --dataset, to see what is missing. Known are: "
        + ", ".join(names)
        + ".",
        why="Each dataset has agreed columns, so that the files of 33 boroughs can be used together.",
    )


def _columns(extract: Extract, specs: Sequence[DatasetSpec]) -> Sequence[str]:
    """Return the headings of the file; of an archive with the tables of a dataset, those of one of its tables."""
    known = frozenset().union(*(_headings_of_tables(spec) for spec in specs))
    try:
        return read(extract, ReadingSpec(), known).columns
    except FileProblem as problem:
        # several tables in one archive: the reader asks which; any of them tells the dataset
        several = (spec for spec in specs if len(spec.package.resources) > 1)
        files = (spec.reading_of(resource).file for spec in several for resource in spec.package.resources)
        for name in dict.fromkeys(files):
            with suppress(FileProblem):
                return read(extract, ReadingSpec(file=name), known).columns
        raise problem


def _headings_of_tables(spec: DatasetSpec) -> frozenset[str]:
    return frozenset().union(*(known_headings(spec, resource) for resource in spec.package.resources))


def _partial_match(columns: Sequence[str], specs: Sequence[DatasetSpec]) -> DatasetSpec | None:
    """Return the dataset whose publishers together know nearly every heading: the file is a part or summary of it."""
    headings = frozenset(normalise(column) for column in columns)
    # groupby joins neighbours only
    for _dataset, group in groupby(sorted(specs, key=lambda s: s.identity), key=lambda s: s.identity.dataset):
        members = list(group)
        known = frozenset().union(*(_headings_of_tables(spec) for spec in members))
        if len(headings & known) >= len(headings) * NEARLY_ALL:
            return next((spec for spec in members if spec.identity.publisher == NOBODY), members[0])
    return None


def match_headings(spec: DatasetSpec, columns: Sequence[str]) -> SpecMatch:
    """Compare a description with the headings of a file: with those of the table that they fit best."""
    headings = frozenset(normalise(column) for column in columns)
    matches = []
    for resource in spec.package.resources:
        known = headings & known_headings(spec, resource)
        # no column of a file can be found for a dataset that has no layout
        required = max(
            (_required_share(resource, layout, headings) for layout in spec.layouts_of(resource)), default=0.0
        )
        matches.append(SpecMatch(spec, len(known) / max(len(headings), 1), required))
    return max(matches, key=lambda match: (match.required, match.known))


def _required_share(resource: ResourceSpec, layout: Layout, headings: frozenset[str]) -> float:
    fields = [f for f in resource.table_schema.fields if f.required and f.name not in layout.constants]
    found = [f for f in fields if headings & layout_and_own_headings(layout, f)]
    return len(found) / max(len(fields), 1)
