"""The address at which people reach the desk: origin, path before a reverse proxy, and whether it is encrypted."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from packages.errors import SetupProblem

LOOPBACK = ("127.0.0.1", "localhost", "::1", "[::1]")
"""Hosts that only this machine can reach."""


@dataclass(frozen=True, slots=True)
class DeskAddress:
    """The address of the desk. `origin` is `https://host:port`, `prefix` the path before every page: empty or `/desk`.

    `is_local` when only this machine can reach it.
    """

    origin: str
    prefix: str = ""

    @property
    def is_secure(self) -> bool:
        """Whether what is sent is encrypted."""
        return self.origin.startswith("https://")

    @property
    def host(self) -> str:
        """The host with its port, as browsers name it."""
        return self.origin.partition("://")[2]

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach it."""
        return (urlsplit(self.origin).hostname or "") in LOOPBACK

    @property
    def cookie_name(self) -> str:
        """The name of the cookie, by which browsers know how strict they have to be with it."""
        if not self.is_secure:
            return "londata"
        return "__Secure-londata" if self.prefix else "__Host-londata"

    @property
    def cookie_path(self) -> str:
        """The path under which browsers send the cookie."""
        return self.prefix or "/"

    def path(self, page: str) -> str:
        """Return the path of a page, such as `check`, as links name it."""
        return f"{self.prefix}/{page}"

    def url(self, page: str) -> str:
        """Return the whole address of a page."""
        return f"{self.origin}{self.path(page)}"


def desk_address(public_url: str, host: str, port: int) -> DeskAddress:
    """Return the address of a desk that listens at a host and port; `public_url` is how people reach it, where known.

    SetupProblem when other machines would send what they sign in with unencrypted.
    """
    if public_url:
        parts = urlsplit(public_url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise SetupProblem(
                f"“{public_url}” is no address of a desk.",
                fix="Set LONDATA_DESK_URL to an address such as https://data.example.org/desk.",
            )
        address = DeskAddress(f"{parts.scheme}://{parts.netloc.lower()}", parts.path.rstrip("/"))
    else:
        name = f"[{host}]" if ":" in host else host
        address = DeskAddress(f"http://{name}:{port}")
    if not address.is_secure and not address.is_local:
        raise SetupProblem(
            "People on other machines would reach the desk unencrypted.",
            fix="Put a web server with https before it, leave --host at 127.0.0.1, and set LONDATA_DESK_URL to the "
            "https address.",
            why="Whoever listens on the way could act in their name.",
        )
    return address
