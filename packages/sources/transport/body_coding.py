"""The body of an answer as it was before it was packed: unpacked in small steps, so that a bomb costs little."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

import httpx

from packages.errors import FileProblem, TemporaryProblem
from packages.sources.transport.answers import incomplete_answer

ACCEPTED = "gzip, deflate"
"""What servers are told that they may pack with."""

GZIP, DEFLATE = ("gzip", "x-gzip"), ("deflate",)
OTHERS = ("br", "zstd", "dcz", "dcb", "compress", "x-compress", "bzip2", "x-bzip2", "xz", "lzma")
"""Packings that nobody asked for. Other words in this place mean nothing: some servers name an encoding of text."""

STEP = 1 << 18
"""Bytes that are unpacked at a time."""


def packing_of(response: httpx.Response, host: str) -> str:
    """Return how the body is packed, empty when it is not; FileProblem for a packing that nobody asked for."""
    named = response.headers.get("content-encoding", "").casefold().split(",")
    packings = [name.strip() for name in named if name.strip() in (*GZIP, *DEFLATE, *OTHERS)]
    if len(packings) > 1 or (packings and packings[0] in OTHERS):
        raise FileProblem(
            f"{host} sends this file packed in a way that it was not asked for ({', '.join(packings)[:60]}).",
            fix="Tell whoever runs that server: it may send the file as it is, or packed once with gzip.",
            why="What is packed several times can grow to any size.",
        )
    return packings[0] if packings else ""


def unpacked(pieces: Iterable[bytes], packing: str, host: str) -> Iterator[bytes]:
    """Yield the bytes before they were packed, a step at a time; TemporaryProblem when they are cut short or broken."""
    if not packing:
        yield from pieces
        return
    try:
        yield from _unpacked_gzip(pieces, host) if packing in GZIP else _unpacked_deflate(pieces, host)
    except zlib.error:
        raise _broken(host) from None


def _unpacked_gzip(pieces: Iterable[bytes], host: str) -> Iterator[bytes]:
    """A file may be of several members, as if each had been sent alone."""
    member = zlib.decompressobj(16 + zlib.MAX_WBITS)
    for piece in pieces:
        left = piece
        while left:
            if member.eof:
                # what follows the last member is nothing, or zeros that fill a block
                if not left.strip(b"\0"):
                    break
                member = zlib.decompressobj(16 + zlib.MAX_WBITS)
            yield from _steps(member, left)
            left = member.unused_data
    yield from _rest(member, host)


def _unpacked_deflate(pieces: Iterable[bytes], host: str) -> Iterator[bytes]:
    stream, is_first = zlib.decompressobj(), True
    for piece in pieces:
        if is_first:
            is_first = False
            try:
                zlib.decompressobj().decompress(piece, 1)
            except zlib.error:
                # some servers leave out the header that belongs there
                stream = zlib.decompressobj(-zlib.MAX_WBITS)
        if not stream.eof:
            yield from _steps(stream, piece)
    yield from _rest(stream, host)


def _steps(stream: zlib._Decompress, piece: bytes) -> Iterator[bytes]:
    left = piece
    while left and not stream.eof:
        if some := stream.decompress(left, STEP):
            yield some
        left = stream.unconsumed_tail


def _rest(stream: zlib._Decompress, host: str) -> Iterator[bytes]:
    """What the last step left behind, less than a block; the end has to be there, or half a file would pass as one."""
    while not stream.eof:
        some = stream.decompress(b"", STEP)
        if not some:
            break
        yield some
    if not stream.eof:
        raise incomplete_answer(host)


def _broken(host: str) -> TemporaryProblem:
    return TemporaryProblem(
        f"{host} sends this file packed, and it cannot be unpacked.",
        fix="It will be tried again with the next run. If this lasts, tell whoever runs that server.",
        why="What is public now stays as it is.",
    )
