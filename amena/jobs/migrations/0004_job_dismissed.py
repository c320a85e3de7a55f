from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0003_held_jobs"),
    ]

    operations = [
        migrations.AddField(
            model_name="job",
            name="dismissed",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
