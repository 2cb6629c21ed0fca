"""The state of the list in one sentence, each of its numbers leading to what it counts."""

from collections.abc import Mapping, Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from progress.lights import Light
from progress.pages.counts import Count, HandingIn
from progress.rollups import Figures
from tasks.models import Status


def sentence(
    figures: Figures,
    *,
    all_address: str,
    statuses: Sequence[Count],
    lights: Sequence[Count],
    handing_in: HandingIn | None,
    matters: tuple[int, str] | None,
) -> SafeString:
    """What a person says who is asked how it stands: statuses, lights that are lit, and what the
    period still lacks.

    `matters` is how many are unsettled and where they are listed; None, like `handing_in`, where
    the reader may not know.
    """
    by_status = {count.value: _linked(count.count, count.address) for count in statuses}
    parts = [
        format_html(
            ngettext(
                "Of {all} task {completed} is completed, {ongoing} ongoing, {going} in progress "
                "and {not_started} not started",
                "Of {all} tasks {completed} are completed, {ongoing} ongoing, {going} in progress "
                "and {not_started} not started",
                figures.tasks,
            ),
            all=_linked(figures.tasks, all_address),
            completed=by_status[Status.COMPLETED],
            ongoing=by_status[Status.ONGOING],
            going=by_status[Status.IN_PROGRESS],
            not_started=by_status[Status.NOT_STARTED],
        ),
        _lights(lights),
    ]
    if handing_in is not None:
        reports = handing_in.figures
        parts.append(
            format_html(
                _("{handed_in} of {due} reports of this period are handed in, {missing} are not"),
                handed_in=_linked(reports.handed_in, handing_in.handed_in),
                due=_linked(reports.due, handing_in.due),
                missing=_linked(reports.missing, handing_in.missing),
            )
        )
    if matters is not None:
        parts.append(
            format_html(
                ngettext(
                    "{matters} matter to coordinate is not closed",
                    "{matters} matters to coordinate are not closed",
                    matters[0],
                ),
                matters=_linked(*matters),
            )
        )
    between = pgettext("between parts of a sentence about figures", "; ")
    return format_html(
        "{}{}",
        format_html_join(between, "{}", ((part,) for part in parts)),
        pgettext("end of a sentence", "."),
    )


def _lights(lights: Sequence[Count]) -> SafeString:
    """The lights that ask for attention, none of them left out for being zero but late blue."""
    words: Mapping[str, str] = {
        Light.RED: _("red lights {count}"),
        Light.YELLOW: _("yellow lights {count}"),
        Light.LATE_BLUE: _("completed late {count}"),
    }
    by_light = {count.value: count for count in lights}
    shown = [
        format_html(text, count=_linked(by_light[light].count, by_light[light].address))
        for light, text in words.items()
        if light != Light.LATE_BLUE or by_light[light].count
    ]
    between = pgettext("between numbers of a sentence", ", ")
    return format_html_join(between, "{}", ((one,) for one in shown))


def _linked(number: int, address: str) -> SafeString:
    if not address:
        return format_html("<strong>{}</strong>", number)
    return format_html('<a href="{}">{}</a>', address, number)
