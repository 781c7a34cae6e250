"""Publishing to a real CKAN, and what somebody who knows nothing of us then finds there."""

from __future__ import annotations

import functools
import hashlib
import json
import logging
import os
import signal
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest
import requests

from catalogue.backends.ckan.catalogue import CkanCatalogue
from catalogue.backends.ckan.conversation import Conversation
from catalogue.backends.ckan.repair import IN_REPAIR
from catalogue.backends.ckan.settings import CkanSettings
from catalogue.listing import listing_of
from packages.errors import SetupProblem, TemporaryProblem, WaitingForPerson
from packages.model import Identity, Publication, Release
from packages.vocabulary import publisher
from tests.catalogue.city import LATER, ROWS, SEALED, release, spec
from tests.live.conftest import RIG, FaultProxy
from tests.reliability.stranger import look
from tests.signing.trusted_keys import TrustedKeys

SIGNER = TrustedKeys(Path()).signer(LATER)
"""Every release is signed: what a CKAN makes of that is tried with all the rest."""

CHANGED = (*ROWS[:2], ("2026-02-27", "Acme “Gully” Cleaning", "15020.11"))

Publish = Callable[..., tuple[Publication, Release]]


@pytest.fixture
def publish(tmp_path: Path) -> Publish:
    """Release the rows and publish them."""

    def do(
        settings: CkanSettings, identity: Identity, rows: tuple = ROWS, **how: object
    ) -> tuple[Publication, Release]:
        sealed = release(tmp_path, identity, rows, **how)
        wanted = listing_of(sealed, spec(identity), publisher(identity.publisher))
        return CkanCatalogue(replace(settings, signer=SIGNER)).publish(wanted, sealed, now=LATER), sealed

    return do


def call(settings: CkanSettings, action: str, **data: object) -> dict:
    """A call by the administrator of the CKAN, past our code."""
    answer = requests.post(
        f"{settings.url}/api/3/action/{action}", json=data, headers={"Authorization": settings.token}, timeout=30
    )
    answer.raise_for_status()
    return answer.json()["result"]


def public(settings: CkanSettings, name: str) -> dict:
    """What anybody sees of a dataset, by plain HTTP."""
    with urllib.request.urlopen(f"{settings.url}/api/3/action/package_show?id={name}", timeout=30) as answer:
        return json.load(answer)["result"]


def assert_public_has(settings: CkanSettings, sealed: Release) -> None:
    """A re-user downloads the files of the listing and compares them with the manifest."""
    name = f"{sealed.identity.dataset}-{sealed.identity.publisher}"
    listed = {r["url"].rpartition("/")[2]: r for r in public(settings, name)["resources"]}
    manifest = {f.name: f for f in sealed.manifest}
    assert {f.csv.name for f in sealed.tables} | {f.parquet.name for f in sealed.tables} <= set(listed)
    for name, resource in listed.items():
        with urllib.request.urlopen(resource["url"], timeout=30) as answer:
            content = answer.read()
        assert hashlib.sha256(content).hexdigest() == resource["hash"]
        assert len(content) == int(resource["size"])
        if name == "datapackage.json" and resource["url_type"] == "upload":
            assert leads_home(json.loads(content), {r["url"] for r in listed.values()}) == sealed.descriptor
        else:
            assert (resource["hash"], len(content)) == (manifest[name].sha256, manifest[name].bytes)
        assert resource["release_digest"] == sealed.digest


def leads_home(described: dict, addresses: Collection[str]) -> dict:
    """The descriptor with names in place of addresses, all of which have to be those of files beside it."""
    for resource in described["resources"]:
        assert resource["path"] in addresses
        resource["path"] = resource["path"].rpartition("/")[2]
    return described


def test_first_publish_lists_everything_a_reader_needs(rig: CkanSettings, publish: Publish) -> None:
    receipt, sealed = publish(rig, Identity("spend-over-500", "camden"))

    found = public(rig, "spend-over-500-camden")
    extras = {e["key"]: e["value"] for e in found["extras"]}
    assert found["title"] == "Council spending over £500 – Camden"
    assert (found["license_id"], found["organization"]["name"]) == ("uk-ogl", "camden")
    assert found["organization"]["title"] == publisher("camden").title
    assert {t["name"] for t in found["tags"]} == {"spending", "transparency", "suppliers  contracts"}
    assert extras["temporal_coverage_from"] == "2026-01-05"
    assert extras["temporal_coverage_to"] == "2026-02-27"
    assert extras["london_smallest_geography"] == "Borough"
    assert extras["gss_code"] == "E09000007"
    assert extras["update_frequency"] == "Monthly"
    assert extras["release_digest"] == sealed.digest
    assert extras["quality_verdict"] == "publish"
    assert extras["release_signature"].startswith(f"{SIGNER.key_id}:")
    assert requests.get(extras["quality_report"], timeout=30).ok
    assert requests.get(extras["schema"], timeout=30).json()["resources"]
    assert [(r["format"], r["mimetype"]) for r in found["resources"]][:2] == [
        ("CSV", "text/csv"),
        ("Parquet", "application/vnd.apache.parquet"),
    ]
    assert json.loads(found["resources"][0]["schema"])["fields"][0]["name"] == "payment_date"
    assert int(found["resources"][0]["rows"]) == 3
    assert requests.get(receipt.page, timeout=30).ok
    # the organisation unless another test made it, the draft, the group, one revision
    assert receipt.writes in (3, 4)
    assert {group["name"] for group in found["groups"]} == {"transparency"}
    assert "camden.gov.uk" in found["organization"]["description"]
    kinds = {r["url"].rpartition("/")[2]: r["resource_type"] for r in found["resources"]}
    assert kinds == {
        "payments.csv": None,
        "payments.parquet": None,
        "report.html": "documentation",
        "datapackage.json": "documentation",
    }
    assert_public_has(rig, sealed)


def test_publishing_again_writes_nothing(wire_log: FaultProxy, publish: Publish) -> None:
    identity = Identity("spend-over-500", "barnet")
    publish(wire_log.settings, identity)
    before = public(wire_log.settings, "spend-over-500-barnet")["metadata_modified"]
    wire_log.play("ok", match="^(POST|PUT|PATCH|DELETE) ")

    receipt, sealed = publish(wire_log.settings, identity)

    assert receipt.writes == 0
    assert wire_log.counts()["matched"] == 0
    assert public(wire_log.settings, "spend-over-500-barnet")["metadata_modified"] == before
    assert receipt.read_back["payments.csv"] == sealed.file("payments.csv").sha256


def test_sealing_the_same_content_later_writes_nothing(rig: CkanSettings, publish: Publish) -> None:
    identity = Identity("spend-over-500", "bexley")
    publish(rig, identity)
    receipt, _ = publish(rig, identity, sealed=LATER)
    assert receipt.writes == 0


def test_one_changed_row_is_one_revision_of_everything(wire_log: FaultProxy, publish: Publish) -> None:
    identity = Identity("public-toilets", "camden")
    first, _ = publish(wire_log.settings, identity)
    wire_log.play("ok", match="^(POST|PUT|PATCH|DELETE) ")

    second, sealed = publish(wire_log.settings, identity, CHANGED, sealed=LATER)

    assert second.writes == wire_log.counts()["matched"] == 1
    assert second.ids == first.ids
    assert second.urls == first.urls
    assert second.read_back["toilets.csv"] != first.read_back["toilets.csv"]
    assert_public_has(wire_log.settings, sealed)
    extras = {e["key"]: e["value"] for e in public(wire_log.settings, "public-toilets-camden")["extras"]}
    assert extras["release_digest"] == sealed.digest
    assert (extras["issued"], extras["modified"]) == (SEALED.isoformat(), LATER.isoformat())


def test_what_an_editor_added_by_hand_is_kept(rig: CkanSettings, publish: Publish) -> None:
    identity = Identity("brownfield-land", "hackney")
    name = "brownfield-land-hackney"
    publish(rig, identity)
    found = call(rig, "package_show", id=name)
    call(
        rig,
        "package_patch",
        id=name,
        extras=[*found["extras"], {"key": "steward", "value": "Planning policy team"}],
        tags=[*found["tags"], {"name": "sites"}],
        title="Edited by hand",
    )
    call(rig, "resource_create", package_id=name, name="A map of the sites", url="https://maps.example/sites")

    receipt, sealed = publish(rig, identity, CHANGED)

    found = public(rig, name)
    assert receipt.writes == 1
    assert {"key": "steward", "value": "Planning policy team"} in found["extras"]
    assert "sites" in {t["name"] for t in found["tags"]}
    assert "A map of the sites" in {r["name"] for r in found["resources"]}
    assert found["title"] == "Brownfield land register – Hackney"
    assert len({r["id"] for r in found["resources"]}) == len(found["resources"]) == 5
    assert {r["release_digest"] for r in found["resources"] if "release_digest" in r} == {sealed.digest}


def test_somebody_who_writes_between_our_read_and_write_is_not_overwritten(
    rig: CkanSettings, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity, name = Identity("brownfield-land", "camden"), "brownfield-land-camden"
    publish(rig, identity)
    read, meddle = Conversation.read, iter([True])

    def read_then_meddle(self: Conversation, asked: Identity) -> dict | None:
        package = read(self, asked)
        if next(meddle, False):
            call(rig, "package_patch", id=name, author="edited meanwhile")
        return package

    monkeypatch.setattr(Conversation, "read", read_then_meddle)
    receipt, sealed = publish(rig, identity, CHANGED)

    assert receipt.writes == 2  # the refused one and the one that counted
    assert public(rig, name)["author"] == "edited meanwhile"
    assert_public_has(rig, sealed)


@pytest.mark.parametrize("change", [{"state": "deleted"}, {"private": True}])
def test_what_somebody_took_away_is_not_put_back(rig: CkanSettings, publish: Publish, change: dict) -> None:
    identity = Identity("public-toilets", "hackney" if "state" in change else "islington")
    publish(rig, identity)
    call(rig, "package_patch", id=f"public-toilets-{identity.publisher}", **change)
    with pytest.raises(WaitingForPerson, match="It was left as it is"):
        publish(rig, identity, CHANGED)


@pytest.mark.parametrize(
    ("fault", "borough"),
    [
        ("502_after", "merton"),
        ("reset_after", "newham"),
        ("reset_mid", "redbridge"),
        ("short_body", "southwark"),
        ("503", "sutton"),
        ("429", "waltham-forest"),
        ("upload_cut", "wandsworth"),
        ("upload_short", "westminster"),
    ],
)
def test_a_lost_answer_is_settled_by_reading(wire_log: FaultProxy, publish: Publish, fault: str, borough: str) -> None:
    identity = Identity("spend-over-500", borough)
    wire_log.play(",".join([fault] * 2), match="POST .*package_(create|revise)")
    receipt, sealed = publish(wire_log.settings, identity)
    assert_public_has(wire_log.settings, sealed)
    assert len(public(wire_log.settings, f"spend-over-500-{borough}")["resources"]) == 4
    assert call(wire_log.settings, "organization_show", id=borough)["package_count"] == 1

    wire_log.play(fault, match="POST .*package_revise")
    receipt, sealed = publish(wire_log.settings, identity, CHANGED)
    assert_public_has(wire_log.settings, sealed)
    again, _ = publish(wire_log.settings, identity, CHANGED)
    assert again.writes == 0
    assert receipt.writes <= 3


def test_a_file_that_was_lost_is_put_back(rig: CkanSettings, publish: Publish) -> None:
    identity = Identity("brownfield-land", "lambeth")
    receipt, _ = publish(rig, identity)
    requests.post(
        f"{rig.url}/api/3/action/resource_patch",
        data={"id": receipt.ids["sites.parquet"]},
        files={"upload": ("sites.parquet", b"something else of another length")},
        headers={"Authorization": rig.token},
        timeout=30,
    ).raise_for_status()

    receipt, sealed = publish(rig, identity)

    assert receipt.writes == 1
    assert_public_has(rig, sealed)


def test_an_unknown_token_stops_before_anything_is_written(wire_log: FaultProxy, publish: Publish) -> None:
    dead = replace(wire_log.settings, token="revoked-token-canary")
    wire_log.play("ok")
    with pytest.raises(SetupProblem, match="does not know our token") as caught:
        publish(dead, Identity("spend-over-500", "enfield"))
    assert "administrator" in caught.value.fix
    assert "canary" not in repr(caught.value) + caught.value.what + caught.value.fix + repr(dead)
    with pytest.raises(SetupProblem):
        CkanCatalogue(dead).live(Identity("spend-over-500", "camden"))
    assert wire_log.counts()["matched"] == 0


def test_a_catalogue_that_is_down_is_a_temporary_problem(
    rig: CkanSettings, publish: Publish, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    down = replace(rig, url="http://127.0.0.1:9")
    with pytest.raises(TemporaryProblem, match="no clear answer") as caught:
        publish(down, Identity("spend-over-500", "enfield"))
    assert rig.token not in caplog.text + str(caught.value) + caught.value.fix


def test_an_editor_publishes_for_the_own_organisation_only(rig: CkanSettings, publish: Publish) -> None:
    for slug in ("ealing", "harrow"):
        call(rig, "organization_create", name=slug, title=slug)
    call(rig, "user_create", name="ealing-data", email="opendata@ealing.example", password="correct-horse-battery")
    call(rig, "organization_member_create", id="ealing", username="ealing-data", role="editor")
    editor = replace(rig, token=call(rig, "api_token_create", user="ealing-data", name="t")["token"])

    ealing = Identity("spend-over-500", "ealing")
    receipt, _ = publish(editor, ealing)
    # the draft and the revision; a group that is not there yet is asked for, and refused
    assert receipt.writes in (2, 3)
    assert public(rig, "spend-over-500-ealing")["groups"] == []
    # an editor may not choose the id, so it has to be found again by what it says, also under another name
    call(rig, "package_patch", id=receipt.ids["dataset"], name="renamed-by-hand")
    again, sealed = publish(editor, ealing, CHANGED)
    assert again.ids == receipt.ids
    assert again.writes == 1
    assert call(rig, "organization_show", id="ealing")["package_count"] == 1
    assert again.read_back["payments.csv"] == sealed.file("payments.csv").sha256
    harrow = Identity("spend-over-500", "harrow")
    with pytest.raises(SetupProblem, match="may not write"):
        publish(editor, harrow)
    _, theirs = publish(rig, harrow)
    before = public(rig, "spend-over-500-harrow")
    with pytest.raises(SetupProblem, match="may not write"):
        publish(editor, harrow, CHANGED)
    with pytest.raises(SetupProblem, match="may not write"):
        CkanCatalogue(editor).withdraw(harrow, reason="Not theirs.", now=LATER)
    assert public(rig, "spend-over-500-harrow") == before
    assert_public_has(rig, theirs)


def test_a_missing_organisation_that_we_may_not_make(rig: CkanSettings, publish: Publish) -> None:
    with pytest.raises(SetupProblem, match="no organisation “croydon”"):
        publish(replace(rig, may_create_organisations=False), Identity("spend-over-500", "croydon"))


def test_a_name_that_somebody_else_uses(rig: CkanSettings, publish: Publish) -> None:
    call(rig, "organization_create", name="kingston-upon-thames", title="Kingston")
    call(rig, "package_create", name="public-toilets-kingston-upon-thames", owner_org="kingston-upon-thames")
    with pytest.raises(SetupProblem, match="that we did not make"):
        publish(rig, Identity("public-toilets", "kingston-upon-thames"))


def test_a_file_above_the_limit_of_the_catalogue(rig: CkanSettings, tmp_path: Path) -> None:
    identity = Identity("public-toilets", "lewisham")
    rows = [("2026-01-05", hashlib.sha512(str(n).encode()).hexdigest(), "1.00") for n in range(80_000)]
    sealed = release(tmp_path, identity, rows)
    wanted = listing_of(sealed, spec(identity), publisher("lewisham"))
    with pytest.raises(SetupProblem, match="larger than the catalogue"):
        CkanCatalogue(rig).publish(wanted, sealed, now=LATER)
    with pytest.raises(urllib.error.HTTPError, match="403"):
        public(rig, "public-toilets-lewisham")


def test_an_intent_is_told_before_every_write_and_not_without_one(wire_log: FaultProxy, tmp_path: Path) -> None:
    identity, told = Identity("public-toilets", "harrow"), []
    sealed = release(tmp_path, identity)
    wanted = listing_of(sealed, spec(identity), publisher("harrow"))
    wire_log.play("ok")
    heard = []
    for _ in range(2):
        CkanCatalogue(wire_log.settings).publish(
            wanted, sealed, now=LATER, intend=lambda: told.append(wire_log.counts()["matched"])
        )
        heard.append(len(told))
    # the organisation may be there from another test: then its creation is one write less to ask for
    assert told in ([0, 1], [0, 2])
    assert heard == [2, 2]


def test_whoever_lost_the_turn_writes_nothing_more(rig: CkanSettings, tmp_path: Path) -> None:
    identity = Identity("public-toilets", "redbridge")
    sealed = release(tmp_path, identity)
    wanted = listing_of(sealed, spec(identity), publisher("redbridge"))
    turns = iter([True])

    def intend() -> None:
        if not next(turns, False):
            raise TemporaryProblem("Somebody else has the work now.", fix="Nothing has to be done.")

    with pytest.raises(TemporaryProblem, match="Somebody else"):
        CkanCatalogue(rig).publish(wanted, sealed, now=LATER, intend=intend)
    assert call(rig, "package_show", id="public-toilets-redbridge")["state"] == "draft"


def test_threads_that_share_a_catalogue(rig: CkanSettings, tmp_path: Path) -> None:
    shared = CkanCatalogue(rig)

    def one(slug: str) -> tuple[int, Release]:
        identity = Identity("brownfield-land", slug)
        sealed = release(tmp_path, identity)
        wanted = listing_of(sealed, spec(identity), publisher(slug))
        return shared.publish(wanted, sealed, now=LATER).writes, sealed

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(one, ["greenwich", "haringey", "havering", "hillingdon"]))
    # one of them, or several at once, made the group of their theme as well
    assert all(writes in (3, 4) for writes, _ in done)
    for _, sealed in done:
        assert_public_has(rig, sealed)


def test_progress_goes_up_to_the_whole(rig: CkanSettings, tmp_path: Path) -> None:
    identity = Identity("public-toilets", "brent")
    sealed = release(tmp_path, identity)
    seen: list[tuple[int, int]] = []
    wanted = listing_of(sealed, spec(identity), publisher("brent"))
    CkanCatalogue(rig).publish(wanted, sealed, now=LATER, on_progress=lambda done, whole: seen.append((done, whole)))
    assert seen == sorted(seen)
    assert seen[-1][0] == seen[-1][1] > sum(f.bytes for f in (sealed.tables[0].csv, sealed.tables[0].parquet))


@pytest.fixture
def public_releases(tmp_path: Path) -> Iterator[str]:
    """The folder of releases, public over plain HTTP."""
    handler = functools.partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_linked_files_are_proved_before_anything_points_at_them(
    rig: CkanSettings, publish: Publish, public_releases: str
) -> None:
    identity = Identity("brownfield-land", "barnet")
    linking = replace(rig, mode="link", public_url=public_releases)
    publish(linking, identity)
    receipt, sealed = publish(linking, identity, CHANGED)
    assert receipt.urls["sites.csv"] == f"{public_releases}/brownfield-land/barnet/{sealed.digest}/sites.csv"
    assert receipt.writes == 1
    assert_public_has(rig, sealed)
    assert publish(linking, identity, CHANGED)[0].writes == 0

    with pytest.raises(SetupProblem, match="does not give the released file"):
        publish(replace(linking, public_url=f"{public_releases}/elsewhere"), identity)
    assert_public_has(rig, sealed)


def test_files_can_move_from_links_to_uploads_and_back(
    rig: CkanSettings, publish: Publish, public_releases: str
) -> None:
    identity = Identity("brownfield-land", "bexley")
    linking = replace(rig, mode="link", public_url=public_releases)
    for settings in (linking, rig, linking):
        receipt, sealed = publish(settings, identity)
        assert receipt.urls["sites.csv"].startswith(settings.public_url or rig.url)
        assert_public_has(rig, sealed)
        assert publish(settings, identity)[0].writes == 0


def test_a_withdrawn_dataset_is_gone_for_the_public_with_its_bytes(rig: CkanSettings, publish: Publish) -> None:
    identity = Identity("brownfield-land", "brent")
    receipt, sealed = publish(rig, identity)
    gone = CkanCatalogue(rig).withdraw(identity, reason="It named people.", now=LATER)

    assert (gone.release, gone.writes, gone.read_back) == ("", 3, {})
    assert not requests.get(f"{rig.url}/api/3/action/package_show?id={receipt.ids['dataset']}", timeout=30).ok
    for url in receipt.urls.values():
        assert not requests.get(url, timeout=30).ok
        # whoever may see deleted datasets finds no bytes either
        assert not requests.get(url, timeout=30, headers={"Authorization": rig.token}).content.count(b"Acme")
    held = call(rig, "package_show", id=receipt.ids["dataset"])
    assert (held["state"], held["resources"]) == ("deleted", [])
    assert {"key": "withdrawal_reason", "value": "It named people."} in held["extras"]
    with pytest.raises(WaitingForPerson, match="was withdrawn on"):
        publish(rig, identity)
    assert CkanCatalogue(rig).withdraw(identity, reason="Again.", now=LATER).writes == 0

    call(rig, "package_patch", id=receipt.ids["dataset"], state="active")
    publish(rig, identity)
    assert_public_has(rig, sealed)
    assert "withdrawal_reason" not in {extra["key"] for extra in public(rig, "brownfield-land-brent")["extras"]}


def test_withdrawing_what_was_never_listed_writes_nothing(rig: CkanSettings) -> None:
    gone = CkanCatalogue(rig).withdraw(Identity("brownfield-land", "bromley"), reason="Never.", now=LATER)
    assert (gone.writes, gone.ids) == (0, {})


def test_linked_files_that_are_still_public_are_named(
    rig: CkanSettings, publish: Publish, public_releases: str
) -> None:
    linking = replace(rig, mode="link", public_url=public_releases)
    receipt, _ = publish(linking, Identity("public-toilets", "bromley"))
    gone = CkanCatalogue(linking).withdraw(receipt.identity, reason="It named people.", now=LATER)
    assert gone.read_back == {receipt.urls[file]: digest for file, digest in receipt.read_back.items()}
    assert gone.writes == 2


def damage(rig: CkanSettings, resource: str, name: str) -> None:
    """What a repeated resource_create with an id does to a dataset."""
    call(rig, "resource_create", package_id=name, id=resource, name="again", url="https://example.org/again")
    assert (
        requests.post(
            f"{rig.url}/api/3/action/package_patch",
            json={"id": name, "version": "2"},
            headers={"Authorization": rig.token},
            timeout=30,
        ).status_code
        == 500
    )


def test_a_damaged_dataset_is_repaired_and_what_others_added_is_kept(rig: CkanSettings, publish: Publish) -> None:
    identity, name = Identity("public-toilets", "southwark"), "public-toilets-southwark"
    first, _ = publish(rig, identity)
    call(rig, "resource_create", package_id=name, name="A map", url="https://maps.example/toilets")
    damage(rig, first.ids["toilets.csv"], name)

    receipt, sealed = publish(rig, identity, CHANGED)

    found = public(rig, name)
    assert receipt.ids == first.ids
    seen = look(rig.url, name)
    assert (seen.release, seen.wrong) == (sealed.digest, "")
    assert sorted(resource["position"] for resource in found["resources"]) == [0, 1, 2, 3, 4]
    assert "A map" in {resource["name"] for resource in found["resources"]}
    assert IN_REPAIR not in {extra["key"] for extra in found["extras"]}
    assert publish(rig, identity, CHANGED)[0].writes == 0


def test_a_repair_that_was_cut_short_is_finished_by_the_next_run(
    wire_log: FaultProxy, rig: CkanSettings, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalogue.backends.transport.answers.time", SimpleNamespace(sleep=lambda seconds: None))
    identity, name = Identity("public-toilets", "sutton"), "public-toilets-sutton"
    first, _ = publish(rig, identity)
    call(rig, "resource_create", package_id=name, name="A map", url="https://maps.example/toilets")
    damage(rig, first.ids["toilets.csv"], name)
    wire_log.play(",".join(["502_after"] + ["503"] * 40), match="POST .*package_(update|revise)")
    with pytest.raises(TemporaryProblem):
        publish(wire_log.settings, identity, CHANGED)
    assert public(rig, name)["resources"] == []

    _, sealed = publish(rig, identity, CHANGED)

    seen = look(rig.url, name)
    assert (seen.release, seen.wrong) == (sealed.digest, "")
    assert "A map" in {resource["name"] for resource in public(rig, name)["resources"]}


@pytest.fixture
def no_index(rig: CkanSettings) -> Iterator[None]:
    """The search index of a CKAN that is nobody else's is stopped; the rig starts it again."""
    if "CKAN_RIG_STATE" not in os.environ:
        pytest.skip("needs a CKAN of its own (CKAN_RIG_STATE): its index is stopped")
    noted = Path(os.environ["CKAN_RIG_STATE"]) / "pids/solr"
    os.kill(int(noted.read_text().split()[0]), signal.SIGTERM)
    time.sleep(1)
    yield
    subprocess.run([RIG], capture_output=True, check=True, timeout=120)


def test_while_the_index_is_down_nothing_is_lost_and_it_is_finished_afterwards(
    rig: CkanSettings, publish: Publish, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity = Identity("public-toilets", "merton")
    publish(rig, identity)
    request.getfixturevalue("no_index")
    with monkeypatch.context() as hurried:
        hurried.setattr("catalogue.backends.transport.answers.time.sleep", lambda seconds: None)
        with pytest.raises(TemporaryProblem, match="status 500"):
            publish(rig, identity, CHANGED)
    subprocess.run([RIG], capture_output=True, check=True, timeout=120)
    _, sealed = publish(rig, identity, CHANGED)
    assert_public_has(rig, sealed)
