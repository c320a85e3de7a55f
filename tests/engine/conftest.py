"""What tests of the engine share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.engine.command_line import logging_as_before


@pytest.fixture
def own_logging() -> Iterator[None]:
    """For tests that call the command line themselves."""
    with logging_as_before():
        yield
