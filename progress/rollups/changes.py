"""The period before, and what changed since: matters to coordinate then and now."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact
from django.utils import timezone

from agencies.models import User
from progress.models import Matter, MatterEvent, MatterMove, ReportingPeriod
from progress.rollups.rows import period_read, reading_day
from progress.statements import WrittenOnce
from progress.workdays import ONE_DAY


@dataclass(frozen=True, slots=True)
class Change:
    """A number now, and what it was before."""

    now: int
    before: int

    @property
    def by(self) -> int:
        """How many more there are; negative where there are fewer."""
        return self.now - self.before


@dataclass(frozen=True, slots=True)
class MattersTold:
    """How many matters were raised and not closed as of the period, and as of the one `before` it
    (None where there is none), and how many are in which state now."""

    unsettled: int
    unsettled_before: int | None
    by_state: Mapping[str, int]


def period_before(
    *, period: ReportingPeriod, periods: Iterable[ReportingPeriod]
) -> ReportingPeriod | None:
    """Of these periods the one before it in time, of the same cadence; None where it is the first.

    One that a coordinator left out is skipped: what is compared is what there is.
    """
    earlier = [one for one in periods if one.kind == period.kind and one.ends_on < period.starts_on]
    return max(earlier, key=lambda one: one.ends_on, default=None)


def reading_moment(period: ReportingPeriod | None, *, now: dt.datetime) -> dt.datetime:
    """Until when what happened counts for the period: the end of its `reading_day`.

    `now` while it is open or as things stand are asked for; nothing that came after its closing.
    """
    read = period_read(period)
    if read is None or read.closed_at is None:
        return now
    day = reading_day(read, today=timezone.localdate(now))
    return min(read.closed_at, timezone.make_aware(dt.datetime.combine(day + ONE_DAY, dt.time())))


def matters_unsettled(*, user: User, at: dt.datetime) -> int:
    """How many of the matters that this person may read were raised and not closed at that moment:
    one statement."""
    return sum(count for _state, count in _UNSETTLED.for_reader(user, at))


def matters_unsettled_at(*, matters: QuerySet[Matter], at: dt.datetime) -> QuerySet[Matter]:
    """Those of these matters that were raised and not closed at that moment.

    Told by their history: a matter may have been closed and taken up again since. `matters` are
    those that the reader may read (`Matter.objects.visible_to(user)`).
    """
    return matters.filter(_unsettled(at))


def _unsettled(at: dt.datetime) -> Q:
    events = MatterEvent.objects.filter(matter=OuterRef("pk"), at__lte=at)
    turns = events.filter(move__in=[MatterMove.CLOSE, MatterMove.REOPEN]).order_by("-pk")
    last = Coalesce(Subquery(turns.values("move")[:1]), Value(MatterMove.REOPEN.value))
    return Q(Exists(events.filter(move=MatterMove.RAISE))) & Q(
        Exact(last, Value(MatterMove.REOPEN.value))
    )


_UNSETTLED = WrittenOnce(
    lambda user, at: (
        matters_unsettled_at(matters=Matter.objects.visible_to(user), at=at)
        .order_by()
        .values_list("state")
        .annotate(count=Count("pk"))
    )
)


def matters_told(
    *,
    user: User,
    period: ReportingPeriod | None,
    before: ReportingPeriod | None,
    now: dt.datetime,
) -> MattersTold:
    """What is told of the matters that this person may read: one statement."""
    then = _moment_before(period, before, now=now) if period and before else now
    found = _TOLD.for_reader(user, reading_moment(period, now=now), then)
    return MattersTold(
        unsettled=sum(at for _state, _count, at, _then in found),
        unsettled_before=sum(one for *_of_now, one in found) if before else None,
        by_state={state: count for state, count, _at, _then in found},
    )


_TOLD = WrittenOnce(
    lambda user, at, then: (
        Matter.objects.visible_to(user)
        .order_by()
        .values_list("state")
        .annotate(
            count=Count("pk"),
            unsettled=Count("pk", filter=_unsettled(at)),
            before=Count("pk", filter=_unsettled(then)),
        )
    )
)


def matters_change(
    *,
    user: User,
    period: ReportingPeriod,
    before: ReportingPeriod,
    now: dt.datetime,
) -> Change:
    """The unsettled matters that this person may read as of the period and as of the one before:
    two statements.

    The period before is read as of its closing; one that is still open, as of the moment on which
    the later one was opened.
    """
    return Change(
        matters_unsettled(user=user, at=reading_moment(period, now=now)),
        matters_unsettled(user=user, at=_moment_before(period, before, now=now)),
    )


def _moment_before(
    period: ReportingPeriod, before: ReportingPeriod, *, now: dt.datetime
) -> dt.datetime:
    then = before.closed_at and reading_moment(before, now=now)
    return then or min(period.opened_at, now)
