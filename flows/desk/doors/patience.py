"""Connections on which nobody says in time what they want are ended: the server of the desk would wait for ever."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

HEADS = 20.0
"""Seconds that the head of a request may take; at most twice as long, until somebody looks."""


class PatientProtocol(H11Protocol):
    """HTTP/1.1 with an end to waiting for the head of a request. Bodies have limits of their own, in the gate."""

    heads = HEADS
    _looker: asyncio.TimerHandle | None = None
    _seen: Any = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to look now and then whether a request has come."""
        super().connection_made(transport)
        self._seen = transport
        self._looker = self.loop.call_later(self.heads, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """Look no more."""
        if self._looker:
            self._looker.cancel()
        super().connection_lost(exc)

    def _look(self) -> None:
        # a request that is answered, and the same one as at the last look: nobody has asked anything since
        is_idle = self.cycle is None or self.cycle.response_complete
        if is_idle and self._seen is (self.cycle or self.transport):
            self.transport.close()
            return
        self._seen = (self.cycle or self.transport) if is_idle else None
        self._looker = self.loop.call_later(self.heads, self._look)
