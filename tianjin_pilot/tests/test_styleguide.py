"""The design system: a page to look at while developing, and what its tokens promise."""

import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import clear_url_caches
from playwright.sync_api import Browser
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from progress.pages.styleguide import contrast, pairs, tokens_read
from tianjin_pilot import urls
from tianjin_pilot.tests.judging import judged
from tianjin_pilot.tests.screens import NOBODY, Screen

STYLES = settings.BASE_DIR / "static" / "css"
OURS = (
    "frame",
    "components",
    "forms",
    "tables",
    "charts",
    "reporting",
    "product",
    "lists",
    "dashboards",
    "print",
)


@pytest.fixture
def routed_with_debug(settings: Settings) -> Iterator[None]:
    settings.DEBUG = True
    importlib.reload(urls)
    clear_url_caches()
    yield
    settings.DEBUG = False
    importlib.reload(urls)
    clear_url_caches()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_it_shows_itself_with_debug_on(language: str, routed_with_debug: None, db: None) -> None:
    client = Client()
    client.cookies["django_language"] = language
    page = client.get("/styleguide/").content.decode()
    assert f'<html lang="{language}">' in page
    for part in ("figure-card", "chart-rows", "chart-trend", "matrix", "empty-good", "confirm"):
        assert f'"{part}' in page or f" {part}" in page, part
    assert not re.search(r'\sstyle="|<style', page)


@pytest.mark.browser
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_no_component_has_a_fault(
    language: str, browser: Browser, live_server: LiveServer, routed_with_debug: None
) -> None:
    guide = [Screen("styleguide", NOBODY, "/styleguide/")]
    faults = judged(browser, live_server.url, guide, language=language)
    assert not faults, "\n".join(faults)


def test_it_is_not_there_in_service(db: None) -> None:
    assert Client().get("/styleguide/").status_code == 404


@pytest.mark.parametrize("pair", pairs(tokens_read()), ids=lambda p: f"{p.over} on {p.ground}")
def test_colours_that_stand_on_each_other_have_enough_contrast(pair: object) -> None:
    assert pair.is_enough, pair  # type: ignore[attr-defined]


def test_contrast_is_measured_as_the_guidelines_say() -> None:
    assert contrast("#fff", "#000") == 21
    assert contrast("#767676", "#ffffff") == 4.54


@pytest.mark.parametrize("name", OURS)
def test_no_stylesheet_but_that_of_the_tokens_names_a_colour(name: str) -> None:
    text = Path(STYLES / f"{name}.css").read_text(encoding="utf-8")
    assert not re.findall(r"#[0-9a-fA-F]{3,8}\b|rgba?\(", text)
    assert text.count("\n") < 400


@pytest.mark.parametrize("name", OURS)
def test_every_token_that_is_used_is_there(name: str) -> None:
    used = set(re.findall(r"var\(--([\w-]+)\)", Path(STYLES / f"{name}.css").read_text("utf-8")))
    assert used <= set(tokens_read())
