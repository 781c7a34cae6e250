"""What the commands, the checks and the catalogues are built on: descriptions, sources, readers, shaping, releases.

Importing it sets the memory and thread options of the process, which must be set before pyarrow and numpy load.
"""

import atexit
import gc
import os
import sys

if sys.platform == "linux":
    # of Arrow's allocators this one returns memory to the system: 30 to 110 MiB less at the peak of a pass, in the same
    # time; pyarrow reads the setting when it is first imported
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "jemalloc")
    # one arena: memory that one thread frees, the next can use; unused pages are returned to the system at once. 30 MiB
    # less at the peak, in the same time
    os.environ.setdefault("JE_ARROW_MALLOC_CONF", "narenas:1,muzzy_decay_ms:0")

# numpy's linear algebra starts a spinning thread for each further core: a tenth of a second of CPU at every start, for
# something that is not used here
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# Python searches for garbage after every 700 new objects. The imports make some hundred thousand, none of them garbage:
# a twentieth of the time of a small file
gc.set_threshold(max(20_000, gc.get_threshold()[0]), *gc.get_threshold()[1:])


def exit_without_collection() -> None:
    """Let the process of a command end without a last search for garbage.

    Python would search all objects twice before it discards them: 0.13 s after the last line of output.
    """
    atexit.register(gc.freeze)
