"""All that is kept about one person, as the files of one archive."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any, Final

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model
from django.db.models.fields.reverse_related import ForeignObjectRel

from amena.accounts.models import User
from amena.engine.photo.kinds import ACCEPT
from amena.jobs import archives, storage
from amena.jobs.models import Photo

#: Proofs of identity: somebody who gets hold of the archive must not get in with them. And what a
#: job's failure says of the operator's machines.
SECRETS: Final = {
    "password", "digest", "session_key", "session_data", "salt", "previous_salt", "staff_reason",
}  # fmt: skip
#: Formats whose files do not end in the format's own name.
_ENDINGS: Final = {"JPEG": "jpg", "HEIF": "heic", "TIFF": "tif"}


def members(user: User) -> Iterator[archives.Member]:
    """`account.json` with every row, and below `photos/` every file, the originals included.

    Files that are gone, since they have expired, are left out.
    """
    yield "account.json", _account(user)
    for name, key in _files(user):
        if content := archives.stored(key):
            yield name, content


def models_of_people() -> dict[type[Model], list[ForeignObjectRel]]:
    """Every model whose rows belong to somebody, with the keys by which it is reached from User."""
    found: dict[type[Model], list[ForeignObjectRel]] = {User: []}
    waiting: list[type[Model]] = [User]
    while waiting:
        for relation in _pointing_to(waiting.pop()):
            owned = relation.related_model
            if owned not in found:
                found[owned] = []
                waiting.append(owned)
            found[owned].append(relation)
    return found


def _account(user: User) -> Iterator[bytes]:
    """Rows by model, as one JSON object."""
    between = "{"
    for model, keys in _keys(user).items():
        yield f'{between}\n"{model._meta.label}": ['.encode()
        between = "\n"
        for row in _rows(model, sorted(keys)):
            text = json.dumps(row, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)
            yield f"{between}{text}".encode()
            between = ",\n"
        yield b"]"
        between = ","
    yield b"\n}\n"


def _rows(model: type[Model], keys: list[Any]) -> Iterator[dict[str, Any]]:
    names = [field.attname for field in model._meta.concrete_fields]
    kept = [name for name in names if name not in SECRETS]
    for some in archives.batched(keys):
        yield from model._base_manager.filter(pk__in=some).order_by("pk").values(*kept)


def _keys(user: User) -> dict[type[Model], set[Any]]:
    """The keys of the person's rows by model."""
    keys: dict[type[Model], set[Any]] = {User: {user.pk}}
    growing = True
    while growing:  # until a round finds no more: exports belong to jobs, which are jobs too
        before = sum(map(len, keys.values()))
        for model, relations in models_of_people().items():
            for relation in relations:
                owners = keys.get(relation.model, set())
                mine = model._base_manager.filter(**{f"{relation.field.name}__in": owners})
                keys.setdefault(model, set()).update(mine.values_list("pk", flat=True))
        growing = sum(map(len, keys.values())) > before
    return keys


def _pointing_to(model: type[Model]) -> list[ForeignObjectRel]:
    """The foreign keys that point to `model`, those without a name for the way back too."""
    pointing = model._meta.get_fields(include_hidden=True)
    return [
        each for each in pointing if each.auto_created and (each.one_to_many or each.one_to_one)
    ]


def ending(photo: Photo) -> str:
    """What the name of a photo's file ends in, so that other programs open it.

    Raw files of all cameras are one format here; each keeps the ending that it came with.
    """
    if photo.format == "RAW":
        suffix = PurePosixPath(photo.name).suffix.lower()
        return suffix[1:] if suffix in ACCEPT.split(",") else "dng"
    return _ENDINGS.get(photo.format, photo.format.lower())


def _files(user: User) -> Iterator[tuple[str, str]]:
    """Name in the archive, and key in the storage, of each file."""
    photos = Photo.objects.for_user(user).order_by("pk")
    for some in archives.batched(list(photos.values_list("pk", flat=True))):
        for photo in photos.filter(pk__in=some).prefetch_related("jobs__artifacts"):
            folder = f"photos/{photo.public_id}"
            yield f"{folder}/original.{ending(photo)}", storage.original_key(photo.public_id)
            yield f"{folder}/thumbnail.jpg", storage.thumbnail_key(photo.public_id)
            for job in photo.jobs.all():
                for artifact in job.artifacts.all():
                    name = PurePosixPath(artifact.key).name
                    yield f"{folder}/{job.public_id}/{name}", artifact.key
