"""The end of a request whose time is over, wherever it waits: a byte now and then keeps every other time-out away."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Any

import httpx

LATER = 0.1
"""Seconds."""


class CutOff:
    """Within this block, the connection of a watched request is broken off after some seconds.

    Time-outs of a connection begin anew with every byte. Lines of headers, and answers that say to wait, may come for
    ever, and the caller gets nothing in his hands meanwhile that he could look at the clock for.

    A body without a length seems to be whole when it was broken off: look at the clock after it.
    """

    def __init__(self, seconds: float) -> None:
        # a little later, so that whoever looks at the clock afterwards sees that the time is over
        self._timer = threading.Timer(max(0.0, seconds) + LATER, self._cut)
        self._timer.daemon = True
        self._guard, self._is_over = threading.Lock(), False
        self._line: socket.socket | None = None

    def watched(self, request: httpx.Request) -> httpx.Request:
        """Return the request with its connection watched."""
        request.extensions["trace"] = self._note
        return request

    def _note(self, event: str, told: Mapping[str, Any]) -> None:
        if event not in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            return
        with self._guard:
            line: socket.socket = told["return_value"].get_extra_info("socket")
            self._line = line
            if self._is_over:
                _break_off(line)

    def _cut(self) -> None:
        with self._guard:
            self._is_over = True
            if self._line is not None:
                _break_off(self._line)

    def __enter__(self) -> CutOff:
        self._timer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._timer.cancel()


def _break_off(line: socket.socket) -> None:
    with contextlib.suppress(OSError):
        # of the plain socket, below TLS: that may be waiting for the other side in another thread
        socket.socket.shutdown(line, socket.SHUT_RDWR)
