"""The same ledgers as for the flows, and a city to attack."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.flows.city import make_city
from tests.flows.conftest import ledger_url, postgres
from tests.reliability.attacked import CHANGED, STREETS, Attacked

__all__ = ["ledger_url", "postgres"]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("attacked") / "city"
    make_city(root, "camden")
    (root / "outside").mkdir()
    (root / "outside/1").mkdir()
    (root / "outside/1/kept.txt").write_text("nobody's business")
    assert Attacked(root).londata("publish", STREETS).code == 0
    (root / "drop/camden/trees.csv").write_text(CHANGED)
    return root


@pytest.fixture
def city(published: Path) -> Attacked:
    """At the same place each time, because descriptions name it."""
    kept = published.with_name("kept")
    if not kept.exists():
        shutil.copytree(published, kept, symlinks=True)
    shutil.rmtree(published)
    shutil.copytree(kept, published, symlinks=True)
    return Attacked(published)
