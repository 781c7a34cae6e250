"""The backends: every kind of catalogue by name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Protocol

from catalogue.backends.protocol import Catalogue, CatalogueSettings, Memory, NoMemory, Progress

__all__ = ["BACKENDS", "Catalogue", "CatalogueSettings", "Memory", "Progress"]

NO_MEMORY = NoMemory()


class MakeBackend(Protocol):
    """Makes a backend of the settings; `memory` keeps the ids that a catalogue chooses itself."""

    def __call__(self, settings: CatalogueSettings, memory: Memory = NO_MEMORY, /) -> Catalogue: ...


def _folder(settings: CatalogueSettings, _memory: Memory = NO_MEMORY) -> Catalogue:
    from catalogue.backends.folder import FolderCatalogue

    return FolderCatalogue(settings.site, public_url=settings.public_url)


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
    )
    return DatapressCatalogue(told, memory)


BACKENDS: Mapping[str, MakeBackend] = {"folder": _folder, "ckan": _ckan, "datapress": _datapress}
"""How to make each backend from the settings. Its module is imported on first use: CKAN's brings an HTTP client."""
