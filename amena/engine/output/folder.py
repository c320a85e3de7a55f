"""Results appear in a folder all together or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from amena.engine.errors import OptionsError


@contextmanager
def all_or_nothing(folder: Path, keep: Path) -> Iterator[Path]:
    """A work folder whose files move into `folder` when the body ends without an error.

    A new folder appears by one rename. In one that exists, files of the same names are replaced and
    others left alone.

    Args:
        folder: where the files go; need not exist.
        keep: a file that must not be replaced (the photo itself).

    Raises:
        OptionsError: a folder cannot be made or written to, or `keep` is in the way.
    """
    folder = folder.absolute()
    with _folder_errors(folder):
        work = _work_folder(folder)
    try:
        yield work
        with _folder_errors(folder):
            _move(work, folder, keep)
    finally:
        shutil.rmtree(work, ignore_errors=True)


@contextmanager
def _folder_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except (FileExistsError, NotADirectoryError) as error:
        raise OptionsError(f"{error.filename} is not a folder. Choose another one.") from error
    except OSError as error:
        raise OptionsError(f"Cannot write to {folder}: {error.strerror}.") from error


def _work_folder(folder: Path) -> Path:
    """Beside `folder`, or inside it where it is another disk or the parent is not writable."""
    if folder.exists() and not folder.is_dir():
        raise FileExistsError(0, "", str(folder))
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    inside = Path(tempfile.mkdtemp(prefix=".amena-", dir=folder))  # proves that it can be written
    try:
        beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError:
        return inside
    if beside.stat().st_dev != folder.stat().st_dev:
        beside.rmdir()
        return inside
    inside.rmdir()
    return beside


def _move(work: Path, folder: Path, keep: Path) -> None:
    if not folder.exists():
        mask = os.umask(0)
        os.umask(mask)
        work.chmod(0o777 & ~mask)  # temporary folders are private, this one no longer is
        work.rename(folder)
        return
    files = sorted(work.iterdir())
    for file in files:
        target = folder / file.name
        if target.is_dir():
            raise OptionsError(f"Cannot write {target}, which is a folder.")
        if target.exists() and target.samefile(keep):
            raise OptionsError(f"{target} is the photo itself. Choose another folder.")
    for file in files:
        file.replace(folder / file.name)
