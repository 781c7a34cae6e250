"""The attacks of The Update Framework on a site that the pipeline made: each is found, in a folder and over the web."""

from __future__ import annotations

import datetime as dt
import http.server
import json
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest

from catalogue.signing.key_list import key_list_to_json
from catalogue.signing.keys import PrivateKey
from catalogue.signing.signer import Signer
from catalogue.signing.sums import KEYS, KEYS_SIGNATURE, SUMS, SUMS_SIGNATURE, read_sums, sums_text
from catalogue.verifying.found import Attack, Verified
from catalogue.verifying.places import FolderPlace, ReadLimits, WebPlace
from catalogue.verifying.seen import SeenFile
from catalogue.verifying.site import Trust, verify_site
from tests.catalogue.web_server import served
from tests.flows.city import GOOD
from tests.signing.signed_city import BEGIN, CAMDEN, DAY, HACKNEY, SignedCity

HOUR = dt.timedelta(hours=1)
DATASET = "datasets/street-trees/camden"
LIMITS = ReadLimits(silent_seconds=0.6, grace_seconds=1.5, slowest=1 << 20)


@dataclass
class Shown:
    """A copy of the site that a test may spoil: as it was yesterday, as it is now, and who may sign."""

    old: Path
    site: Path
    room: Path
    root: PrivateKey
    key: PrivateKey
    now: dt.datetime

    def verify(self, path: str = "", now: dt.datetime | None = None) -> Verified:
        """Verify the folder as a re-user does."""
        return verify_site(FolderPlace(self.site / path), self.trust(now), lambda _: None)

    def trust(self, now: dt.datetime | None = None) -> Trust:
        return Trust(self.root.public, now or self.now, SeenFile(self.room / "seen.json"), LIMITS)

    def attacks(self, path: str = "", now: dt.datetime | None = None) -> set[Attack]:
        return {one.attack for one in self.verify(path, now).found}

    def resign(self, folder: str = "", **changes: object) -> None:
        """Sign a changed list with the true key: what a thief of that key can do."""
        place = self.site / folder / SUMS
        content = sums_text(replace(read_sums(place.read_bytes()), **changes))
        place.write_bytes(content)
        place.with_name(SUMS_SIGNATURE).write_bytes(self.key.sign(content))


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    """The site of two days, as plain files: what a web server gives, and what a mirror keeps."""
    room = tmp_path_factory.mktemp("signed")
    city = SignedCity(room)
    city.new_keys()
    city.publish(CAMDEN)
    city.publish(HACKNEY)
    city.show()
    shutil.copytree(city.current, room / "old")
    city.now = BEGIN + DAY
    city.publish(CAMDEN, f"{GOOD}T005,Betula pendula,30/12/2021,2.5\n")
    city.show()
    shutil.copytree(city.current, room / "now")
    return Shown(room / "old", room / "now", room, city.root, city.keys.private_key(), city.now + HOUR)


@pytest.fixture
def shown(made: Shown, tmp_path: Path) -> Shown:
    shutil.copytree(made.site, tmp_path / "site")
    return replace(made, site=tmp_path / "site", room=tmp_path)


def test_what_is_as_signed_is_verified_whole_or_in_part(shown: Shown) -> None:
    whole = shown.verify()
    assert (whole.found, whole.notes) == ([], [])
    assert whole.files > 100
    part = shown.verify(DATASET)
    assert not part.found
    assert 10 < part.files < whole.files
    release = next(path for path in (shown.site / DATASET / "releases").iterdir() if (path / SUMS).is_file())
    one = shown.verify(f"{DATASET}/releases/{release.name}")
    assert not one.found
    assert 5 <= one.files < part.files


def test_over_the_web_it_is_the_same(shown: Shown) -> None:
    with served(shown.site) as url, httpx.Client() as client:
        for path in ("", f"{DATASET}/"):
            result = verify_site(WebPlace(f"{url}/{path}", client), shown.trust(), lambda _: None)
            assert not result.found
            # one address of the whole site answers only to a question
            assert result.files == shown.verify(path).files - (not path)
        assert "nobody can list" in result.notes[0]


# --- one byte of each kind of public file -----------------------------------------------------------------------------


def test_one_byte_of_any_public_file_is_found(shown: Shown) -> None:
    """Every file of the site, one after the other: pages, data, reports, feeds, lists, signatures, keys."""
    files = sorted(path for path in shown.site.rglob("*") if path.is_file() and not path.name.startswith("."))
    assert len(files) > 120
    blind = []
    # by kind and place: of the pages about what is gone there are many, all made alike
    kinds = {(path.relative_to(shown.site).parts[:2], path.name, path.suffix): path for path in files}
    for path in kinds.values():
        content = path.read_bytes()
        middle = len(content) // 2
        path.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
        found = shown.verify().found
        if not found:
            blind.append(path)
        path.write_bytes(content)
    assert not blind
    assert len(kinds) > 60
    assert not shown.verify().found


# --- the attacks ------------------------------------------------------------------------------------------------------


def _arbitrary(shown: Shown) -> None:
    (shown.site / "data.json").write_bytes(b'{"dataset": []}')


def _forged(shown: Shown) -> None:
    stranger = PrivateKey.new()
    content = (shown.site / SUMS).read_bytes().replace(b"index.html", b"index.htm1")
    (shown.site / SUMS).write_bytes(content)
    (shown.site / SUMS_SIGNATURE).write_bytes(stranger.sign(content))


def _own_key(shown: Shown) -> None:
    stranger = PrivateKey.new()
    sums = read_sums((shown.site / SUMS).read_bytes())
    signed = Signer(stranger, stranger.public.id, lambda: shown.now).signed(sums)
    (shown.site / SUMS).write_bytes(signed.content)
    (shown.site / SUMS_SIGNATURE).write_bytes(signed.signature)


def _own_keys(shown: Shown) -> None:
    """A list of keys of somebody else, with a root key of his own."""
    from catalogue.signing.key_list import first_key_list

    stranger = PrivateKey.new()
    content = key_list_to_json(first_key_list(stranger.public, shown.now).with_key(stranger.public, shown.now))
    (shown.site / KEYS).write_bytes(content)
    (shown.site / KEYS_SIGNATURE).write_bytes(stranger.sign(content))


def _forged_keys(shown: Shown) -> None:
    content = (shown.site / KEYS).read_bytes().replace(b'"version": 2', b'"version": 9')
    (shown.site / KEYS).write_bytes(content)


def _endless_file(shown: Shown) -> None:
    with (shown.site / DATASET / "latest/trees.csv").open("ab") as file:
        file.truncate(1 << 40)


def _endless_list(shown: Shown) -> None:
    with (shown.site / SUMS_SIGNATURE).open("ab") as file:
        file.truncate(1 << 40)


def _extraneous(shown: Shown) -> None:
    (shown.site / DATASET / "setup.exe").write_bytes(b"MZ")


def _fast_forward(shown: Shown) -> None:
    shown.resign(version=1 << 60)


def _mixed(shown: Shown) -> None:
    """The list of another folder, signed by the true key, in the place of this one."""
    for name in (SUMS, SUMS_SIGNATURE):
        shutil.copy(shown.site / "datasets/street-trees/hackney" / name, shown.site / DATASET / name)


def _older_release(shown: Shown) -> None:
    shutil.rmtree(shown.site / DATASET)
    shutil.copytree(shown.old / DATASET, shown.site / DATASET)


def _removed_release(shown: Shown) -> None:
    for folder in (shown.site / DATASET / "releases").iterdir():
        shutil.rmtree(folder)


def _removed_dataset(shown: Shown) -> None:
    shutil.rmtree(shown.site / DATASET)


def _removed_from_list(shown: Shown) -> None:
    """A dataset taken out of the list by whoever can write there, but has no key."""
    content = (shown.site / SUMS).read_bytes()
    lines = [line for line in content.splitlines(keepends=True) if DATASET.encode() not in line]
    (shown.site / SUMS).write_bytes(b"".join(lines))


def _unsigned(shown: Shown) -> None:
    for name in (SUMS, SUMS_SIGNATURE, KEYS, KEYS_SIGNATURE):
        (shown.site / name).unlink()


def _nonsense(shown: Shown) -> None:
    (shown.site / SUMS).write_bytes(b"\xff\xfe not a list")


def _outside(shown: Shown) -> None:
    """A list that names a file outside the site, signed by a thief of the key."""
    place = shown.site / SUMS
    content = place.read_bytes() + b"0" * 64 + b"  ../../etc/passwd\n"
    place.write_bytes(content)
    place.with_name(SUMS_SIGNATURE).write_bytes(shown.key.sign(content))


ATTACKS: tuple[tuple[Callable[[Shown], None], Attack], ...] = (
    (_arbitrary, Attack.CHANGED),
    (_forged, Attack.FORGED),
    (_own_key, Attack.WRONG_KEY),
    (_own_keys, Attack.WRONG_KEY),
    (_forged_keys, Attack.FORGED),
    (_endless_file, Attack.ENDLESS),
    (_endless_list, Attack.ENDLESS),
    (_extraneous, Attack.EXTRA),
    (_fast_forward, Attack.FAST_FORWARD),
    (_mixed, Attack.MIX_AND_MATCH),
    (_older_release, Attack.OLDER),
    (_removed_release, Attack.MISSING),
    (_removed_dataset, Attack.MISSING),
    (_removed_from_list, Attack.FORGED),
    (_unsigned, Attack.MISSING),
    (_nonsense, Attack.DAMAGED),
    (_outside, Attack.DAMAGED),
)


@pytest.mark.parametrize(("spoil", "attack"), ATTACKS, ids=[spoil.__name__.strip("_") for spoil, _ in ATTACKS])
def test_an_attack_is_found_in_a_folder_and_over_the_web(
    spoil: Callable[[Shown], None], attack: Attack, shown: Shown
) -> None:
    assert not shown.verify().found
    spoil(shown)
    begin = time.monotonic()
    assert attack in shown.attacks()
    assert time.monotonic() - begin < 10
    if attack is Attack.EXTRA:
        # a web server lists nothing: what nobody leads to is not found there, as docs/verify.md says
        return
    with served(shown.site) as url, httpx.Client() as client:
        result = verify_site(WebPlace(f"{url}/", client), shown.trust(), lambda _: None)
        assert attack in {one.attack for one in result.found}


def test_a_catalogue_that_is_held_back_is_a_freeze(shown: Shown) -> None:
    assert shown.attacks(now=shown.now + 15 * DAY) == {Attack.FREEZE}
    # so is a list of keys, by which a revocation could be hidden
    shown.resign(expires=shown.now + 400 * DAY)
    assert shown.attacks(now=shown.now + 181 * DAY) == {Attack.FREEZE}


def test_an_older_catalogue_is_a_rollback_for_whoever_saw_a_newer_one(shown: Shown) -> None:
    assert not shown.verify().found
    shutil.rmtree(shown.site)
    shutil.copytree(shown.old, shown.site)
    assert shown.attacks() == {Attack.ROLLBACK}
    # nobody who comes for the first time can know; the end of the list bounds how old it may be
    (shown.room / "seen.json").unlink()
    assert not shown.verify().found
    assert shown.attacks(now=shown.now + 15 * DAY) == {Attack.FREEZE}


def test_a_folder_that_changed_is_in_the_window_for_a_day_and_no_longer(shown: Shown) -> None:
    for name in (SUMS, SUMS_SIGNATURE):
        shutil.copy(shown.old / name, shown.site / name)
    for name in read_sums((shown.old / SUMS).read_bytes()).files:
        if not name.startswith("datasets/street-trees/camden"):
            (shown.site / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(shown.old / name, shown.site / name)
    for folder in ("publishers", "register", "metadata", "transparency", "explore"):
        shutil.rmtree(shown.site / folder)
        shutil.copytree(shown.old / folder, shown.site / folder)
    result = shown.verify()
    camden = [note for note in result.notes if DATASET in note]
    assert camden
    assert not [one for one in result.found if one.where.startswith(DATASET)]
    assert Attack.MIX_AND_MATCH in shown.attacks(now=shown.now + 2 * DAY)


# --- keys -------------------------------------------------------------------------------------------------------------


def _with_keys(shown: Shown, change: Callable[..., object]) -> None:
    """Change the list of keys as its owner does, with the root key, and let the thief's catalogue stand."""
    from catalogue.signing.key_list import key_list_from_json

    keys = change(key_list_from_json((shown.site / KEYS).read_bytes()))
    content = key_list_to_json(keys)  # type: ignore[arg-type]
    (shown.site / KEYS).write_bytes(content)
    (shown.site / KEYS_SIGNATURE).write_bytes(shown.root.sign(content))


def test_what_a_stolen_key_signed_counts_until_it_is_revoked(shown: Shown) -> None:
    (shown.site / "data.json").write_bytes(b"[]")
    sums = read_sums((shown.site / SUMS).read_bytes())
    import hashlib

    from catalogue.signing.sums import SummedFile

    spoilt = {**sums.files, "data.json": SummedFile(hashlib.sha256(b"[]").hexdigest(), 2)}
    shown.resign(files=spoilt, version=sums.version + 1)
    assert not shown.verify().found
    _with_keys(shown, lambda keys: keys.without_key(shown.key.public.id, "It was stolen.", shown.now))
    found = shown.verify().found
    assert [one.attack for one in found] == [Attack.REVOKED_KEY]
    assert "It was stolen." in found[0].what


def test_an_expired_key(shown: Shown) -> None:
    def shorten(keys):  # type: ignore[no-untyped-def]
        return replace(keys, version=9, signing=(replace(keys.signing[0], expires=shown.now + HOUR),))

    _with_keys(shown, shorten)
    assert shown.attacks(now=shown.now + 2 * HOUR) == {Attack.EXPIRED_KEY}


def test_an_older_list_of_keys_is_a_rollback(shown: Shown) -> None:
    old = (shown.site / KEYS).read_bytes(), (shown.site / KEYS_SIGNATURE).read_bytes()
    SeenFile(shown.room / "seen.json").write(
        str(shown.site), replace(SeenFile(shown.room / "seen.json").read(""), keys=5)
    )
    (shown.site / KEYS).write_bytes(old[0])
    assert shown.attacks() == {Attack.ROLLBACK}


def test_a_signing_key_is_no_root_key(shown: Shown) -> None:
    trust = replace(shown.trust(), root=shown.key.public)
    found = verify_site(FolderPlace(shown.site), trust, lambda _: None).found
    assert [one.attack for one in found] == [Attack.WRONG_KEY]
    assert "give a root key" in found[0].what


# --- servers ----------------------------------------------------------------------------------------------------------


@contextmanager
def hostile(body: Callable[[http.server.BaseHTTPRequestHandler], None], only: str, site: Path) -> Iterator[str]:
    """Serve a site, but answer one path as an enemy does."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            if self.path.endswith(only):
                with suppress(OSError):
                    body(self)
            else:
                super().do_GET()

    def make(*arguments: object) -> Handler:
        return Handler(*arguments, directory=str(site))  # type: ignore[arg-type]

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), make)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


def _ok(handler: http.server.BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()


def _for_ever(handler: http.server.BaseHTTPRequestHandler) -> None:
    _ok(handler)
    while True:
        handler.wfile.write(b"x" * 65536)


def _drop_by_drop(handler: http.server.BaseHTTPRequestHandler) -> None:
    _ok(handler)
    for _ in range(20):
        handler.wfile.write(b"x")
        handler.wfile.flush()
        time.sleep(0.2)


def _nothing(handler: http.server.BaseHTTPRequestHandler) -> None:
    _ok(handler)
    time.sleep(1.5)


def _broken(handler: http.server.BaseHTTPRequestHandler) -> None:
    handler.send_error(500)


@pytest.mark.parametrize("only", ["data.json", f"/{SUMS}"], ids=["file", "list"])
@pytest.mark.parametrize(
    ("body", "attacks"),
    [
        (_for_ever, {Attack.ENDLESS}),
        (_drop_by_drop, {Attack.SLOW, Attack.ENDLESS}),
        (_nothing, {Attack.SLOW}),
        (_broken, {Attack.SILENT}),
    ],
    ids=["endless", "slow", "silent", "broken"],
)
def test_a_hostile_server_costs_little_and_is_found(
    body: Callable[[http.server.BaseHTTPRequestHandler], None], attacks: set[Attack], only: str, shown: Shown
) -> None:
    with hostile(body, only, shown.site) as url, httpx.Client() as client:
        begin = time.monotonic()
        trust = replace(shown.trust(), limits=replace(LIMITS, list_bytes=1 << 20))
        result = verify_site(WebPlace(url, client), trust, lambda _: None)
        assert time.monotonic() - begin < 60
    found = {one.attack for one in result.found}
    assert found & attacks
    assert json.dumps(sorted(found))
