"""A form that was open while the list was revised: no measure's text is dropped unseen."""

from collections.abc import Callable

import pytest
import time_machine
from django.test import Client

from agencies.models import User
from conftest import NOW, Cast
from progress.models import Contribution, Report, ReportingPeriod
from progress.pages.contribution_form import ContributionForm
from progress.pages.forms import ReportForm
from progress.tests.acts import task_numbered
from progress.workflow import content_of, period_close
from tasks.models import Measure, Status

EDIT = "/tasks/4/reports/2026-10/edit/"
AS_SCRIPT = {"Accept": "application/json"}


@pytest.fixture(autouse=True)
def _now() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def writer(cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(cast.reporter)


@pytest.fixture
def contribution(cast: Cast) -> str:
    """Where the co-reporter's agency writes what it adds to task 4."""
    return f"/tasks/4/reports/2026-10/contributions/{cast.co_reporter.agency_id}/edit/"


def typed(then: str = "stay") -> dict[str, object]:
    """The form as it is when it is opened; what is revised afterwards is not in it."""
    fields: dict[str, object] = {"version": 0, "then": then}
    for measure in task_numbered(4).measures.order_by("ordinal"):
        fields[f"status_{measure.pk}"] = Status.IN_PROGRESS
        fields[f"text_{measure.pk}"] = f"写了第{measure.ordinal}条"
    return fields | {"problems": "问题", "next_steps": "", "coordination": "", "remarks": "备注"}


def last_measure() -> Measure:
    return task_numbered(4).measures.order_by("-ordinal")[0]


def added() -> Measure:
    return Measure.objects.create(
        task=task_numbered(4), ordinal=last_measure().ordinal + 1, text="新增举措"
    )


def as_it_now_is(form: ReportForm | ContributionForm) -> dict[str, object]:
    """What the page that was answered would send when its button is pressed."""
    return {field.name: field.value() or "" for field in form}


def test_a_form_with_a_measure_that_is_gone_does_not_save_itself(writer: Client) -> None:
    fields, gone = typed("autosave"), last_measure()
    gone.delete()
    answer = writer.post(EDIT, fields, headers=AS_SCRIPT)
    assert (answer.status_code, answer.json()["kind"]) == (409, "measures")
    assert "保存草稿" in answer.json()["problem"] or "Save draft" in answer.json()["problem"]
    assert not Report.objects.exists()


def test_the_button_shows_what_was_typed_of_it_to_be_copied_and_then_saves_the_rest(
    writer: Client,
) -> None:
    fields, gone = typed(), last_measure()
    ordinal = gone.ordinal
    gone.delete()
    answer = writer.post(EDIT, fields)
    assert answer.status_code == 409
    (lost,) = answer.context["lost"]
    assert (lost.place, lost.text) == (ordinal, f"写了第{ordinal}条")
    page = answer.content.decode()
    assert f'<p class="prose stored">写了第{ordinal}条</p>' in page
    assert "写了第1条</textarea>" in page
    assert not Report.objects.exists()
    saved = writer.post(EDIT, as_it_now_is(answer.context["form"]) | {"then": "stay"})
    assert saved["Location"] == EDIT
    said = content_of(Report.objects.get())
    assert [m.text for m in said.measures] == [f"写了第{n}条" for n in range(1, ordinal)]


def test_a_measure_that_is_gone_and_of_which_nothing_was_typed_is_in_nobodys_way(
    writer: Client,
) -> None:
    fields, gone = typed("autosave"), last_measure()
    fields[f"text_{gone.pk}"] = " \u200b\n"
    gone.delete()
    assert writer.post(EDIT, fields, headers=AS_SCRIPT).status_code == 200


def test_a_measure_that_was_added_meanwhile_is_asked_for_and_nothing_typed_is_lost(
    writer: Client,
) -> None:
    by_itself, by_button = typed("autosave"), typed()
    new = added()
    answer = writer.post(EDIT, by_itself, headers=AS_SCRIPT)
    assert (answer.status_code, answer.json()["kind"]) == (409, "measures")
    assert str(new.ordinal) in answer.json()["problem"]
    answer = writer.post(EDIT, by_button)
    assert answer.status_code == 409
    assert not answer.context["form"].errors
    assert "写了第1条</textarea>" in answer.content.decode()
    assert "新增举措" in answer.content.decode()
    assert not Report.objects.exists()
    saved = writer.post(EDIT, as_it_now_is(answer.context["form"]) | {"then": "stay"})
    assert saved["Location"] == EDIT
    said = content_of(Report.objects.get()).measures
    assert (said[0].text, said[-1].measure_id, said[-1].text) == ("写了第1条", new.pk, "")


def test_where_the_period_has_been_closed_as_well_everything_stays_to_be_copied(
    writer: Client, cast: Cast, period: ReportingPeriod
) -> None:
    by_itself, by_button, gone = typed("autosave"), typed(), last_measure()
    text = f"写了第{gone.ordinal}条"
    gone.delete()
    period_close(period=period, by=cast.coordinator, now=NOW)
    assert writer.post(EDIT, by_itself, headers=AS_SCRIPT).json()["kind"] == "closed"
    answer = writer.post(EDIT, by_button)
    assert answer.status_code == 409
    assert answer.context["is_shut"]
    assert text in answer.content.decode()
    assert "写了第1条</textarea>" in answer.content.decode()


def test_a_contribution_keeps_what_was_typed_of_a_measure_that_is_gone(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client], contribution: str
) -> None:
    client = signed_in(cast.co_reporter)
    by_itself, by_button, gone = typed("autosave"), typed("submit"), last_measure()
    text = f"写了第{gone.ordinal}条"
    gone.delete()
    answer = client.post(contribution, by_itself, headers=AS_SCRIPT)
    assert (answer.status_code, answer.json()["kind"]) == (409, "measures")
    answer = client.post(contribution, by_button)
    assert answer.status_code == 409
    assert [one.text for one in answer.context["lost"]] == [text]
    assert text in answer.content.decode()
    assert not Contribution.objects.exists()
    client.post(contribution, as_it_now_is(answer.context["form"]) | {"then": "stay"})
    assert Contribution.objects.get().remarks == "备注"


def test_a_measure_that_was_added_is_in_no_contributions_way(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client], contribution: str
) -> None:
    fields = typed("autosave")
    added()
    answer = signed_in(cast.co_reporter).post(contribution, fields, headers=AS_SCRIPT)
    assert answer.status_code == 200
