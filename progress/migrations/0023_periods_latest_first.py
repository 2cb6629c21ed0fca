from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("progress", "0001_squashed_0022_exports_of_the_audit_trail")]

    operations = [
        migrations.AddIndex(
            model_name="reportingperiod",
            index=models.Index(fields=["-ends_on", "starts_on"], name="period_latest_first"),
        ),
    ]
