"""Two people confirm, save or move at the same moment: nothing is written twice or unseen."""

from collections.abc import Callable

import pytest

from agencies.models import User
from conftest import NOW, Cast
from progress.models import Report, ReportingPeriod, SheetUpload, UploadState
from progress.tests.acts import saved, task_numbered
from progress.tests.agencies_changed import fresh
from progress.tests.test_mergers_at_the_same_time import at_once, holding
from progress.workflow import Conflict, content_of
from progress.workflow.sheets import (
    ComparisonMoved,
    comparison_of,
    form_issue,
    sheet_confirm,
    sheet_upload,
)
from tasks.models import Status

pytestmark = pytest.mark.django_db(transaction=True)

BOTH_ORDERS = pytest.mark.parametrize("swapped", [False, True])


def filled(by: User, period: ReportingPeriod, text: str) -> SheetUpload:
    """This person's form, with these words on the first measure of task 4."""
    form, lines = form_issue(by=by, period=period, now=NOW)
    at = next(
        index
        for index, line in enumerate(lines)
        if line.standing.task.number == 4 and line.measure and line.standing.agency is None
    )
    said = {
        index: {field: (value, "举措进展!F5") for field, value in line.said.items()}
        for index, line in enumerate(lines)
    }
    said[at]["text"] = (text, "举措进展!F5")
    return sheet_upload(by=by, key=form.key, said=said, name="填报表.xlsx", now=NOW)


class Confirming:
    """A person who has looked at an upload and confirms it; what stood in the way."""

    def __init__(self, upload: SheetUpload, by: User) -> None:
        self.upload, self.by = upload, fresh(by)
        self.seen = comparison_of(upload=upload, by=self.by).seen
        self.refused: Conflict | None = None

    def __call__(self) -> None:
        try:
            sheet_confirm(upload=self.upload, by=self.by, now=NOW, choices={}, seen=self.seen)
        except Conflict as refused:
            self.refused = refused


def both(
    period: ReportingPeriod,
    first: Callable[[], object],
    other: Callable[[], object],
    *,
    swapped: bool,
) -> None:
    outcome = at_once(holding(period), [other, first] if swapped else [first, other])
    assert outcome == [None, None]


@BOTH_ORDERS
def test_of_two_forms_of_the_same_cell_one_is_written_and_the_other_shown_anew(
    cast: Cast, period: ReportingPeriod, *, swapped: bool
) -> None:
    mine = Confirming(filled(cast.reporter, period, "我的话"), cast.reporter)
    theirs = Confirming(filled(cast.colleague, period, "同事的话"), cast.colleague)
    both(period, mine, theirs, swapped=swapped)
    refused = [one for one in (mine, theirs) if one.refused]
    written = [one for one in (mine, theirs) if not one.refused]
    assert len(refused) == len(written) == 1
    assert isinstance(refused[0].refused, ComparisonMoved)
    (asked,) = refused[0].refused.comparison.asked
    text = content_of(Report.objects.get()).measures[0].text
    assert (asked.stored, text) == (text, "我的话" if written == [mine] else "同事的话")
    refused[0].upload.refresh_from_db()
    assert refused[0].upload.state == UploadState.WAITING


@BOTH_ORDERS
def test_one_upload_confirmed_by_two_is_written_once(
    cast: Cast, period: ReportingPeriod, *, swapped: bool
) -> None:
    upload = filled(cast.reporter, period, "我的话")
    mine, theirs = Confirming(upload, cast.reporter), Confirming(upload, cast.colleague)
    both(period, mine, theirs, swapped=swapped)
    assert [bool(one.refused) for one in (mine, theirs)].count(True) == 1
    assert Report.objects.get().version == 1


@BOTH_ORDERS
def test_a_form_and_a_draft_at_the_same_moment_lose_neither(
    cast: Cast, period: ReportingPeriod, *, swapped: bool
) -> None:
    task, colleague = task_numbered(4), fresh(cast.colleague)
    mine = Confirming(filled(cast.reporter, period, "我的话"), cast.reporter)
    stale: list[Conflict] = []

    def drafted() -> None:
        try:
            saved(task, period, colleague, Status.IN_PROGRESS)
        except Conflict as refused:
            stale.append(refused)

    both(period, mine, drafted, swapped=swapped)
    text = content_of(Report.objects.get()).measures[0].text
    if mine.refused:
        assert text == "举措1已推进"
    else:
        assert text in ("我的话", "举措1已推进") if not stale else text == "我的话"
