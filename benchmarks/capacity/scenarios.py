"""When photos arrive, and which systems are compared. All assumed figures are named here."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from benchmarks.capacity.model import Floats, Outcome, Simulation, System

DAY = 86400.0
#: The busiest hour has so many times the average: people sleep.
PEAK = 2.0

#: Dollars an hour on demand, eu-central-1, as listed in 2025; check before you rely on them.
GPU_PRICE = 1.01  # g6.xlarge: one L4
CPU_PRICE = 0.102  # c7i.large: two virtual cores
SPOT = 0.4  # what spot costs of that, roughly
#: Seconds from nothing to a worker that takes photos.
GPU_START = 210.0  # node 70, driver and plug-in 25, image of some gigabytes 95, networks to GPU 20
CPU_START = 100.0  # node 50, image 40, networks 10
#: Dollars a month that do not depend on photos; docs/deploy.md lists them.
FIXED = 810.0


def fixed_per_thousand(per_day: float) -> float:
    """Dollars that a thousand photos have to bear of the fixed costs."""
    return FIXED * 12 / 365 / per_day * 1000


@dataclass(frozen=True)
class Times:
    """Mean seconds of a photo on one worker."""

    cpu: float
    gpu: float


def systems(times: Times) -> dict[str, System]:
    """The four ways that are compared."""
    gpu = System("GPU, from zero", times.gpu, GPU_START, GPU_PRICE)
    cpu = System("CPU, from zero", times.cpu, CPU_START, CPU_PRICE, max_workers=80)
    warm = [
        replace(s, name=s.name.replace("from zero", "one warm"), min_workers=1) for s in (gpu, cpu)
    ]
    return {system.name: system for system in (gpu, warm[0], cpu, warm[1])}


def rate(per_day: float, moment: Floats) -> Floats:
    """Photos a second at times of the day: a cosine with its top at 20:00."""
    phase = np.cos(2 * np.pi * (moment / DAY - 20 / 24))
    return per_day / DAY * (1 + (PEAK - 1) * phase)


def arrivals(
    per_day: float,
    start: float,
    end: float,
    seed: int = 1,
    burst: tuple[float, float, float] | None = None,
) -> Floats:
    """Times of uploads, by thinning; `burst` is (from, to, factor)."""
    rng = np.random.default_rng(seed)
    factor = burst[2] if burst else 1.0
    top = per_day / DAY * PEAK * factor
    moments = start + np.sort(rng.uniform(0, end - start, rng.poisson(top * (end - start))))
    wanted = rate(per_day, moments)
    if burst:
        wanted = np.where((moments >= burst[0]) & (moments < burst[1]), wanted * factor, wanted)
    return moments[rng.uniform(0, top, moments.size) < wanted] - start


def horizon(per_day: float) -> tuple[float, float]:
    """From when to when to simulate: long enough for percentiles, short enough to wait for.

    Few photos need many days; a million a day is simulated over the busiest half hour.
    """
    if per_day <= 1000:
        return 0.0, 30 * DAY
    if per_day <= 20_000:
        return 0.0, 2 * DAY
    return 19.75 * 3600, 20.25 * 3600


def busiest(system: System, per_day: float) -> int:
    """Workers that are just enough for the busiest minute."""
    return int(per_day / DAY * PEAK * system.service) + 1


def steady(system: System, per_day: float, seed: int = 1) -> Outcome:
    """An ordinary time at so many photos a day; where it starts at the peak, with warm workers."""
    start, end = horizon(per_day)
    if end - start < DAY:
        needed = busiest(system, per_day)
        system = replace(system, max_workers=max(system.max_workers, 2 * needed), cap=100_000)
        system = replace(system, first_workers=needed)
    coming = arrivals(per_day, start, end, seed)
    return Simulation(system, coming, end - start, seed).run()


def burst(system: System, per_day: float, factor: float = 100, minutes: float = 10) -> Outcome:
    """`factor` times as many for some minutes, in the busiest hour."""
    start, begin = 19 * 3600.0, 20 * 3600.0
    end = begin + 2 * 3600
    coming = arrivals(per_day, start, end, 1, (begin, begin + 60 * minutes, factor))
    return Simulation(system, coming, end - start).run()
