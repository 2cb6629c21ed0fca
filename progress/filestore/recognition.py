"""What kind of file it is, told by what it holds; its name then has to agree."""

import io
import mmap
from pathlib import Path

from django.utils.translation import gettext as _

from progress.filestore.containers import START as ZIP_START
from progress.filestore.containers import ends_as_zip
from progress.filestore.documents import document_kind, none_of_ours
from progress.filestore.names import ending_of
from progress.filestore.pdf import HEADER as PDF_START
from progress.filestore.pdf import pdf_check
from progress.filestore.pictures import JPEG_START, PNG_START, jpeg_check, png_check
from progress.filestore.refusal import FileRefused, holds_more, needs_password
from progress.filestore.source import Bytes
from progress.models import FileKind

ENDINGS: dict[FileKind, tuple[str, ...]] = {
    FileKind.PDF: (".pdf",),
    FileKind.DOCX: (".docx",),
    FileKind.XLSX: (".xlsx",),
    FileKind.JPG: (".jpg", ".jpeg"),
    FileKind.PNG: (".png",),
    FileKind.OFD: (".ofd",),
}
# The old format of Office, in which a new one also lies once it has a password.
COMPOUND_START = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OF_THE_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


def kind_of(path: Path, *, label: str) -> FileKind:
    """The kind of the file at this path, which came under this name.

    Raises FileRefused, which says why and what to do, for what is not whole, not harmless, none of
    our kinds, or named as another one.
    """
    if not path.stat().st_size:
        raise FileRefused(_("The file is empty."))
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        kind = _kind(data, file)
    _ending_check(label, kind)
    return kind


def _kind(data: Bytes, file: io.BufferedIOBase) -> FileKind:
    begin = data[:8]
    if begin.startswith(ZIP_START):
        return document_kind(data, file)
    if begin.startswith(COMPOUND_START):
        raise _old_or_locked(data)
    if begin.startswith(PDF_START):
        pdf_check(data)
        kind = FileKind.PDF
    elif begin.startswith(JPEG_START):
        jpeg_check(data)
        kind = FileKind.JPG
    elif begin.startswith(PNG_START):
        png_check(data)
        kind = FileKind.PNG
    elif PDF_START in data[:1024] or ends_as_zip(data):
        # Readers of PDF search for its beginning, those of zip for its end.
        raise holds_more()
    else:
        raise none_of_ours()
    if ends_as_zip(data):
        raise holds_more()
    return kind


def _old_or_locked(data: Bytes) -> FileRefused:
    if data.find(_OF_THE_ENCRYPTED) >= 0:
        return needs_password()
    return FileRefused(
        _("This is a file of an old Office (.doc, .xls); save it as .docx, .xlsx or PDF.")
    )


def _ending_check(label: str, kind: FileKind) -> None:
    ending = ending_of(label)
    if ending.lower() in ENDINGS[kind]:
        return
    if not ending:
        raise FileRefused(
            _("“%(name)s” has no ending, and what it holds is %(kind)s; add “%(right)s” to it.")
            % {"name": label, "kind": kind.label, "right": ENDINGS[kind][0]}
        )
    raise FileRefused(
        _("“%(name)s” ends in “%(ending)s”, but what it holds is %(kind)s (“%(right)s”).")
        % {"name": label, "ending": ending, "kind": kind.label, "right": ENDINGS[kind][0]}
    )
