"""Indexes in the order of photos, for the wall's filters; made while people and workers go on."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("jobs", "0014_fill_owner"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="photo",
            index=models.Index(
                condition=Q(deleted_at=None), fields=["owner", "-id"], name="photo_last"
            ),
        ),
        AddIndexConcurrently(
            model_name="job",
            index=models.Index(
                condition=~Q(kind="export"),
                fields=["photo", "-created_at", "-id"],
                name="job_newest_of_photo",
            ),
        ),
        RemoveIndexConcurrently(model_name="job", name="job_of_photo"),
        AddIndexConcurrently(
            model_name="job",
            index=models.Index(
                condition=Q(state="succeeded") & ~Q(kind="export"),
                fields=["owner", "-photo"],
                name="job_made",
            ),
        ),
        AddIndexConcurrently(
            model_name="job",
            index=models.Index(
                condition=Q(state__in=("failed", "cancelled")) & ~Q(kind="export"),
                fields=["owner", "-photo"],
                name="job_setback",
            ),
        ),
    ]
