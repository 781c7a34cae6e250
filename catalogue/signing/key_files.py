"""The keys on the disk of a host: the key that signs, and the list of keys with the signature of the root key.

    <home>/keys/signing.pem     the key that signs, for its owner alone (0600); or LONDATA_SIGNING_KEY
    <home>/keys/keys.json       the list of keys, as it goes out
    <home>/keys/keys.json.sig   the signature of the root key

The root key is never here: it is read from wherever it is kept offline, when the list changes.
"""

from __future__ import annotations

import datetime as dt
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from catalogue.signing.signer import PublishedKeys, Signer
from catalogue.signing.sums import KEYS, KEYS_SIGNATURE
from packages.errors import SetupProblem

if TYPE_CHECKING:
    from catalogue.signing.key_list import KeyList
    from catalogue.signing.keys import PrivateKey

SIGNING_KEY = "signing.pem"
PEM_BEGIN = "-----BEGIN"


@dataclass(frozen=True, slots=True)
class KeyFolder:
    """The folder of the keys of a host; it need not exist."""

    path: Path

    @property
    def signing_key(self) -> Path:
        """The file of the key that signs."""
        return self.path / SIGNING_KEY

    def signer(self, given: str, clock: Callable[[], dt.datetime]) -> Signer | None:
        """Return who signs with the `given` key (a PEM or its path) or with the one here; None when there is none.

        SetupProblem when others may read the key, or the list of keys says that it may not sign.
        """
        if not given and not self.signing_key.exists():
            return None
        key = self.private_key(given)
        keys, key_id = self.key_list(), key.public.id
        if keys is None:
            return Signer(key, key_id, clock)
        listed = keys.key(key_id)
        if listed is None:
            raise SetupProblem(
                f"The key {key_id} signs here, and the list of keys in {self.path} does not name it.",
                fix="Bring the latest keys.json and keys.json.sig here, or add the key to it: `londata keys rotate`.",
                why="Nobody could prove what it signs.",
            )
        if listed.revoked:
            raise SetupProblem(
                f"The key {key_id} was revoked on {listed.revoked:%-d %B %Y}, and it is still in use here.",
                fix="Set the new key on this host: LONDATA_SIGNING_KEY, or signing.pem. `londata keys show` names it.",
                why="Whoever verifies refuses everything that a revoked key signed.",
            )
        return Signer(key, key_id, clock, self.published(keys.version))

    def private_key(self, given: str = "") -> PrivateKey:
        """Return the key that signs; SetupProblem when it is not there, or not for its owner alone."""
        from catalogue.signing.keys import PrivateKey

        if given.lstrip().startswith(PEM_BEGIN):
            return PrivateKey.of(given, "LONDATA_SIGNING_KEY")
        path = Path(given) if given else self.signing_key
        return PrivateKey.of(read_secret(path), str(path))

    def key_list(self) -> KeyList | None:
        """Return the list of keys of this host; None when there is none, SetupProblem when it is damaged."""
        from catalogue.signing.key_list import key_list_from_json

        place = self.path / KEYS
        if not place.exists():
            return None
        try:
            keys, signature = key_list_from_json(place.read_bytes()), (self.path / KEYS_SIGNATURE).read_bytes()
        except (OSError, ValueError) as error:
            raise self._damaged() from error
        if not keys.last_root.proves(place.read_bytes(), signature):
            raise self._damaged()
        return keys

    def _damaged(self) -> SetupProblem:
        return SetupProblem(
            f"The list of keys in {self.path} is damaged, or is not what the root key signed.",
            fix=f"Bring {KEYS} and {KEYS_SIGNATURE} back from a copy: both are public, at the root of the site.",
        )

    def published(self, version: int) -> PublishedKeys:
        """Return the list as it goes out."""
        return PublishedKeys((self.path / KEYS).read_bytes(), (self.path / KEYS_SIGNATURE).read_bytes(), version)

    def keep(self, keys: KeyList, root: PrivateKey) -> None:
        """Sign a list with the root key, and keep it; a run that is killed meanwhile leaves the old one or says so."""
        from catalogue.signing.key_list import key_list_to_json

        content = key_list_to_json(keys)
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name, said in ((KEYS, content), (KEYS_SIGNATURE, root.sign(content))):
            part = self.path / f"{name}.part"
            part.write_bytes(said)
            part.replace(self.path / name)


def read_secret(path: Path) -> str:
    """Return the text of a file that is for its owner alone; SetupProblem when it is not, or is not there."""
    try:
        if path.stat().st_mode & 0o077 and os.name == "posix":
            raise SetupProblem(
                f"Other accounts on this machine may read {path}.",
                fix=f"Run `chmod 600 {path}`. If others could read it, revoke the key: `londata keys revoke`.",
            )
        return path.read_text(encoding="ascii", errors="replace")
    except OSError as error:
        raise SetupProblem(
            f"The key at {path} cannot be read ({error.strerror or 'no reason given'}).",
            fix="Name the file that holds the key. Where there is none yet, make one: `londata keys new`.",
        ) from error


def write_secret(path: Path, text: str) -> None:
    """Write a new file that is for its owner alone, on the disk at the end; SetupProblem when there is one already."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            # a link and not a rename: a key is never written over
            os.link(draft, path)
        finally:
            draft.unlink(missing_ok=True)
    except FileExistsError as error:
        raise SetupProblem(
            f"There is a key at {path} already.",
            fix="Name another file, or move that one away: a key is never written over.",
        ) from error
    except OSError as error:
        raise SetupProblem(
            f"The key cannot be written to {path} ({error.strerror or 'no reason given'}).",
            fix="Name a folder that this account may write to.",
        ) from error
