from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from catalogue.listing import Listing, listing_of
from catalogue.plan import (
    Activate,
    CreateDraft,
    EnsureOrganisation,
    Live,
    PutFiles,
    Revise,
    file_facts,
    listing_facts,
    make_plan,
)
from packages.errors import WaitingForPerson
from packages.model import Identity
from packages.vocabulary import publisher
from tests.catalogue.city import LATER, ROWS, release, spec

CAMDEN = Identity("spend-over-500", "camden")


@pytest.fixture
def wanted(tmp_path: Path) -> Listing:
    return listing_of(release(tmp_path, CAMDEN), spec(CAMDEN), publisher("camden"))


def live_of(listed: Listing, **changed: object) -> Live:
    live = Live(
        id=listed.id,
        stamp="2026-03-02T05:00:00",
        organisation="camden",
        facts=listing_facts(listed),
        keywords=frozenset(listed.keywords),
        files={f.id: file_facts(f, listed.release) for f in listed.files},
    )
    return replace(live, **changed)


def kinds(wanted: Listing, live: Live | None) -> list[str]:
    return [type(step).__name__ for step in make_plan(wanted, live).actions]


def test_from_nothing(wanted: Listing) -> None:
    steps = make_plan(wanted, None).actions
    assert steps[0] == EnsureOrganisation("camden", "London Borough of Camden", "https://www.camden.gov.uk")
    assert steps[1] == CreateDraft(wanted)
    assert steps[2] == PutFiles(wanted.files)
    assert isinstance(steps[3], Revise)
    assert steps[3].add == wanted.files
    assert steps[4] == Activate()


def test_nothing_to_do_when_nothing_changed(wanted: Listing) -> None:
    assert make_plan(wanted, live_of(wanted)).is_empty


def test_nothing_to_do_when_the_same_release_was_only_sealed_later(wanted: Listing) -> None:
    assert make_plan(replace(wanted, issued=LATER, modified=LATER), live_of(wanted)).is_empty


def test_what_others_added_is_not_a_difference(wanted: Listing) -> None:
    assert make_plan(wanted, live_of(wanted, keywords=frozenset((*wanted.keywords, "theirs")))).is_empty


def test_a_new_release_puts_both_files_and_revises_once(tmp_path: Path, wanted: Listing) -> None:
    sealed = release(tmp_path, CAMDEN, (*ROWS, ("2026-03-01", "New Ltd", "501.00")), LATER)
    new = listing_of(sealed, spec(CAMDEN), publisher("camden"))
    put, revise = make_plan(new, live_of(wanted)).actions
    assert isinstance(put, PutFiles)
    assert isinstance(revise, Revise)
    assert {f.file for f in put.files} == {"payments.csv", "payments.parquet", "report.html", "datapackage.json"}
    assert (revise.add, revise.remove) == ((), ())
    assert revise.change == new.files
    assert revise.stamp == "2026-03-02T05:00:00"
    assert revise.listing.issued == wanted.issued
    assert revise.listing.modified == LATER


@pytest.mark.parametrize("fact", ["title", "licence", "release", "verdict", "period_to", "issued"])
def test_a_field_that_somebody_changed_is_set_right_without_sending_files(wanted: Listing, fact: str) -> None:
    edited = listing_facts(wanted) | {fact: "2020-01-01T00:00:00+00:00" if fact == "issued" else "by hand"}
    expected = [] if fact == "issued" else ["Revise"]
    assert kinds(wanted, live_of(wanted, facts=edited)) == expected


def test_a_field_that_somebody_emptied_is_set_right(wanted: Listing) -> None:
    without = {key: value for key, value in listing_facts(wanted).items() if key != "gss"}
    assert kinds(wanted, live_of(wanted, facts=without)) == ["Revise"]


def test_keywords_are_ours_and_theirs(wanted: Listing) -> None:
    (revise,) = make_plan(wanted, live_of(wanted, keywords=frozenset({"theirs", "spending"}))).actions
    assert isinstance(revise, Revise)
    assert revise.keywords == ("spending", "suppliers & contracts", "theirs", "transparency")


def test_a_missing_file_is_added_and_an_old_one_of_ours_removed(wanted: Listing) -> None:
    live = live_of(wanted)
    csv = wanted.distributions[0]
    files = {key: said for key, said in live.files.items() if key != csv.id} | {"old": {"title": "Old"}}
    put, revise = make_plan(wanted, replace(live, files=files)).actions
    assert isinstance(put, PutFiles)
    assert isinstance(revise, Revise)
    assert put.files == revise.add == (csv,)
    assert (revise.change, revise.remove) == ((), ("old",))


@pytest.mark.parametrize("fact", ["sha256", "bytes"])
def test_a_file_whose_bytes_are_not_right_is_put_again(wanted: Listing, fact: str) -> None:
    live = live_of(wanted)
    parquet = wanted.distributions[1]
    files = {**live.files, parquet.id: {**live.files[parquet.id], fact: "9"}}
    put = make_plan(wanted, replace(live, files=files)).actions[0]
    assert isinstance(put, PutFiles)
    assert put.files == (parquet,)


def test_what_was_read_back_counts_more_than_what_is_stated(wanted: Listing) -> None:
    live = live_of(wanted)
    good = {f.id: f.sha256 for f in wanted.files}
    assert make_plan(wanted, live.with_digests(good)).is_empty
    broken = good | {wanted.distributions[0].id: "0" * 64}
    assert kinds(wanted, live.with_digests(broken)) == ["PutFiles", "Revise"]


def test_a_draft_that_was_left_behind_is_finished(wanted: Listing) -> None:
    assert kinds(wanted, live_of(wanted, state="draft")) == ["Activate"]
    empty = live_of(wanted, state="draft", facts={}, files={}, keywords=frozenset())
    assert kinds(wanted, empty) == ["PutFiles", "Revise", "Activate"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"state": "deleted"}, "was deleted"),
        ({"private": True}, "was made private"),
        ({"organisation": "barnet"}, "was moved to the organisation “barnet”"),
    ],
)
def test_what_somebody_decided_is_left_as_it_is(wanted: Listing, change: dict, words: str) -> None:
    with pytest.raises(WaitingForPerson, match=words):
        make_plan(wanted, live_of(wanted, **change))
