"""Proof that an object store does what we build on: every S3 service says that it does, and some do not."""

from __future__ import annotations

from collections.abc import Callable

from packages.errors import SetupProblem
from packages.objects.object_store import AlreadyThere, ChangedMeanwhile, ObjectStore


def prove_store(store: ObjectStore, key: str) -> None:
    """Write, overwrite, list and remove one object; SetupProblem names what the store or our account does not do.

    `key` is one that nobody else uses; nothing is left under it.
    """
    try:
        etag = store.put_new(key, b"first")
        _expect(_refuses(lambda: store.put_new(key, b"second")), store, "a new object overwrites one that is there")
        newer = store.put_over(key, b"second", etag)
        _expect(_refuses(lambda: store.put_over(key, b"third", etag)), store, "a change that nobody has read is lost")
        found = store.get(key)
        _expect(found is not None and found.data == b"second", store, "it gives other bytes than were written")
        _expect(found is not None and found.etag == newer, store, "it names a version differently each time")
        listed = {one.key for one in store.list(f"{key.rpartition('/')[0]}/")}
        _expect(key in listed, store, "what was just written is not in its list")
        if store.keeps_versions(key):
            raise SetupProblem(
                f"The bucket {store.place} keeps every version of its objects: what is withdrawn stays there.",
                fix="Turn versioning off for this bucket and remove the old versions, or use another bucket. Copies "
                "are kept elsewhere: docs/operations.md says how.",
            )
    finally:
        store.delete([key])
    _expect(store.head(key) is None, store, "what was removed is still there")


def _refuses(write: Callable[[], object]) -> bool:
    try:
        write()
    except (AlreadyThere, ChangedMeanwhile):
        return True
    return False


def _expect(holds: bool, store: ObjectStore, what: str) -> None:
    if not holds:
        raise SetupProblem(
            f"The object store {store.place} cannot be used by several hosts: {what}.",
            fix="Use a service and a version of it that keeps the conditions of S3 (If-None-Match and If-Match).",
        )
