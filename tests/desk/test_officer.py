"""An officer takes a file from handing it in to the public: every step, as the pages offer it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import yaml

from flows.state.audit import read_entries
from packages.model import Identity
from packages.spec import load_spec
from tests.desk.conftest import Browser, draft_of, text_of

Visit = Callable[..., Browser]

CAMDEN = Identity("street-trees", "camden")

RENAMED = """Tag,Kind of tree,Planting date,How tall,Gang
T001,Platanus x hispanica,01/03/2019,12.5,North
T002,Tilia cordata,15/11/2020,4.0,South
T003,Acer campestre,02/02/2021,3.5,South
"""
"""The file of a new system: two headings differ, and a column that nobody wants."""


def checked(browser: Browser, content: str) -> str:
    """Hand a file in; return the page of its draft."""
    return f"drafts/{draft_of(browser.hand_in(content))}"


def published(browser: Browser) -> str:
    """Return the release that is public; empty where none is."""
    services = browser.desk.services
    step = services.ledger.published(CAMDEN, services.settings.catalogue)
    return step.release if step else ""


def audited(browser: Browser) -> list[tuple[str, str]]:
    """Return who did what, oldest first."""
    return [(row["who"].partition("@")[0], row["what"]) for row in read_entries(browser.desk.services.ledger.database)]


def test_a_file_becomes_public_and_is_taken_back(visit: Visit, trees: str) -> None:
    officer = visit("officer")
    page = checked(officer, trees)
    assert "all of it is new" in text_of(officer.get(f"{page}/compare"))
    assert "Publish now" in text_of(officer.get(f"{page}/send"))
    response = officer.post(f"{page}/send")
    assert "It is public" in text_of(response)
    assert published(officer)
    assert ("person officer", "published") in audited(officer)

    response = officer.post(f"{page}/undo")
    assert "Taken back" in text_of(response)
    assert not published(officer)
    assert ("person officer", "withdrawn") in audited(officer)


def test_an_earlier_release_comes_back(visit: Visit, trees: str) -> None:
    officer = visit("officer")
    officer.post(f"{checked(officer, trees)}/send")
    first = published(officer)
    page = checked(officer, trees + "T005,Quercus robur,03/03/2022,1.5\n")
    told = text_of(officer.get(f"{page}/compare"))
    assert "1 row added, 0 rows removed" in told
    assert "+1 (+25.0%)" in told
    officer.post(f"{page}/send")
    assert published(officer) not in ("", first)
    officer.post(f"{page}/undo")
    assert published(officer) == first
    told = text_of(officer.get(f"{page}/done"))
    assert "What was public before is public again" in told


def test_columns_are_matched_and_remembered(visit: Visit) -> None:
    officer = visit("officer")
    page = checked(officer, RENAMED)
    if "street-trees" not in text_of(officer.get(page)) and "Street trees, Camden" not in text_of(officer.get(page)):
        officer.post(f"{page}/for", data={"dataset": "street-trees", "publisher": "camden"})
    shown = officer.get(f"{page}/columns")
    assert shown.status_code == 200, text_of(shown)
    assert "Leave out “Gang”" in text_of(shown)
    choice = {"field-tree_id": "0", "field-species": "1", "field-planted": "2", "field-height_m": "3", "left-out": "4"}
    response = officer.post(f"{page}/columns", data=choice)
    assert "Ready to publish" in text_of(officer.get(f"{page}?wait=20")), text_of(response)
    layout = yaml.safe_load(officer.get(f"{page}/columns.yaml").text)["layouts"][0]
    assert layout["columns"]["species"] == "Kind of tree"
    assert layout["ignore"] == ["Gang"]

    described = officer.desk.services.settings.datasets / "street-trees/publishers/camden.yaml"
    before = described.read_text()
    assert "Kind of tree" not in before
    assert "It is public" in text_of(officer.post(f"{page}/send"))
    # every line that was there is there still, and the day is that on which it was chosen
    assert set(before.splitlines()) <= set(described.read_text().splitlines())
    first, second = load_spec(CAMDEN, officer.desk.services.settings.datasets).publisher.layouts
    assert (first.columns["species"], second.columns["species"]) == ("Kind of tree", "Species")
    assert first.valid_from is not None
    assert ("person officer", "described anew") in audited(officer)
    # the next file of the new system needs no matching
    assert "Nothing changed" in text_of(officer.hand_in(RENAMED))


@pytest.mark.parametrize(
    ("choice", "told"),
    [
        ({"field-tree_id": "0", "field-species": "0"}, "chosen for two fields"),
        ({"field-tree_id": "99"}, "not in this file"),
        ({"field-tree_id": "-1"}, "not in this file"),
        ({"field-tree_id": "x"}, "not in this file"),
        ({}, "No column is chosen"),
    ],
)
def test_what_cannot_be_chosen_is_said(visit: Visit, choice: dict[str, str], told: str) -> None:
    officer = visit("officer")
    page = checked(officer, RENAMED)
    officer.post(f"{page}/for", data={"dataset": "street-trees", "publisher": "camden"})
    officer.get(f"{page}?wait=20")
    response = officer.post(f"{page}/columns", data=choice)
    assert response.status_code == 400
    assert told in text_of(response)


def test_a_stopped_file_cannot_be_sent(visit: Visit, trees: str) -> None:
    officer = visit("officer")
    page = checked(officer, trees.replace("T002", ""))
    assert "must be mended" in text_of(officer.get(f"{page}/send"))
    assert "cannot be sent" in text_of(officer.post(f"{page}/send"))
    assert not published(officer)


def test_a_corrected_file_takes_the_place(visit: Visit, trees: str) -> None:
    officer = visit("officer")
    page = checked(officer, trees.replace("T002", ""))
    officer.post(f"{page}/again", files={"file": ("mended.csv", trees.encode())})
    assert "Ready to publish" in text_of(officer.get(f"{page}?wait=20"))
    assert len(officer.desk.drafts.of_owner("person officer")) == 1


def test_questions_are_answered_in_a_role(visit: Visit, trees: str) -> None:
    from packages.spec.questions import questions

    officer = visit("officer")
    page = checked(officer, trees)
    answers = {f"say-{name}": "no" for name in questions()}
    name = next(iter(questions()))
    first = f"say-{name}"
    lacking = officer.post(f"{page}/questions", data={**answers, first: "", "role": "data-officer"})
    assert lacking.status_code == 400
    # nobody answers in a role that they do not have
    assert officer.post(f"{page}/questions", data={**answers, "role": "dpo"}).status_code == 400
    officer.post(f"{page}/questions", data={**answers, f"why-{name}": "Trees <b>only</b>", "role": "data-officer"})
    said = load_spec(CAMDEN, officer.desk.services.settings.datasets).answers
    assert (said.to[name].say, said.to[name].why, said.role) == ("no", "Trees <b>only</b>", "data-officer")
    shown = officer.get(f"{page}/questions").text
    assert "Trees &lt;b&gt;only" in shown
    assert shown.count(" checked>") == len(answers)


def test_the_marked_workbook(visit: Visit, trees: str) -> None:
    browser = visit()
    page = checked(browser, trees.replace("T002", ""))
    browser.post(f"{page}/workbook")
    browser.get(f"{page}?wait=25")
    book = browser.get(f"{page}/marked.xlsx")
    assert book.status_code == 200
    assert book.content.startswith(b"PK")


def test_who_may_only_check_sees_nothing_of_what_is_public(visit: Visit, trees: str) -> None:
    officer = visit("officer")
    officer.post(f"{checked(officer, trees)}/send")
    for who in ("", "newcomer", "elsewhere", "operator"):
        browser = visit(who)
        page = checked(browser, trees + "T009,Quercus robur,03/03/2022,1.5\n")
        for part in ("compare", "questions", "send"):
            assert browser.get(f"{page}/{part}").status_code == 403, (who, part)
        assert browser.post(f"{page}/send").status_code == 403
