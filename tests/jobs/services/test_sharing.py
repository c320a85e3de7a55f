"""Links that show one's 3D photo to everybody, and nothing else of it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from amena.accounts.models import User
from amena.gone import GoneError
from amena.jobs.models import Job, Photo, Share, State
from amena.jobs.services import deletion, exports, retention, running, sharing, submission
from amena.jobs.uploads import accept
from tests.faults.engines import QuickEngine
from tests.jobs.samples import uploaded

pytestmark = pytest.mark.django_db(transaction=True)


def made(job: Job) -> Job:
    running.run(job.public_id)
    job.refresh_from_db()
    return job


@pytest.fixture
def photo(user: User, sent: list[str], use_engine: Callable[[type], None]) -> Photo:
    """A photo whose 3D photo is ready."""
    use_engine(QuickEngine)
    photo = submission.submit(user, accept(uploaded()), {}, uuid.uuid4())
    made(photo.jobs.get())
    return photo


def test_a_link_is_found_by_its_token_and_stays_the_same(photo: Photo) -> None:
    share = sharing.share(photo)
    assert len(share.token) >= 22  # 128 bits in base 64
    assert share.get_absolute_url() == f"/s/{share.token}/"
    assert sharing.share(photo) == share == sharing.find(share.token)
    assert sharing.find("guessed") is None


def test_a_photo_without_a_result_has_nothing_to_share(user: User, sent: list[str]) -> None:
    photo = submission.submit(user, accept(uploaded()), {}, uuid.uuid4())
    with pytest.raises(GoneError):
        sharing.share(photo)
    assert not Share.objects.exists()


def test_a_revoked_link_is_dead_and_the_next_one_is_another(photo: Photo) -> None:
    share = sharing.share(photo)
    assert sharing.revoke(photo)
    assert not sharing.revoke(photo)
    assert sharing.find(share.token) is None
    again = sharing.share(photo)
    assert again.token != share.token
    assert sharing.find(share.token) is None
    assert sharing.find(again.token) == again


def test_the_newest_3d_photo_is_shown(photo: Photo) -> None:
    share = sharing.share(photo)
    first = photo.jobs.get()
    assert sharing.motion(share) == first
    newer = submission.restyle(photo, {"motion": "swing"})
    assert sharing.motion(share) == first
    made(newer)
    assert sharing.motion(share) == newer
    made(exports.order(newer, ["webm"]))
    assert sharing.motion(share) == newer


def test_video_poster_model_and_loop_are_public_and_no_other_file(photo: Photo) -> None:
    share, job = sharing.share(photo), photo.jobs.get()
    assert set(sharing.files(share)) == {"video", "poster", "glb"}
    made(exports.order(job, ["gif", "rgbd", "facebook"]))
    found = sharing.files(share)
    assert set(found) == {"video", "poster", "glb", "loop"}
    assert found["loop"].kind == "gif"
    made(exports.order(job, ["webp"]))
    assert sharing.files(share)["loop"].kind == "webp"
    assert found["video"].job == job


def test_a_deleted_photo_is_shared_no_longer(photo: Photo) -> None:
    token = sharing.share(photo).token
    Photo.objects.filter(pk=photo.pk).update(deleted_at="2026-01-01T00:00:00Z")
    assert sharing.find(token) is None
    with pytest.raises(GoneError):
        sharing.share(photo)
    deletion.purge_deleted()
    assert not Share.objects.exists()


def test_an_expired_photo_is_shared_no_longer(photo: Photo) -> None:
    share = sharing.share(photo)
    Job.objects.update(finished_at="2026-01-01T00:00:00Z")
    assert retention.purge() == 1
    assert sharing.find(share.token) is None
    with pytest.raises(GoneError):
        sharing.motion(share)
    assert photo.jobs.get().state == State.EXPIRED


def test_ten_who_share_at_once_get_one_link(photo: Photo) -> None:
    together = Barrier(10)

    def ask(_number: int) -> str:
        together.wait()
        try:
            return sharing.share(photo).token
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        assert len(set(pool.map(ask, range(10)))) == 1


def test_the_owner_chooses_whether_a_link_stays_at_a_version(photo: Photo) -> None:
    share, first = sharing.share(photo), photo.jobs.get()
    assert sharing.choose(photo, first)
    second = made(submission.restyle(photo, {"motion": "swing"}))
    share.refresh_from_db()
    assert sharing.motion(share) == first
    assert sharing.choose(photo, None)
    share.refresh_from_db()
    assert sharing.motion(share) == second
    stranger = submission.submit(photo.owner, accept(uploaded()), {}, uuid.uuid4())
    with pytest.raises(GoneError):
        sharing.choose(photo, stranger.jobs.get())
