from django.db import migrations


class Migration(migrations.Migration):
    """The model's name alone: the table keeps the one it has, so that no statement runs."""

    dependencies = [
        ("accounts", "0005_user_browser_language"),
    ]

    operations = [
        migrations.AlterModelTable("allowance", "accounts_allowance"),
        migrations.RenameModel("Allowance", "RateLimitBucket"),
    ]
