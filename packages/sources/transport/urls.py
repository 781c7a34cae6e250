"""Web addresses: how one is resolved, named, and shown without secrets."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from urllib.parse import unquote

import httpx

from packages.errors import SetupProblem

SECRET_PARAMETER = re.compile(
    r"token|secret|sig$|signature|passw|pwd|auth|credential|session|api[_-]?key|^key$", re.IGNORECASE
)


def resolve_url(text: str, base: httpx.URL | None = None) -> httpx.URL:
    """Return the address that `text` names, relative to `base` where it comes from a redirect or a link.

    Raises SetupProblem for anything without a host.
    """
    try:
        url = base.join(text) if base else httpx.URL(text)
    except httpx.InvalidURL:
        url = None
    if url is None or not url.host:
        raise SetupProblem(
            f"{base.host} passes on to something that is no address." if base else f"“{text}” is no address.",
            fix="Open the address in a browser and copy it from there.",
        )
    return url


def refuse_credentials(url: httpx.URL) -> None:
    """Raise SetupProblem when the address holds a user name or a password."""
    if url.userinfo:
        raise SetupProblem(
            f"The address at {url.host} holds a user name or password.",
            fix="Remove them from the address. Open data need no login.",
            why="Addresses are kept, logged and shown.",
        )


def display_url(url: httpx.URL) -> str:
    """Return the address without user name, password, fragment and secret-looking parameters."""
    pairs = url.params.multi_items()
    kept = [(key, value) for key, value in pairs if not SECRET_PARAMETER.search(key)]
    bare = url.copy_with(username=None, password=None, fragment=None)
    if len(kept) == len(pairs):
        # httpx would write an untouched query in another notation, and the address is compared with earlier ones
        return str(bare)
    return str(bare.copy_with(query=str(httpx.QueryParams(tuple(kept))).encode() or None))


def name_from_url(url: httpx.URL) -> str:
    """Return the last part of the path, which is usually the name of the file; else the host."""
    return unquote(PurePosixPath(url.path).name) or url.host


def ascii_host(url: httpx.URL) -> str:
    """Return the host in the form that the DNS knows: ASCII, with international names in Punycode."""
    return url.raw_host.decode("ascii")
