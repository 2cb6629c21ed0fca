"""The pages of evidence: attaching by a form, what is shown to whom, and downloads."""

import datetime as dt
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.http import HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from agencies.models import User
from conftest import NOW, Cast
from progress.filestore import DamagedFile, FileTooLarge, path_of
from progress.models import Contribution, Evidence, Policy, Report, ReportingPeriod
from progress.states import Move
from progress.tests.acts import approved, attached, handed_in, saved, task_numbered
from progress.tests.files import docx, ofd, pdf, png, uploaded, xlsx
from progress.workflow import contribution_move, evidence_remove
from tasks.models import Status

pytestmark = pytest.mark.wide

SignedIn = Callable[[User], Client]
REPORT = "/tasks/4/reports/2026-10/"
ADDRESS = f"{REPORT}evidence/"
LATER = NOW + dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def pinned() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


def handed_over(evidence: Evidence, now: dt.datetime) -> Contribution:
    """What it is attached to, in the lead's hands."""
    one = evidence.contribution
    assert one is not None
    one.refresh_from_db()
    one.remarks = "如附件"
    one.save()
    by = one.updated_by
    return contribution_move(contribution=one, move=Move.SUBMIT, by=by, now=now)


def contribution_address(cast: Cast) -> str:
    return f"{REPORT}contributions/{cast.co_reporter.agency_id}/"


# --- Attaching -----------------------------------------------------------------------------------


def test_a_file_is_attached_and_shown_where_the_report_is_written_and_read(
    cast: Cast, period: ReportingPeriod, signed_in: SignedIn
) -> None:
    saved(task_numbered(4), period, cast.reporter)
    measure = task_numbered(4).measures.get(ordinal=2)
    writer = signed_in(cast.reporter)
    answer = writer.post(ADDRESS, {"file": uploaded(pdf(), "验收报告.pdf"), "measure": measure.pk})
    assert (answer.status_code, answer["Location"]) == (302, ADDRESS)
    for address in (f"{REPORT}edit/", REPORT, ADDRESS, "/tasks/4/"):
        page = writer.get(address).content.decode()
        assert "验收报告.pdf" in page
        assert "张报" in page


def test_every_form_that_takes_a_file_says_that_nothing_classified_may_be_in_it(
    cast: Cast, period: ReportingPeriod, signed_in: SignedIn
) -> None:
    writer, other = signed_in(cast.reporter), signed_in(cast.co_reporter)
    own = contribution_address(cast)
    for client, address in {
        ADDRESS: writer,
        f"{REPORT}edit/": writer,
        f"{own}evidence/": other,
        f"{own}edit/": other,
    }.items():
        page = address.get(client, headers={"Accept-Language": "zh"}).content.decode()
        _before, form = page.split("multipart/form-data", 1)
        assert "严禁录入涉密信息" in form.partition("</form>")[0]


@pytest.mark.parametrize(
    ("name", "content", "status"),
    [("a.pdf", b"MZ", 400), ("a.pdf", b"", 400), ("a.pdf", png(), 400)],
)
def test_what_is_refused_stays_on_the_page_with_its_sentence(
    name: str,
    content: bytes,
    status: int,
    cast: Cast,
    period: ReportingPeriod,
    signed_in: SignedIn,
) -> None:
    answer = signed_in(cast.reporter).post(ADDRESS, {"file": uploaded(content, name)})
    assert answer.status_code == status
    assert 'role="alert"' in answer.content.decode()
    assert not Evidence.objects.exists()


def test_a_form_without_a_file_is_told_so(
    cast: Cast, period: ReportingPeriod, signed_in: SignedIn
) -> None:
    answer = signed_in(cast.reporter).post(ADDRESS, {"measure": ""})
    assert answer.status_code == 400
    assert "请先选择文件" in answer.content.decode() or "Choose a file" in answer.content.decode()


def test_a_file_over_the_limit_answers_413_and_names_the_limit(
    cast: Cast, period: ReportingPeriod, signed_in: SignedIn
) -> None:
    Policy.objects.create(pk=1, evidence_megabytes=3)
    large = uploaded(b"%PDF-1.7\n" + b" " * 3_000_000)
    answer = signed_in(cast.reporter).post(ADDRESS, {"file": large})
    assert answer.status_code == 413
    assert "3" in answer.context["evidence"].problems[0]


class NeverRead(io.RawIOBase):
    """The body of a request of which nobody may read a byte."""

    def readinto(self, buffer: object) -> int:
        raise AssertionError("the body was read")


def sent_of_length(
    client: Client, megabytes: int, *, accept: str = "text/html"
) -> HttpResponseBase:
    """A form whose file is said to be so large, and is never read."""
    sent: dict[str, Any] = {
        "CONTENT_TYPE": "multipart/form-data; boundary=x",
        "CONTENT_LENGTH": str(megabytes * 1_000_000),
        "wsgi.input": NeverRead(),
        "HTTP_ACCEPT": accept,
    }
    return client.generic("POST", ADDRESS, **sent)


@pytest.mark.parametrize("megabytes", [5, 10_000_000])
def test_what_is_larger_than_the_rules_allow_is_not_even_read(
    megabytes: int, cast: Cast, period: ReportingPeriod
) -> None:
    Policy.objects.create(pk=1, evidence_megabytes=3)
    # A client that would be asked for the key of the form, which stands in the body.
    writer = Client(enforce_csrf_checks=True)
    writer.force_login(cast.reporter)
    answer = sent_of_length(writer, megabytes)
    assert answer.status_code == 413
    assert isinstance(answer, HttpResponse)
    sentence = str(FileTooLarge(megabytes=3))
    assert sentence in answer.content.decode()
    said = sent_of_length(writer, megabytes, accept="application/json")
    assert said.status_code == 413
    assert isinstance(said, JsonResponse)
    assert json.loads(said.content)["problem"] == sentence


def test_a_file_of_somebody_who_is_not_signed_in_is_not_read_either(
    cast: Cast, period: ReportingPeriod
) -> None:
    stranger = Client(enforce_csrf_checks=True)
    answer = sent_of_length(stranger, 2)
    assert (answer.status_code, answer["Location"]) == (302, f"/sign-in/?next={ADDRESS}")
    said = sent_of_length(stranger, 2, accept="application/json")
    assert said.status_code == 403


def test_the_rules_largest_file_passes_with_all_that_comes_beside_it(
    cast: Cast, period: ReportingPeriod, signed_in: SignedIn
) -> None:
    Policy.objects.create(pk=1, evidence_megabytes=1)
    filled = pdf().replace(b"\n", b"\n%" + b" " * (1_000_000 - len(pdf()) - 2) + b"\n", 1)
    answer = signed_in(cast.reporter).post(ADDRESS, {"file": uploaded(filled)})
    assert answer.status_code == 302


def test_a_script_gets_the_panel_anew_or_the_problem(
    cast: Cast, period: ReportingPeriod, signed_in: SignedIn
) -> None:
    writer = signed_in(cast.reporter)
    asked = {"Accept": "application/json"}
    said = writer.post(ADDRESS, {"file": uploaded(docx(), "方案.docx")}, headers=asked).json()
    assert said["version"] == 1
    assert "方案.docx" in said["panel"]
    refused = writer.post(ADDRESS, {"file": uploaded(b"x", "a.pdf")}, headers=asked)
    assert refused.status_code == 400
    assert refused.json()["problem"]
    evidence = Evidence.objects.get()
    removed = writer.post(f"/evidence/{evidence.pk}/remove/", headers=asked)
    assert removed.status_code == 200
    twice = writer.post(f"/evidence/{evidence.pk}/remove/", headers=asked)
    assert (twice.status_code, Evidence.objects.get().removed_by) == (200, cast.reporter)
    colleague = signed_in(cast.colleague)
    again = colleague.post(f"/evidence/{evidence.pk}/remove/", headers=asked)
    assert again.status_code == 409
    assert again.json()["problem"]


def test_a_later_version_takes_the_place_of_the_earlier_which_stays_to_be_had(
    cast: Cast, period: ReportingPeriod, signed_in: SignedIn
) -> None:
    first = attached(task_numbered(4), period, cast.reporter, name="初稿.pdf")
    writer = signed_in(cast.reporter)
    writer.post(ADDRESS, {"file": uploaded(pdf("final"), "终稿.pdf"), "replaces": first.pk})
    page = writer.get(ADDRESS)
    assert [one.name for one in page.context["evidence"].standing] == ["终稿.pdf"]
    assert [one.name for one in page.context["evidence"].past] == ["初稿.pdf"]
    assert writer.get(f"/evidence/{first.pk}/").getvalue() == pdf()


def test_a_handed_in_report_takes_no_more_files_and_says_so(
    cast: Cast, period: ReportingPeriod, signed_in: SignedIn
) -> None:
    evidence = attached(task_numbered(4), period, cast.reporter)
    handed_in(task_numbered(4), period, cast.reporter)
    writer = signed_in(cast.reporter)
    page = writer.get(REPORT).content.decode()
    assert "multipart/form-data" not in page
    assert writer.post(ADDRESS, {"file": uploaded(xlsx(), "a.xlsx")}).status_code == 409
    assert writer.post(f"/evidence/{evidence.pk}/remove/").status_code == 409


def test_a_completion_without_evidence_says_so_beside_the_files(
    cast: Cast, period: ReportingPeriod, signed_in: SignedIn
) -> None:
    Policy.objects.create(pk=1, completion_needs_evidence=True)
    task = task_numbered(4)
    report = saved(task, period, cast.reporter, Status.COMPLETED)
    typed = {"version": report.version, "then": "submit"}
    for measure in task.measures.all():
        typed |= {f"status_{measure.pk}": "completed", f"text_{measure.pk}": "举措已全部完成"}
    writer = signed_in(cast.reporter)
    answer = writer.post(f"{REPORT}edit/", typed)
    assert answer.status_code == 400
    assert len(answer.context["evidence"].problems) == task.measures.count()
    attached(task, period, cast.reporter)
    assert writer.post(f"{REPORT}edit/", typed).status_code == 302


@pytest.mark.parametrize("page", ["report", "contribution"])
def test_without_a_script_what_is_typed_is_saved_before_files_are_attached(
    page: str, cast: Cast, period: ReportingPeriod, signed_in: SignedIn
) -> None:
    """The form that takes files waits for the script; in its place a button sends the draft."""
    by = {"report": cast.reporter, "contribution": cast.co_reporter}[page]
    base = {"report": REPORT, "contribution": contribution_address(cast)}[page]
    prose = {"report": "problems", "contribution": "remarks"}[page]
    writer = signed_in(by)
    evidence = attached(
        task_numbered(4), period, by, agency=by.agency if page == "contribution" else None
    )
    shown = writer.get(f"{base}edit/").content.decode()
    _before, panel = shown.split('aria-labelledby="evidence"')
    assert 'form="draft" name="then" value="attach"' in panel
    for form in panel.split("<form")[1:]:
        tag = form.partition(">")[0]
        assert "hidden" in tag or "data-with-script hidden" in panel.partition(form)[0]
    typed = {"version": "1", "then": "attach", prose: "先写的话"}
    for measure in task_numbered(4).measures.all():
        typed |= {f"status_{measure.pk}": "in_progress", f"text_{measure.pk}": "举措已推进"}
    answer = writer.post(f"{base}edit/", typed)
    assert (answer.status_code, answer["Location"]) == (302, f"{base}evidence/")
    written = evidence.report or evidence.contribution
    assert written is not None
    written.refresh_from_db()
    assert getattr(written, prose) == "先写的话"
    # There the form stands open, and nothing else that could be lost.
    assert "data-with-script" not in writer.get(f"{base}evidence/").content.decode()


def test_a_text_that_cannot_be_saved_comes_back_and_no_file_is_asked_for(
    cast: Cast, period: ReportingPeriod, signed_in: SignedIn
) -> None:
    saved(task_numbered(4), period, cast.reporter)
    typed = {"version": "0", "then": "attach", "problems": "另一窗口里写的话"}
    for measure in task_numbered(4).measures.all():
        typed |= {f"status_{measure.pk}": "in_progress", f"text_{measure.pk}": "另一窗口"}
    answer = signed_in(cast.reporter).post(f"{REPORT}edit/", typed)
    assert answer.status_code == 409
    assert "另一窗口里写的话" in answer.content.decode()


def test_a_later_version_sent_twice_is_attached_once(
    cast: Cast, period: ReportingPeriod, signed_in: SignedIn
) -> None:
    first = attached(task_numbered(4), period, cast.reporter, name="初稿.pdf")
    writer = signed_in(cast.reporter)
    for _click in range(2):
        typed = {"file": uploaded(pdf("final"), "终稿.pdf"), "replaces": first.pk}
        assert writer.post(ADDRESS, typed).status_code == 302
    [standing] = Evidence.objects.standing()
    assert (standing.replaces, Evidence.objects.count()) == (first, 2)


@pytest.mark.parametrize("replaces", ["999999", "9" * 40, "x", "-1"])
def test_what_replaces_nothing_that_is_there_is_no_error_of_the_program(
    replaces: str, cast: Cast, period: ReportingPeriod, signed_in: SignedIn
) -> None:
    answer = signed_in(cast.reporter).post(ADDRESS, {"file": uploaded(pdf()), "replaces": replaces})
    assert answer.status_code == (400 if replaces == "x" else 404)
    assert not Evidence.objects.exists()


# --- Who may post --------------------------------------------------------------------------------

ALL = (
    "reporter",
    "colleague",
    "co_reporter",
    "stranger",
    "coordinator",
    "leader",
    "auditor",
    "administrator",
)
POSTS: dict[str, list[int]] = {
    "report": [302, 302, 403, 404, 403, 404, 404, 404],
    "contribution": [403, 403, 302, 404, 403, 404, 404, 404],
    "remove": [302, 302, 403, 404, 403, 404, 404, 404],
}


@pytest.mark.parametrize("kind", POSTS)
@pytest.mark.parametrize("who", ALL)
def test_each_role_attaches_and_removes_its_own_alone(
    kind: str, who: str, cast: Cast, period: ReportingPeriod, signed_in: SignedIn
) -> None:
    evidence = attached(task_numbered(4), period, cast.reporter)
    attached(
        task_numbered(4), period, cast.co_reporter, agency=cast.co_reporter.agency, name="a.pdf"
    )
    address = {
        "report": ADDRESS,
        "contribution": f"{contribution_address(cast)}evidence/",
        "remove": f"/evidence/{evidence.pk}/remove/",
    }[kind]
    answer = signed_in(getattr(cast, who)).post(address, {"file": uploaded(ofd(), "公文.ofd")})
    assert answer.status_code == POSTS[kind][ALL.index(who)]


# --- Downloads -----------------------------------------------------------------------------------

# Of a report that is approved, of one that is written, and of a contribution that is written.
DOWNLOADS: dict[str, list[int]] = {
    "approved": [200, 200, 200, 404, 200, 200, 404, 404],
    "draft": [200, 200, 200, 404, 200, 404, 404, 404],
    "contribution": [404, 404, 200, 404, 404, 404, 404, 404],
    "handed over": [200, 200, 200, 404, 200, 404, 404, 404],
}
# Of what was removed before: a leader reads nothing of the way to what is approved, and others than
# the agency nothing of what it took out before it handed its contribution over.
DOWNLOADS_OF_REMOVED = DOWNLOADS | {
    "approved": [200, 200, 200, 404, 200, 404, 404, 404],
    "handed over": [404, 404, 200, 404, 404, 404, 404, 404],
}


@pytest.mark.parametrize("kind", DOWNLOADS)
@pytest.mark.parametrize("is_removed", [False, True])
def test_each_role_gets_the_files_of_what_it_may_read(
    kind: str, is_removed: bool, cast: Cast, period: ReportingPeriod, signed_in: SignedIn
) -> None:
    if kind in ("contribution", "handed over"):
        by = cast.co_reporter
        evidence = attached(task_numbered(4), period, by, agency=by.agency)
    else:
        by = cast.reporter
        evidence = attached(task_numbered(4), period, by)
    if is_removed:
        evidence_remove(evidence=evidence, by=by, now=NOW)
    if kind == "approved":
        approved(task_numbered(4), period, cast.reporter, cast.coordinator)
    if kind == "handed over":
        handed_over(evidence, LATER)
    expected = (DOWNLOADS_OF_REMOVED if is_removed else DOWNLOADS)[kind]
    answers = [signed_in(getattr(cast, who)).get(f"/evidence/{evidence.pk}/") for who in ALL]
    for answer in answers:
        content = answer.getvalue()
        assert (content == pdf()) == (answer.status_code == 200)
    assert dict(zip(ALL, [one.status_code for one in answers], strict=True)) == dict(
        zip(ALL, expected, strict=True)
    )


def test_what_the_lead_had_in_its_hands_stays_to_be_read_when_it_is_replaced(
    cast: Cast, period: ReportingPeriod, signed_in: SignedIn
) -> None:
    by, task = cast.co_reporter, task_numbered(4)
    evidence = attached(task, period, by, agency=by.agency)
    one = handed_over(evidence, NOW)
    contribution_move(contribution=one, move=Move.WITHDRAW, by=by, now=LATER)
    attached(task, period, by, agency=by.agency, content=pdf("b"), replaces=evidence, now=LATER)
    lead = signed_in(cast.reporter)
    assert lead.get(f"/evidence/{evidence.pk}/").status_code == 404
    handed_over(evidence, LATER)
    assert lead.get(f"/evidence/{evidence.pk}/").getvalue() == pdf()
    assert list(lead.get(contribution_address(cast)).context["evidence"].past) == [evidence]


def test_nobody_downloads_without_signing_in(cast: Cast, period: ReportingPeriod) -> None:
    evidence = attached(task_numbered(4), period, cast.reporter)
    answer = Client().get(f"/evidence/{evidence.pk}/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in/")


def test_a_download_is_saved_and_never_shown(
    cast: Cast, period: ReportingPeriod, signed_in: SignedIn
) -> None:
    evidence = attached(
        task_numbered(4), period, cast.reporter, name='现场 "图".png', content=png()
    )
    for method in ("get", "head"):
        answer = getattr(signed_in(cast.reporter), method)(f"/evidence/{evidence.pk}/")
        assert answer["Content-Type"] == "image/png"
        assert answer["Content-Length"] == str(len(png()))
        assert answer["Content-Disposition"] == (
            "attachment; filename*=utf-8''%E7%8E%B0%E5%9C%BA%20_%E5%9B%BE_.png"
        )
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert answer["Cache-Control"] == "private, no-store"
        assert answer.getvalue() == (png() if method == "get" else b"")


def test_bytes_that_are_gone_are_an_error_and_not_an_empty_file(
    cast: Cast, period: ReportingPeriod, signed_in: SignedIn
) -> None:
    evidence = attached(task_numbered(4), period, cast.reporter)
    path_of(evidence.file).write_bytes(b"%PDF")
    with pytest.raises(DamagedFile):
        signed_in(cast.reporter).get(f"/evidence/{evidence.pk}/")


def test_nothing_serves_the_folder(
    cast: Cast, period: ReportingPeriod, signed_in: SignedIn, settings: Settings
) -> None:
    evidence = attached(task_numbered(4), period, cast.reporter)
    served = [settings.STATIC_ROOT, *settings.STATICFILES_DIRS]
    assert not any(path_of(evidence.file).is_relative_to(Path(one)) for one in served)
    assert not settings.MEDIA_URL.strip("/")
    name = evidence.file.storage_name
    for address in (f"/evidence/{name}", f"/static/{name}", f"/media/{name}", f"/{name}"):
        assert signed_in(cast.reporter).get(address).status_code == 404


def test_the_api_lists_what_is_attached_and_gives_the_file(
    cast: Cast, period: ReportingPeriod, signed_in: SignedIn
) -> None:
    task = task_numbered(4)
    measure = task.measures.get(ordinal=2)
    first = attached(task, period, cast.reporter, measure=measure)
    second = attached(task, period, cast.reporter, content=docx(), name="a.docx", replaces=first)
    [earlier, standing] = (
        signed_in(cast.coordinator)
        .get(f"/api/v1/reports/{Report.objects.get().pk}/evidence/")
        .json()
    )
    assert (earlier["id"], earlier["measure"], earlier["removed_by"]) == (first.pk, 2, "张报")
    assert (standing["replaces"], standing["measure"]) == (first.pk, None)
    assert (standing["kind"], standing["size"]) == ("docx", len(docx()))
    assert standing["sha256"] == second.file.sha256
    answer = signed_in(cast.coordinator).get(f"/api/v1/evidence/{second.pk}/")
    assert answer.getvalue() == docx()
    assert answer["Content-Disposition"].startswith("attachment")


# --- Statements ----------------------------------------------------------------------------------


@pytest.mark.parametrize("address", [REPORT, f"{REPORT}edit/", ADDRESS, "/tasks/4/"])
def test_the_statements_of_a_page_do_not_grow_with_what_is_attached(
    address: str,
    cast: Cast,
    period: ReportingPeriod,
    signed_in: SignedIn,
    django_assert_num_queries: DjangoAssertNumQueries,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    task, writer = task_numbered(4), signed_in(cast.reporter)
    measures = [*task.measures.all(), None]
    one = attached(task, period, cast.reporter)
    evidence_remove(evidence=one, by=cast.reporter, now=NOW)
    attached(task, period, cast.reporter, measure=measures[0])
    by = cast.co_reporter
    added = attached(task, period, by, agency=by.agency, name="配合.pdf").contribution
    assert added is not None
    writer.get(address)
    with django_assert_max_num_queries(200) as few:
        writer.get(address)
    for number in range(8):
        later = attached(
            task,
            period,
            cast.colleague,
            name=f"{number}.pdf",
            content=pdf(f"file {number}"),
            measure=measures[number % len(measures)],
        )
        if number % 3 == 0:
            evidence_remove(evidence=later, by=cast.reporter, now=NOW)
    with django_assert_num_queries(len(few)):
        writer.get(address)
