"""One file per kind of output."""
