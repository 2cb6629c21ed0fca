"""Where there are no tables yet, each app makes its own in one step; else the steps are taken that
are missing. Both ways lead to the same tables."""

import pytest
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

from tianjin_pilot.migrated import migrations_applied, migrations_missing

APPS = {"agencies", "tasks", "progress"}


def test_one_step_and_all_of_them_lead_to_the_same_tables() -> None:
    loader = MigrationLoader(None, replace_migrations=False)
    in_one = [
        key
        for key, migration in loader.disk_migrations.items()
        if migration.replaces and key[0] in APPS
    ]
    assert {app for app, _name in in_one} == APPS
    last = [loader.disk_migrations[key].replaces[-1] for key in in_one]
    by_steps, at_once = loader.project_state(last), loader.project_state(in_one)
    assert _changes(by_steps, at_once, loader) == _changes(at_once, by_steps, loader) == {}


def test_one_step_stands_for_all_that_were_before_it() -> None:
    loader = MigrationLoader(None, replace_migrations=False)
    for app in APPS:
        names = sorted(name for of, name in loader.disk_migrations if of == app)
        (one,) = (name for name in names if loader.disk_migrations[app, name].replaces)
        replaced = [name for _app, name in loader.disk_migrations[app, one].replaces]
        steps = [name for name in names if name != one]
        assert replaced == steps[: len(replaced)]


@pytest.mark.django_db
def test_what_was_made_in_one_step_has_every_migration() -> None:
    assert migrations_missing() == frozenset()
    assert ("progress", "0001_initial") in migrations_applied()


def _changes(old: ProjectState, new: ProjectState, loader: MigrationLoader) -> dict[str, object]:
    return {
        app: [migration.operations for migration in migrations]
        for app, migrations in MigrationAutodetector(old, new).changes(loader.graph).items()
    }
