"""What holds for every kind of source that asks over the network: once, again, changed, and whatever goes wrong."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import pytest

from packages.errors import FileProblem, LondataError, SetupProblem, TemporaryProblem
from packages.fetch import Fetched, fetch
from packages.model import Extract
from packages.sources import SOURCES, source_module
from packages.sources.transport.download import FetchContext
from packages.sources.transport.download_limits import LIMITS, DownloadLimits
from tests.packages.sources.kinds import KINDS, Kind
from tests.packages.sources.portals import Portal
from tests.packages.sources.server import Server, endless, send, send_page, stored

NOW = dt.datetime(2026, 7, 1, 9, tzinfo=dt.UTC)

INSIDE = (
    "127.0.0.1",
    "127.1",
    "0x7f.1",
    "2130706433",
    "0x7f000001",
    "017700000001",
    "0177.0.0.1",
    "127。0。0。1",
    "①②⑦.0.0.1",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "[fe80::1]",
    "[fc00::1]",
    "[::]",
    "localhost",
    "LOCALHOST",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "0xa9fea9fe",
    "0.0.0.0",
    "0",
    "255.255.255.255",
    "224.0.0.1",
)


@dataclass(frozen=True)
class Town:
    """A portal that is up, and how to fetch from it."""

    kind: Kind
    server: Server
    portal: Portal
    folder: Path

    def fetch(self, previous: Extract | None = None) -> Fetched:
        source = self.kind.source(self.server.url())
        return fetch(
            source,
            FetchContext(base=self.folder, store=self.folder / "store", now=NOW, previous=previous, allow_local=True),
        )

    def bring(self, limits: DownloadLimits) -> None:
        context = FetchContext(self.folder, self.folder / "store", NOW, allow_local=True, limits=limits)
        source_module(self.kind.name).download_source(self.kind.source(self.server.url()), context)


@pytest.fixture(params=KINDS)
def town(request: pytest.FixtureRequest, server: Server, tmp_path: Path) -> Town:
    kind = KINDS[request.param]
    portal = kind.portal(server)
    server.portal = portal
    return Town(kind, server, portal, tmp_path)


def test_no_kind_is_left_out() -> None:
    assert {kind.name for kind in KINDS.values()} == set(SOURCES) - {"folder", "sql", "bundle"}


def test_the_first_fetch_brings_all_rows_into_one_file(town: Town) -> None:
    fetched = town.fetch()
    text = fetched.extract.path.read_text()
    assert not fetched.unchanged
    assert stored(town.folder) == [fetched.extract.path]
    assert all(str(list(row.values())[1]).partition("\n")[0] in text for row in town.portal.rows)
    assert fetched.extract.url.startswith(town.server.url())


def test_a_second_fetch_of_the_same_is_unchanged(town: Town) -> None:
    first = town.fetch()
    again = town.fetch(first.extract)
    assert again.unchanged
    assert again.extract.sha256 == first.extract.sha256
    assert stored(town.folder) == [first.extract.path]


def test_a_change_brings_a_new_extract(town: Town) -> None:
    first = town.fetch()
    town.portal.change()
    second = town.fetch(first.extract)
    assert not second.unchanged
    assert second.extract.sha256 != first.extract.sha256
    assert second.extract.bytes > first.extract.bytes


def test_what_was_lost_is_fetched_again(town: Town) -> None:
    first = town.fetch()
    first.extract.path.unlink()
    assert town.fetch(first.extract).extract.path.exists()


def test_a_login_page_with_status_200_is_refused(town: Town) -> None:
    town.server.always = send_page("<form action='/login'>Log in</form>")
    with pytest.raises(FileProblem):
        town.fetch()
    assert stored(town.folder) == []


def test_it_waits_when_the_server_says_later(town: Town) -> None:
    town.server.instead = [send(b"slow down", status=429, Retry_After="0"), send(b"", status=503)]
    assert town.fetch().extract.path.exists()


def test_it_leaves_when_the_server_says_tomorrow(town: Town) -> None:
    town.server.always = send(b"slow down", status=429, Retry_After="86400")
    with pytest.raises(TemporaryProblem):
        town.fetch()
    assert len(town.server.asked) == 1


def test_answers_that_break_off_are_never_kept(town: Town) -> None:
    town.server.always = send(b'{"id,supplier', length=10_000)
    with pytest.raises(TemporaryProblem, match="broke off"):
        town.fetch()
    assert stored(town.folder) == []


@pytest.mark.parametrize("status", [401, 403, 404, 400])
def test_an_answer_that_will_not_change_is_for_the_description(status: int, town: Town) -> None:
    town.server.always = send(b"no", status=status)
    with pytest.raises(SetupProblem):
        town.fetch()
    assert len(town.server.asked) == 1


@pytest.mark.parametrize("target", ["http://169.254.169.254/", "http://[::ffff:10.0.0.1]/", "//10.0.0.1/", "http://0/"])
def test_a_redirect_to_the_inside_is_refused(target: str, town: Town) -> None:
    town.server.always = send(b"", status=302, Location=target)
    with pytest.raises(SetupProblem):
        town.fetch()
    assert len(town.server.asked) == 1


def test_an_answer_without_end_is_cut(town: Town) -> None:
    town.server.always = endless()
    with pytest.raises(FileProblem, match="larger than 1 MiB"):
        town.bring(DownloadLimits(bytes=1 << 20, page=1 << 20))
    assert stored(town.folder) == []


def test_an_answer_that_drips_is_given_up(town: Town) -> None:
    town.server.always = endless(pause=0.05)
    with pytest.raises(TemporaryProblem, match="so slowly"):
        town.bring(DownloadLimits(seconds=0.4))
    assert stored(town.folder) == []


def test_a_server_that_is_not_there_is_a_temporary_problem(town: Town) -> None:
    town.server.httpd.server_close()
    with pytest.raises(TemporaryProblem, match="could not be reached"):
        town.fetch()


@pytest.mark.parametrize("host", INSIDE)
@pytest.mark.parametrize("name", KINDS)
def test_an_address_inside_is_refused_in_every_notation(name: str, host: str, tmp_path: Path) -> None:
    source = KINDS[name].source(f"https://{host}")
    with pytest.raises(SetupProblem, match=r"private or reserved|is no address"):
        fetch(source, FetchContext(base=tmp_path, store=tmp_path / "store", now=NOW))


@pytest.mark.parametrize("name", KINDS)
def test_only_https_and_no_credentials(name: str, tmp_path: Path) -> None:
    for base, words in (
        ("http://camden.example", "not https"),
        ("https://user:pass@camden.example", "user name or password"),
    ):
        with pytest.raises(LondataError, match=words):
            fetch(KINDS[name].source(base), FetchContext(base=tmp_path, store=tmp_path, now=NOW))


def test_the_ordinary_limits_are_sane() -> None:
    assert LIMITS.page <= LIMITS.bytes
    assert LIMITS.gap > 0
