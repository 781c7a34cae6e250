"""What a Dask worker does before its first task: `dask worker … --preload flows.orchestration.dask_preload`.

Libraries get our start-up settings, which they read when they are imported; and Ctrl-C in the terminal of a night is
left to that night, which asks its workers to stop between two stages.
"""

from __future__ import annotations

import signal

from flows.process.startup import prepare_process

prepare_process()


def dask_setup(_worker: object) -> None:
    """Called by Dask in the main thread of a worker that starts."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
