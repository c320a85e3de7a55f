"""Every file that a 3D photo comes as, declared once.

The command line, the site, the API and its client all read this table; no other place names the
files. No heavy import: web processes use it too.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple


def gettext_noop(text: str) -> str:
    """Marks a text for the site's translations; programs get it in English."""
    return text


#: Output → megabytes and seconds, as `benchmarks/outputs.py` has measured them.
_COSTS: Final[dict[str, tuple[float, float]]] = json.loads(
    Path(__file__).with_name("costs.json").read_text(encoding="utf-8")
)
#: What people want to do → what that is called, in the order in which a page shows it.
GROUPS: Final = {
    "share": gettext_noop("Share"),
    "video": gettext_noop("Video"),
    "headset": gettext_noop("Headsets and 3D glasses"),
    "program": gettext_noop("3D programs"),
    "print": gettext_noop("3D displays and print"),
}


class OutputFile(NamedTuple):
    """One file of an output.

    Attributes:
        name: what the engine calls it.
        kind: what the service calls it, 16 characters at most.
        content_type: its media type.
    """

    name: str
    kind: str
    content_type: str


@dataclass(frozen=True)
class Output:
    """One thing that a 3D photo can be saved as.

    Attributes:
        name: what it is asked for by.
        group: a key of `GROUPS`; empty for what no list shows.
        title: what it is called.
        opens: who opens it, or what it is good for.
        files: what it consists of.
        always: whether every 3D photo has it, asked for or not.
        common: whether it is offered before the photo is made.
        options: those of `Options` that hang on it alone, so that it may be made again with others.
        wide_gamut: whether a photo in Display P3 keeps its colours: the file says so, and players
            go by it. Other files of it are sRGB.
    """

    name: str
    group: str
    title: str
    opens: str
    files: tuple[OutputFile, ...]
    always: bool = False
    common: bool = False
    options: tuple[str, ...] = ()
    wide_gamut: bool = False

    @property
    def megabytes(self) -> float:
        """What to expect of a photo of 960×720 pixels; more with the number of pixels."""
        return _COSTS[self.name][0]

    @property
    def seconds(self) -> float:
        """Time to expect for that and a loop of five seconds, on two cores; 0 if always made."""
        return _COSTS[self.name][1]


CATALOGUE: Final = (
    Output(
        "video", "share", gettext_noop("MP4 video"), gettext_noop("Plays everywhere"),
        (OutputFile("video.mp4", "video", "video/mp4"),), always=True,
    ),
    Output(
        "chat", "share", gettext_noop("Loop for chats"),
        gettext_noop("A short, small MP4 that plays right in the conversation"),
        (OutputFile("chat.mp4", "chat", "video/mp4"),), common=True,
    ),
    Output(
        "gif", "share", gettext_noop("GIF"),
        gettext_noop("For emails and chats that do not accept video"),
        (OutputFile("loop.gif", "gif", "image/gif"),), common=True, options=("loop_limit",),
    ),
    Output(
        "webp", "share", gettext_noop("Animated WebP"),
        gettext_noop("Sharper and smaller than a GIF"),
        (OutputFile("loop.webp", "webp", "image/webp"),), common=True,
        options=("loop_limit",),
    ),
    Output(
        "sticker", "share", gettext_noop("Stickers"),
        gettext_noop("Moving and still WebP for messengers, 512×512"),
        (
            OutputFile("sticker.webp", "sticker", "image/webp"),
            OutputFile("sticker-still.webp", "sticker-still", "image/webp"),
        ),
    ),
    Output(
        "webm", "video", gettext_noop("WebM video"), gettext_noop("Small files for the web"),
        (OutputFile("video.webm", "webm", "video/webm"),), common=True,
    ),
    Output(
        "hevc", "video", gettext_noop("H.265 video, 10 bits"),
        gettext_noop("Half the size, and smoother skies, for newer phones and Apple devices"),
        (OutputFile("video-h265.mp4", "hevc", "video/mp4"),), wide_gamut=True,
    ),
    Output(
        "av1", "video", gettext_noop("AV1 video, 10 bits"),
        gettext_noop("The smallest file, for current browsers and video sites"),
        (OutputFile("video-av1.mp4", "av1", "video/mp4"),), wide_gamut=True,
    ),
    Output(
        "poster", "share", gettext_noop("Still picture"),
        gettext_noop("The first frame as a JPEG"),
        (OutputFile("poster.jpg", "poster", "image/jpeg"),), always=True,
    ),
    Output(
        "facebook", "share", gettext_noop("Facebook 3D photo"),
        gettext_noop("Photo and depth map, to post together"),
        (
            # Facebook pairs two files by their names.
            OutputFile("photo.jpg", "facebook-photo", "image/jpeg"),
            OutputFile("photo_depth.jpg", "facebook-depth", "image/jpeg"),
        ), common=True,
    ),
    Output(
        "motion-photo", "share", gettext_noop("Motion photo"),
        gettext_noop("A JPEG that moves in Google Photos and on Pixel and Samsung phones"),
        # Some galleries tell a motion photo by the end of its name.
        (OutputFile("motionMP.jpg", "motion-photo", "image/jpeg"),), common=True, wide_gamut=True,
    ),
    Output(
        "live-photo", "share", gettext_noop("Live Photo"),
        gettext_noop("ZIP with photo and movie, to import in Photos on a Mac"),
        (OutputFile("live-photo.zip", "live-photo", "application/zip"),), wide_gamut=True,
    ),
    Output(
        "wiggle", "share", gettext_noop("Wiggle GIF"),
        gettext_noop("Swings between three views, as 3D cameras make it"),
        (OutputFile("wiggle.gif", "wiggle", "image/gif"),),
    ),
    Output(
        "spatial", "headset", gettext_noop("Spatial photo"),
        gettext_noop("For Apple Vision Pro and Meta Quest"),
        (OutputFile("spatial.heic", "spatial", "image/heic"),), common=True, wide_gamut=True,
    ),
    Output(
        "sbs", "headset", gettext_noop("Side-by-side stereo"), gettext_noop("For VR headsets"),
        (OutputFile("sbs.mp4", "sbs", "video/mp4"),), common=True,
    ),
    Output(
        "sbs-half", "headset", gettext_noop("Half-width stereo"), gettext_noop("For 3D TVs"),
        (OutputFile("sbs-half.mp4", "sbs-half", "video/mp4"),), common=True,
    ),
    Output(
        "anaglyph", "headset", gettext_noop("Anaglyph"), gettext_noop("For red-cyan glasses"),
        (OutputFile("anaglyph.mp4", "anaglyph", "video/mp4"),), common=True,
    ),
    Output(
        "sbs-still", "headset", gettext_noop("Side-by-side still"),
        gettext_noop("JPEG for VR headsets and stereo viewers"),
        (OutputFile("sbs.jpg", "sbs-still", "image/jpeg"),), wide_gamut=True,
    ),
    Output(
        "tab", "headset", gettext_noop("Top-and-bottom still"),
        gettext_noop("JPEG for VR headsets and 3D TVs"),
        (OutputFile("tab.jpg", "tab", "image/jpeg"),), wide_gamut=True,
    ),
    Output(
        "cross-eyed", "headset", gettext_noop("Cross-eyed card"),
        gettext_noop("To see with crossed eyes, without glasses"),
        (OutputFile("cross-eyed.jpg", "cross-eyed", "image/jpeg"),), wide_gamut=True,
    ),
    Output(
        "parallel", "headset", gettext_noop("Parallel card"),
        gettext_noop("For stereoscopes and relaxed eyes"),
        (OutputFile("parallel.jpg", "parallel", "image/jpeg"),), wide_gamut=True,
    ),
    Output(
        "anaglyph-still", "headset", gettext_noop("Anaglyph still"),
        gettext_noop("JPEG for red-cyan glasses, in color"),
        (OutputFile("anaglyph.jpg", "anaglyph-still", "image/jpeg"),),
    ),
    Output(
        "anaglyph-grey", "headset", gettext_noop("Gray anaglyph still"),
        gettext_noop("JPEG for red-cyan glasses, easiest on the eyes"),
        (OutputFile("anaglyph-grey.jpg", "anaglyph-grey", "image/jpeg"),),
    ),
    Output(
        "mpo", "headset", gettext_noop("MPO pair"),
        gettext_noop("For 3D cameras, 3D TVs and stereo programs"),
        (OutputFile("stereo.mpo", "mpo", "image/mpo"),),
    ),
    Output(
        "glb", "program", gettext_noop("3D model (GLB)"),
        gettext_noop("For 3D apps and viewers"),
        (OutputFile("scene.glb", "glb", "model/gltf-binary"),), always=True,
    ),
    Output(
        "usdz", "program", gettext_noop("3D model (USDZ)"),
        gettext_noop("Stands on the table before you, on iPhone and iPad"),
        (OutputFile("scene.usdz", "usdz", "model/vnd.usdz+zip"),),
    ),
    Output(
        "disparity", "program", gettext_noop("Depth map"),
        gettext_noop("16-bit PNG, near is bright"),
        (OutputFile("disparity.png", "disparity", "image/png"),), always=True,
    ),
    Output(
        "ora", "program", gettext_noop("Layers (OpenRaster)"),
        gettext_noop("One picture for each layer, for Krita, GIMP and MyPaint"),
        (OutputFile("layers.ora", "ora", "image/openraster"),),
    ),
    Output(
        "exr", "program", gettext_noop("Layers and distances (OpenEXR)"),
        gettext_noop("32-bit depth and linear layers, for Blender, Nuke and Natron"),
        (OutputFile("scene.exr", "exr", "image/x-exr"),), wide_gamut=True,
    ),
    Output(
        "splats", "program", gettext_noop("Gaussian splats (PLY)"),
        gettext_noop("For SuperSplat, Unity, Unreal and other splat programs"),
        (OutputFile("splats.ply", "splats", "application/octet-stream"),),
    ),
    Output(
        "spz", "program", gettext_noop("Gaussian splats (SPZ)"),
        gettext_noop("Finer and smaller than PLY, for newer splat viewers"),
        (OutputFile("splats.spz", "spz", "application/octet-stream"),),
    ),
    Output(
        "rgbd", "print", gettext_noop("Photo and depth (RGBD)"),
        gettext_noop("For holographic displays"),
        (OutputFile("rgbd.png", "rgbd", "image/png"),), common=True,
    ),
    Output(
        "quilt", "print", gettext_noop("Looking Glass quilt"),
        gettext_noop("48 views for Looking Glass displays"),
        (OutputFile("quilt_qs8x6a0.75.png", "quilt", "image/png"),),
    ),
    Output(
        "quilt-video", "print", gettext_noop("Looking Glass video"),
        gettext_noop("The film in 48 views for Looking Glass displays"),
        (OutputFile("video_qs8x6a0.75.mp4", "quilt-video", "video/mp4"),),
    ),
    Output(
        "lenticular", "print", gettext_noop("Lenticular print"),
        gettext_noop("The views in a row, and interlaced for your lens sheet and printer"),
        (
            OutputFile("lenticular-strip.jpg", "lenticular-strip", "image/jpeg"),
            OutputFile("lenticular.png", "lenticular", "image/png"),
        ), options=("lpi", "dpi", "print_inches"), wide_gamut=True,
    ),
    Output(
        "estimates", "", "Estimates side by side",
        "Small depth maps of several estimators, to choose one by",
        (OutputFile("estimates.png", "estimates", "image/png"),), options=("compare",),
    ),
    # What the service needs: later renders start from the scene, pages read the report.
    Output(
        "scene", "", "", "", (OutputFile("scene.amena", "scene", "application/octet-stream"),),
        always=True,
    ),
    Output(
        "report", "", "", "", (OutputFile("report.json", "report", "application/json"),),
        always=True,
    ),
)  # fmt: skip

#: What may be asked for beside what there always is.
OUTPUTS: Final = tuple(output.name for output in CATALOGUE if not output.always)
#: Name of an output → those of `Options` that hang on it alone.
ITS_OPTIONS: Final = {each.name: each.options for each in CATALOGUE}
#: Names of the outputs that keep colours beyond sRGB.
WIDE_GAMUT: Final = frozenset(each.name for each in CATALOGUE if each.wide_gamut)
#: Name of an output → the files it makes.
FILES: Final = {each.name: tuple(file.name for file in each.files) for each in CATALOGUE}


def described() -> str:
    """What may be asked for, by groups: a text of several lines for terminals."""
    lines = []
    for group, title in (*GROUPS.items(), ("", "To choose by")):
        lines.append(title)
        for each in CATALOGUE:
            if each.group == group and not each.always:
                files = ", ".join(file.name for file in each.files)
                cost = f"about {each.megabytes:g} MB in {each.seconds:g} s"
                colours = ", Display P3 where the photo is" if each.wide_gamut else ""
                lines += [
                    f"  {each.name:18} {each.title}. {each.opens}.",
                    f"  {'':18} {files}: {cost}{colours}",
                ]
    return "\n".join(lines) + "\n"
