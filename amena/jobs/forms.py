"""The forms people send photos and wishes with."""

from __future__ import annotations

import uuid
from typing import Any, Final

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from amena.engine.errors import PhotoError
from amena.engine.options import MOTIONS
from amena.jobs import wording
from amena.jobs.uploads import Upload, accept

#: What the file dialog offers; what is taken is decided by content.
ACCEPTED_TYPES: Final = "image/jpeg,image/png,image/webp,image/heic,image/heif,.heic"

_MOTION_CHOICES: Final = [(name, wording.MOTIONS[name]) for name in MOTIONS]


class MotionForm(forms.Form):
    """How the camera moves."""

    motion = forms.ChoiceField(choices=_MOTION_CHOICES, initial=MOTIONS[0], required=False)

    def options(self) -> dict[str, Any]:
        """Keyword arguments for `amena.engine.options.Options`."""
        return {"motion": self.cleaned_data["motion"] or MOTIONS[0]}


class UploadForm(MotionForm):
    """One photo. `submission` makes the same form sent twice one photo."""

    submission = forms.UUIDField(initial=uuid.uuid4, widget=forms.HiddenInput)
    photo = forms.FileField(
        widget=forms.FileInput(attrs={"accept": ACCEPTED_TYPES}),
        error_messages={
            "required": _("Choose a photo first."),
            "empty": wording.ERRORS["empty_file"],
        },
    )

    field_order = ("submission", "motion", "photo")

    def clean_photo(self) -> Upload:
        """The photo, checked by its content."""
        file: UploadedFile = self.cleaned_data["photo"]
        try:
            return accept(file)
        except PhotoError as error:
            message = wording.error(error.code, error.message)
            raise forms.ValidationError(message, code=error.code) from error
