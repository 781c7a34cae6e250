"""Whose API token it is, as a CKAN says it: proof of who decides something, and what the account that publishes may."""

from __future__ import annotations

from ckanapi import NotAuthorized, NotFound

from catalogue.backends.ckan.client import CkanClient
from catalogue.backends.ckan.problems import no_right
from catalogue.backends.transport.answers import Unsettled
from packages.errors import SetupProblem, TemporaryProblem


def user_of_token(url: str, token: str) -> str:
    """Return the name of the user of a CKAN whose API token it is; nothing of the token is kept.

    SetupProblem when the CKAN does not know the token, TemporaryProblem when it gives no clear answer.
    """
    try:
        account = CkanClient(url.rstrip("/"), token).ask("user_show")
    except (NotFound, NotAuthorized):
        account = {}
    except Unsettled as error:
        raise TemporaryProblem(
            f"The catalogue {url} gave no clear answer on whose token it is: {error}.", fix="Try again in a while."
        ) from None
    name = account.get("name") if isinstance(account, dict) else None
    if not name or account.get("state", "active") != "active":
        raise SetupProblem(
            f"The catalogue {url} does not know the token in LONDATA_DECIDER_TOKEN.",
            fix="Make an API token of your own on your page in the catalogue, and set it for this command only.",
        )
    return str(name)


def publishing_access(url: str, token: str) -> str:
    """Return in a sentence what the account of a token may publish; SetupProblem when that is nothing.

    Raises NotAuthorized or NotFound when the CKAN does not know the token, Unsettled for no clear answer.
    """
    client = CkanClient(url, token)
    account, release = client.ask("user_show"), client.ask("status_show").get("ckan_version", "")
    known_as = f"CKAN {release} at {url} knows our account as {account['name']}"
    if account.get("sysadmin"):
        return f"{known_as}: it may do everything."
    organisations = client.ask("organization_list_for_user", permission="create_dataset")
    if not organisations:
        raise no_right(url, "publish for any organisation")
    return f"{known_as}: it may publish for {len(organisations)} organisations."
