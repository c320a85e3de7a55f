"""Depth models as an operator sets them, through the whole service."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from amena.accounts import tokens
from amena.accounts.models import Token, User
from amena.client import Client
from amena.jobs.models import Job, State
from tests.engine import depth_models
from tests.faults.observing import has_ended, wait_until
from tests.fixtures.service import Service
from tests.jobs.samples import jpeg

pytestmark = pytest.mark.service

ENGINE = "amena.engine.pipeline.Engine"
SHORT = {"duration": 1, "fps": 24}
#: Enlarged to the smallest film, 960 pixels wide, a low photo has few pixels.
LOW = (256, 64)


@pytest.fixture
def models(tmp_path: Path) -> dict[str, str]:
    """Two models: the one that makes depth by itself, and one to choose."""
    for name in ("house-model", "other-model"):
        depth_models.depth_anything(tmp_path / name)
    return {
        "ENGINE": ENGINE,
        "ENGINE_DEVICE": "cpu",
        "DEPTH_ESTIMATOR": f"huggingface:{tmp_path / 'house-model'}",
        "DEPTH_ESTIMATORS": f"compact huggingface:{tmp_path / 'other-model'}",
    }


def test_people_choose_a_model_and_keep_it(
    service: Service, user: User, media: Path, models: dict[str, str], tmp_path: Path
) -> None:
    service.start("queue")
    service.start("web", "worker", **models)
    photo_file = tmp_path / "photo.jpg"
    photo_file.write_bytes(jpeg(*LOW))
    secret = tokens.issue(user, "test", Token.Scope.WRITE, None)

    def made_by(job_id: object) -> str:
        job = Job.objects.get(public_id=job_id)
        wait_until(lambda: has_ended(job))
        assert job.state == State.SUCCEEDED, service.log("worker")
        report = json.loads((media / job.artifacts.get(kind="report").key).read_text())
        return str(report["estimator"])

    with Client(service.address, secret) as client:
        offered = next(each for each in client.options() if each.name == "estimator")
        assert offered.choices == ("auto", "house-model", "compact", "other-model")
        photo = client.upload(photo_file, **SHORT)
        assert made_by(photo.job.id) == "huggingface:house-model"
        other = client.restyle(photo.id, estimator="other-model", **SHORT)
        assert made_by(other.id) == "huggingface:other-model"
        # The scene keeps its depth, and so does a larger video of the same photo.
        assert made_by(client.restyle(photo.id, motion="swing", **SHORT).id) == (
            "huggingface:other-model"
        )
        assert made_by(client.restyle(photo.id, size=960, **SHORT).id) == "huggingface:other-model"


def test_people_compare_the_models_maps(
    service: Service, user: User, media: Path, models: dict[str, str], tmp_path: Path
) -> None:
    service.start("queue")
    service.start("web", "worker", **models)
    photo_file = tmp_path / "photo.jpg"
    photo_file.write_bytes(jpeg(*LOW))
    with Client(service.address, tokens.issue(user, "test", Token.Scope.WRITE, None)) as client:
        photo = client.upload(photo_file, **SHORT)
        first = Job.objects.get(public_id=photo.job.id)
        wait_until(lambda: has_ended(first))
        export = Job.objects.get(public_id=client.export(photo.job.id, "estimates").id)
        wait_until(lambda: has_ended(export))
        assert export.state == State.SUCCEEDED, service.log("worker")
        assert export.options["compare"] == ["house-model", "compact", "other-model"]
        (picture,) = export.artifacts.all()
        with Image.open(media / picture.key) as opened:
            maps = np.split(np.array(opened, np.float32), 3, axis=1)
        assert maps[0].shape == (100, 400)
        # Both models were saved with the same random weights; the network that ships is another.
        assert np.abs(maps[0] - maps[2]).mean() < 1
        assert np.abs(maps[0] - maps[1]).mean() > 5
        again = client.export(photo.job.id, "estimates", compare=["other-model"])
        one = Job.objects.get(public_id=again.id)
        wait_until(lambda: has_ended(one))
        with Image.open(media / one.artifacts.get().key) as opened:
            assert np.abs(np.array(opened, np.float32) - maps[2]).mean() < 1


@pytest.mark.fault(
    "a depth model is broken", "jobs fail with a reason for staff alone; others go on"
)
def test_a_broken_model_fails_jobs_with_a_reason_for_staff_alone(
    service: Service, upload: Callable[[], Job], models: dict[str, str], tmp_path: Path
) -> None:
    weights = tmp_path / "house-model" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    service.start("queue")
    service.start("worker", **models)
    job = upload()
    wait_until(lambda: has_ended(job))
    assert (job.state, job.error_code) == (State.FAILED, "bad_weights")
    assert "model" not in job.error_message
    assert "The depth model “house-model” cannot be loaded" in job.staff_reason
    log = service.log("worker")
    assert log.count("The depth model “house-model” cannot be loaded") >= 1 or (
        log.count("\\u201chouse-model\\u201d cannot be loaded") >= 1
    )
