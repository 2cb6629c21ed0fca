"""From a file to lines of text. What is no text in UTF-8 is refused, with the way to mend it."""

import re
from pathlib import Path

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasks.listing.faults import Fault, ListFaults

UTF8_BOM = b"\xef\xbb\xbf"
UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")
# How files begin that people send instead of the text: what they are, and how to save them.
OTHER_KINDS = {
    b"PK\x03\x04": gettext_lazy("an Excel, Word or zip file"),
    b"\xd0\xcf\x11\xe0": gettext_lazy("an old Excel or Word file"),
    b"%PDF": gettext_lazy("a PDF file"),
    b"{\\rtf": gettext_lazy("an RTF file"),
}
# Every list has this word in its header: text decoded the right way shows it.
HEADER_WORD = "序号"
# Neither a workbook nor XML can hold these, so they would fail much later and far from here.
CONTROL_CHARACTER = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
LINE_END = re.compile(rb"(\r\n|\n|\r)")
AS_TEXT = gettext_lazy("save the list as plain text in UTF-8, its cells divided by tabs")


def content_read(path: Path) -> bytes:
    """The bytes of the file. Raises ListFaults where there is no file that can be read."""
    try:
        if path.is_dir():
            raise ListFaults([Fault(None, f"{path} is a folder; name the file of the list in it")])
        if not path.exists():
            raise ListFaults([Fault(None, f"{path} does not exist; check the name of the file")])
        if not path.is_file():
            raise ListFaults([Fault(None, f"{path} is no ordinary file; copy the list to a file")])
        return path.read_bytes()
    except OSError as error:
        # A folder on the way that may not be entered is one as well.
        reason = error.strerror or error
        raise ListFaults([Fault(None, f"{path} cannot be read: {reason}")]) from error


def lines_read(content: bytes) -> tuple[list[str], list[Fault]]:
    """The lines of a list, without line ends, and what is wrong with its encoding.

    A UTF-8 byte order mark and line ends of Windows are accepted. In lines with damaged bytes
    these are replaced, so that reading can go on to the faults of other lines. Raises ListFaults
    where the whole file is of another kind or encoding and its lines would mean nothing.
    """
    _refuse_other_kinds(content)
    lines: list[str] = []
    faults: list[Fault] = []
    line_offset = len(UTF8_BOM) if content.startswith(UTF8_BOM) else 0
    # Not splitlines(): that also splits at characters that may stand within a cell.
    lines_and_ends = [*LINE_END.split(content[line_offset:]), b""]
    raw_lines = zip(lines_and_ends[::2], lines_and_ends[1::2], strict=True)
    for line, (raw, line_end) in enumerate(raw_lines, start=1):
        try:
            text = raw.decode()
        except UnicodeDecodeError as error:
            offset = line_offset + error.start
            if not faults:
                _refuse_other_encodings(content, line=line, offset=offset)
            faults.append(
                Fault(
                    line,
                    _(
                        "the byte 0x%(byte)02X at offset %(offset)d of the file is not UTF-8; type "
                        "the damaged characters of this line again"
                    )
                    % {"byte": raw[error.start], "offset": offset},
                )
            )
            text = raw.decode(errors="replace")
        control = CONTROL_CHARACTER.search(text)
        if control is not None:
            faults.append(_control_fault(line, control))
        lines.append(text)
        line_offset += len(raw) + len(line_end)
    return lines, faults


def _control_fault(line: int, found: re.Match[str]) -> Fault:
    code = ord(found[0])
    name = _("a NUL byte") if code == 0 else _("the control character U+%04X") % code
    return Fault(
        line,
        _("%(name)s stands at character %(place)d; remove it")
        % {"name": name, "place": found.start() + 1},
    )


def _convert(encoding: str) -> str:
    return _("convert it first: iconv -f %(encoding)s -t UTF-8 OLD.txt > NEW.txt") % {
        "encoding": encoding
    }


def _refuse_other_kinds(content: bytes) -> None:
    for beginning, kind in OTHER_KINDS.items():
        if content.startswith(beginning):
            text = _("this is not a text file but %(kind)s; %(remedy)s")
            raise ListFaults([Fault(1, text % {"kind": kind, "remedy": AS_TEXT})])
    for encoding in ("UTF-16LE", "UTF-16BE"):
        # Without its mark UTF-16 is betrayed by the header, which any other encoding garbles.
        if HEADER_WORD.encode(encoding) in content and b"\x00" in content:
            named = "UTF-16" if content.startswith(UTF16_BOMS) else encoding
            raise ListFaults(
                [Fault(1, _("the file is not UTF-8 but looks like UTF-16; ") + _convert(named))]
            )
    if content.startswith(UTF16_BOMS):
        raise ListFaults(
            [Fault(1, _("the file is not UTF-8 but begins like UTF-16; ") + _convert("UTF-16"))]
        )


def _refuse_other_encodings(content: bytes, *, line: int, offset: int) -> None:
    where = _("the byte 0x%(byte)02X at offset %(offset)d of the file is not UTF-8") % {
        "byte": content[offset],
        "offset": offset,
    }
    try:
        text = content.decode("gb18030")
    except UnicodeDecodeError:
        text = ""
    if HEADER_WORD in text:
        raise ListFaults(
            [
                Fault(
                    line,
                    _("%(where)s; the file looks like GB18030, %(remedy)s")
                    % {"where": where, "remedy": _convert("GB18030")},
                )
            ]
        )
    if b"\x00" in content or HEADER_WORD.encode() not in content:
        text = _("%(where)s: this is not a list in text form; %(remedy)s")
        raise ListFaults([Fault(line, text % {"where": where, "remedy": AS_TEXT})])
