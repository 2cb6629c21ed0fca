"""Importing the same list again changes nothing, and says so."""

import io
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agencies.models import Agency, AgencyAlias, AgencyKind
from tasks.importing import import_list
from tasks.models import Chapter, Measure, Responsibility, Task, TaskRevision
from tasks.tests.official_list import LATER, NOW, SOURCE, WriteList, list_with

WRITING = ("INSERT", "UPDATE", "DELETE")


def everything() -> list[list[tuple[object, ...]]]:
    models = (Agency, AgencyAlias, Chapter, Task, Measure, Responsibility, TaskRevision)
    return [list(model._default_manager.order_by("pk").values_list()) for model in models]


def imported(*arguments: str | Path) -> str:
    output = io.StringIO()
    call_command("import_tasks", *arguments, stdout=output)
    return output.getvalue()


@pytest.mark.django_db
def test_the_first_import_tells_what_the_list_holds() -> None:
    output = imported()
    assert "14 chapters, 131 tasks, 337 measures and 54 agencies" in output
    assert "132 lead and 231 co-responsibilities" in output
    assert "created 131, updated 0, dropped 0, unchanged 0" in output


@pytest.mark.usefixtures("register")
def test_the_same_list_again_writes_nothing() -> None:
    before = everything()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        output = imported()
    assert "unchanged 131" in output
    assert "Nothing changed" in output
    assert not [one["sql"] for one in queries if one["sql"].startswith(WRITING)]
    assert everything() == before


@pytest.mark.usefixtures("register")
@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + SOURCE.encode(),
        SOURCE.replace("\n", "\r\n").encode(),
        SOURCE.replace("\n", "\r").encode(),
        SOURCE.encode() + b"\n\n",
    ],
    ids=["byte order mark", "line ends of Windows", "old line ends", "blank lines at the end"],
)
def test_the_same_list_saved_by_another_editor_is_unchanged(
    content: bytes, write_list: WriteList
) -> None:
    assert import_list(path=write_list(content), now=LATER).unchanged == 131


@pytest.mark.django_db
def test_a_dry_run_tells_everything_and_writes_nothing(write_list: WriteList) -> None:
    output = imported("--dry-run")
    assert "created 131" in output
    assert "nothing was written" in output
    assert not any(everything())

    import_list(now=NOW)
    before = everything()
    output = imported(write_list(list_with((12, "统筹当地", "统筹"))), "--dry-run")
    assert "updated 1, dropped 0, unchanged 130" in output
    assert "统筹[-当地-]" in output
    assert everything() == before


@pytest.mark.usefixtures("register")
def test_an_agency_that_was_changed_in_the_database_is_not_overwritten() -> None:
    agency = Agency.objects.get(name="市商务局")
    agency.short_name, agency.kind = "商务", AgencyKind.INSTITUTION
    agency.contact_email = "office@example.org"
    agency.save()
    agency.aliases.all().delete()
    before = everything()
    import_list(now=LATER)
    assert everything() == before


@pytest.mark.usefixtures("register")
def test_an_agency_that_was_renamed_is_not_created_again() -> None:
    agency = Agency.objects.get(name="市商务局")
    agency.name = "市商务和投资局"
    agency.save()
    AgencyAlias.objects.create(agency=agency, name="市商务局")
    assert import_list(now=LATER).unchanged == 131
    assert Agency.objects.count() == 54


@pytest.mark.django_db
def test_agencies_that_are_there_before_the_first_import_are_used() -> None:
    agency = Agency.objects.create(name="市商务局", short_name="商务", kind=AgencyKind.ZONE)
    assert len(import_list(now=NOW).new_agencies) == 53
    agency.refresh_from_db()
    assert (agency.short_name, agency.kind) == ("商务", AgencyKind.ZONE)
    assert agency.responsibilities.exists()


@pytest.mark.django_db
def test_the_command_speaks_english_whatever_the_language() -> None:
    assert imported("--dry-run").isascii()
