from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0008_job_versions"),
    ]

    operations = [
        migrations.AddField(
            model_name="job",
            name="staff_reason",
            field=models.CharField(blank=True, db_default="", default="", max_length=500),
        ),
    ]
