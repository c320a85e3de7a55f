import os
import subprocess
import sys

import numpy as np
import pytest

from amena.engine.geometry.camera import MOTIONS, build_path
from amena.engine.geometry.grid import grid_step
from amena.engine.layering.layers import build_layers
from amena.engine.pixels.fill import fill_texture
from amena.engine.render import build_renderer
from amena.engine.render.gl import GLRenderer
from amena.engine.render.readback import Readback
from amena.engine.render.warp import WarpRenderer
from amena.engine.types import Disparity, Photo
from tests.engine.scenes import noise_photo, square_mask

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def gl():
    return GLRenderer()


def textured(scale):
    """A noise-textured square on a slanted, noise-textured ground, cut at its upper edges only."""
    photo = noise_photo(192 * scale, 256 * scale)
    ground = np.linspace(0.1, 0.7, 192 * scale, dtype=np.float32)[:, None]
    mask = np.zeros((192 * scale, 256 * scale), np.bool_)
    mask[:, 32 * scale : 224 * scale] = square_mask(192 * scale, 64 * scale)
    values = np.where(mask, np.float32(0.7), ground)
    rgb = np.where(mask[..., None], 255 - photo.rgb, photo.rgb)
    margin = (20 * scale, 20 * scale)
    photo = Photo(rgb, (256 * scale, 192 * scale), "PNG")
    return build_layers(photo, Disparity(values, "uploaded"), 0.04, fill_texture, margin)


def assert_agreement(gl, image, path):
    """At most 1 in 1,000 pixels may differ by more than 16 of 255, and the mean by 0.75."""
    for a, b in zip(gl.render(image, path), WarpRenderer().render(image, path), strict=True):
        difference = np.abs(a.astype(int) - b).max(axis=2)
        assert difference.mean() < 0.75
        assert np.mean(difference > 16) < 1e-3


@pytest.fixture(scope="module")
def small():
    return textured(1)


@pytest.mark.parametrize("motion", MOTIONS)
def test_both_renderers_agree(gl, small, motion):
    assert_agreement(gl, small, build_path(motion, 4, amplitude=0.04, focus=0.4))


@pytest.mark.parametrize(("scale", "step"), [(4, 2), (5, 3)])
def test_both_renderers_agree_on_the_coarser_grid_of_large_photos(gl, scale, step):
    image = textured(scale)
    assert grid_step(image.photo_size) == step
    for motion in ("circle", "zoom-in"):
        assert_agreement(gl, image, build_path(motion, 4, amplitude=0.04, focus=0.4))


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


def in_a_process_of_its_own(code, **environment):
    """What the code prints. OpenGL's libraries are loaded once for a whole process."""
    command = [sys.executable, "-c", code]
    return subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, check=True
    ).stdout.split()


DRAW = """
import sys
import numpy as np
sys.path.insert(0, ".")
from tests.engine.render import test_gl
gl = test_gl.GLRenderer()
test_gl.assert_agreement(gl, test_gl.textured(1), test_gl.build_path("circle", 2, 0.04, 0.4))
print(*{line.split("/")[-1].strip() for line in open("/proc/self/maps") if "GL.so" in line})
"""


def test_opengl_s_core_library_is_enough():
    """So the image for GPUs does without libgl1, which would bring Mesa and LLVM."""
    loaded = in_a_process_of_its_own(DRAW, VISPY_GL_LIB="libOpenGL.so.0")
    assert any(name.startswith("libOpenGL.so.0") for name in loaded)
    assert not any(name.startswith("libGL.so") for name in loaded)


def test_a_gpu_without_opengl_draws_on_the_cpu():
    code = (
        "from amena.engine import render;"
        "render._has_nvidia_gpu = lambda: True;"
        "print(render.build_renderer('auto').name)"
    )
    assert in_a_process_of_its_own(code) == ["gl"]
    assert in_a_process_of_its_own(code, LIBGL_DRIVERS_PATH="/nowhere") == ["warp"]


def test_opengl_that_was_asked_for_and_does_not_start_is_an_error():
    code = (
        "from amena.engine import errors, render\n"
        "try: render.build_renderer('gl')\n"
        "except errors.EngineError as error: print(error.code)"
    )
    assert in_a_process_of_its_own(code, LIBGL_DRIVERS_PATH="/nowhere") == ["no_opengl"]


def test_frames_read_back_late_are_those_drawn_in_their_order(gl):
    from vispy import gloo

    gl._canvas.set_current()
    size = (30, 18)  # width, height
    target = gloo.FrameBuffer(color=gloo.Texture2D((size[1], size[0], 4), format="rgba"))
    plain, late = [], []
    with target:
        readback = Readback(size)
        assert readback.empty
        for k in range(8):
            # Two halves of different colours, so that rows in the wrong order would show.
            gloo.set_viewport(0, 0, *size)
            gloo.set_scissor(0, 0, *size)
            gloo.set_state(scissor_test=True)
            gloo.clear(color=(k / 10, 0, 0.2, 1))
            gloo.set_scissor(0, 0, size[0], 5)
            gloo.clear(color=(0, 1 - k / 10, 0, 1))
            gloo.set_state(scissor_test=False)
            gl._canvas.context.flush_commands()
            readback.ask()
            plain.append(gloo.read_pixels((0, 0, *size), alpha=False)[::-1])
            if readback.full:
                late.append(readback.take())
        assert 0 < len(late) < len(plain)
        while not readback.empty:
            late.append(readback.take())
        readback.close()
    target.delete()
    assert len({frame.tobytes() for frame in plain}) == 8
    for a, b in zip(plain, late, strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_render_given_up_half_way_leaves_the_context_usable(gl, small):
    path = build_path("circle", 9, amplitude=0.04, focus=0.4)
    started = gl.render(small, path)
    first = next(started)
    started.close()
    np.testing.assert_array_equal(next(gl.render(small, path)), first)
