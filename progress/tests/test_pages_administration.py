"""Where administrators begin: every number leads to its accounts or agencies."""

from collections.abc import Callable

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agencies.models import Agency, Role, User
from conftest import PASSWORD, Cast


def test_accounts_are_counted_by_role_and_lead_to_their_list(
    cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(cast.administrator)
    roles = client.get("/administration/").context["roles"]
    assert len(roles) == len(Role)
    assert sum(one.count for one in roles) == User.objects.count()
    for one in roles:
        assert client.get(one.address).context["page_obj"].paginator.count == one.count


def test_agencies_without_people_and_without_an_approver_are_named(
    cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(cast.administrator)

    def named(key: str) -> set[str]:
        found = client.get("/administration/").context[key]
        return {agency.name for agency in found.agencies}

    # Its approvers are not active.
    assert "市数据局" in named("without_approver")
    assert "市数据局" not in named("without_people")
    assert "市商务局" in named("without_people")
    User.objects.filter(pk=cast.approver.pk).update(is_active=True)
    assert "市数据局" not in named("without_approver")
    # A body of members has no people of its own.
    assert "市数据安全工作协调机制成员单位" not in named("without_people")


def test_agencies_that_ended_are_named_apart(
    cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    gone, heir = Agency.objects.get(name="市商务局"), Agency.objects.get(name="市数据局")
    Agency.objects.filter(pk=gone.pk).update(valid_to="2026-01-31", successor=heir)
    context = signed_in(cast.administrator).get("/administration/").context
    assert [one.pk for one in context["ended"].agencies] == [gone.pk]
    assert gone.pk not in {one.pk for one in context["without_people"].agencies}


def test_it_costs_the_same_however_many_accounts_there_are(
    cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(cast.administrator)

    def cost() -> int:
        with CaptureQueriesContext(connection) as taken:
            client.get("/administration/")
        return len(taken)

    before = cost()
    for number, agency in enumerate(Agency.objects.order_by("pk")[:9]):
        User.objects.create_user(
            f"more-{number}", PASSWORD, name="增", role=Role.REPORTER, agency=agency
        )
    assert cost() == before
