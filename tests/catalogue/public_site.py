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
