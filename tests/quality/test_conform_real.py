"""Real files of councils against the schemas of our datasets: the same report as frictionless' own."""

from __future__ import annotations

from pathlib import Path

import pytest

from packages.spec import list_datasets, load_package
from tests.quality.conform_oracle import Case, differences

DATA = Path(__file__).parents[2].parent / "shared" / "data"
FILES = sorted(DATA.glob("*.csv"))


@pytest.mark.skipif(not FILES, reason="the folder of example files is not beside this checkout")
@pytest.mark.parametrize("dataset", list_datasets())
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_real_file(path: Path, dataset: str) -> None:
    schema = load_package(dataset).resources[0].table_schema.descriptor()
    for limit in (1000, 0):
        different, how = differences(Case(path, schema, limit_errors=limit, piece=4096))
        assert not different, f"{how}: " + "\n".join(different)
