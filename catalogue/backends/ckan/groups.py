"""The groups of a CKAN: a dataset stands in the one of its theme, where our account may put it there."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from ckanapi import CKANAPIError, NotAuthorized, NotFound, ValidationError

from catalogue.backends.ckan.client import CkanClient
from packages.vocabulary import Theme

log = logging.getLogger(__name__)

_told: set[tuple[str, str]] = set()
"""What was warned of: once for each catalogue and group, not once for each dataset."""


def usable_group(theme: Theme, package: Mapping[str, Any] | None, client: CkanClient) -> str:
    """Return the name of the group of a theme when a dataset is in it, or may be put into it; by reading alone."""
    if theme.name in {group["name"] for group in (package or {}).get("groups", [])}:
        return theme.name
    try:
        found = client.ask("group_show", id=theme.name, include_datasets="false")
        authorised = {group["name"] for group in client.ask("group_list_authz")}
    except (NotFound, NotAuthorized, CKANAPIError):
        return ""
    return theme.name if found["name"] in authorised and not found.get("is_organization") else ""


def make_group(theme: Theme, client: CkanClient, url: str) -> str:
    """Make the group of a theme; return its name, or nothing where our account may not make one, and say so once."""
    try:
        client.ask("group_show", id=theme.name, include_datasets="false")
    except NotFound:
        try:
            client.write("group_create", {"name": theme.name, "title": theme.title})
        except NotAuthorized:
            return _warn(theme, url)
        except ValidationError:
            # somebody made it meanwhile
            return usable_group(theme, None, client) or _warn(theme, url)
        return theme.name
    except (NotAuthorized, CKANAPIError):
        pass
    return _warn(theme, url)


def _warn(theme: Theme, url: str) -> str:
    if (url, theme.name) not in _told:
        _told.add((url, theme.name))
        log.warning(
            "The datasets on “%s” are in no group of the catalogue %s: our account may not use one called “%s”. "
            "Its administrator can make it, and the account an editor of it.",
            theme.title,
            url,
            theme.name,
        )
    return ""
