"""Who may do what at the desk: every action for everybody who can be there, through the pages themselves."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx
import pytest

from flows.desk.actions import ROLES, DeskAction
from flows.desk.desk import Desk
from flows.desk.drafts.draft import Job, Sent, Trouble
from tests.desk.conftest import Browser, draft_of, text_of
from tests.desk.waiting import CAMDEN, PAGE, all_idle, held_source, now, publish_source
from tests.flows.city import GOOD

Visit = Callable[..., Browser]

WHO: Mapping[str, tuple[frozenset[str], str]] = {
    "": (frozenset(), ""),
    "newcomer": (frozenset(), ""),
    "officer": (frozenset({"data-officer"}), "camden"),
    "owner": (frozenset({"asset-owner"}), "camden"),
    "reviewer": (frozenset({"ig-reviewer"}), "camden"),
    "dpo": (frozenset({"dpo"}), "all"),
    "operator": (frozenset({"operator"}), "all"),
    "elsewhere": (frozenset({"data-officer", "asset-owner"}), "barnet"),
}
"""Everybody at the desk: their roles, and the borough in which they have them. The dataset is of Camden."""


@dataclass(frozen=True)
class Attempted:
    """A request that is an action: about the dataset of Camden, or about none."""

    send: Callable[[Browser], httpx.Response]
    is_of_a_dataset: bool = True


def sent_by(action: DeskAction) -> tuple[Attempted, ...]:
    """Return every request by which somebody would do something."""
    return {
        DeskAction.REVIEW: (
            Attempted(lambda b: b.get("queue"), is_of_a_dataset=False),
            Attempted(lambda b: b.get(f"queue/{held_source(b.desk)}")),
            Attempted(lambda b: b.post(f"queue/{held_source(b.desk)}", data={"choice": "nothing"})),
            Attempted(_stopped_report),
        ),
        DeskAction.WITHDRAW: (Attempted(lambda b: b.post(f"{PAGE}/withdraw", data={"reason": "It was wrong."})),),
        DeskAction.PURGE: (
            Attempted(
                lambda b: b.post(
                    f"{PAGE}/purge",
                    data={"what": "everything", "reason": "It was wrong.", "confirm": "street-trees/camden"},
                )
            ),
        ),
        DeskAction.INCIDENT: (
            Attempted(lambda b: b.post(f"{PAGE}/incident", data={"aware": "2026-01-05T10:00"})),
            Attempted(lambda b: b.post(f"{PAGE}/incident/close", data={"outcome": "It is over."})),
        ),
        DeskAction.UNDO: (
            Attempted(lambda b: b.post(f"{PAGE}/rollback", data={"release": "0" * 64})),
            Attempted(_take_back),
        ),
        DeskAction.RUN: (Attempted(lambda b: b.post(f"{PAGE}/run")),),
        DeskAction.REGISTER: (
            Attempted(lambda b: b.get("register"), is_of_a_dataset=False),
            Attempted(lambda b: b.get("register.csv"), is_of_a_dataset=False),
        ),
        DeskAction.OPERATE: (Attempted(lambda b: b.get("nights"), is_of_a_dataset=False),),
        DeskAction.DESCRIBE: (Attempted(lambda b: b.post(f"drafts/{_checked(b)}/questions")),),
        DeskAction.PUBLISH: (
            *(Attempted(partial(_step_of_sending, step=step)) for step in ("compare", "questions", "send")),
            Attempted(lambda b: b.post(f"drafts/{_checked(b)}/send")),
            Attempted(_publish_again),
        ),
    }[action]


def _checked(browser: Browser) -> str:
    """Hand a file in, and have it checked; return its draft."""
    return draft_of(browser.hand_in(GOOD, dataset="street-trees", publisher="camden"))


def _step_of_sending(browser: Browser, step: str) -> httpx.Response:
    return browser.get(f"drafts/{_checked(browser)}/{step}")


def _own_draft(browser: Browser, **content: Any) -> str:
    """Put a draft of a visitor at the desk, as it would be after other steps; return its id."""
    desk = browser.desk
    # what a draft is owned by is known to the session alone
    visitor = desk.visitor_of(desk.sessions.open(browser.client.cookies.get(desk.address.cookie_name, ""), now()))
    return desk.drafts.create(visitor.who, now(), dataset="street-trees", publisher="camden", **content).id


def _take_back(browser: Browser) -> httpx.Response:
    sent = Sent(verdict="publish", exit_code=0, summary="Published.", at=now(), by="them", release="0" * 64)
    return browser.post(f"drafts/{_own_draft(browser, sent=sent)}/undo")


def _stopped_report(browser: Browser) -> httpx.Response:
    held_source(browser.desk)
    attempt = browser.desk.services.ledger.attempts(CAMDEN, 1)[0]
    return browser.get(f"{PAGE}/reports/{attempt.fingerprint}")


def _publish_again(browser: Browser) -> httpx.Response:
    """Try once more what was broken off on a draft of one's own: its publication."""
    failed = Job(name="publish", state="failed", asked=now(), trouble=Trouble(what="It was broken off."))
    return browser.post(f"drafts/{_own_draft(browser, job=failed)}/retry")


@pytest.mark.parametrize("who", [*WHO, "account"])
@pytest.mark.parametrize("action", ROLES)
def test_a_cell_of_the_table(action: DeskAction, who: str, visit: Visit, desk: Desk) -> None:
    publish_source(desk)
    browser = visit(who)
    if not who:
        browser.get()
    for attempted in sent_by(action):
        response = attempted.send(browser)
        may = who == "account" or _may(action, who, of_a_dataset=attempted.is_of_a_dataset)
        told = text_of(response)
        if may:
            assert response.status_code != 403, (action, told)
            continue
        assert response.status_code == 403, (action, told)
        assert told.startswith("Not allowed")
        if not who:
            assert "sign in" in told.lower()
        else:
            assert "may not" in told
            assert "Ask somebody who has the role" in told
        # nothing was begun by it
        assert not any(draft.errand for draft in desk.drafts.all())
        assert desk.services.ledger.published(CAMDEN, "folder") is not None
    all_idle(desk)


def _may(action: DeskAction, who: str, *, of_a_dataset: bool) -> bool:
    roles, borough = WHO[who]
    return bool(roles & ROLES[action]) and (borough in ("all", "camden") or not of_a_dataset)


@pytest.mark.parametrize("who", [*WHO, "account"])
def test_no_page_offers_what_is_refused(who: str, visit: Visit, desk: Desk) -> None:
    """Whatever a page links to, its visitor may open; whatever form it shows, they may send."""
    publish_source(desk)
    held_source(desk)
    browser = visit(who)
    todo, seen = [""], set[str]()
    while todo:
        page = todo.pop()
        if page in seen or page.startswith(("static", "sign-in", "accessibility")):
            continue
        seen.add(page)
        response = browser.get(page)
        assert response.status_code in (200, 404), (page, response.status_code)
        links = re.findall(r'href="(?:http://127\.0\.0\.1:8500)?/([^"#]*)"', response.text)
        todo += [link.replace("&amp;", "&") for link in links]
        for action in re.findall(r'<form method="post" action="/([^"]*)"', response.text):
            if action.startswith("datasets/"):
                # an empty form: refused for what it lacks, never for who sends it
                assert browser.post(action).status_code in (200, 400), action
    all_idle(desk)


def test_who_may_do_what_is_shown_as_it_is(visit: Visit) -> None:
    told = text_of(visit("officer").get("who"))
    for action in ROLES:
        assert str(action).capitalize() in told
    assert "the asset owner, and the information governance reviewer or the Data Protection Officer" in told
    assert "officer" in told
    hidden = text_of(visit().get("who"))
    assert "newcomer" not in hidden
    assert "People are named to those" in hidden
    assert "People are named to those" in text_of(visit("newcomer").get("who"))


def test_the_people_of_a_borough_are_shown_by_it(visit: Visit) -> None:
    told = text_of(visit("operator").get("who?borough=barnet"))
    assert "Decisions in Barnet" in told
    assert "elsewhere" in told
    assert "elsewhere" not in text_of(visit("operator").get("who?borough=camden"))
    assert visit("operator").get("who?borough=nowhere").status_code == 200
