"""Options as JSON (forms, API, the job's row), and as the engine's `Options`."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from amena.engine.errors import OptionsError
from amena.engine.geometry.keyframes import parse_keyframes
from amena.engine.options import Options


def parse_options(options: dict[str, Any]) -> Options:
    """The engine's options from JSON: keyword arguments of `Options`, with lists for tuples.

    An estimator is known by its title, so that nobody can name a folder or fetch a model.

    Raises:
        OptionsError: a value is out of range, keyframes are not understood, or the estimator is not
            one of those that the settings offer.
    """
    values = dict(options)
    title = values.get("estimator", "auto")
    if title != "auto":
        if title not in settings.DEPTH_ESTIMATORS:
            raise OptionsError(f"There is no estimator “{title}”.")
        values["estimator"] = settings.DEPTH_ESTIMATORS[title]
    if "keyframes" in values:
        values["keyframes"] = parse_keyframes(values["keyframes"])
    if "outputs" in values:
        values["outputs"] = tuple(values["outputs"])
    return Options(**values)
