"""Words about health, care, abuse, immigration, offences and debts: told where they are about one person."""

from __future__ import annotations

import re
from importlib import resources

import pytest

from quality.disclosure.detectors.about_one import is_usual_note
from quality.disclosure.detectors.pattern import ScreenedColumn
from quality.disclosure.patterns import PATTERNS
from quality.disclosure.words.vocabulary import short_forms, spelled_out, vocabulary

FREE_TEXT = ScreenedColumn("note", "note", nature="free-text")
FILES = sorted(f.name[:-4] for f in resources.files("quality.disclosure.words").iterdir() if f.name.endswith(".txt"))


def rules_of(text: str) -> set[str]:
    """The rules that stop a text, of those whose net it is in."""
    due = [p for p in PATTERNS if p.where(FREE_TEXT) and p.rule.startswith("personal-")]
    return {p.rule for p in due if p.find(text, FREE_TEXT)}


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("personal-health", "chair raisers, gent w/ new hip"),
        ("personal-health", "ptnt now on dialysis, taxi x 6"),
        ("personal-health", "nan has early onset dementia"),
        ("personal-care", "LAC boy school blazer"),
        ("personal-care", "baby removed at birth, contact 3x wk"),
        ("personal-care", "new locks, woman fled ex partner"),
        ("personal-care", "marac clt lock change"),
        ("personal-immigration", "mum NRPF, awaiting home office decision"),
        ("personal-immigration", "uasc age assessed as 19"),
        ("personal-offence", "tenant released from prison, starter pack"),
        ("personal-offence", "tnt convicted, cannabis found"),
        ("personal-characteristic", "kosher meals for Jewish resident, 6 wks"),
        ("personal-characteristic", "nurse is Unite rep, backfill"),
        ("personal-characteristic", "lad came out as gay, moved placement"),
        ("personal-characteristic", "Bengali mum, befriender"),
        ("personal-characteristic", "thumbprint of employee not read"),
        ("personal-benefit", "hmls clmt, 3 nights b&b"),
        ("personal-benefit", "rent arrs of tnt £1,310 w/off"),
        ("personal-benefit", "PIP stopped, food voucher for lady"),
    ],
)
def test_what_is_said_of_one_person_is_found(rule: str, text: str) -> None:
    assert rule in rules_of(text)


@pytest.mark.parametrize(
    "text",
    [
        "Dementia day service contract",
        "Refuge provision for women and children, annual grant",
        "Rough sleeping outreach team, winter provision",
        "Debt advice partnership",
        "Asylum seeker support programme grant",
        "Youth justice board subscription",
        "Foster carer recruitment campaign",
        "Housing benefit subsidy audit",
        "Baby and toddler group hire of hall",
        "Domestic abuse training for staff",
        "Section 21 notice templates",
        "Halal meat for school kitchens",
        "Floor polish for caretaker",
        "Black cab for client",
        "LGBT network room hire",
        "Gypsy and Traveller site maintenance",
        "Union subscriptions deducted, payroll",
        "White paint, communal hallway",
        "First line.\n\nSecond line, after a blank one.",
        "Client transport contract, adult social care",
    ],
)
def test_services_groups_and_grants_are_left_alone(text: str) -> None:
    assert not rules_of(text)


@pytest.mark.parametrize(
    "text", ["Foster carer (redacted)", "Name withheld - vulnerable client", "Personal data removed before publication"]
)
def test_a_note_that_something_was_taken_out_says_nothing_of_a_person(text: str) -> None:
    assert is_usual_note(text)
    assert not rules_of(text)


@pytest.mark.parametrize("text", ["Name to be removed before publication", "redacted, was Amina Example", "withheld"])
def test_what_has_still_to_be_taken_out_is_no_such_note(text: str) -> None:
    assert is_usual_note(text) is (text == "withheld")


def test_short_forms_are_spelled_out_as_whole_words_only() -> None:
    assert spelled_out("HMLS clmt, t/a 2 wks") == "homeless claimant, temporary accommodation 2 wks"
    assert spelled_out("Clampdown on susceptible accommodations") == "Clampdown on susceptible accommodations"


@pytest.mark.parametrize("text", ["\u017fusp of client", "\u0130nterp", "h\u017fe"])
def test_letters_that_have_no_small_form_break_nothing(text: str) -> None:
    assert rules_of(text) <= {"personal-benefit", "personal-offence"}


@pytest.mark.parametrize("name", FILES)
def test_every_list_is_read_and_has_no_phrase_that_is_empty(name: str) -> None:
    if name == "abbreviations":
        assert re.compile(short_forms()).fullmatch("tnt")
        return
    sections = vocabulary(name)
    assert sections
    for title, written in sections.items():
        expression = re.compile(written, re.IGNORECASE)
        # a lookahead alone is a phrase; all others say something
        assert title in ("no-range", "no-count") or not expression.fullmatch(""), title
