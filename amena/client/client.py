"""The client: one method for each thing the service does."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path, PurePath
from types import TracebackType
from typing import Any, Final, Self
from uuid import UUID

import requests
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

from amena.client.errors import AmenaError, JobFailedError, NoAnswerError, RefusedError
from amena.client.types import Artifact, Job, Me, Motion, Photo

_DEFAULT_URL: Final = "http://localhost:8000"
_TYPE_PREFIX: Final = "urn:amena:problem:"
_LONG_POLL_SECONDS: Final = 20
_CHUNK: Final = 1 << 18
# Every POST has an Idempotency-Key, so any request may be sent again.
_RETRIES: Final = Retry(
    total=4,
    backoff_factor=0.5,
    status_forcelist=(502, 503, 504),
    allowed_methods=None,
    raise_on_status=False,
    respect_retry_after_header=False,  # it would sleep through a day's quota
)


class Client:
    """Talks to one service in one person's name. Safe to use again after any error.

    Args:
        url: where the service is; else `AMENA_URL`, else this machine.
        token: made on the service's page `/tokens/`; else `AMENA_TOKEN`.
        timeout: seconds without a byte before the service counts as gone.

    Raises:
        AmenaError: there is no token.

    Every method raises `NoAnswerError` and `RefusedError`.
    """

    def __init__(
        self, url: str | None = None, token: str | None = None, timeout: float = 60
    ) -> None:
        self.url = (url or os.environ.get("AMENA_URL") or _DEFAULT_URL).rstrip("/")
        token = token or os.environ.get("AMENA_TOKEN")
        if not token:
            raise AmenaError(
                f"A token is needed: make one at {self.url}/tokens/ and set AMENA_TOKEN to it."
            )
        self._timeout = timeout
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {token}"
        self._session.trust_env = False  # a .netrc would replace the token
        self._adapters = [HTTPAdapter(max_retries=_RETRIES) for _ in range(2)]
        for scheme, adapter in zip(("http://", "https://"), self._adapters, strict=True):
            self._session.mount(scheme, adapter)

    def __enter__(self) -> Self:
        """For `with`: the connections are closed at its end."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Closes the connections."""
        self.close()

    def close(self) -> None:
        """Closes the connections, also those that a caught error still refers to."""
        for adapter in self._adapters:
            pools = adapter.poolmanager.pools
            for key in pools.keys():  # noqa: SIM118  a container without iteration
                pools[key].close()
        self._session.close()

    def upload(self, file: Path | str, **options: Any) -> Photo:
        """Uploads a photo and orders its 3D photo.

        Args:
            file: a JPEG, PNG, WebP or HEIC file.
            options: `motion`, `duration`, `size` and so on; see docs/openapi.yaml.

        Raises:
            OSError: the file cannot be read.
        """
        path = Path(file)
        photo = (path.name, path.read_bytes())
        answer = self._ask("POST", "photos", files={"photo": photo}, data=options)
        return Photo.read(answer.json())

    def photos(self, **filters: str) -> Iterator[Photo]:
        """All of one's photos, newest first; for instance those with `state="failed"`."""
        return map(Photo.read, self._pages("photos", filters))

    def photo(self, photo_id: UUID | str) -> Photo:
        """One photo."""
        return Photo.read(self._ask("GET", f"photos/{photo_id}").json())

    def delete(self, photo_id: UUID | str) -> None:
        """Deletes a photo and everything made from it."""
        self._ask("DELETE", f"photos/{photo_id}")

    def restyle(self, photo_id: UUID | str, **options: Any) -> Job:
        """Orders a finished photo with other options."""
        return Job.read(self._ask("POST", f"photos/{photo_id}/jobs", json=options).json())

    def jobs(self, **filters: str) -> Iterator[Job]:
        """All of one's jobs, newest first; filters are `state`, `kind` and `photo`."""
        return map(Job.read, self._pages("jobs", filters))

    def job(self, job_id: UUID | str) -> Job:
        """One job."""
        return Job.read(self._ask("GET", f"jobs/{job_id}").json())

    def cancel(self, job_id: UUID | str) -> Job:
        """Stops a job; a running one ends within seconds."""
        return Job.read(self._ask("POST", f"jobs/{job_id}/cancel").json())

    def retry(self, job_id: UUID | str) -> Job:
        """Orders a failed or cancelled job once more."""
        return Job.read(self._ask("POST", f"jobs/{job_id}/retry").json())

    def me(self) -> Me:
        """Whose token it is, and how much they may still do."""
        return Me.read(self._ask("GET", "me").json())

    def motions(self) -> list[Motion]:
        """The ways to move the camera."""
        return [Motion.read(each) for each in self._ask("GET", "motions").json()["results"]]

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
            answer = self._ask(
                "GET", f"jobs/{job.id}", params=query, headers={"If-None-Match": tag}
            )
            tag = answer.headers.get("ETag", "")
            if answer.status_code != 304:
                job = Job.read(answer.json())
                on_change(job)
            if job.is_active and time.monotonic() - asked < 0.5:
                time.sleep(1)  # the service had no place for another one who waits
        return _succeeded(job)

    def download(self, artifact: Artifact, folder: Path | str) -> Path:
        """Saves a file under its own name in `folder`, whole or not at all; gives its path.

        Raises:
            OSError: it cannot be written.
        """
        target = Path(folder, PurePath(artifact.filename).name)
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f"{target.name}.part")
        with self._ask("GET", artifact.content_url, stream=True) as answer:
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

    def _pages(self, path: str, filters: dict[str, str]) -> Iterator[dict[str, Any]]:
        page = self._ask("GET", path, params=filters).json()
        yield from page["results"]
        while page["next"]:
            page = self._ask("GET", page["next"]).json()
            yield from page["results"]

    def _ask(self, method: str, path: str, **request: Any) -> requests.Response:
        """One request; waits and asks again where it came too fast."""
        address = path if path.startswith(f"{self.url}/") else f"{self.url}/api/v1/{path}"
        if method == "POST":
            request["headers"] = {"Idempotency-Key": str(uuid.uuid4())}
        while True:
            try:
                answer = self._session.request(method, address, timeout=self._timeout, **request)
            except requests.RequestException as error:
                raise NoAnswerError(f"{self.url} does not answer. Is AMENA_URL right?") from error
            if answer.ok:
                return answer
            refusal = _refusal(answer, self.url)
            if refusal.code != "throttled":
                raise refusal
            time.sleep(refusal.retry_after or 1)


def _refusal(answer: requests.Response, url: str) -> RefusedError:
    if answer.headers.get("Content-Type") != "application/problem+json":
        raise NoAnswerError(f"{url} answers, but not as Amena does. Is AMENA_URL right?")
    problem = answer.json()
    details = [each["detail"] for each in problem.get("errors", []) if not each["field"]]
    details += [f"{e['field']}: {e['detail']}" for e in problem.get("errors", []) if e["field"]]
    wait = answer.headers.get("Retry-After")
    return RefusedError(
        " ".join(details) or problem["detail"],
        problem["type"].removeprefix(_TYPE_PREFIX),
        answer.status_code,
        float(wait) if wait else None,
    )


def _succeeded(job: Job) -> Job:
    if job.state == "succeeded":
        return job
    if job.failure:
        raise JobFailedError(job.failure.detail, job.failure.code)
    raise JobFailedError(f"The job was {job.state}.", job.state)
