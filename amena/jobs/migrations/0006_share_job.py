from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0005_job_preview"),
    ]

    operations = [
        migrations.AddField(
            model_name="share",
            name="job",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=models.deletion.CASCADE,
                related_name="+",
                to="jobs.job",
            ),
        ),
    ]
