"""Command line: runs all scenarios, prints the tables and draws the plots of docs/capacity.md."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from benchmarks.capacity import plots
from benchmarks.capacity.model import Outcome, System
from benchmarks.capacity.scenarios import (
    SPOT,
    Times,
    burst,
    busiest,
    fixed_per_thousand,
    steady,
    systems,
)

VOLUMES = (100, 10_000, 1_000_000)


def row(name: str, outcome: Outcome, extra: str = "") -> str:
    """A line of a Markdown table."""
    times = " | ".join(f"{outcome.percentile(q):,.1f}" for q in (50, 95, 99))
    return f"| {name} | {times} | {extra or f'{outcome.cost_per_thousand:,.2f}'} |"


def table_of_volumes(ways: dict[str, System]) -> dict[str, dict[int, Outcome]]:
    """Waiting and cost at each volume."""
    print("| photos a day | workers | p50 s | p95 s | p99 s | $ per 1,000 |")
    print("|---|---|---:|---:|---:|---:|")
    found: dict[str, dict[int, Outcome]] = {name: {} for name in ways}
    for volume in VOLUMES:
        for name, system in ways.items():
            if volume == VOLUMES[-1] and "warm" in name:
                continue  # at a million a day there is always one
            found[name][volume] = steady(system, volume)
            print(row(f"{volume:,} | {name}", found[name][volume]))
    print("\nFixed costs add, for 1,000 photos: ", end="")
    print(", ".join(f"${fixed_per_thousand(v):,.2f} at {v:,} a day" for v in VOLUMES))
    return found


def table_of_bursts(ways: dict[str, System]) -> dict[str, Outcome]:
    """A hundred times the usual for ten minutes at 10,000 a day, as configured and changed."""
    gpu, cpu = ways["GPU, from zero"], ways["CPU, from zero"]
    cases = {
        "GPU as configured": gpu,
        "GPU, cap raised": replace(gpu, cap=20_000),
        "GPU, cap raised, 60 workers": replace(gpu, cap=20_000, max_workers=60),
        "CPU as configured": cpu,
        "CPU, cap raised, 200 workers": replace(cpu, cap=20_000, max_workers=200),
    }
    print("\n| burst of 100× | p50 s | p95 s | p99 s | turned away |\n|---|---:|---:|---:|---:|")
    outcomes = {}
    for name, system in cases.items():
        outcomes[name] = outcome = burst(system, 10_000)
        share = outcome.refused / (outcome.refused + outcome.totals.size)
        print(row(name, outcome, f"{share:.0%}"))
    return outcomes


def table_of_spot(ways: dict[str, System]) -> None:
    """On demand against spot, with a loss of each node every so many hours."""
    print(
        "\n| 1,000,000 a day | p50 s | p95 s | p99 s | $ per 1,000; made twice |"
        "\n|---|---:|---:|---:|---:|"
    )
    for name in ("GPU, from zero", "CPU, from zero"):
        base = ways[name]
        cheap = replace(base, price=base.price * SPOT)
        for title, system in (
            ("on demand", base),
            ("spot, 0.2 warned losses an hour", replace(cheap, warned_losses=0.2)),
            ("spot, 2 warned losses an hour", replace(cheap, warned_losses=2)),
            ("spot, 2 losses without warning", replace(cheap, sudden_losses=2)),
        ):
            outcome = steady(system, 1_000_000)
            repeated = f"{outcome.cost_per_thousand:,.2f}; {outcome.lost_and_repeated}"
            print(row(f"{name[:3]}, {title}", outcome, repeated))


def table_of_remedies(ways: dict[str, System]) -> dict[str, list[tuple[str, Outcome]]]:
    """A million a day: the scaler sees a worker only minutes after it has asked for it."""
    print("\n| 1,000,000 a day | p50 s | p95 s | p99 s | $ per 1,000 |\n|---|---:|---:|---:|---:|")
    found: dict[str, list[tuple[str, Outcome]]] = {}
    for kind in ("GPU", "CPU"):
        base = ways[f"{kind}, from zero"]
        five, floor = replace(base, messages_per_worker=5), busiest(base, 1_000_000)
        cases = {
            "1 photo a worker (the chart's)": base,
            "2 photos": replace(base, messages_per_worker=2),
            "5 photos": five,
            "20 photos": replace(base, messages_per_worker=20),
            "5, cooldown of 900 s": replace(five, cooldown=900),
            f"5, never fewer than {floor}": replace(five, min_workers=floor),
        }
        found[kind] = []
        for name, system in cases.items():
            found[kind].append((name, steady(system, 1_000_000)))
            print(row(f"{kind}, {name}", found[kind][-1][1]))
    return found


def main() -> None:
    """Runs every simulation, in about a minute, and prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--cpu-seconds", type=float, default=3.7, help="a photo on 2 cores (%(default)s)"
    )
    parser.add_argument(
        "--gpu-seconds", type=float, default=1.5, help="a photo on a GPU (%(default)s)"
    )
    parser.add_argument("--out", type=Path, default=Path("docs/images"), help="folder of the plots")
    options = parser.parse_args()

    ways = systems(Times(options.cpu_seconds, options.gpu_seconds))
    volumes = table_of_volumes(ways)
    bursts = table_of_bursts(ways)
    table_of_spot(ways)
    remedies = table_of_remedies(ways)
    options.out.mkdir(parents=True, exist_ok=True)
    plots.waiting(volumes, options.out / "capacity-waiting.png")
    plots.bursts(bursts, options.out / "capacity-burst.png")
    plots.cost(volumes, options.out / "capacity-cost.png")
    plots.remedies(remedies, options.out / "capacity-remedies.png")


if __name__ == "__main__":
    main()
