"""A file that describes a dataset or a publisher, replaced by another text: whole or not at all."""

from __future__ import annotations

from pathlib import Path

from flows.state.store import folder_not_writable


def replace_description(path: Path, text: str) -> None:
    """Put a text in place of a description; SetupProblem when its folder may not be written to."""
    fresh = path.with_suffix(".yaml.new")
    try:
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(path)
    except OSError as error:
        raise folder_not_writable(path.parent, error) from error
