"""Pages that say no, each met for real: with its status, its advice, and the reader's frame."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.contrib.auth.decorators import login_not_required
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from pytest_django.fixtures import Settings

from agencies.limits import TooManyRequests
from agencies.models import User
from conftest import Cast
from tianjin_pilot import urls

handler400, handler500 = urls.handler400, urls.handler500


@login_not_required
def refuses(request: HttpRequest) -> HttpResponse:
    raise TooManyRequests(dt.timedelta(seconds=90))


@login_not_required
def loses_the_database(request: HttpRequest) -> HttpResponse:
    raise OperationalError("connection refused")


@login_not_required
def fails(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("a fault of ours")


urlpatterns = [
    path("refuses/", refuses),
    path("loses/", loses_the_database),
    path("fails/", fails),
    path("api/loses/", loses_the_database),
    path("api/refuses/", refuses),
    *urls.urlpatterns,
]


@pytest.fixture
def client_of(cast: Cast, signed_in: Callable[[User], Client]) -> Callable[[str], Client]:
    def of(who: str) -> Client:
        client = Client() if who == "nobody" else signed_in(getattr(cast, who))
        client.raise_request_exception = False
        # A key of its own, so that the check of the key goes on to read the form.
        client.cookies["csrftoken"] = "a" * 32
        return client

    return of


@pytest.mark.parametrize("who", ["nobody", "leader"])
def test_a_form_larger_than_is_taken_in_answers_413(
    who: str, client_of: Callable[[str], Client], settings: Settings
) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 500
    client = client_of(who)
    client.handler.enforce_csrf_checks = True
    answer = client.post(
        "/language/", b"next=" + b"a" * 1000, content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 413
    page = answer.content.decode()
    assert "HTTP 413" in page
    assert ('href="/overview/"' in page) == (who == "leader")


def test_a_form_that_is_no_form_answers_400(client_of: Callable[[str], Client]) -> None:
    client = client_of("leader")
    client.handler.enforce_csrf_checks = True
    answer = client.post("/language/", b"x", content_type="multipart/form-data; boundary=")
    assert answer.status_code == 400
    assert "HTTP 400" in answer.content.decode()


@pytest.mark.parametrize("who", ["nobody", "leader"])
def test_an_address_that_is_none_answers_404(who: str, client_of: Callable[[str], Client]) -> None:
    answer = client_of(who).get("/no-such-page/")
    assert answer.status_code == 404
    assert "HTTP 404" in answer.content.decode()


def test_what_is_not_ones_own_answers_403(client_of: Callable[[str], Client]) -> None:
    answer = client_of("administrator").get("/overview/")
    assert answer.status_code == 403
    assert "HTTP 403" in answer.content.decode()


def test_a_form_without_its_key_answers_403(client_of: Callable[[str], Client]) -> None:
    client = client_of("leader")
    client.handler.enforce_csrf_checks = True
    answer = client.post("/language/", {"language": "en"})
    assert answer.status_code == 403
    assert "HTTP 403" in answer.content.decode()


@pytest.mark.urls("tianjin_pilot.tests.test_fault_pages")
def test_who_asks_too_often_is_told_how_long_to_wait(client_of: Callable[[str], Client]) -> None:
    answer = client_of("leader").get("/refuses/")
    assert (answer.status_code, answer["Retry-After"]) == (429, "90")
    assert "HTTP 429" in answer.content.decode()
    problem = client_of("leader").get("/api/refuses/")
    assert (problem.status_code, problem["Retry-After"]) == (429, "90")
    assert problem["Content-Type"] == "application/problem+json"


@pytest.mark.urls("tianjin_pilot.tests.test_fault_pages")
def test_a_database_out_of_reach_answers_503(client_of: Callable[[str], Client]) -> None:
    answer = client_of("leader").get("/loses/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert "HTTP 503" in answer.content.decode()
    problem = client_of("leader").get("/api/loses/")
    assert (problem.status_code, problem.json()["status"]) == (503, 503)


@pytest.mark.urls("tianjin_pilot.tests.test_fault_pages")
def test_a_fault_of_ours_answers_500(client_of: Callable[[str], Client]) -> None:
    answer = client_of("leader").get("/fails/")
    assert answer.status_code == 500
    assert "HTTP 500" in answer.content.decode()
