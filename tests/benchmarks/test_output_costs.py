"""What outputs cost is measured, and said in one place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from amena.engine.catalogue import CATALOGUE, FILES
from amena.engine.options import Options
from benchmarks import outputs


def test_every_output_was_measured_and_the_document_says_what_the_catalogue_does() -> None:
    costs = json.loads(outputs.COSTS.read_text())
    assert list(costs) == list(FILES)
    assert [costs[each.name] for each in CATALOGUE] == [
        [each.megabytes, each.seconds] for each in CATALOGUE
    ]
    assert outputs.table(costs) in outputs.DOCUMENT.read_text()


@pytest.mark.slow
def test_what_is_measured_are_the_files_that_are_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.effect_noise((480, 360), 60).convert("RGB").save(tmp_path / "photo.jpg")
    costs, document = tmp_path / "costs.json", tmp_path / "outputs.md"
    costs.write_text('{"gif": [7, 9]}')
    document.write_text(f"Before\n{outputs._BEGIN}old\n{outputs._END}After\n")
    monkeypatch.setattr(outputs, "COSTS", costs)
    monkeypatch.setattr(outputs, "DOCUMENT", document)
    monkeypatch.setattr(outputs, "_SIZE", (480, 360))
    monkeypatch.setattr(outputs, "_FILM", Options(duration=1, fps=24))
    outputs.main([str(tmp_path / "photo.jpg"), "--only", "rgbd", "--write"])
    found = json.loads(costs.read_text())
    assert found["gif"] == [7, 9] and found["video"][1] == 0
    # Noise takes all its bytes: photo and depth, three bytes a pixel, of 960×720 at the smallest.
    assert found["rgbd"][0] > 0.5 and 0.5 <= found["rgbd"][1] < 30
    assert f"| `rgbd` | {found['rgbd'][0]:g} |" in capsys.readouterr().out
    text = document.read_text()
    assert text.startswith("Before\n") and text.endswith("After\n") and "old" not in text
    assert outputs.table({name: tuple(cost) for name, cost in found.items()}) in text
