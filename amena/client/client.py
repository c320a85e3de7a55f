"""The client: a method for everything that the service does."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path, PurePath
from typing import Any, Final
from uuid import UUID

import requests

from amena.client.connection import Connection
from amena.client.errors import JobFailedError, NoAnswerError
from amena.client.types import (
    Artifact,
    Delivery,
    Format,
    Job,
    Me,
    Motion,
    Option,
    Photo,
    Share,
    Webhook,
)

_LONG_POLL_SECONDS: Final = 20
_CHUNK: Final = 1 << 18


class Client(Connection):
    """Talks to one service in one person's name. Safe to use again after any error.

    Args:
        url: where the service is; else `AMENA_URL`, else this machine.
        token: made on the service's page `/tokens/`; else `AMENA_TOKEN`.
        timeout: seconds without a byte before the service counts as gone.

    Raises:
        AmenaError: there is no token.

    Every method raises `NoAnswerError` and `RefusedError`.
    """

    def upload(self, file: Path | str, **options: Any) -> Photo:
        """Uploads a photo and orders its 3D photo.

        Args:
            file: a photo in any format that the service lists.
            options: `motion`, `size`, `outputs` and so on; `options()` lists them.

        Raises:
            OSError: the file cannot be read.
        """
        path = Path(file)
        photo = (path.name, path.read_bytes())
        answer = self.ask("POST", "photos", files={"photo": photo}, data=_form(options))
        return Photo.read(answer.json())

    def upload_url(self, url: str, **options: Any) -> Photo:
        """The same with a photo at an address; the service says which hosts it fetches from."""
        parts = {"url": (None, url)}  # a form of parts also without a file
        return Photo.read(self.ask("POST", "photos", files=parts, data=_form(options)).json())

    def photos(self, **filters: str) -> Iterator[Photo]:
        """All of one's photos, newest first; for instance those with `state="failed"`."""
        return map(Photo.read, self.pages("photos", filters))

    def photo(self, photo_id: UUID | str) -> Photo:
        """Reads one photo with its newest job and result."""
        return Photo.read(self.ask("GET", f"photos/{photo_id}").json())

    def delete(self, *photo_ids: UUID | str) -> None:
        """Deletes photos and everything made from them: all, or none where one is not there."""
        self.ask("DELETE", "photos", params={"photo": [str(each) for each in photo_ids]})

    def archive(self, target: Path | str, *photo_ids: UUID | str, files: str = "videos") -> Path:
        """Saves what was made of several photos as one ZIP, whole or not at all.

        Args:
            target: the file to write.
            photo_ids: which photos; all of one's own where none is named.
            files: `videos`, or `all` that was made of each.

        Raises:
            OSError: it cannot be written.
        """
        query = {"photo": [str(each) for each in photo_ids], "files": files}
        return self._save("photos/archive", Path(target), query)

    def restyle(self, photo_id: UUID | str, **options: Any) -> Job:
        """Orders a finished photo with other options."""
        return Job.read(self.ask("POST", f"photos/{photo_id}/jobs", json=options).json())

    def edit_depth(
        self,
        photo_id: UUID | str,
        depth: Path | str,
        mode: str = "replace",
        near: str = "bright",
        **options: Any,
    ) -> Job:
        """Orders a finished photo with its depth replaced, or corrected by a brush.

        Args:
            photo_id: the photo.
            depth: a grey PNG or JPEG of the photo's shape.
            mode: `replace`: it is the depth. `brush`: 128 leaves a place as it is, brighter is
                nearer, darker is farther.
            near: whether `bright` or `dark` is near in a picture that replaces.
            options: as for `restyle`.

        Raises:
            OSError: the file cannot be read.
        """
        path = Path(depth)
        fields = {"mode": mode, "near": near, **_form(options)}
        answer = self.ask(
            "POST",
            f"photos/{photo_id}/depth",
            files={"depth": (path.name, path.read_bytes())},
            data=fields,
        )
        return Job.read(answer.json())

    def export(self, job_id: UUID | str, *outputs: str, **options: Any) -> Job:
        """Orders further files of a finished job: `gif`, `webp`, `webm` …; `formats()` lists them,
        with the options that each takes.

        Gives the job that makes them, or has made them already.
        """
        body = {"outputs": list(outputs), **options}
        answer = self.ask("POST", f"jobs/{job_id}/exports", json=body)
        return Job.read(answer.json())

    def share(self, photo_id: UUID | str) -> Share:
        """Gives the photo a link for everybody, unless it has one."""
        return Share.read(self.ask("PUT", f"photos/{photo_id}/share").json())

    def unshare(self, photo_id: UUID | str) -> None:
        """Revokes the photo's link for good."""
        self.ask("DELETE", f"photos/{photo_id}/share")

    def jobs(self, **filters: str) -> Iterator[Job]:
        """All of one's jobs, newest first; filters are `state`, `kind` and `photo`."""
        return map(Job.read, self.pages("jobs", filters))

    def job(self, job_id: UUID | str) -> Job:
        """Reads one job as it is now."""
        return Job.read(self.ask("GET", f"jobs/{job_id}").json())

    def cancel(self, job_id: UUID | str) -> Job:
        """Stops a job; a running one ends within seconds."""
        return Job.read(self.ask("POST", f"jobs/{job_id}/cancel").json())

    def retry(self, job_id: UUID | str) -> Job:
        """Orders a failed or cancelled job once more."""
        return Job.read(self.ask("POST", f"jobs/{job_id}/retry").json())

    def me(self) -> Me:
        """The person whose token it is, and how much they may still do."""
        return Me.read(self.ask("GET", "me").json())

    def rename(self, photo_id: UUID | str, name: str) -> Photo:
        """Gives a photo another name."""
        return Photo.read(self.ask("PATCH", f"photos/{photo_id}", json={"name": name}).json())

    def rename_version(self, job_id: UUID | str, name: str) -> Job:
        """Names the version that a job has made; empty: by what it was made with."""
        return Job.read(self.ask("PATCH", f"jobs/{job_id}", json={"name": name}).json())

    def choose_version(self, job_id: UUID | str) -> Job:
        """Lets the version that a job has made count, until another is chosen or made."""
        return Job.read(self.ask("PATCH", f"jobs/{job_id}", json={"chosen": True}).json())

    def delete_version(self, job_id: UUID | str) -> None:
        """Deletes the version that a job has made, with its exports."""
        self.ask("DELETE", f"jobs/{job_id}")

    def motions(self) -> list[Motion]:
        """The ways to move the camera."""
        return [Motion.read(each) for each in self.ask("GET", "motions").json()["results"]]

    def options(self) -> list[Option]:
        """The options of a 3D photo, with their ranges."""
        return [Option.read(each) for each in self.ask("GET", "options").json()["results"]]

    def formats(self) -> list[Format]:
        """The kinds of files that jobs make."""
        return [Format.read(each) for each in self.ask("GET", "formats").json()["outputs"]]

    def webhooks(self) -> Iterator[Webhook]:
        """Where one is told how jobs have ended."""
        return map(Webhook.read, self.pages("webhooks", {}))

    def add_webhook(self, url: str, *events: str) -> Webhook:
        """Adds an address; of all events, where none is named. Keep its `secret`."""
        body = {"url": url} | ({"events": list(events)} if events else {})
        return Webhook.read(self.ask("POST", "webhooks", json=body).json())

    def delete_webhook(self, webhook_id: UUID | str) -> None:
        """Deletes an address with its log."""
        self.ask("DELETE", f"webhooks/{webhook_id}")

    def rotate_webhook(self, webhook_id: UUID | str) -> Webhook:
        """Gives it a new `secret`; the one before is good for a day."""
        return Webhook.read(self.ask("POST", f"webhooks/{webhook_id}/secret").json())

    def enable_webhook(self, webhook_id: UUID | str) -> Webhook:
        """Sends to a disabled address again."""
        return Webhook.read(self.ask("POST", f"webhooks/{webhook_id}/enable").json())

    def ping_webhook(self, webhook_id: UUID | str) -> Delivery:
        """Sends an event that means nothing."""
        return Delivery.read(self.ask("POST", f"webhooks/{webhook_id}/ping").json())

    def deliveries(self, webhook_id: UUID | str, **filters: str) -> Iterator[Delivery]:
        """What was sent to an address, newest first; the filter is `state`."""
        return map(Delivery.read, self.pages(f"webhooks/{webhook_id}/deliveries", filters))

    def redeliver(self, delivery: Delivery) -> Delivery:
        """Sends an event once more."""
        path = f"webhooks/{delivery.webhook}/deliveries/{delivery.id}/redeliver"
        return Delivery.read(self.ask("POST", path).json())

    def wait(
        self,
        job: Job,
        on_change: Callable[[Job], None] = lambda _job: None,
        timeout: float | None = None,
    ) -> Job:
        """Returns the job when it has succeeded.

        Args:
            job: as the service gave it.
            on_change: called with the job each time anything about it has changed.
            timeout: seconds to wait at most.

        Raises:
            JobFailedError: it failed, or was cancelled.
            TimeoutError: it is still at work.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        tag = ""
        while job.is_active:
            left = _LONG_POLL_SECONDS if deadline is None else deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"The job is still {job.state} after {timeout:g} seconds.")
            asked = time.monotonic()
            query = {"wait": max(1, min(_LONG_POLL_SECONDS, int(left)))}
            answer = self.ask("GET", f"jobs/{job.id}", params=query, headers={"If-None-Match": tag})
            tag = answer.headers.get("ETag", "")
            if answer.status_code != 304:
                job = Job.read(answer.json())
                on_change(job)
            elif time.monotonic() - asked < 0.5:
                time.sleep(1)  # the service had no place for another one who waits
        return _succeeded(job)

    def download(self, artifact: Artifact, folder: Path | str) -> Path:
        """Saves a file under its own name in `folder`, whole or not at all; gives its path.

        Raises:
            OSError: it cannot be written.
        """
        return self._save(artifact.content_url, Path(folder, PurePath(artifact.filename).name))

    def _save(self, path: str, target: Path, query: dict[str, Any] | None = None) -> Path:
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f"{target.name}.part")
        with self.ask("GET", path, params=query, stream=True) as answer:
            try:
                with part.open("wb") as file:
                    for chunk in answer.iter_content(_CHUNK):
                        file.write(chunk)
                part.rename(target)
            except requests.RequestException as error:
                raise NoAnswerError(f"The download of {target.name} was cut off.") from error
            finally:
                part.unlink(missing_ok=True)
        return target


def _form(options: dict[str, Any]) -> dict[str, Any]:
    """Options as a form's fields; keyframes as JSON."""
    fields = dict(options)
    if "keyframes" in fields:
        fields["keyframes"] = json.dumps(fields["keyframes"])
    return fields


def _succeeded(job: Job) -> Job:
    if job.state == "succeeded":
        return job
    if job.failure:
        raise JobFailedError(job.failure.detail, job.failure.code)
    raise JobFailedError(f"The job was {job.state}.", job.state)
