"""The page of an official document as GB/T 9704 has it, written part by part.

Fonts are named and never brought along. They are named for East Asian text too, at every style and
every run: Word takes another font otherwise as soon as a text is copied.
"""

import datetime as dt
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape  # nosec B406 # it reads nothing

SONG, HEI, KAI = "宋体", "黑体", "楷体_GB2312"
BODY, TITLE = "仿宋_GB2312", "方正小标宋简体"
RED = "FF0000"
# In half-points: 三号.
TEXT_SIZE = 32
# In twentieths of a point: 28.9 points to a line, 22 of them to a page, 28 characters to a line.
LINE, TITLE_LINE, TABLE_LINE = 578, 700, 440
MARGIN_TOP, MARGIN_BOTTOM, MARGIN_LEFT, MARGIN_RIGHT = 2098, 1984, 1588, 1474
PAGE_WIDTH, PAGE_HEIGHT = 11906, 16838
TEXT_WIDTH = PAGE_WIDTH - MARGIN_LEFT - MARGIN_RIGHT
FOOTER = 1304
CHARACTER = 320
# What a character of the text gives up of its sixteen points so that 28 stand on a line: said of
# the character and not of a grid, which programs read differently.
TIGHTER = -5

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_SPACES = f'xmlns:w="{_W}" xmlns:r="{_R}"'
_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_MADE = dt.datetime(2026, 1, 1)  # noqa: DTZ001 - a moment for the archive, of no place


@dataclass(frozen=True, slots=True)
class Style:
    """A style of paragraphs: `properties` in the order in which the schema has them."""

    id: str
    name: str
    font: str
    size: int  # half-points
    properties: str = ""
    color: str = ""
    scale: int = 0  # per cent of a character's width
    level: int | None = None

    @property
    def run(self) -> str:
        """The run's properties: the fonts, and what is not said by the size alone."""
        tighter = f'<w:spacing w:val="{TIGHTER}"/>' if self.size == TEXT_SIZE else ""
        color = f'<w:color w:val="{self.color}"/>' if self.color else ""
        scale = f'<w:w w:val="{self.scale}"/>' if self.scale else ""
        return (
            f'{_fonts(self.font)}<w:b w:val="0"/><w:bCs w:val="0"/>{color}{tighter}{scale}'
            f'<w:sz w:val="{self.size}"/><w:szCs w:val="{self.size}"/>'
        )


def _fonts(font: str) -> str:
    return (
        f'<w:rFonts w:ascii="{font}" w:eastAsia="{font}" w:hAnsi="{font}" w:cs="{font}" '
        'w:hint="eastAsia"/>'
    )


def _line(height: int = LINE, *, before: int = 0, after: int = 0) -> str:
    return (
        f'<w:spacing w:before="{before}" w:after="{after}" w:line="{height}" w:lineRule="exact"/>'
    )


_FIRST_LINE = f'<w:ind w:firstLineChars="200" w:firstLine="{2 * CHARACTER}"/>'
_FLUSH = '<w:ind w:firstLineChars="0" w:firstLine="0"/>'
_CENTRED = '<w:jc w:val="center"/>'


def _right(characters: int) -> str:
    return f'<w:ind w:rightChars="{characters}00" w:right="{characters * CHARACTER}"/>'


# With the paragraph that follows, on one page.
KEPT = "<w:keepNext/><w:keepLines/>"
_RED_LINE = f'<w:pBdr><w:bottom w:val="single" w:sz="18" w:space="1" w:color="{RED}"/></w:pBdr>'
_THIN = '<w:top w:val="single" w:sz="8" w:space="4" w:color="auto"/>'
_THIN_BELOW = '<w:bottom w:val="single" w:sz="8" w:space="4" w:color="auto"/>'
# At the foot of the last page, whatever stands above.
AT_THE_FOOT = (
    f'<w:framePr w:w="{TEXT_WIDTH}" w:hSpace="0" w:vSpace="0" w:wrap="around" w:vAnchor="margin" '
    'w:hAnchor="margin" w:xAlign="left" w:yAlign="bottom"/>'
)
_TAB_AT_THE_RIGHT = f'<w:tabs><w:tab w:val="right" w:pos="{TEXT_WIDTH - CHARACTER}"/></w:tabs>'

STYLES: Sequence[Style] = (
    Style(
        "a",
        "Normal",
        BODY,
        TEXT_SIZE,
        f'<w:widowControl w:val="0"/><w:autoSpaceDE w:val="0"/><w:autoSpaceDN w:val="0"/>{_line()}'
        '<w:jc w:val="both"/>',
    ),
    Style("Text", "公文正文", BODY, 32, _line() + _FIRST_LINE),
    Style("CopyNumber", "公文份号", BODY, 32, _line() + _FLUSH),
    Style(
        "Masthead",
        "公文发文机关标志",
        TITLE,
        72,
        f'<w:spacing w:before="600" w:after="300" w:line="900" w:lineRule="exact"/>{_CENTRED}',
        RED,
        72,
    ),
    Style("Number", "公文发文字号", BODY, 32, _line() + _CENTRED),
    Style(
        "NumberSigned",
        "公文发文字号和签发人",
        BODY,
        32,
        f'{_TAB_AT_THE_RIGHT}{_line()}<w:ind w:leftChars="100" w:left="{CHARACTER}"/>',
    ),
    Style("RedLine", "公文分隔线", BODY, 10, _RED_LINE + _line(120, after=1000)),
    Style("Title1", "公文标题", TITLE, 44, _line(TITLE_LINE) + _CENTRED),
    Style("Addressee", "公文主送", BODY, 32, _line() + _FLUSH),
    Style("1", "heading 1", HEI, 32, KEPT + _line() + _FIRST_LINE, level=0),
    Style("2", "heading 2", KAI, 32, KEPT + _line() + _FIRST_LINE, level=1),
    Style(
        "Attachments",
        "公文附件说明",
        BODY,
        32,
        f'{KEPT}{_line()}<w:ind w:leftChars="500" w:left="{5 * CHARACTER}" w:hangingChars="300" '
        f'w:hanging="{3 * CHARACTER}"/>',
    ),
    Style(
        "AttachmentsMore",
        "公文附件说明续",
        BODY,
        32,
        f'{KEPT}{_line()}<w:ind w:leftChars="500" w:left="{5 * CHARACTER}"/>',
    ),
    Style("Signature", "公文署名", BODY, 32, f'{KEPT}{_line()}{_right(2)}<w:jc w:val="right"/>'),
    Style("Dated", "公文成文日期", BODY, 32, f'{_line()}{_right(4)}<w:jc w:val="right"/>'),
    Style("Attached", "公文附件", HEI, 32, f"<w:pageBreakBefore/>{_line(after=LINE)}{_FLUSH}"),
    Style("AttachedTitle", "公文附件标题", TITLE, 44, _line(TITLE_LINE, after=300) + _CENTRED),
    Style("Head", "公文表头", HEI, 24, _line(TABLE_LINE) + _CENTRED),
    Style("Cell", "公文表格文字", BODY, 24, _line(TABLE_LINE) + '<w:jc w:val="left"/>'),
    Style("Figure", "公文表格数字", BODY, 24, _line(TABLE_LINE) + _CENTRED),
    Style("Note", "公文表注", BODY, 24, _line(TABLE_LINE, before=120)),
    Style(
        "Copies",
        "公文版记",
        BODY,
        28,
        f"<w:pBdr>{_THIN}{_THIN_BELOW}</w:pBdr>{_line()}"
        '<w:ind w:leftChars="100" w:left="280" w:rightChars="100" w:right="280"/>',
    ),
    Style(
        "PageOdd",
        "公文单页码",
        SONG,
        28,
        '<w:spacing w:before="0" w:after="0" w:line="360" w:lineRule="exact"/>'
        '<w:ind w:rightChars="100" w:right="280"/><w:jc w:val="right"/>',
    ),
    Style(
        "PageEven",
        "公文双页码",
        SONG,
        28,
        '<w:spacing w:before="0" w:after="0" w:line="360" w:lineRule="exact"/>'
        '<w:ind w:leftChars="100" w:left="280"/><w:jc w:val="left"/>',
    ),
)
BY_ID = {style.id: style for style in STYLES}


def run(text: str, style: str) -> str:
    """A run of text in the font of the style."""
    body = "".join(
        "<w:tab/>" if piece == "\t" else f'<w:t xml:space="preserve">{escape(piece)}</w:t>'
        for piece in _pieces(text)
    )
    return f"<w:r><w:rPr>{BY_ID[style].run}</w:rPr>{body}</w:r>"


def _pieces(text: str) -> Sequence[str]:
    pieces = []
    for place, part in enumerate(text.split("\t")):
        pieces += [*(["\t"] if place else []), *([part] if part else [])]
    return pieces


def paragraph(style: str, *texts: str | tuple[str, str], properties: str = "") -> str:
    """A paragraph; a text with a style of its own is in that style's font."""
    runs = "".join(
        run(one, style) if isinstance(one, str) else run(one[0], one[1]) for one in texts if one
    )
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{properties}</w:pPr>{runs}</w:p>'


def row(*cells: tuple[str, str], widths: Sequence[int], is_head: bool = False) -> str:
    """A row of a table: style and text of each cell; the head is repeated on every page."""
    head = "<w:tblHeader/>" if is_head else ""
    written = "".join(
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/><w:vAlign w:val="center"/></w:tcPr>'
        f"{paragraph(style, text)}</w:tc>"
        for (style, text), width in zip(cells, widths, strict=True)
    )
    return f'<w:tr><w:trPr><w:cantSplit/>{head}<w:jc w:val="center"/></w:trPr>{written}</w:tr>'


def tag_row(tag: str, *, widths: Sequence[int]) -> str:
    """A row that holds a tag alone, and vanishes with it."""
    return row(("Cell", tag), *[("Cell", "")] * (len(widths) - 1), widths=widths)


def table(*rows: str, widths: Sequence[int]) -> str:
    """A table with thin lines, centred."""
    sides = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="auto"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    margins = '<w:left w:w="57" w:type="dxa"/><w:right w:w="57" w:type="dxa"/>'
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    return (
        f'<w:tbl><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:jc w:val="center"/>'
        f'<w:tblBorders>{sides}</w:tblBorders><w:tblLayout w:type="fixed"/>'
        f"<w:tblCellMar>{margins}</w:tblCellMar></w:tblPr><w:tblGrid>{grid}</w:tblGrid>"
        f"{''.join(rows)}</w:tbl>"
    )


def docx_written(body: str) -> bytes:
    """A Word file with this body on the page of an official document; always the same bytes."""
    parts = {
        "[Content_Types].xml": _content_types(),
        "_rels/.rels": _relations(
            f'Id="rId1" Type="{_R}/officeDocument" Target="word/document.xml"',
            f'Id="rId2" Type="{_PACKAGE}/relationships/metadata/core-properties" '
            'Target="docProps/core.xml"',
        ),
        "docProps/core.xml": _core(),
        "word/document.xml": f"<w:document {_SPACES}><w:body>{body}{_section()}</w:body>"
        "</w:document>",
        "word/_rels/document.xml.rels": _relations(
            f'Id="rId1" Type="{_R}/styles" Target="styles.xml"',
            f'Id="rId2" Type="{_R}/settings" Target="settings.xml"',
            f'Id="rId3" Type="{_R}/footer" Target="footer1.xml"',
            f'Id="rId4" Type="{_R}/footer" Target="footer2.xml"',
        ),
        "word/styles.xml": _styles(),
        "word/settings.xml": _settings(),
        "word/footer1.xml": _footer("PageOdd"),
        "word/footer2.xml": _footer("PageEven"),
    }
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name, date_time=_MADE.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, f"{_HEAD}{content}")
    return written.getvalue()


def _section() -> str:
    return (
        '<w:sectPr><w:footerReference w:type="default" r:id="rId3"/>'
        '<w:footerReference w:type="even" r:id="rId4"/>'
        f'<w:pgSz w:w="{PAGE_WIDTH}" w:h="{PAGE_HEIGHT}"/>'
        f'<w:pgMar w:top="{MARGIN_TOP}" w:right="{MARGIN_RIGHT}" w:bottom="{MARGIN_BOTTOM}" '
        f'w:left="{MARGIN_LEFT}" w:header="851" w:footer="{FOOTER}" w:gutter="0"/>'
        '<w:cols w:space="720"/>'
        f'<w:docGrid w:type="lines" w:linePitch="{LINE}"/>'
        "</w:sectPr>"
    )


def _footer(style: str) -> str:
    properties = f"<w:rPr>{BY_ID[style].run}</w:rPr>"
    field = "".join(
        f"<w:r>{properties}{inner}</w:r>"
        for inner in (
            '<w:fldChar w:fldCharType="begin"/>',
            '<w:instrText xml:space="preserve"> PAGE </w:instrText>',
            '<w:fldChar w:fldCharType="separate"/>',
            "<w:t>1</w:t>",
            '<w:fldChar w:fldCharType="end"/>',
        )
    )
    return (
        f'<w:ftr {_SPACES}><w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr>'
        f"{run('— ', style)}{field}{run(' —', style)}</w:p></w:ftr>"
    )


def _styles() -> str:
    normal = BY_ID["a"]
    written = "".join(_style(style) for style in STYLES)
    return (
        f"<w:styles {_SPACES}><w:docDefaults><w:rPrDefault><w:rPr>{normal.run}"
        '<w:lang w:val="en-US" w:eastAsia="zh-CN" w:bidi="ar-SA"/></w:rPr></w:rPrDefault>'
        "<w:pPrDefault/></w:docDefaults>"
        f"{written}</w:styles>"
    )


def _style(style: Style) -> str:
    is_normal = style.id == "a"
    default = ' w:default="1"' if is_normal else ""
    based = "" if is_normal else '<w:basedOn w:val="a"/>'
    level = "" if style.level is None else f'<w:outlineLvl w:val="{style.level}"/>'
    return (
        f'<w:style w:type="paragraph"{default} w:styleId="{style.id}">'
        f'<w:name w:val="{style.name}"/>{based}<w:qFormat/>'
        f"<w:pPr>{style.properties}{level}</w:pPr><w:rPr>{style.run}</w:rPr></w:style>"
    )


def _settings() -> str:
    return (
        f"<w:settings {_SPACES}><w:bordersDoNotSurroundHeader/><w:bordersDoNotSurroundFooter/>"
        '<w:evenAndOddHeaders/><w:drawingGridHorizontalSpacing w:val="160"/>'
        '<w:characterSpacingControl w:val="compressPunctuation"/>'
        "<w:compat><w:useFELayout/>"
        '<w:compatSetting w:name="compatibilityMode" '
        'w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat>'
        '<w:themeFontLang w:val="zh-CN" w:eastAsia="zh-CN"/></w:settings>'
    )


def _core() -> str:
    return (
        f'<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"></cp:coreProperties>'
    )


def _content_types() -> str:
    overrides = {
        "word/document.xml": f"{_TYPE}.document.main+xml",
        "word/styles.xml": f"{_TYPE}.styles+xml",
        "word/settings.xml": f"{_TYPE}.settings+xml",
        "word/footer1.xml": f"{_TYPE}.footer+xml",
        "word/footer2.xml": f"{_TYPE}.footer+xml",
        "docProps/core.xml": "application/vnd.openxmlformats-package.core-properties+xml",
    }
    written = "".join(
        f'<Override PartName="/{name}" ContentType="{kind}"/>' for name, kind in overrides.items()
    )
    return (
        f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{written}</Types>'
    )


def _relations(*each: str) -> str:
    written = "".join(f"<Relationship {one}/>" for one in each)
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{written}</Relationships>'
