"""Rows that are written by a statement whose text is kept are as the ORM writes them."""

import pytest
from django.core.exceptions import ObjectDoesNotExist

from agencies.models import AuditEntry
from agencies.models.audit import Via
from agencies.rows_written import row_insert, row_update
from conftest import NOW, Cast


def entry(cast: Cast) -> AuditEntry:
    return AuditEntry(
        at=NOW,
        by=cast.coordinator,
        via=Via.values[0],
        address="192.0.2.7",
        act="report.approve",
        kind="report",
        thing=7,
        changes={"state": ["submitted", "approved"], "reason": ["", "百分之 100%，“好”"]},
    )


def test_a_row_is_inserted_as_the_orm_inserts_it(cast: Cast) -> None:
    entry(cast).save()
    for _again in range(2):
        row_insert(entry(cast))
    first, *others = AuditEntry.objects.order_by("-pk")[:3].values()
    assert [{**one, "id": first["id"]} for one in others] == [first, first]


def test_a_row_is_updated_in_the_fields_that_are_named_alone(cast: Cast) -> None:
    person = cast.reporter
    person.name, person.email, person.is_active = "改名", "new@example.org", False
    row_update(person, names=("name", "is_active"))
    stored = type(person).objects.get(pk=person.pk)
    assert (stored.name, stored.is_active) == ("改名", False)
    assert stored.email != "new@example.org"
    others = type(person).objects.exclude(pk=person.pk)
    assert not others.filter(name="改名").exists()


def test_a_row_that_is_gone_is_not_updated(cast: Cast) -> None:
    person = cast.reporter
    person.pk = 999_999
    with pytest.raises(ObjectDoesNotExist):
        row_update(person, names=("name",))
