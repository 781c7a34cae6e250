"""What a CKAN refuses, as problems that say who can help. Every function takes the address of the CKAN. Pure."""

from __future__ import annotations

import json

from ckanapi import ValidationError

from catalogue.backends.ckan.client import too_large
from catalogue.backends.transport.answers import Unsettled
from catalogue.listing import Distribution
from catalogue.plan import EnsureOrganisation
from packages.errors import SetupProblem


def refused(url: str, error: ValidationError) -> Exception:
    """Return what a refused entry means: CKAN says it in the texts of its errors only."""
    errors = {key: value for key, value in error.error_dict.items() if not key.startswith("__")}
    words = json.dumps(errors, ensure_ascii=False)
    # `match` was compared, or an id or name was taken, after we had read
    if "match" in errors or "already exists" in words:
        return Unsettled("somebody else wrote at the same time", seconds=0)
    if "too large" in words:
        return too_large(url)
    if "already in use" in words:
        return name_taken(url)
    return SetupProblem(
        f"The catalogue {url} did not take the entry: {words}.",
        fix="Change the named fields in the description of the dataset (datapackage.yaml or the publisher's file), or "
        "set them under `ckan_fields` there or in londata.toml.",
    )


def name_taken(url: str) -> SetupProblem:
    """Return the problem of a name that belongs to somebody else's entry."""
    return SetupProblem(
        f"The catalogue {url} has a dataset or organisation of this name that we did not make.",
        fix="Ask its administrator to rename or remove that one, then publish again.",
    )


def no_right(url: str, what: str) -> SetupProblem:
    """Return the problem of an account that may not do `what`."""
    return SetupProblem(
        f"The account of our token may not {what} in the catalogue {url}.",
        fix="Ask the administrator of that catalogue to make the account an editor of the organisation.",
    )


def no_organisation(url: str, wanted: EnsureOrganisation) -> SetupProblem:
    """Return the problem of an organisation that is not there and that we may not make."""
    return SetupProblem(
        f"The catalogue {url} has no organisation “{wanted.slug}”, and we may not make one.",
        fix=f"Ask its administrator to make the organisation {wanted.slug} ({wanted.title}) and the account of our "
        "token an editor of it.",
    )


def unknown_token(url: str) -> SetupProblem:
    """Return the problem of a token that the CKAN does not accept."""
    return SetupProblem(
        f"The catalogue {url} does not know our token: it is wrong, has run out or was revoked.",
        fix="Ask the administrator of that catalogue for a new API token of the account that publishes, and "
        "set it as LONDATA_CKAN_TOKEN.",
        why="Nothing was written. Without a token, what is not public looks as if it were not there.",
    )


def beyond_repair(url: str) -> SetupProblem:
    """Return the problem of a damaged dataset that our repair did not help."""
    return SetupProblem(
        f"A dataset in the catalogue {url} is damaged: it answers every change with an error.",
        fix="Ask its administrator to take all resources out of the dataset and to put them back.",
    )


def links_to_nothing(file: Distribution) -> SetupProblem:
    """Return the problem of a file that is not public where the CKAN would link to it."""
    return SetupProblem(
        f"{file.url} does not give the released file {file.file}.",
        fix="Make the folder of releases public at the address in LONDATA_PUBLIC_URL, or set LONDATA_CKAN_MODE=upload.",
        why="The catalogue would link to nothing. It was left as it is.",
    )


def no_datastore(url: str) -> SetupProblem:
    """Return the problem of a CKAN without a DataStore."""
    return SetupProblem(
        f"The catalogue {url} has no DataStore, and LONDATA_CKAN_DATASTORE asks for tables in it.",
        fix="Ask its administrator to turn on the plugin datastore, or set LONDATA_CKAN_DATASTORE=false.",
        why="Nothing was written.",
    )
