"""What the process that reads a file gives up before it opens it: files, network, other processes, rights, and more.

Whoever takes over a reader by a file made for it can read that file and the program, write into the job's own folder,
and answer nonsense: no secret, no other file, no other machine. Each layer is the system's, and none can be undone.
Where one is missing (another system, an old kernel) the others hold, and `londata doctor` says which.
"""

from __future__ import annotations

import ctypes
import struct
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from packages.readers.sandbox.landlock import restrict_files
from packages.readers.sandbox.program import library_folders
from packages.readers.sandbox.syscall_filter import refuse_calls

NO_NEW_PRIVS = 38
"""PR_SET_NO_NEW_PRIVS of prctl(2): no program that is started can have more rights."""

CAPABILITY_VERSION = 0x20080522
READ_ANY_FILE = 0b110
"""CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH: root keeps these, or it could not read a file that belongs to another."""

SYSTEM_PLACES = (
    "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/share/zoneinfo", "/etc/ld.so.cache",
    "/etc/localtime", "/dev/null", "/dev/urandom",
)  # fmt: skip
"""Where a reader may find libraries, time zones and chance."""

MOST_FILES = 256
"""Descriptors that a reader may have open."""


class Layer(StrEnum):
    """The layers of the box."""

    LIMITS = "limits"
    PRIVILEGES = "privileges"
    FILES = "files"
    CALLS = "calls"


@dataclass(frozen=True, slots=True)
class ReaderBox:
    """What a job may use: paths to read, folders to write into, and the limits that the system keeps.

    `cpu` is in seconds. `memory` is in bytes, beyond what the process has when it enters. `written` is in bytes, of one
    file.
    """

    readable: Sequence[Path]
    writable: Sequence[Path]
    cpu: int
    memory: int
    written: int


def enter(box: ReaderBox) -> frozenset[Layer]:
    """Give up all that the job does not need, for good; returns the layers that hold."""
    held = {Layer.LIMITS} if _limit(box) else set()
    if sys.platform != "linux":
        return frozenset(held)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(NO_NEW_PRIVS, 1, 0, 0, 0) == 0:
        _drop_capabilities(libc)
        held.add(Layer.PRIVILEGES)
        if restrict_files(libc, [*program_places(), *box.readable], box.writable):
            held.add(Layer.FILES)
        if refuse_calls(libc):
            held.add(Layer.CALLS)
    return frozenset(held)


def program_places() -> list[Path]:
    """Return where the program itself is: Python, its libraries, and our packages, but not the folder they are in."""
    ours = Path(__file__).parents[2]
    # where it runs from a checkout, the folder around ours may hold what is private
    is_installed = ours.parent.name in ("site-packages", "dist-packages")
    places = [place for place in map(Path, filter(None, sys.path)) if is_installed or place != ours.parent]
    places += [Path(sys.base_prefix) / "lib", ours]
    return [*dict.fromkeys([*places, *map(Path, SYSTEM_PLACES), *library_folders()])]


def _limit(box: ReaderBox) -> bool:
    try:
        import resource
    except ImportError:
        # Windows has none: the time that its parent gives it must do
        return False
    limits: Mapping[int, int] = {
        resource.RLIMIT_CPU: box.cpu,
        resource.RLIMIT_FSIZE: box.written,
        resource.RLIMIT_NOFILE: MOST_FILES,
        resource.RLIMIT_CORE: 0,
        # what a process has written to, as far as the system counts it; an older Linux counts less, and macOS nothing
        resource.RLIMIT_DATA: _data_in_use() + box.memory,
    }
    for name, most in limits.items():
        # the last second is for a word on what was exceeded
        hard = most + 1 if name == resource.RLIMIT_CPU else most
        _, given = resource.getrlimit(name)
        hard = hard if given == resource.RLIM_INFINITY else min(hard, given)
        with suppress(ValueError, OSError):
            resource.setrlimit(name, (min(most, hard), hard))
    return True


def _data_in_use() -> int:
    """Return the bytes that the process may write to now; 0 where that is not told."""
    with suppress(OSError), Path("/proc/self/status").open(encoding="ascii") as status:
        return next((int(line.split()[1]) << 10 for line in status if line.startswith("VmData:")), 0)
    return 0


def _drop_capabilities(libc: ctypes.CDLL) -> None:
    header = struct.pack("=Ii", CAPABILITY_VERSION, 0)
    for kept in (READ_ANY_FILE, 0):
        # who is not root has none to keep, and may not ask for any
        if libc.capset(header, struct.pack("=6I", kept, kept, 0, 0, 0, 0)) == 0:
            return
