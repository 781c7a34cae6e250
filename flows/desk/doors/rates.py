"""How often one visitor may ask: buckets that fill with time, so that nobody can guess, flood or fill the disk."""

from __future__ import annotations

import ipaddress
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

MOST_VISITORS = 20_000
"""Buckets that are kept at most; the fullest, which forget nothing, go first."""


@dataclass(frozen=True, slots=True)
class Rate:
    """So many at once, and so many each minute after that."""

    burst: int
    per_minute: float


RATES: Mapping[str, Rate] = {
    # every page with work under way asks once a second
    "page": Rate(1200, 6000),
    "sign in": Rate(20, 6),
    "upload": Rate(60, 60),
    "act": Rate(240, 240),
}
"""By kind of request, for one address of the net, which a whole council may have in common. Of those who sign in, only
what is wrong counts."""


def network_of(address: str) -> str:
    """Return what one visitor is counted by: an IPv4 address, or the /64 of an IPv6 one, which is one line. Pure."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return address
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))


class RateLimiter:
    """Counts requests by kind and visitor; `clock` gives seconds. Safe to use from several threads."""

    def __init__(self, rates: Mapping[str, Rate] = RATES, clock: Callable[[], float] = time.monotonic) -> None:
        self._rates = rates
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: dict[tuple[str, str], tuple[float, float]] = {}

    def wait(self, kind: str, visitor: str) -> float:
        """Return the seconds after which a visitor may ask again; 0 when they may now, which is counted."""
        rate, now = self._rates[kind], self._clock()
        with self._lock:
            left, then = self._buckets.get((kind, visitor), (float(rate.burst), now))
            left = min(rate.burst, left + (now - then) * rate.per_minute / 60)
            waits = 0.0 if left >= 1 else (1 - left) * 60 / rate.per_minute
            self._buckets[kind, visitor] = (left if waits else left - 1, now)
            if len(self._buckets) > MOST_VISITORS:
                self._forget(now)
        return waits

    def give_back(self, kind: str, visitor: str) -> None:
        """Take back what was counted: it was nothing that has to be slowed down."""
        with self._lock:
            left, then = self._buckets.get((kind, visitor), (float(self._rates[kind].burst), self._clock()))
            self._buckets[kind, visitor] = (left + 1, then)

    def _forget(self, now: float) -> None:
        full = [
            key
            for key, (left, then) in self._buckets.items()
            if left + (now - then) * self._rates[key[0]].per_minute / 60 >= self._rates[key[0]].burst
        ]
        for key in full or list(self._buckets)[: MOST_VISITORS // 2]:
            del self._buckets[key]
