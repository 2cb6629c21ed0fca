"""An import is bulk: its statements do not grow with the number of tasks."""

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from tasks.importing import import_list
from tasks.tests.official_list import LATER, NOW, SOURCE, WriteList

# SQLite takes at most 999 values a statement, so that the bulk of a whole list takes a few.
IN_PIECES = 8 if connection.vendor == "sqlite" else 0


@pytest.mark.django_db
def test_the_first_import_takes_a_few_statements(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_max_num_queries(18 + IN_PIECES):
        import_list(now=NOW)


@pytest.mark.usefixtures("register")
def test_the_same_list_again_takes_ten_statements_at_most(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_max_num_queries(10):
        import_list(now=LATER)


@pytest.mark.usefixtures("register")
@pytest.mark.parametrize("tasks", [1, 60])
def test_a_revised_list_takes_as_many_statements_for_sixty_tasks_as_for_one(
    tasks: int, write_list: WriteList, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    text = SOURCE.replace("。二是", "。新增一句。二是", tasks)
    with django_assert_max_num_queries(15 + IN_PIECES):
        outcome = import_list(path=write_list(text), now=LATER)
    assert outcome.updated == tasks
