"""Start-up settings of the process that pay: Arrow's allocator, idle threads, garbage collection.

They must be made before pyarrow and numpy are first imported, so this module imports nothing but the standard library.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys

COLLECT_AFTER = 20_000
"""New objects between two collections."""


def prepare_process() -> None:
    """Set what the libraries read when they are imported; what the operator has set in the environment wins."""
    if sys.platform == "linux":
        # of Arrow's allocators, this one gives memory back: 30 to 110 MiB less at the peak of a pass, for the same time
        os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "jemalloc")
        # one arena: what one thread gives back, the next takes. What is unused for a second goes back to the system at
        # once: 30 MiB less at the peak, for the same time
        os.environ.setdefault("JE_ARROW_MALLOC_CONF", "narenas:1,muzzy_decay_ms:0")
    # numpy's library of linear algebra starts a thread for each further core and lets it spin for a while: a tenth of a
    # second of CPU at every start, for something that is not used here
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Python collects after every 700 new objects. The imports make some hundred thousand, all of them to stay: a
    # twentieth of the time of a small file
    gc.set_threshold(max(COLLECT_AFTER, gc.get_threshold()[0]), *gc.get_threshold()[1:])


def keep_files_private() -> None:
    """Give others no right to what this process writes from now on; what is public gets its rights by name."""
    os.umask(0o077)


def exit_without_collection() -> None:
    """Let a process that runs one command end without a last collection.

    Python looks through all objects, twice, only to throw them away: 0.13 s after the last word.
    """
    atexit.register(gc.freeze)
