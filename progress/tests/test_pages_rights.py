"""Who may open which page: one table of page, role and answer (DESIGN: who may do what)."""

from collections.abc import Callable

import pytest
import time_machine
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from agencies.models import User
from conftest import NOW, Cast
from progress.models import Evidence, ReportingPeriod
from progress.tests.acts import attached, handed_in, task_numbered

ALL = (
    "reporter",
    "colleague",
    "approver",
    "co_reporter",
    "stranger",
    "coordinator",
    "leader",
    "auditor",
    "administrator",
)
REGISTER = [200, 200, 200, 200, 200, 200, 200, 200, 403]
COORDINATORS = [403, 403, 403, 403, 403, 200, 403, 403, 403]
ADMINISTRATORS = [403, 403, 403, 403, 403, 403, 403, 403, 200]
EVERYBODY = [200] * 9
REGISTERS = [200, 200, 200, 200, 200, 200, 200, 403, 403]
AGENCIES = [200, 200, 200, 200, 200, 403, 403, 403, 403]

# Address by the name of its route; task 4 is the reporter's to lead and the co-reporter's to share.
PAGES: dict[str, tuple[str, list[int]]] = {
    "home": ("/", [302] * 9),
    "overview": ("/overview/", REGISTER),
    "chapter": ("/chapters/1/", REGISTER),
    "matrix": ("/matrix/", REGISTERS),
    "agencies": ("/agencies/", REGISTER),
    "agency": ("/agencies/{agency}/", REGISTER),
    "task-list": ("/tasks/", REGISTER),
    "task": ("/tasks/4/", REGISTER),
    "measure-list": ("/measures/", REGISTER),
    # Whose lists are open to whom: test_pages_saved_lists.py.
    "saved-list": ("/lists/0/", [404] * 8 + [403]),
    "saved-list-add": ("/lists/tasks/save/", [405] * 9),
    "saved-list-remove": ("/lists/0/remove/", [405] * 9),
    "list-columns": ("/lists/tasks/columns/", [405] * 9),
    "task-history": ("/tasks/4/history/", REGISTER),
    "export-progress": ("/export/progress.xlsx", COORDINATORS),
    "my-tasks": ("/my/", AGENCIES),
    "help-home": ("/help/", EVERYBODY),
    "help": ("/help/leader/", EVERYBODY),
    "report": ("/tasks/4/reports/2026-10/", [200, 200, 200, 200, 404, 200, 404, 404, 404]),
    "report-edit": (
        "/tasks/4/reports/2026-10/edit/",
        [409, 409, 409, 403, 404, 403, 404, 404, 404],
    ),
    "report-unchanged": ("/tasks/4/reports/2026-10/unchanged/", [405] * 9),
    "report-move": ("/tasks/4/reports/2026-10/approve/", [405] * 9),
    "report-looked-at": ("/tasks/4/reports/2026-10/looked-at/", [405] * 9),
    "review-approve": ("/review/approve/", [405] * 9),
    "contribution": (
        "/tasks/4/reports/2026-10/contributions/{shared}/",
        [200, 200, 200, 200, 404, 200, 404, 404, 404],
    ),
    "contribution-edit": (
        "/tasks/4/reports/2026-10/contributions/{shared}/edit/",
        [403, 403, 403, 200, 404, 403, 404, 404, 404],
    ),
    "contribution-move": (
        "/tasks/4/reports/2026-10/contributions/{shared}/return/",
        [405] * 9,
    ),
    "task-duties": ("/tasks/4/duties/", [200, 200, 200, 200, 403, 200, 403, 403, 404]),
    "report-evidence": (
        "/tasks/4/reports/2026-10/evidence/",
        [200, 200, 200, 200, 404, 200, 404, 404, 404],
    ),
    "contribution-evidence": (
        "/tasks/4/reports/2026-10/contributions/{shared}/evidence/",
        [200, 200, 200, 200, 404, 200, 404, 404, 404],
    ),
    "evidence-file": ("/evidence/{evidence}/", [200, 200, 200, 200, 404, 200, 404, 404, 404]),
    "evidence-remove": ("/evidence/{evidence}/remove/", [405] * 9),
    "task-deadlines": ("/tasks/4/deadlines/", COORDINATORS),
    "deadlines-bulk": ("/deadlines/", COORDINATORS),
    "board": ("/board/", [200, 200, 200, 200, 200, 200, 200, 403, 403]),
    "board-remind": ("/board/remind/", COORDINATORS),
    "tasks-together": ("/tasks/together/?do=export&task=4", [403] * 5 + [302] + [403] * 3),
    "tasks-approve": ("/tasks/approve/?tasks=4", COORDINATORS),
    "extension-add": ("/tasks/4/extension/", [403, 403, 200, 403, 403, 403, 403, 403, 404]),
    # Who may open which entry: test_pages_extensions.py and test_pages_completions.py.
    "extension": ("/registers/extensions/0/", [404] * 9),
    "completion": ("/registers/completions/0/", [404] * 9),
    "task-agencies": ("/tasks/4/agencies/", [403] * 5 + [200, 403, 403, 404]),
    "unchanged": ("/my/unchanged/", [405] * 9),
    "review-queue": ("/review/", [403, 403, 200, 403, 403, 200, 403, 403, 403]),
    "periods": ("/periods/", COORDINATORS),
    "period": ("/periods/2026-10/", COORDINATORS),
    "report-erratum": (
        "/tasks/4/reports/2026-10/erratum/",
        [403, 403, 403, 403, 404, 409, 404, 404, 404],
    ),
    "report-results": (
        "/tasks/4/reports/2026-10/results/",
        [200, 200, 200, 403, 404, 403, 404, 404, 404],
    ),
    "registers": ("/registers/", REGISTERS),
    "register-matters": ("/registers/matters/", REGISTERS),
    "register-extensions": ("/registers/extensions/", REGISTERS),
    "register-completions": ("/registers/completions/", REGISTERS),
    "register-results": ("/registers/results/", REGISTERS),
    "register-export": ("/registers/matters.xlsx", COORDINATORS),
    # Who may open which entry: test_pages_matters.py and test_pages_results.py.
    "matter": ("/registers/matters/0/", [404] * 7 + [403, 403]),
    "matter-move": ("/registers/matters/0/close/", [405] * 9),
    "result": ("/registers/results/0/", [404] * 7 + [403, 403]),
    "result-strike": ("/registers/results/0/strike/", [405] * 9),
    "rules": ("/rules/", COORDINATORS),
    "settling": ("/settle/", COORDINATORS),
    "administration": ("/administration/", ADMINISTRATORS),
    "calendar": ("/calendar/", ADMINISTRATORS),
    "calendar-remove": ("/calendar/1/remove/", [405] * 9),
    "period-close": ("/periods/2026-10/close/", COORDINATORS),
    "inbox": ("/inbox/", [200] * 8 + [403]),
    "inbox-read": ("/inbox/1/read/", [405] * 9),
    "sign-in": ("/sign-in/", [302] * 9),
    "sign-out": ("/sign-out/", [405] * 9),
    "set-language": ("/language/", [405] * 9),
    "password": ("/account/password/", EVERYBODY),
    "tokens": ("/account/tokens/", EVERYBODY),
    "token-revoke": ("/account/tokens/1/revoke/", [405] * 9),
    "accounts": ("/accounts/", ADMINISTRATORS),
    "account-add": ("/accounts/add/", ADMINISTRATORS),
    "account-edit": ("/accounts/{account}/", ADMINISTRATORS),
    "account-password": ("/accounts/{account}/password/", [405] * 9),
    "agencies-kept": ("/agencies/manage/", ADMINISTRATORS),
    "agency-add": ("/agencies/manage/add/", ADMINISTRATORS),
    "agency-edit": ("/agencies/manage/{agency}/", ADMINISTRATORS),
    "agency-rename": ("/agencies/manage/{agency}/rename/", ADMINISTRATORS),
    "agency-merge": ("/agencies/manage/{agency}/merge/", ADMINISTRATORS),
    # The stranger's own; what its people may write: agencies/tests/test_contacts.py.
    "agency-contacts": ("/agencies/{agency}/contacts/", [403] * 4 + [200] + [403] * 4),
}


def _keys(cast: Cast) -> dict[str, int | None]:
    """What the addresses of the table leave open."""
    return {
        "account": cast.stranger.pk,
        "agency": cast.stranger.agency_id,
        "shared": cast.co_reporter.agency_id,
        "evidence": Evidence.objects.values_list("pk", flat=True).first() or 1,
    }


def _route_names(patterns: list[URLPattern | URLResolver]) -> set[str]:
    names: set[str] = set()
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            # The endpoints have a table of their own.
            if pattern.app_name != "api":
                names |= _route_names(pattern.url_patterns)
        # The style guide is there while one works on the product, and in no installation.
        elif pattern.name and pattern.name != "styleguide":
            names.add(pattern.name)
    return names


def test_every_page_is_in_the_table() -> None:
    assert _route_names(get_resolver().url_patterns) == set(PAGES)


@pytest.mark.parametrize("name", PAGES)
def test_each_role_gets_its_answer(
    name: str, cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    attached(task_numbered(4), period, cast.reporter)
    handed_in(task_numbered(4), period, cast.reporter)
    User.objects.filter(pk=cast.approver.pk).update(is_active=True)
    address, expected = PAGES[name]
    address = address.format(**_keys(cast))
    with time_machine.travel(NOW, tick=False):
        answers = [signed_in(getattr(cast, who)).get(address) for who in ALL]
    for answer in answers:
        # A file is closed once it has been read.
        answer.getvalue()
    statuses = [answer.status_code for answer in answers]
    assert dict(zip(ALL, statuses, strict=True)) == dict(zip(ALL, expected, strict=True))


@pytest.mark.parametrize("name", sorted(set(PAGES) - {"sign-in", "set-language"}))
def test_nobody_gets_anywhere_without_signing_in(name: str, cast: Cast) -> None:
    answer = Client().get(PAGES[name][0].format(**_keys(cast)))
    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in/")


# Moves by their right: who may make each on a submitted report of task 4.
MOVES = {
    "approve": [403, 403, 403, 403, 404, 302, 404, 404, 404],
    "return": [403, 403, 409, 403, 404, 400, 404, 404, 404],
    "take_up": [403, 403, 403, 403, 404, 302, 404, 404, 404],
    "withdraw": [302, 302, 302, 403, 404, 403, 404, 404, 404],
    "submit": [409, 409, 409, 403, 404, 403, 404, 404, 404],
    "endorse": [403, 403, 409, 403, 404, 403, 404, 404, 404],
    "reopen": [403, 403, 403, 403, 404, 409, 404, 404, 404],
    "no-such-move": [404] * 9,
}


@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize("who", ALL)
def test_each_role_may_make_its_own_moves_alone(
    move: str, who: str, cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    report = handed_in(task_numbered(4), period, cast.reporter)
    User.objects.filter(pk=cast.approver.pk).update(is_active=True)
    with time_machine.travel(NOW, tick=False):
        answer = signed_in(getattr(cast, who)).post(
            f"/tasks/4/reports/2026-10/{move}/", {"version": report.version}
        )
    assert answer.status_code == MOVES[move][ALL.index(who)]
    assert (report.events.count() > 1) == (answer.status_code == 302)
