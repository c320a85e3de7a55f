from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0010_job_email_due"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="job",
            index=models.Index(
                condition=models.Q(("state__in", ("held", "queued", "running"))),
                fields=["photo"],
                name="job_active",
            ),
        ),
    ]
