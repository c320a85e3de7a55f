"""Writes what the chart renders for one environment into a folder, for other tools to check.

python tests/helm/render.py prod FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent))

import yaml
from conftest import environment_values, rendered
from helm_python.chart import Chart
from infra import CHART


def main(environment: str, folder: Path) -> None:
    """One file for each object."""
    with Chart.load(CHART) as chart:
        for item in rendered(chart, environment_values(environment)):
            name = f"{item['kind']}-{item['metadata']['name']}.yaml".lower()
            item["metadata"].setdefault("namespace", "amena")
            (folder / name).write_text(yaml.safe_dump(item), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
