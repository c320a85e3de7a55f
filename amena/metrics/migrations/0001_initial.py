from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Tally",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=40)),
                ("labels", models.JSONField(default=dict)),
                ("bucket", models.FloatField(default=0)),
                ("count", models.PositiveBigIntegerField(default=0)),
                ("total", models.FloatField(default=0)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("name", "labels", "bucket"), name="one_tally_each"
                    )
                ],
            },
        ),
    ]
