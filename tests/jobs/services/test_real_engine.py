"""The engine itself makes what jobs promise: each file is what it says it is."""

from __future__ import annotations

import json
import uuid
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from amena.accounts.models import User
from amena.engine.pipeline import Engine
from amena.jobs.models import Job, State
from amena.jobs.services import exports, running, submission
from amena.jobs.uploads import accept, accept_depth
from tests.jobs.samples import jpeg, uploaded
from tests.jobs.services.test_depth_edits import picture

pytestmark = pytest.mark.django_db(transaction=True)

SHORT = {"motion": "swing", "duration": 1, "fps": 24}


def made(job: Job) -> Job:
    running.run(job.public_id)
    job.refresh_from_db()
    assert job.state == State.SUCCEEDED, job.error_message
    return job


def test_a_photo_is_made_edited_and_exported(
    user: User,
    sent: list[str],
    media: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine = Engine("cpu")
    monkeypatch.setattr(running, "engine", lambda: engine)
    photo = submission.submit(user, accept(uploaded(jpeg(240, 180))), SHORT, uuid.uuid4())
    first = made(photo.jobs.get())

    def file(job: Job, kind: str) -> Path:
        return media / job.artifacts_by_kind[kind].key

    ramp = accept_depth(uploaded(picture(size=(240, 180)), "depth.png"))
    replaced = made(submission.edit_depth(photo, ramp, "replace", "dark", SHORT))
    with Image.open(file(replaced, "disparity")) as image:
        disparity = np.asarray(image, float)
    assert disparity[:10].mean() > 3 * disparity[-10:].mean()  # the ramp's dark top is near
    assert json.loads(file(replaced, "report").read_text())["motion"] == "swing"

    turned = submission.rotate(photo, 90)
    assert turned.depth_edit == {"scene": str(replaced.public_id), "turn": 90}
    with Image.open(file(made(turned), "disparity")) as image:
        carried = np.asarray(image, float)
    np.testing.assert_array_equal(carried, np.rot90(disparity, -1))
    again = submission.restyle(photo, {**SHORT, "rotate": 0})  # from the scene that stands turned
    assert again.depth_edit == {"scene": str(turned.public_id), "turn": 270}
    assert submission.restyle(photo, {**SHORT, "rotate": 0, "size": 1920}).depth_edit is None

    export = made(exports.order(first, ["gif", "facebook", "rgbd"]))
    kinds = {each.kind: each.content_type for each in export.artifacts.all()}
    assert kinds == {
        "gif": "image/gif", "rgbd": "image/png",
        "facebook-photo": "image/jpeg", "facebook-depth": "image/jpeg",
    }  # fmt: skip
    for kind, content_type in kinds.items():
        with Image.open(file(export, kind)) as image:
            assert Image.MIME[image.format or ""] == content_type
            assert not image.getexif()
            assert getattr(image, "n_frames", 1) > 5 or kind != "gif"
