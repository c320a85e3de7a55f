"""Errors of the engine. Each carries a stable code for programs and one plain line for people."""

from __future__ import annotations


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


class Cancelled(EngineError):
    """The caller's progress callback asked to stop."""

    code = "cancelled"
