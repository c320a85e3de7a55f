"""A photo's thumbnail: the photo at first, then the first frame of its film."""

from __future__ import annotations

import io

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from PIL import Image

from amena.engine.options import Options
from amena.jobs import states, storage, thumbnails
from amena.jobs.models import Job, State
from amena.jobs.services import running, submission
from tests.faults import engines
from tests.jobs.services.conftest import UseEngine

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_grey_thumbnail_gives_way_to_the_first_frame(job: Job, use_engine: UseEngine) -> None:
    use_engine(RedEngine)
    key = storage.thumbnail_key(job.photo.public_id)
    before = storage.read(key)
    running.run(job.public_id)
    assert storage.read(key) == before  # a real one stays
    storage.save(key, thumbnails.placeholder(job.photo.width, job.photo.height))
    again = submission.restyle(job.photo, {"size": 1920})
    running.run(again.public_id)
    with default_storage.open(key) as file, Image.open(file) as small:
        assert small.size == (480, 360)
        assert small.convert("RGB").getpixel((5, 5))[0] > 200


def test_the_thumbnail_of_a_turned_photo_turns_once_it_is_made(
    job: Job, use_engine: UseEngine
) -> None:
    use_engine(RedEngine)
    key = storage.thumbnail_key(job.photo.public_id)
    running.run(job.public_id)
    turned = submission.rotate(job.photo, 90)
    lost = states.claim(turned.public_id)
    states.cancel(turned.public_id)
    states.stop(lost)
    before = storage.read(key)
    again = submission.rotate(job.photo, 90)
    assert storage.read(key) == before
    running.run(again.public_id)
    with default_storage.open(key) as file, Image.open(file) as small:
        assert small.size == (360, 480)


def test_the_wall_shows_a_smaller_still_of_the_film(
    job: Job, use_engine: UseEngine, client: Client
) -> None:
    use_engine(RedEngine)
    running.run(job.public_id)
    client.force_login(job.photo.owner)
    still = Job.objects.get(pk=job.pk).still
    assert (still.kind, still.content_type) == ("card", "image/webp")
    address = f"/files/{still.public_id}/"
    assert f'src="{address}"' in client.get("/photos/").content.decode()
    with Image.open(io.BytesIO(client.get(address).getvalue()), formats=["WEBP"]) as small:
        assert small.size == (720, 540)
        assert small.convert("RGB").getpixel((5, 5))[0] > 200
    with default_storage.open(job.artifacts_by_kind["poster"].key) as poster:
        assert still.size < poster.size / 2
    listed = client.get(f"/api/v1/jobs/{job.public_id}").json()["artifacts"]
    assert "poster" in {each["kind"] for each in listed}
    assert "card" not in {each["kind"] for each in listed}


def test_a_poster_that_cannot_be_read_costs_only_the_still(job: Job, use_engine: UseEngine) -> None:
    use_engine(engines.QuickEngine)
    running.run(job.public_id)
    assert Job.objects.get(pk=job.pk).state == State.SUCCEEDED


class RedEngine(engines.QuickEngine):
    """Its first frames are red, and stand as they were asked to."""

    def files(self, options: Options) -> dict[str, bytes]:
        poster = io.BytesIO()
        size = (720, 960) if options.rotate % 180 else (960, 720)
        Image.new("RGB", size, "red").save(poster, "JPEG")
        return super().files(options) | {"poster.jpg": poster.getvalue()}
