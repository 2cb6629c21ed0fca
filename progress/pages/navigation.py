"""What every page's frame shows: the reader's own places, and how much waits there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from agencies.models import Role, User
from progress.models import Reminder, Report

# In the order in which they stand at the top of the page, by role.
PLACES: Mapping[str, Sequence[str]] = {
    Role.REPORTER: ["my-tasks", "overview", "task-list", "agencies"],
    Role.APPROVER: ["my-tasks", "review-queue", "overview", "task-list", "agencies"],
    Role.COORDINATOR: ["overview", "task-list", "agencies", "review-queue", "periods"],
    Role.LEADER: ["overview", "task-list", "agencies"],
    Role.AUDITOR: ["overview", "task-list", "agencies"],
    Role.ADMINISTRATOR: ["accounts", "agencies-kept"],
}


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the frame. `count` is how much waits there, 0 where nothing can."""

    url: str
    label: str
    is_here: bool
    count: int = 0
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Navigation:
    """The frame's entries: the main ones, those beside the person's name, and those under it."""

    places: Sequence[Place]
    tools: Sequence[Place]
    account: Sequence[Place]
    standing: str


def navigation(request: HttpRequest) -> dict[str, Any]:
    """`reader`, the person signed in or None, and `navigation`, their `Navigation`.

    Costs a statement each for the inbox, for what waits for those who review, and for the agency's
    name of those who have one.
    """
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {"reader": None}
    return {"reader": user, "navigation": _navigation_of(user, request)}


def _navigation_of(user: User, request: HttpRequest) -> Navigation:
    labels = {
        "my-tasks": _("My tasks"),
        "overview": _("Overview"),
        "task-list": _("Pilot tasks"),
        "agencies": _("Agencies"),
        "review-queue": _("Review"),
        "periods": _("Reporting periods"),
        "accounts": _("Accounts"),
        "agencies-kept": _("Agencies"),
        "inbox": _("Inbox"),
        "password": _("Change password"),
        "tokens": _("API tokens"),
    }
    here = request.resolver_match.view_name if request.resolver_match else ""

    def places(names: Sequence[str], **counts: int) -> list[Place]:
        return [
            Place(
                url=reverse(name),
                label=labels[name],
                is_here=name == here,
                count=counts.get(name.replace("-", "_"), 0),
                icon="inbox" if name == "inbox" else "",
            )
            for name in names
            if _exists(name)
        ]

    names = PLACES[user.role]
    waiting = Report.objects.waiting_for_review(user).count() if "review-queue" in names else 0
    tools = []
    if not user.is_administrator:
        unread = Reminder.objects.inbox_of(user).filter(read_at=None).count()
        tools = places(["inbox"], inbox=unread)
    role = str(Role(user.role).label)
    return Navigation(
        places=places(names, review_queue=waiting),
        tools=tools,
        account=places(["password", "tokens"]),
        standing=f"{user.agency.short_name} {role}" if user.agency else role,
    )


def _exists(name: str) -> bool:
    try:
        reverse(name)
    except NoReverseMatch:
        return False
    return True
