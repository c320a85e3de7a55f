import numpy as np
import pytest

from amena.engine.camera import MOTIONS, build_path
from amena.engine.fill import fill_texture
from amena.engine.layers import build_layers
from amena.engine.render import build_renderer
from amena.engine.render.gl import GLRenderer
from amena.engine.render.warp import WarpRenderer
from amena.engine.types import Disparity, Photo
from tests.engine.scenes import noise_photo, square_mask


@pytest.fixture(scope="module")
def gl():
    return GLRenderer()


@pytest.fixture(scope="module")
def textured():
    """A noise-textured square on a slanted, noise-textured ground, cut at its upper edges only."""
    photo = noise_photo(192, 256)
    ground = np.tile(np.linspace(0.1, 0.7, 192, dtype=np.float32)[:, None], (1, 256))
    mask = np.zeros((192, 256), np.bool_)
    mask[:, 32:224] = square_mask()
    values = np.where(mask, np.float32(0.7), ground)
    rgb = np.where(mask[..., None], 255 - photo.rgb, photo.rgb)
    return build_layers(
        Photo(rgb, (256, 192), "PNG"), Disparity(values, "uploaded"), 0.04, fill_texture, (20, 20)
    )


@pytest.mark.parametrize("motion", MOTIONS)
def test_both_renderers_agree(gl, textured, motion):
    """At most 1 in 1,000 pixels may differ by more than 16 of 255, and the mean by 0.75."""
    path = build_path(motion, 4, amplitude=0.04, focus=0.4)
    for a, b in zip(gl.render(textured, path), WarpRenderer().render(textured, path), strict=True):
        difference = np.abs(a.astype(int) - b).max(axis=2)
        assert difference.mean() < 0.75
        assert np.mean(difference > 16) < 1e-3


def test_one_context_serves_many_photos_of_different_sizes(gl):
    for size in ((96, 128), (128, 96), (64, 200)):
        photo = noise_photo(*size)
        flat = Disparity(np.full(size, 0.5, np.float32), "uploaded")
        image = build_layers(photo, flat, 0.02, fill_texture, (8, 8))
        (frame, *_rest) = gl.render(image, build_path("horizontal", 2, 0.02, 0.5))
        assert np.abs(frame.astype(int) - photo.rgb).max() <= 2


def test_names_select_renderers():
    assert build_renderer("warp").name == "warp"
    assert build_renderer("gl").name == "gl"
