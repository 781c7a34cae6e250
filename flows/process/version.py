"""Our version, as the fingerprint of an outcome and `londata --version` show it."""

from __future__ import annotations

from importlib.metadata import version

VERSION = version("londata")
