"""What the other rooms are made of."""

import atexit
import gc
import os
import sys

if sys.platform == "linux":
    # of Arrow's allocators, this one gives memory back: 30 to 110 MiB less at the peak of a pass, for the same time;
    # pyarrow asks for its name when it is first imported
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "jemalloc")
    # one arena: what one thread gives back, the next takes. What nobody takes for a second goes back to the system at
    # once: 30 MiB less at the peak, for the same time
    os.environ.setdefault("JE_ARROW_MALLOC_CONF", "narenas:1,muzzy_decay_ms:0")

# numpy's library of linear algebra starts a thread for each further core and lets it spin for a while: a tenth of a
# second of CPU at every start, for something that nobody here uses
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# Python looks for garbage after every 700 new objects. The imports make some hundred thousand, all of them to stay: a
# twentieth of the time of a small file
gc.set_threshold(max(20_000, gc.get_threshold()[0]), *gc.get_threshold()[1:])


def exit_without_collection() -> None:
    """For a process that is a command: let it end without a last search for garbage.

    Python looks through all that there is, twice, only to throw it away: 0.13 s after the last word.
    """
    atexit.register(gc.freeze)
