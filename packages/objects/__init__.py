"""Bytes under keys in an object store that several hosts share."""

from packages.objects.address import StoreAddress, open_object_store
from packages.objects.object_store import (
    UNCHANGED,
    AlreadyThere,
    ChangedMeanwhile,
    ObjectStore,
    StoredContent,
    StoredObject,
    Unchanged,
)

__all__ = [
    "UNCHANGED",
    "AlreadyThere",
    "ChangedMeanwhile",
    "ObjectStore",
    "StoreAddress",
    "StoredContent",
    "StoredObject",
    "Unchanged",
    "open_object_store",
]  # fmt: skip
