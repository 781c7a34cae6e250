"""The settings of the CKAN backend."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from catalogue.signing.signer import Signer


@dataclass(frozen=True, slots=True)
class CkanSettings:
    """The address of a CKAN, how it holds files, and what its own schema asks for.

    `upload`: CKAN holds the bytes. `link`: CKAN links to `public_url`, where the folder of releases is public with its
    own paths (`<dataset>/<publisher>/<digest>/<file>`). `datastore` loads every CSV file into CKAN's DataStore too.
    `fields` are fields of every dataset, and under `resources` those of every file, that we could not know.
    `signer` signs every release, if anybody does.
    """

    url: str
    token: str = field(repr=False)
    mode: str = "upload"
    public_url: str = ""
    may_create_organisations: bool = True
    datastore: bool = False
    fields: Mapping[str, Any] = field(default_factory=dict)
    signer: Signer | None = field(default=None, repr=False)
