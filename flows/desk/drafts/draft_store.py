"""Drafts in folders of their own, for the account of the desk alone; each change is whole or not there at all."""

from __future__ import annotations

import datetime as dt
import os
import re
import secrets
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from pydantic import ValidationError

from flows.desk.drafts.draft import KEPT, DeskDraft
from packages.errors import TemporaryProblem
from quality.disclosure.hidden_names import without_personal

ID = re.compile(r"[0-9a-f]{32}")
"""The form of the id of a draft."""

RECORD = "draft.json"
RECEIVED = "received"

LEAST_FREE = 1 << 30
"""Bytes that stay free on the disk: no file is taken that nights or the ledger could need the room of."""

MOST_OF_ONE = 200
"""Drafts of one owner, and 20 of somebody who has not signed in; the oldest go first."""

MOST_ANONYMOUS = 20

LONGEST_NAME = 80
"""Characters of the name under which a file is kept."""

ODD = re.compile(r"[^\w .()+-]+")


class DraftStore:
    """The drafts of one desk, in a folder. Safe to use from several threads of one process."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._lock = threading.RLock()
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._drafts = {draft.id: draft for draft in self._read_all()}

    def _read_all(self) -> Iterator[DeskDraft]:
        for path in sorted(self.root.glob(f"*/{RECORD}")):
            try:
                yield DeskDraft.model_validate_json(path.read_bytes())
            except (OSError, ValidationError):
                continue  # of another version; it is removed when its time is over

    # --- reading ------------------------------------------------------------------------------------------------------

    def find(self, draft_id: str) -> DeskDraft | None:
        """Return a draft; None when there is none (any more)."""
        return self._drafts.get(draft_id) if ID.fullmatch(draft_id) else None

    def of_owner(self, owner: str) -> tuple[DeskDraft, ...]:
        """Return the drafts of somebody, the latest first."""
        found = [draft for draft in list(self._drafts.values()) if draft.owner == owner]
        return tuple(sorted(found, key=lambda draft: draft.changed, reverse=True))

    def all(self) -> tuple[DeskDraft, ...]:
        """Return all drafts."""
        return tuple(self._drafts.values())

    def folder(self, draft: DeskDraft) -> Path:
        """Return the folder of a draft."""
        return self.root / draft.id

    def received(self, draft: DeskDraft) -> Path:
        """Return where the file that was handed in is, or would be."""
        return self.folder(draft) / RECEIVED / draft.name

    # --- changing -----------------------------------------------------------------------------------------------------

    def create(self, owner: str, now: dt.datetime, **content: Any) -> DeskDraft:
        """Make a draft; of an owner with too many, the oldest go. TemporaryProblem when the disk is nearly full."""
        # what takes something away is never kept back
        if "errand" not in content and shutil.disk_usage(self.root).free < LEAST_FREE:
            raise TemporaryProblem(
                "The desk takes no file just now: its disk is nearly full.",
                fix="Try again later, and tell whoever runs londata.",
                why="What is published and what others have handed in comes first.",
            )
        draft = DeskDraft(id=secrets.token_hex(16), owner=owner, created=now, changed=now, **content)
        most = MOST_ANONYMOUS if draft.is_anonymous else MOST_OF_ONE
        for old in self.of_owner(owner)[most - 1 :]:
            if not old.is_busy:
                self.remove(old)
        try:
            self.folder(draft).mkdir(mode=0o700)
        except OSError as error:
            raise _no_room(error) from error
        self._write(draft)
        return draft

    def change(self, draft_id: str, now: dt.datetime | None = None, **content: Any) -> DeskDraft | None:
        """Change a draft; None when it is gone. With `now` it is kept from then on."""
        with self._lock:
            draft = self._drafts.get(draft_id)
            if draft is None:
                return None
            changed = draft.model_copy(update=content | ({"changed": now} if now else {}))
            self._write(changed)
            return changed

    def receive(self, draft: DeskDraft, file: BinaryIO, name: str) -> DeskDraft:
        """Put the bytes of a file into the folder of its draft, in place of those before."""
        name = safe_name(name)
        fresh = self.folder(draft) / f".{RECEIVED}.{secrets.token_hex(4)}"
        try:
            fresh.mkdir(mode=0o700)
            with os.fdopen(os.open(fresh / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
                shutil.copyfileobj(file, out, 1 << 20)
            shutil.rmtree(self.folder(draft) / RECEIVED, ignore_errors=True)
            fresh.replace(self.folder(draft) / RECEIVED)
        except OSError as error:
            shutil.rmtree(fresh, ignore_errors=True)
            raise _no_room(error) from error
        return self.change(draft.id, name=name) or draft

    def give(self, before: str, owner: str) -> None:
        """Give the drafts of one owner to another: somebody has signed in."""
        for draft in self.of_owner(before):
            self.change(draft.id, owner=owner)

    def remove(self, draft: DeskDraft) -> None:
        """Remove a draft with its file."""
        with self._lock:
            self._drafts.pop(draft.id, None)
            # the record goes first: what is left of a removal that was cut short is no draft
            (self.folder(draft) / RECORD).unlink(missing_ok=True)
            shutil.rmtree(self.folder(draft), ignore_errors=True)

    def tidy(self, now: dt.datetime) -> int:
        """Remove drafts whose time is over, and folders that have been no draft for as long; return how many."""
        over = [draft for draft in self.all() if draft.ends < now and not draft.is_busy]
        for draft in over:
            self.remove(draft)
        with self._lock:
            # one that is being made, or that another version wrote, is left alone
            oldest = (now - KEPT).timestamp()
            folders = [path for path in self.root.iterdir() if path.is_dir() and path.name not in self._drafts]
            lost = [path for path in folders if path.stat().st_mtime < oldest]
            for path in lost:
                shutil.rmtree(path, ignore_errors=True)
        return len(over) + len(lost)

    def _write(self, draft: DeskDraft) -> None:
        with self._lock:
            path = self.folder(draft) / RECORD
            fresh = path.with_name(f".{RECORD}.{secrets.token_hex(4)}")
            try:
                with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
                    out.write(draft.model_dump_json().encode())
                    out.flush()
                    os.fsync(out.fileno())
                fresh.replace(path)
            except OSError as error:
                fresh.unlink(missing_ok=True)
                raise _no_room(error) from error
            self._drafts[draft.id] = draft


def safe_name(name: str) -> str:
    """Return the name of a file as it is kept and shown: no folders, no odd characters, nothing personal. Pure."""
    base = without_personal(name.replace("\\", "/").rpartition("/")[2])
    plain = ODD.sub("_", base).strip(" .") or "file"
    stem, dot, suffix = plain.rpartition(".")
    end = f"{dot}{suffix[:8]}" if stem else ""
    return f"{(stem or plain)[: LONGEST_NAME - len(end)]}{end}"


def _no_room(error: OSError) -> TemporaryProblem:
    return TemporaryProblem(
        f"The file cannot be kept ({error.strerror or 'no reason given'}).",
        fix="Tell whoever runs londata: the disk of the desk may be full. Then hand it in again.",
    )
