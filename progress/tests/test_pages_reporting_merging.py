"""Two people on one draft: both texts side by side, and either can be taken field by field."""

from collections.abc import Callable

import pytest
import time_machine
from django.test import Client

from agencies.models import User
from conftest import NOW, Cast
from progress.models import Report, ReportingPeriod
from progress.tests.acts import task_numbered
from progress.workflow import LONGEST_TEXT, content_of
from tasks.models import Status

EDIT = "/tasks/4/reports/2026-10/edit/"


@pytest.fixture(autouse=True)
def _now() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


def typed(version: int, text: str, status: str = Status.IN_PROGRESS) -> dict[str, object]:
    fields: dict[str, object] = {"version": version, "then": "stay"}
    for measure in task_numbered(4).measures.all():
        fields[f"status_{measure.pk}"] = status
        fields[f"text_{measure.pk}"] = text
    return fields | {"problems": f"{text}的问题", "next_steps": "下一步", "coordination": ""}


def stored() -> Report:
    return Report.objects.get(task__number=4, period__code="2026-10")


@pytest.fixture
def mine(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> tuple[Client, Client]:
    """The reporter's client, and the colleague's who has saved first."""
    writer, colleague = signed_in(cast.reporter), signed_in(cast.colleague)
    colleague.post(EDIT, typed(0, "同事", Status.COMPLETED))
    return writer, colleague


def test_both_texts_stand_side_by_side_with_who_saved_and_when(
    mine: tuple[Client, Client],
) -> None:
    answer = mine[0].post(EDIT, typed(0, "我"))
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "赵同" in page
    assert "2026-10-22 10:00" in page
    first = task_numbered(4).measures.order_by("ordinal")[0]
    assert f'name="take_text_{first.pk}"' in page
    assert f'name="take_status_{first.pk}"' in page
    assert 'name="take_problems"' in page
    assert 'name="take_next_steps"' not in page  # the same in both
    assert 'data-saves="by-hand"' in page
    # Of the stored text the words are marked that the writer has not.
    assert "<ins>同事</ins>的问题" in page
    assert "<del>" not in page


def test_of_each_field_the_stored_text_can_be_taken_without_a_script(
    mine: tuple[Client, Client],
) -> None:
    first, *_others = task_numbered(4).measures.order_by("ordinal")
    mine[0].post(EDIT, typed(0, "我"))
    took = {f"take_text_{first.pk}": "on", f"take_status_{first.pk}": "on", "take_problems": "on"}
    assert mine[0].post(EDIT, typed(1, "我") | took).status_code == 302
    content = content_of(stored())
    assert (content.measures[0].text, content.measures[0].status) == ("同事", Status.COMPLETED)
    assert {m.text for m in content.measures[1:]} == {"我"}
    assert {m.status for m in content.measures[1:]} == {Status.IN_PROGRESS}
    assert content.problems == "同事的问题"


def test_what_was_to_be_taken_stays_taken_where_the_form_is_refused(
    mine: tuple[Client, Client],
) -> None:
    fields = typed(1, "我") | {"take_problems": "on", "next_steps": "长" * (LONGEST_TEXT + 1)}
    answer = mine[0].post(EDIT, fields)
    assert answer.status_code == 400
    assert answer.context["form"]["problems"].value() == "同事的问题"


def test_what_was_looked_at_is_not_taken_from_a_third_save(mine: tuple[Client, Client]) -> None:
    mine[0].post(EDIT, typed(0, "我"))
    mine[1].post(EDIT, typed(1, "同事又"))
    answer = mine[0].post(EDIT, typed(1, "我") | {"take_problems": "on"})
    assert answer.status_code == 409
    assert answer.context["form"]["problems"].value() == "我的问题"
    assert "同事又的问题" in answer.content.decode()
    assert stored().problems == "同事又的问题"


def test_asking_for_the_stored_text_of_a_field_that_is_none_does_nothing(
    mine: tuple[Client, Client],
) -> None:
    took = {"take_version": "on", "take_state": "on", "take_": "on"}
    assert mine[0].post(EDIT, typed(1, "我") | took).status_code == 302
    assert stored().problems == "我的问题"
