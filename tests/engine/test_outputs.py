import cv2
import numpy as np
import pytest
from PIL import Image

from amena.engine.catalogue import FILES, OUTPUTS
from amena.engine.geometry.camera import MOTIONS, build_path
from amena.engine.geometry.framing import Framing
from amena.engine.motion.eyes import eye_motion
from amena.engine.motion.planning import Plan
from amena.engine.options import Options
from amena.engine.output import codecs, views
from amena.engine.output.hardware import FilmEncoder
from amena.engine.output.writer import OutputWriter
from amena.engine.render.warp import WarpRenderer
from amena.engine.report import Recorder
from amena.engine.scene.scene import Scene, rest_view
from tests.engine.readers import ffmpeg
from tests.engine.scenes import GREEN, NEAR, square_before_wall, square_layers
from tests.engine.test_report import FACTS

pytestmark = pytest.mark.slow

SIDE, FRAMES = 192, 24
WHOLE = Framing()
#: A moving quilt takes seconds, and has a test of its own.
# What is drawn from a scene's layers alone, and soon.
QUICK = tuple(name for name in OUTPUTS if name not in ("quilt-video", "estimates"))
DRAWN = FRAMES // 2 + 1  # of a motion that goes back the way it came


class CountingRenderer(WarpRenderer):
    """The real renderer, counting its work; it breaks down at frame `fails_at`."""

    def __init__(self, fails_at=None):
        super().__init__()
        self.frames, self.renders, self.fails_at = 0, 0, fails_at

    def render(self, image, path):
        self.renders += 1
        for frame in super().render(image, path):
            if self.frames == self.fails_at:
                raise RuntimeError("out of paint")
            self.frames += 1
            yield frame


class SizedRenderer(WarpRenderer):
    """The real renderer, noting the sizes of frames."""

    def __init__(self):
        super().__init__()
        self.sizes = set()

    def render(self, image, path):
        for frame in super().render(image, path):
            self.sizes.add(frame.shape[:2])
            yield frame


@pytest.fixture(scope="module")
def scene():
    disparity = square_before_wall(SIDE)[1]
    return Scene(square_layers(), disparity, 0.06, 0.05, 0.5, (SIDE, SIDE))


def write(
    scene, folder, renderer=None, progress=None, framing=WHOLE, motion="horizontal", **choices
):
    options = Options(motion=motion, duration=1, fps=24, **choices)

    move = MOTIONS["horizontal"]
    moves = move, eye_motion(move, -1, 0.5), eye_motion(move, 1, 0.5)
    single, *eyes = (build_path("horizontal", FRAMES, 0.05, 0.5, each) for each in moves)

    renderer = renderer or WarpRenderer()
    recorder = Recorder(progress)
    written = OutputWriter(scene, options, renderer, recorder, FilmEncoder()).write(
        folder, Plan(framing.applied(single), *eyes, framing, 0.5)
    )
    assert set(written) <= names(folder)
    return recorder


def frames_of(path):
    reader = cv2.VideoCapture(str(path))
    frames = []
    while (frame := reader.read()[1]) is not None:
        frames.append(frame[..., ::-1])
    return frames


def names(folder):
    return {entry.name for entry in folder.iterdir()}


def test_without_wishes_there_are_a_video_and_a_poster_from_one_render(scene, tmp_path):
    renderer = CountingRenderer()
    write(scene, tmp_path, renderer)
    assert names(tmp_path) == {"video.mp4", "poster.jpg"}
    assert (renderer.renders, renderer.frames) == (1, DRAWN)


@pytest.mark.parametrize("vignette", [0.0, 0.5])
def test_a_film_that_is_stored_smaller_is_drawn_so(vignette, scene, tmp_path, monkeypatch):
    for name in ("large", "small", "both"):
        (tmp_path / name).mkdir()
    write(scene, tmp_path / "large", vignette=vignette)
    # As of a photo of 3840×2880, of whose film level 5.2 allows 3540×2656.
    monkeypatch.setattr(codecs, "_H264_MACROBLOCKS", 132)
    renderer = SizedRenderer()
    write(scene, tmp_path / "small", renderer, vignette=vignette)
    (height, width), *others = renderer.sizes
    assert not others
    assert 170 < width == height < SIDE
    large, small = (frames_of(tmp_path / name / "video.mp4") for name in ("large", "small"))
    assert len(large) == len(small) == FRAMES
    for whole, seen in zip(large, small, strict=True):
        assert seen.shape == (height, width, 3)
        # Of flat colours all that differs is how silhouettes are rounded: looked at from afar.
        wanted = cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA)
        wanted, seen = (cv2.GaussianBlur(np.float32(each), (0, 0), 3) for each in (wanted, seen))
        apart, aside = (np.abs(each - seen).mean() for each in (wanted, np.roll(wanted, 2, axis=1)))
        assert apart < 0.5 * aside
    # A film beside it that is stored as it is takes frames of that size.
    renderer = SizedRenderer()
    write(scene, tmp_path / "both", renderer, outputs=("webm",), vignette=vignette)
    assert renderer.sizes == {(SIDE, SIDE)}


def test_outputs_share_renders(scene, tmp_path):
    renderer = CountingRenderer()
    write(scene, tmp_path, renderer, outputs=QUICK)
    wanted = {name for output in QUICK for name in FILES[output]}
    assert names(tmp_path) == {"video.mp4", "poster.jpg"} | wanted
    # The video, the stereo videos, the pairs, and what is made of more views.
    assert renderer.renders == 3 + len(views.MANY) + 1
    single = views.count(QUICK, Options().lenticular)
    assert 2 * DRAWN < renderer.frames - single <= 3 * DRAWN
    widths = {"video.webm": 1, "sbs.mp4": 2, "sbs-half.mp4": 1, "anaglyph.mp4": 1}
    for name, width in widths.items():
        frames = frames_of(tmp_path / name)
        assert len(frames) == FRAMES
        assert frames[0].shape == (SIDE, width * SIDE, 3)
    for name in ("loop.gif", "loop.webp", "rgbd.png", "photo.jpg", "photo_depth.jpg"):
        with Image.open(tmp_path / name) as image:
            image.load()


def test_the_poster_shows_the_frame_of_the_video_and_what_goes_with_depth_the_photo(
    scene, tmp_path
):
    framing = Framing(1.5, 0.1, 0.05)
    write(scene, tmp_path, framing=framing, outputs=("rgbd",))
    path = build_path("horizontal", 1, 0, 0.5)
    (expected,) = WarpRenderer().render(scene.layers, framing.applied(path))
    with Image.open(tmp_path / "poster.jpg") as poster:
        shown = np.asarray(poster).astype(int)
    apart, shifted = (np.abs(shown - each).mean() for each in (expected, np.roll(expected, 2, 1)))
    assert apart < 2 < shifted / 1.5
    with Image.open(tmp_path / "rgbd.png") as image:
        assert np.array_equal(np.asarray(image)[:, :SIDE], rest_view(scene.layers))


@pytest.mark.parametrize("output", QUICK)
def test_each_output_can_be_asked_for_alone(output, scene, tmp_path):
    write(scene, tmp_path, outputs=(output,))
    assert names(tmp_path) == {"video.mp4", "poster.jpg", *FILES[output]}


def test_the_square_lies_before_the_screen_in_stereo(scene, tmp_path):
    write(scene, tmp_path, outputs=("sbs",))
    # Of the magenta square, green is low.
    rows = np.stack([frame[SIDE // 2, :, 1] < 100 for frame in frames_of(tmp_path / "sbs.mp4")])
    left, right = (np.nonzero(half)[1].mean() for half in (rows[:, :SIDE], rows[:, SIDE:]))
    # Half the motion's reach, times what the square is nearer than the focus, in pixels.
    assert left - right == pytest.approx(0.5 * 0.05 * SIDE * (NEAR - 0.5), abs=0.5)


def test_a_moving_quilt_shows_the_film_from_all_places_at_once(scene, tmp_path):
    write(scene, tmp_path, outputs=("quilt-video",), motion="circle")
    video = tmp_path / "video_qs8x6a0.75.mp4"
    assert "Video: h264 (High) (avc1 / 0x31637661), yuv420p(tv, bt709" in ffmpeg(video)
    frames = frames_of(video)
    assert len(frames) == FRAMES and frames[0].shape == (3360, 3360, 3)
    # Where the magenta square is, by moment and view from bottom left: tiles are 420×560.
    tiles = np.stack(frames)[..., 1].reshape(FRAMES, 6, 560, 8, 420)[:, ::-1]
    square = tiles.transpose(0, 1, 3, 2, 4).reshape(FRAMES, 48, 560, 420)
    square = (square[..., 184:376, 114:306] < 100).astype(np.float32)
    across = (square.sum(2) * np.arange(SIDE)).sum(2) / square.sum((2, 3))
    down = (square.sum(3) * np.arange(SIDE)).sum(2) / square.sum((2, 3))
    # The farther right the camera stands, the farther left is what is near.
    assert (np.diff(across[:, [0, 23, 47]], axis=1) < 0.1).all()
    cone = across[:, 0] - across[:, -1]
    assert cone == pytest.approx(np.full(FRAMES, cone[0]), abs=0.6) and cone[0] > 1.5
    assert np.ptp(across[:, 24]) > 0.3 * cone[0] and np.ptp(down[:, 24]) > 0.3 * cone[0]


def test_the_vignette_darkens_the_corners_of_video_and_poster(scene, tmp_path):
    write(scene, tmp_path, vignette=1.0)
    with Image.open(tmp_path / "poster.jpg") as poster:
        pictures = [np.asarray(poster), frames_of(tmp_path / "video.mp4")[0]]
    for picture in pictures:
        assert picture[2, 2].max() < 0.5 * max(GREEN)
        assert picture[SIDE // 2, 10].max() > 0.55 * max(GREEN)


def test_depth_of_field_softens_the_video_but_not_the_photo_that_goes_with_depth(scene, tmp_path):
    write(scene, tmp_path, depth_of_field=1.0, outputs=("rgbd",))
    with Image.open(tmp_path / "rgbd.png") as image:
        assert np.array_equal(np.asarray(image)[:, :SIDE], rest_view(scene.layers))
    widths = [edge_width(tmp_path / "video.mp4")]
    write(scene, tmp_path)
    widths.append(edge_width(tmp_path / "video.mp4"))
    assert widths[0] > widths[1] + 1


def edge_width(video):
    """Pixels of the middle row that are neither the wall's green nor the square's."""
    green = frames_of(video)[0][SIDE // 2, :, 1]
    return ((green > 20) & (green < 180)).sum()


@pytest.mark.parametrize("frame", [DRAWN // 2, DRAWN + 9])
def test_a_renderer_that_fails_leaves_no_part_of_a_video(frame, scene, tmp_path):
    with pytest.raises(RuntimeError, match="out of paint"):
        write(scene, tmp_path, CountingRenderer(fails_at=frame), outputs=("webm", "sbs"))
    finished = {"video.mp4", "video.webm"} if frame > DRAWN else set()
    # The poster is written beside the videos and needs no renderer.
    assert names(tmp_path) == finished | {"poster.jpg"}


def test_progress_never_goes_back_and_rendering_is_measured(scene, tmp_path):
    told = []
    recorder = write(
        scene, tmp_path, progress=lambda *news: told.append(news), outputs=("anaglyph",)
    )
    shares = [share for stage, share in told if stage == "render"]
    assert len(shares) == 3 * FRAMES
    assert shares == sorted(shares) and shares[0] == 0 and shares[-1] < 1
    assert {stage for stage, _ in told} == {"render", "encode"}
    assert {"render"} <= {stage.name for stage in recorder.finish(**FACTS).stages}


def test_whoever_listens_to_the_progress_can_stop_the_work(scene, tmp_path):
    def stop(stage, share):
        if share > 0.4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(scene, tmp_path, progress=stop, outputs=("webm",))
    assert names(tmp_path) == {"poster.jpg"}
