import io

import cv2
import numpy as np
import pytest
from PIL import Image

from amena.engine.depth import sharpen as module
from amena.engine.depth.sharpen import settled, sharpen
from amena.engine.pixels.windows import Window
from amena.engine.scene.scene import PHOTO_LEVELS, rounded
from amena.engine.types import Disparity
from tests.engine.scenes import FAR, NEAR, noise_photo, square_before_wall, square_mask


def sharpened(values, rgb, source="compact"):
    return sharpen(settled(Disparity(values.astype(np.float32), source), rgb), rgb)


def test_soft_and_displaced_edge_snaps_to_the_colour_edge():
    photo, truth = square_before_wall(640, 240)
    moved = np.roll(truth.values, (2, -2), axis=(0, 1))
    soft = cv2.GaussianBlur(moved, (0, 0), 1.5)
    result = sharpened(soft, photo.rgb).values
    mask = square_mask(640, 240)
    wrong = (result > (NEAR + FAR) / 2) != mask
    assert wrong.sum() < 0.1 * ((soft > (NEAR + FAR) / 2) != mask).sum()
    inner = square_mask(640, 232)
    outer = ~square_mask(640, 248)
    assert result[inner] == pytest.approx(NEAR, abs=0.03)
    assert result[outer] == pytest.approx(FAR, abs=0.03)


@pytest.mark.parametrize("times", [1.6, 2.5, 4])
def test_silhouettes_of_enlarged_photos_have_fewer_crumbs(times):
    """Noise, and what JPEG makes of it, are as coarse as the photo was enlarged."""
    photo, truth = square_before_wall(640, 240)
    noise = np.random.default_rng(4).normal(0, 60, photo.rgb.shape)
    seen = 128 + 0.2 * (photo.rgb - 128.0) + cv2.GaussianBlur(noise, (0, 0), 0.6 * times)
    small = Image.fromarray(seen.clip(0, 255).astype(np.uint8))
    small = small.resize([round(side / times) for side in photo.size], Image.Resampling.BOX)
    file = io.BytesIO()
    small.save(file, "JPEG", quality=70)
    rgb = np.asarray(Image.open(file).resize(photo.size, Image.Resampling.LANCZOS))
    soft = cv2.GaussianBlur(np.roll(truth.values, (2, -2), axis=(0, 1)), (0, 0), 2.5)
    crumbs = {}
    for told in (1.0, times):
        near = sharpen(Disparity(soft, "compact"), rgb, enlarged=told).values > (NEAR + FAR) / 2
        opened, closed = (
            cv2.morphologyEx(near.astype(np.uint8), each, np.ones((7, 7), np.uint8)) > 0
            for each in (cv2.MORPH_OPEN, cv2.MORPH_CLOSE)
        )
        crumbs[told] = (near & ~opened).sum() + (closed & ~near).sum()
    assert crumbs[1.0] > 20
    assert crumbs[times] < 0.75 * crumbs[1.0]


def test_smooth_depth_stays_as_it_is_whatever_the_texture():
    slope = np.tile(np.linspace(0.1, 0.9, 256, dtype=np.float32), (192, 1))
    result = sharpened(slope, noise_photo(192, 256).rgb).values
    assert np.abs(result - slope).max() < 0.02


def test_exact_step_stays_where_it_is_on_a_photo_without_an_edge_there():
    values = np.where(square_mask(), NEAR, FAR)
    grey = np.full((192, 192, 3), 128, np.uint8)
    result = sharpened(values, grey).values
    moved = (result > 0.5) != (values > 0.5)
    assert moved.sum() <= 36  # each corner may lose its tip


def test_values_stay_in_range_and_keep_their_source():
    photo, truth = square_before_wall()
    noisy = truth.values + np.random.default_rng(1).normal(0, 0.2, (192, 192))
    result = sharpened(np.clip(noisy, 0, 1), photo.rgb)
    assert result.source == "compact"
    assert result.values.dtype == np.float32
    assert result.values.min() >= 0
    assert result.values.max() <= 1


SOURCES = ("uploaded", "embedded", "compact", "huggingface:some/model")


def wrong(values, truth):
    return (np.abs(values - truth) > 0.05).sum()


@pytest.mark.parametrize("source", SOURCES)
def test_crisp_steps_on_the_photos_edges_are_left(source):
    photo, truth = square_before_wall(640, 240)
    result = sharpened(truth.values, photo.rgb, source)
    assert wrong(result.values, truth.values) <= 4  # an estimate may lose the tips of corners
    assert result.soft == (source not in ("uploaded", "embedded"))


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize(
    "change",
    [
        lambda values: np.roll(values, (2, -2), axis=(0, 1)),
        lambda values: np.roll(values, (4, 3), axis=(0, 1)),
        lambda values: cv2.dilate(values, np.ones((5, 5))),
        lambda values: cv2.erode(values, np.ones((7, 7))),
        lambda values: cv2.GaussianBlur(values, (0, 0), 1.5),
        lambda values: cv2.resize(values[::2, ::2], values.shape[::-1]),
    ],
    ids=["aside", "far aside", "wide", "narrow", "blurred", "enlarged"],
)
def test_no_map_is_trusted_for_being_crisp(change, source):
    """As networks make them, large ones too: crisp steps beside the photo's own silhouettes."""
    photo, truth = square_before_wall(640, 240)
    changed = change(truth.values)
    result = sharpened(changed, photo.rgb, source)
    assert result.soft
    assert wrong(result.values, truth.values) < 0.35 * wrong(changed, truth.values)


def test_a_textured_photo_tells_where_steps_belong_as_well():
    photo = noise_photo(480, 640)
    disc_ = np.hypot(*(np.mgrid[:480, :640] - np.array([240, 320])[:, None, None])) < 120
    rgb = np.where(disc_[..., None], noise_photo(480, 640, 1).rgb, photo.rgb)
    values = np.where(disc_, NEAR, FAR).astype(np.float32)
    assert not sharpened(values, rgb, "uploaded").soft
    assert not sharpened(np.roll(values, 1, axis=1), rgb, "uploaded").soft
    assert sharpened(np.roll(values, 4, axis=1), rgb, "uploaded").soft
    assert sharpened(cv2.dilate(values, np.ones((7, 7))), rgb, "uploaded").soft


@pytest.fixture(scope="module", params=["squares", "clutter", "thin"])
def drawn(request):
    """Photos, and their true maps as a renderer gives them: a bit of slope and of noise in all."""
    rng = np.random.default_rng(3)
    height, width = 360, 480
    rows, cols = np.mgrid[:height, :width].astype(np.float32)
    values = 0.1 + 0.25 * rows / height
    rgb = noise_photo(height, width, 90).rgb // 2 + noise_photo(height // 8 * 8, width, 91).rgb // 4
    for part in range({"squares": 12, "clutter": 40, "thin": 60}[request.param]):
        x, y, turn = rng.uniform(0, width), rng.uniform(0, height), rng.uniform(0, np.pi)
        along = (cols - x) * np.cos(turn) + (rows - y) * np.sin(turn)
        across = (rows - y) * np.cos(turn) - (cols - x) * np.sin(turn)
        length, thick = (60, 3) if request.param == "thin" else rng.uniform(14, 40, 2)
        inside = (np.abs(along) < length) & (np.abs(across) < thick)
        level = 0.3 + 0.015 * part + 0.002 * along
        values = np.where(inside, np.maximum(values, level), values)
        skin = noise_photo(height, width, part).rgb // 2 + rng.integers(0, 100, 3)
        rgb = np.where((inside & (values == level))[..., None], skin, rgb)
    return cv2.GaussianBlur(rgb.astype(np.uint8), (0, 0), 0.6), values.astype(np.float32)


def uneven(values):
    """Edges off by two pixels or so, here and there to different sides."""
    height, width = values.shape
    off = np.random.default_rng(5).normal(0, 3, (2, height // 40, width // 40)).astype(np.float32)
    rows, cols = np.mgrid[:height, :width].astype(np.float32)
    x, y = (cv2.resize(each, (width, height), interpolation=cv2.INTER_CUBIC) for each in off)
    return cv2.remap(values, cols + x, rows + y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE)


def phone(values):
    """Small, of few levels, enlarged with rounded crisp edges."""
    small = cv2.resize(values, None, fx=0.2, fy=0.2, interpolation=cv2.INTER_AREA)
    blocks = cv2.resize(np.rint(small * 255), values.shape[::-1], interpolation=cv2.INTER_NEAREST)
    return cv2.medianBlur(blocks.astype(np.uint8), 11).astype(np.float32) / 255


@pytest.mark.parametrize(
    "change",
    [
        lambda values: values,
        lambda values: np.rint(values * 255) / 255,
        lambda values: values + np.random.default_rng(1).normal(0, 0.005, values.shape),
    ],
    ids=["true", "8 bits", "noise"],
)
def test_true_maps_are_trusted_among_whatever_textures(change, drawn):
    photo, truth = drawn
    given = np.clip(change(truth), 0, 1)
    result = sharpened(given, photo, "uploaded")
    assert not result.soft
    np.testing.assert_array_equal(result.values, given.astype(np.float32))


@pytest.mark.parametrize(
    "change",
    [
        *(lambda values, d=d: np.roll(values, d, axis=(0, 1)) for d in ((1, -2), (2, 3), (-4, 0))),
        lambda values: cv2.dilate(values, np.ones((5, 5))),
        lambda values: cv2.erode(values, np.ones((7, 7))),
        uneven,
        phone,
        lambda values: np.repeat(np.repeat(values[2::5, 2::5], 5, axis=0), 5, axis=1),
        lambda values: cv2.resize(values[2::4, 2::4], values.shape[::-1]),
        lambda values: cv2.resize(values[4::8, 4::8], values.shape[::-1]),
        lambda values: cv2.GaussianBlur(values, (0, 0), 1.5),
    ],
    ids=[
        "by 2",
        "by 3",
        "by 4",
        "wide",
        "narrow",
        "uneven",
        "phone",
        "blocks",
        "x4",
        "x8",
        "blurred",
    ],
)
def test_maps_that_are_off_are_not_among_whatever_textures(change, drawn):
    photo, truth = drawn
    assert sharpened(change(truth), photo, "uploaded").soft


def test_a_photo_without_edges_speaks_against_no_map():
    values = np.where(square_mask(), NEAR, FAR).astype(np.float32)
    assert not sharpened(values, np.full((192, 192, 3), 128, np.uint8), "uploaded").soft


HEIGHT, WIDTH = 530, 742
ROWS, COLS = np.mgrid[:HEIGHT, :WIDTH]


def disc(x, y, radius):
    return np.hypot(COLS - x, ROWS - y) < radius


@pytest.fixture(scope="module")
def photo():
    """Coloured noise, in another colour where the discs and bars are."""
    rgb = noise_photo(HEIGHT, WIDTH).rgb
    shown = disc(120, 130, 60) | disc(610, 400, 80) | disc(570, 110, 44)
    return np.where(shown[..., None], 255 - rgb // 2, rgb // 2)


def slope(x, y, length):
    """A slope just steep enough to be a step, so thin that `length` rows of it may be a speck."""
    across = np.clip((COLS - x) / 13, 0, 1) * np.clip(1 - (COLS - x - 13) / 160, 0, 1)
    return 0.1 * across * np.clip((length / 2 + 25 - np.abs(ROWS - y)) / 25, 0, 1)


@pytest.fixture(scope="module")
def estimate():
    """Soft discs and slopes before a wall."""
    values = (0.1 + 0.05 * ROWS / HEIGHT).astype(np.float32)
    for x, y, radius, level in ((123, 131, 60, 0.8), (608, 402, 80, 0.95), (571, 113, 44, 0.5)):
        values[disc(x, y, radius)] = level
    values = cv2.GaussianBlur(values, (0, 0), 2.5) + slope(400, 250, 60) + slope(200, 400, 84)
    return rounded(values.astype(np.float32), PHOTO_LEVELS)


def full(values, rgb, enlarged=1):
    return sharpen(Disparity(values, "compact", edited=True), rgb, enlarged=enlarged).values


@pytest.fixture
def parts(monkeypatch):
    """The parts of the picture that get sharpened from now on."""
    snap, seen = module._snap_twice, []

    def recording(values, rgb, zones, radii, part, times):
        seen.append(part)
        return snap(values, rgb, zones, radii, part, times)

    monkeypatch.setattr(module, "_snap_twice", recording)
    return seen


def area(parts):
    return sum((rows.stop - rows.start) * (cols.stop - cols.start) for rows, cols in parts)


@pytest.mark.parametrize("enlarged", [1, 2.5])
def test_windows_leave_no_trace(enlarged, estimate, photo, parts, monkeypatch):
    in_windows = full(estimate, photo, enlarged)
    assert len(parts) > 1
    assert area(parts) < estimate.size
    whole = slice(0, HEIGHT), slice(0, WIDTH)
    monkeypatch.setattr(module, "each_window", lambda work, *_: work(Window(whole, whole, whole)))
    np.testing.assert_array_equal(full(estimate, photo, enlarged), in_windows)
    assert parts[-1] == whole
