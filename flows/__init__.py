"""The command line, the nightly run and the publishing path."""

from flows.process.startup import prepare_process

# before any module of this package imports pyarrow or numpy, which read their settings once
prepare_process()
