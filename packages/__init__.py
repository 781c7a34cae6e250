"""What the other rooms are made of."""

import os
import sys

if sys.platform == "linux":
    # of Arrow's allocators, this one gives memory back: 30 to 110 MiB less at the peak of a pass, for the same time;
    # pyarrow asks for its name when it is first imported
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "jemalloc")
    # one arena: what one thread gives back, the next takes
    os.environ.setdefault("JE_ARROW_MALLOC_CONF", "narenas:1")

# numpy's library of linear algebra starts a thread for each further core and lets it spin for a while: a tenth of a
# second of CPU at every start, for something that nobody here uses
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
