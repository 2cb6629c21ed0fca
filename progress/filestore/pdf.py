"""PDF, from its first byte to its last."""

import re

from progress.filestore.refusal import damaged, holds_more
from progress.filestore.source import Bytes

HEADER = b"%PDF-"
END = b"%%EOF"
# Readers look for the end mark, and for the place of the table before it, this near the end.
NEAR_THE_END = 2048


def pdf_check(data: Bytes) -> None:
    """Raise FileRefused unless it is a whole PDF that begins with its header and ends with its
    end mark. Nothing of what it draws is read."""
    if not re.match(rb"%PDF-[12]\.[0-9][\r\n %\x80-\xff]", data[:16]):
        raise damaged()
    end = data.rfind(END)
    if end < max(0, len(data) - NEAR_THE_END):
        raise damaged() if end < 0 else holds_more()
    if data[end + len(END) :].strip(b"\0\t\n\f\r "):
        raise holds_more()
    if data.rfind(b"startxref", max(0, end - NEAR_THE_END), end) < 0:
        raise damaged()
