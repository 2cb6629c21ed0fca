"""Cells that contradict themselves, and what is odd and read right."""

import datetime as dt
from collections.abc import Callable

from progress.tests.files import (
    COMPOUND,
    content_types,
    relationships,
    zipped,
)
from progress.tests.hostile_workbooks.making import (
    BROKEN,
    OFFICE,
    RICH,
    SHEET1,
    SPREADSHEET,
    STRICT,
    Hostile,
    R,
    cells,
    replaced,
    rows,
    sheet_target,
    sheet_xml,
    styles,
    workbook,
    workbook_parts,
)
from progress.tests.hostile_workbooks.markup import many_attributes
from progress.workbooks.reading import CellError, ReadWorkbook


def _prefixed() -> bytes:
    text = (
        f'<x:worksheet xmlns:x="{SPREADSHEET}"><x:sheetData><x:row r="1"><x:c r="A1">'
        "<x:v>5</x:v></x:c></x:row></x:sheetData></x:worksheet>"
    )
    return workbook(parts={SHEET1: text})


def _strict() -> bytes:
    strict_r = "http://purl.oclc.org/ooxml/officeDocument/relationships"
    listed = (
        f'<workbook xmlns="{STRICT}" xmlns:r="{strict_r}"><sheets>'
        '<sheet name="填报" sheetId="1" r:id="r0"/></sheets></workbook>'
    )
    made = workbook_parts(
        parts={
            "xl/workbook.xml": listed,
            SHEET1: sheet_xml(
                cells('<c r="A1" t="d"><v>2026-12-31T00:00:00</v></c>'), space=STRICT
            ),
        }
    )
    return zipped(
        {
            name: content.replace(R, strict_r) if name.endswith(".rels") else content  # type: ignore[arg-type]
            for name, content in made.items()
        }
    )


def _in_utf16() -> bytes:
    text = sheet_xml(cells('<c r="A1" t="inlineStr"><is><t>推进中</t></is></c>'))
    return workbook(parts={SHEET1: text.replace("UTF-8", "UTF-16").encode("utf-16")})


def _with_foreign_parts() -> bytes:
    """Links, pictures and an object of another program, which nobody here opens."""
    return workbook(
        parts={
            "xl/externalLinks/externalLink1.xml": "<externalLink/>",
            "xl/externalLinks/_rels/externalLink1.xml.rels": relationships(
                ("externalLinkPath", "file://server/share/other.xlsx", True)
            ),
            "xl/embeddings/oleObject1.bin": COMPOUND + b"\0" * 100,
            "xl/media/image1.png": b"no picture at all",
        }
    )


def _hidden_things() -> bytes:
    return workbook(
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="2" hidden="1"><c r="A2"><v>2</v></c></row>',
        before='<cols><col min="3" max="4" hidden="true"/></cols>',
        after='<mergeCells><mergeCell ref="A3:B4"/></mergeCells>',
        names='<definedNames><definedName name="编号">填报!$A$1</definedName>'
        '<definedName name="_xlnm.Print_Area" localSheetId="0">填报!$A$1:$B$2</definedName>'
        "</definedNames>",
    )


def _hidden_things_seen(read: ReadWorkbook) -> bool:
    (sheet,) = read.sheets
    merged = sheet.merge_of(4, 2)
    return (
        sheet.hidden_rows == {2}
        and sheet.column_is_hidden(4)
        and not sheet.column_is_hidden(5)
        and str(merged) == "A3:B4"
        and sheet.merge_of(5, 2) is None
        and read.names == {"编号": "填报!$A$1"}
    )


def _formulas_seen(*places: tuple[int, int]) -> Callable[[ReadWorkbook], bool]:
    def seen(read: ReadWorkbook) -> bool:
        found = {place for place, cell in read.sheets[0].cells.items() if cell.is_formula}
        return found == set(places)

    return seen


def _number(value: str, style: int = 0) -> Callable[[], bytes]:
    def make() -> bytes:
        return workbook(
            cells(f'<c r="A1" s="{style}"><v>{value}</v></c>'),
            styles=styles(14, 31, 'yyyy"年"m"月"d"日"', "[$-804]yyyy-mm-dd", "#,##0;[Red]-#,##0",
                          "h:mm", "[h]:mm", "0.00E+00", '"days "0'),
        )  # fmt: skip

    return make


def _inline(text: str, kind: str = "inlineStr") -> str:
    return f'<c r="A1" t="{kind}"><is><t xml:space="preserve">{text}</t></is></c>'


LONG_TEXT = "长" * 100_000


ODDITIES: dict[str, Hostile] = {
    "row 0": Hostile(rows('<row r="0"><c r="A0"><v>1</v></c></row>'), BROKEN),
    "a row too far": Hostile(rows('<row r="1048577"/>'), BROKEN),
    "a row that is no number": Hostile(rows('<row r="一"/>'), BROKEN),
    "a column too far": Hostile(rows(cells('<c r="XFE1"><v>1</v></c>')), BROKEN),
    "a cell of another row": Hostile(rows(cells('<c r="A2"><v>1</v></c>')), BROKEN),
    "a cell twice": Hostile(rows(cells('<c r="A1"><v>1</v></c><c r="A1"><v>2</v></c>')), BROKEN),
    "a number that is none": Hostile(rows(cells('<c r="A1"><v>一</v></c>')), BROKEN),
    "a kind of cell that is none": Hostile(rows(cells('<c r="A1" t="x"><v>1</v></c>')), BROKEN),
    "a day that is none": Hostile(rows(cells('<c r="A1" t="d"><v>2026-02-30</v></c>')), BROKEN),
    "merged cells of nothing": Hostile(
        rows("", after='<mergeCells><mergeCell ref="A0:ZZZZ9"/></mergeCells>'), BROKEN
    ),
    # Odd, and read right.
    "plain": Hostile(workbook, values={"A1": 1}),
    "template": Hostile(
        replaced(
            "[Content_Types].xml",
            content_types(f"{OFFICE}spreadsheetml.template.main+xml", "xl/workbook.xml"),
        ),
        values={"A1": 1},
    ),
    "corners alone": Hostile(
        rows(
            '<row r="1"><c r="A1"><v>1</v></c></row>'
            '<row r="1048576"><c r="XFD1048576"><v>2</v></c></row>',
            before='<dimension ref="A1:XFD1048576"/>',
        ),
        values={"A1": 1, "XFD1048576": 2},
    ),
    "rows out of order": Hostile(
        rows('<row r="9"><c r="A9"><v>9</v></c></row><row r="2"><c r="A2"><v>2</v></c></row>'),
        values={"A2": 2, "A9": 9},
    ),
    "cells without places": Hostile(
        rows("<row><c><v>1</v></c><c><v>2</v></c></row><row><c/><c><v>4</v></c></row>"),
        values={"A1": 1, "B1": 2, "A2": None, "B2": 4},
    ),
    "another prefix": Hostile(_prefixed, values={"A1": 5}),
    "strict": Hostile(_strict, values={"A1": dt.date(2026, 12, 31)}),
    "UTF-16": Hostile(_in_utf16, values={"A1": "推进中"}),
    "absolute reference": Hostile(
        lambda: sheet_target("/xl/worksheets/sheet1.xml"), values={"A1": 1}
    ),
    "foreign parts": Hostile(_with_foreign_parts, values={"A1": 1}),
    "hidden and merged": Hostile(_hidden_things, values={"A2": 2}, check=_hidden_things_seen),
    "many attributes": Hostile(many_attributes, values={"A1": 1}),
    "formula": Hostile(
        rows(cells('<c r="A1"><f>1+1</f><v>2</v></c>', '<c r="B1" t="str"><f>"x"</f><v>x</v></c>')),
        values={"A1": 2, "B1": "x"},
        check=_formulas_seen((1, 1), (1, 2)),
    ),
    "formula without a value": Hostile(
        rows(cells('<c r="A1"><f>NOW()</f></c>')),
        values={"A1": None},
        check=_formulas_seen((1, 1)),
    ),
    "one formula over several cells": Hostile(
        rows(
            cells(
                '<c r="A1"><f t="array" ref="A1:B1">C1:D1</f><v>1</v></c>',
                '<c r="B1"><v>2</v></c>',
                '<c r="C1"><v>3</v></c>',
            )
        ),
        values={"B1": 2},
        check=_formulas_seen((1, 1), (1, 2)),
    ),
    "text that looks like a formula": Hostile(
        rows(cells(_inline("=cmd|'/c calc'!A0"))),
        values={"A1": "=cmd|'/c calc'!A0"},
        check=_formulas_seen(),
    ),
    "errors": Hostile(
        rows(cells('<c r="A1" t="e"><v>#REF!</v></c>')), values={"A1": CellError("#REF!")}
    ),
    "not a number": Hostile(_number("NaN"), values={"A1": CellError("#NUM!")}),
    "infinite": Hostile(_number("-INF"), values={"A1": CellError("#NUM!")}),
    "too large to count": Hostile(_number("1e999"), values={"A1": CellError("#NUM!")}),
    "whole and broken numbers": Hostile(_number("3.0"), values={"A1": 3}),
    "a day": Hostile(_number("46387", 1), values={"A1": dt.date(2026, 12, 31)}),
    "a day as Chinese Excel shows it": Hostile(
        _number("46387", 2), values={"A1": dt.date(2026, 12, 31)}
    ),
    "a day in a format of its own": Hostile(
        _number("46387", 3), values={"A1": dt.date(2026, 12, 31)}
    ),
    "a day in a language": Hostile(_number("46387", 4), values={"A1": dt.date(2026, 12, 31)}),
    "red is no day": Hostile(_number("46387", 5), values={"A1": 46387}),
    "a power is no day": Hostile(_number("46387", 8), values={"A1": 46387}),
    "words are no day": Hostile(_number("46387", 9), values={"A1": 46387}),
    "a moment": Hostile(
        _number("46387.75", 1),
        values={"A1": dt.datetime(2026, 12, 31, 18)},  # noqa: DTZ001 - as sheets have them
    ),
    "a moment before midnight": Hostile(
        _number("46386.999999999", 1), values={"A1": dt.date(2026, 12, 31)}
    ),
    "a time": Hostile(_number("0.5", 6), values={"A1": dt.time(12)}),
    "the day that never was": Hostile(_number("60", 1), values={"A1": 60}),
    "the day before it": Hostile(_number("59", 1), values={"A1": dt.date(1900, 2, 28)}),
    "the day after it": Hostile(_number("61", 1), values={"A1": dt.date(1900, 3, 1)}),
    "before all days": Hostile(_number("-5", 1), values={"A1": -5}),
    "after all days": Hostile(_number("99999999", 1), values={"A1": 99999999}),
    "days from 1904": Hostile(
        rows(
            cells('<c r="A1" s="1"><v>44925</v></c>'),
            settings='<workbookPr date1904="1"/>',
            styles=styles(14),
        ),
        values={"A1": dt.date(2026, 12, 31)},
    ),
    "yes": Hostile(rows(cells('<c r="A1" t="b"><v>1</v></c>')), values={"A1": True}),
    "rich text": Hostile(
        rows(cells('<c r="A1" t="s"><v>0</v></c>'), strings=RICH), values={"A1": "推进中"}
    ),
    "rich text in its cell": Hostile(
        rows(
            cells(
                '<c r="A1" t="inlineStr"><is><r><t>推</t></r><r><t>进</t></r>'
                '<rPh sb="0" eb="1"><t>tui</t></rPh></is></c>'
            )
        ),
        values={"A1": "推进"},
    ),
    "line breaks": Hostile(
        rows(cells(_inline("一_x000D_\n二_x005F_x000D_"))), values={"A1": "一\n二_x000D_"}
    ),
    "characters that XML forbids": Hostile(
        rows(cells(_inline("甲_x0000__xD800_乙"))), values={"A1": "甲乙"}
    ),
    "very long text": Hostile(rows(cells(_inline(LONG_TEXT))), values={"A1": LONG_TEXT}),
    "an empty text": Hostile(rows(cells(_inline(""))), values={"A1": None}),
}
