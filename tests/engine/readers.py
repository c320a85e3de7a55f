"""Readers that are not ours, which judge what Amena writes."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import imageio_ffmpeg


def exiftool(path: Path) -> dict[str, Any]:
    """What ExifTool says of a file, embedded metadata too: `Group:Tag` → value."""
    command = ["exiftool", "-json", "-G1", "-a", "-ee", "-struct", "-n", str(path)]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found: dict[str, Any] = json.loads(told)[0]
    return found


def ffmpeg(path: Path) -> str:
    """What ffmpeg says of a file's streams."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-i", str(path)]
    return subprocess.run(command, capture_output=True, text=True).stderr
