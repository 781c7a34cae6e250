"""People of our own for tests, with real SSH keys; a test is skipped where there is no ssh-keygen."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from flows.decisions.book import read_book
from flows.decisions.deciding import Wish, decide_subject, draft_decision, identity_of, signed_decision
from flows.decisions.facts import Subject
from flows.decisions.proofs import NAMESPACE, decision_text
from flows.services import Services


def keygen(*arguments: str | Path) -> None:
    program = shutil.which("ssh-keygen")
    if program is None:
        pytest.skip("needs ssh-keygen (Debian: apt install openssh-client)")
    subprocess.run([program, *map(str, arguments)], check=True, capture_output=True)


@dataclass
class Signers:
    """People in a folder with their private keys; `save` writes the people.yaml of some services."""

    folder: Path
    entries: dict[str, dict[str, object]] = field(default_factory=dict)

    def add(self, name: str, roles: dict[str, list[str]], kind: str = "ed25519", **more: object) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        keygen("-q", "-t", kind, "-N", "", "-C", name, "-f", path)
        self.entries[name] = {
            "id": name,
            "roles": roles,
            "keys": [path.with_suffix(".pub").read_text().strip()],
            **more,
        }

    def save(self, services: Services) -> None:
        home = services.settings.home
        home.mkdir(parents=True, exist_ok=True)
        path = home / "people.yaml"
        path.write_text(yaml.safe_dump({"people": list(self.entries.values())}))
        path.chmod(0o600)

    def signature(self, name: str, text: str, namespace: str = NAMESPACE) -> str:
        path = self.folder / f"{name}.text"
        path.write_bytes(text.encode())
        path.with_name(f"{path.name}.sig").unlink(missing_ok=True)
        keygen("-Y", "sign", "-n", namespace, "-f", self.folder / name, path)
        return path.with_name(f"{path.name}.sig").read_text()

    def decide(self, name: str, subject: Subject, wish: Wish, services: Services, now: dt.datetime) -> None:
        """Decide as a person does: the text is made, signed and handed in."""
        book = read_book(identity_of(subject), services)
        text = decision_text(draft_decision(subject, wish, book, name, now.date()), subject)
        decision, proven = signed_decision(text, self.signature(name, text), subject, book.people)
        decide_subject(subject, decision, proven, services, now)
