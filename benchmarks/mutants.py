"""Whether the golden pictures notice when a constant of the engine changes.

    python -m benchmarks.mutants

Each constant in `MUTANTS` is multiplied, one at a time, in a process of its own that then runs
`tests/engine/test_golden.py`: the mutant is caught if a test fails. Prints a row of Markdown for
each, and ends with 1 if any has survived.
"""

from __future__ import annotations

import ast
import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Final

#: Module below `amena.engine` → its constants that change the picture.
MUTANTS: Final = {
    "layering.cuts": ("CUT_JUMP",),
    "layering.depth_layer": ("OVERLAP_PX", "_FADE_PX"),
    "layering.layers": ("_FILL_BAND_PX",),
    "layering.margin": (
        *("_ROWS", "_ALONG", "_CLEAR", "_BLUR", "_GROWTH", "_SPARED", "_FALL", "_GRADIENT_PX"),
        *("_STEEPEST", "_TEXTURE", "_TEXTURE_REACH", "_TEXTURE_BLUR"),
    ),
    "layering.matte": ("BAND_PX", "_FRONT_BANDS", "_PURE_BANDS", "_OPAQUE"),
    "layering.peeling": (
        *("_DILATION_PX", "_MEMBRANE_SIGMA_PX"),
        *("_MIXED_SHARE", "_APART_PX", "_HIDDEN_BELOW", "_LEVEL_MARGIN_PX"),
    ),
    "layering.slopes": ("MAX_SLOPE",),
    "motion.budget": ("MIN_AMPLITUDE", "MAX_AMPLITUDE", "MAX_DISOCCLUDED", "MAX_STRETCH"),
    "pixels.fill": ("_TONE", "_DETAIL_REACH"),
}
FACTORS: Final = (0.5, 2.0)
GOLDEN: Final = "tests/engine/test_golden.py"


def main() -> int:
    """Try every mutant; 1 if one has survived."""
    print("| constant | " + " | ".join(f"× {factor:g}" for factor in FACTORS) + " |")
    print("|---" * (len(FACTORS) + 1) + "|", flush=True)
    survived = False
    for module, names in MUTANTS.items():
        for name in names:
            caught = [run(module, name, factor) for factor in FACTORS]
            cells = " | ".join("caught" if each else "**survived**" for each in caught)
            print(f"| `{module}.{name}` | {cells} |", flush=True)
            survived |= not all(caught)
    return int(survived)


def run(module: str, name: str, factor: float) -> bool:
    """Whether the golden tests fail with that constant multiplied.

    Raises:
        RuntimeError: they could not be run.
    """
    command = [sys.executable, "-m", "benchmarks.mutants", module, name, str(factor)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        raise RuntimeError(done.stdout + done.stderr)
    return done.returncode == 1


def golden_with(module: str, name: str, factor: float) -> int:
    """Run the golden tests on an engine with that constant multiplied; pytest's exit status."""
    import pytest

    load_mutant(f"amena.engine.{module}", name, factor)
    return int(pytest.main(["-q", "-x", "--noconftest", "-p", "no:django", GOLDEN]))


def load_mutant(module: str, name: str, factor: float) -> None:
    """Load the module with its constant multiplied, before anything else has loaded it."""
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None or module in sys.modules:
        raise RuntimeError(f"{module} is missing, or loaded already")
    tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
    value = _value(tree, name)
    value.value = type(value.value)(value.value * factor)  # type: ignore[operator,arg-type]
    mutant = importlib.util.module_from_spec(spec)
    sys.modules[module] = mutant
    exec(compile(tree, spec.origin, "exec"), mutant.__dict__)  # noqa: S102 our own module
    parent, _, child = module.rpartition(".")
    setattr(sys.modules[parent], child, mutant)


def _value(tree: ast.Module, name: str) -> ast.Constant:
    """The number that the module gives to `name`, alone or in a tuple."""
    for node in tree.body:
        if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
            continue
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        pairs = [(target, node.value)]
        if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
            pairs = list(zip(target.elts, node.value.elts, strict=True))
        for left, right in pairs:
            if isinstance(left, ast.Name) and left.id == name and isinstance(right, ast.Constant):
                return right
    raise RuntimeError(f"no number is called {name}")


if __name__ == "__main__":
    if sys.argv[1:]:
        sys.exit(golden_with(sys.argv[1], sys.argv[2], float(sys.argv[3])))
    sys.exit(main())
