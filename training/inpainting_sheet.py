"""Draw a contact sheet of fills.

    python -m training.inpainting_sheet --photos DIR --out SHEET.png [--weights FILE] [--limit N]

`DIR` as for `benchmarks.inpainting`. One row per photo, the window that holds most of its hole at
twice the size: what is known, OpenCV's better fill, push-pull, the classical fill, the network, and
the truth.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np

from amena.engine.types import ByteImage
from benchmarks.inpainting import Case, all_methods, read_cases, windows

_SHOWN = ("navier_stokes", "push_pull", "texture", "learned")
_GREY = 96


def draw_row(case: Case, methods: dict[str, object]) -> ByteImage | None:
    """The columns for one photo, side by side; None where no window holds enough of the hole."""
    found = windows(case.hole)
    if not found:
        return None
    window = max(found, key=lambda part: case.hole[part].mean())
    near = ~(case.hole | case.known)
    known = case.rgb.copy()
    known[case.hole] = (255, 255, 255)
    cells = [known]
    for name in _SHOWN:
        filled = methods[name](case.rgb, case.hole, case.known)  # type: ignore[operator]
        cells.append(np.where(near[..., None], filled // 3 + _GREY // 2, filled))
    cells.append(case.rgb)
    row = np.hstack([cell[window] for cell in cells]).astype(np.uint8)
    return np.asarray(cv2.resize(row, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC), np.uint8)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--limit", type=int, default=12)
    parser.add_argument("--width", type=float, default=16.0)
    parser.add_argument("--estimator", default="compact")
    args = parser.parse_args()
    methods: dict[str, object] = dict(all_methods(args.weights))
    cases = read_cases(args.photos, args.estimator, args.limit, args.width)
    rows = [row for row in (draw_row(case, methods) for case in cases) if row is not None]
    width = max(row.shape[1] for row in rows)
    rows = [np.pad(row, ((0, 4), (0, width - row.shape[1]), (0, 0))) for row in rows]
    cv2.imwrite(str(args.out), cv2.cvtColor(np.vstack(rows), cv2.COLOR_RGB2BGR))


if __name__ == "__main__":
    main()
