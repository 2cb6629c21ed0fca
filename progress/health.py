"""Whether the product's machinery runs: the trace that each job leaves, and what it says by now."""

import contextlib
import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db import DatabaseError, models
from django.db.models import Count, Max, Min
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext_lazy

from agencies.models import User
from progress.models import Channel, JobRun, Reminder, ReminderState
from progress.timetable import TIMETABLE, Entry
from progress.workers import Queue, queue_standing

# A worker that does one job at a time may be busy for ten minutes (see the time limits in the
# settings) before it takes the next one; what has not begun five minutes later is overdue.
ALLOWANCE = dt.timedelta(minutes=15)


class JobState(models.TextChoices):
    """How the last run of a job stands."""

    NEVER = "never", pgettext_lazy("job", "has not run yet")
    RUNNING = "running", pgettext_lazy("job", "running")
    DONE = "done", pgettext_lazy("job", "done")
    FAILED = "failed", pgettext_lazy("job", "failed")
    CUT_OFF = "cut_off", pgettext_lazy("job", "cut off")


@dataclass(frozen=True, slots=True)
class JobHealth:
    """An entry of the timetable, its last run, and when the next is due.

    `next_at` lies behind where it `is_overdue`; `fault` is the kind of error that ended the run.
    """

    entry: Entry
    state: JobState
    started_at: dt.datetime | None
    fault: str
    next_at: dt.datetime
    is_overdue: bool


@dataclass(frozen=True, slots=True)
class HeldUp:
    """Messages that no attempt was made for, since the server they go through cannot be used: so
    many since a moment, and what the server said."""

    channel: Channel
    count: int
    since: dt.datetime
    answer: str


@dataclass(frozen=True, slots=True)
class Health:
    """The machinery at one moment; `queue` is None where the broker cannot be reached, `is_ordered`
    whether beat has ordered anything of late."""

    queue: Queue | None
    jobs: Sequence[JobHealth]
    is_ordered: bool
    held_up: Sequence[HeldUp] = ()

    @property
    def warnings(self) -> list[str]:
        """What is wrong, each in a plain sentence with what it means; the cause alone where what
        follows from it would be said again."""
        if self.queue is None:
            return [
                _(
                    "The broker cannot be reached, so no job runs: reminders and exports wait. "
                    "Nothing is lost. Ask whoever keeps the server to start it."
                )
            ]
        if not self.queue.worker_answers:
            return [
                _(
                    "No worker answers, so no job runs: reminders and exports wait. Nothing is "
                    "lost. Ask whoever keeps the server to start one."
                )
            ]
        if not self.is_ordered:
            return [
                _(
                    "A worker answers, but the timetable (beat) orders nothing. Ask whoever keeps "
                    "the server to start it."
                ),
                *self._failed(),
            ]
        return [*self._overdue(), *self._failed(), *self._held_up()]

    def _overdue(self) -> Iterator[str]:
        for job in (one for one in self.jobs if one.is_overdue):
            yield _("“%(job)s” should have begun at %(moment)s and has not.") % {
                "job": job.entry.label,
                "moment": _moment(job.next_at),
            }

    def _failed(self) -> Iterator[str]:
        for job in self.jobs:
            values = {"job": job.entry.label, "fault": job.fault}
            if job.state == JobState.FAILED:
                yield (
                    _("The last run of “%(job)s” ended with an error (%(fault)s); see the log.")
                    % values
                )
            elif job.state == JobState.CUT_OFF:
                yield (
                    _("The last run of “%(job)s” was cut off; the next one does the rest.") % values
                )

    def _held_up(self) -> Iterator[str]:
        for one in self.held_up:
            yield ngettext(
                "%(count)d message (%(channel)s) has been waiting since %(moment)s: its server "
                "cannot be used (%(answer)s). It goes out once that can, or within that of a later "
                "day.",
                "%(count)d messages (%(channel)s) have been waiting since %(moment)s: their server "
                "cannot be used (%(answer)s). They go out once that can, or within those of a "
                "later day.",
                one.count,
            ) % {
                "count": one.count,
                "channel": one.channel.label,
                "moment": _moment(one.since),
                "answer": _(one.answer),
            }


def may_see_health(user: User) -> bool:
    """Coordinators learn why a reminder waits, administrators what to ask of who keeps the
    server."""
    return user.is_coordinator or user.is_administrator


def health_at(now: dt.datetime) -> Health:
    """How the machinery stands. Two statements, and a question to the broker."""
    runs = {run.job: run for run in JobRun.objects.all()}
    return Health(
        queue_standing(),
        [_health_of(entry, runs, now) for entry in TIMETABLE],
        is_of_late(
            max((one.ordered_at for one in runs.values() if one.ordered_at), default=None), now
        ),
        _held_up(),
    )


def _held_up() -> list[HeldUp]:
    # What an address itself refused has its next moment; what waits for its server has none.
    rows = Reminder.objects.filter(state=ReminderState.OWED, try_after=None).exclude(answer="")
    counted = (
        rows.order_by()
        .values("channel")
        .annotate(count=Count("pk"), since=Min("recorded_at"), said=Max("answer"))
    )
    return [
        HeldUp(Channel(one["channel"]), one["count"], one["since"], one["said"])
        for one in counted.order_by("channel")
    ]


def is_of_late(ordered_at: dt.datetime | None, now: dt.datetime) -> bool:
    """Whether beat lives, judged by when it last ordered a run: it orders one every minute."""
    return ordered_at is not None and now <= ordered_at + ALLOWANCE


def last_ordered_at() -> dt.datetime | None:
    """When a worker last began a job that the timetable had ordered; None where it never did."""
    found: dt.datetime | None = JobRun.objects.aggregate(last=Max("ordered_at"))["last"]
    return found


@contextlib.contextmanager
def job_traced(*, job: str, is_ordered: bool, clock: Callable[[], dt.datetime]) -> Iterator[None]:
    """Leave the trace of a run, which is what happens within the block, whatever ends it.

    `is_ordered`: by the timetable, and not by a person. A run that is killed leaves its beginning.
    """
    now = clock()
    begun = {"started_at": now, "ended_at": None, "fault": ""}
    ordered = {"ordered_at": now} if is_ordered else {}
    JobRun.objects.update_or_create(job=job, defaults={**begun, **ordered})
    try:
        yield
    except BaseException as error:
        # The error itself is what has to be heard of, also where it was the database's.
        with contextlib.suppress(DatabaseError):
            job_ended(job=job, now=clock(), fault=type(error).__name__)
        raise
    job_ended(job=job, now=clock(), fault="")


def job_ended(*, job: str, now: dt.datetime, fault: str) -> None:
    JobRun.objects.filter(job=job).update(ended_at=now, fault=fault)


def _health_of(entry: Entry, runs: Mapping[str, JobRun], now: dt.datetime) -> JobHealth:
    run = runs.get(entry.job)
    if run is None:
        return JobHealth(entry, JobState.NEVER, None, "", entry.next_after(now), is_overdue=False)
    expected = entry.next_after(run.ordered_at or run.started_at)
    is_overdue = expected + ALLOWANCE < now
    return JobHealth(
        entry,
        _state_of(run, now),
        run.started_at,
        run.fault,
        expected if is_overdue else entry.next_after(now),
        is_overdue,
    )


def _state_of(run: JobRun, now: dt.datetime) -> JobState:
    if run.ended_at is not None:
        return JobState.FAILED if run.fault else JobState.DONE
    return JobState.CUT_OFF if run.started_at + ALLOWANCE < now else JobState.RUNNING


def _moment(moment: dt.datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"
