"""A borough to publish for; ledgers on SQLite, and on PostgreSQL where it is installed or its address is set."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from flows.services import Services
from flows.settings import Settings
from flows.state.records import forget_chains
from flows.state.tables import METADATA
from tests.flows.city import make_city
from tests.flows.postgres import programs, thrown_away

POSTGRES = os.environ.get("LONDATA_TEST_POSTGRES", "")
"""The address of an empty database, to test on another PostgreSQL than the one that is installed here."""


SHARED = os.environ.get("TEST_STORE") == "shared"
"""Whether the tests of a borough keep everything in an object store (in memory), as several hosts do."""


@pytest.fixture
def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Services:
    """Services of a fresh home, with one dataset of Camden."""
    settings = Settings(home=tmp_path / "home", datasets=make_city(tmp_path, "camden"), lease_wait=0)
    if SHARED:
        from obstore.store import MemoryStore

        from packages.objects import ObjectStore

        objects = ObjectStore(MemoryStore(), "s3://tests")
        monkeypatch.setattr("packages.objects.open_store_of", lambda _settings: objects)
        settings = settings.model_copy(update={"store_url": "s3://tests"})
    return Services(settings)


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    """The file that Camden puts out."""
    return tmp_path / "drop/camden/trees.csv"


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
