"""Other kinds of file, and parts that do not fit together."""

from progress.tests.files import (
    COMPOUND,
    JPG,
    content_types,
    docx,
    pdf,
    relationships,
    zipped,
)
from progress.tests.hostile_workbooks.making import (
    BINARY,
    BROKEN,
    MACROS,
    MISSING,
    OFFICE,
    OLD,
    OPEN_DOCUMENT,
    PACKED,
    PAGE,
    PASSWORD,
    RICH,
    SHEET1,
    SPREADSHEET,
    TEXT,
    TOO_MUCH,
    Hostile,
    R,
    cells,
    replaced,
    rows,
    sheet_target,
    styles,
    workbook,
)


def _document(main: str, part: str) -> bytes:
    return zipped(
        {
            "[Content_Types].xml": content_types(main, part),
            "_rels/.rels": relationships(("officeDocument", part, False)),
            part: b"\x83\x01\x00",
        }
    )


def _two_sheets_of_one_part() -> bytes:
    listed = (
        f'<workbook xmlns="{SPREADSHEET}" xmlns:r="{R}"><sheets>'
        '<sheet name="甲" sheetId="1" r:id="r0"/><sheet name="乙" sheetId="2" r:id="r0"/>'
        "</sheets></workbook>"
    )
    return workbook(parts={"xl/workbook.xml": listed})


def _many_sheets() -> bytes:
    sheets = "".join(f'<sheet name="s{n}" sheetId="{n}" r:id="r0"/>' for n in range(1, 200))
    listed = f'<workbook xmlns="{SPREADSHEET}" xmlns:r="{R}"><sheets>{sheets}</sheets></workbook>'
    return workbook(parts={"xl/workbook.xml": listed})


KINDS: dict[str, Hostile] = {
    "empty": Hostile(lambda: b"", "The file is empty"),
    "old": Hostile(lambda: COMPOUND + b"\0" * 600 + "Workbook".encode("utf-16-le"), OLD),
    "encrypted": Hostile(
        lambda: COMPOUND + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), PASSWORD
    ),
    "macros by its type": Hostile(
        replaced(
            "[Content_Types].xml",
            content_types(
                "application/vnd.ms-excel.sheet.macroEnabled.main+xml", "xl/workbook.xml"
            ),
        ),
        MACROS,
    ),
    "macros by a part": Hostile(replaced("xl/vbaProject.bin", b"\0"), MACROS),
    "old macros": Hostile(replaced("xl/macrosheets/sheet1.xml", "<x/>"), MACROS),
    "binary": Hostile(
        lambda: _document("application/vnd.ms-excel.sheet.binary.main", "xl/workbook.bin"), BINARY
    ),
    "ods": Hostile(
        lambda: zipped(
            {
                "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
                "content.xml": "<office/>",
            }
        ),
        OPEN_DOCUMENT,
    ),
    "csv": Hostile(lambda: "序号,任务\r\n1,推进\r\n".encode("utf-8-sig"), TEXT),
    "csv as Chinese Excel writes it": Hostile(
        lambda: "序号,任务\r\n1,推进\r\n".encode("gb18030"), TEXT
    ),
    "text of Excel": Hostile(lambda: "序号\t任务\r\n".encode("utf-16"), TEXT),
    "web page": Hostile(lambda: b"<html><table><tr><td>1</td></tr></table>", PAGE),
    "web page in UTF-16": Hostile(lambda: "<table></table>".encode("utf-16"), PAGE),
    "table in XML": Hostile(
        lambda: b'\xef\xbb\xbf<?xml version="1.0"?><Workbook xmlns="urn:x"></Workbook>', PAGE
    ),
    "pdf": Hostile(pdf, "a PDF"),
    "picture": Hostile(lambda: JPG, "a picture"),
    "word": Hostile(docx, "a Word document"),
    "presentation": Hostile(
        lambda: _document(f"{OFFICE}presentationml.presentation.main+xml", "ppt/presentation.xml"),
        "a presentation",
    ),
    "a zip of files": Hostile(lambda: zipped({"表.xlsx": workbook()}), PACKED),
    "rar": Hostile(lambda: b"Rar!\x1a\x07\x00" + b"\0" * 40, PACKED),
    "noise": Hostile(lambda: bytes(range(256)) * 4, "another kind, or damaged"),
    # Parts that do not fit together.
    "no types": Hostile(replaced("[Content_Types].xml", None), BROKEN),
    "no relationships": Hostile(replaced("_rels/.rels", None), BROKEN),
    "no workbook part": Hostile(replaced("xl/workbook.xml", None), MISSING),
    "no sheet part": Hostile(replaced(SHEET1, None), MISSING),
    "no relationships of sheets": Hostile(replaced("xl/_rels/workbook.xml.rels", None), BROKEN),
    "no shared texts": Hostile(rows(cells('<c r="A1" t="s"><v>0</v></c>')), BROKEN),
    "a shared text that is not there": Hostile(
        rows(cells('<c r="A1" t="s"><v>5</v></c>'), strings=RICH), BROKEN
    ),
    "a shared text counted from behind": Hostile(
        rows(cells('<c r="A1" t="s"><v>-1</v></c>'), strings=RICH), BROKEN
    ),
    "a style that is not there": Hostile(
        rows(cells('<c r="A1" s="9"><v>1</v></c>'), styles=styles(14)), BROKEN
    ),
    "two sheets of one part": Hostile(_two_sheets_of_one_part, BROKEN),
    "a sheet that is the workbook": Hostile(lambda: sheet_target("workbook.xml"), BROKEN),
    "a sheet elsewhere": Hostile(
        lambda: sheet_target("https://example.org/sheet.xml", outside=True), BROKEN
    ),
    "a sheet outside": Hostile(lambda: sheet_target("../../../etc/passwd"), MISSING),
    "only a chart": Hostile(
        lambda: sheet_target("worksheets/sheet1.xml", kind="chartsheet"), "no sheet with cells"
    ),
    "two hundred sheets": Hostile(_many_sheets, TOO_MUCH),
}
