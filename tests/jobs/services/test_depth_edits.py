"""Depth that a person has corrected: checked, kept with the photo, given to the engine."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from amena.accounts.models import Quota, User
from amena.engine.errors import OptionsError, PhotoError
from amena.gone import GoneError
from amena.jobs import storage
from amena.jobs.models import Job, State
from amena.jobs.services import deletion, quotas, retention, running, submission
from amena.jobs.uploads import DepthPicture, accept, accept_depth
from tests.faults.engines import QuickEngine
from tests.jobs.samples import uploaded

pytestmark = pytest.mark.django_db(transaction=True)


def picture(form: str = "PNG", size: tuple[int, int] = (96, 72), mode: str = "L") -> bytes:
    """A depth map from far to near."""
    out = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert(mode).save(out, form)
    return out.getvalue()


def depth(content: bytes | None = None) -> DepthPicture:
    return accept_depth(uploaded(picture() if content is None else content, "depth.png"))


@pytest.fixture
def job(user: User, sent: list[str], use_engine: Callable[[type], None]) -> Job:
    """A finished job, with files."""
    use_engine(QuickEngine)
    photo = submission.submit(user, accept(uploaded()), {}, uuid.uuid4())
    job = photo.jobs.get()
    running.run(job.public_id)
    return job


def stored(media: Path, job: Job) -> Path:
    return media / storage.depth_key(job.photo.public_id, job.public_id)


@pytest.mark.parametrize("content", [picture(), picture("JPEG"), picture(mode="I;16")])
def test_png_and_jpeg_are_taken_as_they_are(content: bytes) -> None:
    assert depth(content).file.read() == content


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (picture("WEBP"), "depth_format"),
        (b"no picture", "unknown_format"),
        (picture()[:-20], "truncated"),
        (picture(size=(9, 9)), "too_small"),
    ],
)
def test_what_is_no_depth_picture_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(PhotoError) as caught:
        depth(content)
    assert caught.value.code == code


def test_an_edit_is_made_from_the_scene_and_the_picture(
    job: Job, sent: list[str], media: Path
) -> None:
    edit = submission.edit_depth(job.photo, depth(), "replace", "dark", {"motion": "swing"})
    assert sent[-1] == str(edit.public_id)
    assert stored(media, edit).read_bytes() == picture()
    running.run(edit.public_id)
    edit.refresh_from_db()
    assert (edit.kind, edit.state) == ("edit", State.SUCCEEDED)
    disparity = edit.artifacts_by_kind["disparity"]
    assert (media / disparity.key).read_bytes() == b"replace, dark is near"
    assert stored(media, edit).exists()


def test_a_brush_on_the_newest_scene(job: Job, media: Path) -> None:
    edit = submission.edit_depth(job.photo, depth(), "brush", "bright", {})
    running.run(edit.public_id)
    disparity = edit.artifacts_by_kind["disparity"]
    assert (media / disparity.key).read_bytes() == b"brush, bright is near"


@pytest.mark.parametrize(("mode", "near"), [("erase", "bright"), ("brush", "left")])
def test_an_unknown_mode_is_refused(job: Job, mode: str, near: str, media: Path) -> None:
    with pytest.raises(OptionsError):
        submission.edit_depth(job.photo, depth(), mode, near, {})
    assert list(media.rglob("depth")) == []


def test_a_refused_edit_leaves_no_picture(job: Job, user: User, media: Path) -> None:
    Quota.objects.filter(user=user).update(active_jobs=0)
    with pytest.raises(quotas.QuotaExceededError):
        submission.edit_depth(job.photo, depth(), "brush", "bright", {})
    Quota.objects.filter(user=user).update(active_jobs=3)
    job.artifacts.filter(kind="scene").delete()
    with pytest.raises(GoneError):
        submission.edit_depth(job.photo, depth(), "brush", "bright", {})
    assert list(media.rglob("depth")) == []
    assert Job.objects.count() == 1


def test_the_picture_goes_with_the_photo(job: Job, media: Path) -> None:
    first = submission.edit_depth(job.photo, depth(), "brush", "bright", {})
    running.run(first.public_id)
    Job.objects.update(finished_at="2026-01-01T00:00:00Z")
    assert retention.purge() == 1
    assert not stored(media, first).exists()
    deletion.delete(job.photo)
    assert list((media / "photos").iterdir()) == []
