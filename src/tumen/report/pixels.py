"""A PNG packed small: lossless where that suffices, else in the colours that most of its pixels have.

The renderer goes for speed: it stores red, green, blue and opacity of each pixel, and of each what it differs by from
its neighbour. Figures are flat, so that whole pixels repeat where differences do not: without them a figure takes a
quarter of the size, and with a palette of its colours less than that.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_SUB, _UP, _AVERAGE, _PAETH = 1, 2, 3, 4  # ISO/IEC 15948, 9.2
_RGB, _PALETTE, _CHANNELS = 2, 3, 4
#: Colours of a palette, whose places are one byte each.
MOST_COLOURS = 256


def packed(made: bytes, largest: int) -> bytes:
    """The renderer's PNG, which is opaque, packed anew: of its own colours, or of 256 where that is above `largest`.

    Raises ValueError for a PNG that is not of 8 bits in red, green, blue and opacity, or in part transparent.
    """
    pixels, rest = _read(made)
    colours, place, count = np.unique(_as_numbers(pixels), return_inverse=True, return_counts=True)
    place = place.reshape(pixels.shape[:2])
    if colours.size <= MOST_COLOURS:
        return _with_palette(colours, place, rest)
    whole = _written(pixels.reshape(len(pixels), -1), pixels.shape[1], _RGB, rest)
    if len(whole) <= largest:
        return whole
    kept = np.sort(colours[np.argsort(-count, kind="stable")[:MOST_COLOURS]])
    return _with_palette(kept, _nearest(colours, kept)[place], rest)


def _as_numbers(pixels: Bytes) -> npt.NDArray[np.uint32]:
    red, green, blue = (pixels[..., i].astype(np.uint32) for i in range(3))
    return np.asarray(red << 16 | green << 8 | blue, np.uint32)


def _as_bytes(colours: npt.NDArray[np.uint32]) -> Bytes:
    return np.stack([colours >> 16, colours >> 8, colours], axis=-1).astype(np.uint8)


def _nearest(colours: npt.NDArray[np.uint32], kept: npt.NDArray[np.uint32]) -> npt.NDArray[np.intp]:
    """For each colour the place of the one that is kept and differs least; row by row, for there may be many."""
    to = _as_bytes(kept).astype(int)
    return np.array([((to - one) ** 2).sum(axis=1).argmin() for one in _as_bytes(colours).astype(int)])


def _with_palette(colours: npt.NDArray[np.uint32], place: npt.NDArray[np.intp], rest: Sequence[bytes]) -> bytes:
    palette = _chunk(b"PLTE", _as_bytes(colours).tobytes())
    return _written(place.astype(np.uint8), place.shape[1], _PALETTE, [palette, *rest])


def _written(lines: Bytes, width: int, kind: int, between: Sequence[bytes]) -> bytes:
    """A PNG whose lines are stored as they are (filter 0)."""
    head = width.to_bytes(4, "big") + len(lines).to_bytes(4, "big") + bytes([8, kind, 0, 0, 0])
    content = zlib.compress(np.pad(lines, ((0, 0), (1, 0))).tobytes(), 9)
    return b"".join([_SIGNATURE, _chunk(b"IHDR", head), *between, _chunk(b"IDAT", content), _chunk(b"IEND", b"")])


def _chunk(name: bytes, content: bytes) -> bytes:
    """Length, name, content and a checksum (ISO/IEC 15948, 5.3)."""
    return len(content).to_bytes(4, "big") + name + content + zlib.crc32(name + content).to_bytes(4, "big")


def _read(made: bytes) -> tuple[Bytes, list[bytes]]:
    """Red, green and blue by line and column, and the chunks that say how large a pixel is."""
    chunks, at = list[tuple[bytes, bytes]](), len(_SIGNATURE)
    while at < len(made):
        end = at + 12 + int.from_bytes(made[at : at + 4], "big")
        chunks.append((made[at + 4 : at + 8], made[at + 8 : end - 4]))
        at = end
    head = next(content for name, content in chunks if name == b"IHDR")
    width, height = int.from_bytes(head[:4], "big"), int.from_bytes(head[4:8], "big")
    if head[8:] != bytes([8, 6, 0, 0, 0]):
        raise ValueError(
            f"a PNG of kind {head[8:].hex()} was rendered, and 8 bits of red, green, blue, opacity expected"
        )
    stored = zlib.decompress(b"".join(content for name, content in chunks if name == b"IDAT"))
    lines = np.frombuffer(stored, np.uint8).reshape(height, 1 + _CHANNELS * width)
    pixels = _without_filters(lines).reshape(height, width, _CHANNELS)
    if (pixels[..., 3] < 255).any():
        raise ValueError("a figure was rendered that is transparent in part, and one with a background expected")
    return pixels[..., :3], [_chunk(name, content) for name, content in chunks if name == b"pHYs"]


def _without_filters(lines: Bytes) -> Bytes:
    """The bytes of each line, which is stored as what they differ by from neighbours (ISO/IEC 15948, 9)."""
    found = np.zeros((len(lines) + 1, lines.shape[1] - 1), np.uint8)
    for (kind, *_), line, (above, here) in zip(lines[:, :1], lines[:, 1:], pairwise(found), strict=True):
        if kind == _SUB:
            here[:] = np.add.accumulate(line.reshape(-1, _CHANNELS), axis=0, dtype=np.uint8).reshape(-1)
        elif kind in (_AVERAGE, _PAETH):
            _foretold(kind, line, above, here)
        else:
            here[:] = line + above if kind == _UP else line
    return found[1:]


def _foretold(kind: int, line: Bytes, above: Bytes, here: Bytes) -> None:
    """A line stored as the difference from what its neighbours left, above, and above left foretell."""
    before, corner = [0] * _CHANNELS, [0] * _CHANNELS
    for i, (value, over) in enumerate(zip(line.tolist(), above.tolist(), strict=True)):
        left, across = before[i % _CHANNELS], corner[i % _CHANNELS]
        guess = left + over - across
        told = (left + over) // 2 if kind == _AVERAGE else min((left, over, across), key=lambda one: abs(guess - one))
        here[i] = before[i % _CHANNELS] = (value + told) % 256
        corner[i % _CHANNELS] = over
