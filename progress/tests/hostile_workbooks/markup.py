"""XML that explodes, or that is none."""

import random

from progress.tests.files import (
    zipped,
)
from progress.tests.hostile_workbooks.making import (
    BROKEN,
    SHEET1,
    SPREADSHEET,
    TOO_MUCH,
    Hostile,
    cells,
    replaced,
    rows,
    sheet_xml,
    workbook,
    workbook_parts,
)

LAUGHS = (
    '<!DOCTYPE worksheet [<!ENTITY l0 "哈哈哈哈哈哈哈哈哈哈">'
    + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 11))
    + "]>"
)


def _laughing() -> bytes:
    text = sheet_xml(cells('<c r="A1" t="inlineStr"><is><t>&l10;</t></is></c>'))
    return workbook(parts={SHEET1: text.replace("<worksheet", f"{LAUGHS}<worksheet")})


def _quadratic() -> bytes:
    doctype = f'<!DOCTYPE sst [<!ENTITY a "{"甲" * 50_000}">]>'
    strings = f'{doctype}<sst xmlns="{SPREADSHEET}"><si><t>{"&a;" * 5_000}</t></si></sst>'
    made = workbook_parts(cells('<c r="A1" t="s"><v>0</v></c>'), strings="")
    return zipped({**made, "xl/sharedStrings.xml": strings})


def _external_entity() -> bytes:
    doctype = '<!DOCTYPE worksheet [<!ENTITY secret SYSTEM "file:///etc/passwd">]>'
    text = sheet_xml(cells('<c r="A1" t="inlineStr"><is><t>&secret;</t></is></c>'))
    return workbook(parts={SHEET1: text.replace("<worksheet", f"{doctype}<worksheet")})


def _deep() -> bytes:
    return workbook("<x>" * 200_000 + "</x>" * 200_000)


def _many_cells() -> bytes:
    return workbook(("<row>" + "<c/>" * 1_000 + "</row>") * 650)


def _many_others() -> bytes:
    # Not one like the other: what packs too well is refused before.
    return workbook("".join(f"<x{number}/>" for number in range(650_000)))


def _long_shared_texts() -> bytes:
    text = random.Random(6).randbytes(1_300_000).hex()  # noqa: S311 - no secret
    strings = f"<si><t>{text}</t></si><si><t>{text[::-1]}</t></si>"
    return zipped(workbook_parts(strings=strings), deflated=False)


def many_attributes() -> bytes:
    attributes = " ".join(f'a{number}="1"' for number in range(200_000))
    return workbook(f'<row r="1"><c r="A1" {attributes}><v>1</v></c></row>')


MARKUP: dict[str, Hostile] = {
    "no XML": Hostile(replaced(SHEET1, "序号\t任务"), BROKEN),
    "XML that stops": Hostile(replaced(SHEET1, sheet_xml("")[:-9]), BROKEN),
    "an unknown encoding": Hostile(
        replaced(SHEET1, sheet_xml("").replace("UTF-8", "klingon")), BROKEN
    ),
    "a thousand million laughs": Hostile(_laughing, BROKEN),
    "a long text many times": Hostile(_quadratic, BROKEN),
    "a file of the server": Hostile(_external_entity, BROKEN),
    "a declaration of types": Hostile(
        replaced("xl/workbook.xml", "<!DOCTYPE workbook><workbook/>"), BROKEN
    ),
    "entities in the types": Hostile(
        replaced("[Content_Types].xml", f"{LAUGHS}<worksheet>&l10;</worksheet>"), BROKEN
    ),
    "200,000 deep": Hostile(_deep, values={"A1": None}),
    "hundreds of thousands of cells": Hostile(_many_cells, TOO_MUCH),
    "hundreds of thousands of rows": Hostile(rows("<row/>" * 150_000), TOO_MUCH),
    "a million of something": Hostile(_many_others, TOO_MUCH),
    "too long texts": Hostile(_long_shared_texts, TOO_MUCH),
    "too many merged cells": Hostile(
        rows("", after="<mergeCells>" + '<mergeCell ref="A1:B1"/>' * 30_000 + "</mergeCells>"),
        TOO_MUCH,
    ),
    "merged cells of all rows": Hostile(
        rows(
            "",
            after="<mergeCells>"
            + "".join(f'<mergeCell ref="{letter}1:{letter}1048576"/>' for letter in "ABCDEFGH" * 9)
            + "</mergeCells>",
        ),
        TOO_MUCH,
    ),
    "formulas over everything": Hostile(
        rows(
            "".join(
                f'<row r="{row}"><c r="A{row}"><f t="array" ref="A1:XFD1048576">1</f><v>1</v></c>'
                "</row>"
                for row in range(1, 3_000)
            )
        ),
        TOO_MUCH,
    ),
    "columns hidden over and over": Hostile(
        rows("", before="<cols>" + '<col min="1" max="2" hidden="1"/>' * 3_000 + "</cols>"),
        TOO_MUCH,
    ),
}
