import json
import re
import shutil
import subprocess

import cv2
import numpy as np
import pytest

from amena.engine.output.encode import write_disparity, write_mp4
from amena.engine.progress import STAGES
from amena.engine.types import Disparity
from benchmarks import machine
from benchmarks.speed import floors, growth, peer, runs
from benchmarks.speed.__main__ import main
from tests.engine.scenes import noise_photo

pytestmark = pytest.mark.slow


def test_a_photo_is_measured_stage_by_stage_beside_its_floors(tmp_path, capsys):
    photo = tmp_path / "noise.png"
    # Blurred: noise would only keep the encoder busy.
    cv2.imwrite(str(photo), cv2.GaussianBlur(noise_photo(48, 144).rgb, (0, 0), 3))
    main(
        [
            *("--photos", str(photo), "--frames", "30", "--repeats", "1"),
            *("--json", str(tmp_path / "speed.json")),
        ]
    )
    found = json.loads((tmp_path / "speed.json").read_text())
    assert found["machine"]["cores"] >= 1
    assert found["machine"]["cpu"]
    assert len(found["machine"]["load"]) == 3
    assert found["machine"]["idle"] == (found["machine"]["others"] <= machine.IDLE)
    (entry,) = found["photos"]
    assert (entry["photo"], entry["size"]) == ("noise.png", 960)
    names = [stage["name"] for stage in entry["best"]["stages"]]
    assert {"decode", "depth", "sharpen", "layers", "mesh", "render", "encode"} <= set(names)
    restyled = {stage["name"] for stage in entry["restyle"]["stages"]}
    assert not restyled & {"depth", "sharpen", "layers", "inpaint"}
    # The cold run counts from before Python starts, so it is the longest.
    assert entry["cold_seconds"] > entry["cold"]["seconds"] > 0
    floor = entry["floors"]
    both = floor["encode"] + floor["remap"]
    assert entry["ratio"] == pytest.approx(entry["best"]["seconds"] / both, rel=0.02)
    printed = capsys.readouterr().out
    assert "noise.png at 960" in printed
    assert "floors: a" in printed


def test_photos_are_brought_to_the_size_that_is_measured(tmp_path):
    photo = tmp_path / "wide.png"
    cv2.imwrite(str(photo), noise_photo(50, 100).rgb)
    resized = runs.at_size(photo, 960, tmp_path)
    assert cv2.imread(str(resized)).shape == (480, 960, 3)


def test_floors_encode_and_warp_every_frame_of_the_video(tmp_path):
    frames = [np.full((64, 96, 3), 8 * k, np.uint8) for k in range(12)]
    write_mp4(frames, tmp_path / "video.mp4", (96, 64), 30, 12)
    read = floors.read(tmp_path / "video.mp4")
    assert read.shape == (12, 64, 96, 3)
    assert np.abs(read[5].astype(int) - 40).max() <= 3
    assert all(seconds > 0 for seconds in floors.measure(tmp_path / "video.mp4").values())


def test_fits_give_back_the_line():
    line = growth.fit([1, 2, 4], [3.5, 5.5, 9.5])
    assert line == {"start": 1.5, "slope": 2.0, "r2": 1.0}
    assert growth.fit([1, 1], [2, 3]) is None
    assert growth.fit([0, 1, 2, 3], [0, 1, 0, 1])["r2"] < 0.5


def test_a_process_that_fails_is_heard_of(tmp_path):
    process = runs.start(tmp_path / "missing.png", tmp_path / "out", runs.Setup(30, 1), 1)
    with pytest.raises(RuntimeError, match="failed"):
        list(runs.reports(process))


def test_the_peer_is_given_depth_of_eight_bits(tmp_path):
    """Of 16 bits DepthFlow sees nothing."""
    disparity = np.tile(np.linspace(0, 1, 64, dtype=np.float32), (48, 1))
    write_disparity(Disparity(disparity, "compact"), tmp_path / "disparity.png")
    depth = peer.eight_bits(tmp_path / "disparity.png", tmp_path / "depth.png")
    read = cv2.imread(str(depth), cv2.IMREAD_UNCHANGED)
    assert read.dtype == np.uint8
    assert np.abs(read / 255 - disparity).max() < 0.003
    with pytest.raises(ValueError, match="16 bits"):
        peer.eight_bits(depth, tmp_path / "again.png")


def test_a_peer_without_a_program_of_its_own_finds_ours(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    path = peer.path_with_ffmpeg(tmp_path)
    program = shutil.which("ffmpeg", path=path)
    assert program
    said = subprocess.run([program, "-version"], capture_output=True, text=True, check=True)
    assert said.stdout.startswith("ffmpeg version")
    monkeypatch.setenv("PATH", path)
    assert peer.path_with_ffmpeg(tmp_path) == path


def test_progress_follows_the_measured_shares():
    """Those that docs/performance.md reports: whoever measures anew sees what has moved."""
    table = (machine.ROOT / "docs" / "performance.md").read_text().partition("## One photo")[2]
    rows = re.findall(r"^\| \**(.+?)\** \|.* \**([\d.]+)\** \|$", table, re.MULTILINE)
    seconds = {name: float(number) for name, number in rows[:12]}
    shares = runs.shares(seconds, seconds["total, warm"])
    assert list(shares) == ["depth", "sharpen", "layers", "inpaint", "mesh"]
    for stage, share in shares.items():
        assert STAGES[stage] == pytest.approx(share, abs=4), stage
