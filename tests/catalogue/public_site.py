"""The folder site as the public gets it: through the links that a web server follows."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urldefrag


def public_files(current: Path) -> dict[str, Path]:
    """Every file that the public gets, by its path in the site."""
    found = (Path(folder, name) for folder, _, names in os.walk(current, followlinks=True) for name in names)
    return {str(path.relative_to(current)): path for path in sorted(found)}


def linked_file(page: Path, address: str) -> Path:
    """The file that a relative address in a page leads to, found as a browser does: by the text of both."""
    return Path(os.path.normpath(page.parent / urldefrag(address).url))


def says_what_is_gone(path: Path) -> bool:
    """Whether a name, perhaps that of a file, leads to a folder that holds a page and nothing else."""
    return path.is_symlink() and path.is_dir() and [inner.name for inner in path.iterdir()] == ["index.html"]


def files_left(folder: Path, pattern: str) -> list[Path]:
    """Everything of this name below a folder that is not word of what is gone."""
    return [path for path in folder.rglob(pattern) if not says_what_is_gone(path)]
