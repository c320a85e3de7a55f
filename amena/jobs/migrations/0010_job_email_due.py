import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0009_job_staff_reason"),
    ]

    operations = [
        migrations.AddField(
            model_name="job",
            name="email_due",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="job",
            name="ordered_at",
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
        ),
        # Nobody has asked for emails before now, so that of all others it does not matter.
        migrations.RunSQL(
            "UPDATE jobs_job SET ordered_at = created_at WHERE finished_at IS NULL",
            migrations.RunSQL.noop,
        ),
        migrations.AddIndex(
            model_name="job",
            index=models.Index(
                condition=models.Q(("email_due", True)),
                fields=["finished_at"],
                name="job_to_tell_by_email",
            ),
        ),
    ]
