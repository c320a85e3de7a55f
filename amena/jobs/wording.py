"""What jobs say to people. Rows keep codes; these are put into words when a page shows them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.contrib.humanize.templatetags.humanize import ordinal
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from amena.engine.photo.limits import MAX_ASPECT, MAX_BYTES, MAX_PIXELS, MIN_SIDE
from amena.jobs.models import Job, State
from amena.words import megabytes_lazy, pixels_lazy

Text = str | Promise

#: Stage of the engine → what is being done.
STAGE_TEXTS: Final[dict[str, Text]] = {
    "decode": gettext_lazy("Opening the photo"),
    "depth": gettext_lazy("Finding depth"),
    "sharpen": gettext_lazy("Sharpening edges"),
    "layers": gettext_lazy("Cutting layers"),
    "inpaint": gettext_lazy("Filling in what is hidden"),
    "mesh": gettext_lazy("Building the scene"),
    "render": gettext_lazy("Moving the camera"),
    "encode": gettext_lazy("Encoding the video"),
}

#: Motion → what it is called.
MOTION_TITLES: Final[dict[str, Text]] = {
    "circle": gettext_lazy("Circle"),
    "swing": gettext_lazy("Swing"),
    "zoom-in": gettext_lazy("Zoom in"),
    "dolly-zoom": gettext_lazy("Dolly zoom"),
    "orbit": gettext_lazy("Orbit"),
    "horizontal": gettext_lazy("Side to side"),
    "vertical": gettext_lazy("Up and down"),
    "ken-burns": gettext_lazy("Ken Burns"),
}


#: Code from `amena.engine.scene.notes.NOTES` → how the 3D photo turned out, and what would help.
NOTE_TEXTS: Final[dict[str, Text]] = {
    "little_depth": gettext_lazy(
        "Most of this photo is about the same distance away, so little moves. Photos with "
        "something close in front of something far work best."
    ),
    "motion_reduced": gettext_lazy(
        "The camera moves less than it could, so that no gaps show behind edges."
    ),
    "large_hidden_area": gettext_lazy(
        "A lot had to be filled in behind the foreground. A lower strength hides it better."
    ),
    "stretched": gettext_lazy(
        "Some steeply angled surfaces look stretched. A lower strength helps."
    ),
    "depth_from_file": gettext_lazy("Uses the depth your phone saved in the photo."),
    "depth_from_pair": gettext_lazy("The depth was measured from both views of your stereo photo."),
    "second_view_unused": gettext_lazy(
        "The two views of this stereo photo could not be matched, so the depth was estimated from "
        "one of them."
    ),
    "depth_uploaded": gettext_lazy("Uses the depth map you uploaded."),
    "depth_holes": gettext_lazy("The depth map had holes, which were filled in."),
    "depth_swapped": gettext_lazy(
        "Near and far were swapped in the photo’s own depth. We fixed it."
    ),
    "depth_opposite": gettext_lazy(
        "Near and far may be swapped in your depth map. If so, upload it again and choose the "
        "other of “Near is bright” and “Near is dark”."
    ),
    "depth_levels": gettext_lazy("The depth map had few shades of gray, which were smoothed."),
    "depth_edited": gettext_lazy("Uses the depth you edited with the brush."),
    "border": gettext_lazy(
        "The border around this photo stays still, and the picture moves behind it. To fill the "
        "whole frame, crop the border off and upload the photo again."
    ),
    "spherical": gettext_lazy(
        "This 360° photo was treated as a flat picture, so straight lines bend. A usual photo of "
        "the same place turns out better."
    ),
    "first_frame": gettext_lazy("The picture is animated. Its first frame was used."),
    "first_page": gettext_lazy("The file has several pages. The first one was used."),
    "exif_ignored": gettext_lazy(
        "Part of the photo’s data was damaged. If it is the wrong way up, turn it."
    ),
    "colours_ignored": gettext_lazy(
        "The photo’s color data is damaged, so its colors may look slightly different."
    ),
    "enlarged": gettext_lazy(
        "The photo is smaller than the video, so it was enlarged. A larger photo looks sharper."
    ),
}

#: Long side of the video in pixels → what it is called.
SIZE_TITLES: Final[dict[int, Text]] = {
    960: gettext_lazy("960 pixels"),
    1440: gettext_lazy("1440 pixels"),
    1920: gettext_lazy("1920 pixels (Full HD)"),
    3840: gettext_lazy("3840 pixels (4K)"),
}

#: Strength of the motion, where it is not the usual one → what it is called beside that.
STRENGTH_TITLES: Final[dict[str, Text]] = {
    "subtle": pgettext_lazy("beside a motion", "subtle"),
    "bold": pgettext_lazy("beside a motion", "bold"),
}

#: Shape of the film → what people who post it call it.
SHAPE_TITLES: Final[dict[str, Text]] = {
    "photo": gettext_lazy("As the photo"),
    "9:16": gettext_lazy("Story"),
    "9:20": gettext_lazy("Wallpaper"),
    "4:5": gettext_lazy("Portrait post"),
    "1:1": gettext_lazy("Square"),
    "16:9": gettext_lazy("Wide"),
}


#: Kind of depth estimator that takes no model → what it is called.
ESTIMATOR_TITLES: Final[dict[str, Text]] = {
    "compact": gettext_lazy("Amena’s own network"),
    "ramp": gettext_lazy("Height in the picture"),
}


def layouts(width: int, height: int) -> list[tuple[str, Text]]:
    """Where two views may be in an upright photo, of the shape that stereo photos have; most photos
    have another one.
    """
    if width >= 1.9 * height:
        return [
            ("sbs", gettext_lazy("Left eye on the left")),
            ("cross-eyed", gettext_lazy("Left eye on the right")),
        ]
    if 0.86 < width / height < 0.92:  # twice 16:9, the left eye's view above
        return [("tab", gettext_lazy("Left eye on top"))]
    return []


def estimators() -> list[tuple[str, Text]]:
    """What people may choose to make the depth, and what it is called; the first by itself."""
    return [
        ("auto", gettext_lazy("Automatic")),
        *((title, estimator(title)) for title in settings.DEPTH_ESTIMATORS),
    ]


def estimator(source: str) -> Text:
    """What made the depth, in words; models by their own names."""
    return ESTIMATOR_TITLES.get(source) or source.rpartition("/")[2].rpartition(":")[2]


#: What texts say of how large a photo may be.
LIMITS: Final = {
    "bytes": megabytes_lazy(MAX_BYTES // 2**20),
    "pixels": pixels_lazy(MAX_PIXELS),
    "side": MIN_SIDE,
    "aspect": MAX_ASPECT,
}


def status(job: Job, ahead: int, *, late: bool = False) -> str:
    """In a few words, where a job stands.

    Args:
        job: the job.
        ahead: how many jobs are before it where it waits.
        late: it waits in a queue that does not move.
    """
    if job.state == State.HELD:
        return _held(ahead)
    if job.state == State.QUEUED:
        return _queued(job, ahead, late=late)
    if job.state == State.RUNNING:
        text = STAGE_TEXTS.get(job.stage, STAGE_TEXTS["decode"])
        return _("Stopping") if job.cancel_requested else str(text)
    return {
        State.SUCCEEDED: _("Ready"),
        State.FAILED: _("Failed"),
        State.CANCELLED: _("Stopped"),
        State.EXPIRED: _("Expired"),
    }[State(job.state)]


def wait(expected: timedelta | None, *, late: bool = False) -> str:
    """Roughly how long until work begins; empty where that is not known.

    Args:
        expected: the estimate.
        late: it has passed, and nothing moves.
    """
    if late:
        return _("This is taking longer than usual. You can close the page.")
    if expected is None:
        return ""
    minutes = -(-expected // timedelta(minutes=1))
    if minutes <= 1:
        return _("Starts within a minute")
    text = ngettext(
        "Starts in about %(minutes)s minute", "Starts in about %(minutes)s minutes", minutes
    )
    return text % {"minutes": minutes}


def _held(ahead: int) -> str:
    if not ahead:
        return _("Starts when a place is free, next in line")
    return _("Starts when a place is free, %(place)s in line") % {"place": ordinal(ahead + 1)}


def _queued(job: Job, ahead: int, *, late: bool) -> str:
    if job.attempts:
        return _("Trying again soon")
    if not ahead:
        return _("Waiting") if late else _("Starting soon")
    return _("Waiting, %(count)s ahead") % {"count": ahead}


def labels(name: str) -> dict[str, str]:
    """Control of a photo's card → what it is called, beside those of other cards."""
    called = {"name": name}
    return {
        "select": _("Select %(name)s") % called,
        "stop": _("Stop %(name)s") % called,
        "download": _("Download %(name)s") % called,
        "delete": _("Delete %(name)s") % called,
    }


def notes(codes: Iterable[str]) -> list[str]:
    """The lines for the codes that are known."""
    return [str(NOTE_TEXTS[code]) for code in codes if code in NOTE_TEXTS]
