"""Licences of all that the images hold: each is known, and NOTICE names those with terms."""

from __future__ import annotations

import re
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import yaml

ROOT = Path(__file__).parent.parent
#: What docker/install.sh puts into the images. CUDA's libraries are on few machines; see below.
LOCKS = ("web", "engine", "huggingface", "onnx")
#: Ask for their notice to be kept, and for nothing else.
PERMISSIVE = (
    "0bsd", "apache", "bsd", "bsl-1.0", "cc0", "cnri-python", "isc", "llvm-exception", "mit",
    "mit-0", "mit-cmu", "psf", "psfl", "python software foundation", "unlicense", "zlib",
    "zope public", "zpl",
)  # fmt: skip
#: Terms that NOTICE has to explain.
WITH_TERMS = ("agpl", "gpl", "lgpl", "mpl", "mozilla public", "gnu")
#: Packages whose wheel holds more than its metadata says.
WHEELS = {"imageio-ffmpeg": "gpl", "pillow-heif": "gpl", "opencv-python-headless": "lgpl"}
#: Packages whose metadata says nothing that can be read, by their own LICENSE file.
SAID_ELSEWHERE = {"openexr": "bsd-3-clause", "python3-openid": "apache"}


def locked(name: str) -> set[str]:
    text = (ROOT / "requirements" / f"{name}.txt").read_text("utf-8")
    return {each.lower() for each in re.findall(r"^([A-Za-z0-9._-]+)(?:\[.*\])?==", text, re.M)}


def licence(found: Distribution, name: str) -> str:
    """As the package itself says it, in small letters; empty: it says nothing."""
    told = found.metadata
    if name in SAID_ELSEWHERE:
        return SAID_ELSEWHERE[name]
    if expression := told.get("License-Expression"):
        return str(expression).lower()
    classes = [
        each.rpartition(" :: ")[2]
        for each in told.get_all("Classifier") or ()
        if each.startswith("License ::") and not each.endswith("OSI Approved")
    ]
    return (
        " AND ".join(classes) or next(iter(str(told.get("License") or "").splitlines()), "")
    ).lower()


def words(text: str) -> list[str]:
    return [
        each.strip("() ") for each in re.split(r"\b(?:and|with)\b|,", text) if each.strip("() ")
    ]


def is_one_of(text: str, names: tuple[str, ...]) -> bool:
    return any(re.search(rf"(?<![a-z]){re.escape(name)}(?![a-z])", text) for name in names)


def is_permissive(text: str) -> bool:
    """Every part of it is, or one of those that may be chosen."""
    return bool(words(text)) and all(
        any(is_one_of(choice, PERMISSIVE) and not is_one_of(choice, WITH_TERMS) for choice in part)
        for part in (re.split(r"\bor\b", each) for each in words(text))
    )


def named_in_notice() -> set[str]:
    text = (ROOT / "NOTICE").read_text("utf-8")
    return set(re.findall(r"^  ([a-z0-9*-]+)(?:  |$)", text, re.M))


def test_every_licence_in_the_images_is_known_and_those_with_terms_are_in_the_notice() -> None:
    names = set().union(*map(locked, LOCKS))
    assert len(names) > 60
    unknown, with_terms = {}, set()
    for name in sorted(names):
        try:
            text = licence(distribution(name), name)
        except PackageNotFoundError:
            unknown[name] = "not installed"
            continue
        if is_permissive(text) and name not in WHEELS:
            continue
        if name in WHEELS or is_one_of(text, WITH_TERMS):
            with_terms.add(name)
        else:
            unknown[name] = text
    assert unknown == {}, "read its licence, and say here what it is"
    assert with_terms | {"nvidia-*"} == named_in_notice()


def test_unknown_and_hidden_licences_are_seen() -> None:
    for fine in ("mit", "apache-2.0 or gpl-2.0", "bsd-3-clause and zlib", "lgpl-2.1-only or mit"):
        assert is_permissive(fine), fine
    for other in ("", "unknown", "proprietary", "mit and gpl-2.0", "lgpl-3.0-only", "mpl 2.0"):
        assert not is_permissive(other), other


def test_what_the_wheels_hold_is_as_the_notice_says() -> None:
    """A newer wheel without x265, or with other libraries, makes NOTICE wrong."""
    site = Path(distribution("pillow-heif").locate_file(""))
    held = {path.name.split("-")[0] for path in (site / "pillow_heif.libs").iterdir()}
    assert held == {"libde265", "libheif", "libx265"}
    held = {path.name.split("-")[0] for path in (site / "opencv_python_headless.libs").iterdir()}
    assert {"libavcodec", "libavformat", "libswscale"} <= held
    program = next((site / "imageio_ffmpeg" / "binaries").glob("ffmpeg-*")).read_bytes()
    assert b"--enable-gpl" in program
    assert b"--enable-libx264" in program


def test_cuda_brings_nothing_but_nvidia_s_libraries_and_torch() -> None:
    others = {name for name in locked("cuda") if not name.startswith("nvidia-")}
    assert others <= {"torch", "triton", "cuda-bindings", "cuda-pathfinder", "cuda-toolkit"}


def test_releases_attach_a_bill_of_materials_to_each_image() -> None:
    release = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text("utf-8"))
    steps = release["jobs"]["images"]["steps"]
    build = next(each for each in steps if each.get("id") == "build")
    assert build["with"]["sbom"] is True
    assert len(release["jobs"]["images"]["strategy"]["matrix"]["include"]) == 3
