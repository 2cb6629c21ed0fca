"""The styleguide (with DEBUG on only): every component in every state, and the tokens it is of."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from django.contrib.auth.decorators import login_not_required
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from progress.lights import Light
from progress.pages.charts import (
    BarRow,
    Lines,
    Matrix,
    MatrixCell,
    MatrixHead,
    MatrixRow,
    Part,
    Series,
    StackedBars,
    stacked_bars,
)
from progress.states import ReportState
from tasks.models import Status

# Text on its ground: 4.5 to 1 at least (WCAG 1.4.3).
TEXT_ON_GROUND = (
    *((ink, ground) for ink in ("ink", "ink-soft", "grey", "blue", "red", "green", "amber")
      for ground in ("surface", "ground", "hover")),
    ("teal", "surface"), ("violet", "surface"), ("ink-soft", "head"), ("blue", "head"),
    ("ink", "blue-soft"), ("blue", "blue-soft"), ("blue-dark", "blue-soft"),
    ("red", "red-soft"), ("green", "green-soft"), ("green-dark", "green-soft"),
    ("amber", "amber-soft"), ("teal", "teal-soft"), ("violet", "violet-soft"),
    ("grey", "grey-soft"), ("surface", "blue"), ("surface", "blue-dark"), ("surface", "red"),
    ("surface", "green"), ("surface", "teal"), ("surface", "violet"), ("surface", "chart-blue"),
    ("ink", "chart-amber"), ("ink", "chart-hollow"),
)  # fmt: skip
# What has to be seen beside its ground: 3 to 1 at least (WCAG 1.4.11).
SHAPE_ON_GROUND = (
    ("line-strong", "surface"), ("focus", "surface"), ("focus", "ground"),
    ("focus-on-blue", "blue"), ("chart-blue", "surface"), ("chart-amber", "surface"),
    ("chart-hollow-line", "surface"), ("chart-axis", "surface"), ("amber-fill", "surface"),
)  # fmt: skip
TEXT_AT_LEAST, SHAPE_AT_LEAST = 4.5, 3.0


@dataclass(frozen=True, slots=True)
class Pair:
    """A colour on a ground, their contrast, and how much there has to be."""

    over: str
    ground: str
    contrast: float
    at_least: float

    @property
    def is_enough(self) -> bool:
        return self.contrast >= self.at_least


def tokens_read() -> dict[str, str]:
    """The custom properties of static/css/tokens.css by name, without the two hyphens."""
    found = finders.find("css/tokens.css")
    assert isinstance(found, str)
    return dict(re.findall(r"--([\w-]+): ([^;]+);", Path(found).read_text(encoding="utf-8")))


def contrast(over: str, ground: str) -> float:
    """The contrast of two colours written #rgb or #rrggbb, 1 to 21 (WCAG 2.2)."""
    light, dark = sorted((_luminance(over), _luminance(ground)), reverse=True)
    return round((light + 0.05) / (dark + 0.05), 2)


def _luminance(colour: str) -> float:
    digits = colour.removeprefix("#")
    if len(digits) == 3:
        digits = "".join(2 * digit for digit in digits)
    shares = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
    red, green, blue = (
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def pairs(tokens: Mapping[str, str]) -> list[Pair]:
    """Every pair that pages put on each other, with its contrast."""
    return [
        Pair(over, ground, contrast(tokens[over], tokens[ground]), at_least)
        for several, at_least in (
            (TEXT_ON_GROUND, TEXT_AT_LEAST),
            (SHAPE_ON_GROUND, SHAPE_AT_LEAST),
        )
        for over, ground in several
    ]


@require_safe
@login_not_required
def styleguide(request: HttpRequest) -> HttpResponse:
    """One page with all of it; signed in or not."""
    tokens = tokens_read()
    return render(
        request,
        "styleguide/styleguide.html",
        {
            "pairs": pairs(tokens),
            "tokens": tokens,
            "statuses": Status.values,
            "lights": Light.values,
            "report_states": ["", *ReportState.values],
            "bars": _bars(),
            "trend": _trend(),
            "matrix": _matrix(),
            "crumbs": [("#", _("Overview")), ("#", _("Chapters"))],
        },
    )


def _bars() -> StackedBars:
    names = dict(Status.choices)
    rows = {
        "一、电信服务": (0, 11, 2, 1),
        "二、医疗康养": (2, 6, 2, 3),
        "三、金融领域": (30, 1, 1, 0),
    }
    return stacked_bars(
        [
            BarRow(
                name,
                [
                    Part(f"status-{s}", names[s], n, "#")
                    for s, n in zip(Status, counts, strict=True)
                ],
                address="#",
            )
            for name, counts in rows.items()
        ]
    )


def _trend() -> Lines:
    return Lines(
        tuple(f"2026-{month:02}" for month in range(5, 12)),
        (
            Series(_("Started rate"), (40, 52, 61, 70, 78, 86, 90.8), _("started / all")),
            Series(_("Implemented rate"), (2, 5, 8, None, 15, 19, 22.1)),
            Series(_("Completed rate"), (0, 1, 2, 4, 5, 7, 8.4)),
            Series(_("Handed in on time"), (100, 96, 92, 97, 90, 94, 53.4)),
        ),
    )


def _matrix() -> Matrix:
    columns = [MatrixHead(f"{number}", "#") for number in range(1, 15)]
    rows = [
        MatrixRow(
            MatrixHead(name, "#"),
            [MatrixCell(at % 4, "#") if at % 4 else None for at in range(shift, shift + 14)],
            MatrixCell(21, "#"),
        )
        for shift, name in enumerate(("发改委", "商务局", "数据局", "海关"))
    ]
    sums = [MatrixCell(6, "#") for _column in columns]
    return Matrix(_("Tasks"), _("Agency"), columns, rows, sums, MatrixCell(84, "#"))
