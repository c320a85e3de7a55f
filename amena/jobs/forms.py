"""The forms with which people send photos and choose options."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from types import MappingProxyType
from typing import Any, Final, TypeVar

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from amena.engine.catalogue import CATALOGUE, Output
from amena.engine.errors import OptionsError, PhotoError
from amena.engine.options import (
    DPI,
    EASINGS,
    LONGEST,
    LOOP_LIMIT,
    LPI,
    MOTIONS,
    PRINT_INCHES,
    STEREO,
    STRENGTHS,
    TURNS,
    USUAL_SIZE,
    Options,
)
from amena.engine.photo.kinds import ACCEPT
from amena.jobs import wording
from amena.jobs.error_texts import ERROR_TEXTS, error_text
from amena.jobs.services.submission import DEPTH_MODES, DEPTH_NEAR
from amena.jobs.uploads import DepthPicture, Upload, accept, accept_depth

#: What the file dialog offers; what is taken is decided by content.

Checked = TypeVar("Checked")

_MOTION_CHOICES: Final = [(name, wording.MOTION_TITLES[name]) for name in MOTIONS]


class MotionForm(forms.Form):
    """How the camera moves."""

    motion = forms.ChoiceField(choices=_MOTION_CHOICES, initial=MOTIONS[0], required=False)

    def options(self) -> dict[str, Any]:
        """Keyword arguments for `amena.engine.options.Options`."""
        return {"motion": self.cleaned_data["motion"] or MOTIONS[0]}


class StyleForm(MotionForm):
    """How the camera moves, and everything else about a further video of the same photo.

    What is left out is the engine's to choose; what is marked as automatic too.
    """

    strength = forms.ChoiceField(choices=[(each, each) for each in STRENGTHS], required=False)
    auto_amplitude = forms.BooleanField(required=False)
    amplitude = forms.FloatField(min_value=0.002, max_value=0.1, required=False)
    auto_focus = forms.BooleanField(required=False)
    focus = forms.FloatField(min_value=0, max_value=1, required=False)
    duration = forms.FloatField(min_value=1, max_value=LONGEST, required=False)
    fps = forms.IntegerField(min_value=24, max_value=60, required=False)
    easing = forms.ChoiceField(choices=[(each, each) for each in EASINGS], required=False)
    shape = forms.ChoiceField(choices=list(wording.SHAPE_TITLES.items()), required=False)
    auto_placement = forms.BooleanField(required=False)
    placement = forms.FloatField(min_value=0, max_value=1, required=False)
    depth_of_field = forms.FloatField(min_value=0, max_value=1, required=False)
    vignette = forms.FloatField(min_value=0, max_value=1, required=False)

    def options(self) -> dict[str, Any]:
        """Keyword arguments for `amena.engine.options.Options`."""
        options = super().options()
        for name in ("duration", "fps", "easing", "depth_of_field", "vignette"):
            if self.cleaned_data[name] not in (None, ""):
                options[name] = self.cleaned_data[name]
        for name in ("amplitude", "focus", "placement"):
            if self.cleaned_data[name] is not None and not self.cleaned_data[f"auto_{name}"]:
                options[name] = self.cleaned_data[name]
        if self.cleaned_data["shape"] in ("", "photo"):
            options.pop("placement", None)  # all of the photo has one place
        else:
            options["shape"] = self.cleaned_data["shape"]
        if self.cleaned_data["strength"] and "amplitude" not in options:
            options["strength"] = self.cleaned_data["strength"]  # of what is automatic
        return options


class RestyleForm(StyleForm):
    """A further video of the same photo; one of another size, or with depth by another estimator,
    is made from the photo anew.
    """

    size = forms.ChoiceField(choices=list(wording.SIZE_TITLES.items()), required=False)
    estimator = forms.ChoiceField(choices=wording.estimators, required=False)

    def options(self) -> dict[str, Any]:
        """Keyword arguments for `amena.engine.options.Options`."""
        options, chosen = super().options(), self.cleaned_data
        if chosen["size"]:
            options["size"] = int(chosen["size"])
        if chosen["estimator"]:
            options["estimator"] = chosen["estimator"]
        return options


class FileForm(forms.Form):
    """What one file is made with, of the options that hang on it alone; left empty, as before."""

    loop_limit = forms.FloatField(label=_("At most, in megabytes"))
    lpi = forms.FloatField(label=_("Lenses per inch (LPI)"))
    dpi = forms.IntegerField(label=_("Printer dots per inch (DPI)"))
    print_inches = forms.FloatField(label=_("Long side in inches"))

    RANGES = MappingProxyType(
        {"loop_limit": LOOP_LIMIT, "lpi": LPI, "dpi": DPI, "print_inches": PRINT_INCHES}
    )

    def __init__(self, output: Output, *given: Any, before: dict[str, Any] | None = None) -> None:
        """`before`: options that the file was last made with."""
        super().__init__(*given, prefix=output.name)
        for name in {*self.fields} - {*output.options}:
            del self.fields[name]
        for name, field in self.fields.items():
            low, high = self.RANGES[name]
            field.required = False
            field.validators += [MinValueValidator(low), MaxValueValidator(high)]
            field.initial = format((before or {}).get(name, getattr(Options, name)), "g")
            # One form serves the whole list.
            field.widget.attrs |= {"min": low, "max": high, "form": "make"}

    def options(self) -> dict[str, Any]:
        """Keyword arguments for `amena.engine.options.Options`."""
        return {name: each for name, each in self.cleaned_data.items() if each is not None}

    def clean(self) -> dict[str, Any]:
        """Checks that the chosen options go together."""
        values: dict[str, Any] = super().clean() or {}
        if not self.errors:
            try:
                Options(**{name: each for name, each in values.items() if each is not None})
            except OptionsError as error:
                raise forms.ValidationError(error_text(error.code, error.message)) from error
        return values


class RotateForm(forms.Form):
    """How the photo's file is to be read: turned clockwise by so many degrees, against the way it
    stands now, or with its two views where `stereo` says.
    """

    by = forms.ChoiceField(choices=[(each, each) for each in TURNS[1:]], required=False)
    stereo = forms.ChoiceField(choices=[(each, each) for each in STEREO], required=False)

    def clean(self) -> dict[str, Any]:
        """Checks that exactly one of the two ways is used."""
        values: dict[str, Any] = super().clean() or {}
        if bool(values.get("by")) == bool(values.get("stereo")):
            raise forms.ValidationError("one of the two", code="required")
        return values


class DepthForm(StyleForm):
    """A picture that replaces the photo's depth, or brings its parts nearer and farther."""

    mode = forms.ChoiceField(choices=[(each, each) for each in DEPTH_MODES])
    near = forms.ChoiceField(choices=[(each, each) for each in DEPTH_NEAR], required=False)
    picture = forms.FileField(
        error_messages={
            "required": _("Choose a depth map first."),
            "empty": ERROR_TEXTS["empty_file"],
        }
    )

    def clean_picture(self) -> DepthPicture:
        """The picture, checked by its content."""
        return _checked(accept_depth, self.cleaned_data["picture"])


class UploadForm(MotionForm):
    """One photo, and how to make it. `submission` makes the same form sent twice one photo."""

    STRENGTHS = (
        ("subtle", _("Subtle")),
        ("", _("Natural")),
        ("bold", _("Bold")),
    )

    submission = forms.UUIDField(initial=uuid.uuid4, widget=forms.HiddenInput)
    photo = forms.FileField(
        widget=forms.FileInput(attrs={"accept": ACCEPT}),
        error_messages={
            "required": _("Choose a photo first."),
            "empty": ERROR_TEXTS["empty_file"],
        },
    )
    strength = forms.ChoiceField(choices=STRENGTHS, required=False)
    size = forms.ChoiceField(
        choices=list(wording.SIZE_TITLES.items()), initial=USUAL_SIZE, required=False
    )
    estimator = forms.ChoiceField(choices=wording.estimators, required=False)
    outputs = forms.MultipleChoiceField(
        choices=[(each.name, _(each.title)) for each in CATALOGUE if each.common],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    field_order = ("submission", "motion", "strength", "size", "estimator", "outputs", "photo")

    def options(self) -> dict[str, Any]:
        """Keyword arguments for `amena.engine.options.Options`."""
        options, chosen = super().options(), self.cleaned_data
        if chosen["strength"]:
            options["strength"] = chosen["strength"]
        if chosen["size"]:
            options["size"] = int(chosen["size"])
        if chosen["estimator"]:
            options["estimator"] = chosen["estimator"]
        if chosen["outputs"]:
            options["outputs"] = chosen["outputs"]
        return options

    def clean_photo(self) -> Upload:
        """The photo, checked by its content."""
        return _checked(accept, self.cleaned_data["photo"])


def _checked(check: Callable[[UploadedFile], Checked], file: UploadedFile) -> Checked:
    try:
        return check(file)
    except PhotoError as error:
        message = error_text(error.code, error.message)
        raise forms.ValidationError(message, code=error.code) from error
