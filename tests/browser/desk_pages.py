"""A desk in a small borough, served on this machine, with a page of every kind and in every state to be looked at."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import uvicorn

from flows.desk.address import DeskAddress
from flows.desk.app import desk_app
from flows.desk.desk import Desk, open_desk, utc_now
from flows.desk.doors.rates import RateLimiter
from flows.desk.drafts.draft import Errand, Job
from flows.services import Services
from flows.settings import Settings
from packages.model import Identity
from tests.desk.conftest import NO_LIMITS, PEOPLE, InThread
from tests.flows.city import GOOD, make_city

SPOILT = GOOD.replace("T002", "").replace("15/11/2020", "in autumn").replace("3.5", "tall")
RENAMED = GOOD.replace("Species", "Kind of tree").replace("Height (m)", "How tall")
HELD = "\n".join(GOOD.splitlines()[:2]) + "\n"
"""One row of four: a person must decide."""

CAMDEN = Identity("street-trees", "camden")


@dataclass
class DeskSite:
    """A running desk: its address with a slash at the end, and the pages by name, each with who looks at it."""

    address: str
    desk: Desk
    pages: dict[str, tuple[str, str]] = field(default_factory=dict)

    def cookie(self, who: str) -> str:
        """Return the cookie of somebody who has signed in."""
        sessions = self.desk.sessions
        session = sessions.sign_in(sessions.open("", utc_now()), {"person": who}, utc_now())
        return sessions.cookie(session)

    def hand_in(self, who: str, content: str, name: str = "trees.csv") -> str:
        """Hand a file in as somebody; return the page of the draft when it is checked."""
        drafts = self.desk.drafts
        draft = drafts.create(f"person {who}", utc_now(), dataset="street-trees", publisher="camden")
        import io

        self.desk.ask(drafts.receive(draft, io.BytesIO(content.encode()), name), "check")
        self.wait(draft.id)
        return f"drafts/{draft.id}"

    def send(self, page: str) -> None:
        """Send the file of a draft."""
        draft = self.desk.drafts.find(page.removeprefix("drafts/"))
        assert draft
        self.desk.ask(draft, "publish")
        self.wait(draft.id)

    def wait(self, draft_id: str) -> None:
        """Wait until nothing more is done on a draft."""
        find = self.desk.drafts.find
        assert self.desk.workshop.wait(lambda: not ((found := find(draft_id)) and found.is_busy), 120)


@contextmanager
def served(desk: Desk, port: int) -> Iterator[None]:
    """Serve a desk on a port of this machine."""
    server = uvicorn.Server(uvicorn.Config(desk_app(desk), port=port, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    for _ in range(200):
        try:
            httpx.get(f"http://127.0.0.1:{port}/static/desk.css")
            break
        except httpx.ConnectError:
            time.sleep(0.05)
    yield
    server.should_exit = True
    thread.join(10)


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def desk_site(folder: Path, set_variable: Callable[[str, str], None]) -> Iterator[DeskSite]:
    """Yield a desk with a draft in every state."""
    settings = Settings(home=folder / "home", datasets=make_city(folder, "camden"), lease_wait=0)
    set_variable("LONDATA_HOME", str(settings.home))
    set_variable("LONDATA_DATASETS", str(settings.datasets))
    settings.home.mkdir(parents=True)
    (settings.home / "people.yaml").write_text(PEOPLE)
    (settings.home / "people.yaml").chmod(0o600)
    port = free_port()
    address = DeskAddress(f"http://127.0.0.1:{port}")
    desk = open_desk(Services(settings), address, with_link=True, make_worker=InThread)
    desk.rates = RateLimiter(NO_LIMITS)
    desk.start()
    with served(desk, port):
        site = DeskSite(address.url(""), desk)
        _fill(site)
        yield site
    desk.close()


def _fill(site: DeskSite) -> None:
    site.send(site.hand_in("officer", GOOD))
    more = site.hand_in("officer", GOOD + "T005,Quercus robur,03/03/2022,1.5\n", "more trees.csv")
    spoilt = site.hand_in("officer", SPOILT, "spoilt trees.csv")
    renamed = site.hand_in("officer", RENAMED, "new system.csv")
    done = site.hand_in("officer", GOOD + "T006,Quercus robur,03/03/2022,1.5\n", "july.csv")
    site.send(done)
    # last: a newer file would take its place
    held = site.hand_in("officer", HELD, "one tree.csv")
    site.send(held)
    broken = site.desk.drafts.create("person officer", utc_now(), link="http://127.0.0.1:1/trees.csv")
    site.desk.ask(broken, "check")
    site.wait(broken.id)
    busy = site.hand_in("officer", GOOD, "a large file.csv")
    under_way = Job(name="check", state="running", asked=utc_now())
    site.desk.drafts.change(busy.removeprefix("drafts/"), job=under_way, result=None)
    errand = Errand(kind="run")
    act = site.desk.drafts.create(
        "person officer", utc_now(), errand=errand, dataset="street-trees", publisher="camden"
    )
    site.desk.ask(act, "errand")
    site.wait(act.id)
    waiting = site.desk.drafts.find(held.removeprefix("drafts/"))
    assert waiting
    assert waiting.sent
    site.pages |= {
        "start, nobody": ("", ""),
        "start, officer": ("officer", ""),
        "accessibility": ("", "accessibility"),
        "check": ("officer", "check"),
        "sign in": ("", "sign-in"),
        "sign in by key": ("", "sign-in/key"),
        "refused": ("", "queue"),
        "nothing": ("", "nowhere"),
        "result, spoilt": ("officer", spoilt),
        "progress": ("officer", busy),
        "act": ("officer", f"acts/{act.id}"),
        "result, ready": ("officer", more),
        "corrected": ("officer", f"{spoilt}/again"),
        "columns": ("officer", f"{renamed}/columns"),
        "compare": ("officer", f"{more}/compare"),
        "questions": ("officer", f"{more}/questions"),
        "send": ("officer", f"{more}/send"),
        "send, held": ("officer", f"{held}/send"),
        "waits": ("officer", f"{held}/done"),
        "done": ("officer", f"{done}/done"),
        "broken off": ("officer", f"drafts/{broken.id}"),
        "start, owner": ("owner", ""),
        "queue": ("owner", "queue"),
        "decide": ("owner", f"queue/{waiting.sent.request}"),
        "dataset, officer": ("officer", "datasets/street-trees/camden"),
        "dataset, dpo": ("dpo", "datasets/street-trees/camden"),
        "register": ("dpo", "register"),
        "who": ("officer", "who"),
        "nights": ("operator", "nights"),
    }
