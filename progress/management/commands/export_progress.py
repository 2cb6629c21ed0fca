"""Write the progress report of a period as an Excel file."""

import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from agencies.models import Agency, Role, User
from progress.models import ReportingPeriod
from progress.workbooks import progress_workbook
from tasks.models import Chapter, Task, TaskQuerySet

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

    def handle(self, *args: Any, **options: Any) -> None:
        period = period_named(options["period"])
        tasks = tasks_named(options["chapter"], options["agency"])
        now = timezone.now()
        content = progress_workbook(
            period=period,
            # Nobody's account: the office itself, which reads what a coordinator reads.
            user=User(role=Role.COORDINATOR),
            today=timezone.localdate(now),
            now=now,
            tasks=tasks,
            language=settings.LANGUAGE_CODE,
        )
        if options["output"] == TO_STDOUT:
            self.stdout.buffer.write(content)  # type: ignore[attr-defined]
            return
        path = Path(options["output"])
        file_write(path, content)
        self.stdout.write(f"{path}: period {period.code}, {tasks.count()} tasks.")


def period_named(code: str) -> ReportingPeriod:
    """The period with this code. Raises CommandError naming the codes there are."""
    period = ReportingPeriod.objects.filter(code=code).first()
    if period is not None:
        return period
    known = list(ReportingPeriod.objects.latest_first().values_list("code", flat=True))
    if not known:
        raise CommandError("No period has been opened yet; a coordinator opens one first.")
    raise CommandError(f'There is no period "{code}"; there are: {", ".join(known)}.')


def tasks_named(chapter: int | None, agency: str | None) -> TaskQuerySet:
    """The tasks of the chapter and agency, all where neither is given. Raises CommandError."""
    tasks = Task.objects.all()
    if chapter is not None:
        if not Chapter.objects.filter(number=chapter).exists():
            raise CommandError(f"There is no chapter {chapter}.")
        tasks = tasks.filter(chapter__number=chapter)
    if agency is not None:
        found = Agency.objects.filter(name=agency) | Agency.objects.filter(aliases__name=agency)
        if not found.exists():
            raise CommandError(f'There is no agency "{agency}"; write its name as the list does.')
        tasks = tasks.shared_by(list(found.values_list("pk", flat=True)))
    return tasks


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
