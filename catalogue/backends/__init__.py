"""The backends: every kind of catalogue by name."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from catalogue.backends.protocol import Catalogue, CatalogueSettings, Progress

__all__ = ["BACKENDS", "Catalogue", "CatalogueSettings", "Progress"]


def _folder(settings: CatalogueSettings) -> Catalogue:
    from catalogue.backends.folder import FolderCatalogue

    return FolderCatalogue(settings.site, public_url=settings.public_url)


def _ckan(settings: CatalogueSettings) -> Catalogue:
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


BACKENDS: Mapping[str, Callable[[CatalogueSettings], Catalogue]] = {"folder": _folder, "ckan": _ckan}
"""How to make each backend from the settings. Its module is imported on first use: CKAN's brings an HTTP client."""
