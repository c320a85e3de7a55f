from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from amena.engine.scene.notes import NOTES, notes
from amena.engine.types import Disparity

RAMP = np.linspace(0, 1, 64 * 64, dtype=np.float32).reshape(64, 64)


def found(disparity: Disparity | None = None, **changed: Any) -> tuple[str, ...]:
    usual = {
        "asked": "auto",
        "amplitude": 0.042,
        "shown_inpainting": 0.02,
        "stretch": 1.1,
        "original_size": (4000, 3000),
        "size": (960, 720),
    }
    return notes(disparity or Disparity(RAMP, "compact"), **(usual | changed))


def test_a_photo_that_went_well_needs_no_note() -> None:
    assert found() == ()
    assert found(ignored=("end", "iTXt", "tEXt")) == ()  # nobody sees these


@pytest.mark.parametrize(
    ("code", "changed"),
    [
        ("motion_reduced", {"amplitude": 0.014}),
        ("motion_reduced", {"amplitude": 0.03}),
        ("motion_reduced", {"asked": 0.06, "amplitude": 0.05}),
        ("large_hidden_area", {"shown_inpainting": 0.09}),
        ("stretched", {"stretch": 1.8}),
        ("enlarged", {"original_size": (640, 480)}),
        ("little_depth", {"disparity": Disparity(RAMP * 0.2, "compact")}),
        ("depth_from_file", {"disparity": Disparity(RAMP, "embedded")}),
        ("depth_from_pair", {"disparity": Disparity(RAMP, "stereo")}),
        ("second_view_unused", {"ignored": ("second_eye",)}),
        ("depth_uploaded", {"disparity": Disparity(RAMP, "uploaded")}),
        ("depth_holes", {"ignored": ("depth_holes",)}),
        ("depth_swapped", {"ignored": ("depth_swapped",)}),
        ("depth_opposite", {"ignored": ("depth_opposite",)}),
        ("depth_levels", {"ignored": ("depth_levels",)}),
        ("border", {"disparity": Disparity(np.pad(RAMP * 0.9, 4, constant_values=1), "compact")}),
        ("spherical", {"ignored": ("projection",)}),
        ("first_frame", {"ignored": ("animation",)}),
        ("first_page", {"ignored": ("pages",)}),
        ("exif_ignored", {"ignored": ("EXIF", "end")}),
        ("exif_ignored", {"ignored": ("eXIf",)}),
        ("colours_ignored", {"ignored": ("ICC",)}),
        ("colours_ignored", {"ignored": ("cHRM", "iTXt")}),
        ("depth_edited", {"disparity": Disparity(RAMP, "compact", edited=True)}),
    ],
)
def test_what_a_person_should_know_is_noted(code: str, changed: dict[str, Any]) -> None:
    assert found(**changed) == (code,)


def test_a_motion_as_large_as_asked_for_is_not_reduced() -> None:
    assert found(strength="subtle", amplitude=0.03) == ()
    assert found(asked=0.01, amplitude=0.01) == ()


def test_several_notes_come_in_the_order_of_the_list() -> None:
    codes = found(stretch=2.0, shown_inpainting=0.1, amplitude=0.012)
    assert codes == tuple(code for code in NOTES if code in codes)
    assert len(codes) == 3
