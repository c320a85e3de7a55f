"""What several estimators make of one photo, to choose one by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from amena.engine.depth.base import DepthEstimator
from amena.engine.depth.window import behind_window, cropped
from amena.engine.photo.mount import mounted_photo
from amena.engine.types import FloatImage, Photo


def estimates(
    photo: Photo, names: Iterable[str], built: Callable[[str], DepthEstimator]
) -> Iterator[FloatImage]:
    """Disparity by one estimator after the other, as a 3D photo would start from it.

    Args:
        photo: its colours alone are looked at. Of a photo with a uniform border, what lies in it.
        names: of the estimators.
        built: gives the estimator of a name. Nothing here keeps it, so that no two large models
            need be in memory at once.

    Yields:
        float32 H×W in [0, 1] of the photo's size, not sharpened.
    """
    box = mounted_photo(photo.rgb)
    for name in names:
        if box is None:
            yield built(name).estimate(photo).values
        else:
            inner = built(name).estimate(cropped(photo, box))
            yield behind_window(inner, box, photo.size).values
