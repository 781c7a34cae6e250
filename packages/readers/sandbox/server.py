"""The warm child: it has imported the readers, and forks a fresh process for each file. Linux only.

The process that a file is read in is as it would be if it had been started for it alone: nothing of another file is in
it, and it has its own limit of memory. The parent's orders come through a socket on standard input, each as its length
and a JSON text; with an order to read comes the writing end of a pipe. Into that pipe goes what the reader prints on
standard error, and at last a line with its exit code, which ends the pipe. When the socket is closed, because the
parent closed it or is gone, every reader is killed and the server ends.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import select
import signal
import socket
import sys
import time
import traceback
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from packages.readers.sandbox.child import carry_out, order_of
from packages.readers.sandbox.orders import END, HEADER, Order

IDLE_SECONDS = 30
"""Without an order for so long, the server ends: its memory is of use to others."""

PARENT_DEATH_SIGNAL = 1
"""PR_SET_PDEATHSIG of prctl(2)."""

MOST_DESCRIPTORS = 4_096


@dataclass(frozen=True, slots=True)
class Reading:
    """A process that reads a file: the number of its order, and the pipe of its errors."""

    order: int
    pipe: int


class ReadingServer:
    """Takes orders from a socket until that is closed."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._readings: dict[int, Reading] = {}
        self._last = time.monotonic()
        # the end of a reader wakes the wait for orders
        self._woken, waking = os.pipe()
        os.set_blocking(waking, False)
        os.set_blocking(self._woken, False)
        signal.set_wakeup_fd(waking)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def run(self) -> None:
        """Serve until the socket is closed, or nothing was asked for a while."""
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        poll.register(self._woken, select.POLLIN)
        while True:
            ready = [descriptor for descriptor, _ in poll.poll(IDLE_SECONDS * 1000)]
            if self._woken in ready:
                with suppress(BlockingIOError):
                    os.read(self._woken, 4096)
            self._note_ended()
            if self._control.fileno() in ready and not self._take_order():
                break
            if not (ready or self._readings):
                break
        for process in self._readings:
            os.kill(process, signal.SIGKILL)

    def _take_order(self) -> bool:
        """Carry out one order; False when there will be no more."""
        header, pipes, _, _ = socket.recv_fds(self._control, HEADER.size, 1)
        if not header:
            return False
        header += self._received(HEADER.size - len(header))
        order: dict[str, Any] = json.loads(self._received(HEADER.unpack(header)[0]))
        if "kill" in order:
            for process, reading in self._readings.items():
                if reading.order == order["kill"]:
                    os.kill(process, signal.SIGKILL)
        else:
            self._begin(order, pipes[0])
        return True

    def _received(self, size: int) -> bytes:
        content = b""
        while len(content) < size:
            part = self._control.recv(size - len(content))
            if not part:
                raise EOFError
            content += part
        return content

    def _begin(self, order: dict[str, Any], pipe: int) -> None:
        work = order_of(order["order"])
        # imports what the task needs, for this reader and all that follow
        work.task.ready(work.arguments)
        if len(tuple(Path("/proc/self/task").iterdir())) > 1:
            # the parent sees the pipe end without a code, and starts a process for this file alone
            raise RuntimeError("a process with threads cannot be forked safely")
        # a collection would write to the memory of all objects, which the two processes share
        gc.freeze()
        process = os.fork()
        if not process:
            _read_and_exit(work, pipe)
        self._readings[process] = Reading(order["read"], pipe)

    def _note_ended(self) -> None:
        for process in tuple(self._readings):
            ended, status = os.waitpid(process, os.WNOHANG)
            if ended:
                pipe = self._readings.pop(process).pipe
                # the parent may have given up
                with suppress(OSError):
                    os.write(pipe, END + str(os.waitstatus_to_exitcode(status)).encode())
                os.close(pipe)


def serve() -> None:
    """Run as the warm child."""
    # an interrupt from the keyboard goes to all processes of a terminal; the parent decides what follows
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # a folder that a process is in cannot be unmounted
    os.chdir("/")
    ReadingServer(socket.socket(fileno=sys.stdin.fileno())).run()


def _read_and_exit(order: Order, pipe: int) -> NoReturn:
    """Carry out an order, as the only thing that this process does."""
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        ctypes.CDLL(None).prctl(PARENT_DEATH_SIGNAL, signal.SIGKILL)
        os.dup2(pipe, sys.stderr.fileno())
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, sys.stdin.fileno())
        # the socket, and the pipes of other readers
        os.closerange(sys.stderr.fileno() + 1, MOST_DESCRIPTORS)
        carry_out(order)
        code = 0
    except BaseException:  # noqa: BLE001 - whatever it was, this process ends here
        # what is printed tells a lack of memory from a damaged file
        traceback.print_exc()
    finally:
        os._exit(code)
