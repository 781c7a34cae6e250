"""Signing in with the own SSH key, and by the link of the desk: what is right lets in, everything else is told."""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from flows.desk import visits
from flows.desk.desk import Desk
from flows.desk.pages.sign_in import SIGN_IN_NAMESPACE, WORD_MINUTES
from tests.desk.conftest import ORIGIN, Browser, text_of
from tests.flows.signers import Signers

Visiting = Callable[..., Browser]


@pytest.fixture
def signers(desk: Desk, tmp_path: Path) -> Signers:
    """Ada, who is known, and somebody who is not."""
    made = Signers(tmp_path / "keys")
    made.add("ada", {"camden": ["data-officer"]})
    made.save(desk.services)
    made.add("stranger", {})
    return made


def text_to_sign(one: Browser) -> str:
    """Return the text as somebody copies it from the page."""
    found = re.search(r"(?s)<pre[^>]*>(londata sign-in.*?)</pre>", one.get("sign-in/key").text)
    assert found
    return html.unescape(found[1])


def told(one: Browser, signature: str) -> str:
    return text_of(one.post("sign-in/key", data={"signature": signature}))


@pytest.mark.parametrize(
    "saved",
    [
        lambda text: text,
        lambda text: text.rstrip("\n"),
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.rstrip("\n").replace("\n", "\r\n"),
    ],
    ids=["as it is", "without its end", "on Windows", "on Windows, without its end"],
)
def test_a_key_of_people_yaml_lets_its_person_in(
    saved: Callable[[str], str], visit: Visiting, signers: Signers
) -> None:
    one = visit()
    text = text_to_sign(one)
    assert text.splitlines()[:2] == ["londata sign-in 1", f"desk: {ORIGIN}/"]
    signature = signers.signature("ada", saved(text), SIGN_IN_NAMESPACE)
    before = one.client.cookies["londata"]
    page = one.post("sign-in/key", data={"signature": signature.replace("\n", "\r\n")})
    assert "<b>ada</b>" in page.text
    assert one.client.cookies["londata"] != before


def test_a_signature_for_something_else_lets_nobody_in(visit: Visiting, signers: Signers) -> None:
    one = visit()
    for namespace in ("londata", "git", "file"):
        assert "by nobody who is known" in told(one, signers.signature("ada", text_to_sign(one), namespace))
    text = text_to_sign(one)
    other_desk = text.replace(ORIGIN, "https://data.example.org")
    assert "by nobody who is known" in told(one, signers.signature("ada", other_desk, SIGN_IN_NAMESPACE))
    assert "by nobody who is known" in told(one, signers.signature("stranger", text_to_sign(one), SIGN_IN_NAMESPACE))
    assert "Signed in as" not in one.get("").text


def test_the_text_is_good_once_and_for_one_browser(visit: Visiting, signers: Signers) -> None:
    one, other = visit(), visit()
    signature = signers.signature("ada", text_to_sign(one), SIGN_IN_NAMESPACE)
    text_to_sign(other)
    assert "over another text" in told(other, signature)
    # what was tried wrongly is used up too
    assert "used before" in told(other, signature)
    assert "Your desk" in told(one, signature)
    one.post("sign-out")
    assert "used before" in told(one, signature)


def test_the_text_is_good_for_ten_minutes(visit: Visiting, signers: Signers, monkeypatch: pytest.MonkeyPatch) -> None:
    one = visit()
    signature = signers.signature("ada", text_to_sign(one), SIGN_IN_NAMESPACE)
    now = dt.datetime.now(dt.UTC)
    monkeypatch.setattr(visits, "utc_now", lambda: now + dt.timedelta(minutes=WORD_MINUTES, seconds=5))
    assert "too old" in told(one, signature)


@pytest.mark.parametrize(
    "signature", ["", "x", "-----BEGIN SSH SIGNATURE-----\nU1NI\n-----END SSH SIGNATURE-----", "a" * 30_000]
)
def test_what_is_no_signature_is_told(signature: str, visit: Visiting, signers: Signers) -> None:
    one = visit()
    text_to_sign(one)
    assert "by nobody who is known" in told(one, signature)


def test_a_key_that_is_taken_out_of_people_yaml_is_of_no_use(visit: Visiting, signers: Signers, desk: Desk) -> None:
    one = visit()
    signature = signers.signature("ada", text_to_sign(one), SIGN_IN_NAMESPACE)
    file = desk.services.settings.home / "people.yaml"
    file.write_text(yaml.safe_dump({"people": [{"id": "ada", "roles": {"camden": ["data-officer"]}}]}))
    assert "by nobody who is known" in told(one, signature)


def test_a_key_that_is_taken_away_ends_the_sessions_that_it_opened(
    visit: Visiting, signers: Signers, desk: Desk
) -> None:
    one = visit()
    told(one, signers.signature("ada", text_to_sign(one), SIGN_IN_NAMESPACE))
    assert "Signed in as" in one.get("").text
    signers.add("ben", {})
    signers.entries["ada"]["keys"] = signers.entries.pop("ben")["keys"]
    signers.save(desk.services)
    assert "Signed in as" not in one.get("").text


def test_who_signs_in_with_a_file_takes_it_along(visit: Visiting, signers: Signers, trees: str) -> None:
    one = visit()
    one.hand_in(trees)
    told(one, signers.signature("ada", text_to_sign(one), SIGN_IN_NAMESPACE))
    assert "trees.csv" in one.get("").text


def test_the_link_is_shown_to_nobody_and_lets_the_account_in(visit: Visiting, desk: Desk) -> None:
    one = visit()
    assert "sign-in/link" not in one.get("sign-in").text
    answer = one.get(f"sign-in/link?key={desk.link_key}", follow_redirects=False)
    # the key does not stay in the address
    assert answer.headers["location"] == "/"
    assert "Signed in as" in one.get("").text
    for wrong in ("", desk.link_key[:-1], f"{desk.link_key}x", "\u00e9", "\x00"):
        assert visit().get("sign-in/link", params={"key": wrong}).status_code == 403


def test_a_desk_without_a_link_has_no_such_page(visit: Visiting, desk: Desk) -> None:
    desk.link_key = ""
    for key in ("", "x"):
        assert visit().get("sign-in/link", params={"key": key}).status_code == 404
