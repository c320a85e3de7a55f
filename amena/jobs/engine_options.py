"""Options as JSON (forms, API, the job's row), and as the engine's `Options`."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from amena.engine.errors import OptionsError
from amena.engine.geometry.keyframes import parse_keyframes
from amena.engine.options import MOST_COMPARED, Options


def parse_options(options: dict[str, Any]) -> Options:
    """The engine's options from JSON: keyword arguments of `Options`, with lists for tuples.

    An estimator is known by its title, so that nobody can name a folder or fetch a model.

    Raises:
        OptionsError: a value is out of range, keyframes are not understood, or the estimator is not
            one of those that the settings offer.
    """
    values = dict(options)
    if values.get("estimator", "auto") != "auto":
        values["estimator"] = _named(values["estimator"])
    if "compare" in values:
        values["compare"] = tuple(map(_named, values["compare"]))
    if "keyframes" in values:
        values["keyframes"] = parse_keyframes(values["keyframes"])
    if "outputs" in values:
        values["outputs"] = tuple(values["outputs"])
    return Options(**values)


def compared() -> list[str]:
    """Titles of the estimators that are compared where nobody says which."""
    return list(settings.DEPTH_ESTIMATORS)[:MOST_COMPARED]


def settled(options: dict[str, Any]) -> dict[str, Any]:
    """The options with what the settings decide, so that what is shown later is what was made."""
    if "estimates" not in options.get("outputs", ()):
        return {name: value for name, value in options.items() if name != "compare"}
    return {**options, "compare": options.get("compare") or compared()}


def _named(title: str) -> str:
    """The name of the estimator that people know by this title."""
    if title not in settings.DEPTH_ESTIMATORS:
        raise OptionsError(f"There is no estimator “{title}”.")
    name: str = settings.DEPTH_ESTIMATORS[title]
    return name
