"""Files that wait for people, as they come to be: from the source, or handed in at the desk."""

from __future__ import annotations

import datetime as dt
import re

import httpx

from flows.decisions.queue import open_subjects
from flows.desk.desk import Desk
from flows.outcome import PublishJob
from flows.publish import publish
from packages.model import Identity
from tests.desk.conftest import Browser, draft_of
from tests.flows.city import GOOD

CAMDEN = Identity("street-trees", "camden")
PAGE = "datasets/street-trees/camden"
PERSON = GOOD.replace("T002", "Mrs Ada Fictitious")
"""A file with something about a person: the asset owner and a reviewer or the DPO decide."""


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def publish_source(desk: Desk, content: str = GOOD) -> str:
    """Let the source have a file, and publish it; return the verdict."""
    drop = desk.services.settings.datasets.parent / "drop/camden/trees.csv"
    drop.write_text(content)
    return str(publish(PublishJob(CAMDEN), desk.services, now()).verdict)


def held_source(desk: Desk, content: str = PERSON) -> str:
    """Let the source have a file that waits for people; return the digest of the request."""
    assert publish_source(desk, content) == "held"
    (opened,) = open_subjects(CAMDEN, desk.services, now())
    return opened.subject.digest


def held_draft(browser: Browser, content: str = PERSON) -> tuple[str, str]:
    """Hand a file in, send it, and wait until it is held; return the ids of its draft and its request."""
    desk = browser.desk
    response = browser.hand_in(content, dataset="street-trees", publisher="camden")
    draft = desk.drafts.find(draft_of(response))
    assert draft is not None
    desk.ask(draft, "publish")
    idle(desk, draft.id)
    (opened,) = open_subjects(CAMDEN, desk.services, now())
    return draft.id, opened.subject.digest


def idle(desk: Desk, draft_id: str) -> None:
    """Wait until nothing is done on a draft."""

    def is_over() -> bool:
        draft = desk.drafts.find(draft_id)
        return draft is None or not draft.is_busy

    assert desk.workshop.wait(is_over, 20)


def all_idle(desk: Desk) -> None:
    """Wait until nothing is done on any draft."""
    assert desk.workshop.wait(lambda: not any(draft.is_busy for draft in desk.drafts.all()), 20)


def decide(browser: Browser, digest: str, choice: str = "approve", **more: str) -> httpx.Response:
    """Decide on all findings that the page offers, as somebody does who fills in its form."""
    page = browser.get(f"queue/{digest}")
    numbers = re.findall(r'name="finding" value="(\d+)"', page.text) or ["1"]
    return browser.post(f"queue/{digest}", data={"choice": choice, "finding": numbers, **more})
