"""Lenticular prints: which view each dot shows, by the sheet's pitch and the printer's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from amena.engine.errors import OptionsError
from amena.engine.options import Lenticular, Options
from amena.engine.output.lenticular import write_lenticular
from tests.engine.readers import exiftool
from tests.engine.test_quilt import grey_views


def printed(folder: Path, sheet: Lenticular) -> np.ndarray:
    strip, path = folder / "strip.jpg", folder / "interlaced.png"
    write_lenticular(grey_views(sheet.views, (360, 240)), strip, path, sheet)
    with Image.open(strip) as row:
        assert row.size == (sheet.views * 360, 240)
    with Image.open(path) as picture:
        return np.asarray(picture)[..., 0]


def test_each_lens_covers_a_column_of_every_view_turned_around(tmp_path: Path) -> None:
    sheet = Options().lenticular
    picture = printed(tmp_path, sheet)
    assert picture.shape[1] == sheet.dots == 3600
    middle = picture[picture.shape[0] // 2].reshape(-1, sheet.views)
    assert (middle == [5 * index for index in range(10, 0, -1)]).all()
    # The marks: seen from the front they are white, from the side black.
    band = picture[75].reshape(-1, sheet.views)
    assert (band[:, 4:6] == 255).all() and (band[:, [0, 1, 2, 3, 6, 7, 8, 9]] == 0).all()


def test_a_print_says_its_dots_and_lenses(tmp_path: Path) -> None:
    printed(tmp_path, Lenticular(75, 720, 2))
    told = exiftool(tmp_path / "interlaced.png")
    # PNG counts dots a metre.
    assert told["PNG-pHYs:PixelsPerUnitX"] == round(720 / 0.0254)
    assert told["PNG:Description"] == "75 LPI, 720 DPI, 10 views"


@pytest.mark.parametrize("lpi", [59.87, 100.25])
def test_a_pitch_of_no_whole_number_of_dots_stays_under_its_lens_to_the_end(
    lpi: float, tmp_path: Path
) -> None:
    sheet = Lenticular(lpi, 1440, 2)
    picture = printed(tmp_path, sheet)
    views = picture[picture.shape[0] // 2].astype(int) // 5 - 1
    # Where a dot's middle lies under its lens, from its left edge to the right one.
    place = (np.arange(len(views)) + 0.5) / 1440 * lpi % 1
    apart = np.abs((sheet.views - 1 - views + 0.5) / sheet.views - place)
    assert apart.max() <= 0.5 / sheet.views + 1e-9
    assert set(views) == set(range(sheet.views))


def test_there_are_as_many_views_as_dots_under_a_lens_within_reason() -> None:
    assert [Lenticular(lpi, 1440, 6).views for lpi in (20, 60, 75, 150)] == [24, 24, 19, 10]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"lpi": 151}, "bad_options"),
        ({"lpi": float("nan")}, "bad_options"),
        ({"dpi": 100}, "bad_options"),
        ({"print_inches": 17}, "bad_options"),
        ({"lpi": 100, "dpi": 360}, "too_few_dots"),
        ({"dpi": 1440, "print_inches": 12}, "too_many_dots"),
    ],
)
def test_a_print_that_cannot_be_is_refused(wrong: dict[str, float], code: str) -> None:
    with pytest.raises(OptionsError) as error:
        Options(**wrong)
    assert error.value.code == code
