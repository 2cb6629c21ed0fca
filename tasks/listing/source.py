"""From a file to lines of text. What is no text in UTF-8 is refused, with the way to mend it."""

import re
from pathlib import Path

from tasks.listing.faults import Fault, ListFaults

UTF8_BOM = b"\xef\xbb\xbf"
UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")
# How files begin that people send instead of the text: what they are, and how to save them.
OTHER_KINDS = {
    b"PK\x03\x04": "an Excel, Word or zip file",
    b"\xd0\xcf\x11\xe0": "an old Excel or Word file",
    b"%PDF": "a PDF file",
    b"{\\rtf": "an RTF file",
}
# Every list has this word in its header: text decoded the right way shows it.
HEADER_WORD = "序号"
# Neither a workbook nor XML can hold these, so they would fail much later and far from here.
CONTROL_CHARACTER = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
LINE_END = re.compile(rb"(\r\n|\n|\r)")
AS_TEXT = "save the list as plain text in UTF-8, its cells divided by tabs"


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
                    f"the byte 0x{raw[error.start]:02X} at offset {offset} of the file is not "
                    f"UTF-8; type the damaged characters of this line again",
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
    name = "a NUL byte" if code == 0 else f"the control character U+{code:04X}"
    return Fault(line, f"{name} stands at character {found.start() + 1}; remove it")


def _convert(encoding: str) -> str:
    return f"convert it first: iconv -f {encoding} -t UTF-8 OLD.txt > NEW.txt"


def _refuse_other_kinds(content: bytes) -> None:
    for beginning, kind in OTHER_KINDS.items():
        if content.startswith(beginning):
            raise ListFaults([Fault(1, f"this is not a text file but {kind}; {AS_TEXT}")])
    for encoding in ("UTF-16LE", "UTF-16BE"):
        # Without its mark UTF-16 is betrayed by the header, which any other encoding garbles.
        if HEADER_WORD.encode(encoding) in content and b"\x00" in content:
            named = "UTF-16" if content.startswith(UTF16_BOMS) else encoding
            raise ListFaults(
                [Fault(1, f"the file is not UTF-8 but looks like UTF-16; {_convert(named)}")]
            )
    if content.startswith(UTF16_BOMS):
        raise ListFaults(
            [Fault(1, f"the file is not UTF-8 but begins like UTF-16; {_convert('UTF-16')}")]
        )


def _refuse_other_encodings(content: bytes, *, line: int, offset: int) -> None:
    where = f"the byte 0x{content[offset]:02X} at offset {offset} of the file is not UTF-8"
    try:
        text = content.decode("gb18030")
    except UnicodeDecodeError:
        text = ""
    if HEADER_WORD in text:
        raise ListFaults(
            [Fault(line, f"{where}; the file looks like GB18030, {_convert('GB18030')}")]
        )
    if b"\x00" in content or HEADER_WORD.encode() not in content:
        raise ListFaults([Fault(line, f"{where}: this is not a list in text form; {AS_TEXT}")])
