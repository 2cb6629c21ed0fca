"""Who may use which endpoint: one table of endpoint, role and answer."""

from collections.abc import Callable

import pytest
import time_machine
from django.test import Client

from agencies.models import User
from conftest import NOW, Cast
from progress.models import Report, ReportingPeriod
from progress.tests.acts import attached, handed_in, task_numbered
from tianjin_pilot.api_routes import urlpatterns

ALL = (
    "reporter",
    "co_reporter",
    "stranger",
    "coordinator",
    "leader",
    "auditor",
    "administrator",
)
EVERYBODY = [200] * 7
BUT_ADMINISTRATORS = [200] * 6 + [404]
COORDINATORS = [403, 403, 403, 200, 403, 403, 403]
REGISTERS = [200] * 5 + [403] * 2

# GET on each route; task 4's report is submitted.
READS: dict[str, tuple[str, list[int]]] = {
    "overview": ("overview/", [200] * 6 + [403]),
    "chapters": ("chapters/", EVERYBODY),
    "chapter": ("chapters/1/", BUT_ADMINISTRATORS),
    "tasks": ("tasks/", EVERYBODY),
    "task": ("tasks/4/", BUT_ADMINISTRATORS),
    "agencies": ("agencies/", EVERYBODY),
    "agency": ("agencies/{agency}/", EVERYBODY),
    "periods": ("periods/", EVERYBODY),
    "period": ("periods/2026-10/", BUT_ADMINISTRATORS),
    "period-close": ("periods/2026-10/close/", [403, 403, 403, 405, 403, 403, 403]),
    "period-workbook": ("periods/2026-10/progress.xlsx", COORDINATORS),
    "reports": ("reports/", EVERYBODY),
    "report-start": ("reports/start/?task=4", [200, 403, 403, 403, 403, 403, 400]),
    "report": ("reports/{report}/", [200, 200, 404, 200, 404, 404, 404]),
    "report-move": ("reports/{report}/approve/", [405] * 7),
    "report-evidence": ("reports/{report}/evidence/", [200, 200, 404, 200, 404, 404, 404]),
    "evidence-file": ("evidence/{evidence}/", [200, 200, 404, 200, 404, 404, 404]),
    "registers": ("registers/", REGISTERS),
    "register-matters": ("registers/matters/", REGISTERS),
    "register-extensions": ("registers/extensions/", REGISTERS),
    "register-completions": ("registers/completions/", REGISTERS),
    "register-results": ("registers/results/", REGISTERS),
    "matter": ("registers/matters/{matter}/", [200, 200, 404, 200, 404, 403, 403]),
    "matter-move": ("registers/matters/{matter}/close/", [405] * 5 + [403] * 2),
    "reminders": ("reminders/", EVERYBODY),
    "schema": ("schema/", EVERYBODY),
    "docs": ("docs/", EVERYBODY),
    "unknown": ("no/such/place/", [404] * 7),
}
WRITES: dict[str, tuple[str, list[int]]] = {
    "open a period": ("periods/", [403, 403, 403, 400, 403, 403, 403]),
    "close a period": ("periods/2026-10/close/", [403, 403, 403, 200, 403, 403, 403]),
    "begin a report": ("reports/", [400, 400, 400, 403, 403, 403, 403]),
    "approve": ("reports/{report}/approve/", [403, 403, 404, 200, 404, 404, 404]),
    "return without a reason": ("reports/{report}/return/", [403, 403, 404, 400, 404, 404, 404]),
    "take up": ("reports/{report}/take-up/", [403, 403, 404, 200, 404, 404, 404]),
    "withdraw": ("reports/{report}/withdraw/", [200, 403, 404, 403, 404, 404, 404]),
    "submit": ("reports/{report}/submit/", [409, 403, 404, 403, 404, 404, 404]),
    "reopen": ("reports/{report}/reopen/", [403, 403, 404, 409, 404, 404, 404]),
    "ask": ("reports/{report}/ask/", [409, 403, 404, 403, 404, 404, 404]),
    "agree": ("reports/{report}/agree/", [403, 403, 404, 403, 404, 404, 404]),
    "object": ("reports/{report}/object/", [403, 403, 404, 403, 404, 404, 404]),
    "address a matter": (
        "registers/matters/{matter}/address/",
        [403, 403, 404, 400, 404, 403, 403],
    ),
    "answer a matter": ("registers/matters/{matter}/answer/", [403, 403, 404, 400, 404, 403, 403]),
    "close a matter": ("registers/matters/{matter}/close/", [403, 403, 404, 400, 404, 403, 403]),
    "reopen a matter": ("registers/matters/{matter}/reopen/", [403, 403, 404, 400, 404, 403, 403]),
    "endorse": ("reports/{report}/endorse/", [403, 403, 404, 403, 404, 404, 404]),
}


@pytest.fixture
def report(cast: Cast, period: ReportingPeriod) -> Report:
    attached(task_numbered(4), period, cast.reporter)
    return handed_in(task_numbered(4), period, cast.reporter, coordination="请协调用地指标")


def test_every_route_is_in_the_table() -> None:
    assert {pattern.name for pattern in urlpatterns if hasattr(pattern, "name")} == set(READS)


@pytest.mark.parametrize("name", READS)
def test_each_role_reads_its_own(
    name: str, cast: Cast, report: Report, signed_in: Callable[[User], Client]
) -> None:
    address, expected = READS[name]
    keys = {
        "report": report.pk,
        "evidence": report.evidence.get().pk,
        "matter": report.matters.get().pk,
    }
    address = f"/api/v1/{address.format(agency=cast.stranger.agency_id, **keys)}"
    with time_machine.travel(NOW, tick=False):
        answers = [signed_in(getattr(cast, who)).get(address) for who in ALL]
    for answer in answers:
        # A file is closed once it has been read.
        answer.getvalue()
    assert [answer.status_code for answer in answers] == expected
    for answer in answers:
        if answer.status_code >= 400:
            assert answer["Content-Type"] == "application/problem+json"
            assert answer.json()["status"] == answer.status_code
            assert answer.json()["title"]
            assert answer.json()["detail"]


@pytest.mark.parametrize("name", WRITES)
@pytest.mark.parametrize("who", ALL)
def test_each_role_writes_its_own(
    name: str, who: str, cast: Cast, report: Report, signed_in: Callable[[User], Client]
) -> None:
    address, expected = WRITES[name]
    keys = {"report": report.pk, "matter": report.matters.get().pk}
    with time_machine.travel(NOW, tick=False):
        answer = signed_in(getattr(cast, who)).post(
            f"/api/v1/{address.format(**keys)}", {}, content_type="application/json"
        )
    assert answer.status_code == expected[ALL.index(who)]


@pytest.mark.parametrize("name", READS)
def test_nobody_gets_anything_without_signing_in(name: str, report: Report) -> None:
    answer = Client().get(
        f"/api/v1/{READS[name][0].format(report=report.pk, agency=1, evidence=1, matter=1)}"
    )
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
