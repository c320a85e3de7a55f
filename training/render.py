"""Render procedural scenes with known depth into a pair folder.

    python -m training.render --kind KIND --count N --out DIR --photos DIR [--models DIR]
        [--seed N] [--enlarge F]

`--photos` is a folder with `open/` and `objects/` (photos, used as textures) and
`objects-saliency/` (masks of the objects, used to cut out subjects), `--models` one that
`training.models` has written.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from training.models import load_mesh
from training.scenes.alley import alley
from training.scenes.garden import garden
from training.scenes.indoors import above, backdrop, room
from training.scenes.mesh import Mesh
from training.scenes.outdoor import outdoor
from training.scenes.raycast import Scene, render
from training.scenes.slender import slender
from training.scenes.street import street
from training.scenes.tabletop import tabletop
from training.scenes.textures import Materials

_KINDS = {
    "above": above,
    "alley": alley,
    "backdrop": backdrop,
    "garden": garden,
    "outdoor": outdoor,
    "room": room,
    "slender": slender,
    "street": street,
    "tabletop": tabletop,
}
_ATTEMPTS = 4
LAST_TRAINING_PHOTO = 880  # later ones are kept for looking at


def read_subjects(photos: Path, until: int) -> list[tuple[Path, Path]]:
    """The (photo, mask) files of `photos` whose number is below `until`."""
    masks = sorted((photos / "objects-saliency").glob("*.png"))
    return [(photos / "objects" / f"{m.stem}.jpg", m) for m in masks if int(m.stem) < until]


def read_models(folder: Path) -> dict[str, list[Mesh]]:
    """The models of `folder`, `KIND-NAME.npz`, by their kind."""
    models: dict[str, list[Mesh]] = {}
    for path in sorted(folder.glob("*.npz")):
        models.setdefault(path.stem.partition("-")[0], []).append(load_mesh(path))
    return models


def read_materials(
    photos: Path, models: Path | None = None, until: int = LAST_TRAINING_PHOTO
) -> Materials:
    """Textures and cut-outs from `photos`, and `models`; see the module's text."""
    textures = sorted((photos / "open").glob("*.jpg")) + sorted((photos / "objects").glob("*.jpg"))
    return Materials.read(
        [path for path in textures[::2] if int(path.stem) < until],
        read_subjects(photos, until),
        None if models is None else read_models(models),
    )


def to_pair(inverse: np.ndarray, reach: float | None = None) -> np.ndarray:
    """Inverse depth (1/m, 0 = sky) → 16-bit relative inverse depth, where 0 means unknown.

    With `reach` (metres) all beyond is unknown, as to a laser scanner.
    """
    scaled = (inverse / inverse.max() * 65535).clip(1, 65535)
    if reach is not None:
        scaled[inverse < 1 / reach] = 0
    return scaled.astype(np.uint16)


def enlarged(scene: Scene, factor: float) -> Scene:
    """The same scene for a picture with sides `factor` times as long."""
    rows, columns = (round(side * factor) for side in scene.camera.shape)
    sky = cv2.resize(scene.sky, (columns, rows), interpolation=cv2.INTER_LINEAR)
    return replace(scene, camera=replace(scene.camera, shape=(rows, columns)), sky=sky)


def worth_learning(inverse: np.ndarray) -> bool:
    """Whether a picture shows more than a bare surface: three pixels in a thousand at a step."""
    across = np.abs(np.diff(inverse, axis=1)) > 0.1 * np.maximum(inverse[:, 1:], inverse[:, :-1])
    return bool(across.mean() > 0.003)


def draw(
    kind: str,
    seed: tuple[int, int],
    materials: Materials,
    out: Path,
    enlarge: float = 1.0,
    reach: float | None = None,
) -> None:
    """Write the scene `seed` (seed, number) of a kind into `out`; a bare one is drawn anew."""
    for attempt in range(_ATTEMPTS):
        rng = np.random.default_rng(seed if attempt == 0 else (*seed, attempt))
        scene = enlarged(_KINDS[kind](rng, materials), enlarge)
        photo, inverse = render(scene, rng)
        if worth_learning(inverse):
            break
    name = out / f"{seed[1]:04d}"
    bgr = cv2.cvtColor(photo, cv2.COLOR_RGB2BGR)
    cv2.imwrite(str(name.with_suffix(".jpg")), bgr, [cv2.IMWRITE_JPEG_QUALITY, 92])
    cv2.imwrite(str(name.with_suffix(".png")), to_pair(inverse, reach))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--kind", choices=sorted(_KINDS), required=True)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--models", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first scene")
    parser.add_argument("--reach", type=float, help="metres; farther labels are left unknown")
    parser.add_argument("--enlarge", type=float, default=1.0, help="factor of the usual sides")
    args = parser.parse_args()
    cv2.setNumThreads(1)
    args.out.mkdir(parents=True, exist_ok=True)
    materials = read_materials(args.photos, args.models)
    for number in range(args.first, args.first + args.count):
        draw(args.kind, (args.seed, number), materials, args.out, args.enlarge, args.reach)


if __name__ == "__main__":
    main()
