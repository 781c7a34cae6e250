"""Counts every effect that leaves a process (files, folders, the ledger, calls over HTTP) and makes the n-th one fail.

An effect is one thing after which the world is different: a file made, bytes written, a file or folder made durable,
renamed, linked, removed; a commit, before and after; a call, before it is sent and after the server has done it.
"""

from __future__ import annotations

import builtins
import errno
import io
import os
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import requests
from sqlalchemy.engine.default import DefaultDialect

FOLDERS = ("fsync", "rename", "replace", "link", "symlink", "unlink", "remove", "mkdir", "rmdir")
NEEDS_SPACE = {"create", "write", "fsync", "link", "symlink", "mkdir", "commit"}
WRITING = set("wxa+")
LASTING = ("full", "down")
CALLS = frozenset({"send", "answer"})


class Pulled(Exception):
    """Nobody in the house expects this one."""


@dataclass
class Effects:
    """`at` is the effect that fails (from 1; 0 is none), `how` one of exception, kill, full, lost, down, stop.

    `full` stays full: everything that needs space fails from there on. `lost` loses one answer to a call that was
    done; `down` is that and no call gets through afterwards. `stop` stops the process before it, until it is continued,
    and then the effect happens. `only` are the kinds of effects to count; empty is all.
    """

    root: Path
    at: int = 0
    how: str = ""
    only: frozenset[str] = frozenset()
    count: int = 0
    seen: list[str] = field(default_factory=list)

    def happen(self, name: str, do: Callable[[], Any], torn: Callable[[], Any] | None = None) -> Any:
        """Let an effect happen, or fail; `torn` does half of it first."""
        if not self._counts(name):
            return do()
        self.count += 1
        self.seen.append(name)
        if self.count == self.at or (self.how in LASTING and 0 < self.at < self.count):
            self._fail(name, do, torn)
        return do()

    def _counts(self, name: str) -> bool:
        if self.how == "full":
            return name in NEEDS_SPACE
        return name in self.only if self.only else True

    def _fail(self, name: str, do: Callable[[], Any], torn: Callable[[], Any] | None) -> None:
        if self.how == "stop":
            os.kill(os.getpid(), signal.SIGSTOP)
            return
        if torn and self.how != "exception":
            torn()
        if self.how == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.how == "full":
            if name == "commit":
                raise sqlite3.OperationalError("database or disk is full")
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if name == "answer":
            raise requests.ReadTimeout("the answer was lost")
        if name == "send":
            raise requests.ConnectionError("the call was not sent")
        raise Pulled(name)

    @property
    def failed(self) -> bool:
        """Whether there was an effect to fail."""
        return 0 < self.at <= self.count


@contextmanager
def counted(effects: Effects) -> Iterator[Effects]:
    """Everything that happens below `effects.root`, in any ledger and over HTTP goes through `effects`."""
    with ExitStack() as stack:
        for name in FOLDERS:
            stack.enter_context(patch.object(os, name, _folder_call(effects, name, getattr(os, name))))
        opened = _opening(effects, io.open)
        stack.enter_context(patch.object(io, "open", opened))
        stack.enter_context(patch.object(builtins, "open", opened))
        stack.enter_context(patch.object(DefaultDialect, "do_commit", _commit(effects, DefaultDialect.do_commit)))
        send = requests.adapters.HTTPAdapter.send
        stack.enter_context(patch.object(requests.adapters.HTTPAdapter, "send", _sending(effects, send)))
        yield effects


def _folder_call(effects: Effects, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
    def call(*arguments: Any, **named: Any) -> Any:
        inside = any(isinstance(one, int) or str(one).startswith(str(effects.root)) for one in arguments)
        if not inside and "dir_fd" not in named:
            return real(*arguments, **named)
        return effects.happen(name, lambda: real(*arguments, **named))

    return call


def _opening(effects: Effects, real: Callable[..., Any]) -> Callable[..., Any]:
    def opened(file: Any, mode: str = "r", *arguments: Any, **named: Any) -> Any:
        ours = isinstance(file, int) or str(file).startswith(str(effects.root))
        if not ours or not WRITING & set(mode):
            return real(file, mode, *arguments, **named)
        return _Written(effects, effects.happen("create", lambda: real(file, mode, *arguments, **named)))

    return opened


class _Written:
    """An open file whose writes are counted; half of what it is given is on the disk when one of them fails."""

    def __init__(self, effects: Effects, file: Any) -> None:
        self._effects, self._file = effects, file

    def write(self, data: Any) -> int:
        def torn() -> None:
            self._file.write(data[: len(data) // 2])
            self._file.flush()

        return int(self._effects.happen("write", lambda: self._file.write(data), torn))

    def __enter__(self) -> _Written:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def _commit(effects: Effects, real: Callable[..., Any]) -> Callable[..., Any]:
    def do_commit(dialect: Any, connection: Any) -> None:
        effects.happen("commit", lambda: real(dialect, connection))
        effects.happen("committed", lambda: None)

    return do_commit


def _sending(effects: Effects, real: Callable[..., Any]) -> Callable[..., Any]:
    def send(adapter: Any, request: Any, **how: Any) -> Any:
        answer = effects.happen("send", lambda: real(adapter, request, **how))
        return effects.happen("answer", lambda: answer)

    return send
