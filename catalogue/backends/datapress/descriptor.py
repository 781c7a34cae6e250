"""The Data Package descriptor as a DataPress holds it: with the addresses of its files in place of their names. Pure.

Every file lies in a folder of its own there, so that the names in the descriptor of the release would lead from its
address to itself. The addresses are known when the files have been sent once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace

from catalogue.listing import Listing
from packages.model import Release
from packages.release.descriptor import DIGESTED_PARQUET, PARQUET, descriptor_with_addresses

DESCRIPTOR = "datapackage.json"


def with_descriptor(listed: Listing, release: Release) -> tuple[Listing, Mapping[str, bytes]]:
    """Return the listing with the descriptor as it is sent, and the content of files that are not the release's.

    While a file of data has no address, the listing has no descriptor.
    """
    urls = {file.file: file.url for file in listed.distributions}
    others = tuple(file for file in listed.documents if file.file != DESCRIPTOR)
    if not all(urls.values()) or len(others) == len(listed.documents):
        return replace(listed, documents=others), {}
    described = descriptor_with_addresses(release.descriptor, urls)
    for resource in described["resources"]:
        # releases that were sealed under the old name, which frictionless takes for a table that it cannot prove
        if resource.get("format") == DIGESTED_PARQUET:
            resource["format"] = PARQUET
    content = (json.dumps(described, ensure_ascii=False, indent=2) + "\n").encode()
    digest = hashlib.sha256(content).hexdigest()
    documents = (
        replace(file, sha256=digest, bytes=len(content)) if file.file == DESCRIPTOR else file
        for file in listed.documents
    )
    return replace(listed, documents=tuple(documents)), {DESCRIPTOR: content}
