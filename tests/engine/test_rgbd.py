import numpy as np
from PIL import Image

from amena.engine.output.rgbd import write_depth_pair, write_rgbd
from tests.engine.scenes import noise_photo

RGB = noise_photo(64, 96).rgb
DISPARITY = np.broadcast_to(np.linspace(0, 1, 96, dtype=np.float32), (64, 96)).copy()


def test_rgbd_is_the_photo_on_the_left_and_white_near_depth_on_the_right(tmp_path):
    write_rgbd(RGB, DISPARITY, tmp_path / "rgbd.png")
    with Image.open(tmp_path / "rgbd.png") as image:
        picture = np.asarray(image)
    assert np.array_equal(picture[:, :96], RGB)
    depth = picture[:, 96:]
    assert (depth[..., 0] == depth[..., 1]).all() and (depth[..., 0] == depth[..., 2]).all()
    assert np.abs(depth[..., 0] - DISPARITY * 255).max() <= 3
    assert depth[0, 0, 0] < depth[0, -1, 0]


def test_the_pair_is_a_colour_and_a_grey_jpeg_of_one_size_without_metadata(tmp_path):
    photo, depth = tmp_path / "photo.jpg", tmp_path / "photo_depth.jpg"
    write_depth_pair(RGB, DISPARITY, photo, depth)
    with Image.open(photo) as image, Image.open(depth) as grey:
        assert (image.mode, grey.mode) == ("RGB", "L")
        assert image.size == grey.size == (96, 64)
        assert not image.getexif() and not grey.getexif()
        assert np.abs(np.asarray(image).astype(int) - RGB).mean() < 4
        assert np.abs(np.asarray(grey) - DISPARITY * 255).mean() < 2
