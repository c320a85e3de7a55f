"""The scene of a running job, shown before its film is made: a draft at first, then the scene.

What is shown hangs on the lease: whichever way the job leaves the running state, the same UPDATE
takes it back, and success puts the scene on record under the id that it has had all along, so that
a page need not load it again. The draft is gone by then.
"""

from __future__ import annotations

import logging
import uuid
from dataclasses import asdict
from pathlib import Path

from django.db import DatabaseError, InterfaceError, connection

from amena.engine.progress import DRAFT, EarlyView
from amena.jobs import states, storage
from amena.jobs.models import Job

logger = logging.getLogger(__name__)


class Preview:
    """Stores and shows what there is to see of one attempt, once the engine says that it stands.

    Attributes:
        stored: ids of the files that are stored already, by the engine's names.
    """

    def __init__(self, lease: states.Lease, job: Job, out_dir: Path) -> None:
        self._lease, self._job, self._out_dir = lease, job, out_dir
        self.stored: dict[str, uuid.UUID] = {}

    def __call__(self, view: EarlyView) -> None:
        """The engine's `ready`. Never raises: where it cannot be shown early, the end shows it."""
        if self._job.kind == Job.Kind.EXPORT:
            return
        path, file_id = self._out_dir / view.file, uuid.uuid4()
        preview = {"glb": str(file_id), "size": path.stat().st_size, **asdict(view)}
        try:
            storage.save_path(self._key(view.file), path)
            self.stored[view.file] = file_id
            states.show(self._lease, preview)
        except (*storage.ERRORS, DatabaseError, InterfaceError) as error:
            logger.warning("The scene could not be shown early: %s", type(error).__name__)
        finally:
            connection.close()  # the engine's thread ends, and would leave it open

    def end_draft(self) -> None:
        """Deletes the draft, when the scene has been shown for as long as its film took.

        A page that was still loading the draft has loaded the scene since.
        """
        if self.stored.pop(DRAFT, None) is None:
            return
        try:
            storage.delete(self._key(DRAFT))
        except storage.ERRORS as error:
            logger.warning("A draft could not be deleted: %s", type(error).__name__)

    def _key(self, name: str) -> str:
        photo, job = self._job.photo.public_id, self._job.public_id
        return f"{storage.attempt_prefix(photo, job, self._lease.attempt)}/{name}"


def drop(job_id: uuid.UUID, attempt: int = 0) -> None:
    """Deletes what an attempt has stored in vain; where its whole job was in vain, all attempts'.

    It never raises: where the storage does not answer, the files go with the photo.

    Args:
        job_id: the job, whatever has become of it.
        attempt: that attempt; 0: its worker is gone.
    """
    job = Job.objects.select_related("photo").filter(public_id=job_id).first()
    if job is None:
        return
    photo = job.photo.public_id
    prefix = storage.attempt_prefix(photo, job_id, attempt)
    kept = job.artifacts.values_list("key", flat=True)
    try:
        if not kept and not job.is_active:
            storage.delete_other_attempts(photo, job_id, kept=0)
        elif attempt and not any(key.startswith(f"{prefix}/") for key in kept):
            storage.delete_tree(prefix)
    except storage.ERRORS as error:
        logger.warning("Files of an attempt could not be deleted: %s", type(error).__name__)
