"""How a 3D photo is to be made: checked field by field, with the ranges that the engine has."""

from __future__ import annotations

from typing import Any, Final

from django.core.files.uploadedfile import UploadedFile
from rest_framework import serializers

from amena.api.serializers.base import StrictSerializer, TextField
from amena.api.serializers.option_fields import (
    CompareField,
    EstimatorField,
    KeyframesField,
    OutputsField,
)
from amena.engine.catalogue import ITS_OPTIONS
from amena.engine.errors import OptionsError, PhotoError
from amena.engine.geometry.crop import SHAPES
from amena.engine.geometry.keyframes import parse_keyframes
from amena.engine.options import (
    DPI,
    EASINGS,
    LONGEST,
    LOOP_LIMIT,
    LPI,
    MOTIONS,
    PRINT_INCHES,
    SIZES,
    STEREO,
    STRENGTHS,
    TURNS,
    USUAL_SIZE,
)
from amena.engine.photo.limits import MAX_BYTES
from amena.jobs.engine_options import parse_options
from amena.jobs.services.submission import DEPTH_MODES, DEPTH_NEAR
from amena.jobs.uploads import DepthPicture, Upload, accept, accept_depth

MOTION_CHOICES: Final = (*MOTIONS, "keyframes")
_MEGABYTES: Final = MAX_BYTES // 2**20


class LookSerializer(StrictSerializer):
    """How the 3D photo moves and looks. What is left out is decided by the photo."""

    motion = serializers.ChoiceField(
        MOTION_CHOICES, required=False, help_text="How the camera moves."
    )
    keyframes = KeyframesField(
        required=False, help_text="For the motion `keyframes`: 2 to 100, `t` rising."
    )
    easing = serializers.ChoiceField(EASINGS, required=False, help_text="How evenly it moves.")
    duration = serializers.FloatField(
        min_value=1, max_value=LONGEST, required=False, help_text="Seconds of one loop."
    )
    fps = serializers.IntegerField(
        min_value=24, max_value=60, required=False, help_text="Frames per second."
    )
    amplitude = serializers.FloatField(
        min_value=0.002,
        max_value=0.1,
        required=False,
        help_text="How far near and far move against each other, as a share of the long side.",
    )
    strength = serializers.ChoiceField(
        list(STRENGTHS),
        required=False,
        help_text="How strong the motion is, where no amplitude is given.",
    )
    focus = serializers.FloatField(
        min_value=0, max_value=1, required=False, help_text="What stays still: 0 far, 1 near."
    )
    depth_of_field = serializers.FloatField(
        min_value=0, max_value=1, required=False, help_text="0: all is sharp; 1: a wide aperture."
    )
    vignette = serializers.FloatField(
        min_value=0, max_value=1, required=False, help_text="0: none; 1: dark corners."
    )
    shape = serializers.ChoiceField(
        list(SHAPES),
        required=False,
        help_text="Width to height of the films, their still, loops, stickers and moving photos; "
        "`photo`: the photo's own. The scene and what is made for two eyes show all of the photo.",
    )
    placement = serializers.FloatField(
        min_value=0,
        max_value=1,
        required=False,
        help_text="Where such a shape lies in the photo: 0 left or top, 1 right or bottom; left "
        "out, where it keeps the subject.",
    )
    outputs = OutputsField(required=False, help_text="Files to make beside the usual ones.")
    compare = CompareField(
        required=False,
        min_length=1,
        help_text="Estimators whose maps the output `estimates` shows from left to right; left "
        "out, all that this server offers, the first six of them.",
    )
    loop_limit = serializers.FloatField(
        min_value=LOOP_LIMIT[0],
        max_value=LOOP_LIMIT[1],
        required=False,
        help_text="Megabytes (10⁶ bytes) that a GIF or animated WebP may have.",
    )
    lpi = serializers.FloatField(
        min_value=LPI[0],
        max_value=LPI[1],
        required=False,
        help_text="Lenses an inch of the sheet for a lenticular print.",
    )
    dpi = serializers.IntegerField(
        min_value=DPI[0],
        max_value=DPI[1],
        required=False,
        help_text="Dots an inch of the printer for a lenticular print; four a lens at least.",
    )
    print_inches = serializers.FloatField(
        min_value=PRINT_INCHES[0],
        max_value=PRINT_INCHES[1],
        required=False,
        help_text="Long side of a lenticular print in inches.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """What one field alone cannot tell, by the engine's own rules."""
        if attrs.get("motion") == "keyframes" and "keyframes" not in attrs:
            raise _wrong("keyframes", "The motion “keyframes” needs keyframes.", "required")
        if "keyframes" in attrs:
            if attrs.get("motion") != "keyframes":
                raise _wrong("motion", "With keyframes the motion must be “keyframes”.", "invalid")
            try:
                parse_keyframes(attrs["keyframes"])
            except OptionsError as error:
                raise _wrong("keyframes", error.message, "invalid") from error
        checked_options(self.options(attrs))
        return attrs

    @classmethod
    def options(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Those of the checked `values` that `amena.jobs.options` reads."""
        return {name: values[name] for name in OPTIONS if name in values}


class OptionsSerializer(LookSerializer):
    """How the 3D photo is to be made."""

    size = serializers.ChoiceField(
        SIZES,
        required=False,
        help_text="Long side of the video in pixels. A new photo gets "
        f"{USUAL_SIZE} where nobody asks for another; one that has fewer keeps its size, or is "
        f"enlarged to {SIZES[0]}.",
    )
    rotate = serializers.ChoiceField(
        TURNS, required=False, help_text="Degrees by which the photo is turned clockwise first."
    )
    stereo = serializers.ChoiceField(
        STEREO,
        required=False,
        help_text="Where the second view of a stereo photo is, by which depth is measured: as the "
        "file says, nowhere, side by side (also at half the width, or with the left eye’s view on "
        "the right), or below the left eye’s.",
    )
    estimator = EstimatorField(
        required=False,
        help_text="What makes the depth, of what this server offers. `auto`: the depth in the file "
        "where there is one, else the server's first.",
    )

    def to_representation(self, instance: dict[str, Any]) -> dict[str, Any]:
        """What was asked for, which is little as a rule; lists tell it of many jobs."""
        values = {name: instance[name] for name in OPTIONS if name in instance}
        return {
            name: None if value is None else self.fields[name].to_representation(value)
            for name, value in values.items()
        }


OPTIONS: Final = tuple(OptionsSerializer().fields)


class RestyleSerializer(OptionsSerializer):
    """How a finished photo is to be made again; with `size`, `rotate`, `stereo` or `estimator`,
    from the file anew.
    """


class UploadSerializer(OptionsSerializer):
    """A photo, as a file or by its address, and how to make it a 3D photo."""

    photo = serializers.FileField(
        required=False,
        help_text=f"JPEG, PNG, HEIC or another format of `formats`, up to {_MEGABYTES} MB.",
    )
    url = TextField(
        required=False,
        max_length=500,
        help_text="Instead of a file: an https:// address at one of the hosts that `/formats` "
        "lists; there may be none.",
    )

    def validate_photo(self, file: UploadedFile) -> Upload:
        """The file, checked by its content."""
        try:
            return accept(file)
        except PhotoError as error:
            raise serializers.ValidationError(error.message, code=error.code) from error

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Either a file or an address."""
        if "photo" not in attrs and "url" not in attrs:
            raise _wrong("photo", "No file was submitted.", "required")
        if "photo" in attrs and "url" in attrs:
            raise _wrong("url", "Send either a file or an address.", "invalid")
        return super().validate(attrs)


class DepthSerializer(LookSerializer):
    """A picture of the depth, and how the photo is to be made with it."""

    depth = serializers.FileField(
        help_text=f"A grey PNG or JPEG of the photo's shape, up to {_MEGABYTES} MB."
    )
    mode = serializers.ChoiceField(
        DEPTH_MODES,
        help_text="`replace`: it is the depth, 8 or 16 bits. `brush`: 128 leaves a place as it is, "
        "brighter is nearer, darker is farther.",
    )
    near = serializers.ChoiceField(
        DEPTH_NEAR, default=DEPTH_NEAR[0], help_text="What is near in a picture that replaces."
    )

    def validate_depth(self, file: UploadedFile) -> DepthPicture:
        """The file, checked by its content."""
        try:
            return accept_depth(file)
        except PhotoError as error:
            raise serializers.ValidationError(error.message, code=error.code) from error


class ExportSerializer(StrictSerializer):
    """Which further files to make of a finished 3D photo, and of what the files alone hang on, how.

    What is left out is as it was for the 3D photo.
    """

    outputs = OutputsField(min_length=1)

    def get_fields(self) -> dict[str, serializers.Field]:
        """The options of files are those of an order."""
        of_files = {name for names in ITS_OPTIONS.values() for name in names}
        order = LookSerializer().get_fields()
        return super().get_fields() | {name: order[name] for name in order if name in of_files}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """What one field alone cannot tell, by the engine's own rules."""
        checked_options(attrs)
        return attrs


def checked_options(options: dict[str, Any]) -> None:
    """Raises what the engine's own rules say against options that are fine one by one."""
    try:
        parse_options(options)
    except OptionsError as error:
        names = {"too_few_dots": "lpi", "too_many_dots": "print_inches"}
        if error.code not in names:
            raise
        raise _wrong(names[error.code], error.message, "invalid") from error


def _wrong(field: str, text: str, code: str) -> serializers.ValidationError:
    return serializers.ValidationError({field: serializers.ErrorDetail(text, code)})
