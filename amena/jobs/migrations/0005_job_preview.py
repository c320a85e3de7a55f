from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0004_job_dismissed"),
    ]

    operations = [
        migrations.AddField(
            model_name="job",
            name="preview",
            field=models.JSONField(blank=True, null=True),
        ),
    ]
