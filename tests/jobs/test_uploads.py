"""What may come in, and how large."""

from __future__ import annotations

import io
import uuid
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from PIL import Image

from amena.accounts.models import User
from amena.engine.errors import PhotoError
from amena.jobs.models import Photo
from amena.jobs.uploads import accept, clean_name
from tests.jobs.samples import jpeg, uploaded


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def huge_png() -> bytes:
    """A PNG whose header says 30000×30000, with next to no data behind it."""
    small = bytearray(saved(Image.new("L", (64, 64)), "PNG"))
    header = b"IHDR" + (30000).to_bytes(4, "big") * 2 + bytes(small[24:29])
    small[12:33] = header + zlib.crc32(header).to_bytes(4, "big")
    return bytes(small)


def with_location() -> bytes:
    """A JPEG with GPS coordinates in its EXIF."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 8.0, 15.0), 3: "E", 4: (11.0, 34.0, 30.0)})
    return saved(Image.linear_gradient("L").convert("RGB"), "JPEG", exif=exif)


FRAMES = [Image.new("RGB", (80, 80), colour) for colour in ("red", "blue")]

REFUSED = {
    "text": (b"This is no picture at all. " * 20, "cannot read this format"),
    "svg": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "SVG drawing"),
    "jpeg 2000": (saved(Image.new("L", (80, 80)), "JPEG2000"), "JPEG 2000"),
    "video": (b"\0\0\0\x18ftypisom\0\0\0\0isommp42\0\0\0\x08moov", "video"),
    "html in a jpeg's clothes": (b"\xff\xd8\xff" + b"<script>alert(1)</script>" * 9, "damaged"),
    "truncated jpeg": (jpeg(640, 480)[:-600], "file is missing"),
    "30000×30000 png": (huge_png(), "megapixels"),
    "one pixel": (saved(Image.new("RGB", (1, 1)), "PNG"), "at least 64 pixels"),
    "empty": (b"", "empty"),
}
TAKEN = {
    "cmyk jpeg": saved(Image.new("CMYK", (80, 80)), "JPEG"),
    "16-bit png": saved(Image.new("I;16", (80, 80)), "PNG"),
    "png with alpha": saved(Image.new("RGBA", (80, 80)), "PNG"),
    "webp": saved(Image.new("RGB", (80, 80)), "WEBP"),
    "turned jpeg with a location": with_location(),
    "animated webp": saved(FRAMES[0], "WEBP", save_all=True, append_images=FRAMES[1:]),
    "gif": saved(Image.new("P", (80, 80)), "GIF"),
    "avif": saved(Image.new("RGB", (80, 80)), "AVIF"),
    "tiff": saved(Image.new("RGB", (80, 80)), "TIFF"),
}


@pytest.fixture
def client(user: User) -> Iterator[Client]:
    client = Client()
    client.force_login(user)
    yield client


def post(
    client: Client,
    content: bytes,
    name: str = "holiday.jpg",
    submission: uuid.UUID | None = None,
    **headers: str,
) -> Any:
    data = {
        "submission": submission or uuid.uuid4(),
        "motion": "circle",
        "photo": uploaded(content, name),
    }
    return client.post(reverse("wall"), data, headers=headers)


@pytest.mark.attack(
    "text, drawings, videos, pages in a JPEG's clothes, cut off, gigantic or empty files as photos",
    "refused in one line that says why",
)
@pytest.mark.parametrize("name", REFUSED)
def test_a_bad_file_is_refused_with_one_clear_line(client: Client, name: str) -> None:
    content, reason = REFUSED[name]
    response = post(client, content)
    assert response.status_code == 400
    assert reason in response.context["error"]
    assert "\n" not in response.context["error"]
    assert response.context["error"].endswith(".")
    assert response.content.decode().count('role="alert"') == 1
    assert not Photo.objects.exists()


@pytest.mark.parametrize("name", TAKEN)
def test_an_unusual_photo_is_taken(client: Client, name: str, sent: list[str]) -> None:
    response = post(client, TAKEN[name])
    photo = Photo.objects.get()
    assert response.status_code == 302
    assert response.url == reverse("photo", args=[photo.public_id])


def test_a_file_over_the_limit_is_a_413(client: Client, settings: Any, media: Path) -> None:
    settings.UPLOAD_MAX_BYTES = 1000
    response = post(client, jpeg(640, 480))
    assert response.status_code == 413
    assert "too large" in response.context["error"]
    assert not Photo.objects.exists()


def test_a_request_far_over_the_limit_is_not_even_read(client: Client, settings: Any) -> None:
    settings.UPLOAD_MAX_BYTES = 100
    response = post(client, jpeg(640, 480))
    assert response.status_code == 413


def test_no_file_at_all_is_a_clear_400(client: Client) -> None:
    response = client.post(reverse("wall"), {"motion": "circle"})
    assert response.status_code == 400


def test_an_unknown_motion_is_a_clear_400(client: Client) -> None:
    data = {"submission": uuid.uuid4(), "motion": "somersault", "photo": uploaded()}
    response = client.post(reverse("wall"), data)
    assert response.status_code == 400
    assert "somersault" in response.context["error"]


def test_over_the_quota_is_a_429_that_says_when_to_come_back(
    client: Client, settings: Any, sent: list[str]
) -> None:
    settings.QUOTA_ACTIVE_JOBS = settings.QUOTA_HELD_JOBS = 1
    assert [post(client, jpeg()).status_code for _ in range(2)] == [302, 302]
    response = post(client, jpeg())
    assert response.status_code == 429
    assert "You already have 1 photo waiting" in response.context["error"]
    assert int(response["Retry-After"]) > 0


@pytest.mark.attack(
    "photos and depth pictures from whoever has no room left",
    "refused before anything of them is looked at",
)
def test_without_room_a_file_is_not_looked_at_and_a_form_sent_again_is_known(
    client: Client, settings: Any, sent: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.QUOTA_ACTIVE_JOBS = settings.QUOTA_HELD_JOBS = 1
    known = uuid.uuid4()
    for each in (known, None, known):
        assert post(client, jpeg(), submission=each).status_code == 302
    monkeypatch.setattr("amena.jobs.sandbox.look", None)
    assert post(client, jpeg()).status_code == 429
    assert Photo.objects.count() == 2


def test_the_thumbnail_carries_no_metadata_and_is_upright() -> None:
    upload = accept(uploaded(with_location()))
    assert (upload.width, upload.height) == (256, 256)
    with Image.open(io.BytesIO(upload.thumbnail)) as small:
        assert dict(small.getexif()) == {}
    assert b"Exif" not in upload.thumbnail


def test_accept_leaves_the_file_at_its_start() -> None:
    file = uploaded()
    assert accept(file).file.read() == jpeg()
    with pytest.raises(PhotoError):
        accept(uploaded(b"nothing"))


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\photos\\me.jpg", "me.jpg"),
        ("a\x00b\nc.jpg", "abc.jpg"),
        ("x" * 300, "x" * 120),
        ("", "photo"),
        (None, "photo"),
        ("日本.heic", "日本.heic"),
    ],
)
def test_a_name_is_made_fit_for_display(name: str | None, shown: str) -> None:
    assert clean_name(name) == shown
