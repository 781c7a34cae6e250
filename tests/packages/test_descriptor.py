"""Every shipped dataset has a descriptor that holds for others, too."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from packages.formats.arrow import arrow_schema, released_schema
from packages.formats.csv import CsvWriter
from packages.formats.parquet import ParquetWriter
from packages.model import Draft, Identity, Table
from packages.release.descriptor import descriptor_with_addresses
from packages.release.seal import content_digest, describe_draft
from packages.spec import DatasetSpec, generic_spec, list_datasets, list_identities, load_spec
from tests.packages.release_examples import make_draft
from tests.packages.release_examples import spec as example_spec

PROFILE = json.loads((Path(__file__).parent / "profiles" / "datapackage-2.0.json").read_bytes())
"""The profile that every Data Package of version 2 has to meet, as the standard publishes it."""


def without_rows(spec: DatasetSpec, folder: Path) -> Draft:
    tables = []
    for resource in spec.package.resources:
        schema = resource.table_schema
        csv = CsvWriter(folder / f"{resource.name}.csv", schema.names).close()
        parquet = ParquetWriter(folder / f"{resource.name}.parquet", arrow_schema(schema)).close()
        tables.append(Table(resource.name, released_schema(schema), 0, csv, parquet))
    extract = make_draft(folder / "other").extract
    return Draft(spec.identity, folder, extract, tuple(tables), (), (), ())


@pytest.mark.parametrize("identity", list_identities(), ids=str)
def test_the_descriptor_is_a_data_package(identity: Identity, tmp_path: Path) -> None:
    from frictionless import Package

    spec = load_spec(identity)
    described = describe_draft(spec, without_rows(spec, tmp_path))

    outcome = Package.validate_descriptor(described)
    assert [e.message for e in (*outcome.errors, *(e for t in outcome.tasks for e in t.errors))] == []
    assert Package.from_descriptor(described, basepath=str(tmp_path)).validate().valid
    jsonschema.Draft7Validator(PROFILE).validate(described)


@pytest.mark.parametrize("dataset", list_datasets())
def test_a_file_of_an_unknown_publisher_has_a_digest_too(dataset: str, tmp_path: Path) -> None:
    spec = generic_spec(dataset)

    assert len(content_digest(without_rows(spec, tmp_path), spec)) == 64


def test_a_descriptor_that_lies_elsewhere_leads_to_its_files() -> None:
    lying_beside = {"name": "trees", "resources": [{"name": "a", "path": "a.csv"}, {"name": "b", "path": "b.parquet"}]}

    led = descriptor_with_addresses(lying_beside, {"a.csv": "https://data.example/download/a.csv"})

    assert led == {
        "name": "trees",
        "resources": [
            {"name": "a", "path": "https://data.example/download/a.csv"},
            {"name": "b", "path": "b.parquet"},
        ],
    }
    assert lying_beside["resources"][0]["path"] == "a.csv"


def test_frictionless_proves_the_size_and_hash_of_the_parquet_file(tmp_path: Path) -> None:
    from frictionless import Package

    draft, spec = make_draft(tmp_path), example_spec()
    described = describe_draft(spec, draft)
    assert Package.from_descriptor(described, basepath=str(tmp_path)).validate().valid

    parquet = tmp_path / draft.tables[0].parquet.name
    parquet.write_bytes(parquet.read_bytes() + b" ")

    outcome = Package.from_descriptor(described, basepath=str(tmp_path)).validate()
    assert {kind for _, kind in outcome.flatten(["name", "type"])} == {"byte-count", "hash-count"}


def test_the_digest_of_content_does_not_change_with_londata(tmp_path: Path) -> None:
    # another digest for the same content would publish every dataset again
    digest = "af5cf3141194072fd0716a3b1e2ab1a5e609b02581bcb7758e2ce27be5122c65"

    assert content_digest(make_draft(tmp_path), example_spec()) == digest
