"""USDZ: what Pixar's own library and validators say of it, and where the photo's points lie."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pxr import Usd, UsdGeom, UsdShade, UsdValidation

from amena.engine.output.usdz import write_usdz
from tests.engine.scenes import square_layers


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("usdz") / "scene.usdz"
    write_usdz(square_layers(), made)
    return made


def test_the_validators_of_usd_have_nothing_to_say(path: Path) -> None:
    validators = UsdValidation.ValidationRegistry().GetOrLoadAllValidators()
    names = {each.GetMetadata().name for each in validators}
    assert "usdUtilsValidators:UsdzPackageValidator" in names
    faults = UsdValidation.ValidationContext(validators).Validate(Usd.Stage.Open(str(path)))
    assert [fault.GetMessage() for fault in faults] == []


def test_contents_are_stored_aligned_and_of_the_kinds_that_phones_read(path: Path) -> None:
    data = path.read_bytes()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = archive.infolist()
        assert entries[0].filename.endswith(".usda")
        for entry in entries:
            name, extra = (
                int.from_bytes(data[entry.header_offset + at :][:2], "little") for at in (26, 28)
            )
            assert entry.compress_type == zipfile.ZIP_STORED
            assert (entry.header_offset + 30 + name + extra) % 64 == 0
        kinds = set()
        for entry in entries[1:]:
            with Image.open(io.BytesIO(archive.read(entry))) as picture:
                kinds.add((picture.format, picture.mode))
    assert kinds == {("JPEG", "RGB"), ("PNG", "RGBA")}


def test_the_relief_stands_on_the_floor_and_is_the_photo_from_one_width_away(path: Path) -> None:
    stage = Usd.Stage.Open(str(path))
    assert UsdGeom.GetStageUpAxis(stage) == "Y" and UsdGeom.GetStageMetersPerUnit(stage) == 1
    meshes = [UsdGeom.Mesh(prim) for prim in stage.Traverse() if prim.IsA(UsdGeom.Mesh)]
    assert len(meshes) == len(square_layers().layers)
    clouds = [np.array(mesh.GetPointsAttr().Get()) for mesh in meshes]
    assert min(cloud[:, 1].min() for cloud in clouds) == pytest.approx(0, abs=1e-4)
    depths = np.concatenate(clouds)[:, 2]
    assert -0.5 / 3 - 0.01 < depths.min() < depths.max() < 0.01
    # Seen from half a metre, all layers' texture coordinates lie where the points do.
    eye = np.array([0, -clouds[0][:, 1].min() + np.mean(clouds[0][:, 1]), 0.5])
    for mesh, cloud in zip(meshes, clouds, strict=True):
        seen = (cloud - eye)[:, :2] / (eye[2] - cloud[:, 2:])
        places = np.array(UsdGeom.PrimvarsAPI(mesh).GetPrimvar("st").Get())
        for axis in (0, 1):
            slope, _ = np.polyfit(places[:, axis], seen[:, axis], 1)
            fit = np.polyval(np.polyfit(places[:, axis], seen[:, axis], 1), places[:, axis])
            assert slope > 0 and np.abs(fit - seen[:, axis]).max() < 2e-3
        material = UsdShade.MaterialBindingAPI(mesh).ComputeBoundMaterial()[0]
        surface = material.ComputeSurfaceSource()[0]
        assert surface.GetInput("emissiveColor").HasConnectedSource()
        names = {each.GetBaseName() for each in surface.GetInputs()}
        assert ("opacity" in names) is (mesh is not meshes[0])
        if "opacity" in names:
            # Blender loses the alpha of a texture whose values are multiplied.
            (source,) = surface.GetInput("opacity").GetConnectedSources()[0]
            assert source.sourceName == "a"
            texture = UsdShade.Shader(source.source.GetPrim())
            assert tuple(texture.GetInput("scale").Get()) == (1, 1, 1, 1)
