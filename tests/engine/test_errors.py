"""What the engine says when memory runs out, whoever notices it first."""

import cv2
import numpy as np
import pytest
import torch

from amena.engine.errors import TooLittleMemoryError, told_of_memory
from amena.engine.options import Options
from amena.engine.photo import decode
from amena.engine.pipeline import Engine

MEMORY = pytest.mark.fault(
    "too little memory for Python, OpenCV or torch",
    "another attempt, then failed, “a smaller size”",
)

BYTES = 1 << 50


def numpy_takes_it():
    np.empty(BYTES, np.uint8)


def opencv_takes_it():
    cv2.resize(np.zeros((1, 1, 4)), (1 << 22, 1 << 22))


def torch_takes_it():
    torch.empty(BYTES, dtype=torch.uint8)


@MEMORY
@pytest.mark.parametrize("take", [numpy_takes_it, opencv_takes_it, torch_takes_it])
def test_too_little_memory_is_told_as_such(take):
    with pytest.raises(TooLittleMemoryError, match="smaller size"), told_of_memory():
        take()


@pytest.mark.parametrize("error", [RuntimeError("wrong memory format"), ValueError("bad")])
def test_other_errors_stay_what_they_are(error):
    with pytest.raises(type(error), match=str(error)), told_of_memory():
        raise error


@MEMORY
def test_a_photo_that_memory_does_not_hold_may_be_tried_again(tmp_path, monkeypatch):
    monkeypatch.setattr(decode, "load", lambda *_args, **_kwargs: numpy_takes_it())
    with pytest.raises(TooLittleMemoryError) as caught:
        Engine("cpu").create(tmp_path / "photo.jpg", tmp_path, Options())
    assert caught.value.retryable
