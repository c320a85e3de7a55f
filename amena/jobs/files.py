"""The files that jobs make: what the engine calls them, and what they are to everybody else."""

from __future__ import annotations

from typing import Final, NamedTuple


class FileType(NamedTuple):
    """One kind of file.

    Attributes:
        kind: the name of the artifact.
        content_type: its media type.
        output: what it is made for when asked, one of `amena.engine.options.OUTPUTS`; empty for
            what every 3D photo has.
    """

    kind: str
    content_type: str
    output: str = ""


#: The engine's name of the file → what it is.
FILE_TYPES: Final = {
    "video.mp4": FileType("video", "video/mp4"),
    "poster.jpg": FileType("poster", "image/jpeg"),
    "scene.glb": FileType("glb", "model/gltf-binary"),
    "disparity.png": FileType("disparity", "image/png"),
    "scene.amena": FileType("scene", "application/octet-stream"),
    "report.json": FileType("report", "application/json"),
    "video.webm": FileType("webm", "video/webm", "webm"),
    "loop.gif": FileType("gif", "image/gif", "gif"),
    "loop.webp": FileType("webp", "image/webp", "webp"),
    "rgbd.png": FileType("rgbd", "image/png", "rgbd"),
    "photo.jpg": FileType("facebook-photo", "image/jpeg", "facebook"),
    "photo_depth.jpg": FileType("facebook-depth", "image/jpeg", "facebook"),
    "sbs.mp4": FileType("sbs", "video/mp4", "sbs"),
    "sbs-half.mp4": FileType("sbs-half", "video/mp4", "sbs-half"),
    "anaglyph.mp4": FileType("anaglyph", "video/mp4", "anaglyph"),
}

#: What the interactive view is drawn from.
SCENE: Final = "scene.glb"

#: What only the engine reads; never given out.
INTERNAL: Final = frozenset({"scene"})
