"""Which dataset and layout a file follows, as its headings tell, for an officer who has not named them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby, islice
from pathlib import Path

from packages.errors import FileProblem, SetupProblem
from packages.headings import known_headings, layout_and_own_headings, normalise
from packages.messages import finding
from packages.model import ChangeLog, Extract, Finding, Identity, Rows
from packages.read import read
from packages.shaping.proposals.proposal import cells_may_be
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
from packages.vocabulary import publishers
from packages.vocabulary.naming import publisher_named
from quality.report.wording import listed_text

HALF = 0.5
"""Share of the file's headings that a description must know, if it finds most of its required fields."""

MOST = 2 / 3
"""Share of the required fields that must be found."""

ENOUGH = 1.0
"""Weight that the headings of the fields found must have together: that of one which no other dataset has."""

TELLING = 2.0
"""Weight from which the headings tell the dataset though most of its required fields are missing."""
SOME = 1 / 3
"""Share of the required fields that must be found even then."""

NEARLY_ALL = 0.9
"""Share of the file's headings that a dataset's publishers together must know to report what the file lacks."""

NEARLY_AS_WELL = 0.9
"""Part of the best score from which another dataset may be meant as well."""

NEARBY = 0.1
"""Difference of the shares of headings known within which two publishers' layouts fit nearly as well."""

SHOWN = 4
"""Datasets or publishers that a question names."""

ROWS_SEEN = 200
"""Rows whose cells are looked at."""

LONGEST = 80
"""Characters of the longest text that may name a publisher."""

AREAS = ("POLYGON", "MULTIPOLYGON")


@dataclass(frozen=True, slots=True)
class FileLook:
    """What a file shows at first sight: its headings (normalised), and distinct texts of some rows under each.

    `made` are the headings of columns that a reader made, which the file itself does not have.
    """

    headings: frozenset[str]
    made: frozenset[str]
    texts: Mapping[str, Sequence[str]]

    @property
    def has_areas(self) -> bool:
        """Whether the reader made a column of areas."""
        shapes = [text for heading in self.made for text in self.texts.get(heading, ()) if "(" in text]
        return bool(shapes) and all(shape.startswith(AREAS) for shape in shapes)


@dataclass(frozen=True, slots=True)
class SpecMatch:
    """How well a description fits a file: the share (0 to 1) of headings known, and of required fields found.

    `weight` is the sum over the fields found, each with the share of datasets that its heading tells apart: 1 for a
    heading of one dataset only, and nothing for what a reader made. `fields` are how many were found.
    """

    spec: DatasetSpec
    known: float
    required: float
    weight: float
    fields: int

    @property
    def is_enough(self) -> bool:
        """Whether the file may be taken to follow the description."""
        return self.known >= HALF and self.required >= MOST and self.weight >= ENOUGH

    @property
    def score(self) -> float:
        """How strongly the file speaks for the dataset, compared with others."""
        return self.required * self.weight


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


@dataclass(frozen=True, slots=True)
class Recognition:
    """The description that a file follows, and the finding that its publisher is in doubt, if so."""

    spec: DatasetSpec
    findings: tuple[Finding, ...] = ()


def recognise_dataset(extract: Extract, specs: Iterable[DatasetSpec]) -> DatasetSpec:
    """Return the description of `recognise_file`."""
    return recognise_file(extract, specs).spec


def recognise_file(extract: Extract, specs: Iterable[DatasetSpec]) -> Recognition:
    """Return the description that the file fits best; FileProblem when none fits, or two datasets nearly as well.

    A single candidate is taken as it is, and so is the generic description of the only dataset when no layout of it
    fits: the officer has said what the file should be, and wants to know what is missing. Where several publishers fit
    nearly as well, it is the description of none of them, without constants, and a finding says so.
    """
    specs = tuple(specs)
    if len(specs) == 1:
        return Recognition(specs[0])
    look = look_at(extract, specs)
    # each heading has a weight of 1, shared by the datasets that know it
    knowing: dict[str, set[str]] = {}
    for spec in specs:
        for heading in _headings_of_tables(spec):
            knowing.setdefault(heading, set()).add(spec.identity.dataset)
    weights = {heading: 1 / len(datasets) for heading, datasets in knowing.items()}
    matches = [match_file(spec, look, weights) for spec in specs]
    names = sorted({spec.identity.dataset for spec in specs})
    if enough := [match for match in matches if match.is_enough]:
        return _best_publisher(_of_best_dataset(enough), look, specs)
    if len(names) == 1:
        return Recognition(specs[0])
    telling = [match for match in matches if match.weight >= TELLING and match.required >= SOME]
    if partial := _partial_match(look, specs, weights):
        return Recognition(partial)
    if telling:
        return _best_publisher(_of_best_dataset(telling), look, specs)
    nearest = max(names, key=lambda name: _telling_weight(look, specs, weights, name))
    is_near = _telling_weight(look, specs, weights, nearest) >= HALF
    raise FileProblem(
        "The columns of this file belong to no dataset that we know.",
        fix="Say which dataset it should be with --dataset, to see what is missing. "
        + (f"Perhaps it is meant for {nearest}. " if is_near else "")
        + f"Known are: {', '.join(names)}.",
        why="Each dataset has agreed columns, so that the files of 33 boroughs can be used together.",
    )


def _of_best_dataset(matches: Sequence[SpecMatch]) -> list[SpecMatch]:
    """Return the matches of the dataset that the file fits best; FileProblem when another fits nearly as well."""
    best: dict[str, SpecMatch] = {}
    for match in sorted(matches, key=lambda match: -match.score):
        best.setdefault(match.spec.identity.dataset, match)
    (first, top), *others = best.items()
    rivals = [name for name, match in others if match.score >= top.score * NEARLY_AS_WELL]
    if rivals:
        fitting = [first, *rivals][:SHOWN]
        titles = listed_text([f"‘{best[name].spec.package.title}’" for name in fitting])
        raise FileProblem(
            f"This file fits {titles} about equally well.",
            fix=f"Say which is meant: {' or '.join(f'--dataset {name}' for name in fitting)}.",
            why="A guess could publish the file as something else.",
        )
    return [match for match in matches if match.spec.identity.dataset == first]


def _best_publisher(matches: Sequence[SpecMatch], look: FileLook, specs: Sequence[DatasetSpec]) -> Recognition:
    """Return the description, among those of one dataset, that the file fits best.

    A publisher whom the file names comes first. The generic description comes before publishers who know no more
    fields than it does, and who have no headings of their own in the file: from a guessed publisher would come a code
    or a name that is in no cell of it.
    """
    best = max(matches, key=lambda match: (match.required, match.fields, match.known))
    rivals = [
        match.spec
        for match in matches
        if (match.required, match.fields) == (best.required, best.fields) and match.known >= best.known - NEARBY
    ]
    short = (text for texts in look.texts.values() for text in texts if len(text) < LONGEST)
    # an officer who names the publisher leaves only its descriptions among the candidates
    asked = {spec.identity.publisher for spec in specs} - {NOBODY}
    named = asked if len(asked) == 1 else {slug for text in short if (slug := publisher_named(text))}
    own = [m.spec for m in matches if named == {m.spec.identity.publisher} and m.required >= best.required]
    certain = own or [spec for spec in rivals if spec.identity.publisher == NOBODY] or rivals
    # headings that only this publisher of the dataset knows, or few of them
    dataset = best.spec.identity.dataset
    known = {s.identity.publisher: _headings_of_tables(s) for s in specs if s.identity.dataset == dataset}
    first = certain[0].identity.publisher
    special = (look.headings & known[first]) - known.get(NOBODY, frozenset())
    told = sum(1 / sum(heading in headings for headings in known.values()) for heading in special)
    if own or (len(certain) == 1 and (first == NOBODY or told >= ENOUGH)):
        return Recognition(certain[0])
    slugs = sorted(spec.identity.publisher for spec in rivals)
    names = listed_text([publishers()[slug].name for slug in slugs[:SHOWN]])
    options = " or ".join(f"--publisher {slug}" for slug in slugs[:SHOWN])
    # the layouts without anything that says whose they are
    spec, layouts = rivals[0], [one.model_copy(update={"constants": {}}) for one in rivals[0].publisher.layouts]
    nobody = spec.publisher.model_copy(update={"publisher": NOBODY, "layouts": layouts})
    identity = Identity(spec.identity.dataset, NOBODY)
    spec = spec.model_copy(update={"identity": identity, "publisher": nobody})
    return Recognition(spec, (finding("publisher-doubtful", publishers=names, options=options),))


def look_at(extract: Extract, specs: Sequence[DatasetSpec]) -> FileLook:
    """Read the headings and the first rows of a file; of an archive with the tables of a dataset, of one of these."""
    rows = _rows(extract, specs)
    texts: dict[str, list[str]] = {}
    with suppress(FileProblem):
        for batch in islice(rows.start(ChangeLog()), 1):
            for column in rows.columns:
                cells = batch.cells.column(column).slice(0, ROWS_SEEN).to_pylist()
                texts[normalise(rows.headings.get(column, column))] = list(dict.fromkeys(c for c in cells if c))
    made = frozenset(normalise(rows.headings.get(column, column)) for column in rows.made)
    headings = frozenset(normalise(rows.headings.get(column, column)) for column in rows.columns)
    return FileLook(headings - made, made, texts)


def _rows(extract: Extract, specs: Sequence[DatasetSpec]) -> Rows:
    known = frozenset().union(*(_headings_of_tables(spec) for spec in specs))
    try:
        return read(extract, ReadingSpec(), known)
    except FileProblem as problem:
        # several tables in one archive: the reader asks which; any of them tells the dataset
        several = (spec for spec in specs if len(spec.package.resources) > 1)
        files = (spec.reading_of(resource).file for spec in several for resource in spec.package.resources)
        for name in dict.fromkeys(files):
            with suppress(FileProblem):
                return read(extract, ReadingSpec(file=name), known)
        raise problem


def _headings_of_tables(spec: DatasetSpec) -> frozenset[str]:
    return frozenset().union(*(known_headings(spec, resource) for resource in spec.package.resources))


def _telling_weight(look: FileLook, specs: Sequence[DatasetSpec], weights: Mapping[str, float], dataset: str) -> float:
    """Return the weight of all headings of the file that any publisher of a dataset knows."""
    known = frozenset().union(*(_headings_of_tables(s) for s in specs if s.identity.dataset == dataset))
    return sum(weights[heading] for heading in look.headings & known)


def _partial_match(look: FileLook, specs: Sequence[DatasetSpec], weights: Mapping[str, float]) -> DatasetSpec | None:
    """Return the dataset whose publishers together know nearly every heading: the file is a part or summary of it."""
    best, weight = None, ENOUGH
    # groupby joins neighbours only
    for _dataset, group in groupby(sorted(specs, key=lambda s: s.identity), key=lambda s: s.identity.dataset):
        members = list(group)
        if look.has_areas and not any(place.wkt for place in members[0].quality.places):
            continue
        found = look.headings & frozenset().union(*(_headings_of_tables(spec) for spec in members))
        telling = sum(weights[heading] for heading in found)
        if len(found) >= len(look.headings) * NEARLY_ALL and telling >= weight:
            best, weight = next((s for s in members if s.identity.publisher == NOBODY), members[0]), telling
    return best


def match_file(spec: DatasetSpec, look: FileLook, weights: Mapping[str, float]) -> SpecMatch:
    """Compare a description with a file: with that of its tables, and of its layouts, that the file fits best."""
    matches = []
    for resource in spec.package.resources:
        known = len(look.headings & known_headings(spec, resource)) / max(len(look.headings), 1)
        shapes = {place.wkt for place in spec.quality.places if place.resource == resource.name and place.wkt}
        places = any(place.resource == resource.name for place in spec.quality.places)
        for layout in spec.layouts_of(resource):
            found = _fields_found(resource, layout, look)
            needed = [f.name for f in resource.table_schema.fields if f.required and f.name not in layout.constants]
            required = sum(name in found for name in needed) / max(len(needed), 1)
            # areas fit a dataset of shapes, and hardly one of points
            if look.has_areas and places:
                required *= 1 if shapes else HALF
            weight = sum(weights.get(heading, 0) for heading in found.values() if heading in look.headings)
            # many a map has areas with a name: they tell the dataset together with all else that it needs
            weight += look.has_areas and required == 1 and bool(shapes & found.keys())
            matches.append(SpecMatch(spec, known, required, weight, len(found)))
    # no column of a file can be found for a dataset that has no layout
    return max(matches, key=lambda m: (m.required, m.fields, m.known), default=SpecMatch(spec, 0, 0, 0, 0))


def _fields_found(resource: ResourceSpec, layout: Layout, look: FileLook) -> dict[str, str]:
    """Return the heading of each field that the layout finds in the file, where the cells below it can be meant."""
    found = {}
    for field in resource.table_schema.fields:
        headings = layout_and_own_headings(layout, field) & (look.headings | look.made)
        fitting = [heading for heading in headings if cells_may_be(look.texts.get(heading, ()), field)]
        if fitting:
            found[field.name] = fitting[0]
    return found
