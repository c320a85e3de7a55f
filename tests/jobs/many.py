"""Very many rows, made inside the database."""

from __future__ import annotations

from django.db import connection


def make_queued_jobs(number: int, owners: list[int]) -> None:
    """Photos in turn of each owner (by key), without files, each with one queued job."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH photos AS ("
            "  INSERT INTO jobs_photo (public_id, owner_id, submission, name, format, width,"
            "    height, size, created_at)"
            "  SELECT gen_random_uuid(), (%s::bigint[])[1 + n %% %s], gen_random_uuid(),"
            "    'holiday.jpg', 'JPEG', 96, 72, 1, now() - n * interval '1 second'"
            "  FROM generate_series(%s, 1, -1) AS n RETURNING id, created_at)"
            " INSERT INTO jobs_job (public_id, photo_id, kind, options, state, stage, progress,"
            "   attempts, attempts_left, cancel_requested, dispatch_at, error_code, error_message,"
            "   created_at, queued_at)"
            " SELECT gen_random_uuid(), id, 'create', '{}', 'queued', '', 0, 0, 3, false,"
            "   now() + interval '1 hour', '', '', created_at, created_at FROM photos",
            [owners, len(owners), number],
        )
        cursor.execute("ANALYZE jobs_photo, jobs_job")


def make_finished_jobs(number: int, owner: int) -> None:
    """Photos of one owner, without files: each has one job, of fifty of which one has failed."""
    make_queued_jobs(number, [owner])
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE jobs_job SET state = CASE id %% 50 WHEN 0 THEN 'failed' ELSE 'succeeded' END,"
            "   started_at = created_at, finished_at = created_at + interval '4 seconds'"
            " WHERE photo_id IN (SELECT id FROM jobs_photo WHERE owner_id = %s)",
            [owner],
        )
        cursor.execute("ANALYZE jobs_job")
