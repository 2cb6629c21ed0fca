"""A zip file, read strictly: every part where the directory says, as large as it says, once.

Word, Excel and OFD files are zip files. Programs disagree on what a sloppy one contains, so what
was checked would not be what is opened; and one of a few kilobytes may unpack to terabytes.
"""

import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from progress.filestore.refusal import FileRefused, damaged, holds_more, needs_password
from progress.filestore.source import Bytes

START = b"PK\x03\x04"
_END, _END_64, _PLACE_OF_END_64 = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
_END_SIZE, _END_64_SIZE, _PLACE_SIZE = 22, 56, 20
_LONGEST_COMMENT = 65_535

MOST_PARTS = 5_000
LARGEST_DIRECTORY = 4_000_000
LARGEST_UNPACKED = 256_000_000
# Text of many like rows packs to a hundredth; a bomb to a thousandth.
STEEPEST, STEEP_FROM = 200, 16_000_000
_PIECE = 1 << 16
_ENCRYPTED, _UTF8 = 0x1, 0x800


def far_too_much() -> FileRefused:
    return FileRefused(
        _("Unpacked, the file would be far larger than a document is; it is not taken.")
    )


def ends_as_zip(data: Bytes) -> bool:
    """Whether a program that looks for a zip's directory from the end would find one."""
    first = max(0, len(data) - _LONGEST_COMMENT - _END_SIZE)
    position = data.rfind(_END, first)
    while position >= 0:
        record = data[position : position + _END_SIZE]
        if len(record) == _END_SIZE:
            disk, directory_disk, _here, _all, size, offset = struct.unpack("<4HLL", record[4:20])
            if disk == directory_disk == 0 and size <= position and offset <= position:
                return True
        position = data.rfind(_END, first, position)
    return False


@dataclass(frozen=True, slots=True)
class Part:
    """One file within the zip: its name and where its bytes are."""

    name: str
    offset: int
    packed: int
    size: int
    checksum: int
    is_deflated: bool
    is_utf8: bool

    @property
    def is_folder(self) -> bool:
        return self.name.endswith("/")


def parts_of(data: Bytes, file: io.BufferedIOBase) -> list[Part]:
    """The parts of the zip, nothing of them unpacked yet.

    Raises FileRefused where it is encrypted, holds more than the zip, is beyond the limits, or
    names parts that would land elsewhere than in its own folder.
    """
    _directory_check(data)
    try:
        with zipfile.ZipFile(file) as opened:
            found = opened.infolist()
    except (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError, ValueError) as error:
        raise damaged() from error
    if any(one.flag_bits & _ENCRYPTED for one in found):
        raise needs_password()
    if len(found) > MOST_PARTS:
        raise far_too_much()
    unpacked, packed = sum(one.file_size for one in found), sum(one.compress_size for one in found)
    _proportions_check(unpacked, packed)
    for one in found:
        _part_check(one)
    if len({one.orig_filename.casefold() for one in found}) < len(found):
        raise damaged()
    _places_check(found)
    return [
        Part(
            one.orig_filename,
            one.header_offset,
            one.compress_size,
            one.file_size,
            one.CRC,
            one.compress_type == zipfile.ZIP_DEFLATED,
            bool(one.flag_bits & _UTF8),
        )
        for one in found
    ]


def unpacked(data: Bytes, part: Part) -> Iterator[bytes]:
    """The part's bytes, piece by piece and never more than its directory entry says.

    Raises FileRefused where it is packed otherwise than the directory says, or holds more, less or
    other bytes.
    """
    size, checksum = 0, 0
    for piece in _pieces(data, part):
        size += len(piece)
        if size > part.size:
            raise far_too_much()
        checksum = zlib.crc32(piece, checksum)
        yield piece
    if size != part.size or checksum != part.checksum:
        raise damaged()


def _pieces(data: Bytes, part: Part) -> Iterator[bytes]:
    header = data[part.offset : part.offset + 30]
    if len(header) < 30 or header[:4] != START:
        raise damaged()
    flags, method, name_length, extra_length = struct.unpack("<HH", header[6:10]) + struct.unpack(
        "<HH", header[26:30]
    )
    if flags & _ENCRYPTED:
        raise needs_password()
    name = data[part.offset + 30 : part.offset + 30 + name_length]
    is_deflated = method == zipfile.ZIP_DEFLATED
    if is_deflated != part.is_deflated or name != part.name.encode(
        "utf-8" if part.is_utf8 else "cp437"
    ):
        raise damaged()
    start = part.offset + 30 + name_length + extra_length
    end = start + part.packed
    if end > len(data):
        raise damaged()
    if part.is_deflated:
        yield from _inflated(data, start, end)
        return
    for position in range(start, end, _PIECE):
        yield data[position : min(position + _PIECE, end)]


def _inflated(data: Bytes, start: int, end: int) -> Iterator[bytes]:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for position in range(start, end, _PIECE):
            if inflater.eof:
                raise damaged()
            piece = inflater.decompress(data[position : min(position + _PIECE, end)], _PIECE)
            while piece:
                yield piece
                piece = inflater.decompress(inflater.unconsumed_tail, _PIECE)
    except zlib.error as error:
        raise damaged() from error
    if not inflater.eof or inflater.unused_data:
        raise damaged()


def _directory_check(data: Bytes) -> None:
    """Look at the very end before the directory is read: how large it says it is."""
    place = len(data) - _END_SIZE
    if data[:4] != START or place < 0 or data[place : place + 4] != _END:
        raise holds_more() if ends_as_zip(data) else damaged()
    parts, size = struct.unpack("<HL", data[place + 10 : place + 16])
    comment = data[place + 20 : place + 22]
    before = place - _PLACE_SIZE
    if before >= _END_64_SIZE and data[before : before + 4] == _PLACE_OF_END_64:
        record = data[before - _END_64_SIZE : before]
        if record[:4] != _END_64:
            raise damaged()
        parts, size = struct.unpack("<QQ", record[32:48])
    if comment != b"\0\0":
        raise damaged()
    if parts > MOST_PARTS or size > LARGEST_DIRECTORY:
        raise far_too_much()


def _proportions_check(unpacked_size: int, packed_size: int) -> None:
    steep = unpacked_size > STEEP_FROM and unpacked_size > STEEPEST * max(packed_size, 1)
    if steep or unpacked_size > LARGEST_UNPACKED:
        raise far_too_much()


def _part_check(one: zipfile.ZipInfo) -> None:
    name = one.orig_filename
    steps = name.removesuffix("/").split("/")
    leads_elsewhere = (
        not name
        or re.search(r'[\x00-\x1f\x7f\\:*?"<>|]', name)
        or any(step in ("", ".", "..") for step in steps)
        or stat.S_ISLNK(one.external_attr >> 16)
    )
    if leads_elsewhere:
        raise FileRefused(
            _("A part of the file has a name that leads out of it: “%(part)s”. It is not taken.")
            % {"part": "".join(c if c.isprintable() else "\ufffd" for c in name)[:80]}
        )
    if one.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise damaged()


def _places_check(found: list[zipfile.ZipInfo]) -> None:
    """Parts begin with the file's first byte, and no two share bytes."""
    ends = 0
    for one in sorted(found, key=lambda part: part.header_offset):
        if one.header_offset < ends or (ends == 0 and one.header_offset != 0):
            raise holds_more()
        ends = one.header_offset + 30 + len(one.orig_filename) + one.compress_size
