"""Whether a PNG is whole, and how large: a damaged picture is said to be so, never shown as a broken icon."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def png_size(data: bytes) -> tuple[int, int] | None:
    """``(width, height)`` of a PNG whose chunks are all there and undamaged, else None."""
    if not data.startswith(_SIGNATURE):
        return None
    kinds = []
    for kind, body in _chunks(data):
        if kind == b"":
            return None
        kinds.append((kind, body))
    if not kinds or kinds[0][0] != b"IHDR" or kinds[-1][0] != b"IEND" or len(kinds[0][1]) != 13:
        return None
    width, height = struct.unpack(">II", kinds[0][1][:8])
    return (width, height) if width and height else None


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and body of each chunk; an empty kind where one is cut short or its checksum is wrong."""
    place = len(_SIGNATURE)
    while place < len(data):
        if place + 12 > len(data):
            yield b"", b""
            return
        length, kind = struct.unpack(">I4s", data[place : place + 8])
        body, check = data[place + 8 : place + 8 + length], data[place + 8 + length : place + 12 + length]
        good = len(check) == 4 and zlib.crc32(kind + body) == struct.unpack(">I", check)[0]
        yield (kind, body) if good else (b"", b"")
        if not good or kind == b"IEND":
            return
        place += 12 + length
