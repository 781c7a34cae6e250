"""Drafts and the work on them: kept as long as is said, whole or not there, and one that fails stops no other."""

from __future__ import annotations

import datetime as dt
import io
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.desk.drafts.draft import Errand, Trouble
from flows.desk.drafts.draft_store import LONGEST_NAME, DraftStore, safe_name
from flows.desk.drafts.workshop import CANCELLED, STOPPED, Workshop
from packages.errors import TemporaryProblem

NOW = dt.datetime(2026, 11, 30, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


@pytest.fixture
def store(tmp_path: Path) -> DraftStore:
    return DraftStore(tmp_path / "drafts")


def test_a_checked_file_is_gone_after_a_day_and_a_draft_after_thirty(store: DraftStore) -> None:
    checked = store.create("session 1", NOW)
    draft = store.create("person officer", NOW)
    store.receive(checked, io.BytesIO(b"a,b\n"), "a.csv")
    store.tidy(NOW + DAY - dt.timedelta(minutes=1))
    assert len(store.all()) == 2
    store.tidy(NOW + DAY + dt.timedelta(minutes=1))
    assert store.all() == (draft,)
    assert not store.folder(checked).exists()
    store.change(draft.id, NOW + 20 * DAY)
    store.tidy(NOW + 31 * DAY)
    assert len(store.all()) == 1
    store.tidy(NOW + 51 * DAY)
    assert store.all() == ()


def test_what_is_under_way_is_never_tidied_away(store: DraftStore) -> None:
    draft = store.create("session 1", NOW)
    store.change(draft.id, job={"name": "check", "state": "running", "asked": NOW})
    again = DraftStore(store.root)
    again.tidy(NOW + 400 * DAY)
    assert [one.id for one in again.all()] == [draft.id]


def test_drafts_are_found_again_and_what_is_no_draft_is_removed(store: DraftStore) -> None:
    draft = store.receive(store.create("person officer", NOW), io.BytesIO(b"a,b\n"), "../../etc/pass wd.csv")
    cut = store.root / ("f" * 32)
    cut.mkdir()
    (cut / "draft.json").write_text('{"cut": ')
    again = DraftStore(store.root)
    assert again.find(draft.id) == draft
    assert again.received(draft).read_bytes() == b"a,b\n"
    # of another version, perhaps: it is kept as long as any other
    again.tidy(dt.datetime.now(dt.UTC))
    assert cut.exists()
    again.tidy(dt.datetime.now(dt.UTC) + 31 * DAY)
    assert not cut.exists()


def test_a_corrected_file_replaces_the_first_with_another_name(store: DraftStore) -> None:
    draft = store.receive(store.create("person officer", NOW), io.BytesIO(b"one"), "one.csv")
    draft = store.receive(draft, io.BytesIO(b"two"), "two.xlsx")
    assert [path.name for path in store.received(draft).parent.iterdir()] == ["two.xlsx"]


def test_somebody_who_has_not_signed_in_cannot_fill_the_disk(store: DraftStore) -> None:
    made = [store.create("session 1", NOW + dt.timedelta(seconds=n)) for n in range(30)]
    assert len(store.of_owner("session 1")) == 20
    assert store.find(made[0].id) is None
    assert store.find(made[-1].id) is not None


def test_a_disk_that_is_nearly_full_takes_no_file(store: DraftStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flows.desk.drafts.draft_store.LEAST_FREE", 1 << 60)
    with pytest.raises(TemporaryProblem, match="nearly full"):
        store.create("person officer", NOW)
    assert [*store.root.iterdir()] == []
    assert store.create("person dpo", NOW, errand=Errand(kind="withdraw"))


@given(st.text(max_size=300))
def test_no_name_of_a_file_leads_out_of_its_folder(name: str) -> None:
    kept = safe_name(name)
    assert kept
    assert kept not in (".", "..")
    assert not {"/", "\\", "\0", "\n", '"'} & {*kept}
    assert len(kept) <= LONGEST_NAME


def test_a_name_with_somebody_in_it_is_not_kept() -> None:
    assert "jane" not in safe_name("refund jane.doe@example.org.csv").lower()


# --- the workshop -----------------------------------------------------------------------------------------------------


class Told:
    """What jobs came to."""

    def __init__(self) -> None:
        self.ends: dict[str, tuple[Mapping[str, Any], Trouble | None]] = {}
        self.changed = threading.Condition()

    def __call__(self, draft_id: str, _name: str, changes: Mapping[str, Any], trouble: Trouble | None) -> None:
        with self.changed:
            self.ends[draft_id] = (changes, trouble)
            self.changed.notify_all()

    def wait(self, count: int) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.ends) == count, 30)


class Scripted:
    """A worker process that does what the id of the draft says, so that real processes end, hang and answer."""

    SCRIPT = """
import json, os, sys, time
for line in sys.stdin:
    wish = json.loads(line)["draft"]
    print(json.dumps({"stage": "opening the file"}), flush=True)
    if wish.startswith("dies"): os._exit(3)
    if wish.startswith("hangs"): time.sleep(60)
    print(json.dumps({"changes": {"name": wish}}), flush=True)
"""


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def workshop(told: Told, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workshop]:
    from flows.desk.drafts import workshop as module

    monkeypatch.setattr(module, "COMMAND", [sys.executable, "-c", Scripted.SCRIPT])
    opened = Workshop(2, lambda _draft: None, told)
    yield opened
    opened.close()


def put(workshop: Workshop, store: DraftStore, *wishes: str, owner: str = "person officer") -> None:
    for wish in wishes:
        draft = store.create(owner, NOW)
        workshop.put(draft.model_copy(update={"id": wish}), "check")


def test_a_process_that_dies_stops_only_its_own_file(workshop: Workshop, store: DraftStore, told: Told) -> None:
    put(workshop, store, "dies 1", "works 1", "dies 2", "works 2", "works 3")
    told.wait(5)
    assert {wish: trouble for wish, (_, trouble) in told.ends.items()} == {
        "dies 1": STOPPED, "dies 2": STOPPED, "works 1": None, "works 2": None, "works 3": None,
    }  # fmt: skip
    assert told.ends["works 3"][0] == {"name": "works 3"}


def test_what_waits_and_what_runs_can_be_stopped(workshop: Workshop, store: DraftStore, told: Told) -> None:
    put(workshop, store, "hangs 1", "hangs 2", "works 1")
    assert workshop.wait(lambda: workshop.progress("hangs 2").stage == "opening the file", 20)
    assert workshop.progress("works 1").before == 2
    assert workshop.cancel("works 1")
    assert workshop.cancel("hangs 1")
    told.wait(2)
    assert [told.ends[wish][1] for wish in ("works 1", "hangs 1")] == [CANCELLED, CANCELLED]
    put(workshop, store, "works 2")
    told.wait(3)
    assert not workshop.cancel("nobody knows")


def test_who_has_signed_in_comes_before_who_has_not(told: Told, store: DraftStore, workshop: Workshop) -> None:
    put(workshop, store, "hangs 1", "hangs 2")
    assert workshop.wait(lambda: workshop.running == 2, 20)
    put(workshop, store, "works 1", owner="session 1")
    put(workshop, store, "works 2")
    assert workshop.progress("works 2").before < workshop.progress("works 1").before


def test_a_workshop_that_closes_ends_its_processes_and_leaves_the_jobs(
    told: Told, store: DraftStore, workshop: Workshop
) -> None:
    put(workshop, store, "hangs 1")
    assert workshop.wait(lambda: bool(workshop.progress("hangs 1").stage), 20)
    workshop.close()
    assert told.ends == {}
