"""No page is missing where pages are judged, and each answers on the demonstration's data."""

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from agencies.models import Role, User
from tianjin_pilot.tests.screens import NO_SCREEN, NOBODY, ROWS, screens

pytestmark = pytest.mark.wide


def _route_names(patterns: list[URLPattern | URLResolver]) -> set[str]:
    names: set[str] = set()
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            if pattern.app_name != "api":
                names |= _route_names(pattern.url_patterns)
        # The style guide is there while one works on the product, and in no installation.
        elif pattern.name and pattern.name != "styleguide":
            names.add(pattern.name)
    return names


def test_every_page_is_in_the_table() -> None:
    routes = {row.route for row in ROWS}
    assert not routes & NO_SCREEN
    assert routes | NO_SCREEN == _route_names(get_resolver().url_patterns)


def test_every_screen_answers(demonstration: None) -> None:
    clients = {user.username: Client() for user in User.objects.filter(username__in=Role.values)}
    for username, client in clients.items():
        client.force_login(User.objects.get(username=username))
    clients[NOBODY] = Client()
    answers = {screen: clients[screen.role].get(screen.path).status_code for screen in screens()}
    assert [screen for screen, status in answers.items() if status != screen.status] == []
