"""Where words are looked up in closed periods: the table, and what is closed already.

It reads each text of the past once: a second for a city's years, minutes for 300 cities'.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import django.db.models.deletion
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

# Characters whose pairs are written together: memory does not grow with what there is.
AT_ONCE = 500_000
KEPT = (
    "INSERT INTO progress_historybigram (bigram, said_in, task_id)"
    " VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"
)


def take_apart(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    found: dict[tuple[str, int], set[str]] = defaultdict(set)
    count = 0
    for task, said_in, text in texts(apps):
        found[said_in, task].update(text[at : at + 2] for at in range(len(text) - 1))
        count += len(text)
        if count > AT_ONCE:
            write(editor, found)
            found.clear()
            count = 0
    write(editor, found)
    closed = apps.get_model("progress", "ReportingPeriod").objects.exclude(closed_at=None)
    taken_apart = apps.get_model("progress", "PeriodTakenApart")
    taken_apart.objects.bulk_create(
        [taken_apart(period_id=pk) for pk in closed.values_list("pk", flat=True)]
    )


def write(editor: BaseDatabaseSchemaEditor, found: dict[tuple[str, int], set[str]]) -> None:
    rows = ((pair, said_in, task) for (said_in, task), pairs in found.items() for pair in pairs)
    with editor.connection.cursor() as cursor:
        cursor.executemany(KEPT, sorted(rows))


def texts(apps: Apps) -> Iterator[tuple[int, str, str]]:
    """By task: what is said again each month is written once."""

    def rows(model: str, to: str, *fields: str, **narrowed: Any) -> Iterator[Any]:
        found = apps.get_model("progress", model).objects.filter(
            **{f"{to}period__closed_at__isnull": False}, **narrowed
        )
        yield from found.order_by(f"{to}task").values_list(f"{to}task", *fields).iterator()

    for task, state, *said in rows("Report", "", "state", "problems", "next_steps", "coordination"):
        for text in said:
            yield task, of_report(state), text
    for task, state, text in rows("MeasureProgress", "report__", "report__state", "text"):
        yield task, of_report(state), text
    for task, text in rows("Contribution", "", "remarks", state="submitted"):
        yield task, "contribution", text
    for task, text in rows(
        "MeasureContribution", "contribution__", "text", contribution__state="submitted"
    ):
        yield task, "contribution", text


def of_report(state: str) -> str:
    return "approved" if state == "approved" else "report"


class Migration(migrations.Migration):
    dependencies = [
        ("progress", "0023_periods_latest_first"),
        ("tasks", "0001_squashed_0004_list_imports"),
    ]

    operations = [
        migrations.CreateModel(
            name="HistoryBigram",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "bigram",
                        "said_in",
                        "task_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("bigram", models.CharField(max_length=2, verbose_name="two characters")),
                (
                    "said_in",
                    models.CharField(
                        choices=[
                            ("approved", "an approved report"),
                            ("report", "a report that was not approved"),
                            ("contribution", "a contribution that was handed over"),
                        ],
                        max_length=12,
                        verbose_name="said in",
                    ),
                ),
                (
                    "task",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="history_bigrams",
                        to="tasks.task",
                    ),
                ),
            ],
            options={
                "verbose_name": "pair of characters in closed periods",
                "verbose_name_plural": "pairs of characters in closed periods",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("said_in__in", ["approved", "report", "contribution"])),
                        name="bigram_said_in_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PeriodTakenApart",
            fields=[
                (
                    "period",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="taken_apart",
                        serialize=False,
                        to="progress.reportingperiod",
                    ),
                ),
            ],
            options={
                "verbose_name": "period taken apart for searching",
                "verbose_name_plural": "periods taken apart for searching",
            },
        ),
        migrations.RunPython(take_apart, migrations.RunPython.noop, elidable=True),
    ]
