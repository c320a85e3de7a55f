import cv2
import numpy as np
import pytest

from amena.engine.geometry.camera import CameraPath, build_path, inverse_depth
from amena.engine.layering.layers import build_layers
from amena.engine.pixels.fill import fill_texture
from amena.engine.render import warp
from amena.engine.render.warp import WarpRenderer
from amena.engine.types import Disparity, Layer, LayeredDepthImage
from tests.engine.scenes import FAR, GREEN, MAGENTA, NEAR, noise_photo, square_layers

pytestmark = pytest.mark.slow


def still(count=1):
    return CameraPath(np.repeat(np.eye(4)[None], count, axis=0), "still", 0.0, 0.5)


def edges(frame):
    """Sub-pixel columns of the square's left and right edge on the middle row."""
    row = frame[96].astype(float)
    share = (row - GREEN) @ (np.array(MAGENTA) - GREEN)
    share /= ((np.array(MAGENTA) - GREEN) ** 2).sum()
    middle = 96
    return middle - share[:middle].sum(), middle + share[middle:].sum()


def test_frame_at_rest_is_the_photo():
    photo = noise_photo(192, 256)
    flat = Disparity(np.full((192, 256), 0.4, np.float32), "uploaded")
    image = build_layers(photo, flat, 0.04, fill_texture, (8, 8))
    (frame,) = WarpRenderer().render(image, still())
    assert np.abs(frame.astype(int) - photo.rgb).max() <= 1


def test_square_and_wall_move_by_the_known_number_of_pixels():
    path = build_path("horizontal", 8, amplitude=0.06, focus=FAR)
    frames = list(WarpRenderer().render(square_layers(0.06), path))
    left, right = edges(frames[0])
    assert (left, right) == (pytest.approx(64, abs=0.7), pytest.approx(128, abs=0.7))
    for k in (2, 6):
        # The camera goes right in frame 2, so the square goes left against the focused wall.
        expected = -np.sin(2 * np.pi * k / 8) * 0.03 * 192 * (NEAR - FAR)
        new_left, new_right = edges(frames[k])
        assert new_left - left == pytest.approx(expected, abs=0.35)
        assert new_right - right == pytest.approx(expected, abs=0.35)


def test_no_frame_shows_anything_but_square_and_wall():
    path = build_path("circle", 12, amplitude=0.06, focus=0.5)
    line = np.array([GREEN, MAGENTA], float)
    for frame in WarpRenderer().render(square_layers(0.06), path):
        # Every pixel lies on the line between the two colours.
        share = np.clip((frame[..., :1] - line[0, 0]) / (line[1, 0] - line[0, 0]), 0, 1)
        expected = line[0] + share * (line[1] - line[0])
        assert np.abs(frame - expected).max() < 12


@pytest.mark.parametrize("size", [(3840, 3840), (2880, 3840)])
def test_the_largest_frames_are_drawn(size):
    """A square before a wall, where pictures are larger than what OpenCV takes at a time."""
    (width, height), margin = size, 40
    shape = height + 2 * margin, width + 2 * margin
    square = np.zeros(shape, np.uint8)
    square[shape[0] // 4 : -shape[0] // 4, shape[1] // 4 : -shape[1] // 4] = 255
    layers = [
        Layer(np.full((*shape, 3), colour, np.uint8), alpha, np.full(shape, depth, np.float32))
        for colour, alpha, depth in (
            (GREEN, np.full(shape, 255, np.uint8), FAR),
            (MAGENTA, square, NEAR),
        )
    ]
    image = LayeredDepthImage(tuple(layers), (margin, margin), size, square > 0)
    path = build_path("horizontal", 4, amplitude=0.02, focus=FAR)
    frames = list(WarpRenderer().render(image, path))
    middle = [frame[height // 2] == np.uint8(MAGENTA) for frame in frames]
    edges = [int(row.all(axis=1).argmax()) for row in middle]
    moved = 0.01 * max(size) * (NEAR - FAR)
    assert (edges[0] - edges[1], edges[3] - edges[0]) == pytest.approx((moved, moved), abs=1.5)
    assert all(frame.shape == (height, width, 3) for frame in frames)


def test_what_opens_up_beside_the_square_shows_the_wall():
    path = build_path("horizontal", 8, amplitude=0.06, focus=NEAR)
    frames = list(WarpRenderer().render(square_layers(0.06), path))
    for frame in frames:
        outside = np.ones((192, 192), np.bool_)
        outside[60:132, 60:132] = False
        assert np.abs(frame[outside].astype(int) - GREEN).max() <= 2


def test_frames_come_in_order_and_all_of_them_whatever_the_number_of_threads():
    image = square_layers()
    path = build_path("swing", 9, amplitude=0.05, focus=0.5)
    one = list(WarpRenderer(threads=1).render(image, path))
    many = list(WarpRenderer(threads=4).render(image, path))
    assert len(one) == len(many) == 9
    for a, b in zip(one, many, strict=True):
        np.testing.assert_array_equal(a, b)


def test_loop_closes_the_frame_after_the_last_is_the_first():
    image = square_layers()
    path = build_path("circle", 10, amplitude=0.05, focus=0.5)
    twice = CameraPath(np.concatenate([path.poses, path.poses]), "circle", 0.05, 0.5)
    frames = list(WarpRenderer().render(image, twice))
    np.testing.assert_array_equal(frames[0], frames[10])


def test_stopping_early_leaves_no_thread_behind():
    import threading

    before = threading.active_count()
    frames = WarpRenderer().render(square_layers(), still(50))
    next(frames)
    frames.close()
    assert threading.active_count() == before


def test_static_texture_does_not_flicker_while_the_camera_moves():
    """The wall is in focus: its pixels may not change from frame to frame beyond rounding."""
    photo = noise_photo(192, 192)
    flat = Disparity(np.full((192, 192), 0.5, np.float32), "uploaded")
    image = build_layers(photo, flat, 0.05, fill_texture, (12, 12))
    path = build_path("circle", 12, amplitude=0.05, focus=0.5)
    frames = np.stack(list(WarpRenderer().render(image, path))).astype(int)
    assert np.ptp(frames, axis=0).max() <= 4


def test_the_farthest_layer_is_the_same_in_bands(monkeypatch):
    image, path = square_layers(), build_path("circle", 3, amplitude=0.05, focus=0.4)
    whole = list(WarpRenderer().render(image, path))
    for pixels in (1, 7_000):
        monkeypatch.setattr(warp, "_BAND", pixels)
        np.testing.assert_array_equal(list(WarpRenderer().render(image, path)), whole)


def test_rendering_does_not_depend_on_opencvs_thread_count():
    image, path = square_layers(), build_path("circle", 3, 0.05, 0.5)
    before = cv2.getNumThreads()
    try:
        cv2.setNumThreads(1)
        one = list(WarpRenderer().render(image, path))
    finally:
        cv2.setNumThreads(before)
    for a, b in zip(one, WarpRenderer().render(image, path), strict=True):
        np.testing.assert_array_equal(a, b)


def compensated(frames, path, disparity):
    """Frames sampled where the photo's pixels have moved to: float32 N×H×W×3, NaN outside."""
    height, width = disparity.shape
    long_side = max(disparity.shape)
    y, x = np.mgrid[:height, :width]
    centre_x, centre_y = (width - 1) / 2, (height - 1) / 2
    point = np.stack(
        [
            (x - centre_x) / long_side,
            (y - centre_y) / long_side,
            np.ones(disparity.shape),
            inverse_depth(disparity),
        ]
    )
    aligned = []
    for frame, pose in zip(frames, path.poses, strict=True):
        u, v, w = np.tensordot(pose[:3], point, axes=1)
        at_x = (u / w * long_side + centre_x).astype(np.float32)
        at_y = (v / w * long_side + centre_y).astype(np.float32)
        sampled = cv2.remap(frame, at_x, at_y, cv2.INTER_CUBIC).astype(np.float32)
        outside = (np.minimum(at_x, at_y) < 2) | (at_x > width - 3) | (at_y > height - 3)
        aligned.append(np.where(outside[..., None], np.nan, sampled))
    return np.stack(aligned)


def stacked_cards():
    """Three textured things one behind the other, the nearest standing on slanted ground."""
    photo = noise_photo(240, 320)
    values = np.tile(np.linspace(0.05, 0.6, 240, dtype=np.float32)[:, None], (1, 320))
    for level, (top, bottom, left, right) in (
        (0.45, (50, 170, 50, 200)),
        (0.6, (90, 240, 130, 180)),
        (0.9, (70, 120, 150, 270)),
    ):
        values[top:bottom, left:right] = level
    return photo, values


@pytest.mark.parametrize("motion", ["circle", "zoom-in", "orbit"])
def test_surfaces_neither_flicker_nor_show_seams_while_the_camera_moves(motion):
    """After motion compensation, a pixel away from silhouettes stays the photo's in every frame."""
    photo, values = stacked_cards()
    image = build_layers(photo, Disparity(values, "uploaded"), 0.08, fill_texture, (36, 36))
    assert len(image.layers) >= 3
    path = build_path(motion, 24, amplitude=0.08, focus=0.4)
    aligned = compensated(WarpRenderer().render(image, path), path, values)
    # What a nearer thing can cover, is left out.
    step = cv2.morphologyEx(values, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0.05
    seen = cv2.dilate(step.astype(np.uint8), np.ones((27, 27), np.uint8)) == 0
    seen &= np.isfinite(aligned).all(axis=(0, 3))
    assert seen.mean() > 0.25
    change = np.abs(np.diff(aligned, axis=0)).max(axis=(0, 3))[seen]
    assert change.max() <= 8
    assert np.abs(aligned - photo.rgb).max(axis=(0, 3))[seen].max() <= 10


def test_silhouettes_move_steadily():
    path = build_path("horizontal", 60, amplitude=0.06, focus=FAR)
    columns = np.array([edges(f) for f in WarpRenderer().render(square_layers(0.06), path)])
    # A sine of this amplitude accelerates by at most a·(2π/60)² pixels per frame².
    reach = 0.03 * 192 * (NEAR - FAR)
    jerk = np.abs(np.diff(columns, 2, axis=0)) - reach * (2 * np.pi / 60) ** 2
    assert jerk.max() < 0.12
