"""Somebody's account with a photo in every state, from files that the engine has made."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from tests.engine.samples import encoded
from tests.fixtures.coarse import coarse

if TYPE_CHECKING:
    from amena.accounts.models import User
    from amena.jobs.models import Job, Photo, State

EXAMPLES = Path(__file__).parents[2] / "static" / "img" / "examples"


@dataclass
class Gallery:
    """Pages to look at.

    Attributes:
        user: somebody who has photos.
        cookie: of a session of theirs.
        newcomer: of a session of somebody who has none.
        finished, working, failed: photos.
        shared: the address of another one's public page.
    """

    user: User
    cookie: str
    newcomer: str
    finished: Photo
    working: Photo
    failed: Photo
    shared: str

    @property
    def pages(self) -> dict[str, tuple[str, str]]:
        """Name → path, and the session it is seen with; empty: by anybody."""
        photo = "/photos/{}/".format
        return {
            "landing": ("/", ""),
            "login": ("/login/", ""),
            "help": ("/help/", ""),
            "contact": ("/contact/", ""),
            "privacy": ("/privacy/", ""),
            "terms": ("/terms/", ""),
            "not-found": ("/nothing/", ""),
            "shared": (self.shared, ""),
            "wall": ("/photos/", self.cookie),
            "wall-empty": ("/photos/", self.newcomer),
            "photo": (photo(self.finished.public_id), self.cookie),
            "photo-working": (photo(self.working.public_id), self.cookie),
            "photo-failed": (photo(self.failed.public_id), self.cookie),
            "account": ("/account/", self.cookie),
        }


def make_gallery(*, fine: bool = False) -> Gallery:
    """Fills an account; the files go into the storage that is set. `fine`: scenes as they are."""
    from amena.accounts.models import User
    from amena.jobs.models import State
    from amena.jobs.services import sharing

    user = User.objects.create_user("ada@example.com")
    photos = {
        name: make_photo(user, name, state, fine=fine)
        for name, state in (
            ("astronaut", State.SUCCEEDED),
            ("rocket", State.CANCELLED),
            ("dessert", State.SUCCEEDED),
            ("icecream", State.FAILED),
            ("cat", State.SUCCEEDED),
            ("raccoon", State.SUCCEEDED),
            ("dandelion", State.SUCCEEDED),
            ("wine", State.RUNNING),
        )
    }
    make_webhook(user)
    return Gallery(
        user=user,
        cookie=session(user),
        newcomer=session(User.objects.create_user("bob@example.com")),
        finished=photos["dandelion"],
        working=photos["wine"],
        failed=photos["icecream"],
        shared=sharing.share(photos["cat"]).get_absolute_url(),
    )


def make_webhook(user: User) -> None:
    """One that answers well."""
    from django.db.models.functions import Now

    from amena.webhooks.models import Delivery, Endpoint, Event

    url, events = "https://example.com/amena", [Event.SUCCEEDED, Event.FAILED]
    Delivery.objects.create(
        endpoint=Endpoint.objects.create(user=user, url=url, events=events),
        event=Event.SUCCEEDED,
        body="{}",
        state=Delivery.State.DELIVERED,
        status=200,
        deliver_at=Now(),
        attempted_at=Now(),
    )


def session(user: User) -> str:
    """The cookie of a session that has just begun."""
    from django.test import Client

    client = Client()
    client.force_login(user)
    return client.cookies["sessionid"].value


def make_photo(user: User, name: str, state: State, *, fine: bool = False) -> Photo:
    """One photo with one job in the state given, and its files where it has succeeded."""
    from django.db.models.functions import Now

    from amena.jobs import states, storage
    from amena.jobs.models import Job, Photo, State

    (width, height), _, small = pictures(name)
    photo = Photo.objects.create(
        owner=user,
        name=f"{name}.jpg",
        format="JPEG",
        width=width,
        height=height,
        size=1,
    )
    storage.save(storage.thumbnail_key(photo.public_id), small)
    job = Job.objects.create(
        photo=photo, options={"motion": "circle"}, dispatch_at=states.soon(timedelta(hours=1))
    )
    if state is State.QUEUED:
        return photo
    lease = states.claim(job.public_id)
    assert lease is not None
    if state is State.RUNNING:
        far = Now() + timedelta(hours=1)
        Job.objects.filter(pk=job.pk).update(stage="inpaint", progress=46, lease_expires_at=far)
    elif state is State.FAILED:
        states.fail(lease, "too_slow", "This photo took too long. Try again at a smaller size.")
    elif state is State.CANCELLED:
        states.stop(lease)
    else:
        keep_files(job, name, fine=fine)
        states.succeed(lease)
    return photo


def keep_files(job: Job, name: str, *, fine: bool = False) -> None:
    """What a finished job leaves; scene and report stand for the engine's own files."""
    from amena.jobs import storage
    from amena.jobs.files import FILE_TYPES
    from amena.jobs.models import Artifact

    contents = {
        "video.mp4": (EXAMPLES / f"{name}.mp4").read_bytes(),
        "poster.jpg": pictures(name)[1],
        "card.webp": card(pictures(name)[1]),
        "scene.glb": scene(fine=fine),
        "disparity.png": depth(),
        "scene.amena": b"scene",
        "report.json": report(pictures(name)[0]),
    }
    prefix = storage.attempt_prefix(job.photo.public_id, job.public_id, 1)
    for file_name, content in contents.items():
        kind, content_type, _output = FILE_TYPES[file_name]
        key = f"{prefix}/{file_name}"
        storage.save(key, content)
        Artifact.objects.create(
            job=job, kind=kind, key=key, size=len(content), content_type=content_type
        )


def report(size: tuple[int, int]) -> bytes:
    """What the engine tells of a film of this size."""
    told = {
        "amplitude": 0.0316,
        "focus": 0.3256,
        "size": size,
        "view_size": size,
        "placements": {"9:16": 0.3, "9:20": 0.3, "4:5": 0.25, "1:1": 0.2, "16:9": 0.5},
        "motion": "circle",
        "fps": 30,
        "frames": 150,
        "photo_size": [1920, 1080],
        "layers": 2,
        "disoccluded": 0.21,
        "shown_inpainting": 0.014,
        "stretch": 1.5,
        "estimator": "compact",
        "seconds": 9.4,
    }
    return json.dumps(told).encode()


@cache
def pictures(name: str) -> tuple[tuple[int, int], bytes, bytes]:
    """An example's size, its poster and its thumbnail, as JPEG of good quality.

    Encoded once for all tests: a gallery of eight takes a quarter of a second of work.
    """
    with Image.open(EXAMPLES / f"{name}.webp") as image:
        poster = image.convert("RGB")
    small = poster.copy()
    small.thumbnail((480, 480))
    return poster.size, encoded(poster, "JPEG", quality=88), encoded(small, "JPEG", quality=88)


@cache
def card(poster: bytes) -> bytes:
    """The still that a worker makes from a poster."""
    from amena.jobs import thumbnails

    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "poster.jpg").write_bytes(poster)
        thumbnails.make_card(Path(folder))
        return Path(folder, "card.webp").read_bytes()


@cache
def scene(*, fine: bool) -> bytes:
    """The dandelion's; with few triangles unless it is `fine`."""
    glb = (EXAMPLES / "dandelion.glb").read_bytes()
    return glb if fine else coarse(glb)


@cache
def depth() -> bytes:
    """A depth map as PNG."""
    with Image.open(EXAMPLES / "dessert-depth.webp") as image:
        return encoded(image.convert("L"), "PNG")
