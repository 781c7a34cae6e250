"""The bill of materials names every package of the lock file, with version, hashes and licence."""

from __future__ import annotations

import csv
import importlib.util
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

LOCKED = re.compile(r"^([\w.-]+)==(\S+)", re.MULTILINE)
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def needs(module: str) -> None:
    if importlib.util.find_spec(module) is None:
        pytest.skip(f"needs {module}, which requirements-dev.lock brings")


def load(name: str):  # type: ignore[no-untyped-def]
    found = importlib.util.spec_from_file_location(name, ROOT / f"deploy/{name}.py")
    assert found
    assert found.loader
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def locked(text: str) -> dict[str, tuple[str, set[str]]]:
    """Version and hashes of every package, read past the library that makes the bill."""
    parts = re.split(r"\n(?=\S)", text)
    return {found[1]: (found[2], set(HASH.findall(part))) for part in parts if (found := LOCKED.match(part))}


def test_every_package_is_named_with_version_hashes_and_licence() -> None:
    needs("cyclonedx_py")
    made, lock = load("sbom"), ROOT / "requirements.lock"
    bill, wanted = made.bill_of_materials(lock), locked(lock.read_text())
    assert len(wanted) > 100
    told = {
        one["name"]: (one["version"], {digest["content"] for digest in one["hashes"] if digest["alg"] == "SHA-256"})
        for one in bill["components"]
    }
    assert told == wanted
    assert all(hashes for _, hashes in told.values())
    rows = list(csv.reader(io.StringIO(made.licence_list(bill))))
    assert {row[0] for row in rows[1:]} == set(wanted)
    assert all(row[2].strip() and row[2] != "UNKNOWN" for row in rows)
    assert bill["bomFormat"] == "CycloneDX"
    # no moment and no number of this very document
    assert "timestamp" not in bill["metadata"]
    assert "serialNumber" not in bill


def test_a_package_without_a_licence_is_never_left_out(tmp_path: Path) -> None:
    needs("cyclonedx_py")
    lock = tmp_path / "some.lock"
    lock.write_text(f"no-such-package-of-ours==1.0 --hash=sha256:{'0' * 64}\n")
    with pytest.raises(ValueError, match="no-such-package-of-ours"):
        load("sbom").bill_of_materials(lock)


def test_without_a_network_nothing_is_said_to_be_checked(tmp_path: Path) -> None:
    needs("pip_audit")
    lock = tmp_path / "some.lock"
    lock.write_text(f"requests==2.32.0 --hash=sha256:{'0' * 64}\n")
    nowhere = {
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "HTTP_PROXY": "http://127.0.0.1:9",
        "https_proxy": "http://127.0.0.1:9",
    }
    command = [sys.executable, str(ROOT / "deploy/advisories.py"), str(lock)]
    environment = {**os.environ, **nowhere, "HOME": str(tmp_path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0
    assert done.stdout.startswith("Not checked")
    assert "0 advisories" not in done.stdout


@pytest.mark.parametrize("known", [False, True])
def test_packages_that_the_list_does_not_know_are_not_said_to_be_checked(
    known: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mirror of PyPI answers, and knows no package of the lock file, or one of two; so does pip-audit tell it."""
    skipped = {"name": "six", "skip_reason": "Dependency not found on PyPI and could not be audited: six (1.17.0)"}
    flaw = {"id": "PYSEC-2024-1", "fix_versions": ["2.32.2"]}
    checked = {"name": "requests", "version": "2.32.0", "vulns": [flaw]} if known else {**skipped, "name": "requests"}
    told = json.dumps({"dependencies": [skipped, checked]})
    answered = subprocess.CompletedProcess([], 0, stdout=told, stderr="")
    made = load("advisories")
    monkeypatch.setattr(made.subprocess, "run", lambda *_, **__: answered)
    code, said = made.advisories(tmp_path / "some.lock")
    if not known:
        assert (code, "0 advisories" in said) == (0, False)
        assert said.startswith("Not checked")
        assert "not found on PyPI" in said
        return
    assert code == 1
    assert "requests 2.32.0: PYSEC-2024-1, mended in 2.32.2" in said
    assert "1 packages checked: 1 advisories." in said
    assert "Not checked: six." in said
