"""History is written once: nothing in the product changes a row of it or takes one away."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from agencies.models import User
from conftest import NOW, Cast
from progress.models import (
    ContributionEvent,
    Erratum,
    ErratumField,
    KeptRecordError,
    ReportEvent,
    ReportingPeriod,
)
from progress.states import Move
from progress.tests.acts import approved, task_numbered
from progress.workflow import (
    ContributionContent,
    MeasureText,
    contribution_move,
    contribution_save,
    period_close,
)

KEPT = [ReportEvent, ContributionEvent, Erratum]


@pytest.fixture
def history(cast: Cast, period: ReportingPeriod) -> None:
    """A row of each kind."""
    task = task_numbered(4)
    report = approved(task, period, cast.reporter, cast.coordinator)
    agency = cast.co_reporter.agency
    assert agency is not None
    contribution = contribution_save(
        task=task,
        period=period,
        agency=agency,
        by=cast.co_reporter,
        now=NOW,
        content=ContributionContent(
            tuple(MeasureText(m.pk, m.ordinal, "") for m in task.measures.order_by("ordinal")),
            nothing_to_add=True,
        ),
        version=0,
    )
    contribution_move(contribution=contribution, move=Move.SUBMIT, by=cast.co_reporter, now=NOW)
    period_close(period=period, by=cast.coordinator, now=NOW)
    Erratum.objects.create(
        period=period,
        number=1,
        report=report,
        field=ErratumField.PROBLEMS,
        old="",
        new="更正",
        reason="漏写",
        at=NOW,
        by=cast.coordinator,
    )


@pytest.mark.parametrize("model", KEPT, ids=lambda model: str(model.__name__))
@pytest.mark.parametrize(
    "change",
    [
        lambda model: model.objects.get_queryset().update(reason="别的"),
        lambda model: model.objects.all().delete(),
        lambda model: model.objects.bulk_update(list(model.objects.all()), ["reason"]),
        lambda model: model.objects.first().save(),
        lambda model: model.objects.first().save(update_fields=["reason"]),
        lambda model: model.objects.first().delete(),
        lambda model: model.objects.update_or_create(
            pk=model.objects.first().pk, defaults={"reason": "别的"}
        ),
    ],
    ids=[
        "update of many",
        "delete of many",
        "bulk update",
        "save",
        "save of a field",
        "delete",
        "update or create",
    ],
)
def test_a_row_of_history_is_never_changed_or_taken_away(
    model: type[ReportEvent], change: Callable[[type[ReportEvent]], object], history: None
) -> None:
    before = list(model.objects.order_by("pk").values())
    assert before
    with pytest.raises(KeptRecordError):
        change(model)
    assert list(model.objects.order_by("pk").values()) == before


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
@pytest.mark.parametrize("who", ["reporter", "coordinator", "auditor"])
def test_the_history_page_can_only_be_read(
    method: str, who: str, cast: Cast, history: None, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(getattr(cast, who))
    assert getattr(client, method)("/tasks/4/history/").status_code == 405


def _makers_of_history() -> Iterator[str]:
    """The modules of the product, tests aside, that make such a row."""
    names = {model.__name__ for model in KEPT}
    root = Path(settings.BASE_DIR)
    for app in ("agencies", "tasks", "progress", "tianjin_pilot"):
        for path in (root / app).rglob("*.py"):
            place = path.relative_to(root)
            if {"tests", "migrations"} & set(place.parts):
                continue
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if not isinstance(node, ast.Call):
                    continue
                said = ast.unparse(node.func)
                if any(
                    said in (name, f"{name}.objects.create", f"{name}.objects.bulk_create")
                    for name in names
                ):
                    yield place.as_posix()


def test_history_is_made_by_the_workflow_alone() -> None:
    makers = set(_makers_of_history())
    assert makers
    # The benchmark makes them in databases of its own, as the plain insert to compare with.
    makers.discard("tianjin_pilot/benchmark/work.py")
    assert all(place.startswith("progress/workflow/") for place in makers), makers
