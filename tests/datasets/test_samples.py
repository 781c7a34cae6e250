"""Every shipped sample on its whole way, against the verdict that it is meant to get."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from packages.fetch import extract_file
from packages.model import Extract, Identity, Log, Report, Rows, Verdict
from packages.read import read
from packages.shape import known_headings, normalise, shape
from packages.spec import DatasetSpec, FolderSource, list_identities, load_spec
from tests.datasets.make_samples import SAMPLES

REAL = Path(__file__).parents[2].parent / "shared" / "data"
NOW = dt.datetime(2026, 11, 20, 4, 0, tzinfo=dt.UTC)
NOT_PUBLISHED = {
    "spend-over-500/bexley": Verdict.BLOCKED,
    "spend-over-500/wandsworth": Verdict.HELD,
    "brownfield-land/lewisham": Verdict.HELD,
}
"""Those that are spoilt on purpose; all others are published, with warnings or without."""

IDENTITIES = [str(identity) for identity in list_identities()]


def extract_of(spec: DatasetSpec) -> Extract:
    source = spec.publisher.source
    assert isinstance(source, FolderSource)
    (path,) = (spec.folder / source.path).glob(source.pattern)
    return extract_file(path, store=None, now=NOW)


def shaped(spec: DatasetSpec, extract: Extract) -> Rows:
    rows = read(extract, spec.reading, known_headings(spec, spec.resource))
    return shape(rows, spec, spec.resource, day=NOW.date())


def table(rows: Rows) -> tuple[list[dict[str, Any]], Log]:
    log = Log()
    found = [row for batch in rows.start(log) for row in batch.cells.to_pylist()]
    return found, log


def conformance_errors(rows: list[dict[str, Any]], spec: DatasetSpec, folder: Path) -> list[list[Any]]:
    import frictionless

    with (folder / "table.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(spec.resource.table_schema.names))
        writer.writeheader()
        writer.writerows(rows)
    schema = frictionless.Schema.from_descriptor(spec.resource.table_schema.descriptor())
    resource = frictionless.Resource(path="table.csv", basepath=str(folder), schema=schema)
    report = frictionless.validate(resource)
    return report.flatten(["rowNumber", "fieldName", "type"])


@pytest.mark.parametrize("identity", IDENTITIES)
def test_the_shaped_sample_conforms_unless_it_is_meant_to_be_blocked(identity: str, tmp_path: Path) -> None:
    spec = load_spec(Identity.parse(identity))
    rows, _ = table(shaped(spec, extract_of(spec)))
    errors = conformance_errors(rows, spec, tmp_path)
    assert len(rows) == SAMPLES[identity].rows
    assert bool(errors) is (NOT_PUBLISHED.get(identity) is Verdict.BLOCKED), errors[:5]


@pytest.mark.parametrize("identity", IDENTITIES)
def test_every_heading_of_a_sample_is_mapped_or_left_out_on_purpose(identity: str) -> None:
    spec = load_spec(Identity.parse(identity))
    known = known_headings(spec, spec.resource)
    headings = read(extract_of(spec), spec.reading, known).headings.values()
    assert {normalise(heading) for heading in headings} - known <= {""}


def verdict_of(spec: DatasetSpec, extract: Extract, staging: Path) -> Report:
    from packages.release import content_digest
    from quality.draft import draft
    from quality.judge import judge

    made = draft(shaped(spec, extract), spec, spec.resource, extract, staging)
    return judge(made, spec, previous=None, previous_digest="", digest=content_digest(made, spec), now=NOW)


@pytest.mark.slow
@pytest.mark.parametrize("identity", IDENTITIES)
def test_the_verdict_is_the_one_that_the_sample_is_meant_to_get(identity: str, tmp_path: Path) -> None:
    spec = load_spec(Identity.parse(identity))
    report = verdict_of(spec, extract_of(spec), tmp_path)
    found = {f"{f.severity}: {f.what}" for f in report.findings}
    assert report.verdict is NOT_PUBLISHED.get(identity, Verdict.PUBLISH), found
    assert [c for c in report.checks if c.outcome == "not run"] == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "identity"),
    [
        ("codeborough-public-toilets-camden.csv", "public-toilets/camden"),
        ("digital-land-brownfield-lldc-2018.csv", "brownfield-land/lldc"),
    ],
)
def test_a_real_file_goes_all_the_way(name: str, identity: str, tmp_path: Path) -> None:
    path = REAL / name
    if not path.is_file():
        pytest.skip(f"the real file {name} is not on this machine")
    report = verdict_of(load_spec(Identity.parse(identity)), extract_file(path, store=None, now=NOW), tmp_path)
    assert report.verdict is Verdict.PUBLISH, [f.what for f in report.findings]
