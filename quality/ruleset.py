"""The version of the rules that look for people: one digest over their code, their word lists and their messages."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

ROOMS = ("quality.disclosure", "quality.suppression")


@cache
def ruleset_digest() -> str:
    """Return the digest (sha256, hex) of everything that decides what is found about people; it is read once."""
    digest = hashlib.sha256()
    for room in ROOMS:
        for name, content in sorted(_contents(resources.files(room), room)):
            digest.update(f"{name} {hashlib.sha256(content).hexdigest()}\n".encode())
    digest.update(resources.files("packages").joinpath("messages.yaml").read_bytes())
    return digest.hexdigest()


def _contents(folder: Traversable, path: str) -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        if entry.is_dir() and entry.name != "__pycache__":
            yield from _contents(entry, f"{path}/{entry.name}")
        elif entry.name.endswith((".py", ".txt", ".yaml")):
            yield f"{path}/{entry.name}", entry.read_bytes()
