"""Rule: what keeps an agency from reporting is on the coordinators' list until it is settled."""

from collections.abc import Callable

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agencies.accounts import agency_acts_through_set
from agencies.models import Agency, AgencyKind, Role, User
from conftest import NOW, PASSWORD, Cast
from progress.models import ReportingPeriod
from progress.rollups import collective_bodies, settling_count, unstaffed_leads
from progress.tests.acts import saved, task_numbered
from tasks.models import Responsibility, ResponsibilityRole

SignedIn = Callable[[User], Client]


@pytest.fixture
def body(cast: Cast) -> Agency:
    """The body of members that leads task 131."""
    return Agency.objects.get(name="市数据安全工作协调机制成员单位")


@pytest.fixture
def office(cast: Cast, signed_in: SignedIn) -> Client:
    return signed_in(cast.coordinator)


def data_bureau(cast: Cast) -> Agency:
    assert cast.reporter.agency is not None
    return cast.reporter.agency


def settled(cast: Cast, body: Agency, through: Agency) -> Agency:
    return agency_acts_through_set(now=NOW, agency=body, through=through, by=cast.coordinator)


# --- collective bodies -----------------------------------------------------------------------


def test_task_131_is_on_the_list_until_its_body_acts_through_somebody(
    cast: Cast, body: Agency
) -> None:
    [found] = collective_bodies()
    assert (found.agency.id, found.acts_through) == (body.pk, None)
    assert 131 in [number for number, _title in found.tasks]
    assert found.leads == {131}
    before = settling_count()
    settled(cast, body, data_bureau(cast))
    [found] = collective_bodies()
    assert found.acts_through is not None
    assert found.acts_through.name == "市数据局"
    assert settling_count() == before - 1


def test_until_then_nobody_writes_its_report_and_afterwards_that_agencys_reporter_does(
    cast: Cast, body: Agency, period: ReportingPeriod, signed_in: SignedIn
) -> None:
    task = task_numbered(131)
    with time_machine.travel(NOW, tick=False):
        for person in cast.everyone().values():
            with pytest.raises(PermissionDenied):
                saved(task, period, person)
        address = "/tasks/131/reports/2026-10/"
        before = signed_in(cast.reporter)
        assert before.get(f"{address}edit/").status_code in (403, 404)
        assert address not in before.get("/my/").content.decode()
        settled(cast, body, data_bureau(cast))
        reporter = User.objects.get(pk=cast.reporter.pk)
        after = signed_in(reporter)
        assert after.get(f"{address}edit/").status_code == 200
        assert "/tasks/131/" in after.get("/my/").content.decode()
        assert saved(task, period, reporter).task == task
        # A stranger's agency is as much of a stranger as before.
        with pytest.raises(PermissionDenied):
            saved(task, period, User.objects.get(pk=cast.stranger.pk))


def test_another_agency_can_be_chosen_later(cast: Cast, body: Agency) -> None:
    settled(cast, body, data_bureau(cast))
    assert cast.stranger.agency is not None
    settled(cast, body, cast.stranger.agency)
    assert body.pk not in User.objects.get(pk=cast.reporter.pk).agency_ids
    assert body.pk in User.objects.get(pk=cast.stranger.pk).agency_ids


def test_nobody_but_a_coordinator_says_through_whom_a_body_acts(cast: Cast, body: Agency) -> None:
    for name, person in cast.everyone().items():
        if name != "coordinator":
            with pytest.raises(PermissionDenied):
                agency_acts_through_set(now=NOW, agency=body, through=data_bureau(cast), by=person)


def test_an_office_acts_itself_and_a_body_through_none_of_its_kind(
    cast: Cast, body: Agency
) -> None:
    other = Agency.objects.create(name="某协调机制", short_name="某", kind=AgencyKind.COLLECTIVE)
    for agency, through, field in (
        (data_bureau(cast), body, "agency"),
        (body, body, "through"),
        (body, other, "through"),
    ):
        with pytest.raises(ValidationError) as refused:
            settled(cast, agency, through)
        assert list(refused.value.message_dict) == [field]
    # No task names it, so there is nothing of it to settle.
    assert [one.agency.id for one in collective_bodies()] == [body.pk]


# --- leads without people --------------------------------------------------------------------


def test_a_lead_without_an_active_reporter_or_approver_is_named_with_its_tasks(
    cast: Cast, body: Agency
) -> None:
    leads = {one.agency.name: one.tasks for one in unstaffed_leads()}
    assert "市数据局" not in leads
    assert body.name not in leads  # it is named as a body without an agency
    led = Responsibility.objects.filter(role=ResponsibilityRole.LEAD)
    for name, tasks in leads.items():
        assert tasks == led.filter(agency__name=name).count() > 0
    User.objects.filter(agency__name="市数据局").update(is_active=False)
    assert "市数据局" in {one.agency.name for one in unstaffed_leads()}


def test_a_body_that_acts_through_an_agency_without_people_is_named(
    cast: Cast, body: Agency
) -> None:
    settled(cast, body, data_bureau(cast))
    assert body.pk not in [one.agency.id for one in unstaffed_leads()]
    User.objects.filter(agency__name="市数据局").update(is_active=False)
    [found] = [one for one in unstaffed_leads() if one.agency.id == body.pk]
    assert found.acts_through is not None
    assert found.acts_through.name == "市数据局"


# --- the page --------------------------------------------------------------------------------


def test_the_page_sets_the_agency_and_changes_it(office: Client, cast: Cast, body: Agency) -> None:
    assert len(office.get("/settle/").context["to_settle"]) == 1
    wanted = {"body": body.pk, "through": data_bureau(cast).pk}
    assert office.post("/settle/", wanted).status_code == 302
    page = office.get("/settle/")
    assert (len(page.context["to_settle"]), len(page.context["settled"])) == (0, 1)
    office.post("/settle/", wanted | {"through": cast.stranger.agency_id})
    body.refresh_from_db()
    assert body.acts_through_id == cast.stranger.agency_id


def test_the_page_refuses_what_cannot_be_chosen(office: Client, cast: Cast, body: Agency) -> None:
    for through in ("", "0", str(body.pk), "x"):
        answer = office.post("/settle/", {"body": body.pk, "through": through})
        assert answer.status_code == 400
        [shown] = answer.context["to_settle"]
        assert list(shown.form.errors) == ["through"]
    for other in ("", "x", data_bureau(cast).pk):
        assert office.post("/settle/", {"body": other, "through": "1"}).status_code == 404
    body.refresh_from_db()
    assert body.acts_through is None


def test_no_other_role_may_settle(cast: Cast, body: Agency, signed_in: SignedIn) -> None:
    wanted = {"body": body.pk, "through": data_bureau(cast).pk}
    for name, person in cast.everyone().items():
        if name != "coordinator" and person.is_active:
            assert signed_in(person).post("/settle/", wanted).status_code == 403


def test_the_frame_counts_what_there_is_to_settle_for_coordinators(
    office: Client, cast: Cast, body: Agency, signed_in: SignedIn
) -> None:
    def counts(client: Client, address: str) -> dict[str, int]:
        places = client.get(address).context["navigation"].places
        return {place.url: place.count for place in places}

    assert counts(office, "/overview/")["/settle/"] == settling_count() > 1
    assert "/settle/" not in counts(signed_in(cast.leader), "/overview/")


def test_the_pages_statements_do_not_grow_with_bodies_or_agencies(
    office: Client, cast: Cast, body: Agency
) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert office.get("/settle/").status_code == 200
        return len(queries)

    few = statements()
    for number in range(1, 31):
        another = Agency.objects.create(
            name=f"第{number}协调机制",
            short_name=f"机制{number}",
            kind=AgencyKind.COLLECTIVE if number % 2 else AgencyKind.MUNICIPAL,
        )
        Responsibility.objects.create(
            task=task_numbered(number),
            agency=another,
            role=ResponsibilityRole.LEAD,
            position=40,
            written_name=another.name,
        )
    User.objects.create_user(
        "late", PASSWORD, name="后来", role=Role.REPORTER, agency=data_bureau(cast)
    )
    assert statements() == few
