"""What somebody would try who has taken over a reader: run inside the box, to see what the system lets through.

The test of the box and `londata doctor` ask for it; no file leads here.
"""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

SEIZE = 0x4206
"""PTRACE_SEIZE: unlike to attach, it does not stop the other process."""


def breaking_out(path: str, secret: str, parent: int) -> Callable[[Path], list[str]]:
    """Return the task: the names of the attempts that succeeded.

    `path` is the file of the job. `secret` is a file that the account may read, `parent` the process that has asked.
    """
    return lambda folder: [
        name for name, attempt in _attempts(Path(path), Path(secret), parent, folder) if _holds(attempt)
    ]


def _attempts(path: Path, secret: Path, parent: int, folder: Path) -> list[tuple[str, Callable[[], object]]]:
    libc = ctypes.CDLL(None) if os.name == "posix" else None
    return [
        ("read a file of the account", secret.read_bytes),
        ("read it by a link in its own folder", lambda: _by_link(secret, folder)),
        ("list the home of the account", lambda: [*Path.home().iterdir()]),
        ("read the environment of its parent", Path(f"/proc/{parent}/environ").read_bytes),
        ("find a token in its own environment", lambda: _found(any(name.startswith("LONDATA") for name in os.environ))),
        ("write to the file that it reads", lambda: path.open("ab").close()),
        ("write beside it", lambda: (path.parent / ".londata-was-here").touch()),
        ("change who may read it", lambda: path.chmod(path.stat().st_mode)),
        ("open a connection", lambda: socket.create_connection(("127.0.0.1", 9), 1)),
        ("send a datagram", lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", 9))),
        ("open a socket of this machine", lambda: socket.socket(getattr(socket, "AF_UNIX", -1))),
        ("start a program", lambda: subprocess.run(["/bin/true"], check=False)),
        ("start a process", _start_process),
        ("signal its parent", lambda: os.kill(parent, 0)),
        ("look into its parent", lambda: _found(libc is not None and libc.ptrace(SEIZE, parent, 0, 0) == 0)),
    ]


def _holds(attempt: Callable[[], object]) -> bool:
    """Whether an attempt succeeded."""
    with suppress(Exception):
        attempt()
        return True
    return False


def _found(is_found: bool) -> None:
    if not is_found:
        raise LookupError


def _by_link(secret: Path, folder: Path) -> bytes:
    link = folder / "link"
    link.symlink_to(secret)
    try:
        return link.read_bytes()
    finally:
        link.unlink()


def _start_process() -> None:
    process = os.fork()
    if not process:
        os._exit(0)
    os.waitpid(process, 0)
