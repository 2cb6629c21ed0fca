"""By the API as on the pages: offline forms, the brief with its templates, two periods compared."""

import datetime as dt
import io
from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from agencies.models import User
from conftest import NOW, Cast
from progress.closings import period_close_with_edition
from progress.models import Report, ReportingPeriod
from progress.tests.acts import approved, saved, task_numbered
from progress.tests.api_calls import bytes_of, call, errors, post, upload
from progress.tests.briefs import lines_of, template_of
from progress.tests.offline import MEASURES, TEXT, file_of, rows_of_task, sheet_of
from tianjin_pilot.headers import KEPT_BY_NOBODY

ClientOf = Callable[[User], Client]


@pytest.fixture(autouse=True)
def pinned() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def test_a_form_goes_out_comes_back_and_is_written_as_it_was_seen(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    agency = signed_in(cast.reporter)
    had = post(agency, "offline-forms/", {"period": "2026-10"})
    assert (had.status_code, had["Content-Disposition"][:10]) == (200, "attachment")
    assert had["Cache-Control"] == KEPT_BY_NOBODY
    form = load_workbook(io.BytesIO(had.content))
    sheet = sheet_of(form, MEASURES)
    first, second = rows_of_task(sheet, 4)[:2]
    sheet[f"{TEXT}{first}"], sheet[f"{TEXT}{second}"] = "文件里的一句", "只在文件里"
    sent = upload(agency, "filled-forms/", file_of(form))
    assert sent.status_code == 201, sent.content
    with time_machine.travel(NOW + dt.timedelta(minutes=1), tick=False):
        again = upload(agency, "filled-forms/", file_of(form))
    assert (again.status_code, again.json()["id"]) == (200, sent.json()["id"])

    # Somebody writes the same measure meanwhile.
    saved(task_numbered(4), period, cast.reporter)
    address = f"filled-forms/{sent.json()['id']}/"
    stale = {"seen": sent.json()["seen"], "choices": {}}
    assert post(agency, f"{address}confirm/", stale).status_code == 409
    compared = call(agency, "get", address).json()
    asked = [cell for cell in compared["cells"] if cell["outcome"] == "asked"]
    assert {"文件里的一句"} <= {cell["says"] for cell in asked}
    unsaid = {"seen": compared["seen"], "choices": {}}
    assert post(agency, f"{address}confirm/", unsaid).status_code == 422
    choices = {cell["name"]: cell["choices"]["file"] for cell in asked}
    done = post(agency, f"{address}confirm/", {"seen": compared["seen"], "choices": choices})
    assert done.status_code == 200, done.content
    assert (done.json()["state"], done.json()["cells"]) == ("confirmed", [])
    assert done.json()["taken"][0]["task"] == 4
    texts = list(Report.objects.get(task__number=4).measures.values_list("text", flat=True))
    assert texts[:2] == ["文件里的一句", "只在文件里"]

    # It is the agency's own: nobody else knows of it.
    assert call(signed_in(cast.stranger), "get", address).status_code == 404
    assert call(signed_in(cast.coordinator), "get", address).status_code == 403
    assert [one["id"] for one in call(agency, "get", "filled-forms/").json()["results"]] == [
        done.json()["id"]
    ]


def test_a_filled_form_that_cannot_be_read_says_why_and_one_may_be_discarded(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    agency = signed_in(cast.reporter)
    form = post(agency, "offline-forms/", {"period": "2026-10"}).content
    no_workbook = upload(agency, "filled-forms/", SimpleUploadedFile("表.xlsx", b"no workbook"))
    assert (no_workbook.status_code, list(errors(no_workbook))) == (422, ["file"])
    workbook = load_workbook(io.BytesIO(form))
    sheet = sheet_of(workbook, MEASURES)
    row = rows_of_task(sheet, 4)[0]
    sheet[f"E{row}"] = "快要做完了"
    faulty = upload(agency, "filled-forms/", file_of(workbook))
    assert faulty.status_code == 422
    assert f"E{row}" in errors(faulty)["file"][0]
    unchanged = upload(agency, "filled-forms/", file_of(form))
    address = f"filled-forms/{unchanged.json()['id']}/"
    nothing = {"seen": unchanged.json()["seen"]}
    assert post(agency, f"{address}confirm/", nothing).status_code == 422
    discarded = post(agency, f"{address}discard/")
    assert (discarded.status_code, discarded.json()["state"]) == (200, "abandoned")
    assert post(agency, f"{address}confirm/", nothing).status_code == 409
    period_close_with_edition(period=period, by=cast.coordinator, now=NOW)
    assert post(agency, "offline-forms/", {"period": "2026-10"}).status_code == 409


def test_the_brief_is_made_from_the_template_that_was_put_to_use(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    office = signed_in(cast.coordinator)
    template = SimpleUploadedFile("专报.docx", template_of("第{{ 份号 }}份，{{ 文号 }}"))
    added = upload(office, "brief-templates/", template, kind="report", note="简版")
    assert added.status_code == 201, added.content
    assert (added.json()["number"], added.json()["in_use"]) == (1, True)
    asked = "periods/2026-10/brief.docx?kind=report&document=津商专报[2026]7号&copy_number=7"
    made = call(office, "get", asked)
    assert lines_of(made.content) == ["第000007份，津商专报〔2026〕7号"]
    assert made["Cache-Control"] == KEPT_BY_NOBODY
    file = bytes_of(office, f"brief-templates/{added.json()['id']}/file/")
    assert lines_of(file) == ["第{{ 份号 }}份，{{ 文号 }}"]

    back = post(office, "brief-templates/use/", {"kind": "report", "template": None})
    assert back.json() == {"kind": "report", "template": None}
    assert not call(office, "get", f"brief-templates/{added.json()['id']}/").json()["in_use"]
    assert len(lines_of(call(office, "get", asked).content)) > 1
    other = {"kind": "circular", "template": added.json()["id"]}
    assert list(errors(post(office, "brief-templates/use/", other))) == ["template"]
    wrong = upload(
        office,
        "brief-templates/",
        SimpleUploadedFile("专报.docx", template_of("{{ 没有这个 }}")),
        kind="report",
    )
    assert (wrong.status_code, list(errors(wrong))) == (422, ["file"])
    assert call(office, "get", "brief-templates/default/circular/").content[:2] == b"PK"
    names = {one["name"]: one for one in call(office, "get", "brief-variables/").json()}
    assert names["份号"]["list"] is None
    assert any(one["list"] for one in names.values())
    assert call(signed_in(cast.leader), "get", asked).status_code == 403


def test_two_periods_stand_side_by_side_as_on_the_overview(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    approved(task_numbered(4), period, cast.reporter, cast.coordinator)
    period_close_with_edition(period=period, by=cast.coordinator, now=NOW)
    office = signed_in(cast.coordinator)
    alone = call(office, "get", "comparison/").json()
    assert (alone["period"], alone["before"], alone["figures_before"]) == ("2026-10", None, None)
    assert post(office, "periods/", {"code": "2026-11"}).status_code == 201
    approved(
        task_numbered(5),
        ReportingPeriod.objects.get(code="2026-11"),
        cast.reporter,
        cast.coordinator,
    )
    with CaptureQueriesContext(connection) as asked:
        told = call(office, "get", "comparison/").json()
    assert (told["period"], told["before"]) == ("2026-11", "2026-10")
    # To find the one before, no period's kept list is read.
    everywhere = [one["sql"] for one in asked if "progress_reportingperiod" in one["sql"]]
    assert [sql for sql in everywhere if "_at_closing" in sql and "WHERE" not in sql] == []
    shown = office.get("/overview/").context
    assert told["figures"]["started_rate"]["part"] == shown["figures"].started_rate.part == 2
    assert told["figures_before"]["started_rate"]["part"] == 1
    assert told["figures_before"]["handing_in"]["handed_in"] == 1
    chapter = call(office, "get", "comparison/?chapter=1&before=2026-10").json()
    assert (chapter["figures"]["tasks"], chapter["matters"]) == (14, None)
    assert list(errors(call(office, "get", "comparison/?before=2026-11"))) == ["before"]
    # Of the list for the office and leaders; of what an agency leads for its own people.
    own = f"comparison/?agency={cast.reporter.agency_id}"
    known = {
        who: [
            call(signed_in(getattr(cast, who)), "get", asked).json()["figures"]["handing_in"]
            is not None
            for asked in ("comparison/", "comparison/?chapter=1", own)
        ]
        for who in ("coordinator", "leader", "reporter", "stranger", "auditor")
    }
    assert known == {
        "coordinator": [True, True, True],
        "leader": [True, True, False],
        "reporter": [False, False, True],
        "stranger": [False, False, False],
        "auditor": [False, False, False],
    }
    figures = f"agencies/{cast.reporter.agency_id}/figures/"
    for who, (_list, _chapter, of_agency) in known.items():
        one = call(signed_in(getattr(cast, who)), "get", figures).json()
        assert (one["handing_in"] is not None) == of_agency, who


def test_who_can_do_something_about_it_reads_whether_jobs_run(
    cast: Cast, signed_in: ClientOf
) -> None:
    told = call(signed_in(cast.administrator), "get", "running/").json()
    assert {"send_reminders", "open_period"} <= {one["job"] for one in told["jobs"]}
    assert told["warnings"]
    assert call(signed_in(cast.reporter), "get", "running/").status_code == 403
