"""The stored documents of closed periods on pages, in the API and from the command line."""

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agencies.models import User
from conftest import NOW, Cast
from progress.closings import erratum_create_with_edition, period_close_with_edition, sha256_of
from progress.filestore import path_of
from progress.models import Edition, EditionPart, Notice, Report, ReportingPeriod
from progress.tests.acts import approved, task_numbered
from tasks.models import Status

pytestmark = pytest.mark.wide

SignedIn = Callable[[User], Client]
PAGE = "/periods/2026-10/editions/"
API = "/api/v1/periods/2026-10/editions/"


@pytest.fixture
def report(cast: Cast, period: ReportingPeriod) -> Report:
    report = approved(task_numbered(4), period, cast.reporter, cast.coordinator)
    period_close_with_edition(period=period, by=cast.coordinator, now=NOW)
    return Report.objects.select_related("period").get(pk=report.pk)


@pytest.fixture
def corrected_report(report: Report, cast: Cast) -> Report:
    erratum_create_with_edition(
        report=report,
        field="problems",
        new="资金尚未到位",
        reason="漏报",
        by=cast.coordinator,
        now=NOW + dt.timedelta(days=1),
    )
    return report


def stored(number: int, part: EditionPart) -> bytes:
    edition = Edition.objects.get(number=number)
    return path_of(edition.stored(part)).read_bytes()


def test_each_role_gets_the_parts_that_are_for_it_and_no_other(
    corrected_report: Report, cast: Cast, signed_in: SignedIn
) -> None:
    open_to = {
        "coordinator": {"internal", "public", "figures", "manifest"},
        "leader": {"public", "manifest"},
        "auditor": {"manifest"},
    }
    for name, person in cast.everyone().items():
        if not person.is_active:
            continue
        client, parts = signed_in(person), open_to.get(name, set())
        page, listed = client.get(PAGE), client.get(API)
        # Who has no part in reporting does not know of periods at all.
        refused = {403, 404}
        if not parts:
            assert page.status_code in refused, name
            assert listed.status_code in refused, name
        else:
            assert page.status_code == listed.status_code == 200
            for edition in listed.json():
                assert {one["part"] for one in edition["parts"]} == parts
        for part in EditionPart.values:
            for address in (f"{PAGE}2/{part}/", f"{API}2/{part}/"):
                answer = client.get(address)
                if part in parts:
                    assert answer.status_code == 200
                    assert f'href="{PAGE}2/{part}/"' in page.content.decode()
                else:
                    assert answer.status_code in refused, (name, address)


def test_who_is_not_signed_in_gets_nothing(report: Report, client: Client) -> None:
    for address in (PAGE, f"{PAGE}1/public/"):
        assert client.get(address).status_code == 302
    for address in (API, f"{API}1/public/"):
        assert client.get(address).status_code == 401


def test_the_page_of_the_period_lists_each_edition_with_its_digests(
    corrected_report: Report, cast: Cast, signed_in: SignedIn
) -> None:
    page = signed_in(cast.coordinator).get("/periods/2026-10/").content.decode()
    assert page.index('id="edition-2"') < page.index('id="edition-1"')
    assert "已由第2版取代" in page
    assert "第1号勘误，第4项任务" in page
    for edition in Edition.objects.all():
        assert edition.internal.sha256 in page
        assert edition.public.sha256 in page
        assert sha256_of(edition.manifest.encode()) in page


def test_the_api_lists_the_editions_with_addresses_that_lead_to_their_bytes(
    corrected_report: Report, cast: Cast, signed_in: SignedIn
) -> None:
    client = signed_in(cast.coordinator)
    first, second = client.get(API).json()
    assert (first["number"], first["erratum"], second["erratum"]) == (1, None, 1)
    for edition in (first, second):
        for part in edition["parts"]:
            answer = client.get(part["address"])
            assert sha256_of(answer.content) == part["sha256"]
            assert len(answer.content) == part["size"]
            assert "attachment" in answer["Content-Disposition"]


@pytest.mark.parametrize(
    "address", [f"{PAGE}3/public/", f"{PAGE}1/brief/", f"{API}3/public/", f"{API}1/brief/"]
)
def test_what_there_is_not_is_not_found(
    address: str, report: Report, cast: Cast, signed_in: SignedIn
) -> None:
    assert signed_in(cast.coordinator).get(address).status_code == 404


def test_an_open_period_has_none_and_says_when_it_will(
    cast: Cast, period: ReportingPeriod, signed_in: SignedIn
) -> None:
    client = signed_in(cast.coordinator)
    assert "关闭填报期时生成第1版" in client.get(PAGE).content.decode()
    assert client.get(API).json() == []


def test_the_whole_list_of_a_closed_period_is_the_stored_workbook_everywhere(
    corrected_report: Report, cast: Cast, signed_in: SignedIn, tmp_path: Path
) -> None:
    client = signed_in(cast.coordinator)
    latest = stored(2, EditionPart.INTERNAL)
    for address in (
        "/export/progress.xlsx?period=2026-10",
        "/export/progress.xlsx?period=2026-10&chapter=&q=",
        "/api/v1/periods/2026-10/progress.xlsx",
    ):
        assert client.get(address).content == latest, address
    target = tmp_path / "report.xlsx"
    call_command("export_progress", period="2026-10", output=str(target), verbosity=0)
    assert target.read_bytes() == latest
    # A part of it was never stored.
    for address in (
        "/export/progress.xlsx?period=2026-10&chapter=1",
        "/export/progress.xlsx?period=2026-10&tasks=4",
        "/api/v1/periods/2026-10/progress.xlsx?chapter=1",
    ):
        answer = client.get(address)
        assert answer.status_code == 200
        assert answer.content != latest


def test_between_two_periods_the_latest_ones_stored_workbook_is_served(
    report: Report, cast: Cast, signed_in: SignedIn
) -> None:
    answer = signed_in(cast.coordinator).get("/export/progress.xlsx")
    assert answer.status_code == 200
    assert answer.content == stored(1, EditionPart.INTERNAL)


def test_a_damaged_workbook_is_a_409_that_says_what_to_do_and_a_notice(
    report: Report, cast: Cast, signed_in: SignedIn, tmp_path: Path
) -> None:
    path = path_of(Edition.objects.get().internal)
    path.write_bytes(b"x" * path.stat().st_size)
    client = signed_in(cast.coordinator)
    for address in (
        f"{PAGE}1/internal/",
        f"{API}1/internal/",
        "/export/progress.xlsx?period=2026-10",
        "/api/v1/periods/2026-10/progress.xlsx",
    ):
        answer = client.get(address)
        assert answer.status_code == 409, address
        assert "verify_editions" in answer.content.decode()
    with pytest.raises(CommandError, match="verify_editions"):
        call_command("export_progress", period="2026-10", output=str(tmp_path / "report.xlsx"))
    assert Notice.objects.get().user == cast.coordinator
    # The other one is as it was.
    assert client.get(f"{PAGE}1/public/").status_code == 200


def test_closing_and_correcting_by_page_and_api_make_editions(
    cast: Cast, period: ReportingPeriod, signed_in: SignedIn
) -> None:
    approved(task_numbered(4), period, cast.reporter, cast.coordinator)
    client = signed_in(cast.coordinator)
    assert client.post("/api/v1/periods/2026-10/close/").status_code == 200
    assert Edition.objects.get().made_by == cast.coordinator
    address = "/tasks/4/reports/2026-10/erratum/?field=status&measure=1"
    form = client.get(address).context["form"]
    typed = {"seen": form["seen"].value(), "new": Status.ONGOING, "reason": "口径有误"}
    assert client.post(address, typed).status_code == 302
    made = Edition.objects.get(number=2)
    assert json.loads(made.manifest)["erratum"]["field"] == "status"


def test_a_full_disk_leaves_the_period_open_and_says_so(
    cast: Cast, period: ReportingPeriod, signed_in: SignedIn, evidence_dir: Path
) -> None:
    (evidence_dir / "incoming").write_bytes(b"")
    answer = signed_in(cast.coordinator).post("/periods/2026-10/close/")
    assert answer.status_code == 409
    assert "EVIDENCE_DIR" in answer.content.decode()
    period.refresh_from_db()
    assert period.is_open


def test_more_editions_cost_no_more_statements(
    report: Report, cast: Cast, signed_in: SignedIn
) -> None:
    client = signed_in(cast.coordinator)

    def statements(address: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    addresses = (PAGE, API)
    before = [statements(address) for address in addresses]
    erratum_create_with_edition(
        report=report, field="problems", new="一", reason="漏报", by=cast.coordinator, now=NOW
    )
    erratum_create_with_edition(
        report=report, field="next_steps", new="二", reason="漏报", by=cast.coordinator, now=NOW
    )
    assert [statements(address) for address in addresses] == before
