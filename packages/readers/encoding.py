"""Find the encoding of a text file: tried strictly over the whole file, never guessed from statistics.

Statistical detectors take the pound sign of Windows-1252 for a letter of another alphabet. Only where Windows-1252
gives letters that make no word is an older encoding taken, and only when exactly one makes sense throughout.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from packages.errors import SetupProblem
from packages.messages import finding
from packages.model import Finding
from packages.readers.byte_evidence import OLDER, ByteEvidence
from packages.readers.checks.damage import MARKS
from packages.readers.recognise import HEAD, utf16_codec
from packages.refusal import refusal

BLOCK = 1 << 20
"""Bytes that are tried at once."""

DAMAGE = tuple(mark.encode() for mark in MARKS)

FEW_BYTES = 2
"""Different bytes above ASCII that may be damage, and prove no encoding, in a text that is not Windows-1252."""

TITLES = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "cp1252": "Windows-1252",
    "cp850": "MS-DOS (code page 850)",
    "cp437": "MS-DOS (code page 437)",
    "mac_roman": "old Macintosh (Mac Roman)",
    "utf-8-with-cp1252": "UTF-8 with some Windows-1252",
}


MIXED = "utf-8-with-cp1252"
"""Our own codec: UTF-8 in which a byte that fits nothing is read as Windows-1252."""


def _read_stray_bytes(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252"), error.end


class _MixedDecoder(codecs.BufferedIncrementalDecoder):
    def _buffer_decode(self, data: bytes, _errors: str, final: bool) -> tuple[str, int]:  # type: ignore[override]
        return codecs.utf_8_decode(data, MIXED, final)


def _find_mixed(name: str) -> codecs.CodecInfo | None:
    if name != MIXED.replace("-", "_"):
        return None
    return codecs.CodecInfo(
        codecs.utf_8_encode,
        lambda data, _errors="strict": codecs.utf_8_decode(data, MIXED, True),
        incrementaldecoder=_MixedDecoder,
        incrementalencoder=codecs.getincrementalencoder("utf-8"),
        name=MIXED,
    )


codecs.register_error(MIXED, _read_stray_bytes)
codecs.register(_find_mixed)


@dataclass(frozen=True, slots=True)
class Encoding:
    """The encoding of a text file, and what one look at all of its bytes showed.

    `codec` is Python's name, or MIXED. `suspicious` is whether any characters occur that cells damaged by a spreadsheet
    have. `is_sure` is whether the file itself leaves no doubt.
    """

    codec: str
    suspicious: bool = False
    is_sure: bool = True

    @property
    def title(self) -> str:
        return TITLES.get(self.codec, self.codec)

    def findings(self) -> list[Finding]:
        """Return what to say of an encoding that is the same throughout and that nobody asked for."""
        if self.codec == "cp1252" and self.is_sure:
            return [finding("encoding-windows-1252")]
        if self.codec in (*OLDER, "cp1252"):
            return [finding("encoding-old" if self.is_sure else "encoding-doubtful", title=self.title)]
        return []


def find_encoding(path: Path, described: str = "") -> Encoding:
    """Find the encoding of a text file; FileProblem when none fits or when it holds NUL characters.

    `described` is the encoding that the description of the publisher names, and then the only one that is tried.
    """
    if described:
        try:
            name = codecs.lookup(described).name
        except LookupError as error:
            raise SetupProblem(
                f"`encoding: {described}` names no encoding that we know.", fix="Write utf-8, utf-16 or cp1252."
            ) from error
        # the mark may be there or not: this codec takes both
        encoding = _try(path, "utf-8-sig" if name == "utf-8" else name)
        if encoding is None:
            raise refusal("encoding-not-as-described", asked=described)
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
        raise refusal("encoding-unknown")
    return encoding


def _try_others(path: Path, *, has_mark: bool) -> Encoding | None:
    """Return the encoding of a file that is not UTF-8 throughout."""
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
                raise refusal("nul-characters")
            # a single byte is found many times faster than two, and a mark may begin in the block before
            suspicious = suspicious or any(
                (mark[-1:] in text and mark in text) or mark in before + text[: len(mark) - 1] for mark in DAMAGE
            )
            before = text[-1:]
    except UnicodeError:
        return None
    return Encoding(codec, suspicious)


def _utf8_blocks(path: Path) -> Iterator[bytes]:
    """Yield blocks of whole characters; UnicodeError where the bytes are not UTF-8."""
    rest = b""
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            text = rest + block
            whole = len(text)
            # a first byte that asks for more than follow it begins a character which the block cuts
            for back, byte in enumerate(reversed(text[-3:]), start=1):
                if byte >= 0xC0:
                    size = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
                    whole -= back if size > back else 0
                    break
            yield _require_utf8(text[:whole])
            rest = text[whole:]
    yield _require_utf8(rest)


def _require_utf8(text: bytes) -> bytes:
    # Arrow validates a text many times faster than Python decodes it
    cell = pa.Array.from_buffers(
        pa.string(), 1, [None, pa.py_buffer(np.array([0, len(text)], np.int32)), pa.py_buffer(text)]
    )
    try:
        cell.validate(full=True)
    except pa.ArrowInvalid as error:
        raise UnicodeError("not UTF-8") from error
    return text


def _decoded_blocks(path: Path, codec: str) -> Iterator[bytes]:
    """Yield the text of another encoding as UTF-8; UnicodeError where the bytes do not fit."""
    decoder = codecs.getincrementaldecoder(codec)(errors="strict")
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            yield decoder.decode(block).encode()
    yield decoder.decode(b"", final=True).encode()
