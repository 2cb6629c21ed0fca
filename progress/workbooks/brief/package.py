"""The Word file of a template as a package: nothing in it that runs, loads, or hides a tag.

What came in is checked as every file is (`progress.filestore`), and then for what a document that
leaves the building may not carry: fields that fetch, tracked changes, comments, tags in places
where they would not be filled in, or would be filled in as a command.
"""

import io
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.utils.translation import gettext as _
from lxml import etree

from progress.filestore.containers import Part, parts_of, unpacked
from progress.filestore.refusal import damaged
from progress.workbooks.brief.refusal import BriefTemplateRefused

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
LARGEST_XML = 8_000_000
# Of all parts with text together, since docxtpl searches them many times over: in bytes, and in
# elements and tags. The product's own template has a tenth of either.
LARGEST_STORIES = 500_000
HEAVIEST_STORIES = 30_000
# Parts in which text stands, by their root; in those of the second kind tags are not read.
STORIES = {f"{W}{name}" for name in ("document", "hdr", "ftr", "footnotes")}
OTHER_STORIES = {f"{W}{name}" for name in ("endnotes", "comments", "glossaryDocument")}
RELATIONS = frozenset(
    {
        "officeDocument",
        "core-properties",
        "extended-properties",
        "custom-properties",
        "thumbnail",
        "styles",
        "stylesWithEffects",
        "settings",
        "webSettings",
        "fontTable",
        "font",
        "theme",
        "numbering",
        "header",
        "footer",
        "footnotes",
        "endnotes",
        "image",
        "hyperlink",
        "customXml",
        "customXmlProps",
        "glossaryDocument",
        "people",
        "printerSettings",
        "comments",
        "commentsExtended",
        "commentsIds",
        "commentsExtensible",
        "attachedTemplate",
    }
)
MAY_LEAD_OUT = {"hyperlink", "attachedTemplate"}
FIELDS = frozenset(
    {
        "PAGE",
        "NUMPAGES",
        "SECTION",
        "SECTIONPAGES",
        "TOC",
        "PAGEREF",
        "REF",
        "SEQ",
        "STYLEREF",
        "HYPERLINK",
        "TC",
        "SYMBOL",
    }
)
OBJECTS = {f"{W}{name}" for name in ("object", "control", "altChunk", "subDoc", "movie")}
CHANGES = {f"{W}{name}" for name in ("ins", "del", "moveFrom", "moveTo")}
_BRACE = re.compile(r"\{[{%#]")
# No longer than this, and without braces of its own: what is not closed is not searched to its end.
_TAG = re.compile(r"\{\{[^{}]{0,500}\}\}|\{%[^{}]{0,500}%\}|\{#[^{}]{0,500}#\}")
# What is left of a tag that is not closed, and braces of a Chinese keyboard.
_LOOSE = re.compile(r"\{[{%#]|[}%#]\}|｛\s*[｛{%％#]|\{\s*[｛％]|[}｝%％]\s*｝|\{ [{%]")
_ALONE = re.compile(r"\{%(p|tr) ")
_OF_ELSEWHERE = re.compile(r"\{\{(p|r|tr|tc) |\{%(r|tc) |\{%\s*(colspan|cellbg|vm|hm)\b")
LONGEST_PLACE = 60


def package_check(data: bytes) -> None:
    """Raise BriefTemplateRefused, or FileRefused for a file that is damaged."""
    problems: list[str] = []
    parts = [
        part for part in parts_of(data, io.BytesIO(data)) if part.name.endswith((".xml", ".rels"))
    ]
    if sum(part.size for part in parts) > LARGEST_XML:
        raise _far_too_long()
    roots = [(part.name, _read(data, part)) for part in parts]
    stories = [(name, root) for name, root in roots if root.tag in STORIES]
    if sum(part.size for part in parts if part.name in dict(stories)) > LARGEST_STORIES:
        raise _far_too_long()
    if sum(_weight(root) for _name, root in stories) > HEAVIEST_STORIES:
        raise _far_too_long()
    for name, root in roots:
        problems += _problems_of(name, root)
    if problems:
        raise BriefTemplateRefused(list(dict.fromkeys(problems)))


def _weight(root: "etree._Element") -> int:
    """How much there is to search: the elements, and the braces in texts."""
    elements = sum(1 for _one in islice(root.iter(), HEAVIEST_STORIES + 1))
    return elements + 6 * sum((one.text or "").count("{") for one in root.iter(f"{W}t"))


def _read(data: bytes, part: Part) -> "etree._Element":
    text = b"".join(unpacked(data, part))
    # No part has a declaration of types, which is what entities are made in.
    if b"<!" in text.replace(b"\0", b"").replace(b"<!--", b""):
        raise damaged()
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return etree.fromstring(text, parser)
    except (etree.XMLSyntaxError, LookupError, ValueError) as error:
        raise damaged() from error


def _far_too_long() -> BriefTemplateRefused:
    return BriefTemplateRefused(
        [_("The template is far longer than a document of this kind; take out what is not it.")]
    )


def _problems_of(name: str, root: "etree._Element") -> Iterator[str]:
    if name.endswith(".rels"):
        yield from _relations(root)
        return
    if root.tag not in STORIES | OTHER_STORIES:
        return
    yield from _contents(root)
    yield from _fields(root)
    for element in root.iter(f"{W}p"):
        yield from _paragraph(element)
    for row in root.iter(f"{W}tr"):
        text = _text_of(row)
        if "{%tr " in text and _ALONE.search(text) and _TAG.sub("", text).strip():
            yield _(
                "In the row “%(place)s”: a tag {%%tr %%} stands alone, in a row that vanishes."
            ) % {"place": text[:LONGEST_PLACE]}
    yield from _misplaced(root)


def _relations(root: "etree._Element") -> Iterator[str]:
    for one in root:
        kind = one.get("Type", "").rpartition("/")[2]
        leads_out = one.get("TargetMode") == "External"
        if kind not in RELATIONS or (leads_out and kind not in MAY_LEAD_OUT):
            yield _(
                "The template refers to something that a brief may not carry (%(kind)s: "
                "%(target)s); take it out."
            ) % {"kind": kind[:40], "target": one.get("Target", "")[:80]}


def _contents(root: "etree._Element") -> Iterator[str]:
    for element in root.iter():
        tag = element.tag
        if tag in OBJECTS:
            yield _("The template holds an object of another program; take it out.")
        elif tag in CHANGES or (
            isinstance(tag, str) and tag.startswith(W) and tag[-6:] == "Change"
        ):
            yield _(
                "The template has tracked changes; accept or reject them all and save it again."
            )
        elif tag == f"{W}commentReference":
            yield _("The template has comments; delete them and save it again.")


def _fields(root: "etree._Element") -> Iterator[str]:
    """Fields but harmless ones; and tags within a field's command, which texts would become."""
    commands: list[str | None] = []
    for element in root.iter(f"{W}fldChar", f"{W}instrText", f"{W}fldSimple", f"{W}t"):
        if element.tag == f"{W}fldSimple":
            yield from _field(element.get(f"{W}instr", ""))
        elif element.tag == f"{W}fldChar":
            kind = element.get(f"{W}fldCharType")
            if kind == "begin":
                commands.append("")
            elif commands and kind in ("separate", "end"):
                if commands[-1] is not None:
                    yield from _field(commands[-1])
                    commands[-1] = None
                if kind == "end":
                    commands.pop()
        else:
            inner = next((at for at in reversed(range(len(commands)))), None)
            if inner is not None and commands[inner] is not None:
                commands[inner] = f"{commands[inner]}{element.text or ''}"
            if any(command is not None for command in commands) and "{" in (element.text or ""):
                yield _("A tag stands within the command of a field; take it out of there.")


def _field(command: str) -> Iterator[str]:
    words = command.split()
    if words and words[0].upper() not in FIELDS and not words[0].startswith("="):
        yield _(
            "The template has a field that a brief may not carry (%(field)s); replace it by text."
        ) % {"field": words[0][:40]}
    if "{" in command:
        yield _("A tag stands within the command of a field; take it out of there.")


def _paragraph(element: "etree._Element") -> Iterator[str]:
    text = _text_of(element)
    place = {"place": text[:LONGEST_PLACE]}
    if _LOOSE.search(_TAG.sub("", text)):
        yield (
            _(
                "In “%(place)s”: a tag is not closed, or is written in full-width braces; write "
                "it as {{ … }} or {%% … %%}, within one paragraph."
            )
            % place
        )
    for found in _OF_ELSEWHERE.finditer(text):
        yield _("In “%(place)s”: the tag “%(tag)s” is not offered here.") % {
            **place,
            "tag": found.group().strip(),
        }
    if "{%p " in text and _TAG.sub("", text).strip():
        yield (
            _("In “%(place)s”: a tag {%%p %%} stands alone, in a paragraph that vanishes.") % place
        )


def _text_of(block: "etree._Element") -> str:
    """The text of a paragraph or row, without that of text boxes in it."""
    own = f"{W}p" if block.tag == f"{W}p" else f"{W}tr"
    return "".join(
        one.text or "" for one in block.iter(f"{W}t") if next(one.iterancestors(own)) is block
    )


def _misplaced(root: "etree._Element") -> Iterator[str]:
    is_read = root.tag in STORIES
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue
        inside = "" if is_read and element.tag == f"{W}t" else element.text or ""
        for text in (inside, element.tail or "", *map(str, element.attrib.values())):
            if _BRACE.search(text):
                yield _(
                    "A tag stands where none is filled in: “%(place)s”. Tags are read in the text, "
                    "in headers and footers, and in footnotes."
                ) % {"place": text[:LONGEST_PLACE]}


def structure_mend(root: Any) -> None:
    """What a loop over nothing leaves behind and Word would call damaged: tables without rows, and
    cells without a paragraph."""
    for table in list(root.iter(f"{W}tbl")):
        if table.find(f"{W}tr") is None:
            table.getparent().remove(table)
    for cell in root.iter(f"{W}tc"):
        if len(cell) == 0 or cell[-1].tag != f"{W}p":
            cell.append(cell.makeelement(f"{W}p"))


def stray_text(root: Any) -> str:
    """The first text that stands where Word has none; "" where all of it stands in runs."""
    holds = {f"{W}{name}" for name in ("t", "instrText", "delText", "delInstrText")}
    for element in root.iter():
        if not isinstance(element.tag, str) or not element.tag.startswith(W):
            continue
        for text in ("" if element.tag in holds else element.text or "", element.tail or ""):
            if text.strip():
                return str(text.strip())
    return ""
