"""What a workbook is made of by hand, and what the refusals say."""

import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from progress.tests.files import (
    SHEET_MAIN,
    content_types,
    relationships,
    zipped,
)
from progress.workbooks.reading import ReadWorkbook, Value

SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
OFFICE = "application/vnd.openxmlformats-officedocument."
SHEET1 = "xl/worksheets/sheet1.xml"

OLD = "an old Excel file (.xls)"
PASSWORD = "protected by a password"
MACROS = "a workbook with macros (.xlsm)"
BINARY = "a binary workbook (.xlsb)"
OPEN_DOCUMENT = "an OpenDocument file (.ods)"
TEXT = "a text file (.csv or .txt)"
PAGE = "a web page or XML table"
PACKED = "a packed file; unpack it first"
DAMAGED = "damaged or incomplete"
MORE = "something else before or after"
BOMB = "far larger than a document"
TOO_MUCH = "far more than a form or a list"
BROKEN = "The workbook is damaged"
ELSEWHERE = "a name that leads out"
MISSING = "A part of the workbook is missing"
LARGE = "larger than 20 MB"

# Rich text, and how it is pronounced.
RICH = (
    "<si><r><t>推进</t></r><r><rPr><b/></rPr><t>中</t></r>"
    '<rPh sb="0" eb="2"><t>tui jin</t></rPh></si>'
)


@dataclass(frozen=True, slots=True)
class Hostile:
    """How it is made, and either what the refusal says or what its first sheet reads as."""

    make: Callable[[], bytes]
    refused: str = ""
    values: Mapping[str, Value] = field(default_factory=dict)
    check: Callable[[ReadWorkbook], bool] = lambda _read: True


def sheet_xml(rows: str, *, before: str = "", after: str = "", space: str = SPREADSHEET) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        f'<worksheet xmlns="{space}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'
    )


def workbook_parts(
    rows: str = '<row r="1"><c r="A1"><v>1</v></c></row>',
    *,
    before: str = "",
    after: str = "",
    settings: str = "",
    names: str = "",
    strings: str | None = None,
    styles: str | None = None,
    parts: Mapping[str, bytes | str | None] | None = None,
) -> dict[str, bytes | str]:
    """A workbook of one sheet, part by part; `parts` adds to them or takes None away."""
    kinds = [("worksheet", "worksheets/sheet1.xml", False)]
    made: dict[str, bytes | str | None] = {
        "[Content_Types].xml": content_types(SHEET_MAIN, "xl/workbook.xml"),
        "_rels/.rels": relationships(("officeDocument", "xl/workbook.xml", False)),
        "xl/workbook.xml": f'<workbook xmlns="{SPREADSHEET}" xmlns:r="{R}">{settings}'
        f'<sheets><sheet name="填报" sheetId="1" r:id="r0"/></sheets>{names}</workbook>',
        SHEET1: sheet_xml(rows, before=before, after=after),
    }
    if strings is not None:
        kinds.append(("sharedStrings", "sharedStrings.xml", False))
        made["xl/sharedStrings.xml"] = f'<sst xmlns="{SPREADSHEET}">{strings}</sst>'
    if styles is not None:
        kinds.append(("styles", "styles.xml", False))
        made["xl/styles.xml"] = f'<styleSheet xmlns="{SPREADSHEET}">{styles}</styleSheet>'
    made["xl/_rels/workbook.xml.rels"] = relationships(*kinds)
    made |= parts or {}
    return {name: content for name, content in made.items() if content is not None}


def workbook(rows: str = '<row r="1"><c r="A1"><v>1</v></c></row>', **more: object) -> bytes:
    return zipped(workbook_parts(rows, **more))  # type: ignore[arg-type]


def replaced(name: str, content: bytes | str | None) -> Callable[[], bytes]:
    return lambda: workbook(parts={name: content})


def rows(written: str, **more: object) -> Callable[[], bytes]:
    return lambda: workbook(written, **more)


def cells(*each: str) -> str:
    """One row of these cells, in A1, B1, …"""
    return f'<row r="1">{"".join(each)}</row>'


def styles(*codes: str | int) -> str:
    """Styles of cells, 1 and up: a format of its own for a code, a built-in one for a number."""
    formats = "".join(
        f'<numFmt numFmtId="{170 + n}" formatCode="{html.escape(code)}"/>'
        for n, code in enumerate(codes)
        if isinstance(code, str)
    )
    used = "".join(
        f'<xf numFmtId="{code if isinstance(code, int) else 170 + n}"/>'
        for n, code in enumerate(codes)
    )
    # A style that cells are based on comes first and counts for none of them.
    return (
        f'<numFmts>{formats}</numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>'
        f'<cellXfs><xf numFmtId="0"/>{used}</cellXfs>'
    )


def sheet_target(target: str, *, outside: bool = False, kind: str = "worksheet") -> bytes:
    return workbook(parts={"xl/_rels/workbook.xml.rels": relationships((kind, target, outside))})
