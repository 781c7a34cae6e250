"""What the system refused, in words: no space, no rights, too many open files, a network disk that lost its place."""

from __future__ import annotations

import errno
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from packages.errors import LondataError, SetupProblem, TemporaryProblem

NOTHING_LOST = "What is public stays as it was until the next run is done; `londata reconcile` finishes what was begun."

NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
NO_FILES = (errno.EMFILE, errno.ENFILE)
NO_RIGHTS = (errno.EACCES, errno.EPERM, errno.EROFS)
NO_MEMORY = (errno.ENOMEM, errno.EAGAIN)
PASSING = (errno.ESTALE, errno.EBUSY, errno.EIO, errno.ETIMEDOUT, errno.EINTR, errno.ENOLCK, errno.EDEADLK)

OURS = ("/flows/", "/catalogue/", "/quality/", "/packages/")
"""Folders of our own code, in the places that are told of a fault."""


@contextmanager
def system_problems() -> Iterator[None]:
    """Tell what the system refuses in this block as a LondataError."""
    try:
        yield
    except OSError as error:
        raise system_problem(error) from error


def system_problem(error: OSError) -> LondataError:
    """Return in words what the system refused: TemporaryProblem where it may pass by itself."""
    place = f" ({error.filename})" if isinstance(error.filename, str) else ""
    number = error.errno or 0
    if number in NO_SPACE:
        return TemporaryProblem(
            f"There is no space left on the disk, or a limit of this account is reached{place}.",
            fix="Make room (`londata tidy --dry-run` shows what may go), then run the command again.",
            why=NOTHING_LOST,
        )
    if number in NO_FILES:
        return TemporaryProblem(
            "Too many files are open: the system gives this process no more.",
            fix="Raise the limit (`ulimit -n 4096`, LimitNOFILE= of the service), or set LONDATA_WORKERS lower.",
            why=NOTHING_LOST,
        )
    if number in NO_RIGHTS:
        return SetupProblem(
            f"The system does not let this account write or read there{place}: {error.strerror}.",
            fix="Give the account that runs londata the right to it, and see that the disk is not mounted read-only.",
            why=NOTHING_LOST,
        )
    if number == errno.EXDEV:
        return SetupProblem(
            f"What belongs together lies on different disks{place}.",
            fix="Put the folder that LONDATA_HOME names, with all that is in it, on one disk: things are moved into "
            "their place in one step.",
            why=NOTHING_LOST,
        )
    if number in NO_MEMORY:
        return TemporaryProblem(
            "The system has no memory or no further process for this.",
            fix="Run the command again when the machine has less to do, or set LONDATA_WORKERS lower.",
            why=NOTHING_LOST,
        )
    words = error.strerror or type(error).__name__
    if number in PASSING:
        return TemporaryProblem(
            f"The disk does not answer as it should{place}: {words}.",
            fix="See that the disk is well and, where it is on the network, mounted; then run the command again.",
            why=NOTHING_LOST,
        )
    return SetupProblem(
        f"A file or folder is not as it should be{place}: {words}.",
        fix="Run `londata doctor`, and `londata reconcile`. If somebody moved or replaced it, put it back.",
        why=NOTHING_LOST,
    )


def unexpected_problem(error: Exception) -> LondataError:
    """Return in words that something happened which nobody expects: its kind and place, never its own words."""
    ours = [frame for frame in traceback.extract_tb(error.__traceback__) if any(one in frame.filename for one in OURS)]
    # the text of an exception may quote a cell
    place = " < ".join(f"{'/'.join(frame.filename.split('/')[-2:])}:{frame.lineno}" for frame in reversed(ours[-4:]))
    return SetupProblem(
        f"Something happened that nobody expects: {type(error).__name__} at {place or 'a place outside our code'}.",
        fix="Run `londata doctor`, which names what is damaged. If all is in order, tell the developers of londata "
        "this line.",
        why=NOTHING_LOST,
    )
