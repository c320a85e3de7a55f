import json

import cv2
import numpy as np
import pytest
from PIL import Image

from amena.engine.errors import Cancelled, EngineError
from amena.engine.geometry.grid import grid_step
from amena.engine.motion.planning import canvas_margin
from amena.engine.options import Options
from amena.engine.pipeline import Engine
from amena.engine.progress import STAGES, EarlyView
from amena.engine.scene.file import load_scene
from tests.engine.scenes import FAR, NEAR, noise_photo, square_mask

pytestmark = pytest.mark.slow

QUICK = Options(duration=1, fps=24, estimator="ramp")


@pytest.fixture(scope="module")
def engine():
    return Engine("cpu")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A low photo, for quick films, of a square before a wall, and its depth map."""
    folder = tmp_path_factory.mktemp("in")
    rgb = noise_photo(80, 320).rgb
    mask = square_mask(320, 40)[120:200]
    rgb = np.where(mask[..., None], 255 - rgb, rgb)
    Image.fromarray(rgb).save(folder / "photo.png")
    depth = (np.where(mask, NEAR, FAR) * 65535).astype(np.uint16)
    cv2.imwrite(str(folder / "depth.png"), depth)
    return folder


def frames_of(video):
    capture = cv2.VideoCapture(str(video))
    frames = []
    while (read := capture.read())[0]:
        frames.append(read[1])
    capture.release()
    return np.stack(frames)


@pytest.fixture(scope="module")
def made(engine, files, tmp_path_factory):
    out = tmp_path_factory.mktemp("out")
    stages = []
    report = engine.create(
        files / "photo.png",
        out,
        QUICK,
        lambda stage, share: stages.append((stage, share)),
        depth_path=files / "depth.png",
    )
    return out, report, stages


def test_all_files_are_written(made):
    out, _, _ = made
    assert {path.name for path in out.iterdir()} == {
        "video.mp4",
        "poster.jpg",
        "scene.glb",
        "disparity.png",
        "scene.amena",
        "report.json",
    }


def test_video_has_the_promised_frames_and_its_loop_closes(made):
    out, report, _ = made
    frames = frames_of(out / "video.mp4").astype(int)
    assert len(frames) == report.frames == 24
    # The encoder adds noise of its own; against half a loop away the seam is still small.
    half_way = np.abs(frames[0] - frames[12]).mean()
    assert np.abs(frames[0] - frames[-1]).mean() < 0.5 * half_way


def test_disparity_is_16_bit_with_near_bright(made):
    out, report, _ = made
    disparity = cv2.imread(str(out / "disparity.png"), cv2.IMREAD_UNCHANGED)
    assert disparity.dtype == np.uint16
    assert disparity.shape[::-1] == report.size
    middle, corner = disparity[disparity.shape[0] // 2, disparity.shape[1] // 2], disparity[4, 4]
    assert middle > corner


def test_report_says_what_was_done(made):
    out, report, _ = made
    written = json.loads((out / "report.json").read_text())
    assert written["estimator"] == "uploaded"
    assert written["renderer"] == "warp"
    assert written["layers"] == len(load_scene(out / "scene.amena").layers.layers) > 1
    assert 0 < written["disoccluded"] < 1
    assert 0.002 <= written["amplitude"] <= 0.1
    names = [stage["name"] for stage in written["stages"]]
    before = {"decode", "depth", "sharpen", "layers", "inpaint"}
    assert before | {"mesh", "render", "encode", "quality"} == set(names)
    assert 0 < written["shown_inpainting"] < 0.2
    assert 1 <= written["stretch"] < 2
    others = {path.name: path.stat().st_size for path in out.iterdir()}
    del others["report.json"]
    assert written["files"] == others
    assert written["seconds"] == pytest.approx(report.seconds)


def test_progress_tells_the_stages_in_order_and_every_frame(made):
    _, report, stages = made
    order = list(dict.fromkeys(stage for stage, _ in stages))
    assert order == list(STAGES)
    assert sum(stage == "render" for stage, _ in stages) == report.frames


def test_same_input_gives_the_same_video(engine, files, made, tmp_path):
    engine.create(files / "photo.png", tmp_path, QUICK, depth_path=files / "depth.png")
    assert (tmp_path / "video.mp4").read_bytes() == (made[0] / "video.mp4").read_bytes()
    assert (tmp_path / "scene.glb").read_bytes() == (made[0] / "scene.glb").read_bytes()


def test_restyle_renders_the_saved_scene_alone(engine, made, tmp_path):
    stages = []
    report = engine.restyle(
        made[0] / "scene.amena",
        tmp_path,
        Options(motion="swing", duration=1, fps=24),
        lambda stage, _: stages.append(stage),
    )
    assert report.motion == "swing"
    assert report.photo_size == made[1].photo_size
    assert not {"depth", "sharpen", "layers", "inpaint"} & set(stages)
    assert len(frames_of(tmp_path / "video.mp4")) == 24


def test_restyle_with_the_same_options_gives_the_same_pixels(engine, made, tmp_path):
    engine.restyle(made[0] / "scene.amena", tmp_path, QUICK)
    assert (tmp_path / "video.mp4").read_bytes() == (made[0] / "video.mp4").read_bytes()


def test_restyle_copies_what_hangs_on_the_scene_alone(engine, made, tmp_path):
    kept, out = tmp_path / "kept", tmp_path / "out"
    kept.mkdir()
    out.mkdir()
    (kept / "scene.glb").write_bytes(b"this very mesh")
    (kept / "video.mp4").write_bytes(b"another motion's film")
    seen = []

    def ready(view):
        seen.append((view, (out / "scene.glb").exists()))

    engine.restyle(made[0] / "scene.amena", out, QUICK, ready=ready, kept=kept)
    assert (out / "scene.glb").read_bytes() == b"this very mesh"
    for name in ("video.mp4", "disparity.png", "scene.amena"):  # copied or made: no difference
        assert (out / name).read_bytes() == (made[0] / name).read_bytes()
    assert seen == [(EarlyView(made[1].amplitude, made[1].focus, made[1].frame), True)]


def test_damaged_scene_is_refused_with_one_clear_line(engine, tmp_path):
    broken = tmp_path / "scene.amena"
    broken.write_bytes(b"PK\x03\x04 not a scene")
    with pytest.raises(EngineError, match="Make the 3D photo again") as caught:
        engine.restyle(broken, tmp_path, QUICK)
    assert caught.value.code == "bad_scene"


def test_cancelling_stops_between_two_frames(engine, files, tmp_path):
    seen = 0

    def stop_at_the_fifth(stage, _):
        nonlocal seen
        seen += stage == "render"
        if seen == 5:
            raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        engine.create(files / "photo.png", tmp_path, QUICK, stop_at_the_fifth)
    assert seen == 5
    assert not (tmp_path / "video.mp4").exists()


def test_amplitude_beyond_the_scenes_is_reduced_to_it(engine, made, tmp_path):
    wide = Options(duration=1, fps=24, amplitude=0.1)
    report = engine.restyle(made[0] / "scene.amena", tmp_path, wide)
    assert report.amplitude == pytest.approx(load_scene(made[0] / "scene.amena").amplitude)


def test_canvas_sides_fill_whole_grid_cells():
    for size in ((960, 642), (958, 640), (64, 300), (1080, 1440), (1282, 1920), (3840, 2880)):
        margin = canvas_margin(size, 0.04, 0.5)
        for side, extra in zip(size, margin, strict=True):
            assert (side + 2 * extra) % grid_step(size) == 0
            assert extra > 0
