"""Verifies one dataset as a CKAN or a DataPress shows it, with nothing but a root key and the list of keys."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx

from catalogue.signing.key_list import KeyList
from catalogue.signing.listed import list_of_entry, listing_name
from catalogue.signing.sums import KEYS, SummedFile
from catalogue.verifying.found import Attack, NotProven, Verified
from catalogue.verifying.places import ReadLimits, ServedPlace, WebPlace, expect_file, read_small
from catalogue.verifying.proofs import SignedFile, expect_newest, proven_keys, proven_sums
from catalogue.verifying.seen import Seen
from catalogue.verifying.site import KEYS_BYTES, Trust, signed_file

ENTRY_BYTES = 8 << 20
ENTRY = "dataset"
CKAN_PAGE = re.compile(r"(?P<root>https?://.+?)/dataset/(?P<name>[\w.-]+)/?")
CKAN_API = re.compile(r"(?P<root>https?://.+?)/api/3/action/package_show\?id=(?P<name>[\w.-]+)")
DATAPRESS_API = re.compile(r"https?://.+?/api/v3/dataset/[\w.-]+")
MARK = re.compile(r"[\w.-]+ of release (?P<release>[0-9a-f]{64}); SHA-256 (?P<sha256>[0-9a-f]{64})")
"""What the description of a file says in a DataPress."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What an entry says: what is signed in it, and where each file is. `others` are files that nobody signed."""

    identifier: str
    release: str
    signature: str
    files: Mapping[str, SummedFile]
    urls: Mapping[str, str]
    others: int = 0


def entry_address(address: str) -> str:
    """Return the address of the API at which an entry can be read; empty when an address is none of an entry. Pure."""
    if DATAPRESS_API.fullmatch(address):
        return address
    found = CKAN_API.fullmatch(address) or CKAN_PAGE.fullmatch(address)
    return f"{found['root']}/api/3/action/package_show?id={found['name']}" if found else ""


def verify_entry(
    address: str, client: httpx.Client, keys_at: ServedPlace, trust: Trust, on_progress: Callable[[str], None]
) -> Verified:
    """Verify the dataset at an address of an API; `keys_at` has the list of keys."""
    result, seen = Verified(address), trust.seen.read(address)
    try:
        given = signed_file(keys_at, KEYS, trust.limits, KEYS_BYTES)
        keys = proven_keys(given, trust.root, seen, trust.now)
        entry = read_entry(_json(address, client, trust))
        on_progress(f"verifying {len(entry.files)} files")
        version = _check(entry, keys, seen, trust, result)
    except NotProven as wrong:
        result.found.append(wrong.found)
        return result
    for name, file in sorted(entry.files.items()):
        try:
            expect_file(_FileAt(entry.urls[name], client), name, file, trust.limits)
        except NotProven as wrong:
            result.found.append(wrong.found)
        else:
            result.files += 1
            result.bytes += file.bytes
    if entry.others:
        result.notes.append(f"{entry.others} files there are signed by nobody: others added them.")
    result.notes.append("Of a dataset in such a catalogue, an older release is only known by whoever saw a newer one.")
    if not result.found:
        trust.seen.write(address, Seen(keys.version, version, result.key, keys.last_root.pem))
    return result


def _check(entry: Entry, keys: KeyList, seen: Seen, trust: Trust, result: Verified) -> int:
    """Prove the signature of an entry; return its version."""
    name = listing_name(entry.identifier, entry.release)
    try:
        content, signature = list_of_entry(entry.signature, name, entry.files)
    except ValueError as error:
        raise NotProven(Attack.DAMAGED, ENTRY, f"has no signature that can be read ({error})") from error
    sums = proven_sums(SignedFile(ENTRY, content, signature), keys, name)
    expect_newest(sums, keys, seen, trust.now)
    result.version, result.signed, result.key = sums.version, sums.time, sums.key
    return sums.version


def _json(address: str, client: httpx.Client, trust: Trust) -> Any:
    content = read_small(_FileAt(address, client), ENTRY, trust.limits, ENTRY_BYTES)
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise NotProven(Attack.DAMAGED, ENTRY, "is answered with something else than JSON") from error


@dataclass(frozen=True, slots=True)
class _FileAt(WebPlace):
    """One file at its own address, whatever it is called here."""

    def pieces(self, path: str, limits: ReadLimits) -> Generator[bytes, None, None]:
        """Yield the file."""
        if urlsplit(self.url).scheme not in ("http", "https"):
            raise NotProven(Attack.MISSING, path, "has no address on the web")
        return self.stream(self.url, path, limits)


def read_entry(said: Any) -> Entry:
    """Return what a CKAN or a DataPress says of a dataset; NotProven when it is nothing that we signed. Pure."""
    try:
        if isinstance(said, Mapping) and isinstance(said.get("result"), Mapping):
            return _ckan_entry(said["result"])
        return _datapress_entry(said)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise NotProven(Attack.DAMAGED, ENTRY, "is no dataset with a signature of ours") from error


def _ckan_entry(package: Mapping[str, Any]) -> Entry:
    extras = {extra["key"]: extra["value"] for extra in package.get("extras") or []}
    told = {**extras, **{key: value for key, value in package.items() if isinstance(value, str)}}
    ours = [one for one in package["resources"] if one.get("release_digest")]
    files = {_file_name(one["url"]): SummedFile(str(one["hash"]), int(one["size"])) for one in ours}
    return Entry(
        identifier=told["identifier"],
        release=told["release_digest"],
        signature=told["release_signature"],
        files=files,
        urls={_file_name(one["url"]): one["url"] for one in ours},
        others=len(package["resources"]) - len(ours),
    )


def _datapress_entry(document: Mapping[str, Any]) -> Entry:
    records = (_record(text) for text in (document.get("custom") or {}).values())
    record = next(one for one in records if "signature" in one)
    files, urls, others = {}, {}, 0
    for one in document["resources"].values():
        mark = MARK.search(str(one.get("description") or ""))
        if mark:
            name = _file_name(one["url"])
            files[name], urls[name] = SummedFile(mark["sha256"], int(one["size"])), one["url"]
        else:
            others += 1
    return Entry(record["identifier"], record["release"], record["signature"], files, urls, others)


def _record(text: object) -> dict[str, str]:
    pairs = (pair.partition("=") for pair in str(text or "").partition("reason=")[0].split("; "))
    return {name.strip(): value.strip().rstrip(";") for name, mark, value in pairs if mark}


def _file_name(url: str) -> str:
    return unquote(urlsplit(url).path.rpartition("/")[2])
