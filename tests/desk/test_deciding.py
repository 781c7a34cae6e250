"""People decide at the desk: the queue, one page to decide, the first of two hidden, and what follows by itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from flows.decisions.book import read_book
from flows.desk.desk import Desk
from flows.state.audit import read_entries
from tests.desk.conftest import Browser, text_of
from tests.desk.waiting import CAMDEN, PAGE, all_idle, decide, held_draft, held_source, now

Visit = Callable[..., Browser]


def test_what_waits_is_shown_with_who_decides(visit: Visit, desk: Desk) -> None:
    held_source(desk)
    told = text_of(visit("owner").get("queue"))
    assert "Street trees" in told
    assert "A file from the source" in told
    assert "people" in told
    assert "the asset owner, and the information governance reviewer or the Data Protection Officer" in told
    assert "1 of them yours to decide" in told
    assert "0 of them yours to decide" in text_of(visit("officer").get("queue"))
    # and on the page where everybody begins
    assert "Decide on 1 thing" in text_of(visit("owner").get())
    for who in ("officer", "operator", "elsewhere", ""):
        assert "Decide on" not in text_of(visit(who).get())


def test_only_ones_own_boroughs_are_shown(visit: Visit, desk: Desk) -> None:
    digest = held_source(desk)
    assert "Nothing waits" in text_of(visit("elsewhere").get("queue"))
    for page in (f"queue/{digest}", PAGE):
        refused = visit("elsewhere").get(page)
        assert refused.status_code == 403
        assert "You may not see what waits for a decision of street-trees/camden" in text_of(refused)


def fingerprint_of(desk: Desk) -> str:
    attempt = desk.services.ledger.last_attempt(CAMDEN)
    assert attempt is not None
    return attempt.fingerprint


def test_the_page_has_the_evidence(visit: Visit, desk: Desk) -> None:
    digest = held_source(desk)
    page = visit("owner").get(f"queue/{digest}")
    told = text_of(page)
    assert "Aaa Aaa Aaaaaaaaaa" in told
    assert "Waits for the asset owner" in told
    assert "Nothing was public before" in told
    assert "Fictitious" not in page.text
    report = visit("owner").get(f"{PAGE}/reports/{fingerprint_of(desk)}")
    assert report.status_code == 200
    assert report.headers["content-security-policy"].startswith("sandbox;")
    assert "Fictitious" not in report.text


def test_the_first_of_two_stays_hidden_until_the_second(visit: Visit, desk: Desk) -> None:
    digest = held_source(desk)
    first = decide(visit("owner"), digest, "refuse", reason="A tag names Mrs Canary.", alternative="Leave it out.")
    assert first.status_code == 200
    assert "What was decided is told when everybody has decided" in text_of(first)
    for who in ("owner", "reviewer", "dpo", "officer", "account"):
        for page in (f"queue/{digest}", "queue", PAGE):
            told = visit(who).get(page).text
            assert "Mrs Canary" not in told
            assert "Leave it out" not in told
            assert "RequestRefused by" not in told
    decide(visit("reviewer"), digest)
    told = text_of(visit("officer").get(f"queue/{digest}"))
    assert "RequestRefused by the asset owner" in told
    assert "Mrs Canary" in told
    assert "Leave it out" in told


def test_two_approvals_make_the_file_of_the_source_public(visit: Visit, desk: Desk) -> None:
    digest = held_source(desk)
    assert "It waits" not in text_of(decide(visit("owner"), digest))
    assert desk.services.ledger.published(CAMDEN, "folder") is None
    told = text_of(decide(visit("dpo"), digest))
    assert "made public now, by itself" in told
    all_idle(desk)
    assert desk.services.ledger.published(CAMDEN, "folder") is not None
    assert "Nothing waits" in text_of(visit("owner").get("queue"))
    past = text_of(visit("officer").get(PAGE))
    assert "Approved by the asset owner and the Data Protection Officer" in past


def test_a_file_of_the_desk_becomes_public_by_itself(visit: Visit, desk: Desk) -> None:
    draft, digest = held_draft(visit("officer"))
    decide(visit("owner"), digest)
    decide(visit("reviewer"), digest)
    all_idle(desk)
    found = desk.drafts.find(draft)
    assert found is not None
    assert found.sent is not None
    assert found.sent.verdict == "publish"
    who = {row["what"]: row["who"] for row in read_entries(desk.services.ledger.database)}
    assert who["published"].startswith("person officer@")


def test_the_author_never_decides(visit: Visit, desk: Desk) -> None:
    # who hands in what they would decide on
    _, digest = held_draft(visit("owner"))
    browser = visit("owner")
    assert "you handed the file over" in text_of(browser.get(f"queue/{digest}"))
    refused = decide(browser, digest)
    assert refused.status_code == 409
    assert "The author of a file never decides about it" in text_of(refused)


@pytest.mark.parametrize("who", ["officer", "account"])
def test_who_has_no_say_is_told_who_has(who: str, visit: Visit, desk: Desk) -> None:
    digest = held_source(desk)
    refused = decide(visit(who), digest)
    assert refused.status_code == 409
    assert "it takes the asset owner, and" in text_of(refused)
    assert not read_book(CAMDEN, desk.services).decisions


def test_a_decision_is_noted_with_who_made_it(visit: Visit, desk: Desk) -> None:
    digest = held_source(desk)
    decide(visit("owner"), digest)
    (last,) = [row for row in read_entries(desk.services.ledger.database) if row["what"] == "noted decision"]
    assert last["who"].startswith("person owner")
    ((decision, _),) = read_book(CAMDEN, desk.services).decisions
    assert (decision.by, decision.proof) == ("owner", "desk")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "not said what is decided"),
        ({"choice": "maybe"}, "not said what is decided"),
        ({"choice": "approve"}, "which findings"),
        ({"choice": "approve", "finding": "9"}, "no finding 9"),
        ({"choice": "return", "finding": "1"}, "needs a reason"),
        ({"choice": "refuse", "finding": "1", "reason": "No."}, "and an alternative"),
        ({"choice": "approve", "finding": "1" * 6}, "which findings"),
        ({"choice": "approve", "finding": "1", "until": "soon"}, "is no day"),
        ({"choice": "approve", "finding": "1", "until": "2020-01-01"}, "lies between today and"),
        ({"choice": "approve", "finding": "1", "until": "2099-01-01"}, "lies between today and"),
        ({"choice": "return", "finding": "1", "reason": "x" * 601}, "600 characters"),
    ],
)
def test_what_cannot_be_decided_so_is_said_in_words(
    fields: dict[str, str], words: str, visit: Visit, desk: Desk
) -> None:
    digest = held_source(desk)
    refused = visit("owner").post(f"queue/{digest}", data=fields)
    assert refused.status_code == 400
    assert words in text_of(refused)
    assert "--" not in text_of(refused)
    assert not read_book(CAMDEN, desk.services).decisions


def test_an_approval_ends(visit: Visit, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = held_source(desk)
    today = now().date().isoformat()
    decide(visit("owner"), digest, until=today)
    decide(visit("dpo"), digest, until=today)
    all_idle(desk)
    later = now() + dt.timedelta(days=2)
    for module in ("flows.desk.visits", "tests.desk.conftest"):
        monkeypatch.setattr(f"{module}.utc_now", lambda: later)
    told = text_of(visit("owner").get(f"queue/{digest}"))
    assert "Waits for the asset owner" in told


def test_there_is_nothing_at_another_digest(visit: Visit, desk: Desk) -> None:
    digest = held_source(desk)
    for wrong in ("0" * 64, digest[:12], "x" * 64, "street-trees%2Fcamden"):
        assert visit("owner").get(f"queue/{wrong}").status_code == 404


def test_a_standing_approval_is_decided_here_too(visit: Visit, desk: Desk) -> None:
    from decimal import Decimal

    from flows.decisions.asking import envelope_of
    from flows.decisions.deciding import note_subject
    from flows.outcome import PublishJob
    from flows.publish import judged_case

    services = desk.services
    case = judged_case(PublishJob(CAMDEN), services, now(), lambda _: None)
    subject = envelope_of(case, Decimal("0.5"), now().date() + dt.timedelta(days=100))
    note_subject(subject, services, now())
    browser = visit("owner")
    assert "A standing approval" in text_of(browser.get("queue"))
    page = text_of(browser.get(f"queue/{subject.digest}"))
    assert "Files inside these bounds are published and ask nobody" in page
    assert "Rows of trees" in page
    assert "It holds for every file from now on" in text_of(decide(browser, subject.digest))
    assert read_book(CAMDEN, services).envelope() is not None
