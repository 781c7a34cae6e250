"""A ledger brought back from an older copy than what is public: nothing is taken back, and all is known again."""

from __future__ import annotations

import datetime as dt
import subprocess
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa

from flows.maintenance.reconcile import reconcile
from flows.outcome import PublishJob
from flows.publish import publish
from flows.services import Services
from flows.settings import Settings
from flows.state.records import forget_chains
from packages.model import Identity
from tests.flows.city import GOOD, make_city
from tests.flows.postgres import programs

NOW = dt.datetime(2026, 11, 30, 2, 15, tzinfo=dt.UTC)
CAMDEN, LAMBETH = Identity("street-trees", "camden"), Identity("street-trees", "lambeth")


def psql(url: str, program: str, *arguments: str) -> None:
    found = programs()
    if found is None:
        pytest.skip("needs the programs of PostgreSQL beside its server")
    parts = urlsplit(url.replace("postgresql+psycopg", "postgresql"))
    host = parse_qs(parts.query).get("host", [parts.hostname or ""])[0]
    where = ["-h", host, "-U", parts.username or "postgres", "-d", parts.path.lstrip("/") or "postgres"]
    subprocess.run(
        [(found / "initdb").resolve().parent / program, *where, *arguments],
        check=True,
        capture_output=True,
        timeout=120,
    )


def test_what_was_published_after_the_copy_stays_public_and_is_known_again(tmp_path: Path, postgres: str) -> None:
    datasets = make_city(tmp_path, "camden", "lambeth")
    settings = Settings(home=tmp_path / "home", datasets=datasets, ledger_url=postgres, lease_wait=0)
    publish(PublishJob(CAMDEN), Services(settings), NOW)
    copy = tmp_path / "ledger.copy"
    psql(postgres, "pg_dump", "--format=custom", f"--file={copy}")
    # after the copy: a new release of one dataset, and the first of another
    (tmp_path / "drop/camden/trees.csv").write_text(f"{GOOD}T005,Acer campestre,02/02/2021,3.5\n")
    later = publish(PublishJob(CAMDEN), Services(settings), NOW + dt.timedelta(days=1))
    first = publish(PublishJob(LAMBETH), Services(settings), NOW + dt.timedelta(days=1))
    assert (later.verdict, first.verdict) == ("publish", "publish")
    engine = sa.create_engine(postgres)
    with engine.begin() as connection:
        connection.execute(sa.text("DROP SCHEMA public CASCADE"))
        connection.execute(sa.text("CREATE SCHEMA public"))
    engine.dispose()
    psql(postgres, "pg_restore", str(copy))
    forget_chains()
    restored = Services(settings)
    assert restored.ledger.published(LAMBETH, "folder") is None
    done = {one.identity: one.result for one in reconcile(restored, NOW + dt.timedelta(days=2)) if one.release}
    assert done.keys() == {CAMDEN, LAMBETH}
    for identity, outcome in ((CAMDEN, later), (LAMBETH, first)):
        live, step = restored.catalogue.live(identity), restored.ledger.published(identity, "folder")
        assert live is not None
        assert step is not None
        assert live.release == step.release == outcome.release
        again = publish(PublishJob(identity), restored, NOW + dt.timedelta(days=3))
        assert again.verdict in ("unchanged", "publish")
        assert again.release == outcome.release
    with sa.create_engine(postgres).begin() as connection:
        connection.execute(sa.text("DROP SCHEMA public CASCADE"))
        connection.execute(sa.text("CREATE SCHEMA public"))
    forget_chains()
