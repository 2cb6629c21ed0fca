"""What is typed runs in no browser: hostile texts in every row there is, and each page that shows
them, and the mail, opened in Chromium. Nothing of them becomes an element, a question or a script,
and the content policy has nothing to stop."""

import datetime as dt

import pytest
import time_machine
from django.core.mail import EmailMultiAlternatives
from playwright.sync_api import Dialog
from pytest_django.live_server_helper import LiveServer

from conftest import NOW, Cast
from progress.models import ReportingPeriod
from progress.reminders import reminders_deliver
from progress.reminders.by_hand import asking_ahead, reminders_ask
from tianjin_pilot.tests.conftest import PageOf
from tianjin_pilot.tests.every_address import every_address
from tianjin_pilot.tests.foreign import foreign_things, texts_written
from tianjin_pilot.tests.screens import ROWS

pytestmark = pytest.mark.browser

# It begins as an address does that runs, and breaks out of an attribute, an element whose content
# is text, and a comment.
HOSTILE = (
    "javascript:alert(1)//'\"></title></textarea></script>--><script>alert(1)</script>"
    '<img src="/x" onerror=alert(1)><svg onload=alert(1)><iframe srcdoc="<script>alert(1)">'
)
# What goes into a name of thirty characters.
SHORT = "'\"><svg onload=alert(1)>"
MARK = "alert(1)"
# What a page of ours has none of.
MADE = """() => [...document.querySelectorAll(
  '[onerror], [onload], iframe, main script, img[src="/x"], [href^="javascript:" i],'
  + '[src^="javascript:" i], [action^="javascript:" i], [formaction^="javascript:" i]'
)].map(one => one.outerHTML.slice(0, 200))"""
WHO = ("reporter", "coordinator", "auditor", "administrator")
PATIENCE = 60_000  # milliseconds, of a machine with other things to do


def test_nothing_that_is_typed_runs(
    cast: Cast,
    period: ReportingPeriod,
    live_server: LiveServer,
    page_of: PageOf,
    mailoutbox: list[EmailMultiAlternatives],
) -> None:
    with time_machine.travel(NOW, tick=True):
        things = foreign_things(cast, period)
        pages = {role: page_of(role) for role in WHO}
        asked: list[str] = []
        for page in pages.values():
            page.set_default_timeout(PATIENCE)
            page.on("dialog", lambda box: _heard(box, asked))
        assert len(set(texts_written(HOSTILE, shorter=SHORT))) > 40
        made, shown = {}, 0
        paths = {one.name: one.path for one in every_address(things)}
        for row in ROWS:
            role = next((one for one in row.roles if one in pages), None)
            if role is None or row.route not in paths:
                continue
            page = pages[role]
            page.goto(live_server.url + paths[row.route])
            shown += MARK in page.content()
            if found := page.evaluate(MADE):
                made[row.route] = found
        assert made == {}
        assert shown > 50
        # Mail has no content policy that would stop anything.
        _reminded(cast, period)
        letter = pages["reporter"].context.browser
        assert letter is not None
        reader = letter.new_page()
        reader.on("dialog", lambda box: _heard(box, asked))
        assert mailoutbox
        for mail in mailoutbox:
            [(html, _kind)] = mail.alternatives
            assert MARK in str(html)
            reader.set_content(str(html))
            assert reader.evaluate(MADE) == []
        reader.close()
    assert asked == []


def _heard(box: Dialog, asked: list[str]) -> None:
    asked.append(box.message)
    box.dismiss()


def _reminded(cast: Cast, period: ReportingPeriod) -> None:
    agency = cast.reporter.agency
    assert agency is not None
    by, agencies = cast.coordinator, frozenset({agency.pk})
    seen = asking_ahead(period=period, by=by, now=NOW, agencies=agencies).seen
    reminders_ask(period=period, by=by, now=NOW, note=HOSTILE, seen=seen, agencies=agencies)
    reminders_deliver(now=NOW + dt.timedelta(minutes=1))
