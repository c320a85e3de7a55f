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
class Preview(_Answer):
    """The 3D view of a running job, before its film: where its GLB is, how far it moves, and which
    part of it the film shows (magnification, then the middle from the view's in long sides). The
    scene takes a draft's place within seconds.
    """

    glb_url: str
    amplitude: float
    focus: float
    frame: tuple[float, float, float]
    draft: bool = False

    @classmethod
    def read(cls, data: dict[str, Any]) -> Self:
        """The frame as a tuple; a service of the version before names none, and no draft."""
        frame = tuple(data.get("frame", (1.0, 0.0, 0.0)))
        return super().read({"draft": False} | data | {"frame": frame})


@dataclass(frozen=True)
class Job(_Answer):
    """One piece of work on a photo.

    Attributes:
        kind: `create`, `restyle`, `edit` or `export`.
        source: the job that an export belongs to; None for all others.
        state: `held` (until one of one's places is free), `queued`, `running`, `succeeded`,
            `failed`, `cancelled` or `expired`.
        stage, progress: what is being done, and how much of all is done (0–100).
        ahead: queued jobs before this one; for a held one, one's own held jobs before it.
        expected_wait: seconds until work begins, roughly; None: nothing is known.
        preview: what can be shown before the film is made; None unless the job runs and has it.
    """

    id: UUID
    url: str
    photo: UUID
    kind: str
    source: UUID | None
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
    preview: Preview | None
    artifacts: tuple[Artifact, ...]

    @classmethod
    def read(cls, data: dict[str, Any]) -> Self:
        """Ids, times, failure and files as such."""
        times = ("created_at", "started_at", "finished_at")
        failure = data["failure"]
        # A service of the version before does not say.
        preview = data.get("preview")
        return super().read(
            data
            | {name: data[name] and UUID(data[name]) for name in ("id", "photo", "source")}
            | {name: data[name] and datetime.fromisoformat(data[name]) for name in times}
            | {
                "failure": failure and Failure.read(failure),
                "preview": preview and Preview.read(preview),
                "artifacts": tuple(Artifact.read(each) for each in data["artifacts"]),
            }
        )

    @property
    def is_active(self) -> bool:
        """Whether it is still to be worked on."""
        return self.state in ("held", "queued", "running")


@dataclass(frozen=True)
class Photo(_Answer):
    """One upload, its newest `job`, and the newest job that has succeeded as `result`.

    Attributes:
        exports: jobs that make or have made further files of the result, newest first.
        share_url: where everybody may look at it; None unless it is shared.
    """

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
    exports: tuple[Job, ...]
    share_url: str | None

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
                "exports": tuple(Job.read(each) for each in data["exports"]),
            }
        )

    @property
    def artifacts(self) -> dict[str, Artifact]:
        """All files of the result by kind, exported ones too; empty while there is none."""
        jobs = [*self.exports, *([self.result] if self.result else [])]
        return {artifact.kind: artifact for job in jobs for artifact in job.artifacts}


@dataclass(frozen=True)
class Share(_Answer):
    """A link by which everybody may look at a photo's newest 3D photo."""

    photo: UUID
    url: str
    embed_url: str
    created_at: datetime

    @classmethod
    def read(cls, data: dict[str, Any]) -> Self:
        """Id and time as such."""
        times = {"created_at": datetime.fromisoformat(data["created_at"])}
        return super().read(data | {"photo": UUID(data["photo"])} | times)


@dataclass(frozen=True)
class Option(_Answer):
    """One option of a 3D photo: its range or choices, and what it is where left out."""

    name: str
    type: str
    description: str
    choices: tuple[str | int, ...]
    minimum: float | None
    maximum: float | None
    default: Any
    orders: tuple[str, ...]

    @classmethod
    def read(cls, data: dict[str, Any]) -> Self:
        return super().read(data | {name: tuple(data[name]) for name in ("choices", "orders")})


@dataclass(frozen=True)
class Format(_Answer):
    """A kind of file that jobs make.

    Attributes:
        output: what to ask for; None for what is always made.
        group: what people want it for; None for what programs alone read.
        title, opens: what it is called, and who opens it.
        megabytes, seconds: what to expect at 960×720 pixels and five seconds, on two cores.
        options: those that it alone takes, see `Client.export`.
        wide_gamut: whether a photo in Display P3 keeps its colours; all other files are sRGB.
    """

    kind: str
    content_type: str
    extension: str
    output: str | None
    group: str | None
    title: str
    opens: str
    megabytes: float
    seconds: float
    options: tuple[str, ...] = ()
    wide_gamut: bool = False


@dataclass(frozen=True)
class Webhook(_Answer):
    """An address that is told how one's jobs have ended.

    Attributes:
        disabled_reason: `gone`, `failing`, or empty while it is in use.
        secret: what `amena.client.webhooks.verify` needs; empty but when it has just been made.
    """

    id: UUID
    url: str
    events: tuple[str, ...]
    created_at: datetime
    disabled_reason: str
    secret: str

    @classmethod
    def read(cls, data: dict[str, Any]) -> Self:
        """Id, time and events as such."""
        return super().read(
            {"secret": ""}
            | data
            | {
                "id": UUID(data["id"]),
                "events": tuple(data["events"]),
                "created_at": datetime.fromisoformat(data["created_at"]),
            }
        )


@dataclass(frozen=True)
class Delivery(_Answer):
    """One event for a webhook, and how sending it went.

    Attributes:
        state: `pending`, `delivered` or `failed`.
        status: HTTP status of the last answer; None where there was none, `error` says why.
    """

    id: UUID
    webhook: UUID
    job: UUID | None
    event: str
    state: str
    attempts: int
    created_at: datetime
    status: int | None
    error: str
    response: str

    @classmethod
    def read(cls, data: dict[str, Any]) -> Self:
        """Ids and time as such."""
        return super().read(
            data
            | {name: data[name] and UUID(data[name]) for name in ("id", "webhook", "job")}
            | {"created_at": datetime.fromisoformat(data["created_at"])}
        )


@dataclass(frozen=True)
class Motion(_Answer):
    """A way to move the camera: `name` for `motion=…`, `title` for people."""

    name: str
    title: str


@dataclass(frozen=True)
class Quota(_Answer):
    """Jobs in the works and held until a place there is free, new photos and changes of
    photos ordered today, and the limits of each.
    """

    active: int
    active_limit: int
    held: int
    held_limit: int
    today: int
    daily_limit: int
    changes_today: int = 0
    changes_limit: int = 0


@dataclass(frozen=True)
class Me(_Answer):
    """The person whose token it is, with their quota and what they have used."""

    id: UUID
    email: str
    name: str
    quota: Quota

    @classmethod
    def read(cls, data: dict[str, Any]) -> Self:
        """Id and quota as such."""
        return super().read(data | {"id": UUID(data["id"]), "quota": Quota.read(data["quota"])})
