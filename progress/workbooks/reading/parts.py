"""The parts of a workbook's package: which there are, and what they refer to.

Only the parts that carry cells are unpacked: pictures, links to other workbooks and embedded
objects are neither followed nor read.
"""

import io
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from django.utils.translation import gettext as _

from progress.filestore import FileRefused
from progress.filestore.containers import Part, parts_of, unpacked
from progress.workbooks.reading.markup import (
    Attributes,
    Budget,
    markup_read,
    starts_by_name,
)
from progress.workbooks.reading.recognition import no_workbook, save_as_xlsx
from progress.workbooks.reading.refusal import WorkbookRefused, broken, too_much

# Bytes of all parts that are read, unpacked.
LARGEST_READ = 40_000_000
MOST_REFERENCES = 2_000
_RELATIONS = ("http://schemas.openxmlformats.org/package/2006/relationships",)
_TYPES = ("http://schemas.openxmlformats.org/package/2006/content-types",)
_TYPES_PART = "[Content_Types].xml"
_MACROS = re.compile(r"(^|/)(vbaProject|vbaData)\b|(^|/)macrosheets/", re.IGNORECASE)


class Reference(NamedTuple):
    """What a part refers to: by which kind, and the name of the other part."""

    kind: str
    target: str


@dataclass(slots=True)
class Package:
    """The parts by their names, as parts refer to each other: whatever the case of letters."""

    data: bytes
    parts: dict[str, Part]
    budget: Budget
    bytes_left: int = LARGEST_READ
    known: "dict[str, dict[str, Reference]]" = field(default_factory=dict)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.casefold() in self.parts

    def pieces(self, name: str) -> Iterator[bytes]:
        """The part's bytes. Raises WorkbookRefused where there is none, or too much to read."""
        part = self.parts.get(name.casefold())
        if part is None:
            raise WorkbookRefused(
                _(
                    "A part of the workbook is missing (%(part)s). Open it with Excel or WPS, let "
                    "it be repaired, save it, and choose it again."
                )
                % {"part": name[:80]}
            )
        self.bytes_left -= part.size
        if self.bytes_left < 0:
            raise too_much()
        try:
            yield from unpacked(self.data, part)
        except FileRefused as refused:
            raise WorkbookRefused(str(refused)) from refused

    def references(self, name: str) -> dict[str, Reference]:
        """What the part refers to within the package, by the id it uses for it."""
        if name in self.known:
            return self.known[name]
        folder, _slash, own = name.rpartition("/")
        relations = posixpath.join(folder, "_rels", f"{own}.rels")
        found = self.known.setdefault(name, {})

        def relationship(attributes: Attributes) -> None:
            if attributes.get("TargetMode") == "External":
                return
            target = attributes.get("Target", "")
            path = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
            if len(found) >= MOST_REFERENCES:
                raise too_much()
            kind = attributes.get("Type", "").rpartition("/")[2]
            found[attributes.get("Id", "")] = Reference(kind, path)

        if relations in self:
            markup_read(
                self.pieces(relations),
                part=relations,
                budget=self.budget,
                start=starts_by_name({"Relationship": relationship}),
                namespaces=_RELATIONS,
            )
        return found


def package_opened(data: bytes) -> tuple[Package, str]:
    """The package and the name of its part that lists the sheets.

    Raises WorkbookRefused for a zip that is no .xlsx, is encrypted, damaged, carries macros, or
    would unpack to far more than a workbook is.
    """
    try:
        listed = parts_of(data, io.BytesIO(data))
    except FileRefused as refused:
        raise WorkbookRefused(str(refused)) from refused
    package = Package(data, {part.name.casefold(): part for part in listed}, Budget())
    _kind_check(package)
    for reference in package.references("").values():
        if reference.kind == "officeDocument":
            return package, reference.target
    raise broken("_rels/.rels")


def _kind_check(package: Package) -> None:
    types: list[str] = []
    if _TYPES_PART in package:

        def said(attributes: Attributes) -> None:
            types.append(attributes.get("ContentType", "").lower())

        markup_read(
            package.pieces(_TYPES_PART),
            part=_TYPES_PART,
            budget=package.budget,
            start=starts_by_name({"Override": said, "Default": said}),
            namespaces=_TYPES,
        )
    if any("macroenabled" in one or "vbaproject" in one for one in types) or any(
        _MACROS.search(name) for name in package.parts
    ):
        raise save_as_xlsx(_("a workbook with macros (.xlsm)"))
    if any("sheet.binary" in one for one in types):
        raise save_as_xlsx(_("a binary workbook (.xlsb)"))
    if any(
        "spreadsheetml.sheet.main" in one or "spreadsheetml.template.main" in one for one in types
    ):
        return
    raise _other_document(package, types)


def _other_document(package: Package, types: list[str]) -> WorkbookRefused:
    if any("wordprocessingml" in one for one in types):
        return no_workbook(_("a Word document"))
    if any("presentationml" in one for one in types):
        return no_workbook(_("a presentation"))
    if "mimetype" in package and "content.xml" in package:
        return save_as_xlsx(_("an OpenDocument file (.ods)"))
    if _TYPES_PART in package or "xl/workbook.xml" in package:
        return broken(_TYPES_PART)
    return no_workbook(_("a packed file; unpack it first"))
