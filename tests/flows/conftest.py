"""Ledgers to test on: SQLite, and PostgreSQL where its programs are installed or LONDATA_TEST_POSTGRES names one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from flows.state.records import forget_chains
from flows.state.tables import METADATA
from tests.flows.postgres import programs, thrown_away

POSTGRES = os.environ.get("LONDATA_TEST_POSTGRES", "")
"""The address of an empty database, to test on another PostgreSQL than the one that is installed here."""


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of an empty PostgreSQL database."""
    binaries = programs()
    if POSTGRES:
        yield POSTGRES
    elif binaries:
        with thrown_away(binaries) as url:
            yield url
    else:
        pytest.skip("needs PostgreSQL (Debian: apt install postgresql), or an empty database in LONDATA_TEST_POSTGRES")


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty ledger, of each kind in turn."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'ledger.sqlite'}"
        return
    url = request.getfixturevalue("postgres")
    yield url
    engine = sa.create_engine(url)
    METADATA.drop_all(engine)
    engine.dispose()
    # the next ledger at this address is another one
    forget_chains()
