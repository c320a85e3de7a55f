import cv2
import pytest
from PIL import Image

from benchmarks import extremes
from tests.benchmarks.pictures import texture


def test_a_table_keeps_what_was_counted_and_adds_up(tmp_path, capsys):
    table = tmp_path / "faults.md"
    extremes.begin_table(table, ["dog", "boat"])
    with pytest.raises(ValueError, match="dog has not been looked at"):
        extremes.count(table)
    counted = table.read_text().replace("| dog | | | | | | |", "| dog | 2 | 0 | 0 | 0 | 0 | 1 |")
    table.write_text(counted.replace("| boat | | | | | | |", "| boat | 1 | 0 | 3 | 0 | 0 | 0 |"))
    extremes.begin_table(table, ["dog", "boat"])
    extremes.main(["--count", str(tmp_path)])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "rim: 3 places on 2 photos"
    assert lines[2] == "depth: 3 places on 1 photos"
    assert lines[5] == "speck: 1 places on 1 photos"


@pytest.mark.slow
def test_extreme_frames_stand_side_by_side_at_full_size(tmp_path):
    photo = tmp_path / "photo.png"
    cv2.imwrite(str(photo), texture(80, 320, 3))
    extremes.main([str(photo), "--out", str(tmp_path / "out"), "--amplitudes", "auto", "0.1"])
    with Image.open(tmp_path / "out" / "photo.png") as image:
        assert image.size == (2 * 960, 2 * 240)
