"""From the bytes of an .xlsx file to its sheets."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from progress.workbooks.reading.contents import ReadSheet, ReadWorkbook
from progress.workbooks.reading.markup import (
    Attributes,
    Enough,
    attribute_of,
    ends_by_name,
    markup_read,
    starts_by_name,
)
from progress.workbooks.reading.parts import Package, package_opened
from progress.workbooks.reading.recognition import content_check
from progress.workbooks.reading.refusal import WorkbookRefused, broken, too_much
from progress.workbooks.reading.sheets import Values, sheet_read
from progress.workbooks.reading.values import is_day_format, text_of

MOST_SHEETS, MOST_NAMES = 100, 5_000
# Characters of all texts together: a filled-in list of all tasks has some hundred thousand.
MOST_TEXT = 5_000_000
_HIDDEN = ("hidden", "veryHidden")
_TRUE = ("1", "true", "on")
_PROPERTIES = (
    "http://schemas.openxmlformats.org/officeDocument/2006/custom-properties",
    "http://purl.oclc.org/ooxml/officeDocument/customProperties",
)


def workbook_read(data: bytes, *, name: str) -> ReadWorkbook:
    """The sheets of the .xlsx file, which came under this name, as plain values.

    Text, numbers, days, yes or no, and errors come as such; of formulas the value they last had.
    Sheets that are charts are left out. Raises WorkbookRefused, whose message names the fault and
    the remedy in the reader's language.
    """
    content_check(data)
    package, main = package_opened(data)
    listed = _Listed()
    listed.read(package, main)
    references = package.references(main)
    by_kind = {one.kind: one.target for one in references.values()}
    values = Values(
        _strings(package, by_kind["sharedStrings"]) if "sharedStrings" in by_kind else [],
        _days(package, by_kind["styles"]) if "styles" in by_kind else [False],
        listed.from_1904,
    )
    sheets: list[ReadSheet] = []
    seen = {main}
    for sheet in listed.sheets:
        reference = references.get(sheet.reference)
        if reference is None or reference.target in seen:
            raise broken(sheet.name)
        seen.add(reference.target)
        if reference.kind != "worksheet":
            continue
        sheets.append(
            sheet_read(
                package.pieces(reference.target),
                part=reference.target,
                budget=package.budget,
                name=sheet.name,
                is_hidden=sheet.is_hidden,
                values=values,
            )
        )
    if not sheets:
        raise WorkbookRefused(
            _("“%(name)s” has no sheet with cells. Choose the workbook that was filled in.")
            % {"name": name[:80]}
        )
    return ReadWorkbook(tuple(sheets), listed.names, _properties(package))


@dataclass(frozen=True, slots=True)
class _Sheet:
    name: str
    reference: str
    is_hidden: bool


@dataclass(slots=True)
class _Listed:
    """What the workbook's own part lists: its sheets, and the names defined for all of them."""

    sheets: list[_Sheet] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    from_1904: bool = False
    _name: str = ""
    _text: list[str] = field(default_factory=list)

    def read(self, package: Package, main: str) -> None:
        markup_read(
            package.pieces(main),
            part=main,
            budget=package.budget,
            start=starts_by_name(
                {
                    "workbookPr": self._settings,
                    "sheet": self._sheet,
                    "definedName": self._name_start,
                }
            ),
            end=ends_by_name({"definedName": self._name_end}),
            text=self._characters,
        )

    def _settings(self, attributes: Attributes) -> None:
        self.from_1904 = attributes.get("date1904") in _TRUE

    def _sheet(self, attributes: Attributes) -> None:
        if len(self.sheets) >= MOST_SHEETS:
            raise too_much()
        is_hidden = attributes.get("state") in _HIDDEN
        name = text_of(attributes.get("name", ""))
        self.sheets.append(_Sheet(name, attribute_of(attributes, "id"), is_hidden))

    def _name_start(self, attributes: Attributes) -> None:
        # Those of one sheet are the program's own: print areas and filters.
        self._name = "" if "localSheetId" in attributes else attributes.get("name", "")
        self._text.clear()

    def _name_end(self) -> None:
        if self._name:
            if len(self.names) >= MOST_NAMES:
                raise too_much()
            self.names[self._name] = "".join(self._text)
        self._name = ""

    def _characters(self, text: str) -> None:
        if self._name:
            self._text.append(text)


@dataclass(slots=True)
class _Strings:
    """The texts that cells share. How a reader pronounces one is no part of it."""

    found: list[str] = field(default_factory=list)
    _left: int = MOST_TEXT
    _text: list[str] = field(default_factory=list)
    _collects: bool = False
    _is_phonetic: bool = False

    def string_start(self, _attributes: Attributes) -> None:
        self._text.clear()

    def string_end(self) -> None:
        self.found.append(text_of("".join(self._text)))

    def text_start(self, _attributes: Attributes) -> None:
        self._collects = not self._is_phonetic

    def text_end(self) -> None:
        self._collects = False

    def phonetic_start(self, _attributes: Attributes) -> None:
        self._is_phonetic = True

    def phonetic_end(self) -> None:
        self._is_phonetic = False

    def characters(self, text: str) -> None:
        if self._collects:
            self._left -= len(text)
            if self._left < 0:
                raise too_much()
            self._text.append(text)


def _strings(package: Package, part: str) -> list[str]:
    strings = _Strings()
    markup_read(
        package.pieces(part),
        part=part,
        budget=package.budget,
        start=starts_by_name(
            {
                "si": strings.string_start,
                "t": strings.text_start,
                "rPh": strings.phonetic_start,
            }
        ),
        end=ends_by_name(
            {
                "si": strings.string_end,
                "t": strings.text_end,
                "rPh": strings.phonetic_end,
            }
        ),
        text=strings.characters,
    )
    return strings.found


def _days(package: Package, part: str) -> Sequence[bool]:
    """Of each style of cells, in their order, whether it shows numbers as days or times."""
    codes: dict[int, str] = {}
    days: list[bool] = []
    is_of_cells = False

    def number_format(attributes: Attributes) -> None:
        codes[int(attributes.get("numFmtId", ""))] = attributes.get("formatCode", "")

    def of_cells(_attributes: Attributes) -> None:
        nonlocal is_of_cells
        is_of_cells = True

    def of_others(_attributes: Attributes) -> None:
        nonlocal is_of_cells
        is_of_cells = False

    def style(attributes: Attributes) -> None:
        if is_of_cells:
            number = int(attributes.get("numFmtId", "0"))
            days.append(is_day_format(number, codes.get(number)))

    def beyond(_attributes: Attributes) -> None:
        if days:
            raise Enough

    markup_read(
        package.pieces(part),
        part=part,
        budget=package.budget,
        start=starts_by_name(
            {
                "cellStyles": beyond,
                "numFmt": number_format,
                "cellStyleXfs": of_others,
                "cellXfs": of_cells,
                "xf": style,
            }
        ),
    )
    return days or [False]


def _properties(package: Package) -> dict[str, str]:
    """The properties that somebody added to the document, by their names, as text."""
    part = next(
        (one.target for one in package.references("").values() if one.kind == "custom-properties"),
        "",
    )
    found: dict[str, str] = {}
    name = ""

    def start(attributes: Attributes) -> None:
        nonlocal name
        name = attributes.get("name", "")
        if len(found) >= MOST_NAMES:
            raise too_much()
        found[name] = ""

    def end() -> None:
        nonlocal name
        name = ""

    def characters(text: str) -> None:
        if name:
            found[name] += text

    if part and part in package:
        markup_read(
            package.pieces(part),
            part=part,
            budget=package.budget,
            start=starts_by_name({"property": start}),
            end=ends_by_name({"property": end}),
            text=characters,
            namespaces=_PROPERTIES,
        )
    return found
