"""Word, Excel and OFD files: which of them a zip file is, and that it carries no program."""

import io
import re
from collections.abc import Iterable
from xml.etree import ElementTree as ET  # nosec B405 # see _xml

from django.utils.translation import gettext as _

from progress.filestore.containers import Part, far_too_much, parts_of, unpacked
from progress.filestore.refusal import FileRefused, damaged
from progress.filestore.source import Bytes
from progress.models import FileKind

TYPES_PART = "[Content_Types].xml"
OFD_PART = "OFD.xml"
_OFFICE = "application/vnd.openxmlformats-officedocument."
MAIN_TYPES = {
    f"{_OFFICE}wordprocessingml.document.main+xml": FileKind.DOCX,
    f"{_OFFICE}spreadsheetml.sheet.main+xml": FileKind.XLSX,
}
FOLDERS = {FileKind.DOCX: "word/", FileKind.XLSX: "xl/"}
# Larger lists of types, or of what a part refers to, are no document's.
LARGEST_LIST = 2_000_000
LARGEST_EMBEDDED = 50_000_000

_MACROS = re.compile(
    r"(^|/)(vbaProject|vbaData|vbaProjectSignature)\b|(^|/)macrosheets/", re.IGNORECASE
)
_PROGRAMS = re.compile(
    r"\.(exe|dll|com|scr|msi|bat|cmd|ps1|vbs|vbe|js|jse|wsf|hta|jar|lnk|sh|apk)$|(^|/)activeX/",
    re.IGNORECASE,
)
_EMBEDDED_DOCUMENT = re.compile(r"/embeddings/[^/]+\.(docx|xlsx)$", re.IGNORECASE)
_ZIP, _COMPOUND = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BEGINNINGS_OF_PROGRAMS = (b"MZ", b"\x7fELF", b"#!")
# What a reference of these kinds names is fetched, or run, when the document is opened.
_LOADED_ON_OPENING = ("oleObject", "attachedTemplate", "frame", "subDocument", "control")
# Another computer: by a protocol, or by its name in a network of Windows.
_OF_A_NETWORK = r"\\\\|//|file:(//[^/\\]|/{4}|/{0,3}\\\\)"
_ELSEWHERE = re.compile(rf"^(https?:|ftp:|{_OF_A_NETWORK})", re.IGNORECASE)
# A picture from the web is copied into many a document; one from a computer of a network of Windows
# is asked for with the reader's name and password.
_PICTURE_OF_A_NETWORK = re.compile(rf"^({_OF_A_NETWORK})", re.IGNORECASE)


def document_kind(data: Bytes, file: io.BufferedIOBase, *, is_embedded: bool = False) -> FileKind:
    """Which kind of document the zip file is.

    Raises FileRefused for a zip that is none, and for one that carries macros, programs, objects of
    other programs, references that load something from elsewhere, or a zip within a zip. A
    worksheet that belongs to a diagram is a document within the document, and holds no other.
    """
    parts = parts_of(data, file)
    _names_check(parts)
    # Which kind it says it is, before all of it is unpacked.
    kind = _kind(data, parts)
    for part in parts:
        _content_check(data, part, kind=kind, is_embedded=is_embedded)
    return kind


def none_of_ours() -> FileRefused:
    return FileRefused(
        _(
            "This is none of the kinds of file that can be attached: PDF, Word (.docx), Excel "
            "(.xlsx), OFD, JPEG or PNG."
        )
    )


def _names_check(parts: Iterable[Part]) -> None:
    for part in parts:
        if _MACROS.search(part.name):
            raise _holds_macros()
        if _PROGRAMS.search(part.name):
            raise _holds_program(part)


def _kind(data: Bytes, parts: list[Part]) -> FileKind:
    by_name = {part.name: part for part in parts}
    kinds: set[FileKind] = set()
    if TYPES_PART in by_name:
        kinds |= _office_kinds(data, by_name)
    if OFD_PART in by_name:
        if _xml(data, by_name[OFD_PART]).tag.rpartition("}")[2] != "OFD":
            raise damaged()
        kinds.add(FileKind.OFD)
    if len(kinds) != 1:
        raise none_of_ours()
    return kinds.pop()


def _office_kinds(data: Bytes, by_name: dict[str, Part]) -> set[FileKind]:
    types: dict[str, str] = {}
    by_ending: dict[str, str] = {}
    for one in _xml(data, by_name[TYPES_PART]):
        content_type = one.get("ContentType", "")
        if "macroenabled" in content_type.lower() or "vbaproject" in content_type.lower():
            raise _holds_macros()
        if one.tag.endswith("}Override"):
            types[one.get("PartName", "").removeprefix("/")] = content_type
        else:
            by_ending[one.get("Extension", "").lower()] = content_type
    kinds = set()
    for name in by_name:
        said = types.get(name) or by_ending.get(name.rpartition(".")[2].lower(), "")
        kind = MAIN_TYPES.get(said)
        if kind is not None and name.startswith(FOLDERS[kind]):
            kinds.add(kind)
    return kinds


def _content_check(data: Bytes, part: Part, *, kind: FileKind, is_embedded: bool) -> None:
    """Unpack the part, which checks it, and look at what it begins with."""
    begin, kept = b"", bytearray()
    may_embed = kind != FileKind.OFD and not is_embedded and _EMBEDDED_DOCUMENT.search(part.name)
    for piece in unpacked(data, part):
        begin = begin or piece[:8]
        if may_embed:
            kept += piece
            if len(kept) > LARGEST_EMBEDDED:
                raise far_too_much()
    if begin.startswith(_COMPOUND) or begin.startswith(_BEGINNINGS_OF_PROGRAMS):
        raise _holds_program(part)
    if begin.startswith(_ZIP):
        if not may_embed:
            raise _holds_program(part)
        document_kind(bytes(kept), io.BytesIO(kept), is_embedded=True)
    if part.name.endswith(".rels"):
        _references_check(data, part)


def _references_check(data: Bytes, part: Part) -> None:
    for one in _xml(data, part):
        target = one.get("Target", "")
        kind = one.get("Type", "").rpartition("/")[2]
        if one.get("TargetMode") != "External":
            continue
        is_picture = kind == "image" and _PICTURE_OF_A_NETWORK.match(target)
        if kind not in _LOADED_ON_OPENING and not is_picture:
            continue
        # A template on the writer's own computer is named by many a document, and loads nothing.
        if kind != "attachedTemplate" or _ELSEWHERE.match(target):
            raise FileRefused(
                _(
                    "Opened, the document would load something from elsewhere (%(target)s); save "
                    "it as PDF."
                )
                % {"target": target[:80]}
            )


def _xml(data: Bytes, part: Part) -> ET.Element:
    if part.size > LARGEST_LIST:
        raise far_too_much()
    text = b"".join(unpacked(data, part))
    # No document of these kinds has a declaration of types, which is what entities are made in.
    if b"<!" in text.replace(b"\0", b"").replace(b"<!--", b""):
        raise damaged()
    try:
        return ET.fromstring(text)  # noqa: S314 # nosec B314 # bounded, without entities
    except (ET.ParseError, LookupError, ValueError) as error:
        # The last two: it says that it is written in characters that nobody knows, or in many bytes
        # to each, as no program of these kinds writes it.
        raise damaged() from error


def _holds_macros() -> FileRefused:
    return FileRefused(_("The file holds macros; save it without them, as .docx or .xlsx."))


def _holds_program(part: Part) -> FileRefused:
    return FileRefused(
        _(
            "The file holds a program or an object of another program (%(part)s); take it out, or "
            "save it as PDF."
        )
        % {"part": part.name[:80]}
    )
