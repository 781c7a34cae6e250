"""Keys in use: made, taken into use, revoked, handed over to a new root; by the command line, as operators do it."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import time_machine

from catalogue.signing.key_files import KeyFolder, write_secret
from catalogue.signing.keys import PrivateKey, PublicKey
from catalogue.signing.signer import Signer
from catalogue.signing.sums import SUMS, SUMS_SIGNATURE, SummedFile, SumsList, read_sums, sums_text
from catalogue.verifying.found import Attack
from catalogue.verifying.places import FolderPlace
from catalogue.verifying.seen import SeenFile
from catalogue.verifying.site import Trust, verify_site
from flows.cli import app
from flows.doctor.diagnosis import PartState
from flows.doctor.signatures import check_signatures
from flows.maintenance.versions import withdraw
from packages.errors import SetupProblem
from tests.catalogue.public_site import public_files
from tests.signing.signed_city import BEGIN, CAMDEN, DAY, SignedCity

Londata = Callable[..., tuple[int, dict]]


@pytest.fixture
def city(tmp_path: Path) -> Iterator[SignedCity]:
    """A city without keys yet, whose clock is everybody's."""
    with time_machine.travel(BEGIN, tick=False) as traveller:
        made = SignedCity(tmp_path)
        made.traveller = traveller  # type: ignore[attr-defined]
        yield made


@pytest.fixture
def londata(city: SignedCity, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Londata:
    """Run a command of the city; return the exit code and what it printed as JSON."""

    def run(*arguments: str) -> tuple[int, dict]:
        monkeypatch.setenv("LONDATA_HOME", str(city.services.settings.home))
        monkeypatch.setattr("sys.argv", ["londata", *arguments, "--json"])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            app.main()
        said = capsys.readouterr().out
        return int(ended.value.code or 0), json.loads(said) if said.strip() else {}

    return run


def lists_in(city: SignedCity) -> list[Path]:
    return [path for path in public_files(city.current).values() if path.name == SUMS]


def later(city: SignedCity, days: int = 1) -> None:
    city.now += days * DAY
    city.traveller.move_to(city.now)  # type: ignore[attr-defined]


def test_the_life_of_keys(city: SignedCity, londata: Londata, tmp_path: Path) -> None:
    root, seen = tmp_path / "usb/root.pem", tmp_path / "seen.json"
    public = root.with_suffix(".public.pem")

    def verify(key: Path = public) -> tuple[int, set[str]]:
        code, said = londata("verify", str(city.current), "--key", str(key), "--state", str(seen))
        return code, {one["attack"] for one in said["found"]}

    # nothing is signed, and it is said so
    city.publish(CAMDEN)
    city.show()
    assert not lists_in(city)
    assert check_signatures(city.services, city.now).state is PartState.NOT_USED

    code, said = londata("keys", "new", "--root", str(root))
    assert code == 0
    first = said["keys"][0]["id"]
    assert root.stat().st_mode & 0o777 == 0o600
    assert city.keys.signing_key.stat().st_mode & 0o777 == 0o600
    assert verify() == (20, {Attack.MISSING})
    # the next run signs what was public before
    assert city.show() > 0
    assert verify() == (0, set())
    assert city.show() == 0
    assert check_signatures(city.services, city.now).state is PartState.IN_ORDER

    # a new key: everything is signed anew, and the old one still counts for who has a copy
    later(city)
    code, said = londata("keys", "rotate", "--root", str(root))
    second = next(one["id"] for one in said["keys"] if one["id"] != first)
    assert verify() == (0, set())
    assert city.show() > 0
    assert {read_sums(path.read_bytes()).key for path in lists_in(city)} == {second}
    assert verify() == (0, set())

    # the old one is revoked: what it signed is refused wherever it is shown
    old = tmp_path / "old"
    code, _ = londata("keys", "revoke", second, "--why", "x", "--root", str(root))
    assert code == 60
    shutil.copytree(city.current, old)
    code, said = londata("keys", "rotate", "--root", str(root))
    code, said = londata("keys", "revoke", second, "--why", "A laptop was stolen.", "--root", str(root))
    assert code == 0
    assert said["keys"][1]["revoked"].endswith("A laptop was stolen.")
    city.show()
    assert verify() == (0, set())
    for name in ("keys.json", "keys.json.sig"):
        shutil.copy(city.current / name, old / name)
    code, said = londata("verify", str(old), "--key", str(public), "--state", str(tmp_path / "other.json"))
    assert (code, {one["attack"] for one in said["found"]}) == (20, {Attack.REVOKED_KEY})

    # a new root: whoever trusts the old one follows, and so does whoever gets the new one
    new = tmp_path / "usb/root-2.pem"
    code, said = londata("keys", "root", "--root", str(root), "--new-root", str(new))
    assert code == 0
    city.show()
    assert verify() == (0, set())
    assert verify(new.with_suffix(".public.pem")) == (0, set())
    code, _ = londata("keys", "renew", "--root", str(root))
    assert code == 60, "the old root key signs no list any more"

    # the ends
    later(city, 170)
    assert check_signatures(city.services, city.now).state is PartState.TO_WATCH
    assert verify() == (20, {Attack.FREEZE})
    city.show()
    assert verify() == (0, set())
    later(city, 20)
    assert check_signatures(city.services, city.now).state is PartState.TO_MEND
    assert londata("keys", "renew", "--root", str(new))[0] == 0
    city.show()
    assert verify() == (0, set())
    assert check_signatures(city.services, city.now).state is PartState.IN_ORDER


def test_without_our_software_two_commands_check_it(city: SignedCity, londata: Londata, tmp_path: Path) -> None:
    if (
        not shutil.which("openssl")
        or b"-rawin" not in subprocess.run(["openssl", "pkeyutl", "-help"], capture_output=True, check=False).stderr
    ):
        pytest.skip("needs OpenSSL 3")
    londata("keys", "new", "--root", str(tmp_path / "root.pem"))
    city.publish(CAMDEN)
    city.show()
    root = tmp_path / "root.public.pem"
    key = tmp_path / "key.pem"
    key.write_text(json.loads((city.current / "keys.json").read_bytes())["signing"][0]["pem"])

    def check(folder: Path, name: str, signer: Path) -> int:
        line = f"openssl pkeyutl -verify -pubin -inkey {signer} -rawin -in {name} -sigfile {name}.sig"
        if name == SUMS:
            line += f" && sha256sum --check --quiet {SUMS}"
        return subprocess.run(["sh", "-c", line], cwd=folder, capture_output=True, check=False).returncode

    assert check(city.current, "keys.json", root) == 0
    lists = [path.parent for path in lists_in(city)]
    assert len(lists) >= 8
    assert all(check(folder, SUMS, key) == 0 for folder in lists)
    release = next(folder for folder in (city.current / "datasets/street-trees/camden/releases").iterdir())
    assert check(release, SUMS, key) == 0
    copy = tmp_path / "copy"
    shutil.copytree(release, copy)
    (copy / "trees.csv").chmod(0o644)
    (copy / "trees.csv").write_bytes((copy / "trees.csv").read_bytes().replace(b"Tilia", b"tilia"))
    assert check(copy, SUMS, key) != 0


def test_a_withdrawal_and_a_rollback_of_the_disk(city: SignedCity, tmp_path: Path) -> None:
    city.new_keys()
    city.publish(CAMDEN)
    city.show()
    trust = Trust(city.root.public, city.now, SeenFile(tmp_path / "seen.json"))
    assert not verify_site(FolderPlace(city.current), trust, lambda _: None).found
    later(city)
    trust = replace(trust, now=city.now)
    with city.clock():
        withdraw(CAMDEN, "It named people.", city.services, city.now)
    # a withdrawal is public and signed at once
    assert not verify_site(FolderPlace(city.current), trust, lambda _: None).found
    city.show()
    assert not verify_site(FolderPlace(city.current), trust, lambda _: None).found


def test_somebody_who_changes_a_file_on_the_disk_does_not_get_it_signed(city: SignedCity, tmp_path: Path) -> None:
    city.new_keys()
    city.publish(CAMDEN)
    city.show()
    page = city.current / "datasets/street-trees/camden/datapackage.json"
    inode = page.stat()
    page.chmod(0o644)
    page.write_bytes(page.read_bytes().replace(b"OGL", b"XXX"))
    import os

    os.utime(page, ns=(inode.st_atime_ns, inode.st_mtime_ns))
    later(city)
    city.show()
    trust = Trust(city.root.public, city.now, SeenFile(tmp_path / "seen.json"))
    found = verify_site(FolderPlace(city.current), trust, lambda _: None).found
    assert {one.attack for one in found} == {Attack.CHANGED}


def test_signing_switched_off_leaves_no_list_behind(city: SignedCity) -> None:
    city.new_keys()
    city.publish(CAMDEN)
    city.show()
    city.keys.signing_key.unlink()
    city.show()
    left = {path.name for path in public_files(city.current).values()} & {SUMS, SUMS_SIGNATURE, "keys.json"}
    assert not left


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_key_that_others_may_read_is_refused(mode: int, tmp_path: Path) -> None:
    folder = KeyFolder(tmp_path)
    write_secret(folder.signing_key, PrivateKey.new().pem)
    folder.signing_key.chmod(mode)
    with pytest.raises(SetupProblem, match="Other accounts"):
        folder.signer("", lambda: BEGIN)


def test_keys_that_may_not_sign(tmp_path: Path) -> None:
    city = SignedCity(tmp_path)
    keys = city.new_keys()
    stranger = PrivateKey.new()
    with pytest.raises(SetupProblem, match="does not name it"):
        city.keys.signer(stranger.pem, lambda: BEGIN)
    with pytest.raises(SetupProblem, match="does not hold an Ed25519 key"):
        city.keys.signer("-----BEGIN PRIVATE KEY-----\nnonsense", lambda: BEGIN)
    with pytest.raises(SetupProblem, match="already"):
        write_secret(city.keys.signing_key, "x")
    city.keys.keep(keys.without_key(keys.signing[0].public.id, "Lost.", BEGIN), city.root)
    with pytest.raises(SetupProblem, match="revoked"):
        city.keys.signer("", lambda: BEGIN)
    (tmp_path / "home/keys/keys.json").write_text("{}")
    with pytest.raises(SetupProblem, match="damaged"):
        city.keys.signer("", lambda: BEGIN)


def test_a_root_key_that_nobody_handed_over_to_is_not_followed() -> None:
    from catalogue.signing.key_list import Handover, first_key_list, key_list_from_json, key_list_to_json

    one, two, thief = PrivateKey.new(), PrivateKey.new(), PrivateKey.new()
    keys = first_key_list(one.public, BEGIN).handed_over(one, two.public, BEGIN)
    assert key_list_from_json(key_list_to_json(keys)) == keys
    assert keys.root_after(one.public) == keys.root_after(two.public) == two.public
    assert keys.root_after(thief.public) is None
    forged = replace(keys, handovers=(Handover(thief.public, keys.handovers[0].signature),))
    assert forged.root_after(one.public) is None


def test_lists_say_what_they_are_told() -> None:
    key = PrivateKey.new()
    signer = Signer(key, key.public.id, lambda: BEGIN)
    signed = signer.sign("catalogue", {"a b/ü.csv": SummedFile("0" * 64, 7)}, 0, {"register": 3})
    assert read_sums(signed.content) == signed.sums
    assert PublicKey.of(key.public.pem).proves(signed.content, signed.signature)
    assert signer.sign("catalogue", {}, signed.sums.version, {}).sums.version == signed.sums.version + 1
    for path in ("../x", "/x", "a/../b", "a\\b", "a\nb", "", "a//b", "."):
        with pytest.raises(ValueError, match="path"):
            sums_text(replace(signed.sums, files={path: SummedFile("0" * 64, 1)}))
        with pytest.raises(ValueError, match=r"line|path|list|zip|named"):
            read_sums(signed.content + f"{'0' * 64}  {path}\n".encode())
    assert isinstance(signed.sums, SumsList)
