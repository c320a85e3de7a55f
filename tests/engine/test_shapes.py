"""Films of the shapes that people post: sizes by other programs, pictures by the whole film."""

import re
from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image

from amena.engine.catalogue import FILES
from amena.engine.errors import OptionsError
from amena.engine.geometry.camera import build_path
from amena.engine.geometry.crop import SHAPES, Crop, crop, cropped_size
from amena.engine.layering.layers import build_layers
from amena.engine.motion.planning import canvas_margin, plan
from amena.engine.motion.subject import subject_placements
from amena.engine.options import Options
from amena.engine.output.hardware import FilmEncoder
from amena.engine.output.writer import OutputWriter
from amena.engine.pipeline import Engine
from amena.engine.pixels.fill import fill_texture
from amena.engine.render import warp
from amena.engine.render.gl import GLRenderer
from amena.engine.render.warp import WarpRenderer
from amena.engine.report import Recorder
from amena.engine.scene.scene import Scene
from amena.engine.types import Disparity, Photo
from tests.engine.readers import ffmpeg
from tests.engine.scenes import noise_photo

WIDTH, HEIGHT = 480, 360
SUBJECT = np.s_[100:300, 300:400]


@pytest.fixture(scope="module")
def scene():
    """Noise, with something near right of the middle before a ground that comes nearer."""
    rgb = noise_photo(HEIGHT, WIDTH).rgb
    values = np.repeat(np.linspace(0.1, 0.4, HEIGHT, dtype=np.float32)[:, None], WIDTH, axis=1)
    values[SUBJECT] = 0.9
    rgb[SUBJECT] = 255 - rgb[SUBJECT]
    size = WIDTH, HEIGHT
    photo, disparity = Photo(rgb, size, "PNG"), Disparity(values, "uploaded")
    margin = canvas_margin(size, 0.04, 0.5)
    layers = build_layers(photo, disparity, 0.04, fill_texture, margin)
    return Scene(layers, disparity, 0.04, 0.04, 0.5, size)


@pytest.mark.parametrize("size", [(960, 720), (720, 960), (1920, 1080), (640, 160), (62, 300)])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_shape_is_the_largest_part_of_the_picture_and_even(size, shape):
    width, height = cropped_size(size, shape)
    assert width % 2 == height % 2 == 0
    assert width <= size[0] and height <= size[1] and (width == size[0] or height == size[1])
    if SHAPES[shape]:
        across, down = SHAPES[shape]
        assert abs(width * down - height * across) <= 1.01 * max(across, down)
    for placement in (0, 0.3, 1):
        rows, cols = crop(size, shape, placement).box
        assert rows.start >= 0 and rows.stop <= size[1] and cols.start >= 0
        assert cols.stop <= size[0]


@pytest.mark.parametrize("renderer", [WarpRenderer, GLRenderer])
@pytest.mark.parametrize("part", [Crop(173, 0, 202, 360), Crop(0, 67, 480, 270), Crop(3, 5, 2, 2)])
def test_a_crop_is_the_same_part_of_the_whole_frame(scene, renderer, part):
    path = build_path("circle", 4, 0.04, 0.5)
    drawn = renderer()
    whole = list(drawn.render(scene.layers, path))
    seen = list(drawn.render(scene.layers, replace(path, crop=part)))
    assert len(seen) == len(whole)
    for frame, all_of_it in zip(seen, whole, strict=True):
        assert frame.shape == (part.height, part.width, 3)
        assert np.abs(frame.astype(int) - all_of_it[part.box]).max() <= 1


def test_a_crop_is_drawn_alone_and_not_cut_out_of_the_whole_frame(scene, monkeypatch):
    drawn, original = [0, 0], warp._Frame._draw_whole

    def draw(frame, layer, out, origin):
        drawn[part is not None] += out.size  # in bands
        original(frame, layer, out, origin)

    monkeypatch.setattr(warp._Frame, "_draw_whole", draw)
    path = build_path("circle", 1, 0.04, 0.5)
    for part in (None, Crop(300, 0, 180, 360)):
        list(WarpRenderer(1).render(scene.layers, replace(path, crop=part)))
    assert 0 < drawn[1] < 0.5 * drawn[0]


def movie_size(path):
    return tuple(map(int, re.search(r"Video:.*?, (\d+)x(\d+)", ffmpeg(path)).groups()))


def frames_of(path):
    reader = cv2.VideoCapture(str(path))
    frames = []
    while (read := reader.read())[0]:
        frames.append(read[1].astype(int))
    return frames


def written_as(scene, folder, **choices):
    options = Options(motion="swing", duration=1, fps=24, **choices)
    planned = plan(scene, options)
    OutputWriter(scene, options, WarpRenderer(), Recorder(), FilmEncoder()).write(folder, planned)
    return planned.path.drawn((WIDTH, HEIGHT))


@pytest.fixture(scope="module")
def whole_film(scene, tmp_path_factory):
    """The folder of a film and a poster of no shape."""
    folder = tmp_path_factory.mktemp("whole")
    written_as(scene, folder)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize(
    ("shape", "outputs"),
    [
        ("9:16", ("webm", "hevc", "av1", "chat", "gif", "webp", "sticker", "sbs", "rgbd")),
        ("16:9", ()),
    ],
)
def test_film_still_and_loops_have_the_shape_and_the_rest_shows_all(
    scene, whole_film, tmp_path, shape, outputs
):
    part = written_as(scene, tmp_path, shape=shape, outputs=outputs)
    size = cropped_size((WIDTH, HEIGHT), shape)
    films = {path.name: movie_size(path) for path in tmp_path.glob("*.mp4")}
    films.pop("sbs.mp4", None)
    assert films == dict.fromkeys(films, size) and len(films) >= 1
    for name in set(outputs) & {"gif", "webp"}:
        with Image.open(tmp_path / f"loop.{name}") as loop:
            assert loop.n_frames > 5
            assert loop.width / loop.height == pytest.approx(size[0] / size[1], abs=0.02)
    if "sticker" in outputs:
        with Image.open(tmp_path / "sticker-still.webp") as still:
            left, top, right, bottom = still.convert("RGBA").getchannel("A").getbbox()
        assert (right - left) / (bottom - top) == pytest.approx(size[0] / size[1], abs=0.02)
        assert movie_size(tmp_path / "sbs.mp4") == (2 * WIDTH, HEIGHT)
        with Image.open(tmp_path / "rgbd.png") as pair:
            assert pair.size == (2 * WIDTH, HEIGHT)
    films = [frames_of(folder / "video.mp4") for folder in (tmp_path, whole_film)]
    # Coding blurs such noise a little; four pixels aside it would be another picture.
    beside = np.s_[part.box[0], slice(part.left - 4 if part.left else 4, None)]
    for seen, whole in zip(*films, strict=True):
        expected, aside = whole[part.box], whole[beside][:, : part.width]
        seen = seen[:, : aside.shape[1]]
        expected = expected[:, : aside.shape[1]]
        assert np.abs(seen - expected).mean() < 0.4 * np.abs(seen - aside).mean()
    with (
        Image.open(tmp_path / "poster.jpg") as seen,
        Image.open(whole_film / "poster.jpg") as whole,
    ):
        expected = np.asarray(whole).astype(int)[part.box]
        assert np.abs(np.asarray(seen) - expected).mean() < 4


def test_by_itself_a_shape_keeps_the_subject(scene):
    options = Options(shape="9:16")
    _, cols = plan(scene, options).path.drawn((WIDTH, HEIGHT)).box
    assert cols.start <= 300 and cols.stop >= 400
    left = plan(scene, replace(options, placement=0)).path.crop
    right = plan(scene, replace(options, placement=1)).path.crop
    assert (left.left, right.left + right.width) == (0, WIDTH)
    assert plan(scene, Options()).path.crop is None


def test_a_person_is_cut_at_the_feet_rather_than_at_the_head():
    values = np.repeat(np.linspace(0.1, 0.5, 400, dtype=np.float32)[:, None], 200, axis=1)
    values[60:400, 70:130] = 0.9
    placement = subject_placements(values)["16:9"]
    rows, _ = crop((200, 400), "16:9", placement).box
    assert 30 < rows.start <= 60


def test_nothing_near_leaves_the_middle():
    placements = subject_placements(np.full((100, 200), 0.5, np.float32))
    assert placements["9:16"] == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("wrong", [{"shape": "2:3"}, {"placement": 1.2}, {"duration": 15.5}])
def test_what_is_no_shape_or_place_is_refused(wrong):
    with pytest.raises(OptionsError):
        Options(**wrong)


@pytest.mark.slow
def test_another_shape_is_rendered_from_the_scene(tmp_path):
    photo = tmp_path / "photo.png"
    Image.fromarray(noise_photo(192, 256).rgb).save(photo)
    engine = Engine("cpu")
    quick = Options(duration=1, fps=24, estimator="ramp")
    (whole, story) = (tmp_path / name for name in ("whole", "story"))
    whole.mkdir()
    story.mkdir()
    first = engine.create(photo, whole, quick)
    width, height = first.view_size
    assert first.crop == (0, 0, width, height)
    assert first.size == first.view_size
    second = engine.restyle(
        whole / "scene.amena", story, replace(quick, shape="4:5", placement=0.2)
    )
    assert not {"depth", "layers", "inpaint"} & {stage.name for stage in second.stages}
    assert (second.amplitude, second.focus, second.frame) == (
        first.amplitude,
        first.focus,
        first.frame,
    )
    across, down = cropped_size((width, height), "4:5")
    assert second.crop == (round((width - across) * 0.2), 0, across, down)
    assert second.size == movie_size(story / "video.mp4") == (across, down)
    assert second.view_size == (width, height)
    for name in FILES["glb"] + FILES["disparity"]:
        assert (whole / name).read_bytes() == (story / name).read_bytes()
