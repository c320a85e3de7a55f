"""Pages of a list that may be very long: no page costs more for rows that it does not show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.db.models import QuerySet

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
        """Whether there is a page before this one."""
        return self.number > 1

    @property
    def at_least(self) -> str:
        """The number of all photos, `1000+` for more than are counted."""
        return f"{COUNTED}+" if self.total is None else str(self.total)


def page(photos: PhotoQuerySet, keys: QuerySet[Any, int], asked: int | str) -> Page:
    """One page; the nearest one where there is no such page, the first where `asked` is no number.

    Args:
        photos: where the page's rows are read, in the same order.
        keys: primary keys of all photos of the list, ordered.
        asked: counts from 1.
    """
    number = _number(asked)
    first = list(keys[: COUNTED + 1])  # in the index's order, so that no others' rows are read
    if len(first) > COUNTED and number * SIZE <= COUNTED:
        chosen = first[(number - 1) * SIZE : number * SIZE]
        return Page(_read(photos, chosen), number, None, has_next=True)
    total = len(first) if len(first) <= COUNTED else keys.count()
    number = min(number, max(-(-total // SIZE), 1))
    start, end = (number - 1) * SIZE, min(number * SIZE, total)
    if end <= len(first):
        chosen = first[start:end]
    elif start <= total // 2:
        chosen = list(keys[start:end])
    else:  # from the other end, which is nearer
        chosen = list(keys.reverse()[total - end : total - start])
    return Page(_read(photos, chosen), number, total, has_next=end < total)


def _read(photos: PhotoQuerySet, keys: list[int]) -> list[Photo]:
    return list(photos.filter(pk__in=keys))


def _number(asked: int | str) -> int:
    try:
        return max(int(asked), 1)
    except ValueError:  # also of thousands of digits
        return 1
