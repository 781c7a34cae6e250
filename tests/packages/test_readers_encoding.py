"""The encoding is tried over the whole file; what is learnt on the way must not depend on where a block ends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import packages.readers.opening.encoding as encoding
from packages.readers.opening.encoding import Encoding, find_encoding

PARTS = [b"a", b"E", b"+", b'"', "é".encode(), "–".encode(), "😀".encode(), "\ufffd".encode(), b"\xff", b"\xed\xa0\x80"]


@given(text=st.lists(st.sampled_from(PARTS), max_size=30).map(b"".join))
def test_what_is_seen_does_not_depend_on_the_blocks(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("text") / "table.csv"
    path.write_bytes(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encoding, "BLOCK", 3)
        found = encoding._try(path, "utf-8")
    assert found == expected(text)


def expected(text: bytes) -> Encoding | None:
    try:
        plain = text.decode()
    except UnicodeDecodeError:
        return None
    return Encoding("utf-8", "E+" in plain)


def test_a_mark_that_is_cut_by_the_end_of_a_block_is_seen(tmp_path):
    path = tmp_path / "table.csv"
    path.write_bytes(b"a" * (encoding.BLOCK - 1) + b"E+12")
    assert find_encoding(path).suspicious
