"""Renaming an agency: the list still finds it, and history keeps the old name."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from agencies.accounts import account_change, agency_acts_through_set
from agencies.changes import agency_rename, merger_problem
from agencies.models import Agency, AgencyAlias, AgencyChange, AgencyKind
from conftest import NOW, TODAY, Cast
from tasks.importing import import_list
from tasks.listing import row_cells
from tasks.models import Responsibility, Task

OLD, NEW = "市数据局", "市数据和政务服务局"


def renamed(cast: Cast, name: str = NEW, **changes: object) -> Agency:
    asked: dict[str, object] = {
        "agency": Agency.objects.get(users=cast.reporter),
        "name": name,
        "short_name": "数据政务局",
        "effective_on": TODAY,
        "document": "津党办发〔2026〕12号",
        "reason": "机构改革",
        "by": cast.administrator,
        "now": NOW,
    }
    return agency_rename(**(asked | changes))  # type: ignore[arg-type]


def test_a_renamed_agency_keeps_its_old_name_as_a_spelling_and_in_history(cast: Cast) -> None:
    agency = renamed(cast)
    assert (agency.name, agency.short_name) == (NEW, "数据政务局")
    assert agency.aliases.filter(name=OLD).exists()
    [change] = AgencyChange.objects.all()
    assert (change.old_name, change.new_name) == (OLD, NEW)
    assert (change.document, change.by, change.at) == (
        "津党办发〔2026〕12号",
        cast.administrator,
        NOW,
    )
    assert agency.name_on(TODAY - dt.timedelta(days=1)) == OLD
    assert agency.name_on(TODAY) == NEW
    assert agency.short_name_on(TODAY - dt.timedelta(days=1)) != "数据政务局"


def test_the_list_still_finds_a_renamed_agency_and_is_written_again_as_it_was(cast: Cast) -> None:
    before = [row_cells(task) for task in Task.objects.all()]
    renamed(cast)
    outcome = import_list(now=NOW)
    assert (outcome.unchanged, outcome.new_agencies) == (131, ())
    assert [row_cells(task) for task in Task.objects.all()] == before
    assert Responsibility.objects.filter(agency__name=NEW, written_name=OLD).exists()


def test_an_agency_can_be_renamed_twice_and_back(cast: Cast) -> None:
    renamed(cast, effective_on=TODAY - dt.timedelta(days=20))
    renamed(cast, "市大数据局", effective_on=TODAY - dt.timedelta(days=10))
    agency = renamed(cast, OLD)
    assert set(agency.aliases.values_list("name", flat=True)) >= {NEW, "市大数据局"}
    assert not AgencyAlias.objects.filter(name=OLD).exists()
    names = [agency.name_on(TODAY - dt.timedelta(days=days)) for days in (30, 15, 5, 0)]
    assert names == [OLD, NEW, "市大数据局", OLD]
    assert import_list(now=NOW).unchanged == 131


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("name", {"name": OLD}),
        ("name", {"name": "市商务局"}),
        ("name", {"name": "人民银行天津市分行"}),
        ("name", {"name": " "}),
        ("short_name", {"short_name": ""}),
        ("reason", {"reason": " "}),
        ("reason", {"reason": "长" * 2_001}),
        ("document", {"document": "号" * 101}),
        ("effective_on", {"effective_on": TODAY + dt.timedelta(days=1)}),
    ],
)
def test_a_renaming_that_cannot_be_changes_nothing(
    field: str, changes: dict[str, object], cast: Cast
) -> None:
    with pytest.raises(ValidationError) as refused:
        renamed(cast, **changes)  # type: ignore[arg-type]
    assert field in refused.value.error_dict
    assert Agency.objects.filter(name=OLD).exists()
    assert not AgencyChange.objects.exists()


def test_a_change_does_not_lie_before_an_earlier_one(cast: Cast) -> None:
    renamed(cast)
    with pytest.raises(ValidationError, match="2026-10-22"):
        renamed(cast, "市大数据局", effective_on=TODAY - dt.timedelta(days=1))


def test_only_administrators_rename(cast: Cast) -> None:
    for who, person in cast.everyone().items():
        if who != "administrator":
            with pytest.raises(PermissionDenied):
                renamed(cast, by=person)


def ended(name: str = "市商务局") -> Agency:
    agency = Agency.objects.get(name=name)
    agency.valid_to, agency.successor = TODAY, Agency.objects.get(name="市发展改革委")
    agency.save()
    return agency


def test_what_cannot_be_merged_is_said(cast: Cast) -> None:
    data, trade = Agency.objects.get(name=OLD), Agency.objects.get(name="市商务局")
    body = Agency.objects.get(kind=AgencyKind.COLLECTIVE)
    assert merger_problem(agency=data, successor=trade) == ""
    assert merger_problem(agency=data, successor=data)
    assert merger_problem(agency=data, successor=body)
    assert merger_problem(agency=body, successor=data)
    assert merger_problem(agency=data, successor=ended())


def test_an_agency_that_has_ended_is_changed_and_chosen_no_more(cast: Cast) -> None:
    agency = ended()
    with pytest.raises(ValidationError):
        renamed(cast, agency=agency)
    with pytest.raises(ValidationError) as refused:
        account_change(
            now=NOW,
            account=cast.stranger,
            by=cast.administrator,
            name="孙外",
            role=cast.stranger.role,
            agency=agency,
            email="",
            is_active=True,
        )
    assert "agency" in refused.value.error_dict
    body = Agency.objects.get(kind=AgencyKind.COLLECTIVE)
    with pytest.raises(ValidationError) as refused:
        agency_acts_through_set(now=NOW, agency=body, through=agency, by=cast.coordinator)
    assert "through" in refused.value.error_dict
    assert agency not in Agency.objects.standing()
