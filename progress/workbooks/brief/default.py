"""The templates that come with the product, one for each kind, until the office has its own.

They are made here and nowhere stored, so that what people download to edit is what is used.
"""

from functools import cache

from progress.models import BriefKind
from progress.workbooks.brief.layout import (
    AT_THE_FOOT,
    KEPT,
    docx_written,
    paragraph,
    row,
    table,
    tag_row,
)

_CHAPTER_WIDTHS = (680, 2584, 860, 860, 1120, 860, 860, 1022)
_LATE_WIDTHS = (840, 3706, 2100, 2200)


@cache
def default_template(kind: BriefKind) -> bytes:
    """The template of the kind as a Word file; always the same bytes."""
    body = _head() + _title(kind) + _BODIES[kind]() + _end() + _attached() + _foot()
    return docx_written(body)


def _when(condition: str, *paragraphs: str) -> str:
    return "".join(
        (
            paragraph("a", f"{{%p if {condition} %}}"),
            *paragraphs,
            paragraph("a", "{%p endif %}"),
        )
    )


def _each(turn: str, many: str, *paragraphs: str) -> str:
    return "".join(
        (
            paragraph("a", f"{{%p for {turn} in {many} %}}"),
            *paragraphs,
            paragraph("a", "{%p endfor %}"),
        )
    )


def _head() -> str:
    """Copy number, masthead in red, document number with who signed it off, and the red line."""
    number = paragraph(
        "NumberSigned",
        "{{ 文号 }}\t签发人：",
        ("{{ 签发人 }}", "2"),
    )
    return "".join(
        (
            _when("份号", paragraph("CopyNumber", "{{ 份号 }}")),
            _when("发文机关标志", paragraph("Masthead", "{{ 发文机关标志 }}")),
            _when("签发人", number),
            _when("文号 and not 签发人", paragraph("Number", "{{ 文号 }}")),
            _when("发文机关标志 or 文号", paragraph("RedLine")),
        )
    )


def _title(kind: BriefKind) -> str:
    """In two lines that part between words."""
    first, second = {
        BriefKind.REPORT: ("", "专报"),
        BriefKind.CIRCULAR: ("关于", "的通报"),
    }[kind]
    return "".join(
        (
            paragraph("Title1", f"{first}{{{{ 期间 }}}}服务业扩大开放"),
            paragraph("Title1", f"综合试点任务进展情况{second}"),
            paragraph("a"),
            _when("主送", paragraph("Addressee", "{{ 主送 }}：")),
        )
    )


def _opening(verb: str) -> str:
    return paragraph(
        "Text",
        "现将天津市加快推进服务业扩大开放综合试点任务{{ 期间 }}进展情况"
        f"{verb}如下。{{{{ 表述.导语 }}}}",
    )


def _standing() -> str:
    return "".join(
        (
            paragraph("1", "一、总体情况"),
            paragraph("Text", "{{ 表述.任务 }}{{ 表述.较上期 }}"),
            _when("表述.举措", paragraph("Text", "{{ 表述.举措 }}")),
            _when("表述.亮灯", paragraph("Text", "{{ 表述.亮灯 }}")),
            _when("表述.报送", paragraph("Text", "{{ 表述.报送 }}")),
            _when("表述.更正", paragraph("Text", "{{ 表述.更正 }}")),
            paragraph("1", "二、分章节进展情况"),
            _each(
                "章",
                "章节",
                paragraph("2", "（{{ 章.序号 }}）{{ 章.名称 }}"),
                paragraph("Text", "{{ 章.情况 }}"),
            ),
        )
    )


def _results(numeral: str) -> str:
    return "".join(
        (
            paragraph("1", f"{numeral}、取得成果"),
            paragraph("Text", "{{ 表述.成果 }}"),
            _each(
                "项",
                "成果.清单",
                paragraph(
                    "Text",
                    "{{ loop.index }}.{{ 项.名称 }}{% if 项.文号 %}（{{ 项.文号 }}）{% endif %}。"
                    "{{ 项.类别 }}，{{ 项.日期 }}，任务{{ 项.任务号 }}，{{ 项.牵头单位 }}牵头。",
                ),
            ),
        )
    )


def _late(numeral: str) -> str:
    return paragraph("1", f"{numeral}、逾期任务") + paragraph(
        "Text",
        "{{ 表述.逾期 }}{% if 逾期.清单 %}逾期未完成任务清单见附件2。{% endif %}",
        properties=KEPT,
    )


def _report() -> str:
    return "".join(
        (
            _opening("报告"),
            _standing(),
            _results("三"),
            paragraph("1", "四、存在问题"),
            paragraph("Text", "{{ 表述.问题 }}"),
            _each(
                "项",
                "问题.清单",
                paragraph(
                    "Text",
                    "{{ loop.index }}.{{ 项.任务名称 }}（任务{{ 项.任务号 }}，"
                    "{{ 项.牵头单位 }}牵头，{{ 项.亮灯 }}）：{{ 项.内容 }}",
                ),
            ),
            paragraph("1", "五、需协调事项"),
            paragraph("Text", "{{ 表述.协调 }}"),
            _each(
                "项",
                "事项.清单",
                paragraph(
                    "Text",
                    "{{ loop.index }}.{{ 项.任务名称 }}（任务{{ 项.任务号 }}，"
                    "{{ 项.提出单位 }}{{ 项.提出日期 }}提出）：{{ 项.内容 }}",
                ),
            ),
            _late("六"),
        )
    )


def _circular() -> str:
    """To the agencies: facts. What one agency reports of its problems is not quoted to others."""
    return "".join(
        (
            _opening("通报"),
            _standing(),
            _results("三"),
            paragraph("1", "四、存在问题和需协调事项"),
            paragraph(
                "Text",
                "{% if 问题.任务数 %}本期审核通过的进展报告中，{{ 问题.任务数 }}项任务反映存在问题"
                "{% else %}本期审核通过的进展报告没有反映存在问题{% endif %}；"
                "{% if 事项.总数 %}尚未办结的需协调事项{{ 事项.总数 }}项"
                "{% else %}没有尚未办结的需协调事项{% endif %}。",
            ),
            _late("五"),
        )
    )


_BODIES = {BriefKind.REPORT: _report, BriefKind.CIRCULAR: _circular}


def _end() -> str:
    """What is attached, who signs, and when; never alone on a page."""
    empty = paragraph("a", properties=KEPT)
    return "".join(
        (
            empty,
            _when(
                "逾期.清单",
                paragraph("Attachments", "附件：1.各章节进展情况表"),
                paragraph("AttachmentsMore", "2.逾期未完成任务清单"),
            ),
            _when("not 逾期.清单", paragraph("Attachments", "附件：各章节进展情况表")),
            empty,
            empty,
            _when("署名", paragraph("Signature", "{{ 署名 }}")),
            paragraph("Dated", "{{ 成文日期 }}"),
        )
    )


def _attached() -> str:
    return _chapters_attached() + _when("逾期.清单", *_late_attached())


def _chapters_attached() -> str:
    widths = _CHAPTER_WIDTHS
    heads = ("序号", "章节", "任务数", "已完成", "长期坚持", "推进中", "未启动", "落地率")
    figures = ("任务.总数", "任务.已完成", "任务.长期坚持", "任务.推进中", "任务.未启动")
    return "".join(
        (
            paragraph("Attached", "附件{% if 逾期.清单 %}1{% endif %}"),
            paragraph("AttachedTitle", "各章节进展情况表"),
            table(
                row(*[("Head", head) for head in heads], widths=widths, is_head=True),
                tag_row("{%tr for 章 in 章节 %}", widths=widths),
                row(
                    ("Figure", "{{ 章.序号 }}"),
                    ("Cell", "{{ 章.名称 }}"),
                    *[("Figure", f"{{{{ 章.{name} }}}}") for name in figures],
                    ("Figure", "{{ 章.任务.落地率 }}"),
                    widths=widths,
                ),
                tag_row("{%tr endfor %}", widths=widths),
                row(
                    ("Figure", ""),
                    ("Head", "合计"),
                    *[("Figure", f"{{{{ {name} }}}}") for name in figures],
                    ("Figure", "{{ 任务.落地率 }}"),
                    widths=widths,
                ),
                widths=widths,
            ),
            _when(
                "表述.口径",
                paragraph(
                    "Note",
                    "注：数据截至{{ 截止日期 }}，单位为项。{{ 表述.口径 }}"
                    "{% if 调出 %}合计中有{{ 调出 }}项任务其后调出《任务清单》，不在各章节之内。"
                    "{% endif %}",
                ),
            ),
        )
    )


def _late_attached() -> tuple[str, ...]:
    widths = _LATE_WIDTHS
    return (
        paragraph("Attached", "附件2"),
        paragraph("AttachedTitle", "逾期未完成任务清单"),
        table(
            row(
                *[("Head", head) for head in ("任务号", "试点任务", "牵头单位", "完成时限")],
                widths=widths,
                is_head=True,
            ),
            tag_row("{%tr for 项 in 逾期.清单 %}", widths=widths),
            row(
                ("Figure", "{{ 项.任务号 }}"),
                ("Cell", "{{ 项.任务名称 }}"),
                ("Figure", "{{ 项.牵头单位 }}"),
                ("Figure", "{{ 项.完成时限 }}"),
                widths=widths,
            ),
            tag_row("{%tr endfor %}", widths=widths),
            widths=widths,
        ),
        paragraph("Note", "注：截至{{ 截止日期 }}。"),
    )


def _foot() -> str:
    return _when("抄送", paragraph("Copies", "抄送：{{ 抄送 }}。", properties=AT_THE_FOOT))
