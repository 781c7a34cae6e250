"""A layout proposed for a file, learned from the dataset's description, its publishers and stored releases."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from flows.state.store import Store
from packages.fetch import extract_file
from packages.headings import known_headings
from packages.model import Identity
from packages.profile import Profile
from packages.read import read
from packages.shaping.proposals.proposal import Crosswalk, Proposal, constants_of, crosswalk, propose
from packages.spec import DatasetSpec, ResourceSpec, list_identities, load_spec
from packages.vocabulary import publisher, publishers
from quality.report import report_from_json


@dataclass(frozen=True, slots=True)
class MappingEvidence:
    """What a proposal learns from: the dataset's own description, those of its publishers, and stored releases."""

    generic: DatasetSpec
    described: tuple[DatasetSpec, ...]
    store: Store


def described_publishers(dataset: str, root: Path) -> tuple[DatasetSpec, ...]:
    """Return the descriptions of every publisher of a dataset."""
    return tuple(load_spec(identity, root) for identity in list_identities(root) if identity.dataset == dataset)


def propose_mapping(file: Path, slug: str, evidence: MappingEvidence, at: dt.datetime) -> Proposal:
    """Return the proposal for the table of the dataset that the file fits best; `slug` names the publisher."""
    generic, specs = evidence.generic, (evidence.generic, *evidence.described)
    extract = extract_file(file, store=None, now=at)
    proposals = []
    for resource in generic.package.resources:
        # headings that any publisher uses help to find the row of headings
        known = frozenset[str]().union(*(known_headings(spec, resource) for spec in specs))
        rows = read(extract, generic.reading, known)
        proposals.append(propose(rows, resource, *field_evidence(resource, slug, evidence)))
    return max(proposals, key=lambda proposal: sum(match.score for match in proposal.matches))


def field_evidence(resource: ResourceSpec, slug: str, evidence: MappingEvidence) -> tuple[Crosswalk, dict[str, str]]:
    """Return what all publishers call the fields of a table, and the texts that fields of one publisher always have."""
    specs = (evidence.generic, *evidence.described)
    examples = crosswalk(specs, resource, _profiles(evidence.generic.identity, resource.name, evidence.store))
    # a field that holds one value in all files of a publisher, such as its own code, needs no column
    constants = constants_of(evidence.described, publisher(slug), publishers())
    return examples, {name: text for name, text in constants.items() if name in resource.table_schema.names}


def _profiles(identity: Identity, resource: str, store: Store) -> Mapping[str, list[Profile]]:
    """Return the profiles of each field in the releases that are stored here, of whatever publisher."""
    profiles: dict[str, list[Profile]] = {}
    for path in store.last_reports(identity.dataset):
        for table in report_from_json(path.read_bytes()).tables:
            for column in table.columns if table.name == resource else ():
                profiles.setdefault(column.name, []).append(column.profile)
    return profiles
