"""What every catalogue promises (`catalogue/backends/protocol.py`), on each of them, looked at from outside."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from catalogue.listing import listing_of
from packages.errors import SetupProblem, TemporaryProblem, WaitingForPerson
from packages.model import Identity, Publication, Release
from packages.vocabulary import publisher
from tests.catalogue.city import LATER, ROWS, SEALED, release, spec
from tests.contract.places import Place
from tests.datapress.server import KEY

CAMDEN = Identity("spend-over-500", "camden")
CHANGED = (*ROWS[:2], ("2026-03-27", "Acme “Gully” Cleaning", "15020.11"))
DATA = ("payments.csv", "payments.parquet", "report.html")
LISTED = (*DATA, "datapackage.json")

Publish = Callable[..., tuple[Publication, Release]]


@pytest.fixture
def publish(tmp_path: Path, place: Place) -> Publish:
    """Release the rows and publish them."""

    def do(identity: Identity = CAMDEN, rows: tuple = ROWS, **how: object) -> tuple[Publication, Release]:
        sealed = release(tmp_path, identity, rows, sealed=how.pop("sealed", SEALED))  # type: ignore[arg-type]
        wanted = listing_of(sealed, spec(identity), publisher(identity.publisher))
        return place.catalogue.publish(wanted, sealed, now=LATER, **how), sealed  # type: ignore[arg-type]

    return do


def shows(place: Place, sealed: Release) -> None:
    """Anybody gets this release, all of it and nothing else."""
    seen = place.seen(sealed.identity)
    assert seen is not None
    assert seen.releases == {sealed.digest}
    on_disk = {name: hashlib.sha256((sealed.folder / name).read_bytes()).hexdigest() for name in DATA}
    assert {name: seen.files[name] for name in DATA} == on_disk
    assert seen.files.keys() == set(LISTED)
    leads_to_its_files(seen.descriptor, on_disk)


def leads_to_its_files(descriptor: dict, on_disk: dict[str, str]) -> None:
    """The descriptor has names where its files lie beside it, and addresses that give them where they do not."""
    for resource in descriptor["resources"]:
        path = resource["path"]
        if path.startswith("http"):
            content = requests.get(path, timeout=30).content
            assert hashlib.sha256(content).hexdigest() == on_disk[path.rpartition("/")[2]]
        else:
            assert path in on_disk


def test_what_our_account_may_is_told_by_asking_alone(place: Place) -> None:
    before = place.writes()
    told = place.catalogue.prove_access()
    assert told.endswith(".")
    assert KEY not in told
    assert place.writes() == before


def test_a_publish_is_visible_whole(place: Place, publish: Publish) -> None:
    assert place.catalogue.live(CAMDEN) is None
    receipt, sealed = publish()
    shows(place, sealed)
    assert receipt.writes > 0
    assert (receipt.release, receipt.catalogue) == (sealed.digest, place.catalogue.name)
    assert {name: receipt.read_back[name] for name in DATA} == {name: sealed.file(name).sha256 for name in DATA}
    assert set(receipt.urls) == set(LISTED)
    assert set(receipt.ids) == {"dataset", *LISTED}
    live = place.catalogue.live(CAMDEN)
    assert live is not None
    assert (live.release, live.state, live.private) == (sealed.digest, "active", False)


def test_a_second_publish_writes_nothing(place: Place, publish: Publish) -> None:
    publish()
    before = place.writes()
    told: list[int] = []
    receipt, sealed = publish(sealed=LATER, intend=lambda: told.append(1))
    assert (receipt.writes, place.writes(), told) == (0, before, [])
    shows(place, sealed)


def test_a_change_keeps_the_ids(place: Place, publish: Publish) -> None:
    first, _ = publish()
    second, sealed = publish(rows=CHANGED, sealed=LATER)
    shows(place, sealed)
    assert second.ids == first.ids
    if place.has_stable_addresses:
        assert second.urls == first.urls
    assert place.copies(CAMDEN) == 1


def test_back_to_what_was_before(place: Place, publish: Publish) -> None:
    _, first = publish()
    publish(rows=CHANGED, sealed=LATER)
    publish()
    shows(place, first)


def test_boroughs_do_not_meet(place: Place, publish: Publish) -> None:
    _, camden = publish()
    _, hackney = publish(Identity("spend-over-500", "hackney"), rows=CHANGED)
    shows(place, camden)
    shows(place, hackney)


def test_bytes_that_are_not_ours_are_replaced(place: Place, publish: Publish) -> None:
    if place.is_shared and not place.has_stable_addresses:
        pytest.skip("files that are linked to are not the catalogue's")
    publish()
    place.spoil(CAMDEN, "payments.csv")
    receipt, sealed = publish()
    assert receipt.writes > 0
    shows(place, sealed)


def test_an_intent_is_told_before_anything_is_written_and_may_stop_it(place: Place, publish: Publish) -> None:
    started = place.writes()
    heard: list[int] = []

    def refuse() -> None:
        heard.append(place.writes())
        raise TemporaryProblem("Somebody else has the work now.", fix="Nothing has to be done.")

    with pytest.raises(TemporaryProblem, match="Somebody else"):
        publish(intend=refuse)
    assert heard == [place.writes()]
    assert place.is_shared is False or place.writes() == started
    assert place.seen(CAMDEN) is None


def test_whoever_loses_the_turn_on_the_way_leaves_nothing_half_new(place: Place, publish: Publish) -> None:
    _, old = publish()
    for turns in range(1, 4):
        left = iter(range(turns - 1))

        def intend(left: object = left) -> None:
            if next(left, None) is None:  # type: ignore[call-overload]
                raise TemporaryProblem("Somebody else has the work now.", fix="Nothing has to be done.")

        try:
            _, new = publish(rows=CHANGED, sealed=LATER, intend=intend)
        except TemporaryProblem:
            # before the last step of all, the public has what it had; the next run finishes it
            if turns == 1:
                shows(place, old)
            continue
        break
    _, new = publish(rows=CHANGED, sealed=LATER)
    shows(place, new)


def test_what_is_withdrawn_is_gone_for_everybody_and_stays_gone(place: Place, publish: Publish) -> None:
    receipt, _ = publish()
    gone = place.catalogue.withdraw(CAMDEN, reason="It named people; see row=3.", now=LATER)
    assert (gone.release, gone.urls) == ("", {})
    assert gone.writes > 0
    assert place.seen(CAMDEN) is None
    # what is linked to elsewhere is named, so that its owner removes it
    assert set(gone.read_back) <= set(receipt.urls.values())
    assert place.catalogue.withdraw(CAMDEN, reason="Again.", now=LATER).writes == 0
    live = place.catalogue.live(CAMDEN)
    assert live is not None
    assert (live.state, live.facts["reason"]) == ("deleted", "It named people; see row=3.")
    with pytest.raises(WaitingForPerson, match="was withdrawn on 2026-04-02"):
        publish()
    assert place.seen(CAMDEN) is None


def test_withdrawing_what_was_never_listed_writes_nothing(place: Place) -> None:
    gone = place.catalogue.withdraw(CAMDEN, reason="Never.", now=LATER)
    assert gone.writes == 0
    assert place.copies(CAMDEN) == 0


def test_what_has_to_go_is_gone_or_it_is_said_where_it_is(place: Place, publish: Publish) -> None:
    first, old = publish()
    _, sealed = publish(rows=CHANGED, sealed=LATER)
    still = place.catalogue.erase(CAMDEN, [old.digest], list(first.urls.values()))
    assert set(still) <= set(first.urls.values())
    shows(place, sealed)
    if place.has_stable_addresses:
        # the same addresses give the new release, which is not what has to go
        assert still == {}


def test_what_is_still_shown_cannot_be_erased(place: Place, publish: Publish, monkeypatch: pytest.MonkeyPatch) -> None:
    if not place.is_shared:
        pytest.skip("the folder removes the files of any release that it is told to")
    receipt, sealed = publish()
    with pytest.raises(TemporaryProblem, match="still shows"):
        place.catalogue.erase(CAMDEN, [sealed.digest], list(receipt.urls.values()))


# --- where other people write as well ---------------------------------------------------------------------------------


@pytest.fixture
def shared_place(place: Place) -> Place:
    if not place.is_shared:
        pytest.skip("nobody else writes to the folder")
    return place


def test_what_others_changed_is_put_right_and_what_they_added_is_kept(shared_place: Place, publish: Publish) -> None:
    publish()
    shared_place.edit(CAMDEN)
    receipt, sealed = publish()
    assert receipt.writes == 1
    seen = shared_place.seen(CAMDEN)
    assert seen is not None
    assert seen.title == "Council spending over £500 – Camden"
    assert shared_place.keeps_edit(CAMDEN)
    shows(shared_place, sealed)


def test_whoever_writes_between_our_read_and_write_is_not_overwritten(
    shared_place: Place, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish()
    with monkeypatch.context() as meanwhile:
        shared_place.edit_meanwhile(CAMDEN, meanwhile)
        _, sealed = publish(rows=CHANGED, sealed=LATER)
    shows(shared_place, sealed)
    assert shared_place.keeps_edit(CAMDEN)


def test_what_a_person_hid_is_not_shown_again(shared_place: Place, publish: Publish) -> None:
    publish()
    shared_place.hide(CAMDEN)
    with pytest.raises(WaitingForPerson, match="It was left as it is"):
        publish(rows=CHANGED, sealed=LATER)
    assert shared_place.seen(CAMDEN) is None


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_lost_answers_leave_nothing_twice(shared_place: Place, publish: Publish, count: int) -> None:
    shared_place.lose_answers(count)
    _, sealed = publish()
    shows(shared_place, sealed)
    assert shared_place.copies(CAMDEN) == 1
    shared_place.lose_answers(count)
    _, sealed = publish(rows=CHANGED, sealed=LATER)
    shows(shared_place, sealed)
    assert shared_place.copies(CAMDEN) == 1
    receipt, _ = publish(rows=CHANGED, sealed=LATER)
    assert receipt.writes == 0


def test_live_is_certain_or_says_why_not(shared_place: Place, publish: Publish) -> None:
    publish()
    with pytest.raises(TemporaryProblem, match="no clear answer"):
        shared_place.down().live(CAMDEN)
    with pytest.raises(SetupProblem, match="does not know our") as caught:
        shared_place.stranger().live(CAMDEN)
    assert "secret" not in caught.value.what + caught.value.fix + repr(caught.value)
    before = shared_place.writes()
    with pytest.raises(SetupProblem):
        shared_place.stranger().withdraw(CAMDEN, reason="No.", now=LATER)
    assert shared_place.writes() == before
