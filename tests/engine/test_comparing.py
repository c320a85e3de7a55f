"""Maps of several estimators side by side."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from amena.engine.errors import EngineError, OptionsError
from amena.engine.options import Options
from amena.engine.output.estimates import SIDE
from amena.engine.pipeline import Engine
from amena.engine.scene.file import load_scene
from tests.engine import depth_models
from tests.engine.command_line import run
from tests.engine.scenes import noise_photo

pytestmark = pytest.mark.slow

SHORT = {"duration": 1.0, "fps": 24}
#: Of a photo as wide as the smallest film, and no higher than it must be.
HEIGHT = 240


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    folder = tmp_path_factory.mktemp("models")
    depth_models.depth_anything(folder / "first")
    depth_models.glpn(folder / "second")
    return f"huggingface:{folder / 'first'}", f"huggingface:{folder / 'second'}"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, models: tuple[str, str]) -> Path:
    """A photo made by the command line, with the maps asked for."""
    folder = tmp_path_factory.mktemp("made")
    pixels = noise_photo(HEIGHT, 960).rgb
    Image.fromarray(pixels).save(folder / "photo.png")
    names = ",".join(("ramp", *models, "compact"))
    given = (folder / "photo.png", "--out", folder / "out", "--quiet", "--fps", 24)
    more = ("--duration", 1, "--outputs", "estimates", "--compare", names)
    assert run(*given, *more) == 0
    return folder / "out"


def parts(picture: Path, count: int) -> list[np.ndarray]:
    with Image.open(picture) as opened:
        assert opened.mode == "L"
        return np.split(np.array(opened, np.float32) / 255, count, axis=1)


def test_each_map_is_what_its_estimator_makes_of_the_photo(
    made: Path, models: tuple[str, str]
) -> None:
    maps = parts(made / "estimates.png", 4)
    assert {each.shape for each in maps} == {(SIDE * HEIGHT // 960, SIDE)}
    assert "estimates.png" in (made / "report.json").read_text()
    photo = load_scene(made / "scene.amena").sources
    assert photo is not None
    engine = Engine("cpu")
    for name, shown in zip(("ramp", *models, "compact"), maps, strict=True):
        alone = made.parent / name.rpartition("/")[2]
        alone.mkdir()
        engine.compare(made / "scene.amena", alone, Options(compare=(name,)))
        assert [each.name for each in alone.iterdir()] == ["estimates.png"]
        np.testing.assert_allclose(parts(alone / "estimates.png", 1)[0], shown, atol=0.01)
    assert np.all(np.diff(maps[0][:, SIDE // 2]) >= 0), "The ramp rises towards the viewer."
    for one, other in pairwise(maps):
        assert np.abs(one - other).mean() > 0.02
    # Who only looks keeps no model in memory.
    assert engine.scenes._estimators == {}


def test_by_itself_it_is_the_engines_own(made: Path, tmp_path: Path) -> None:
    Engine("cpu", estimator="ramp").compare(made / "scene.amena", tmp_path, Options())
    np.testing.assert_allclose(
        parts(tmp_path / "estimates.png", 1)[0], parts(made / "estimates.png", 4)[0], atol=0.01
    )


def test_what_lies_in_a_border_is_looked_at_alone(tmp_path: Path) -> None:
    pixels = np.full((480, 640, 3), 255, np.uint8)
    pixels[60:420, 80:560] = noise_photo(360, 480).rgb
    Image.fromarray(pixels).save(tmp_path / "photo.png")
    options = Options(outputs=("estimates",), compare=("ramp",), **SHORT)
    Engine("cpu", "ramp").create(tmp_path / "photo.png", tmp_path, options)
    (shown,) = parts(tmp_path / "estimates.png", 1)
    middle = shown[:, SIDE // 2]
    border = round(60 / 480 * len(middle))
    assert np.ptp(middle[: border - 2]) < 0.02 and np.ptp(middle[-border + 2 :]) < 0.02
    assert np.ptp(middle[border:-border]) > 0.5


def test_bad_choices_are_refused(made: Path, tmp_path: Path) -> None:
    with pytest.raises(OptionsError, match="6 estimators at most"):
        Options(compare=("ramp",) * 7)
    with pytest.raises(OptionsError, match="Unknown estimator"):
        Options(compare=("auto",))
    missing = Options(compare=(f"huggingface:{tmp_path / 'nothing'}",))
    with pytest.raises(EngineError, match="nothing"):
        Engine("cpu").compare(made / "scene.amena", tmp_path, missing)
    assert not (tmp_path / "estimates.png").exists()
