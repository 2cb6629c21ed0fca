"""A task's course as template tags: what happened, and its reports of other periods."""

import datetime as dt
import functools
from collections.abc import Sequence

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from progress.pages.drawn import drawn
from progress.templatetags.components import marked, report_state_badge, status_change
from progress.timeline import Entry

register = template.Library()


@register.simple_tag
def timeline(entries: Sequence[Entry], number: int | None = None) -> SafeString:
    """What happened to the task of this number, each with the way to the report it belongs to.

    Without a number all of it belongs to the report that the reader looks at.
    """
    return drawn(
        "timeline.jinja",
        entries=entries,
        within_period=number is None,
        report=functools.cache(lambda code: reverse("report", args=[number, code])),
        moment=_moment,
        badge=functools.cache(report_state_badge),
        status=functools.cache(status_change),
        marked=marked,
        words={
            "said": _("What it said"),
            "unchanged": _("unchanged"),
            "without": _("Without %(agencies)s."),
        },
    )


@register.simple_tag
def other_reports(reports: Sequence[tuple[str, str]], number: int) -> SafeString:
    """The reports of the task of this number, each by the code of its period and its state."""
    return drawn(
        "other_reports.jinja",
        reports=reports,
        report=lambda code: reverse("report", args=[number, code]),
        badge=functools.cache(report_state_badge),
    )


def _moment(at: dt.datetime) -> str:
    return timezone.localtime(at).isoformat(" ", "minutes")[: len("2026-11-20 09:00")]
