"""What goes over the wire to a DataPress, and what becomes of it there."""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from catalogue.backends.datapress.catalogue import DatapressCatalogue
from catalogue.backends.datapress.mapping import DatapressSettings
from catalogue.listing import Listing, listing_of
from packages.errors import SetupProblem, TemporaryProblem, WaitingForPerson
from packages.model import Identity, Publication, Release
from packages.vocabulary import publisher
from tests.catalogue.city import LATER, ROWS, SEALED, release, spec
from tests.contract.places import FIELDS, Remembering, identity_of
from tests.datapress.portal import PART, Account, Portal, Refused
from tests.datapress.server import KEY, Faults, Server, datapress

CAMDEN = Identity("spend-over-500", "camden")
CHANGED = (*ROWS[:2], ("2026-03-27", "Acme “Gully” Cleaning", "15020.11"))


@pytest.fixture
def server() -> Iterator[Server]:
    with datapress() as made:
        yield made


@pytest.fixture(autouse=True)
def waited(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    seconds: list[float] = []
    monkeypatch.setattr("catalogue.backends.transport.answers.time.sleep", seconds.append)
    return seconds


def settings_for(server: Server, **changed: Any) -> DatapressSettings:
    return replace(DatapressSettings(server.url, KEY, {"": "53oj7"}, {"": "gla"}, FIELDS), **changed)


def wanted(tmp_path: Path, rows: tuple = ROWS, **changed: Any) -> tuple[Listing, Release]:
    sealed = release(tmp_path, CAMDEN, rows, sealed=changed.pop("sealed", SEALED))
    return listing_of(sealed, spec(CAMDEN, **changed), publisher("camden")), sealed


def publish(server: Server, tmp_path: Path, rows: tuple = ROWS, **told: Any) -> Publication:
    memory, settings = told.pop("memory", None), told.pop("settings", settings_for(server))
    how = {name: told.pop(name) for name in ("intend", "on_progress") if name in told}
    listed, sealed = wanted(tmp_path, rows, **told)
    return DatapressCatalogue(settings, memory or Remembering()).publish(listed, sealed, now=LATER, **how)


def the_only(server: Server) -> dict[str, Any]:
    (found,) = server.portal.datasets.values()
    return found


def change(server: Server, *operations: dict[str, Any]) -> None:
    """What a person does on the site."""
    who = server.portal.account(KEY)
    server.portal.patch(the_only(server)["id"], list(operations), who, server.url)


# --- what is written --------------------------------------------------------------------------------------------------


def test_a_dataset_has_what_the_site_has_fields_for(server: Server, tmp_path: Path) -> None:
    receipt = publish(server, tmp_path)
    found = the_only(server)
    assert found["title"] == "Council spending over £500 – Camden"
    assert found["licence"]["url"].endswith("/open-government-licence/version/3/")
    assert found["contact"] == {"title": "Open data team", "email": "opendata@camden.example"}
    assert (found["team"], found["masthead"], found["sharing"]) == ("53oj7", "gla", "public")
    assert (found["custom"]["update_frequency"], found["custom"]["geo"]) == ("Monthly", "Borough")
    assert identity_of(CAMDEN) in found["custom"]["londata"]
    assert found["topics"] == ["transparency"]
    assert set(found["tags"]) == {"spending", "transparency", "suppliers & contracts"}
    assert found["updatedAt"] == SEALED.isoformat()
    in_order = sorted(found["resources"].values(), key=lambda one: one["order"])
    assert [one["format"] for one in in_order] == ["csv", "parquet", "html", "json"]
    assert in_order[0]["timeframe"] == {"from": "2026-01", "to": "2026-02"}
    assert receipt.page == f"{server.url}/dataset/council-spending-over-500-camden-{found['id']}"
    assert receipt.ids["payments.csv"] in found["resources"]


def test_nothing_of_a_description_is_markup(server: Server, tmp_path: Path) -> None:
    evil = 'Payments <script>alert(1)</script> & "more" of <b>them</b>.\n\n  It\'s\n  all here.  '
    publish(server, tmp_path, description=evil)
    html = the_only(server)["description"]
    assert "<script" not in html
    assert html.count("<p>") == 2
    assert publish(server, tmp_path, description=evil, memory=None).writes == 0


def test_a_new_dataset_is_seen_by_nobody_before_it_is_whole(server: Server, tmp_path: Path) -> None:
    sharing: list[list[str]] = []
    patch = server.portal.patch

    def watched(*arguments: Any) -> dict[str, Any]:
        sharing.append([one["sharing"] for one in server.portal.datasets.values()])
        assert len(the_only(server)["resources"]) == 4
        return patch(*arguments)

    server.portal.patch = watched  # type: ignore[method-assign]
    publish(server, tmp_path, intend=lambda: sharing.append([d["sharing"] for d in server.portal.datasets.values()]))
    assert sharing
    assert {how for one in sharing for how in one} == {"private"}
    assert the_only(server)["sharing"] == "public"


def test_every_file_is_of_the_release_that_it_names_at_any_moment(server: Server, tmp_path: Path) -> None:
    memory = Remembering()
    publish(server, tmp_path, memory=memory)
    complete, seen = server.portal.complete, []

    def watched(*arguments: Any) -> dict[str, Any]:
        answer = complete(*arguments)
        found = the_only(server)
        for rid, one in found["resources"].items():
            digest = hashlib.sha256(server.portal.files[found["id"], rid][1]).hexdigest()
            assert f"SHA-256 {digest}" in one["description"]
        seen.append(server.written[-1])
        return answer

    server.portal.complete = watched  # type: ignore[method-assign]
    publish(server, tmp_path, CHANGED, memory=memory)
    # the report has the same bytes and is not sent again
    assert len(seen) == 3
    # all parts before the first file changes: the time in which files of two releases are beside each other is short
    completed = [number for number, call in enumerate(server.written) if call.endswith("/complete")][-3:]
    assert completed == list(range(completed[0], completed[0] + 3))
    assert server.written[completed[-1] + 1].startswith("PATCH")


def test_a_large_file_goes_in_parts_of_5_mib(server: Server, tmp_path: Path) -> None:
    rows = [("2026-01-05", hashlib.sha512(str(n).encode()).hexdigest() * 4, "1.00") for n in range(22_000)]
    seen: list[tuple[int, int]] = []
    receipt = publish(server, tmp_path, tuple(rows), on_progress=lambda done, whole: seen.append((done, whole)))
    _, sealed = wanted(tmp_path, tuple(rows))
    size = sealed.file("payments.csv").bytes
    assert size > 2 * PART
    (stated,) = (one["hash"] for one in the_only(server)["resources"].values() if one["format"] == "csv")
    assert stated.endswith(f"-{-(-size // PART)}")
    # the descriptor follows when the addresses of the other files are known
    first = [pair for pair in seen if pair[1] > PART]
    assert first == sorted(first)
    assert first[-1][0] == first[-1][1]
    assert seen[-1][0] == seen[-1][1]
    assert receipt.read_back["payments.csv"] == sealed.file("payments.csv").sha256


def test_bytes_that_are_there_already_are_not_sent_again(server: Server, tmp_path: Path) -> None:
    memory = Remembering()
    publish(server, tmp_path, memory=memory)
    change(server, {"op": "replace", "path": "/title", "value": "Edited"})
    before = len(server.written)
    assert publish(server, tmp_path, memory=memory).writes == 1
    assert [call.split()[0] for call in server.written[before:]] == ["PATCH"]


def test_a_file_without_bytes_is_answered_in_words(server: Server, tmp_path: Path) -> None:
    listed, sealed = wanted(tmp_path)
    empty = replace(listed, documents=(replace(listed.documents[0], bytes=0), *listed.documents[1:]))
    with pytest.raises(SetupProblem, match="is empty"):
        DatapressCatalogue(settings_for(server), Remembering()).publish(empty, sealed, now=LATER)


@pytest.mark.parametrize(
    "site",
    [{"plain_hashes": True}, {"spelling": "timeFrame"}, {"hides_private": "null"}, {"topics": {}}],
    ids=lambda one: next(iter(one)),
)
def test_sites_that_differ(tmp_path: Path, site: dict[str, Any]) -> None:
    with datapress(Portal(**site)) as server:
        memory = Remembering()
        publish(server, tmp_path, memory=memory)
        assert publish(server, tmp_path, memory=memory).writes == 0
        publish(server, tmp_path, CHANGED, memory=memory)
        catalogue = DatapressCatalogue(settings_for(server), memory)
        assert catalogue.withdraw(CAMDEN, reason="It named people.", now=LATER).writes == 1
        assert (the_only(server)["sharing"], the_only(server)["resources"]) == ("private", {})


def test_a_site_without_fields_for_frequency_and_places(tmp_path: Path) -> None:
    with datapress(Portal(custom={"londata"})) as server:
        memory = Remembering()
        settings = settings_for(server, fields={"record": "londata", "frequency": "", "geography": ""})
        publish(server, tmp_path, memory=memory, settings=settings)
        assert publish(server, tmp_path, memory=memory, settings=settings).writes == 0
        assert set(the_only(server)["custom"]) == {"londata"}


@pytest.mark.parametrize("refuses", [True, False])
@pytest.mark.parametrize("missing", ["londata", "geo"])
def test_a_custom_field_that_the_site_does_not_have_is_named(tmp_path: Path, refuses: bool, missing: str) -> None:
    with datapress(Portal(custom={"londata", "update_frequency", "geo"} - {missing}, refuses_custom=refuses)) as server:
        memory = Remembering()
        for _ in range(2):
            with pytest.raises(SetupProblem, match=missing) as caught:
                publish(server, tmp_path, memory=memory)
            assert "Ask its administrator to add" in caught.value.fix or "LONDATA_DATAPRESS_FIELDS" in caught.value.fix
        assert len(server.portal.datasets) <= 1


def test_without_a_team_or_masthead_nothing_is_made(server: Server, tmp_path: Path) -> None:
    for setting in ("teams", "mastheads"):
        with pytest.raises(SetupProblem, match=f"needs a {setting[:-1]}.*none is set for camden"):
            publish(server, tmp_path, settings=settings_for(server, **{setting: {"barnet": "4mxpm"}}))
    assert server.portal.datasets == {}


# --- who wrote what ---------------------------------------------------------------------------------------------------


def test_the_id_is_remembered_before_anything_else_is_written(server: Server, tmp_path: Path) -> None:
    written_then: list[list[str]] = []

    class Watched(Remembering):
        def remember(self, identity: Identity, place: str, key: str) -> None:
            written_then.append(list(server.written))
            super().remember(identity, place, key)

    publish(server, tmp_path, memory=Watched())
    assert written_then == [["POST /api/dataset"]]


def test_a_lost_ledger_finds_the_dataset_by_what_it_says(server: Server, tmp_path: Path) -> None:
    publish(server, tmp_path)
    fresh = Remembering()
    assert publish(server, tmp_path, CHANGED, memory=fresh).writes > 0
    assert len(server.portal.datasets) == 1
    assert fresh.keys == {(CAMDEN, server.url): the_only(server)["id"]}


def test_a_creation_of_which_nothing_is_known_is_looked_for_and_never_repeated(server: Server, tmp_path: Path) -> None:
    server.faults = Faults(script=["ok", "reset_after", *["503"] * 60], match="POST /api/dataset|export", streak=99)
    memory = Remembering()
    with pytest.raises(TemporaryProblem, match="status 503"):
        publish(server, tmp_path, memory=memory)
    assert len(server.portal.datasets) == 1
    server.faults = Faults()
    publish(server, tmp_path, memory=memory)
    assert server.written.count("POST /api/dataset") == 1


def test_two_that_say_they_are_ours_are_left_to_a_person(server: Server, tmp_path: Path) -> None:
    publish(server, tmp_path)
    copied = {name: the_only(server)[name] for name in ("title", "masthead", "team", "custom")}
    server.portal.create(copied, server.portal.account(KEY), server.url)
    before = len(server.written)
    with pytest.raises(SetupProblem, match="more than once"):
        publish(server, tmp_path, CHANGED)
    assert len(server.written) == before


def test_a_dataset_that_became_another_one_is_not_written_to(server: Server, tmp_path: Path) -> None:
    memory = Remembering()
    publish(server, tmp_path, memory=memory)
    change(server, {"op": "replace", "path": "/custom/londata", "value": "identifier=somebody-elses"})
    with pytest.raises(SetupProblem, match="another one"):
        publish(server, tmp_path, CHANGED, memory=memory)


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "replace", "path": "/sharing", "value": "private"},
        {"op": "replace", "path": "/team", "value": "4mxpm"},
        {"op": "replace", "path": "/archivedAt", "value": "2026-05-01T00:00:00.000Z"},
    ],
    ids=lambda one: one["path"],
)
def test_what_a_person_did_is_not_undone(server: Server, tmp_path: Path, operation: dict[str, Any]) -> None:
    memory = Remembering()
    publish(server, tmp_path, memory=memory)
    change(server, operation)
    with pytest.raises(WaitingForPerson, match="It was left as it is"):
        publish(server, tmp_path, CHANGED, memory=memory)


def test_a_record_that_was_emptied_while_hidden_does_not_bring_it_back(server: Server, tmp_path: Path) -> None:
    memory = Remembering()
    publish(server, tmp_path, memory=memory)
    change(
        server,
        {"op": "replace", "path": "/sharing", "value": "private"},
        {"op": "replace", "path": "/custom", "value": {}},
    )
    with pytest.raises(WaitingForPerson, match="was made private"):
        publish(server, tmp_path, CHANGED, memory=memory)


def test_what_was_changed_or_removed_by_hand_is_put_right(server: Server, tmp_path: Path) -> None:
    memory = Remembering()
    receipt = publish(server, tmp_path, memory=memory)
    csv, parquet = receipt.ids["payments.csv"], receipt.ids["payments.parquet"]
    change(
        server,
        {"op": "replace", "path": f"/resources/{csv}/timeframe", "value": {"from": "2020-01", "to": "2020-02"}},
        {"op": "replace", "path": f"/resources/{csv}/title", "value": "Old payments"},
        {"op": "remove", "path": f"/resources/{parquet}"},
        {"op": "replace", "path": "/topics", "value": ["health"]},
        {"op": "replace", "path": "/custom", "value": {}},
    )
    again = publish(server, tmp_path, memory=memory)
    found = the_only(server)
    assert again.ids["payments.csv"] == csv
    assert found["resources"][csv]["timeframe"] == {"from": "2026-01", "to": "2026-02"}
    assert found["resources"][csv]["title"] == "Payments (CSV)"
    assert set(found["topics"]) == {"health", "transparency"}
    assert identity_of(CAMDEN) in found["custom"]["londata"]
    assert len(found["resources"]) == 4
    assert publish(server, tmp_path, memory=memory).writes == 0


def test_a_file_that_is_there_twice_is_there_once_afterwards(server: Server, tmp_path: Path) -> None:
    memory = Remembering()
    receipt = publish(server, tmp_path, memory=memory)
    found = the_only(server)
    first = receipt.ids["payments.csv"]
    found["resources"]["zzz"] = found["resources"][first] | {"order": 9}
    server.portal.files[found["id"], "zzz"] = server.portal.files[found["id"], first]
    again = publish(server, tmp_path, memory=memory)
    assert again.ids == receipt.ids
    assert "zzz" not in the_only(server)["resources"]


def test_files_of_others_are_theirs(server: Server, tmp_path: Path) -> None:
    memory, who = Remembering(), server.portal.account(KEY)
    publish(server, tmp_path, memory=memory)
    form = {"file": b"notes", "filename": "notes.txt", "title": b"Notes"}
    server.portal.add_file(the_only(server)["id"], "", form, who, server.url)
    publish(server, tmp_path, CHANGED, memory=memory)
    assert len(the_only(server)["resources"]) == 5
    gone = DatapressCatalogue(settings_for(server), memory).withdraw(CAMDEN, reason="It named people.", now=LATER)
    assert gone.writes == 1
    # theirs is not ours to remove, and nobody sees it either
    assert [one["title"] for one in the_only(server)["resources"].values()] == ["Notes"]
    (key, rid) = next(iter(server.portal.files))
    with pytest.raises(Refused, match="denied"):
        server.portal.download(key, rid, "", None)


def test_a_withdrawal_is_not_believed_before_the_public_gets_nothing(server: Server, tmp_path: Path) -> None:
    memory = Remembering()
    publish(server, tmp_path, memory=memory)
    kept = dict(server.portal.files)
    patch = server.portal.patch

    def forgetful(*arguments: Any) -> dict[str, Any]:
        answer = patch(*arguments)
        server.portal.files.update(kept)
        return answer

    server.portal.patch = forgetful  # type: ignore[method-assign]
    monkey = server.portal._may_read
    server.portal._may_read = lambda stored, who: True  # type: ignore[method-assign]
    with pytest.raises(TemporaryProblem, match="still shows the dataset"):
        DatapressCatalogue(settings_for(server), memory).withdraw(CAMDEN, reason="It named people.", now=LATER)
    server.portal._may_read = monkey  # type: ignore[method-assign]
    assert DatapressCatalogue(settings_for(server), memory).withdraw(CAMDEN, reason="Again.", now=LATER).writes == 0


# --- answers that are none --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["500_after", "504_after", "reset_after", "short_body", "503", "429", "reset"])
@pytest.mark.parametrize("match", ["POST /api/dataset", "/upload$", "/chunk", "/complete", "PATCH", "GET"])
def test_any_answer_may_be_lost(server: Server, tmp_path: Path, fault: str, match: str) -> None:
    memory = Remembering()
    for rows in (ROWS, CHANGED):
        server.faults = Faults(script=[fault] * 2, match=match)
        publish(server, tmp_path, rows, memory=memory)
        assert len(the_only(server)["resources"]) == 4
        assert publish(server, tmp_path, rows, memory=memory).writes == 0


@pytest.mark.parametrize("script", [["part_short"], ["part_short", "ok", "ok", "ok", *["reset_after"] * 3]])
def test_a_file_that_arrived_damaged_is_never_shown(server: Server, tmp_path: Path, script: list[str]) -> None:
    memory = Remembering()
    for rows in (ROWS, CHANGED):
        server.faults = Faults(script=list(script), match="/chunk|/complete", streak=9)
        receipt = publish(server, tmp_path, rows, memory=memory)
        assert receipt.read_back["payments.csv"] == wanted(tmp_path, rows)[1].file("payments.csv").sha256
        patches = [number for number, call in enumerate(server.written) if call.startswith("PATCH")]
        assert len(patches) == (1 if rows is ROWS else 2)


def test_a_server_says_how_long_to_wait(server: Server, tmp_path: Path, waited: list[float]) -> None:
    server.faults = Faults(script=["429", "ok", "429"], retry_after="7")
    publish(server, tmp_path)
    assert waited[:2] == [7.0, 7.0]
    server.faults = Faults(script=["429"] * 9, retry_after="3600", streak=99)
    waited.clear()
    with pytest.raises(TemporaryProblem, match="status 429"):
        publish(server, tmp_path)
    assert waited == []


def test_a_key_that_it_does_not_know(server: Server, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(SetupProblem, match="does not know our key") as caught:
        publish(server, tmp_path, settings=settings_for(server, key="revoked-secret-canary"))
    assert server.written == []
    assert "canary" not in repr(caught.value) + caught.value.what + caught.value.fix + caplog.text
    assert "canary" not in repr(settings_for(server, key="revoked-secret-canary"))


def test_an_account_of_another_team(server: Server, tmp_path: Path) -> None:
    server.portal.accounts["theirs"] = Account(3, "Somebody", teams=("4mxpm",))
    with pytest.raises(SetupProblem, match="may not make a dataset of that team"):
        publish(server, tmp_path, settings=settings_for(server, key="theirs"))
    memory = Remembering()
    publish(server, tmp_path, memory=memory)
    with pytest.raises(SetupProblem, match="may not send files to that dataset"):
        publish(server, tmp_path, CHANGED, memory=memory, settings=settings_for(server, key="theirs"))
    assert len(server.portal.audit) == 6  # made, four files, described


def test_a_server_that_repeats_the_key_does_not_make_us_repeat_it(server: Server, tmp_path: Path) -> None:
    def refuse(*_: Any) -> Any:
        raise Refused(400, f"The key {KEY} may not do that")

    server.portal.create = refuse  # type: ignore[method-assign]
    with pytest.raises(SetupProblem, match="did not take the entry") as caught:
        publish(server, tmp_path)
    assert KEY not in caught.value.what


@pytest.fixture
def elsewhere() -> Iterator[tuple[str, list[str]]]:
    """Another host, which notes what it is sent."""
    heard: list[str] = []

    class Ear(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(str(self.headers.get("Authorization")))
            self.send_response(200)
            self.end_headers()

        do_GET = do_PATCH = do_POST  # noqa: N815  # the library's names

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Ear) as other:
        threading.Thread(target=other.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{other.server_port}", heard
        other.shutdown()


def test_the_key_goes_to_no_other_host(
    server: Server, tmp_path: Path, elsewhere: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    other, heard = elsewhere
    told = {"urlChunk": f"{other}/chunk", "urlComplete": f"{other}/complete"}
    server.portal.open_upload = lambda *_: told  # type: ignore[method-assign]
    with pytest.raises(SetupProblem, match="our key with them"):
        publish(server, tmp_path)
    assert heard == []


def test_a_redirect_is_not_followed_with_the_key(tmp_path: Path, elsewhere: tuple[str, list[str]]) -> None:
    other, heard = elsewhere

    class Moved(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(307)
            self.send_header("Location", f"{other}{self.path}")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Moved) as moved:
        threading.Thread(target=moved.serve_forever, args=(0.01,), daemon=True).start()
        told = DatapressSettings(f"http://127.0.0.1:{moved.server_port}", KEY, {}, {}, FIELDS)
        with pytest.raises(SetupProblem, match="is not a DataPress"):
            DatapressCatalogue(told, Remembering()).live(CAMDEN)
        moved.shutdown()
    assert heard == []


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"url": ""}, "No address of a DataPress"),
        ({"url": "data.london.example"}, "No address of a DataPress"),
        ({"key": ""}, "No key"),
        ({"fields": {"frequency": "update_frequency"}}, "No custom field"),
    ],
)
def test_settings_that_do_not_do(told: dict[str, Any], words: str) -> None:
    known: dict[str, Any] = {"url": "https://data.example", "key": "secret-canary", "fields": FIELDS}
    with pytest.raises(SetupProblem, match=words) as caught:
        DatapressCatalogue(DatapressSettings(**known | told))
    assert "LONDATA_DATAPRESS" in caught.value.fix
    assert "canary" not in caught.value.what + caught.value.fix


def test_threads_share_a_catalogue(server: Server, tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    catalogue = DatapressCatalogue(settings_for(server), Remembering())

    def one(slug: str) -> tuple[Publication, Release]:
        identity = Identity("spend-over-500", slug)
        sealed = release(tmp_path, identity)
        listed = listing_of(sealed, spec(identity), publisher(slug))
        return catalogue.publish(listed, sealed, now=LATER), sealed

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(one, ["greenwich", "haringey", "havering", "hillingdon"]))
    assert len({receipt.ids["dataset"] for receipt, _ in done}) == 4
    assert all(receipt.release == sealed.digest for receipt, sealed in done)
