"""Keys of a publisher as a test makes them, and a re-user who has the root key alone."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from pydantic import SecretStr

from catalogue.signing.key_files import KeyFolder, write_secret
from catalogue.signing.key_list import first_key_list
from catalogue.signing.keys import PrivateKey
from catalogue.signing.signer import Signer
from catalogue.verifying.entries import verify_entry
from catalogue.verifying.found import Verified
from catalogue.verifying.places import FolderPlace
from catalogue.verifying.seen import SeenFile
from catalogue.verifying.site import Trust, verify_site


@dataclass(frozen=True)
class TrustedKeys:
    """A root key, a key that signs, and the folder that holds the list of keys and the signing key."""

    room: Path
    root: PrivateKey = field(default_factory=PrivateKey.new)
    key: PrivateKey = field(default_factory=PrivateKey.new)

    @classmethod
    def in_folder(cls, room: Path, now: dt.datetime) -> TrustedKeys:
        """Make keys, and keep them in a folder as a host does: `home/keys`, or any other."""
        made, folder = cls(room), KeyFolder(room)
        write_secret(folder.signing_key, made.key.pem)
        folder.keep(first_key_list(made.root.public, now).with_key(made.key.public, now), made.root)
        return made

    @property
    def setting(self) -> SecretStr:
        """The key that signs, as a setting."""
        return SecretStr(self.key.pem)

    def signer(self, now: dt.datetime) -> Signer:
        return Signer(self.key, self.key.public.id, lambda: now)

    def verify_site(self, site: Path, now: dt.datetime) -> Verified:
        """Verify a site in a folder, by somebody who comes for the first time."""
        (self.room / "afresh.json").unlink(missing_ok=True)
        return verify_site(FolderPlace(site), self._trust(now, "afresh.json"), lambda _: None)

    def verify_entry(self, address: str, now: dt.datetime, seen: str = "seen.json") -> Verified:
        """Verify a dataset at an address of an API; `seen` names where it is remembered what was seen."""
        with httpx.Client() as client:
            return verify_entry(address, client, FolderPlace(self.room), self._trust(now, seen), lambda _: None)

    def verify_afresh(self, address: str, now: dt.datetime) -> Verified:
        """Verify a dataset by somebody who comes for the first time: going back to an older release is no fault."""
        (self.room / "afresh.json").unlink(missing_ok=True)
        return self.verify_entry(address, now, "afresh.json")

    def _trust(self, now: dt.datetime, seen: str) -> Trust:
        return Trust(self.root.public, now, SeenFile(self.room / seen))
