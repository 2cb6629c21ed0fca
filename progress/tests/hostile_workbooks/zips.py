"""Zip files that are damaged, or that lie about what they hold."""

import io
import struct
import zipfile
import zlib

from progress.tests.files import (
    zipped,
)
from progress.tests.hostile_workbooks.making import (
    BOMB,
    DAMAGED,
    ELSEWHERE,
    LARGE,
    MORE,
    PASSWORD,
    SHEET1,
    Hostile,
    cells,
    replaced,
    sheet_xml,
    workbook,
    workbook_parts,
)


def one_part_zip(
    name: str, packed: bytes, *, size: int, checksum: int = 0, method: int = 8
) -> bytes:
    """A workbook whose part of this name is packed as given and said to be as large as given."""
    parts = workbook_parts()
    parts.pop(name, None)
    written = io.BytesIO()
    entries: list[tuple[bytes, int, int, int, int, int]] = []
    for other, content in parts.items():
        data = content.encode() if isinstance(content, str) else content
        entries.append((other.encode(), written.tell(), len(data), len(data), zlib.crc32(data), 0))
        written.write(_local(other.encode(), data, len(data), zlib.crc32(data), 0))
    entries.append((name.encode(), written.tell(), len(packed), size, checksum, method))
    written.write(_local(name.encode(), packed, size, checksum, method))
    start = written.tell()
    for own, offset, packed_size, whole, crc, how in entries:
        written.write(
            struct.pack(
                "<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, how, 0, 33, crc, packed_size, whole,
                len(own), 0, 0, 0, 0, 0, offset,
            )
            + own
        )  # fmt: skip
    length = written.tell() - start
    written.write(
        struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, len(entries), len(entries), length, start, 0)
    )
    return written.getvalue()


def _local(name: bytes, packed: bytes, size: int, checksum: int, method: int) -> bytes:
    header = struct.pack(
        "<4s5H3L2H", b"PK\x03\x04", 20, 0, method, 0, 33, checksum, len(packed), size, len(name), 0
    )
    return header + name + packed


def blanks_packed(megabytes: int) -> bytes:
    """So many megabytes of blanks, packed to a thousandth."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    # Flushed so, each piece is unpacked by itself, and one can stand many times.
    piece = packer.compress(b" " * 1_000_000) + packer.flush(zlib.Z_FULL_FLUSH)
    return piece * megabytes + packer.flush()


def _bomb() -> bytes:
    return one_part_zip(SHEET1, blanks_packed(400), size=400_000_000)


def _lying_bomb() -> bytes:
    return one_part_zip(SHEET1, blanks_packed(400), size=2_000)


def _steep() -> bytes:
    """Within the limit of size, but no workbook packs so well."""
    return one_part_zip(SHEET1, blanks_packed(30), size=30_000_000)


def _duplicated() -> bytes:
    """The directory names the sheet twice."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in workbook_parts().items():
            file.writestr(name, content)
        file.NameToInfo.pop(SHEET1)
        file.writestr(SHEET1, sheet_xml(cells('<c r="A1"><v>2</v></c>')))
    return written.getvalue()


def _overlapping() -> bytes:
    """Two entries of the directory share the bytes of one part."""
    data = bytearray(workbook(parts={"xl/worksheets/sheet2.xml": sheet_xml("")}))
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        first = file.getinfo(SHEET1).header_offset
        second = file.getinfo("xl/worksheets/sheet2.xml").header_offset
    at = data.index(struct.pack("<L", second), data.index(b"PK\x01\x02"))
    data[at : at + 4] = struct.pack("<L", first)
    return bytes(data)


def _encrypted_part() -> bytes:
    data = bytearray(workbook())
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + flags] |= 1
    return bytes(data)


def _damaged_part() -> bytes:
    """Stored, not packed, and one character of a cell turned into another."""
    data = zipped(workbook_parts(), deflated=False)
    return data.replace(b"<v>1</v>", b"<v>7</v>")


def _bzip2() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_BZIP2) as file:
        for name, content in workbook_parts().items():
            file.writestr(name, content)
    return written.getvalue()


def _many_parts() -> bytes:
    return workbook(parts={f"xl/media/{number}.png": b"" for number in range(5_100)})


def _huge_directory() -> bytes:
    data = workbook()
    return data[:-22] + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 65535, 65535, 2**31, 0, 0)


ZIPS: dict[str, Hostile] = {
    "cut in half": Hostile(lambda: workbook()[: len(workbook()) // 2], DAMAGED),
    "cut by a byte": Hostile(lambda: workbook()[:-1], DAMAGED),
    "only its beginning": Hostile(lambda: b"PK\x03\x04", DAMAGED),
    "something before it": Hostile(lambda: b"PK  " + workbook(), MORE),
    "something behind it": Hostile(lambda: workbook() + b"<script>", MORE),
    "50 MB": Hostile(lambda: workbook() + b"\0" * 50_000_000, LARGE),
    "bomb": Hostile(_bomb, BOMB),
    "bomb that lies of its size": Hostile(_lying_bomb, BOMB),
    "too steep": Hostile(_steep, BOMB),
    "thousands of parts": Hostile(_many_parts, BOMB),
    "a directory of two gigabytes": Hostile(_huge_directory, BOMB),
    "parts that overlap": Hostile(_overlapping, MORE),
    "a part twice": Hostile(_duplicated, DAMAGED),
    "a part twice but for its case": Hostile(
        lambda: workbook(parts={"xl/worksheets/Sheet1.xml": sheet_xml("")}), DAMAGED
    ),
    "a name that climbs": Hostile(replaced("../../etc/cron.d/x", "x"), ELSEWHERE),
    "an absolute name": Hostile(replaced("/etc/passwd", "x"), ELSEWHERE),
    "a name of Windows": Hostile(replaced("xl\\worksheets\\sheet9.xml", "x"), ELSEWHERE),
    "a part with a password": Hostile(_encrypted_part, PASSWORD),
    "a changed part": Hostile(_damaged_part, DAMAGED),
    "a way of packing that Excel has not": Hostile(_bzip2, DAMAGED),
}
