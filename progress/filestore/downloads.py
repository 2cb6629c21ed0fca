"""Answers that give a file away, stored or made for the asking: always to be saved, never shown by
the browser, and kept by nothing on the way."""

from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.utils.http import content_disposition_header

from progress.filestore.storage import file_opened
from progress.models import FileKind, StoredFile

_OFFICE = "application/vnd.openxmlformats-officedocument."
CONTENT_TYPES: dict[str, str] = {
    FileKind.PDF: "application/pdf",
    FileKind.DOCX: f"{_OFFICE}wordprocessingml.document",
    FileKind.XLSX: f"{_OFFICE}spreadsheetml.sheet",
    FileKind.JPG: "image/jpeg",
    FileKind.PNG: "image/png",
    FileKind.OFD: "application/ofd",
}


def download(file: StoredFile, *, name: str) -> FileResponse:
    """The file as an attachment of this name. Who may have it is the caller's matter.

    Raises DamagedFile where the disk has not got what was stored.
    """
    response = FileResponse(file_opened(file), content_type=CONTENT_TYPES[file.kind])
    response["Content-Length"] = str(file.size)
    response["ETag"] = f'"{file.sha256}"'
    _give_away(response, name)
    return response


def document(content: bytes, *, name: str, media_type: str) -> HttpResponse:
    """What was made for the asking, as an attachment of this name."""
    response = HttpResponse(content, content_type=media_type)
    _give_away(response, name)
    return response


def _give_away(response: HttpResponseBase, name: str) -> None:
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    # Whatever it is, and however somebody brings a browser to show it: it may do nothing.
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
