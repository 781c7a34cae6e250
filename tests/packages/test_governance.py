"""The register's keys: a publisher's word goes before that of the dataset, and what is not open says why."""

from __future__ import annotations

import datetime as dt

import pytest
from pydantic import ValidationError

from packages.spec import list_identities, load_spec
from packages.spec.governance import GovernanceSpec


def test_a_publisher_says_otherwise_key_by_key() -> None:
    shared = GovernanceSpec(owner="Head of finance", lawful_basis="Public task", reviewed=dt.date(2026, 1, 5))
    own = GovernanceSpec(owner="Chamberlain", openness="shared", reason="Only for the boroughs.")
    merged = own.over(shared)
    assert merged == GovernanceSpec(
        owner="Chamberlain",
        lawful_basis="Public task",
        reviewed=dt.date(2026, 1, 5),
        openness="shared",
        reason="Only for the boroughs.",
    )
    assert not merged.is_open
    assert shared.is_open


@pytest.mark.parametrize("openness", ["shared", "closed"])
def test_what_is_not_open_says_why(openness: str) -> None:
    with pytest.raises(ValidationError, match="reason"):
        GovernanceSpec.model_validate({"openness": openness})


@pytest.mark.parametrize("identity", list_identities(), ids=str)
def test_every_shipped_dataset_is_in_the_register_with_everything(identity: object) -> None:
    # these are for data that are not open, are about people, are shared under an agreement, or have a fixed day; and
    # the controller and the creator are the publisher
    some = {"reason", "condition", "law", "sharing_reference", "sharing_ends", "review_due", "controller", "creator"}
    said = load_spec(identity).governance.model_dump(exclude=some)  # type: ignore[arg-type]
    assert all(said.values()), [key for key, value in said.items() if not value]


@pytest.mark.parametrize(("written", "said"), [("yes", "yes"), (True, "yes"), (False, "no"), ("partly", "partly")])
def test_yes_and_no_of_yaml_are_words(written: object, said: str) -> None:
    assert GovernanceSpec.model_validate({"exportable": written}).exportable == said


def test_an_editor_is_told_what_each_key_means() -> None:
    keys = GovernanceSpec.model_json_schema()["properties"]
    assert [key for key, described in keys.items() if not described.get("description")] == []
