"""Whose file is this? An officer need not say which dataset and layout a file follows when its headings tell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from packages.errors import FileProblem
from packages.model import Extract, Identity
from packages.read import read
from packages.shape import known_headings, normalise
from packages.spec import DatasetSpec, Reading, generic_spec, list_datasets, list_identities, load_spec

ENOUGH = 0.5
"""Share of the file's headings that a description must know before we believe that the file is meant for it."""


@dataclass(frozen=True, slots=True)
class Match:
    """How well a description fits a file: the share (0 to 1) of the file's headings that it knows."""

    spec: DatasetSpec
    known: float


def candidates(root: Path, dataset: str = "", publisher: str = "") -> tuple[DatasetSpec, ...]:
    """Every description that the file may follow, given what the officer has said."""
    if dataset and publisher:
        return (load_spec(Identity(dataset, publisher), root),)
    datasets = [dataset] if dataset else list(list_datasets(root))
    plain = [generic_spec(name, root) for name in datasets]
    named = [load_spec(i, root) for i in list_identities(root) if i.dataset in datasets]
    return (*plain, *(spec for spec in named if publisher in ("", spec.identity.publisher)))


def recognise(extract: Extract, specs: Iterable[DatasetSpec]) -> DatasetSpec:
    """The description that knows most of the file's headings; FileProblem when none knows enough of them.

    A single candidate is taken as it is: the officer has said what the file should be.
    """
    specs = tuple(specs)
    if len(specs) == 1:
        return specs[0]
    headings = _headings(extract, specs)
    best = max((match(spec, headings) for spec in specs), key=lambda m: m.known)
    if best.known >= ENOUGH:
        return best.spec
    names = sorted({spec.identity.dataset for spec in specs})
    raise FileProblem(
        "The columns of this file belong to no dataset that we know.",
        fix="Say which dataset it should be with --dataset, to see what is missing. Known are: "
        + ", ".join(names)
        + ".",
        why="Each dataset has agreed columns, so that the files of 33 boroughs can be used together.",
    )


def match(spec: DatasetSpec, headings: frozenset[str]) -> Match:
    """Compare a description with the normalised headings of a file."""
    known = known_headings(spec, spec.resource)
    return Match(spec, len(headings & known) / len(headings) if headings else 0.0)


def _headings(extract: Extract, specs: tuple[DatasetSpec, ...]) -> frozenset[str]:
    everything = frozenset().union(*(known_headings(spec, spec.resource) for spec in specs))
    rows = read(extract, Reading(), everything)
    return frozenset(normalise(heading) for heading in rows.columns)
