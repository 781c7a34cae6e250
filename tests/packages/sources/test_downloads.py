"""What is special about DataPress, Opendatasoft and Google Sheets."""

from __future__ import annotations

import datetime as dt
import socket
from pathlib import Path

import httpx
import pytest
from pydantic import TypeAdapter, ValidationError

from packages.errors import FileProblem, SetupProblem, TemporaryProblem
from packages.fetch import Fetched, fetch
from packages.model import Extract
from packages.sources.google_sheets import csv_address
from packages.sources.transport.download import FetchContext
from packages.sources.transport.host_allow_list import build_allow_list
from packages.spec import GoogleSheetsSource, Source
from tests.packages.sources.portals import DatapressPortal, OpendatasoftPortal, SheetsPortal, as_csv
from tests.packages.sources.server import Answer, Query, Server, send, send_json, send_unmeasured, stored

NOW = dt.datetime(2026, 7, 1, 9, tzinfo=dt.UTC)


def get(server: Server, tmp_path: Path, previous: Extract | None = None, **told: object) -> Fetched:
    adapter: TypeAdapter[Source] = TypeAdapter(Source)
    source = adapter.validate_python({"url": server.url(), "dataset": "spend"} | told)
    return fetch(
        source, FetchContext(base=tmp_path, store=tmp_path / "store", now=NOW, previous=previous, allow_local=True)
    )


class TestDatapress:
    @pytest.fixture
    def portal(self, server: Server) -> DatapressPortal:
        portal = DatapressPortal()
        server.portal = portal
        return portal

    def test_takes_the_newest_by_time_frame(self, portal: DatapressPortal, server: Server, tmp_path: Path) -> None:
        extract = get(server, tmp_path, kind="datapress", match="SPEND*").extract
        assert (extract.name, extract.url) == ("abc.csv", server.url("/download/24rle/abc"))

    def test_the_digest_saves_the_download(self, portal: DatapressPortal, server: Server, tmp_path: Path) -> None:
        first = get(server, tmp_path, kind="datapress", resource="abc")
        asked = len(server.asked)
        assert get(server, tmp_path, first.extract, kind="datapress", resource="abc").unchanged
        assert [path for path, _ in server.asked[asked:]] == ["/api/v3/dataset/spend"]

    def test_what_arrives_must_have_the_digest(self, portal: DatapressPortal, server: Server, tmp_path: Path) -> None:
        cut = portal.body[:-40]
        server.answers["/download/24rle/abc"] = [send_unmeasured(cut)]
        with pytest.raises(TemporaryProblem, match="changed while"):
            get(server, tmp_path, kind="datapress", resource="abc")
        assert stored(tmp_path) == []
        server.answers["/download/24rle/abc"] = [send_unmeasured(cut), send(portal.body)]
        assert get(server, tmp_path, kind="datapress", resource="abc").extract.bytes == len(portal.body)

    def test_a_login_page_is_called_one(self, portal: DatapressPortal, server: Server, tmp_path: Path) -> None:
        server.answers["/download/24rle/abc"] = [send(b"<html><body>Log in</body></html>")]
        with pytest.raises(FileProblem, match="web page"):
            get(server, tmp_path, kind="datapress", resource="abc")
        assert stored(tmp_path) == []

    def test_without_a_digest_it_is_downloaded(self, portal: DatapressPortal, server: Server, tmp_path: Path) -> None:
        portal.hashed = False
        first = get(server, tmp_path, kind="datapress", resource="abc")
        assert get(server, tmp_path, first.extract, kind="datapress", resource="abc").unchanged

    @pytest.mark.parametrize(
        ("told", "problem"), [({"resource": "xyz"}, SetupProblem), ({"match": "*.xlsx"}, FileProblem)]
    )
    def test_what_is_not_there(
        self, told: dict[str, str], problem: type[Exception], portal: DatapressPortal, server: Server, tmp_path: Path
    ) -> None:
        with pytest.raises(problem, match="spend at"):
            get(server, tmp_path, kind="datapress", **told)

    @pytest.mark.parametrize("answer", [None, [], {"resources": []}, "no"])
    def test_an_answer_of_another_shape(
        self, answer: object, portal: DatapressPortal, server: Server, tmp_path: Path
    ) -> None:
        server.answers["/api/v3/dataset/spend"] = [send_json(answer)]
        with pytest.raises((TemporaryProblem, FileProblem)):
            get(server, tmp_path, kind="datapress")


class TestOpendatasoft:
    @pytest.fixture
    def portal(self, server: Server) -> OpendatasoftPortal:
        portal = OpendatasoftPortal()
        server.portal = portal
        return portal

    def test_asks_for_plain_csv(self, portal: OpendatasoftPortal, server: Server, tmp_path: Path) -> None:
        extract = get(server, tmp_path, kind="opendatasoft", where="amount > 250", order="id").extract
        assert extract.path.read_bytes() == as_csv(portal.rows, portal.columns)
        asked = next(query for path, query in server.queries if path.endswith("/csv"))
        assert (asked["delimiter"], asked["where"], asked["order_by"]) == (",", "amount > 250", "id")
        assert all(query.get("where") == "amount > 250" for path, query in server.queries if path.endswith("/records"))

    def test_the_time_of_processing_saves_the_download(
        self, portal: OpendatasoftPortal, server: Server, tmp_path: Path
    ) -> None:
        first = get(server, tmp_path, kind="opendatasoft")
        asked = len(server.asked)
        assert get(server, tmp_path, first.extract, kind="opendatasoft").unchanged
        assert len(server.asked) == asked + 1

    def test_an_export_cut_short(self, portal: OpendatasoftPortal, server: Server, tmp_path: Path) -> None:
        path = "/api/explore/v2.1/catalog/datasets/spend/exports/csv"
        server.answers[path] = [send_unmeasured(as_csv(portal.rows, portal.columns)[:300])]
        with pytest.raises(TemporaryProblem, match="announced 25 rows"):
            get(server, tmp_path, kind="opendatasoft")
        assert stored(tmp_path) == []

    def test_a_change_while_reading(self, portal: OpendatasoftPortal, server: Server, tmp_path: Path) -> None:
        def busy(path: str, query: Query) -> Answer:
            answer = portal(path, query)
            if path.endswith("/csv") and len(portal.rows) == 25:
                portal.change()
            return answer

        server.portal = busy
        assert get(server, tmp_path, kind="opendatasoft").extract.path.read_bytes().count(b"Supplier ") == 26

    @pytest.mark.parametrize("answer", [None, [], {"metas": []}, {"metas": {"default": None}}])
    def test_an_answer_of_another_shape(
        self, answer: object, portal: OpendatasoftPortal, server: Server, tmp_path: Path
    ) -> None:
        server.answers["/api/explore/v2.1/catalog/datasets/spend"] = [send_json(answer)]
        with pytest.raises(TemporaryProblem, match="broke off"):
            get(server, tmp_path, kind="opendatasoft")


class TestGoogleSheets:
    @pytest.mark.parametrize(
        ("url", "sheet", "expected"),
        [
            ("/d/KEY/edit#gid=7", None, "/d/KEY/export?format=csv&gid=7"),
            ("/d/KEY/edit?usp=sharing", None, "/d/KEY/export?format=csv"),
            ("/d/KEY/edit?gid=7#gid=7", 3, "/d/KEY/export?format=csv&gid=3"),
            ("/d/e/2PACX-1v_x/pubhtml?gid=7&single=true", None, "/d/e/2PACX-1v_x/pub?output=csv&gid=7&single=true"),
            ("/d/e/2PACX-1v_x/pub?output=xlsx", None, "/d/e/2PACX-1v_x/pub?output=csv"),
        ],
    )
    def test_any_address_leads_to_the_csv(self, url: str, sheet: int | None, expected: str) -> None:
        base = "https://docs.google.com/spreadsheets"
        assert str(csv_address(httpx.URL(base + url), sheet)) == base + expected

    @pytest.mark.parametrize("path", ["/spreadsheets/d/KEY/edit#gid=7", "/spreadsheets/d/e/KEY/pubhtml?gid=7"])
    def test_follows_to_where_the_bytes_are(self, path: str, server: Server, tmp_path: Path) -> None:
        server.portal = SheetsPortal()
        source = GoogleSheetsSource(kind="google-sheets", url=server.url(path))
        fetched = fetch(source, FetchContext(base=tmp_path, store=tmp_path, now=NOW, allow_local=True))
        assert fetched.extract.name == "sheet.csv"
        assert server.asked[-1][0] == "/export/bytes"

    def test_only_addresses_of_spreadsheets(self) -> None:
        with pytest.raises(ValidationError):
            GoogleSheetsSource(kind="google-sheets", url="https://docs.google.com/document/d/KEY/edit")

    @pytest.mark.parametrize(
        ("host", "admitted"),
        [
            ("doc-0c-sheets.googleusercontent.com", True),
            ("Doc-0c-Sheets.GoogleUserContent.com.", True),
            ("googleusercontent.com.attacker.example", False),
            ("evilgoogleusercontent.com", False),
            ("googleusercontent.com", False),
        ],
    )
    def test_all_hosts_of_a_domain_and_no_others(
        self, host: str, admitted: bool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(2, 1, 6, "", ("8.8.8.8", 443))])
        google = build_allow_list(["docs.google.com"], local=False, domains=["googleusercontent.com"])
        if admitted:
            assert google.admit("https", host, 443) == "8.8.8.8"
            return
        with pytest.raises(SetupProblem, match="not among the hosts"):
            google.admit("https", host, 443)
