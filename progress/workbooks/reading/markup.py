"""XML of a workbook, read piece by piece and given up as soon as there is too much of it.

expat calls what it is given for each beginning and end; nothing is built up besides what these
keep. A declaration of types is refused, and with it every entity: no program writes one into a
workbook.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias
from xml.parsers import expat

from progress.workbooks.reading.refusal import broken, too_much

Attributes: TypeAlias = dict[str, str]
Start: TypeAlias = Callable[[str, Attributes], None]
End: TypeAlias = Callable[[str], None]

# Of elements their beginnings and ends.
MOST_MARKS, MOST_ROWS = 600_000, 100_000
# The usual form of the format and its strict one.
SPREADSHEET = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
)


class Budget:
    """What may still come, over all parts of one workbook."""

    __slots__ = ("marks", "rows")

    def __init__(self) -> None:
        self.marks, self.rows = MOST_MARKS, MOST_ROWS


class Enough(Exception):  # noqa: N818 - no error: what was looked for has been found
    """Raised by what is told of a part, whose rest need not be read."""


def starts_by_name(calls: Mapping[str, Callable[[Attributes], None]]) -> Start:
    """Calls for each beginning of an element what the table has for it."""

    def start(name: str, attributes: Attributes) -> None:
        call = calls.get(name)
        if call is not None:
            call(attributes)

    return start


def ends_by_name(calls: Mapping[str, Callable[[], None]]) -> End:
    """Calls for each end of an element what the table has for it."""

    def end(name: str) -> None:
        call = calls.get(name)
        if call is not None:
            call()

    return end


def markup_read(
    pieces: Iterable[bytes],
    *,
    part: str,
    budget: Budget,
    start: Start,
    end: End | None = None,
    text: Callable[[str], None] | None = None,
    namespaces: tuple[str, ...] = SPREADSHEET,
) -> None:
    """Read the part and tell `start` and `end` of its elements, without the prefix of the format.

    Elements of other formats come with a prefix, and nothing at all where the root is of another.
    Raises WorkbookRefused where it is no XML, has a declaration of types, or too many elements.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.buffer_size = 1 << 16

    def root(name: str, attributes: Attributes) -> None:
        # Told apart by the prefix that the root gives to the format, mostly none: expat's own way
        # with namespaces takes a third of the time.
        prefix, colon, own = name.rpartition(":")
        if attributes.get(f"xmlns{colon}{prefix}") in namespaces:
            _handlers_set(parser, prefix + colon, start, end, text)
            start(own, attributes)
        else:
            parser.StartElementHandler = None

    parser.StartElementHandler = root
    parser.StartDoctypeDeclHandler = _declaration_refuse
    try:
        for piece in pieces:
            # Each element has one of these at least, whatever the encoding.
            budget.marks -= piece.count(b"<")
            if budget.marks < 0:
                raise too_much()
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except Enough:
        return
    except (expat.ExpatError, LookupError, ValueError) as error:
        # The last two: an encoding that nobody knows, or a number where none can be read.
        raise broken(part) from error


def _handlers_set(
    parser: expat.XMLParserType,
    prefix: str,
    start: Start,
    end: End | None,
    text: Callable[[str], None] | None,
) -> None:
    parser.CharacterDataHandler = text
    if not prefix:
        parser.StartElementHandler, parser.EndElementHandler = start, end
        return
    cut = len(prefix)

    def prefixed_start(name: str, attributes: Attributes) -> None:
        if name.startswith(prefix):
            start(name[cut:], attributes)

    def prefixed_end(name: str) -> None:
        if end is not None and name.startswith(prefix):
            end(name[cut:])

    parser.StartElementHandler, parser.EndElementHandler = prefixed_start, prefixed_end


def _declaration_refuse(name: str, *_more: object) -> None:
    raise broken(f"<!DOCTYPE {name}>")


def attribute_of(attributes: Attributes, name: str) -> str:
    """The attribute of this name in whatever namespace, or an empty text."""
    for key, value in attributes.items():
        if key.rpartition(":")[2] == name:
            return value
    return ""
