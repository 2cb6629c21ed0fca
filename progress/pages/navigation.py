"""What every page's frame shows: the reader's own places, and how much waits there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from agencies.models import Role, User
from progress.pages.reading import address_of
from progress.rollups import NOTHING_COUNTED, FrameCounts, frame_counts

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
        "reminders",
        "task-list",
        "registers",
        "agencies",
        "review-queue",
        "periods",
        "settling",
    ],
    Role.LEADER: ["overview", "board", "task-list", "registers", "agencies"],
    Role.AUDITOR: ["audit-trail", "changes", "overview", "task-list", "agencies"],
    Role.ADMINISTRATOR: ["administration", "accounts", "agencies-kept", "calendar"],
}

# Pages that are reached through an entry of the frame, by the entry; a report through the first of
# its entries that the reader has.
WITHIN: Mapping[str, Sequence[str]] = {
    "chapter": ["overview"],
    "matrix": ["overview"],
    "changes": ["task-list"],
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
    "deadlines-sheet": ["task-list"],
    "tasks-together": ["task-list"],
    "export": ["overview"],
    "tasks-approve": ["task-list"],
    "list-revise": ["task-list"],
    "board-remind": ["board"],
    "running": ["reminders", "administration"],
    "reminder-ledger": ["reminders"],
    "reminder-pauses": ["reminders"],
    "reminder-pause-end": ["reminders"],
    "extension-add": ["my-tasks"],
    "extension": ["registers"],
    "completion": ["registers"],
    "report-results": ["my-tasks"],
    "offline-form": ["my-tasks"],
    "sheet-upload": ["my-tasks"],
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
    "period-editions": ["periods", "overview"],
    "edition-file": ["periods", "overview"],
    "exports": ["periods", "audit-trail"],
    "export-job": ["periods", "audit-trail"],
    "report-erratum": ["periods"],
    "rules": ["periods"],
    "brief": ["periods"],
    "brief-templates": ["periods"],
    "brief-variables": ["periods"],
    "calendar-remove": ["calendar"],
    "account-add": ["accounts"],
    "account-edit": ["accounts"],
    "accounts-sheet": ["accounts"],
    "account-password": ["accounts"],
    "account-unlock": ["accounts"],
    "agency-add": ["agencies-kept"],
    "agency-edit": ["agencies-kept"],
    "agency-rename": ["agencies-kept"],
    "agency-robot": ["agencies-kept"],
    "agency-merge": ["agencies-kept"],
    "agency-contacts": ["agencies"],
    "account-security": ["accounts"],
    "second-factor-reset": ["accounts"],
    "sign-in-rules": ["accounts"],
    "account-city": ["accounts"],
    "city-binding": ["security"],
    "second-factor": ["security"],
    "second-factor-remove": ["security"],
    "recovery-codes": ["security"],
    "token-revoke": ["tokens"],
    "sessions": ["security"],
    "webhook": ["webhooks"],
    "help": ["help-home"],
}

LABELS: Mapping[str, str | Promise] = {
    "my-tasks": gettext_lazy("My tasks"),
    "overview": gettext_lazy("Overview"),
    "audit-trail": gettext_lazy("Audit trail"),
    "changes": gettext_lazy("Record of changes"),
    "board": gettext_lazy("Hand-in board"),
    "reminders": gettext_lazy("Reminders"),
    "task-list": gettext_lazy("Pilot tasks"),
    "registers": gettext_lazy("Registers"),
    "agencies": gettext_lazy("Agencies"),
    "review-queue": gettext_lazy("Review"),
    "periods": gettext_lazy("Reporting periods"),
    "settling": gettext_lazy("Things to settle"),
    "calendar": gettext_lazy("Working calendar"),
    "administration": gettext_lazy("Administration"),
    "accounts": gettext_lazy("Accounts"),
    "agencies-kept": gettext_lazy("Agencies"),
    "inbox": gettext_lazy("Inbox"),
    "help-home": gettext_lazy("Help"),
    "security": gettext_lazy("Account security"),
    "password": gettext_lazy("Change password"),
    "tokens": gettext_lazy("API tokens"),
    "webhooks": gettext_lazy("Webhooks"),
}

COUNTED, FRAME = "counted", "frame_counts"
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

    Costs a statement for what waits (`frame_counts`) where that is not counted already, and one for
    the agency's name of those who have one.
    """
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {"reader": None}
    return {"reader": user, "navigation": _navigation_of(user, request)}


def frame_is_counted(request: HttpRequest, counts: FrameCounts) -> None:
    """Let the frame tell these counts, which the page has read together with others."""
    vars(request)[FRAME] = counts


def is_counted(request: HttpRequest, counts: Mapping[str, int]) -> None:
    """Let the page and its frame tell these counts (`StateShown.counted`), read already."""
    vars(request)[COUNTED] = counts


def counted(request: HttpRequest) -> Mapping[str, int]:
    """The counts that were read before the page."""
    counts: Mapping[str, int] = vars(request).get(COUNTED, NOTHING_COUNTED)
    return counts


def _navigation_of(user: User, request: HttpRequest) -> Navigation:
    here = request.resolver_match.view_name if request.resolver_match else ""
    names = PLACES[user.role]
    # Where the installation allows no host there is nothing to set up.
    account = [
        "security",
        *(["password"] if user.signs_in_by_password else []),
        "tokens",
        *(["webhooks"] if settings.WEBHOOK_HOSTS else []),
    ]
    above = () if here in names else WITHIN.get(here, ())
    parent = next((name for name in above if name in (*names, *account, "help-home")), "")

    def places(names: Sequence[str], **counts: int) -> list[Place]:
        return [
            Place(
                url=address_of(name),
                label=str(LABELS[name]),
                current="page" if name == here else "true" if name == parent else "",
                count=counts.get(name.replace("-", "_"), 0),
                icon=TOOL_ICONS.get(name, ""),
            )
            for name in names
        ]

    counts = vars(request).get(FRAME) or frame_counts(user=user, counted=counted(request))
    tools = places(
        ["help-home"] if user.is_administrator else ["inbox", "help-home"], inbox=counts.unread
    )
    role = str(Role(user.role).label)
    return Navigation(
        places=places(names, review_queue=counts.to_review, settling=counts.to_settle),
        tools=tools,
        account=places(account),
        standing=f"{user.agency.short_name} {role}" if user.agency else role,
    )
