"""The release before this one goes on working on the database of this one: for the minutes of an
upgrade, and after one that is rolled back.

Therefore tables and columns come in one release and go in a later one (CONTRIBUTING.md).
"""

from collections.abc import Iterator

from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ModelState, ProjectState
from django.db.models import Field

from tianjin_pilot.tests.released import MIGRATIONS

# What the release before does not survive, and why it may be so all the same.
ALLOWED: dict[str, str] = {
    "progress.exportjob: an_export_of_a_report_alone_has_a_period is a new constraint": (
        "it exports nothing but reports, each with its period; what it does not say is `report`"
    ),
}


def breaks(then: ProjectState, now: ProjectState) -> Iterator[str]:
    """What is no more as programs of `then` know it, in the tables of our own apps."""
    for key, model in then.models.items():
        if key[0] not in MIGRATIONS:
            continue
        name = ".".join(key)
        if key not in now.models:
            yield f"{name}: is gone"
            continue
        yield from breaks_of_a_table(name, model, now.models[key])


def breaks_of_a_table(name: str, then: ModelState, now: ModelState) -> Iterator[str]:
    if then.options.get("db_table") != now.options.get("db_table"):
        yield f"{name}: is called otherwise"
    for column, before in then.fields.items():
        after = now.fields.get(column)
        for said in ["is gone"] if after is None else narrowed(before, after):
            yield f"{name}.{column}: {said}"
    for column in now.fields.keys() - then.fields.keys():
        if not may_be_left_out(now.fields[column]):
            yield f"{name}.{column}: is new and must have a value"
    known = {one.name for one in then.options.get("constraints", [])}
    for constraint in now.options.get("constraints", []):
        if constraint.name not in known:
            yield f"{name}: {constraint.name} is a new constraint"


def narrowed(before: "Field[object, object]", after: "Field[object, object]") -> Iterator[str]:
    if before.get_internal_type() != after.get_internal_type():
        yield "is of another type"
    if before.null and not after.null:
        yield "must have a value"
    if after.max_length and after.max_length < (before.max_length or 0):
        yield "is shorter"
    if after.unique and not before.unique:
        yield "has to be unique"


def may_be_left_out(field: "Field[object, object]") -> bool:
    """Whether a row that says nothing of the column can be written: a default of Python's is known
    to the new release alone, one of the database's (`db_default`) to both."""
    return field.null or field.many_to_many or field.has_db_default()


def test_what_this_release_changes_is_survived_by_the_one_before() -> None:
    # By the steps that the release before has taken some of, and this one the rest.
    loader = MigrationLoader(None, replace_migrations=False)
    last = [key for key in loader.graph.leaf_nodes() if not loader.disk_migrations[key].replaces]
    then, now = loader.project_state(list(MIGRATIONS.items())), loader.project_state(last)
    found = set(breaks(then, now))
    assert found - ALLOWED.keys() == set()
    # What is allowed no more, since it has been released, is taken out of the list.
    assert ALLOWED.keys() - found == set()
