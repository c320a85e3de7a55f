"""The files that jobs make: what the engine calls them, and what they are to everybody else."""

from __future__ import annotations

from typing import Final, NamedTuple

from amena.engine.catalogue import CATALOGUE


class FileType(NamedTuple):
    """One kind of file.

    Attributes:
        kind: the name of the artifact.
        content_type: its media type.
        output: what it is made for when asked, one of `amena.engine.catalogue.OUTPUTS`; empty for
            what every 3D photo has.
    """

    kind: str
    content_type: str
    output: str = ""


#: The still of a card on the wall, which the worker makes from the poster.
CARD: Final = "card.webp"

#: The name that a file has where it is made → what it is.
FILE_TYPES: Final = {
    file.name: FileType(file.kind, file.content_type, "" if output.always else output.name)
    for output in CATALOGUE
    for file in output.files
} | {CARD: FileType("card", "image/webp")}

#: What only the engine reads; never given out.
INTERNAL: Final = frozenset({"scene"})

#: What nobody is offered: the engine's own, and what our pages alone show.
UNLISTED: Final = INTERNAL | {"card"}
