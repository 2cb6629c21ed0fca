"""Screens are Chinese until the reader switches; programs ask the API in their own language."""

import pytest
from django.conf import settings
from django.test import RequestFactory

from agencies.language import chosen_language

ENGLISH_BROWSER = {"Accept-Language": "en-US,en;q=0.9"}


@pytest.mark.parametrize(
    ("path", "cookie", "headers", "expected"),
    [
        ("/overview/", None, {}, "zh-hans"),
        ("/overview/", None, ENGLISH_BROWSER, "zh-hans"),
        ("/overview/", "en", {}, "en"),
        ("/overview/", "en", {"Accept-Language": "zh-CN"}, "en"),
        ("/overview/", "tlh", {}, "zh-hans"),
        ("/api/v1/tasks/", None, {}, "zh-hans"),
        ("/api/v1/tasks/", None, ENGLISH_BROWSER, "en"),
        ("/api/v1/tasks/", None, {"Accept-Language": "fr"}, "zh-hans"),
        ("/api/v1/tasks/", "zh-hans", ENGLISH_BROWSER, "zh-hans"),
    ],
)
def test_the_language_follows_the_switch_then_for_the_api_the_header(
    path: str, cookie: str | None, headers: dict[str, str], expected: str
) -> None:
    request = RequestFactory().get(path, headers=headers)
    if cookie:
        request.COOKIES[settings.LANGUAGE_COOKIE_NAME] = cookie
    assert chosen_language(request) == expected
