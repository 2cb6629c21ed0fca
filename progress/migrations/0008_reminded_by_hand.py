import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("progress", "0007_saved_lists"),
    ]

    operations = [
        migrations.AddField(
            model_name="reminder",
            name="asked_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="asked for by",
            ),
        ),
        migrations.AddField(
            model_name="reminder",
            name="note",
            field=models.TextField(blank=True, default="", verbose_name="note"),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name="reminder",
            constraint=models.CheckConstraint(
                condition=models.Q(("note", ""), ("asked_by__isnull", False), _connector="OR"),
                name="a_reminder_by_hand_alone_has_a_note",
            ),
        ),
    ]
