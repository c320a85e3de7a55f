"""What was made of several photos, as the files of one archive."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from amena.accounts.models import User
from amena.jobs import archives, selectors
from amena.jobs.cards import Card, card_of, queue_of, still_there
from amena.jobs.files import UNLISTED
from amena.jobs.models import Artifact, Job, PhotoQuerySet, State

#: What Windows takes for a device, whatever the folder.
_DEVICE: Final = re.compile(r"con|prn|aux|nul|(com|lpt)[0-9¹²³]", re.IGNORECASE)
#: What may be asked for → how people choose it.
WHAT: Final[dict[str, Promise]] = {
    "videos": gettext_lazy("Videos"),
    "all": gettext_lazy("All files"),
}


def keys(photos: PhotoQuerySet) -> list[int]:
    """The keys of photos that a person has chosen, in their order; few bytes each."""
    return list(photos.prefetch_related(None).values_list("pk", flat=True))


def is_any_made(chosen: Sequence[int]) -> bool:
    """Whether at least one of the photos has a result."""
    return Job.objects.filter(photo__in=chosen, state=State.SUCCEEDED).motions().exists()


def members(user: User, chosen: Sequence[int], what: str) -> Iterator[archives.Member]:
    """The files of the photos' main versions, and last a list of what is not among them, and why.

    Args:
        user: whose photos. Keys of other people's photos are passed over.
        chosen: keys of photos.
        what: one of `WHAT`: each photo's video, or a folder for each with all that was made.
    """
    taken: set[str] = set()
    left_out = []
    for some in archives.batched(chosen):
        found = {each.pk: each for each in selectors.photos(user).filter(pk__in=some)}
        photos = [found[key] for key in some if key in found]
        queue = queue_of(photos)
        for photo in still_there(photos):
            card = card_of(photo, queue)
            if card.result is None:
                left_out.append((photo.name, card.status))
            for name, artifact in _named(card, what, taken):
                if content := archives.stored(artifact.key):
                    yield name, content
                else:
                    left_out.append((artifact.filename, _("No longer stored")))
    if left_out:
        yield _("Not included.txt"), _list(left_out)


def _named(card: Card, what: str, taken: set[str]) -> Iterator[tuple[str, Artifact]]:
    """Each file with a name that no other has."""
    files = {kind: file for kind, file in card.files.items() if kind not in UNLISTED}
    if what == "videos":
        files = {kind: file for kind, file in files.items() if kind == "video"}
    elif files:
        # A folder's name may neither lead out of the archive nor end as Windows takes none.
        stem = card.photo.stem.strip(" .") or "photo"
        folder = _free(f"{stem}-" if _DEVICE.fullmatch(stem) else stem, taken)
        yield from ((f"{folder}/{file.filename}", file) for file in files.values())
        return
    yield from ((_free(file.filename, taken), file) for file in files.values())


def _free(name: str, taken: set[str]) -> str:
    """The name, with a number where it is taken; many systems take two cases for one letter, and
    a letter with its accent for both of them apart.
    """
    stem, dot, ending = name.rpartition(".") if "." in name else (name, "", "")
    number, found = 1, name
    while _same(found) in taken:
        number += 1
        found = f"{stem} ({number}){dot}{ending}"
    taken.add(_same(found))
    return found


def _same(name: str) -> str:
    """What names have in common that are one on some system."""
    return unicodedata.normalize("NFC", name).casefold()


def _list(left_out: list[tuple[str, str]]) -> Iterator[bytes]:
    # With a byte order mark and both characters of a line's end, which Windows' editors look for.
    text = "".join(f"{name}: {why}\r\n" for name, why in left_out)
    yield text.encode("utf-8-sig")
