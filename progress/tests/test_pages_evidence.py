"""The pages of evidence: attaching by a form, what is shown to whom, and downloads."""

from collections.abc import Callable
from pathlib import Path

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from agencies.models import User
from conftest import NOW, Cast
from progress.filestore import DamagedFile, path_of
from progress.models import Evidence, Policy, Report, ReportingPeriod
from progress.tests.acts import approved, attached, handed_in, saved, task_numbered
from progress.tests.files import docx, ofd, pdf, png, uploaded, xlsx
from progress.workflow import evidence_remove
from tasks.models import Status

SignedIn = Callable[[User], Client]
REPORT = "/tasks/4/reports/2026-10/"
ADDRESS = f"{REPORT}evidence/"


@pytest.fixture(autouse=True)
def pinned() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


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
    assert (answer.status_code, answer["Location"]) == (302, f"{REPORT}edit/#evidence")
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


def test_what_is_larger_than_any_rule_allows_is_not_even_taken_in(
    cast: Cast,
    period: ReportingPeriod,
    signed_in: SignedIn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("progress.filestore.uploads.LARGEST", 100_000)
    monkeypatch.setattr("progress.pages.evidence.LARGEST", 100_000)
    answer = signed_in(cast.reporter).post(ADDRESS, {"file": uploaded(b"%PDF" * 100_000)})
    assert answer.status_code == 413


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
    again = writer.post(f"/evidence/{evidence.pk}/remove/", headers=asked)
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
}


@pytest.mark.parametrize("kind", DOWNLOADS)
@pytest.mark.parametrize("is_removed", [False, True])
def test_each_role_gets_the_files_of_what_it_may_read(
    kind: str, is_removed: bool, cast: Cast, period: ReportingPeriod, signed_in: SignedIn
) -> None:
    if kind == "contribution":
        by = cast.co_reporter
        evidence = attached(task_numbered(4), period, by, agency=by.agency)
    else:
        by = cast.reporter
        evidence = attached(task_numbered(4), period, by)
    if is_removed:
        evidence_remove(evidence=evidence, by=by, now=NOW)
    if kind == "approved":
        approved(task_numbered(4), period, cast.reporter, cast.coordinator)
    answers = [signed_in(getattr(cast, who)).get(f"/evidence/{evidence.pk}/") for who in ALL]
    for answer in answers:
        content = answer.getvalue()
        assert (content == pdf()) == (answer.status_code == 200)
    assert dict(zip(ALL, [one.status_code for one in answers], strict=True)) == dict(
        zip(ALL, DOWNLOADS[kind], strict=True)
    )


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
