"""What the official list holds, as facts that were counted by hand."""

import hashlib
from collections import Counter

import pytest
from django.db.models import Count

from agencies.models import Agency, AgencyAlias, AgencyKind
from tasks.listing import chinese_numeral
from tasks.listing.known_agencies import fixture_agencies
from tasks.models import Chapter, Division, Measure, Responsibility, ResponsibilityRole, Task
from tasks.tests.official_list import SOURCE_FILE

TASKS_OF_CHAPTERS = [14, 13, 17, 9, 8, 10, 8, 10, 9, 7, 7, 8, 3, 8]


def test_the_copy_of_the_list_is_the_one_that_was_received() -> None:
    content = SOURCE_FILE.read_bytes()
    assert hashlib.sha256(content).hexdigest() == (
        "2975dd382c20a59ec9c0d6c829d1f5b42bb86cc0e70cc3610a9a81429a7db33e"
    )
    assert content.count(b"\n") == 235
    assert b"\r" not in content


@pytest.mark.usefixtures("register")
def test_chapters_have_the_tasks_of_the_list() -> None:
    chapters = Chapter.objects.annotate(size=Count("tasks")).order_by("number")
    assert [chapter.number for chapter in chapters] == list(range(1, 15))
    assert [chapter.size for chapter in chapters] == TASKS_OF_CHAPTERS


@pytest.mark.usefixtures("register")
def test_chapter_titles_are_stored_without_their_numeral() -> None:
    assert Chapter.objects.get(number=1).title == "支持电信服务及相关数字产业开放发展"
    assert Chapter.objects.get(number=14).title == "加强风险防控协同监管体系建设"


@pytest.mark.usefixtures("register")
def test_tasks_are_numbered_from_1_to_131_through_the_chapters() -> None:
    tasks = Task.objects.order_by("number").values_list("number", "chapter__number")
    assert [number for number, _chapter in tasks] == list(range(1, 132))
    chapters = [chapter for _number, chapter in tasks]
    assert chapters == sorted(chapters)


@pytest.mark.usefixtures("register")
def test_there_are_337_measures_and_every_task_has_one() -> None:
    assert Measure.objects.count() == 337
    assert not Task.objects.filter(measures=None).exists()
    ordinals: dict[int, list[int]] = {}
    for task_id, ordinal in Measure.objects.order_by("ordinal").values_list("task_id", "ordinal"):
        ordinals.setdefault(task_id, []).append(ordinal)
    assert all(found == list(range(1, len(found) + 1)) for found in ordinals.values())


@pytest.mark.usefixtures("register")
def test_measures_keep_their_marks() -> None:
    for task in Task.objects.prefetch_related("measures"):
        measures = list(task.measures.all())
        if len(measures) > 1:
            for measure in measures:
                assert measure.text.startswith(f"{chinese_numeral(measure.ordinal)}是")


@pytest.mark.usefixtures("register")
def test_132_lead_and_231_co_responsibilities_name_54_agencies_in_56_spellings() -> None:
    roles = Counter(Responsibility.objects.values_list("role", flat=True))
    assert roles == {ResponsibilityRole.LEAD: 132, ResponsibilityRole.CO: 231}
    assert Responsibility.objects.values("agency").distinct().count() == 54
    assert Responsibility.objects.values("written_name").distinct().count() == 56
    assert Agency.objects.count() == 54


@pytest.mark.usefixtures("register")
def test_the_first_agency_of_each_task_leads_it() -> None:
    assert Responsibility.objects.compiling().count() == 131
    assert not Responsibility.objects.filter(position=1, role=ResponsibilityRole.CO).exists()


@pytest.mark.usefixtures("register")
def test_divisions_are_read_from_the_end_of_the_agencies() -> None:
    divisions = Counter(Task.objects.values_list("division", "open_ended"))
    assert divisions == {
        (Division.LEAD_COMPILES, False): 86,
        (Division.BY_DUTY, False): 40,
        (Division.BY_DUTY, True): 4,
        (Division.CO_LEAD, False): 1,
    }


@pytest.mark.usefixtures("register")
def test_the_task_with_two_leads_has_both_before_its_other_agencies() -> None:
    parts = Responsibility.objects.filter(task__division=Division.CO_LEAD).order_by("position")
    assert list(parts.values_list("position", "role", "agency__name")) == [
        (1, "lead", "市卫生健康委"),
        (2, "lead", "市药监局"),
        (3, "co", "天津海关"),
        (4, "co", "天津自贸试验区管委会"),
    ]


@pytest.mark.usefixtures("register")
def test_a_name_that_crosses_a_page_is_one_agency_and_stays_as_written() -> None:
    lead = Responsibility.objects.get(task__number=37, position=1)
    assert lead.agency.name == "中国人民银行天津市分行"
    assert lead.written_name == "人民银行天津市分行"
    assert Responsibility.objects.get(task__number=106, position=4).agency.name == (
        "天津自贸试验区管委会"
    )


def test_the_fixture_has_54_agencies_under_names_that_no_other_has() -> None:
    agencies = fixture_agencies()
    assert len(agencies) == 54
    assert len({agency.short_name for agency in agencies}) == 54
    spellings = [spelling for agency in agencies for spelling in agency.spellings]
    assert len(spellings) == len(set(spellings))


@pytest.mark.usefixtures("register")
def test_agencies_come_with_their_kind_and_other_spellings() -> None:
    assert Agency.objects.get(name="市委金融办").kind == AgencyKind.PARTY
    collective = Agency.objects.get(kind=AgencyKind.COLLECTIVE)
    assert collective.name == "市数据安全工作协调机制成员单位"
    assert AgencyAlias.objects.get(name="市发改委").agency.name == "市发展改革委"
    assert not Agency.objects.exclude(contact_email="").exists()
