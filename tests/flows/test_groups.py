"""Roles that come with a group count for decisions made at the desk, as people.yaml says it now, and for no others."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
import yaml

from flows.decisions.facts import DecidedFact, FoundFact, Request
from flows.decisions.people import People, load_people
from flows.decisions.proofs import Voice, proven_voice, sealed
from flows.decisions.standing import is_author
from flows.desk.review.seats import role_holders
from flows.state.records import LedgerRecord
from packages.errors import SetupProblem
from packages.model import Identity

KEY = b"a key of this instance alone ...."
NOW = dt.datetime(2026, 11, 30, 12, tzinfo=dt.UTC)
CAMDEN = Identity("street-trees", "camden")

PEOPLE = People.model_validate(
    {
        "people": [
            {"id": "ada", "roles": {"camden": ["data-officer"]}, "accounts": ["ada"]},
            {"id": "ben", "oidc": [{"issuer": "https://id.example.org", "subject": "7"}]},
        ],
        "groups": {
            "owners": {"camden": ["asset-owner", "data-officer"]},
            "dpos": {"all": ["dpo"]},
            "barnet": {"barnet": ["dpo"]},
        },
    }
)

SUBJECT = Request(
    dataset="street-trees",
    publisher="camden",
    fingerprint="f",
    author="person ada",
    findings=(FoundFact(rule="name", about_people=True),),
)


def decided(**said: object) -> DecidedFact:
    base = {
        "dataset": "street-trees",
        "publisher": "camden",
        "subject": "request",
        "about": SUBJECT.digest,
        "choice": "approve",
        "findings": (1,),
        "until": NOW.date(),
        "by": "ada",
        "proof": "desk",
    }
    return sealed(DecidedFact.model_validate({**base, **said}), SUBJECT, KEY)


def voice_of(decision: DecidedFact, people: People = PEOPLE) -> Voice | None:
    return proven_voice(decision, SUBJECT, people, KEY, NOW)


def roles_of(decision: DecidedFact, people: People = PEOPLE) -> frozenset[str]:
    voice = voice_of(decision, people)
    return voice.roles if voice else frozenset()


def test_a_decision_without_groups_keeps_the_digest_that_it_had() -> None:
    decision = decided()
    assert "groups" not in decision.body
    # the body as it was before there were groups, in full: records in ledgers have this digest
    body = {name: value for name, value in decision.model_dump(mode="json").items() if name != "groups"}
    assert LedgerRecord("decision", CAMDEN, NOW, body).digest == decision.digest
    assert DecidedFact.model_validate(body) == decision
    assert decided(groups=("owners",)).digest != decision.digest


def test_the_seal_of_a_decision_without_groups_is_as_it_was() -> None:
    from flows.decisions.proofs import PURPOSE, decision_text
    from flows.state.instance_key import keyed_hash

    decision = decided()
    assert decision.evidence == keyed_hash(KEY, PURPOSE, f"desk ada\n{decision_text(decision, SUBJECT)}")


def test_groups_give_roles_beside_those_of_the_entry() -> None:
    assert roles_of(decided()) == {"data-officer"}
    assert roles_of(decided(groups=("owners",))) == {"data-officer", "asset-owner"}
    assert roles_of(decided(groups=("dpos", "owners"))) == {"data-officer", "asset-owner", "dpo"}
    assert roles_of(decided(groups=("barnet", "choir"))) == {"data-officer"}


def test_the_roles_are_those_of_people_yaml_now() -> None:
    decision = decided(groups=("owners",))
    fewer = PEOPLE.model_copy(update={"groups": {}})
    assert roles_of(decision, fewer) == {"data-officer"}
    gone = PEOPLE.model_copy(update={"people": ()})
    assert voice_of(decision, gone) is None


@pytest.mark.parametrize("groups", [(), ("dpos",), ("owners", "dpos"), ("dpos\ngroup: owners",)])
def test_groups_that_were_put_there_afterwards_break_the_seal(groups: tuple[str, ...]) -> None:
    decision = decided(groups=("owners",))
    assert voice_of(decision) is not None
    assert voice_of(decision.model_copy(update={"groups": groups})) is None


def test_no_other_proof_takes_groups() -> None:
    # a signature says nothing of groups: whoever can write to the ledger could add them to it
    assert roles_of(decided(proof="ckan", groups=("owners", "dpos"))) == {"data-officer"}


def test_who_handed_a_file_over_is_the_same_with_a_group() -> None:
    voice = voice_of(decided(groups=("owners", "dpos")))
    assert voice is not None
    assert is_author(voice, SUBJECT, PEOPLE)


def test_only_groups_that_matter_are_kept() -> None:
    assert PEOPLE.groups_for(("owners", "choir", "dpos", "barnet", "owners"), CAMDEN) == ("dpos", "owners")


def test_it_is_known_whether_anybody_may_have_a_role() -> None:
    assert PEOPLE.has_role("dpo", CAMDEN)
    assert PEOPLE.has_role("data-officer", CAMDEN)
    assert not PEOPLE.has_role("asset-owner", Identity("street-trees", "barnet"))
    assert not PEOPLE.has_role("ig-reviewer", CAMDEN)


def test_the_page_of_who_may_do_what_names_groups_too() -> None:
    held = dict(role_holders(PEOPLE, "camden"))
    assert held["the data officer"] == ("ada", "members of “owners”")
    assert held["the Data Protection Officer"] == ("members of “dpos”",)
    assert dict(role_holders(PEOPLE, ""))["the data officer"] == ()


def test_an_account_at_a_provider_names_one_person() -> None:
    found = PEOPLE.with_oidc("https://id.example.org", "7")
    assert found is not None
    assert found.id == "ben"
    assert PEOPLE.with_oidc("https://id.example.org/", "7") is None
    assert PEOPLE.with_oidc("https://elsewhere.example.org", "7") is None
    assert PEOPLE.with_oidc("https://id.example.org", "") is None


ACCOUNT = {"issuer": "https://id.example.org", "subject": "7"}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"people": [{"id": "a", "oidc": [ACCOUNT]}, {"id": "b", "oidc": [ACCOUNT]}]}, "same account at a provider"),
        ({"people": [{"id": "a", "oidc": [{**ACCOUNT, "subject": ""}]}]}, "subject"),
        ({"people": [{"id": "a", "oidc": [{"subject": "7"}]}]}, "issuer"),
        ({"groups": {"officers": {"camdem": ["dpo"]}}}, "no borough that we know"),
        ({"groups": {"officers": {"camden": ["king"]}}}, "does not fit"),
        ({"groups": {"of\nficers": {"camden": ["dpo"]}}}, "does not fit"),
    ],
)
def test_what_does_not_fit_is_named(content: dict[str, object], words: str, tmp_path: Path) -> None:
    file = tmp_path / "people.yaml"
    file.write_text(yaml.safe_dump(content))
    file.chmod(0o600)
    with pytest.raises(SetupProblem, match=words):
        load_people(file)
