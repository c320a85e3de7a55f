"""The OpenGL renderer: layer meshes drawn off screen by vispy through EGL.

Works with an NVIDIA driver and with Mesa's software rasteriser; neither needs a display.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import numpy as np

from amena.engine.errors import EngineError
from amena.engine.geometry.camera import CameraPath
from amena.engine.render.readback import Readback
from amena.engine.scene.mesh import TexturedMesh, build_meshes
from amena.engine.types import ByteImage, LayeredDepthImage

_VERTEX = """
attribute vec3 a_point;
attribute vec2 a_uv;
uniform vec4 u_x;
uniform vec4 u_y;
uniform vec4 u_w;
uniform vec2 u_scale;
varying vec2 v_uv;
void main() {
    vec4 p = vec4(a_point.xy, 1.0, a_point.z);
    gl_Position = vec4(u_scale.x * dot(u_x, p), u_scale.y * dot(u_y, p), 0.0, dot(u_w, p));
    v_uv = a_uv;
}
"""
_FRAGMENT = """
uniform sampler2D u_texture;
varying vec2 v_uv;
void main() { gl_FragColor = texture2D(u_texture, v_uv); }
"""


class GLRenderer:
    """Renders with OpenGL. Use it from one thread, and do not fork after the first frame."""

    name = "gl"

    def __init__(self) -> None:
        """Open an off-screen context.

        Raises:
            EngineError: no EGL driver, hardware or software, can be loaded.
        """
        if "DISPLAY" not in os.environ:
            os.environ.setdefault("EGL_PLATFORM", "surfaceless")
        try:
            import vispy
            from vispy import app, gloo

            vispy.use("egl")
            self._canvas = app.Canvas(size=(64, 64), show=False)
            self._canvas.set_current()
        except (RuntimeError, OSError, ImportError) as error:
            raise EngineError(
                "OpenGL cannot be started. Install libegl1 and libgl1-mesa-dri, "
                "or choose the renderer “warp”.",
                code="no_opengl",
            ) from error
        self._gloo: Any = gloo

    def render(self, image: LayeredDepthImage, path: CameraPath) -> Iterator[ByteImage]:
        """As `base.Renderer.render`."""
        gloo = self._gloo
        self._canvas.set_current()
        width, height = image.photo_size
        crop = path.drawn(image.photo_size)
        meshes = [self._upload(mesh) for mesh in build_meshes(image)]
        # A colour render buffer may be as coarse as RGB565; a texture has eight bits a channel.
        target = gloo.FrameBuffer(color=gloo.Texture2D((crop.height, crop.width, 4), format="rgba"))
        # Upside down in OpenGL's eyes, so that the first row read is the uppermost.
        scale = 2 * max(width, height) / width, 2 * max(width, height) / height
        readback: Readback | None = None
        try:
            with target:
                readback = Readback(crop.size)
                # The whole frame, of which the buffer holds a part.
                gloo.set_viewport(-crop.left, -crop.top, width, height)
                gloo.set_state(
                    blend=True,
                    blend_func=("one", "one_minus_src_alpha"),
                    depth_test=False,
                    cull_face=False,
                )
                for pose in path.poses.astype(np.float32):
                    gloo.clear(color="black")
                    for program, indices in meshes:
                        program["u_x"], program["u_y"], program["u_w"] = pose[:3]
                        program["u_scale"] = scale
                        program.draw("triangles", indices)
                    self._canvas.context.flush_commands()
                    readback.ask()
                    if readback.full:
                        yield readback.take()
                while not readback.empty:
                    yield readback.take()
        finally:
            self._canvas.set_current()
            if readback is not None:
                readback.close()
            for program, indices in meshes:
                program.delete()
                indices.delete()
            target.delete()

    def _upload(self, mesh: TexturedMesh) -> tuple[Any, Any]:
        gloo = self._gloo
        program = gloo.Program(_VERTEX, _FRAGMENT)
        program["a_point"] = mesh.points
        program["a_uv"] = mesh.uv
        texture: ByteImage = mesh.rgb
        if mesh.alpha is not None:
            weight = mesh.alpha.astype(np.float32)[..., None] / 255
            texture = np.dstack([(mesh.rgb * weight + 0.5).astype(np.uint8), mesh.alpha])
        program["u_texture"] = gloo.Texture2D(
            np.ascontiguousarray(texture), interpolation="linear", wrapping="clamp_to_edge"
        )
        return program, gloo.IndexBuffer(mesh.triangles)
