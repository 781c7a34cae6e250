"""Tables in the DataStore of a real CKAN: the rows of the file, whole or not there, whatever happens meanwhile."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest
import requests

from catalogue.backends.ckan.catalogue import CkanCatalogue
from catalogue.backends.ckan.datastore import rows as table_rows
from catalogue.backends.ckan.settings import CkanSettings
from catalogue.listing import listing_of
from packages.errors import SetupProblem, TemporaryProblem
from packages.model import Identity, Publication
from packages.vocabulary import publisher
from tests.catalogue.city import LATER, ROWS, Row, release, spec
from tests.live.conftest import FaultProxy
from tests.live.test_ckan import CHANGED, call, public
from tests.reliability.stranger import look

TOILETS = Identity("public-toilets", "camden")
NAME = "public-toilets-camden"
MANY: tuple[Row, ...] = tuple(
    (f"2026-01-{number % 28 + 1:02}", f"Supplier {number}, “{number}”", f"{number}.10") for number in range(107)
)
"""Three batches, in these tests."""


@pytest.fixture(autouse=True)
def small_and_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_rows, "BATCH_ROWS", 50)
    monkeypatch.setattr("catalogue.backends.transport.answers.time", SimpleNamespace(sleep=lambda seconds: None))


@pytest.fixture
def ckan(rig: CkanSettings) -> Iterator[CkanSettings]:
    yield replace(rig, datastore=True)
    call(rig, "package_delete", id=NAME)
    call(rig, "dataset_purge", id=NAME)


@pytest.fixture(name="publish")
def _publish(tmp_path: Path):  # a function
    def do(settings: CkanSettings, rows: Sequence[Row] = ROWS) -> Publication:
        sealed = release(tmp_path, TOILETS, rows)
        wanted = listing_of(sealed, spec(TOILETS), publisher(TOILETS.publisher))
        return CkanCatalogue(settings).publish(wanted, sealed, now=LATER)

    return do


def table(settings: CkanSettings, resource: str) -> list[tuple[str, str, Decimal]] | None:
    """Every row, as anybody gets it from CKAN's own dump."""
    answer = requests.get(f"{settings.url}/datastore/dump/{resource}", timeout=60)
    if not answer.ok:
        return None
    found = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
    return [(row["payment_date"], row["supplier"], Decimal(row["amount"])) for row in found]


def meant(rows: Sequence[Row]) -> list[tuple[str, str, Decimal]]:
    return [(day, supplier, Decimal(amount)) for day, supplier, amount in rows]


@pytest.mark.parametrize(
    "script",
    [
        "ok",
        "502_after",
        "ok,502_after",
        "ok,ok,reset_after",
        "503,503,ok,short_body",
        "ok,ok,ok,502_after",
    ],
)
def test_a_table_of_several_batches_is_whole_whatever_answer_is_lost(
    ckan: CkanSettings, wire_log: FaultProxy, publish, script: str
) -> None:
    through = replace(wire_log.settings, datastore=True)
    wire_log.play(script, match="POST .*datastore_")
    receipt = publish(through, MANY)
    seen = look(ckan.url, NAME)
    assert (seen.release, seen.wrong, seen.tables) == (receipt.release, "", 1)
    assert table(ckan, receipt.ids["toilets.csv"]) == meant(MANY)
    assert publish(ckan, MANY).writes == 0


def test_half_a_table_says_so_and_the_next_run_makes_it_whole(
    ckan: CkanSettings, wire_log: FaultProxy, publish
) -> None:
    first = publish(ckan, ROWS)
    # the old table goes, the new one gets its first rows, and then nothing gets through
    wire_log.play(",".join(["ok", "ok", "ok", *["503"] * 60]), match="POST .*datastore_")
    with pytest.raises(TemporaryProblem):
        publish(replace(wire_log.settings, datastore=True), MANY)
    rows = table(ckan, first.ids["toilets.csv"])
    assert rows is None or 0 < len(rows) < len(MANY)
    assert look(ckan.url, NAME).wrong in ("", "a table that is not whole")

    receipt = publish(ckan, MANY)

    assert receipt.release != first.release
    assert table(ckan, receipt.ids["toilets.csv"]) == meant(MANY)
    assert look(ckan.url, NAME).tables == 1


def test_file_and_table_never_tell_different_releases(ckan: CkanSettings, wire_log: FaultProxy, publish) -> None:
    """The table of the release before goes before its files do: whoever is stopped in between leaves none."""
    first = publish(ckan, ROWS)
    wire_log.play(",".join(["ok", *["503"] * 60]), match="POST .*(datastore_|package_revise)")
    with pytest.raises(TemporaryProblem):
        publish(replace(wire_log.settings, datastore=True), CHANGED)
    seen = look(ckan.url, NAME)
    assert (seen.release, seen.wrong, seen.tables) == (first.release, "", 0)
    assert table(ckan, first.ids["toilets.csv"]) is None
    # what takes the place of the table is the table of what is shown
    assert publish(ckan, ROWS).release == first.release
    assert table(ckan, first.ids["toilets.csv"]) == meant(ROWS)


def test_what_people_did_to_a_table_is_put_right(ckan: CkanSettings, publish) -> None:
    key = publish(ckan).ids["toilets.csv"]
    for act, data in (
        ("datastore_upsert", {"method": "insert", "records": [{"supplier": "By hand"}]}),
        ("datastore_delete", {"filters": {"supplier": "Thames Paper Ltd"}}),
        ("datastore_delete", {}),
        ("datastore_create", {"fields": [{"id": "amount", "type": "numeric", "info": {"label": "By hand"}}]}),
    ):
        call(ckan, act, resource_id=key, force=True, **data)
        assert publish(ckan).writes > 0
        assert table(ckan, key) == meant(ROWS)
        assert publish(ckan).writes == 0
    # one cell, and as many rows as before
    call(ckan, "datastore_delete", resource_id=key, force=True, filters={"supplier": "Acme “Gully” Cleaning"})
    changed = {"payment_date": "2026-02-27", "supplier": "Acme “Gully” Cleaning", "amount": "15020.01"}
    call(ckan, "datastore_upsert", resource_id=key, force=True, method="insert", records=[changed])
    publish(ckan)
    assert table(ckan, key) == meant(ROWS)


def test_a_table_that_somebody_else_loaded_is_replaced_where_we_load_and_else_left_alone(
    rig: CkanSettings, ckan: CkanSettings, publish
) -> None:
    key = publish(rig).ids["toilets.csv"]
    call(rig, "datastore_create", resource_id=key, force=True, fields=[{"id": "x"}], records=[{"x": "theirs"}])
    assert publish(rig).writes == 0
    assert json.loads(requests.get(f"{rig.url}/api/3/action/datastore_search?resource_id={key}", timeout=30).text)[
        "result"
    ]["records"] == [{"_id": 1, "x": "theirs"}]
    publish(ckan)
    assert table(ckan, key) == meant(ROWS)


def test_a_table_that_outlived_a_purge_does_not_come_back_without_the_setting(
    rig: CkanSettings, ckan: CkanSettings, publish
) -> None:
    publish(ckan, CHANGED)
    call(ckan, "package_delete", id=NAME)
    call(ckan, "dataset_purge", id=NAME)
    assert table(rig, publish(rig).ids["toilets.csv"]) is None


def test_without_the_setting_our_tables_go(rig: CkanSettings, ckan: CkanSettings, publish) -> None:
    key = publish(ckan).ids["toilets.csv"]
    assert publish(rig).writes == 1
    assert table(ckan, key) is None
    assert public(rig, NAME)["resources"][0]["datastore_active"] is False
    assert publish(rig).writes == 0


def test_a_table_that_outlived_a_purge_of_its_dataset_is_shown_again(ckan: CkanSettings, publish) -> None:
    publish(ckan)
    call(ckan, "package_delete", id=NAME)
    call(ckan, "dataset_purge", id=NAME)
    receipt = publish(ckan)
    assert public(ckan, NAME)["resources"][0]["datastore_active"] is True
    assert table(ckan, receipt.ids["toilets.csv"]) == meant(ROWS)


def test_a_withdrawn_dataset_has_no_table(ckan: CkanSettings, publish) -> None:
    key = publish(ckan).ids["toilets.csv"]
    CkanCatalogue(ckan).withdraw(TOILETS, reason="It named people.", now=LATER)
    assert table(ckan, key) is None
    answer = requests.get(
        f"{ckan.url}/api/3/action/datastore_search",
        params={"resource_id": key},
        headers={"Authorization": ckan.token},
        timeout=30,
    )
    assert not answer.ok


def test_a_column_that_the_datastore_does_not_take_stops_before_anything_is_written(
    rig: CkanSettings, tmp_path: Path
) -> None:
    identity = Identity("public-toilets", "hounslow")
    sealed = release(tmp_path, identity)
    wanted = listing_of(sealed, spec(identity), publisher("hounslow"))
    schema = {"fields": [*wanted.distributions[0].schema["fields"][:2], {"name": "_amount", "type": "number"}]}
    wanted = replace(wanted, distributions=tuple(replace(file, schema=schema) for file in wanted.distributions))
    with pytest.raises(SetupProblem, match="“_amount” of the table “toilets” cannot be in the DataStore"):
        CkanCatalogue(replace(rig, datastore=True)).publish(wanted, sealed, now=LATER)
    address = f"{rig.url}/api/3/action/package_show?id=public-toilets-hounslow"
    assert requests.get(address, headers={"Authorization": rig.token}, timeout=30).status_code == 404
