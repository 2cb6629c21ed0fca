"""What a file is that should be a workbook and is none, told by what it holds, and the remedy."""

import re

from django.utils.translation import gettext as _

from progress.filestore import MEGABYTE
from progress.workbooks.reading.refusal import WorkbookRefused

LARGEST_MEGABYTES = 20
ZIP_START = b"PK"
COMPOUND_START = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OF_THE_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_MARKUP = re.compile(rb"^\s*<", re.DOTALL)
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM")


def content_check(data: bytes) -> None:
    """Raise WorkbookRefused unless the bytes begin as an .xlsx does and are not too many."""
    if not data:
        raise WorkbookRefused(_("The file is empty."))
    if len(data) > LARGEST_MEGABYTES * MEGABYTE:
        raise WorkbookRefused(
            _(
                "The file is larger than %(limit)d MB; a filled-in workbook is far smaller. Take "
                "pictures and other attachments out of it, save it, and choose it again."
            )
            % {"limit": LARGEST_MEGABYTES}
        )
    if data.startswith(ZIP_START):
        return
    if data.startswith(COMPOUND_START):
        raise password_or_old(data)
    raise _other_kind(data)


def password_or_old(data: bytes) -> WorkbookRefused:
    """An encrypted workbook lies within a file of the old kind."""
    if data.find(_OF_THE_ENCRYPTED) >= 0:
        return WorkbookRefused(
            _("The workbook is protected by a password to open it. Save it without, and choose it.")
        )
    return save_as_xlsx(_("an old Excel file (.xls)"))


def save_as_xlsx(kind: str) -> WorkbookRefused:
    """The file is of this kind; it can be opened and saved as what is read here."""
    return WorkbookRefused(
        _(
            "This is %(kind)s. Open it with Excel or WPS, choose “Save as”, the type “Excel "
            "workbook (.xlsx)”, and choose the file saved so; a new name alone changes nothing."
        )
        % {"kind": kind}
    )


def no_workbook(kind: str) -> WorkbookRefused:
    """The file is of this kind, and no way leads from it to a workbook."""
    return WorkbookRefused(
        _("This is no Excel workbook but %(kind)s. Choose the .xlsx file.") % {"kind": kind}
    )


def _other_kind(data: bytes) -> WorkbookRefused:
    if data.startswith(b"%PDF"):
        return no_workbook(_("a PDF"))
    if data.startswith(_PICTURES):
        return no_workbook(_("a picture"))
    if data.startswith((b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")):
        return no_workbook(_("a packed file; unpack it first"))
    begin = data[:4096]
    if _is_markup(begin):
        return save_as_xlsx(_("a web page or XML table, whatever its name ends in"))
    if _is_text(begin):
        return save_as_xlsx(_("a text file (.csv or .txt)"))
    return no_workbook(_("a file of another kind, or damaged"))


def is_plain_text(data: bytes) -> bool:
    """Whether it is a text file: no workbook, and no other kind of file that begins like text."""
    return (
        bool(data.strip(b"\0"))
        and not data.startswith((ZIP_START, COMPOUND_START, b"%PDF", *_PICTURES))
        and not _is_markup(data[:4096])
        and _is_text(data[:4096])
    )


def _is_markup(begin: bytes) -> bool:
    begin = begin.removeprefix(b"\xef\xbb\xbf").replace(b"\0", b"")
    return bool(_MARKUP.match(begin.removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff")))


def _is_text(begin: bytes) -> bool:
    """Whether somebody could read it: no control characters, in an encoding of these offices."""
    if begin.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    if re.search(rb"[\x00-\x08\x0e-\x1f]", begin):
        return False
    for encoding in ("utf-8", "gb18030"):
        # The last character may be cut.
        for end in (None, -1, -2, -3):
            try:
                begin[:end].decode(encoding)
            except UnicodeDecodeError:
                continue
            return True
    return False
