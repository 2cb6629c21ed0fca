"""The list of periods in the API says of each what its own address says."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client

from agencies.models import User
from conftest import NOW, Cast
from progress.models import ReportingPeriod
from progress.workflow import period_close, period_open

pytestmark = pytest.mark.wide


def test_the_list_says_of_each_period_what_its_own_address_says(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    september = period_open(code="2026-09", by=cast.coordinator, now=NOW)
    period_close(period=september, by=cast.coordinator, now=NOW + dt.timedelta(hours=1))
    client = signed_in(cast.leader)
    listed = client.get("/api/v1/periods/").json()["results"]
    assert [one["code"] for one in listed] == [period.code, "2026-09"]
    assert [one["is_open"] for one in listed] == [True, False]
    assert [one["closed_by"] for one in listed] == [None, str(cast.coordinator)]
    for one in listed:
        assert client.get(f"/api/v1/periods/{one['code']}/").json() == one
    [short] = client.get("/api/v1/periods/?fields=code&code=2026-09").json()["results"]
    assert short == {"code": "2026-09"}
