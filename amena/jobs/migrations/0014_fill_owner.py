"""Fills the column of 0013 and makes the indexes of long lists, while people and workers go on:
some thousand rows in a transaction, indexes concurrently, the constraint looked at without a lock.
"""

from django.contrib.postgres.operations import (
    AddConstraintNotValid,
    AddIndexConcurrently,
    RemoveIndexConcurrently,
    ValidateConstraint,
)
from django.db import migrations, models
from django.db.models import Max, Min, Q

AT_ONCE = 5000

OWNERS = """
UPDATE jobs_job SET owner_id = jobs_photo.owner_id FROM jobs_photo
WHERE jobs_photo.id = jobs_job.photo_id AND jobs_job.owner_id IS NULL
    AND jobs_job.id BETWEEN %s AND %s
"""


def fill(apps, schema_editor):
    rows = apps.get_model("jobs", "Job").objects.aggregate(first=Min("pk"), last=Max("pk"))
    with schema_editor.connection.cursor() as cursor:
        for start in range(rows["first"] or 1, (rows["last"] or 0) + 1, AT_ONCE):
            cursor.execute(OWNERS, [start, start + AT_ONCE - 1])


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("jobs", "0013_job_owner"),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
        AddConstraintNotValid(
            model_name="job",
            constraint=models.CheckConstraint(
                condition=Q(owner__isnull=False), name="job_has_owner"
            ),
        ),
        ValidateConstraint(model_name="job", name="job_has_owner"),
        AddIndexConcurrently(
            model_name="photo",
            index=models.Index(
                condition=Q(deleted_at=None),
                fields=["owner", "-created_at", "-id"],
                name="photo_newest_first",
            ),
        ),
        RemoveIndexConcurrently(model_name="photo", name="photo_wall"),
        AddIndexConcurrently(
            model_name="job",
            index=models.Index(
                condition=Q(state__in=("held", "queued", "running")),
                fields=["owner", "state"],
                name="job_active_of_owner",
            ),
        ),
        RemoveIndexConcurrently(model_name="job", name="job_active"),
        AddIndexConcurrently(
            model_name="job",
            index=models.Index(fields=["owner", "-created_at", "-id"], name="job_newest_first"),
        ),
        AddIndexConcurrently(
            model_name="job",
            index=models.Index(
                fields=["owner", "state", "-created_at", "-id"], name="job_by_state"
            ),
        ),
        AddIndexConcurrently(
            model_name="job",
            index=models.Index(
                condition=~Q(kind="create"),
                fields=["owner", "kind", "-created_at", "-id"],
                name="job_by_kind",
            ),
        ),
    ]
