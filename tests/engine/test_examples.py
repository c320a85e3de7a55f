"""The examples in the engine's docstrings say what the code does."""

import doctest
import importlib
from pathlib import Path

import pytest

import amena.engine

FOLDER = Path(amena.engine.__file__).parent
MODULES = [
    ".".join(("amena.engine", *path.relative_to(FOLDER).with_suffix("").parts))
    for path in sorted(FOLDER.rglob("*.py"))
    if ">>> " in path.read_text(encoding="utf-8")
]


def test_there_are_examples() -> None:
    assert len(MODULES) > 5


@pytest.mark.parametrize("name", MODULES)
def test_examples_are_true(name: str) -> None:
    found = doctest.testmod(importlib.import_module(name))
    assert found.attempted
    assert not found.failed
