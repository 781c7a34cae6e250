"""Every dataset folder, whoever added it: its YAML loads, its names exist, its samples are as the script says."""

from __future__ import annotations

from pathlib import Path

import pytest

from packages.model import Identity
from packages.spec import (
    DATASETS,
    BundleSource,
    FolderSource,
    PublisherFile,
    list_datasets,
    list_identities,
    load_package,
    load_spec,
)
from packages.vocabulary import cadences, licences, publishers, themes
from tests.datasets.make_samples import SAMPLES, write

IDENTITIES = [str(identity) for identity in list_identities()]
NEVER_SAFE = {"supplier", "purpose", "reference", "Notes", "ReportTel", "ReportEmail", "StreetAddress", "Postcode"}


def test_the_shipped_datasets() -> None:
    assert list_datasets() == (
        "article-4-directions",
        "brownfield-land",
        "conservation-areas",
        "contracts-register",
        "council-tax-support",
        "developer-contributions",
        "fraud",
        "grants-to-voluntary-bodies",
        "land-and-building-assets",
        "listed-building-outlines",
        "organisation-chart",
        "parking",
        "polling-stations",
        "premises-licences",
        "public-toilets",
        "public-trees",
        "purchase-cards",
        "senior-salaries",
        "spend-over-500",
        "trade-union-facility-time",
        "tree-preservation-orders",
    )
    assert sum(name.startswith("spend-over-500/") for name in IDENTITIES) >= 10


@pytest.mark.parametrize("identity", IDENTITIES)
def test_every_publisher_loads_and_is_in_the_vocabulary(identity: str) -> None:
    spec = load_spec(Identity.parse(identity))
    assert spec.identity.publisher in publishers()
    assert spec.cadence in cadences()
    assert spec.package.theme in themes()
    assert spec.package.licence in licences()


@pytest.mark.parametrize("dataset", list_datasets())
def test_frictionless_accepts_every_schema(dataset: str) -> None:
    import frictionless

    for resource in load_package(dataset).resources:
        schema = frictionless.Schema.from_descriptor(resource.table_schema.descriptor())
        assert tuple(schema.field_names) == resource.table_schema.names


@pytest.mark.parametrize("dataset", list_datasets())
def test_every_field_is_explained(dataset: str) -> None:
    for resource in load_package(dataset).resources:
        for field in resource.table_schema.fields:
            assert field.title, field.name
            assert field.description.endswith("."), field.name
            assert not (field.safe and field.name in NEVER_SAFE), field.name
            assert field.nature, field.name


@pytest.mark.parametrize("dataset", list_datasets())
def test_suites_are_of_a_readable_size_and_in_whole_sentences(dataset: str) -> None:
    identity = next(i for i in list_identities() if i.dataset == dataset)
    suites = load_spec(identity).quality.suites
    assert {suite.resource for suite in suites} == {resource.name for resource in load_package(dataset).resources}
    assert sum(len(suite.expectations) for suite in suites) >= 6
    assert max(len(suite.expectations) for suite in suites) <= 14
    for expectation in (expectation for suite in suites for expectation in suite.expectations):
        for words in (expectation.what, expectation.fix, expectation.why):
            assert words.endswith("."), words


def folders_of(publisher: PublisherFile) -> list[FolderSource]:
    """Where the files of a sample lie: one place, or one for each table."""
    source = publisher.source
    parts = source.parts.values() if isinstance(source, BundleSource) else [source]
    return [part for part in parts if isinstance(part, FolderSource)]


@pytest.mark.parametrize("identity", IDENTITIES)
def test_every_publisher_has_one_sample(identity: str) -> None:
    spec = load_spec(Identity.parse(identity))
    folders = folders_of(spec.publisher)
    assert len(folders) == len(spec.package.resources)
    for folder in folders:
        assert len(list((spec.folder / folder.path).glob(folder.pattern))) == 1
    assert identity in SAMPLES


@pytest.mark.parametrize("identity", SAMPLES)
def test_the_script_writes_the_shipped_files_again(identity: str, tmp_path: Path) -> None:
    written = write(identity, tmp_path)
    shipped = (DATASETS / written[0].relative_to(tmp_path)).parent
    assert {path.name for path in written} == {path.name for path in shipped.iterdir()}
    for path in written:
        if path.suffix == ".xlsx":
            assert _cells(path) == _cells(shipped / path.name)
        else:
            assert path.read_bytes() == (shipped / path.name).read_bytes()


def _cells(path: Path) -> list[list[object]]:
    from python_calamine import CalamineWorkbook

    return CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()  # type: ignore[no-any-return]
