"""An object store: bytes under keys, written so that two hosts never overwrite each other unseen.

Only here is the library that speaks S3 known. Every call ends in its result, in one of the refusals below, or in a
SetupProblem or TemporaryProblem in words.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from packages.errors import TemporaryProblem
from packages.objects.problems import store_problem

if TYPE_CHECKING:
    from obstore.store import ObjectStore as Backend

PIECE = 8 << 20
"""Bytes of a download that are in memory at once."""

AT_ONCE = 1000
"""Objects that one request removes at most, as S3 allows."""


class Unchanged(Enum):
    """The answer on an object that is as it was when it was read before."""

    UNCHANGED = "unchanged"


UNCHANGED: Final[Literal[Unchanged.UNCHANGED]] = Unchanged.UNCHANGED


class AlreadyThere(Exception):
    """An object was to be new, and one with other bytes is there."""


class ChangedMeanwhile(Exception):
    """An object was to replace the one that was read, and that is not there any more."""


@dataclass(frozen=True, slots=True)
class StoredContent:
    """The bytes of an object, and what the store calls this version of it."""

    data: bytes
    etag: str


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object without its bytes: key, size in bytes, what the store calls this version, and when it was written."""

    key: str
    bytes: int
    etag: str
    at: dt.datetime


class ObjectStore:
    """The objects in one place; `place` is its address for messages. Threads may share one."""

    def __init__(self, backend: Backend, place: str) -> None:
        self._backend = backend
        self.place = place
        self._has_bare_etags = False

    # --- reading ------------------------------------------------------------------------------------------------------

    def get(self, key: str) -> StoredContent | None:
        """Return an object; None when there is none."""
        found = self._get(key, {})
        return None if found is UNCHANGED else found

    def get_if_changed(self, key: str, etag: str) -> StoredContent | Unchanged | None:
        """Return an object unless it is the version that was read before, which is not sent again; None for none."""
        return self._get(key, {"if_none_match": etag})

    def _get(self, key: str, options: Any) -> StoredContent | Unchanged | None:
        import obstore
        from obstore.exceptions import NotModifiedError

        try:
            with self._problems():
                found = obstore.get(self._backend, key, options=options)
                return StoredContent(bytes(found.bytes()), found.meta["e_tag"] or "")
        except FileNotFoundError:
            return None
        except NotModifiedError:
            return UNCHANGED

    def head(self, key: str) -> StoredObject | None:
        """Return what is known of an object without its bytes; None when there is none."""
        import obstore

        try:
            with self._problems():
                return _stored(obstore.head(self._backend, key))
        except FileNotFoundError:
            return None

    def read_range(self, key: str, start: int, length: int) -> bytes:
        """Return a part of an object; fewer bytes at its end, none after it or when there is no object."""
        import obstore

        try:
            with self._problems():
                return bytes(obstore.get_range(self._backend, key, start=start, length=length))
        except FileNotFoundError:
            return b""

    def download(self, key: str, path: Path, sha256: str = "") -> None:
        """Write an object into a new file; FileNotFoundError when there is none.

        TemporaryProblem when the bytes are not those of `sha256` (hex), with no file left.
        """
        import obstore

        digest = hashlib.sha256()
        part = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            with self._problems(), part.open("xb") as file:
                for piece in obstore.get(self._backend, key).stream(min_chunk_size=PIECE):
                    digest.update(piece)
                    file.write(piece)
            if sha256 and digest.hexdigest() != sha256:
                raise TemporaryProblem(
                    f"The object store {self.place} gave other bytes than were stored under {key}.",
                    fix="Run the same command again. If it stays so, somebody changed the object: publish again.",
                )
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)

    def list(self, prefix: str) -> Iterator[StoredObject]:
        """Yield the objects whose keys begin with a prefix that ends with a slash, in no order; a request for 1,000.

        Some stores list what was written or removed a moment ago as it was before: `head` is certain.
        """
        import obstore

        with self._problems():
            pages = obstore.list(self._backend, prefix.rstrip("/") or None)
            for page in pages:
                yield from map(_stored, page)

    def folders(self, prefix: str) -> tuple[str, ...]:
        """Return the names of the next level below a prefix that ends with a slash, in order."""
        import obstore

        with self._problems():
            found = obstore.list_with_delimiter(self._backend, prefix.rstrip("/"))["common_prefixes"]
        return tuple(sorted(path.rstrip("/").rpartition("/")[2] for path in found))

    # --- writing ------------------------------------------------------------------------------------------------------

    def put(self, key: str, content: bytes | Path) -> str:
        """Store bytes, or a file in parts, under a key that names its content; return what the store calls it.

        Whatever is there is written over: with the same bytes, because the key names them.
        """
        import obstore

        try:
            with self._problems():
                etag = obstore.put(self._backend, key, content)["e_tag"]
        except FileNotFoundError as error:
            # the library gives up an upload in parts that had ended, but whose answer was cut: it is not there any more
            raise store_problem(self.place, error) from None
        # Ceph 16 does not say what it calls an upload in parts, or says it without the quotes that it has ever after
        found = None if etag and etag.startswith('"') else self.head(key)
        return found.etag if found else str(etag or "")

    def keeps_versions(self, key: str) -> bool:
        """Write an object, and return whether the store keeps each version of it: what is removed stays there then."""
        import obstore

        with self._problems():
            return obstore.put(self._backend, key, b"")["version"] not in (None, "", "null")

    def put_new(self, key: str, content: bytes) -> str:
        """Store an object that must not be there yet; AlreadyThere when one with other bytes is."""
        return self._put_if(key, content, "create", AlreadyThere)

    def put_over(self, key: str, content: bytes, etag: str) -> str:
        """Store an object in place of the version that was read; ChangedMeanwhile when that is not there any more."""
        try:
            return self._put_if(key, content, {"e_tag": self._condition(etag)}, ChangedMeanwhile)
        except ChangedMeanwhile:
            bare, found = etag.strip('"'), self.head(key)
            if self._has_bare_etags or bare == etag or not found or found.etag != etag:
                raise
            # Ceph 16 (Debian 12) names a version in quotes, as it should, but in a condition knows it only bare
            newer = self._put_if(key, content, {"e_tag": bare}, ChangedMeanwhile)
            self._has_bare_etags = True
            return newer

    def _condition(self, etag: str) -> str:
        return etag.strip('"') if self._has_bare_etags else etag

    def _put_if(self, key: str, content: bytes, mode: Any, refusal: type[Exception]) -> str:
        import obstore
        from obstore.exceptions import AlreadyExistsError, PreconditionError

        try:
            with self._problems():
                return str(obstore.put(self._backend, key, content, mode=mode)["e_tag"] or "")
        # a store says of a version that is gone that there is no such object
        except (AlreadyExistsError, PreconditionError, FileNotFoundError) as error:
            # a request whose answer was lost is sent again, and then meets what it wrote itself
            found = self.get(key)
            if found and found.data == content:
                return found.etag
            raise refusal(key) from error

    def copy(self, key: str, target: str) -> None:
        """Store an object under another key as well, within the store; FileNotFoundError when there is none."""
        import obstore

        with self._problems():
            obstore.copy(self._backend, key, target)

    def delete(self, keys: Iterable[str]) -> None:
        """Remove objects; those that are not there count as removed."""
        import obstore

        doomed = list(keys)
        for start in range(0, len(doomed), AT_ONCE):
            try:
                with self._problems():
                    obstore.delete(self._backend, doomed[start : start + AT_ONCE])
            except FileNotFoundError:
                # one of several was gone; the library stops there
                for key in doomed[start : start + AT_ONCE]:
                    self._delete_one(key)

    def _delete_one(self, key: str) -> None:
        import obstore

        try:
            with self._problems():
                obstore.delete(self._backend, key)
        except FileNotFoundError:
            return

    @contextmanager
    def _problems(self) -> Iterator[None]:
        """Turn what the library raises for a fault into a problem in words; refusals of a condition pass."""
        from obstore.exceptions import AlreadyExistsError, BaseError, NotModifiedError, PreconditionError

        try:
            yield
        except (AlreadyExistsError, PreconditionError, NotModifiedError):
            raise
        except FileNotFoundError as error:
            # a bucket that is not there is told like an object that is not
            if "NoSuchBucket" in str(error):
                raise store_problem(self.place, error) from None
            raise
        except BaseError as error:
            raise store_problem(self.place, error) from None


def _stored(meta: Any) -> StoredObject:
    return StoredObject(meta["path"], meta["size"], meta["e_tag"] or "", meta["last_modified"])
