"""A file is handed in at the desk, in every way; only who handed it in sees what came out."""

from __future__ import annotations

from collections.abc import Callable

from tests.desk.conftest import Browser, draft_of, text_of

Visit = Callable[..., Browser]


def test_a_good_file_is_ready(visit: Visit, trees: str) -> None:
    assert "Ready to publish" in text_of(visit().hand_in(trees))


def test_a_spoilt_file_says_what_to_mend(visit: Visit, trees: str) -> None:
    heading, first, *_ = trees.splitlines()
    told = text_of(visit().hand_in(f"{heading}\n{first}\n{first.replace(first.split(',')[0], '', 1)}\n"))
    assert "must be mended" in told or "must be fixed" in told


def test_rows_are_pasted(visit: Visit, trees: str) -> None:
    browser = visit()
    response = browser.post("check", data={"pasted": trees})
    assert "Ready to publish" in text_of(browser.get(f"drafts/{draft_of(response)}?wait=25"))


def test_nobody_else_sees_it(visit: Visit, trees: str) -> None:
    page = f"drafts/{draft_of(visit().hand_in(trees))}"
    for who in ("", "officer", "dpo", "account"):
        for part in ("", "/report", "/to-mend.csv", "/progress", "/again"):
            assert visit(who).get(page + part).status_code == 404


def test_who_signs_in_later_finds_it(visit: Visit, trees: str) -> None:
    browser = visit()
    page = f"drafts/{draft_of(browser.hand_in(trees))}"
    browser.get(f"sign-in/link?key={browser.desk.link_key}")
    assert "Ready to publish" in text_of(browser.get(page))


def test_nothing_is_sent(visit: Visit) -> None:
    response = visit().post("check")
    assert response.status_code == 400
    assert "no file" in text_of(response)
