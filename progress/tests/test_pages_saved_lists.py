"""Saved lists and kept columns: each person's own, shared with colleagues and nobody else."""

from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.test import Client

from agencies.models import Agency, Role, User
from conftest import NOW, PASSWORD, Cast
from progress.models import ListColumns, ListPage, ReportingPeriod, SavedList
from progress.workflow import (
    MOST_SAVED,
    Conflict,
    saved_list_change,
    saved_list_create,
    saved_list_remove,
)

Opened = Callable[[User], Client]


@pytest.fixture(autouse=True)
def pinned(cast: Cast, period: ReportingPeriod) -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def saved(
    by: User, name: str = "本章", query: str = "chapter=3", *, is_shared: bool = False
) -> SavedList:
    return saved_list_create(
        page=ListPage.TASKS, name=name, query=query, is_shared=is_shared, by=by, now=NOW
    )


def names_shown(client: Client, page: str = "/tasks/") -> list[str]:
    return [one.saved.name for one in client.get(page).context["saved_lists"]]


def post_save(client: Client, name: str, query: str, **more: str) -> HttpResponse:
    answer = client.post("/lists/tasks/save/", {"name": name, "query": query, **more})
    assert isinstance(answer, HttpResponse)
    return answer


# --- Saving ------------------------------------------------------------------------------------


def test_the_filters_order_and_columns_are_kept_in_one_writing(
    cast: Cast, signed_in: Opened
) -> None:
    client = signed_in(cast.coordinator)
    query = (
        "page=3&rows=25&status=ongoing&chapter=3&q=&nonsense=1&status=completed&sort=-deadline"
        "&columns=light&columns=lead"
    )
    answer = post_save(client, "  第三章  将到期 ", query)
    assert answer.status_code == 302
    row = SavedList.objects.get()
    assert (row.name, row.owner, row.is_shared) == ("第三章 将到期", cast.coordinator, False)
    assert row.query == (
        "chapter=3&status=completed&status=ongoing&sort=-deadline&columns=number%2Clead%2Clight"
    )
    assert answer["Location"] == f"/tasks/?{row.query}"
    shown = client.get(
        "/tasks/?sort=-deadline&columns=lead,light&status=ongoing&status=completed&chapter=3"
    )
    assert [one.is_current for one in shown.context["saved_lists"]] == [True]
    assert shown.context["columns"] == ("number", "title", "lead", "light")


@pytest.mark.parametrize(
    "query", ["chapter=15", "sort=password", "columns=password", "q=%00", "agency=1%3Bdrop"]
)
def test_what_the_list_would_refuse_is_not_saved(cast: Cast, signed_in: Opened, query: str) -> None:
    answer = post_save(signed_in(cast.coordinator), "错", query)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.content.decode()
    assert not SavedList.objects.exists()


def test_of_a_parameter_that_is_repeated_what_the_list_reads_is_kept(
    cast: Cast, signed_in: Opened
) -> None:
    client = signed_in(cast.coordinator)
    query = f"{'chapter=99&' * 900}chapter=3&status=ongoing&status=ongoing"
    assert client.get(f"/tasks/?{query}").status_code == 200
    assert post_save(client, "重复", query).status_code == 302
    assert SavedList.objects.get().query == "chapter=3&status=ongoing"
    page = client.get(f"/tasks/?{query}")
    assert [one.is_current for one in page.context["saved_lists"]] == [True]


def test_a_name_is_given_once_and_never_empty_and_there_is_an_end_to_them(
    cast: Cast, signed_in: Opened
) -> None:
    client = signed_in(cast.coordinator)
    saved(cast.coordinator)
    for name in ("本章", " ", "长" * 41):
        answer = post_save(client, name, "chapter=4")
        assert answer.status_code == 400
        assert "chapter=4" in answer.content.decode()
    # Of another list, or another person's, it is another name.
    assert client.post("/lists/measures/save/", {"name": "本章", "query": ""}).status_code == 302
    assert post_save(signed_in(cast.leader), "本章", "").status_code == 302
    for number in range(MOST_SAVED - 1):
        saved(cast.coordinator, f"清单{number}")
    assert post_save(client, "又一", "").status_code == 400


def test_a_list_that_there_is_not_is_not_found(cast: Cast, signed_in: Opened) -> None:
    client = signed_in(cast.coordinator)
    for address in ("/lists/reports/save/", "/lists/reports/columns/"):
        assert client.post(address, {"name": "本章", "query": ""}).status_code == 404


def test_administrators_have_no_lists(cast: Cast, signed_in: Opened) -> None:
    client = signed_in(cast.administrator)
    assert post_save(client, "本章", "").status_code == 403
    assert client.post("/lists/tasks/columns/", {"columns": "lead"}).status_code == 403
    with pytest.raises(PermissionDenied):
        saved(cast.administrator)


# --- Sharing -----------------------------------------------------------------------------------


def test_colleagues_are_of_the_same_agency_or_of_the_same_office(
    cast: Cast, signed_in: Opened
) -> None:
    second = User.objects.create_user("office2", PASSWORD, name="二办", role=Role.COORDINATOR)
    saved(cast.reporter, "处内", is_shared=True)
    saved(cast.reporter, "自用")
    saved(cast.coordinator, "办内", is_shared=True)
    saved(cast.leader, "领导", is_shared=True)
    shown = {
        name: names_shown(signed_in(user))
        for name, user in {**cast.everyone(), "second": second}.items()
        if user.is_active and not user.is_administrator
    }
    assert shown == {
        "reporter": ["处内", "自用"],
        "colleague": ["处内"],
        "co_reporter": [],
        "stranger": [],
        "coordinator": ["办内"],
        "second": ["办内"],
        "leader": ["领导"],
        "auditor": [],
    }


def test_who_moves_to_another_agency_takes_the_list_along(cast: Cast, signed_in: Opened) -> None:
    saved(cast.reporter, is_shared=True)
    User.objects.filter(pk=cast.reporter.pk).update(agency=cast.stranger.agency)
    assert names_shown(signed_in(cast.colleague)) == []
    assert names_shown(signed_in(cast.stranger)) == ["本章"]


def test_a_list_is_changed_and_removed_by_its_owner_alone(cast: Cast, signed_in: Opened) -> None:
    row = saved(cast.reporter, is_shared=True)
    address = f"/lists/{row.pk}/"
    change = {"name": "改名", "is_shared": "on"}
    for user, status in ((cast.colleague, 403), (cast.stranger, 404), (cast.coordinator, 404)):
        client = signed_in(user)
        assert client.get(address).status_code == status
        assert client.post(address, change).status_code == status
        assert client.post(f"{address}remove/").status_code == status
        with pytest.raises(PermissionDenied):
            saved_list_change(saved=row, name="改名", is_shared=False, by=user)
        with pytest.raises(PermissionDenied):
            saved_list_remove(saved=row, by=user)
    client = signed_in(cast.reporter)
    assert client.get(address).status_code == 200
    assert client.post(address, {"name": ""}).status_code == 400
    assert client.post(address, change)["Location"] == "/tasks/?chapter=3"
    row.refresh_from_db()
    assert (row.name, row.is_shared) == ("改名", True)
    assert client.post(f"{address}remove/")["Location"] == "/tasks/"
    assert not SavedList.objects.exists()


def test_a_list_that_another_window_has_removed_does_not_come_back(cast: Cast) -> None:
    row = saved(cast.coordinator)
    SavedList.objects.get(pk=row.pk).delete()
    with pytest.raises(Conflict):
        saved_list_change(saved=row, name="新名称", is_shared=True, by=cast.coordinator)
    assert not SavedList.objects.exists()


def test_a_shared_list_shows_each_reader_what_they_may_see(cast: Cast, signed_in: Opened) -> None:
    saved(cast.reporter, "未填", "reporting=none", is_shared=True)
    addresses = [
        signed_in(user).get("/tasks/").context["saved_lists"][0].address
        for user in (cast.reporter, cast.colleague)
    ]
    assert addresses == ["/tasks/?reporting=none"] * 2


@pytest.mark.parametrize("query", ["chapter=99", "period=2031-01", "agency={gone}", "status=done"])
def test_a_list_whose_filter_is_gone_says_so(cast: Cast, signed_in: Opened, query: str) -> None:
    agency = Agency.objects.create(name="临时机构", short_name="临时", kind="municipal")
    gone = agency.pk
    agency.delete()
    saved(cast.coordinator, "失效", query.format(gone=gone))
    saved(cast.coordinator, "有效", f"agency={cast.stranger.agency_id}&period=2026-10&chapter=1")
    answer = signed_in(cast.coordinator).get("/tasks/")
    shown = {one.saved.name: one.is_invalid for one in answer.context["saved_lists"]}
    assert shown == {"失效": True, "有效": False}
    address = answer.context["saved_lists"][0].address
    assert signed_in(cast.coordinator).get(address).status_code == 400


# --- Columns -----------------------------------------------------------------------------------


def columns_shown(client: Client, address: str = "/tasks/") -> tuple[str, ...]:
    shown: tuple[str, ...] = client.get(address).context["columns"]
    return shown


def test_columns_are_kept_for_the_person_and_the_list(cast: Cast, signed_in: Opened) -> None:
    client = signed_in(cast.reporter)
    first = columns_shown(client)
    answer = client.post(
        "/lists/tasks/columns/",
        {"columns": ["deadline", "division"], "query": "chapter=3&columns=lead&page=2&q=数据"},
    )
    target = urlsplit(answer["Location"])
    assert target.path == "/tasks/"
    assert parse_qs(target.query) == {"chapter": ["3"], "page": ["2"], "q": ["数据"]}
    assert columns_shown(client) == ("number", "title", "division", "deadline")
    page = client.get("/tasks/").content.decode()
    # One head of each column that is shown.
    assert page.count('<th scope="col"') == 4
    assert columns_shown(signed_in(cast.leader)) == first
    assert "division" not in columns_shown(client, "/measures/")
    client.post("/lists/tasks/columns/", {"reset": "1"})
    assert columns_shown(client) == first
    assert not ListColumns.objects.exists()


def test_no_column_ticked_leaves_the_fixed_ones(cast: Cast, signed_in: Opened) -> None:
    client = signed_in(cast.coordinator)
    client.post("/lists/tasks/columns/", {})
    assert columns_shown(client) == ("number", "title")


def test_the_columns_of_an_address_win_and_are_not_kept(cast: Cast, signed_in: Opened) -> None:
    client = signed_in(cast.coordinator)
    client.post("/lists/tasks/columns/", {"columns": ["lead"]})
    assert columns_shown(client, "/tasks/?columns=light,status") == (
        "number",
        "title",
        "status",
        "light",
    )
    assert columns_shown(client) == ("number", "title", "lead")
    assert client.post("/lists/tasks/columns/", {"columns": ["id"]}).status_code == 400


def test_a_column_that_the_list_has_no_more_is_left_out(cast: Cast, signed_in: Opened) -> None:
    ListColumns.objects.create(owner=cast.leader, page=ListPage.TASKS, columns="lead,score")
    assert columns_shown(signed_in(cast.leader)) == ("number", "title", "lead")
