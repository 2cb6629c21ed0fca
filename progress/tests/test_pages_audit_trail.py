"""The audit trail as auditors read it: found in two clicks, in words, taken along as a workbook."""

import datetime as dt
import re
from collections.abc import Callable
from html import unescape
from io import BytesIO
from pathlib import Path

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.utils import translation
from openpyxl import load_workbook

from agencies.audit import audit_event, audit_note, entries_seal, kind_of
from agencies.models import AuditEntry, Role, User
from conftest import NOW, Cast
from progress.exports import (
    TrailOptions,
    export_again,
    export_cancel,
    exports_make,
    trail_export_request,
)
from progress.jobs import verify_audit_trail
from progress.models import ExportJob, JobRun, ReportingPeriod
from progress.pages import trail as pages
from progress.tests.acts import attached, handed_in, task_numbered
from progress.trail import ACTS, VERBS, act_words

ClientOf = Callable[[User], Client]
MINUTE = dt.timedelta(minutes=1)
ROOT = Path(__file__).resolve().parents[2]
WRITTEN = re.compile(r"""(?:audited|audit_note|audit_event|Note|_tell)\(\s*"([a-z]+\.[a-z_]+)\"""")


@pytest.fixture
def deadline(cast: Cast, signed_in: ClientOf) -> None:
    """In May a coordinator set the deadline of task 12, from 192.0.2.7; of task 13 in June."""
    for number, month in ((12, 5), (13, 6)):
        client = Client(REMOTE_ADDR="192.0.2.7")
        with time_machine.travel(NOW.replace(month=month), tick=False):
            client.force_login(cast.coordinator)
            answer = client.post(
                "/api/v1/deadlines/",
                {"rows": [{"task": number, "deadline": "2027-06-30"}], "reason": "按方案"},
                content_type="application/json",
            )
        assert answer.status_code in (200, 201), answer.content


def test_who_changed_the_deadline_of_a_task_in_may_and_from_where(
    deadline: None, cast: Cast, signed_in: ClientOf
) -> None:
    """One click leads to the page, one more applies what was filled in."""
    auditor = signed_in(cast.auditor)
    assert auditor.get("/")["Location"] == "/audit-trail/"
    asked: dict[str, str | int] = {"task": 12, "act": "task.deadline", "day_after": "2026-05-01"}
    answer = auditor.get("/audit-trail/", asked | {"day_before": "2026-05-31"})
    [row] = answer.context["rows"]
    assert row.entry.by == cast.coordinator
    assert (row.entry.address, row.thing) == ("192.0.2.7", "12")
    [changed] = [one for one in row.changes if one.after == "2027-06-30"]
    assert changed.before == "—"
    assert (
        auditor.get("/audit-trail/", asked | {"task": 13, "day_before": "2026-05-31"}).context[
            "rows"
        ]
        == []
    )
    narrower: list[dict[str, str | int]] = [
        {"address": "192.0.2."},
        {"person": "coord"},
        {"kind": "task", "via": "api"},
    ]
    for further in narrower:
        assert len(auditor.get("/audit-trail/", asked | further).context["rows"]) == 1
    for day in ("in May", "9999-12-31", "0001-01-01"):
        for name in ("day_after", "day_before"):
            assert auditor.get("/audit-trail/", {name: day}).status_code == 400


def test_the_workbook_has_the_same_rows_and_is_told_itself(
    deadline: None, cast: Cast, signed_in: ClientOf
) -> None:
    auditor = signed_in(cast.auditor)
    answer = auditor.get("/audit-trail.xlsx", {"act": "task.deadline"})
    sheet = load_workbook(BytesIO(answer.getvalue())).active
    assert sheet is not None
    cells = [[str(cell or "") for cell in row] for row in sheet.iter_rows(values_only=True)]
    assert [row[7] for row in cells if "192.0.2.7" in row] == ["13", "12"]
    told = AuditEntry.objects.get(act="user.download")
    assert told.by == cast.auditor
    assert told.changes["path"] == [None, "/audit-trail.xlsx?act=task.deadline"]
    # On the page it stands in the reader's language.
    row = auditor.get("/audit-trail/", {"act": "user.download"}).context["rows"][0]
    assert row.act == act_words("user.download")


def test_more_than_somebody_waits_for_is_made_by_a_job(
    deadline: None, cast: Cast, signed_in: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked for on the page, shown while it is made, told when it is done, and on record."""
    at_once, auditor = 2, signed_in(cast.auditor)
    for one in range(at_once + 1):
        audit_note("user.change", cast.reporter, by=cast.administrator, now=NOW + one * MINUTE)
    asked = {"kind": "user", "act": "user.change", "sort": "position"}
    assert "/audit-trail.xlsx?" in auditor.get("/audit-trail/", asked).content.decode()
    monkeypatch.setattr(pages, "MOST_AT_ONCE", at_once)
    page = auditor.get("/audit-trail/", asked).content.decode()
    assert "/audit-trail.xlsx" not in page
    [address] = re.findall(r'action="(/audit-trail/export/[^"]*)"', page)
    sent_back = auditor.get("/audit-trail.xlsx", asked)
    assert sent_back["Location"].startswith("/audit-trail/?kind=user")

    monkeypatch.setattr(pages, "MOST_IN_A_WORKBOOK", at_once)
    assert auditor.post(unescape(address))["Location"].startswith("/audit-trail/?")
    monkeypatch.setattr(pages, "MOST_IN_A_WORKBOOK", at_once + 1)
    first = auditor.post(unescape(address))["Location"]
    # What happens meanwhile is not in it, and a second click is no second export.
    assert auditor.post(unescape(address))["Location"] == first
    audit_note("user.change", cast.reporter, by=cast.administrator, now=NOW)
    export = ExportJob.objects.get()
    assert (export.by, export.period) == (cast.auditor, None)
    assert "正在排队" in auditor.get(first).content.decode()
    assert exports_make(clock=lambda: NOW) == 1
    export.refresh_from_db()
    assert (export.state, export.done, export.total) == ("done", at_once + 1, at_once + 1)
    assert export.name in auditor.get("/inbox/").content.decode()
    assert export.name in auditor.get("/export/jobs/").content.decode()

    sheet = load_workbook(BytesIO(auditor.get(f"{first}file/").getvalue())).active
    assert sheet is not None
    rows = [[str(cell or "") for cell in row] for row in sheet.iter_rows(values_only=True)]
    assert [row[2][-5:-3] for row in rows[4:]] == ["00", "01", "02"]
    assert {row[3] for row in rows[4:]} == {cast.administrator.name}
    assert "筛选条件" in rows[1][0]
    told = set(AuditEntry.objects.filter(by=cast.auditor).values_list("act", flat=True))
    assert {"exportjob.request", "user.download"} <= told
    # Whoever is no auditor any more, and anybody else, has no part in it.
    assert signed_in(cast.coordinator).get(first).status_code == 404
    assert signed_in(cast.leader).post(unescape(address)).status_code == 403
    User.objects.filter(pk=cast.auditor.pk).update(role=Role.COORDINATOR)
    assert auditor.get(f"{first}file/").status_code == 404


def test_what_is_asked_for_again_is_of_another_day(
    deadline: None, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries_seal()
    options = TrailOptions("act=task.deadline", "-position", "zh-hans", (), 99)
    export = trail_export_request(options=options, by=cast.auditor, now=NOW)
    export_cancel(export=export, by=cast.auditor, now=NOW)
    again = export_again(export=export, by=cast.auditor, now=NOW + 24 * 60 * MINUTE)
    assert again.name != export.name
    assert again.options == export.options
    with pytest.raises(PermissionDenied):
        trail_export_request(options=options, by=cast.coordinator, now=NOW)


def test_texts_are_told_by_their_length_and_digest_alone(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    handed_in(task_numbered(4), period, cast.reporter, coordination="请协调用地指标")
    page = signed_in(cast.auditor).get("/audit-trail/", {"task": 4}).content.decode()
    assert "SHA-256" in page
    assert "用地指标" not in page


def test_what_stands_in_no_column_of_a_thing_is_told_in_words_too(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    """No name of the program's own, and no list or object as the program writes it."""
    task = task_numbered(4)
    handed_in(task, period, cast.reporter)
    robot = {"robot_name": [None, "数据局群"], "robot_kind": [None, "wecom"]}
    for act, on, changes in (
        ("agency.robot", cast.reporter.agency, robot),
        ("task.duties", task, {"duties": [{}, {"市发展改革委": [1, 2]}]}),
        (
            "task.agencies",
            task,
            {"agencies": [[], [{"agency": "市数据局", "role": "lead", "id": 1}]]},
        ),
        ("secondfactorrule.change", cast.auditor, {"roles": [[], ["auditor", "administrator"]]}),
        ("user.password", cast.auditor, {"password": [None, "set"]}),
    ):
        assert on is not None
        AuditEntry.objects.create(
            at=NOW, via="page", act=act, kind=kind_of(on), thing=on.pk, changes=changes
        )
    page = signed_in(cast.auditor).get("/audit-trail/")
    said = {f"{one.field}={one.after}" for row in page.context["rows"] for one in row.changes}
    assert {"步骤=提交", "举措4 · 1：推进状态=推进中"} <= said, said
    assert {"群名称=数据局群", "平台=企业微信"} <= said, said
    assert "落实举措分工=市发展改革委：1、2" in said, said
    assert {
        "责任单位=市数据局（牵头单位）",
        "角色=审计员、系统管理员",
        "密码=已重新设置",
    } <= said, said
    assert [one for one in said if re.search(r"^[^=]*[a-z]{3}|[{\[]", one)] == [], said


def test_telephones_are_masked_in_what_was_typed_too(cast: Cast) -> None:
    audit_event("user.sign_in_refused", User(), by=None, now=NOW, username="13812345678")
    assert AuditEntry.objects.get(act="user.sign_in_refused").changes == {
        "username": [None, "138****5678"]
    }


def test_the_page_says_how_the_trail_stands(cast: Cast, signed_in: ClientOf) -> None:
    auditor = signed_in(cast.auditor)
    assert auditor.get("/audit-trail/").context["standing"].verified is None
    verify_audit_trail.apply()
    answer = auditor.get("/audit-trail/")
    assert answer.context["standing"].verified.fault == ""
    AuditEntry.objects.filter(position=1)._raw_delete("default")
    with pytest.raises(Exception, match="does not hold"):
        verify_audit_trail.apply(throw=True)
    answer = auditor.get("/audit-trail/")
    assert answer.context["standing"].verified.fault == "TrailBrokenError"
    assert "verify_audit" in answer.content.decode()
    # A job that failed for another reason has not found the trail broken.
    JobRun.objects.filter(fault="TrailBrokenError").update(fault="OperationalError")
    assert "verify_audit" not in auditor.get("/audit-trail/").content.decode()


def test_the_same_statements_for_any_number_of_entries(
    cast: Cast, signed_in: ClientOf, django_assert_max_num_queries: Callable[..., object]
) -> None:
    auditor = signed_in(cast.auditor)
    auditor.get("/audit-trail/")
    for count in (1, 30):
        for _one in range(count):
            audit_note("user.create", cast.reporter, by=cast.administrator, now=NOW)
        with django_assert_max_num_queries(17):  # type: ignore[attr-defined]
            auditor.get("/audit-trail/", {"kind": "user"})


def test_every_act_that_is_written_has_its_words() -> None:
    sources = [
        path.read_text("utf-8")
        for app in ("agencies", "tasks", "progress")
        for path in (ROOT / app).rglob("*.py")
        if "tests" not in path.parts
    ]
    written = {act for source in sources for act in WRITTEN.findall(source)}
    assert len(written) > 70
    assert written - set(ACTS) == set()
    assert {act for act in ACTS if act.partition(".")[2] not in VERBS} == set()
    with translation.override("en"):
        assert act_words("task.deadline") == "pilot task: deadline set"


def test_a_look_whether_a_file_is_there_is_no_download(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    evidence = attached(task_numbered(4), period, cast.reporter)
    handed_in(task_numbered(4), period, cast.reporter)
    reader = signed_in(cast.coordinator)
    address = f"/api/v1/evidence/{evidence.pk}/"

    def downloads() -> int:
        return AuditEntry.objects.filter(act="user.download").count()

    reader.head(address).getvalue()
    reader.head("/tasks/list.xlsx")
    assert downloads() == 0
    answer = reader.get(address)
    answer.getvalue()
    assert downloads() == 1
    if tag := answer.headers.get("ETag"):
        assert reader.get(address, headers={"if-none-match": tag}).status_code == 304
        assert downloads() == 1


def test_what_somebody_may_not_do_is_told(cast: Cast, signed_in: ClientOf) -> None:
    client = Client(REMOTE_ADDR="192.0.2.9")
    client.force_login(cast.administrator)
    assert client.post("/rules/").status_code == 403
    client.get("/rules/")
    told = AuditEntry.objects.get(act="user.forbidden")
    assert (told.by, told.address) == (cast.administrator, "192.0.2.9")
    assert told.changes["path"] == [None, "/rules/"]
