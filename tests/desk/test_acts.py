"""Acts on a dataset at the desk: run it, withdraw it, go back, incidents with their clock, taking away for good."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from flows.decisions.queue import open_subjects
from flows.desk.address import DeskAddress
from flows.desk.desk import Desk, open_desk
from flows.desk.drafts.draft import Errand
from flows.privacy.freezes import incidents_of
from flows.services import Services
from flows.settings import Settings
from flows.state.audit import read_entries
from flows.state.records import forget_chains
from tests.desk.conftest import ORIGIN, Browser, text_of
from tests.desk.waiting import CAMDEN, PAGE, all_idle, decide, now, publish_source
from tests.flows.city import GOOD

Visit = Callable[..., Browser]
MORE = GOOD + "T005,Quercus robur,05/01/2022,2.0\n"


def done(browser: Browser, act: str, **fields: Any) -> httpx.Response:
    """Ask for an act, wait until it is done, and return the page that says how it ended."""
    asked = browser.post(f"{PAGE}/{act}", data=fields)
    assert asked.status_code == 200, text_of(asked)
    all_idle(browser.desk)
    return browser.get(str(asked.url).partition("8500/")[2].partition("?")[0])


def public(desk: Desk) -> str:
    step = desk.services.ledger.published(CAMDEN, "folder")
    return step.release if step else ""


def who_did(desk: Desk, what: str) -> str:
    return [row["who"] for row in read_entries(desk.services.ledger.database) if row["what"] == what][-1]


def test_run_it_now(visit: Visit, desk: Desk) -> None:
    told = text_of(done(visit("operator"), "run"))
    assert "It is public" in told
    assert public(desk)
    assert who_did(desk, "published").startswith("person operator@")
    assert "Nothing has changed" in text_of(done(visit("officer"), "run"))


def test_the_page_tells_the_history(visit: Visit, desk: Desk) -> None:
    done(visit("officer"), "run")
    told = text_of(visit("officer").get(PAGE))
    assert "Public is release" in told
    assert "Published" in told
    assert "the source" in told
    assert told.count("Begun to make it public") == 0
    assert visit("officer").get("datasets/street-trees/hackney").status_code == 404
    assert visit("officer").get("datasets/nothing/camden").status_code == 404


def test_nobody_else_sees_an_act(visit: Visit) -> None:
    page = str(done(visit("officer"), "run").url).partition("8500/")[2]
    assert visit("officer").get(page).status_code == 200
    # it is no file: nothing that is done with files can be done with it
    draft = page.partition("acts/")[2].partition("?")[0]
    for part in ("", "/progress", "/again", "/send", "/report"):
        assert visit("officer").get(f"drafts/{draft}{part}").status_code == 404
    for part in ("again", "retry", "cancel", "remove", "undo", "send", "columns"):
        assert visit("officer").post(f"drafts/{draft}/{part}").status_code == 404
    assert visit("officer").get(f"acts/{draft}/progress").json()["over"]
    for who in ("owner", "operator", "account", ""):
        assert visit(who).get(page).status_code == 404


def test_withdraw_and_let_in_again(visit: Visit, desk: Desk) -> None:
    publish_source(desk)
    owner = visit("owner")
    assert "It is withdrawn" in text_of(done(owner, "withdraw", reason="Something was wrong with it"))
    assert not public(desk)
    assert who_did(desk, "withdrawn").startswith("person owner@")
    told = text_of(owner.get(PAGE))
    assert "Something was wrong with it." in told
    (waiting,) = open_subjects(CAMDEN, desk.services, now())
    assert "A dataset that was taken away" in text_of(owner.get("queue"))
    assert "It may come back" in text_of(decide(owner, waiting.subject.digest))
    (desk.services.settings.site / "current/datasets/street-trees/camden/withdrawn.json").unlink()
    done(visit("officer"), "run")
    assert public(desk)


def test_go_back_to_an_earlier_release(visit: Visit, desk: Desk) -> None:
    publish_source(desk)
    first = public(desk)
    publish_source(desk, MORE)
    assert public(desk) != first
    told = text_of(done(visit("officer"), "rollback", release=first))
    assert first[:12] in told
    assert public(desk) == first
    assert "Taken back for an earlier release" in text_of(visit("officer").get(PAGE))


def test_what_fails_says_why_and_can_be_tried_again(visit: Visit, desk: Desk) -> None:
    description = desk.services.settings.datasets / "street-trees/publishers/camden.yaml"
    good = description.read_text()
    description.write_text(good + "surprise: 1\n")
    officer = visit("officer")
    page = done(officer, "run")
    assert "That did not come to an end" in text_of(page)
    assert "surprise" in text_of(page)
    description.write_text(good)
    address = str(page.url).partition("8500/")[2].partition("?")[0]
    officer.post(f"{address}/retry")
    all_idle(desk)
    assert "It is public" in text_of(officer.get(address))


def test_an_incident_from_the_first_hour_to_its_end(visit: Visit, desk: Desk) -> None:
    publish_source(desk)
    officer = visit("officer")
    told = text_of(
        done(officer, "incident", aware="2026-01-05T09:00", note="A column names tenants.", column="trees.species")
    )
    assert "The dataset is frozen" in told
    assert "over for" in told
    for page in ("queue", PAGE):
        assert "over for" in text_of(visit("dpo").get(page))
    assert "Open the incident" not in visit("officer").get(PAGE).text
    closing = officer.post(f"{PAGE}/incident/close", data={"outcome": "The column was taken away."})
    assert "The end of an incident" in text_of(closing)
    digest = re.search(r"/queue/([0-9a-f]{64})", str(closing.url))
    assert digest
    assert "not yours to decide" in text_of(decide(officer, digest[1]))
    decide(visit("owner"), digest[1])
    assert [one for one in incidents_of(desk.services) if not one.closed]
    assert "The incident is closed with this" in text_of(decide(visit("dpo"), digest[1]))
    assert not [one for one in incidents_of(desk.services) if not one.closed]
    assert "The column was taken away." in text_of(visit("officer").get(PAGE))


@pytest.mark.parametrize(
    ("fields", "gone"),
    [
        ({"what": "column", "column": "trees.species"}, "One column is gone"),
        ({"what": "rows", "rows": "3-4"}, "2 rows is gone"),
        ({"what": "everything"}, "All of it is gone"),
    ],
)
def test_take_data_away_for_good(fields: dict[str, str], gone: str, visit: Visit, desk: Desk) -> None:
    publish_source(desk)
    before = public(desk)
    told = text_of(done(visit("dpo"), "purge", reason="It named people.", confirm=str(CAMDEN), **fields))
    assert gone.replace("rows is", "rows is") in told
    assert not desk.services.store.release_folder(CAMDEN, before).is_dir()
    assert who_did(desk, "purged").startswith("person dpo@")
    assert "Taken away for good" in text_of(visit("officer").get(PAGE))


@pytest.mark.parametrize(
    ("act", "fields", "words"),
    [
        ("withdraw", {}, "needs a reason"),
        ("withdraw", {"reason": "x" * 601}, "600 characters"),
        ("rollback", {"release": "abc"}, "not said which release"),
        ("incident", {"aware": "soon"}, "is no time"),
        ("incident", {"aware": "2099-01-01T10:00"}, "in the future"),
        ("incident", {"aware": "2026-01-05T09:00", "note": "x" * 601}, "too long"),
        ("incident/close", {}, "not said how"),
        ("incident/close", {"outcome": "Over."}, "No incident on"),
        ("purge", {}, "To confirm"),
        ("purge", {"confirm": "street-trees/camden"}, "needs a reason"),
        ("purge", {"confirm": "street-trees/camden", "reason": "So."}, "not said what has to go"),
        ("purge", {"confirm": "street-trees/camden", "reason": "So.", "what": "column"}, "not said what has to go"),
        ("purge", {"confirm": "street-trees/camden", "reason": "So.", "what": "rows", "rows": "one"}, "names no rows"),
        ("purge", {"confirm": "street-trees/camden", "reason": "So.", "what": "everything", "days": "400"}, "90 days"),
    ],
)
def test_what_cannot_be_done_so_is_said_before_anything_is_done(
    act: str, fields: dict[str, str], words: str, visit: Visit, desk: Desk
) -> None:
    publish_source(desk)
    refused = visit("account").post(f"{PAGE}/{act}", data=fields)
    assert refused.status_code == 400
    assert words in text_of(refused)
    assert not desk.drafts.all()
    assert public(desk)


@pytest.mark.slow
def test_acts_are_done_in_a_process_of_their_own(desk_settings: Settings) -> None:
    desk = open_desk(Services(desk_settings), DeskAddress(ORIGIN), with_link=True)
    errands = (
        Errand(kind="run"),
        Errand(kind="incident", reason="A tag named a person."),
        Errand(kind="withdraw", reason="It named a person."),
    )
    for errand in errands:
        draft = desk.drafts.create("person owner", now(), dataset="street-trees", publisher="camden", errand=errand)
        desk.ask(draft, "errand")
        assert desk.workshop.wait(lambda: not any(one.is_busy for one in desk.drafts.all()), 120)
        done_one = desk.drafts.find(draft.id)
        assert done_one is not None
        assert done_one.sent is not None, done_one.job
    desk.close()
    forget_chains()
    acts = [row for row in read_entries(desk.services.ledger.database) if row["what"] != "noted request"]
    assert {row["who"].partition("@")[0] for row in acts} == {"person owner"}
    assert {"published", "noted incident", "withdrawn"} <= {row["what"] for row in acts}
