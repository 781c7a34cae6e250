"""The whole way of a file at the desk, as people take it in a browser: three of them, who sign in at a provider.

Each click, choice and file is a step; what the steps take together is what the desk costs a person.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from pydantic import SecretStr

from flows.desk.address import DeskAddress
from flows.desk.desk import Desk, open_desk
from flows.services import Services
from flows.settings import Settings
from packages.model import Identity
from tests.browser.desk_pages import free_port, served
from tests.desk.provider import CLIENT, SECRET, TestProvider, running_provider
from tests.flows.city import make_city

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CAMDEN = Identity("street-trees", "camden")

PEOPLE_AT_PROVIDER = {"officer": {"camden": ["data-officer"]}, "owner": {"camden": ["asset-owner"]},
                      "elsewhere": {"barnet": ["data-officer", "asset-owner"]}}  # fmt: skip

JUNE = "Tag,Species,Planting date,Height (m)\n" + "".join(
    f"T{number:03},Tilia cordata,{number % 28 + 1:02}/03/2019,4.5\n" for number in range(1, 13)
)
JULY_SPOILT = """Tag,Species,Planting date,Height (m)
T001,Tilia cordata,02/03/2019,4.5
,Acer campestre,03/03/2019,3.5
T003,Betula pendula,in spring,2.5
T004,Quercus robur,05/03/2019,tall
"""
"""A tag is missing, a day is no day, and a height is no number."""

JULY_MENDED = """Tag,Kind of tree,Planting date,Height (m)
T001,Tilia cordata,02/03/2019,4.5
T002,Acer campestre,03/03/2019,3.5
T003,Betula pendula,04/03/2019,2.5
T004,Quercus robur,05/03/2019,6.0
"""
"""Mended, with another heading; and so much shorter than June that a person must decide."""


@dataclass
class Person:
    """Somebody at their browser; `steps` counts what they did."""

    name: str
    page: Page
    address: str
    steps: list[str] = field(default_factory=list)

    def opens(self, path: str = "") -> None:
        self.page.goto(self.address + path)
        self._did(f"opens /{re.sub('[0-9a-f]{32,}', '…', path)}")

    def clicks(self, words: str) -> None:
        found = self.page.get_by_role("button", name=words).or_(self.page.get_by_role("link", name=words))
        found.first.click()
        self._did(f"clicks “{words}”")

    def chooses(self, label: str, option: str) -> None:
        self.page.get_by_label(label).select_option(label=option)
        self._did(f"chooses “{option}” for “{label}”")

    def marks(self, label: str) -> None:
        self.page.get_by_label(label).check()
        self._did(f"marks “{label}”")

    def gives(self, file: Path) -> None:
        self.page.set_input_files("#file", file)
        self._did(f"gives {file.name}")

    def drops(self, file: Path) -> None:
        """Drop a file on the page, as a hand does."""
        content = file.read_text()
        transfer = self.page.evaluate_handle(
            "([name, text]) => { const held = new DataTransfer();"
            " held.items.add(new File([text], name, {type: 'text/csv'})); return held; }",
            [file.name, content],
        )
        self.page.dispatch_event("#drop", "drop", {"dataTransfer": transfer})
        self._did(f"drops {file.name}")

    def sees(self, words: str, seconds: float = 90) -> None:
        self.page.get_by_text(words).first.wait_for(timeout=seconds * 1000)

    def _did(self, what: str) -> None:
        self.steps.append(f"{self.name} {what}")


@dataclass
class JourneyDesk:
    """A desk with a provider before it."""

    desk: Desk
    provider: TestProvider
    address: str

    def signed_in(self, browser: Browser, name: str) -> Person:
        """Let somebody sign in with their work account."""
        self.provider.subject = name
        person = Person(name, browser.new_context().new_page(), self.address)
        person.opens()
        person.clicks("Sign in")
        person.clicks("Go on to sign in")
        person.page.locator(".who b", has_text=name).wait_for()
        return person

    @property
    def public(self) -> str:
        """The release that is public; empty where none is."""
        services = self.desk.services
        step = services.ledger.published(CAMDEN, services.settings.catalogue)
        return step.release if step else ""


@contextmanager
def journey_desk(folder: Path, set_variable: Callable[[str, str], None], **settings: object) -> Iterator[JourneyDesk]:
    """Yield a desk in a small borough, whose people are known to a provider."""
    with running_provider() as provider:
        provider.groups = []
        home, datasets = folder / "home", make_city(folder, "camden")
        home.mkdir()
        people = [
            {"id": name, "roles": roles, "oidc": [{"issuer": provider.issuer, "subject": name}]}
            for name, roles in PEOPLE_AT_PROVIDER.items()
        ]
        (home / "people.yaml").write_text(yaml.safe_dump({"people": people}))
        (home / "people.yaml").chmod(0o600)
        known = {
            "home": str(home), "datasets": str(datasets), "allow_local": "true", "desk_oidc_issuer": provider.issuer,
            "desk_oidc_client": CLIENT, "desk_oidc_secret": SECRET, **settings,
        }  # fmt: skip
        for name, value in known.items():
            set_variable(f"LONDATA_{name.upper()}", str(value))
        secret = {name: SecretStr(str(known[name])) for name in ("desk_oidc_secret", "ckan_token") if name in known}
        port = free_port()
        address = DeskAddress(f"http://127.0.0.1:{port}")
        opened = Services(Settings.model_validate({**known, **secret}))
        desk = open_desk(opened, address, with_link=False)
        desk.start()
        with served(desk, port):
            yield JourneyDesk(desk, provider, address.url(""))
        desk.close()


def take_journey(browser: Browser, site: JourneyDesk, folder: Path) -> list[str]:
    """Take a file from a spoilt one to a public one; return the steps that it took."""
    june, spoilt, mended = (folder / name for name in ("june.csv", "july.csv", "july mended.csv"))
    june.write_text(JUNE)
    spoilt.write_text(JULY_SPOILT)
    mended.write_text(JULY_MENDED)

    officer = site.signed_in(browser, "officer")
    _publish_june(officer, june)
    first = site.public
    assert first

    before = len(officer.steps)
    officer.opens("check")
    officer.drops(spoilt)
    officer.clicks("Check it")
    officer.sees("Stopped: must be fixed")
    told = officer.page.locator(".tasks li.must h3").all_inner_texts()
    assert [words.partition("”")[0] for words in told[:3]] == ["“Tag", "“Planting date", "“Height (m)"], told
    officer.clicks("Upload a corrected file")
    officer.gives(mended)
    officer.clicks("Check it")
    officer.clicks("Match its columns")
    officer.chooses("Species", "Kind of tree")
    officer.clicks("Check the file by these columns")
    officer.clicks("Compare with what is public")
    officer.sees("8 rows removed")
    officer.clicks("This is meant: go on")
    officer.clicks("Keep these answers and go on")
    officer.clicks("Send for a decision")
    officer.sees("It waits for a decision")
    assert site.public == first
    of_officer = len(officer.steps) - before

    stranger = site.signed_in(browser, "elsewhere")
    owner = site.signed_in(browser, "owner")
    owner.clicks("Decisions")
    owner.clicks("Street trees")
    owner.sees("What is decided")
    waiting = owner.page.url.removeprefix(site.address)
    stranger.opens(waiting)
    assert stranger.page.get_by_role("heading", level=1).inner_text() in ("Not allowed", "Nothing here")
    assert site.public == first

    owner.marks("Approve")
    owner.clicks("Note my decision")
    owner.sees("Noted.")
    officer.opens()
    _wait_until(lambda: site.public not in ("", first), officer)
    return [*officer.steps[-of_officer - 1 :], *owner.steps]


def _publish_june(officer: Person, june: Path) -> None:
    officer.clicks("Check a file")
    officer.gives(june)
    officer.clicks("Check it")
    officer.clicks("Compare with what is public")
    officer.clicks("This is meant: go on")
    for choice in officer.page.locator("input[type=radio][value=no]").all():
        choice.check()
    officer.clicks("Keep these answers and go on")
    officer.clicks("Publish now")
    officer.sees("It is public")


def _wait_until(is_so: Callable[[], bool], person: Person, seconds: int = 90) -> None:
    for _ in range(seconds * 2):
        if is_so():
            return
        person.page.wait_for_timeout(500)
    raise AssertionError("it does not become public")
