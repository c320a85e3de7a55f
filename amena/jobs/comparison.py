"""What a photo's page shows of the maps that several estimators have made of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from django.conf import settings

from amena.jobs import wording
from amena.jobs.engine_options import compared
from amena.jobs.error_texts import error_text
from amena.jobs.models import Artifact, Job, State
from amena.jobs.result import Result
from amena.jobs.wording import Text


class Map(NamedTuple):
    """One estimator's map, a part of the picture that holds all of them.

    Attributes:
        estimator: by which it can be asked for.
        title: for people.
        left: where the part begins, to the left of which the others lie, as `x` of the picture.
        is_now: whether the 3D photo is made with this depth.
        is_offered: whether one may still be made with it.
    """

    estimator: str
    title: Text
    left: int
    is_now: bool
    is_offered: bool


@dataclass(frozen=True)
class Comparison:
    """The maps of one finished 3D photo.

    Attributes:
        result: the 3D photo.
    """

    result: Result

    @property
    def job(self) -> Job | None:
        """The newest job that makes them or was to; None where nobody has asked for them."""
        jobs = (*self.result.exports, self.result.job)
        return next((job for job in jobs if "estimates" in job.options.get("outputs", ())), None)

    @property
    def is_active(self) -> bool:
        """Whether the estimates are being made."""
        return self.job is not None and self.job.is_active

    @property
    def problem(self) -> str:
        """Why they could not be made."""
        if self.job is None or self.job.state != State.FAILED:
            return ""
        return error_text(self.job.error_code, self.job.error_message)

    @property
    def picture(self) -> Artifact | None:
        """All maps in a row; None while they are not there."""
        return self.job.artifacts_by_kind.get("estimates") if self.job else None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of one map, or others of the same proportions."""
        return self.result.proportions

    @property
    def whole(self) -> int:
        """Width in pixels of the picture that holds all estimates side by side."""
        return self.size[0] * len(self._titles)

    @property
    def maps(self) -> Iterator[Map]:
        """Each of them, from left to right."""
        for number, title in enumerate(self._titles):
            text = wording.estimator(title)
            yield Map(
                title,
                text,
                -number * self.size[0],
                str(text) == str(self.result.depth_by),
                title in settings.DEPTH_ESTIMATORS,
            )

    @property
    def is_of_today(self) -> bool:
        """Whether they are of those that are offered now."""
        return self._titles == compared()

    @property
    def _titles(self) -> list[str]:
        return list(self.job.options.get("compare", ())) if self.job else []
