"""What is special about Socrata: the silent thousand, the order of pages, the dates of its data."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import pytest

from packages.errors import FileProblem, SetupProblem, TemporaryProblem
from packages.fetch import Fetched, fetch
from packages.model import Extract
from packages.sources.transport.download import FetchContext
from packages.spec import SocrataSource
from tests.packages.sources.portals import SocrataPortal, as_csv, some_rows
from tests.packages.sources.server import Answer, Query, Server, send, send_json, send_unmeasured, stored

NOW = dt.datetime(2026, 7, 1, 9, tzinfo=dt.UTC)


@pytest.fixture
def portal(server: Server) -> SocrataPortal:
    portal = SocrataPortal()
    server.portal = portal
    return portal


def get(server: Server, tmp_path: Path, previous: Extract | None = None, **told: object) -> Fetched:
    source = SocrataSource(kind="socrata", url=server.url(), dataset=SocrataPortal.dataset, **told)  # type: ignore[arg-type]
    return fetch(
        source, FetchContext(base=tmp_path, store=tmp_path / "store", now=NOW, previous=previous, allow_local=True)
    )


def ids(fetched: Fetched) -> list[int]:
    with fetched.extract.path.open(newline="") as file:
        return [int(row["id"]) for row in csv.DictReader(file)]


def test_reads_more_than_the_thousand_that_come_unasked(portal: SocrataPortal, server: Server, tmp_path: Path) -> None:
    portal.rows = some_rows(2_345)
    assert ids(get(server, tmp_path)) == list(range(1, 2_346))


def test_joins_pages_in_order_with_the_headings_once(portal: SocrataPortal, server: Server, tmp_path: Path) -> None:
    fetched = get(server, tmp_path, page_rows=10)
    assert fetched.extract.path.read_bytes() == as_csv(portal.rows, portal.columns).replace(
        b"id,supplier,amount\r\n", b"id,supplier,amount\n"
    )
    pages = [query for path, query in server.queries if path.endswith(".csv")]
    assert [(q["$limit"], q["$offset"], q["$order"]) for q in pages] == [
        ("10", offset, ":id") for offset in ("0", "10", "20")
    ]


def test_a_portal_may_give_fewer_rows_than_asked_for(portal: SocrataPortal, server: Server, tmp_path: Path) -> None:
    portal.rows = some_rows(30)

    def stingy(path: str, query: Query) -> Answer:
        return portal(path, query | ({"$limit": "7"} if "$limit" in query else {}))

    server.portal = stingy
    assert ids(get(server, tmp_path)) == list(range(1, 31))


def test_asks_for_what_the_description_asks(portal: SocrataPortal, server: Server, tmp_path: Path) -> None:
    extract = get(server, tmp_path, where="amount > 500", select="id,supplier,amount", order="id").extract
    page = next(query for path, query in server.queries if path.endswith(".csv"))
    count = next(query for path, query in server.queries if query.get("$select", "").startswith("count"))
    assert (page["$where"], page["$select"], page["$order"], count["$where"]) == (
        "amount > 500", "id,supplier,amount", "id", "amount > 500",
    )  # fmt: skip
    assert "amount" in extract.url


def test_downloads_nothing_when_the_portal_dates_the_data_as_before(
    portal: SocrataPortal, server: Server, tmp_path: Path
) -> None:
    first = get(server, tmp_path)
    asked = len(server.asked)
    assert get(server, tmp_path, first.extract).unchanged
    assert [path for path, _ in server.asked[asked:]] == [f"/api/views/{portal.dataset}.json"]


def test_other_rows_asked_for_are_another_extract(portal: SocrataPortal, server: Server, tmp_path: Path) -> None:
    first = get(server, tmp_path)
    get(server, tmp_path, first.extract, where="amount > 1")
    assert server.queries[-1][0] == f"/api/views/{portal.dataset}.json"
    assert sum(path.endswith(".csv") for path, _ in server.asked) == 2


def test_reads_again_when_the_data_change_between_pages(portal: SocrataPortal, server: Server, tmp_path: Path) -> None:
    changes = iter([True])

    def busy(path: str, query: Query) -> Answer:
        answer = portal(path, query)
        if query.get("$offset") == "10" and next(changes, False):
            portal.change()
        return answer

    server.portal = busy
    assert ids(get(server, tmp_path, page_rows=10)) == list(range(1, 27))
    assert len(stored(tmp_path)) == 1


def test_gives_up_for_now_when_the_data_never_rest(portal: SocrataPortal, server: Server, tmp_path: Path) -> None:
    def restless(path: str, query: Query) -> Answer:
        portal.stamp += 1
        return portal(path, query)

    server.portal = restless
    with pytest.raises(TemporaryProblem, match="changed while"):
        get(server, tmp_path)
    assert stored(tmp_path) == []


def test_a_page_cut_short_without_a_word_is_found_by_the_count(
    portal: SocrataPortal, server: Server, tmp_path: Path
) -> None:
    cut = as_csv(portal.rows, portal.columns)[:300]
    server.answers[f"/resource/{portal.dataset}.csv"] = [send_unmeasured(cut), send_unmeasured(b"id,supplier,amount\n")]
    with pytest.raises(TemporaryProblem, match="announced 25 rows"):
        get(server, tmp_path)
    assert stored(tmp_path) == []


def test_a_portal_that_knows_no_pages_is_found_out(portal: SocrataPortal, server: Server, tmp_path: Path) -> None:
    server.answers[f"/resource/{portal.dataset}.csv"] = [send(as_csv(portal.rows[:10], portal.columns))]
    with pytest.raises(SetupProblem, match="same page"):
        get(server, tmp_path, page_rows=10)


def test_a_column_that_comes_while_reading_is_a_change(portal: SocrataPortal, server: Server, tmp_path: Path) -> None:
    def growing(path: str, query: Query) -> Answer:
        portal.columns = ("id", "supplier", "amount") if query.get("$offset") == "0" else ("id", "amount", "supplier")
        return portal(path, query)

    server.portal = growing
    with pytest.raises(TemporaryProblem, match="changed while"):
        get(server, tmp_path, page_rows=10)


def test_a_login_page_among_the_pages_is_refused(portal: SocrataPortal, server: Server, tmp_path: Path) -> None:
    page = b"<!DOCTYPE html><html><body>Log in</body></html>"
    first = send(as_csv(portal.rows[:10], portal.columns))
    server.answers[f"/resource/{portal.dataset}.csv"] = [first, send(page, Content_Type="text/csv")]
    with pytest.raises(FileProblem, match="web page"):
        get(server, tmp_path, page_rows=10)
    assert stored(tmp_path) == []


def test_a_busy_portal_is_asked_again_for_that_page_alone(
    portal: SocrataPortal, server: Server, tmp_path: Path
) -> None:
    tired = iter([send(b"", status=429, Retry_After="1")])

    def busy(path: str, query: Query) -> Answer:
        return next(tired, portal(path, query)) if query.get("$offset") == "10" else portal(path, query)

    server.portal = busy
    assert ids(get(server, tmp_path, page_rows=10)) == list(range(1, 26))
    assert [query.get("$offset") for path, query in server.queries if path.endswith(".csv")] == ["0", "10", "10", "20"]


def test_an_empty_dataset_is_no_data(portal: SocrataPortal, server: Server, tmp_path: Path) -> None:
    portal.rows = []
    with pytest.raises(FileProblem, match="no rows"):
        get(server, tmp_path)


def test_an_answer_of_another_shape_is_not_taken(portal: SocrataPortal, server: Server, tmp_path: Path) -> None:
    server.answers[f"/resource/{portal.dataset}.json"] = [send_json({"error": True})]
    with pytest.raises(TemporaryProblem, match="broke off"):
        get(server, tmp_path)
