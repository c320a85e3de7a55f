from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0011_job_active"),
    ]

    operations = [
        migrations.AddField(
            model_name="job",
            name="letter_due",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddIndex(
            model_name="job",
            index=models.Index(
                condition=models.Q(("letter_due", True)),
                fields=["finished_at"],
                name="job_to_report",
            ),
        ),
    ]
