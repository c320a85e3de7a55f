"""What the tests of chart, Terraform and images share."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
CHART = ROOT / "helm" / "amena"


def django_setting(name: str) -> Any:
    """The default of a setting, read from the source: Django is not installed here.

    Raises LookupError where `amena/settings.py` no longer sets `name` to a plain value.
    """
    tree = ast.parse((ROOT / "amena" / "settings.py").read_text("utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == name for target in node.targets
        ):
            value = node.value
            if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
                value = value.args[1]  # env.count("NAME", 3) and its like
            return ast.literal_eval(value)
    raise LookupError(f"amena/settings.py does not set {name}")


def django_environment() -> set[str]:
    """Names of all environment variables that `amena/settings.py` reads."""
    source = (ROOT / "amena" / "settings.py").read_text("utf-8")
    names = re.findall(r'env\.(?!limit)\w+\(\s*"([A-Z][A-Z0-9_]*)"', source)
    for name, whom in re.findall(r'env\.limit\("(\w+)", ([^)]*)\)', source):
        names += [f"LIMIT_{name}_{each.upper()}" for each in re.findall(r"(\w+)=", whom)]
    return set(names)


def chart_values(environment: str | None = None) -> dict[str, Any]:
    """The chart's default values, or those of one environment alone."""
    name = f"values-{environment}.yaml" if environment else "values.yaml"
    loaded: dict[str, Any] = yaml.safe_load((CHART / name).read_text("utf-8"))
    return loaded
