"""What the service answers, as values with types. Unknown fields of a newer service are dropped."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Self
from uuid import UUID


@dataclass(frozen=True)
class _Answer:
    """Built from an answer's JSON by `read`."""

    @classmethod
    def read(cls, data: dict[str, Any]) -> Self:
        """The value that `data` describes."""
        return cls(**{each.name: data[each.name] for each in fields(cls)})


@dataclass(frozen=True)
class Artifact(_Answer):
    """One file that a job has made; `size` in bytes."""

    id: UUID
    job: UUID
    kind: str
    filename: str
    content_type: str
    size: int
    content_url: str

    @classmethod
    def read(cls, data: dict[str, Any]) -> Self:
        """The ids as such."""
        return super().read(data | {"id": UUID(data["id"]), "job": UUID(data["job"])})


@dataclass(frozen=True)
class Failure(_Answer):
    """Why a job has failed: `code` for programs, `detail` for people."""

    code: str
    detail: str


@dataclass(frozen=True)
class Job(_Answer):
    """One piece of work on a photo.

    Attributes:
        state: `queued`, `running`, `succeeded`, `failed`, `cancelled` or `expired`.
        stage, progress: what is being done, and how much of all is done (0–100).
        ahead: queued jobs before this one.
        expected_wait: seconds until work begins, roughly; None: nothing is known.
    """

    id: UUID
    url: str
    photo: UUID
    kind: str
    options: dict[str, Any]
    state: str
    stage: str
    progress: int
    ahead: int
    expected_wait: int | None
    cancel_requested: bool
    failure: Failure | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    artifacts: tuple[Artifact, ...]

    @classmethod
    def read(cls, data: dict[str, Any]) -> Self:
        """Ids, times, failure and files as such."""
        times = ("created_at", "started_at", "finished_at")
        failure = data["failure"]
        return super().read(
            data
            | {name: UUID(data[name]) for name in ("id", "photo")}
            | {name: data[name] and datetime.fromisoformat(data[name]) for name in times}
            | {
                "failure": failure and Failure.read(failure),
                "artifacts": tuple(Artifact.read(each) for each in data["artifacts"]),
            }
        )

    @property
    def is_active(self) -> bool:
        """Whether it is still to be worked on."""
        return self.state in ("queued", "running")


@dataclass(frozen=True)
class Photo(_Answer):
    """One upload, its newest `job`, and the newest job that has succeeded as `result`."""

    id: UUID
    url: str
    name: str
    format: str
    width: int
    height: int
    size: int
    created_at: datetime
    thumbnail_url: str
    job: Job
    result: Job | None

    @classmethod
    def read(cls, data: dict[str, Any]) -> Self:
        """Id, time and jobs as such."""
        result = data["result"]
        return super().read(
            data
            | {
                "id": UUID(data["id"]),
                "created_at": datetime.fromisoformat(data["created_at"]),
                "job": Job.read(data["job"]),
                "result": result and Job.read(result),
            }
        )


@dataclass(frozen=True)
class Motion(_Answer):
    """A way to move the camera: `name` for `motion=…`, `title` for people."""

    name: str
    title: str


@dataclass(frozen=True)
class Quota(_Answer):
    """Jobs in the works and ordered today, beside what is allowed."""

    active: int
    active_limit: int
    today: int
    daily_limit: int


@dataclass(frozen=True)
class Me(_Answer):
    """Whose token it is."""

    id: UUID
    email: str
    name: str
    quota: Quota

    @classmethod
    def read(cls, data: dict[str, Any]) -> Self:
        """Id and quota as such."""
        return super().read(data | {"id": UUID(data["id"]), "quota": Quota.read(data["quota"])})
