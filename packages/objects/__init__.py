"""Bytes under keys in an object store that several hosts share."""

from packages.objects.address import StoreAddress, StoreSettings, open_object_store, open_store_of
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
    "UNCHANGED", "AlreadyThere", "ChangedMeanwhile", "ObjectStore", "StoreAddress", "StoreSettings", "StoredContent",
    "StoredObject", "Unchanged", "open_object_store", "open_store_of",
]  # fmt: skip
