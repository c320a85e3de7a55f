from __future__ import annotations

import json
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from amena.engine.errors import EngineError
from amena.engine.geometry.camera import build_path
from amena.engine.layering.layers import build_layers
from amena.engine.output.effects import defocused
from amena.engine.pixels.fill import fill_texture
from amena.engine.render.warp import WarpRenderer
from amena.engine.scene.file import load_scene, save_scene
from amena.engine.scene.scene import Scene, Sources, rest_view
from amena.engine.types import ByteImage, Disparity, LayeredDepthImage, Photo
from tests.engine.scenes import noise_photo

pytestmark = pytest.mark.slow

WIDTH, HEIGHT = 256, 192


def raw_scene(width: int = WIDTH, height: int = HEIGHT) -> Scene:
    """A small disc before a wall that recedes to the right; not quantised."""
    rgb = noise_photo(height, width).rgb.copy()
    disc = np.hypot(*np.mgrid[-height // 2 : height // 2, -width // 2 : width // 2]) < height / 6
    rgb[disc] = noise_photo(height, width, seed=1).rgb[disc]
    wall = np.broadcast_to(np.linspace(0.4, 0.1, width, dtype=np.float32), (height, width))
    disparity = Disparity(np.where(disc, np.float32(0.8), wall), "uploaded")
    layers = build_layers(
        Photo(rgb, (width, height), "PNG"), disparity, 0.06, fill_texture, (16, 16)
    )
    tiles = {bytes(range(16)): np.ones((128, 128, 3), np.int8)}
    sources = Sources(rgb, disparity.values, tiles)
    return Scene(layers, disparity, 0.06, 0.05, 0.4, (4000, 3000), sources)


@pytest.fixture(scope="module")
def scene() -> Scene:
    return replace(raw_scene(), ignored=("EXIF",)).quantised()


@pytest.fixture
def saved(scene: Scene, tmp_path: Path) -> Path:
    path = tmp_path / "scene.amena"
    save_scene(scene, path)
    return path


def frames(image: LayeredDepthImage, motion: str) -> list[ByteImage]:
    return list(WarpRenderer().render(image, build_path(motion, 8, 0.06, 0.4)))


@pytest.mark.parametrize("motion", ["circle", "swing", "dolly-zoom", "orbit"])
def test_a_saved_scene_renders_the_same_pixels(scene: Scene, saved: Path, motion: str) -> None:
    loaded = load_scene(saved)
    for first, later in zip(
        frames(scene.layers, motion), frames(loaded.layers, motion), strict=True
    ):
        assert np.array_equal(first, later)


def test_lens_effects_and_stills_are_the_same_too(scene: Scene, saved: Path) -> None:
    loaded = load_scene(saved)
    assert np.array_equal(rest_view(scene.layers), rest_view(loaded.layers))
    first, later = (defocused(each.layers, 0.1, 1.0) for each in (scene, loaded))
    assert np.array_equal(frames(first, "circle")[3], frames(later, "circle")[3])


def test_everything_else_survives(scene: Scene, saved: Path) -> None:
    loaded = load_scene(saved)
    assert np.array_equal(loaded.disparity.values, scene.disparity.values)
    assert np.array_equal(loaded.layers.disoccluded, scene.layers.disoccluded)
    assert loaded.disparity.source == scene.disparity.source
    assert loaded.sources is not None and scene.sources is not None
    assert np.array_equal(loaded.sources.rgb, scene.sources.rgb)
    assert list(loaded.sources.tiles) == list(scene.sources.tiles)
    assert np.array_equal(*(next(iter(x.sources.tiles.values())) for x in (loaded, scene)))
    assert (loaded.layers.margin, loaded.layers.photo_size) == (
        scene.layers.margin,
        scene.layers.photo_size,
    )
    for name in ("amplitude", "budget", "focus", "original_size", "ignored"):
        assert getattr(loaded, name) == getattr(scene, name)


def test_a_film_reads_nothing_of_what_the_scene_was_made_from(scene: Scene, saved: Path) -> None:
    rewrite(saved, "photo.webp", b"damaged")
    assert refusal(saved)
    loaded = load_scene(saved, sources=False)
    assert loaded.sources is None
    for first, later in zip(scene.layers.layers, loaded.layers.layers, strict=True):
        assert np.array_equal(first.rgb, later.rgb) and np.array_equal(first.alpha, later.alpha)
        assert np.array_equal(first.disparity, later.disparity)


def test_saving_what_was_loaded_gives_the_same_file(saved: Path, tmp_path: Path) -> None:
    save_scene(load_scene(saved), tmp_path / "again.amena")
    with zipfile.ZipFile(saved) as one, zipfile.ZipFile(tmp_path / "again.amena") as other:
        assert one.namelist() == other.namelist()
        for name in one.namelist():
            assert one.read(name) == other.read(name)


def test_quantising_shows_nowhere() -> None:
    raw = raw_scene()
    for exact, quantised in zip(
        frames(raw.layers, "circle"), frames(raw.quantised().layers, "circle"), strict=True
    ):
        difference = np.abs(exact.astype(int) - quantised)
        assert difference.mean() < 0.1
        assert difference.max() <= 8


def test_near_layers_are_kept_only_where_they_are_seen(scene: Scene, saved: Path) -> None:
    assert len(scene.layers.layers) > 1
    with zipfile.ZipFile(saved) as archive:
        manifest = json.loads(archive.read("scene.json"))
        top, bottom, left, right = manifest["boxes"][1]
        rows, columns = np.nonzero(scene.layers.layers[1].alpha)
        assert 0 < rows.min() - top <= 8 and 0 < bottom - 1 - rows.max() <= 8
        assert 0 < columns.min() - left <= 8 and 0 < right - 1 - columns.max() <= 8


def test_a_layer_that_nothing_shows_of_is_no_obstacle(scene: Scene, tmp_path: Path) -> None:
    back, near, *_ = scene.layers.layers
    nothing = replace(near, alpha=np.zeros_like(near.alpha))
    empty = replace(scene, layers=replace(scene.layers, layers=(back, nothing))).quantised()
    save_scene(empty, tmp_path / "scene.amena")
    loaded = load_scene(tmp_path / "scene.amena")
    assert np.array_equal(rest_view(loaded.layers), rest_view(empty.layers))


def test_a_scene_is_smaller_than_its_photo_uncompressed(tmp_path: Path) -> None:
    big = raw_scene(960, 720).quantised()
    save_scene(big, tmp_path / "scene.amena")
    assert (tmp_path / "scene.amena").stat().st_size < 3 * 960 * 720


def rewrite(path: Path, name: str, content: bytes | None) -> None:
    """Replace a member of the archive, or leave it out."""
    with zipfile.ZipFile(path) as archive:
        members = {each: archive.read(each) for each in archive.namelist()}
    members.pop(name)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for each, data in members.items():
            archive.writestr(each, data)
        if content is not None:
            archive.writestr(name, content)


def refusal(path: Path) -> str:
    with pytest.raises(EngineError) as raised:
        load_scene(path)
    assert raised.value.code == "bad_scene"
    assert "\n" not in raised.value.message
    return raised.value.message


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("scene.json", None),
        ("scene.json", b"{"),
        ("scene.json", b"[]"),
        ("scene.json", b"[" * 90_000),
        ("disparity", None),
        ("disparity", b"short"),
        ("disparity", bytes(10_000_000)),
        ("disoccluded", b""),
        ("photo.webp", None),
        ("photo.webp", b"RIFF"),
        ("estimate", b"short"),
        ("tiles", bytes(17)),
        ("layer-0.webp", b"RIFF"),
        ("layer-1.webp", None),
        ("layer-1.disparity", b"\0"),
    ],
)
def test_a_damaged_scene_is_refused_with_one_clear_line(
    name: str, content: bytes | None, saved: Path
) -> None:
    rewrite(saved, name, content)
    assert "Make the 3D photo again" in refusal(saved)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("photo_size", [256, -192]),
        ("photo_size", [256]),
        ("photo_size", [10**6, 10**6]),
        ("margin", ["16", 16]),
        ("boxes", []),
        ("boxes", [[0, 224, 0, 288]] * 9),
        ("boxes", [[0, 224, 0, 10_000]]),
        ("boxes", [[5, 5, 0, 288]]),
        ("boxes", "none"),
        ("focus", None),
        ("format", "another"),
    ],
)
def test_a_manifest_that_contradicts_its_pictures_is_refused(
    key: str, value: object, saved: Path
) -> None:
    with zipfile.ZipFile(saved) as archive:
        manifest = json.loads(archive.read("scene.json"))
    rewrite(saved, "scene.json", json.dumps({**manifest, key: value}).encode())
    assert "Make the 3D photo again" in refusal(saved)


def test_another_version_is_named(saved: Path) -> None:
    with zipfile.ZipFile(saved) as archive:
        manifest = json.loads(archive.read("scene.json"))
    rewrite(saved, "scene.json", json.dumps({**manifest, "version": 99}).encode())
    assert "has version 99" in refusal(saved)


@pytest.mark.parametrize("content", [b"", b"PK", b"no archive at all"])
def test_a_file_that_is_no_archive_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "scene.amena"
    path.write_bytes(content)
    refusal(path)


def test_a_truncated_file_is_refused(saved: Path) -> None:
    content = saved.read_bytes()
    for share in (0.1, 0.5, 0.99):
        saved.write_bytes(content[: int(len(content) * share)])
        refusal(saved)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    refusal(tmp_path / "scene.amena")


def test_a_flipped_byte_is_noticed(saved: Path) -> None:
    """A flip that names another of two equal runs of bytes changes nothing: no refusal needed."""
    content, whole = bytearray(saved.read_bytes()), members(saved)
    refused = 0
    for position in range(500, len(content) - 2000, len(content) // 12):
        damaged = content.copy()
        damaged[position] ^= 0x10
        saved.write_bytes(damaged)
        if members(saved) != whole:
            refusal(saved)
            refused += 1
    assert refused >= 10


def members(path: Path) -> dict[str, bytes] | None:
    """What the archive holds, None if it cannot be read."""
    try:
        with zipfile.ZipFile(path) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError):
        return None
