"""Prints the modules that are loaded only while files are read: `python -m … FOLDER`."""

from __future__ import annotations

import sys
from contextlib import suppress
from io import BytesIO
from pathlib import Path

from amena.engine import reading
from amena.engine.errors import EngineError
from amena.engine.options import STEREO

before = set(sys.modules)
for path in sorted(Path(sys.argv[1]).iterdir()):
    file = BytesIO(path.read_bytes())
    with suppress(EngineError):
        list(reading.look(file, 48))
    for stereo in STEREO:
        with suppress(EngineError):
            how = {"long_side": 640, "enlarge_to": 0, "rotate": 90, "stereo": stereo}
            list(reading.read(file, "photo", **how))
    with suppress(EngineError):
        list(reading.read(file, "depth", size=(96, 128)))
print(*sorted(set(sys.modules) - before))  # noqa: T201
