"""Somebody who knows nothing of us and looks at a DataPress without a key: is what is there of one piece?"""

from __future__ import annotations

import hashlib
import json
import re
import urllib.error
import urllib.request
from typing import Any

from tests.reliability.stranger import Seen

MARK = re.compile(r"(\S+) of release ([0-9a-f]{64}); SHA-256 ([0-9a-f]{64})(?:; (\d+) rows)?\.")


def look(url: str, title: str) -> Seen:
    """Observe the public dataset of a title; `wrong` names files of two releases, or bytes that are not those named."""
    found = [one["id"] for one in get_json(f"{url}/api/v3/datasets/export.json") if one["title"] == title]
    if len(found) > 1:
        return Seen("", 0, f"{len(found)} datasets of one title")
    return look_at(url, found[0]) if found else Seen("")


def look_at(url: str, key: str) -> Seen:
    """Observe one public dataset by its id: one answer, and the bytes at the addresses that it names."""
    try:
        said = get_json(f"{url}/api/v3/dataset/{key}")
    except urllib.error.HTTPError as error:
        if error.code in (403, 404):
            return Seen("")
        raise
    marks = {rid: MARK.fullmatch(one["description"]) for rid, one in said["resources"].items()}
    files = {rid: mark.groups() for rid, mark in marks.items() if mark}
    releases = {release for _, release, _, _ in files.values()}
    rows = max((int(count or 0) for *_, count in files.values()), default=0)
    wrong = [f"{len(releases)} releases beside each other"] if len(releases) != 1 else []
    wrong += [
        f"{name} twice" for name in {one[0] for one in files.values()} if [o[0] for o in files.values()].count(name) > 1
    ]
    for rid, (name, _, digest, _) in files.items():
        if (status := digest_of(said["resources"][rid]["url"])) != digest:
            wrong.append(f"{name}: not the bytes of the digest beside it ({status[:12]})")
    return Seen(next(iter(releases)) if len(releases) == 1 else "", rows, "; ".join(wrong))


def damaged(seen: Seen) -> bool:
    """Whether a file is not what it says; two releases beside each other are another matter."""
    return "twice" in seen.wrong or "not the bytes" in seen.wrong


def digest_of(url: str) -> str:
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return hashlib.sha256(answer.read()).hexdigest()
    except urllib.error.HTTPError as error:
        return f"status {error.code}"


def get_json(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=30) as answer:
        return json.loads(answer.read())
