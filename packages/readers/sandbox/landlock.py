"""Linux' Landlock: a process gives up, for good, every file but those it names, and the network.

Numbers from linux/landlock.h. The calls have the same numbers on every processor, and no wrapper in the C library.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
ASK_VERSION = 1
PATH_BENEATH = 1

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, REMOVE_DIR, REMOVE_FILE = (1 << n for n in range(6))
MAKE_DIR, MAKE_REGULAR = 1 << 7, 1 << 8
TRUNCATE = 1 << 14

LAST_RIGHT = {1: 12, 2: 13, 3: 14, 4: 14}
"""By version, the last bit of a right to files; from version 5 on it is the fifteenth."""

NETWORK = 0b11
"""To bind and to connect TCP: from version 4 on."""

SCOPED = 0b11
"""Abstract sockets and signals stay within the process and its children: from version 6 on."""

READING = READ_FILE | READ_DIR
WRITING = READING | WRITE_FILE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REGULAR | TRUNCATE
FOR_A_FILE = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE


def landlock_version(libc: ctypes.CDLL) -> int:
    """Return the version that the kernel has; 0 where it has none, or does not let us."""
    version = libc.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), ASK_VERSION)
    return max(int(version), 0)


def restrict_files(libc: ctypes.CDLL, readable: Iterable[Path], writable: Iterable[Path]) -> bool:
    """Give up all files but those below `readable`, and those below `writable`, which may be written too.

    Holds for the calling thread and all that it starts. Returns whether it holds: False where the kernel cannot.
    A path that cannot be opened gives no right. Needs `no_new_privs`.
    """
    version = landlock_version(libc)
    if not version:
        return False
    handled = (1 << (LAST_RIGHT.get(version, 15) + 1)) - 1
    attributes = struct.pack("=Q", handled)
    attributes += struct.pack("=Q", NETWORK) if version >= 4 else b""
    attributes += struct.pack("=Q", SCOPED) if version >= 6 else b""
    rules = libc.syscall(CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), 0)
    if rules < 0:
        return False
    with closing(os.fdopen(rules, "rb", buffering=0)):
        allowed = [(path, READING) for path in readable] + [(path, WRITING) for path in writable]
        for path, rights in allowed:
            if not _allow(libc, rules, path, rights & handled):
                return False
        return bool(libc.syscall(RESTRICT_SELF, rules, 0) == 0)


def _allow(libc: ctypes.CDLL, rules: int, path: Path, rights: int) -> bool:
    try:
        beneath = os.open(path, os.O_PATH | os.O_CLOEXEC)  # type: ignore[attr-defined, unused-ignore]
    except OSError:
        # one of the places where other systems have libraries, or one that this account may not read anyway
        return True
    try:
        rights &= -1 if path.is_dir() else FOR_A_FILE
        return bool(libc.syscall(ADD_RULE, rules, PATH_BENEATH, struct.pack("=Qi", rights, beneath), 0) == 0)
    finally:
        os.close(beneath)
