"""The page for people who write programs against the API: what to know, with examples that run.

The examples are the files that the tests run as they stand, with curl and with Python's standard
library, and nothing that would have to be installed.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from progress.pages.help_topics import Words

FOLDER = Path(__file__).resolve().parent.parent / "examples"
# What the Python of all of them imports.
SHARED = "pilot.py"
# Takes what webhooks send.
RECEIVER = "being_told.py"


@dataclass(frozen=True, slots=True)
class Lesson:
    """A heading, what to know, and the example: its files are `name` with .sh and .py."""

    name: str
    title: Words
    said: tuple[Words, ...]

    @property
    def in_curl(self) -> str:
        return _text(f"{self.name}.sh")

    @property
    def in_python(self) -> str:
        return _text(f"{self.name}.py")


LESSONS: tuple[Lesson, ...] = (
    Lesson(
        "first_call",
        _("First call"),
        (
            _(
                "Set PILOT to the address of this system and TOKEN to your token, in the "
                "environment. A token has the rights of its person and the access chosen when it "
                "was made."
            ),
            _("Answers are JSON. Days are those of Tianjin; moments carry their offset."),
        ),
    ),
    Lesson(
        "filters",
        _("Filters, order and fields"),
        (
            _(
                "Lists take the filters of their pages, and more for each field: __gte, __in, "
                "__contains. A name that is unknown is refused, and the near one is named."
            ),
            _("fields and omit choose what is answered; what is not asked for is not computed."),
        ),
    ),
    Lesson(
        "pages",
        _("Page by page"),
        (
            _(
                "With pagination=cursor each answer has in next where to go on. Rows that come or "
                "go meanwhile neither repeat nor hide others."
            ),
        ),
    ),
    Lesson(
        "unchanged",
        _("Ask only for what has changed"),
        (
            _(
                "Every answer has an ETag. Send it back as If-None-Match: while it holds, 304 "
                "comes without a body."
            ),
        ),
    ),
    Lesson(
        "report",
        _("Save and hand in a report"),
        (
            _(
                "A report is saved over the version that was read, or its ETag sent as If-Match. "
                "Whoever is overtaken is told so with both texts (409, 412), and nothing is lost."
            ),
            _("Classified content must not be entered, through the API either."),
        ),
    ),
    Lesson(
        "deadlines",
        _("Many at once: deadlines"),
        (
            _(
                "Up to 500 rows are written by one call, all of them or none; errors name the row. "
                "With dry_run=true everything is tried and nothing stays. This one is for "
                "coordinators."
            ),
        ),
    ),
    Lesson(
        "changes",
        _("Follow changes"),
        (
            _(
                "The feed tells in order what changed behind a position. Take the position first, "
                "read everything once, then follow. Lights change with the day, without an entry."
            ),
        ),
    ),
    Lesson(
        "errors",
        _("Errors and limits"),
        (
            _(
                "Errors are problem documents (RFC 9457). Compare type and the names in errors, "
                "never sentences: those are for people."
            ),
            _(
                "Each answer says in RateLimit how much is left. After 429 and 503 wait as long as "
                "Retry-After says."
            ),
        ),
    ),
)


@require_safe
def developers(request: HttpRequest) -> HttpResponse:
    """What a programmer needs for the first working program, for everybody who is signed in."""
    return render(
        request,
        "help/developers.html",
        {
            "lessons": LESSONS,
            "shared": _text(SHARED),
            "receiver": _text(RECEIVER),
            "origin": request.build_absolute_uri("/"),
        },
    )


@cache
def _text(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8").strip("\n")
