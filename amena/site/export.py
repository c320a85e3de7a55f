"""All that is kept about one person, as a ZIP archive that is made while it is sent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any, Final

from django.core.files.storage import default_storage
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model
from django.db.models.fields.reverse_related import ForeignObjectRel
from zipstream import ZIP_STORED, ZipStream

from amena.accounts.models import User
from amena.jobs import storage
from amena.jobs.models import Artifact, Photo

_CHUNK: Final = 1 << 20
#: Proofs of identity. Somebody who gets hold of the archive must not get in with them.
SECRETS: Final = {
    "password", "digest", "session_key", "session_data", "salt", "previous_salt",
}  # fmt: skip
_ENDINGS: Final = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp", "HEIF": "heic"}


def archive(user: User) -> Iterator[bytes]:
    """`account.json` with every row, and below `photos/` every file, the originals included.

    Files that are gone, since they have expired, are left out.
    """
    # Photos, videos and meshes are compressed already.
    stream = ZipStream(compress_type=ZIP_STORED)
    rows = {label: list(found) for label, found in _rows(user)}
    text = json.dumps(rows, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)
    stream.add(text, "account.json")
    for name, key in _files(user):
        if default_storage.exists(key):
            stream.add(_content(key), name)
    yield from stream


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


def _rows(user: User) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The person's rows by model."""
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
    for model, found in keys.items():
        names = [field.attname for field in model._meta.concrete_fields]
        kept = [name for name in names if name not in SECRETS]
        rows = model._base_manager.filter(pk__in=found).order_by("pk").values(*kept)
        yield model._meta.label, list(rows)


def _pointing_to(model: type[Model]) -> list[ForeignObjectRel]:
    """The foreign keys that point to `model`, those without a name for the way back too."""
    pointing = model._meta.get_fields(include_hidden=True)
    return [
        each for each in pointing if each.auto_created and (each.one_to_many or each.one_to_one)
    ]


def _files(user: User) -> Iterator[tuple[str, str]]:
    """Name in the archive, and key in the storage, of each file."""
    for photo in Photo.objects.for_user(user).order_by("pk"):
        folder = f"photos/{photo.public_id}"
        ending = _ENDINGS.get(photo.format, "bin")
        yield f"{folder}/original.{ending}", storage.original_key(photo.public_id)
        yield f"{folder}/thumbnail.jpg", storage.thumbnail_key(photo.public_id)
        artifacts = Artifact.objects.filter(job__photo=photo).select_related("job")
        for artifact in artifacts.order_by("pk"):
            name = PurePosixPath(artifact.key).name
            yield f"{folder}/{artifact.job.public_id}/{name}", artifact.key


def _content(key: str) -> Iterator[bytes]:
    """Opened when its turn comes, so that one file at a time is."""
    with default_storage.open(key) as file:
        yield from file.chunks(_CHUNK)
