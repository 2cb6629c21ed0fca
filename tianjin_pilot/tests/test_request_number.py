"""The number of a request: in the answer, on the page that says no, in the job, in the log."""

from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from agencies.models import User
from agencies.request_number import numbered, request_number
from conftest import Cast
from progress import jobs
from progress.workers import REQUEST_NUMBER


def test_each_request_has_its_own(client: Client) -> None:
    numbers = {client.get("/healthz")["X-Request-ID"] for _turn in range(3)}
    assert len(numbers) == 3


def test_that_of_our_proxy_is_kept_and_nobody_elses(client: Client, settings: Settings) -> None:
    def answered(number: str) -> str:
        return client.get("/healthz", headers={"X-Request-ID": number})["X-Request-ID"]

    given = "0123456789abcdef-0123"
    settings.PROXIES = 0
    assert answered(given) != given
    settings.PROXIES = 1
    assert answered(given) == given
    for other in (
        "short",
        "a" * 65,
        "<script>alert(1)</script>",
        "张三张三张三张三",
        "a b c d e f g",
    ):
        assert answered(other) not in other


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_page_and_the_problem_that_say_no_name_it(
    cast: Cast, signed_in: Callable[[User], Client], language: str
) -> None:
    client = signed_in(cast.administrator)
    client.cookies["django_language"] = language
    for path in ("/no-such-page/", "/overview/"):
        answer = client.get(path)
        assert answer.status_code in (403, 404)
        assert answer["X-Request-ID"] in answer.content.decode()
    problem = client.get("/api/v1/tasks/4/")
    assert problem.json()["request_id"] == problem["X-Request-ID"]


def test_a_job_has_the_number_of_the_request_that_asked_for_it(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    monkeypatch.setattr(jobs, "entries_seal", lambda: seen.append(request_number()))
    job = jobs.seal_audit_trail
    job.apply(headers={REQUEST_NUMBER: "asked-for-by"})
    job.apply(task_id="nobody-asked")
    assert seen == ["asked-for-by", "nobody-asked"]
    with numbered("outer"):
        assert request_number() == "outer"
    assert request_number() == ""
