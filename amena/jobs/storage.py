"""Where files lie, and how they get there and away. The storage is Django's default one.

    photos/<photo>/original            as it was uploaded; never given out
    photos/<photo>/thumbnail.jpg       for the wall
    photos/<photo>/<job>/depth         the depth picture that came with an edit; never given out
    photos/<photo>/<job>/<attempt>/…   what one attempt has made

An attempt writes into a folder of its own, so that a worker thought lost that comes back cannot
touch the files of the one that took over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final
from uuid import UUID

from botocore.exceptions import BotoCoreError, ClientError
from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

#: What is raised where files cannot be reached or kept: by a disk, and by a bucket.
ERRORS: Final = (OSError, BotoCoreError, ClientError)

_CHUNK = 1 << 20
#: Files on their way at once: of a bucket, most of the time of each is waiting for its answer.
_AT_ONCE: Final = 4
_UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def photo_prefix(photo: UUID) -> str:
    """The folder of everything that belongs to one photo."""
    return f"photos/{photo}"


def original_key(photo: UUID) -> str:
    """The key of the file that was uploaded."""
    return f"{photo_prefix(photo)}/original"


def thumbnail_key(photo: UUID) -> str:
    """The key of a small JPEG of the photo, without metadata."""
    return f"{photo_prefix(photo)}/thumbnail.jpg"


def job_prefix(photo: UUID, job: UUID) -> str:
    """The folder of all attempts of one job."""
    return f"{photo_prefix(photo)}/{job}"


def depth_key(photo: UUID, job: UUID) -> str:
    """The key of the depth picture of an edit."""
    return f"{job_prefix(photo, job)}/depth"


def attempt_prefix(photo: UUID, job: UUID, attempt: int) -> str:
    """The folder of one attempt's results."""
    return f"{job_prefix(photo, job)}/{attempt}"


def save(key: str, content: File | bytes) -> None:
    """Stores `content` under exactly `key`.

    Raises:
        OSError: the storage took another name, which would lose the file.
    """
    file = ContentFile(content) if isinstance(content, bytes) else content
    stored = default_storage.save(key, file)
    if stored != key:
        default_storage.delete(stored)
        raise OSError(f"The storage would not take the name {key}.")


def save_path(key: str, path: Path) -> None:
    """Stores the file at `path` under `key`."""
    with path.open("rb") as file:
        save(key, File(file))


def save_paths(files: Mapping[str, Path]) -> None:
    """Stores files under their keys, several at once.

    Where one fails, it waits for those that are on their way and begins no other, so that what is
    deleted afterwards stays away.

    Raises:
        OSError: as `save`, and all of `ERRORS`: of the first file that could not be stored.
    """
    _at_once(partial(save_path, key, path) for key, path in files.items())


def fetch(key: str, path: Path, size: int | None = None) -> None:
    """Copies a stored file to `path`.

    Args:
        key: where the file lies.
        path: file to write.
        size: the bytes it had when it was stored, where that is on record.

    Raises:
        OSError: the storage gave another number of bytes: a part of the file, or an error in its
            place. What is wrong with that is not wrong with somebody's photo.
    """
    with default_storage.open(key) as source, path.open("wb") as target:
        for chunk in source.chunks(_CHUNK):
            target.write(chunk)
        got = target.tell()
    if size is not None and got != size:
        raise OSError(f"The storage gave {got} of {size} bytes of {key}.")


def fetch_several(files: Iterable[tuple[str, Path, int | None]]) -> None:
    """Copies stored files, given as what `fetch` takes, several at once.

    Raises:
        OSError: as `fetch`, and all of `ERRORS`: of the first file that could not be fetched.
    """
    _at_once(partial(fetch, *each) for each in files)


def read(key: str) -> bytes:
    """The content of a small file."""
    with default_storage.open(key) as file:
        content: bytes = file.read()
        return content


def photos() -> list[UUID]:
    """The photos of which files are stored."""
    folders, _files = _listed("photos")
    return [UUID(name) for name in folders if _UUID.fullmatch(name)]


def last_change(photo: UUID) -> datetime | None:
    """When the youngest file of a photo was stored; None where there is none."""
    return max(map(default_storage.get_modified_time, files(photo)), default=None)


def files(photo: UUID) -> list[str]:
    """The keys of all files that are stored of a photo."""
    return list(_files(photo_prefix(photo)))


def changed(key: str) -> datetime | None:
    """When the file was stored; None where it is gone, or the storage does not say."""
    try:
        return default_storage.get_modified_time(key)
    except (FileNotFoundError, ClientError):
        return None


def delete(key: str) -> None:
    """Deletes one file. What is gone already is no error."""
    default_storage.delete(key)


def _at_once(transfers: Iterable[Callable[[], None]]) -> None:
    """All of them; where one fails none goes on or begins any more, and its error is raised."""
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="files") as pool:
        try:
            running = [pool.submit(transfer) for transfer in transfers]
            for done in as_completed(running):
                done.result()
        except BaseException:  # also the time limit, which strikes this thread as it waits
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _files(prefix: str) -> Iterator[str]:
    folders, files = _listed(prefix)
    yield from (f"{prefix}/{name}" for name in files)
    for name in folders:
        yield from _files(f"{prefix}/{name}")


def _listed(prefix: str) -> tuple[list[str], list[str]]:
    try:
        return default_storage.listdir(prefix)
    except FileNotFoundError:
        return [], []


def delete_tree(prefix: str) -> None:
    """Deletes everything under `prefix`. What is gone already is no error."""
    folders, files = _listed(prefix)
    for name in files:
        default_storage.delete(f"{prefix}/{name}")
    for name in folders:
        delete_tree(f"{prefix}/{name}")
    # A folder is a thing of its own on a disk only; in a bucket this deletes nothing.
    default_storage.delete(prefix)


def delete_results(photo: UUID) -> None:
    """Deletes the original and all jobs' files; the thumbnail stays."""
    prefix = photo_prefix(photo)
    folders, _files = _listed(prefix)
    for name in folders:
        delete_tree(f"{prefix}/{name}")
    default_storage.delete(original_key(photo))


def delete_other_attempts(photo: UUID, job: UUID, kept: int) -> None:
    """Deletes what attempts other than `kept`, which count from 1, have left."""
    prefix = job_prefix(photo, job)
    folders, _files = _listed(prefix)
    for name in folders:
        if name != str(kept):
            delete_tree(f"{prefix}/{name}")
