from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0006_share_job"),
    ]

    operations = [
        migrations.AddField(
            model_name="job",
            name="counts_as",
            field=models.CharField(
                blank=True,
                choices=[("photo", "Photo"), ("change", "Change")],
                db_default="photo",
                max_length=6,
            ),
        ),
        migrations.AddField(
            model_name="job",
            name="counted_on",
            field=models.DateField(blank=True, editable=False, null=True),
        ),
    ]
