"""Pages and endpoints, beside an answer that says nothing, and after all months beside one."""

import contextlib
import gc
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from django.db.models import Count, QuerySet
from django.test import Client

from agencies.models import Role, User
from progress.models import Report, ReportingPeriod
from progress.states import ReportState
from progress.templatetags.charts import trend_drawn
from tasks.models import Responsibility
from tianjin_pilot.benchmark.addresses import CONSTANT
from tianjin_pilot.benchmark.budgets import Measured
from tianjin_pilot.benchmark.places import Place
from tianjin_pilot.benchmark.rounds import Act, medians
from tianjin_pilot.benchmark.scales import Scale

FULL, ONE_MONTH, CITY = "full", "one_month", "city"
COORDINATOR, LEADER, AUDITOR = Role.COORDINATOR.value, Role.LEADER.value, Role.AUDITOR.value
OK, NOT_MODIFIED = 200, 304

LIST_OF_50, LIST_OF_131 = "/api/v1/tasks/?page_size=50", "/api/v1/tasks/?page_size=131"
PAGES: Mapping[str, str] = {
    "overview": "/overview/",
    "chapter": "/chapters/1/",
    "board": "/board/",
}


@dataclass(frozen=True, slots=True)
class Subject:
    """A task with a report in every month that there is, and whose reporter writes it."""

    number: int
    code: str
    reporter: str

    @property
    def report(self) -> str:
        return f"/tasks/{self.number}/reports/{self.code}/"


def subject_in(state: ReportState) -> Subject:
    """Of the tasks whose report of the open month is in this state the one that has most reports in
    all, of several the first."""
    period = ReportingPeriod.objects.open().get()
    waiting = Report.objects.filter(period=period, state=state)
    found: QuerySet[Responsibility] = Responsibility.objects.compiling().filter(
        task__in=waiting.values("task")
    )
    lead = (
        found.annotate(reports=Count("task__reports"))
        .select_related("task")
        .order_by("-reports", "task__number")[0]
    )
    reporter = User.objects.get(role=Role.REPORTER, agency=lead.agency_id)
    return Subject(lead.task.number, period.code, reporter.username)


def pages_measured(place: Place, scale: Scale) -> Iterator[Measured]:
    """Of the full database: pages, the task list and the task's own pages, each beside A."""
    with place.within(FULL):
        office = Clients()
        form = subject_in(ReportState.RETURNED)
        review = subject_in(ReportState.SUBMITTED)
        asked = {
            ("page", name): Act(office.act(COORDINATOR, path).call, _nothing_kept)
            for name, path in PAGES.items()
        }
        for name, path in {**PAGES, "task list API": LIST_OF_50}.items():
            act, status = office.act_again(COORDINATOR, path)
            asked["unchanged", f"{name}: answers {status}"] = act
        asked |= {
            ("list-50", ""): office.act(COORDINATOR, LIST_OF_50),
            ("list-131", ""): office.act(COORDINATOR, LIST_OF_131),
            ("task", "task page"): office.act(COORDINATOR, f"/tasks/{form.number}/"),
            ("task", "report form"): office.act(form.reporter, f"{form.report}edit/"),
            ("task", "review page"): office.act(COORDINATOR, review.report),
        }
        yield from _beside_a(office, asked, rounds=scale.rounds)


@contextlib.contextmanager
def _nothing_kept() -> Iterator[None]:
    """With every trend to be drawn anew, which a process that goes on answering keeps."""
    trend_drawn.cache_clear()
    yield


def _beside_a(
    clients: "Clients", asked: Mapping[tuple[str, str], Act], *, rounds: int
) -> Iterator[Measured]:
    constant = clients.act(COORDINATOR, CONSTANT)
    acts = {f"{key} {part}": act for (key, part), act in asked.items()}
    seconds = medians({"A": constant, **acts}, rounds=rounds)
    for (key, part), act in asked.items():
        yield Measured(
            key,
            part,
            seconds=seconds[f"{key} {part}"],
            against=seconds["A"],
            statements=act.statements(),
        )


def months_measured(place: Place, scale: Scale) -> Iterator[Measured]:
    """What would grow with history if anything did: after all months, and after one."""
    acts: dict[str, Act] = {}
    statements: dict[str, int] = {}
    names: Sequence[str] = ()
    for database in (FULL, ONE_MONTH):
        with place.within(database):
            clients = Clients()
            paths = _addresses()
            names = list(paths)
            for name, (username, path) in paths.items():
                act = clients.act(username, path)
                statements[f"{database} {name}"] = act.statements()
                # One round alone tells no time.
                once = partial(place.within, database)
                again = partial(_again, place, database, act)
                acts[f"{database} {name}"] = Act(
                    act.call, again if scale.rounds_of_many > 1 else once
                )
    # What is compared stands side by side.
    beside = {
        f"{database} {name}": acts[f"{database} {name}"]
        for name in names
        for database in (FULL, ONE_MONTH)
    }
    seconds = medians(beside, rounds=scale.rounds_of_many)
    for name in names:
        full, one = f"{FULL} {name}", f"{ONE_MONTH} {name}"
        more = statements[full] - statements[one]
        part = f"{name}, {more:+d} statements" if more else name
        yield Measured("months", part, seconds=seconds[full], against=seconds[one])


@contextlib.contextmanager
def _again(place: Place, database: str, act: Act) -> Iterator[None]:
    """In that database, just after it was done there: of two that stand side by side, the second
    would find in the processor's caches what the first has left, which is a tenth of a page and a
    fourth of a short answer. What dozens of acts have left behind is collected before, or whichever
    comes to the collector's turn would pay for all of them."""
    with place.within(database):
        gc.collect()
        act.call()
        yield


def size_measured(place: Place, scale: Scale) -> Iterator[Measured]:
    if scale.copies == 1:
        return
    acts: dict[str, Act] = {}
    for database in (FULL, CITY):
        with place.within(database):
            asked = Clients().act(COORDINATOR, PAGES["overview"])
            acts[database] = Act(asked.call, partial(place.within, database))
    seconds = medians(acts, rounds=scale.rounds)
    yield Measured("size", seconds=seconds[FULL], against=seconds[CITY])


def _addresses() -> Mapping[str, tuple[str, str]]:
    """By its name who asks for what, in the database that is measured now."""
    form, review = subject_in(ReportState.RETURNED), subject_in(ReportState.SUBMITTED)
    agency = User.objects.get(username=form.reporter).agency_id
    pages: dict[str, tuple[str, str]] = {name: (COORDINATOR, path) for name, path in PAGES.items()}
    pages |= {
        "overview of a leader": (LEADER, "/overview/"),
        "tasks": (COORDINATOR, "/tasks/"),
        "measures": (COORDINATOR, "/measures/"),
        "matrix": (COORDINATOR, "/matrix/"),
        "agencies": (COORDINATOR, "/agencies/"),
        "agency": (COORDINATOR, f"/agencies/{agency}/"),
        "changes": (COORDINATOR, "/changes/"),
        "review queue": (COORDINATOR, "/review/"),
        "periods": (COORDINATOR, "/periods/"),
        "registers": (COORDINATOR, "/registers/"),
        "export": (COORDINATOR, "/export/"),
        "reminders": (COORDINATOR, "/reminders/"),
        "search": (COORDINATOR, "/tasks/?q=数据"),
        "my tasks": (form.reporter, "/my/"),
        "task page": (COORDINATOR, f"/tasks/{form.number}/"),
        "task's history": (COORDINATOR, f"/tasks/{form.number}/history/"),
        "report form": (form.reporter, f"{form.report}edit/"),
        "review page": (COORDINATOR, review.report),
        "audit trail": (AUDITOR, "/audit-trail/"),
    }
    endpoints = {
        "tasks": "tasks/?page_size=50",
        "task": f"tasks/{form.number}/",
        "task's history": f"tasks/{form.number}/history/",
        "measures": "measures/",
        "reports": "reports/",
        "contributions": "contributions/",
        "overview": "overview/",
        "board": "board/",
        "matrix": "matrix/",
        "trend": "trend/",
        "chapters": "chapters/",
        "agencies' figures": "agencies/figures/",
        "periods": "periods/",
        "changes": "changes/",
    }
    pages |= {f"API {name}": (COORDINATOR, f"/api/v1/{it}") for name, it in endpoints.items()}
    return pages


class Clients:
    """People of one database, each signed in once."""

    def __init__(self) -> None:
        self._by_name: dict[str, Client] = {}

    def of(self, username: str) -> Client:
        if username not in self._by_name:
            client = Client(headers={"accept-language": "zh-hans"})
            client.force_login(User.objects.get(username=username))
            self._by_name[username] = client
        return self._by_name[username]

    def act(self, username: str, path: str) -> Act:
        return Act(partial(_get, self.of(username), path, {}, OK))

    def act_again(self, username: str, path: str) -> tuple[Act, int]:
        """Asking again with what the first answer gave to compare, and how that is answered."""
        client = self.of(username)
        first = _get(client, path, {}, OK)
        headers = {
            asks: first[says]
            for says, asks in (("ETag", "if-none-match"), ("Last-Modified", "if-modified-since"))
            if says in first
        }
        status = NOT_MODIFIED if headers else OK
        return Act(partial(_get, client, path, headers, status)), status


def _get(client: Client, path: str, headers: Mapping[str, str], status: int) -> Mapping[str, str]:
    answer = client.get(path, headers=headers)
    if answer.status_code != status:
        raise RuntimeError(f"GET {path} is answered {answer.status_code}, not {status}")
    return answer.headers
