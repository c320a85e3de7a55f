"""What jobs say to people. Rows keep codes; these are put into words when a page shows them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from amena.engine.photo.file import MAX_ASPECT, MAX_BYTES, MAX_PIXELS, MIN_SIDE
from amena.jobs.models import Job, State

Text = str | Promise

#: Stage of the engine → what is being done.
STAGES: Final[dict[str, Text]] = {
    "decode": gettext_lazy("Opening the photo"),
    "depth": gettext_lazy("Finding depth"),
    "sharpen": gettext_lazy("Sharpening edges"),
    "layers": gettext_lazy("Cutting layers"),
    "inpaint": gettext_lazy("Painting what is hidden"),
    "mesh": gettext_lazy("Building the scene"),
    "render": gettext_lazy("Moving the camera"),
    "encode": gettext_lazy("Writing the video"),
    "quality": gettext_lazy("Looking it over"),
}

#: Motion → what it is called.
MOTIONS: Final[dict[str, Text]] = {
    "circle": gettext_lazy("Circle"),
    "swing": gettext_lazy("Swing"),
    "zoom-in": gettext_lazy("Zoom in"),
    "dolly-zoom": gettext_lazy("Dolly zoom"),
    "orbit": gettext_lazy("Orbit"),
    "horizontal": gettext_lazy("Side to side"),
    "vertical": gettext_lazy("Up and down"),
    "ken-burns": gettext_lazy("Ken Burns"),
}

#: Output that is made when asked → what it is called.
OUTPUTS: Final[dict[str, Text]] = {
    "gif": gettext_lazy("GIF"),
    "webp": gettext_lazy("Animated WebP"),
    "webm": gettext_lazy("WebM video"),
    "facebook": gettext_lazy("Facebook 3D photo"),
    "rgbd": gettext_lazy("Photo beside depth"),
    "sbs": gettext_lazy("Stereo, side by side"),
    "sbs-half": gettext_lazy("Stereo, half width"),
    "anaglyph": gettext_lazy("Anaglyph"),
}

_TRY_LATER: Final = gettext_lazy("Something went wrong on our side. Try again in a few minutes.")

#: Code of an error → what is wrong and what to do.
ERRORS: Final[dict[str, Text]] = {
    "empty_file": gettext_lazy("The file is empty: choose another."),
    "too_large_file": gettext_lazy("The file is larger than %(megabytes)s MB: save it smaller."),
    "unknown_format": gettext_lazy(
        "This is not a picture in a format we read: use JPEG, PNG, WebP or HEIC."
    ),
    "too_small": gettext_lazy("The photo is too small: each side needs at least %(side)s pixels."),
    "too_narrow": gettext_lazy(
        "The photo is more than %(aspect)s times as long as it is wide: crop it first."
    ),
    "too_many_pixels": gettext_lazy(
        "The picture has more than %(megapixels)s megapixels: save it smaller."
    ),
    "too_many_scans": gettext_lazy("The JPEG is built up in far too many passes: export it again."),
    "broken": gettext_lazy("The picture is damaged and cannot be decoded: export it again."),
    "truncated": gettext_lazy("The picture is cut off before its end: upload or copy it again."),
    "animated": gettext_lazy("The file is animated: save one frame as a photo."),
    "unreadable": gettext_lazy("The photo cannot be read: choose it again."),
    "bad_photo": gettext_lazy("This photo cannot be used: try another one."),
    "bad_depth_map": gettext_lazy(
        "The depth map cannot be used: save it as a greyscale PNG, near = white."
    ),
    "depth_map_shape": gettext_lazy(
        "The depth map has another shape than the photo: save it with the same proportions."
    ),
    "depth_map_flat": gettext_lazy(
        "The depth map is the same everywhere: paint near bright and far dark."
    ),
    "bad_options": gettext_lazy("One of the settings is out of range: choose another."),
    "bad_scene": gettext_lazy(
        "The kept scene cannot be read any more: upload the photo again to make a new one."
    ),
    "scene_without_origin": gettext_lazy(
        "The kept scene is of an earlier version: upload the photo again to change its depth."
    ),
    "depth_format": gettext_lazy("Send the depth map as PNG or JPEG."),
    "loop_too_large": gettext_lazy(
        "The loop does not fit into the file size allowed: make it shorter or smaller."
    ),
    "too_slow": gettext_lazy("This photo took too long. Try it at a smaller size."),
    "worker_lost": gettext_lazy(
        "The work stopped several times without an answer. Try again, or try another photo."
    ),
    "storage": gettext_lazy("Our storage did not answer. Try again in a few minutes."),
    "encoder_failed": gettext_lazy("The video could not be written. Try again."),
    "stopped_by_staff": gettext_lazy(
        "Our staff stopped this job. Ask us why before you try again."
    ),
    "internal": _TRY_LATER,
    "engine_error": _TRY_LATER,
    "bad_weights": _TRY_LATER,
    "huggingface_missing": _TRY_LATER,
    "no_opengl": _TRY_LATER,
}

#: Code from `amena.engine.scene.notes.NOTES` → how the 3D photo turned out, and what would help.
NOTES: Final[dict[str, Text]] = {
    "little_depth": gettext_lazy(
        "Most of the photo is about equally far away, so little moves. Something near before "
        "something far works best."
    ),
    "motion_reduced": gettext_lazy(
        "The camera goes less far than it might: more would show gaps behind the edges."
    ),
    "large_hidden_area": gettext_lazy(
        "Much had to be made up behind the near things. Less strength hides it better."
    ),
    "stretched": gettext_lazy(
        "Some surfaces are drawn out where they turn away steeply. Less strength helps."
    ),
    "depth_from_file": gettext_lazy("The depth is the one your phone stored in the photo."),
    "depth_uploaded": gettext_lazy("The depth is the map that you sent."),
    "depth_edited": gettext_lazy("The depth is touched up with your brush."),
    "enlarged": gettext_lazy(
        "The photo is smaller than the video and was enlarged: a larger photo looks sharper."
    ),
}

#: Long side of the video in pixels → what it is called.
SIZES: Final[dict[int, Text]] = {
    960: gettext_lazy("960 pixels"),
    1920: gettext_lazy("1920 pixels (Full HD)"),
    3840: gettext_lazy("3840 pixels (4K)"),
}

_LIMITS: Final = {
    "megabytes": MAX_BYTES // 2**20,
    "megapixels": MAX_PIXELS // 10**6,
    "side": MIN_SIDE,
    "aspect": MAX_ASPECT,
}


def error(code: str, message: str) -> str:
    """The line for an error's code; the English `message` that came with it if none is known."""
    text = ERRORS.get(code)
    return str(text) % _LIMITS if text else message


def status(job: Job, ahead: int) -> str:
    """In a few words, where a job stands.

    Args:
        job: the job.
        ahead: how many queued jobs are before it.
    """
    if job.state == State.QUEUED:
        return _queued(job, ahead)
    if job.state == State.RUNNING:
        text = STAGES.get(job.stage, STAGES["decode"])
        return _("Stopping") if job.cancel_requested else str(text)
    return {
        State.SUCCEEDED: _("Ready"),
        State.FAILED: _("Did not work"),
        State.CANCELLED: _("Stopped"),
        State.EXPIRED: _("Expired"),
    }[State(job.state)]


def wait(expected: timedelta | None) -> str:
    """Roughly how long until work begins; empty where that is not known."""
    if expected is None:
        return ""
    minutes = -(-expected // timedelta(minutes=1))
    if minutes <= 1:
        return _("Starts within a minute")
    text = ngettext(
        "Starts in about %(minutes)s minute", "Starts in about %(minutes)s minutes", minutes
    )
    return text % {"minutes": minutes}


def _queued(job: Job, ahead: int) -> str:
    if job.attempts:
        return _("Trying again soon")
    if not ahead:
        return _("Waiting to start")
    return _("Waiting, %(count)s before it") % {"count": ahead}


def notes(codes: Iterable[str]) -> list[str]:
    """The lines for the codes that are known."""
    return [str(NOTES[code]) for code in codes if code in NOTES]
