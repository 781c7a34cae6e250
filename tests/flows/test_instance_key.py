"""The key that no database holds."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from flows.settings import Settings
from flows.state.instance_key import instance_key, keyed_hash
from packages.errors import SetupProblem


def test_a_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    home = tmp_path / "home"
    found: list[bytes] = []
    threads = [threading.Thread(target=lambda: found.append(instance_key(Settings(home=home)))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
    assert len(found[0]) == 32
    assert [path.name for path in home.iterdir()] == ["instance.key"]
    assert (home / "instance.key").stat().st_mode & 0o777 == 0o600


def test_several_hosts_share_a_key_from_the_environment(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", instance_key="ab" * 32)
    assert instance_key(settings) == bytes.fromhex("ab" * 32)
    assert not settings.home.exists()
    assert "abab" not in repr(settings)


@pytest.mark.parametrize("content", ["", "short", "zz" * 32])
def test_what_is_no_key_is_refused_without_showing_it(content: str, tmp_path: Path) -> None:
    path = tmp_path / "instance.key"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(SetupProblem, match="does not hold a key") as caught:
        instance_key(Settings(home=tmp_path))
    assert not content or content not in caught.value.what + caught.value.fix


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    instance_key(Settings(home=tmp_path))
    (tmp_path / "instance.key").chmod(0o640)
    with pytest.raises(SetupProblem, match="may read"):
        instance_key(Settings(home=tmp_path))


def test_a_hash_needs_the_key_and_is_of_one_purpose() -> None:
    key = b"k" * 32
    hashes = {
        keyed_hash(key, "decision", "a"),
        keyed_hash(key, "payee", "a"),
        keyed_hash(b"l" * 32, "decision", "a"),
        keyed_hash(key, "decision", "b"),
        keyed_hash(key, "decision a", ""),
    }
    assert len(hashes) == 5
    assert keyed_hash(key, "payee", "a") == keyed_hash(key, "payee", "a")
