"""Every dataset folder, whoever added it: its YAML loads, its names exist, its samples are as the script says."""

from __future__ import annotations

from pathlib import Path

import pytest

from packages.model import Identity
from packages.spec import DATASETS, FolderSource, list_datasets, list_identities, load_package, load_spec
from packages.vocabulary import cadences, licences, publishers, themes
from tests.datasets.make_samples import SAMPLES, csv_bytes, write

IDENTITIES = [str(identity) for identity in list_identities()]
NEVER_SAFE = {"supplier", "purpose", "reference", "Notes", "ReportTel", "ReportEmail", "StreetAddress", "Postcode"}


def test_the_shipped_datasets() -> None:
    assert list_datasets() == ("brownfield-land", "public-toilets", "spend-over-500")
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


@pytest.mark.parametrize("dataset", list_datasets())
def test_suites_are_of_a_readable_size_and_in_whole_sentences(dataset: str) -> None:
    identity = next(i for i in list_identities() if i.dataset == dataset)
    for suite in load_spec(identity).quality.suites:
        assert 6 <= len(suite.expectations) <= 14
        for expectation in suite.expectations:
            for words in (expectation.what, expectation.fix, expectation.why):
                assert words.endswith("."), words


@pytest.mark.parametrize("identity", IDENTITIES)
def test_every_publisher_has_one_sample(identity: str) -> None:
    spec = load_spec(Identity.parse(identity))
    source = spec.publisher.source
    assert isinstance(source, FolderSource)
    assert len(list((spec.folder / source.path).glob(source.pattern))) == 1
    assert identity in SAMPLES


@pytest.mark.parametrize("identity", SAMPLES)
def test_the_script_writes_the_shipped_bytes_again(identity: str, tmp_path: Path) -> None:
    path = write(identity, tmp_path)
    shipped = DATASETS / path.relative_to(tmp_path)
    if path.suffix == ".csv":
        assert path.read_bytes() == shipped.read_bytes() == csv_bytes(identity)
    else:
        assert _cells(path) == _cells(shipped)


def _cells(path: Path) -> list[list[object]]:
    from python_calamine import CalamineWorkbook

    return CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()  # type: ignore[no-any-return]
