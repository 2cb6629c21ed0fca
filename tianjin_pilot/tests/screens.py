"""Every page there is to look at: its address on the demonstration's data, and who sees it.

The tests that judge pages in a browser and the command that takes pictures of them share this
table; a test says that no page is missing from it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, QuerySet
from django.urls import reverse
from django.utils import timezone

from agencies.models import Agency, Role, User
from agencies.outgoing import HTTP_ERROR
from progress.models import (
    Completion,
    Contribution,
    DeliveryKind,
    DeliveryState,
    ExportJob,
    Extension,
    Matter,
    Report,
    ReportingPeriod,
    Result,
    SavedList,
    SheetUpload,
    UploadState,
    Webhook,
    WebhookDelivery,
    WebhookState,
)
from progress.rollups import Register
from progress.states import WRITABLE, ReportState
from progress.webhooks.outbox import GIVEN_UP, MOST_ATTEMPTS
from tasks.models import Task

REPORTER, APPROVER, COORDINATOR = Role.REPORTER, Role.APPROVER, Role.COORDINATOR
LEADER, AUDITOR, ADMINISTRATOR = Role.LEADER, Role.AUDITOR, Role.ADMINISTRATOR
READERS = (REPORTER, COORDINATOR, LEADER, AUDITOR)
REPORTING = (REPORTER, COORDINATOR, LEADER)
EVERYBODY = tuple(Role)
# Who is not signed in.
NOBODY = ""

# What stands in an address, by its keyword.
Keys = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Screen:
    """A page as one role sees it; the role is the user name of the demonstration's account too."""

    name: str
    role: str
    path: str
    status: int = 200


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: who sees the page of this route, and what its address holds.

    `keys` finds that in the demonstration for one person, None where this person has nothing to
    open; at least one of the roles must have it.
    """

    route: str
    roles: Sequence[str]
    keys: Callable[[User], Keys | None] = lambda _: {}
    query: str = ""
    variant: str = ""
    status: int = 200


def _first(rows: QuerySet[Any]) -> Any:
    return rows.order_by("pk").first()


def _open_period() -> ReportingPeriod:
    return ReportingPeriod.objects.open().latest_first()[0]


def _closed_period() -> ReportingPeriod:
    return ReportingPeriod.objects.exclude(closed_at=None).latest_first()[0]


def _task_of(person: User) -> Keys | None:
    """A task of the person's own agency where there is one, with more than one agency."""
    tasks = Task.objects.visible_to(person)
    if person.agency_id:
        tasks = tasks.led_by(person.agency_ids)
    task = tasks.order_by("number").first()
    return {"number": task.number} if task else None


def _report(**narrowed: Any) -> Callable[[User], Keys | None]:
    def keys(person: User) -> Keys | None:
        reports = Report.objects.visible_to(person).filter(**narrowed)
        if person.works_for_an_agency:
            led = Task.objects.led_by(person.agency_ids)
            reports = reports.filter(task__in=led)
        report = reports.select_related("task", "period").order_by("-period", "task").first()
        return {"number": report.task.number, "code": report.period.code} if report else None

    return keys


def _writable(person: User) -> Keys | None:
    return _report(state__in=WRITABLE, period__closed_at=None)(person)


def _handed_in(person: User) -> Keys | None:
    return _report(state=ReportState.SUBMITTED, period=_open_period())(person)


def _approved(person: User) -> Keys | None:
    return _report(state=ReportState.APPROVED, period=_closed_period())(person)


def _contribution(person: User) -> Keys | None:
    found = _first(Contribution.objects.visible_to(person).select_related("task", "period"))
    if found is None:
        return None
    return {
        "number": found.task.number,
        "code": found.period.code,
        "agency": found.agency_id,
    }


def _shared_task(person: User) -> Keys | None:
    """A task that the person's agency shares and has said nothing of in the open period."""
    period = _open_period()
    said = Contribution.objects.filter(period=period, agency=person.agency)
    handed_in = Report.objects.filter(period=period).exclude(state__in=WRITABLE)
    shared = (
        Task.objects.shared_by(person.agency_ids)
        .exclude(pk__in=Task.objects.led_by(person.agency_ids))
        .exclude(pk__in=said.values("task"))
        .exclude(pk__in=handed_in.values("task"))
        .order_by("number")
        .first()
    )
    if shared is None:
        return None
    return {"number": shared.number, "code": period.code, "agency": person.agency_id}


def _entry(model: Any) -> Callable[[User], Keys | None]:
    def keys(person: User) -> Keys | None:
        found: Model | None = _first(model.objects.visible_to(person))
        return {"pk": found.pk} if found else None

    return keys


def _webhook(person: User) -> Keys:
    """The demonstration has none, since no host is allowed in it: one that was given up."""
    now = timezone.now()
    webhook, is_new = Webhook.objects.get_or_create(
        owner=person,
        defaults={
            "name": "市数据共享平台",
            "place": "data.example.cn",
            "kinds": ["task", "report", "matter"],
            "state": WebhookState.PAUSED,
            "fault": GIVEN_UP,
            "position": 41,
            "made_at": now,
            "secret_set_at": now,
        },
    )
    if is_new:
        of_it = {"webhook": webhook, "kind": DeliveryKind.CHANGES, "made_at": now}
        WebhookDelivery.objects.create(
            **of_it,
            after=12,
            until=41,
            state=DeliveryState.SENT,
            attempts=2,
            answer="HTTP 204",
            sent_at=now,
        )
        WebhookDelivery.objects.create(
            **of_it,
            after=41,
            until=57,
            state=DeliveryState.FAILED,
            attempts=MOST_ATTEMPTS,
            fault=HTTP_ERROR,
            answer="HTTP 503 upstream connect error or disconnect/reset before headers",
        )
    return {"pk": webhook.pk}


def _upload(person: User) -> Keys | None:
    waiting = SheetUpload.objects.visible_to(person).filter(state=UploadState.WAITING)
    found = _first(waiting)
    return {"pk": found.pk} if found else None


def _agency(person: User) -> Keys:
    return {"pk": person.agency_id or Agency.objects.order_by("pk")[0].pk}


def _account(person: User) -> Keys:
    return {"pk": User.objects.filter(role=REPORTER).order_by("pk")[0].pk}


def _open_code(person: User) -> Keys:
    return {"code": _open_period().code}


def _last_closed() -> str:
    return f"?period={_closed_period().code}"


ROWS: Sequence[Row] = (
    Row("sign-in", (NOBODY,)),
    Row("overview", READERS),
    Row("overview", (COORDINATOR, LEADER), query="closed", variant="closed"),
    Row("overview", (LEADER,), query="?bars=light", variant="by-light"),
    Row("changes", (COORDINATOR, AUDITOR)),
    Row("board", REPORTING),
    Row("board-remind", (COORDINATOR,)),
    Row("chapter", READERS, lambda _: {"number": 1}),
    Row("chapter", (COORDINATOR,), lambda _: {"number": 1}, query="closed", variant="closed"),
    Row("matrix", REPORTING),
    Row("agencies", READERS),
    Row("agency", READERS, _agency),
    Row("agency", (COORDINATOR,), _agency, query="closed", variant="closed"),
    Row("agency-contacts", (APPROVER,), _agency),
    Row("agency-pause", (COORDINATOR,), _agency),
    Row("task-list", READERS),
    Row("task-list", (COORDINATOR,), query="?q=没有这样的任务", variant="nothing"),
    Row("tasks-approve", (COORDINATOR,), query="?tasks=1"),
    Row("measure-list", READERS),
    Row("list-revise", (COORDINATOR, AUDITOR)),
    Row("saved-list", (COORDINATOR,), _entry(SavedList)),
    Row("task", READERS, _task_of),
    Row("task-history", READERS, _task_of),
    Row("task-agencies", (COORDINATOR,), _task_of),
    Row("task-duties", (REPORTER, COORDINATOR), _task_of),
    Row("task-deadlines", (COORDINATOR,), _task_of),
    Row("task-pause", (COORDINATOR,), _task_of),
    Row("extension-add", (APPROVER,), _task_of),
    Row("deadlines-sheet", (COORDINATOR,)),
    Row("deadlines-bulk", (COORDINATOR,)),
    Row("export", (COORDINATOR,), query="?chapter=3&edition=public"),
    Row("my-tasks", (REPORTER, APPROVER)),
    Row("my-tasks", (REPORTER,), query="closed", variant="closed"),
    Row("offline-form", (REPORTER, APPROVER)),
    Row("sheet-upload", (REPORTER,), _upload),
    Row("report", REPORTING, _approved),
    Row("report", (COORDINATOR,), _report(state=ReportState.SUBMITTED), variant="submitted"),
    Row("report-edit", (REPORTER, APPROVER), _writable),
    Row("report-edit", (REPORTER,), _handed_in, variant="handed-in", status=409),
    Row("report-results", (REPORTER, APPROVER), _writable),
    Row("report-evidence", (REPORTER, APPROVER), _writable),
    Row("report-erratum", (COORDINATOR,), _approved),
    Row("contribution", (REPORTER, APPROVER, COORDINATOR), _contribution),
    Row("contribution-edit", (REPORTER, APPROVER), _shared_task),
    Row("contribution-evidence", (REPORTER, APPROVER), _contribution),
    Row("review-queue", (APPROVER, COORDINATOR)),
    Row("periods", (COORDINATOR,)),
    Row("period", (COORDINATOR,), _open_code),
    Row("period", (COORDINATOR,), lambda _: {"code": _closed_period().code}, variant="closed"),
    Row("period-close", (COORDINATOR,), _open_code),
    Row("period-pause", (COORDINATOR,), _open_code),
    Row("brief", (COORDINATOR,)),
    Row("brief-templates", (COORDINATOR,)),
    Row("brief-variables", (COORDINATOR,)),
    Row("period-editions", (LEADER, AUDITOR), lambda _: {"code": _closed_period().code}),
    Row("exports", (COORDINATOR,)),
    Row("export-job", (COORDINATOR,), _entry(ExportJob)),
    Row("registers", REPORTING),
    *(Row(f"register-{one.value}", REPORTING) for one in Register),
    Row("matter", (REPORTER, COORDINATOR), _entry(Matter)),
    Row("extension", (REPORTER, COORDINATOR), _entry(Extension)),
    Row("completion", (REPORTER, COORDINATOR), _entry(Completion)),
    Row("result", (REPORTER, COORDINATOR), _entry(Result)),
    Row("rules", (COORDINATOR,)),
    Row("settling", (COORDINATOR,)),
    Row("running", (COORDINATOR, ADMINISTRATOR)),
    Row("reminder-pauses", (REPORTER, COORDINATOR)),
    Row("reminders", (COORDINATOR,)),
    Row("reminder-ledger", (COORDINATOR,)),
    Row("inbox", (REPORTER, COORDINATOR)),
    Row("help-home", EVERYBODY),
    Row("developers", (REPORTER,)),
    Row("help", (REPORTER,), lambda _: {"role": COORDINATOR.value}),
    Row("audit-trail", (AUDITOR,)),
    Row("password", (REPORTER,)),
    Row("password-forgotten", (NOBODY,)),
    Row("password-new", (NOBODY,), lambda _: {"uidb64": "MQ", "token": "none"}),
    Row("sessions", (REPORTER,)),
    Row("security", (REPORTER,)),
    Row("second-factor", (REPORTER,)),
    Row("tokens", (REPORTER,)),
    Row("webhooks", (REPORTER,)),
    Row("webhook", (REPORTER,), _webhook),
    Row("administration", (ADMINISTRATOR,)),
    Row("accounts", (ADMINISTRATOR,)),
    Row("account-add", (ADMINISTRATOR,)),
    Row("accounts-sheet", (ADMINISTRATOR,)),
    Row("account-edit", (ADMINISTRATOR,), _account),
    Row("account-security", (ADMINISTRATOR,), _account),
    Row("sign-in-rules", (ADMINISTRATOR,)),
    Row("agencies-kept", (ADMINISTRATOR,)),
    Row("agency-add", (ADMINISTRATOR,)),
    Row("agency-edit", (ADMINISTRATOR,), _agency),
    Row("agency-rename", (ADMINISTRATOR,), _agency),
    Row("agency-robot", (ADMINISTRATOR,), _agency),
    Row("agency-merge", (ADMINISTRATOR,), _agency),
    Row("calendar", (ADMINISTRATOR,)),
)
# Addresses that show no page of their own: they pass on, take what is sent, or give a file.
NO_SCREEN = frozenset(
    {
        "home",
        "healthz",
        "readyz",
        "audit-trail-export",
        "audit-trail-ask",
        "city-begin",
        "city-callback",
        "city-binding",
        "city-unbind",
        "account-city",
        "second-step",
        "second-factor-remove",
        "second-factor-reset",
        "recovery-codes",
        "sign-out",
        "set-language",
        "token-revoke",
        "webhook-secret",
        "webhook-move",
        "webhook-delivery-again",
        "account-password",
        "account-unlock",
        "account-sessions-end",
        "session-end",
        "session-left",
        "sessions-end-others",
        "agency-robot-try",
        "agency-robot-remove",
        "calendar-remove",
        "inbox-read",
        "reminder-pause-end",
        "export-progress",
        "brief-template-file",
        "brief-template-default",
        "brief-template-use",
        "list-export",
        "deadlines-file",
        "accounts-file",
        "register-export",
        "reminder-ledger-export",
        "edition-file",
        "export-file",
        "export-cancel",
        "export-again",
        "notice-read",
        "evidence-file",
        "evidence-remove",
        "unchanged",
        "offline-form-download",
        "sheet-upload-abandon",
        "report-unchanged",
        "report-move",
        "report-looked-at",
        "contribution-move",
        "review-approve",
        "matter-move",
        "result-strike",
        "tasks-together",
        "saved-list-add",
        "saved-list-remove",
        "list-columns",
    }
)
# What a person gets who may not, who mistyped, and whose page was answered elsewhere.
REFUSALS: Sequence[tuple[str, str, str, int]] = (
    ("forbidden", ADMINISTRATOR, "/overview/", 403),
    ("forbidden", REPORTER, "/periods/", 403),
    ("absent", REPORTER, "/tasks/999/", 404),
    ("absent", NOBODY, "/no-such-page/", 404),
    ("unreadable", COORDINATOR, "/tasks/?chapter=99", 400),
)


def screens() -> Iterator[Screen]:
    """Each page once for each role that sees it differently, in the table's order.

    Raises LookupError for a line of the table for which the demonstration has nothing to show.
    """
    people = {user.username: user for user in User.objects.filter(username__in=Role.values)}
    for row in ROWS:
        name = f"{row.route}-{row.variant}" if row.variant else row.route
        query = _last_closed() if row.query == "closed" else row.query
        found = [(role, row.keys(people[role] if role else User())) for role in row.roles]
        shown = [(role, keys) for role, keys in found if keys is not None]
        if not shown:
            raise LookupError(f"The demonstration has nothing to show at {name}.")
        for role, keys in shown:
            yield Screen(name, role, reverse(row.route, kwargs=dict(keys)) + query, row.status)
    for name, role, path, status in REFUSALS:
        yield Screen(name, role, path, status)
