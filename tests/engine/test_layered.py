"""The layers as OpenRaster: put together by another program's rules they are the photo."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
from defusedxml import ElementTree
from PIL import Image

from amena.engine.output.layered import write_ora
from amena.engine.scene.scene import rest_view
from tests.engine.readers import exiftool
from tests.engine.scenes import square_layers


def test_the_layers_over_each_other_are_the_photo(tmp_path: Path) -> None:
    image = square_layers()
    path = tmp_path / "layers.ora"
    write_ora(image, path)
    with zipfile.ZipFile(path) as archive:
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        assert archive.read("mimetype") == b"image/openraster"
        root = ElementTree.fromstring(archive.read("stack.xml"))
        size = int(root.get("w")), int(root.get("h"))
        assert size == image.photo_size
        # Pillow composes what the file says, from the bottom up.
        shown = Image.new("RGBA", size)
        layers = root.find("stack").findall("layer")
        assert len(layers) == len(image.layers) > 1
        for layer in reversed(layers):
            with Image.open(io.BytesIO(archive.read(layer.get("src")))) as picture:
                whole = Image.new("RGBA", size)
                whole.paste(picture, (int(layer.get("x")), int(layer.get("y"))))
            shown = Image.alpha_composite(shown, whole)
        rest = rest_view(image).astype(int)
        assert np.abs(np.asarray(shown)[..., :3].astype(int) - rest).max() <= 2
        with Image.open(io.BytesIO(archive.read("mergedimage.png"))) as merged:
            assert np.array_equal(np.asarray(merged), rest)
        with Image.open(io.BytesIO(archive.read("Thumbnails/thumbnail.png"))) as small:
            assert max(small.size) <= 256


def test_other_programs_know_the_format(tmp_path: Path) -> None:
    write_ora(square_layers(), tmp_path / "layers.ora")
    assert exiftool(tmp_path / "layers.ora")["File:FileType"] == "ZIP"
