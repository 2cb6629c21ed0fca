"""Write the progress report of a period as an Excel file."""

import datetime as dt
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.http import QueryDict
from django.utils import timezone

from agencies.models import Agency, Role, User
from progress.closings import EditionDamaged, stored_workbook
from progress.models import EditionKind, Paper, ReportingPeriod
from progress.workbooks import ReportAsked, report_asked, report_question
from tasks.models import Chapter

TO_STDOUT = "-"


class Command(BaseCommand):
    help = (
        "Write the official progress report of a period as an Excel file, in Chinese, as the "
        "coordinating office sees it: approved texts only."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--period", required=True, help="the period's code, such as 2026-10")
        parser.add_argument("--output", required=True, help="the file to write, or - for stdout")
        parser.add_argument("--chapter", type=int, help="only this chapter, by its number")
        parser.add_argument("--agency", help="only tasks that this agency leads or shares, by name")
        parser.add_argument(
            "--edition",
            choices=EditionKind.values,
            default=EditionKind.INTERNAL,
            help="the public one has no internal columns (default: internal)",
        )
        parser.add_argument(
            "--paper", choices=Paper.values, default=Paper.A3, help="what it is printed on"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        period = period_named(options["period"])
        parameters = QueryDict(mutable=True)
        parameters.update(narrowed(options["chapter"], options["agency"]))
        parameters.update({name: options[name] for name in ("edition", "paper")})
        parameters["period"] = period.code
        now = timezone.now()
        today = timezone.localdate(now)
        # Nobody's account: the office itself, which reads what a coordinator reads.
        user = User(role=Role.COORDINATOR)
        question = report_question(parameters, user=user, today=today)
        assert question.is_valid, question.filters.errors
        asked = report_asked(question, language=settings.LANGUAGE_CODE)
        assert asked is not None
        content = stored(asked, now=now) or asked.made(
            user=user, today=today, now=now, language=settings.LANGUAGE_CODE
        )
        if options["output"] == TO_STDOUT:
            self.stdout.buffer.write(content)  # type: ignore[attr-defined]
            return
        path = Path(options["output"])
        file_write(path, content)
        self.stdout.write(f"{path}: period {period.code}, {asked.tasks.count()} tasks.")


def stored(asked: ReportAsked, *, now: dt.datetime) -> bytes | None:
    """The report as it was stored with its period's closing, None where it is to be made.

    Raises CommandError where it is not what was stored.
    """
    try:
        found = stored_workbook(
            period=asked.period,
            is_whole=asked.is_whole,
            language=settings.LANGUAGE_CODE,
            now=now,
            kind=asked.edition,
            paper=asked.paper,
        )
    except EditionDamaged as damaged:
        raise CommandError(
            f"The stored workbook of period {asked.period.code} is damaged ({damaged.problem}); "
            "run verify_editions."
        ) from damaged
    return found.data if found else None


def period_named(code: str) -> ReportingPeriod:
    """The period with this code. Raises CommandError naming the codes there are."""
    period = ReportingPeriod.objects.filter(code=code).first()
    if period is not None:
        return period
    known = list(ReportingPeriod.objects.latest_first().values_list("code", flat=True))
    if not known:
        raise CommandError("No period has been opened yet; a coordinator opens one first.")
    raise CommandError(f'There is no period "{code}"; there are: {", ".join(known)}.')


def narrowed(chapter: int | None, agency: str | None) -> dict[str, str]:
    """The filters of this chapter and agency, none where neither is given. Raises CommandError."""
    filters = {}
    if chapter is not None:
        if not Chapter.objects.filter(number=chapter).exists():
            raise CommandError(f"There is no chapter {chapter}.")
        filters["chapter"] = str(chapter)
    if agency is not None:
        found = Agency.objects.filter(name=agency) | Agency.objects.filter(aliases__name=agency)
        one = found.order_by("pk").first()
        if one is None:
            raise CommandError(f'There is no agency "{agency}"; write its name as the list does.')
        filters["agency"] = str(one.pk)
    return filters


def file_write(path: Path, content: bytes) -> None:
    """Write the whole file or nothing: a reader never finds half a workbook under its name."""
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".export-") as folder:
            part = Path(folder) / path.name
            part.write_bytes(content)
            part.replace(path)
    except OSError as error:
        raise CommandError(
            f"{path} cannot be written: {error.strerror}. Name a file in a folder that exists and "
            "that you may write to."
        ) from error
