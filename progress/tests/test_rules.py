"""Rule: coordinators set the reporting rules; what is opened keeps its days (报送规则)."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client

from agencies.models import User
from conftest import NOW, Cast
from progress.models import CalendarCorrection, PeriodKind, Policy, ReportingPeriod, Roll
from progress.workflow import (
    RULES,
    Conflict,
    correction_add,
    correction_remove,
    period_open,
    policy_change,
    rules_digest,
)

SignedIn = Callable[[User], Client]


def rules(**changes: Any) -> dict[str, Any]:
    return {name: getattr(Policy(), name) for name in RULES} | changes


def changed(cast: Cast, **changes: Any) -> Policy:
    return policy_change(
        now=NOW,
        by=cast.coordinator,
        started_from=rules_digest(Policy.current()),
        rules=rules(**changes),
    )


# --- the writer ------------------------------------------------------------------------------


def test_every_field_of_the_policy_is_a_rule() -> None:
    assert {field.name for field in Policy._meta.fields} == {"id", *RULES}


def test_the_first_change_makes_the_row_and_the_next_writes_it(cast: Cast) -> None:
    changed(cast, due_day=27)
    assert Policy.current().due_day == 27
    changed(cast, due_day=28, due_roll=Roll.LATER)
    assert Policy.objects.count() == 1
    assert (Policy.current().due_day, Policy.current().due_roll) == (28, Roll.LATER)


def test_nobody_but_a_coordinator_sets_the_rules(cast: Cast) -> None:
    for name, person in cast.everyone().items():
        if name != "coordinator":
            with pytest.raises(PermissionDenied):
                policy_change(
                    now=NOW, by=person, started_from=rules_digest(Policy()), rules=rules()
                )
    assert not Policy.objects.exists()


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"cadence": "weekly"}, ["cadence"]),
        ({"opens_day": 0}, ["opens_day"]),
        ({"due_day": 29}, ["due_day"]),
        ({"opens_day": 26}, ["due_day"]),
        ({"due_roll": "sideways"}, ["due_roll"]),
        ({"yellow_working_days": 61}, ["yellow_working_days"]),
        ({"remind_before": "5, 61"}, ["remind_before"]),
        ({"remind_before": "5, 5"}, ["remind_before"]),
        ({"remind_after": "0"}, ["remind_after"]),
        ({"remind_after": "-1"}, ["remind_after"]),
        ({"remind_after": "tomorrow"}, ["remind_after"]),
        ({"remind_after": ", ".join(map(str, range(1, 12)))}, ["remind_after"]),
        ({"remind_again_every": 61}, ["remind_again_every"]),
        ({"review_working_days": 0}, ["review_working_days"]),
        ({"answer_working_days": 61}, ["answer_working_days"]),
        ({"escalate_to_approver": 4}, ["escalate_to_leader"]),
        ({"escalate_to_leader": 0, "escalate_to_approver": 9}, ["escalate_to_coordinators"]),
        ({"send_from": dt.time(20, 0)}, ["send_until"]),
        ({"opens_day": 26, "send_until": dt.time(7, 0)}, ["due_day", "send_until"]),
    ],
)
def test_a_rule_that_cannot_hold_is_refused_at_its_field(
    changes: dict[str, Any], errors: list[str], cast: Cast
) -> None:
    with pytest.raises(ValidationError) as refused:
        changed(cast, **changes)
    assert sorted(refused.value.message_dict) == errors
    assert not Policy.objects.exists()


def test_who_started_from_other_rules_is_refused(cast: Cast) -> None:
    seen = rules_digest(Policy.current())
    changed(cast, due_day=27)
    with pytest.raises(Conflict):
        policy_change(now=NOW, by=cast.coordinator, started_from=seen, rules=rules(due_day=26))
    assert Policy.current().due_day == 27


def test_periods_that_are_opened_keep_their_days(cast: Cast, period: ReportingPeriod) -> None:
    changed(cast, opens_day=1, due_day=5)
    period.refresh_from_db()
    assert (period.opens_on, period.due_on) == (dt.date(2026, 10, 20), dt.date(2026, 10, 23))
    following = period_open(code="2026-11", by=cast.coordinator, now=NOW)
    assert following.due_on == dt.date(2026, 11, 5)


# --- the page --------------------------------------------------------------------------------


def typed(page: Any, **changes: Any) -> dict[str, Any]:
    """What the page's form sends, boxes that are not ticked left out."""
    form = page.context["form"]
    data = {name: form[name].value() for name in form.fields}
    data = {name: value for name, value in (data | changes).items() if value is not False}
    return {name: "on" if value is True else str(value) for name, value in data.items()}


@pytest.fixture
def office(cast: Cast, signed_in: SignedIn) -> Client:
    return signed_in(cast.coordinator)


def test_the_page_saves_every_rule(office: Client, cast: Cast) -> None:
    page = office.get("/rules/")
    answer = office.post(
        "/rules/",
        typed(
            page,
            cadence=PeriodKind.QUARTER,
            opens_day=10,
            opens_by_calendar=False,
            due_day=15,
            due_roll=Roll.LATER,
            agency_review=False,
            completion_needs_evidence=True,
            evidence_files=5,
            evidence_megabytes=8,
            yellow_working_days=7,
            yellow_for_missing_report=False,
            remind_before="３，10",
            remind_after="",
            remind_again_every=0,
            remind_report=False,
            remind_returned=False,
            remind_contribution=False,
            remind_agency_review=False,
            remind_deadline=False,
            remind_matter=False,
            remind_review=False,
            review_working_days=4,
            answer_working_days=6,
            escalate_to_approver=2,
            escalate_to_leader=0,
            escalate_to_coordinators=8,
            send_from="09:00",
            send_until="18:30",
        ),
    )
    assert answer.status_code == 302
    saved = Policy.current()
    assert [getattr(saved, name) for name in RULES] == [
        PeriodKind.QUARTER,
        10,
        False,
        15,
        Roll.LATER,
        False,
        True,
        5,
        8,
        7,
        False,
        "10, 3",
        "",
        0,
        *[False] * 7,
        4,
        6,
        2,
        0,
        8,
        dt.time(9, 0),
        dt.time(18, 30),
    ]


def test_the_page_says_when_the_next_period_would_open_and_be_due(
    office: Client, cast: Cast, period: ReportingPeriod
) -> None:
    with time_machine.travel(NOW, tick=False):
        page = office.get("/rules/", headers={"accept-language": "en"})
    ahead = page.context["ahead"]
    assert (ahead.code, ahead.due_on) == ("2026-11", dt.date(2026, 11, 25))
    assert not ahead.due_is_estimated
    period_open(code="2026-12", by=cast.coordinator, now=NOW)
    with time_machine.travel(NOW, tick=False):
        page = office.get("/rules/")
    assert page.context["ahead"].code == "2027-01"
    assert page.context["ahead"].due_is_estimated


def test_a_mistake_stands_at_its_field_and_nothing_is_saved(office: Client) -> None:
    page = office.get("/rules/")
    answer = office.post("/rules/", typed(page, opens_day=26, yellow_working_days=""))
    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == ["yellow_working_days"]
    answer = office.post("/rules/", typed(page, opens_day=26))
    assert list(answer.context["form"].errors) == ["due_day"]
    assert answer.context["form"]["opens_day"].value() == "26"
    assert not Policy.objects.exists()


def test_the_later_of_two_saves_is_refused_with_a_sentence(office: Client, cast: Cast) -> None:
    page = office.get("/rules/")
    assert office.post("/rules/", typed(page, due_day=27)).status_code == 302
    answer = office.post("/rules/", typed(page, due_day=26))
    assert answer.status_code == 409
    assert answer.context["problem"]
    assert Policy.current().due_day == 27


def test_no_other_role_may_save_the_rules(cast: Cast, signed_in: SignedIn) -> None:
    for name, person in cast.everyone().items():
        if name != "coordinator" and person.is_active:
            assert signed_in(person).post("/rules/", {}).status_code == 403


# --- the working calendar --------------------------------------------------------------------


def test_administrators_alone_correct_the_calendar(cast: Cast) -> None:
    day = dt.date(2027, 10, 1)
    correction = correction_add(
        now=NOW, by=cast.administrator, day=day, working=False, note=" 国庆节 "
    )
    assert correction.note == "国庆节"
    for name, person in cast.everyone().items():
        if name != "administrator":
            with pytest.raises(PermissionDenied):
                correction_add(now=NOW, by=person, day=dt.date(2027, 10, 2), working=True)
            with pytest.raises(PermissionDenied):
                correction_remove(now=NOW, by=person, correction=correction)
    correction_remove(now=NOW, by=cast.administrator, correction=correction)
    assert not CalendarCorrection.objects.exists()


@pytest.mark.parametrize("day", ["1999-12-31", "3000-01-01"])
def test_a_day_out_of_reach_is_refused(day: str, cast: Cast) -> None:
    with pytest.raises(ValidationError) as refused:
        correction_add(now=NOW, by=cast.administrator, day=dt.date.fromisoformat(day), working=True)
    assert list(refused.value.message_dict) == ["day"]


@pytest.fixture
def keeper(cast: Cast, signed_in: SignedIn) -> Client:
    return signed_in(cast.administrator)


def test_the_calendar_page_adds_a_correction_and_removes_it(keeper: Client) -> None:
    wanted = {"day": "2027-10-01", "working": "no", "note": "国庆节"}
    assert keeper.post("/calendar/", wanted).status_code == 302
    correction = CalendarCorrection.objects.get()
    assert (correction.day, correction.working) == (dt.date(2027, 10, 1), False)
    again = keeper.post("/calendar/", wanted | {"working": "yes"})
    assert again.status_code == 400
    assert list(again.context["form"].errors) == ["day"]
    assert keeper.post(f"/calendar/{correction.pk}/remove/").status_code == 302
    assert not CalendarCorrection.objects.exists()
    assert keeper.post(f"/calendar/{correction.pk}/remove/").status_code == 404


def test_the_calendar_page_says_what_the_library_says_of_a_day(keeper: Client) -> None:
    for day, working, library in (
        ("2026-10-10", True, True),
        ("2026-10-01", False, False),
        ("2027-10-01", True, None),
        ("2027-10-02", False, None),
    ):
        read = keeper.get("/calendar/", {"look_up": day}).context["looked_up"]
        assert (read.working, read.library) == (working, library)
    assert keeper.get("/calendar/", {"look_up": "soon"}).status_code == 200
    CalendarCorrection.objects.create(day=dt.date(2026, 10, 10), working=False)
    read = keeper.get("/calendar/", {"look_up": "2026-10-10"}).context["looked_up"]
    assert (read.working, read.library) == (False, True)


def test_the_calendar_page_tells_the_known_years_and_idle_corrections(keeper: Client) -> None:
    CalendarCorrection.objects.create(day=dt.date(2026, 10, 10), working=True)
    page = keeper.get("/calendar/")
    assert (page.context["first_year"], page.context["last_year"]) == (2004, 2026)
    assert page.context["corrections"][0].changes_nothing


def test_no_other_role_may_write_the_calendar(cast: Cast, signed_in: SignedIn) -> None:
    correction = CalendarCorrection.objects.create(day=dt.date(2027, 10, 1), working=False)
    for name, person in cast.everyone().items():
        if name != "administrator" and person.is_active:
            client = signed_in(person)
            wanted = {"day": "2027-10-02", "working": "yes"}
            assert client.post("/calendar/", wanted).status_code == 403
            assert client.post(f"/calendar/{correction.pk}/remove/").status_code == 403
    assert CalendarCorrection.objects.count() == 1
