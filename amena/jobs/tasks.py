"""What the broker's messages start."""

from uuid import UUID

from celery import shared_task

from amena.jobs.services import running


@shared_task(name="amena.run_job")
def run_job(job_id: str) -> None:
    """Works on one job, unless another worker has it or it is no longer wanted."""
    running.run(UUID(job_id))
