"""How large a photo may be. Two of the limits are settings, of web process and worker alike.

`PHOTO_MAX_MEGABYTES` and `PHOTO_MAX_MEGAPIXELS` are read from the environment once, at import.
"""

from __future__ import annotations

import os
from typing import Final


def _setting(name: str, default: int) -> int:
    value = os.environ.get(name, "")
    if not value:
        return default
    if not value.isdecimal() or int(value) == 0:
        raise ValueError(f"{name} must be a whole number above 0, not {value!r}.")
    return int(value)


#: Largest file.
MAX_BYTES: Final = _setting("PHOTO_MAX_MEGABYTES", 60) * 2**20
MAX_PIXELS: Final = _setting("PHOTO_MAX_MEGAPIXELS", 250) * 10**6
#: Of a depth map, which is worked on as floats.
MAX_DEPTH_PIXELS: Final = min(MAX_PIXELS, 40_000_000)
#: Below this the parallax is less than a pixel and there is nothing to see.
MIN_SIDE: Final = 64
#: Longest side over shortest. A longer strip would leave under 120 rows at the default size.
MAX_ASPECT: Final = 8
#: Passes that a progressive JPEG may make over its picture; encoders write up to a dozen. Each
#: takes time for every pixel, for a few bytes: without a limit a small file could take hours.
MAX_SCANS: Final = 50
#: Metadata of one kind (EXIF, XMP, a colour profile) that is looked at. Profiles of printers reach
#: 4 MB, an XMP with a depth map in it is as large as the map.
MAX_METADATA: Final = 16 * 2**20

#: Pixels that a byte may stand for in a picture above `BOMB_PIXELS`. A photo has less than 500; a
#: file of a few bytes that makes gigabytes of one colour has more.
BOMB_RATIO: Final = 2000
BOMB_PIXELS: Final = 40_000_000

#: Bytes that decoding may take in a worker, and for a thumbnail, beside the file's own.
DECODE_MEMORY: Final = 1_800_000_000
THUMBNAIL_MEMORY: Final = 300_000_000
