"""Errors of the engine. Each carries a stable code for programs and one plain line for people."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

#: The code of OpenCV's errors that tell of too little memory (`cv2.Error.StsNoMem`).
_OPENCV_NO_MEMORY: Final = -4
#: What torch says of the same, on CPUs and GPUs.
_TORCH_SAYS: Final = ("allocate memory", "not enough memory", "out of memory")


class EngineError(Exception):
    """Something the engine cannot do.

    Attributes:
        code: stable, lower-case identifier, kept in job rows and API answers.
        message: one line that says what is wrong and what to do.
        retryable: whether the same input may succeed on another attempt.
        private: the message is for operators: it may name folders, models and hosts.
    """

    code = "engine_error"
    retryable = False
    private = False

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code


class PhotoError(EngineError):
    """The photo cannot be used: unknown format, broken, too large, animated and so on."""

    code = "bad_photo"


class DepthMapError(EngineError):
    """The depth map that came with the request cannot be used."""

    code = "bad_depth_map"


class OptionsError(EngineError):
    """An option has a value outside its range."""

    code = "bad_options"


class WeightsError(EngineError):
    """A network's weights are missing, damaged, refused or of another version."""

    code = "bad_weights"
    private = True


class PackageMissingError(EngineError):
    """An optional package that an estimator needs is not installed."""

    private = True


class EncodeError(EngineError):
    """The video encoder stopped before the last frame."""

    code = "encoder_failed"
    retryable = True


class TooLittleMemoryError(EngineError):
    """There is less memory than a picture of this size takes."""

    code = "out_of_memory"
    retryable = True


@contextmanager
def told_of_memory() -> Iterator[None]:
    """Turns what Python, OpenCV and torch raise for want of memory into one error.

    Raises:
        TooLittleMemoryError: in their place.
    """
    try:
        yield
    except Exception as error:
        if _is_of_memory(error):
            raise TooLittleMemoryError(
                "This needs more memory than there is. Make it at a smaller size."
            ) from error
        raise


def _is_of_memory(error: Exception) -> bool:
    if isinstance(error, MemoryError) or getattr(error, "code", None) == _OPENCV_NO_MEMORY:
        return True
    # torch has no class of its own for what fails on the CPU.
    return isinstance(error, RuntimeError) and any(words in str(error) for words in _TORCH_SAYS)


class Cancelled(EngineError):
    """The caller's progress callback asked to stop."""

    code = "cancelled"
