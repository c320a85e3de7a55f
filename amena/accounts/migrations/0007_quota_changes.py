from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_rate_limit_bucket"),
    ]

    operations = [
        migrations.AddField(
            model_name="quota",
            name="changes",
            field=models.PositiveIntegerField(db_default=0, default=0, editable=False),
        ),
    ]
