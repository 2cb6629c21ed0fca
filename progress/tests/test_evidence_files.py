"""What a file is, is told by its content; what is not whole or not harmless is refused by name."""

import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from progress.filestore import FileRefused, kind_of, label_of
from progress.filestore.containers import MOST_PARTS
from progress.filestore.pictures import MOST_PIECES
from progress.models import FileKind
from progress.tests.files import (
    COMPOUND,
    JPG,
    SHEET_MAIN,
    chunk,
    content_types,
    docx,
    docx_parts,
    ofd,
    pdf,
    png,
    relationships,
    xlsx,
    zipped,
)

UNKNOWN = "none of the kinds"
DAMAGED = "damaged or incomplete"
MORE = "something else before or after"
PASSWORD = "protected by a password"
MACROS = "holds macros"
PROGRAM = "a program or an object of another program"
BOMB = "far larger than a document"
ELSEWHERE = "a name that leads out"
LOADS = "would load something from elsewhere"
PIXELS = "at most 30000 to a side"


@pytest.fixture(autouse=True)
def english() -> object:
    from django.utils import translation

    with translation.override("en"):
        yield


def kind(content: bytes, name: str, folder: Path) -> FileKind:
    path = folder / "content"
    path.write_bytes(content)
    return kind_of(path, label=label_of(name))


WELCOME: dict[str, tuple[bytes, FileKind]] = {
    "报告.pdf": (pdf(), FileKind.PDF),
    "报告.PDF": (pdf() + b"\r\n\0\0", FileKind.PDF),
    "方案.docx": (docx(), FileKind.DOCX),
    "台账.xlsx": (xlsx(), FileKind.XLSX),
    "现场.jpg": (JPG, FileKind.JPG),
    "现场.JPEG": (JPG + JPG, FileKind.JPG),  # as telephones write a preview behind the picture
    "截图.png": (png(), FileKind.PNG),
    "公文.ofd": (ofd(), FileKind.OFD),
    "图表.docx": (
        docx({"word/embeddings/Microsoft_Excel_Worksheet.xlsx": xlsx()}),
        FileKind.DOCX,
    ),
    "模板.docx": (
        docx(
            {
                "word/_rels/settings.xml.rels": relationships(
                    ("attachedTemplate", "file:///C:/Templates/公文.dotx", True)
                )
            }
        ),
        FileKind.DOCX,
    ),
    "网图.docx": (
        docx(
            {
                "word/_rels/document.xml.rels": relationships(
                    ("image", "https://www.tj.gov.cn/a.png", True)
                )
            }
        ),
        FileKind.DOCX,
    ),
    "链接.docx": (
        docx(
            {
                "word/_rels/document.xml.rels": relationships(
                    ("hyperlink", "https://www.tj.gov.cn/", True)
                )
            }
        ),
        FileKind.DOCX,
    ),
}


@pytest.mark.parametrize("name", WELCOME)
def test_a_file_of_an_allowed_kind_is_what_it_is(name: str, tmp_path: Path) -> None:
    content, expected = WELCOME[name]
    assert kind(content, name, tmp_path) == expected


def encrypted_zip() -> bytes:
    """A document whose parts say that they are encrypted, as packing programs do it."""
    content = bytearray(docx())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        position = content.find(mark)
        while position >= 0:
            content[position + at] |= 1
            position = content.find(mark, position + 1)
    return bytes(content)


def lying_zip() -> bytes:
    """A part of twenty megabytes that says it has a hundred bytes."""
    content = bytearray(docx({"word/media/a.xml": b" " * 20_000_000}))
    size = struct.pack("<L", 20_000_000)
    position = content.find(size)
    while position >= 0:
        content[position : position + 4] = struct.pack("<L", 100)
        position = content.find(size, position + 1)
    return bytes(content)


def overlapping_zip() -> bytes:
    """Many entries that share the bytes of one: the other way to make a bomb."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as file:
        for name, part in docx_parts().items():
            file.writestr(name, part)
        file.writestr("word/a.xml", b"a" * 1000)
        file.writestr("word/b.xml", b"a" * 1000)
        file.filelist[-1].header_offset = file.filelist[-2].header_offset
        file.filelist[-1].filename = "word/b.xml"
    return written.getvalue()


def symbolic_link() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as file:
        for name, part in docx_parts().items():
            file.writestr(name, part)
        link = zipfile.ZipInfo("word/link")
        link.external_attr = 0o120777 << 16
        file.writestr(link, "/etc/passwd")
    return written.getvalue()


def twice_named() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as file:
        for name, part in docx_parts().items():
            file.writestr(name, part)
        file.writestr("WORD/document.xml", "<another/>")
    return written.getvalue()


def other_local_name() -> bytes:
    """The directory calls a part by one name, the part itself by another."""
    content = docx()
    return content.replace(b"word/document.xml", b"word/documend.xml", 1)


def wrong_checksum() -> bytes:
    content = bytearray(zipped(docx_parts(), deflated=False))
    position = content.find("开放".encode())
    content[position] ^= 1
    return bytes(content)


def quine() -> bytes:
    """A zip within the document of a zip within a document."""
    inner = docx({"word/embeddings/again.docx": docx()})
    return docx({"word/embeddings/inner.docx": inner})


def with_type(extra: str) -> bytes:
    types = str(docx_parts()["[Content_Types].xml"])
    return docx({"[Content_Types].xml": types.replace("</Types>", f"{extra}</Types>")})


def in_characters(encoding: str) -> bytes:
    types = str(docx_parts()["[Content_Types].xml"])
    return docx({"[Content_Types].xml": types.replace("UTF-8", encoding)})


MACRO_MAIN = "application/vnd.ms-word.document.macroEnabled.main+xml"
BILLION_LAUGHS = '<!DOCTYPE a [<!ENTITY b "c">]><Types>&b;</Types>'
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'

# The name it comes with, what it holds, and of what its refusal speaks.
HOSTILE: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "nothing": ("a.pdf", lambda: b"", "The file is empty."),
    "blanks": ("a.pdf", lambda: b" " * 100, UNKNOWN),
    "html": ("a.pdf", lambda: b"<html><script>alert(1)</script>", UNKNOWN),
    "svg": ("a.png", lambda: SVG, UNKNOWN),
    "script": ("a.docx", lambda: b"WScript.Shell", UNKNOWN),
    "program": ("a.xlsx", lambda: b"MZ\x90\0" + b"\0" * 200, UNKNOWN),
    "gif": ("a.jpg", lambda: b"GIF89a\x01\0\x01\0\0\0\0;", UNKNOWN),
    "bmp": ("a.png", lambda: b"BM" + b"\0" * 60, UNKNOWN),
    "archive of another kind": ("a.docx", lambda: b"7z\xbc\xaf\x27\x1c" + b"\0" * 60, UNKNOWN),
    "plain zip": ("a.docx", lambda: zipped({"a.txt": "a"}), UNKNOWN),
    "zip without types": ("a.docx", lambda: zipped({"word/document.xml": "<a/>"}), UNKNOWN),
    "types without document": (
        "a.docx",
        lambda: zipped({"[Content_Types].xml": content_types(SHEET_MAIN, "xl/workbook.xml")}),
        UNKNOWN,
    ),
    "two documents in one": (
        "a.docx",
        lambda: zipped({**docx_parts(), "OFD.xml": "<OFD/>"}),
        UNKNOWN,
    ),
    "picture named as a document": ("a.pdf", png, "ends in “.pdf”, but what it holds is PNG"),
    "document named as a program": ("a.exe", docx, "ends in “.exe”, but what it holds is Word"),
    "workbook named as a text": ("a.docx", xlsx, "what it holds is Excel (“.xlsx”)"),
    "turned round": ("a\u202efdp.exe", pdf, "“afdp.exe” ends in “.exe”"),
    "two endings": ("a.pdf.js", pdf, "ends in “.js”"),
    "no ending": ("报告", pdf, "has no ending, and what it holds is PDF"),
    "cut pdf": ("a.pdf", lambda: pdf()[:-20], DAMAGED),
    "pdf without a table": ("a.pdf", lambda: b"%PDF-1.4\n%%EOF", DAMAGED),
    "pdf behind html": ("a.pdf", lambda: b"<script>1</script>\n" + pdf(), MORE),
    "pdf behind a gif": ("a.pdf", lambda: b"GIF89a" + pdf(), MORE),
    "pdf before html": ("a.pdf", lambda: pdf() + b"<script>alert(1)</script>", MORE),
    "pdf before much": ("a.pdf", lambda: pdf() + b"x" * 5000, MORE),
    "pdf and zip": ("a.pdf", lambda: pdf() + docx() + b"\n%%EOF", MORE),
    "pdf with a zip in it": (
        "a.pdf",
        lambda: pdf().replace(b"%%EOF", zipped({"a": "b"}) + b"\nstartxref\n9\n%%EOF"),
        MORE,
    ),
    "cut jpg": ("a.jpg", lambda: JPG[:-2], DAMAGED),
    "jpg without a picture": ("a.jpg", lambda: b"\xff\xd8\xff\xd9", DAMAGED),
    "jpg and zip": ("a.jpg", lambda: JPG + zipped({"a.txt": "a"}), MORE),
    "jpg and php": ("a.jpg", lambda: JPG + b"<?php system($_GET[0]);", MORE),
    "huge jpg": (
        "a.jpg",
        lambda: JPG.replace(bytes.fromhex("080008000803"), bytes.fromhex("08ffffffff03")),
        PIXELS,
    ),
    "cut png": ("a.png", lambda: png()[:-4], DAMAGED),
    "png with another checksum": ("a.png", lambda: png()[:-1] + b"\0", DAMAGED),
    "png without pixels": ("a.png", lambda: png().replace(b"IDAT", b"tEXt"), DAMAGED),
    "png and zip": ("a.png", lambda: png() + zipped({"a": "b"}), MORE),
    "png and more": ("a.png", lambda: png() + b"\0", MORE),
    "png of 60000 to a side": ("a.png", lambda: png(60_000, 60_000, rows=b""), PIXELS),
    "png of many parts": (
        "a.png",
        lambda: png()[:33] + chunk(b"tEXt", b"") * MOST_PIECES + png()[33:],
        DAMAGED,
    ),
    "jpg of many parts": (
        "a.jpg",
        lambda: JPG[:2] + b"\xff\xfe\0\x02" * MOST_PIECES + JPG[2:],
        DAMAGED,
    ),
    "png of no size": ("a.png", lambda: png(0, 0), DAMAGED),
    "png that begins otherwise": (
        "a.png",
        lambda: b"\x89PNG\r\n\x1a\n" + chunk(b"IEND", b""),
        DAMAGED,
    ),
    "cut docx": ("a.docx", lambda: docx()[:-30], DAMAGED),
    "docx behind a program": ("a.docx", lambda: b"MZ" + docx(), MORE),
    "docx before more": ("a.docx", lambda: docx() + b"more", MORE),
    "docx with a comment": ("a.docx", lambda: docx()[:-2] + b"\x04\0more", MORE),
    "encrypted zip": ("a.docx", encrypted_zip, PASSWORD),
    "encrypted by Office": (
        "a.docx",
        lambda: COMPOUND + b"\0" * 500 + "EncryptedPackage".encode("utf-16-le"),
        PASSWORD,
    ),
    "old Office": ("a.docx", lambda: COMPOUND + b"\0" * 500, "a file of an old Office"),
    "macros": ("a.docx", lambda: docx({"word/vbaProject.bin": COMPOUND}), MACROS),
    "macros by type": (
        "a.docx",
        lambda: with_type(f'<Override PartName="/word/x.xml" ContentType="{MACRO_MAIN}"/>'),
        MACROS,
    ),
    "macro sheet": ("a.xlsx", lambda: docx({"xl/macrosheets/sheet1.xml": "<a/>"}), MACROS),
    "object": ("a.docx", lambda: docx({"word/embeddings/oleObject1.bin": COMPOUND}), PROGRAM),
    "program inside": ("a.docx", lambda: docx({"word/media/image1.png": b"MZ\x90\0"}), PROGRAM),
    "program by name": ("a.docx", lambda: docx({"word/run.EXE": b"a"}), PROGRAM),
    "zip inside": ("a.docx", lambda: docx({"word/a.dat": zipped({"a": "b"})}), PROGRAM),
    "zip in zip in zip": ("a.docx", quine, PROGRAM),
    "zip in an ofd": (
        "a.ofd",
        lambda: zipped({"OFD.xml": "<OFD/>", "Doc_0/Attachs/a.zip": zipped({"a": "b"})}),
        PROGRAM,
    ),
    "template from elsewhere": (
        "a.docx",
        lambda: docx(
            {
                "word/_rels/settings.xml.rels": relationships(
                    ("attachedTemplate", "https://example.org/a.dotm", True)
                )
            }
        ),
        LOADS,
    ),
    "picture of a network": (
        "a.docx",
        lambda: docx(
            {
                "word/_rels/document.xml.rels": relationships(
                    ("image", r"file:///\\10.0.0.9\share\a.png", True)
                )
            }
        ),
        LOADS,
    ),
    "object from elsewhere": (
        "a.docx",
        lambda: docx(
            {"word/_rels/document.xml.rels": relationships(("oleObject", "file:///c:/a.exe", True))}
        ),
        LOADS,
    ),
    "entities": ("a.docx", lambda: docx({"[Content_Types].xml": BILLION_LAUGHS}), DAMAGED),
    "characters that nobody knows": ("a.docx", lambda: in_characters("foo"), DAMAGED),
    "characters of many bytes": ("a.docx", lambda: in_characters("gbk"), DAMAGED),
    "bomb": ("a.docx", lambda: docx({"word/a.xml": b"\0" * 60_000_000}), BOMB),
    "bomb that lies": ("a.docx", lying_zip, BOMB),
    "bomb of shared bytes": ("a.docx", overlapping_zip, MORE),
    "too many parts": (
        "a.docx",
        lambda: docx({f"word/{number}": b"" for number in range(MOST_PARTS)}),
        BOMB,
    ),
    "part above": ("a.docx", lambda: docx({"../../etc/cron.d/a": "a"}), ELSEWHERE),
    "part at the root": ("a.docx", lambda: docx({"/etc/passwd": "a"}), ELSEWHERE),
    "part on a drive": ("a.docx", lambda: docx({"C:/a": "a"}), ELSEWHERE),
    "part with backslashes": ("a.docx", lambda: docx({"..\\..\\a": "a"}), ELSEWHERE),
    "part with a NUL": (
        "a.docx",
        lambda: docx().replace(b"_rels/.rels", b"_rels/\0rels"),
        ELSEWHERE,
    ),
    "link": ("a.docx", symbolic_link, ELSEWHERE),
    "part named twice": ("a.docx", twice_named, DAMAGED),
    "part of two names": ("a.docx", other_local_name, DAMAGED),
    "part with another checksum": ("a.docx", wrong_checksum, DAMAGED),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_file_is_refused_and_the_sentence_says_why(case: str, tmp_path: Path) -> None:
    name, content, sentence = HOSTILE[case]
    with pytest.raises(FileRefused) as refused:
        kind(content(), name, tmp_path)
    assert sentence in str(refused.value)


@pytest.mark.parametrize("case", ["现场.jpg", "截图.png", "方案.docx", "报告.pdf", "公文.ofd"])
def test_no_file_that_is_cut_anywhere_passes(case: str, tmp_path: Path) -> None:
    content, _kind = WELCOME[case]
    for length in range(0, len(content) - 6, max(1, len(content) // 40)):
        with pytest.raises(FileRefused):
            kind(content[:length], case, tmp_path)


NAMES = {
    "报告.pdf": "报告.pdf",
    "../../etc/passwd.pdf": "passwd.pdf",
    "C:\\fakepath\\报告.PDF": "报告.PDF",
    "a\0b.pdf": "ab.pdf",
    "一\u202e二\u2066.pdf": "一二.pdf",
    "一\u200b\ufeff.pdf": "一.pdf",
    " 一\t\n 二 . pdf ": "一 二. pdf",
    "e\u0301.png": "é.png",
    "\u3164\u2800.pdf": "Evidence.pdf",
    "تقرير.pdf": "تقرير.pdf",
    "\u202bתקציר\u202c.docx": "תקציר.docx",
    'a<b>"c|d?*.pdf': "a_b__c_d__.pdf",
    ".pdf": "Evidence.pdf",
    "..": "Evidence",
    "": "Evidence",
    "a.pdf.": "a.pdf",
    "长" * 300 + ".docx": "长" * 75 + ".docx",
    "a" * 300: "a" * 80,
}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_a_label_and_no_more(name: str) -> None:
    assert label_of(name) == NAMES[name]
    assert label_of(NAMES[name]) == NAMES[name]
