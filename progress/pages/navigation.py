"""What every page's frame shows: the reader's own places, and how much waits there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from agencies.models import Role, User
from progress.models import Contribution, Reminder, Report
from progress.rollups import settling_count

# In the order in which they stand at the top of the page, by role.
PLACES: Mapping[str, Sequence[str]] = {
    Role.REPORTER: ["my-tasks", "board", "overview", "task-list", "registers", "agencies"],
    Role.APPROVER: [
        "my-tasks",
        "review-queue",
        "board",
        "overview",
        "task-list",
        "registers",
        "agencies",
    ],
    Role.COORDINATOR: [
        "overview",
        "board",
        "task-list",
        "registers",
        "agencies",
        "review-queue",
        "periods",
        "settling",
    ],
    Role.LEADER: ["overview", "board", "task-list", "registers", "agencies"],
    Role.AUDITOR: ["overview", "task-list", "agencies"],
    Role.ADMINISTRATOR: ["administration", "accounts", "agencies-kept", "calendar"],
}

# Pages that are reached through an entry of the frame, by the entry; a report through the first of
# its entries that the reader has.
WITHIN: Mapping[str, Sequence[str]] = {
    "chapter": ["overview"],
    "matrix": ["overview"],
    "task": ["task-list"],
    "measure-list": ["task-list"],
    "saved-list": ["task-list"],
    "saved-list-add": ["task-list"],
    "task-history": ["task-list"],
    "agency": ["agencies"],
    "report": ["my-tasks", "review-queue", "task-list"],
    "report-edit": ["my-tasks"],
    "report-unchanged": ["my-tasks"],
    "report-move": ["my-tasks", "review-queue"],
    "report-looked-at": ["review-queue"],
    "review-approve": ["review-queue"],
    "contribution": ["my-tasks", "review-queue", "task-list"],
    "contribution-edit": ["my-tasks"],
    "contribution-move": ["my-tasks", "review-queue"],
    "task-duties": ["my-tasks"],
    "task-agencies": ["task-list"],
    "task-deadlines": ["task-list"],
    "deadlines-bulk": ["task-list"],
    "tasks-together": ["task-list"],
    "tasks-approve": ["task-list"],
    "board-remind": ["board"],
    "extension-add": ["my-tasks"],
    "extension": ["registers"],
    "completion": ["registers"],
    "report-results": ["my-tasks"],
    "register-matters": ["registers"],
    "register-extensions": ["registers"],
    "register-completions": ["registers"],
    "register-results": ["registers"],
    "matter": ["registers"],
    "matter-move": ["registers"],
    "result": ["registers"],
    "result-strike": ["registers"],
    "period": ["periods"],
    "period-close": ["periods"],
    "report-erratum": ["periods"],
    "rules": ["periods"],
    "calendar-remove": ["calendar"],
    "account-add": ["accounts"],
    "account-edit": ["accounts"],
    "account-password": ["accounts"],
    "agency-add": ["agencies-kept"],
    "agency-edit": ["agencies-kept"],
    "agency-rename": ["agencies-kept"],
    "agency-merge": ["agencies-kept"],
    "agency-contacts": ["agencies"],
    "token-revoke": ["tokens"],
    "help": ["help-home"],
}

TOOL_ICONS = {"inbox": "inbox", "help-home": "help"}


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the frame.

    `current` is what aria-current says of it: "page" on that very page, "true" on one reached
    through it, else "". `count` is how much waits there, 0 where nothing can.
    """

    url: str
    label: str
    current: str
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
    name of those who have one; two for what coordinators have to settle.
    """
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {"reader": None}
    return {"reader": user, "navigation": _navigation_of(user, request)}


def _navigation_of(user: User, request: HttpRequest) -> Navigation:
    labels = {
        "my-tasks": _("My tasks"),
        "overview": _("Overview"),
        "board": _("Hand-in board"),
        "task-list": _("Pilot tasks"),
        "registers": _("Registers"),
        "agencies": _("Agencies"),
        "review-queue": _("Review"),
        "periods": _("Reporting periods"),
        "settling": _("Things to settle"),
        "calendar": _("Working calendar"),
        "administration": _("Administration"),
        "accounts": _("Accounts"),
        "agencies-kept": _("Agencies"),
        "inbox": _("Inbox"),
        "help-home": _("Help"),
        "password": _("Change password"),
        "tokens": _("API tokens"),
    }
    here = request.resolver_match.view_name if request.resolver_match else ""
    names = PLACES[user.role]
    parent = next(
        (name for name in WITHIN.get(here, ()) if name in (*names, "tokens", "help-home")), ""
    )

    def places(names: Sequence[str], **counts: int) -> list[Place]:
        return [
            Place(
                url=reverse(name),
                label=labels[name],
                current="page" if name == here else "true" if name == parent else "",
                count=counts.get(name.replace("-", "_"), 0),
                icon=TOOL_ICONS.get(name, ""),
            )
            for name in names
        ]

    waiting = 0
    if "review-queue" in names:
        waiting = Report.objects.waiting_for_review(user).count()
        if user.role == Role.APPROVER:
            waiting += Contribution.objects.waiting_for_review(user).count()
    unsettled = settling_count() if "settling" in names else 0
    tools = places(["help-home"])
    if not user.is_administrator:
        unread = Reminder.objects.inbox_of(user).filter(read_at=None).count()
        tools = places(["inbox", "help-home"], inbox=unread)
    role = str(Role(user.role).label)
    return Navigation(
        places=places(names, review_queue=waiting, settling=unsettled),
        tools=tools,
        account=places(["password", "tokens"]),
        standing=f"{user.agency.short_name} {role}" if user.agency else role,
    )
