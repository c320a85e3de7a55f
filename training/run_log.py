"""The log of a training's run: a line of JSON for each thing worth knowing, on the screen too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def log_row(out: Path, row: dict[str, Any]) -> None:
    """Adds a line to `log.jsonl` in the run's folder `out`."""
    line = json.dumps(row)
    print(line, flush=True)
    with (out / "log.jsonl").open("a") as log:
        log.write(line + "\n")
