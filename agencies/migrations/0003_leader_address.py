"""Where an agency's leader is told of what is long late."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("agencies", "0002_registers"),
    ]

    operations = [
        migrations.AddField(
            model_name="agency",
            name="leader_email",
            field=models.EmailField(
                blank=True,
                help_text="Where reminders go as well of what the agency is long late with.",
                max_length=254,
                verbose_name="leader's e-mail address",
            ),
        ),
    ]
