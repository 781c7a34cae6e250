"""Every shipped sample on its whole way, against the verdict that it is meant to get."""

from __future__ import annotations

import csv
import datetime as dt
import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from packages.fetch import extract_file, fetch
from packages.headings import known_headings, normalise
from packages.model import ChangeLog, Extract, Identity, Report, Rows, Verdict
from packages.read import read
from packages.shaping.shape import shape
from packages.sources.transport.download import FetchContext
from packages.spec import DATASETS, DatasetSpec, ResourceSpec, list_identities, load_spec
from tests.datasets.make_samples import SAMPLES
from tests.datasets.sample import Sample, rows_of

pytestmark = pytest.mark.usefixtures("readers_in_process")

REAL = Path(__file__).parents[2].parent / "shared" / "data"
NOW = dt.datetime(2026, 11, 20, 4, 0, tzinfo=dt.UTC)
NOT_PUBLISHED = {
    "spend-over-500/bexley": Verdict.BLOCKED,
    "spend-over-500/wandsworth": Verdict.HELD,
    "brownfield-land/lewisham": Verdict.HELD,
    "developer-contributions/greenwich": Verdict.BLOCKED,
    "organisation-chart/havering": Verdict.BLOCKED,
}
"""Those that are spoilt on purpose; all others are published, with warnings or without."""

NO_ERRORS = {"organisation-chart/havering"}
"""Those that conform to their schema, and are blocked for what they say of people."""


def few_of_each(count: int = 4) -> list[Identity]:
    """The samples that are spoilt on purpose, Camden's, and up to `count` others of each dataset."""
    good = [identity for identity in list_identities() if str(identity) not in NOT_PUBLISHED]
    groups = itertools.groupby(good, lambda identity: identity.dataset)
    few = {one for _, group in groups for one in itertools.islice(group, count)}
    few |= {identity for identity in good if identity.publisher == "camden"}
    return sorted(few | set(map(Identity.parse, NOT_PUBLISHED)))


IDENTITIES = [str(identity) for identity in list_identities()]


def extract_of(spec: DatasetSpec, store: Path) -> Extract:
    return fetch(spec.publisher.source, FetchContext(base=spec.folder, store=store, now=NOW)).extract


def received(spec: DatasetSpec, resource: ResourceSpec, extract: Extract) -> Rows:
    return read(extract, spec.reading_of(resource), known_headings(spec, resource))


def table(rows: Rows) -> list[dict[str, Any]]:
    return [row for batch in rows.start(ChangeLog()) for row in batch.cells.to_pylist()]


def conformance_errors(tables: Mapping[str, list[dict[str, Any]]], spec: DatasetSpec, folder: Path) -> list[list[Any]]:
    """What frictionless says of the tables together, foreign keys included."""
    import frictionless

    resources = []
    for resource in spec.package.resources:
        with (folder / f"{resource.name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=list(resource.table_schema.names))
            writer.writeheader()
            writer.writerows(tables[resource.name])
        schema = frictionless.Schema.from_descriptor(resource.table_schema.descriptor())
        resources.append(frictionless.Resource(name=resource.name, path=f"{resource.name}.csv", schema=schema))
    package = frictionless.Package(resources=resources, basepath=str(folder))
    return package.validate().flatten(["rowNumber", "fieldName", "type"])


@pytest.mark.parametrize("identity", IDENTITIES)
def test_a_sample_has_every_heading_mapped_and_conforms_unless_it_is_meant_to_be_blocked(
    identity: str, tmp_path: Path
) -> None:
    spec = load_spec(Identity.parse(identity))
    extract = extract_of(spec, tmp_path / "store")
    tables = {}
    for resource in spec.package.resources:
        rows = received(spec, resource, extract)
        # every heading is mapped, or left out on purpose
        assert {normalise(heading) for heading in rows.headings.values()} - known_headings(spec, resource) <= {""}
        tables[resource.name] = table(shape(rows, spec, resource, day=NOW.date()))
    errors = conformance_errors(tables, spec, tmp_path)
    sample = SAMPLES[identity]
    written = [sample.rows] if isinstance(sample, Sample) else map(len, rows_of(identity, sample).values())
    assert [len(rows) for rows in tables.values()] == list(written)
    blocked = NOT_PUBLISHED.get(identity) is Verdict.BLOCKED
    assert bool(errors) is (blocked and identity not in NO_ERRORS), errors[:5]


def verdict_of(spec: DatasetSpec, extract: Extract, staging: Path) -> Report:
    from flows.examine import make_draft
    from packages.release.seal import content_digest
    from quality.judge import JudgeInput, judge

    made = make_draft(spec, extract, staging, NOW.date())
    return judge(made, spec, JudgeInput(NOW, content_digest(made, spec)))


@pytest.mark.slow
@pytest.mark.parametrize("identity", IDENTITIES)
def test_the_verdict_is_the_one_that_the_sample_is_meant_to_get(identity: str, tmp_path: Path) -> None:
    spec = load_spec(Identity.parse(identity))
    staging = tmp_path / "staging"
    staging.mkdir()
    report = verdict_of(spec, extract_of(spec, tmp_path / "store"), staging)
    found = {f"{f.severity}: {f.what}" for f in report.findings}
    assert report.verdict is NOT_PUBLISHED.get(identity, Verdict.PUBLISH), found
    assert [c for c in report.checks if c.outcome == "not run"] == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "identity"),
    [
        ("codeborough-public-toilets-camden.csv", "public-toilets/camden"),
        ("digital-land-brownfield-lldc-2018.csv", "brownfield-land/lldc"),
        ("codeborough-polling-stations-camden.csv", "polling-stations/camden"),
        ("codeborough-polling-stations-kingston.geojson", "polling-stations/kingston-upon-thames"),
        ("digital-land-conservation-areas-hammersmith-fulham.gml", "conservation-areas/hammersmith-and-fulham"),
    ],
)
def test_a_real_file_goes_all_the_way(name: str, identity: str, tmp_path: Path) -> None:
    path = REAL / name
    if not path.is_file():
        pytest.skip(f"the real file {name} is not on this machine")
    report = verdict_of(load_spec(Identity.parse(identity)), extract_file(path, store=None, now=NOW), tmp_path)
    assert report.verdict is Verdict.PUBLISH, [f.what for f in report.findings]


def test_the_headings_of_a_sample_tell_its_dataset(tmp_path: Path) -> None:
    from flows.checking.recognise import candidate_specs, recognise_dataset

    specs = candidate_specs(DATASETS)
    texts = [name for name, s in SAMPLES.items() if isinstance(s, Sample) and not s.name.endswith(".xlsx")]
    extracts = {name: extract_of(load_spec(Identity.parse(name)), tmp_path) for name in texts}
    told = {name: recognise_dataset(extract, specs).identity.dataset for name, extract in extracts.items()}
    assert {name: dataset for name, dataset in told.items() if not name.startswith(f"{dataset}/")} == {}
