"""What a photo's page shows of a finished 3D photo: which one, its files, and how it turned out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.http import Http404
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from amena.engine.catalogue import CATALOGUE
from amena.engine.options import MOTIONS, SIZES, USUAL_SIZE
from amena.engine.types import GIVEN
from amena.jobs import wording
from amena.jobs.cards import Card
from amena.jobs.downloads import Download, DownloadGroup, downloads_of, grouped
from amena.jobs.forms import StyleForm
from amena.jobs.models import Artifact, Job, State
from amena.jobs.reports import pixels_of, report_of, sides
from amena.jobs.wording import Text

#: Videos have even sides, so that one may be a little smaller than was asked for.
_EVEN: Final = 2


@dataclass(frozen=True)
class Version:
    """One of a photo's finished 3D photos, to switch to."""

    job: Job

    @property
    def title(self) -> Text:
        """What its owner calls it, else what it was made with."""
        return self.job.name or self.made_with

    @property
    def made_with(self) -> Text:
        """Its motion, and whatever else makes it another than the one before."""
        options = self.job.options
        name: Text = wording.MOTION_TITLES.get(options.get("motion", MOTIONS[0]), _("Custom"))
        for more in self._particulars(options):
            name = gettext("%(motion)s, %(more)s") % {"motion": name, "more": more}
        return name

    def _particulars(self, options: dict[str, Any]) -> Iterator[Text]:
        if self.job.kind == Job.Kind.EDIT:
            yield gettext("new depth")
        if strength := wording.STRENGTH_TITLES.get(options.get("strength", "")):
            yield strength
        if options.get("shape", "photo") != "photo":
            yield wording.SHAPE_TITLES.get(options["shape"], options["shape"])
        if self.job.kind == Job.Kind.CREATE:
            longest = max(self.job.photo.width, self.job.photo.height, SIZES[0])
            size = min(options.get("size", USUAL_SIZE), longest)
            if size != min(USUAL_SIZE, longest):
                yield f"{size}\N{NO-BREAK SPACE}px"


@dataclass(frozen=True)
class Result:
    """One finished 3D photo.

    Attributes:
        job: the job that made it.
        exports: jobs that make, or have made, its further files, newest first.
        versions: all finished 3D photos of the same photo, newest first.
        meanwhile: jobs that make, or have made, files of earlier versions, ordered while this one
            was being made; newest first.
    """

    job: Job
    exports: list[Job]
    versions: list[Version]
    meanwhile: list[Job]

    @property
    def version(self) -> Version:
        """The entry of this result in the list of versions."""
        return Version(self.job)

    @cached_property
    def files(self) -> dict[str, Artifact]:
        """The artifacts by their kind, exported ones too."""
        found: dict[str, Artifact] = {}
        for job in (self.job, *reversed(self.exports)):  # of a file made again the newest counts
            found |= job.artifacts_by_kind
        return found

    @cached_property
    def report(self) -> dict[str, Any]:
        """What the engine reports about this 3D photo, see `report_of`."""
        return report_of(self.files.get("report"))

    @property
    def shape(self) -> str:
        """The proportions of the photo as a CSS class, see `shape`."""
        return shape(*self.proportions)

    @property
    def proportions(self) -> tuple[int, int]:
        """Width and height of the interactive view, or others of the same proportions."""
        return self.view_pixels or proportions_of(self.job)

    @property
    def view_pixels(self) -> tuple[int, int] | None:
        """Width and height of all that the photo shows, of which the video may be a part."""
        return sides(self.report.get("view_size")) or self.pixels

    @property
    def placements(self) -> str:
        """For each shape where it keeps the subject best, as JSON."""
        found = self.report.get("placements")
        return json.dumps(found if isinstance(found, dict) else {})

    @property
    def motion(self) -> str:
        """One that the interactive view knows."""
        return motion_of(self.job)

    @property
    def chosen(self) -> dict[str, Any]:
        """The options that were set by hand, which the next depth keeps."""
        return {
            name: self.job.options[name]
            for name in StyleForm.base_fields
            if self.job.options.get(name, "auto") != "auto" and name != "motion"
        }

    @property
    def pixels(self) -> tuple[int, int] | None:
        """Width and height of the video; None where that cannot be read."""
        return pixels_of(self.report)

    @property
    def other_sizes(self) -> list[tuple[int, Text]]:
        """Those of `SIZES` that would give the video another size, and what they are called."""
        longest = max(self.job.photo.width, self.job.photo.height, SIZES[0])
        now = max(self.view_pixels or (0,))
        offered = [size for size in SIZES if size <= longest]
        # The first that the photo does not fill leaves it as large as it is.
        offered += [size for size in SIZES if size > longest > offered[-1]][:1]
        return [
            (size, wording.SIZE_TITLES[size] if size <= longest else _pixels(longest))
            for size in offered
            if abs(min(size, longest) - now) > _EVEN
        ]

    @property
    def notes(self) -> list[str]:
        """How it turned out, in plain words."""
        return wording.notes(self.report.get("notes", ()))

    @property
    def depth_by(self) -> Text:
        """What made the depth; empty where the photo or a person brought it, or nobody knows."""
        source = self.report.get("estimator", "")
        if not isinstance(source, str) or source in GIVEN:
            return ""
        return wording.estimator(source)

    @property
    def other_estimators(self) -> list[tuple[str, Text]]:
        """What else people may choose to make the depth; empty where there is no choice."""
        offered = wording.estimators()
        return offered if len(settings.DEPTH_ESTIMATORS) > 1 else []

    @property
    def downloads(self) -> list[Download]:
        """Everything that can be saved, made or not."""
        return downloads_of(self.job, self.exports, self.files, self.pixels)

    @property
    def download_groups(self) -> list[DownloadGroup]:
        """The same by what people want to do."""
        return grouped(self.downloads)

    @property
    def ordered_meanwhile(self) -> list[tuple[Text, Version]]:
        """Title and earlier version of files that somebody looks for here."""
        return [
            (gettext(output.title), Version(job.source))
            for output in CATALOGUE
            for job in self.meanwhile
            if output.group and job.source and output.name in job.options.get("outputs", ())
        ]

    @property
    def is_exporting(self) -> bool:
        """Whether a further file is being made."""
        return any(job.is_active for job in self.exports)


def _pixels(side: int) -> str:
    return gettext("%(side)s pixels") % {"side": side}


def proportions_of(job: Job) -> tuple[int, int]:
    """Width and height of the photo as a job was to turn and cut it."""
    return job.photo.turned(job.options.get("rotate", 0), job.options.get("stereo", "auto"))


def shape(width: int, height: int) -> str:
    """`wide`, `square` or `tall`: how much room the picture gets on a page."""
    ratio = width / height
    return "wide" if ratio > 1.2 else "tall" if ratio < 0.85 else "square"


def motion_of(job: Job) -> str:
    """The job's motion, as far as it has a name."""
    motion = job.options.get("motion", MOTIONS[0])
    return motion if motion in MOTIONS else MOTIONS[0]


def of_card(card: Card, version: UUID | None = None) -> Result | None:
    """A photo's version that counts, or the one that `version` made. None without any.

    Raises:
        Http404: there is no such version.
    """
    jobs = list(card.photo.jobs.all())
    made = [each for each in jobs if each.source_id is None and each.state == State.SUCCEEDED]
    counts = card.result and card.result.public_id
    chosen = [each for each in made if each.public_id == (version or counts)]
    if not chosen:
        if version is not None:
            raise Http404
        return None
    exports = [each for each in jobs if each.source_id == chosen[0].pk]
    return Result(
        chosen[0],
        exports,
        [Version(each) for each in made],
        [each for each in jobs if _was_ordered_meanwhile(each, chosen[0])],
    )


def _was_ordered_meanwhile(export: Job, result: Job) -> bool:
    """Whether it makes a file of an earlier version, and was ordered while `result` was made."""
    if export.source is None or not (export.is_active or export.state == State.SUCCEEDED):
        return False
    began, ended = result.created_at, result.finished_at or result.created_at
    return export.source.created_at < began < export.created_at < ended
