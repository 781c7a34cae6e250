"""Which addresses may be asked: decided on the resolved numbers, because names and notations can say anything."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Collection
from dataclasses import dataclass

from packages.errors import SetupProblem

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

CARRIERS = tuple(
    ipaddress.ip_network(block)
    for block in ("::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16", "fec0::/10")
)
"""IPv6 blocks that carry an IPv4 address inside, or are retired: nobody publishes open data there."""


@dataclass(frozen=True, slots=True)
class HostAllowList:
    """Which hosts may be asked, by name or by the `domains` they are in.

    `local` also admits http and this machine's own address.
    """

    hosts: frozenset[str]
    local: bool = False
    domains: frozenset[str] = frozenset()

    def admit(self, scheme: str, host: str, port: int) -> str:
        """The one resolved address to connect to; SetupProblem when it may not be asked, OSError when there is none."""
        if scheme != "https" and not (self.local and scheme == "http"):
            raise SetupProblem(f"The address at {host} is not https.", fix="Use the address that starts with https://.")
        if not self._knows(host_name(host)):
            raise SetupProblem(
                f"The address leads to {host}, which is not among the hosts that may be asked.",
                fix=f"Check where it leads. If that is right, add {host} to `build_allow_list` in the description.",
                why="A source that was taken over could lead us anywhere.",
            )
        return self._resolved(host, port)

    def _knows(self, host: str) -> bool:
        return host in self.hosts or any(host.endswith(f".{domain}") for domain in self.domains)

    def _resolved(self, host: str, port: int) -> str:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [str(entry[4][0]).partition("%")[0] for entry in found]
        if not addresses or not all(may_be_asked(a, local=self.local) for a in addresses):
            raise SetupProblem(
                f"{host} leads into a private or reserved network.",
                fix="Give the public address of the file.",
                why="From inside, such an address could reach machines that are not meant to be reached.",
            )
        return addresses[0]


def host_name(host: str) -> str:
    """A host name as it is compared: without case and final dot."""
    return host.casefold().rstrip(".")


def build_allow_list(hosts: Collection[str], *, local: bool, domains: Collection[str] = ()) -> HostAllowList:
    """The gate for a list of host names, and for all hosts of some domains."""
    return HostAllowList(frozenset(map(host_name, hosts)), local, frozenset(map(host_name, domains)))


def may_be_asked(address: str, *, local: bool) -> bool:
    """Whether a resolved address is public; with `local` this machine's own address is admitted too."""
    ip: IpAddress = ipaddress.ip_address(address)
    if local and ip.is_loopback:
        return True
    if isinstance(ip, ipaddress.IPv6Address) and (ip.ipv4_mapped or any(ip in block for block in CARRIERS)):
        return False
    # some multicast and reserved ranges count as global in the standard library
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified or ip.is_link_local)
