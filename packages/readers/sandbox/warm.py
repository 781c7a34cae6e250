"""The parent's side of the warm child: orders out, the end of each reader back. Several threads may ask at once."""

from __future__ import annotations

import atexit
import dataclasses
import json
import os
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Protocol

from packages.readers.sandbox.orders import END, HEADER, Order
from packages.readers.sandbox.program import child_command, child_environment

CAN_FORK = sys.platform == "linux"
"""Elsewhere a process that has loaded large libraries cannot be forked safely, or not at all."""

MOST_FILES, MOST_SECONDS = 200, 900
"""A warm child is replaced after so many files, or seconds."""

ERRORS_KEPT = 1 << 20
"""Bytes of what a reader printed that are kept, from the end."""


@dataclass(frozen=True, slots=True)
class ReaderEnd:
    """How a reader ended: its exit code, negative for a signal, and what it printed on standard error."""

    code: int
    errors: bytes


class Watch(Protocol):
    """Follows a reader while it works."""

    def seconds(self) -> float:
        """Return the seconds until the next look; raises when the time is up."""

    def look(self) -> None:
        """Note how far it has come."""


class WarmChild:
    """One warm child. OSError when it is gone; whoever reads with it closes it when it is not fit any more."""

    def __init__(self) -> None:
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603
                child_command("server", "serve"),
                env=child_environment(),
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        self._owner = os.getpid()
        self._sending = threading.Lock()
        self._orders = count()
        self._begun = time.monotonic()
        self.files = 0
        self.users = 0
        self.is_trusted = True

    @property
    def is_fit(self) -> bool:
        """Whether it may be given another file."""
        is_fresh = self.files < MOST_FILES and time.monotonic() - self._begun < MOST_SECONDS
        # a forked parent has none of its own
        return self.is_trusted and is_fresh and self._owner == os.getpid() and self._process.poll() is None

    def carry_out(self, order: Order, watch: Watch) -> ReaderEnd | None:
        """Let a fresh process carry out an order; None when the child was lost before that ended."""
        number = next(self._orders)
        reading, writing = os.pipe()
        try:
            try:
                self._send({"read": number, "order": dataclasses.asdict(order)}, writing)
            finally:
                os.close(writing)
            return _end(reading, watch)
        except BaseException:
            # the time is up, or a person has interrupted us
            with suppress(OSError):
                self._send({"kill": number})
            raise
        finally:
            os.close(reading)

    def _send(self, message: dict[str, Any], *pipe: int) -> None:
        content = json.dumps(message).encode()
        with self._sending:
            socket.send_fds(self._control, [HEADER.pack(len(content))], pipe)
            self._control.sendall(content)

    def close(self) -> None:
        """End the child and all its readers."""
        self._control.close()
        if self._owner == os.getpid():
            self._process.kill()
            self._process.wait()


def _end(pipe: int, watch: Watch) -> ReaderEnd | None:
    """Wait for the end of a pipe; None when its last line is not an exit code."""
    content = b""
    poll = select.poll()
    poll.register(pipe, select.POLLIN)
    while True:
        if not poll.poll(watch.seconds() * 1000):
            watch.look()
            continue
        part = os.read(pipe, 1 << 16)
        if not part:
            break
        content = (content + part)[-ERRORS_KEPT:]
    errors, found, code = content.rpartition(END)
    # a reader may have printed anything, and then its server was lost
    return ReaderEnd(int(code), errors) if found and code.removeprefix(b"-").isdigit() else None


@dataclass
class WarmChildren:
    """The warm children of this process, one for each group of kinds; a child is started for the first file."""

    _children: dict[str, WarmChild] = field(default_factory=dict)
    _choosing: threading.Lock = field(default_factory=threading.Lock)

    def carry_out(self, order: Order, watch: Watch) -> ReaderEnd | None:
        """Have an order carried out by the warm child of its group; None where that cannot be done, or is not known.

        A reader that failed, for whatever reason, was the last one of its child.
        """
        if not CAN_FORK:
            return None
        try:
            with self._child(order.group) as child:
                end = None
                try:
                    end = child.carry_out(order, watch)
                finally:
                    if end is None or end.code:
                        child.is_trusted = False
                return end
        except OSError:
            return None

    def begin(self, group: str) -> None:
        """Start the child of a group where that can be done, so that it is ready when a file comes."""
        if CAN_FORK:
            with suppress(OSError), self._child(group):
                pass

    @contextmanager
    def _child(self, group: str) -> Iterator[WarmChild]:
        with self._choosing:
            child = self._children.get(group)
            if child is None or not child.is_fit:
                if child is not None and not child.users:
                    child.close()
                child = self._children[group] = WarmChild()
            child.files += 1
            child.users += 1
        try:
            yield child
        finally:
            with self._choosing:
                child.users -= 1
                if not child.users and not child.is_fit:
                    child.close()
                    if self._children.get(group) is child:
                        del self._children[group]

    def close(self) -> None:
        """End all of them."""
        with self._choosing:
            for child in self._children.values():
                child.close()
            self._children.clear()


WARM_CHILDREN = WarmChildren()
atexit.register(WARM_CHILDREN.close)
