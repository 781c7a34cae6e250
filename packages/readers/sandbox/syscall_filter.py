"""Linux' seccomp: a process gives up, for good, the system calls that a reader of files has no use for.

A list of what is refused, not of what is allowed: a library or C library may ask for anything harmless tomorrow. The
programs are those of linux/filter.h; numbers of calls are the kernel's own, for each processor.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
from dataclasses import dataclass

SET_MODE_FILTER, ALL_THREADS = 1, 1

LOAD, JUMP_EQUAL, JUMP_AT_LEAST, JUMP_ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER, PROCESSOR, FIRST_ARGUMENT = 0, 4, 16
"""Where a filter finds them, in bytes of `seccomp_data`; the lower half of an argument comes first."""

ALLOW, REFUSE = 0x7FFF0000, 0x00050000
OTHER_NUMBERS = 0x40000000
"""From here on calls of another kind begin (x32), which nothing of ours makes."""

OF_A_THREAD = 0x00010000
"""CLONE_THREAD: what is made is a thread, not a process."""

NEW_CALLS = {
    # since 424 numbers are the same everywhere
    "pidfd_send_signal": 424, "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427,
    "open_tree": 428, "move_mount": 429, "fsopen": 430, "fsconfig": 431, "fsmount": 432, "fspick": 433,
    "pidfd_open": 434, "pidfd_getfd": 438, "process_madvise": 440, "mount_setattr": 442, "quotactl_fd": 443,
    "fchmodat2": 452, "setxattrat": 463, "removexattrat": 466,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Processor:
    """The numbers of one processor: how the kernel names it, the calls that are refused, and those that are watched."""

    name: int
    refused: dict[str, int]
    seccomp: int
    clone: int
    prlimit: int
    tgkill: int
    clone3: int = 435


PROCESSORS = {
    "x86_64": Processor(
        0xC000003E,
        {
            "shmget": 29, "shmat": 30, "shmctl": 31, "socket": 41, "connect": 42, "accept": 43, "sendto": 44,
            "sendmsg": 46, "bind": 49, "listen": 50, "socketpair": 53, "fork": 57, "vfork": 58, "execve": 59,
            "kill": 62, "semget": 64, "msgget": 68, "chmod": 90, "fchmod": 91, "chown": 92, "fchown": 93, "lchown": 94,
            "ptrace": 101, "syslog": 103, "rt_sigqueueinfo": 129, "utime": 132, "personality": 135,
            "pivot_root": 155, "adjtimex": 159, "chroot": 161, "acct": 163, "settimeofday": 164, "mount": 165,
            "umount2": 166, "swapon": 167, "swapoff": 168, "reboot": 169, "sethostname": 170, "setdomainname": 171,
            "iopl": 172, "ioperm": 173, "init_module": 175, "delete_module": 176, "quotactl": 179, "setxattr": 188,
            "lsetxattr": 189, "fsetxattr": 190, "removexattr": 197, "lremovexattr": 198, "fremovexattr": 199,
            "tkill": 200, "clock_settime": 227, "utimes": 235, "mq_open": 240, "kexec_load": 246, "add_key": 248,
            "request_key": 249, "keyctl": 250, "fchownat": 260, "futimesat": 261, "fchmodat": 268, "unshare": 272,
            "utimensat": 280, "accept4": 288, "rt_tgsigqueueinfo": 297, "perf_event_open": 298,
            "name_to_handle_at": 303, "open_by_handle_at": 304, "clock_adjtime": 305, "sendmmsg": 307, "setns": 308,
            "process_vm_readv": 310, "process_vm_writev": 311, "kcmp": 312, "finit_module": 313,
            "kexec_file_load": 320, "bpf": 321, "execveat": 322, "userfaultfd": 323,
        }
        | NEW_CALLS,
        seccomp=317, clone=56, prlimit=302, tgkill=234,
    ),
    "aarch64": Processor(
        0xC00000B7,
        {
            "setxattr": 5, "lsetxattr": 6, "fsetxattr": 7, "removexattr": 14, "lremovexattr": 15, "fremovexattr": 16,
            "umount2": 39, "mount": 40, "pivot_root": 41, "chroot": 51, "fchmod": 52, "fchmodat": 53, "fchownat": 54,
            "fchown": 55, "quotactl": 60, "utimensat": 88, "acct": 89, "personality": 92, "unshare": 97,
            "kexec_load": 104, "init_module": 105, "delete_module": 106, "clock_settime": 112, "syslog": 116,
            "ptrace": 117, "kill": 129, "tkill": 130, "rt_sigqueueinfo": 138, "reboot": 142, "sethostname": 161,
            "setdomainname": 162, "settimeofday": 170, "adjtimex": 171, "mq_open": 180, "msgget": 186, "semget": 190,
            "shmget": 194, "shmctl": 195, "shmat": 196, "socket": 198, "socketpair": 199, "bind": 200, "listen": 201,
            "accept": 202, "connect": 203, "sendto": 206, "sendmsg": 211, "add_key": 217, "request_key": 218,
            "keyctl": 219, "execve": 221, "swapon": 224, "swapoff": 225, "rt_tgsigqueueinfo": 240,
            "perf_event_open": 241, "accept4": 242, "name_to_handle_at": 264, "open_by_handle_at": 265,
            "clock_adjtime": 266, "setns": 268, "sendmmsg": 269, "process_vm_readv": 270, "process_vm_writev": 271,
            "kcmp": 272, "finit_module": 273, "bpf": 280, "execveat": 281, "userfaultfd": 282, "kexec_file_load": 294,
        }
        | NEW_CALLS,
        seccomp=277, clone=220, prlimit=261, tgkill=131,
    ),
}  # fmt: skip


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def refuse_calls(libc: ctypes.CDLL) -> bool:
    """Give up all calls of the list, for every thread; returns whether it holds: False where the kernel cannot.

    Refused are the network, other processes (to start, signal, look into), and changes to files that are no writes.
    What is refused fails like a lack of rights. Needs `no_new_privs`.
    """
    processor = PROCESSORS.get(platform.machine())
    if processor is None:
        return False
    content = filter_program(processor, os.getpid())
    program = _Program(len(content) // 8, content)
    return bool(libc.syscall(processor.seccomp, SET_MODE_FILTER, ALL_THREADS, ctypes.byref(program)) == 0)


def filter_program(processor: Processor, process: int) -> bytes:
    """Return the filter as the kernel takes it; `process` may signal itself."""
    refuse = _step(RETURN, REFUSE | errno.EPERM)
    allow = _step(RETURN, ALLOW)
    steps = [
        # a program for another processor has other numbers, so nothing can be told from them
        _step(LOAD, PROCESSOR), _step(JUMP_EQUAL, processor.name, 1, 0), refuse,
        _step(LOAD, NUMBER), _step(JUMP_AT_LEAST, OTHER_NUMBERS, 0, 1), refuse,
    ]  # fmt: skip
    for number in processor.refused.values():
        steps += [_step(JUMP_EQUAL, number, 0, 1), refuse]
    # its flags are in memory, where no filter looks: with this answer the C library takes the older call
    steps += [_step(JUMP_EQUAL, processor.clone3, 0, 1), _step(RETURN, REFUSE | errno.ENOSYS)]
    # threads, but no processes
    steps += [_step(JUMP_EQUAL, processor.clone, 0, 4), _step(LOAD, FIRST_ARGUMENT)]
    steps += [_step(JUMP_ANY_BIT, OF_A_THREAD, 0, 1), allow, refuse]
    # its own limits (no process is named), and signals to itself (abort)
    for number, argument in ((processor.prlimit, 0), (processor.tgkill, process)):
        steps += [_step(JUMP_EQUAL, number, 0, 4), _step(LOAD, FIRST_ARGUMENT)]
        steps += [_step(JUMP_EQUAL, argument, 0, 1), allow, refuse]
    return b"".join([*steps, allow])


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)
