"""A file is measured as hashlib does it, at once and ahead."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from packages.file_digest import BACKGROUND_BLOCK, BLOCK, digest_file, digest_in_background


@pytest.mark.parametrize("size", [0, 1, BLOCK, BLOCK + 1, BACKGROUND_BLOCK + 1])
def test_the_sha256_and_the_size_of_a_file(tmp_path: Path, size: int) -> None:
    content = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    (tmp_path / "a").write_bytes(content)

    expected = hashlib.sha256(content).hexdigest(), size

    assert digest_file(tmp_path / "a") == expected
    assert digest_in_background(tmp_path / "a")() == expected


def test_what_cannot_be_read_is_said_when_somebody_asks(tmp_path: Path) -> None:
    measured = digest_in_background(tmp_path / "absent")
    with pytest.raises(FileNotFoundError):
        measured()
