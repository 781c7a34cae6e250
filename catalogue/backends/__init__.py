"""The backends: every kind of catalogue by name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from catalogue.backends.protocol import Catalogue, CatalogueSettings, Memory, NoMemory, Progress

if TYPE_CHECKING:
    from catalogue.backends.folder import FolderCatalogue
    from catalogue.trees.shelf import TreeShelf

__all__ = ["BACKENDS", "Catalogue", "CatalogueSettings", "Memory", "Progress", "site_catalogue", "site_shelf"]

NO_MEMORY = NoMemory()


class MakeBackend(Protocol):
    """Makes a backend of the settings; `memory` keeps the ids that a catalogue chooses itself."""

    def __call__(self, settings: CatalogueSettings, memory: Memory = NO_MEMORY, /) -> Catalogue: ...


def _folder(settings: CatalogueSettings, _memory: Memory = NO_MEMORY) -> FolderCatalogue:
    return site_catalogue(settings)


def site_catalogue(settings: CatalogueSettings) -> FolderCatalogue:
    """Return the static site, which is made for every catalogue: in a folder, or in the object store of many hosts."""
    from catalogue.backends.folder import FolderCatalogue

    if not settings.store_url:
        return FolderCatalogue(settings.site, public_url=settings.public_url, signer=settings.signer)
    from catalogue.backends.stored import StoredCatalogue

    return StoredCatalogue(settings.site, site_shelf(settings), public_url=settings.public_url, signer=settings.signer)


def site_shelf(settings: CatalogueSettings) -> TreeShelf:
    """Return the site in the object store that the settings name."""
    from catalogue.trees.shelf import TreeShelf
    from packages.objects import open_store_of

    return TreeShelf(open_store_of(settings))


def _ckan(settings: CatalogueSettings, _memory: Memory = NO_MEMORY) -> Catalogue:
    from catalogue.backends.ckan.catalogue import CkanCatalogue
    from catalogue.backends.ckan.settings import CkanSettings

    return CkanCatalogue(
        CkanSettings(
            url=settings.ckan_url,
            token=settings.ckan_token.get_secret_value(),
            mode=settings.ckan_mode,
            public_url=settings.public_url,
            datastore=settings.ckan_datastore,
            fields=json.loads(settings.ckan_fields or "{}"),
            signer=settings.signer,
        )
    )


def _datapress(settings: CatalogueSettings, memory: Memory = NO_MEMORY) -> Catalogue:
    from catalogue.backends.datapress.catalogue import DatapressCatalogue
    from catalogue.backends.datapress.mapping import DatapressSettings, named_values

    told = DatapressSettings(
        url=settings.datapress_url,
        key=settings.datapress_key.get_secret_value(),
        teams=named_values(settings.datapress_team),
        mastheads=named_values(settings.datapress_masthead),
        fields=named_values(settings.datapress_fields),
        signer=settings.signer,
    )
    return DatapressCatalogue(told, memory)


BACKENDS: Mapping[str, MakeBackend] = {"folder": _folder, "ckan": _ckan, "datapress": _datapress}
"""How to make each backend from the settings. Its module is imported on first use: CKAN's brings an HTTP client."""
