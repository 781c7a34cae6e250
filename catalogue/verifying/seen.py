"""What a re-user saw before, by address: so an older catalogue or list of keys is known for what it is."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from packages.errors import SetupProblem


@dataclass(frozen=True, slots=True)
class Seen:
    """The highest versions of the list of keys and of what was signed, the key of the latter, and the last root key."""

    keys: int = 0
    version: int = 0
    key: str = ""
    root: str = ""


@dataclass(frozen=True, slots=True)
class SeenFile:
    """Remembers it in a file."""

    path: Path

    def read(self, address: str) -> Seen:
        """Return what was seen at an address; SetupProblem when the file is damaged."""
        try:
            return Seen(**self._all().get(address, {}))
        except TypeError as error:
            raise self._damaged() from error

    def write(self, address: str, seen: Seen) -> None:
        """Remember what was seen; SetupProblem when the file cannot be written."""
        known = {**self._all(), address: asdict(seen)}
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            handle, part = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name}.")
            try:
                with os.fdopen(handle, "w") as file:
                    json.dump(known, file, indent=2, sort_keys=True)
                Path(part).replace(self.path)
            finally:
                with contextlib.suppress(OSError):
                    Path(part).unlink()
        except OSError as error:
            raise SetupProblem(
                f"What was seen cannot be noted in {self.path} ({error.strerror or 'no reason given'}).",
                fix="Name another file with --state.",
                why="Without it, an older catalogue cannot be told from the newest.",
            ) from error

    def _all(self) -> Mapping[str, Any]:
        try:
            known = json.loads(self.path.read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise self._damaged() from error
        if not isinstance(known, dict):
            raise self._damaged()
        return known

    def _damaged(self) -> SetupProblem:
        return SetupProblem(
            f"{self.path} is no file in which we noted what was seen.",
            fix="Move it away, or name another one with --state. The next look trusts what it finds first.",
        )
