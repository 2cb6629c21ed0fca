"""A coordinator says who answers for a task; the list's own words stay beside it."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from agencies.models import Agency
from conftest import NOW, TODAY, Cast
from tasks.duties import duties_of, duties_write
from tasks.importing import import_list
from tasks.listing import row_cells
from tasks.models import Division, ResponsibilityChange, ResponsibilityRole, Task, TaskRevision
from tasks.responsibilities import parts_of, responsibilities_write
from tasks.tests.official_list import LATER, WriteList, list_with

LEAD, CO = ResponsibilityRole.LEAD.value, ResponsibilityRole.CO.value
LISTED_4 = "市数据局、市发展改革委、市工业和信息化局"
TASK_4 = 12


def agency(name: str) -> Agency:
    return Agency.objects.get(name=name)


def changed(
    cast: Cast, *agencies: tuple[str, str], division: str = Division.LEAD_COMPILES, **rest: object
) -> ResponsibilityChange:
    asked: dict[str, object] = {
        "task": Task.objects.get(number=4),
        "division": division,
        "agencies": [(agency(name), role) for name, role in agencies],
        "reason": "职责调整",
        "document": "津政办函〔2026〕8号",
        "by": cast.coordinator,
        "now": NOW,
    }
    return responsibilities_write(**(asked | rest))  # type: ignore[arg-type]


def answering(number: int = 4) -> list[tuple[str, str]]:
    return [(p.agency.name, p.role) for p in parts_of(Task.objects.get(number=number))]


def test_the_new_agencies_stand_and_the_change_is_on_record(cast: Cast) -> None:
    change = changed(cast, ("市通信管理局", LEAD), ("市数据局", CO))
    assert answering() == [("市通信管理局", LEAD), ("市数据局", CO)]
    assert [one["agency"] for one in change.before["agencies"]] == LISTED_4.split("、")
    assert [one["agency"] for one in change.after["agencies"]] == ["市通信管理局", "市数据局"]
    assert (change.reason, change.document, change.by) == (
        "职责调整",
        "津政办函〔2026〕8号",
        cast.coordinator,
    )


def test_the_lists_own_words_stay_whatever_is_changed(cast: Cast) -> None:
    before = [row_cells(task) for task in Task.objects.all()]
    changed(cast, ("市通信管理局", LEAD), ("市数据局", CO))
    changed(cast, ("市商务局", LEAD), ("市数据局", LEAD), division=Division.CO_LEAD)
    assert [row_cells(task) for task in Task.objects.all()] == before
    assert Task.objects.get(number=4).listed_agencies == LISTED_4


def test_back_to_what_the_list_says_nothing_is_kept_beside_it(cast: Cast) -> None:
    names = LISTED_4.split("、")
    changed(cast, (names[0], LEAD), (names[2], CO))
    changed(cast, (names[0], LEAD), (names[1], CO), (names[2], CO))
    assert Task.objects.get(number=4).listed_agencies == ""
    assert row_cells(Task.objects.get(number=4)).agencies == LISTED_4


def test_an_import_that_says_the_same_leaves_it_alone(cast: Cast, write_list: WriteList) -> None:
    changed(cast, ("市通信管理局", LEAD), ("市数据局", LEAD), division=Division.CO_LEAD)
    assert import_list(now=LATER).unchanged == 131
    # Another cell of the row changes: who answers for the task does not.
    outcome = import_list(path=write_list(list_with((TASK_4, "统筹当地", "统筹"))), now=LATER)
    assert outcome.updated == 1
    task = Task.objects.get(number=4)
    assert (task.division, task.listed_agencies) == (Division.CO_LEAD, LISTED_4)
    assert answering() == [("市通信管理局", LEAD), ("市数据局", LEAD)]


def test_a_list_that_names_other_agencies_takes_over_and_says_what_gives_way(
    cast: Cast, write_list: WriteList
) -> None:
    changed(cast, ("市通信管理局", LEAD), ("市数据局", CO))
    path = write_list(list_with((TASK_4, LISTED_4, "市商务局、市数据局")))
    outcome = import_list(path=path, now=LATER)
    [change] = outcome.changes
    assert change.set_aside == "市通信管理局、市数据局"
    assert any("give way: 市通信管理局、市数据局" in line for line in outcome.lines())
    assert answering() == [("市商务局", LEAD), ("市数据局", CO)]
    assert Task.objects.get(number=4).listed_agencies == ""
    assert TaskRevision.objects.get(task__number=4).agencies_cell == LISTED_4


def test_a_list_that_names_an_agency_that_has_ended_means_its_successor(
    cast: Cast, write_list: WriteList
) -> None:
    gone = agency("市通信管理局")
    gone.valid_to, gone.successor = TODAY, agency("市数据局")
    gone.save()
    cell = "双牵头单位：市通信管理局、市数据局；配合单位：市商务局"
    import_list(path=write_list(list_with((TASK_4, LISTED_4, cell))), now=LATER)
    assert answering() == [("市数据局", LEAD), ("市商务局", CO)]
    task = Task.objects.get(number=4)
    assert (task.division, row_cells(task).agencies) == (Division.LEAD_COMPILES, cell)


@pytest.mark.parametrize(
    ("field", "agencies", "rest"),
    [
        ("agencies", [], {}),
        ("agencies", [("市数据局", LEAD), ("市数据局", CO)], {}),
        ("division", [("市数据局", CO)], {}),
        ("division", [("市数据局", LEAD), ("市商务局", LEAD)], {}),
        ("division", [("市数据局", LEAD), ("市商务局", CO)], {"division": Division.CO_LEAD}),
        (
            "division",
            [("市数据局", LEAD), ("市商务局", CO), ("市科技局", LEAD)],
            {"division": Division.CO_LEAD},
        ),
        ("division", [("市数据局", LEAD)], {"division": "by_chance"}),
        ("reason", [("市数据局", LEAD)], {"reason": "  "}),
        ("reason", [("市数据局", LEAD)], {"reason": "长" * 2_001}),
        ("document", [("市数据局", LEAD)], {"document": "号" * 101}),
        ("agencies", [(n, LEAD if i == 0 else CO) for i, n in enumerate(LISTED_4.split("、"))], {}),
    ],
)
def test_what_does_not_fit_changes_nothing(
    field: str, agencies: list[tuple[str, str]], rest: dict[str, str], cast: Cast
) -> None:
    before = answering()
    with pytest.raises(ValidationError) as refused:
        changed(cast, *agencies, **rest)
    assert field in refused.value.error_dict
    assert answering() == before
    assert not ResponsibilityChange.objects.exists()


def test_an_agency_that_has_ended_gets_no_task(cast: Cast) -> None:
    gone = agency("市商务局")
    gone.valid_to, gone.successor = TODAY, agency("市数据局")
    gone.save()
    with pytest.raises(ValidationError, match="市商务局"):
        changed(cast, ("市商务局", LEAD))


def test_only_coordinators_change_it(cast: Cast) -> None:
    for who, person in cast.everyone().items():
        if who != "coordinator":
            with pytest.raises(PermissionDenied):
                changed(cast, ("市商务局", LEAD), by=person)


def test_what_concerned_who_has_no_part_any_more_goes_with_it(cast: Cast) -> None:
    task = Task.objects.get(number=4)
    first = task.measures.get(ordinal=1)
    co = agency("市发展改革委")
    duties_write(task=task, by=cast.reporter, now=NOW, duties={co.pk: [first.pk]})
    changed(cast, ("市发展改革委", LEAD), ("市数据局", CO))
    assert duties_of(task) == {}


def test_dividing_the_measures_is_on_record(cast: Cast) -> None:
    task = Task.objects.get(number=4)
    first = task.measures.get(ordinal=1)
    co = agency("市发展改革委")
    duties_write(task=task, by=cast.reporter, now=NOW, duties={co.pk: [first.pk]}, reason="分工")
    # The same once more changes nothing and leaves no trace.
    duties_write(task=task, by=cast.reporter, now=NOW, duties={co.pk: [first.pk]})
    duties_write(task=task, by=cast.reporter, now=NOW, duties={})
    first_change, second = ResponsibilityChange.objects.all()
    assert first_change.before == {"duties": {}}
    assert first_change.after == {"duties": {"市发展改革委": [1]}}
    assert first_change.reason == "分工"
    assert second.reason == "The lead said which measures concern whom."
