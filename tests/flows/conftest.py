"""Ledgers to test on: SQLite always, PostgreSQL where LONDATA_TEST_POSTGRES names an empty database."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from flows.tables import METADATA

POSTGRES = os.environ.get("LONDATA_TEST_POSTGRES", "")


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty ledger, of each kind in turn."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'ledger.sqlite'}"
        return
    if not POSTGRES:
        pytest.skip("needs an empty PostgreSQL database, named in LONDATA_TEST_POSTGRES")
    yield POSTGRES
    engine = sa.create_engine(POSTGRES)
    METADATA.drop_all(engine)
    engine.dispose()
