"""The pages of the brief: making one, and keeping its templates."""

import io
from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from docx import Document

from agencies.models import User
from conftest import NOW, Cast
from progress.filestore import path_of
from progress.models import BriefKind, BriefTemplate, ReportingPeriod
from progress.tests.briefs import lines_of, template_of
from progress.workbooks.brief import BRIEF_TYPE, LARGEST_MEGABYTES, template_in_use
from progress.workbooks.brief.default import default_template
from progress.workflow import period_close, period_open

ClientOf = Callable[[User], Client]
FILLED = {
    "period": "2026-10",
    "kind": "report",
    "dated": "2026-11-02",
    "masthead": "工作专报",
    "document": "津服扩[2026]12号",
    "copy_number": "7",
    "signature": "统筹办",
}


@pytest.fixture(autouse=True)
def pinned() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def upload(data: bytes, name: str = "模板.docx") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, content_type=BRIEF_TYPE)


def sent(client: Client, data: bytes, *, kind: str = "report", note: str = "") -> int:
    form = {"kind": kind, "file": upload(data), "note": note}
    return client.post("/briefs/templates/", form).status_code


def test_the_brief_is_a_word_file_under_its_title(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    answer = signed_in(cast.coordinator).post("/briefs/", FILLED)
    assert answer.status_code == 200
    assert answer["Content-Type"] == BRIEF_TYPE
    assert "attachment" in answer["Content-Disposition"]
    assert "%E4%B8%93%E6%8A%A5.docx" in answer["Content-Disposition"]
    assert "no-store" in answer["Cache-Control"]
    lines = lines_of(answer.content)
    assert lines[:3] == ["000007", "工作专报", "津服扩〔2026〕12号"]
    assert "2026年11月2日" in lines


def test_what_stays_the_same_is_kept_for_the_next_brief(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    client = signed_in(cast.coordinator)
    client.post("/briefs/", {**FILLED, "kind": "circular"})
    page = client.get("/briefs/")
    initial = page.context["form"].initial
    assert (initial["masthead"], initial["signature"], initial["kind"]) == (
        "工作专报",
        "统筹办",
        "circular",
    )
    assert "津服扩" not in page.content.decode()
    assert "严禁录入涉密信息" in page.content.decode()
    # Another person begins with nothing.
    other = User.objects.create_user("other", "x", name="另一人", role=cast.coordinator.role)
    assert signed_in(other).get("/briefs/").context["form"].initial["masthead"] == ""


def test_the_period_that_is_looked_at_is_chosen(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    september = period_open(code="2026-09", by=cast.coordinator, now=NOW)
    period_close(period=september, by=cast.coordinator, now=NOW)
    client = signed_in(cast.coordinator)
    assert client.get("/briefs/").context["form"].initial["period"] == "2026-10"
    assert client.get("/briefs/?period=2026-09").context["form"].initial["period"] == "2026-09"
    assert "/briefs/?period=2026-09" in client.get("/periods/2026-09/").content.decode()
    assert client.get("/briefs/?period=2020-01").status_code == 404
    answer = client.post("/briefs/", {**FILLED, "period": "2026-09"})
    assert "2026年9月服务业扩大开放" in lines_of(answer.content)


@pytest.mark.parametrize(
    "wrong",
    [
        {"period": "2020-01"},
        {"kind": "letter"},
        {"dated": ""},
        {"dated": "2026-02-30"},
        {"copy_number": "12a"},
        {"copy_number": "1234567"},
        {"masthead": "长" * 41},
    ],
)
def test_a_form_that_cannot_be_read_is_shown_again_with_what_was_typed(
    wrong: dict[str, str], cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    answer = signed_in(cast.coordinator).post("/briefs/", {**FILLED, **wrong})
    assert answer.status_code == 400
    assert set(answer.context["form"].errors) == set(wrong)
    assert "统筹办" in answer.content.decode()


def test_before_the_first_period_there_is_nothing_to_brief(cast: Cast, signed_in: ClientOf) -> None:
    assert signed_in(cast.coordinator).get("/briefs/").status_code == 404


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/briefs/", FILLED),
        ("/briefs/templates/", {"kind": "report"}),
        ("/briefs/templates/use/", {"kind": "report", "version": ""}),
    ],
)
def test_nobody_else_makes_briefs_or_keeps_templates(
    path: str,
    form: dict[str, str],
    cast: Cast,
    period: ReportingPeriod,
    signed_in: ClientOf,
) -> None:
    for name, person in cast.everyone().items():
        if name != "coordinator" and person.is_active:
            assert signed_in(person).post(path, form).status_code == 403


def test_links_to_the_brief_are_shown_to_coordinators_alone(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    for person, shown in ((cast.coordinator, True), (cast.leader, False), (cast.reporter, False)):
        page = signed_in(person).get("/overview/").content.decode()
        assert ("/briefs/" in page) is shown


def test_a_template_is_downloaded_edited_and_uploaded_again(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    """As Word does it: the file is opened, a sentence is changed, and it is saved."""
    client = signed_in(cast.coordinator)
    downloaded = client.get("/briefs/templates/report.docx")
    assert downloaded.content == default_template(BriefKind.REPORT)
    document = Document(io.BytesIO(downloaded.content))
    paragraph = next(one for one in document.paragraphs if one.text == "一、总体情况")
    paragraph.runs[0].text = "一、总体情况（共{{ 任务.总数 }}项）"
    written = io.BytesIO()
    document.save(written)
    assert sent(client, written.getvalue(), note="加总数") == 302
    [template] = BriefTemplate.objects.all()
    page = client.get("/briefs/templates/").content.decode()
    assert "加总数" in page
    assert "周统" in page
    assert f"/briefs/templates/{template.pk}/" in page
    kept = client.get(f"/briefs/templates/{template.pk}/")
    assert kept.getvalue() == written.getvalue()
    lines = lines_of(client.post("/briefs/", FILLED).content)
    assert "一、总体情况（共131项）" in lines
    assert (
        client.post("/briefs/templates/use/", {"kind": "report", "version": ""}).status_code == 302
    )
    assert "一、总体情况" in lines_of(client.post("/briefs/", FILLED).content)
    client.post("/briefs/templates/use/", {"kind": "report", "version": "1"})
    assert template_in_use(BriefKind.REPORT) == template


def test_a_fault_is_told_on_the_page_and_the_one_in_use_stays(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    client = signed_in(cast.coordinator)
    answer = client.post(
        "/briefs/templates/", {"kind": "report", "file": upload(template_of("甲{{ 任务.总书 }}乙"))}
    )
    assert answer.status_code == 400
    page = answer.content.decode()
    assert "没有名为“任务.总书”的变量；是否应为“任务.总数”？" in page
    assert not BriefTemplate.objects.exists()
    assert sent(client, b"PK" * (LARGEST_MEGABYTES * 500_001)) == 413
    assert sent(client, template_of("{{ 期间 }}"), kind="letter") == 400
    assert sent(client, template_of("{{ 期间 }}"), note="长" * 201) == 400
    assert client.post("/briefs/templates/", {"kind": "report"}).status_code == 400


@pytest.mark.parametrize(
    "form",
    [
        {"kind": "letter", "version": ""},
        {"kind": "report", "version": "9"},
        {"kind": "report", "version": "x"},
        {"kind": "circular", "version": "1"},
    ],
)
def test_a_version_that_does_not_exist_is_not_found(
    form: dict[str, str], cast: Cast, signed_in: ClientOf
) -> None:
    client = signed_in(cast.coordinator)
    assert sent(client, template_of("{{ 期间 }}")) == 302
    assert client.post("/briefs/templates/use/", form).status_code == 404
    assert client.get("/briefs/templates/letter.docx").status_code == 404
    assert client.get("/briefs/templates/999/").status_code == 404


def test_a_template_that_is_lost_is_told_with_the_way_out(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    client = signed_in(cast.coordinator)
    assert sent(client, template_of("{{ 期间 }}")) == 302
    path_of(BriefTemplate.objects.get().file).unlink()
    answer = client.post("/briefs/", FILLED)
    assert answer.status_code == 409
    assert "/briefs/templates/" in answer.content.decode()
    assert "统筹办" in answer.content.decode()


def test_the_variables_are_listed_in_either_language_of_the_screen(
    cast: Cast, signed_in: ClientOf
) -> None:
    client = signed_in(cast.coordinator)
    page = client.get("/briefs/variables/").content.decode()
    assert "任务.已完成" in page
    assert "{%p for 行 in 成果.清单 %}" in page
    assert "行.牵头单位" in page
    client.cookies["django_language"] = "en"
    page = client.get("/briefs/variables/").content.decode()
    assert "任务.已完成" in page
    assert "Tasks past their deadline" in page
