from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("progress", "0024_pairs_of_closed_periods")]

    operations = [
        migrations.AddIndex(
            model_name="report",
            index=models.Index(fields=["period", "task", "handed_in_on"], name="report_handed_in"),
        ),
        migrations.AddIndex(
            model_name="report",
            index=models.Index(
                fields=["period", "state", "handed_in_on"], name="report_of_period_by_state"
            ),
        ),
        migrations.AddIndex(
            model_name="contribution",
            index=models.Index(
                fields=["state"],
                condition=models.Q(("state", "submitted"), _negated=True),
                name="contribution_not_handed_over",
            ),
        ),
    ]
