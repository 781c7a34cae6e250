"""What a DataPress keeps and allows, made from its public pages, its official client and one recorded answer of it.

Strict: what is not described there is refused. Nothing here knows our backend.
"""

from __future__ import annotations

import copy
import datetime as dt
import hashlib
import itertools
import re
import string
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import jsonpatch
import jsonpointer

PART = 5 * 1024 * 1024
EDITABLE = {
    "title", "description", "descriptionIframe", "masthead", "team", "sharing", "tags", "topics", "nextReviewDate",
    "licence", "contact", "custom", "links", "resources", "updatedAt", "archivedAt",
}  # fmt: skip
IMMUTABLE = {"id", "site", "createdAt", "canonical"}
OF_RESOURCE = {"title", "description", "order", "timeframe"}
FIXED_IN_RESOURCE = {"origin", "format", "hash", "size", "url"}
MONTH = re.compile(r"\d{4}-\d{2}(-\d{2})?")


class Refused(Exception):
    """An answer that is an error, with its words."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


@dataclass
class Account:
    """Somebody with a key; `teams` are those whose datasets may be edited."""

    id: int
    title: str
    teams: tuple[str, ...] = ()
    admin: bool = False

    def who(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "title": self.title,
            "email": f"user{self.id}@example.org",
            "admin": self.admin,
            "memberships": [{"team": team, "manager": False} for team in self.teams],
        }


@dataclass
class Session:
    """An upload that was begun."""

    dataset: str
    account: int
    details: dict[str, Any]
    parts: dict[int, bytes] = field(default_factory=dict)


@dataclass
class Portal:
    """One site: mastheads, topics, teams, the custom fields that its administrators have defined, and its datasets.

    `spelling` is how time frames are spelt when read, `plain_hashes` gives MD5 also for files sent in parts,
    `refuses_custom` refuses a custom field that is not defined, or else drops it without a word.
    """

    accounts: dict[str, Account] = field(default_factory=dict)
    teams: dict[str, str] = field(default_factory=lambda: {"53oj7": "Greater London Authority", "4mxpm": "Camden"})
    mastheads: dict[str, str] = field(default_factory=lambda: {"gla": "GLA", "camden": "London Borough of Camden"})
    topics: dict[str, str] = field(
        default_factory=lambda: {"transparency": "Transparency", "health": "Health", "planning": "Planning"}
    )
    custom: set[str] = field(default_factory=lambda: {"londata", "update_frequency", "geo"})
    spelling: str = "timeframe"
    plain_hashes: bool = False
    refuses_custom: bool = True
    hides_private: str = "403"
    datasets: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[tuple[str, str], tuple[str, bytes]] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    audit: list[tuple[str, str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.lock = threading.RLock()
        self._ids = itertools.count(7)

    # --- reading

    def account(self, key: str | None) -> Account | None:
        return self.accounts.get((key or "").removeprefix("Bearer "))

    def read(self, key: str, who: Account | None, base: str) -> Any:
        stored = self.datasets.get(key)
        if stored is None:
            raise Refused(404, f"Dataset {key} does not exist")
        if not self._may_read(stored, who):
            if self.hides_private == "null":
                return None
            raise Refused(403, "You do not have permission to view this dataset")
        return self.view(stored, base)

    def view(self, stored: dict[str, Any], base: str) -> dict[str, Any]:
        """What is made up when a dataset is read is not stored: a `test` of it fails."""
        shown = copy.deepcopy(stored)
        shown["canonical"] = f"/dataset/{re.sub('[^a-z0-9]+', '-', shown['title'].lower()).strip('-')}-{shown['id']}"
        for rid, resource in shown["resources"].items():
            resource["url"] = f"{base}/download/{shown['id']}/{rid}/{self.files[shown['id'], rid][0]}"
            resource[self.spelling] = resource.pop("timeframe")
        return shown | {"readonly": {}}

    def export(self, who: Account | None, base: str) -> list[dict[str, Any]]:
        return [self._exported(stored, base) for stored in self.datasets.values() if self._may_read(stored, who)]

    def _exported(self, stored: dict[str, Any], base: str) -> dict[str, Any]:
        shown = self.view(stored, base)
        resources = [
            {
                "dataset": shown["id"],
                "id": rid,
                "timeframeFrom": (one[self.spelling] or {}).get("from"),
                "timeframeTo": (one[self.spelling] or {}).get("to"),
                "filename": self.files[shown["id"], rid][0],
                **{name: one[name] for name in ("title", "url", "description", "size", "hash")},
            }
            for rid, one in shown["resources"].items()
        ]
        return {
            "webpage": base + shown["canonical"],
            **{name: shown[name] for name in ("id", "title", "description", "createdAt", "updatedAt", "sharing")},
            **{name: shown[name] for name in ("tags", "licence", "contact", "custom")},
            "masthead": {"id": shown["masthead"], "title": self.mastheads[shown["masthead"]]},
            "team": {"id": shown["team"], "title": self.teams[shown["team"]]},
            "topics": [{"id": topic, "title": self.topics[topic]} for topic in shown["topics"]],
            "resources": resources,
            "links": list(shown["links"].values()),
        }

    def site(self) -> dict[str, Any]:
        return {
            "mastheads": {key: {"title": title} for key, title in self.mastheads.items()},
            "topics": {key: {"title": title} for key, title in self.topics.items()},
        }

    def download(self, key: str, rid: str, name: str, who: Account | None) -> bytes:
        stored = self.datasets.get(key)
        if stored is None or (key, rid) not in self.files:
            raise Refused(404, "File not found")
        if not self._may_read(stored, who):
            raise Refused(403, "Access denied to file")
        filename, content = self.files[key, rid]
        if name and name != filename:
            raise Refused(404, "File not found")
        return content

    def _may_read(self, stored: Mapping[str, Any], who: Account | None) -> bool:
        return stored["sharing"] == "public" or self._may_edit(stored, who)

    @staticmethod
    def _may_edit(stored: Mapping[str, Any], who: Account | None) -> bool:
        return who is not None and (who.admin or stored["team"] in who.teams)

    def _editable(self, key: str, who: Account | None) -> dict[str, Any]:
        stored = self.datasets.get(key)
        if stored is None:
            raise Refused(404, f"Dataset {key} does not exist")
        if not self._may_edit(stored, who):
            raise Refused(403, "You need editor permissions on this dataset")
        return stored

    # --- creating and patching

    def create(self, told: Any, who: Account | None, base: str) -> dict[str, Any]:
        if who is None:
            raise Refused(403, "Not logged in")
        require(isinstance(told, dict), "The body must be an object")
        require(not told.keys() - (EDITABLE - {"resources", "updatedAt"}), f"Unknown field: {sorted(told)}")
        for name in ("title", "masthead", "team"):
            require(bool(told.get(name)), f"There are validation errors.\n* {name}: This field is required")
        moment = now()
        stored = {
            "id": self._new_id(5), "site": "london", "description": "", "descriptionIframe": "", "sharing": "public",
            "tags": [], "topics": [], "nextReviewDate": None, "licence": None, "contact": None, "custom": {},
            "links": {}, "resources": {}, "createdAt": moment, "updatedAt": moment, "archivedAt": None,
        } | copy.deepcopy(told)  # fmt: skip
        if not self._may_edit(stored, who):
            raise Refused(403, "You are not a member of that team")
        self._validate(stored, stored)
        self.datasets[stored["id"]] = stored
        self.audit.append((who.title, "create", stored["id"]))
        return {"dataset": self.view(stored, base)}

    def patch(self, key: str, operations: Any, who: Account | None, base: str) -> dict[str, Any]:
        stored = self._editable(key, who)
        require(isinstance(operations, list) and bool(operations), "The body must be a JSON Patch")
        for one in operations:
            require(isinstance(one, dict) and str(one.get("path", "")).startswith("/"), "Not a JSON Patch operation")
            root = str(one["path"]).split("/")[1]
            require(root in EDITABLE | IMMUTABLE, f"Unknown path: {one['path']}")
        try:
            changed = jsonpatch.JsonPatch(self._spelt(operations)).apply(copy.deepcopy(stored))
        except jsonpatch.JsonPatchTestFailed as error:
            raise Refused(400, f"Patch test failed: {error}") from None
        except (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException) as error:
            raise Refused(400, f"Patch cannot be applied: {error}") from None
        for name in IMMUTABLE & stored.keys():
            changed[name] = stored[name]
        for rid, resource in changed.get("resources", {}).items():
            require(rid in stored["resources"], f"resources/{rid}: files are added by an upload")
            resource.update({name: stored["resources"][rid][name] for name in FIXED_IN_RESOURCE - {"url"}})
        self._validate(changed, stored)
        for rid in stored["resources"].keys() - changed["resources"].keys():
            del self.files[key, rid]
        self.datasets[key] = changed
        self.audit.append((who.title if who else "", "patch", key))
        return {"dataset": self.view(changed, base)}

    def _spelt(self, operations: list[Any]) -> list[Any]:
        ending = f"/{self.spelling}"
        return [
            one | {"path": one["path"].removesuffix(ending) + "/timeframe"} if one["path"].endswith(ending) else one
            for one in operations
        ]

    def _validate(self, document: dict[str, Any], stored: Mapping[str, Any]) -> None:
        require(not document.keys() - EDITABLE - IMMUTABLE, "Unknown field")
        require(not EDITABLE - document.keys(), f"Missing: {sorted(EDITABLE - document.keys())}")
        require(is_text(document["title"]) and document["title"].strip() != "", "title: This field is required")
        require(is_text(document["description"]), "description: must be text")
        document["description"] = sanitised(document["description"])
        require(document["sharing"] in ("public", "private"), "sharing: must be public or private")
        require(document["team"] in self.teams, "team: does not exist")
        require(document["masthead"] in self.mastheads, "masthead: does not exist")
        require(all(map(is_text, document["tags"])), "tags: must be texts")
        require(all(topic in self.topics for topic in document["topics"]), "topics: does not exist")
        require(dt.datetime.fromisoformat(document["updatedAt"]).tzinfo is not None, "updatedAt: needs a zone")
        require(fits(document["licence"], {"url", "title"}, {"url", "title"}), "licence: url and title")
        require(fits(document["contact"], {"email", "title"}, {"title"}), "contact: email and title")
        self._validate_custom(document)
        for link in document["links"].values():
            require(fits(link, {"url", "title", "order", "description"}, {"url", "title"}), "links: url and title")
        for resource in document["resources"].values():
            require(not resource.keys() - OF_RESOURCE - FIXED_IN_RESOURCE, "resources: unknown field")
            self._validate_resource(resource)

    def _validate_custom(self, document: dict[str, Any]) -> None:
        custom = document["custom"]
        require(isinstance(custom, dict), "custom: must be an object")
        unknown = custom.keys() - self.custom
        require(not (unknown and self.refuses_custom), f"custom: {sorted(unknown)} is not defined on this site")
        document["custom"] = {name: value for name, value in custom.items() if name not in unknown}
        for value in custom.values():
            require(is_text(value) or (isinstance(value, list) and all(map(is_text, value))), "custom: texts")

    def _validate_resource(self, resource: Mapping[str, Any]) -> None:
        require(is_text(resource["title"]) and resource["title"] != "", "resources: title is required")
        require(is_text(resource["description"]), "resources: description must be text")
        require(isinstance(resource["order"], int), "resources: order must be a number")
        frame = resource["timeframe"]
        require(frame is None or fits(frame, {"from", "to"}, set()), "timeframe: from and to")
        require(all(MONTH.fullmatch(str(month)) for month in (frame or {}).values()), "timeframe: YYYY-MM")

    # --- files

    def open_upload(self, key: str, told: Any, who: Account | None, base: str) -> dict[str, str]:
        stored = self._editable(key, who)
        known = {"filename", "parts", "resource_id", "title", "description", "order", "timeframe"}
        require(isinstance(told, dict) and not told.keys() - known, f"Unknown field: {sorted(told.keys() - known)}")
        require(is_text(told.get("filename")) and bool(told["filename"]) and "/" not in told["filename"], "filename")
        parts = told.get("parts")
        require(type(parts) is int and 1 <= parts <= 10_000, "parts: must be a number from 1 on")
        if "resource_id" in told and told["resource_id"] not in stored["resources"]:
            raise Refused(404, "resource_id does not exist")
        self._validate_resource({"title": told["filename"], "description": "", "order": 0, "timeframe": None} | told)
        session = str(uuid.uuid4())
        assert who is not None
        self.sessions[session] = Session(key, who.id, told)
        url = f"{base}/api/v3/upload/{session}"
        return {"urlChunk": f"{url}/chunk", "urlComplete": f"{url}/complete"}

    def chunk(self, session: str, form: Mapping[str, bytes], who: Account | None) -> dict[str, Any]:
        begun = self._session(session, who)
        require(form.keys() == {"file", "part"}, f"Form fields must be file and part, not {sorted(form)}")
        require(form["part"].isdigit() and int(form["part"]) < begun.details["parts"], "part: counted from 0")
        require(0 < len(form["file"]) <= PART, "file: at most 5 MiB")
        begun.parts[int(form["part"])] = form["file"]
        return {"part": int(form["part"])}

    def complete(self, session: str, who: Account | None, base: str) -> dict[str, Any]:
        begun = self._session(session, who)
        stored = self._editable(begun.dataset, who)
        count = begun.details["parts"]
        require(len(begun.parts) == count, "Not every part has arrived")
        parts = [begun.parts[number] for number in range(count)]
        require(all(len(part) == PART for part in parts[:-1]), "Every part but the last must have 5 MiB")
        del self.sessions[session]
        rid = begun.details.get("resource_id") or self._new_id(3)
        if "resource_id" in begun.details and rid not in stored["resources"]:
            raise Refused(404, "resource_id does not exist")
        told = {name: begun.details[name] for name in OF_RESOURCE & begun.details.keys()}
        content = b"".join(parts)
        whole = hashlib.md5(content).hexdigest()
        of_parts = f"{hashlib.md5(b''.join(hashlib.md5(part).digest() for part in parts)).hexdigest()}-{count}"
        self._store(
            stored, rid, begun.details["filename"], content, told | {"hash": whole if self.plain_hashes else of_parts}
        )
        self.audit.append((who.title if who else "", "upload", f"{stored['id']}/{rid}"))
        shown = self.view(stored, base)
        key = stored["resources"][rid]["origin"]
        return {"dataset": shown, "resource_id": rid, "resource": shown["resources"][rid], "new_key": key}

    def add_file(self, key: str, rid: str, form: Mapping[str, Any], who: Account | None, base: str) -> dict[str, Any]:
        """The older way for small files, in one request; without `rid` it is a new one."""
        stored = self._editable(key, who)
        if rid and rid not in stored["resources"]:
            raise Refused(404, "resource does not exist")
        content = form["file"]
        rid = rid or self._new_id(3)
        title = {"title": form["title"].decode()} if "title" in form else {}
        self._store(stored, rid, form["filename"], content, {"hash": hashlib.md5(content).hexdigest()} | title)
        return self.view(stored, base)

    def _store(self, stored: dict[str, Any], rid: str, filename: str, content: bytes, told: Mapping[str, Any]) -> None:
        moment = now()
        before = stored["resources"].get(rid, {"title": filename, "description": "", "order": 0, "timeframe": None})
        fixed = {
            "format": filename.rpartition(".")[2].lower(),
            "size": len(content),
            "origin": f"london/dataset/{stored['id']}/{moment[:19]}/{filename}",
        }
        stored["resources"][rid] = before | fixed | dict(told)
        stored["updatedAt"] = moment
        self.files[stored["id"], rid] = (filename, content)

    def _session(self, session: str, who: Account | None) -> Session:
        begun = self.sessions.get(session)
        if begun is None:
            raise Refused(404, "Upload does not exist")
        if who is None or who.id != begun.account:
            raise Refused(403, "This is the upload of somebody else")
        return begun

    def _new_id(self, length: int) -> str:
        """Letters and digits, chosen by the server; never given twice."""
        number, alphabet, text = next(self._ids) * 7919 + 101, string.digits + string.ascii_lowercase, ""
        for _ in range(length):
            number, rest = divmod(number, len(alphabet))
            text += alphabet[rest]
        return text


def now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def require(true: bool, message: str) -> None:
    if not true:
        raise Refused(400, message)


def is_text(value: object) -> bool:
    return isinstance(value, str)


def fits(value: Any, known: set[str], needed: set[str]) -> bool:
    """Whether a field is empty, or an object of texts with these keys."""
    if value is None:
        return True
    return isinstance(value, dict) and needed <= value.keys() <= known and all(map(is_text, value.values()))


def sanitised(html: str) -> str:
    """As editors of HTML give it back: scripts gone, entities that are not needed written out."""
    html = re.sub(r"(?is)<(script|style)\b.*?</\1>", "", html)
    return html.replace("&#x27;", "'").replace("&quot;", '"')
