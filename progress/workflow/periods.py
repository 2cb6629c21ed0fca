"""Opening periods, by a coordinator or by the calendar, and closing them."""

import datetime as dt
import logging
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from agencies.audit import audit_note, audited
from agencies.models import User
from progress.cadence import (
    PeriodCodeError,
    Span,
    due_on,
    latest_span_opened,
    opens_on,
    span_of,
)
from progress.models import AGENCIES_KEPT, KeptFigures, KeptList, Policy, ReportingPeriod
from progress.rollups import figures_added_up, figures_to_keep, words_at_closing, words_of_list
from progress.workdays import WorkCalendar
from progress.workflow.bigrams import bigrams_keep
from progress.workflow.conflicts import Conflict
from tasks.models import Responsibility

logger = logging.getLogger(__name__)


def period_open(*, code: str, by: User, now: dt.datetime) -> ReportingPeriod:
    """Open the period with this code, by a coordinator.

    Its days come from Policy and the working calendar; opened before its day by the calendar, it
    opens today. Raises ValidationError, keyed "code", for a code that is none or not of the cadence
    in force, and Conflict for a period that exists or overlaps one that does.
    """
    _check_coordinator(by)
    policy = Policy.current()
    try:
        span = span_of(code)
    except PeriodCodeError as error:
        raise ValidationError(
            {
                "code": [
                    _(
                        "“%(code)s” is no period; write a month as 2026-10, a quarter as 2026-Q3, "
                        "a half-year as 2026-H2 or a year as 2026."
                    )
                    % {"code": code}
                ]
            }
        ) from error
    if span.kind != policy.cadence:
        raise ValidationError(
            {
                "code": [
                    _("The cadence is “%(cadence)s”; open a period of that kind.")
                    % {"cadence": policy.get_cadence_display()}
                ]
            }
        )
    with transaction.atomic():
        _lock_openings()
        overlapping = ReportingPeriod.objects.filter(
            starts_on__lte=span.ends_on, ends_on__gte=span.starts_on
        ).first()
        if overlapping and overlapping.code == span.code:
            raise Conflict(
                _("Period %(code)s has been opened already; open the next one.")
                % {"code": span.code}
            )
        if overlapping:
            raise _covered(overlapping.code)
        return _write(span, policy=policy, by=by, now=now)


def period_open_by_calendar(*, now: dt.datetime) -> ReportingPeriod | None:
    """Open the period whose day has come, if Policy lets the calendar do so; None where not.

    The calendar goes on from what a coordinator began: it opens the latest period of the cadence in
    force whose day has come, after every period there is, so it opens none before the first, none
    twice, and none of the past that a coordinator left out. Called any number of times, also late
    or twice at once, it opens a period once.
    """
    policy = Policy.current()
    if not policy.opens_by_calendar:
        return None
    span = latest_span_opened(timezone.localdate(now), policy)
    try:
        with transaction.atomic():
            _lock_openings()
            latest = ReportingPeriod.objects.latest_first().first()
            if latest is None or latest.ends_on >= span.starts_on:
                return None
            period = _write(span, policy=policy, by=None, now=now)
    except Conflict:
        return None
    logger.info("period %s is open by the calendar, reports are due %s", period, period.due_on)
    return period


def period_close(*, period: ReportingPeriod, by: User, now: dt.datetime) -> ReportingPeriod:
    """Close the period, by a coordinator: its reports stay as they are, missing ones missing.

    The tasks and measures that the list has now are kept with it, and its figures count those. They
    are kept with it too, of the whole list, of each chapter and of each agency.
    """
    _check_coordinator(by)
    with transaction.atomic():
        period = ReportingPeriod.objects.select_for_update().get(pk=period.pk)
        if not period.is_open:
            raise Conflict(_("Period %(code)s is closed already.") % {"code": period.code})
        words = words_of_list()
        with audited("period.close", period, by=by, now=now):
            period.closed_at, period.closed_by = now, by
            period.register_at_closing = {**_register_of(words), AGENCIES_KEPT: _answering_now()}
            period.light_rules_at_closing = Policy.current().light_rules
            period.calendar_at_closing = WorkCalendar.load().to_keep()
            period.save(
                update_fields=[
                    "closed_at",
                    "closed_by",
                    "register_at_closing",
                    "light_rules_at_closing",
                    "calendar_at_closing",
                ]
            )
        KeptList.objects.create(period=period, words=words)
        _figures_write(period)
        bigrams_keep([period])
    return period


def figures_keep(*, period: ReportingPeriod) -> bool:
    """Keep what a period lacks that was closed by a release that kept less; False if it has all.

    Its figures are those that it is read with now: as of its closing, lit by the rules and the
    calendar of today, which are kept with it. The words of the list are read back from what it
    replaced since. Raises Conflict for a period that is open.
    """
    with transaction.atomic():
        period = ReportingPeriod.objects.select_for_update().get(pk=period.pk)
        if period.is_open:
            raise Conflict(_("Period %(code)s is open; its figures still move.") % {"code": period})
        has_figures = period.kept_figures.exists()
        has_list = KeptList.objects.filter(period=period).exists()
        if has_figures and has_list and period.calendar_at_closing is not None:
            return False
        if not has_list:
            KeptList.objects.create(period=period, words=words_at_closing(period))
        if period.light_rules_at_closing is None:
            period.light_rules_at_closing = Policy.current().light_rules
        if period.calendar_at_closing is None:
            period.calendar_at_closing = WorkCalendar.load().to_keep()
        period.save(update_fields=["light_rules_at_closing", "calendar_at_closing"])
        if not has_figures:
            _figures_write(period)
    logger.info("the figures of period %s are kept", period)
    return True


def figures_keep_absent() -> list[ReportingPeriod]:
    """Keep what closed periods lack (`figures_keep`); returns those that did, the oldest first.

    Each in a transaction of its own. Called any number of times it does nothing more.
    """
    closed = ReportingPeriod.objects.exclude(closed_at=None)
    without = closed.filter(
        ~Exists(KeptFigures.objects.filter(period=OuterRef("pk")))
        | Q(calendar_at_closing__isnull=True)
        | Q(kept_list=None)
    )
    return [period for period in without.order_by("ends_on") if figures_keep(period=period)]


def _figures_write(period: ReportingPeriod) -> None:
    assert period.closed_at is not None
    closed_on = timezone.localdate(period.closed_at)
    found = figures_added_up(period=period, today=closed_on)
    KeptFigures.objects.bulk_create(
        [
            KeptFigures(period=period, figures=figures_to_keep(found.whole)),
            *(
                KeptFigures(period=period, chapter_number=number, figures=figures_to_keep(figures))
                for number, figures in found.chapters.items()
            ),
            *(
                KeptFigures(period=period, agency_id=agency_id, figures=figures_to_keep(figures))
                for agency_id, figures in found.agencies.items()
            ),
        ]
    )


def _register_of(words: Mapping[str, Any]) -> dict[str, list[int]]:
    """The ids of each task's measures, by the task's id as JSON writes keys."""
    return {
        str(task_id): [pk for pk, _text in measures] for task_id, *_said, measures in words["tasks"]
    }


def _answering_now() -> dict[str, Any]:
    """Who answers for each task, in the shape of `ReportingPeriod.register_at_closing`.

    One statement. Mergers and changes of a task's agencies wait for the period's row, which is
    locked.
    """
    names: dict[str, list[str]] = {}
    tasks: dict[str, list[Any]] = {}
    parts = Responsibility.objects.order_by("task__number", "position").values_list(
        "task_id",
        "task__division",
        "agency_id",
        "agency__name",
        "agency__short_name",
        "role",
        "written_name",
    )
    for task_id, division, agency_id, name, short_name, role, written in parts:
        names[str(agency_id)] = [name, short_name]
        part = [agency_id, role, "" if written == name else written]
        tasks.setdefault(str(task_id), [division, []])[1].append(part)
    return {"names": names, "tasks": tasks}


def _lock_openings() -> None:
    """Let one opening wait for the other: the latest period's row stands for all of them."""
    ReportingPeriod.objects.select_for_update().latest_first().only("pk").first()


def _write(span: Span, *, policy: Policy, by: User | None, now: dt.datetime) -> ReportingPeriod:
    try:
        # Two first periods at once have no row to wait at; the code, which is unique, tells them.
        with transaction.atomic():
            period = ReportingPeriod.objects.create(
                code=span.code,
                kind=span.kind,
                starts_on=span.starts_on,
                ends_on=span.ends_on,
                opens_on=min(opens_on(span, policy), timezone.localdate(now)),
                due_on=due_on(span, policy, WorkCalendar.load()),
                opened_at=now,
                opened_by=by,
                opened_by_calendar=by is None,
            )
            audit_note("period.open", period, by=by, now=now)
            return period
    except IntegrityError as error:
        raise _covered(span.code) from error


def _covered(code: str) -> Conflict:
    return Conflict(_("Period %(code)s covers these days already.") % {"code": code})


def _check_coordinator(user: User) -> None:
    if not user.is_active or not user.is_coordinator:
        raise PermissionDenied(_("Only a coordinator opens and closes periods."))
