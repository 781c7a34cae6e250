"""Real files of councils against the schemas of our datasets: the same report as frictionless' own."""

from __future__ import annotations

from pathlib import Path

import pytest

from packages.spec import list_datasets, load_package
from tests.conftest import EVERY_TRIAL
from tests.quality.conform_oracle import Case, differences

DATA = Path(__file__).parents[2].parent / "shared" / "data"
FILES = sorted(DATA.glob("*.csv"))
LIMITS = (1000, 0)
"""Of errors; 0 is none."""


@pytest.mark.skipif(not FILES, reason="the folder of example files is not beside this checkout")
@pytest.mark.parametrize("dataset", list_datasets())
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_real_file(path: Path, dataset: str) -> None:
    schema = load_package(dataset).resources[0].table_schema.descriptor()
    # every file and every schema meet each limit; each pair of them one, and both in `make effects`
    turn = FILES.index(path) + list_datasets().index(dataset)
    for limit in LIMITS if EVERY_TRIAL else LIMITS[turn % 2 :][:1]:
        different, how = differences(Case(path, schema, limit_errors=limit, piece=4096))
        assert not different, f"{how}: " + "\n".join(different)
