from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tasks", "0001_squashed_0004_list_imports")]

    operations = [
        migrations.AddIndex(
            model_name="task",
            index=models.Index(
                fields=["chapter", "status", "deadline", "completed_on"],
                name="task_as_it_is_counted",
            ),
        ),
        migrations.AddIndex(
            model_name="measure",
            index=models.Index(fields=["task", "status"], name="measure_by_status"),
        ),
    ]
