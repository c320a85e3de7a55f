"""The first page, for visitors who have not signed in."""

from __future__ import annotations

from typing import Final, NamedTuple

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from amena.accounts import language
from amena.engine.photo.kinds import ACCEPT
from amena.jobs import wording
from amena.jobs.views.headsets import for_headsets


class Example(NamedTuple):
    """A 3D photo made by the engine, shown to everybody.

    Attributes:
        name: of its files in static/img/examples.
        title: motion, as people call it.
        label: what is to be seen.
        credit: whose photo it is, and on what terms.
    """

    name: str
    title: Promise
    label: Promise
    credit: str
    width: int
    height: int

    @property
    def video(self) -> str:
        """The name of the static file of the film."""
        return f"img/examples/{self.name}.mp4"

    @property
    def poster(self) -> str:
        """The name of the static file of the first frame."""
        return f"img/examples/{self.name}.webp"


EXAMPLES: Final = (
    Example("raccoon", _("Zoom in"), _("A raccoon among palm leaves"), "Pixnio, CC0", 640, 480),
    Example("icecream", _("Dolly zoom"), _("Ice cream in a hand"), "Pexels 8374, CC0", 640, 426),
    Example("cat", _("Circle"), _("A cat’s face"), "Stéfan van der Walt, CC0", 640, 426),
    Example("wine", _("Circle"), _("A wine glass on a long table"), "Pexels 290316, CC0", 640, 426),
    Example("astronaut", _("Orbit"), _("An astronaut in front of a flag"), "NASA", 640, 640),
    Example("rocket", _("Circle"), _("A rocket at night"), "SpaceX, CC0", 640, 426),
)


class Sample(NamedTuple):
    """A scene to play with.

    Attributes:
        name: of its files in static/img/examples.
        label: what is to be seen.
        credit: whose photo it is, and on what terms.
        amplitude, focus, frame: of the natural strength, as in the engine's report.
    """

    name: str
    label: Promise
    credit: str
    amplitude: str
    focus: str
    frame: str

    @property
    def scene(self) -> str:
        """The name of the static file of the scene."""
        return f"img/examples/{self.name}.glb"

    @property
    def poster(self) -> str:
        """The name of the static file of the still."""
        return f"img/examples/{self.name}.webp"


# The numbers are printed by scripts/examples.py.
SAMPLES: Final = (
    Sample("cat", _("A cat’s face"), "Stéfan van der Walt, CC0",
           "0.065", "0.55", "1.04174 0 0.005537"),
    Sample("coffee", _("A cup of coffee on a table"), "Rachel Michetti, CC0",
           "0.065", "0.8", "1.045 0.001404 0.009893"),
    Sample("dandelion", _("A dandelion in a meadow"), "Clemens Engelhardt, CC0",
           "0.026", "0.665", "1.02617 0 0.002495"),
)  # fmt: skip


@for_headsets
@login_not_required
@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    """Shows what Amena does, by examples."""
    root = request.build_absolute_uri("/")
    asked = language.asked_by_address(request)
    context = {
        "examples": EXAMPLES,
        "samples": SAMPLES,
        "hero": SAMPLES[-1],
        "motions": wording.MOTION_TITLES.items(),
        "accept": ACCEPT,
        "retention_days": settings.RETENTION_DAYS,
        "limits": wording.LIMITS,
        "origin": root.removesuffix("/"),
        "root": root,
        "here": f"{root}?lang={asked}" if asked else root,
    }
    return render(request, "landing.html", context)
