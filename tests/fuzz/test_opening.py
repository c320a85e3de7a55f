"""Whatever is sent: refused with a reason or taken, in time, and within a gigabyte of memory."""

from __future__ import annotations

import pytest

from tests.fuzz.crafted import crafted
from tests.fuzz.mutations import corpus
from tests.fuzz.opening import MEMORY, Outcome, outcomes
from tests.fuzz.seeds import seeds

pytestmark = pytest.mark.service

#: What the crafted files that are refused are refused for; the others are photos all the same.
REFUSED = {
    "a bomb of pixels.png": "too_many_pixels",
    "a header that promises too much.png": "truncated",
    "scans without end.jpg": "too_many_scans",
    "a page and a picture.jpg": "is_web_page",
    "boxes in boxes.heic": "broken",
    "a box without end.heic": "truncated",
    "a drawing with scripts.svg": "is_svg",
    "two hundred rotations.heic": "bad_structure",
    "a picture derived from itself.heic": "bad_structure",
    "a grid of a thousand large pictures.heic": "bad_structure",
    "a million chunks.png": "bad_structure",
    "a hundred thousand segments.jpg": "bad_structure",
    "a bomb of 46 bytes.webp": "too_many_pixels",
    "a smaller bomb.webp": "truncated",
    "directories without end.tif": "broken",
    "a directory of 65535 entries.tif": "bad_structure",
    "sixty thousand tiles.tif": "broken",
    "previews that lead to themselves.dng": "raw_without_preview",
    "a preview of another size.dng": "too_many_pixels",
}


def bad(found: list[Outcome]) -> list[Outcome]:
    return [each for each in found if each.code == "died" or each.memory > MEMORY]


@pytest.mark.attack(
    "files made to hurt: bombs of pixels, text, profiles, metadata, scans and depth; loops; "
    "two things in one file; views, tiles, previews and frames without end, or of other sizes",
    "opened or refused within 1 GB and 10 s a step",
    rounds=49,
)
def test_files_made_to_hurt_do_not(rounds: int) -> None:
    files = crafted()
    assert len(files) >= rounds
    found = outcomes(files.items())
    assert [each.name for each in found] == list(files)
    assert bad(found) == []
    assert {each.name: each.code for each in found if each.code != "taken"} == REFUSED


@pytest.mark.attack(
    "photos that are broken in some place, from a seed",
    "opened or refused; no crash, no hang, no more than 1 GB",
    rounds=400,
)
def test_no_broken_photo_crashes_hangs_or_fills_the_memory(rounds: int) -> None:
    """The same files in every run; more by `python -m tests.fuzz.opening --soak 20000`."""
    found = outcomes(corpus(rounds))
    assert len(found) == rounds
    assert bad(found) == []
    codes = {each.code for each in found}
    # All ways to end are among them, or the mutations would not reach far.
    assert {"taken", "broken", "truncated", "unknown_format", "too_many_pixels"} <= codes


def test_a_process_that_dies_is_seen_and_the_files_after_it_are_opened(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The test of the tests above."""
    monkeypatch.setenv("FUZZ_MEMORY", str(400 * 2**20))  # too little for forty megapixels
    small, large = seeds()["grey.jpg"], crafted()["forty million pixels.jpg"]
    found = outcomes([("first", small), ("large", large), ("last", small)])
    assert [each.code for each in found] == ["taken", "died", "taken"]
