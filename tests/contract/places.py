"""The places that releases are listed in, as the tests of the promises need them: what anybody sees, what others do.

Each place is read past our code: the folder from the disk, a CKAN and a DataPress by plain HTTP without an account.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Protocol

import requests

from catalogue.backends.ckan.catalogue import CkanCatalogue
from catalogue.backends.ckan.conversation import Conversation
from catalogue.backends.ckan.settings import CkanSettings
from catalogue.backends.datapress.catalogue import DatapressCatalogue
from catalogue.backends.datapress.conversation import DatapressConversation
from catalogue.backends.datapress.mapping import DatapressSettings
from catalogue.backends.folder import FolderCatalogue
from catalogue.backends.protocol import Catalogue
from catalogue.backends.stored import StoredCatalogue
from catalogue.trees.shelf import TreeShelf
from packages.model import Identity
from packages.objects import StoreAddress, open_object_store
from tests.datapress.server import KEY, Server
from tests.live.conftest import FaultProxy
from tests.s3 import BUCKET, client
from tests.signing.trusted_keys import TrustedKeys

EDITED = "Edited by hand"
SIGNER = TrustedKeys(Path()).signer(dt.datetime.now(dt.UTC))
"""Every place is signed: the same promises hold, and no write more is made."""

FIELDS = {"record": "londata", "frequency": "update_frequency", "geography": "geo"}


@dataclass(frozen=True)
class Seen:
    """What anybody gets: the title, the releases that are named, the sha256 of each file, and the descriptor."""

    title: str
    releases: frozenset[str]
    files: dict[str, str]
    descriptor: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, title: str, releases: set[str], content: dict[str, bytes]) -> Seen:
        """From the bytes of each file."""
        files = {name: hashlib.sha256(data).hexdigest() for name, data in content.items()}
        return cls(title, frozenset(releases), files, json.loads(content["datapackage.json"]))


class Place(Protocol):
    """One catalogue, seen and touched past our code. `is_shared` is where other people write as well."""

    is_shared: bool
    has_stable_addresses: bool
    catalogue: Catalogue

    def seen(self, identity: Identity) -> Seen | None:
        """What anybody sees of a dataset; None when nothing."""

    def copies(self, identity: Identity) -> int:
        """How many datasets there are for it, those that nobody sees included."""

    def writes(self) -> int:
        """How many writing requests have arrived so far."""

    def spoil(self, identity: Identity, file: str) -> None:
        """Other bytes come to lie where a file is."""

    def edit(self, identity: Identity) -> None:
        """A person gives it another title, and a field of their own."""

    def keeps_edit(self, identity: Identity) -> bool:
        """Whether what the person added is there."""

    def edit_meanwhile(self, identity: Identity, patch: Any) -> None:
        """A person does so once, between the next read and what is written after it."""

    def hide(self, identity: Identity) -> None:
        """A person takes it out of public sight."""

    def down(self) -> Catalogue:
        """The catalogue at an address where nothing answers."""

    def stranger(self) -> Catalogue:
        """The catalogue with a key that it does not know, `secret-of-nobody`."""

    def lose_answers(self, count: int) -> None:
        """The next writing requests are done, and their answers lost."""


@dataclass
class Remembering:
    """What flows keep in the ledger."""

    keys: dict[tuple[Identity, str], str] = field(default_factory=dict)

    def recall(self, identity: Identity, place: str) -> str:
        return self.keys.get((identity, place), "")

    def remember(self, identity: Identity, place: str, key: str) -> None:
        self.keys[identity, place] = key


@dataclass
class FolderPlace:
    """The static site: nobody else writes there."""

    root: Path
    is_shared = False
    has_stable_addresses = False

    @property
    def catalogue(self) -> Catalogue:
        return FolderCatalogue(self.root / "site", signer=SIGNER)

    def _page(self, identity: Identity) -> Path:
        return self.root / "site/current/datasets" / identity.dataset / identity.publisher

    def seen(self, identity: Identity) -> Seen | None:
        listing = self._page(identity) / "listing.json"
        if not listing.is_file():
            return None
        said = json.loads(listing.read_bytes())
        names = [file["file"] for file in (*said["distributions"], *said["documents"])]
        content = {name: (self._page(identity) / name).read_bytes() for name in names}
        return Seen.of(said["title"], {said["release"]}, content)

    def copies(self, identity: Identity) -> int:
        return int(self._page(identity).is_dir())

    def writes(self) -> int:
        return sum(1 for path in (self.root / "site").rglob("*") if path.is_file() and path.stat().st_nlink)

    def spoil(self, identity: Identity, file: str) -> None:
        path = (self._page(identity) / file).resolve()
        path.unlink()
        path.write_bytes(b"something else")


@dataclass
class StorePlace:
    """The static site in an object store: nobody but other hosts of ours writes there, here two in turn."""

    root: Path
    address: StoreAddress
    is_shared = False
    has_stable_addresses = False
    hosts = 0

    @property
    def catalogue(self) -> Catalogue:
        # two hosts in turn, each with a copy of its own
        self.hosts += 1
        shelf = TreeShelf(open_object_store(self.address))
        return StoredCatalogue(self.root / f"host-{self.hosts % 2}/site", shelf, signer=SIGNER)

    @property
    def prefix(self) -> str:
        return self.address.url.removeprefix(f"s3://{BUCKET}/")

    def tree(self, identity: Identity) -> dict[str, Any] | None:
        key = f"{self.prefix}/site/datasets/{identity.dataset}/{identity.publisher}.json"
        s3 = client(self.address)
        try:
            return dict(json.loads(s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()))
        except s3.exceptions.NoSuchKey:
            return None

    def key(self, identity: Identity, path: str) -> str:
        """Where the bytes at a path beside the page are: the first link on the way decides, as on a disk."""
        tree = self.tree(identity)
        assert tree is not None
        sha256, _, since, _ = tree["files"][path]
        return f"{self.prefix}/site/files/datasets/{identity.dataset}/{identity.publisher}/{since}/{sha256}"

    def _bytes(self, identity: Identity, path: str) -> bytes:
        return bytes(client(self.address).get_object(Bucket=BUCKET, Key=self.key(identity, path))["Body"].read())

    def seen(self, identity: Identity) -> Seen | None:
        tree = self.tree(identity)
        if tree is None or "listing.json" not in tree["files"]:
            return None
        said = json.loads(self._bytes(identity, "listing.json"))
        names = [file["file"] for file in (*said["distributions"], *said["documents"])]
        return Seen.of(said["title"], {said["release"]}, {name: self._bytes(identity, name) for name in names})

    def copies(self, identity: Identity) -> int:
        return int(self.tree(identity) is not None)

    def writes(self) -> int:
        """What is there, each with its moment: anything written or removed makes another number."""
        found = client(self.address).list_objects_v2(Bucket=BUCKET, Prefix=self.prefix).get("Contents", [])
        return hash(tuple((one["Key"], one["LastModified"]) for one in found))

    def spoil(self, identity: Identity, file: str) -> None:
        client(self.address).put_object(Bucket=BUCKET, Key=self.key(identity, file), Body=b"something else")


@dataclass
class CkanPlace:
    """A CKAN behind a proxy that notes and breaks; `mode` is how it holds files."""

    rig: CkanSettings
    proxy: FaultProxy
    monkeypatch: Any
    is_shared = True

    @property
    def has_stable_addresses(self) -> bool:
        return self.rig.mode == "upload"

    @property
    def catalogue(self) -> Catalogue:
        told = replace(self.proxy.settings, mode=self.rig.mode, public_url=self.rig.public_url, signer=SIGNER)
        return CkanCatalogue(told)

    def _call(self, action: str, **data: object) -> Any:
        headers = {"Authorization": self.rig.token}
        answer = requests.post(f"{self.rig.url}/api/3/action/{action}", json=data, headers=headers, timeout=30)
        answer.raise_for_status()
        return answer.json()["result"]

    @staticmethod
    def _name(identity: Identity) -> str:
        return f"{identity.dataset}-{identity.publisher}"

    def seen(self, identity: Identity) -> Seen | None:
        url = f"{self.rig.url}/api/3/action/package_show?id={self._name(identity)}"
        answer = requests.get(url, timeout=30)
        if not answer.ok:
            return None
        package = answer.json()["result"]
        ours = [resource for resource in package["resources"] if resource.get("release_digest")]
        content = {one["url"].rpartition("/")[2]: requests.get(one["url"], timeout=30).content for one in ours}
        return Seen.of(package["title"], {one["release_digest"] for one in ours}, content)

    def copies(self, identity: Identity) -> int:
        name = f"name:{self._name(identity)}*"
        return int(self._call("package_search", fq=name, include_drafts=True, include_private=True)["count"])

    def writes(self) -> int:
        return int(self.proxy.counts()["matched"])  # type: ignore[call-overload]

    def spoil(self, identity: Identity, file: str) -> None:
        package = self._call("package_show", id=self._name(identity))
        (resource,) = (one["id"] for one in package["resources"] if one["url"].endswith(f"/{file}"))
        requests.post(
            f"{self.rig.url}/api/3/action/resource_patch",
            data={"id": resource},
            files={"upload": (file, b"something else")},
            headers={"Authorization": self.rig.token},
            timeout=30,
        ).raise_for_status()

    def edit(self, identity: Identity) -> None:
        self._call("package_patch", id=self._name(identity), title=EDITED, author="theirs")

    def keeps_edit(self, identity: Identity) -> bool:
        return bool(self._call("package_show", id=self._name(identity))["author"] == "theirs")

    def edit_meanwhile(self, identity: Identity, patch: Any) -> None:
        meddle_after_read(Conversation, lambda: self.edit(identity), patch)

    def hide(self, identity: Identity) -> None:
        self._call("package_patch", id=self._name(identity), private=True)

    def down(self) -> Catalogue:
        return CkanCatalogue(replace(self.rig, url="http://127.0.0.1:9"))

    def stranger(self) -> Catalogue:
        return CkanCatalogue(replace(self.rig, token="secret-of-nobody"))

    def lose_answers(self, count: int) -> None:
        self.proxy.play(",".join(["502_after"] * count), match="POST .*package_(create|revise)")


@dataclass
class DatapressPlace:
    """A DataPress of our own."""

    server: Server
    memory: Remembering
    is_shared = True
    has_stable_addresses = True

    @property
    def settings(self) -> DatapressSettings:
        return DatapressSettings(self.server.url, KEY, {"": "53oj7"}, {"": "gla"}, FIELDS, signer=SIGNER)

    @property
    def catalogue(self) -> Catalogue:
        return DatapressCatalogue(self.settings, self.memory)

    def _call(self, method: str, path: str, **options: Any) -> Any:
        headers = {"Authorization": KEY}
        answer = requests.request(method, self.server.url + path, headers=headers, timeout=30, **options)
        answer.raise_for_status()
        return answer.json()

    def _all(self, identity: Identity) -> list[dict[str, Any]]:
        """By what only this publisher's datasets of the name have in their title or files."""
        return [
            one
            for one in self._call("GET", "/api/v3/datasets/export.json")
            if identity_of(identity) in str(one["custom"].get("londata"))
        ]

    def _key(self, identity: Identity) -> str:
        (one,) = self._all(identity)
        return str(one["id"])

    def seen(self, identity: Identity) -> Seen | None:
        found = self._all(identity)
        if not found:
            return None
        answer = requests.get(f"{self.server.url}/api/v3/dataset/{found[0]['id']}", timeout=30)
        if not answer.ok:
            return None
        said = answer.json()
        ours = [one for one in said["resources"].values() if " of release " in one["description"]]
        content = {one["url"].rpartition("/")[2]: requests.get(one["url"], timeout=30).content for one in ours}
        releases = {one["description"].split(" of release ")[1][:64] for one in ours}
        return Seen.of(said["title"], releases, content)

    def copies(self, identity: Identity) -> int:
        return len(self._all(identity))

    def writes(self) -> int:
        return len(self.server.written)

    def spoil(self, identity: Identity, file: str) -> None:
        key = self._key(identity)
        resources = self._call("GET", f"/api/v3/dataset/{key}")["resources"]
        (rid,) = (rid for rid, one in resources.items() if one["url"].endswith(f"/{file}"))
        self._call("POST", f"/api/dataset/{key}/resources/{rid}", files={"file": (file, b"something else")})

    def edit(self, identity: Identity) -> None:
        link = {"url": "https://maps.example/sites", "title": "A map"}
        patch = [
            {"op": "replace", "path": "/title", "value": EDITED},
            {"op": "add", "path": "/links/map", "value": link},
            {"op": "add", "path": "/tags/-", "value": "theirs"},
        ]
        self._call("PATCH", f"/api/v3/dataset/{self._key(identity)}", json=patch)

    def keeps_edit(self, identity: Identity) -> bool:
        said = self._call("GET", f"/api/v3/dataset/{self._key(identity)}")
        return "map" in said["links"] and "theirs" in said["tags"]

    def edit_meanwhile(self, identity: Identity, patch: Any) -> None:
        meddle_after_read(DatapressConversation, lambda: self.edit(identity), patch)

    def hide(self, identity: Identity) -> None:
        patch = [{"op": "replace", "path": "/sharing", "value": "private"}]
        self._call("PATCH", f"/api/v3/dataset/{self._key(identity)}", json=patch)

    def down(self) -> Catalogue:
        return DatapressCatalogue(replace(self.settings, url="http://127.0.0.1:9"), self.memory)

    def stranger(self) -> Catalogue:
        return DatapressCatalogue(replace(self.settings, key="secret-of-nobody"), self.memory)

    def lose_answers(self, count: int) -> None:
        self.server.faults.match = "POST /api/dataset|/complete|PATCH"
        self.server.faults.script = ["502_after", "reset_after", "short_body", "504_after"][:count]


def identity_of(identity: Identity) -> str:
    """The identifier that never changes: the uuid5 of the identity in our namespace, worked out here once more."""
    import uuid

    return str(uuid.uuid5(uuid.UUID("5f0d7c1e-3f0a-5d54-9d2a-6b1c0f6f4e11"), str(identity)))


def meddle_after_read(conversation: type, meddle: Callable[[], None], patch: Any) -> None:
    """After the next read of a dataset that is there, somebody else writes."""
    read, turns = conversation.read, iter([True])  # type: ignore[attr-defined]

    def read_then_meddle(self: Any, asked: Identity) -> Any:
        found = read(self, asked)
        if found is not None and next(turns, False):
            meddle()
        return found

    patch.setattr(conversation, "read", read_then_meddle)


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """A folder, public over plain HTTP on this machine."""
    handler = functools.partial(SimpleHTTPRequestHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
