"""Find the encoding of a text file: tried strictly over the whole file, never guessed from statistics.

Statistical detectors take the pound sign of Windows-1252 for a letter of another alphabet. Only where Windows-1252
gives letters that make no word is an older encoding taken, and only when exactly one makes sense throughout.

Runs in the confined child; `packages.readers.opening.ask` asks. It imports nothing large: most files need no more.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from packages.errors import FileProblem
from packages.readers.opening.recognise import HEAD, utf16_codec
from packages.readers.opening.text_encoding import MARKS, MIXED, Encoding

BLOCK = 1 << 20
"""Bytes that are tried at once."""

DAMAGE = tuple(mark.encode() for mark in MARKS)

FEW_BYTES = 2
"""Different bytes above ASCII that may be damage, and prove no encoding, in a text that is not Windows-1252."""


def finding_encoding(path: str, described: str) -> Callable[[Path], dict[str, Any]]:
    """Return the task of the confined child: the fields of an `Encoding`."""
    return lambda _: asdict(find_encoding(Path(path), described))


def find_encoding(path: Path, described: str = "") -> Encoding:
    """Find the encoding of a text file; FileProblem when none fits or when it holds NUL characters.

    `described` is the encoding that the description of the publisher names, and then the only one that is tried;
    LookupError when there is none of that name.
    """
    if described:
        name = codecs.lookup(described).name
        # the mark may be there or not: this codec takes both
        encoding = _try(path, "utf-8-sig" if name == "utf-8" else name)
        if encoding is None:
            raise _refused("encoding-not-as-described", asked=described)
        return encoding
    with path.open("rb") as file:
        head = file.read(HEAD)
    utf_16 = utf16_codec(head)
    if utf_16:
        encoding = _try(path, utf_16)
    else:
        has_mark = head.startswith(codecs.BOM_UTF8)
        encoding = _try(path, "utf-8-sig" if has_mark else "utf-8") or _try_others(path, has_mark=has_mark)
    if encoding is None:
        raise _refused("encoding-unknown")
    return encoding


def _try_others(path: Path, *, has_mark: bool) -> Encoding | None:
    """Return the encoding of a file that is not UTF-8 throughout."""
    # numpy takes a while to import, and most files are UTF-8
    from packages.readers.opening.byte_evidence import ByteEvidence

    with path.open("rb") as file:
        evidence = ByteEvidence(iter(lambda: file.read(BLOCK), b""))
    if has_mark or evidence.utf_8:
        return _try(path, MIXED)
    # every byte means something in Windows-1252 but for five, so it is the last to be tried
    encoding, seen, older = _try(path, "cp1252"), len(evidence.bytes_seen), evidence.older_codec
    if older and (encoding or seen > FEW_BYTES):
        encoding = _try(path, older)
        return encoding and replace(encoding, is_sure=seen > 1)
    return encoding and replace(encoding, is_sure=not evidence.is_turkish)


def _try(path: Path, codec: str) -> Encoding | None:
    suspicious, before = False, b""
    try:
        for text in _utf8_blocks(path) if codec in ("utf-8", "utf-8-sig") else _decoded_blocks(path, codec):
            if b"\0" in text:
                raise _refused("nul-characters")
            # a single byte is found many times faster than two, and a mark may begin in the block before
            suspicious = suspicious or any(
                (mark[-1:] in text and mark in text) or mark in before + text[: len(mark) - 1] for mark in DAMAGE
            )
            before = text[-1:]
    except UnicodeError:
        return None
    return Encoding(codec, suspicious)


def _refused(rule: str, asked: str = "") -> FileProblem:
    # the words of all rules take long to load, and most files need none of them
    from packages.refusal import refusal

    return refusal(rule, asked=asked)


def _utf8_blocks(path: Path) -> Iterator[bytes]:
    """Yield blocks of the file; UnicodeError where the bytes are not UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            decoder.decode(block)
            yield block
    decoder.decode(b"", final=True)


def _decoded_blocks(path: Path, codec: str) -> Iterator[bytes]:
    """Yield the text of another encoding as UTF-8; UnicodeError where the bytes do not fit."""
    decoder = codecs.getincrementaldecoder(codec)(errors="strict")
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            yield decoder.decode(block).encode()
    yield decoder.decode(b"", final=True).encode()
