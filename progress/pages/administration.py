"""Where administrators begin: accounts, agencies and the calendar at a glance."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from agencies.accounts import accounts_visible_to
from agencies.administering import administrator_check
from agencies.models import AGENCY_ROLES, Agency, AgencyKind, Role, User
from agencies.pages import reader_of
from progress.workdays import WorkCalendar

# How far deadlines and due dates reach that people plan with.
YEARS_AHEAD = 2


@dataclass(frozen=True, slots=True)
class RoleCount:
    """How many accounts have the role, how many of these can sign in, and where they are listed."""

    label: str
    count: int
    active: int
    address: str


@dataclass(frozen=True, slots=True)
class AgenciesSo:
    """The agencies of which something is so; `name` is the place of their list on the page."""

    name: str
    agencies: Sequence[Agency]


@require_safe
def administration(request: HttpRequest) -> HttpResponse:
    """How many accounts of each role there are, which agencies lack people, and which years of the
    calendar are estimated; every number leads to its rows. Raises PermissionDenied for all others.

    The same few statements however many accounts and agencies there are.
    """
    user = reader_of(request)
    administrator_check(user)
    agencies = list(
        Agency.objects.visible_to(user)
        .select_related("successor")
        .annotate(has_people=_with(AGENCY_ROLES), has_approver=_with([Role.APPROVER]))
        .order_by("pk")
    )
    # A body of members speaks through another agency: it has no people of its own.
    standing = [one for one in agencies if not one.has_ended]
    of_their_own = [one for one in standing if one.kind != AgencyKind.COLLECTIVE]
    return render(
        request,
        "progress/administration.html",
        {
            "roles": _roles(user),
            "accounts_address": reverse("accounts"),
            "standing": len(standing),
            "without_people": AgenciesSo(
                "without-people",
                [one for one in of_their_own if not one.has_people],  # type: ignore[attr-defined]
            ),
            "without_approver": AgenciesSo(
                "without-approver",
                [
                    one
                    for one in of_their_own
                    if one.has_people and not one.has_approver  # type: ignore[attr-defined]
                ],
            ),
            "ended": AgenciesSo("ended", [one for one in agencies if one.has_ended]),
            "estimated_years": _estimated_years(timezone.localdate()),
        },
    )


def _with(roles: Collection[str]) -> Exists:
    return Exists(User.objects.filter(agency=OuterRef("pk"), role__in=roles, is_active=True))


def _roles(user: User) -> list[RoleCount]:
    accounts = accounts_visible_to(user).order_by()
    counts = {
        (role, is_active): count
        for role, is_active, count in accounts.values("role", "is_active")
        .annotate(count=Count("pk"))
        .values_list("role", "is_active", "count")
    }
    return [
        RoleCount(
            label=str(role.label),
            count=counts.get((role.value, True), 0) + counts.get((role.value, False), 0),
            active=counts.get((role.value, True), 0),
            address=f"{reverse('accounts')}?{urlencode({'role': role.value})}",
        )
        for role in Role
    ]


def _estimated_years(today: dt.date) -> list[int]:
    """The years from this one on of which some day rests on weekends alone: one statement."""
    calendar = WorkCalendar.load()
    return [
        year
        for year in range(today.year, today.year + YEARS_AHEAD)
        if any(calendar.is_estimated(dt.date(year, month, 1)) for month in range(1, 13))
    ]
