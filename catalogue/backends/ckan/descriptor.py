"""The Data Package descriptor as a CKAN holds it: with the addresses of its files in place of their names. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from catalogue.backends.ckan.entry import with_ckan_addresses
from catalogue.backends.ckan.settings import CkanSettings
from catalogue.listing import Distribution, Listing
from packages.model import Release
from packages.release.descriptor import DIGESTED_PARQUET, PARQUET, descriptor_with_addresses

DESCRIPTOR = "datapackage.json"


def listed_in_ckan(
    listed: Listing, release: Release, settings: CkanSettings, package: Mapping[str, Any] | None
) -> tuple[Listing, Mapping[str, bytes]]:
    """Return the listing as the CKAN shall show it, and the content of files that are not those of the release.

    In CKAN every file lies in a folder of its own, so that the names in the descriptor of the release would lead from
    its address to itself. Its size and sha256 in the listing are those of what is sent. `package` is what is there.
    """
    dataset, name = (package["id"], package["name"]) if package else (listed.id, listed.name)
    wanted = with_ckan_addresses(listed, settings, dataset, name)
    if settings.mode == "link" or not any(file.file == DESCRIPTOR for file in wanted.documents):
        return wanted, {}
    content = addressed_descriptor(release, {file.file: file.url for file in wanted.distributions})

    def as_sent(file: Distribution) -> Distribution:
        if file.file != DESCRIPTOR:
            return file
        return replace(file, sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))

    return replace(wanted, documents=tuple(map(as_sent, wanted.documents))), {DESCRIPTOR: content}


def addressed_descriptor(release: Release, urls_by_file: Mapping[str, str]) -> bytes:
    """Return the descriptor of a release with addresses, always the same bytes for the same release and addresses."""
    described = descriptor_with_addresses(release.descriptor, urls_by_file)
    for resource in described["resources"]:
        if resource.get("format") == DIGESTED_PARQUET:
            # releases that were sealed under the old name, which frictionless takes for a table that it cannot prove
            resource["format"] = PARQUET
    return (json.dumps(described, ensure_ascii=False, indent=2) + "\n").encode()
