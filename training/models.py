"""Read glTF models once, for the scenes of `training.render --models OUT`.

    python -m training.models --gltf DIR --out OUT

`DIR` holds `NAME/model.gltf` (or `NAME.glb`) with, if there is one, `NAME/info.json` of the pmndrs
market, whose `license` must be 1 (CC0) and whose `category` names the kind. OUT receives
`KIND-NAME.npz`. Models that cannot be read are named and left out.
"""

from __future__ import annotations

import argparse
import json
import logging
from pathlib import Path

import numpy as np

from training.scenes.mesh import Mesh, read_model

_CC0 = 1
_MOST = 120_000  # triangles; larger models cost memory and show nothing more


def save_mesh(mesh: Mesh, path: Path) -> None:
    """Write corners and colours of a mesh in half precision."""
    np.savez_compressed(
        path, corners=mesh.corners.astype(np.float16), colours=mesh.colours.astype(np.float16)
    )


def load_mesh(path: Path) -> Mesh:
    """Read what `save_mesh` wrote."""
    with np.load(path) as file:
        return Mesh(file["corners"].astype(np.float32), file["colours"].astype(np.float32))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--gltf", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    logging.getLogger("trimesh").setLevel(logging.ERROR)
    args.out.mkdir(parents=True, exist_ok=True)
    paths = sorted(args.gltf.glob("*/model.gltf")) + sorted(args.gltf.glob("*.glb"))
    for path in paths:
        name = path.parent.name if path.stem == "model" else path.stem
        facts = path.with_name("info.json")
        info = json.loads(facts.read_text()) if facts.exists() else {"license": _CC0}
        if info["license"] != _CC0:
            print(f"{name}: not CC0, left out")
            continue
        try:
            mesh = read_model(path)
        except (ValueError, TypeError, KeyError) as error:
            print(f"{name}: {error}")
            continue
        if len(mesh.corners) <= _MOST:
            save_mesh(mesh, args.out / f"{info.get('category', 'model')}-{name}.npz")


if __name__ == "__main__":
    main()
