"""Several photos at once: what their archive holds, and that one undo brings all of them back."""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

if TYPE_CHECKING:
    from amena.accounts.models import User
    from amena.jobs.models import Job, Photo

pytestmark = pytest.mark.django_db


@pytest.fixture
def made(make_job: Callable[..., Job], make_photo: Callable[..., Photo]) -> Callable[..., Photo]:
    """Makes finished photos with files that say which photo they are of."""
    from amena.jobs import storage
    from amena.jobs.files import FILE_TYPES
    from amena.jobs.models import Artifact, State

    def make(name: str, owner: User | None = None, content: bytes = b"") -> Photo:
        photo = make_photo(**({"owner": owner} if owner else {}), name=name)
        job = make_job(State.SUCCEEDED, photo=photo)
        for file in ("video.mp4", "scene.amena", "scene.glb"):
            kind, content_type, _output = FILE_TYPES[file]
            key = f"{storage.attempt_prefix(photo.public_id, job.public_id, 1)}/{file}"
            storage.save(key, content or str(photo.public_id).encode())
            Artifact.objects.create(job=job, kind=kind, key=key, size=1, content_type=content_type)
        return photo

    return make


@pytest.fixture
def client(user: User) -> Client:
    """The browser of who owns the photos."""
    found = Client(headers={"Accept-Language": "en"})
    found.force_login(user)
    return found


def download(client: Client, *photos: Photo, **fields: Any) -> zipfile.ZipFile:
    data = {"photo": [str(each.public_id) for each in photos], **fields}
    response = client.post(reverse("download-photos"), data)
    assert response.status_code == 200, response.content
    assert response["Content-Type"] == "application/zip"
    assert response["Content-Disposition"].startswith('attachment; filename="amena-')
    assert "no-store" in response["Cache-Control"]
    found = zipfile.ZipFile(io.BytesIO(response.getvalue()))
    assert found.testzip() is None
    return found


@pytest.mark.attack(
    "photos named by 120 emoji or kanji, as Windows' devices, as folders, and alike but for the "
    "way an accent is written, in one archive (on many systems it could not be unpacked)",
    "each file has a name of its own that every system takes",
)
@pytest.mark.parametrize("what", ["videos", "all"])
def test_an_archive_of_odd_names_can_be_unpacked_anywhere(
    client: Client, made: Callable[..., Photo], tmp_path: Path, what: str
) -> None:
    from amena.jobs import uploads

    accents = [unicodedata.normalize(form, "café.jpg") for form in ("NFC", "NFD")]
    odd = [
        "\N{CAMERA}" * 130,
        "\N{CAMERA}" * 119 + "a",
        "写" * 130 + ".jpg",
        "CON",
        "aux.jpg",
        "Lpt1",
    ]
    odd += [*accents, "..", "...", " .", "a:b.jpg", 'x"?*|<>.png', "\u202egpj.exe", "a\x00\r\n.jpg"]
    photos = [made(uploads.clean_name(name)) for name in odd]
    found = download(client, *photos, files=what)
    out = tmp_path / "out"
    found.extractall(out)
    files = [each for each in out.rglob("*") if each.is_file()]
    assert len(files) == len(found.namelist()) == len(odd) * (2 if what == "all" else 1)
    names = [each.filename for each in found.infolist()]
    assert len({unicodedata.normalize("NFC", each).casefold() for each in names}) == len(names)
    for part in {part for name in names for part in name.split("/")}:
        assert len(part.encode()) <= 255, part
        assert not re.search(r'[<>:"\\\\|?*\x00-\x1f\u202e]|[ .]$', part), part
        assert not re.fullmatch(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?", part), part


def test_photos_of_one_name_do_not_collide_and_what_is_missing_is_named(
    client: Client,
    user: User,
    made: Callable[..., Photo],
    make_job: Callable[..., Job],
    make_photo: Callable[..., Photo],
) -> None:
    from amena.jobs.models import State

    first, second, third = made("a.jpg"), made("a.jpg"), made("A.png")
    waiting = make_photo(name="late.jpg")
    make_job(State.RUNNING, photo=waiting)
    failed = make_photo(name="odd.jpg")
    make_job(State.FAILED, photo=failed)
    found = download(client, first, second, third, waiting, failed)
    contents = {name: found.read(name).decode("utf-8-sig") for name in found.namelist()}
    lines = contents.pop("Not included.txt").split("\r\n")
    assert set(lines) == {"late.jpg: Opening the photo", "odd.jpg: Failed", ""}
    assert contents == {
        "A-video.mp4": str(third.public_id),
        "a-video (2).mp4": str(second.public_id),
        "a-video (3).mp4": str(first.public_id),
    }


def test_all_files_stand_in_a_folder_for_each_photo_that_leads_nowhere_else(
    client: Client, made: Callable[..., Photo]
) -> None:
    photos = [made(name) for name in ("a.jpg", "a.jpg", "..", "v1.2 .jpg")]
    names = download(client, *photos, files="all").namelist()
    folders = ("v1.2", "photo", "a", "a (2)")
    assert {name.partition("/")[0] for name in names} == set(folders)
    assert len(names) == 8, "Each has its video and its model, and nothing of the engine's own."
    assert all(".." not in Path(name).parts for name in names)


def test_a_file_that_is_gone_is_named(
    client: Client, made: Callable[..., Photo], media: Path
) -> None:  # fmt: skip
    kept, lost = made("kept.jpg"), made("lost.jpg")
    next((media / "photos" / str(lost.public_id)).rglob("video.mp4")).unlink()
    found = download(client, kept, lost)
    assert b"lost-video.mp4: No longer stored" in found.read("Not included.txt")
    assert "kept-video.mp4" in found.namelist()


@pytest.mark.django_db(transaction=True)
def test_what_is_deleted_while_it_is_sent_comes_whole_or_is_named(
    client: Client, made: Callable[..., Photo], media: Path
) -> None:
    """Photos are deleted, and their files removed, in the middle of two downloads of them."""
    from amena.jobs.services import deletion

    content = bytes(range(256)) * 8192  # 2 MB, which go out in parts
    first, second = made("first.jpg", content=content), made("second.jpg", content=content)
    chosen = {"photo": [str(each.public_id) for each in (first, second)]}
    archive = client.post(reverse("download-photos"), chosen)
    video = client.get(f"/files/{first.jobs.get().artifacts_by_kind['video'].public_id}/")
    sending = [iter(each.streaming_content) for each in (archive, video)]
    begun = [next(each) + next(each) for each in sending]
    assert max(map(len, begun)) < len(content)
    deletion.delete(first, second)
    deletion.purge_deleted()
    assert not list((media / "photos").rglob("video.mp4"))
    packed, film = (start + b"".join(rest) for start, rest in zip(begun, sending, strict=True))
    assert film == content
    with zipfile.ZipFile(io.BytesIO(packed)) as found:
        assert found.testzip() is None
        assert found.namelist()[0] == "second-video.mp4", "The newest comes first."
        assert found.read("second-video.mp4") == content
        (missing,) = found.namelist()[1:]
        assert found.read(missing).decode("utf-8-sig").startswith("first-video.mp4: ")


def test_nobody_gets_or_deletes_what_is_somebody_else_s(
    client: Client,
    made: Callable[..., Photo],
    other: User,
) -> None:
    from amena.jobs.models import Photo

    mine, theirs = made("mine.jpg"), made("theirs.jpg", owner=other)
    assert download(client, mine, theirs).namelist() == ["mine-video.mp4"]
    assert download(client, all="1").namelist() == ["mine-video.mp4"]
    for name in ("download-photos", "delete-photos"):
        for ids in ([str(theirs.public_id)], ["x"], []):
            answer = client.post(reverse(name), {"photo": ids})
            assert answer.status_code == 400
            assert b"Select at least one photo." in answer.content
    client.post(reverse("delete-photos"), {"photo": [str(theirs.public_id), str(mine.public_id)]})
    assert list(Photo.objects.filter(deleted_at=None)) == [theirs]


def test_where_none_is_ready_the_page_says_so(
    client: Client, make_job: Callable[..., Job]
) -> None:  # fmt: skip
    photo = make_job().photo
    answer = client.post(reverse("download-photos"), {"photo": [str(photo.public_id)]})
    assert answer.status_code == 400
    assert b"None of these photos is ready yet." in answer.content


def test_all_means_what_the_wall_was_narrowed_to_on_every_page(
    client: Client, made: Callable[..., Photo]
) -> None:
    for n in range(27):
        made(f"sea {n}.jpg")
    made("hill.jpg")
    assert len(download(client, all="1", q="sea").namelist()) == 27
    assert len(download(client, all="1", show="ready").namelist()) == 28


def test_one_undo_brings_back_what_was_deleted_together_and_no_more(
    client: Client,
    user: User,
    made: Callable[..., Photo],
) -> None:
    from amena.jobs.models import Photo

    before, *photos = (made(f"{n}.jpg") for n in range(4))
    client.post(reverse("delete", args=[before.public_id]))
    ids = [str(each.public_id) for each in photos]
    gone = client.post(reverse("delete-photos"), {"photo": ids})
    assert not Photo.objects.for_user(user).exists()
    page = client.get(gone["Location"])
    assert b"3 photos deleted" in page.content
    (deleted,) = parse_qs(urlsplit(gone["Location"]).query)["deleted"]
    client.post(reverse("restore", args=[deleted]))
    assert set(Photo.objects.for_user(user)) == set(photos)


def test_an_archive_of_much_is_never_whole_in_memory(
    user: User,
    made: Callable[..., Photo],
    django_assert_max_num_queries: Any,
) -> None:
    import tracemalloc

    from amena.jobs import archives, collection

    keys = [made(f"{n}.jpg", content=b"a" * 5_000_000).pk for n in range(8)]
    sending = archives.Archive(collection.members(user, keys, "videos"))
    tracemalloc.start()
    try:
        with django_assert_max_num_queries(6):
            total = sum(map(len, sending))
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        sending.close()
    assert total > 40_000_000
    assert most < 5_000_000
