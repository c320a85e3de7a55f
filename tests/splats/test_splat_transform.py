"""Files of splats as PlayCanvas' splat-transform reads them; `make check-splats` fetches it."""

from __future__ import annotations

import math
import os
import re
import struct
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from amena.engine.output.splat_files import write_splats, write_spz
from tests.engine.test_glb import textured_layers

#: Columns that both formats have, and by how much the coarser one may differ.
COLUMNS = {
    **dict.fromkeys(("x", "y", "z"), 2e-4),
    **dict.fromkeys(("f_dc_0", "f_dc_1", "f_dc_2", "opacity"), 0.01),
    **dict.fromkeys(("scale_0", "scale_1", "scale_2"), 2e-3),
    **dict.fromkeys(("rot_0", "rot_1", "rot_2", "rot_3"), 0.01),
}


class Column(NamedTuple):
    """What is told of one: its values, and how many of them are not numbers or not finite."""

    least: float
    most: float
    median: float
    mean: float
    wrong: int


def read(path: Path) -> tuple[int, dict[str, Column]]:
    """How many Gaussians a file has, and its columns; an error where it cannot be read."""
    command = ["node", os.environ["SPLAT_TRANSFORM"], str(path), "--summary", "null"]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    count = int(re.search(r"\*\*Row Count:\*\* (\d+)", told)[1])
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in told.splitlines()]
    columns = {}
    for name, *cells in (row for row in rows if len(row) == 9):
        if name in COLUMNS:
            numbers = [float(cell) for cell in cells[:7]]
            columns[name] = Column(*numbers[:4], round(numbers[5] + numbers[6]))
    return count, columns


def test_both_formats_are_read_whole_and_say_the_same(tmp_path: Path) -> None:
    layers = textured_layers(256, 192)
    write_splats(layers, tmp_path / "splats.ply")
    write_spz(layers, tmp_path / "splats.spz")
    count, columns = read(tmp_path / "splats.ply")
    assert count > 50_000
    assert set(columns) == set(COLUMNS)
    assert read(tmp_path / "splats.spz")[0] == count
    for name, other in read(tmp_path / "splats.spz")[1].items():
        one = columns[name]
        assert one.wrong == other.wrong == 0
        assert other.median == pytest.approx(one.median, abs=COLUMNS[name]), name
        assert other.mean == pytest.approx(one.mean, abs=COLUMNS[name]), name
    # Before the camera, within what the scene's depths are.
    assert 1 <= columns["z"].least < columns["z"].most <= 5
    assert columns["scale_2"].most < columns["scale_0"].most / 10  # flat
    assert 0 < columns["opacity"].least < columns["opacity"].most < 1


def test_what_is_no_number_is_told(tmp_path: Path) -> None:
    """So that the judge is known to judge."""
    path = tmp_path / "splats.ply"
    write_splats(textured_layers(64, 48), path)
    header, body = path.read_bytes().split(b"end_header\n", 1)
    path.write_bytes(header + b"end_header\n" + struct.pack("<2f", math.nan, math.inf) + body[8:])
    _, columns = read(path)
    assert [columns[name].wrong for name in "xyz"] == [1, 1, 0]
