"""Sessions end: after an hour without a page, after a day of work, by leaving, and when people.yaml says so."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable

import pytest

from flows.desk import visits
from flows.desk.desk import Desk, utc_now
from flows.desk.doors.sessions import ANONYMOUS, IDLE, LONGEST, Session
from tests.desk.conftest import PEOPLE, Browser

Visiting = Callable[..., Browser]

MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[dt.timedelta], None]:
    """Lets time pass at the desk."""
    passed = [dt.timedelta()]

    def wait(time: dt.timedelta) -> None:
        passed[0] += time

    monkeypatch.setattr(visits, "utc_now", lambda: dt.datetime.now(dt.UTC) + passed[0])
    return wait


def is_signed_in(one: Browser) -> bool:
    return "Signed in as" in one.get("").text


def test_an_hour_without_a_page_ends_it(visit: Visiting, later: Callable[[dt.timedelta], None]) -> None:
    one = visit("officer")
    before = one.client.cookies["londata"]
    later(IDLE - MINUTE)
    assert is_signed_in(one)
    later(IDLE + MINUTE)
    assert not is_signed_in(one)
    # with another key: who comes after them finds nothing of theirs
    assert one.client.cookies["londata"] != before


def test_a_day_of_work_ends_it_in_any_case(visit: Visiting, later: Callable[[dt.timedelta], None]) -> None:
    one = visit("officer")
    for _ in range(int(LONGEST / (IDLE / 2))):
        assert is_signed_in(one)
        later(IDLE / 2)
    later(MINUTE)
    assert not is_signed_in(one)


def test_a_form_of_a_session_that_has_ended_does_nothing(
    visit: Visiting, later: Callable[[dt.timedelta], None], trees: str, desk: Desk
) -> None:
    one = visit("officer")
    token = one.token
    later(IDLE + MINUTE)
    answer = one.post("check", token=token, files={"file": ("a.csv", trees)})
    assert answer.status_code == 403
    assert not desk.drafts.all()


def test_who_has_not_signed_in_finds_their_files_for_a_day(
    visit: Visiting, later: Callable[[dt.timedelta], None], trees: str
) -> None:
    one = visit()
    draft = str(one.hand_in(trees).url).rpartition("/")[2]
    later(ANONYMOUS - MINUTE)
    assert one.get(f"drafts/{draft}").status_code == 200


def test_leaving_ends_it_here_and_not_only_in_the_browser(visit: Visiting) -> None:
    one, thief = visit("officer"), visit()
    stolen = one.client.cookies["londata"]
    one.post("sign-out")
    thief.client.cookies.set("londata", stolen, domain="127.0.0.1")
    assert not is_signed_in(thief)


def test_who_is_taken_out_of_people_yaml_is_nobody_at_once(visit: Visiting, desk: Desk, trees: str) -> None:
    one = visit("officer")
    draft = str(one.hand_in(trees).url).rpartition("/")[2].partition("?")[0]
    file = desk.services.settings.home / "people.yaml"
    file.write_text(PEOPLE.replace("id: officer", "id: another"))
    assert not is_signed_in(one)
    assert one.get(f"drafts/{draft}").status_code == 404


def test_a_role_that_is_taken_away_is_gone_at_once(visit: Visiting, desk: Desk) -> None:
    one = visit("operator")
    assert one.get("nights").status_code == 200
    file = desk.services.settings.home / "people.yaml"
    file.write_text(PEOPLE.replace("[operator]", "[dpo]"))
    assert one.get("nights").status_code == 403


def test_people_yaml_that_others_may_write_to_lets_nobody_in(visit: Visiting, desk: Desk) -> None:
    one = visit("officer")
    file = desk.services.settings.home / "people.yaml"
    file.write_text(PEOPLE)
    file.chmod(0o666)
    answer = one.get("")
    assert answer.status_code == 400
    assert "Signed in as" not in answer.text


def test_the_file_of_sessions_lets_nobody_in(visit: Visiting, desk: Desk) -> None:
    one = visit("officer")
    key = one.client.cookies["londata"].partition(".")[0]
    path = desk.services.settings.home / "desk/sessions.sqlite"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    with sqlite3.connect(path) as connection:
        dump = "\n".join(connection.iterdump())
    assert "officer" in dump
    assert key not in dump
    assert desk.sessions.form_token(Session(key)) not in dump


def test_sessions_that_are_over_are_forgotten(visit: Visiting, desk: Desk) -> None:
    visit("officer")
    desk.sessions.tidy(utc_now() + max(ANONYMOUS, LONGEST) + MINUTE)
    assert desk.sessions._database.execute("SELECT count(*) FROM sessions").fetchone() == (0,)
