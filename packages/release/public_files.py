"""Files and folders that everybody may read, whatever rights the process gives to what it makes."""

from __future__ import annotations

from pathlib import Path

FOLDER, FILE = 0o755, 0o644
"""Rights of what is public: a web server reads it under an account of its own, and only we write it."""


def make_public_folder(folder: Path) -> None:
    """Make a folder that everybody may enter, and those above it that are not there yet."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir(exist_ok=True)
        path.chmod(FOLDER)


def make_public(file: Path) -> None:
    """Let everybody read a new file of ours."""
    file.chmod(FILE)
