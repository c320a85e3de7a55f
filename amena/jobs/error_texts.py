"""Why a photo or a job was refused or failed, in words. Rows keep codes, as in `wording`."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from amena.engine.photo.others import PICTURES
from amena.jobs.wording import LIMITS, Text

_TRY_LATER: Final = gettext_lazy("Something went wrong on our side. Try again in a few minutes.")

#: Code of an error → what is wrong and what to do.
ERROR_TEXTS: Final[dict[str, Text]] = {
    "empty_file": gettext_lazy("The file is empty. Choose another one."),
    "too_large_file": gettext_lazy("The file is too large. It can be up to %(bytes)s."),
    "unknown_format": gettext_lazy(
        "We cannot read this format. Save the picture as JPEG or PNG, or choose another one."
    ),
    "too_small": gettext_lazy("The photo is too small. Each side needs at least %(side)s pixels."),
    "too_narrow": gettext_lazy(
        "The photo is too long and narrow. Crop it so that its long side is at most "
        "%(aspect)s times its short side."
    ),
    "too_many_pixels": gettext_lazy("The picture is too large. It can have up to %(pixels)s."),
    "too_many_scans": gettext_lazy(
        "This kind of JPEG cannot be read. Save it again with another app."
    ),
    "broken": gettext_lazy("The picture is damaged and cannot be read. Save or export it again."),
    "truncated": gettext_lazy(
        "Part of the picture’s file is missing. Upload it again, or copy it again first."
    ),
    "rare_kind": gettext_lazy(
        "This picture is of a rare kind that we cannot read. Save it as JPEG or PNG."
    ),
    "too_complex": gettext_lazy(
        "This file takes too much work to read. Save it again as a JPEG, and upload that."
    ),
    "is_archive": gettext_lazy(
        "This is a packed file, not a photo. Unpack it, and choose a photo from it."
    ),
    "is_web_page": gettext_lazy(
        "This is a web page, not a photo. Open it, and save the photo itself."
    ),
    "is_pdf": gettext_lazy("This is a PDF, not a photo. Save its picture as JPEG or PNG."),
    "is_svg": gettext_lazy("This is an SVG drawing, not a photo. Choose a photo."),
    "is_eps": gettext_lazy("This is a PostScript drawing, not a photo. Choose a photo."),
    "is_document": gettext_lazy("This is a document. Save its picture as JPEG or PNG."),
    "is_video": gettext_lazy("This is a video. Choose a photo, or take a screenshot of it."),
    "is_audio": gettext_lazy("This is a sound file. Choose a photo."),
    "is_font": gettext_lazy("This is a font. Choose a photo."),
    "is_program": gettext_lazy("This is a program. Choose a photo."),
    "is_database": gettext_lazy("This is a database. Choose a photo."),
    "is_model": gettext_lazy("This is a 3D model. Choose a photo, or take a screenshot of it."),
    "heif_codec": gettext_lazy(
        "The picture in this HEIF file is in a format we cannot read. Save it as JPEG."
    ),
    "raw_without_preview": gettext_lazy(
        "This RAW file has no preview that we can read. Save it as JPEG."
    ),
    "bad_structure": gettext_lazy(
        "This file is built in an unusual way and was not opened. Export the photo again."
    ),
    "too_heavy": gettext_lazy(
        "Pictures this large can only be read as JPEG, PNG or HEIC. Save it as JPEG or smaller."
    ),
    "unreadable": gettext_lazy("The photo cannot be read. Choose it again."),
    "bad_photo": gettext_lazy("This photo cannot be used. Try another one."),
    "bad_depth_map": gettext_lazy(
        "This depth map cannot be used. Save it as a greyscale PNG in which near is white."
    ),
    "depth_map_shape": gettext_lazy(
        "The depth map does not match the photo. Save it with the same proportions."
    ),
    "depth_map_flat": gettext_lazy(
        "The depth map is one flat tone. Make near areas bright and far areas dark."
    ),
    "bad_options": gettext_lazy("One of the settings is out of range. Choose another value."),
    "too_few_dots": gettext_lazy(
        "A lens needs at least four printed dots. Choose a higher DPI or a lower LPI."
    ),
    "too_many_dots": gettext_lazy("This print would be too large. Choose a lower DPI or size."),
    "bad_scene": gettext_lazy(
        "The saved 3D data can no longer be read. Upload the photo again to make a new one."
    ),
    "scene_without_origin": gettext_lazy(
        "The saved 3D data is from an earlier version. Upload the photo again to change its depth."
    ),
    "depth_format": gettext_lazy("Upload the depth map as a PNG or JPEG."),
    "loop_too_large": gettext_lazy(
        "The video is over the file size limit. Make it shorter or smaller."
    ),
    "too_slow": gettext_lazy("This photo took too long. Try again at a smaller size."),
    "out_of_memory": gettext_lazy(
        "This photo needs more memory than we have. Try again at a smaller size."
    ),
    "worker_lost": gettext_lazy(
        "Processing stopped unexpectedly several times. Try again at a smaller size, or try "
        "another photo."
    ),
    "storage": gettext_lazy("Our storage did not answer. Try again in a few minutes."),
    "encoder_failed": gettext_lazy("The video could not be saved. Try again."),
    "stopped_by_staff": gettext_lazy(
        "Our team stopped this. Please contact us before you try again."
    ),
    "internal": _TRY_LATER,
    "engine_error": _TRY_LATER,
    "bad_weights": _TRY_LATER,
    "huggingface_missing": _TRY_LATER,
    "onnx_missing": _TRY_LATER,
    "no_opengl": _TRY_LATER,
}

#: Errors that are nobody's photo's: the same photo may well be made at another time.
PASSING: Final = frozenset(
    {
        *("too_slow", "out_of_memory", "worker_lost"),
        *("storage", "encoder_failed", "stopped_by_staff"),
        *(code for code, text in ERROR_TEXTS.items() if text is _TRY_LATER),
    }
)


def error_text(code: str, message: str) -> str:
    """The line for an error's code; the English `message` that came with it if none is known."""
    if code in PICTURES:
        return _("We cannot read %(format)s pictures. Save the picture as JPEG or PNG.") % {
            "format": PICTURES[code]
        }
    text = ERROR_TEXTS.get(code)
    return str(text) % LIMITS if text else message
