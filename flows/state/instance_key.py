"""The key of this instance: 32 random bytes that are in no database, so that whoever has only that can forge nothing.

It stands in a file in our folder that only its owner may read, or comes from the environment where several hosts share
a ledger. It is never shown, logged or kept anywhere else.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from pathlib import Path

from flows.settings import Settings
from flows.state.store import folder_not_writable
from packages.errors import SetupProblem

FILE_NAME = "instance.key"
BYTES = 32


def instance_key(settings: Settings) -> bytes:
    """Return the key, made when there is none yet; SetupProblem when others may read it or it is no key."""
    given = settings.instance_key.get_secret_value()
    return _parsed(given, "LONDATA_INSTANCE_KEY") if given else _from_file(settings.home / FILE_NAME)


def keyed_hash(key: bytes, purpose: str, text: str) -> str:
    """Return the HMAC-SHA256 (hex) of a text; the same text has another one for every purpose."""
    content = f"{len(purpose)} {purpose} {text}".encode("utf-8", "surrogatepass")
    return hmac.new(key, content, hashlib.sha256).hexdigest()


def _from_file(path: Path) -> bytes:
    try:
        if not path.exists():
            _make(path)
        if path.stat().st_mode & 0o077 and os.name == "posix":
            raise SetupProblem(
                f"Other accounts on this machine may read {path}.",
                fix=f"Run `chmod 600 {path}`. If others could read it, they could forge decisions: look through "
                "`londata audit show`.",
            )
        return _parsed(path.read_text(encoding="ascii", errors="replace"), str(path))
    except OSError as error:
        raise folder_not_writable(path, error) from error


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(BYTES) + "\n")
        # a link and not a rename: of two processes that make one, the second takes that of the first
        try:
            os.link(draft, path)
        except FileExistsError:
            return
    finally:
        draft.unlink(missing_ok=True)


def _parsed(text: str, place: str) -> bytes:
    if not re.fullmatch(r"[0-9a-fA-F]{64}", text.strip()):
        raise SetupProblem(
            f"{place} does not hold a key: 64 characters from 0 to 9 and a to f are expected.",
            fix="Bring the key back from a copy, or make one with `openssl rand -hex 32`. With another key, decisions "
            "that were not signed by an SSH key do not count any more and have to be made again.",
        )
    return bytes.fromhex(text.strip())
