"""The brief as a Word file: the page of GB/T 9704, its fonts, and a package that Word opens."""

import datetime as dt
import io
import re
from xml.etree import ElementTree as ET

import pytest
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.shared import Mm, Pt

from conftest import NOW, Cast
from progress.models import BriefKind, Report, ReportingPeriod
from progress.states import Move
from progress.tests.acts import handed_in, task_numbered
from progress.tests.briefs import DETAILS, lines_of, made, parts_of, text_of
from progress.workbooks.brief import BriefDetails
from progress.workbooks.brief.default import default_template
from progress.workflow import report_move

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
SLOTS = ("ascii", "eastAsia", "hAnsi", "cs")
OFFICIAL = {"仿宋_GB2312", "方正小标宋简体", "黑体", "楷体_GB2312", "宋体"}
# The order that the schema has, and that Word asks for.
ORDERS = {
    "pPr": "pStyle keepNext keepLines pageBreakBefore framePr widowControl pBdr tabs autoSpaceDE "
    "autoSpaceDN spacing ind jc outlineLvl",
    "rPr": "rFonts b bCs color spacing w sz szCs lang",
    "sectPr": "footerReference pgSz pgMar cols docGrid",
    "tblPr": "tblW jc tblBorders tblLayout tblCellMar",
    "trPr": "cantSplit tblHeader jc",
    "tcPr": "tcW vAlign",
    "style": "name basedOn qFormat pPr rPr",
    "settings": "bordersDoNotSurroundHeader bordersDoNotSurroundFooter evenAndOddHeaders "
    "drawingGridHorizontalSpacing characterSpacingControl compat themeFontLang",
}


def in_order(element: ET.Element) -> bool:
    order = ORDERS[element.tag.removeprefix(W)].split()
    places = [order.index(one.tag.removeprefix(W)) for one in element]
    return places == sorted(places)


@pytest.mark.parametrize("kind", BriefKind)
def test_the_page_is_that_of_an_official_document(
    kind: BriefKind, cast: Cast, period: ReportingPeriod
) -> None:
    document = Document(io.BytesIO(made(period, cast.coordinator, kind)))
    [section] = document.sections
    for found, wanted in (
        (section.page_width, 210),
        (section.page_height, 297),
        (section.top_margin, 37),
        (section.bottom_margin, 35),
        (section.left_margin, 28),
        (section.right_margin, 26),
    ):
        assert found is not None
        assert abs(found - Mm(wanted)) < Mm(0.1)
    assert document.settings.odd_and_even_pages_header_footer
    # 22 lines of 28.9 points stand on a page, 28 characters of 16 points, a little closer, on one.
    assert section.page_height is not None
    assert section.page_width is not None
    assert 22 * Pt(28.9) <= section.page_height - Mm(37 + 35) < 23 * Pt(28.9)
    assert 28 * (Pt(16) - Pt(0.25)) <= section.page_width - Mm(28 + 26) < 29 * Pt(15.75)


def test_each_style_has_its_font_size_and_line(cast: Cast, period: ReportingPeriod) -> None:
    document = Document(io.BytesIO(made(period, cast.coordinator)))
    styles = document.styles
    for name, font, size in (
        ("Normal", "仿宋_GB2312", 16),
        ("公文正文", "仿宋_GB2312", 16),
        ("公文标题", "方正小标宋简体", 22),
        ("Heading 1", "黑体", 16),
        ("Heading 2", "楷体_GB2312", 16),
        ("公文附件", "黑体", 16),
        ("公文单页码", "宋体", 14),
        ("公文双页码", "宋体", 14),
    ):
        style = styles[name]
        fonts = style.element.rPr.rFonts
        assert {fonts.get(f"{W}{slot}") for slot in SLOTS} == {font}
        assert style.font.size == Pt(size)
        assert not style.font.bold
    for name in ("Normal", "公文正文", "Heading 1", "Heading 2"):
        spacing = styles[name].paragraph_format
        assert spacing.line_spacing == Pt(28.9)
        assert spacing.line_spacing_rule == WD_LINE_SPACING.EXACTLY
    for name in ("公文正文", "Heading 1", "Heading 2"):
        indent = styles[name].element.pPr.ind
        assert indent.get(f"{W}firstLineChars") == "200"
        assert styles[name].paragraph_format.first_line_indent == Pt(32)
    assert styles["公文单页码"].paragraph_format.alignment == WD_ALIGN_PARAGRAPH.RIGHT
    assert styles["公文双页码"].paragraph_format.alignment == WD_ALIGN_PARAGRAPH.LEFT


@pytest.mark.parametrize("kind", BriefKind)
def test_every_run_names_an_official_font_for_east_asian_text_too(
    kind: BriefKind, cast: Cast, period: ReportingPeriod
) -> None:
    parts = parts_of(made(period, cast.coordinator, kind))
    for name in ("word/document.xml", "word/footer1.xml", "word/footer2.xml", "word/styles.xml"):
        root = ET.fromstring(parts[name])  # noqa: S314
        runs = list(root.iter(f"{W}r")) + list(root.iter(f"{W}style"))
        assert runs
        for run in runs:
            fonts = run.find(f"{W}rPr/{W}rFonts")
            assert fonts is not None
            assert len({fonts.get(f"{W}{slot}") for slot in SLOTS}) == 1
            assert fonts.get(f"{W}eastAsia") in OFFICIAL
    assert not any("font" in name.lower() for name in parts), "fonts are never brought along"


def test_pages_are_numbered_at_the_outer_side(cast: Cast, period: ReportingPeriod) -> None:
    document = Document(io.BytesIO(made(period, cast.coordinator)))
    [section] = document.sections
    for footer, style in (
        (section.footer, "公文单页码"),
        (section.even_page_footer, "公文双页码"),
    ):
        [line] = footer.paragraphs
        assert line.text == "— 1 —"
        assert line.style is not None
        assert line.style.name == style
        assert " PAGE " in footer._element.xml


def test_head_and_end_show_what_was_typed_and_nothing_else(
    cast: Cast, period: ReportingPeriod
) -> None:
    lines = lines_of(made(period, cast.coordinator))
    assert lines[:6] == [
        "000001",
        "服务业扩大开放综合试点工作专报",
        "津服扩〔2026〕12号\t签发人：某某某",
        "",
        "2026年10月服务业扩大开放",
        "综合试点任务进展情况专报",
    ]
    assert "市领导小组：" in lines
    assert lines.index("统筹办") + 1 == lines.index("2026年11月2日")
    assert lines[-1] == "抄送：各责任单位。"
    bare = lines_of(
        made(period, cast.coordinator, details=BriefDetails(dated=dt.date(2026, 11, 2)))
    )
    assert bare[0] == "2026年10月服务业扩大开放"
    assert not any(word in "".join(bare) for word in ("签发人", "抄送", "\t"))
    assert "2026年11月2日" in bare


@pytest.mark.parametrize("kind", BriefKind)
def test_chapters_and_sections_are_numbered_as_documents_are(
    kind: BriefKind, cast: Cast, period: ReportingPeriod
) -> None:
    document = Document(io.BytesIO(made(period, cast.coordinator, kind)))
    first = [one.text for one in document.paragraphs if one.style and one.style.name == "Heading 1"]
    second = [
        one.text for one in document.paragraphs if one.style and one.style.name == "Heading 2"
    ]
    assert [text[:2] for text in first] == ["一、", "二、", "三、", "四、", "五、", "六、"][
        : len(first)
    ]
    assert len(second) == 14
    assert second[0].startswith("（一）")
    assert second[13].startswith("（十四）")


@pytest.mark.parametrize("kind", BriefKind)
def test_what_word_asks_of_the_order_of_properties_holds(
    kind: BriefKind, cast: Cast, period: ReportingPeriod
) -> None:
    parts = parts_of(made(period, cast.coordinator, kind))
    for name, content in parts.items():
        root = ET.fromstring(content)  # noqa: S314
        for element in root.iter():
            if element.tag.startswith(W) and element.tag.removeprefix(W) in ORDERS:
                assert in_order(element), (name, element.tag, [one.tag for one in element])
        for cell in root.iter(f"{W}tc"):
            assert cell[-1].tag == f"{W}p"
    types = parts["[Content_Types].xml"].decode()
    named = set(re.findall(r'PartName="/([^"]+)"', types))
    assert {name for name in parts if name.startswith("word/") and "_rels" not in name} <= named


def test_texts_that_xml_means_something_else_by_stay_what_they_are(
    cast: Cast, period: ReportingPeriod
) -> None:
    words = '与A&B公司<甲>"乙"签约{{ 任务.总数 }}{% for %}{_{a}_}\x07\x0c，\t后续]]>。'
    report = handed_in(task_numbered(4), period, cast.reporter)
    Report.objects.filter(pk=report.pk).update(problems=words)
    report_move(report=report, move=Move.APPROVE, by=cast.coordinator, now=NOW)
    text = text_of(made(period, cast.coordinator, details=DETAILS))
    assert '与A&B公司<甲>"乙"签约{{ 任务.总数 }}{% for %}{_{a}_}， 后续]]>。' in text


def test_the_same_input_makes_the_same_bytes_and_says_when_it_was_made(
    cast: Cast, period: ReportingPeriod
) -> None:
    data = made(period, cast.coordinator)
    assert made(period, cast.coordinator) == data
    assert made(period, cast.coordinator, now=NOW + dt.timedelta(hours=1)) != data
    properties = Document(io.BytesIO(data)).core_properties
    assert properties.created == dt.datetime(2026, 10, 22, 2, 0, tzinfo=dt.UTC)
    assert properties.title == "2026年10月服务业扩大开放综合试点任务进展情况专报"
    assert properties.subject == "2026年10月"
    assert properties.author == properties.last_modified_by == ""
    assert properties.comments == "严禁录入涉密信息"


@pytest.mark.parametrize("kind", BriefKind)
def test_the_products_template_is_always_the_same_file(kind: BriefKind) -> None:
    first = default_template(kind)
    default_template.cache_clear()
    assert default_template(kind) == first
    assert default_template(BriefKind.REPORT) != default_template(BriefKind.CIRCULAR)


def test_the_document_is_chinese_whatever_the_language_of_the_screen(
    cast: Cast, period: ReportingPeriod
) -> None:
    from django.utils import translation

    with translation.override("en"):
        in_english = made(period, cast.coordinator)
    assert in_english == made(period, cast.coordinator)
