"""What the hour starts from: the list, closed months, an open one due today, and its people."""

import datetime as dt
import itertools
from collections.abc import Mapping, Sequence

from django.conf import settings
from django.test import Client
from django.utils import timezone

from agencies.models import Agency, Role, User
from progress.models import ReportingPeriod
from tasks.models import Division, Responsibility
from tianjin_pilot.benchmark.filling import list_and_people, months_lay_out, statistics_refresh
from tianjin_pilot.tests.load.people import Account
from tianjin_pilot.tests.load.told import Item

# Of 200 people one approver for each of 54 agencies, and as few of fewer.
APPROVERS = 54 / 200


def lay_out(*, people: int, coordinators: int, months: int, now: dt.datetime) -> None:
    """The official list, so many closed months, one that nobody has begun and that is due today,
    so many people of agencies, coordinators, and a leader."""
    list_and_people(copies=1, now=now)
    months_lay_out(months=months + 1, shown=months + 1, now=now, open_month={})
    # Whatever day it is, for reminders and lights it is the last one.
    ReportingPeriod.objects.open().update(due_on=timezone.localdate(now))
    owed = _owed_by_agency()
    approvers = round(people * APPROVERS)
    # One reporter of each agency there is already; more of them where there is most to write.
    writers = dict.fromkeys(list(owed)[: people - approvers], 1)
    made = []
    for _another in range(people - approvers - len(writers)):
        most = max(writers, key=lambda pk: len(owed[pk]) / writers[pk])
        writers[most] += 1
        made.append(_made(f"reporter-{most}-{writers[most]}", Role.REPORTER, most))
    made += [_made(f"approver-{pk}", Role.APPROVER, pk) for pk in list(owed)[:approvers]]
    made += [_made(f"coordinator-{one}", Role.COORDINATOR) for one in range(2, coordinators + 1)]
    User.objects.bulk_create(made)
    # Of agencies that are left out nobody works.
    idle = User.objects.filter(role=Role.REPORTER).exclude(agency__in=writers)
    idle.update(is_active=False)
    statistics_refresh()


def accounts_signed_in() -> list[Account]:
    """Everybody who works, each with a session of their own; without the auditor."""
    owed, numbers = _owed_by_agency(), itertools.count()
    found = []
    for agency in Agency.objects.order_by("pk"):
        items = owed.get(agency.pk, [])
        people = User.objects.filter(agency=agency, is_active=True)
        writers = list(people.filter(role=Role.REPORTER).order_by("pk"))
        for place, writer in enumerate(writers):
            mine = items[place :: len(writers)] or items[place % len(items) :][:1]
            found.append(_signed_in(next(numbers), writer, mine, items))
        found += [_signed_in(next(numbers), one) for one in people.filter(role=Role.APPROVER)]
    others = User.objects.filter(role__in=[Role.COORDINATOR, Role.LEADER]).order_by("pk")
    return found + [_signed_in(next(numbers), one) for one in others]


def _made(username: str, role: Role, agency: int | None = None) -> User:
    user = User(username=username, name="某人", role=role, agency_id=agency)
    user.set_unusable_password()
    return user


def _signed_in(
    number: int, user: User, items: Sequence[Item] = (), shared: Sequence[Item] = ()
) -> Account:
    client = Client()
    client.force_login(user)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    return Account(number, user.pk, user.role, session, items, shared)


def _owed_by_agency() -> Mapping[int, list[Item]]:
    """What each agency writes in the open month, by its id; who has most to write stands first."""
    code = ReportingPeriod.objects.open().get().code
    owed: dict[int, list[Item]] = {}
    for part in Responsibility.objects.select_related("task").order_by("task__number", "position"):
        if part.position == 1:
            item = Item(part.task.number, code, None)
        elif part.task.division != Division.CO_LEAD:
            item = Item(part.task.number, code, part.agency_id)
        else:
            continue
        owed.setdefault(part.agency_id, []).append(item)
    return dict(sorted(owed.items(), key=lambda one: (-len(one[1]), one[0])))
