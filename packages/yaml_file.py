"""YAML as plain values."""

from __future__ import annotations

from typing import Any

import yaml

# the parser written in C, where PyYAML has it, returns the same values ten times as fast
LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(text: str) -> Any:
    """Return the one document in `text`; yaml.YAMLError, with the position, when it is not YAML."""
    return yaml.load(text, Loader=LOADER)  # noqa: S506 - both loaders are the safe ones
