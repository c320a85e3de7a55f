from django.db import migrations


class Migration(migrations.Migration):
    """The model's name alone: the table keeps the one it has, so that no statement runs."""

    dependencies = [
        ("api", "0002_allowances_move_to_accounts"),
    ]

    operations = [
        migrations.AlterModelTable("keptanswer", "api_keptanswer"),
        migrations.RenameModel("KeptAnswer", "IdempotencyRecord"),
    ]
