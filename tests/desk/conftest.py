"""A desk for the tests: a small borough, people in every role, and browsers that have signed in or not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from flows.desk.address import DeskAddress
from flows.desk.app import desk_app
from flows.desk.desk import Desk, open_desk, utc_now
from flows.desk.doors.rates import Rate, RateLimiter
from flows.desk.drafts.worker import answer_of
from flows.services import Services
from flows.settings import Settings
from tests.flows.city import make_city

ORIGIN = "http://127.0.0.1:8500"

PEOPLE = """
people:
  - {id: officer, roles: {camden: [data-officer]}}
  - {id: owner, roles: {camden: [asset-owner]}}
  - {id: reviewer, roles: {camden: [ig-reviewer]}}
  - {id: dpo, roles: {all: [dpo]}}
  - {id: operator, roles: {all: [operator]}}
  - {id: elsewhere, roles: {barnet: [data-officer, asset-owner]}}
  - {id: newcomer, roles: {}}
"""
"""Somebody in every role, in the borough of the tests and in another one."""

NO_LIMITS = {kind: Rate(100_000, 100_000) for kind in ("page", "sign in", "upload", "act")}


class InThread:
    """Works on jobs in a thread of the test's own process: another one takes seconds to start."""

    is_good = True

    def ask(self, question: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
        stages: list[str] = []
        answer = answer_of(question, stages.append)
        yield from ({"stage": stage} for stage in stages)
        yield answer

    def kill(self) -> None:
        """A thread cannot be ended."""

    def close(self) -> None:
        """Nothing was started."""


@dataclass
class Browser:
    """Somebody's browser at the desk; pages are given without the `/` in front."""

    client: TestClient
    desk: Desk
    seen: list[httpx.Response] = field(default_factory=list)

    def get(self, page: str = "", **options: Any) -> httpx.Response:
        return self._kept(self.client.get(f"/{page}", **options))

    def post(self, page: str, token: str | None = None, **options: Any) -> httpx.Response:
        """Send a form as a page would, with the token of this session."""
        data = {"token": self.token if token is None else token, **options.pop("data", {})}
        return self._kept(self.client.post(f"/{page}", data=data, **options))

    def hand_in(self, content: bytes | str, name: str = "trees.csv", **fields: str) -> httpx.Response:
        """Hand a file in, and wait until it is checked."""
        body = content.encode() if isinstance(content, str) else content
        response = self.post("check", data=fields, files={"file": (name, body)})
        assert response.status_code == 200, text_of(response)
        return self.get(f"drafts/{draft_of(response)}?wait=25")

    @property
    def token(self) -> str:
        """The token that forms of this session have now."""
        found = re.search(r'name="token" value="([0-9a-f]+)"', self.client.get("/check").text)
        assert found
        return found[1]

    def _kept(self, response: httpx.Response) -> httpx.Response:
        self.seen.append(response)
        return response


def draft_of(response: httpx.Response) -> str:
    """Return the id of the draft at which a visit ended."""
    found = re.search(r"/drafts/([0-9a-f]{32})", str(response.url))
    assert found, str(response.url)
    return found[1]


def text_of(response: httpx.Response) -> str:
    """Return what a page says, without its markup."""
    body = re.sub(r"(?s)^.*<main[^>]*>|</main>.*$", "", response.text)
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


@pytest.fixture
def people() -> str:
    """The people.yaml of the desk."""
    return PEOPLE


@pytest.fixture
def desk_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, people: str) -> Settings:
    """Settings of a desk with one dataset of Camden, in the environment too: a job reads them there."""
    settings = Settings(home=tmp_path / "home", datasets=make_city(tmp_path, "camden"), lease_wait=0)
    monkeypatch.setenv("LONDATA_HOME", str(settings.home))
    monkeypatch.setenv("LONDATA_DATASETS", str(settings.datasets))
    monkeypatch.setenv("LONDATA_LEASE_WAIT", "0")
    settings.home.mkdir()
    file = settings.home / "people.yaml"
    file.write_text(people)
    file.chmod(0o600)
    return settings


@pytest.fixture
def desk(desk_settings: Settings) -> Iterator[Desk]:
    """A desk that works in threads."""
    opened = open_desk(Services(desk_settings), DeskAddress(ORIGIN), with_link=True, make_worker=InThread)
    opened.rates = RateLimiter(NO_LIMITS)
    opened.start()
    yield opened
    opened.close()


@pytest.fixture
def visit(desk: Desk) -> Callable[..., Browser]:
    """Makes a browser: of a person, of the account that runs the desk (`account`), or of nobody."""
    app = desk_app(desk)

    def browser(who: str = "") -> Browser:
        client = TestClient(app, base_url=ORIGIN, raise_server_exceptions=False)
        if who:
            before = desk.sessions.open("", utc_now())
            known = {"account": "jsmith"} if who == "account" else {"person": who}
            session = desk.sessions.sign_in(before, known, utc_now())
            client.cookies.set(desk.address.cookie_name, desk.sessions.cookie(session), domain="127.0.0.1")
        return Browser(client, desk)

    return browser


@pytest.fixture
def trees(tmp_path: Path) -> str:
    """The file that Camden puts out."""
    return (tmp_path / "drop/camden/trees.csv").read_text()
