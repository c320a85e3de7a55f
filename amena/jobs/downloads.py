"""Everything of a finished 3D photo that can be saved, made or not, by what people want to do."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext

from amena.engine.catalogue import CATALOGUE, GROUPS, Output
from amena.jobs.error_texts import error_text
from amena.jobs.forms import FileForm
from amena.jobs.models import Artifact, Job, State
from amena.jobs.wording import Text

#: The video's size that the catalogue's figures are for.
_MEASURED: Final = (960, 720)
#: Outputs that do not grow with it, having limits of their own.
_LIMITED: Final = (
    *("chat", "gif", "webp", "wiggle", "sticker"),
    *("quilt", "quilt-video", "lenticular"),
)


@dataclass(frozen=True)
class Download:
    """One row of the list of downloads.

    Attributes:
        name: of the output in `amena.engine.catalogue`.
        group: a key of `GROUPS` there.
        title, purpose: for people.
        estimate: how large it may be, which follows the purpose; empty where that was never asked.
        files: what there is to save; empty while it is not made.
        has_several: whether that is, or will be, more than one.
        job: the job that makes it, or the last that did not manage; None without one.
        form: the options that it alone takes; None without any.
    """

    name: str
    group: str
    title: Text
    purpose: Text
    estimate: Text
    files: list[Artifact]
    has_several: bool
    job: Job | None
    form: FileForm | None = None

    @property
    def problem(self) -> str:
        """Why it could not be made."""
        if self.job is None or self.job.state != State.FAILED:
            return ""
        return error_text(self.job.error_code, self.job.error_message)


@dataclass(frozen=True)
class DownloadGroup:
    """Rows of the list of downloads for one purpose.

    Attributes:
        name: a key of `amena.engine.catalogue.GROUPS`.
        title: for people.
        rows: the downloads.
    """

    name: str
    title: Text
    rows: list[Download]

    @property
    def is_busy(self) -> bool:
        """Whether something in it is being made or has just been, and so has to be in sight."""
        return any(row.job for row in self.rows)


def downloads_of(
    job: Job, exports: list[Job], files: dict[str, Artifact], pixels: tuple[int, int] | None
) -> list[Download]:
    """The rows of a finished 3D photo.

    Args:
        job: that made it.
        exports: jobs that make, or have made, its further files, newest first.
        files: what there is, by kind.
        pixels: width and height of the video; None where that is not known.
    """
    return [_row(output, job, exports, files, pixels) for output in CATALOGUE if output.group]


def grouped(rows: list[Download]) -> list[DownloadGroup]:
    """The rows by what people want to do."""
    return [
        DownloadGroup(name, gettext(title), [row for row in rows if row.group == name])
        for name, title in GROUPS.items()
    ]


def _row(
    output: Output,
    job: Job,
    exports: list[Job],
    made: dict[str, Artifact],
    pixels: tuple[int, int] | None,
) -> Download:
    files = [made[file.kind] for file in output.files if file.kind in made]
    makers = [each for each in exports if output.name in each.options.get("outputs", ())]
    maker = next(iter(makers), None)
    purpose, estimate = gettext(output.opens), ""
    if output.name == "video" and pixels:
        size = "{}\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}{}".format(*pixels)
        purpose = gettext("%(purpose)s, %(size)s") % {"purpose": purpose, "size": size}
    # A row that was ordered keeps its words, seen or not, and so its lines: nothing below it moves.
    elif maker or not files:
        size = filesizeformat(_expected_bytes(output, pixels or _MEASURED))
        estimate = gettext(", about %(size)s") % {"size": size}
    title = gettext(output.title)
    form = FileForm(output, before=(maker or job).options) if output.options else None
    return Download(
        name=output.name,
        group=output.group,
        title=title,
        purpose=purpose,
        estimate=estimate,
        files=files,
        has_several=len(output.files) > 1,
        job=maker,
        form=form,
    )


def _expected_bytes(output: Output, pixels: tuple[int, int]) -> int:
    """About how large it will be, of two digits; some have a size of their own."""
    share = 1.0 if output.name in _LIMITED else math.prod(pixels) / math.prod(_MEASURED)
    size = output.megabytes * share * 1e6
    digits = 10 ** max(0, math.floor(math.log10(size)) - 1)
    return round(size / digits) * digits
