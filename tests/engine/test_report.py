from __future__ import annotations

import json
import threading
from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest

import amena
from amena.engine.report import Recorder, Report

FACTS = {
    "photo_format": "JPEG",
    "photo_size": (4000, 3000),
    "size": (960, 720),
    "estimator": "ramp",
    "renderer": "warp",
    "motion": "circle",
    "frames": 150,
    "fps": 30,
    "amplitude": 0.03,
    "focus": 0.5,
    "frame": (1.02, 0.003, 0.0),
    "view_size": (960, 720),
    "crop": (0, 0, 960, 720),
    "placements": {"photo": 0.5, "9:16": 0.4},
    "layers": 2,
    "disoccluded": 0.02,
    "shown_inpainting": 0.01,
    "stretch": 1.2,
    "notes": ("enlarged",),
    "files": {"video.mp4": 2_000_000},
}


Pass = Callable[[float], None]


@pytest.fixture
def pass_time(monkeypatch: pytest.MonkeyPatch) -> Pass:
    """Time that passes when a test says so, and not while the machine is busy."""
    now = 100.0

    def go_on(seconds: float) -> None:
        nonlocal now
        now += seconds

    monkeypatch.setattr("amena.engine.report.time", SimpleNamespace(perf_counter=lambda: now))
    return go_on


def test_stages_come_in_order_with_their_seconds(pass_time: Pass) -> None:
    recorder = Recorder()
    with recorder.stage("decode"):
        pass_time(2)
    with recorder.stage("depth"):
        pass_time(1)
    pass_time(4)
    report = recorder.finish(**FACTS)
    assert [stage.name for stage in report.stages] == ["decode", "depth"]
    assert [stage.seconds for stage in report.stages] == [2, 1]
    assert report.seconds == 7


def test_a_stage_that_runs_twice_is_summed(pass_time: Pass) -> None:
    recorder = Recorder()
    for _ in range(2):
        with recorder.stage("render"):
            pass_time(3)
    (stage,) = recorder.finish(**FACTS).stages
    assert stage.seconds == 6


def test_an_inner_stage_takes_its_seconds_from_the_outer_one(pass_time: Pass) -> None:
    recorder = Recorder()
    with recorder.stage("encode"):
        for _ in range(3):
            pass_time(0.25)
            with recorder.stage("render"):
                pass_time(2)
    encode, render = recorder.finish(**FACTS).stages
    assert (encode.seconds, render.seconds) == (0.75, 6)


def test_memory_of_an_outer_stage_survives_inner_ones() -> None:
    recorder = Recorder()
    with recorder.stage("encode"):
        np.ones(200 * 2**20, np.uint8)
        with recorder.stage("render"):
            pass
    encode, render = recorder.finish(**FACTS).stages
    assert encode.peak_memory_mb > render.peak_memory_mb + 150


def test_a_stage_that_raises_is_measured_and_the_error_passes() -> None:
    recorder = Recorder()
    with pytest.raises(ValueError, match="no"), recorder.stage("depth"):
        raise ValueError("no")
    assert [stage.name for stage in recorder.finish(**FACTS).stages] == ["depth"]


def test_peak_memory_belongs_to_the_stage_that_used_it() -> None:
    recorder = Recorder()
    with recorder.stage("hungry"):
        np.ones(200 * 2**20, np.uint8)
    with recorder.stage("modest"):
        pass
    hungry, modest = recorder.finish(**FACTS).stages
    assert hungry.peak_memory_mb > modest.peak_memory_mb + 150


def test_a_stage_may_leave_the_memory_alone() -> None:
    recorder = Recorder()
    with recorder.stage("render"):
        pass
    with recorder.stage("encode"), recorder.stage("render", memory=False):
        np.ones(200 * 2**20, np.uint8)
    render, encode = recorder.finish(**FACTS).stages
    assert encode.peak_memory_mb > render.peak_memory_mb + 150
    assert render.seconds > 0


def test_json_carries_every_attribute() -> None:
    report = Recorder().finish(**FACTS)
    read = json.loads(report.to_json())
    assert set(read) == set(Report.__dataclass_fields__)
    assert read["size"] == [960, 720]
    assert read["versions"]["amena"] == amena.__version__
    assert read["versions"]["numpy"] == np.__version__


def test_stages_of_two_threads_are_told_apart(pass_time: Pass) -> None:
    recorder = Recorder()
    inside = threading.Event()
    done = threading.Event()

    def beside() -> None:
        with recorder.stage("mesh"):
            inside.set()
            done.wait(60)

    thread = threading.Thread(target=beside)
    with recorder.stage("encode"):
        thread.start()
        inside.wait(60)
        with recorder.stage("render"):
            pass_time(1)
            held = np.ones(30_000_000, np.uint8)  # both threads' stages see this memory
        pass_time(4)
        done.set()
        thread.join()
    stages = {stage.name: stage for stage in recorder.finish(**FACTS).stages}
    assert held.size
    # What ran in the other thread took nothing from the outer stage.
    assert stages["encode"].seconds == 4
    assert stages["mesh"].seconds == 5
    peaks = [stages[name].peak_memory_mb for name in ("encode", "render", "mesh")]
    assert max(peaks) - min(peaks) < 25
