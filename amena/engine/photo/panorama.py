"""Whether a photo shows the whole round, as 360° cameras and phones write it: Photo Sphere XMP
metadata (<https://developers.google.com/streetview/spherical-metadata>).
"""

from __future__ import annotations

from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException

from amena.engine.photo.file import PhotoFile
from amena.engine.photo.xmp import properties, xmp_trees

_NAMESPACE = "http://ns.google.com/photos/1.0/panorama/"
#: Share of the round that a picture has to show; less is a plain panorama.
_ROUND = 0.9


def is_spherical(opened: PhotoFile) -> bool:
    """Whether the picture is an equirectangular one of the whole round, or nearly."""
    try:
        about = properties(xmp_trees(opened.xmp), _NAMESPACE)
        if about.get("ProjectionType", "").lower() != "equirectangular":
            return False
        width, height = opened.size
        shown = float(about.get("CroppedAreaImageWidthPixels", width))
        whole = float(about.get("FullPanoWidthPixels", 2 * height))
    except (ParseError, DefusedXmlException, ValueError):
        return False
    return shown >= _ROUND * whole
