from typing import Any

from django.db import migrations

from agencies.migrations._audit_guard_at_first import guard_drop, guard_set


def guarded(_apps: Any, editor: Any) -> None:
    guard_set(editor.connection)


def unguarded(_apps: Any, editor: Any) -> None:
    guard_drop(editor.connection)


class Migration(migrations.Migration):
    dependencies = [("agencies", "0005_audit_trail")]

    operations = [migrations.RunPython(guarded, unguarded)]
