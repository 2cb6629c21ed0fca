"""JPEG and PNG, walked from the first byte to the last; no picture is decoded."""

import struct
import zlib

from django.utils.translation import gettext as _

from progress.filestore.refusal import FileRefused, damaged, holds_more
from progress.filestore.source import Bytes

JPEG_START = b"\xff\xd8\xff"
PNG_START = b"\x89PNG\r\n\x1a\n"
# A plan scanned at 300 dpi has 140 million; a viewer needs four bytes for each.
LONGEST_SIDE = 30_000
MOST_MILLION_PIXELS = 250
# What a picture of a hundred megabytes has, in pieces of the smallest that are usual. Looking at
# many more, as only a picture made for that has, would keep everybody else waiting.
MOST_PIECES = 100_000

_START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_START_OF_IMAGE, _END_OF_IMAGE, _START_OF_SCAN = 0xD8, 0xD9, 0xDA
_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})  # markers without a length
# A depth that PNG allows for each type of colour.
_PNG_DEPTHS = {0: {1, 2, 4, 8, 16}, 2: {8, 16}, 3: {1, 2, 4, 8}, 4: {8, 16}, 6: {8, 16}}


def jpeg_check(data: Bytes) -> None:
    """Raise FileRefused unless it is a whole JPEG and nothing else.

    Telephones put further pictures behind the first (a preview, a map of brightness); each has to
    be a whole JPEG too.
    """
    position = 0
    while position < len(data):
        position = _jpeg_end(data, position)
        if data[position : position + 3] != JPEG_START:
            break
    if data[position:].strip(b"\0\r\n"):
        raise holds_more()


def _jpeg_end(data: Bytes, start: int) -> int:
    """Where the picture that starts here ends."""
    position, has_size, has_scan = start + 2, False, False
    for _piece in range(MOST_PIECES):
        position, marker = _next_marker(data, position)
        if marker == _END_OF_IMAGE:
            if not (has_size and has_scan):
                raise damaged()
            return position
        if marker == _START_OF_IMAGE:
            raise damaged()
        if marker in _ALONE:
            continue
        length = int.from_bytes(data[position : position + 2], "big")
        if length < 2 or position + length > len(data):
            raise damaged()
        if marker in _START_OF_FRAME:
            height, width = struct.unpack(">HH", _exactly(data, position + 3, 4))
            _size_check(width, height)
            has_size = True
        position += length
        if marker == _START_OF_SCAN:
            has_scan = True
            position = _scan_end(data, position)
    raise damaged()


def _next_marker(data: Bytes, position: int) -> tuple[int, int]:
    """The position after the marker that stands here, and the marker."""
    if data[position : position + 1] != b"\xff":
        raise damaged()
    while data[position : position + 1] == b"\xff":
        position += 1
    return position + 1, _exactly(data, position, 1)[0]


def _scan_end(data: Bytes, position: int) -> int:
    """Where the compressed data ends and the next marker stands."""
    while True:
        position = data.find(b"\xff", position)
        if position < 0 or position + 1 >= len(data):
            raise damaged()
        following = data[position + 1]
        if following != 0 and following != 0xFF and not 0xD0 <= following <= 0xD7:
            return position
        position += 1 if following == 0xFF else 2


def png_check(data: Bytes) -> None:
    """Raise FileRefused unless it is a whole PNG and nothing else: each part with its checksum."""
    position, kinds = len(PNG_START), list[bytes]()
    for _piece in range(MOST_PIECES):
        length = int.from_bytes(_exactly(data, position, 4), "big")
        kind = _exactly(data, position + 4, 4)
        if not kind.isalpha():
            raise damaged()
        content = _exactly(data, position + 8, length)
        checksum = int.from_bytes(_exactly(data, position + 8 + length, 4), "big")
        if zlib.crc32(content, zlib.crc32(kind)) != checksum:
            raise damaged()
        if (kind == b"IHDR") == bool(kinds):
            raise damaged()
        if kind == b"IHDR":
            _png_header_check(content)
        # What comes in many pieces counts once.
        kinds[-1:] = [kind] if kinds and kinds[-1] == kind else [*kinds[-1:], kind]
        position += 12 + length
        if kind == b"IEND":
            break
    if kinds[-1] != b"IEND" or b"IDAT" not in kinds:
        raise damaged()
    if position != len(data):
        raise holds_more()


def _png_header_check(content: bytes) -> None:
    if len(content) != 13:
        raise damaged()
    width, height, depth, colour, compression, filtering, interlace = struct.unpack(
        ">LLBBBBB", content
    )
    if depth not in _PNG_DEPTHS.get(colour, set()) or (compression, filtering) != (0, 0):
        raise damaged()
    if interlace > 1:
        raise damaged()
    _size_check(width, height)


def _size_check(width: int, height: int) -> None:
    if not width or not height:
        raise damaged()
    if max(width, height) > LONGEST_SIDE or width * height > MOST_MILLION_PIXELS * 1_000_000:
        raise FileRefused(
            _(
                "The picture has %(width)d × %(height)d pixels; at most %(side)d to a side and "
                "%(millions)d million in all are allowed. Save it smaller."
            )
            % {
                "width": width,
                "height": height,
                "side": LONGEST_SIDE,
                "millions": MOST_MILLION_PIXELS,
            }
        )


def _exactly(data: Bytes, start: int, length: int) -> bytes:
    piece = data[start : start + length]
    if len(piece) != length:
        raise damaged()
    return piece
