"""Pages of a list that may be very long: no page costs more for rows that it does not show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from amena.jobs.models import Photo, PhotoQuerySet

SIZE: Final = 24
#: So far rows are counted for a page near the beginning; of more it says that there are more.
COUNTED: Final = 1000


@dataclass(frozen=True)
class Page:
    """Some photos of a list.

    Attributes:
        photos: in the list's order.
        number: counts from 1.
        total: photos of the whole list; None: more than `COUNTED`.
        has_next: whether others follow.
    """

    photos: list[Photo]
    number: int
    total: int | None
    has_next: bool

    @property
    def all(self) -> int | None:
        """How many pages there are; None where that was not counted."""
        return None if self.total is None else max(-(-self.total // SIZE), 1)

    @property
    def has_previous(self) -> bool:
        """Whether others come before."""
        return self.number > 1

    @property
    def at_least(self) -> str:
        """The number of all photos, `1000+` for more than are counted."""
        return f"{COUNTED}+" if self.total is None else str(self.total)


def page(found: PhotoQuerySet, asked: int | str) -> Page:
    """One page; the nearest one where there is no such page, the first where `asked` is no number.

    Args:
        found: ordered photos.
        asked: counts from 1.
    """
    number = _number(asked)
    few = found[: COUNTED + 1].count()  # in the index's order, so that no others' rows are read
    if few > COUNTED and number * SIZE <= COUNTED:
        rows = list(found[(number - 1) * SIZE : number * SIZE])
        return Page(rows, number, None, has_next=True)
    total = few if few <= COUNTED else found.count()
    number = min(number, max(-(-total // SIZE), 1))
    start, end = (number - 1) * SIZE, min(number * SIZE, total)
    if start <= total // 2:
        rows = list(found[start:end])
    else:  # from the other end, which is nearer
        rows = list(found.reverse()[total - end : total - start])[::-1]
    return Page(rows, number, total, has_next=end < total)


def _number(asked: int | str) -> int:
    try:
        return max(int(asked), 1)
    except ValueError:  # also of thousands of digits
        return 1
