"""Templates that the office brings: faults are named with their place, and nothing hostile runs."""

import io
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.utils import translation

from conftest import NOW, Cast
from progress.filestore import DamagedFile, FileRefused, orphans, path_of
from progress.models import (
    BriefKind,
    BriefTemplate,
    BriefTemplateChoice,
    KeptRecordError,
    ReportingPeriod,
    StoredFile,
)
from progress.tests.briefs import (
    body_with,
    lines_of,
    made,
    parts_of,
    template_changed,
    template_of,
)
from progress.tests.files import docx
from progress.tests.hostile_templates import HOSTILE, in_paragraph, run
from progress.workbooks.brief import (
    LARGEST_MEGABYTES,
    BriefTemplateRefused,
    brief_template_add,
    brief_template_use,
    template_in_use,
    variables,
)
from progress.workbooks.brief.context import ROOT, Shape
from progress.workbooks.brief.default import default_template
from progress.workbooks.brief.rendering import brief_rendered
from progress.workbooks.brief.sample import full_sample
from progress.workbooks.brief.templates import template_check

pytestmark = pytest.mark.wide

KIND = BriefKind.REPORT


def added(data: bytes, cast: Cast, *, name: str = "模板.docx", note: str = "") -> BriefTemplate:
    return brief_template_add(
        kind=KIND, upload=ContentFile(data), name=name, note=note, by=cast.coordinator, now=NOW
    )


def problems(data: bytes, path: Path, *, name: str = "模板.docx") -> str:
    """What an upload of these bytes is told, in English."""
    file = path / "upload"
    file.write_bytes(data)
    with (
        translation.override("en"),
        pytest.raises((FileRefused, BriefTemplateRefused)) as refused,
    ):
        template_check(file, label=name, now=NOW)
    return str(refused.value)


# --- what is good -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", BriefKind)
def test_the_products_templates_pass_their_own_check(kind: BriefKind, cast: Cast) -> None:
    template = brief_template_add(
        kind=kind,
        upload=ContentFile(default_template(kind)),
        name="模板.docx",
        note="",
        by=cast.coordinator,
        now=NOW,
    )
    assert template_in_use(kind) == template


def test_a_version_is_used_from_its_upload_on_and_every_one_can_be_used_again(
    cast: Cast, period: ReportingPeriod
) -> None:
    first = added(template_of("甲：{{ 任务.总数 }}项"), cast, note=" 第一  版 ")
    assert (first.number, first.note, first.name) == (1, "第一 版", "模板.docx")
    assert lines_of(made(period, cast.coordinator)) == ["甲：131项"]
    second = added(template_of("乙：{{ 举措.总数 }}项"), cast)
    assert second.number == 2
    assert lines_of(made(period, cast.coordinator)) == ["乙：337项"]
    brief_template_use(kind=KIND, template=first, by=cast.coordinator, now=NOW)
    assert lines_of(made(period, cast.coordinator)) == ["甲：131项"]
    brief_template_use(kind=KIND, template=None, by=cast.coordinator, now=NOW)
    assert template_in_use(KIND) is None
    assert "附件：各章节进展情况表" in lines_of(made(period, cast.coordinator))
    # The other kind has its own.
    assert template_in_use(BriefKind.CIRCULAR) is None
    assert [one.template for one in BriefTemplateChoice.objects.order_by("pk")] == [
        first,
        second,
        first,
        None,
    ]
    brief_template_use(kind=KIND, template=None, by=cast.coordinator, now=NOW)
    assert BriefTemplateChoice.objects.count() == 4
    with pytest.raises(KeptRecordError):
        BriefTemplate.objects.all().delete()
    with pytest.raises(KeptRecordError):
        BriefTemplateChoice.objects.update(template=None)


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("{{ 期间 }}", "2026年10月"),
        ("{{ 章节|length }}个", "14个"),
        (
            "{% for 章 in 章节 %}{% if 章.序号 == '一' %}{{ 章.任务.总数 }}{% endif %}{% endfor %}",
            "14",
        ),
        (
            "{% for 行 in 章节 %}{{ loop.index }}{% if not loop.last %}、{% endif %}{% endfor %}",
            None,
        ),
        ("{{ '有' if 逾期.总数 > 0 else '无' }}逾期", "无逾期"),
        ("{# 说明 #}正文", "正文"),
        ("{% if 填报中 and 任务.总数 >= 131 %}填报中{% endif %}", "填报中"),
        ("{% if “甲” == '甲' %}弯引号{% endif %}", "弯引号"),
    ],
)
def test_what_a_template_may_write(
    text: str, printed: str | None, cast: Cast, period: ReportingPeriod
) -> None:
    added(template_of(text), cast)
    [line] = lines_of(made(period, cast.coordinator))
    assert line == (printed or "1、2、3、4、5、6、7、8、9、10、11、12、13、14")


def test_a_tag_that_word_split_into_runs_is_read_whole(cast: Cast, period: ReportingPeriod) -> None:
    spelling = '<w:proofErr w:type="spellStart"/>'
    split = in_paragraph(run("共{"), run("{ 任"), spelling, run("务."), run("总数 }"), run("}项"))
    added(body_with(split), cast)
    assert lines_of(made(period, cast.coordinator))[0] == "共131项"


def test_headers_and_footers_are_filled_in_too(cast: Cast, period: ReportingPeriod) -> None:
    changed = template_changed(
        "word/footer1.xml", lambda text: text.replace("</w:p>", run("{{ 期间 }}") + "</w:p>")
    )
    added(changed, cast)
    footer = parts_of(made(period, cast.coordinator))["word/footer1.xml"].decode()
    assert "2026年10月" in footer
    assert "{{" not in footer


def test_a_loop_over_nothing_leaves_a_file_that_word_opens(
    cast: Cast, period: ReportingPeriod
) -> None:
    table = (
        '<w:tbl><w:tblPr><w:tblW w:w="0" w:type="auto"/></w:tblPr><w:tblGrid><w:gridCol w:w="900"/>'
        f"</w:tblGrid><w:tr><w:tc>{in_paragraph(run('{%tr for 行 in 逾期.清单 %}'))}</w:tc></w:tr>"
        f"<w:tr><w:tc>{in_paragraph(run('{{ 行.任务号 }}'))}</w:tc></w:tr>"
        f"<w:tr><w:tc>{in_paragraph(run('{%tr endfor %}'))}</w:tc></w:tr></w:tbl>"
        '<w:tbl><w:tblPr><w:tblW w:w="0" w:type="auto"/></w:tblPr><w:tblGrid><w:gridCol w:w="900"/>'
        f"</w:tblGrid><w:tr><w:tc>{in_paragraph(run('{%p if 逾期.总数 %}'))}"
        f"{in_paragraph(run('有'))}{in_paragraph(run('{%p endif %}'))}</w:tc></w:tr></w:tbl>"
    )
    added(body_with(table), cast)
    document = parts_of(made(period, cast.coordinator))["word/document.xml"].decode()
    assert "<w:tc/>" not in document
    assert "<w:tc></w:tc>" not in document
    # The list's own table has gone with its rows; that with an empty cell and the chapters' stay.
    assert document.count("<w:tbl>") == 2


def test_who_wrote_a_template_is_not_told_by_the_document(
    cast: Cast, period: ReportingPeriod
) -> None:
    namespace = "http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"
    company = f'<Properties xmlns="{namespace}"><Company>某公司</Company></Properties>'
    base = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    data = template_changed(
        "_rels/.rels",
        lambda text: text.replace(
            "</Relationships>",
            f'<Relationship Id="rId9" Type="{base}/extended-properties" '
            'Target="docProps/app.xml"/></Relationships>',
        ),
        more=[("docProps/app.xml", company)],
    )
    added(data, cast)
    assert "docProps/app.xml" not in parts_of(made(period, cast.coordinator))


# --- tags with faults --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("共{{ 任务总数 }}项", "“共{{ 任务总数 }}项”: there is no variable “任务总数”"),
        ("共{{ 任务.总书 }}项", "no variable “任务.总书”; is “任务.总数” meant?"),
        ("{% if 没有 %}{% endif %}", "no variable “没有”"),
        ("{% if 逾期.总数 %}{{ 未知名 }}{% endif %}", "no variable “未知名”"),
        ("{% for 行 in 章节 %}{{ 行.标题 }}{% endfor %}", "no variable “行.标题”"),
        ("{{ 行.名称 }}", "no variable “行”"),
        ("{{ 任务 }}", "“任务” is a group; write one of: 总数、已完成"),
        ("{% if 任务 %}有{% endif %}", "“任务” is a group"),
        ("{{ 章节 }}", "“章节” is a list"),
        ("{{ 填报中 }}", "“填报中” says yes or no"),
        ("{% for 行 in 任务 %}{% endfor %}", "is no list: “任务”"),
        ("{% if 任务.总数 > '一' %}{% endif %}", "a number is compared with a number"),
        ("{% if 章节 == 1 %}{% endif %}", "a number is compared with a number"),
        ("共{{ 任务.总数 项", "a tag is not closed"),
        ("共{ 任务.总数 }}项", "a tag is not closed"),
        ("共｛｛ 任务.总数 ｝｝项", "full-width braces"),
        ("共{{ 任务.总数 ｝｝项", "a tag is not closed"),
        ("共{ { 任务.总数 } }项", "a tag is not closed"),
        ("共{{ 任务 总数 }}项", "cannot be read"),
        ("共{{ }}项", "cannot be read"),
        ("{% for 章 in 章节 %}没有结尾", "cannot be read"),
        ("{% endfor %}", "cannot be read"),
        ("前文{%p if 逾期.总数 %}", "{%p %} stands alone"),
        ("{{r 任务.总数 }}", "the tag “{{r” is not offered"),
        ("{{p 任务.总数 }}", "the tag “{{p” is not offered"),
        ("{%r if 任务.总数 %}", "the tag “{%r” is not offered"),
        ("{% cellbg 任务.总数 %}", "is not offered"),
    ],
)
def test_a_fault_names_the_variable_and_its_place(text: str, told: str, tmp_path: Path) -> None:
    assert told in problems(template_of("开头", text), tmp_path)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    told = problems(template_of("甲{{ 错一 }}", "乙{{ 错二 }}"), tmp_path)
    assert "错一" in told
    assert "错二" in told
    footer = template_changed(
        "word/footer2.xml", lambda text: text.replace("</w:p>", run("{{ 页脚错 }}") + "</w:p>")
    )
    assert "Footer: near" in problems(footer, tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "{{ 期间.__class__ }}",
        "{{ 期间.__class__.__mro__ }}",
        "{{ ''.join(章节) }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ self.__init__ }}",
        "{{ range(9) }}",
        "{% for 行 in range(999999999) %}{% endfor %}",
        "{{ '长' * 999999999 }}",
        "{{ 10 ** 10 ** 10 }}",
        "{{ [1, 2] }}",
        "{{ {'a': 1} }}",
        "{{ 期间[0] }}",
        "{{ 期间|upper }}",
        "{{ 期间|attr('x') }}",
        "{{ 期间|safe }}",
        "{{ 期间 ~ 期间 }}",
        "{% set 甲 = 1 %}",
        "{% macro 甲() %}{% endmacro %}",
        "{% include 'x' %}",
        "{% import 'x' as y %}",
        "{% extends 'x' %}",
        "{% block 甲 %}{% endblock %}",
        "{% raw %}{{ 期间 }}{% endraw %}{{ lipsum() }}",
        "{% for 行 in 章节 recursive %}{{ loop(行) }}{% endfor %}",
        "{% for loop in 章节 %}{% endfor %}",
        "{% for 甲, 乙 in 章节 %}{% endfor %}",
        "{% autoescape false %}{{ 期间 }}{% endautoescape %}",
        "{% for 甲 in 章节 %}" * 3 + "{% endfor %}" * 3,
        "{% if 期间 is defined %}{% endif %}",
        "{{ caller() }}",
        "{{ 1.5 }}",
    ],
)
def test_a_template_prints_loops_and_asks_and_does_nothing_else(text: str, tmp_path: Path) -> None:
    began = time.process_time()
    assert problems(template_of(text), tmp_path)
    assert time.process_time() - began < 5


def test_what_would_be_too_long_is_refused(tmp_path: Path) -> None:
    loop = "{% for 甲 in 章节 %}{% for 乙 in 章节 %}"
    nested = template_of(loop + "字" * 3_000_000 + "{% endfor %}{% endfor %}")
    assert "far longer" in problems(nested, tmp_path)
    assert "more than 2000 tags" in problems(template_of("{{ 期间 }}" * 2_001), tmp_path)
    assert problems(template_of("{{ " + "(" * 5_000 + "1" + ")" * 5_000 + " }}"), tmp_path)
    # What passes the check may still grow beyond bounds with the figures of a real period.
    many = template_of(loop + "字" * 200_000 + "{% endfor %}{% endfor %}")
    longer = replace(full_sample(), chapters=full_sample().chapters * 10)
    with pytest.raises(BriefTemplateRefused):
        brief_rendered(many, longer, title="", subject="", now=NOW)


# --- hostile packages -------------------------------------------------------------------------


@pytest.mark.parametrize("name", HOSTILE)
def test_each_hostile_file_gets_a_clear_answer_and_harms_nothing(name: str, tmp_path: Path) -> None:
    make, told = HOSTILE[name]
    data = make()
    began = time.process_time()
    assert told in problems(data, tmp_path)
    assert time.process_time() - began < 10


def test_what_is_refused_leaves_nothing_behind(cast: Cast) -> None:
    for data in (template_of("{{ 错 }}"), b"PK" * (LARGEST_MEGABYTES * 500_001), docx()[:-9]):
        with pytest.raises(ValidationError) as refused:
            added(data, cast)
        assert refused.value.message_dict["file"]
    assert not BriefTemplate.objects.exists()
    assert not BriefTemplateChoice.objects.exists()
    assert not StoredFile.objects.exists()
    assert not orphans()


def test_a_sparse_word_file_is_taken(cast: Cast, period: ReportingPeriod) -> None:
    """Without styles, settings or properties."""
    added(docx(), cast)
    assert lines_of(made(period, cast.coordinator)) == ["开放"]


def test_a_template_as_long_as_allowed_is_checked_in_seconds(cast: Cast) -> None:
    began = time.process_time()
    added(template_of(*["共{{ 任务.总数 }}项"] * 1_000), cast)
    assert time.process_time() - began < 20


@pytest.mark.parametrize(
    "xml",
    [
        "<w:p/>" * 60_000,
        in_paragraph(run("{") * 15_000),
        in_paragraph(run("{{") + run("}}") * 8_000),
        in_paragraph(run("{# #}" * 60_000)),
        in_paragraph(run("{%" + " " * 450_000)),
        in_paragraph(run("%}" * 200_000)),
        in_paragraph(run("字") + run("") * 15_000),
    ],
)
def test_what_would_be_searched_for_minutes_is_refused_at_once(xml: str, tmp_path: Path) -> None:
    began = time.process_time()
    assert problems(body_with(xml), tmp_path)
    assert time.process_time() - began < 5


def test_a_template_on_the_writers_own_computer_is_not_named_by_the_document(
    cast: Cast, period: ReportingPeriod
) -> None:
    base = "http://schemas.openxmlformats.org"
    rels = (
        f'<Relationships xmlns="{base}/package/2006/relationships"><Relationship Id="rId1" '
        f'Type="{base}/officeDocument/2006/relationships/attachedTemplate" '
        'Target="file:///C:/Users/zhang/Normal.dotm" TargetMode="External"/></Relationships>'
    )
    data = template_changed(
        "word/settings.xml",
        lambda text: text.replace(
            "<w:bordersDoNotSurroundHeader/>",
            '<w:attachedTemplate r:id="rId1"/><w:bordersDoNotSurroundHeader/>',
        ),
        more=[("word/_rels/settings.xml.rels", rels)],
    )
    added(data, cast)
    parts = parts_of(made(period, cast.coordinator))
    assert not any(
        b"zhang" in content or b"attachedTemplate" in content for content in parts.values()
    )


# --- rights, and what is kept -----------------------------------------------------------------


def test_only_coordinators_keep_templates(cast: Cast) -> None:
    template = added(template_of("{{ 期间 }}"), cast)
    for name, person in cast.everyone().items():
        if name == "coordinator":
            continue
        with pytest.raises(PermissionDenied):
            brief_template_add(
                kind=KIND, upload=ContentFile(b""), name="a.docx", note="", by=person, now=NOW
            )
        with pytest.raises(PermissionDenied):
            brief_template_use(kind=KIND, template=None, by=person, now=NOW)
        assert not BriefTemplate.objects.visible_to(person).exists()
    assert template_in_use(KIND) == template


def test_a_template_that_the_disk_has_lost_or_changed_is_not_used(
    cast: Cast, period: ReportingPeriod
) -> None:
    template = added(template_of("{{ 期间 }}"), cast)
    path = path_of(template.file)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + b"x")
    with pytest.raises(DamagedFile):
        made(period, cast.coordinator)
    path.unlink()
    with pytest.raises(DamagedFile):
        made(period, cast.coordinator)


def test_a_note_that_is_too_long_is_refused(cast: Cast) -> None:
    with pytest.raises(ValidationError) as refused:
        added(template_of("{{ 期间 }}"), cast, note="长" * 201)
    assert "note" in refused.value.message_dict


# --- the list of variables --------------------------------------------------------------------


def test_every_variable_is_listed_with_its_meaning_and_can_be_used(
    cast: Cast, period: ReportingPeriod
) -> None:
    listed = variables()
    assert len({one.name for one in listed}) == len(listed) > 60
    texts = []
    for one in listed:
        assert str(one.meaning)
        if one.within:
            inner = "".join(f"{{{{ {each.name} }}}}" for each in one.within)
            texts.append(f"{{% for 行 in {one.name} %}}{inner}{{% endfor %}}")
        elif one.example:
            texts.append(f"{{{{ {one.name} }}}}")
        else:
            texts.append(f"{{% if {one.name} %}}是{{% endif %}}")
    added(template_of(*texts), cast)
    assert len(lines_of(made(period, cast.coordinator))) == len(texts)


def test_no_two_variables_of_a_group_have_one_name() -> None:
    def check(shape: Shape) -> int:
        members = Shape(shape.of).members()
        return len(members) + sum(check(one) for one in members.values() if one.is_group)

    names = [*ROOT.members()]
    assert len(names) == len(set(names))
    assert check(ROOT) > 80


def test_a_template_made_by_word_itself_is_a_zip_with_other_parts(cast: Cast) -> None:
    """Folders as entries, and parts in another order, as other programs write them."""
    written = io.BytesIO()
    parts = parts_of(template_of("{{ 期间 }}"))
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as target:
        for name in reversed(list(parts)):
            target.writestr(name, parts[name])
    assert added(written.getvalue(), cast).number == 1
