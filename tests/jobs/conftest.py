"""Jobs and what is made by them."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def own_files(media: Path) -> None:
    """Files go into a folder of each test's own."""
