"""The check on every address before a connection: its scheme, its host name and the IP addresses behind the name."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Collection
from dataclasses import dataclass

from packages.errors import SetupProblem

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

EMBEDDING_BLOCKS = tuple(ipaddress.ip_network(block) for block in ("2001::/32", "2002::/16"))
"""Blocks of it that embed an IPv4 address (Teredo, 6to4): no open data are published there."""

GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
"""All of IPv6 that is given out; the rest is for use inside, or for translators such as ::ffff:0:127.0.0.1."""


@dataclass(frozen=True, slots=True)
class HostAllowList:
    """The hosts that may be asked, by name or by the `domains` they are in.

    `local` also admits http and the loopback addresses of this machine.
    """

    hosts: frozenset[str]
    local: bool = False
    domains: frozenset[str] = frozenset()

    def admit(self, scheme: str, host: str, port: int) -> str:
        """Return the IP address to connect to.

        Raises SetupProblem when the address may not be asked, OSError when the name cannot be resolved.
        """
        if scheme != "https" and not (self.local and scheme == "http"):
            raise SetupProblem(f"The address at {host} is not https.", fix="Use the address that starts with https://.")
        name = host_name(host)
        if name not in self.hosts and not any(name.endswith(f".{domain}") for domain in self.domains):
            raise SetupProblem(
                f"The address leads to {host}, which is not among the hosts that may be asked.",
                fix=f"Check where it leads. If that is right, add {host} to `allow_hosts` in the description.",
                why="A source that was taken over could lead us anywhere.",
            )
        # Decided on the resolved numbers: a name can resolve to anything, and 0x7f.1 or ①②⑦.0.0.1 are notations of
        # 127.0.0.1 too. One private address among several is enough to refuse.
        try:
            resolved = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except UnicodeError:
            raise SetupProblem(
                f"“{host[:60]}” is no name of a host.", fix="Open the address in a browser and copy it from there."
            ) from None
        addresses = [str(entry[4][0]).partition("%")[0] for entry in resolved]
        if not addresses or not all(may_be_asked(address, local=self.local) for address in addresses):
            raise SetupProblem(
                f"{host} leads into a private or reserved network.",
                fix="Give the public address of the file.",
                why="From inside, such an address could reach machines that are not meant to be reached.",
            )
        return addresses[0]


def host_name(host: str) -> str:
    """Return a host name in the form used for comparison: without case and final dot."""
    return host.casefold().rstrip(".")


def build_allow_list(hosts: Collection[str], *, local: bool, domains: Collection[str] = ()) -> HostAllowList:
    """Build the allow list of host names and of domains all of whose hosts may be asked."""
    return HostAllowList(frozenset(map(host_name, hosts)), local, frozenset(map(host_name, domains)))


def may_be_asked(address: str, *, local: bool) -> bool:
    """Whether a resolved IP address is public; with `local` loopback addresses are admitted too."""
    ip: IpAddress = ipaddress.ip_address(address)
    if local and ip.is_loopback:
        return True
    if ip.version == 6 and (ip not in GLOBAL_UNICAST or any(ip in block for block in EMBEDDING_BLOCKS)):
        return False
    # some multicast and reserved ranges count as global in the standard library
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified or ip.is_link_local)
