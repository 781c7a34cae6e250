"""Web addresses: how one is resolved, named, and shown without secrets."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from urllib.parse import unquote

import httpx

from packages.errors import SetupProblem

SECRET_PARAMETER = re.compile(
    r"token|secret|^sig$|[_-]sig$|signature|^pass$|passw|passphrase|pwd|auth|credential|sess|ticket|jwt|bearer|hmac"
    r"|(api|access|subscription|account|app|client|private|license)[_-]?key|^key$|key[_-]?id$|^code$|^sid$|^sas$",
    re.IGNORECASE,
)
"""Names of parameters whose values let somebody in: keys, signed addresses, sessions."""

QUOTED = 60
"""Characters of what is no address that a message repeats."""


def resolve_url(text: str, base: httpx.URL | None = None) -> httpx.URL:
    """Return the address that `text` names, relative to `base` where it comes from a redirect or a link.

    Raises SetupProblem for anything without a host.
    """
    try:
        url = base.join(text) if base else httpx.URL(text)
        # a name in Punycode is only looked at when it is asked for
        host = url.host
    except (httpx.InvalidURL, UnicodeError):
        url, host = None, ""
    if url is None or not host:
        if base:
            raise no_target(base.host)
        raise SetupProblem(
            f"“{_quotable(text)}” is no address.", fix="Open the address in a browser and copy it from there."
        )
    return url


def no_target(host: str) -> SetupProblem:
    """Return the problem of a redirect or link to something that is no address."""
    return SetupProblem(
        f"{host} passes on to something that is no address.",
        fix="Open the address in a browser and copy it from there.",
    )


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
    # some servers separate parameters by semicolons, and put them into the path
    kept = [pair for pair in pairs if not any(map(_lets_in, "=".join(pair).split(";")))]
    bare = url.copy_with(username=None, password=None, fragment=None)
    path, *more = url.raw_path.partition(b"?")[0].decode("ascii").split(";")
    if any(map(_lets_in, more)):
        bare = bare.copy_with(path=";".join([path, *(part for part in more if not _lets_in(part))]))
    if len(kept) == len(pairs):
        # httpx would write an untouched query in another notation, and the address is compared with earlier ones
        return str(bare)
    return str(bare.copy_with(query=str(httpx.QueryParams(tuple(kept))).encode() or None))


def shown_address(text: str) -> str:
    """Return an address of a description as everybody may see it, even if nothing can be fetched from it."""
    try:
        return display_url(resolve_url(text))
    except SetupProblem:
        return _quotable(text)


def _lets_in(parameter: str) -> bool:
    """Whether “name=value” looks like a key to something."""
    return SECRET_PARAMETER.search(parameter.partition("=")[0]) is not None


def _quotable(text: str) -> str:
    """Return the beginning of what is no address, without what stands before an “@” or after a “?”."""
    return text.partition("?")[0].rpartition("@")[2][:QUOTED]


def name_from_url(url: httpx.URL) -> str:
    """Return the last part of the path, which is usually the name of the file; else the host."""
    return unquote(PurePosixPath(url.path).name).partition(";")[0] or url.host


def ascii_host(url: httpx.URL) -> str:
    """Return the host in the form that the DNS knows: ASCII, with international names in Punycode."""
    return url.raw_host.decode("ascii")
