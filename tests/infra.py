"""What the tests of chart, Terraform and images share."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
CHART = ROOT / "helm" / "amena"


def django_setting(name: str) -> Any:
    """The default of a setting, read from the source: Django is not installed here.

    Raises LookupError where neither file of settings sets `name` to a plain value any more.
    """
    files = (ROOT / "amena" / file for file in ("base_settings.py", "settings.py"))
    for node in (each for file in files for each in ast.parse(file.read_text("utf-8")).body):
        if isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == name for target in node.targets
        ):
            value = node.value
            if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
                value = value.args[1]  # env.count("NAME", 3) and its like
            return ast.literal_eval(value)
    raise LookupError(f"The settings do not set {name}")


#: Nothing in these folders runs in a container: the client, and `make run`.
_ELSEWHERE = ("amena/client/", "amena/local/")
#: Read by our own code as well, but other projects' settings.
_NOT_OURS = {
    "DISPLAY",
    "DJANGO_SETTINGS_MODULE",
    "EGL_PLATFORM",
    "HF_ENDPOINT",
    "PROMETHEUS_MULTIPROC_DIR",
    "VISPY_GL_LIB",
    "XDG_CACHE_HOME",
}


def _names_read(tree: ast.AST) -> set[str]:
    """Names of variables that are read by `env.…("NAME")`, `os.environ` or the engine's limits."""
    found = set()
    for node in ast.walk(tree):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name("env"), attr="limit"),
                args=[ast.Constant(str(name)), *_],
                keywords=whom,
            ):
                found |= {f"LIMIT_{name}_{each.arg.upper()}" for each in whom if each.arg}
            case ast.Call(
                func=ast.Attribute(value=ast.Name("env"))
                | ast.Name("_setting")
                | ast.Attribute(
                    value=ast.Attribute(value=ast.Name("os"), attr="environ"), attr="get"
                ),
                args=[ast.Constant(str(name)), *_],
            ):
                found.add(name)
            case ast.Subscript(
                value=ast.Attribute(attr="environ"),
                slice=ast.Constant(str(name)),
                ctx=ast.Load(),
            ):
                found.add(name)
    return found


@cache
def settings_read() -> frozenset[str]:
    """Names of all environment variables that change what the containers' processes do."""
    files = [ROOT / "gunicorn.conf.py", *(ROOT / "amena").rglob("*.py")]
    found = {"WEB_CONCURRENCY"}  # gunicorn itself reads it
    for file in files:
        if not file.relative_to(ROOT).as_posix().startswith(_ELSEWHERE):
            found |= _names_read(ast.parse(file.read_text("utf-8")))
    return frozenset(found - _NOT_OURS)


def chart_values(environment: str | None = None) -> dict[str, Any]:
    """The chart's default values, or those of one environment alone."""
    name = f"values-{environment}.yaml" if environment else "values.yaml"
    loaded: dict[str, Any] = yaml.safe_load((CHART / name).read_text("utf-8"))
    return loaded
