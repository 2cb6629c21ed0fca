"""The frame of every page: whose places it shows, in which language, and pages that say no."""

import re
from collections.abc import Callable

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse
from django.views.defaults import server_error

from agencies.models import User
from conftest import Cast
from progress.models import ReportingPeriod
from progress.pages.navigation import PLACES, WITHIN
from progress.tests.acts import handed_in, task_numbered

HOMES = {
    "reporter": "/my/",
    "coordinator": "/overview/",
    "leader": "/overview/",
    "auditor": "/audit-trail/",
    "administrator": "/administration/",
}


@pytest.mark.parametrize("who", HOMES)
def test_home_is_where_a_persons_work_begins(
    who: str, cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    answer = signed_in(getattr(cast, who)).get("/")
    assert (answer.status_code, answer["Location"]) == (302, HOMES[who])


@pytest.mark.parametrize("who", HOMES)
def test_everybody_may_go_wherever_their_frame_leads(
    who: str, cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    user = getattr(cast, who)
    client = signed_in(user)
    navigation = client.get(HOMES[who]).context["navigation"]
    assert [place.url for place in navigation.places] == [reverse(one) for one in PLACES[user.role]]
    for place in (*navigation.places, *navigation.tools, *navigation.account):
        assert client.get(place.url).status_code == 200, place.url


def test_the_frame_marks_where_one_is(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(cast.coordinator)

    def frame_of(page: str) -> str:
        answer = client.get(page).content.decode()
        return answer[: answer.index("<main")]

    marked = {
        page: re.findall(r'href="([^"]+)" aria-current="(\w+)"', frame_of(page))
        for page in (
            "/overview/",
            "/chapters/1/",
            "/tasks/4/",
            f"/agencies/{cast.stranger.agency_id}/",
        )
    }
    assert marked == {
        "/overview/": [("/overview/", "page")],
        "/chapters/1/": [("/overview/", "true")],
        "/tasks/4/": [("/tasks/", "true")],
        f"/agencies/{cast.stranger.agency_id}/": [("/agencies/", "true")],
    }


def test_pages_within_a_place_are_within_one_that_is_there() -> None:
    places = {name for names in PLACES.values() for name in names} | {
        "security",
        "tokens",
        "webhooks",
        "help-home",
    }
    assert {name for names in WITHIN.values() for name in names} <= places


def test_what_waits_is_counted_for_those_who_decide(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    handed_in(task_numbered(4), period, cast.reporter)
    places = signed_in(cast.coordinator).get("/overview/").context["navigation"].places
    assert {place.url: place.count for place in places}["/review/"] == 1


def test_the_switch_changes_the_language_and_comes_back(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(cast.leader)
    assert '<html lang="zh-hans">' in client.get("/overview/").content.decode()
    answer = client.post("/language/", {"language": "en", "next": "/tasks/?chapter=2"})
    assert answer["Location"] == "/tasks/?chapter=2"
    page = client.get("/overview/").content.decode()
    assert '<html lang="en">' in page
    assert "Overview of the whole list" in page
    # It leads nowhere but to this site.
    away = client.post("/language/", {"language": "en", "next": "https://example.org/"})
    assert not away["Location"].startswith("https://example.org")


def test_pages_need_no_script_or_style_of_their_own(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    for path in (
        "/overview/",
        "/chapters/1/",
        "/agencies/",
        f"/agencies/{cast.stranger.agency_id}/",
        "/tasks/",
        "/tasks/4/",
    ):
        answer = signed_in(cast.coordinator).get(path)
        page = answer.content.decode()
        assert "default-src 'self'" in answer["Content-Security-Policy"]
        assert not re.search(r'<style|\sstyle="|\son\w+="|<script(?![^>]* src=)', page)


def test_a_page_that_is_not_there_keeps_the_frame(
    cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    answer = signed_in(cast.leader).get("/no-such-page/")
    assert answer.status_code == 404
    assert 'href="/overview/"' in answer.content.decode()
    stranger = Client().get("/no-such-page/")
    assert stranger.status_code == 404
    assert 'href="/overview/"' not in stranger.content.decode()


def test_what_is_forbidden_says_why(cast: Cast, signed_in: Callable[[User], Client]) -> None:
    answer = signed_in(cast.administrator).get("/overview/")
    assert answer.status_code == 403
    assert 'href="/accounts/"' in answer.content.decode()


def test_a_form_gone_stale_says_what_to_do(cast: Cast, signed_in: Callable[[User], Client]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.leader)
    answer = client.post("/language/", {"language": "en"})
    assert answer.status_code == 403
    assert 'class="btn btn-primary" href="/"' in answer.content.decode()


def test_a_fault_of_ours_is_told_without_the_database() -> None:
    page = server_error(RequestFactory().get("/")).content.decode()
    assert "已保存的内容不受影响" in page
